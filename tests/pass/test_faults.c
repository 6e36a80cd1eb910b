/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings about devices that fail, which no damage to their contents raises. */
#include "../unit.h"
#include "../built.h"

#include <string.h>
#include "stand.h"

#define MiB (1u << 20)
#define RAISED(id) #id		/* tests/structure/raised looks for it */

static uint8_t *built;

static int build(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 3, .nr_files = 30, .file_bytes_max = 9000, .unclean = true };

	(void)state;
	built = built_bytes(&o, 16 * MiB);
	return !built;
}

static int free_it(void **state)
{
	(void)state;
	free(built);
	return 0;
}

/* With the bytes from @from to @to unreadable; to == 0: all can be read. */
static void open_bad(struct stand *s, uint64_t from, uint64_t to)
{
	struct blk *b, *bad;

	assert_int_equal(blk_mem_new("copy", built, 16 * MiB, &b, NULL), ARB_OK);
	assert_int_equal(blk_fault_new(b, UINT64_MAX, from, to, &bad, NULL), ARB_OK);
	stand_open(s, &bad, 1);
}

/* A bucket of the journal in which nothing stands that is needed: said, and all else is as ever. */
static void journal_bucket(void **state)
{
	const struct journal_device *jd;
	uint64_t from, size;
	struct stand s;

	(void)state;
	open_bad(&s, 0, 0);
	jd = &s.v->journal->dev[0];
	size = s.v->geo.member[0].bucket_size * 512ull;
	from = jd->buckets[jd->nr - 1] * size;
	assert_int_equal(stand_run(&s, "check_topology"), ARB_OK);
	assert_int_equal(s.errors, 0);
	stand_close(&s);

	open_bad(&s, from, from + size);
	assert_int_equal(stand_run(&s, "check_topology"), ARB_OK);
	assert_int_equal(stand_count(&s, RAISED(arborist_journal_unreadable)), 1);
	assert_int_equal(s.nr, 1);
	assert_int_equal(plan_nr(s.p), 0);
	stand_close(&s);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(journal_bucket) };

int main(void)
{
	return cmocka_run_group_tests(tests, build, free_it) ? 1 : 0;
}
