/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include "arborist/base/port.h"
#include "arborist/format/bkey.h"

static void validity(void **state)
{
	static const struct { struct bkey_format f; bool strict_ok, old_ok; } row[] = {
		{ { 3, 6, { 64, 64, 32 }, { 0 } }, true, true },
		{ { 1, 6, { 0 }, { 5, 5, 5, 5, 5, 5 } }, true, true },
		{ { 1, 6, { 8, 8, 8, 8, 8 }, { 0 } }, true, true },		/* 24 + 40 bits: exactly one word */
		{ { 2, 6, { 8, 8, 8, 8, 8, 1 }, { 0 } }, true, true },
		{ { 1, 6, { 8, 8, 8, 8, 8, 1 }, { 0 } }, false, false },	/* key_u64s too small */
		{ { 2, 6, { 8, 8, 8, 8, 8 }, { 0 } }, false, false },		/* too large */
		{ { 3, 5, { 64, 64, 32 }, { 0 } }, false, false },
		{ { 3, 6, { 64, 64, 32 }, { 1 } }, false, true },		/* full width with an offset */
		{ { 3, 6, { 63, 64, 32 }, { 1ull << 63 } }, true, true },
		{ { 3, 6, { 63, 64, 32 }, { (1ull << 63) + 1 } }, false, true },
		{ { 2, 6, { 8, 8, 33 }, { 0 } }, false, true },
		{ { 2, 6, { 8, 8, 31 }, { 0, 0, (1u << 31) + 1 } }, false, true },
		{ { 1, 6, { 0 }, { 0, 0, 1ull << 32 } }, false, true },
		{ { 2, 6, { 65 }, { 0 } }, false, false },
		{ { 5, 6, { 255 }, { 0 } }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(!bkey_format_invalid(&row[i].f, true), row[i].strict_ok);
		assert_int_equal(!bkey_format_invalid(&row[i].f, false), row[i].old_ok);
	}
}

static void on_disk(void **state)
{
	struct bkey_format f = { 4, 6, { 1, 2, 3, 4, 5, 6 }, { 10, 20, 30, 40, 50, UINT64_MAX } }, g;
	uint8_t disk[BKEY_FORMAT_BYTES];
	ARB_BUF(b);

	(void)state;
	bkey_format_put(disk, &f);
	assert_memory_equal(disk, "\4\6\1\2\3\4\5\6\12\0\0\0\0\0\0\0\24", 17);
	g = bkey_format_get(disk);
	assert_memory_equal(&f, &g, sizeof(f));
	bkey_format_to_text(&b, &f);
	assert_string_equal(arb_buf_str(&b), "u64s 4 fields 1:10, 2:20, 3:30, 4:40, 5:50, 6:18446744073709551615");
}

/* A chosen format is valid, holds every key and both bounds, and is not wasteful. */
static void chosen_format_holds_its_keys(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 11);
	for (unsigned round = 0; round < 3000; round++) {
		struct bkey keys[8] = { 0 };
		size_t nr = arb_random_u64(&r) % 9;
		unsigned shift[6];
		struct bpos min = SPOS_MAX, max = POS_MIN;
		struct bkey_format f;
		uint8_t out[64];

		for (unsigned i = 0; i < 6; i++)
			shift[i] = arb_random_u64(&r) % 64;
		for (size_t i = 0; i < nr; i++) {
			keys[i] = (struct bkey){
				.p = { arb_random_u64(&r) >> shift[0], ~(arb_random_u64(&r) >> shift[1]),
				       (uint32_t)~(arb_random_u64(&r) >> shift[2]) },
				.size = (uint32_t)(arb_random_u64(&r) >> shift[3]), .u64s = 5,
				.ver = { .hi = (uint32_t)(arb_random_u64(&r) >> shift[4]), .lo = arb_random_u64(&r) >> shift[5] },
			};
			min = bpos_min(min, keys[i].p);
			max = bpos_max(max, keys[i].p);
		}
		if (!nr || round % 5 == 0)
			max = SPOS_MAX;
		if (!nr || round % 7 == 0)
			min = POS_MIN;
		f = bkey_format_for(keys, nr, min, max);
		assert_null(bkey_format_invalid(&f, true));
		assert_true(f.key_u64s <= BKEY_U64s);
		for (size_t i = 0; i < nr; i++)
			assert_true(bkey_pack(&f, (struct bkey_s){ keys[i], NULL }, out));
		assert_true(bkey_pack(&f, (struct bkey_s){ { .p = min, .u64s = 5, .ver = keys[0].ver }, NULL }, out));
		assert_true(bkey_pack(&f, (struct bkey_s){ { .p = max, .u64s = 5, .ver = keys[0].ver }, NULL }, out));
	}
}

static void near_keys_pack_small(void **state)
{
	struct bkey keys[2] = { { .p = { 1ull << 40, 5, UINT32_MAX }, .u64s = 5 },
				{ .p = { (1ull << 40) + 3, 900, UINT32_MAX }, .u64s = 5, .size = 8 } };
	struct bkey_format f = bkey_format_for(keys, 2, keys[0].p, keys[1].p);

	(void)state;
	assert_int_equal(f.key_u64s, 1);
	assert_int_equal(f.bits[2], 0);
	assert_true(f.offset[2] == UINT32_MAX);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(validity),
	cmocka_unit_test(on_disk),
	cmocka_unit_test(chosen_format_holds_its_keys),
	cmocka_unit_test(near_keys_pack_small),
};
UNIT_MAIN(tests)
