/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include "arborist/base/port.h"
#include "arborist/base/text.h"

static void gate_is(const char *in, size_t n, enum text_mode mode, const char *want)
{
	ARB_BUF(b);

	text_gate(&b, in, n, mode);
	assert_string_equal(arb_buf_str(&b), want);
}
#define GATE(in, mode, want) gate_is(in, sizeof(in) - 1, mode, want)

static void plain_text_passes(void **state)
{
	(void)state;
	GATE("file name-1.txt~", TEXT_UTF8, "file name-1.txt~");
	GATE("\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x8c\xb3", TEXT_UTF8, "\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x8c\xb3");
	GATE("\xc3\xa9", TEXT_ASCII, "\\xc3\\xa9");
	GATE("", TEXT_UTF8, "");
}

static void nothing_controls_the_terminal(void **state)
{
	(void)state;
	GATE("a\x1b[2Jb\n\t\r\x7f", TEXT_UTF8, "a\\x1b[2Jb\\x0a\\x09\\x0d\\x7f");
	GATE("a\0b", TEXT_UTF8, "a\\x00b");
	GATE("\xc2\x9b" "31m", TEXT_UTF8, "\\xc2\\x9b31m");		/* C1 CSI */
	GATE("\x9b" "31m", TEXT_UTF8, "\\x9b31m");			/* the same as a bare byte */
	GATE("a\xe2\x80\xae" "b", TEXT_UTF8, "a\\xe2\\x80\\xaeb");	/* right to left override */
	GATE("a\xe2\x81\xa6" "b", TEXT_UTF8, "a\\xe2\\x81\\xa6b");	/* isolate */
	GATE("a\xe2\x80\xa8" "b", TEXT_UTF8, "a\\xe2\\x80\\xa8b");	/* line separator */
	GATE("back\\slash", TEXT_UTF8, "back\\\\slash");
}

static void invalid_utf8_is_hex(void **state)
{
	(void)state;
	GATE("\xc0\x80", TEXT_UTF8, "\\xc0\\x80");			/* overlong */
	GATE("\xe0\x80\x80", TEXT_UTF8, "\\xe0\\x80\\x80");
	GATE("\xed\xa0\x80", TEXT_UTF8, "\\xed\\xa0\\x80");		/* surrogate */
	GATE("\xf4\x90\x80\x80", TEXT_UTF8, "\\xf4\\x90\\x80\\x80");	/* above the last plane */
	GATE("\xe6\x97", TEXT_UTF8, "\\xe6\\x97");			/* cut short */
	GATE("\xff" "a", TEXT_UTF8, "\\xffa");
}

static void a_line_keeps_its_backslash(void **state)
{
	ARB_BUF(b);

	(void)state;
	text_gate_line(&b, "name \\x0a \x1b", 11, TEXT_UTF8);
	assert_string_equal(arb_buf_str(&b), "name \\x0a \\x1b");
}

/* Any bytes come back, and what passed the gate passes it again as a line without change. */
static void reversible(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 1);
	for (unsigned i = 0; i < 4000; i++) {
		uint8_t bytes[40];
		size_t n = arb_random_u64(&r) % sizeof(bytes);
		uint64_t any = arb_random_u64(&r);
		ARB_BUF(shown);
		ARB_BUF(again);
		ARB_BUF(back);

		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)(arb_random_u64(&r) & (any & 1 ? 0xff : 0x7f));
		text_gate(&shown, bytes, n, any & 2 ? TEXT_ASCII : TEXT_UTF8);
		text_gate_line(&again, arb_buf_str(&shown), shown.len, TEXT_UTF8);
		assert_string_equal(arb_buf_str(&again), arb_buf_str(&shown));
		assert_true(text_ungate(&back, arb_buf_str(&shown), shown.len));
		assert_int_equal(back.len, n);
		if (n)
			assert_memory_equal(back.s, bytes, n);
	}
}

static void ungate_refuses(void **state)
{
	static const char *const bad[] = { "\\", "a\\", "\\x", "\\x1", "\\xg0", "\\X41", "\\n", "a\nb", "\x80", "\\xAF" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ARB_BUF(b);
		assert_false(text_ungate(&b, bad[i], strlen(bad[i])));
	}
}

static void human_bytes(void **state)
{
	static const struct { uint64_t v; const char *want; } row[] = {
		{ 0, "0 B" }, { 1023, "1023 B" }, { 1024, "1.00 KiB" }, { 4096, "4.00 KiB" }, { 10239, "10.0 KiB" },
		{ 128u << 20, "128 MiB" }, { 1048575, "1.00 MiB" }, { 1572864, "1.50 MiB" }, { 1000u << 10, "1000 KiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		ARB_BUF(b);
		text_human_bytes(&b, row[i].v);
		assert_string_equal(arb_buf_str(&b), row[i].want);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(plain_text_passes),
	cmocka_unit_test(nothing_controls_the_terminal),
	cmocka_unit_test(invalid_utf8_is_hex),
	cmocka_unit_test(a_line_keeps_its_backslash),
	cmocka_unit_test(reversible),
	cmocka_unit_test(ungate_refuses),
	cmocka_unit_test(human_bytes),
};
UNIT_MAIN(tests)
