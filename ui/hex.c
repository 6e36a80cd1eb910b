/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hex dumps fitted to the width of a pane: 16 or 8 bytes a line, with or without characters, the bytes of each field in a
 * colour of their own. Lines come as "OFFSET  BYTES  |CHARACTERS| FIELD"; without a field they go on with the one before.
 */
#include <config.h>
#include "views.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUMP_BYTES 16

struct dump_line {
	unsigned long	offset;
	unsigned char	bytes[DUMP_BYTES];
	int		nr;
	const char	*field;		/* ends at '\n'; "" none */
};

/* False when the line is something else. */
static bool parse(const char *s, struct dump_line *ret)
{
	char *end;
	const char *bar = strchr(s, '|');
	size_t n = strcspn(s, "\n");

	ret->nr = 0;
	ret->offset = strtoul(s, &end, 16);
	if (end - s != 6 || !bar || bar > s + n || bar - s < 8)
		return false;
	for (const char *p = end; p < bar && ret->nr < DUMP_BYTES; p = end) {
		unsigned long b = strtoul(p, &end, 16);

		if (end == p || end > bar)
			break;
		ret->bytes[ret->nr++] = (unsigned char)b;
	}
	bar += 1 + ret->nr;		/* the characters; one of them may be a bar */
	bar = bar < s + n ? strchr(bar, '|') : NULL;
	ret->field = bar && bar < s + n ? bar + 1 + strspn(bar + 1, " ") : "";
	return ret->nr > 0;
}

static void row(struct arb_buf *out, const struct dump_line *d, int from, int per_row, bool chars)
{
	arb_buf_printf(out, "%06lx ", d->offset + (unsigned long)from);
	for (int i = from; i < from + per_row; i++)
		if (i < d->nr)
			arb_buf_printf(out, " %02x", d->bytes[i]);
		else if (chars)
			arb_buf_puts(out, "   ");
	if (chars)
		arb_buf_puts(out, "  |");
	for (int i = from; chars && i < from + per_row && i < d->nr; i++)
		arb_buf_putc(out, isprint(d->bytes[i]) && d->bytes[i] < 0x7f ? (char)d->bytes[i] : '.');
	if (chars)
		arb_buf_putc(out, '|');
}

static void styled(struct lines *to, enum style st, const char *text)
{
	lines_add(to, text);
	while (to->style.nr < to->start.nr) {
		uint8_t *p = arb_array_push(&to->style);

		if (!p)
			return;
		*p = (uint8_t)st;
	}
}

static void dump(struct lines *to, const struct dump_line *d, int width, enum style st)
{
	int per_row = width >= 7 + 3 * 16 ? 16 : 8;
	bool chars = width >= 7 + 3 * per_row + 4 + per_row + 14;	/* beside the name of the field */
	size_t n = strcspn(d->field, "\n");
	ARB_BUF(b);

	for (int i = 0; i < d->nr; i += per_row) {
		row(&b, d, i, per_row, chars);
		if (!i && n)
			arb_buf_printf(&b, "  %.*s", (int)n, d->field);
		arb_buf_putc(&b, '\n');
	}
	styled(to, st, arb_buf_str(&b));
}

void hex_fit(const struct lines *from, struct lines *to, int width)
{
	static const enum style fields[] = { STYLE_NORMAL, STYLE_FIELD_A, STYLE_FIELD_B, STYLE_FIELD_C };
	unsigned field = 0;

	lines_reset(to);
	for (size_t i = 0; i < from->start.nr; i++) {
		const char *s = lines_get(from, i);
		struct dump_line d;
		ARB_BUF(b);

		if (parse(s, &d)) {
			field += *d.field && *d.field != '\n';
			dump(to, &d, width, fields[field % 4]);
			continue;
		}
		arb_buf_mem(&b, s, strcspn(s, "\n"));
		arb_buf_putc(&b, '\n');
		styled(to, STYLE_STRONG, arb_buf_str(&b));
	}
}
