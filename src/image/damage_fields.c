/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to one member of a structure that a field table describes, with or without a right checksum: superblocks and the journal. */
#include "damage_do.h"

#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

static enum arb_code no_field(struct damage *d)
{
	return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no %s to damage here", d->change.field);
}

/* "PREFIX.NAME": the name, or NULL. */
static const char *after(const char *field, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(field, prefix, n) && field[n] == '.' ? field + n + 1 : NULL;
}

/* ---- superblocks */

/* Structures in sections: the first of the array, of devices one by chance. */
static const struct { const char *prefix; const struct fmt_struct *s; int section; unsigned at; } sections[] = {
	{ "layout", &fmt_sb_layout, -1, 240 },
	{ "member", &fmt_member, SB_FIELD_members_v2, 16 },
	{ "member_v1", &fmt_member, SB_FIELD_members_v1, 8 },
	{ "crypt", &fmt_sb_crypt, SB_FIELD_crypt, 0 },
	{ "clean", &fmt_sb_clean, SB_FIELD_clean, 0 },
	{ "ext", &fmt_sb_ext, SB_FIELD_ext, 0 },
	{ "group", &fmt_sb_group, SB_FIELD_disk_groups, 8 },
	{ "blacklist", &fmt_sb_blacklist, SB_FIELD_journal_seq_blacklist, 8 },
	{ "error", &fmt_sb_error, SB_FIELD_errors, 8 },
	{ "downgrade", &fmt_sb_downgrade, SB_FIELD_downgrade, 8 },
	{ "quota", &fmt_sb_quota, SB_FIELD_quota, 8 },
	{ "journal", &fmt_sb_journal_v2, SB_FIELD_journal_v2, 8 },
};

/* The header of a section: "section.NAME.u64s"; or any byte of it: "section.NAME.byte[9]". */
static uint8_t *find_section_header(struct damage *d, struct sb *sb, const struct fmt_field **f)
{
	const char *name = after(d->change.field, "section"), *member;

	for (unsigned type = 0; name && type < SB_FIELD_NR; type++) {
		size_t bytes;
		const uint8_t *p = sb_field(sb, type, &bytes);

		if (p && (member = after(name, sb_field_name(type))) &&
		    ((*f = fmt_field(&fmt_sb_section, member)) || (*f = change_anywhere(d, member, bytes))))
			return sb->raw + (p - sb->raw);
	}
	return NULL;
}

static uint8_t *find_in_section(struct damage *d, struct sb *sb, unsigned i, const struct fmt_field **f)
{
	const char *name = after(d->change.field, sections[i].prefix);
	size_t bytes = sb->bytes, at = sections[i].at;
	const uint8_t *p = sb->raw;

	*f = name ? fmt_field(sections[i].s, name) : NULL;
	*f = name && !*f ? change_anywhere(d, name, sections[i].s->bytes) : *f;
	if (*f && sections[i].section >= 0)
		p = sb_field(sb, sections[i].section, &bytes);
	if (!*f || !p)
		return NULL;
	if (sections[i].section == SB_FIELD_members_v2 && sb->nr_devices)
		at += d->change.random % sb->nr_devices * (bytes >= 18 ? le16_get(p + 8) : 0);
	if (at + (*f)->offset + (*f)->bytes > bytes)
		return NULL;
	return sb->raw + (p - sb->raw) + at;
}

static uint8_t *find_in_sb(struct damage *d, struct sb *sb, const struct fmt_field **f)
{
	uint8_t *p = NULL;

	*f = fmt_field(&fmt_sb, d->change.field);
	if (*f || (*f = change_anywhere(d, d->change.field, sb->bytes)))
		return sb->raw;
	for (unsigned i = 0; !p && i < sizeof(sections) / sizeof(sections[0]); i++)
		p = find_in_section(d, sb, i, f);
	return p ? p : find_section_header(d, sb, f);
}

static enum arb_code change_copy(struct damage *d, struct device *dev, const struct sb_copy *copy, unsigned *changed)
{
	const struct fmt_field *f;
	uint8_t *base;
	struct sb sb;
	enum arb_code c = ARB_OK;

	if (sb_dup(&copy->sb, &sb))
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for a superblock");
	base = find_in_sb(d, &sb, &f);
	if (base && change_apply(&d->change, f, base)) {
		if (!d->change.raw && strcmp(d->change.field, "csum"))
			sb_checksum(&sb);
		c = blk_write(dev->blk, copy->sector << 9, sb.raw, sb.bytes, d->err);
		++*changed;
	}
	sb_free(&sb);
	return c;
}

enum arb_code damage_do_sb_field(struct damage *d, int arg)
{
	enum arb_code c = ARB_OK;
	unsigned changed = 0;

