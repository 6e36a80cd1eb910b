/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filesystems of every kind that the builder makes: check_allocations, which counts by the pointers of keys, finds nothing in them, and
 * their backpointers add up to the same.
 */
#include "../unit.h"

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"
#include "both_ways.h"

enum { DEVICES_MAX = 6 };

static unsigned nr_found;
static const char *last;

static enum arb_code decide(void *arg, struct finding *f)
{
	(void)arg;
	f->answer.verb = f->suggested;
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	(void)arg;
	nr_found += finding_is_error(f);
	last = f->row->id;
}

static void check(const struct image_options *o, unsigned nr, uint64_t bytes)
{
	const struct pass_port port = { .decide = decide, .decided = decided };
	struct arb_clock clock = arb_clock_fixed(0);
	struct blk *blks[DEVICES_MAX];
	struct arb_error err = { 0 };
	struct devset *devs;
	struct pass_run *r;
	struct workers *w;
	struct view *v;
	struct plan *p;

	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(blk_mem_new("built", NULL, bytes, &blks[i], NULL), ARB_OK);
	if (image_build_set(o, blks, nr, &err))
		fail_msg("%s", err.text);
	assert_int_equal(devset_open_blk(blks, nr, NULL, &devs, &err), ARB_OK);
	assert_int_equal(workers_new(1, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, NULL, &v, NULL), ARB_OK);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(v, p, &clock, &r, NULL), ARB_OK);
	nr_found = 0;
	pass_run_request(r, pass_by_name("check_allocations"), "test");
	if (pass_run_all(r, NULL, &port, &err))
		fail_msg("%s", err.text);
	if (nr_found)
		fail_msg("seed %u: found %s", (unsigned)o->seed, last);
	both_ways(v);
	pass_run_free(r);
	plan_free(p);
	view_free(v);
	workers_free(w);
}

#define CONTENTS .csum_opt = 1, .nr_dirs = 4, .nr_files = 60, .file_bytes_max = 50000
#define RICH .nr_shared = 8, .nr_compressed = 12, .nr_symlinks = 6, .nr_snapshots = 2, .gens = true
static const struct { struct image_options o; unsigned nr; } kinds[] = {
	{ { CONTENTS, .seed = 1 }, 1 },
	{ { CONTENTS, .seed = 2, RICH }, 1 },
	{ { CONTENTS, .seed = 3, RICH, .unclean = true, .bsets = 2, .blacklists = true }, 1 },
	{ { CONTENTS, .seed = 4, RICH, .replicas = 2 }, 3 },
	{ { CONTENTS, .seed = 5, .parity = 1 }, 3 },
	{ { CONTENTS, .seed = 6, .parity = 1, RICH, .replicas = 2, .unclean = true }, 4 },
	{ { CONTENTS, .seed = 8, .types = 2, .nr_snapshots = 2, .unclean = true }, 1 },
	{ { CONTENTS, .seed = 9, .types = 2, RICH, .parity = 1, .replicas = 2 }, 4 },
	{ { CONTENTS, .seed = 7, .parity = 2, RICH, .replicas = 3, .keys_per_leaf = 12, .min_depth = 2 }, 6 },
};

static void both_ways_of_counting(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		check(&kinds[i].o, kinds[i].nr, 20 << 20);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(both_ways_of_counting) };
UNIT_MAIN(tests)
