/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_walk [FILES...]: builds a filesystem with so many files, and measures over it: opening, walking every key, the
 * topology check. Figures are MB/s of written btree nodes, and the share of what reading and checksumming the same bytes
 * reaches with as many threads. Each is the best of some rounds with an empty node cache; the page cache is warm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <urcu/urcu-memb.h>

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"

#define ROUNDS 5

struct extent_read { uint64_t sector; uint32_t bytes; };
struct bench {
	char		path[4096];
	struct workers	*workers;
	ARB_ARRAY(struct extent_read) nodes;
	uint64_t	bytes;
	uint64_t	keys;
	double		limit;		/* seconds to read and checksum */
	struct arb_error err;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void need(struct bench *b, enum arb_code code)
{
	if (!code)
		return;
	fprintf(stderr, "bench_walk: %s\n", b->err.text);
	unlink(b->path);
	exit(1);
}

static struct view *open_view(struct bench *b)
{
	const char *path = b->path;
	struct devset *devs;
	struct view *v;

	need(b, devset_open(&path, 1, NULL, &devs, &b->err));
	need(b, view_open(devs, b->workers, NULL, &v, &b->err));
	return v;
}

static void build(struct bench *b, unsigned files)
{
	struct image_options o = {
		.seed = 1, .block_bytes = 512, .node_bytes = 256 << 10, .bucket_bytes = 256 << 10,
		.nr_files = files, .nr_dirs = files / 200 + 1, .file_bytes_max = 512,
	};
	const char *tmp = getenv("TMPDIR");
	struct blk *dev;
	int fd;

	snprintf(b->path, sizeof(b->path), "%s/arborist-bench-XXXXXX", tmp ? tmp : "/tmp");
	fd = mkstemp(b->path);
	if (fd < 0 || ftruncate(fd, (off_t)files * 8192 + (256 << 20))) {
		perror("bench_walk");
		exit(1);
	}
	close(fd);
	need(b, blk_file_open(b->path, &dev, &b->err));
	need(b, image_build(&o, dev, &b->err));
	blk_close(dev);
}

static enum arb_code note_node(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct bench *b = arg;
	struct extent_read *e;

	(void)level;
	(void)ptr;
	if (!got->node || !got->node->ptr.nr_ptrs)
		return ARB_OK;
	e = arb_array_push(&b->nodes);
	if (!e)
		return arb_fail(&b->err, ARB_E_NOMEM, "out of memory");
	e->sector = got->node->ptr.ptr[0].sector;
	e->bytes = got->node->sectors_read * 512;
	b->bytes += e->bytes;
	b->keys += got->node->nr_keys;
	return ARB_OK;
}

/* What there is to read. */
static void list_nodes(struct bench *b)
{
	struct view *v = open_view(b);

	b->nodes.nr = b->bytes = b->keys = 0;
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		need(b, view_walk_nodes(v, i, 0, note_node, b, &b->err));
	view_free(v);
}

struct reader {
	struct work	work;
	struct bench	*b;
	struct blk	*blk;
	unsigned	*next, *done;
};

static void read_some(struct work *work)
{
	struct reader *r = (struct reader *)work;
	uint8_t *buf = malloc(256 << 10);
	size_t i;

	while (buf && (i = __atomic_fetch_add(r->next, 1, __ATOMIC_RELAXED)) < r->b->nodes.nr) {
		const struct extent_read *e = &r->b->nodes.v[i];

		if (!blk_read(r->blk, e->sector * 512, buf, e->bytes, NULL))
			csum_compute(CSUM_crc32c_nonzero, buf, e->bytes);
	}
	free(buf);
	__atomic_fetch_add(r->done, 1, __ATOMIC_RELEASE);
}

static double run_limit(struct bench *b)
{
	unsigned next = 0, done = 0, nr = workers_nr(b->workers);
	struct reader *r = calloc(nr, sizeof(*r));
	struct blk *blk;
	double start;

	need(b, blk_file_open(b->path, &blk, &b->err));
	start = seconds();
	for (unsigned i = 0; r && i < nr; i++) {
		r[i] = (struct reader){ .work.run = read_some, .b = b, .blk = blk, .next = &next, .done = &done };
		workers_queue(b->workers, &r[i].work);
	}
	while (r && __atomic_load_n(&done, __ATOMIC_ACQUIRE) < nr)
		usleep(20);
	start = seconds() - start;
	free(r);
	blk_close(blk);
	return start;
}

static double run_open(struct bench *b)
{
	double start = seconds();

	struct view *v = open_view(b);
	start = seconds() - start;
	view_free(v);
	return start;
}

static enum arb_code count_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	*(uint64_t *)arg += k.k.type != KEY_deleted;
	return ARB_OK;
}

