/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The quick ways of finding nothing wrong with keys, against the thorough one: they never let pass what that has something to
 * say about. Leaves of built filesystems, as they are and with bytes changed at random.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../src/btree/node_decode.h"
#include "../unit.h"
#include "arborist/base/le.h"
#include "arborist/btree/view.h"
#include "arborist/format/btree_id.h"
#include "arborist/image/image.h"
#include "arborist/overlay/overlay.h"

#define DEVICE_BYTES	((size_t)64 << 20)
#define MUTANTS		30000

struct leaf {
	unsigned	btree;
	struct btree_ptr ptr;
	uint8_t		*raw;
	size_t		bytes;
};
static struct world {
	struct workers	*workers;
	struct view	*view;
	ARB_ARRAY(struct leaf) leaves;
} world;

static uint64_t seed = 20260101;

static uint64_t dice(uint64_t sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % sides;
}

static enum arb_code note_leaf(void *arg, const struct node *n)
{
	struct leaf *l;

	(void)arg;
	if (!n->raw)
		return ARB_OK;		/* of a btree that is not there */
	l = arb_array_push(&world.leaves);
	assert_non_null(l);
	*l = (struct leaf){ .btree = n->btree, .ptr = n->ptr, .bytes = n->raw_bytes };
	l->raw = malloc(l->bytes + NODE_SLACK);
	assert_non_null(l->raw);
	memcpy(l->raw, n->raw, l->bytes);
	return ARB_OK;
}

/* Without checksums, so that a changed byte is seen by what it means. NULL: an error, printed. */
static struct view *build_view(unsigned bsets)
{
	struct image_options o = {
		.seed = 7, .block_bytes = 512, .node_bytes = 16 << 10, .nr_files = 2500, .nr_dirs = 40, .file_bytes_max = 3000,
		.bsets = bsets, .nr_shared = 60, .nr_xattrs = 200, .nr_hard_links = 60, .nr_snapshots = 2,
	};
	struct view *v = NULL;
	struct arb_error err;
	struct devset *devs;
	struct blk *blk;

	if (blk_mem_new("built", NULL, DEVICE_BYTES, &blk, &err) || image_build(&o, blk, &err) ||
	    devset_open_blk(&blk, 1, NULL, &devs, &err) || view_open(devs, world.workers, NULL, &v, &err))
		fprintf(stderr, "%s\n", err.text);
	return v;
}

static int build(void **state)
{
	(void)state;
	if (workers_new(1, &world.workers, NULL))
		return -1;
	world.view = build_view(2);
	for (unsigned i = 0; world.view && i < BTREE_ID_NR; i++)
		if (view_walk(world.view, &(struct walk){ .btree = i, .end = SPOS_MAX, .node = note_leaf }, NULL))
			return -1;
	return world.view ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < world.leaves.nr; i++)
		free(world.leaves.v[i].raw);
	arb_array_free(&world.leaves);
	view_free(world.view);
	workers_free(world.workers);
	return 0;
}

static struct node_bytes bytes_of(const struct leaf *l, uint8_t *raw)
{
	return (struct node_bytes){ .geo = &world.view->geo, .btree = l->btree, .ptr = &l->ptr, .raw = raw, .bytes = l->bytes };
}

/* What was counted is what the keys are; where newer bsets hide keys, no less. */
static void compare_content(const struct node_content *in, const struct node *whole)
{
	struct node_content want = { 0 };

	for (size_t i = 0; i < whole->nr_keys; i++)
		node_content_add(&want, &whole->keys[i].k);
	assert_true(!(want.types & ~in->types) && want.version_max <= in->version_max && want.nr_inodes <= in->nr_inodes);
	if (!in->hides && !(in->types & 1)) {
		assert_true(in->types == want.types);
		assert_int_equal(in->version_max, want.version_max);
		assert_int_equal(in->nr_inodes, want.nr_inodes);
	}
}

