/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a commit's entries go (format-superblock-journal.md 11.2 to 11.4): behind the last entry that must be kept, bucket
 * after bucket, the same entries on every device that takes part in the journal. Nothing that is still needed is covered.
 */
#include <stdlib.h>
#include <string.h>
#include "internal.h"

#define ENTRY_BYTES	(64u << 10)

typedef unsigned long long ull;

/* --- sequence numbers ---------------------------------------------------------------------------------------------- */

/* The highest number in use: of entries, and where the journal is lost, of sets of keys in nodes, and of entries that nobody sees. */
static uint64_t highest_seq(const struct journal *j, const struct journal_request *q)
{
	uint64_t seq = j->newest;

	if (!j->nothing_to_replay)
		return seq;
	seq = q->above > seq ? q->above : seq;
	return j->newest_hidden > seq ? j->newest_hidden : seq;
}

/*
 * Sequence numbers left out above the highest one seen. Exactly what the kernel leaves out after an unclean shutdown: when a commit
 * is cut off before its first entry is there, the kernel starts at that number, and it must not lie in our blacklisted range.
 */
static uint64_t first_free_seq(const struct journal *j, const struct journal_request *q)
{
	uint64_t seq = highest_seq(j, q) + 1 + JOURNAL_SEQ_MARGIN;

	for (size_t i = 0; i < j->nr_blacklist; i++)
		if (j->blacklist[i].end > seq)
			seq = j->blacklist[i].end;
	return seq;
}

/* Does the journal hold the entry that the clean section repeats, as a clean shutdown writes it? */
static bool clean_entry_intact(const struct journal *j)
{
	const struct journal_entry *e = journal_find(j, j->replay_last);

	return e && e->good && !e->no_flush && e->last_seq == e->seq && !j->clean_differs;
}

static uint32_t clean_entry_sectors(const struct devset *devs, const struct fs_geometry *geo)
{
	const uint8_t *entries;
	uint64_t seq;
	size_t n = 0;

	sb_clean(devs->best, &seq, &entries, &n);
	return (JSET_HEADER_BYTES + n + 512 * geo->block_sectors - 1) / (512 * geo->block_sectors) * geo->block_sectors;
}

/* What lies above a clean shutdown's entry would count once the superblock no longer says clean. */
static enum arb_code check_above_clean(const struct journal *j, struct arb_error *err)
{
	unsigned bad_flush = 0;

	if (j->trusted)		/* they are destroyed first */
		return ARB_OK;
	for (size_t i = j->entries.nr; i-- && j->entries.v[i].seq > j->replay_last;) {
		const struct journal_entry *stray = &j->entries.v[i];

		bad_flush += !stray->no_flush && !stray->good;
		if ((!stray->no_flush && stray->good) || bad_flush > 1)
			return arb_fail(err, ARB_E_REFUSED, "the journal holds flush entry %llu above the clean shutdown's %llu",
					(ull)stray->seq, (ull)j->replay_last);
	}
	return ARB_OK;
}

static enum arb_code check_journal(const struct journal *j, const struct journal_request *q, struct arb_error *err)
{
	if (j->locked)
		return arb_fail(err, ARB_E_REFUSED, "the journal is encrypted and locked");
	if (j->newer_format)
		return arb_fail(err, ARB_E_REFUSED, "the journal has parts that a version after 1.13 wrote");
	if (!j->indexed || (j->nothing_to_replay && !q->from_nothing))
		return arb_fail(err, ARB_E_REFUSED, "the journal has no intact flush entry to build on");
	if (j->newest_hidden >= first_free_seq(j, q))
		return arb_fail(err, ARB_E_REFUSED, "entry %llu stands behind a hole of the journal, far above what recovery sees: it might come back",
				(ull)j->newest_hidden);
	if (first_free_seq(j, q) >= JOURNAL_SEQ_LIMIT)
		return arb_fail(err, ARB_E_REFUSED, "journal sequence number %llu is impossibly high", (ull)first_free_seq(j, q));
	return j->clean ? check_above_clean(j, err) : ARB_OK;
}

/* --- devices ------------------------------------------------------------------------------------------------------- */

static bool can_hold(const struct devset *devs, const struct fs_geometry *geo, unsigned dev)
{
	const struct member_geometry *m = geometry_member(geo, dev);
	const struct device *d = m ? devs->dev[dev] : NULL;
	size_t bytes = 0;

	if (!m || !d || d->left_out || m->state || !(m->data_allowed >> 2 & 1))
		return false;
	return sb_field(&d->copies.v[d->best].sb, SB_FIELD_journal_v2, &bytes) ||
	       sb_field(&d->copies.v[d->best].sb, SB_FIELD_journal, &bytes);
}

/*
 * The devices of the entries, a bit each: a set that the superblock lists as replicas of the journal, the largest one that is
 * all there; else every listed device that is there; else, when the list is gone, every device that can take them.
 */
