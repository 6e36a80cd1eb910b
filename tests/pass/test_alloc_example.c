/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worked example of repair-semantics.md 11: one device of 64 buckets of 256 sectors, superblock copies, a journal, a node,
 * an inode and two extents; what each adds to buckets and counters, and what every counter says at the end. And keys whose
 * pointers are edited.
 */
#include "../unit.h"

#include <stdlib.h>

#include "../../src/pass/alloc.h"
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"

static struct view view;
static struct pass_run run;
static struct pass_ctx ctx = { .view = &view, .run = &run };
static struct pass_port port;

static int set_up(void **state)
{
	struct alloc_gc *g;

	view.geo.node_sectors = 256;
	view.geo.member[0] = (struct member_geometry){ .exists = true, .online = true, .nbuckets = 64, .bucket_size = 256 };
	ctx.port = &port;
	if (alloc_gc_new(&ctx, &g) || alloc_gc_begin(g))
		return 1;
	*state = g;
	return 0;
}

static int tear_down(void **state)
{
	alloc_gc_free(*state);
	counters_free(&run.counters);
	return 0;
}

static void says(struct bpos pos, int64_t a, int64_t b, int64_t c)
{
	const struct counter *x = counters_find(&run.counters, pos);

	assert_non_null(x);
	assert_int_equal(x->v[COUNTED_NOW][0], a);
	assert_int_equal(x->v[COUNTED_NOW][1], b);
	assert_int_equal(x->v[COUNTED_NOW][2], c);
}

static void mark_super(struct alloc_gc *g)
{
	for (unsigned b = 0; b <= 16; b++)
		gc_bucket_add(g, 0, &g->dev[0].bucket[b], &g->dev[0].bucket[b].dirty_sectors, b < 16 ? 256 : 8, DATA_sb);
	for (unsigned b = 17; b <= 24; b++)
		gc_bucket_add(g, 0, &g->dev[0].bucket[b], &g->dev[0].bucket[b].dirty_sectors, 256, DATA_journal);
}

static struct bkey_buf extent(uint64_t offset, uint32_t size, const struct extent_crc *crc, uint64_t ptr)
{
	struct bkey_buf k = { .k = { .p = BPOS(4096, offset, UINT32_MAX), .size = size, .type = KEY_extent } };
	unsigned words = crc ? extent_crc_put(k.v, crc) : 0;

	le64_put(k.v + 8 * words, ptr);
	k.k.u64s = BKEY_U64s + words + 1;
	return k;
}

static void add(struct alloc_gc *g, unsigned btree, unsigned level, const struct bkey_buf *k)
{
	struct gc_place at = { .btree = btree, .level = level };

	assert_int_equal(alloc_mark_key(g, &at, bkey_buf_s(k)), ARB_OK);
}

static void the_worked_example(void **state)
{
	struct alloc_gc *g = *state;
	struct extent_crc lz4 = { .compressed_size = 40, .uncompressed_size = 128, .compression_type = COMPRESSION_lz4 };
	struct btree_ptr root = { .is_v2 = true, .seq = 1, .max_key = SPOS_MAX, .nr_ptrs = 1, .ptr = { { .sector = 26 * 256 } } };
	struct bkey_buf inode = { .k = { .p = BPOS(0, 4096, UINT32_MAX), .type = KEY_inode_v3, .u64s = BKEY_U64s + 6 } };
	struct bkey_buf e1 = extent(8, 8, NULL, extent_ptr_word(0, 30 * 256, 0));
	struct bkey_buf e2 = extent(136, 128, &lz4, extent_ptr_word(0, 30 * 256 + 8, 0)), r;

	btree_ptr_put(&r, &root);
	says(BPOS(0, 0, 3), 64, 0, 0);
	mark_super(g);
	says(BPOS(0, 0, 3), 39, 0, 0);
	add(g, BTREE_extents, 0, &e1);
	says(BPOS(0, 0, 262147), 1, 8, 248);
	add(g, BTREE_extents, 0, &e2);
	add(g, BTREE_extents, 1, &r);
	add(g, BTREE_inodes, 0, &inode);
	assert_int_equal(g->inodes, 1);
	says(BPOS(0, 0, 3), 37, 0, 0);
	says(BPOS(0, 0, 65539), 17, 4104, 248);
	says(BPOS(0, 0, 131075), 8, 2048, 0);
	says(BPOS(0, 0, 196611), 1, 256, 0);
	says(BPOS(0, 0, 262147), 1, 48, 208);
	says(BPOS(0, 0, 772), 1, 128, 40);
	says(BPOS(0, 0, 6), 256, 0, 0);
	says(BPOS(0, 0, 16843522), 256, 0, 0);
	says(BPOS(0, 0, 16843778), 48, 0, 0);
	says(BPOS(0, 255, 4294967045), 48, 0, 0);
	assert_int_equal(g->dev[0].bucket[30].dirty_sectors, 48);
	assert_int_equal(g->dev[0].bucket[30].data_type, DATA_user);
	assert_int_equal(g->dev[0].bucket[26].data_type, DATA_btree);
}

static void a_cached_copy_leaves_data_its_kind(void **state)
{
	struct alloc_gc *g = *state;
	struct bkey_buf data = extent(8, 8, NULL, extent_ptr_word(0, 30 * 256, 0));
	struct bkey_buf cached = extent(16, 8, NULL, extent_ptr_word(0, 30 * 256 + 8, 0) | 2);

	add(g, BTREE_extents, 0, &cached);
	assert_int_equal(g->dev[0].bucket[30].data_type, DATA_cached);
	says(BPOS(0, 0, 3 | DATA_cached << 16), 1, 8, 248);
	add(g, BTREE_extents, 0, &data);
	add(g, BTREE_extents, 0, &cached);
	assert_int_equal(g->dev[0].bucket[30].data_type, DATA_user);
	assert_int_equal(g->dev[0].bucket[30].cached_sectors, 16);
	says(BPOS(0, 0, 3 | DATA_cached << 16), 0, 0, 0);
	says(BPOS(0, 0, 262147), 1, 8, 248);
}