/* Read both ways. True when the quick one had nothing to say; then the thorough one has not either. */
static bool same_both_ways(const struct leaf *l, const uint8_t *raw)
{
	uint8_t *mine = malloc(l->bytes + NODE_SLACK), *its = malloc(l->bytes);
	struct node_bytes quick = bytes_of(l, memcpy(mine, raw, l->bytes)), slow = bytes_of(l, memcpy(its, raw, l->bytes));
	struct node *checked, *whole;
	struct defects d = { 0 };

	memset(mine + l->bytes, 0xa5, NODE_SLACK);
	assert_int_equal(node_check(&quick, &checked, NULL), ARB_OK);
	assert_int_equal(node_decode(&slow, &whole, &d, NULL), ARB_OK);
	if (checked) {
		assert_non_null(whole);
		assert_int_equal(whole->defects.list.nr, 0);
		assert_int_equal(checked->defects.list.nr, 0);
		assert_true(checked->only_checked && !checked->keys && !checked->raw);
		assert_true(bpos_eq(checked->min, whole->min) && bpos_eq(checked->max, whole->max));
		assert_int_equal(checked->max_journal_seq, whole->max_journal_seq);
		assert_int_equal(checked->sectors_read, whole->sectors_read);
		assert_int_equal(checked->nr_bsets, whole->nr_bsets);
		compare_content(&checked->content, whole);
	}
	if (!whole)
		free(its);
	free(mine);
	defects_free(&d);
	node_free(whole);
	node_free(checked);
	return checked;
}

/* Each key that can be taken apart, by itself; returns how many there are, and how many of them are plain. */
static size_t keys_one_by_one(const struct leaf *l, const uint8_t *raw, size_t *ret_plain)
{
	struct key_check_ctx c = { .geo = &world.view->geo, .btree = l->btree };
	struct node_header h = node_header_get(raw);
	const uint8_t *p = raw + NODE_HEADER_BYTES, *end = p + 8 * (size_t)h.bset.u64s;
	struct key_plain plain;
	size_t nr = 0;

	if (end > raw + l->bytes || bkey_format_invalid(&h.format, true))
		return 0;
	key_plain_init(&plain, &c);
	for (; p < end && p[0] && 8 * (ptrdiff_t)p[0] <= end - p; p += 8 * (size_t)p[0]) {
		struct bkey_s k;

		if ((p[1] & 0x7f) > 1 || !bkey_packed_u64s_ok(&h.format, p))
			continue;
		k = (struct bkey_s){ bkey_unpack(&h.format, p), p + 8 * bkey_packed_key_u64s(&h.format, p) };
		nr++;
		if (!key_plain(&plain, &k.k, k.v))
			continue;
		assert_int_equal(bkey_invalid(&c, k, NULL), 0);
		++*ret_plain;
	}
	return nr;
}

static void as_built(void **state)
{
	size_t plain = 0, keys = 0, plain_keys = 0;

	(void)state;
	for (size_t i = 0; i < world.leaves.nr; i++) {
		const struct leaf *l = &world.leaves.v[i];

		plain += same_both_ways(l, l->raw);
		keys += keys_one_by_one(l, l->raw, &plain_keys);
	}
	print_message("%zu keys, %zu plain; %zu of %zu leaves\n", keys, plain_keys, plain, world.leaves.nr);
	assert_true(keys > 5000 && plain_keys > keys * 95 / 100);
	assert_int_equal(plain, world.leaves.nr);
}

/* A range that the pointer gives: keys outside of it are not the node's, and are not counted. */
static void narrowed(void **state)
{
	size_t whole = 0, fewer = 0;

	(void)state;
	for (size_t i = 0; i < world.leaves.nr; i++) {
		struct leaf l = world.leaves.v[i];
		struct bkey_format format = node_header_get(l.raw).format;
		struct bpos first = bkey_unpack(&format, l.raw + NODE_HEADER_BYTES).p;

		if (!same_both_ways(&l, l.raw) || !bset_header_get(l.raw + NODE_HEADER_BYTES - BSET_HEADER_BYTES).u64s)
			continue;
		l.ptr.range_updated = true;
		whole += same_both_ways(&l, l.raw);
		if (!bpos_successor(first, &l.ptr.min_key) || bpos_lt(l.ptr.max_key, l.ptr.min_key))
			continue;
		assert_false(same_both_ways(&l, l.raw));
		fewer++;
	}
	assert_true(whole > world.leaves.nr / 2 && fewer > world.leaves.nr / 2);
}

/* The bytes where something can be wrong are few among those of a node: the headers of keys, their first words, the format. */
static size_t where(const uint8_t *raw)
{
	struct bset_header h = bset_header_get(raw + NODE_HEADER_BYTES - BSET_HEADER_BYTES);
	const uint8_t *p = raw + NODE_HEADER_BYTES, *end = p + 8 * (size_t)h.u64s;

	if (!dice(40))
		return dice(NODE_HEADER_BYTES);
	for (uint64_t n = dice(200); n && p[0] && p + 8 * (size_t)p[0] < end; n--)
		p += 8 * (size_t)p[0];
	return p - raw + dice(dice(2) ? 8 : 8 * (size_t)p[0] + 1);
}

