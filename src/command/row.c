/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of listings: values with names, and the sentences made of them. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "row.h"

void row_begin(struct row *r, struct command_ctx *c, const char *event)
{
	memset(r, 0, sizeof(*r));
	r->c = c;
	json_begin(&r->j);
	json_str(&r->j, "event", event);
}

static void line_begins(struct row *r)
{
	if (r->text.len)
		arb_buf_putc(&r->text, '\n');
}

void row_drop(struct row *r)
{
	json_free(&r->j);
	arb_buf_free(&r->values);
	arb_buf_free(&r->text);
}

void row_end(struct row *r)
{
	if (cmd_wants_events(r->c)) {
		if (r->text.len)
			json_str(&r->j, "text", arb_buf_str(&r->text));
		json_end(&r->j);
		cmd_event(r->c, &r->j);
	} else {
		cmd_text(r->c, arb_buf_str(&r->text));
	}
	row_drop(r);
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

static void remember(struct row *r, const char *name, bool yes, const char *text)
{
	if (r->nr == ROW_FIELDS_MAX)
		return;
	r->field[r->nr].name = name;
	r->field[r->nr].yes = yes;
	r->field[r->nr++].at = r->values.len;
	arb_buf_mem(&r->values, text, strlen(text) + 1);
}

void row_str(struct row *r, const char *name, const char *value)
{
	json_str(&r->j, name, value);
	remember(r, name, value && *value, value ? value : "");
}

void row_word(struct row *r, const char *name, const char *value)
{
	json_str(&r->j, name, value);
	remember(r, name, *value, cmd_wants_events(r->c) ? value : tr(value));
}

void row_u64(struct row *r, const char *name, uint64_t value)
{
	char text[24];

	json_u64(&r->j, name, value);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	remember(r, name, value, text);
}

void row_s64(struct row *r, const char *name, int64_t value)
{
	char text[24];

	json_s64(&r->j, name, value);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	remember(r, name, value, text);
}

void row_bytes(struct row *r, const char *name, uint64_t bytes)
{
	ARB_BUF(b);

	json_u64(&r->j, name, bytes);
	text_human_bytes(&b, bytes);
	remember(r, name, bytes, arb_buf_str(&b));
}

void row_hex(struct row *r, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llx", (unsigned long long)value);
	row_str(r, name, text);
}

void row_f3(struct row *r, const char *name, double value)
{
	char text[48];

	json_f3(&r->j, name, value);
	snprintf(text, sizeof(text), "%.3f", value);
	remember(r, name, value > 0, text);
}

void row_bool(struct row *r, const char *name, bool value)
{
	json_bool(&r->j, name, value);
	remember(r, name, value, value ? "yes" : "no");
}

void row_pos(struct row *r, const char *name, struct bpos pos)
{
	ARB_BUF(b);

	bpos_to_text(&b, pos);
	row_str(r, name, arb_buf_str(&b));
}

void row_btree(struct row *r, const char *name, unsigned btree)
{
	ARB_BUF(b);

	btree_id_to_text(&b, btree);
	row_str(r, name, arb_buf_str(&b));
}

void row_place(struct row *r, unsigned btree, unsigned level, struct bpos pos)
{
	row_btree(r, "btree", btree);
	row_u64(r, "level", level);
	row_pos(r, "pos", pos);
}

/* --- sentences -------------------------------------------------------------------------------------------------------- */

static const char *closing(const char *p)
{
	unsigned depth = 1;

	for (; *p; p++) {
		depth += *p == '{';
		depth -= *p == '}';
		if (!depth)
			break;
	}
	return p;
}

static int field_named(const struct row *r, const char *name, size_t n)
{
	for (unsigned i = 0; i < r->nr; i++)
		if (strlen(r->field[i].name) == n && !memcmp(r->field[i].name, name, n))
			return (int)i;
	return -1;
}

static void put_padded(struct arb_buf *out, const char *s, int width)
{
	int blanks = abs(width);

	for (const char *p = s; *p && blanks; p++)
		blanks -= ((unsigned char)*p & 0xc0) != 0x80;	/* code points */
	if (width > 0)
		arb_buf_spaces(out, (unsigned)blanks);
	arb_buf_puts(out, s);
	if (width < 0)
		arb_buf_spaces(out, (unsigned)blanks);
}

/* A name that is none of the row's stands there as it was written: it is a mistake, to be seen. */
static void put_sentence(struct row *r, const char *p, const char *end)
{
	while (p < end) {
		const char *close = *p == '{' ? closing(p + 1) : NULL;
		size_t n = close ? strcspn(p + 1, ":?!}") : 0;
		int i = close ? field_named(r, p + 1, n) : -1;
		const char *how = p + 1 + n;

		if (i < 0) {
			arb_buf_putc(&r->text, *p++);
			continue;
		}
		if (*how == '?' || *how == '!') {
			if (r->field[i].yes == (*how == '?'))
				put_sentence(r, how + 1, close);
		} else {
			put_padded(&r->text, r->values.s ? r->values.s + r->field[i].at : "", *how == ':' ? (int)strtol(how + 1, NULL, 10) : 0);
		}
		p = close + (*close == '}');
	}
}

static void say(struct row *r, const char *line)
{
	line_begins(r);
	put_sentence(r, line, line + strlen(line));
}

static const char *in_language(const struct row *r, const char *words)
{
	return cmd_wants_events(r->c) ? words : tr(words);
}

static const char *one_of(const struct row *r, const char *one, const char *many, uint64_t n)
{
	return !cmd_wants_events(r->c) ? P_(one, many, n) : n == 1 ? one : many;
}

static void say_on(struct row *r, const char *words)
{
	put_sentence(r, words, words + strlen(words));
}

void row_say(struct row *r, const char *line)
{
	say(r, in_language(r, line));
}

void row_on(struct row *r, const char *words)
{
	say_on(r, in_language(r, words));
}

void row_say_nr(struct row *r, const char *one, const char *many, uint64_t n)
{
	say(r, one_of(r, one, many, n));
}

void row_on_nr(struct row *r, const char *one, const char *many, uint64_t n)
{
	say_on(r, one_of(r, one, many, n));
}

void row_text(struct row *r, const char *text)
{
	size_t n = strlen(text);

	while (n && text[n - 1] == '\n')
		n--;
	line_begins(r);
	arb_buf_mem(&r->text, text, n);
}

void row_indented(struct row *r, const char *text, const char *indent)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		line_begins(r);
		arb_buf_puts(&r->text, indent);
		arb_buf_mem(&r->text, text, n);
		text += n + (text[n] == '\n');
	}
}

void row_line(struct row *r, const char *fmt, ...)
{
	va_list ap;

	line_begins(r);
	va_start(ap, fmt);
	arb_buf_vprintf(&r->text, tr(fmt), ap);
	va_end(ap);
}
