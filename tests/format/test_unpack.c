/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The planned unpacking gives what bkey_unpack() gives, for any format and bytes. */
#include "../unit.h"

#include "arborist/base/port.h"
#include "arborist/format/unpack.h"

static const uint8_t width[BKEY_FIELDS] = { 64, 64, 32, 32, 32, 64 };

static struct bkey_format random_format(struct arb_random *r)
{
	struct bkey_format f = { .nr_fields = BKEY_FIELDS };
	unsigned sum = 24;

	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		f.bits[i] = arb_random_u64(r) % 3 ? arb_random_u64(r) % (width[i] + 1) : 0;
		f.offset[i] = f.bits[i] == width[i] ? 0 : arb_random_u64(r) % (UINT64_C(1) << (width[i] - 1));
		if (f.bits[i] == width[i] - 1u)
			f.offset[i] &= 1;
		sum += f.bits[i];
	}
	f.key_u64s = (sum + 63) / 64;
	return f;
}

static void test_same_as_bkey_unpack(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 7);
	for (unsigned i = 0; i < 20000; i++) {
		struct bkey_format f = random_format(&r);
		uint8_t bytes[UNPACK_REACH];
		struct unpack_plan plan;
		struct bkey want, got;

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = arb_random_u64(&r);
		bytes[1] = i & 1;
		bytes[0] = (i & 1 ? 5 : f.key_u64s) + arb_random_u64(&r) % 200;
		unpack_plan_init(&plan, &f);
		unpack_key(&plan, bytes, &got);
		want = bkey_unpack(&f, bytes);
		assert_true(bpos_eq(want.p, got.p));
		assert_int_equal(want.size, got.size);
		assert_int_equal(want.ver.hi, got.ver.hi);
		assert_true(want.ver.lo == got.ver.lo);
		assert_int_equal(want.u64s, got.u64s);
		assert_int_equal(want.type, got.type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_as_bkey_unpack) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
