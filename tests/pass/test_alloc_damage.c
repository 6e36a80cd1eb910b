/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind of damage that only counting finds, on a built filesystem: the finding it is named for is there, everything can
 * be repaired, a second run finds nothing, and what is not concerned is left alone.
 */
#include "../unit.h"

#include "arborist/plan/commit.h"
#include "stand.h"

#define MiB (1u << 20)

static const struct { const char *spec, *id, *and; } rows[] = {
	{ "alloc-gen alloc", "stale_dirty_ptr" },
	{ "alloc-dirty-sectors alloc", "alloc_key_dirty_sectors_wrong" },
	{ "alloc-cached-sectors alloc", "alloc_key_cached_sectors_wrong" },
	{ "alloc-stripe alloc", "alloc_key_stripe_wrong", "alloc_key_data_type_wrong" },
	{ "alloc-missing alloc", "ptr_to_missing_alloc_key", "alloc_key_dirty_sectors_wrong" },
	{ "ptr-gen-newer extents", "ptr_gen_newer_than_bucket_gen" },
	{ "ptr-stale extents", "stale_dirty_ptr" },
	{ "ptr-invalid-dev extents", "ptr_to_invalid_device", "accounting_mismatch" },
	{ "ptr-free-bucket extents", "ptr_to_missing_alloc_key", "accounting_mismatch" },
	{ "ptr-wrong-type extents", "ptr_bucket_data_type_mismatch", "accounting_mismatch" },
	{ "reflink-refcount reflink", "reflink_v_refcount_wrong" },
	{ "accounting-counter accounting", "accounting_mismatch" },
	{ "bversion-future extents", "bkey_version_in_future" },
	{ "alloc-data-type alloc", "alloc_key_data_type_wrong" },
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct blk *whole;

static int build(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 5, .nr_files = 120, .file_bytes_max = 20000, .nr_shared = 10 };

	(void)state;
	return blk_mem_new("built", NULL, 32 * MiB, &whole, NULL) || image_build(&o, whole, NULL);
}

static int free_it(void **state)
{
	(void)state;
	blk_close(whole);
	return 0;
}

static void run(struct stand *s)
{
	if (stand_run(s, "check_allocations"))
		fail_msg("%s", s->err.text);
}

/* @spec: NULL for none. */
static void one(const char *spec, const char *id, const char *and)
{
	const char *const damages[] = { spec, NULL };
	struct stand s;

	stand_open_copy(&s, whole, 32 * MiB, damages);
	run(&s);
	if (spec && (!stand_count(&s, id) || (and && !stand_count(&s, and))))
		fail_msg("%s: expected %s %s, found %s (%u in all)", spec, id, and ? and : "", s.nr ? s.found[0] : "nothing", s.nr);
	assert_true(spec || !s.errors);
	assert_true(!spec || plan_nr(s.p) > 0);
	run(&s);
	if (s.errors)
		fail_msg("%s: the second run finds %s", spec ? spec : "undamaged", s.found[0]);
	stand_close(&s);
}

static void each_kind(void **state)
{
	(void)state;
	one(NULL, NULL, NULL);
	for (unsigned i = 0; i < NR_ROWS; i++)
		one(rows[i].spec, rows[i].id, rows[i].and);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(each_kind, build, free_it) };

UNIT_MAIN(tests)
