/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's bytes, each field of headers, keys and values on lines of its own with its name, from the field tables of the format. */
#include <config.h>
#include "arborist/base/le.h"
#include "arborist/format/extent.h"
#include "arborist/format/fields.h"
#include "arborist/format/key_type.h"
#include "arborist/session/describe.h"

#define ROW 16

void describe_bytes(struct arb_buf *out, const uint8_t *p, size_t at, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i += ROW) {
		size_t m = n - i < ROW ? n - i : ROW;

		arb_buf_printf(out, "%06zx ", at + i);
		for (size_t j = 0; j < ROW; j++)
			if (j < m)
				arb_buf_printf(out, " %02x", p[i + j]);
			else
				arb_buf_puts(out, "   ");
		arb_buf_puts(out, "  |");
		for (size_t j = 0; j < m; j++)
			arb_buf_putc(out, p[i + j] >= 0x20 && p[i + j] < 0x7f ? (char)p[i + j] : '.');
		arb_buf_spaces(out, ROW - (unsigned)m);
		arb_buf_printf(out, "| %s\n", i ? "" : name);
	}
}

static void field_text(struct arb_buf *out, const struct fmt_field *f, const uint8_t *base)
{
	arb_buf_printf(out, "%s%s", out->len ? " " : "", f->name);
	if (f->kind == FMT_UINT)
		arb_buf_printf(out, f->bytes == 8 && !f->bits ? "=0x%llx" : "=%llu", (unsigned long long)fmt_get(f, base));
}

/* Who is told of the pieces, and which bset they are of. */
struct hex_sink {
	hex_fn		*piece;
	void		*arg;
	unsigned	bset;
};

static void hex_piece(const struct hex_sink *out, const uint8_t *p, size_t at, size_t n, const char *name)
{
	out->piece(out->arg, &(struct hex_piece){ .bset = out->bset, .at = at, .p = p, .n = n, .name = name });
}

/* What is covered by the table; returns where the next byte behind it stands. Fields that share their bytes share a line. */
static size_t hex_struct(const struct hex_sink *out, const uint8_t *raw, size_t base, size_t end, const struct fmt_struct *s, const char *prefix)
{
	size_t at = base;
	const char *before = prefix;

	for (unsigned i = 0; s && i < s->nr; ) {
		const struct fmt_field *f = &s->field[i];
		ARB_BUF(text);
		ARB_BUF(name);

		if (base + f->offset + f->bytes > end)
			break;
		if (base + f->offset > at)
			hex_piece(out, raw + at, at, base + f->offset - at, "(unused)");
		for (; i < s->nr && s->field[i].offset == f->offset && s->field[i].bytes == f->bytes; i++)
			field_text(&text, &s->field[i], raw + base);
		arb_buf_printf(&name, "%s%s", before, arb_buf_str(&text));
		if (base + f->offset >= at) {
			hex_piece(out, raw + base + f->offset, base + f->offset, f->bytes, arb_buf_str(&name));
			at = base + f->offset + f->bytes;
		}
		before = "";
	}
	return at;
}

/* Entries of an extent or a btree pointer, each by its own table. */
static size_t hex_entries(const struct hex_sink *out, const uint8_t *raw, size_t value, size_t end, struct bkey_s k)
{
	static const char *const names[EXTENT_ENTRY_TYPE_NR] = { "ptr ", "crc32 ", "crc64 ", "crc128 ", "stripe_ptr ", "rebalance " };
	struct extent_entry e;
	unsigned word = 0;
	size_t at = value;

	while (extent_next_entry(&k, &word, &e) && e.type < EXTENT_ENTRY_TYPE_NR) {
		size_t from = value + 8 * (size_t)e.word, to = from + 8 * (size_t)e.words;

		if (to > end)
			break;
		if (from > at)
			at = hex_struct(out, raw, at, from, fmt_value(k.k.type), "");
		if (from > at)
			hex_piece(out, raw + at, at, from - at, "value");
		at = hex_struct(out, raw, from, to, fmt_extent_entry(e.first), names[e.type]);
		if (to > at)
			hex_piece(out, raw + at, at, to - at, "");
		at = to;
	}
	return at;
}

static void hex_value(const struct hex_sink *out, const uint8_t *raw, size_t value, size_t end, struct bkey_s k)
{
	size_t at = hex_entries(out, raw, value, end, k);

	if (at == value && fmt_value(k.k.type) && value + fmt_value(k.k.type)->bytes <= end)
		at = hex_struct(out, raw, at, end, fmt_value(k.k.type), "");
	if (at < end)
		hex_piece(out, raw + at, at, end - at, at == value ? "value" : "rest of the value");
}

static void hex_key(const struct hex_sink *out, const struct node *n, size_t at, size_t bytes, unsigned nr)
{
	const uint8_t *p = n->raw + at;
	size_t key = 8 * (size_t)bkey_packed_key_u64s(&n->h.format, p);
	const char *type = bkey_type_name(p[2]);
	struct bkey_s k;
	ARB_BUF(name);
	ARB_BUF(pos);

	arb_buf_printf(&name, "key %u (%s): ", nr, type ? type : "unknown type");
	if (bytes < 8 * (size_t)p[0] || key > bytes || !bkey_packed_u64s_ok(&n->h.format, p)) {
		arb_buf_puts(&name, "impossible length");
		hex_piece(out, p, at, bytes, arb_buf_str(&name));
		return;
	}
	k = (struct bkey_s){ bkey_unpack(&n->h.format, p), p + key };
	if (p[1] & 0x7f) {
		hex_struct(out, n->raw, at, at + key, &fmt_bkey, arb_buf_str(&name));
	} else {
		bpos_to_text(&pos, k.k.p);
		arb_buf_printf(&pos, " len %u, packed", k.k.size);
		hex_struct(out, n->raw, at, at + 3, &fmt_bkey_packed, arb_buf_str(&name));
		hex_piece(out, p + 3, at + 3, key - 3, arb_buf_str(&pos));
	}
	hex_value(out, n->raw, at + key, at + bytes, k);
}

static void hex_keys(const struct hex_sink *out, const struct node *n, const struct node_bset *b)
{
	size_t at = b->keys_offset, end = at + 8 * (size_t)b->h.u64s;

	if (end > n->raw_bytes)
		end = n->raw_bytes;
	for (unsigned i = 0; at + 8 <= end; i++) {
		size_t bytes = 8 * (size_t)n->raw[at];

		if (!bytes || bytes > end - at)
			bytes = end - at;
		hex_key(out, n, at, bytes, i);
		at += bytes;
	}
}

void describe_hex_pieces(const struct node *n, hex_fn *piece, void *arg)
{
	for (unsigned i = 0; i < n->nr_bsets; i++) {
		const struct node_bset *b = &n->bsets[i];
		struct hex_sink sink = { .piece = piece, .arg = arg, .bset = i };

		hex_struct(&sink, n->raw, b->offset, n->raw_bytes, i ? &fmt_node_entry : &fmt_node, "");
		hex_keys(&sink, n, b);
	}
}

struct hex_text { struct arb_buf *out; unsigned next; };

static void add_lines(void *arg, const struct hex_piece *x)
{
	struct hex_text *t = arg;

	for (; t->next <= x->bset; t->next++)
		arb_buf_printf(t->out, "-- bset %u\n", t->next);
	describe_bytes(t->out, x->p, x->at, x->n, x->name);
}

void describe_hex(struct arb_buf *out, const struct node *n)
{
	describe_hex_pieces(n, add_lines, &(struct hex_text){ .out = out });
}