	(void)arg;
	for (unsigned i = 0; !c && i < SB_MEMBERS_MAX; i++) {
		struct device *dev = d->v->devs->dev[i];

		for (size_t n = 0; !c && dev && n < dev->copies.nr && !(changed && d->change.one); n++)
			if (sb_copy_good(&dev->copies.v[n]))
				c = change_copy(d, dev, &dev->copies.v[n], &changed);
	}
	if (d->done)
		arb_buf_printf(d->done, "superblock %s: %u copies\n", d->change.field, changed);
	return c ? c : changed ? ARB_OK : no_field(d);
}

/* ---- the journal */

/*
 * The last record of the type that the name begins with: its header ("btree_root.level"), what is after it ("clock.rw"), or the
 * key there ("btree_keys.key.u64s").
 */
static uint8_t *find_record(struct damage *d, uint8_t *entries, size_t n, const struct fmt_field **f)
{
	struct jset_entry e;
	size_t cursor = 0;
	uint8_t *found = NULL;
	bool bad;

	while (jset_entry_next(entries, n, &cursor, &e, &bad)) {
		const char *type = jset_entry_type_name(e.type), *name = type ? after(d->change.field, type) : NULL;
		const struct fmt_struct *s = fmt_jset_payload(e.type);
		uint8_t *payload = entries + (e.payload - entries);

		if (!name)
			continue;
		if ((*f = fmt_field(&fmt_jset_entry, name)) || (*f = change_anywhere(d, name, JSET_ENTRY_HEADER_BYTES + e.bytes)))
			found = payload - JSET_ENTRY_HEADER_BYTES;
		else if (s && (*f = fmt_field(s, name)) && (*f)->offset + (*f)->bytes <= e.bytes)
			found = payload;
		else if (e.bytes >= BKEY_BYTES && after(name, "key") && (*f = fmt_field(&fmt_bkey, after(name, "key"))))
			found = payload;
	}
	return found;
}

static enum arb_code change_jset(struct damage *d, const struct journal_copy *copy, unsigned *changed)
{
	struct blk *blk = d->v->devs->dev[copy->dev]->blk;
	uint64_t at = (copy->bucket * d->v->geo.member[copy->dev].bucket_size + copy->offset) << 9;
	size_t bytes = (size_t)copy->sectors << 9, used;
	const struct fmt_field *f = fmt_field(&fmt_jset, d->change.field);
	uint8_t *raw = malloc(bytes), *base = raw;
	struct jset_header h;
	enum arb_code c = raw ? blk_read(blk, at, raw, bytes, d->err) : arb_fail(d->err, ARB_E_NOMEM, "no memory for a journal entry");

	if (!c) {
		h = jset_header_get(raw);
		used = jset_bytes(&h) <= bytes ? jset_bytes(&h) : bytes;
		f = f ? f : change_anywhere(d, d->change.field, used);
		if (!f)
			base = find_record(d, raw + JSET_HEADER_BYTES, used - JSET_HEADER_BYTES, &f);
		if (base && change_apply(&d->change, f, base)) {
			h = jset_header_get(raw);
			if (!d->change.raw && f->kind != FMT_CSUM && csum_type_known(h.csum_type))
				csum_put(raw, csum_compute(h.csum_type, raw + 16, (jset_bytes(&h) <= bytes ? jset_bytes(&h) : used) - 16));
			c = blk_write(blk, at, raw, bytes, d->err);
			++*changed;
		}
	}
	free(raw);
	return c;
}

/* The newest entry that is replayed, or the newest of all, in all its copies with a good checksum. */
enum arb_code damage_do_jset_field(struct damage *d, int arg)
{
	struct journal *j = d->v->journal;
	const struct journal_entry *e = NULL;
	unsigned changed = 0;
	enum arb_code c = journal_index(j, d->v->devs, &d->v->geo, d->v->workers, d->err);

	(void)arg;
	for (size_t i = 0; !c && i < j->entries.nr; i++)
		if (j->entries.v[i].good && (j->entries.v[i].use == JOURNAL_REPLAY || !e || e->use != JOURNAL_REPLAY))
			e = &j->entries.v[i];
	for (unsigned i = 0; !c && e && i < e->nr_copies && !(changed && d->change.one); i++)
		if (j->copies.v[e->first_copy + i].csum_ok)
			c = change_jset(d, &j->copies.v[e->first_copy + i], &changed);
	if (d->done && e)
		arb_buf_printf(d->done, "journal entry %llu, %s: %u copies\n", (unsigned long long)e->seq, d->change.field, changed);
	return c ? c : changed ? ARB_OK : no_field(d);
}
