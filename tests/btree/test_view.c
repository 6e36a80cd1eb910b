/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of nodes, the cache, merged iteration and walks, over devices in memory that hold nothing but nodes. */
#include "../unit.h"

#include "../../src/btree/view_private.h"
#include "arborist/overlay/overlay.h"
#include "node_make.h"

#define DEVS		2
#define DEV_BYTES	(1 << 20)
#define NODE_BYTES	(TEST_NODE_SECTORS * 512)

static struct workers *workers;

struct world {
	struct devset	devs;
	struct device	dev[DEVS];
	struct view	v;
};

static void world_init(struct world *w, size_t cache_bytes)
{
	*w = (struct world){ 0 };
	for (unsigned i = 0; i < DEVS; i++) {
		assert_int_equal(blk_mem_new("mem", NULL, DEV_BYTES, &w->dev[i].blk, NULL), ARB_OK);
		w->devs.dev[i] = &w->dev[i];
	}
	w->v = (struct view){ .devs = &w->devs, .geo = test_geometry(), .workers = workers, .ahead = view_ahead_new() };
	rcu_thread_ensure();
	assert_int_equal(overlay_new(&w->v.overlay, NULL), ARB_OK);
	assert_int_equal(node_cache_new(cache_bytes, &w->v.cache, NULL), ARB_OK);
}

static void world_free(struct world *w)
{
	node_cache_quiesce(w->v.cache);
	node_cache_free(w->v.cache);
	overlay_free(w->v.overlay);
	view_ahead_free(w->v.ahead);
	for (unsigned i = 0; i < DEVS; i++)
		blk_close(w->dev[i].blk);
}

static uint8_t *bytes_at(struct world *w, unsigned dev, unsigned slot)
{
	return (uint8_t *)blk_mem_data(w->dev[dev].blk) + (size_t)slot * NODE_BYTES;
}

/* Writes a node into a slot of the first @copies devices; the pointer to it. */
static struct btree_ptr put_node(struct world *w, unsigned slot, const struct node_spec *s, const struct bkey_s *k, size_t nr, unsigned copies)
{
	struct btree_ptr p;
	unsigned sectors;
	uint8_t *raw;

	assert_int_equal(node_encode(&w->v.geo, s, k, nr, &raw, &sectors, NULL), ARB_OK);
	p = test_ptr(s, sectors);
	p.nr_ptrs = copies;
	for (unsigned i = 0; i < copies; i++) {
		memcpy(bytes_at(w, i, slot), raw, NODE_BYTES);
		p.ptr[i] = (struct extent_ptr){ .dev = i, .sector = (uint64_t)slot * TEST_NODE_SECTORS };
	}
	free(raw);
	return p;
}

/* A leaf [min, max] of inode 1 with a key at every tenth offset. */
static struct btree_ptr put_leaf(struct world *w, unsigned slot, struct bpos min, struct bpos max, unsigned copies)
{
	struct node_spec s = test_spec();
	struct test_key t[64];
	struct bkey_s k[64];
	size_t nr = 0;

	s.min = min;
	s.max = max;
	s.cookie = TEST_COOKIE + slot;
	for (uint64_t o = 10; o <= 300; o += 10) {
		struct test_key one = test_key(1, o, o);

		if (bpos_le(min, one.k.p) && bpos_le(one.k.p, max))
			t[nr++] = one;
	}
	test_keys_s(t, nr, k);
	return put_node(w, slot, &s, k, nr, copies);
}

static struct node *read_one(struct world *w, const struct btree_ptr *p, struct defects *d)
{
	struct node *n;

	assert_int_equal(node_read(&w->devs, &w->v.geo, BTREE_lru, 0, p, NODE_WHOLE, &n, d, NULL), ARB_OK);
	return n;
}

