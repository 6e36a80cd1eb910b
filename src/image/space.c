/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bucket holds what. One bucket per kind of data is open on each device; a new one is taken when it is full. */
#include "builder.h"
#include <inttypes.h>
#include <stdlib.h>

enum { SB_SLOT_SECTORS = 2048, JOURNAL_BUCKETS_MIN = 8 };

void image_space_mark(struct image_dev *d, uint64_t sector, uint64_t sectors, enum data_type type)
{
	while (sectors) {
		uint64_t bucket = sector / d->bucket_sectors, left = d->bucket_sectors - sector % d->bucket_sectors;
		uint64_t n = sectors < left ? sectors : left;

		d->bucket[bucket].data_type = type;
		d->bucket[bucket].sectors += n;
		sector += n;
		sectors -= n;
	}
}

/* Superblock slots, then the journal in the buckets right behind the first two. */
enum arb_code image_space_init(struct builder *b, struct image_dev *d)
{
	uint64_t sectors = d->blk->bytes >> 9, last;

	d->nbuckets = sectors / d->bucket_sectors;
	d->sb_sector[0] = SB_SECTOR;
	d->sb_sector[1] = SB_SECTOR + SB_SLOT_SECTORS;
	last = sectors < SB_SLOT_SECTORS ? 0 : sectors - SB_SLOT_SECTORS;
	d->sb_sector[2] = last - last % d->bucket_sectors;
	d->journal_start = (d->sb_sector[1] + SB_SLOT_SECTORS + d->bucket_sectors - 1) / d->bucket_sectors;
	d->journal_nr = b->o->journal_buckets ? b->o->journal_buckets : d->nbuckets / 128;
	d->journal_nr = d->journal_nr > JOURNAL_BUCKETS_MIN ? d->journal_nr : JOURNAL_BUCKETS_MIN;
	if (d->nbuckets < 64 || (d->journal_start + d->journal_nr + 8) * d->bucket_sectors > d->sb_sector[2])
		return arb_fail(b->err, ARB_E_BAD_ARGUMENT,
				"%s: %" PRIu64 " bytes are too few for buckets of %u sectors", d->blk->name,
				d->blk->bytes, d->bucket_sectors);
	d->bucket = calloc(d->nbuckets, sizeof(*d->bucket));
	if (!d->bucket)
		return image_no_memory(b);
	image_space_mark(d, 0, SB_SECTOR, DATA_sb);
	for (unsigned i = 0; i < 3; i++)
		image_space_mark(d, d->sb_sector[i], SB_SLOT_SECTORS, DATA_sb);
	image_space_mark(d, d->journal_start * d->bucket_sectors, d->journal_nr * d->bucket_sectors, DATA_journal);
	return ARB_OK;
}

/* Takes a free bucket; 0 when there is none. */
static uint64_t take_bucket(struct image_dev *d)
{
	while (d->next_free < d->nbuckets && d->bucket[d->next_free].data_type != DATA_free)
		d->next_free++;
	return d->next_free < d->nbuckets ? d->next_free++ : 0;
}

enum arb_code image_space_bucket(struct builder *b, struct image_dev *d, enum data_type type, uint64_t *ret)
{
	*ret = take_bucket(d);
	if (!*ret)
		return arb_fail(b->err, ARB_E_NO_ROOM, "%s is too small for the contents asked for", d->blk->name);
	d->bucket[*ret].data_type = type;
	d->bucket[*ret].gen = b->o->gens ? 1 + (7 * *ret + d->idx) % 5 : 0;
	return ARB_OK;
}

static enum arb_code alloc_on(struct builder *b, struct image_dev *d, enum data_type type, unsigned sectors,
			      uint64_t *ret)
{
	uint64_t bucket = d->open[type];

	if (!bucket || d->bucket[bucket].sectors + sectors > d->bucket_sectors) {
		enum arb_code c = image_space_bucket(b, d, type, &bucket);

		if (c)
			return c;
		d->open[type] = bucket;
	}
	*ret = bucket * d->bucket_sectors + d->bucket[bucket].sectors;
	image_space_mark(d, *ret, sectors, type);
	return ARB_OK;
}

enum arb_code image_space_alloc(struct builder *b, enum data_type type, unsigned nr, unsigned sectors, struct extent_ptr *ret)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < nr; i++) {
		struct image_dev *d = &b->dev[(b->next_dev + i) % b->nr_devs];

		ret[i] = (struct extent_ptr){ .dev = d->idx };
		c = alloc_on(b, d, type, sectors, &ret[i].sector);
		ret[i].gen = d->bucket[d->open[type]].gen;
		if (!c && type == DATA_btree)
			sb_member_mark_btree(&d->member, ret[i].sector, sectors);
	}
	b->next_dev = (b->next_dev + 1) % b->nr_devs;
	return c;
}
