/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include "arborist/format/bpos.h"

static void order(void **state)
{
	static const struct bpos p[] = {	/* ascending */
		{ 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, UINT32_MAX }, { 0, 1, 0 }, { 0, UINT64_MAX, 5 }, { 1, 0, 0 },
		{ 1ull << 63, 0, 0 }, { UINT64_MAX, UINT64_MAX, 0 }, { UINT64_MAX, UINT64_MAX, UINT32_MAX },
	};
	const int nr = sizeof(p) / sizeof(p[0]);

	(void)state;
	for (int i = 0; i < nr; i++)
		for (int j = 0; j < nr; j++) {
			assert_int_equal(bpos_cmp(p[i], p[j]), i < j ? -1 : i > j);
			assert_true(bpos_eq(bpos_min(p[i], p[j]), p[i < j ? i : j]));
			assert_true(bpos_eq(bpos_max(p[i], p[j]), p[i > j ? i : j]));
		}
}

static void neighbours(void **state)
{
	static const struct { struct bpos a, b; } row[] = {	/* b follows a */
		{ { 0, 0, 0 }, { 0, 0, 1 } },
		{ { 0, 0, UINT32_MAX }, { 0, 1, 0 } },
		{ { 7, UINT64_MAX, UINT32_MAX }, { 8, 0, 0 } },
		{ { UINT64_MAX, UINT64_MAX, UINT32_MAX - 1 }, { UINT64_MAX, UINT64_MAX, UINT32_MAX } },
	};
	struct bpos p = POS_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_true(bpos_successor(row[i].a, &p));
		assert_true(bpos_eq(p, row[i].b));
		assert_true(bpos_predecessor(row[i].b, &p));
		assert_true(bpos_eq(p, row[i].a));
	}
	p = BPOS(1, 2, 3);
	assert_false(bpos_successor(SPOS_MAX, &p));
	assert_false(bpos_predecessor(POS_MIN, &p));
	assert_true(bpos_eq(p, BPOS(1, 2, 3)));
}

static void on_disk(void **state)
{
	static const uint8_t disk[21] = {
		0, 0x44, 0x33, 0x22, 0x11, 8, 7, 6, 5, 4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11,
	};
	struct bpos p = bpos_get(disk + 1);	/* at an odd address */
	uint8_t back[20];

	(void)state;
	assert_true(bpos_eq(p, BPOS(0x1112131415161718, 0x0102030405060708, 0x11223344)));
	bpos_put(back, p);
	assert_memory_equal(back, disk + 1, 20);
}

static void text(void **state)
{
	static const struct { const char *s; struct bpos p; } row[] = {
		{ "POS_MIN", { 0, 0, 0 } },
		{ "POS_MAX", { UINT64_MAX, UINT64_MAX, 0 } },
		{ "SPOS_MAX", { UINT64_MAX, UINT64_MAX, UINT32_MAX } },
		{ "4098:8:U32_MAX", { 4098, 8, UINT32_MAX } },
		{ "U64_MAX:0:4294967294", { UINT64_MAX, 0, UINT32_MAX - 1 } },
		{ "0:18446744073709551614:0", { 0, UINT64_MAX - 1, 0 } },
		{ "4294967295:4294967295:1", { UINT32_MAX, UINT32_MAX, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct bpos p;
		ARB_BUF(b);

		bpos_to_text(&b, row[i].p);
		assert_string_equal(arb_buf_str(&b), row[i].s);
		assert_true(bpos_parse(row[i].s, &p));
		assert_true(bpos_eq(p, row[i].p));
	}
}

static void parse(void **state)
{
	static const char *const bad[] = {
		"", ":", "1:", "1::2", "1:2:3:4", "1:2:3:", "x", "1:2:x", "-1", " 1", "1 ", "+1", "1:-2", "18446744073709551616",
		"1:2:4294967296", "1:2:U64_MAX", "0x", "0xg", "pos_min", "POS_MIN:0", "1.5", "U64_MAXX",
	};
	struct bpos p = BPOS(9, 9, 9);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(bpos_parse(bad[i], &p));
	assert_true(bpos_eq(p, BPOS(9, 9, 9)));
	assert_true(bpos_parse("5", &p) && bpos_eq(p, BPOS(5, 0, 0)));
	assert_true(bpos_parse("0x10:0XfF", &p) && bpos_eq(p, BPOS(16, 255, 0)));
	assert_true(bpos_parse("010", &p) && bpos_eq(p, BPOS(10, 0, 0)));	/* decimal, not octal */
	assert_true(bpos_parse("1:U32_MAX:U32_MAX", &p) && bpos_eq(p, BPOS(1, UINT32_MAX, UINT32_MAX)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(order),
	cmocka_unit_test(neighbours),
	cmocka_unit_test(on_disk),
	cmocka_unit_test(text),
	cmocka_unit_test(parse),
};
UNIT_MAIN(tests)
