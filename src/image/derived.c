/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Btrees that follow from what was allocated: alloc, freespace, lru, backpointers, accounting. Each is made anew from
 * the buckets, the extents and the nodes as often as the allocations change.
 */
#include "builder.h"
#include <stdlib.h>
#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"
#include "arborist/format/snapshot.h"

static struct image_keys *keys_of(struct builder *b, unsigned btree)
{
	return &b->btree[btree].keys;
}

static struct alloc_v4 bucket_alloc(const struct image_dev *d, uint64_t bucket)
{
	return (struct alloc_v4){ .data_type = d->bucket[bucket].data_type, .dirty_sectors = d->bucket[bucket].sectors };
}

/* ---- alloc, lru, freespace: a row per bucket in use, one per partly filled bucket, one per run of free ones */

static enum arb_code derive_alloc(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	struct alloc_v4 a = bucket_alloc(d, bucket);
	struct bkey_buf buf;

	if (a.data_type == DATA_free)
		return ARB_OK;
	alloc_put(&buf, BPOS(d->idx, bucket, 0), &a);
	return image_key_add(b, keys_of(b, BTREE_alloc), bkey_buf_s(&buf));
}

static enum arb_code set_add(struct builder *b, unsigned btree, struct bpos p, uint32_t size)
{
	struct bkey_s k = { .k = { .p = p, .size = size, .u64s = BKEY_U64s, .type = KEY_set } };

	return image_key_add(b, keys_of(b, btree), k);
}

static enum arb_code derive_lru(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	struct alloc_v4 a = bucket_alloc(d, bucket);
	uint64_t fragmentation = alloc_fragmentation(&a, b->bucket_sectors);

	if (!fragmentation)
		return ARB_OK;
	return set_add(b, BTREE_lru, lru_pos(LRU_ID_FRAGMENTATION, lru_dev_bucket(d->idx, bucket), fragmentation), 0);
}

static enum arb_code derive_freespace(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	uint64_t end = bucket;

	if (d->bucket[bucket].data_type != DATA_free || (bucket && d->bucket[bucket - 1].data_type == DATA_free))
		return ARB_OK;
	while (end < d->nbuckets && d->bucket[end].data_type == DATA_free)
		end++;
	return set_add(b, BTREE_freespace, BPOS(d->idx, end, 0), end - bucket);
}

static enum arb_code each_bucket(struct builder *b, enum arb_code (*fn)(struct builder *, const struct image_dev *,
									uint64_t))
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; i < b->nr_devs; i++)
		for (uint64_t bucket = 0; !c && bucket < b->dev[i].nbuckets; bucket++)
			c = fn(b, &b->dev[i], bucket);
	return c;
}

/* ---- backpointers: one per pointer */

static enum arb_code backpointer_add(struct builder *b, unsigned btree, unsigned level, unsigned type, struct bpos pos,
				     const struct extent_ptr *p, uint32_t sectors)
{
	const struct member_geometry *m = &b->geo.member[p->dev];
	uint64_t bucket = p->sector / m->bucket_size, offset = (p->sector % m->bucket_size << 10) + p->crc.offset;
	struct backpointer bp = { .btree = btree, .level = level, .data_type = type, .bucket_offset = offset,
				  .bucket_len = sectors, .pos = pos };
	struct bkey_buf buf;

	backpointer_put(&buf, backpointer_pos(m, p->dev, bucket, offset), &bp);
	return image_key_add(b, keys_of(b, BTREE_backpointers), bkey_buf_s(&buf));
}

static enum arb_code backpointers_of_nodes(struct builder *b, unsigned btree)
{
	const struct image_btree *t = &b->btree[btree];
	enum arb_code c = ARB_OK;

	for (unsigned level = 0; level < t->depth; level++)
		for (size_t i = 0; i < t->level[level].node.nr; i++) {
			const struct btree_ptr *p = &t->level[level].node.v[i].ptr;

			for (unsigned r = 0; !c && r < p->nr_ptrs; r++)
				c = backpointer_add(b, btree, level + 1, DATA_btree, p->max_key, &p->ptr[r],
						    b->geo.node_sectors);
		}
	return c;
}

static enum arb_code backpointers_of_keys(struct builder *b, unsigned btree)
{
	const struct image_keys *keys = keys_of(b, btree);
	enum arb_code c = ARB_OK;

