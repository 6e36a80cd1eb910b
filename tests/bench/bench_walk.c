/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, walking every key, the topology check, and that with the allocation gc; and what reading alone would take. */
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

void bench_list(struct bench *b)
{
	struct view *v = bench_open(b, 0);

	b->nodes.nr = b->bytes = b->keys = b->buckets = 0;
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		bench_need(b, view_walk_nodes(v, i, 0, note_node, b, &b->err));
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		b->buckets += v->geo.member[i].exists ? v->geo.member[i].nbuckets : 0;
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

struct span run_limit(struct bench *b)
{
	unsigned next = 0, done = 0, nr = workers_nr(b->workers);
	struct reader *r = calloc(nr, sizeof(*r));
	struct span span;
	struct blk *blk;

	bench_need(b, blk_file_open(b->path, &blk, &b->err));
	span = span_start();
	for (unsigned i = 0; r && i < nr; i++) {
		r[i] = (struct reader){ .work.run = read_some, .b = b, .blk = blk, .next = &next, .done = &done };
		workers_queue(b->workers, &r[i].work);
	}
	while (r && __atomic_load_n(&done, __ATOMIC_ACQUIRE) < nr)
		usleep(20);
	span = span_since(span);
	free(r);
	blk_close(blk);
	return span;
}

struct span run_open(struct bench *b)
{
	struct span span = span_start();
	struct view *v = bench_open(b, 0);

	span = span_since(span);
	view_free(v);
	return span;
}

static enum arb_code count_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	*(uint64_t *)arg += k.k.type != KEY_deleted;
	return ARB_OK;
}

struct span run_walk(struct bench *b)
{
	struct view *v = bench_open(b, 0);
	struct span span = span_start();
	uint64_t keys = 0;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		for (unsigned level = 0; level <= v->roots[i].level; level++) {
			struct walk w = { .btree = i, .level = level, .end = SPOS_MAX, .key = count_key, .arg = &keys };

			bench_need(b, view_walk(v, &w, &b->err));
		}
	span = span_since(span);
	view_free(v);
	if (keys != b->keys)
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the walk met %llu keys of %llu",
				 (unsigned long long)keys, (unsigned long long)b->keys));
	return span;
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

/* One pass after the other over @v. */
static struct span run_passes(struct bench *b, struct view *v, const char *const *names)
{
	struct pass_port port = { .arg = b, .decide = decline, .step = go_on, .log = no_log, .applied = no_repair };
	struct arb_clock clock = arb_clock_fixed(1);
	struct pass_scope scope = { 0 };
	struct pass_run *run;
	struct plan *plan;
	struct span span;

	bench_need(b, plan_new(v, &plan, &b->err));
	bench_need(b, pass_run_new(v, plan, &clock, &run, &b->err));
	for (; *names; names++)
		pass_run_request(run, pass_by_name(*names), "bench");
	span = span_start();
	bench_need(b, pass_run_all(run, &scope, &port, &b->err));
	span = span_since(span);
	pass_run_free(run);
	plan_free(plan);
	view_free(v);
	return span;
}

static const char *const topology[] = { "check_topology", NULL }, *const both[] = { "check_topology", "check_allocations", NULL };

struct span run_topology(struct bench *b)
{
	return run_passes(b, bench_open(b, 0), topology);
}

struct span run_both(struct bench *b)
{
	return run_passes(b, bench_open(b, 0), both);
}

double bench_peak_allowed(const struct bench *b)
{
	return 64 + BENCH_CACHE_MIB + b->buckets * 24.0 / (1 << 20);
}

int bench_peak_child(struct bench *b, const char *path)
{
	struct span span;

	snprintf(b->path, sizeof(b->path), "%s", path);
	span = run_passes(b, bench_open(b, (size_t)BENCH_CACHE_MIB << 20), both);
	printf("%.1f\n", bench_resident_max());
	return span.wall > 0 ? 0 : 1;
}
