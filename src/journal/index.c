/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index: raw records of all devices, sorted and joined into one entry per sequence number with its copies. */
#include <stdlib.h>
#include "internal.h"

typedef unsigned long long ull;

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

static struct defect *entry_defect(struct journal *j, unsigned err, enum defect_severity s, const struct raw_entry *r, const char *text)
{
	struct defect *d = defects_add(&j->defects, err, s, "journal entry %llu: %s", (ull)r->seq, text);

	if (d)
		d->dev = r->dev;
	return d;
}

static const struct raw_entry *best_of(const struct raw_entry *r, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (r[i].csum_ok)
			return &r[i];
	return r;
}

static void copies_compare(struct journal *j, const struct raw_entry *r, size_t nr, const struct raw_entry *best)
{
	for (size_t i = 0; i < nr; i++) {
		if (i && r[i].dev == r[i - 1].dev)
			entry_defect(j, 246, DEFECT_FIXABLE, &r[i], "stands twice on one device");
		if (!best->csum_ok || j->locked)
			continue;
		if (!r[i].csum_ok) {
			struct defect *d = entry_defect(j, 0, DEFECT_NOTE, &r[i], "one copy has a bad checksum, another is used");

			if (d)
				d->own = "arborist_journal_bad_copy";
		} else if (r[i].ident != best->ident || r[i].bytes != best->bytes) {
			entry_defect(j, 14, DEFECT_FIXABLE, &r[i], "copies with good checksums differ");
		}
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
			.csum_ok = r[i].csum_ok,
		};
		device_note(j, &r[i]);
	}
	return true;
}

static bool entry_add(struct journal *j, const struct raw_entry *r, size_t nr)
{
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
	copies_compare(j, r, nr, best);
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

enum arb_code index_build(struct journal *j, struct raw_entries *raw, struct arb_error *err)
{
	drop_hidden(j, raw);
	if (raw->list.nr)
		qsort(raw->list.v, raw->list.nr, sizeof(raw->list.v[0]), raw_cmp);
	for (size_t i = 0, end; i < raw->list.nr; i = end) {
		for (end = i + 1; end < raw->list.nr && raw->list.v[end].seq == raw->list.v[i].seq;)
			end++;
		if (!entry_add(j, &raw->list.v[i], end - i))
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
