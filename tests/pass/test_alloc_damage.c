/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each kind of damage that only counting finds, on a built filesystem: the finding it is named for is there, everything can
 * be repaired, a second run finds nothing, and what is not concerned is left alone.
 */
#include "../unit.h"

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"
#include "arborist/plan/commit.h"

#define MiB (1u << 20)

static const struct { const char *spec; unsigned nr, and; } rows[] = {
	{ "alloc-gen alloc", 154, 0 },
	{ "alloc-dirty-sectors alloc", 108, 0 },
	{ "alloc-cached-sectors alloc", 109, 0 },
	{ "alloc-stripe alloc", 110, 106 },
	{ "alloc-missing alloc", 148, 108 },
	{ "ptr-gen-newer extents", 152, 0 },
	{ "ptr-stale extents", 154, 0 },
	{ "ptr-invalid-dev extents", 142, 272 },
	{ "ptr-free-bucket extents", 148, 272 },
	{ "ptr-wrong-type extents", 155, 272 },
	{ "reflink-refcount reflink", 165, 0 },
	{ "accounting-counter accounting", 272, 0 },
	{ "bversion-future extents", 80, 0 },
	{ "alloc-data-type alloc", 106, 0 },
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]) };

static unsigned found[64], nr_found;
static struct blk *whole;

static enum arb_code decide(void *arg, struct finding *f)
{
	(void)arg;
	f->answer.verb = f->suggested;
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	(void)arg;
	if (finding_is_error(f) && nr_found < 64)
		found[nr_found++] = f->row->nr;
}

static bool is_found(unsigned nr)
{
	for (unsigned i = 0; i < nr_found; i++)
		if (found[i] == nr)
			return true;
	return !nr;
}

static void run(struct pass_run *r)
{
	const struct pass_port port = { .decide = decide, .decided = decided };
	struct arb_error err = { 0 };

	nr_found = 0;
	pass_run_request(r, pass_by_name("check_allocations"), "test");
	if (pass_run_all(r, NULL, &port, &err))
		fail_msg("%s", err.text);
}

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

/* @spec: NULL for none. */
static void one(const char *spec, unsigned nr, unsigned and)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct arb_error err = { 0 };
	struct devset *devs;
	struct pass_run *r;
	struct workers *w;
	struct view *v;
	struct plan *p;
	struct blk *b;

	assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), 32 * MiB, &b, NULL), ARB_OK);
	if (spec && image_damage(&b, 1, spec, 7, NULL, &err))
		fail_msg("%s: %s", spec, err.text);
	assert_int_equal(devset_open_blk(&b, 1, NULL, &devs, &err), ARB_OK);
	assert_int_equal(workers_new(1, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, NULL, &v, NULL), ARB_OK);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(v, p, &clock, &r, NULL), ARB_OK);
	run(r);
	if (spec && (!is_found(nr) || !is_found(and)))
		fail_msg("%s: expected %u %u, found %u (%u in all)", spec, nr, and, nr_found ? found[0] : 0, nr_found);
	assert_true(spec || !nr_found);
	assert_true(!spec || plan_nr(p) > 0);
	run(r);
	if (nr_found)
		fail_msg("%s: the second run finds %u", spec ? spec : "undamaged", found[0]);
	pass_run_free(r);
	plan_free(p);
	view_free(v);
	workers_free(w);
}

static void each_kind(void **state)
{
	(void)state;
	one(NULL, 0, 0);
	for (unsigned i = 0; i < NR_ROWS; i++)
		one(rows[i].spec, rows[i].nr, rows[i].and);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(each_kind, build, free_it) };

UNIT_MAIN(tests)
