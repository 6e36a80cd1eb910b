/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounting keys as the view shows them: what the btree holds and the newer deltas of the overlay. */
#include "../unit.h"
#include "arborist/base/le.h"
#include "arborist/btree/view.h"
#include "arborist/overlay/overlay.h"

static const struct accounting_pos inodes = { .type = ACCT_nr_inodes }, user = { .type = ACCT_dev_data_type, .data_type = DATA_user };
static const struct accounting_pos snapshot = { .type = ACCT_snapshot, .id = 7 };

static void load(struct overlay *o, const struct accounting_pos *p, uint64_t ver, int64_t a, int64_t b, int64_t c)
{
	struct bkey_buf k;

	accounting_put(&k, p, (struct bversion){ .lo = ver }, (int64_t[]){ a, b, c });
	assert_int_equal(overlay_load(o, BTREE_accounting, 0, bkey_buf_s(&k), ver, 1), ARB_OK);
}

static void repair(struct overlay *o, const struct accounting_pos *p, int64_t a, uint32_t cause)
{
	struct bkey_buf k;

	accounting_put(&k, p, (struct bversion){ 0 }, (int64_t[]){ a, 0, 0 });
	assert_int_equal(overlay_insert(o, BTREE_accounting, 0, bkey_buf_s(&k), cause), ARB_OK);
}

/* A leaf with nr_inodes 10 (version 5) and the user sectors of device 0 (version 9). */
static struct node leaf(struct node_key keys[2], uint8_t raw[32])
{
	struct bkey_buf a, b;

	accounting_put(&a, &inodes, (struct bversion){ .lo = 5 }, (int64_t[]){ 10 });
	accounting_put(&b, &user, (struct bversion){ .lo = 9 }, (int64_t[]){ 3, 664, 104 });
	memcpy(raw, a.v, 8);
	memcpy(raw + 8, b.v, 24);
	keys[0] = (struct node_key){ .k = a.k, .v = 0 };
	keys[1] = (struct node_key){ .k = b.k, .v = 8 };
	return (struct node){ .btree = BTREE_accounting, .max = SPOS_MAX, .keys = keys, .nr_keys = 2, .raw = raw };
}

static void expect(struct node_iter *it, const struct accounting_pos *p, uint64_t ver, int64_t a, int64_t b, int64_t c)
{
	struct bkey_s k;
	int64_t got[ACCT_COUNTERS_MAX];

	assert_true(node_iter_next(it, &k));
	assert_true(bpos_eq(k.k.p, accounting_pos_put(p)));
	assert_int_equal(k.k.ver.lo, ver);
	assert_int_equal(accounting_get(k, got), accounting_nr_counters(p->type));
	assert_true(got[0] == a && got[1] == b && got[2] == c);
}

static void sums(void **state)
{
	struct node_key keys[2];
	uint8_t raw[32];
	struct node n = leaf(keys, raw);
	struct view v = { 0 };
	struct node_iter it;
	struct bkey_s k;

	(void)state;
	assert_int_equal(overlay_new(&v.overlay, NULL), ARB_OK);
	load(v.overlay, &inodes, 4, 100, 0, 0);		/* older than the key on disk: in it already */
	load(v.overlay, &inodes, 5, 100, 0, 0);		/* the very delta the key on disk ends with */
	load(v.overlay, &inodes, 6, -3, 0, 0);
	load(v.overlay, &inodes, 8, 1, 0, 0);
	load(v.overlay, &snapshot, 7, 40, 0, 0);	/* two deltas of a key that is not on disk */
	load(v.overlay, &snapshot, 8, 2, 0, 0);
	repair(v.overlay, &user, -1, 3);		/* a repair counts whatever its version */
	node_iter_init(&it, &v, &n);
	expect(&it, &inodes, 8, 8, 0, 0);
	expect(&it, &snapshot, 8, 42, 0, 0);
	expect(&it, &user, 9, 2, 664, 104);
	assert_false(node_iter_next(&it, &k));
	overlay_free(v.overlay);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(sums) };

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
