/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "arborist/base/json.h"
#include "arborist/base/text.h"
#include "utf8.h"

#define DEPTH_MAX 63

static void put_char(struct arb_buf *out, const uint8_t *p, unsigned len, uint32_t c)
{
	if (c == '"' || c == '\\')
		arb_buf_printf(out, "\\%c", (int)c);
	else if (!utf8_unsafe(c))
		arb_buf_mem(out, p, len);
	else if (c < 0x10000)
		arb_buf_printf(out, "\\u%04" PRIx32, c);
	else
		arb_buf_printf(out, "\\u%04" PRIx32 "\\u%04" PRIx32,
			       0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void put_string(struct arb_buf *out, const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t n = strlen(s);

	arb_buf_putc(out, '"');
	while (n) {
		size_t plain = ascii_plain(p, n);
		uint32_t c;
		unsigned len;

		arb_buf_mem(out, p, plain);
		p += plain;
		n -= plain;
		if (!n)
			break;
		len = utf8_next(p, n, &c);

		if (len) {
			put_char(out, p, len, c);
		} else {	/* the \xHH of the text gate; its backslash is escaped once more for JSON */
			arb_buf_putc(out, '\\');
			text_gate(out, p, 1, TEXT_ASCII);
			len = 1;
		}
		p += len;
		n -= len;
	}
	arb_buf_putc(out, '"');
}

static void begin_value(struct json *j, const char *name)
{
	uint64_t bit = 1ull << (j->depth < DEPTH_MAX ? j->depth : DEPTH_MAX);

	if (!(j->first & bit))
		arb_buf_putc(&j->out, ',');
	j->first &= ~bit;
	if (name) {
		put_string(&j->out, name);
		arb_buf_putc(&j->out, ':');
	}
}

static void open_level(struct json *j, char bracket)
{
	arb_buf_putc(&j->out, bracket);
	j->depth++;
	if (j->depth <= DEPTH_MAX)
		j->first |= 1ull << j->depth;
}

static void close_level(struct json *j, char bracket)
{
	arb_buf_putc(&j->out, bracket);
	if (j->depth)
		j->depth--;
}

void json_begin(struct json *j)
{
	if (!j->depth)
		j->first = 1;
	open_level(j, '{');
}

void json_end(struct json *j)
{
	close_level(j, '}');
}

void json_array(struct json *j, const char *name)
{
	begin_value(j, name);
	open_level(j, '[');
}

void json_array_end(struct json *j)
{
	close_level(j, ']');
}

void json_object(struct json *j, const char *name)
{
	begin_value(j, name);
	open_level(j, '{');
}

void json_object_end(struct json *j)
{
	close_level(j, '}');
}

void json_str(struct json *j, const char *name, const char *value)
{
	begin_value(j, name);
	if (value)
		put_string(&j->out, value);
	else
		arb_buf_puts(&j->out, "null");
}

void json_u64(struct json *j, const char *name, uint64_t value)
{
	begin_value(j, name);
	arb_buf_printf(&j->out, "%" PRIu64, value);
}

void json_s64(struct json *j, const char *name, int64_t value)
{
	begin_value(j, name);
	arb_buf_printf(&j->out, "%" PRId64, value);
}

/* By hand: printf would take the decimal point of the locale. */
void json_f3(struct json *j, const char *name, double value)
{
	double magnitude = fabs(value) * 1000 + 0.5;
	uint64_t milli;

	begin_value(j, name);
	if (!(magnitude < 1e18)) {
		arb_buf_puts(&j->out, "null");
		return;
	}
	milli = (uint64_t)magnitude;
	arb_buf_printf(&j->out, "%s%" PRIu64 ".%03u", value < 0 && milli ? "-" : "", milli / 1000, (unsigned)(milli % 1000));
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin_value(j, name);
	arb_buf_puts(&j->out, value ? "true" : "false");
}

void json_free(struct json *j)
{
	arb_buf_free(&j->out);
	*j = (struct json){ 0 };
}
