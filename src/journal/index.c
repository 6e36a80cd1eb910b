/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index: raw records of all devices, sorted and joined into one entry per sequence number with its copies. */
#include <stdlib.h>
#include "internal.h"

typedef unsigned long long ull;

#define COPIES_COMPARED 64	/* a device has one copy of an entry; many more are an adversary's */

static int raw_cmp(const void *pa, const void *pb)
{
	const struct raw_entry *a = pa, *b = pb;

	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ring != b->ring)
		return a->ring < b->ring ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* The write position of the device: behind the entry with the highest seq that a reader sees. */
static void device_note(struct journal *j, const struct raw_entry *r)
{
	struct journal_device *d = &j->dev[r->dev];

	if (r->seq <= d->highest_seq)
		return;
	d->highest_seq = r->seq;
	d->end_ring = r->ring;
	d->end_offset = r->offset + r->sectors;
}

static void hidden_note(struct journal *j, const struct raw_entry *r)
{
	struct defect *d;

	j->nr_hidden++;
	d = defects_add(&j->defects, 0, DEFECT_NOTE, "journal entry %llu lies behind a hole in bucket %llu: recovery does not see it",
			(ull)r->seq, (ull)r->bucket);
	if (d) {
		d->own = "arborist_journal_hidden";
		d->dev = r->dev;
	}
}

struct index {
	struct journal	*j;
	const struct fs_geometry *geo;
};

static struct defect *entry_defect(struct index *x, unsigned err, enum defect_severity s, const struct raw_entry *r, const char *text)
{
	struct defect *d = defects_add(&x->j->defects, err, s, "journal entry %llu: %s (device %u, journal bucket %llu)", (ull)r->seq, text,
				       r->dev, (ull)r->bucket);

	if (d) {
		d->dev = r->dev;
		d->sector = r->bucket * x->geo->member[r->dev].bucket_size + r->offset;
	}
	return d;
}

static bool is_same(const struct raw_entry *a, const struct raw_entry *b)
{
	return a->ident == b->ident && a->bytes == b->bytes;
}

/* The one that most of the intact ones are like; of as many the first. */
static struct raw_entry *best_of(struct raw_entry *r, size_t nr)
{
	size_t max = nr < COPIES_COMPARED ? nr : COPIES_COMPARED, most = 0;
	struct raw_entry *best = r;

	for (size_t i = 0; i < max; i++) {
		size_t like = 0;

		for (size_t k = 0; r[i].csum_ok && k < max; k++)
			like += r[k].csum_ok && is_same(&r[k], &r[i]);
		if (like > most) {
			most = like;
			best = &r[i];
		}
	}
	for (size_t i = max; !most && i < nr; i++)
		if (r[i].csum_ok)
			return &r[i];
	return best;
}

/* The one of a device's copies that stays: the one that is used, else an equal one, else the first. */
static struct raw_entry *keeper(struct raw_entry *r, size_t nr, const struct raw_entry *best)
{
	for (size_t i = 0; i < nr; i++)
		if (&r[i] == best)
			return &r[i];
	for (size_t i = 0; i < nr; i++)
		if (r[i].csum_ok && is_same(&r[i], best))
			return &r[i];
	return r;
}

/* Copies [0, nr) of one device. */
static void device_compare(struct index *x, struct raw_entry *r, size_t nr, const struct raw_entry *best)
{
	const struct raw_entry *stays = keeper(r, nr, best);

	for (size_t i = 0; i < nr; i++) {
		if (&r[i] != stays) {
			entry_defect(x, 246, DEFECT_FIXABLE, &r[i], "stands twice on one device");
			r[i].unwanted = true;
		}
		if (!best->csum_ok || x->j->locked)
			continue;
		if (!r[i].csum_ok) {
			struct defect *d = entry_defect(x, 0, DEFECT_NOTE, &r[i], "one copy has a bad checksum, another is used");

			if (d)
				d->own = "arborist_journal_bad_copy";
		} else if (!is_same(&r[i], best)) {
			entry_defect(x, 14, DEFECT_FIXABLE, &r[i], "an intact copy says something else than the one that is used");
			r[i].unwanted = true;
		}
	}
}

static void copies_compare(struct index *x, struct raw_entry *r, size_t nr, const struct raw_entry *best)
{
	for (size_t i = 0, end; i < nr; i = end) {
		for (end = i + 1; end < nr && r[end].dev == r[i].dev;)
			end++;
		device_compare(x, r + i, end - i, best);
	}
}

