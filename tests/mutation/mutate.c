/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mutate PROGRAM ROUNDS SEED SCRATCH-FOLDER IMAGE...
 * Changes metadata of a filesystem at random, puts the checksums right in half of the rounds, runs the program on it in one
 * of its ways, and requires that it ends as documented, and that it wrote only when told to (-y), and then only what `undo` can
 * put back. Every change is taken back. The images are the devices of one filesystem, and are written to. A round is the same
 * whenever its seed and number are.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/le.h"
#include "arborist/base/port.h"
#include "arborist/format/checksum.h"
#include "child.h"
#include "objects.h"

#define PATCHES_MAX	6
#define IMAGES_MAX	8
#define TIMEOUT_SECONDS	60
#define OBJECT_BYTES_MAX (1u << 20)

struct patch {
	const struct object *o;
	uint8_t		*old;
};

struct fuzz {
	const char	*program, *scratch;
	const char	*path[IMAGES_MAX];
	int		fd[IMAGES_MAX];
	unsigned	nr;
	struct objects	objects;
	struct arb_random r;
	struct patch	patch[PATCHES_MAX];
	unsigned	nr_patches;
	char		what[512];
	unsigned	ended[64];	/* rounds by exit status */
};

static void die(const char *what)
{
	fprintf(stderr, "mutate: %s\n", what);
	exit(99);
}

static uint64_t below(struct fuzz *f, uint64_t n)
{
	return arb_random_u64(&f->r) % n;
}

static void change_bytes(struct fuzz *f, uint8_t *p, size_t n)
{
	static const uint64_t telling[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x80000000, UINT32_MAX, 1ULL << 63, UINT64_MAX };
	/* half of the changes hit what is decoded first: the header */
	size_t at = below(f, below(f, 2) && n > 256 ? 256 : n), len = below(f, 64) + 1;
	uint8_t word[8];

	if (len > n - at)
		len = n - at;
	switch (below(f, 6)) {
	case 0:
		p[at] ^= 1u << below(f, 8);
		break;
	case 1:
		p[at] += below(f, 2) ? 1 : -1;
		break;
	case 2:
		le64_put(word, telling[below(f, sizeof(telling) / sizeof(telling[0]))]);
		memcpy(p + at, word, len < 8 ? len : (size_t)1 << below(f, 4));
		break;
	case 3:
		memset(p + at, 0, len);
		break;
	case 4:
		for (size_t i = 0; i < len; i++)
			p[at + i] = arb_random_u64(&f->r);
		break;
	case 5:
		memmove(p + at, p + below(f, n - len + 1), len);
		break;
	}
}

/* Another object's bytes in the place of this one: an old copy, a node of another btree, an entry twice. */
static void put_other(struct fuzz *f, const struct object *o, uint8_t *p)
{
	const struct object *from = &f->objects.list.v[below(f, f->objects.list.nr)];
	size_t n = from->bytes < o->bytes ? from->bytes : o->bytes;

	if (pread(f->fd[from->file], p, n, from->offset) < 0)
		die("cannot read the image");
}

static const struct object *choose(struct fuzz *f)
{
	enum object_kind kind = (enum object_kind)below(f, OBJECT_KINDS);
	const struct object *o = NULL;

	for (unsigned i = 0; i < 64; i++) {
		o = &f->objects.list.v[below(f, f->objects.list.nr)];
		if (o->kind == kind)
			break;
	}
	return o;
}

static void mutate(struct fuzz *f, bool fix)
{
	const struct object *o = choose(f);
	struct patch *p = &f->patch[f->nr_patches];
	static uint8_t bytes[OBJECT_BYTES_MAX];
	size_t n = o->bytes < OBJECT_BYTES_MAX ? o->bytes : OBJECT_BYTES_MAX, used;

	*p = (struct patch) { o, malloc(n) };
	if (!p->old || pread(f->fd[o->file], p->old, n, o->offset) != (ssize_t)n)
		die("cannot read the image");
	memcpy(bytes, p->old, n);
	used = o->bytes == n ? object_used(o, bytes) : n;
	if (!below(f, 8))
		put_other(f, o, bytes);
	else
		for (uint64_t i = below(f, 4) + 1; i--;)
			change_bytes(f, bytes, used);
	if (fix && o->bytes == n)
		object_fix(o, bytes);
	if (pwrite(f->fd[o->file], bytes, n, o->offset) != (ssize_t)n)
		die("cannot write the image");
	f->nr_patches++;
	snprintf(f->what + strlen(f->what), sizeof(f->what) - strlen(f->what), " %c%u:%llu", "SLNJ"[o->kind], o->file,
		 (unsigned long long)o->offset);
}

