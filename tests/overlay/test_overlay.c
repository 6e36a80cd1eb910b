/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overlay against a plain sorted array, and its rules for equal positions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "arborist/base/le.h"
#include "arborist/base/port.h"
#include "arborist/format/key_type.h"
#include "arborist/overlay/overlay.h"

static struct bkey_s key(unsigned type, uint64_t inode, uint64_t offset, const uint8_t *v, unsigned words)
{
	return (struct bkey_s) { .k = { .p = BPOS(inode, offset, 0), .type = type, .u64s = BKEY_U64s + words }, .v = v };
}

static struct overlay *new_overlay(void)
{
	struct overlay *o;

	assert_int_equal(overlay_new(&o, NULL), ARB_OK);
	return o;
}

static uint64_t first_word(const struct overlay_key *k)
{
	return le64_get(k->key.v);
}

/* Random insertions and range removals against a map kept as an array of words (0: nothing there). */
static void like_an_array(void **state)
{
	enum { N = 600 };
	static uint64_t model[N];
	struct overlay *o = new_overlay();
	struct arb_random r;
	size_t nr = 0;

	(void)state;
	arb_random_seed(&r, 7);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t at = arb_random_u64(&r) % N, v = arb_random_u64(&r);
		uint8_t val[8];

		le64_put(val, v);
		if (step % 50) {
			assert_int_equal(overlay_insert(o, 3, 1, key(KEY_cookie, at / 10, at % 10, val, 1), 1), ARB_OK);
			nr += !model[at];
			model[at] = v;
		} else {
			uint64_t end = at + arb_random_u64(&r) % 40, want = 0;

			for (uint64_t i = at; i <= end && i < N; i++) {
				want += model[i] != 0;
				model[i] = 0;
			}
			nr -= want;
			assert_int_equal(overlay_shoot_down(o, 3, 0, 3, BPOS(at / 10, at % 10, 0), BPOS(end / 10, end % 10, 0)), want);
		}
		assert_int_equal(overlay_nr_at(o, 3, 1), nr);
	}
	const struct overlay_key *k = overlay_lower_bound(o, 3, 1, POS_MIN);

	for (unsigned i = 0; i < N; i++) {
		const struct overlay_key *got = overlay_get(o, 3, 1, BPOS(i / 10, i % 10, 0));

		assert_int_equal(got != NULL, model[i] != 0);
		if (!got)
			continue;
		assert_ptr_equal(got, k);
		assert_int_equal(first_word(k), model[i]);
		k = overlay_next(o, k);
	}
	assert_null(k);
	assert_int_equal(overlay_nr(o), nr);
	overlay_free(o);
}

static void newest_wins(void **state)
{
	struct overlay *o = new_overlay();
	uint8_t a[8] = { 1 }, b[8] = { 2 }, c[8] = { 3 };

	(void)state;
	overlay_load(o, 1, 0, key(KEY_cookie, 5, 5, b, 1), 11, 40);
	overlay_load(o, 1, 0, key(KEY_cookie, 5, 5, a, 1), 10, 90);
	overlay_load(o, 1, 0, key(KEY_cookie, 5, 5, a, 1), 11, 30);
	assert_int_equal(overlay_nr(o), 1);
	assert_int_equal(first_word(overlay_get(o, 1, 0, BPOS(5, 5, 0))), 2);
	overlay_load(o, 1, 0, key(KEY_cookie, 5, 5, c, 1), 12, 0);
	assert_int_equal(first_word(overlay_get(o, 1, 0, BPOS(5, 5, 0))), 3);
	overlay_delete(o, 1, 0, BPOS(5, 5, 0), 9);
	assert_int_equal(overlay_get(o, 1, 0, BPOS(5, 5, 0))->key.k.type, KEY_deleted);
	assert_int_equal(overlay_get(o, 1, 0, BPOS(5, 5, 0))->cause, 9);
	assert_int_equal(overlay_nr(o), 1);
	assert_null(overlay_get(o, 1, 1, BPOS(5, 5, 0)));
	overlay_free(o);
}

static void deltas_stay(void **state)
{
	struct overlay *o = new_overlay();
	uint8_t v[4][8] = { { 1 }, { 2 }, { 4 }, { 8 } };
	uint64_t sum = 0;

	(void)state;
	overlay_load(o, 20, 0, key(KEY_accounting, 0, 3, v[0], 1), 10, 8);
	overlay_load(o, 20, 0, key(KEY_accounting, 0, 3, v[1], 1), 10, 4);
	overlay_insert(o, 20, 0, key(KEY_accounting, 0, 3, v[2], 1), 1);
	overlay_insert(o, 20, 0, key(KEY_accounting, 0, 3, v[0], 1), 2);
	overlay_insert(o, 20, 0, key(KEY_accounting, 0, 3, v[3], 1), 2);
	assert_int_equal(overlay_nr(o), 4);
	for (const struct overlay_key *k = overlay_lower_bound(o, 20, 0, POS_MIN); k; k = overlay_next(o, k))
		sum += first_word(k);
	assert_int_equal(sum, 1 + 2 + 4 + 8);
	assert_int_equal(overlay_lower_bound(o, 20, 0, POS_MIN)->journal_offset, 4);
	overlay_insert(o, 20, 0, key(KEY_deleted, 0, 3, NULL, 0), 3);
	assert_int_equal(overlay_nr(o), 1);
	overlay_free(o);
}

static void copies(void **state)
{
	struct overlay *o = new_overlay(), *copy;
	uint8_t ptr[48];

	(void)state;
	memset(ptr, 0xff, sizeof(ptr));
	overlay_load(o, 0, 2, key(KEY_btree_ptr_v2, 7, 7, ptr, 6), 3, 1);
	overlay_delete(o, 62, 0, POS_MIN, 4);
	assert_int_equal(overlay_load(o, 63, 0, key(KEY_deleted, 0, 0, NULL, 0), 1, 1), ARB_E_CONTENT);
	assert_int_equal(overlay_load(o, 0, 200, key(KEY_deleted, 0, 0, NULL, 0), 1, 1), ARB_E_CONTENT);
	assert_int_equal(overlay_dup(o, &copy, NULL), ARB_OK);
	overlay_free(o);
	assert_int_equal(overlay_nr(copy), 2);
	const struct overlay_key *k = overlay_get(copy, 0, 2, BPOS(7, 7, 0));

	assert_int_equal(first_word(k), 0);		/* mem_ptr */
	assert_int_equal(le64_get(k->key.v + 8), UINT64_MAX);
	assert_int_equal(k->journal_seq, 3);
	assert_int_equal(overlay_get(copy, 62, 0, POS_MIN)->cause, 4);
	overlay_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_an_array), cmocka_unit_test(newest_wins), cmocka_unit_test(deltas_stay), cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
