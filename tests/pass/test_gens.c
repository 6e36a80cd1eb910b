/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nothing is corrected by a walk that did not come by every key: gc_gens does not raise the oldest generation of any bucket, and
 * check_allocations corrects no count, where a node is missing, stands twice or cannot be read, whichever of them is run alone.
 */
#include "../unit.h"

#include <string.h>
#include "stand.h"

#define MiB (1u << 20)

static struct blk *whole;

static int build(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 5, .nr_files = 120, .file_bytes_max = 20000, .nr_shared = 40, .gens = true,
						.keys_per_leaf = 12, .min_depth = 3 };

	(void)state;
	return blk_mem_new("built", NULL, 32 * MiB, &whole, NULL) || image_build(&o, whole, NULL);
}

static int free_it(void **state)
{
	(void)state;
	blk_close(whole);
	return 0;
}

/* Damages after which the walk is not whole; NULL: it is. */
static const char *const shapes[] = {
	NULL, "gap-leaf extents", "gap-leaf-lost extents", "gap-interior extents", "end-short extents", "overlap-prev-part extents",
	"overlap-next-full extents", "unreadable-leaf extents", "unreadable-interior extents", "unreadable-root extents", "unreadable-root reflink",
	"root-no-child extents", "node-twice extents", "key-bad-size extents", "empty-interior extents", "pointer-redirected extents", "root-min extents", "root-max extents",
};

/* Every oldest generation lags behind; so it is raised where the walk is whole, and only there. */
static void generations(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *const damages[] = { "alloc-all-oldest alloc", shapes[i], NULL };
		struct stand s;
		enum arb_code code;

		stand_open_copy(&s, whole, 32 * MiB, damages);
		s.decline = "btree_node_read_error";
		code = stand_run(&s, "gc_gens");
		if (!shapes[i]) {
			assert_int_equal(code, ARB_OK);
			assert_true(s.nr > 5);
			assert_int_equal(stand_count(&s, "arborist_gc_gens_oldest"), s.nr);
			assert_int_equal(plan_nr(s.p), s.nr);
		} else {
			if (code != ARB_E_STOPPED || stand_count(&s, "btree_node_read_error") != 1)
				fail_msg("%s: not said to be incomplete", shapes[i]);
			assert_int_equal(stand_count(&s, "arborist_gc_gens_oldest"), 0);
			assert_int_equal(plan_nr(s.p), 0);
		}
		stand_close(&s);
	}
}

/* The way to check_topology is taken: then the walk is whole. */
static void after_topology(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *const damages[] = { "alloc-all-oldest alloc", shapes[i], NULL };
		struct stand s;
		enum arb_code code;

		if (!shapes[i] || !strcmp(shapes[i], "unreadable-root reflink"))	/* of that nothing is found: it stops */
			continue;
		stand_open_copy(&s, whole, 32 * MiB, damages);
		code = stand_run(&s, "gc_gens");
		if (code || stand_count(&s, "btree_node_read_error") != 1 || stand_count(&s, "arborist_gc_incomplete") ||
		    stand_count(&s, "arborist_gc_gens_oldest") <= 5)
			fail_msg("%s: not counted after check_topology: %d %s", shapes[i], code, s.err.text);
		stand_close(&s);
	}
}

/* The way to check_topology is not taken: that is what a second run after a check_topology that settled nothing is like. */
static void counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *const damages[] = { "alloc-dirty-sectors alloc", shapes[i], NULL };
		struct stand s;
		enum arb_code code;

		stand_open_copy(&s, whole, 32 * MiB, damages);
		s.decline = "btree_node_read_error";
		code = stand_run(&s, "check_allocations");
		if (stand_count(&s, "alloc_key_dirty_sectors_wrong") != !shapes[i])
			fail_msg("%s: alloc keys corrected %u times", shapes[i] ? shapes[i] : "whole", stand_count(&s, "alloc_key_dirty_sectors_wrong"));
		if (stand_count(&s, "accounting_mismatch"))
			fail_msg("%s: counters corrected", shapes[i] ? shapes[i] : "whole");
		if (shapes[i] && (code != ARB_E_STOPPED || stand_count(&s, "btree_node_read_error") != 1))
			fail_msg("%s: %d", shapes[i], code);
		assert_int_equal(plan_nr(s.p), shapes[i] ? 0 : 1);
		stand_close(&s);
	}
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(generations), cmocka_unit_test(after_topology), cmocka_unit_test(counts) };

int main(void)
{
	return cmocka_run_group_tests(tests, build, free_it) ? 1 : 0;
}
