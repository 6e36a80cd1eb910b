/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes that a commit writes: they lie in space that nothing uses, are pointed at from the journal, and hold what they are
 * to hold; without space that is provably free nothing is written.
 */
#include "../unit.h"

#include <stdlib.h>

#include "../pass/topo_make.h"
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/plan/commit.h"

static const struct image_options small_nodes = {
	.seed = 3, .nr_dirs = 4, .nr_files = 250, .file_bytes_max = 3000, .keys_per_leaf = 4, .fanout = 8, .min_depth = 3,
	.node_bytes = 4096, .block_bytes = 512, .bucket_bytes = 64 << 10,
};

/* The root of @btree made in memory over all its leaves, as check_topology rebuilds it. */
static void rebuild_root(struct topo_fs *t, unsigned btree)
{
	struct topo_ptrs leaves = topo_ptrs(t, btree, 0);
	struct repair *r = repair_new("a rebuilt root");

	repair_root(r, btree, 1, NULL);
	repair_shoot_down(r, btree, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
	for (size_t i = 0; i < leaves.nr; i++)
		repair_insert(r, btree, 1, bkey_buf_s(&leaves.v[i]));
	free(leaves.v);
	assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
}

static struct commit *prepare(struct topo_fs *t)
{
	struct arb_clock clock = arb_clock_fixed(1700000000000000000);
	struct arb_error err = { 0 };
	struct commit *c;

	if (commit_prepare(t->view, t->plan, &clock, &c, &err))
		fail_msg("%s", err.text);
	return c;
}

static bool is_node(const struct commit_write *w)
{
	return !strncmp(w->what, "new node", 8);
}

static unsigned nodes_in(const struct commit *c)
{
	unsigned nr = 0;

	for (size_t i = 0; i < c->writes.nr; i++)
		nr += is_node(&c->writes.v[i]);
	return nr;
}

struct claim { const struct commit_write *w; struct view *v; unsigned level; bool used; };

static enum arb_code look(void *arg, const struct node *n, struct bkey_s k)
{
	struct claim *c = arg;
	uint64_t bucket = c->w->offset / 512 / c->v->geo.member[0].bucket_size;
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	struct alloc_v4 a;

	if (n && n->btree == BTREE_alloc && !c->level && k.k.p.offset == bucket)
		c->used |= !alloc_get(k, &a) || a.data_type || a.dirty_sectors;
	while (extent_next_ptr(k, &it, &p))
		c->used |= p.sector / c->v->geo.member[0].bucket_size == bucket;
	return ARB_OK;
}

/* Independently of how the space was found: no key of any btree may speak of the bucket, and no node may lie in it. */
static void assert_free(struct view *v, const struct commit_write *w)
{
	unsigned bucket_bytes = v->geo.member[0].bucket_size * 512u, node_bytes = v->geo.node_sectors * 512u;
	uint64_t start = w->offset / bucket_bytes * bucket_bytes;

	assert_int_equal(w->n, node_bytes);
	assert_int_equal((w->offset - start) % node_bytes, 0);
	for (unsigned btree = 0; btree < BTREE_ID_NR; btree++)
		for (unsigned level = 0; level <= BTREE_MAX_DEPTH; level++) {
			struct claim c = { w, v, level, false };
			struct walk walk = { .btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = look, .arg = &c };

			if (v->roots[btree].exists && level <= v->roots[btree].level + 1u)
				assert_int_equal(view_walk(v, &walk, NULL), ARB_OK);
			assert_false(c.used);
		}
	for (unsigned at = 0; at < bucket_bytes; at += node_bytes)
		assert_true(le64_get((uint8_t *)blk_mem_data(v->devs->dev[0]->blk) + start + at + 16) != v->geo.bset_magic);
}

/* Carries the commit out on the device in memory, and opens that again. */
static struct topo_fs *carry_out(struct topo_fs *t, const struct commit *c)
{
	uint8_t *device = blk_mem_data(t->view->devs->dev[0]->blk);

	for (size_t i = 0; i < c->writes.nr; i++)
		memcpy(device + c->writes.v[i].offset, c->writes.v[i].after, c->writes.v[i].n);
	return topo_fs_again(t);
}

static void rebuilt(const struct image_options *o, unsigned btree, unsigned want_level)
{
	struct topo_fs *t = topo_fs_built(o), *fresh = topo_fs_again(t), *after;
	uint64_t keys = topo_keys(t, btree);
	struct commit *c;

	rebuild_root(t, btree);
	c = prepare(t);
	assert_true(nodes_in(c) > 0);
	for (size_t i = 0; i < c->writes.nr; i++)
		if (is_node(&c->writes.v[i]))
			assert_free(fresh->view, &c->writes.v[i]);
	after = carry_out(t, c);
	assert_int_equal(topo_depth(after, btree), want_level);
	assert_int_equal(topo_faults(after, btree), 0);
	assert_int_equal(topo_keys(after, btree), keys);
	assert_int_equal(topo_fs_run(after), ARB_OK);
	assert_int_equal(after->nr_found, 0);
	commit_free(c);
	topo_fs_free(after);
	topo_fs_free(fresh);
	topo_fs_free(t);
}

static void one_node_is_enough(void **state)
{
	struct image_options o = small_nodes;

	(void)state;
	o.node_bytes = 32 << 10;
	rebuilt(&o, BTREE_inodes, 1);
}

static void levels_are_added_as_needed(void **state)
{
	(void)state;
	rebuilt(&small_nodes, BTREE_inodes, 2);
	rebuilt(&small_nodes, BTREE_extents, 2);
}

static void an_empty_root_where_the_journal_names_one(void **state)
{
	struct image_options o = small_nodes;
	struct topo_fs *t, *after;
	struct repair *r;
	struct commit *c;

	(void)state;
	o.unclean = true;
	t = topo_fs_built(&o);
	assert_false(t->view->journal->clean);
	r = repair_new("emptied");
	repair_root(r, BTREE_xattrs, 0, NULL);
	repair_root(r, BTREE_dirents, 0, NULL);
	repair_shoot_down(r, BTREE_dirents, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
	assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
	c = prepare(t);
	after = carry_out(t, c);
	assert_true(after->view->roots[BTREE_dirents].exists);
	assert_int_equal(topo_depth(after, BTREE_dirents), 0);
	assert_int_equal(topo_faults(after, BTREE_dirents), 0);
	assert_int_equal(topo_keys(after, BTREE_dirents), 0);
	commit_free(c);
	topo_fs_free(after);
	topo_fs_free(t);
}

static void a_node_written_anew(void **state)
{
	struct topo_fs *t = topo_fs_built(&small_nodes), *after;
	struct topo_ptrs leaves = topo_ptrs(t, BTREE_extents, 0), now;
	struct repair *r = repair_new("write a leaf and a root anew");
	uint64_t keys = topo_keys(t, BTREE_extents);
	struct btree_ptr was = topo_ptr(&leaves.v[3]), root_was = topo_ptr(&t->view->roots[BTREE_dirents].key), is;
	unsigned root_level = topo_depth(t, BTREE_dirents);
	struct commit *c;

	(void)state;
	repair_rewrite(r, BTREE_extents, 1, leaves.v[3].k.p);
	repair_rewrite(r, BTREE_dirents, root_level + 1, SPOS_MAX);
	repair_rewrite(r, BTREE_extents, 1, leaves.v[3].k.p);	/* asked about again after its pointer changed: written once */
	assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
	assert_true(plan_rewrites(t->plan, BTREE_extents, 1, bkey_buf_s(&leaves.v[3])));
	assert_false(plan_rewrites(t->plan, BTREE_extents, 1, bkey_buf_s(&leaves.v[2])));
	c = prepare(t);
	assert_int_equal(nodes_in(c), 2);
	after = carry_out(t, c);
	now = topo_ptrs(after, BTREE_extents, 0);
	assert_int_equal(now.nr, leaves.nr);
	is = topo_ptr(&now.v[3]);
	assert_true(is.seq != was.seq && is.ptr[0].sector != was.ptr[0].sector);
	assert_true(bpos_eq(is.min_key, was.min_key) && bpos_eq(is.max_key, was.max_key));
	is = topo_ptr(&after->view->roots[BTREE_dirents].key);
	assert_true(is.seq != root_was.seq);
	assert_int_equal(topo_depth(after, BTREE_dirents), root_level);
	assert_int_equal(topo_keys(after, BTREE_extents), keys);
	assert_int_equal(topo_faults(after, BTREE_dirents), 0);
	commit_free(c);
	free(leaves.v);
	free(now.v);
	topo_fs_free(after);
	topo_fs_free(t);
}

static bool bucket_is_blank(struct topo_fs *t, uint64_t offset)
{
	size_t bytes = 512 * (size_t)t->view->geo.member[0].bucket_size;
	uint8_t *p = malloc(bytes);
	bool blank = p && !blk_read(t->view->devs->dev[0]->blk, offset / bytes * bytes, p, bytes, NULL);

	for (size_t i = 0; i < bytes && blank; i++)
		blank = !p[i];
	free(p);
	return blank;
}

/* Nothing says what is free, and what the plan drops may have led anywhere: nodes go where nothing was ever written. */
static void blank_buckets_when_nothing_is_known(void **state)
{
	struct topo_fs *t = topo_fs_built(&small_nodes);
	struct commit *c;

	(void)state;
	rebuild_root(t, BTREE_inodes);
	for (uint64_t b = t->view->geo.member[0].first_bucket; b < t->view->geo.member[0].nbuckets; b++)
		if (b % 8 && bucket_is_blank(t, b * 512 * t->view->geo.member[0].bucket_size))
			assert_int_equal(blk_write(t->view->devs->dev[0]->blk, 512 * (b * t->view->geo.member[0].bucket_size + 100), "x", 1, NULL), ARB_OK);
	t->view->roots[BTREE_alloc].lost = t->view->roots[BTREE_freespace].lost = true;
	c = prepare(t);
	assert_true(nodes_in(c) > 0);
	for (size_t i = 0; i < c->writes.nr; i++)
		if (is_node(&c->writes.v[i]))
			assert_true(bucket_is_blank(t, c->writes.v[i].offset));
	commit_free(c);
	topo_fs_free(t);
}

static void without_proof_nothing_is_written(void **state)
{
	struct topo_fs *t = topo_fs_built(&small_nodes);
	struct arb_clock clock = arb_clock_fixed(0);
	struct arb_error err = { 0 };
	struct commit *c;

	(void)state;
	rebuild_root(t, BTREE_inodes);
	t->view->roots[BTREE_alloc].lost = t->view->roots[BTREE_freespace].lost = t->view->roots[BTREE_dirents].lost = true;
	assert_int_equal(commit_prepare(t->view, t->plan, &clock, &c, &err), ARB_E_REFUSED);
	assert_non_null(strstr(err.text, "provably free"));
	t->view->roots[BTREE_alloc].lost = t->view->roots[BTREE_freespace].lost = t->view->roots[BTREE_dirents].lost = false;
	t->view->geo.member[0].nbuckets = t->view->geo.member[0].first_bucket;
	assert_int_equal(commit_prepare(t->view, t->plan, &clock, &c, &err), ARB_E_REFUSED);
	assert_non_null(strstr(err.text, "provably free"));
	topo_fs_free(t);
}

/* Space is proved without the alloc btree: by the list of free buckets, or by all pointers. The undamaged filesystem is asked whether it is. */
static void free_without(bool listed, bool by_rewrite)
{
	struct topo_fs *t = topo_fs_built(&small_nodes), *fresh = topo_fs_again(t);
	struct topo_ptrs leaves = topo_ptrs(t, BTREE_inodes, 0);
	struct repair *r;
	struct commit *c;
	unsigned nodes = 0;

	if (by_rewrite) {
		r = repair_new("write a leaf anew");
		repair_rewrite(r, BTREE_inodes, 1, leaves.v[1].k.p);
		assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
	} else {
		rebuild_root(t, BTREE_inodes);
	}
	t->view->roots[BTREE_alloc].lost = true;
	t->view->roots[BTREE_freespace].lost = !listed;
	c = prepare(t);
	for (size_t i = 0; i < c->writes.nr; i++)
		if (is_node(&c->writes.v[i])) {
			assert_free(fresh->view, &c->writes.v[i]);
			nodes++;
		}
	assert_true(nodes > 0);
	commit_free(c);
	free(leaves.v);
	topo_fs_free(fresh);
	topo_fs_free(t);
}

static void free_by_the_list_of_free_buckets(void **state) { (void)state; free_without(true, false); }
static void free_by_all_pointers(void **state) { (void)state; free_without(false, true); }

/* A filesystem whose journal holds a pointer on level 2 of the inodes btree. */
static struct topo_fs *journal_on_level_2(const struct image_options *o)
{
	struct topo_fs *t = topo_fs_built(o), *after;
	struct topo_ptrs nodes = topo_ptrs(t, BTREE_inodes, 1);
	struct repair *r = repair_new("the same pointer once more");
	struct commit *c;

	assert_true(nodes.nr > 1);
	repair_insert(r, BTREE_inodes, 2, bkey_buf_s(&nodes.v[0]));
	free(nodes.v);
	assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
	c = prepare(t);
	after = carry_out(t, c);
	assert_int_equal(overlay_nr_at(after->view->overlay, BTREE_inodes, 2), 1);
	commit_free(c);
	topo_fs_free(t);
	return after;
}

static void pointers_of_the_journal_above_a_new_root(void **state)
{
	struct image_options o = small_nodes;
	struct topo_fs *t, *after;
	struct commit *c;
	uint64_t keys;

	(void)state;
	o.node_bytes = 32 << 10;	/* so that one node would do for all leaves */
	t = journal_on_level_2(&o);
	keys = topo_keys(t, BTREE_inodes);
	rebuild_root(t, BTREE_inodes);
	c = prepare(t);
	after = carry_out(t, c);
	assert_int_equal(topo_depth(after, BTREE_inodes), 2);
	assert_int_equal(overlay_nr_at(after->view->overlay, BTREE_inodes, 2), 1);
	assert_int_equal(overlay_lower_bound(after->view->overlay, BTREE_inodes, 2, POS_MIN)->key.k.type, KEY_deleted);
	assert_int_equal(topo_faults(after, BTREE_inodes), 0);
	assert_int_equal(topo_keys(after, BTREE_inodes), keys);
	assert_int_equal(topo_fs_run(after), ARB_OK);
	assert_int_equal(after->nr_found, 0);
	commit_free(c);
	topo_fs_free(after);
	topo_fs_free(t);
}

static void pointers_of_the_journal_above_an_emptied_root(void **state)
{
	struct topo_fs *t = journal_on_level_2(&small_nodes), *after;
	struct repair *r = repair_new("emptied");
	struct commit *c;

	(void)state;
	repair_root(r, BTREE_inodes, 0, NULL);
	repair_shoot_down(r, BTREE_inodes, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
	assert_int_equal(plan_apply(t->plan, r, NULL), ARB_OK);
	c = prepare(t);
	assert_int_equal(nodes_in(c), 3);
	after = carry_out(t, c);
	assert_int_equal(topo_depth(after, BTREE_inodes), 2);
	assert_int_equal(topo_faults(after, BTREE_inodes), 0);
	assert_int_equal(topo_keys(after, BTREE_inodes), 0);
	commit_free(c);
	topo_fs_free(after);
	topo_fs_free(t);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(one_node_is_enough),
	cmocka_unit_test(levels_are_added_as_needed),
	cmocka_unit_test(an_empty_root_where_the_journal_names_one),
	cmocka_unit_test(a_node_written_anew),
	cmocka_unit_test(blank_buckets_when_nothing_is_known),
		cmocka_unit_test(without_proof_nothing_is_written),
	cmocka_unit_test(free_by_the_list_of_free_buckets),
	cmocka_unit_test(free_by_all_pointers),
	cmocka_unit_test(pointers_of_the_journal_above_a_new_root),
	cmocka_unit_test(pointers_of_the_journal_above_an_emptied_root),
};
UNIT_MAIN(tests)
