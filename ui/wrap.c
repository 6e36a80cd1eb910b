/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaking texts to a width, and putting them side by side. Columns are counted in code points. */
#include <config.h>
#include "views.h"

#include <string.h>

static size_t points(const char *s, size_t n)
{
	size_t r = 0;

	for (size_t i = 0; i < n; i++)
		r += ((unsigned char)s[i] & 0xc0) != 0x80;
	return r;
}

size_t text_bytes(const char *s, size_t n, size_t width)
{
	size_t i = 0;

	for (size_t seen = 0; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80 && seen++ == width)
			break;
	}
	return i;
}

static size_t break_at(const char *s, size_t n, size_t width)
{
	size_t most = text_bytes(s, n, width), i = most;

	if (most == n)
		return n;
	while (i > 0 && s[i] != ' ')
		i--;
	return i > most / 3 ? i : most;
}

static void wrap_line(struct arb_buf *out, const char *s, size_t n, int width, int indent)
{
	bool first = true;

	do {
		size_t room = (size_t)(first || width <= indent + 4 ? width : width - indent);
		size_t part = break_at(s, n, room);

		if (!first && width > indent + 4)
			arb_buf_spaces(out, (unsigned)indent);
		arb_buf_mem(out, s, part);
		arb_buf_putc(out, '\n');
		s += part;
		n -= part;
		while (n && *s == ' ') {
			s++;
			n--;
		}
		first = false;
	} while (n);
}

void text_wrap(struct arb_buf *out, const char *s, int width, int indent)
{
	if (width < 4)
		width = 4;
	for (;;) {
		size_t n = strcspn(s, "\n");

		wrap_line(out, s, n, width, indent);
		s += n;
		if (!*s || !*++s)
			return;
	}
}

void lines_wrap(const struct lines *from, struct lines *to, int width)
{
	ARB_BUF(b);

	lines_reset(to);
	for (const char *s = arb_buf_str(&from->text); *s; s += *s == '\n') {
		size_t n = strcspn(s, "\n"), blanks = strspn(s, " ");

		wrap_line(&b, s, n, width < 4 ? 4 : width, (int)(blanks < (size_t)width / 2 ? blanks : 0) + 2);
		s += n;
	}
	lines_add(to, arb_buf_str(&b));
}

static void column_line(struct arb_buf *out, const char **s, int width, bool last)
{
	size_t n = strcspn(*s, "\n"), have = points(*s, n);

	arb_buf_mem(out, *s, n);
	if (!last)
		arb_buf_spaces(out, have < (size_t)width ? (unsigned)((size_t)width - have) : 0);
	*s += n;
	if (**s)
		(*s)++;
}

#define COLUMNS_MAX 4

void text_columns(struct arb_buf *out, const char *const *texts, unsigned nr, int width)
{
	struct arb_buf wrapped[COLUMNS_MAX] = { ARB_BUF_INIT };
	const char *at[COLUMNS_MAX];
	int each;

	if (nr > COLUMNS_MAX)
		nr = COLUMNS_MAX;
	each = nr ? (width - 3 * ((int)nr - 1)) / (int)nr : width;
	for (unsigned i = 0; i < nr; i++) {
		text_wrap(&wrapped[i], texts[i], each, 1);
		at[i] = arb_buf_str(&wrapped[i]);
	}
	for (bool more = nr > 0; more;) {
		more = false;
		for (unsigned i = 0; i < nr; i++) {
			if (i)
				arb_buf_puts(out, " | ");
			column_line(out, &at[i], each, i + 1 == nr);
			more = more || *at[i];
		}
		arb_buf_putc(out, '\n');
	}
	for (unsigned i = 0; i < nr; i++)
		arb_buf_free(&wrapped[i]);
}
