/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include <locale.h>
#include <math.h>

#include "arborist/base/json.h"

static void nested(void **state)
{
	struct json j = { 0 };

	(void)state;
	json_begin(&j);
	json_str(&j, "a", "x");
	json_array(&j, "list");
	json_u64(&j, NULL, UINT64_MAX);
	json_s64(&j, NULL, -5);
	json_object(&j, NULL);
	json_bool(&j, "t", true);
	json_object_end(&j);
	json_object(&j, NULL);
	json_object_end(&j);
	json_array_end(&j);
	json_object(&j, "o");
	json_f3(&j, "f", 1.5);
	json_object_end(&j);
	json_str(&j, "n", NULL);
	json_end(&j);
	assert_string_equal(arb_buf_str(&j.out),
		"{\"a\":\"x\",\"list\":[18446744073709551615,-5,{\"t\":true},{}],\"o\":{\"f\":1.500},\"n\":null}");
	json_free(&j);
}

static void str_is(const char *in, const char *want)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "s", in);
	json_end(&j);
	assert_string_equal(arb_buf_str(&j.out), want);
	json_free(&j);
}

static void strings(void **state)
{
	(void)state;
	str_is("q\"b\\n\n", "{\"s\":\"q\\\"b\\\\n\\u000a\"}");
	str_is("\xc3\xa9", "{\"s\":\"\xc3\xa9\"}");
	str_is("\xff!", "{\"s\":\"\\\\xff!\"}");
	str_is("\xc2\x9b\xe2\x80\xae", "{\"s\":\"\\u009b\\u202e\"}");
	str_is("\xf3\xa0\x80\x81", "{\"s\":\"\\udb40\\udc01\"}");
}

static void floats(void **state)
{
	static const struct { double v; const char *want; } row[] = {
		{ 0, "0.000" }, { -0.0001, "0.000" }, { -2.25, "-2.250" }, { 0.9996, "1.000" }, { 1e9, "1000000000.000" },
		{ 1e300, "null" }, { NAN, "null" }, { INFINITY, "null" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct json j = { 0 };
		char want[64] = "{\"f\":";

		strncat(want, row[i].want, 40);
		strncat(want, "}", 2);
		json_begin(&j);
		json_f3(&j, "f", row[i].v);
		json_end(&j);
		assert_string_equal(arb_buf_str(&j.out), want);
		json_free(&j);
	}
}

/* Deeper than the bits that remember "first": still balanced, no undefined shift. */
static void very_deep(void **state)
{
	struct json j = { 0 };
	unsigned open = 0, close = 0;

	(void)state;
	json_begin(&j);
	for (unsigned i = 0; i < 100; i++)
		json_array(&j, i ? NULL : "a");
	for (unsigned i = 0; i < 100; i++)
		json_array_end(&j);
	json_end(&j);
	for (const char *s = arb_buf_str(&j.out); *s; s++) {
		open += *s == '[';
		close += *s == ']';
	}
	assert_int_equal(open, 100);
	assert_int_equal(close, 100);
	json_free(&j);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nested),
	cmocka_unit_test(strings),
	cmocka_unit_test(floats),
	cmocka_unit_test(very_deep),
};
UNIT_MAIN(tests)
