/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A journal that goes on with entries of which nothing is known to be unneeded, until its ring is full or nearly so. */
#include <stdlib.h>
#include "damage_do.h"
#include "arborist/format/jset.h"

struct filling {
	struct damage	*d;
	struct jset_header h;		/* of the next entry */
	unsigned	dev;
};

/* From sector @offset of a bucket to its end. */
static enum arb_code fill_bucket(struct filling *f, uint64_t bucket, uint32_t offset)
{
	const struct fs_geometry *geo = &f->d->v->geo;
	uint32_t size = geo->member[f->dev].bucket_size;
	enum arb_code c = ARB_OK;

	for (; !c && offset + geo->block_sectors <= size; offset += geo->block_sectors, f->h.seq++) {
		uint8_t *raw;
		size_t n;

		c = jset_encode(&f->h, NULL, 0, 512 * (size_t)geo->block_sectors, &raw, &n, f->d->err);
		if (c)
			return c;
		c = blk_write(f->d->v->devs->dev[f->dev]->blk, (bucket * size + offset) << 9, raw, n, f->d->err);
		free(raw);
	}
	return c;
}

static enum arb_code fill_ring(struct filling *f, const struct journal_copy *last, unsigned spare)
{
	const struct journal *j = f->d->v->journal;
	const struct journal_device *ring = &j->dev[f->dev];
	size_t unneeded = 0;
	enum arb_code c = fill_bucket(f, last->bucket, last->offset + last->sectors);

	for (size_t i = 0; i < ring->nr; i++)
		unneeded += ring->bucket_seq[i] < j->replay_first;
	for (size_t i = (last->ring + 1) % ring->nr; !c && unneeded > spare && i != last->ring; i = (i + 1) % ring->nr) {
		if (ring->bucket_seq[i] >= j->replay_first)
			continue;
		c = fill_bucket(f, ring->buckets[i], 0);
		unneeded--;
	}
	return c;
}

/* All of the ring but @spare buckets is needed on every device that has the newest entry. */
enum arb_code damage_do_journal_full(struct damage *d, int spare)
{
	struct journal *j = d->v->journal;
	enum arb_code c = journal_index(j, d->v->devs, &d->v->geo, d->v->workers, d->err);
	const struct journal_entry *e = c || j->clean ? NULL : journal_find(j, j->replay_last);

	if (c)
		return c;
	if (!e)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the journal has no entry that would be replayed");
	for (unsigned i = 0; !c && i < e->nr_copies; i++) {
		const struct journal_copy *copy = &j->copies.v[e->first_copy + i];
		struct filling f = {
			.d = d, .dev = copy->dev, .h = { .magic = d->v->geo.jset_magic, .seq = e->seq + 1, .last_seq = j->replay_first,
							 .version = e->version, .csum_type = d->v->geo.meta_csum },
		};

		c = fill_ring(&f, copy, spare);
		if (d->done)
			arb_buf_printf(d->done, "journal of device %u: entries up to %llu\n", copy->dev, (unsigned long long)f.h.seq - 1);
	}
	return c;
}
