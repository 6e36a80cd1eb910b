/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text gate and JSON strings: nothing that could control a terminal gets out, and the bytes come back. */
#include <string.h>

#include "arborist/base/json.h"
#include "arborist/base/text.h"
#include "fuzz.h"

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	static const char *const piece[] = {
		"name", "\x1b[31m", "\xc3\xa9", "\xe2\x80\xae", "\\", "\\x41", "\n", "\xf0\x9f\x8c\xb3", "\xff", "\xc2\x9b", "\"", "\xed\xa0\x80",
	};
	size_t n = 0;

	for (unsigned i = arb_random_u64(r) % 12; i; i--) {
		const char *s = piece[arb_random_u64(r) % 12];

		memcpy(buf + n, s, strlen(s));
		n += strlen(s);
	}
	return n;
}

static void harmless(const struct arb_buf *b)
{
	FUZZ_CHECK(strlen(arb_buf_str(b)) == b->len);
	for (size_t i = 0; i < b->len; i++) {
		FUZZ_CHECK((uint8_t)b->s[i] >= 0x20 && b->s[i] != 0x7f);
		if (i)	/* C1 in UTF-8 */
			FUZZ_CHECK(!((uint8_t)b->s[i - 1] == 0xc2 && (uint8_t)b->s[i] < 0xa0));
	}
}

static void through_gate(const uint8_t *p, size_t n, enum text_mode mode)
{
	ARB_BUF(shown);
	ARB_BUF(line);
	ARB_BUF(back);

	text_gate(&shown, p, n, mode);
	harmless(&shown);
	FUZZ_CHECK(text_ungate(&back, arb_buf_str(&shown), shown.len));
	FUZZ_CHECK(back.len == n && (!n || !memcmp(back.s, p, n)));
	text_gate_line(&line, (const char *)p, n, mode);
	harmless(&line);
	arb_buf_reset(&back);
	text_ungate(&back, (const char *)p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct json j = { 0 };
	ARB_BUF(s);

	through_gate(p, n, TEXT_UTF8);
	through_gate(p, n, TEXT_ASCII);
	arb_buf_mem(&s, p, n);
	json_begin(&j);
	json_str(&j, "s", arb_buf_str(&s));
	json_end(&j);
	harmless(&j.out);
	json_free(&j);
	return 0;
}
