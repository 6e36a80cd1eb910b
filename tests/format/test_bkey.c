/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include <stdlib.h>

#include "arborist/base/port.h"
#include "arborist/format/bkey.h"

static void keys_equal(struct bkey a, struct bkey b)
{
	assert_true(bpos_eq(a.p, b.p));
	assert_true(a.ver.lo == b.ver.lo && a.ver.hi == b.ver.hi);
	assert_int_equal(a.size, b.size);
	assert_int_equal(a.u64s, b.u64s);
	assert_int_equal(a.type, b.type);
}

/* The worked example of format-btree.md 2. */
static void the_example(void **state)
{
	static const struct bkey_format f = { 2, 6, { 16, 40, 32 }, { 4096 } };
	static const uint8_t val[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t want[16] = { 3, 0, 3, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xe8, 3, 0, 0, 0, 1, 0 };
	struct bkey_s k = { { .p = { 4097, 1000, UINT32_MAX }, .u64s = 6, .type = 3 }, val };
	uint8_t out[2040];

	(void)state;
	assert_null(bkey_format_invalid(&f, true));
	assert_int_equal(bkey_pack(&f, k, out), 24);
	assert_memory_equal(out, want, 16);
	assert_memory_equal(out + 16, val, 8);
	assert_true(bkey_packed_u64s_ok(&f, out));
	keys_equal(bkey_unpack(&f, out), k.k);
}

static uint64_t random_bits(struct arb_random *r, unsigned bits)
{
	return bits ? arb_random_u64(r) >> (64 - bits) : 0;
}

/* What the packing rule says, one bit at a time: slow, and written apart from the code under test. */
static uint64_t slow_field(const uint8_t *p, unsigned key_u64s, const struct bkey_format *f, unsigned field)
{
	unsigned top = 64 * key_u64s;
	uint64_t v = 0;

	for (unsigned i = 0; i < field; i++)
		top -= f->bits[i];
	for (unsigned i = 0; i < f->bits[field]; i++) {
		unsigned bit = top - 1 - i;

		v = v << 1 | (p[bit / 8] >> (bit % 8) & 1);
	}
	return v + f->offset[field];
}

static struct bkey_format random_format(struct arb_random *r)
{
	static const uint8_t width[] = { 64, 64, 32, 32, 32, 64 };
	struct bkey_format f = { .nr_fields = 6 };
	unsigned sum = 24;

	for (unsigned i = 0; i < 6; i++) {
		unsigned room;

		f.bits[i] = arb_random_u64(r) % 4 ? (uint8_t)(arb_random_u64(r) % (width[i] + 1u)) : 0;
		room = width[i] - f.bits[i];
		f.offset[i] = room ? random_bits(r, (unsigned)(arb_random_u64(r) % room)) : 0;
		sum += f.bits[i];
	}
	f.key_u64s = (uint8_t)((sum + 63) / 64);
	return f;
}

static struct bkey random_key(struct arb_random *r, const struct bkey_format *f)
{
	uint64_t v[6];

	for (unsigned i = 0; i < 6; i++)
		v[i] = f->offset[i] + random_bits(r, f->bits[i]);
	return (struct bkey){
		.p = { v[0], v[1], (uint32_t)v[2] }, .size = (uint32_t)v[3], .ver = { .hi = (uint32_t)v[4], .lo = v[5] },
		.u64s = (uint8_t)(5 + arb_random_u64(r) % 3), .type = (uint8_t)arb_random_u64(r),
	};
}

static void any_format_round_trips(void **state)
{
	static const uint8_t val[16] = "0123456789abcde";
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 7);
	for (unsigned i = 0; i < 50000; i++) {
		struct bkey_format f = random_format(&r);
		struct bkey k = random_key(&r, &f);
		uint8_t out[64 + 16], *exact;
		size_t n;

		assert_null(bkey_format_invalid(&f, true));
		n = bkey_pack(&f, (struct bkey_s){ k, val }, out);
		assert_int_equal(n, 8u * (f.key_u64s + k.u64s - 5u));
		exact = malloc(n);	/* so that a sanitizer sees a load behind the key */
		assert_non_null(exact);
		memcpy(exact, out, n);
		keys_equal(bkey_unpack(&f, exact), k);
		assert_memory_equal(exact + 8 * f.key_u64s, val, n - 8 * f.key_u64s);
		assert_true(slow_field(exact, f.key_u64s, &f, 0) == k.p.inode);
		assert_true(slow_field(exact, f.key_u64s, &f, 1) == k.p.offset);
		assert_true(slow_field(exact, f.key_u64s, &f, 3) == k.size);
		assert_true(slow_field(exact, f.key_u64s, &f, 5) == k.ver.lo);
		free(exact);
	}
}

