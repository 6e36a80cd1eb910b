/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>

#include "arborist/base/text.h"
#include "utf8.h"

static void put_hex(struct arb_buf *out, uint8_t byte)
{
	static const char digit[] = "0123456789abcdef";
	char s[4] = { '\\', 'x', digit[byte >> 4], digit[byte & 15] };

	arb_buf_mem(out, s, sizeof(s));
}

static void gate(struct arb_buf *out, const uint8_t *p, size_t n, enum text_mode mode, bool keep_backslash)
{
	while (n) {
		size_t run = ascii_plain(p, n);
		uint32_t c;
		unsigned len;
		bool plain;

		arb_buf_mem(out, p, run);
		p += run;
		n -= run;
		if (!n)
			break;
		len = utf8_next(p, n, &c);
		plain = len && !utf8_unsafe(c) && (c < 0x80 || mode == TEXT_UTF8);

		if (!len)
			len = 1;
		if (plain)
			arb_buf_mem(out, p, len);
		else
			for (unsigned i = 0; i < len; i++)
				put_hex(out, p[i]);
		if (plain && c == '\\' && !keep_backslash)
			arb_buf_putc(out, '\\');
		p += len;
		n -= len;
	}
}

void text_gate(struct arb_buf *out, const void *bytes, size_t n, enum text_mode mode)
{
	gate(out, bytes, n, mode, false);
}

void text_gate_line(struct arb_buf *out, const char *s, size_t n, enum text_mode mode)
{
	gate(out, (const uint8_t *)s, n, mode, true);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* One escape after the backslash; bytes consumed, 0 when it is none. */
static size_t unescape(const char *s, size_t n, char *ret)
{
	if (n >= 1 && s[0] == '\\') {
		*ret = '\\';
		return 1;
	}
	if (n >= 3 && s[0] == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
		*ret = (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
		return 3;
	}
	return 0;
}

bool text_ungate(struct arb_buf *out, const char *s, size_t n)
{
	while (n) {
		uint32_t c;
		size_t len = utf8_next((const uint8_t *)s, n, &c);

		if (!len || utf8_unsafe(c))
			return false;
		if (c == '\\') {
			char byte;
			size_t esc = unescape(s + 1, n - 1, &byte);

			if (!esc)
				return false;
			arb_buf_putc(out, byte);
			len += esc;
		} else {
			arb_buf_mem(out, s, len);
		}
		s += len;
		n -= len;
	}
	return true;
}

/* bytes * 10^decimals / 2^shift, rounded; never overflows: bytes < 2^64, 10^2 < 2^7. */
static uint64_t scaled(uint64_t bytes, unsigned shift, unsigned pow10)
{
	return (uint64_t)((((unsigned __int128)bytes * pow10) + ((unsigned __int128)1 << (shift - 1))) >> shift);
}

void text_human_bytes(struct arb_buf *out, uint64_t bytes)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned i = 0;
	uint64_t v;

	if (bytes < 1024) {
		arb_buf_printf(out, "%llu B", (unsigned long long)bytes);
		return;
	}
	while (i < 5 && scaled(bytes, 10 * (i + 1), 1) >= 1024)
		i++;
	if ((v = scaled(bytes, 10 * (i + 1), 100)) < 1000)
		arb_buf_printf(out, "%u.%02u ", (unsigned)(v / 100), (unsigned)(v % 100));
	else if ((v = scaled(bytes, 10 * (i + 1), 10)) < 1000)
		arb_buf_printf(out, "%u.%u ", (unsigned)(v / 10), (unsigned)(v % 10));
	else
		arb_buf_printf(out, "%u ", (unsigned)scaled(bytes, 10 * (i + 1), 1));
	arb_buf_puts(out, unit[i]);
}