static void test_copies(void **state)
{
	struct defects d = { 0 };
	struct btree_ptr p;
	struct world w;
	struct node *n;

	(void)state;
	world_init(&w, 1 << 20);
	p = put_leaf(&w, 1, POS_MIN, SPOS_MAX, 2);
	n = read_one(&w, &p, &d);
	assert_int_equal(n->replica, 0);
	assert_int_equal(n->defects.list.nr, 0);
	node_free(n);

	bytes_at(&w, 0, 1)[0] ^= 1;		/* checksum of one copy */
	n = read_one(&w, &p, &d);
	assert_int_equal(n->replica, 1);
	assert_true(defects_have(&n->defects, 42) && !n->needs_rewrite);
	node_free(n);

	bytes_at(&w, 1, 1)[0] ^= 1;		/* of both: the first is used */
	n = read_one(&w, &p, &d);
	assert_int_equal(n->replica, 0);
	assert_true(n->needs_rewrite);
	assert_int_equal(n->nr_keys, 30);
	assert_int_equal(n->defects.list.nr, 2);
	node_free(n);

	bytes_at(&w, 0, 1)[16] ^= 1;		/* magic of one, checksum of the other */
	n = read_one(&w, &p, &d);
	assert_int_equal(n->replica, 1);
	assert_true(n->needs_rewrite && defects_have(&n->defects, 32) && defects_have(&n->defects, 42));
	node_free(n);

	w.devs.dev[1] = NULL;			/* magic of one, the other missing */
	assert_int_equal(d.list.nr, 0);
	assert_null(read_one(&w, &p, &d));
	assert_true(defects_have(&d, 32));
	assert_int_equal(d.list.nr, 2);
	assert_string_equal(d.list.v[1].own, "arborist_copy_device_missing");
	assert_int_equal(d.list.v[1].dev, 1);
	defects_free(&d);

	p.ptr[0].sector = DEV_BYTES / 512 - 1;
	assert_null(read_one(&w, &p, &d));
	assert_string_equal(d.list.v[0].own, "arborist_copy_outside_device");
	defects_free(&d);
	p.nr_ptrs = 0;
	assert_null(read_one(&w, &p, &d));
	assert_string_equal(d.list.v[0].own, "arborist_no_pointer");
	defects_free(&d);
	world_free(&w);
}

/* Only the sectors written are read; a bad sector behind them does not matter, one among them is a copy lost. */
static void test_read_errors(void **state)
{
	struct btree_ptr p;
	struct defects d = { 0 };
	struct world w;
	struct node *n;

	(void)state;
	world_init(&w, 1 << 20);
	p = put_leaf(&w, 1, POS_MIN, SPOS_MAX, 1);
	assert_true(p.sectors_written < TEST_NODE_SECTORS);
	assert_int_equal(blk_fault_new(w.dev[0].blk, 0, NODE_BYTES + p.sectors_written * 512, DEV_BYTES, &w.dev[0].blk, NULL), ARB_OK);
	n = read_one(&w, &p, &d);
	assert_non_null(n);
	assert_int_equal(n->raw_bytes, p.sectors_written * 512);
	node_free(n);
	p.sectors_written = 0;
	assert_null(read_one(&w, &p, &d));
	assert_string_equal(d.list.v[0].own, "arborist_copy_read_error");
	defects_free(&d);
	world_free(&w);
}

static struct bkey_buf ptr_key(const struct btree_ptr *p)
{
	struct bkey_buf k;

	btree_ptr_put(&k, p);
	return k;
}