/* A compressed copy in the cache whose bucket was used again is not there any more, in no respect. */
static void an_outdated_copy_counts_nowhere(void **state)
{
	struct alloc_gc *g = *state;
	struct extent_crc zstd = { .compressed_size = 40, .uncompressed_size = 128, .compression_type = COMPRESSION_zstd };
	struct bkey_buf cached = extent(136, 128, &zstd, extent_ptr_word(0, 30 * 256, 0) | 2);
	struct accounting_pos kind = { .type = ACCT_compression, .compression_type = COMPRESSION_zstd };

	g->dev[0].bucket[30].gen = 1;
	add(g, BTREE_extents, 0, &cached);
	assert_null(counters_find(&run.counters, accounting_pos_put(&kind)));
	assert_int_equal(g->dev[0].bucket[30].cached_sectors, 0);
	g->dev[0].bucket[30].gen = 0;
	add(g, BTREE_extents, 0, &cached);
	says(accounting_pos_put(&kind), 1, 128, 40);
	assert_int_equal(g->dev[0].bucket[30].cached_sectors, 40);
}

/* --- pointers edited ---------------------------------------------------------------------------------------------------------- */

static void the_only_pointer_dropped(void **state)
{
	struct extent_crc crc = { .compressed_size = 8, .uncompressed_size = 8, .csum_type = 5, .csum_lo = 7 };
	struct bkey_buf k = extent(8, 8, &crc, extent_ptr_word(0, 256, 0)), out;
	struct pointer_edit e = { .drop = 1 };

	(void)state;
	assert_true(pointers_edit(bkey_buf_s(&k), &e, &out));
	assert_int_equal(out.k.type, KEY_error);
	assert_int_equal(out.k.u64s, BKEY_U64s);
	assert_int_equal(out.k.size, 8);
	assert_true(bpos_eq(out.k.p, k.k.p));
	k = extent(8, 8, NULL, extent_ptr_word(0, 256, 0) | 2);		/* a cached copy: nothing of value is lost */
	assert_false(pointers_edit(bkey_buf_s(&k), &e, &out));
}

/* Two pointers under one crc, a second crc with a third: the first crc stays as long as one of its pointers does. */
static void crc_entries_go_with_their_pointers(void **state)
{
	struct extent_crc crc = { .compressed_size = 8, .uncompressed_size = 8, .csum_type = 5, .csum_lo = 7 };
	struct bkey_buf k = extent(8, 8, &crc, extent_ptr_word(0, 256, 0)), out;
	struct pointer_edit e = { .drop = 1, .regen = 2, .gen = { 0, 9 } };
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	(void)state;
	le64_put(k.v + 16, extent_ptr_word(1, 512, 3));
	crc.csum_lo = 8;
	assert_int_equal(extent_crc_put(k.v + 24, &crc), 1);
	le64_put(k.v + 32, extent_ptr_word(2, 768, 0));
	k.k.u64s = BKEY_U64s + 5;
	assert_true(pointers_edit(bkey_buf_s(&k), &e, &out));
	assert_int_equal(out.k.u64s, BKEY_U64s + 4);
	assert_true(extent_next_ptr(bkey_buf_s(&out), &it, &p));
	assert_int_equal(p.dev, 1);
	assert_int_equal(p.gen, 9);
	assert_int_equal(p.crc.csum_lo, 7);
	assert_true(extent_next_ptr(bkey_buf_s(&out), &it, &p));
	assert_int_equal(p.crc.csum_lo, 8);
	e = (struct pointer_edit){ .drop = 4 };
	assert_true(pointers_edit(bkey_buf_s(&k), &e, &out));
	assert_int_equal(out.k.u64s, BKEY_U64s + 3);
	assert_memory_equal(out.v, k.v, 24);
}

static void a_stripe_entry_alone(void **state)
{
	struct bkey_buf k = { .k = { .p = BPOS(4096, 8, 1), .size = 8, .type = KEY_extent, .u64s = BKEY_U64s + 2 } }, out;
	struct pointer_edit e = { .drop_stripe = 1 };

	(void)state;
	le64_put(k.v, UINT64_C(1) << EXTENT_ENTRY_stripe_ptr | UINT64_C(5) << 17);
	le64_put(k.v + 8, extent_ptr_word(0, 256, 0));
	assert_true(pointers_edit(bkey_buf_s(&k), &e, &out));
	assert_int_equal(out.k.u64s, BKEY_U64s + 1);
	assert_int_equal(le64_get(out.v), extent_ptr_word(0, 256, 0));
	e = (struct pointer_edit){ .drop = 1 };		/* part of a stripe: it can be made again from the others */
	assert_true(pointers_edit(bkey_buf_s(&k), &e, &out));
	assert_int_equal(out.k.u64s, BKEY_U64s + 2);
	assert_int_equal(le64_get(out.v + 8), extent_ptr_word(DEV_NONE, 256, 0));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(the_worked_example, set_up, tear_down),
	cmocka_unit_test_setup_teardown(a_cached_copy_leaves_data_its_kind, set_up, tear_down),
	cmocka_unit_test_setup_teardown(an_outdated_copy_counts_nowhere, set_up, tear_down),
	cmocka_unit_test(the_only_pointer_dropped),
	cmocka_unit_test(crc_entries_go_with_their_pointers),
	cmocka_unit_test(a_stripe_entry_alone),
};

UNIT_MAIN(tests)
