/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include <stdlib.h>

#include "arborist/format/btree_id.h"
#include "arborist/image/image.h"
#include "arborist/overlay/overlay.h"
#include "topo_make.h"

#define DEVICE_BYTES (48u << 20)

static struct blk *copy_of(struct blk *from)
{
	struct blk *copy;

	assert_int_equal(blk_mem_new("memory", blk_mem_data(from), DEVICE_BYTES, &copy, NULL), ARB_OK);
	return copy;
}

static struct blk *build(const struct image_options *o)
{
	struct arb_error err = { 0 };
	struct blk *blk;

	assert_int_equal(blk_mem_new("memory", NULL, DEVICE_BYTES, &blk, &err), ARB_OK);
	if (image_build(o, blk, &err))
		fail_msg("%s", err.text);
	return blk;
}

static struct blk *built(void)
{
	static struct blk *master;
	static const struct image_options o = {
		.seed = 11, .nr_dirs = 6, .nr_files = 150, .file_bytes_max = 6000, .keys_per_leaf = 6, .fanout = 5, .min_depth = 3,
		.node_bytes = 16 << 10, .bucket_bytes = 64 << 10,
	};

	if (!master)
		master = build(&o);
	return copy_of(master);
}

static enum arb_code decide(void *arg, struct finding *f)
{
	struct topo_fs *t = arg;

	f->answer = (struct answer){ .verb = f->suggested == ANSWER_NONE ? ANSWER_FIX : f->suggested, .source = ANSWER_BY_OPTION };
	if (t->answer_skip && !strcmp(t->answer_skip, f->row->id))
		f->answer.verb = ANSWER_SKIP;
	if (t->answer_stop && !strcmp(t->answer_stop, f->row->id))
		f->answer.verb = ANSWER_STOP;
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	struct topo_fs *t = arg;

	assert_true(t->nr_found < TOPO_FOUND_MAX);
	assert_non_null(f->message);
	t->found[t->nr_found++] = (struct topo_found){ f->row, f->rule, f->btree, f->level, f->fixed };
}

static enum arb_code step(void *arg, const struct pass_progress *p)
{
	struct topo_fs *t = arg;

	assert_true(p->nodes_total >= p->nodes_done || !p->nodes_total);
	t->steps++;
	return ARB_OK;
}

static struct topo_fs *open_blk(struct blk *blk)
{
	struct topo_fs *t = calloc(1, sizeof(*t));
	struct arb_clock clock = arb_clock_fixed(0);
	struct view_options vo = { 0 };
	struct arb_error err = { 0 };
	struct devset *devs;

	assert_int_equal(devset_open_blk(&blk, 1, &(struct devset_options){ 0 }, &devs, &err), ARB_OK);
	assert_int_equal(workers_new(2, &t->workers, &err), ARB_OK);
	assert_int_equal(view_open(devs, t->workers, &vo, &t->view, &err), ARB_OK);
	assert_int_equal(plan_new(t->view, &t->plan, &err), ARB_OK);
	assert_int_equal(pass_run_new(t->view, t->plan, &clock, &t->run, &err), ARB_OK);
	t->port = (struct pass_port){ .arg = t, .decide = decide, .decided = decided, .step = step };
	return t;
}

struct topo_fs *topo_fs_new(void) { return open_blk(built()); }
struct topo_fs *topo_fs_built(const struct image_options *o) { return open_blk(build(o)); }

struct topo_fs *topo_fs_again(const struct topo_fs *from)
{
	return open_blk(copy_of(from->view->devs->dev[0]->blk));
}

void topo_fs_free(struct topo_fs *t)
{
	pass_run_free(t->run);
	plan_free(t->plan);
	view_free(t->view);
	workers_free(t->workers);
	free(t);
}

enum arb_code topo_fs_run(struct topo_fs *t)
{
	struct arb_error err = { 0 };

	t->nr_found = 0;
	t->steps = 0;
	pass_run_request(t->run, pass_by_name("check_topology"), "test");
	return pass_run_all(t->run, NULL, &t->port, &err);
}

static enum arb_code take_ptr(void *arg, const struct node *n, struct bkey_s k)
{
	struct topo_ptrs *p = arg;

	(void)n;
	p->v = realloc(p->v, (p->nr + 1) * sizeof(*p->v));
	bkey_buf_set(&p->v[p->nr++], k);
	return ARB_OK;
}

struct topo_ptrs topo_ptrs(struct topo_fs *t, unsigned btree, unsigned level)
{
	struct topo_ptrs p = { 0 };
	struct walk w = { .btree = btree, .level = level + 1, .start = POS_MIN, .end = SPOS_MAX, .key = take_ptr, .arg = &p };

	assert_int_equal(view_walk(t->view, &w, NULL), ARB_OK);
	return p;
}

unsigned topo_depth(const struct topo_fs *t, unsigned btree)
{
	return t->view->roots[btree].level;
}

struct btree_ptr topo_ptr(const struct bkey_buf *k)
{
	struct btree_ptr p;

	assert_true(btree_ptr_get(bkey_buf_s(k), &p));
	return p;
}

void topo_put(struct topo_fs *t, unsigned btree, unsigned level, const struct btree_ptr *p)
{
	struct bkey_buf k;

	btree_ptr_put(&k, p);
	assert_int_equal(overlay_insert(t->view->overlay, btree, level + 1, bkey_buf_s(&k), 0), ARB_OK);
}

void topo_del(struct topo_fs *t, unsigned btree, unsigned level, struct bpos pos)
{
	assert_int_equal(overlay_delete(t->view->overlay, btree, level + 1, pos, 0), ARB_OK);
}

static unsigned faults_below(struct topo_fs *t, const struct node *b, uint64_t *keys)
{
	struct bpos want = b->min, last = b->min;
	bool end = false, any = false;
	unsigned faults = 0;
	struct node_iter it;
	struct bkey_s k;

	if (!b->level) {
		*keys += b->nr_keys;
		return 0;
	}
	node_iter_init(&it, t->view, b);
	while (node_iter_next(&it, &k)) {
		struct node_got got;

		any = true;
		assert_int_equal(view_node(t->view, b->btree, b->level - 1, k, &got, NULL), ARB_OK);
		faults += !got.node || end || !bpos_eq(got.node->min, want);
		if (got.node)
			faults += faults_below(t, got.node, keys);
		last = k.k.p;
		end = !bpos_successor(last, &want);
		node_put(&got);
	}
	return faults + (!any || !bpos_eq(last, b->max));
}

static unsigned faults_of(struct topo_fs *t, unsigned btree, uint64_t *keys)
{
	struct node_got got;
	unsigned faults = 1;

	*keys = 0;
	assert_int_equal(view_root(t->view, btree, &got, NULL), ARB_OK);
	if (got.node)
		faults = !bpos_eq(got.node->min, POS_MIN) + !bpos_eq(got.node->max, SPOS_MAX) + faults_below(t, got.node, keys);
	node_put(&got);
	return faults;
}

unsigned topo_faults(struct topo_fs *t, unsigned btree)
{
	uint64_t keys;

	return faults_of(t, btree, &keys);
}

uint64_t topo_keys(struct topo_fs *t, unsigned btree)
{
	uint64_t keys;

	faults_of(t, btree, &keys);
	return keys;
}