static void test_cache(void **state)
{
	struct node_got a, b;
	struct bkey_buf k;
	struct btree_ptr p;
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	p = put_leaf(&w, 1, POS_MIN, SPOS_MAX, 1);
	k = ptr_key(&p);
	assert_false(view_node_cached(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &a));
	assert_int_equal(view_node(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &a, NULL), ARB_OK);
	assert_true(view_node_cached(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &b));
	assert_ptr_equal(a.node, b.node);
	node_put(&b);
	assert_int_equal(w.v.bytes_read, p.sectors_written * 512);

	/* The same bytes through other pointers, or as another btree's, are something else */
	p.range_updated = true;
	p.max_key = BPOS(1, 100, 0);
	k = ptr_key(&p);
	assert_int_equal(view_node(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &b, NULL), ARB_OK);
	assert_int_equal(b.node->nr_keys, 10);
	assert_int_equal(a.node->nr_keys, 30);
	node_put(&b);
	assert_int_equal(view_node(&w.v, BTREE_logged_ops, 0, bkey_buf_s(&k), &b, NULL), ARB_OK);
	assert_null(b.node);
	assert_true(defects_have(b.defects, 49));
	node_put(&b);
	assert_int_equal(view_node(&w.v, BTREE_lru, 1, bkey_buf_s(&k), &b, NULL), ARB_OK);
	assert_null(b.node);
	assert_true(defects_have(b.defects, 50));
	node_put(&b);
	assert_int_equal(view_node(&w.v, BTREE_lru, 4, bkey_buf_s(&k), &b, NULL), ARB_OK);
	assert_null(b.node);
	node_put(&b);
	node_put(&a);
	node_cache_clear(w.v.cache);
	assert_int_equal(node_cache_bytes(w.v.cache), 0);
	world_free(&w);
}

/* A full cache lets the oldest go, keeps what somebody holds, and comes back under its limit. */
static void test_eviction(void **state)
{
	struct btree_ptr p[8];
	struct node_got held, g;
	struct bkey_buf k;
	struct world w;

	(void)state;
	world_init(&w, 12000);
	for (unsigned i = 0; i < 8; i++)
		p[i] = put_leaf(&w, i, POS_MIN, SPOS_MAX, 1);
	k = ptr_key(&p[0]);
	assert_int_equal(view_node(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &held, NULL), ARB_OK);
	for (unsigned i = 1; i < 8; i++) {
		k = ptr_key(&p[i]);
		assert_int_equal(view_node(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &g, NULL), ARB_OK);
		assert_int_equal(g.node->nr_keys, 30);
		node_put(&g);
		assert_true(node_cache_bytes(w.v.cache) <= 12000);
	}
	k = ptr_key(&p[0]);
	assert_true(view_node_cached(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &g));
	assert_ptr_equal(g.node, held.node);
	node_put(&g);
	k = ptr_key(&p[1]);
	assert_false(view_node_cached(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &g));
	assert_int_equal(held.node->nr_keys, 30);
	assert_true(node_cache_bytes(w.v.cache) > 6000);
	node_cache_set_limit(w.v.cache, 6000);		/* at once */
	assert_true(node_cache_bytes(w.v.cache) <= 6000);
	k = ptr_key(&p[0]);
	assert_true(view_node_cached(&w.v, BTREE_lru, 0, bkey_buf_s(&k), &g));
	node_put(&g);
	node_cache_set_limit(w.v.cache, 12000);
	node_put(&held);
	world_free(&w);
}

static void insert(struct world *w, uint64_t offset, uint64_t value)
{
	struct test_key t = test_key(1, offset, value);

	assert_int_equal(overlay_insert(w->v.overlay, BTREE_lru, 0, (struct bkey_s){ t.k, t.v }, 1), ARB_OK);
}

