/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node or a key looks like, in words and in bytes. */
#include <config.h>
#include <stdio.h>
#include "arborist/format/key_type.h"
#include "arborist/session/describe.h"

static const char *severity_name(enum defect_severity s)
{
	static const char *const names[] = {
		[DEFECT_NOTE] = "note", [DEFECT_FIXABLE] = "repaired while reading", [DEFECT_WANT_RETRY] = "used as it is",
		[DEFECT_MUST_RETRY] = "unreadable", [DEFECT_BAD_NODE] = "unreadable", [DEFECT_INCOMPATIBLE] = "not understood",
	};

	return names[s];
}

void describe_defects(struct arb_buf *out, const struct defects *d)
{
	for (size_t i = 0; d && i < d->list.nr; i++) {
		const struct defect *x = &d->list.v[i];

		arb_buf_printf(out, "  ! %s", x->text ? x->text : "(out of memory)");
		if (x->dev != DEV_NONE)
			arb_buf_printf(out, " (device %u sector %llu byte %u)", x->dev, (unsigned long long)x->sector, x->offset);
		arb_buf_printf(out, ": %s\n", severity_name(x->severity));
	}
	if (d && d->dropped)
		arb_buf_printf(out, "  ! and %zu more\n", d->dropped);
}

void describe_key(struct arb_buf *out, const struct view *v, struct bkey_s k)
{
	struct key_text_ctx c = { .geo = &v->geo };

	bkey_to_text(out, &c, k);
	arb_buf_putc(out, '\n');
}

void describe_pointer(struct arb_buf *out, const struct view *v, const struct location *l)
{
	arb_buf_puts(out, "node ");
	btree_id_to_text(out, l->btree);
	arb_buf_printf(out, " level %u%s  ", l->level, l->level == l->root_level ? " (root)" : "");
	bpos_to_text(out, l->start);
	arb_buf_puts(out, " .. ");
	bpos_to_text(out, l->end);
	arb_buf_puts(out, "\npointer ");
	describe_key(out, v, bkey_buf_s(&l->ptr));
}

void describe_node(struct arb_buf *out, const struct view *v, const struct location *l)
{
	describe_pointer(out, v, l);
	if (!l->got.node) {
		arb_buf_puts(out, "this node cannot be read\n");
		describe_defects(out, l->got.defects);
		return;
	}
	node_to_text(out, &v->geo, l->got.node);
	if (out->len && out->s[out->len - 1] != '\n')
		arb_buf_putc(out, '\n');
	describe_defects(out, &l->got.node->defects);
}

void describe_bsets(struct arb_buf *out, const struct node *n)
{
	arb_buf_puts(out, "bset  offset   bytes    keys  u64s  journal_seq  version  csum\n");
	for (unsigned i = 0; i < n->nr_bsets; i++) {
		const struct node_bset *b = &n->bsets[i];
		const char *type = csum_type_name(b->h.csum_type);

		arb_buf_printf(out, "%4u  %7u  %7u  %5u  %4u  %11llu  %u.%-5u  %s %s%s%s\n", i, b->offset, b->bytes, b->nr_keys,
			       b->h.u64s, (unsigned long long)b->h.journal_seq, b->h.version >> 10, b->h.version & 1023,
			       type ? type : "?", b->csum_ok ? "ok" : "BAD", b->blacklisted ? ", blacklisted" : "",
			       b->used ? "" : ", not used");
	}
}

void describe_format(struct arb_buf *out, const struct node *n)
{
	static const char *const names[BKEY_FIELDS] = { "inode", "offset", "snapshot", "size", "version_hi", "version_lo" };
	const struct bkey_format *f = &n->h.format;

	bkey_format_to_text(out, f);
	arb_buf_printf(out, "\npacked keys take %u words (unpacked: %u)\n", f->key_u64s, BKEY_U64s);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		arb_buf_printf(out, "  %-10s  %2u bits, added to %llu\n", names[i], f->bits[i], (unsigned long long)f->offset[i]);
}

/* Fields of the headers (format-btree.md 6): offset and bytes. */
struct field {
	unsigned offset, bytes;
	const char *name;
};
static const struct field node_fields[] = {
	{ 0, 16, "csum" }, { 16, 8, "magic" }, { 24, 8, "flags" }, { 32, 20, "min_key" }, { 52, 20, "max_key" },
	{ 72, 8, "(unused)" }, { 80, 56, "format" }, { 136, 8, "bset.seq" }, { 144, 8, "bset.journal_seq" },
	{ 152, 4, "bset.flags" }, { 156, 2, "bset.version" }, { 158, 2, "bset.u64s" },
};
static const struct field entry_fields[] = {
	{ 0, 16, "csum" }, { 16, 8, "bset.seq" }, { 24, 8, "bset.journal_seq" }, { 32, 4, "bset.flags" },
	{ 36, 2, "bset.version" }, { 38, 2, "bset.u64s" },
};

static void hex_lines(struct arb_buf *out, const uint8_t *p, size_t at, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i += 16) {
		size_t m = n - i < 16 ? n - i : 16;

		arb_buf_printf(out, "%06zx ", at + i);
		for (size_t j = 0; j < 16; j++)
			if (j < m)
				arb_buf_printf(out, " %02x", p[i + j]);
			else
				arb_buf_puts(out, "   ");
		arb_buf_puts(out, "  |");
		for (size_t j = 0; j < m; j++)
			arb_buf_putc(out, p[i + j] >= 0x20 && p[i + j] < 0x7f ? (char)p[i + j] : '.');
		arb_buf_spaces(out, 16 - (unsigned)m);
		arb_buf_printf(out, "| %s\n", i ? "" : name);
	}
}

static void hex_fields(struct arb_buf *out, const struct node *n, size_t base, const struct field *f, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (base + f[i].offset + f[i].bytes <= n->raw_bytes)
			hex_lines(out, n->raw + base + f[i].offset, base + f[i].offset, f[i].bytes, f[i].name);
}

static void hex_keys(struct arb_buf *out, const struct node *n, const struct node_bset *b)
{
	size_t at = b->keys_offset, end = at + 8 * (size_t)b->h.u64s;

	if (end > n->raw_bytes)
		end = n->raw_bytes;
	for (unsigned i = 0; at + 8 <= end; i++) {
		size_t bytes = 8 * (size_t)n->raw[at];
		char name[80];

		if (!bytes || bytes > end - at)
			bytes = end - at;
		snprintf(name, sizeof(name), "key %u: u64s %u %s type %u", i, n->raw[at],
			 n->raw[at + 1] & 0x7f ? "unpacked" : "packed", n->raw[at + 2]);
		hex_lines(out, n->raw + at, at, bytes, name);
		at += bytes;
	}
}

void describe_hex(struct arb_buf *out, const struct node *n)
{
	for (unsigned i = 0; i < n->nr_bsets; i++) {
		const struct node_bset *b = &n->bsets[i];

		arb_buf_printf(out, "-- bset %u\n", i);
		if (i)
			hex_fields(out, n, b->offset, entry_fields, sizeof(entry_fields) / sizeof(entry_fields[0]));
		else
			hex_fields(out, n, b->offset, node_fields, sizeof(node_fields) / sizeof(node_fields[0]));
		hex_keys(out, n, b);
	}
}
