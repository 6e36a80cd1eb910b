/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_walk [FILES...]: builds a filesystem with so many files, and measures over it: opening, walking every key, the
 * topology check, and that with the allocation gc. Figures are MB/s of written btree nodes, and the share of what reading and checksumming the same bytes
 * reaches with as many threads. Each is the best of some rounds with an empty node cache; the page cache is warm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arborist/pass/pass.h"
#include "bench.h"

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
	struct view *v = bench_open(b);

	b->nodes.nr = b->bytes = b->keys = 0;
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		bench_need(b, view_walk_nodes(v, i, 0, note_node, b, &b->err));
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

	bench_need(b, blk_file_open(b->path, &blk, &b->err));
	start = bench_seconds();
	for (unsigned i = 0; r && i < nr; i++) {
		r[i] = (struct reader){ .work.run = read_some, .b = b, .blk = blk, .next = &next, .done = &done };
		workers_queue(b->workers, &r[i].work);
	}
	while (r && __atomic_load_n(&done, __ATOMIC_ACQUIRE) < nr)
		usleep(20);
	start = bench_seconds() - start;
	free(r);
	blk_close(blk);
	return start;
}

static double run_open(struct bench *b)
{
	double start = bench_seconds();

	struct view *v = bench_open(b);
	start = bench_seconds() - start;
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
	struct view *v = bench_open(b);
	double start = bench_seconds();
	uint64_t keys = 0;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		for (unsigned level = 0; level <= v->roots[i].level; level++) {
			struct walk w = { .btree = i, .level = level, .end = SPOS_MAX, .key = count_key, .arg = &keys };

			bench_need(b, view_walk(v, &w, &b->err));
		}
	start = bench_seconds() - start;
	view_free(v);
	if (keys != b->keys)
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the walk met %llu keys of %llu",
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

static double run_pass(struct bench *b, const char *pass, const char *and)
{
	struct pass_port port = { .arg = b, .decide = decline, .step = go_on, .log = no_log, .applied = no_repair };
	struct arb_clock clock = arb_clock_fixed(1);
	struct view *v = bench_open(b);
	struct pass_scope scope = { 0 };
	struct pass_run *run;
	struct plan *plan;
	double start;

	bench_need(b, plan_new(v, &plan, &b->err));
	bench_need(b, pass_run_new(v, plan, &clock, &run, &b->err));
	pass_run_request(run, pass_by_name(pass), "bench");
	if (and)
		pass_run_request(run, pass_by_name(and), "bench");
	start = bench_seconds();
	bench_need(b, pass_run_all(run, &scope, &port, &b->err));
	start = bench_seconds() - start;
	pass_run_free(run);
	plan_free(plan);
	view_free(v);
	return start;
}

static double run_topology(struct bench *b) { return run_pass(b, "check_topology", NULL); }
static double run_both(struct bench *b) { return run_pass(b, "check_topology", "check_allocations"); }

static void bench_one(struct bench *b, unsigned files)
{
	bench_build(b, files, 256 << 10);
	list_nodes(b);
	b->limit = 0;
	b->limit_name = "reading and checksumming";
	printf("%llu keys in %zu nodes, %.1f MB written, %u threads\n", (unsigned long long)b->keys, b->nodes.nr, b->bytes / 1e6,
	       workers_nr(b->workers));
	b->limit = bench_measure(b, "read and checksum", run_limit);
	bench_measure(b, "open", run_open);
	bench_measure(b, "key walk", run_walk);
	bench_measure(b, "check_topology", run_topology);
	bench_measure(b, "and check_allocations", run_both);
	bench_unlink(b);
}

int main(int argc, char **argv)
{
	return bench_main(argc, argv, 140000, bench_one);
}
