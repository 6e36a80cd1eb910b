/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A journal entry as the reference's list_journal prints it. */
#include <stdlib.h>
#include "internal.h"

#define INDENT 4

typedef unsigned long long ull;

/* Entries that do not count are marked: a word in the first line, a star where the others begin. */
static bool is_marked(const struct journal *j, const struct journal_entry *e)
{
	return e->use == JOURNAL_NO_FLUSH_LOST || e->use == JOURNAL_TORN || e->use == JOURNAL_BLACKLISTED || blacklist_has(j, e->seq);
}

static void head_text(struct arb_buf *out, const struct fs_geometry *geo, const struct journal *j, const struct journal_entry *e)
{
	arb_buf_printf(out, "%sjournal entry     %llu\n", is_marked(j, e) ? "blacklisted " : "", (ull)e->seq);
	arb_buf_printf(out, "  version         %u\n  last seq        ", e->version);
	arb_buf_printf(out, j->locked ? "(locked)" : "%llu", (ull)e->last_seq);
	arb_buf_printf(out, "\n  flush           %u\n  written at      ", !e->no_flush);
	for (unsigned i = 0; i < e->nr_copies; i++) {
		const struct journal_copy *c = &j->copies.v[e->first_copy + i];
		const struct member_geometry *m = geometry_member(geo, c->dev);

		arb_buf_printf(out, "%s%u:%u:%u (sector %llu)", i ? " " : "", c->dev, c->ring, c->offset,
			       (ull)(m ? c->bucket * m->bucket_size + c->offset : 0));
	}
	arb_buf_putc(out, '\n');
}

static void body_text(struct arb_buf *out, const struct key_text_ctx *c, const uint8_t *jset, size_t n)
{
	struct jset_header h = jset_header_get(jset);
	size_t bytes = jset_bytes(&h), cursor = 0;
	struct jset_entry e;
	bool bad;

	bytes = (bytes < n ? bytes : n) - JSET_HEADER_BYTES;
	while (jset_entry_next(jset + JSET_HEADER_BYTES, bytes, &cursor, &e, &bad)) {
		if (jset_entry_begins_transaction(&e))
			arb_buf_putc(out, '\n');
		arb_buf_spaces(out, INDENT);
		jset_entry_to_text(out, c, &e);
		arb_buf_putc(out, '\n');
	}
	if (bad)
		arb_buf_printf(out, "    (the last %zu bytes are not an entry)\n", bytes - cursor);
}

static void star_lines(struct arb_buf *out, size_t from)
{
	for (size_t i = from; i < out->len; i++)
		if (out->s[i] == ' ' && (i == from || out->s[i - 1] == '\n'))
			out->s[i] = '*';
}

enum arb_code journal_entry_to_text(struct arb_buf *out, struct devset *devs, const struct fs_geometry *geo,
				    const struct journal *j, const struct journal_entry *e, unsigned key_text_flags, struct arb_error *err)
{
	struct key_text_ctx c = { .geo = geo, .flags = key_text_flags, .indent = INDENT };
	size_t from = out->len, n;
	enum arb_code ret;
	uint8_t *bytes;

	head_text(out, geo, j, e);
	if (j->locked) {
		arb_buf_puts(out, "    (encrypted: locked)\n");
		return ARB_OK;
	}
	ret = journal_entry_bytes(devs, j, e, &bytes, &n, err);
	if (ret)
		return ret;
	body_text(out, &c, bytes, n);
	free(bytes);
	if (is_marked(j, e))
		star_lines(out, from);
	return ARB_OK;
}
