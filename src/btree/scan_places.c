/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arborist/format/enums.h"
#include "scan_places.h"

#define VERSION_BITMAP	(1 << 10 | 7)	/* from this completed upgrade on the bitmaps can be relied on */
#define BITMAP_BITS	64
#define UNASKED_BYTES	(256u << 10)

/* Can the member hold nodes, and is it here? NULL otherwise. */
static const struct member_geometry *member_of(const struct scan_places *p, unsigned dev)
{
	const struct member_geometry *m = geometry_member(p->geo, dev);
	const struct device *d = p->devs->dev[dev];

	if (!m || !d || (d->left_out && !p->all_devices) || (!p->whole && !(m->data_allowed & 1u << DATA_btree)))
		return NULL;
	return m->bucket_size >= p->geo->node_sectors && p->geo->node_sectors ? m : NULL;
}

/* End of the buckets, within the device as it is. */
static uint64_t end_of(const struct scan_places *p, unsigned dev, const struct member_geometry *m)
{
	uint64_t sectors = p->devs->dev[dev]->blk->bytes / 512, end;

	if (__builtin_mul_overflow(m->nbuckets, (uint64_t)m->bucket_size, &end) || end > sectors)
		end = sectors;
	return end;
}

/* First place at or after @sector. */
static uint64_t place_at(const struct scan_places *p, const struct member_geometry *m, uint64_t sector)
{
	uint64_t first = (uint64_t)m->first_bucket * m->bucket_size, bucket, in;

	if (sector < first)
		sector = first;
	bucket = sector / m->bucket_size;
	in = sector % m->bucket_size;
	in = (in + p->geo->node_sectors - 1) / p->geo->node_sectors * p->geo->node_sectors;
	if (in + p->geo->node_sectors > m->bucket_size)
		return (bucket + 1) * m->bucket_size;
	return bucket * m->bucket_size + in;
}

/* 0 when the bitmap allows a node at @sector, else the first sector from which it could. UINT64_MAX: nowhere. */
static uint64_t bitmap_skip(const struct fs_geometry *geo, const struct member_geometry *m, uint64_t sector)
{
	unsigned shift = m->btree_bitmap_shift;
	uint64_t bit, last;

	if (geo->version_upgrade_complete < VERSION_BITMAP)
		return 0;
	if (shift >= BITMAP_BITS)	/* one bit would be more than any device */
		return m->btree_bitmap & 1 ? 0 : UINT64_MAX;
	last = (sector + geo->node_sectors - 1) >> shift;
	for (bit = sector >> shift; bit <= last; bit++) {
		if (bit >= BITMAP_BITS)
			return UINT64_MAX;
		if (!(m->btree_bitmap >> bit & 1))
			return bit == BITMAP_BITS - 1 ? UINT64_MAX : (bit + 1) << shift;
	}
	return 0;
}

bool scan_bitmap_allows(const struct fs_geometry *geo, const struct member_geometry *m, uint64_t sector)
{
	return !bitmap_skip(geo, m, sector);
}

/* First place that the bitmap does not allow any more, where it allows @sector. */
static uint64_t bitmap_end(const struct scan_places *p, const struct member_geometry *m, uint64_t sector)
{
	unsigned shift = m->btree_bitmap_shift;
	uint64_t bit;

	if (p->whole || p->geo->version_upgrade_complete < VERSION_BITMAP || shift >= BITMAP_BITS)
		return UINT64_MAX;
	for (bit = sector >> shift; bit < BITMAP_BITS && m->btree_bitmap >> bit & 1; )
		bit++;
	return bit > UINT64_MAX >> shift ? UINT64_MAX : (bit << shift) - p->geo->node_sectors + 1;
}

/*
 * To ask costs as much as to read some places. Where the answer was that the place we stand at is data, more of those behind it are taken
 * for data without asking, twice as many each time, until a hole comes.
 */
