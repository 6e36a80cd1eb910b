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

/* --- formats ------------------------------------------------------------------------------------------------------------
 * Long listings are made of millions of "%s" and "%u": those without precision are put here, at a fraction of what stdio takes.
 * From the first conversion that is anything else on (a position in a translated text is one), stdio has the rest.
 */

__attribute__((format(printf, 2, 0)))
static void put_rest(struct arb_buf *b, const char *fmt, va_list ap)
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

struct args { va_list ap; };	/* to be handed on by address */

struct conversion {
	const char	*end;		/* what follows it */
	bool		left, zeroes, size;
	unsigned	width, longs;
};

static struct conversion conversion(const char *p)
{
	struct conversion c = { 0 };

	for (; *p == '-' || *p == '0'; p++)
		*(*p == '-' ? &c.left : &c.zeroes) = true;
	for (; *p >= '0' && *p <= '9' && c.width < 1000; p++)
		c.width = c.width * 10 + (unsigned)(*p - '0');
	if (*p == 'z')
		c.size = true, p++;
	for (; *p == 'l' && c.longs < 2; p++)
		c.longs++;
	c.end = p;
	return c;
}

/* @text after a sign, made as wide as is wanted. */
static void put_wide(struct arb_buf *b, const struct conversion *c, bool minus, const char *text, size_t n)
{
	size_t all = n + minus, fill = c->width > all ? c->width - all : 0;
	char *to;

	if (!reserve(b, all + fill))
		return;
	to = b->s + b->len;
	if (!c->left && !c->zeroes)
		to = (char *)memset(to, ' ', fill) + fill;
	if (minus)
		*to++ = '-';
	if (!c->left && c->zeroes)
		to = (char *)memset(to, '0', fill) + fill;
	to = (char *)memcpy(to, text, n) + n;
	if (c->left)
		to = (char *)memset(to, ' ', fill) + fill;
	*to = 0;
	b->len += all + fill;
}

static void put_number(struct arb_buf *b, const struct conversion *c, unsigned long long v, unsigned shift, bool minus)
{
	char digits[24], *p = digits + sizeof(digits);

	do {
		*--p = shift ? "0123456789abcdef"[v & ((1u << shift) - 1)] : (char)('0' + v % 10);
		v = shift ? v >> shift : v / 10;
	} while (v);
	put_wide(b, c, minus, p, (size_t)(digits + sizeof(digits) - p));
}

static void put_unsigned(struct arb_buf *b, const struct conversion *c, struct args *a, unsigned shift)
{
	put_number(b, c, c->size ? va_arg(a->ap, size_t) : c->longs == 2 ? va_arg(a->ap, unsigned long long) :
		   c->longs ? va_arg(a->ap, unsigned long) : va_arg(a->ap, unsigned), shift, false);
}

static void put_signed(struct arb_buf *b, const struct conversion *c, struct args *a)
{
	long long v = c->longs == 2 ? va_arg(a->ap, long long) : c->longs ? va_arg(a->ap, long) : va_arg(a->ap, int);

	put_number(b, c, v < 0 ? 0 - (unsigned long long)v : (unsigned long long)v, 0, v < 0);
}

static bool put_conversion(struct arb_buf *b, const struct conversion *c, struct args *a)
{
	const char *s;

	switch (*c->end) {
	case 'u': put_unsigned(b, c, a, 0); return true;
	case 'x': put_unsigned(b, c, a, 4); return true;
	case 'o': put_unsigned(b, c, a, 3); return true;
	case 'd':
		if (c->size)
			return false;
		put_signed(b, c, a);
		return true;
	case 's':
		if (c->longs || c->size || c->zeroes)
			return false;
		s = va_arg(a->ap, const char *);
		s = s ? s : "(null)";
		put_wide(b, c, false, s, strlen(s));
		return true;
	case '%':
		arb_buf_putc(b, '%');
		return true;
	default:
		return false;
	}
}

void arb_buf_vprintf(struct arb_buf *b, const char *fmt, va_list ap)
{
	const char *percent;
	struct args a;

	va_copy(a.ap, ap);
	while ((percent = strchr(fmt, '%'))) {
		struct conversion c = conversion(percent + 1);

		arb_buf_mem(b, fmt, (size_t)(percent - fmt));
		fmt = percent;
		if (!put_conversion(b, &c, &a))
			break;
		fmt = c.end + 1;
	}
	if (percent)
		put_rest(b, fmt, a.ap);
	else
		arb_buf_puts(b, fmt);
	va_end(a.ap);
}

void arb_buf_printf(struct arb_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(b, fmt, ap);
	va_end(ap);
}