static bool copies_add(struct journal *j, const struct raw_entry *r, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct journal_copy *c = arb_array_push(&j->copies);

		if (!c)
			return false;
		*c = (struct journal_copy) {
			.dev = r[i].dev, .ring = r[i].ring, .bucket = r[i].bucket, .offset = r[i].offset, .sectors = r[i].sectors,
			.csum_ok = r[i].csum_ok, .unwanted = r[i].unwanted, .late = r[i].late,
		};
		device_note(j, &r[i]);
	}
	return true;
}

static bool entry_add(struct index *x, struct raw_entry *r, size_t nr)
{
	struct journal *j = x->j;
	const struct raw_entry *best = best_of(r, nr);
	struct journal_entry *e = arb_array_push(&j->entries);

	if (!e)
		return false;
	*e = (struct journal_entry) {
		.seq = best->seq, .last_seq = best->last_seq, .version = best->version, .bytes = best->bytes,
		.no_flush = best->no_flush, .good = best->csum_ok, .use = JOURNAL_OLD, .nr_copies = nr,
		.first_copy = j->copies.nr, .best_copy = j->copies.nr + (best - r),
	};
	j->newer_format |= best->newer_format && best->csum_ok;
	copies_compare(x, r, nr, best);
	return copies_add(j, r, nr);
}

/* Takes the hidden ones out: they are only counted. */
static void drop_hidden(struct journal *j, struct raw_entries *raw)
{
	size_t kept = 0;

	for (size_t i = 0; i < raw->list.nr; i++) {
		const struct raw_entry *r = &raw->list.v[i];

		if (r->hidden) {
			hidden_note(j, r);
			j->newest_hidden = r->seq > j->newest_hidden ? r->seq : j->newest_hidden;
		} else {
			raw->list.v[kept++] = *r;
		}
	}
	raw->list.nr = kept;
}

/* In ring order: what an entry before it in its ring has made unnecessary. */
static void find_late(struct raw_entries *raw)
{
	uint64_t needed[SB_MEMBERS_MAX] = { 0 };

	for (size_t i = 0; i < raw->list.nr; i++) {
		struct raw_entry *r = &raw->list.v[i];

		r->late = r->seq < needed[r->dev];
		if (r->csum_ok && !r->no_flush && r->last_seq <= r->seq && r->last_seq > needed[r->dev])
			needed[r->dev] = r->last_seq;
	}
}

enum arb_code index_build(struct journal *j, const struct fs_geometry *geo, struct raw_entries *raw, struct arb_error *err)
{
	struct index x = { .j = j, .geo = geo };
	enum arb_code ret;

	ret = impossible_take_out(j, geo, raw, err);
	if (ret)
		return ret;
	drop_hidden(j, raw);
	find_late(raw);
	if (raw->list.nr)
		qsort(raw->list.v, raw->list.nr, sizeof(raw->list.v[0]), raw_cmp);
	for (size_t i = 0, end; i < raw->list.nr; i = end) {
		for (end = i + 1; end < raw->list.nr && raw->list.v[end].seq == raw->list.v[i].seq;)
			end++;
		if (!entry_add(&x, &raw->list.v[i], end - i))
			return arb_fail(err, ARB_E_NOMEM, "no memory for the index of the journal");
	}
	return ARB_OK;
}

const struct journal_entry *journal_find(const struct journal *j, uint64_t seq)
{
	size_t lo = 0, hi = j->entries.nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->entries.v[mid].seq < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < j->entries.nr && j->entries.v[lo].seq == seq ? &j->entries.v[lo] : NULL;
}

const struct journal_copy *journal_copy_at(const struct journal *j, const struct fs_geometry *geo, unsigned dev, uint64_t sector,
					   const struct journal_entry **ret_entry)
{
	for (size_t i = 0; i < j->entries.nr; i++)
		for (unsigned k = 0; k < j->entries.v[i].nr_copies; k++) {
			const struct journal_copy *c = &j->copies.v[j->entries.v[i].first_copy + k];

			if (c->dev != dev || c->bucket * geo->member[dev].bucket_size + c->offset != sector)
				continue;
			*ret_entry = &j->entries.v[i];
			return c;
		}
	return NULL;
}
