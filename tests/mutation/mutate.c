/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mutate PROGRAM ROUNDS SEED SCRATCH-FOLDER IMAGE...
 * Damages metadata of a filesystem by chance (bytes, members of structures, or damage by name), and runs the program on it: a dry
 * run, which writes nothing; sometimes one of the commands that look; a repair; a dry run, clean when the repair said so; an
 * undo that puts back every byte. Each has to end as documented, soon, and within its memory. The images, the devices of one
 * filesystem, are written to, and put back after each round. A round is the same whenever its seed and number are.
 *
 * MUTATION_ROUND=N runs that round alone, MUTATION_KEEP=FOLDER keeps the images of rounds that went wrong, MUTATION_VERBOSE tells of all.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bytes.h"
#include "child.h"
#include "fields.h"

#define TIMEOUT_SECONDS	60

struct fuzz {
	const char	*program, *scratch;
	struct images	images;
	struct objects	objects;
	struct arb_random r;
	char		what[1024];
	unsigned	ended[64];	/* repairs by exit status */
};

static uint64_t below(struct fuzz *f, uint64_t n)
{
	return arb_random_u64(&f->r) % n;
}

static void mutate(struct fuzz *f)
{
	bool fix = below(f, 2);

	f->what[0] = 0;
	for (uint64_t i = below(f, 3) + 1; i--;)
		if (below(f, 2) || !fields_mutate(&f->images, &f->r, f->what, sizeof(f->what)))
			bytes_mutate(&f->images, &f->objects, &f->r, fix, f->what, sizeof(f->what));
}

/* The ways of running the program that only read, besides -n; "%B" becomes a btree. */
static const char *const ways[][10] = {
	{ "-n", "-v", "-r", "check_topology" },
	{ "-n", "--json" },
	{ "-k", "-e", "info", "-e", "btrees", "-e", "devices", "-e", "passes" },
	{ "-k", "-e", "keys %B", "-e", "goto %B", "-e", "node", "-e", "nodes %B" },
	{ "-k", "-e", "goto %B", "-e", "down", "-e", "keys", "-e", "bsets" },
	{ "-k", "-e", "goto %B", "-e", "hex", "-e", "format", "-e", "replicas" },
	{ "-k", "-e", "super", "-e", "super -c", "-e", "journal -a" },
	{ "-k", "-e", "goto %B", "-e", "follow", "-e", "sibling", "-e", "key" },
	{ "-k", "-e", "run check_topology", "-e", "findings", "-e", "plan", "-e", "diff" },
	{ "-k", "-e", "run gc_gens", "-e", "gc", "-e", "findings", "-e", "plan" },
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]), WAY_EVERY = 4 };

/* The argument with %B replaced. */
static const char *with_btree(char *out, size_t n, const char *s, const char *btree)
{
	const char *mark = strstr(s, "%B");

	if (!mark)
		return s;
	snprintf(out, n, "%.*s%s", (int)(mark - s), s, btree);
	return out;
}

static const char *go(const struct fuzz *f, struct child *c)
{
	char err_path[512];

	for (unsigned i = 0; i < f->images.nr; i++)
		child_arg(c, f->images.path[i]);
	snprintf(err_path, sizeof(err_path), "%s/stderr", f->scratch);
	if (!child_run(c, err_path, TIMEOUT_SECONDS))
		die("cannot run the program");
	return child_wrong(c);
}

static const char *go_reading(const struct fuzz *f, struct child *c)
{
	const struct images_times before = images_times(&f->images);
	const char *wrong = go(f, c);

	return wrong ? wrong : images_written_since(&f->images, &before) ? "wrote to the image" : NULL;
}

static struct child new_child(const struct fuzz *f, const char *arg)
{
	struct child c = { 0 };

	child_arg(&c, f->program);
	child_arg(&c, arg);
	return c;
}

static const char *run_check(const struct fuzz *f, struct child *c)
{
	*c = new_child(f, "-n");
	return go_reading(f, c);
}

static const char *run_way(struct fuzz *f, struct child *c)
{
	static char args[10][64];
	const char *btree = mutation_btrees[below(f, mutation_btrees_nr)];
	unsigned way = below(f, WAYS);

	*c = new_child(f, "--degraded");
	for (unsigned i = 0; i < 10 && ways[way][i]; i++)
		child_arg(c, with_btree(args[i], sizeof(args[i]), ways[way][i], btree));
	return go_reading(f, c);
}

