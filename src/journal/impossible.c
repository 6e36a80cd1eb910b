/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Entries with a sequence number that no journal gets to. A reader would take such a one for the newest, and all others for outdated or for
 * the few that are left of very many. Entries stand in their ring one behind the other: what comes right before tells which number one should
 * have that is intact, or is so with that number. Where that number is missing, it is read as that entry. Others are left out. The commit mends
 * the ones and destroys the others.
 */
#include <stdlib.h>
#include "internal.h"

typedef unsigned long long ull;

#define TOLD_MAX 16	/* more are an adversary's: those are only left out */

static int seq_cmp(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

struct seqs { ARB_ARRAY(uint64_t) list; };

static bool collect(const struct raw_entries *raw, struct seqs *ret, bool *ret_any)
{
	*ret_any = false;
	for (size_t i = 0; i < raw->list.nr; i++) {
		const struct raw_entry *r = &raw->list.v[i];
		uint64_t *to;

		if (r->seq >= JOURNAL_SEQ_LIMIT) {
			*ret_any = true;
			continue;
		}
		to = r->hidden ? NULL : arb_array_push(&ret->list);
		if (to)
			*to = r->seq;
		else if (!r->hidden)
			return false;
	}
	if (ret->list.nr)
		qsort(ret->list.v, ret->list.nr, sizeof(ret->list.v[0]), seq_cmp);
	return true;
}

static bool is_there(const struct seqs *s, uint64_t seq)
{
	return s->list.nr && bsearch(&seq, s->list.v, s->list.nr, sizeof(seq), seq_cmp);
}

/* 0: nothing tells. Where it is all that there is, it is at least as new as the oldest entry that it needs. */
static uint64_t real_seq(const struct journal *j, const struct raw_entry *r, const struct seqs *there)
{
	const struct journal_device *d = &j->dev[r->dev];
	uint64_t before = r->before ? r->before : d->bucket_seq[(r->ring + d->nr - 1) % d->nr], seq;

	if (!r->csum_ok || r->hidden || (!before && (r->no_flush || there->list.nr || !r->last_seq)))
		return 0;
	seq = before ? blacklist_skip(j, before + 1) : r->last_seq;
	if (seq >= JOURNAL_SEQ_LIMIT || (!r->no_flush && r->last_seq > seq) || is_there(there, seq))
		return 0;
	return seq;
}

/* Another one of the same device has that number already, or the same entry has another one. */
static bool given_before(const struct raw_entries *raw, size_t nr, const struct raw_entry *r, uint64_t seq)
{
	for (size_t i = 0; i < nr; i++) {
		const struct raw_entry *o = &raw->list.v[i];

		if (o->impossible && ((o->dev == r->dev && (o->seq == seq || o->ident == r->ident)) || (o->ident == r->ident) != (o->seq == seq)))
			return true;
	}
	return false;
}

static bool note(struct journal *j, const struct fs_geometry *geo, const struct raw_entry *r, uint64_t real)
{
	struct journal_impossible *to = arb_array_push(&j->impossible);
	struct defect *d;

	if (!to)
		return false;
	*to = (struct journal_impossible){
		.place = { .dev = r->dev, .bucket = r->bucket, .ring = r->ring, .offset = r->offset }, .real_seq = real, .bytes = r->bytes,
	};
	if (real)
		d = defects_add(&j->defects, 0, DEFECT_FIXABLE, "journal entry %llu has an impossibly high number: by its place it is entry %llu "
				"(device %u, journal bucket %llu)", (ull)r->seq, (ull)real, r->dev, (ull)r->bucket);
	else
		d = defects_add(&j->defects, 0, DEFECT_FIXABLE, "journal entry %llu has an impossibly high number, and nothing tells which one it was "
				"(device %u, journal bucket %llu)", (ull)r->seq, r->dev, (ull)r->bucket);
	if (d) {
		d->own = "arborist_journal_seq_impossible";
		d->dev = r->dev;
		d->sector = r->bucket * geo->member[r->dev].bucket_size + r->offset;
	}
	return true;
}

static bool take_out(struct journal *j, const struct fs_geometry *geo, struct raw_entries *raw, const struct seqs *there)
{
	size_t kept = 0, told = 0;

	for (size_t i = 0; i < raw->list.nr; i++) {
		struct raw_entry r = raw->list.v[i];

		if (r.seq >= JOURNAL_SEQ_LIMIT) {
			uint64_t real = told++ < TOLD_MAX ? real_seq(j, &r, there) : 0;

			if (real && given_before(raw, kept, &r, real))
				real = 0;
			if (!note(j, geo, &r, real))
				return false;
			if (!real)
				continue;
			r.seq = real;
			r.impossible = true;
		}
		raw->list.v[kept++] = r;
	}
	raw->list.nr = kept;
	return true;
}

enum arb_code impossible_take_out(struct journal *j, const struct fs_geometry *geo, struct raw_entries *raw, struct arb_error *err)
{
	struct seqs there = { 0 };
	bool any, ok = collect(raw, &there, &any);

	if (ok && any)
		ok = take_out(j, geo, raw, &there);
	arb_array_free(&there.list);
	return ok ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory for the index of the journal");
}

bool journal_is_impossible(const struct journal *j, unsigned dev, uint32_t ring, uint32_t offset)
{
	for (size_t i = 0; i < j->impossible.nr; i++) {
		const struct journal_place *p = &j->impossible.v[i].place;

		if (p->dev == dev && p->ring == ring && p->offset == offset)
			return true;
	}
	return false;
}