static void take_back(struct fuzz *f)
{
	while (f->nr_patches) {
		struct patch *p = &f->patch[--f->nr_patches];
		size_t n = p->o->bytes < OBJECT_BYTES_MAX ? p->o->bytes : OBJECT_BYTES_MAX;

		if (pwrite(f->fd[p->o->file], p->old, n, p->o->offset) != (ssize_t)n)
			die("cannot write the image");
		free(p->old);
	}
}

/* The ways of running the program that only read; "%B" becomes a btree. */
static const char *const ways[][10] = {
	{ "-n" },
	{ "-n", "-v", "-r", "check_topology" },
	{ "-n", "--json" },
	{ "-k", "-e", "info", "-e", "btrees", "-e", "devices", "-e", "passes" },
	{ "-k", "-e", "keys %B", "-e", "goto %B", "-e", "node", "-e", "nodes %B" },
	{ "-k", "-e", "goto %B", "-e", "down", "-e", "keys", "-e", "bsets" },
	{ "-k", "-e", "goto %B", "-e", "hex", "-e", "format", "-e", "replicas" },
	{ "-k", "-e", "super", "-e", "super -c", "-e", "journal -a" },
	{ "-k", "-e", "goto %B", "-e", "follow", "-e", "sibling", "-e", "key" },
	{ "-k", "-e", "run check_topology", "-e", "findings", "-e", "plan", "-e", "diff" },
};
#define WAY_REPAIR (sizeof(ways) / sizeof(ways[0]))	/* the one that writes: -y */


/* Btrees that every filesystem in use has. */
static const char *const btrees[] = {
	"extents", "inodes", "dirents", "alloc", "subvolumes", "snapshots", "freespace", "backpointers", "accounting",
};

/* The argument with %B replaced; valid until the next run. */
static const char *with_btree(char *out, size_t n, const char *s, const char *btree)
{
	const char *mark = strstr(s, "%B");

	if (!mark)
		return s;
	snprintf(out, n, "%.*s%s", (int)(mark - s), s, btree);
	return out;
}

static void add_images(const struct fuzz *f, struct child *c)
{
	for (unsigned i = 0; i < f->nr; i++)
		child_arg(c, f->path[i]);
}

static struct child reading(struct fuzz *f, unsigned way)
{
	static char args[10][64];
	const char *btree = btrees[below(f, sizeof(btrees) / sizeof(btrees[0]))];
	struct child c = { 0 };

	child_arg(&c, f->program);
	for (unsigned i = 0; i < 10 && ways[way][i]; i++)
		child_arg(&c, with_btree(args[i], sizeof(args[i]), ways[way][i], btree));
	child_arg(&c, "--degraded");
	add_images(f, &c);
	return c;
}

/* The contents of all images in one number. */
static uint64_t contents(const struct fuzz *f)
{
	static uint8_t buf[1 << 20];
	uint64_t sum = 0;

	for (unsigned i = 0; i < f->nr; i++) {
		off_t at = 0;

		for (ssize_t n; (n = pread(f->fd[i], buf, sizeof(buf), at)) > 0; at += n)
			sum = sum * 0x9e3779b97f4a7c15 + csum_compute(CSUM_xxhash, buf, n).lo;
	}
	return sum;
}

static void go(const struct fuzz *f, struct child *c)
{
	char err_path[512];

	snprintf(err_path, sizeof(err_path), "%s/stderr", f->scratch);
	if (!child_run(c, err_path, TIMEOUT_SECONDS))
		die("cannot run the program");
}

static void report(const struct fuzz *f, const struct child *c, uint64_t round, const char *wrong)
{
	printf("round %llu: %s (status %d, signal %d, %.1f s)\n   changed:%s\n   ran:", (unsigned long long)round, wrong, c->status, c->signal,
	       c->seconds, f->what);
	for (unsigned i = 0; i < c->argc; i++)
		printf(" '%s'", c->argv[i]);
	printf("\n%.1500s\n", c->errors);
}

/* Keeps the changed images when MUTATION_KEEP names a folder. */
static void keep(const struct fuzz *f, uint64_t round)
{
	const char *folder = getenv("MUTATION_KEEP");
	char command[1024];

	for (unsigned i = 0; folder && i < f->nr; i++) {
		snprintf(command, sizeof(command), "cp --sparse=always '%s' '%s/round-%llu.%u.img'", f->path[i], folder,
			 (unsigned long long)round, i);
		if (system(command))
			fprintf(stderr, "mutate: cannot keep %s\n", f->path[i]);
	}
}

/* Only reading: the images stay as they are, and so does their time. */
static const char *run_reading(struct fuzz *f, struct child *c)
{
	struct stat before[IMAGES_MAX], after;
	const char *wrong;

	for (unsigned i = 0; i < f->nr; i++)
		if (fstat(f->fd[i], &before[i]))
			die("cannot stat an image");
	go(f, c);
	wrong = child_wrong(c);
	for (unsigned i = 0; i < f->nr && !wrong; i++)
		if (fstat(f->fd[i], &after) || after.st_size != before[i].st_size ||
		    after.st_mtim.tv_sec != before[i].st_mtim.tv_sec || after.st_mtim.tv_nsec != before[i].st_mtim.tv_nsec)
			wrong = "wrote to the image";
	return wrong;
}

