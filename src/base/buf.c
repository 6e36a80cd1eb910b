/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/base/buf.h"

#define FIRST_CAP 64

void arb_buf_free(struct arb_buf *b)
{
	free(b->s);
	*b = (struct arb_buf)ARB_BUF_INIT;
}

void arb_buf_reset(struct arb_buf *b)
{
	b->len = 0;
	b->oom = false;
	if (b->s)
		b->s[0] = 0;
}

const char *arb_buf_str(const struct arb_buf *b)
{
	return b->s ? b->s : "";
}

char *arb_buf_steal(struct arb_buf *b)
{
	char *s = NULL;

	if (!b->oom)
		s = b->s ? b->s : strdup("");
	else
		free(b->s);
	*b = (struct arb_buf)ARB_BUF_INIT;
	return s;
}

/* A text with a hole would be worse than none: what was there goes, and nothing is added until a reset. */
static bool fail(struct arb_buf *b)
{
	arb_buf_reset(b);
	b->oom = true;
	return false;
}

/* Room for @n more bytes and the NUL. */
static bool reserve(struct arb_buf *b, size_t n)
{
	size_t need, cap = b->cap ? b->cap : FIRST_CAP;
	char *s;

	if (b->oom)
		return false;
	if (n >= SIZE_MAX - b->len)
		return fail(b);
	need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	s = realloc(b->s, cap);
	if (!s)
		return fail(b);
	b->s = s;
	b->cap = cap;
	return true;
}

void arb_buf_mem(struct arb_buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->s + b->len, p, n);
	b->len += n;
	b->s[b->len] = 0;
}

void arb_buf_puts(struct arb_buf *b, const char *s)
{
	arb_buf_mem(b, s, strlen(s));
}

void arb_buf_putc(struct arb_buf *b, char c)
{
	arb_buf_mem(b, &c, 1);
}

void arb_buf_spaces(struct arb_buf *b, unsigned n)
{
	if (!reserve(b, n))
		return;
	memset(b->s + b->len, ' ', n);
	b->len += n;
	b->s[b->len] = 0;
}

void arb_buf_pad(struct arb_buf *b, size_t column)
{
	size_t i = b->len, have = 0;

	while (i && b->s[i - 1] != '\n')
		have += ((unsigned char)b->s[--i] & 0xc0) != 0x80;
	if (have < column)
		arb_buf_spaces(b, column - have);
}

void arb_buf_vprintf(struct arb_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (!reserve(b, 0))
		return;
	va_copy(again, ap);
	n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
	if (n < 0) {
		fail(b);
	} else if ((size_t)n < b->cap - b->len) {
		b->len += n;
	} else if (reserve(b, n)) {
		vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
		b->len += n;
	}
	va_end(again);
}

void arb_buf_printf(struct arb_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(b, fmt, ap);
	va_end(ap);
}
