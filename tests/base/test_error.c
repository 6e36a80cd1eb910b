/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include <errno.h>

#include "arborist/base/error.h"

static void families(void **state)
{
	(void)state;
	assert_true(arb_code_matches(ARB_E_READ, ARB_E_SYSTEM));
	assert_true(arb_code_matches(ARB_E_READ, ARB_E_READ));
	assert_true(arb_code_matches(ARB_E_RESTART, ARB_E_FLOW));
	assert_true(arb_code_matches(ARB_E_BAD_ARGUMENT, ARB_E_USAGE));
	assert_false(arb_code_matches(ARB_E_READ, ARB_E_CONTENT));
	assert_false(arb_code_matches(ARB_E_SYSTEM, ARB_E_READ));
	assert_false(arb_code_matches(ARB_OK, ARB_OK));
}

static void every_code_has_a_name_and_one_family(void **state)
{
	static const enum arb_code family[] = { ARB_E_SYSTEM, ARB_E_CONTENT, ARB_E_USAGE, ARB_E_FLOW };

	(void)state;
	for (unsigned c = ARB_OK + 1; c < ARB_CODE_NR; c++) {
		unsigned in = 0;

		for (unsigned i = 0; i < 4; i++)
			in += arb_code_matches(c, family[i]);
		assert_int_equal(in, 1);
		assert_non_null(arb_code_name(c));
		for (unsigned d = 0; d < c; d++)
			assert_string_not_equal(arb_code_name(c), arb_code_name(d));
	}
	assert_string_equal(arb_code_name(12345), "unknown");
}

static void messages(void **state)
{
	struct arb_error e = { 0 };

	(void)state;
	errno = EPERM;
	assert_int_equal(arb_fail_sys(&e, ARB_E_READ, ENOENT, "sector %d", 8), ARB_E_READ);
	assert_int_equal(e.sys, ENOENT);
	assert_string_equal(e.text, "sector 8: No such file or directory");
	assert_int_equal(arb_error_context(&e, "device %s", "d"), ARB_E_READ);
	assert_string_equal(e.text, "device d: sector 8: No such file or directory");
	assert_int_equal(arb_fail(&e, ARB_E_BUSY, "held"), ARB_E_BUSY);
	assert_int_equal(e.sys, 0);
	assert_int_equal(arb_fail(NULL, ARB_E_BUSY, "held"), ARB_E_BUSY);
	assert_int_equal(arb_error_context(NULL, "device %s", "d"), ARB_E_SYSTEM);
}

static void one_line(void **state)
{
	struct arb_error e = { 0 };
	char small[8] = "a\nb\nc";

	(void)state;
	arb_fail(&e, ARB_E_OPEN, "a\nb\n");
	assert_string_equal(e.text, "a\\x0ab\\x0a");
	arb_fail_sys(&e, ARB_E_OPEN, ENOENT, "a\nb");
	assert_string_equal(e.text, "a\\x0ab: No such file or directory");
	arb_error_context(&e, "\n");
	assert_string_equal(e.text, "\\x0a: a\\x0ab: No such file or directory");
	arb_one_line(small, sizeof(small));	/* no room */
	assert_string_equal(small, "a b c");
	memcpy(small, "a\nb", 4);
	arb_one_line(small, sizeof(small));
	assert_string_equal(small, "a\\x0ab");
}

static void long_messages_are_cut(void **state)
{
	struct arb_error e = { 0 };

	(void)state;
	arb_fail(&e, ARB_E_READ, "%0900d", 1);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	arb_error_context(&e, "%s", "head");
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_memory_equal(e.text, "head: 000", 9);
	arb_fail_sys(&e, ARB_E_READ, ENOENT, "%0900d", 1);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(families),
	cmocka_unit_test(every_code_has_a_name_and_one_family),
	cmocka_unit_test(messages),
	cmocka_unit_test(one_line), cmocka_unit_test(long_messages_are_cut),
};
UNIT_MAIN(tests)
