/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the journal: scan, index, choice, replay into the overlay; or the clean section instead. */
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* A clean filesystem's ring beyond this size is scanned only when somebody wants to see it. */
#define SCAN_CLEAN_BYTES (256ull << 20)

static void device_free(struct journal_device *d)
{
	free(d->buckets);
	free(d->bucket_seq);
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		device_free(&j->dev[i]);
	arb_array_free(&j->entries);
	arb_array_free(&j->copies);
	arb_array_free(&j->impossible);
	free(j->blacklist);
	defects_free(&j->defects);
	free(j);
}

static enum arb_code load_blacklist(struct journal *j, const struct sb *sb, struct arb_error *err)
{
	struct seq_range *v = NULL;
	size_t nr = 0;
	enum arb_code ret = sb_blacklist(sb, &v, &nr);

	if (ret)
		return arb_fail(err, ret, "no memory for the journal's blacklist");
	for (size_t i = 0; i < nr && !ret; i++)
		ret = blacklist_add(j, v[i].start, v[i].end, err);
	free(v);
	return ret;
}

/* Every root that @a names stands in @b as well; *ret_nr: how many there are. */
static bool roots_within(const uint8_t *a, size_t na, const uint8_t *b, size_t nb, size_t *ret_nr)
{
	struct jset_entry x, y;
	size_t at = 0;
	bool bad, found = true;

	for (*ret_nr = 0; found && jset_entry_next(a, na, &at, &x, &bad);) {
		size_t other = 0;

		if (x.type != JSET_btree_root)
			continue;
		++*ret_nr;
		for (found = false; !found && jset_entry_next(b, nb, &other, &y, &bad);)
			found = y.type == x.type && y.btree == x.btree && y.level == x.level && y.bytes == x.bytes &&
				!memcmp(y.payload, x.payload, x.bytes);
	}
	return found;
}

static enum arb_code no_part(void *arg, const struct jset_entry *e, const struct bkey_s *k, uint32_t word)
{
	(void)arg, (void)e, (void)k, (void)word;
	return ARB_OK;
}

static bool parts_sound(const struct fs_geometry *geo, const uint8_t *bytes, size_t n)
{
	struct defects d = { 0 };
	bool sound = !jset_walk(geo, bytes, n, &d, no_part, NULL) && !d.list.nr && !d.dropped;

	defects_free(&d);
	return sound;
}

/* Recovery would go by the entry, not by the section, once the superblock no longer says clean. */
static enum arb_code compare_clean(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct arb_error *err)
{
	const struct journal_entry *e = journal_find(j, j->replay_last);
	size_t n, section_n, nr, section_nr;
	const uint8_t *section;
	uint8_t *bytes;
	uint64_t seq;
	enum arb_code ret;

	if (!j->clean || j->locked || !e || !e->good || e->bytes < JSET_HEADER_BYTES || !sb_clean(devs->best, &seq, &section, &section_n))
		return ARB_OK;
	ret = journal_entry_bytes(devs, j, e, &bytes, &n, err);
	if (ret)
		return ret == ARB_E_NOMEM ? ret : ARB_OK;
	j->clean_differs = !roots_within(bytes + JSET_HEADER_BYTES, n - JSET_HEADER_BYTES, section, section_n, &nr) ||
			   !roots_within(section, section_n, bytes + JSET_HEADER_BYTES, n - JSET_HEADER_BYTES, &section_nr) || nr != section_nr ||
			   !parts_sound(geo, bytes, n);
	free(bytes);
	return ARB_OK;
}

static enum arb_code scan(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct workers *w, bool may_doubt,
			  struct arb_error *err)
{
	struct raw_entries raw = { 0 };
	enum arb_code ret;

	j->scan_from = j->defects.list.nr;
	ret = rings_scan(j, devs, geo, w, &raw, err);

	if (!ret)
		ret = index_build(j, geo, &raw, err);
	arb_array_free(&raw.list);
	if (ret)
		return ret;
	j->indexed = true;
	j->scan_to = j->defects.list.nr;
	replay_choose(j, may_doubt);
	return compare_clean(j, devs, geo, err);
}

enum arb_code journal_index(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct workers *w,
			    struct arb_error *err)
{
	return j->indexed ? ARB_OK : scan(j, devs, geo, w, false, err);
}

/*
 * The mount that recovers forbids what came after the last entry it replays, before it looks at a single node: sets of keys from there
 * were never part of the filesystem.
 */
static enum arb_code forbid_unwritten(struct journal *j, struct arb_error *err)
{
	if (j->nothing_to_replay || j->newest < j->replay_last || j->newest > UINT64_MAX - 1 - JOURNAL_SEQ_MARGIN)
		return ARB_OK;
	return blacklist_add(j, j->replay_last + 1, j->newest + 1 + JOURNAL_SEQ_MARGIN, err);
}

static enum arb_code replay(struct journal *j, struct devset *devs, struct fs_geometry *geo, struct overlay *o, struct arb_error *err)
{
	enum arb_code ret;