static const char *run_undo(const struct fuzz *f, struct child *c, const char *undo, uint64_t before)
{
	const char *wrong;

	*c = new_child(f, "undo");
	child_arg(c, undo);
	wrong = go(f, c);
	if (wrong)
		return wrong;
	if (c->status)
		return "the undo record cannot be used";
	return images_sum(&f->images) != before ? "undo did not put everything back" : NULL;
}

/* Repairs, checks again, and puts everything back. */
static const char *run_repair(struct fuzz *f, struct child *c)
{
	uint64_t before = images_sum(&f->images);
	static char undo[512];		/* named in a report after we have returned */
	struct child repair;
	const char *wrong;

	snprintf(undo, sizeof(undo), "%s/undo", f->scratch);
	unlink(undo);
	repair = new_child(f, "-y");
	child_arg(&repair, "--undo");
	child_arg(&repair, undo);
	wrong = go(f, &repair);
	*c = repair;
	if (repair.status >= 0)
		f->ended[repair.status & 63]++;
	if (wrong)
		return wrong;
	if (access(undo, F_OK))
		return images_sum(&f->images) != before ? "wrote without an undo record" :
		       repair.status & 1 ? "said that it corrected something, and wrote nothing" : NULL;
	if ((wrong = run_check(f, c)))
		return wrong;
	if (repair.status == 1 && c->status)
		return "not clean after a repair that said so";
	if (repair.status & 4 && !c->status)
		return "clean after a repair that said that errors are left";
	return run_undo(f, c, undo, before);
}

static void report(const struct fuzz *f, const struct child *c, uint64_t round, const char *wrong)
{
	printf("round %llu: %s (status %d, signal %d, %.1f s, %ld MiB)\n   changed:%s\n   ran:", (unsigned long long)round, wrong,
	       c->status, c->signal, c->seconds, c->memory_kib >> 10, f->what);
	for (unsigned i = 0; i < c->argc; i++)
		printf(" '%s'", c->argv[i]);
	printf("\n%.1500s\n", c->errors);
}

static bool run_round(struct fuzz *f, uint64_t seed, uint64_t round)
{
	struct child c;
	const char *wrong;

	arb_random_seed(&f->r, seed * 1000003 + round);
	mutate(f);
	if (getenv("MUTATION_KEEP") && getenv("MUTATION_ROUND"))
		images_keep(&f->images, getenv("MUTATION_KEEP"), round);
	wrong = run_check(f, &c);
	if (!wrong && !below(f, WAY_EVERY))
		wrong = run_way(f, &c);
	wrong = wrong ? wrong : run_repair(f, &c);
	if (wrong || getenv("MUTATION_VERBOSE"))
		report(f, &c, round, wrong ? wrong : "as it should");
	images_restore(&f->images);
	if (wrong && getenv("MUTATION_KEEP") && !getenv("MUTATION_ROUND")) {
		arb_random_seed(&f->r, seed * 1000003 + round);
		mutate(f);
		images_keep(&f->images, getenv("MUTATION_KEEP"), round);
		images_restore(&f->images);
	}
	return !wrong;
}

int main(int argc, char **argv)
{
	struct fuzz f = { 0 };
	struct arb_error err;
	uint64_t rounds, seed, bad = 0, only;

	if (argc < 6) {
		fprintf(stderr, "usage: mutate PROGRAM ROUNDS SEED SCRATCH-FOLDER IMAGE...\n");
		return 16;
	}
	f.program = argv[1];
	rounds = strtoull(argv[2], NULL, 0);
	seed = strtoull(argv[3], NULL, 0);
	f.scratch = argv[4];
	images_open(&f.images, argv + 5, argc - 5);
	if (objects_find(f.images.path, f.images.nr, &f.objects, &err))
		die(err.text);
	if (!f.objects.list.nr)
		die("no metadata found");
	only = getenv("MUTATION_ROUND") ? strtoull(getenv("MUTATION_ROUND"), NULL, 0) : UINT64_MAX;
	for (uint64_t i = 0; i < rounds; i++)
		if (only == UINT64_MAX || only == i)
			bad += !run_round(&f, seed, i);
	printf("%llu rounds over %zu objects, %llu wrong; repairs by exit status", (unsigned long long)rounds, f.objects.list.nr,
	       (unsigned long long)bad);
	for (unsigned i = 0; i < 64; i++)
		if (f.ended[i])
			printf("  %u: %u", i, f.ended[i]);
	printf("\n");
	arb_array_free(&f.objects.list);
	images_close(&f.images);
	return bad ? 1 : 0;
}
