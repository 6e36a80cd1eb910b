/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk usage before and after: what the plan adds is in after only; taking the repair back makes both equal again. */
#include "../unit.h"
#include <stdlib.h>

#include "arborist/image/image.h"
#include "arborist/plan/plan.h"

#define MiB (1u << 20)

static const struct usage_row *row(const struct usage *u, unsigned type)
{
	for (size_t i = 0; i < u->rows.nr; i++)
		if (u->rows.v[i].dev == 0 && u->rows.v[i].type == type)
			return &u->rows.v[i];
	return NULL;
}

static struct usage usage_of(const struct plan *p)
{
	struct arb_error err = { 0 };
	struct usage u;

	if (plan_usage(p, &u, &err))
		fail_msg("%s", err.text);
	return u;
}

static void add_delta(struct plan *p, unsigned type, int64_t buckets, int64_t sectors)
{
	struct accounting_pos a = { .type = ACCT_dev_data_type, .data_type = type };
	const int64_t v[ACCT_COUNTERS_MAX] = { buckets, sectors, 0 };
	struct repair *r = repair_new("test");
	struct bkey_buf k;

	accounting_put(&k, &a, (struct bversion){ .lo = 1 }, v);
	repair_insert(r, BTREE_accounting, 0, bkey_buf_s(&k));
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
}

static void check(const struct plan *p, unsigned type, int64_t before, int64_t after, const char *text)
{
	struct usage u = usage_of(p);
	const struct usage_row *r = row(&u, type);
	ARB_BUF(b);

	if (!before && !after) {
		assert_null(r);
	} else {
		assert_non_null(r);
		assert_int_equal(r->before[0], before);
		assert_int_equal(r->after[0], after);
		assert_int_equal(usage_row_changed(r), before != after);
	}
	usage_to_text(&b, &u);
	if (!strstr(arb_buf_str(&b), text))
		fail_msg("not in the table: %s\n%s", text, arb_buf_str(&b));
	arb_array_free(&u.rows);
}

static void before_and_after(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 5, .nr_files = 60, .file_bytes_max = 4096 };
	struct arb_error err = { 0 };
	struct devset *devs;
	struct workers *w;
	struct usage first;
	struct view *v;
	struct plan *p;
	struct blk *b;
	int64_t user;
	unsigned n;

	(void)state;
	assert_int_equal(blk_mem_new("mem", NULL, 32 * MiB, &b, NULL), ARB_OK);
	assert_int_equal(image_build(&o, b, &err), ARB_OK);
	assert_int_equal(devset_open_blk(&b, 1, NULL, &devs, &err), ARB_OK);
	assert_int_equal(workers_new(1, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, NULL, &v, NULL), ARB_OK);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	first = usage_of(p);
	assert_non_null(row(&first, DATA_user));
	user = row(&first, DATA_user)->before[0];
	assert_true(user > 0);
	arb_array_free(&first.rows);
	check(p, DATA_user, user, user, "the plan does not change it");
	add_delta(p, DATA_user, 2, 512);
	add_delta(p, DATA_user, 1, 0);
	add_delta(p, DATA_cached, 5, 40);		/* a kind that had no counter */
	check(p, DATA_user, user, user + 3, "before -> after");
	check(p, DATA_cached, 0, 5, "  *   0  cached         0 -> 5");
	check(p, DATA_parity, 0, 0, "user");
	assert_int_equal(plan_drop(p, plan_repair(p, 0)->id, &n, NULL), ARB_OK);
	assert_int_equal(n, 2);				/* both of the same counter */
	check(p, DATA_cached, 0, 5, "user");
	check(p, DATA_user, user, user, "user");
	plan_free(p);
	view_free(v);
	workers_free(w);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(before_and_after) };

UNIT_MAIN(tests)