static void test_merged_iteration(void **state)
{
	static const uint64_t want[][2] = { { 5, 5 }, { 10, 10 }, { 30, 333 }, { 35, 35 }, { 40, 40 }, { 50, 50 } };
	struct node_iter it;
	struct btree_ptr p;
	struct bkey_s k;
	struct world w;
	struct node *n;

	(void)state;
	world_init(&w, 1 << 20);
	p = put_leaf(&w, 1, POS_MIN, BPOS(1, 50, 0), 1);
	n = read_one(&w, &p, NULL);
	insert(&w, 5, 5);
	insert(&w, 30, 333);
	insert(&w, 51, 51);	/* beyond the node */
	assert_int_equal(overlay_delete(w.v.overlay, BTREE_lru, 0, BPOS(1, 20, 0), 1), ARB_OK);
	node_iter_init(&it, &w.v, n);
	for (unsigned i = 0; i < 6; i++) {
		assert_true(node_iter_next(&it, &k));
		assert_int_equal(k.k.p.offset, want[i][0]);
		assert_int_equal(le64_get(k.v), want[i][1]);
		assert_int_equal(it.from_overlay != NULL, want[i][0] % 10 || want[i][1] == 333);
		if (i == 2) {
			insert(&w, 35, 35);	/* ahead: met */
			insert(&w, 7, 7);	/* behind: not */
		}
	}
	assert_false(node_iter_next(&it, &k));
	assert_false(node_iter_next(&it, &k));
	node_iter_init_at(&it, &w.v, n, BPOS(1, 36, 0));
	assert_true(node_iter_next(&it, &k) && k.k.p.offset == 40);
	node_free(n);
	world_free(&w);
}

/* lru: a root of level 1 over leaves [..100], [..200], [..max] in slots 1, 2, 3. */
static void put_tree(struct world *w, struct btree_ptr leaf[3])
{
	struct bpos min = POS_MIN, max[] = { BPOS(1, 100, 0), BPOS(1, 200, 0), SPOS_MAX };
	struct node_spec s = test_spec();
	struct bkey_buf b[3];
	struct bkey_s k[3];
	struct btree_ptr root;

	for (unsigned i = 0; i < 3; i++) {
		leaf[i] = put_leaf(w, i + 1, min, max[i], 1);
		b[i] = ptr_key(&leaf[i]);
		k[i] = bkey_buf_s(&b[i]);
		bpos_successor(max[i], &min);
	}
	s.level = 1;
	root = put_node(w, 5, &s, k, 3, 1);
	w->v.roots[BTREE_lru] = (struct btree_root){ .exists = true, .level = 1, .key = ptr_key(&root) };
}

struct seen {
	unsigned	keys, nodes, bad, stop_after;
	uint64_t	sum;
};

static enum arb_code see_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct seen *s = arg;

	s->sum += k.k.type == KEY_cookie ? le64_get(k.v) : 0;
	assert_true(n || k.k.type == KEY_btree_ptr_v2);
	return ++s->keys == s->stop_after ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code see_node(void *arg, const struct node *n)
{
	(void)n;
	((struct seen *)arg)->nodes++;
	return ARB_OK;
}

static enum arb_code see_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	(void)ptr;
	assert_int_equal(level, 0);
	assert_true(d->list.nr > 0);
	((struct seen *)arg)->bad++;
	return ARB_OK;
}

static struct seen walk(struct world *w, unsigned level, struct bpos start, struct bpos end)
{
	struct seen s = { 0 };
	struct walk x = { .btree = BTREE_lru, .level = level, .start = start, .end = end, .key = see_key, .node = see_node, .bad = see_bad, .arg = &s };

	assert_int_equal(view_walk(&w->v, &x, NULL), ARB_OK);
	return s;
}

