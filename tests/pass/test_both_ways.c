/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filesystems of every kind that the builder makes: check_allocations, which counts by the pointers of keys, finds nothing in them, and
 * their backpointers add up to the same.
 */
#include "../unit.h"

#include "both_ways.h"
#include "stand.h"

enum { DEVICES_MAX = 6 };

static void check(const struct image_options *o, unsigned nr, uint64_t bytes)
{
	struct blk *blks[DEVICES_MAX];
	struct arb_error err = { 0 };
	struct stand s;

	for (unsigned i = 0; i < nr; i++)
		assert_int_equal(blk_mem_new("built", NULL, bytes, &blks[i], NULL), ARB_OK);
	if (image_build_set(o, blks, nr, &err))
		fail_msg("%s", err.text);
	stand_open(&s, blks, nr);
	if (stand_run(&s, "check_allocations"))
		fail_msg("%s", s.err.text);
	if (s.errors)
		fail_msg("seed %u: found %s", (unsigned)o->seed, s.found[0]);
	both_ways(s.v);
	stand_close(&s);
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