static double run_walk(struct bench *b)
{
	struct view *v = open_view(b);
	double start = seconds();
	uint64_t keys = 0;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		for (unsigned level = 0; level <= v->roots[i].level; level++) {
			struct walk w = { .btree = i, .level = level, .end = SPOS_MAX, .key = count_key, .arg = &keys };

			need(b, view_walk(v, &w, &b->err));
		}
	start = seconds() - start;
	view_free(v);
	if (keys != b->keys)
		need(b, arb_fail(&b->err, ARB_E_CONTENT, "the walk met %llu keys of %llu",
				 (unsigned long long)keys, (unsigned long long)b->keys));
	return start;
}

static enum arb_code decline(void *arg, struct finding *f)
{
	struct bench *b = arg;

	(void)f;
	return arb_fail(&b->err, ARB_E_CONTENT, "a finding on a healthy filesystem");
}

static enum arb_code go_on(void *arg, const struct pass_progress *p)
{
	(void)arg;
	(void)p;
	return ARB_OK;
}

static void no_log(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void no_repair(void *arg, const struct repair *r)
{
	(void)arg;
	(void)r;
}

static double run_topology(struct bench *b)
{
	struct pass_port port = { .arg = b, .decide = decline, .step = go_on, .log = no_log, .applied = no_repair };
	struct arb_clock clock = arb_clock_fixed(1);
	struct view *v = open_view(b);
	struct pass_scope scope = { 0 };
	struct pass_run *run;
	struct plan *plan;
	double start;

	need(b, plan_new(v, &plan, &b->err));
	need(b, pass_run_new(v, plan, &clock, &run, &b->err));
	pass_run_request(run, pass_by_name("check_topology"), "bench");
	start = seconds();
	need(b, pass_run_all(run, &scope, &port, &b->err));
	start = seconds() - start;
	pass_run_free(run);
	plan_free(plan);
	view_free(v);
	return start;
}

static double measure(struct bench *b, const char *what, double (*run)(struct bench *))
{
	double best = 0, cpu = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double c = cpu_seconds(), t = run(b);

		if (!i || t < best) {
			best = t;
			cpu = cpu_seconds() - c;
		}
	}
	printf("  %-20s %8.2f ms %8.0f MB/s", what, best * 1e3, b->bytes / best / 1e6);
	if (b->limit)
		printf("   %.2f of reading and checksumming, %5.1f ns/key", b->limit / best, best * 1e9 / b->keys);
	printf("   (%.0f ms of processor time)\n", cpu * 1e3);
	return best;
}

static void bench_one(struct bench *b, unsigned files)
{
	build(b, files);
	list_nodes(b);
	b->limit = 0;
	printf("%llu keys in %zu nodes, %.1f MB written, %u threads\n", (unsigned long long)b->keys, b->nodes.nr, b->bytes / 1e6,
	       workers_nr(b->workers));
	b->limit = measure(b, "read and checksum", run_limit);
	measure(b, "open", run_open);
	measure(b, "key walk", run_walk);
	if (pass_by_name("check_topology"))
		measure(b, "check_topology", run_topology);
	unlink(b->path);
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };

	urcu_memb_register_thread();
	need(&b, workers_new(0, &b.workers, &b.err));
	if (argc < 2)
		bench_one(&b, 140000);
	for (int i = 1; i < argc; i++)
		bench_one(&b, strtoul(argv[i], NULL, 10));
	workers_free(b.workers);
	arb_array_free(&b.nodes);
	urcu_memb_unregister_thread();
	return 0;
}