static const char *run_undo(struct fuzz *f, struct child *c, const char *undo)
{
	*c = (struct child) { 0 };
	child_arg(c, f->program);
	child_arg(c, "undo");
	child_arg(c, undo);
	add_images(f, c);
	go(f, c);
	return child_wrong(c) ? child_wrong(c) : c->status ? "the undo record cannot be used" : NULL;
}

/* Repairs, checks again when the program says all is well, and puts everything back. */
static const char *run_repair(struct fuzz *f, struct child *c)
{
	uint64_t before = contents(f);
	static char undo[512];		/* named in a report after we have returned */
	struct child other;
	const char *wrong;

	snprintf(undo, sizeof(undo), "%s/undo", f->scratch);
	unlink(undo);
	*c = (struct child) { 0 };
	child_arg(c, f->program);
	child_arg(c, "-y");
	child_arg(c, "--undo");
	child_arg(c, undo);
	add_images(f, c);
	go(f, c);
	if ((wrong = child_wrong(c)))
		return wrong;
	if (access(undo, F_OK))
		return contents(f) != before ? "wrote without an undo record" : NULL;
	if (c->status == 1) {
		other = reading(f, 0);
		wrong = run_reading(f, &other);
		if (!wrong && other.status)
			wrong = "not clean after a repair that said so";
	}
	if (!wrong)
		wrong = run_undo(f, &other, undo);
	if (!wrong && contents(f) != before)
		wrong = "undo did not put everything back";
	if (wrong)
		*c = other;
	return wrong;
}

static bool run_round(struct fuzz *f, uint64_t seed, uint64_t round)
{
	struct child c;
	const char *wrong;
	unsigned way;
	bool fix;

	arb_random_seed(&f->r, seed * 1000003 + round);
	f->what[0] = 0;
	fix = below(f, 2);
	for (uint64_t i = below(f, 3) + 1; i--;)
		mutate(f, fix);
	way = below(f, WAY_REPAIR + 2);
	if (getenv("MUTATION_REPAIR"))
		way = WAY_REPAIR;
	if (way < WAY_REPAIR) {
		c = reading(f, way);
		wrong = run_reading(f, &c);
	} else {
		wrong = run_repair(f, &c);
	}
	if (c.status >= 0)
		f->ended[c.status & 63]++;
	if (wrong || getenv("MUTATION_VERBOSE"))
		report(f, &c, round, wrong ? wrong : "as it should");
	if (wrong)
		keep(f, round);
	if (way >= WAY_REPAIR && wrong)
		die("the images are no longer what they were");
	take_back(f);
	return !wrong;
}

static void open_images(struct fuzz *f, char **paths, unsigned nr)
{
	struct arb_error err;

	if (nr > IMAGES_MAX)
		die("too many images");
	for (f->nr = 0; f->nr < nr; f->nr++) {
		f->path[f->nr] = paths[f->nr];
		f->fd[f->nr] = open(paths[f->nr], O_RDWR);
		if (f->fd[f->nr] < 0)
			die("cannot open an image for writing");
	}
	if (objects_find(f->path, f->nr, &f->objects, &err))
		die(err.text);
	if (!f->objects.list.nr)
		die("no metadata found");
}

int main(int argc, char **argv)
{
	struct fuzz f = { 0 };
	uint64_t rounds, seed, bad = 0, only;

	if (argc < 6) {
		fprintf(stderr, "usage: mutate PROGRAM ROUNDS SEED SCRATCH-FOLDER IMAGE...\n");
		return 16;
	}
	f.program = argv[1];
	rounds = strtoull(argv[2], NULL, 0);
	seed = strtoull(argv[3], NULL, 0);
	f.scratch = argv[4];
	open_images(&f, argv + 5, argc - 5);
	only = getenv("MUTATION_ROUND") ? strtoull(getenv("MUTATION_ROUND"), NULL, 0) : UINT64_MAX;
	for (uint64_t i = 0; i < rounds; i++)
		if (only == UINT64_MAX || only == i)
			bad += !run_round(&f, seed, i);
	printf("%llu rounds over %zu objects, %llu wrong; exit statuses", (unsigned long long)rounds, f.objects.list.nr, (unsigned long long)bad);
	for (unsigned i = 0; i < 64; i++)
		if (f.ended[i])
			printf("  %u: %u", i, f.ended[i]);
	printf("\n");
	arb_array_free(&f.objects.list);
	return bad ? 1 : 0;
}