	replicas_check(j, devs->best);
	full_note(j, devs->best, geo);
	ret = replay_entries(j, devs, geo, o, err);
	return ret ? ret : forbid_unwritten(j, err);
}

static enum arb_code read_clean(struct journal *j, struct devset *devs, struct fs_geometry *geo, struct workers *w,
				uint64_t ring_bytes, bool trust, struct overlay *o, struct arb_error *err)
{
	const uint8_t *entries;
	size_t n;
	enum arb_code ret;

	sb_clean(devs->best, &j->replay_last, &entries, &n);
	j->replay_first = j->newest = j->replay_last;
	ret = replay_clean_section(j, geo, entries, n, err);
	if (!ret && ring_bytes <= SCAN_CLEAN_BYTES)
		ret = scan(j, devs, geo, w, !trust, err);
	j->trusted = !ret && trust && j->newest > j->replay_last;
	if (j->trusted)
		return forbid_unwritten(j, err);
	return ret || j->clean ? ret : replay(j, devs, geo, o, err);
}

static enum arb_code read_unclean(struct journal *j, struct devset *devs, struct fs_geometry *geo, struct workers *w,
				  struct overlay *o, struct arb_error *err)
{
	enum arb_code ret;

	if (j->locked)
		return arb_fail(err, ARB_E_ENCRYPTED,
				"the filesystem is encrypted and was not shut down cleanly: its journal is locked");
	ret = scan(j, devs, geo, w, false, err);
	return ret ? ret : replay(j, devs, geo, o, err);
}

static bool says_clean(struct journal *j, const struct sb *sb)
{
	const uint8_t *entries = NULL;
	uint64_t seq;
	size_t n;

	if (!sb_flag_get(sb, "CLEAN"))
		return false;
	if (sb_clean(sb, &seq, &entries, &n) && seq < JOURNAL_SEQ_LIMIT)
		return true;
	if (entries) {
		defects_add(&j->defects, 3, DEFECT_FIXABLE, "the superblock says clean at journal entry %llu, which cannot be", (unsigned long long)seq);
		return false;
	}
	defects_add(&j->defects, 5, DEFECT_FIXABLE, "the superblock says clean, but has no clean section");
	return false;
}

static enum arb_code read_all(struct journal *j, struct devset *devs, struct fs_geometry *geo, struct workers *w, bool trust,
			      struct overlay *o, struct arb_error *err)
{
	uint64_t ring_bytes;
	enum arb_code ret = load_blacklist(j, devs->best, err);

	if (!ret)
		ret = rings_find(j, devs, geo, &ring_bytes, err);
	if (ret)
		return ret;
	j->locked = geo->encrypted;
	j->clean = says_clean(j, devs->best);
	return j->clean ? read_clean(j, devs, geo, w, ring_bytes, trust, o, err) : read_unclean(j, devs, geo, w, o, err);
}

enum arb_code journal_read(struct devset *devs, struct fs_geometry *geo, struct workers *w,
			   struct overlay *overlay, struct journal **ret, struct arb_error *err)
{
	return journal_read_as(devs, geo, w, false, overlay, ret, err);
}

enum arb_code journal_read_as(struct devset *devs, struct fs_geometry *geo, struct workers *w, bool trust_clean,
			      struct overlay *overlay, struct journal **ret, struct arb_error *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	enum arb_code code;

	if (!j)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the journal");
	code = read_all(j, devs, geo, w, trust_clean, overlay, err);
	if (code) {
		journal_free(j);
		arb_error_context(err, "journal");
		return code;
	}
	geo->blacklist = j->blacklist;
	geo->nr_blacklist = j->nr_blacklist;
	*ret = j;
	return ARB_OK;
}

enum arb_code journal_entry_bytes(struct devset *devs, const struct journal *j, const struct journal_entry *e,
				  uint8_t **ret, size_t *ret_n, struct arb_error *err)
{
	const struct journal_copy *c = &j->copies.v[e->best_copy];
	const struct device *d = devs->dev[c->dev];
	struct sb_member m;
	enum arb_code code;
	uint8_t *p;

	if (j->locked)
		return arb_fail(err, ARB_E_ENCRYPTED, "journal entry %llu is encrypted", (unsigned long long)e->seq);
	if (!d || !sb_member_get(devs->best, c->dev, &m))
		return arb_fail(err, ARB_E_MEMBER_MISSING, "device %u, which has journal entry %llu, is not there", c->dev,
				(unsigned long long)e->seq);
	p = malloc(e->bytes);
	if (!p)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a journal entry of %u bytes", e->bytes);
	code = blk_read(d->blk, 512 * (c->bucket * m.bucket_size + c->offset), p, e->bytes, err);
	if (code) {
		free(p);
		arb_error_context(err, "journal entry %llu", (unsigned long long)e->seq);
		return code;
	}
	*ret = p;
	*ret_n = e->bytes;
	return ARB_OK;
}