static uint64_t targets(const struct devset *devs, const struct fs_geometry *geo)
{
	uint64_t best = 0, any = 0, unlisted = 0;
	struct replicas_entry r;
	size_t cursor = 0;

	while (sb_replicas_next(devs->best, &cursor, &r)) {
		uint64_t set = 0, there = 0;

		if (r.data_type != 2)
			continue;
		for (unsigned i = 0; i < r.nr_devs; i++)
			if (r.devs[i] < SB_MEMBERS_MAX) {
				set |= 1ull << r.devs[i];
				there |= (uint64_t)can_hold(devs, geo, r.devs[i]) << r.devs[i];
			}
		any |= there;
		if (set == there && __builtin_popcountll(set) > __builtin_popcountll(best))
			best = set;
	}
	for (unsigned i = 0; !any && i < SB_MEMBERS_MAX; i++)
		unlisted |= (uint64_t)can_hold(devs, geo, i) << i;
	return best ? best : any ? any : unlisted;
}

size_t journal_entry_bytes_max(const struct devset *devs, const struct fs_geometry *geo)
{
	uint64_t on = targets(devs, geo);
	size_t max = ENTRY_BYTES;

	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		if (on >> dev & 1 && 512u * geo->member[dev].bucket_size < max)
			max = 512u * geo->member[dev].bucket_size;
	return max;
}

/* --- one ring ------------------------------------------------------------------------------------------------------ */

struct ring {
	const struct journal_device *jd;
	unsigned	dev;
	uint32_t	bucket_sectors;
	uint32_t	at, offset;	/* next place */
	bool		*needed;	/* per ring index: holds something that must stay */
	bool		*spared;	/* likewise: nothing at all is written there */
	size_t		left;		/* buckets that may still be begun */
	bool		restore;	/* the last entry that counts is written anew, over what is left of it */
};

bool journal_is_kept(const struct journal *j, const struct journal_entry *e)
{
	return e->seq >= (j->no_flush_found ? j->replay_last : j->replay_first) && e->seq <= j->replay_last;
}

/* Each place is written once by a commit, and behind what is destroyed nobody sees anything. */
static void ring_avoid_impossible(struct ring *r, const struct journal *j)
{
	for (size_t i = 0; i < j->impossible.nr; i++) {
		const struct journal_impossible *m = &j->impossible.v[i];

		if (m->place.dev != r->dev)
			continue;
		r->needed[m->place.ring] = true;
		r->spared[m->place.ring] |= !m->real_seq || m->place.ring != r->at || m->place.offset >= r->offset;
	}
}

/* Before the next place in its bucket: new entries behind such a one could not be seen any more when it is destroyed. */
static bool has_unwanted(const struct ring *r, const struct journal *j)
{
	for (size_t i = 0; i < j->copies.nr; i++) {
		const struct journal_copy *c = &j->copies.v[i];

		if (c->unwanted && c->dev == r->dev && c->ring == r->at && c->offset < r->offset)
			return true;
	}
	return false;
}

static void ring_spare(struct ring *r, const struct journal_place *p)
{
	for (size_t i = 0; i < r->jd->nr && p->dev == r->dev; i++)
		if (r->jd->buckets[i] == p->bucket)
			r->needed[i] = r->spared[i] = true;
}

static void ring_start(struct ring *r, const struct journal *j, const struct journal_request *q)
{
	bool found = false;

	for (size_t i = 0; i < j->entries.nr; i++) {
		const struct journal_entry *e = &j->entries.v[i];

		for (unsigned c = 0; c < e->nr_copies; c++) {
			const struct journal_copy *copy = &j->copies.v[e->first_copy + c];

			if (copy->dev != r->dev)
				continue;
			r->needed[copy->ring] |= journal_is_kept(j, e) || (j->trusted && e->seq > j->replay_last);
			if (e->seq > j->replay_last)
				continue;
			r->at = copy->ring;		/* seqs ascend: the last one stays */
			r->offset = copy->offset + (r->restore && e->seq == j->replay_last ? 0 : copy->sectors);
			found = true;
		}
	}
	for (size_t i = 0; i < q->nr_spared; i++)
		ring_spare(r, &q->spared[i]);
	ring_avoid_impossible(r, j);
	if (!found || j->trusted || r->spared[r->at] || (q->anew && has_unwanted(r, j)))
		r->offset = r->bucket_sectors;		/* nothing there, or nothing that may stay: begin a bucket */
}

static size_t free_besides(const struct ring *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->jd->nr; i++)
		n += i != r->at && !r->needed[i];
	return n;
}

/*
 * Buckets besides the current one that are not needed; some of them stay for whoever writes next, who has all of them when nothing of what is
 * there will be needed. Nobody minds that there are needed ones in
 * between, which is so only where sequence numbers are damaged: entries are found wherever they are.
 */
static void ring_count_room(struct ring *r, const struct journal_request *q)
{
	size_t n = free_besides(r);

	r->left = q->fill == JOURNAL_HALF_OF_FREE ? n / 2 : n && !q->anew ? n - 1 : n;
}

/* What a kernel would get stuck with (full.c) is not written as long as there is another way. */
static bool leaves_room(const struct ring *r, const struct journal_request *q)
{
	size_t n = 0;

	while (n + 1 < r->jd->nr && !r->needed[(r->at + 1 + n) % r->jd->nr])
		n++;
	return q->anew || q->fill != JOURNAL_HALF_OF_FREE || journal_has_room(r->jd->nr, n, r->bucket_sectors - r->offset);
}