static void test_walk(void **state)
{
	struct btree_ptr leaf[3];
	struct bkey_buf k;
	struct seen s;
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	put_tree(&w, leaf);
	s = walk(&w, 0, POS_MIN, SPOS_MAX);
	assert_int_equal(s.keys, 30);
	assert_int_equal(s.nodes, 3);
	assert_int_equal(s.sum, 4650);
	assert_int_equal(walk(&w, 1, POS_MIN, SPOS_MAX).keys, 3);
	assert_int_equal(walk(&w, 2, POS_MIN, SPOS_MAX).keys, 1);
	assert_int_equal(walk(&w, 3, POS_MIN, SPOS_MAX).keys, 0);
	s = walk(&w, 0, BPOS(1, 95, 0), BPOS(1, 200, 0));
	assert_int_equal(s.keys, 11);
	assert_int_equal(s.nodes, 2);
	s = walk(&w, 0, BPOS(1, 101, 0), BPOS(1, 105, 0));
	assert_int_equal(s.keys, 0);
	assert_int_equal(s.nodes, 1);

	/* The middle leaf is gone; the last one is reachable a second time */
	assert_int_equal(overlay_delete(w.v.overlay, BTREE_lru, 1, leaf[1].max_key, 1), ARB_OK);
	leaf[2].max_key = BPOS(1, 290, 0);
	leaf[2].range_updated = true;
	k = ptr_key(&leaf[2]);
	assert_int_equal(overlay_insert(w.v.overlay, BTREE_lru, 1, bkey_buf_s(&k), 1), ARB_OK);
	s = walk(&w, 0, POS_MIN, SPOS_MAX);
	assert_int_equal(s.keys, 10 + 9 + 10);
	assert_int_equal(s.nodes, 3);

	/* A pointer to the root among its children: its level is wrong there, and that ends it */
	overlay_shoot_down(w.v.overlay, BTREE_lru, 0, 3, POS_MIN, SPOS_MAX);
	k = w.v.roots[BTREE_lru].key;
	assert_int_equal(overlay_insert(w.v.overlay, BTREE_lru, 1, bkey_buf_s(&k), 1), ARB_OK);
	s = walk(&w, 0, POS_MIN, SPOS_MAX);
	assert_int_equal(s.bad, 1);
	assert_int_equal(s.keys, 20);
	world_free(&w);
}

static unsigned cached(struct world *w, const struct btree_ptr leaf[3])
{
	unsigned nr = 0;

	for (unsigned i = 0; i < 3; i++) {
		struct bkey_buf k = ptr_key(&leaf[i]);
		struct node_got g;

		if (view_node_cached(&w->v, BTREE_lru, 0, bkey_buf_s(&k), &g)) {
			nr++;
			node_put(&g);
		}
	}
	return nr;
}

/* A walk over everything does not fill the cache with what it has gone past; one that wants a part of a leaf leaves it there. */
static void test_walk_leaves_room(void **state)
{
	struct btree_ptr leaf[3];
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	put_tree(&w, leaf);
	assert_int_equal(walk(&w, 0, POS_MIN, SPOS_MAX).keys, 30);
	assert_int_equal(cached(&w, leaf), 3);
	world_free(&w);

	world_init(&w, 12000);
	put_tree(&w, leaf);
	assert_int_equal(walk(&w, 0, BPOS(1, 105, 0), BPOS(1, 115, 0)).keys, 1);
	assert_int_equal(cached(&w, leaf), 1);
	assert_int_equal(walk(&w, 0, POS_MIN, SPOS_MAX).keys, 30);
	assert_true(cached(&w, leaf) < 2);
	assert_true(node_cache_bytes(w.v.cache) <= 12000 / 2);
	world_free(&w);
}

static void test_walk_stops(void **state)
{
	struct seen s = { .stop_after = 7 };
	struct walk x = { .btree = BTREE_lru, .end = SPOS_MAX, .key = see_key, .arg = &s };
	struct btree_ptr leaf[3];
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	put_tree(&w, leaf);
	assert_int_equal(view_walk(&w.v, &x, NULL), ARB_E_CANCELLED);
	assert_int_equal(s.keys, 7);
	world_free(&w);
}

static enum arb_code see_order(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct seen *s = arg;

	(void)ptr;
	assert_non_null(got->node);
	assert_int_equal(level, s->nodes == 3);	/* the root comes last */
	s->nodes++;
	return ARB_OK;
}

static void test_walk_nodes(void **state)
{
	struct seen s = { 0 };
	struct btree_ptr leaf[3];
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	put_tree(&w, leaf);
	assert_int_equal(view_walk_nodes(&w.v, BTREE_lru, 0, see_order, &s, NULL), ARB_OK);
	assert_int_equal(s.nodes, 4);
	world_free(&w);
}