static void change(uint8_t *at)
{
	static const uint8_t odd[] = { 0, 1, 0x7f, 0x80, 0xff, '.', '/' };

	switch (dice(4)) {
	case 0:
		*at ^= 1u << dice(8);
		break;
	case 1:
		*at = odd[dice(sizeof(odd))];
		break;
	case 2:
		*at += dice(2) ? 1 : -1;
		break;
	default:
		le64_put(at, dice(2) ? 0 : UINT64_MAX);
	}
}

static void mutated(void **state)
{
	size_t passed = 0, refused = 0, plain = 0;
	uint8_t raw[(16 << 10) + 64];

	(void)state;
	for (unsigned i = 0; i < MUTANTS; i++) {
		const struct leaf *l = &world.leaves.v[dice(world.leaves.nr)];
		size_t at;

		assert_true(l->bytes <= 16 << 10);
		memset(raw, 0, sizeof(raw));
		memcpy(raw, l->raw, l->bytes);
		at = where(raw);
		change(raw + (at < l->bytes ? at : l->bytes - 1));
		keys_one_by_one(l, raw, &plain);
		if (same_both_ways(l, raw))
			passed++;
		else
			refused++;
	}
	print_message("%zu passed, %zu refused, %zu plain keys\n", passed, refused, plain);
	assert_true(passed > MUTANTS / 20 && refused > MUTANTS / 20);
}

/* --- passing over leaves ------------------------------------------------------------------------------------------------ */

struct tally {
	uint64_t	inodes, leaves, skipped;
};

static enum arb_code tally_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	((struct tally *)arg)->inodes += bkey_type_is_inode(k.k.type);
	return ARB_OK;
}

static enum arb_code tally_node(void *arg, const struct node *n)
{
	assert_false(n->only_checked);
	((struct tally *)arg)->leaves++;
	return ARB_OK;
}

static enum arb_code tally_content(void *arg, const struct node *n, bool *ret)
{
	struct tally *t = arg;

	assert_true(n->only_checked);
	*ret = !n->content.hides;
	if (*ret) {
		t->inodes += n->content.nr_inodes;
		t->skipped++;
	}
	return ARB_OK;
}

static struct tally walk_inodes(struct view *v, bool skip, struct bpos start)
{
	struct tally t = { 0 };

	node_cache_clear(v->cache);	/* a leaf that is there whole is taken whole */
	assert_int_equal(view_walk(v, &(struct walk){ .btree = BTREE_inodes, .start = start, .end = SPOS_MAX, .key = tally_key, .node = tally_node,
						      .skip = skip ? tally_content : NULL, .arg = &t }, NULL), ARB_OK);
	return t;
}

/* Counting what stands in leaves that are passed over gives the same; one that the overlay changes is not. */
static void passed_over(void **state)
{
	struct view *v = build_view(1);
	struct tally all = walk_inodes(v, false, POS_MIN), some = walk_inodes(v, true, POS_MIN), now;
	const struct bpos gone = BPOS(0, 4096 + 1000, UINT32_MAX);
	struct bkey_buf deleted = { .k = { .p = gone, .u64s = BKEY_U64s, .type = KEY_deleted } };

	(void)state;
	assert_true(some.skipped > 0 && all.skipped == 0);
	assert_int_equal(some.leaves + some.skipped, all.leaves);
	assert_int_equal(some.inodes, all.inodes);
	assert_int_equal(overlay_insert(v->overlay, BTREE_inodes, 0, bkey_buf_s(&deleted), 1), ARB_OK);
	all = walk_inodes(v, false, POS_MIN);
	now = walk_inodes(v, true, POS_MIN);
	assert_int_equal(now.leaves + now.skipped, all.leaves);
	assert_int_equal(now.inodes, all.inodes);
	assert_int_equal(now.inodes + 1, some.inodes);
	assert_int_equal(now.skipped + 1, some.skipped);
	/* A range that begins inside a leaf */
	all = walk_inodes(v, false, gone);
	assert_int_equal(walk_inodes(v, true, gone).inodes, all.inodes);
	view_free(v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_built), cmocka_unit_test(narrowed), cmocka_unit_test(mutated), cmocka_unit_test(passed_over),
	};

	return cmocka_run_group_tests(tests, build, tear_down) ? 1 : 0;
}