static bool ring_place(struct ring *r, uint32_t sectors, struct journal_place *ret)
{
	if (sectors > r->bucket_sectors)
		return false;
	if (r->offset + sectors > r->bucket_sectors) {
		if (!r->left)
			return false;
		r->left--;
		r->needed[r->at] = true;
		while (r->needed[r->at])
			r->at = (r->at + 1) % r->jd->nr;
		r->offset = 0;
	}
	*ret = (struct journal_place) { .dev = r->dev, .bucket = r->jd->buckets[r->at], .ring = r->at, .offset = r->offset };
	r->offset += sectors;
	return true;
}

static size_t ring_place_all(struct ring *r, const uint32_t *entry_sectors, size_t nr, unsigned column, struct journal_layout *l)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!ring_place(r, entry_sectors[i], &l->places.v[i * l->nr_devs + column]))
			break;
	return i;
}

static enum arb_code ring_lay_out(const struct journal *j, const struct fs_geometry *geo, unsigned dev, unsigned column, const struct journal_request *q,
				  struct journal_layout *l, struct arb_error *err)
{
	struct ring r = {
		.jd = &j->dev[dev], .dev = dev, .bucket_sectors = geo->member[dev].bucket_size, .restore = l->restore.nr,
	};
	size_t placed;
	bool full, room;

	r.needed = calloc(2 * r.jd->nr, sizeof(*r.needed));
	if (!r.needed)
		return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
	r.spared = r.needed + r.jd->nr;
	ring_start(&r, j, q);
	ring_count_room(&r, q);
	full = !free_besides(&r);
	placed = r.restore && !ring_place(&r, l->restore_sectors, &l->restore.v[column]) ? 0 : ring_place_all(&r, q->sectors, q->nr, column, l);
	room = leaves_room(&r, q);
	free(r.needed);
	if (placed == q->nr && room)
		return ARB_OK;
	if (full)
		return arb_fail(err, ARB_E_NO_ROOM, "every bucket of the journal of device %u is needed, and behind its last entry is no room for "
				"what has to be written; mounted with -o ro,nochanges the files can be read", dev);
	return arb_fail(err, ARB_E_NO_ROOM, "the journal of device %u has room for %zu of the %zu entries of this plan", dev, placed, q->nr);
}

static bool has_ring(const struct devset *devs, const struct journal *j)
{
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		if (devs->dev[dev] && j->dev[dev].nr)
			return true;
	return false;
}

static enum arb_code lay_out(const struct devset *devs, const struct fs_geometry *geo, const struct journal *j, const struct journal_request *q,
			     struct journal_layout *l, struct arb_error *err)
{
	uint64_t on = targets(devs, geo);
	enum arb_code ret = ARB_OK;
	unsigned column = 0;

	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		l->nr_devs += on >> dev & 1 && j->dev[dev].nr;
	if (!l->nr_devs && !has_ring(devs, j))
		return arb_fail(err, ARB_E_REFUSED, "no superblock names a bucket of the journal: there is nowhere to write to (after a clean shutdown a kernel "
				"makes a journal anew when it mounts the filesystem)");
	if (!l->nr_devs)
		return arb_fail(err, ARB_E_REFUSED, "no device can take journal entries");
	if (!arb_array_reserve(&l->places, q->nr * l->nr_devs))
		return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
	l->places.nr = q->nr * l->nr_devs;
	if (l->restore_sectors && !arb_array_reserve(&l->restore, l->nr_devs))
		return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
	l->restore.nr = l->restore_sectors ? l->nr_devs : 0;
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !ret; dev++)
		if (on >> dev & 1 && j->dev[dev].nr)
			ret = ring_lay_out(j, geo, dev, column++, q, l, err);
	ret = ret ? ret : layout_find_torn(j, q, l, err);
	return ret ? ret : layout_find_unwanted(j, q, l, err);
}

enum arb_code journal_layout(const struct devset *devs, const struct fs_geometry *geo, const struct journal *j, const struct journal_request *q,
			     struct journal_layout *ret, struct arb_error *err)
{
	enum arb_code code = check_journal(j, q, err);

	memset(ret, 0, sizeof(*ret));
	if (code)
		return code;
	ret->first_seq = first_free_seq(j, q);
	ret->last_seq = j->nothing_to_replay ? ret->first_seq : j->replay_first;
	ret->blacklist = (struct seq_range) { (j->nothing_to_replay ? highest_seq(j, q) : j->replay_last) + 1, ret->first_seq };
	ret->torn_first = j->trusted;
	if (j->clean && !clean_entry_intact(j))
		ret->restore_sectors = clean_entry_sectors(devs, geo);
	code = lay_out(devs, geo, j, q, ret, err);
	if (code)
		journal_layout_free(ret);
	return code;
}

void journal_layout_free(struct journal_layout *l)
{
	arb_array_free(&l->places);
	arb_array_free(&l->torn);
	arb_array_free(&l->unwanted);
	arb_array_free(&l->restore);
}