	for (size_t i = 0; i < keys->list.nr; i++) {
		struct extent_iter it = { 0 };
		struct extent_ptr p;

		while (!c && extent_next_ptr(keys->list.v[i], &it, &p))
			c = backpointer_add(b, btree, 0, DATA_user, keys->list.v[i].k.p, &p,
					    extent_disk_sectors(&p, keys->list.v[i].k.size));
	}
	return c;
}

static enum arb_code derive_backpointers(struct builder *b)
{
	enum arb_code c = ARB_OK;

	for (unsigned id = 0; !c && id < BTREE_ID_NR; id++) {
		c = backpointers_of_nodes(b, id);
		if (!c && btree_info(id)->flags & BTREE_DATA)
			c = backpointers_of_keys(b, id);
	}
	return c;
}

/* ---- accounting */

static enum arb_code count(struct builder *b, struct accounting_pos p, int64_t c0, int64_t c1, int64_t c2)
{
	struct image_keys *to = keys_of(b, BTREE_accounting);
	struct bversion ver = { .lo = (uint64_t)IMAGE_JOURNAL_SEQ << 32 | (to->list.nr + 1) };
	int64_t counters[ACCT_COUNTERS_MAX] = { c0, c1, c2 };
	struct bkey_buf buf;

	accounting_put(&buf, &p, ver, counters);
	return image_key_add(b, to, bkey_buf_s(&buf));
}

static enum arb_code count_device(struct builder *b, const struct image_dev *d)
{
	int64_t buckets[DATA_TYPE_NR] = { 0 }, sectors[DATA_TYPE_NR] = { 0 };
	enum arb_code c = ARB_OK;

	for (uint64_t i = 0; i < d->nbuckets; i++) {
		buckets[d->bucket[i].data_type]++;
		sectors[d->bucket[i].data_type] += d->bucket[i].sectors;
	}
	for (unsigned type = 0; !c && type < DATA_TYPE_NR; type++) {
		struct accounting_pos p = { .type = ACCT_dev_data_type, .dev = d->idx, .data_type = type };

		if (buckets[type])
			c = count(b, p, buckets[type], sectors[type],
				  type == DATA_free ? 0 : buckets[type] * b->bucket_sectors - sectors[type]);
	}
	return c;
}

/* Adds to the entry of the list that has the same devices, or makes one. */
struct replica_set { struct accounting_pos p; int64_t sectors; };
struct replica_sets { ARB_ARRAY(struct replica_set) list; };

static bool replica_set_add(struct replica_sets *s, unsigned type, const struct extent_ptr *ptr, unsigned nr,
			    int64_t sectors)
{
	struct accounting_pos p = { .type = ACCT_replicas, .data_type = type, .nr_devs = nr, .nr_required = 1 };
	struct replica_set *set;

	for (unsigned i = 0; i < nr; i++) {
		unsigned at = i;

		for (; at && p.devs[at - 1] > ptr[i].dev; at--)
			p.devs[at] = p.devs[at - 1];
		p.devs[at] = ptr[i].dev;
	}
	for (size_t i = 0; i < s->list.nr; i++)
		if (bpos_eq(accounting_pos_put(&s->list.v[i].p), accounting_pos_put(&p))) {
			s->list.v[i].sectors += sectors;
			return true;
		}
	set = arb_array_push(&s->list);
	if (set)
		*set = (struct replica_set){ p, sectors };
	return set;
}

static bool replica_sets_of_nodes(const struct builder *b, struct replica_sets *s)
{
	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		for (unsigned level = 0; level < b->btree[id].depth; level++)
			for (size_t i = 0; i < b->btree[id].level[level].node.nr; i++) {
				const struct btree_ptr *p = &b->btree[id].level[level].node.v[i].ptr;

				if (!replica_set_add(s, DATA_btree, p->ptr, p->nr_ptrs,
						     (int64_t)p->nr_ptrs * b->geo.node_sectors))
					return false;
			}
	return true;
}

/* Pointers of an extent of ours: no compression, all replicas dirty. */
static unsigned extent_ptrs(struct bkey_s k, struct extent_ptr *ptr)
{
	struct extent_iter it = { 0 };
	unsigned nr = 0;

	while (nr < IMAGE_REPLICAS_MAX && extent_next_ptr(k, &it, &ptr[nr]))
		nr++;
	return nr;
}