/* A root in memory only: its keys are those of the overlay. */
static void same_lookup(struct world *w, uint64_t offset, struct view_near *near)
{
	struct view_near alone = { 0 };
	struct bkey_buf a, b;
	bool found, found_near;

	assert_int_equal(view_lookup_near(&w->v, BTREE_lru, BPOS(1, offset, 0), &alone, &a, &found, NULL), ARB_OK);
	assert_int_equal(view_lookup_near(&w->v, BTREE_lru, BPOS(1, offset, 0), near, &b, &found_near, NULL), ARB_OK);
	assert_int_equal(found, found_near);
	if (found)
		assert_true(bpos_eq(bkey_buf_s(&a).k.p, bkey_buf_s(&b).k.p) && le64_get(bkey_buf_s(&a).v) == le64_get(bkey_buf_s(&b).v));
	assert_ptr_equal(alone.leaf.node, near->leaf.node);
	node_put(&alone.leaf);
}

/* From one position to the next, forth and back: as if each were looked for alone, also where leaves overlap. */
static void test_lookup_near(void **state)
{
	static const struct bpos begin[][2] = { { { 1, 100, 1 }, { 1, 200, 1 } }, { { 1, 35, 0 }, { 1, 155, 0 } } };

	(void)state;
	for (unsigned overlapping = 0; overlapping < 2; overlapping++) {
		struct bpos max[] = { BPOS(1, 100, 0), BPOS(1, 200, 0), SPOS_MAX };
		struct view_near near = { 0 };
		struct node_spec s = test_spec();
		struct btree_ptr leaf[3], root;
		struct bkey_buf b[3];
		struct bkey_s k[3];
		struct world w;

		world_init(&w, 1 << 20);
		put_tree(&w, leaf);
		for (unsigned i = 0; i < 3; i++) {
			if (i)
				leaf[i] = put_leaf(&w, i + 1, begin[overlapping][i - 1], max[i], 1);
			b[i] = ptr_key(&leaf[i]);
			k[i] = bkey_buf_s(&b[i]);
		}
		s.level = 1;
		s.cookie = TEST_COOKIE + 5;
		root = put_node(&w, 5, &s, k, 3, 1);
		w.v.roots[BTREE_lru].key = ptr_key(&root);
		insert(&w, 105, 105);
		assert_int_equal(overlay_delete(w.v.overlay, BTREE_lru, 0, BPOS(1, 60, 0), 1), ARB_OK);
		for (uint64_t i = 0; i < 400; i += 5)
			same_lookup(&w, i, &near);
		for (uint64_t i = 0; i < 400; i++)
			same_lookup(&w, i * i * 37 % 401, &near);
		node_put(&near.leaf);
		world_free(&w);
	}
}

static void test_fake_root(void **state)
{
	struct node_got g;
	struct world w;

	(void)state;
	world_init(&w, 1 << 20);
	w.v.roots[BTREE_lru] = (struct btree_root){ .fake = true };
	insert(&w, 5, 5);
	assert_int_equal(walk(&w, 0, POS_MIN, SPOS_MAX).keys, 1);
	assert_int_equal(view_root(&w.v, BTREE_lru, &g, NULL), ARB_OK);
	assert_non_null(g.node);
	assert_int_equal(g.node->nr_keys, 0);
	assert_true(bpos_eq(g.node->max, SPOS_MAX));
	node_put(&g);
	assert_int_equal(view_root(&w.v, BTREE_quotas, &g, NULL), ARB_OK);
	assert_null(g.node);
	node_put(&g);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies), cmocka_unit_test(test_read_errors), cmocka_unit_test(test_cache),
		cmocka_unit_test(test_eviction), cmocka_unit_test(test_merged_iteration), cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_leaves_room), cmocka_unit_test(test_walk_stops), cmocka_unit_test(test_walk_nodes), cmocka_unit_test(test_fake_root),
		cmocka_unit_test(test_lookup_near),
	};
	int failed;

	if (workers_new(2, &workers, NULL))
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	workers_free(workers);
	return failed ? 1 : 0;
}
