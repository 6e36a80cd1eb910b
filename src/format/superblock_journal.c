/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections about the journal: where its buckets are, which sequence numbers do not count, the clean section. */
#include "superblock_internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/jset.h"

/* ---- buckets */

/* The ring as ranges: journal_v2 as it stands, journal as ranges of one. */
static size_t ring_nr(const struct sb_section *s)
{
	return s->type == SB_FIELD_journal_v2 ? (s->bytes - 8) / 16 : (s->bytes - 8) / 8;
}

static struct seq_range ring_range(const struct sb_section *s, size_t i)
{
	const uint8_t *p = s->p + 8 + i * (s->type == SB_FIELD_journal_v2 ? 16 : 8);
	uint64_t start = le64_get(p), nr = s->type == SB_FIELD_journal_v2 ? le64_get(p + 8) : 1;

	return (struct seq_range){ start, start + nr < start ? start : start + nr };
}

static int cmp_range(const void *a, const void *b)
{
	const struct seq_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

void sb_check_journal(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	size_t nr = ring_nr(s);
	const char *name = sb_section_ops[s->type].name;
	struct seq_range *r = calloc(nr + 1, sizeof(*r));
	struct sb_member m;

	if (!r || !sb_member_get(sb, sb->dev_idx, &m)) {
		free(r);
		return;
	}
	for (size_t i = 0; i < nr; i++)
		r[i] = ring_range(s, i);
	qsort(r, nr, sizeof(*r), cmp_range);
	for (size_t i = 0; i < nr; i++) {
		if (r[i].start == r[i].end)
			sb_refuse(d, "arborist_sb_journal", "%s: empty range at bucket %" PRIu64, name, r[i].start);
		else if (!r[i].start || r[i].start < m.first_bucket || r[i].end > m.nbuckets)
			sb_refuse(d, "arborist_sb_journal", "%s: bucket %" PRIu64 " is outside of the device", name,
				  r[i].end > m.nbuckets ? r[i].end - 1 : r[i].start);
		else if (i && r[i].start < r[i - 1].end)
			sb_refuse(d, "arborist_sb_journal", "%s: bucket %" PRIu64 " stands there twice", name,
				  r[i].start);
	}
	free(r);
}

enum arb_code sb_journal_buckets(const struct sb *sb, uint64_t **ret, size_t *ret_nr, struct arb_error *err)
{
	struct sb_section s = { .type = SB_FIELD_journal_v2 };
	struct sb_member m = { 0 };
	uint64_t total = 0;
	size_t at = 0;

	*ret = NULL;
	*ret_nr = 0;
	s.p = sb_field(sb, SB_FIELD_journal_v2, &s.bytes);
	if (!s.p) {
		s.type = SB_FIELD_journal;
		s.p = sb_field(sb, SB_FIELD_journal, &s.bytes);
	}
	if (!s.p || !sb_member_get(sb, sb->dev_idx, &m))
		return ARB_OK;
	for (size_t i = 0; i < ring_nr(&s); i++) {
		struct seq_range r = ring_range(&s, i);

		if (r.end > m.nbuckets || (total += r.end - r.start) > m.nbuckets)
			return arb_fail(err, ARB_E_SB_INVALID, "journal buckets of member %u lie outside of the device",
					sb->dev_idx);
	}
	*ret = calloc(total + 1, sizeof(**ret));
	if (!*ret)
		return arb_fail(err, ARB_E_NOMEM, "no memory for %" PRIu64 " journal buckets", total);
	for (size_t i = 0; i < ring_nr(&s); i++)
		for (uint64_t b = ring_range(&s, i).start; b < ring_range(&s, i).end; b++)
			(*ret)[at++] = b;
	*ret_nr = at;
	return ARB_OK;
}

void sb_text_journal(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	(void)sb;
	arb_buf_puts(out, "Buckets: ");
	for (size_t i = 0; i < ring_nr(s); i++) {
		struct seq_range r = ring_range(s, i);

		if (s->type == SB_FIELD_journal_v2)
			arb_buf_printf(out, " %" PRIu64 "-%" PRIu64, r.start, r.end);
		else
			arb_buf_printf(out, " %" PRIu64, r.start);
	}
	arb_buf_putc(out, '\n');
}

/* ---- blacklist */

static struct seq_range blacklist_entry(const uint8_t *section, size_t i)
{
	return (struct seq_range){ le64_get(section + 8 + 16 * i), le64_get(section + 16 + 16 * i) };
}

void sb_check_blacklist(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	struct seq_range r, prev = { 0, 0 };

	(void)sb;
	for (size_t i = 0; i < (s->bytes - 8) / 16; i++, prev = r) {
		r = blacklist_entry(s->p, i);
		if (r.start >= r.end)
			sb_refuse(d, "arborist_sb_blacklist",
				  "blacklist entry %zu: start %" PRIu64 " is not below end %" PRIu64, i, r.start, r.end);
		else if (i && prev.end > r.start)
			sb_refuse(d, "arborist_sb_blacklist", "blacklist entries %zu and %zu are out of order", i - 1, i);
	}
}

void sb_text_blacklist(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	(void)sb;
	for (size_t i = 0; i < (s->bytes - 8) / 16; i++) {
		struct seq_range r = blacklist_entry(s->p, i);

		arb_buf_printf(out, "%s%" PRIu64 "-%" PRIu64, i ? " " : "", r.start, r.end);
	}
	arb_buf_putc(out, '\n');
}

enum arb_code sb_blacklist(const struct sb *sb, struct seq_range **ret, size_t *ret_nr)
{
	size_t bytes;
	const uint8_t *p = sb_field(sb, SB_FIELD_journal_seq_blacklist, &bytes);

	*ret_nr = p ? (bytes - 8) / 16 : 0;
	*ret = NULL;
	if (!*ret_nr)
		return ARB_OK;
	*ret = calloc(*ret_nr, sizeof(**ret));
	if (!*ret)
		return ARB_E_NOMEM;
	for (size_t i = 0; i < *ret_nr; i++)
		(*ret)[i] = blacklist_entry(p, i);
	return ARB_OK;
}

/* Sorts and joins ranges that touch; returns how many are left. */
static size_t merge_ranges(struct seq_range *r, size_t nr)
{
	size_t to = 0;

	qsort(r, nr, sizeof(*r), cmp_range);
	for (size_t i = 0; i < nr; i++) {
		if (r[i].start >= r[i].end)
			continue;
		if (to && r[i].start <= r[to - 1].end) {
			if (r[i].end > r[to - 1].end)
				r[to - 1].end = r[i].end;
		} else {
			r[to++] = r[i];
		}
	}
	return to;
}

enum arb_code sb_blacklist_add(struct sb *sb, struct seq_range add, struct arb_error *err)
{
	struct seq_range *old, *all;
	size_t nr;
	uint8_t *p = NULL;
	enum arb_code c = sb_blacklist(sb, &old, &nr);

	all = c ? NULL : realloc(old, (nr + 1) * sizeof(*all));
	if (!all) {
		free(c ? NULL : old);
		return arb_fail(err, ARB_E_NOMEM, "no memory for the journal blacklist");
	}
	all[nr] = add;
	nr = merge_ranges(all, nr + 1);
	p = sb_field_resize(sb, SB_FIELD_journal_seq_blacklist, 8 + 16 * nr);
	for (size_t i = 0; p && i < nr; i++) {
		le64_put(p + 8 + 16 * i, all[i].start);
		le64_put(p + 16 + 16 * i, all[i].end);
	}
	free(all);
	if (!p)
		return arb_fail(err, ARB_E_NO_ROOM, "no room in the superblock for the journal blacklist");
	sb_fixed_set(sb, "features[0]", sb->features[0] | 1u << 5);
	return ARB_OK;
}

/* ---- clean section */

void sb_check_clean(const struct sb *sb, const struct sb_section *s, struct defects *d)
{
	struct jset_entry e;
	size_t cursor = 0;
	bool bad = false;

	(void)sb;
	while (jset_entry_next(s->p + 24, s->bytes - 24, &cursor, &e, &bad))
		;
	if (bad)
		defects_add(d, 267, DEFECT_MUST_RETRY, "section clean: an entry goes past the end");
}

bool sb_clean(const struct sb *sb, uint64_t *ret_journal_seq, const uint8_t **ret_entries, size_t *ret_bytes)
{
	size_t bytes;
	const uint8_t *p = sb_field(sb, SB_FIELD_clean, &bytes);

	if (!p || bytes < 24)
		return false;
	*ret_journal_seq = le64_get(p + 16);
	*ret_entries = p + 24;
	*ret_bytes = bytes - 24;
	return true;
}

void sb_text_clean(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	struct key_text_ctx ctx = { .flags = KEY_TEXT_NO_FS | KEY_TEXT_RAW_NAMES };
	struct jset_entry e;
	size_t cursor = 0;
	bool bad;

	(void)sb;
	arb_buf_printf(out, "flags:          %" PRIx32 "\n", le32_get(s->p + 8));
	arb_buf_printf(out, "journal_seq:    %" PRIu64 "\n", le64_get(s->p + 16));
	while (jset_entry_next(s->p + 24, s->bytes - 24, &cursor, &e, &bad)) {
		if (e.type == JSET_btree_keys && !e.bytes)
			continue;
		jset_entry_to_text(out, &ctx, &e);
		arb_buf_putc(out, '\n');
	}
}