static bool replica_sets_of_data(const struct builder *b, unsigned btree, struct replica_sets *s)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];

	for (size_t i = 0; i < keys->list.nr; i++) {
		unsigned nr = extent_ptrs(keys->list.v[i], ptr);

		if (nr && !replica_set_add(s, DATA_user, ptr, nr, (int64_t)nr * keys->list.v[i].k.size))
			return false;
	}
	return true;
}

static enum arb_code count_replicas(struct builder *b)
{
	struct replica_sets s = { 0 };
	enum arb_code c = replica_sets_of_nodes(b, &s) && replica_sets_of_data(b, BTREE_extents, &s) &&
		replica_sets_of_data(b, BTREE_reflink, &s) ? ARB_OK : image_no_memory(b);

	for (size_t i = 0; !c && i < s.list.nr; i++)
		c = count(b, s.list.v[i].p, s.list.v[i].sectors, 0, 0);
	arb_array_free(&s.list);
	return c;
}

/* Extents, their sectors in the file and on disk, of each inode that has any (shared ones: inode 0). Keys are sorted. */
static enum arb_code count_inodes(struct builder *b, unsigned btree)
{
	const struct image_keys *keys = keys_of(b, btree);
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	enum arb_code c = ARB_OK;

	for (size_t i = 0, next; !c && i < keys->list.nr; i = next) {
		struct accounting_pos p = { .type = ACCT_inum, .inum = keys->list.v[i].k.p.inode };
		int64_t extents = 0, live = 0, disk = 0;

		for (next = i; next < keys->list.nr && keys->list.v[next].k.p.inode == p.inum; next++) {
			unsigned nr = extent_ptrs(keys->list.v[next], ptr);

			extents += nr != 0;
			live += nr ? keys->list.v[next].k.size : 0;
			disk += (int64_t)nr * keys->list.v[next].k.size;
		}
		if (extents)
			c = count(b, p, extents, live, disk);
	}
	return c;
}

/* Sectors on disk of what was written in each snapshot. Ids go down from the root's, two for each snapshot made. */
static enum arb_code count_snapshots(struct builder *b)
{
	const struct image_keys *keys = keys_of(b, BTREE_extents);
	size_t nr = 2 * (size_t)b->o->nr_snapshots + 1;
	int64_t *sectors = calloc(nr, sizeof(*sectors));
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	enum arb_code c = sectors ? ARB_OK : image_no_memory(b);

	for (size_t i = 0; !c && i < keys->list.nr; i++)
		sectors[ROOT_SNAPSHOT - keys->list.v[i].k.p.snapshot] += (int64_t)extent_ptrs(keys->list.v[i], ptr) * keys->list.v[i].k.size;
	for (size_t i = 0; !c && i < nr; i++) {
		struct accounting_pos p = { .type = ACCT_snapshot, .id = ROOT_SNAPSHOT - i };

		if (sectors[i])
			c = count(b, p, sectors[i], 0, 0);
	}
	free(sectors);
	return c;
}

static enum arb_code derive_accounting(struct builder *b)
{
	struct accounting_pos p = { .type = ACCT_nr_inodes };
	enum arb_code c = count(b, p, b->btree[BTREE_inodes].keys.list.nr, 0, 0);

	for (unsigned i = 0; !c && i < b->nr_devs; i++)
		c = count_device(b, &b->dev[i]);
	for (unsigned id = 0; !c && id < BTREE_ID_NR; id++) {
		p = (struct accounting_pos){ .type = ACCT_btree, .id = id };
		if (b->btree[id].depth)
			c = count(b, p, image_btree_nodes(b, id) * b->geo.node_sectors * b->replicas, 0, 0);
	}
	c = c ? c : count_replicas(b);
	c = c ? c : count_snapshots(b);
	c = c ? c : count_inodes(b, BTREE_extents);
	return c ? c : count_inodes(b, BTREE_reflink);
}

/* ---- */

enum arb_code image_derive(struct builder *b, unsigned btree)
{
	enum arb_code c = ARB_OK;

	image_keys_clear(keys_of(b, btree));
	switch (btree) {
	case BTREE_alloc:	c = each_bucket(b, derive_alloc); break;
	case BTREE_lru:		c = each_bucket(b, derive_lru); break;
	case BTREE_freespace:	c = each_bucket(b, derive_freespace); break;
	case BTREE_backpointers: c = derive_backpointers(b); break;
	case BTREE_accounting:	c = derive_accounting(b); break;
	}
	image_keys_sort(keys_of(b, btree));
	return c;
}