static void look_for_hole(struct scan_places *p, uint64_t sector)
{
	uint64_t start, end;
	bool any = blk_next_data(p->devs->dev[p->dev]->blk, sector * 512, &start, &end);

	p->hole = sector;
	p->data = any ? start / 512 : UINT64_MAX;
	p->data_end = any ? (end + 511) / 512 : UINT64_MAX;
	if (p->data != sector)
		p->unasked = 0;
	else if (p->unasked < UNASKED_BYTES / 512)
		p->unasked = p->unasked ? 2 * p->unasked : p->geo->node_sectors;
	if (any && p->data_end - p->data < p->unasked)
		p->data_end = p->data + p->unasked;
}

/* First sector at or after @sector that need not be zeroes. */
static uint64_t next_data(struct scan_places *p, uint64_t sector)
{
	if (sector < p->hole || sector >= p->data_end)
		look_for_hole(p, sector);
	return sector < p->data ? p->data : sector;
}

static uint64_t place_number(const struct scan_places *p, const struct member_geometry *m, uint64_t place)
{
	return place / m->bucket_size * (m->bucket_size / p->geo->node_sectors) + place % m->bucket_size / p->geo->node_sectors;
}

/*
 * What begins with zeroes is no node, the magic of nodes being none: 0 when the place where we are is to be read, else a later one,
 * those before it counted.
 */
static uint64_t hole_skip(struct scan_places *p, const struct member_geometry *m, uint64_t end)
{
	uint64_t to = p->geo->bset_magic ? next_data(p, p->sector) : p->sector, limit = end - p->geo->node_sectors + 1;

	if (to == p->sector)
		return 0;
	if (to > bitmap_end(p, m, p->sector))
		to = bitmap_end(p, m, p->sector);
	to = place_at(p, m, to < limit ? to : limit);
	p->holes += place_number(p, m, to) - place_number(p, m, p->sector);
	return to;
}

/* Moves to the next place on this device; false at its end. */
static bool seek(struct scan_places *p, const struct member_geometry *m, uint64_t end)
{
	while (p->sector < end) {
		uint64_t skip;

		p->sector = place_at(p, m, p->sector);
		if (p->sector >= end || p->geo->node_sectors > end - p->sector)
			break;
		skip = p->whole ? 0 : bitmap_skip(p->geo, m, p->sector);
		skip = skip ? skip : hole_skip(p, m, end);
		if (!skip)
			return true;
		p->sector = skip < end ? skip : end;
	}
	return false;
}

static void fill_chunk(struct scan_places *p, const struct member_geometry *m, uint64_t end, struct scan_chunk *c)
{
	uint64_t room = SCAN_CHUNK_BYTES / 512;

	if (room < p->geo->node_sectors)
		room = p->geo->node_sectors;
	while (c->nr < SCAN_CHUNK_PLACES && seek(p, m, end) &&
	       (!c->nr || p->sector + p->geo->node_sectors - c->sector[0] <= room)) {
		c->sector[c->nr++] = p->sector;
		p->sector += p->geo->node_sectors;
	}
}

bool scan_places_next(struct scan_places *p, struct scan_chunk *ret)
{
	for (; p->dev < SB_MEMBERS_MAX; p->dev++, p->sector = 0) {
		const struct member_geometry *m = member_of(p, p->dev);

		ret->nr = 0;
		ret->dev = p->dev;
		if (!m)
			continue;
		fill_chunk(p, m, end_of(p, p->dev, m), ret);
		if (ret->nr)
			return true;
		p->passed += end_of(p, p->dev, m);
		p->hole = p->data = p->data_end = p->unasked = 0;
	}
	return false;
}

bool scan_queue_next(struct scan_queue *q, struct scan_chunk *ret, struct scan_chunk *fetch, unsigned *ret_fetch)
{
	*ret_fetch = 0;
	while (q->nr < SCAN_AHEAD) {
		struct scan_chunk *c = &q->chunk[(q->first + q->nr) % SCAN_AHEAD];

		if (!scan_places_next(&q->places, c))
			break;
		q->nr++;
		fetch[(*ret_fetch)++] = *c;
	}
	if (!q->nr)
		return false;
	*ret = q->chunk[q->first];
	q->first = (q->first + 1) % SCAN_AHEAD;
	q->nr--;
	return true;
}

uint64_t scan_places_total(const struct scan_places *p)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = member_of(p, i);

		if (m)
			total += end_of(p, i, m);
	}
	return total;
}
