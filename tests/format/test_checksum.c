/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include "arborist/format/checksum.h"

/* Check values of format-superblock-journal.md 8.1. */
static void check_values(void **state)
{
	static const struct { unsigned type; uint64_t want; } row[] = {
		{ CSUM_none, 0 }, { CSUM_crc32c_nonzero, 0xe3069283 }, { CSUM_crc64_nonzero, 0x62ec59e3f1a4f00a },
		{ CSUM_crc32c, 0x58e3fa20 }, { CSUM_crc64, 0x6c40df5f0b497347 }, { CSUM_xxhash, 0x8cb841db40e6ae83 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct csum c = csum_compute(row[i].type, "123456789", 9);

		assert_true(c.lo == row[i].want);
		assert_true(c.hi == 0);
		assert_true(csum_type_known(row[i].type));
		assert_false(csum_type_encrypts(row[i].type));
	}
}

/* Long inputs take the vector paths of the libraries: they must agree with a bit by bit division. */
static void long_inputs(void **state)
{
	static uint8_t data[5001];
	uint32_t crc32 = UINT32_MAX;
	uint64_t crc64 = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * i * 31 + i);
	for (size_t i = 1; i < sizeof(data); i++) {	/* from an odd address */
		crc32 ^= data[i];
		crc64 ^= (uint64_t)data[i] << 56;
		for (unsigned j = 0; j < 8; j++) {
			crc32 = crc32 >> 1 ^ (crc32 & 1 ? 0x82F63B78 : 0);
			crc64 = crc64 << 1 ^ (crc64 >> 63 ? 0x42F0E1EBA9EA3693 : 0);
		}
	}
	assert_true(csum_compute(CSUM_crc32c_nonzero, data + 1, sizeof(data) - 1).lo == (uint32_t)~crc32);
	assert_true(csum_compute(CSUM_crc64_nonzero, data + 1, sizeof(data) - 1).lo == ~crc64);
}

static void types(void **state)
{
	struct csum bad = csum_compute(CSUM_chacha20_poly1305_128, "x", 1);
	uint8_t disk[16];

	(void)state;
	assert_false(csum_type_known(CSUM_chacha20_poly1305_80));
	assert_true(csum_type_encrypts(CSUM_chacha20_poly1305_80));
	assert_true(csum_type_encrypts(CSUM_chacha20_poly1305_128));
	assert_false(csum_type_known(8));
	assert_false(csum_type_encrypts(15));
	assert_null(csum_type_name(8));
	assert_string_equal(csum_type_name(7), "xxhash");
	assert_true(bad.lo == UINT64_MAX && bad.hi == UINT64_MAX);
	csum_put(disk, (struct csum){ 0x0807060504030201, 0x1817161514131211 });
	assert_memory_equal(disk, "\1\2\3\4\5\6\7\10\21\22\23\24\25\26\27\30", 16);
	assert_true(csum_eq(csum_get(disk), (struct csum){ 0x0807060504030201, 0x1817161514131211 }));
}

static void options(void **state)
{
	static const unsigned meta[] = { 0, 1, 2, 7 }, data[] = { 0, 5, 6, 7 };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(csum_opt_to_type(i, false), meta[i]);
		assert_int_equal(csum_opt_to_type(i, true), data[i]);
	}
	assert_false(csum_type_known(csum_opt_to_type(4, false)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(check_values),
	cmocka_unit_test(long_inputs),
	cmocka_unit_test(types),
	cmocka_unit_test(options),
};
UNIT_MAIN(tests)
