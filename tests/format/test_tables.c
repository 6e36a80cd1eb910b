/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables: btrees, fsck errors, recovery passes. Numbers are for ever, so a few are nailed down. */
#include "../unit.h"

#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"

static void btrees(void **state)
{
	unsigned id;
	ARB_BUF(b);

	(void)state;
	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		assert_non_null(btree_info(i)->name);
		assert_non_null(btree_info(i)->what);
		assert_true(btree_info(i)->leaf_types & 1);
		assert_true(btree_id_parse(btree_info(i)->name, &id));
		assert_int_equal(id, i);
	}
	assert_int_equal(btree_info(BTREE_dirents)->leaf_types, 1 << 0 | 1 << 1 | 1 << 4 | 1 << 10);
	assert_null(btree_info(21)->name);
	assert_int_equal(btree_info(UINT32_MAX)->flags, 0);
	btree_id_to_text(&b, BTREE_snapshot_trees);
	arb_buf_putc(&b, ' ');
	btree_id_to_text(&b, 23);
	assert_string_equal(arb_buf_str(&b), "snapshot_trees (unknown btree 23)");
}

static void btree_names_parse(void **state)
{
	static const char *const bad[] = { "", "extent", "63", "-1", "0x1", "1 ", " 1", "99999999999999999999", "Extents" };
	unsigned id = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(btree_id_parse(bad[i], &id));
	assert_int_equal(id, 77);
	assert_true(btree_id_parse("62", &id));
	assert_int_equal(id, 62);
}

static void gc_order(void **state)
{
	(void)state;
	assert_true(btree_gc_order(BTREE_alloc) < btree_gc_order(BTREE_stripes));
	assert_true(btree_gc_order(BTREE_stripes) < btree_gc_order(BTREE_extents));
	for (unsigned i = BTREE_extents; i < 62; i++)
		if (i != BTREE_alloc && i != BTREE_stripes)
			assert_true(btree_gc_order(i) >= btree_gc_order(BTREE_extents) && btree_gc_order(i) == (int)i);
}

static void fsck_errs(void **state)
{
	static const struct { unsigned nr; const char *name; bool autofix; } row[] = {
		{ 0, "clean_but_journal_not_empty", false }, { 12, "journal_entry_replicas_not_marked", true },
		{ 30, "btree_node_unreadable", false }, { 63, "btree_node_topology_bad_min_key", false },
		{ 108, "alloc_key_dirty_sectors_wrong", true }, { 165, "reflink_v_refcount_wrong", false },
		{ 217, "key_in_wrong_inode_type", false }, { 272, "accounting_mismatch", true },
		{ 289, "accounting_to_invalid_device", false }, { 290, "stripe_csum_granularity_bad", false },
	};
	unsigned stars = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_string_equal(fsck_err_name(row[i].nr), row[i].name);
		assert_int_equal(fsck_err_autofix(row[i].nr), row[i].autofix);
	}
	for (unsigned i = 0; i < FSCK_ERR_NR; i++) {
		unsigned nr;

		assert_true(fsck_err_parse(fsck_err_name(i), &nr));
		assert_int_equal(nr, i);	/* no name twice */
		stars += fsck_err_autofix(i);
	}
	assert_in_range(stars, 60, 80);
	assert_null(fsck_err_name(FSCK_ERR_NR));
	assert_false(fsck_err_autofix(FSCK_ERR_NR));
	assert_false(fsck_err_parse("no_such_error", &stars));
}

static void passes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RECOVERY_PASS_NR; i++) {
		const struct recovery_pass_info *p = &recovery_passes[i];

		assert_ptr_equal(recovery_pass_by_id(p->id), p);
		assert_ptr_equal(recovery_pass_by_name(p->name), p);
		assert_non_null(p->what);
	}
	assert_int_equal(recovery_pass_by_name("check_topology")->id, 4);
	assert_int_equal(recovery_pass_by_name("check_topology")->when, 0);
	assert_int_equal(recovery_pass_by_name("check_allocations")->when, PASS_WHEN_FSCK);
	assert_int_equal(recovery_pass_by_id(14)->when, PASS_WHEN_FSCK | PASS_WHEN_ONLINE);
	assert_string_equal(recovery_passes[0].name, "scan_for_btree_nodes");
	assert_string_equal(recovery_passes[40].name, "set_fs_needs_rebalance");
	assert_true(recovery_pass_by_name("journal_replay") < recovery_pass_by_name("check_alloc_info"));
	assert_null(recovery_pass_by_id(41));
	assert_null(recovery_pass_by_name(""));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(btrees),
	cmocka_unit_test(btree_names_parse),
	cmocka_unit_test(gc_order),
	cmocka_unit_test(fsck_errs),
	cmocka_unit_test(passes),
};
UNIT_MAIN(tests)