static void what_does_not_fit_is_not_packed(void **state)
{
	static const struct bkey_format f = { 2, 6, { 8, 8, 32, 0, 0, 0 }, { 100, 0, 0, 0, 0, 0 } };
	static const struct bkey bad[] = {
		{ .p = { 99, 0, 0 }, .u64s = 5 }, { .p = { 356, 0, 0 }, .u64s = 5 }, { .p = { 100, 256, 0 }, .u64s = 5 },
		{ .p = { 100, 0, 0 }, .u64s = 5, .size = 1 }, { .p = { 100, 0, 0 }, .u64s = 5, .ver = { .lo = 1 } },
		{ .p = { 100, 0, 0 }, .u64s = 4 },
	};
	struct bkey ok = { .p = { 355, 255, UINT32_MAX }, .u64s = 5 };
	uint8_t out[2040];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bkey_pack(&f, (struct bkey_s){ bad[i], NULL }, out), 0);
	assert_int_equal(bkey_pack(&f, (struct bkey_s){ ok, NULL }, out), 16);
	keys_equal(bkey_unpack(&f, out), ok);
}

static void unpacked_form(void **state)
{
	static const uint8_t val[16] = "0123456789abcde";
	struct bkey_s k = { { .p = { 1, 2, 3 }, .ver = { .lo = 1ull << 40, .hi = 9 }, .size = 77, .u64s = 7, .type = 6 }, val };
	uint8_t disk[56];

	(void)state;
	assert_int_equal(bkey_put(disk, k), 56);
	assert_int_equal(disk[0], 7);
	assert_int_equal(disk[1], 1);
	keys_equal(bkey_get(disk), k.k);
	/* inside a node of any format, and as the packing rule gives it for the current format */
	keys_equal(bkey_unpack(&(struct bkey_format){ 1, 6, { 8 }, { 0 } }, disk), k.k);
	disk[1] = 0;
	keys_equal(bkey_unpack(&bkey_format_current, disk), k.k);
	assert_null(bkey_format_invalid(&bkey_format_current, true));
	assert_int_equal(bkey_start(&(struct bkey){ .p = { 5, 100, 1 }, .size = 30 }).offset, 70);
}

static void lengths(void **state)
{
	static const struct bkey_format f = { 3, 6, { 64, 64, 32 }, { 0 } };

	(void)state;
	assert_false(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 2, 0 }));
	assert_true(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 3, 0 }));
	assert_true(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 253, 0 }));
	assert_false(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 254, 0 }));
	assert_false(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 4, 1 }));
	assert_true(bkey_packed_u64s_ok(&f, (const uint8_t[]){ 255, 1 }));
	assert_false(bkey_packed_u64s_ok(&(struct bkey_format){ 0 }, (const uint8_t[]){ 0, 0 }));
}

/* Formats no check has seen must not make the unpacker read outside the key. */
static void hostile_formats(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 3);
	for (unsigned i = 0; i < 20000; i++) {
		struct bkey_format f = { .nr_fields = 6, .key_u64s = (uint8_t)(1 + arb_random_u64(&r) % 7) };
		uint8_t *p = malloc(8u * f.key_u64s);
		struct bkey k;

		assert_non_null(p);
		for (unsigned j = 0; j < 6; j++) {
			f.bits[j] = (uint8_t)(arb_random_u64(&r) >> (arb_random_u64(&r) % 8));
			f.offset[j] = arb_random_u64(&r);
		}
		for (unsigned j = 0; j < 8u * f.key_u64s; j++)
			p[j] = (uint8_t)arb_random_u64(&r);
		p[0] = f.key_u64s;
		p[1] = 0;
		k = bkey_unpack(&f, p);
		assert_int_equal(k.u64s, 5);
		assert_int_equal(k.type, p[2]);
		free(p);
	}
}

static void owned_values(void **state)
{
	static const uint8_t val[8] = { 8, 7, 6, 5, 4, 3, 2, 1 };
	static struct bkey_buf b;

	(void)state;
	bkey_buf_set(&b, (struct bkey_s){ { .u64s = 6, .type = 1 }, val });
	assert_memory_equal(bkey_buf_s(&b).v, val, 8);
	bkey_buf_set(&b, bkey_buf_s(&b));	/* from itself */
	assert_memory_equal(b.v, val, 8);
	bkey_buf_set(&b, (struct bkey_s){ { .u64s = 5 }, NULL });
	assert_int_equal(bkey_val_bytes(&b.k), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_example),
	cmocka_unit_test(any_format_round_trips),
	cmocka_unit_test(what_does_not_fit_is_not_packed),
	cmocka_unit_test(unpacked_form),
	cmocka_unit_test(lengths),
	cmocka_unit_test(hostile_formats),
	cmocka_unit_test(owned_values),
};
UNIT_MAIN(tests)
