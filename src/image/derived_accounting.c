/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounting: inodes, sectors by device, by set of devices, by btree, by snapshot and by inode. */
#include "builder.h"
#include <stdlib.h>
#include "arborist/format/accounting.h"
#include "arborist/format/snapshot.h"

static enum arb_code count(struct builder *b, struct accounting_pos p, int64_t c0, int64_t c1, int64_t c2)
{
	struct image_keys *to = &b->btree[BTREE_accounting].keys;
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

/* Pointers of an extent of ours, all of them dirty and of the same size: the sectors on all devices. */
static unsigned extent_ptrs(struct bkey_s k, struct extent_ptr *ptr, int64_t *sectors)
{
	struct extent_iter it = { 0 };
	unsigned nr = 0;

	while (nr < IMAGE_REPLICAS_MAX && extent_next_ptr(k, &it, &ptr[nr]))
		nr++;
	*sectors = nr ? (int64_t)nr * extent_disk_sectors(&ptr[0], k.k.size) : 0;
	return nr;
}

static bool replica_sets_of_data(const struct builder *b, unsigned btree, struct replica_sets *s)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];

	for (size_t i = 0; i < keys->list.nr; i++) {
		int64_t sectors;
		unsigned nr = extent_ptrs(keys->list.v[i], ptr, &sectors);

		if (nr && !replica_set_add(s, DATA_user, ptr, nr, sectors))
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
	const struct image_keys *keys = &b->btree[btree].keys;
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	enum arb_code c = ARB_OK;

	for (size_t i = 0, next; !c && i < keys->list.nr; i = next) {
		struct accounting_pos p = { .type = ACCT_inum, .inum = keys->list.v[i].k.p.inode };
		int64_t extents = 0, live = 0, disk = 0, sectors;

		for (next = i; next < keys->list.nr && keys->list.v[next].k.p.inode == p.inum; next++) {
			unsigned nr = extent_ptrs(keys->list.v[next], ptr, &sectors);

			extents += nr != 0;
			live += nr ? keys->list.v[next].k.size : 0;
			disk += sectors;
		}
		if (extents)
			c = count(b, p, extents, live, disk);
	}
	return c;
}

/* Sectors on disk of what was written in each snapshot. Ids go down from the root's, two for each snapshot made. */
static enum arb_code count_snapshots(struct builder *b)
{
	const struct image_keys *keys = &b->btree[BTREE_extents].keys;
	size_t nr = 2 * (size_t)b->o->nr_snapshots + 1;
	int64_t *sectors = calloc(nr, sizeof(*sectors)), n;
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	enum arb_code c = sectors ? ARB_OK : image_no_memory(b);

	for (size_t i = 0; !c && i < keys->list.nr; i++) {
		extent_ptrs(keys->list.v[i], ptr, &n);
		sectors[ROOT_SNAPSHOT - keys->list.v[i].k.p.snapshot] += n;
	}
	for (size_t i = 0; !c && i < nr; i++) {
		struct accounting_pos p = { .type = ACCT_snapshot, .id = ROOT_SNAPSHOT - i };

		if (sectors[i])
			c = count(b, p, sectors[i], 0, 0);
	}
	free(sectors);
	return c;
}

/* Extents of each kind of compression, with the sizes of every copy. */
static enum arb_code count_compression(struct builder *b)
{
	const struct image_keys *keys = &b->btree[BTREE_extents].keys;
	int64_t counters[COMPRESSION_TYPE_NR][3] = { 0 };
	struct extent_ptr ptr[IMAGE_REPLICAS_MAX];
	enum arb_code c = ARB_OK;

	for (size_t i = 0; i < keys->list.nr; i++) {
		int64_t sectors, *to;
		unsigned nr = extent_ptrs(keys->list.v[i], ptr, &sectors);

		if (!nr || !ptr[0].crc.compression_type)
			continue;
		to = counters[ptr[0].crc.compression_type];
		to[0]++;
		to[1] += (int64_t)nr * ptr[0].crc.uncompressed_size;
		to[2] += (int64_t)nr * ptr[0].crc.compressed_size;
	}
	for (unsigned i = 0; !c && i < COMPRESSION_TYPE_NR; i++) {
		struct accounting_pos p = { .type = ACCT_compression, .compression_type = i };

		if (counters[i][0])
			c = count(b, p, counters[i][0], counters[i][1], counters[i][2]);
	}
	return c;
}

enum arb_code image_derive_accounting(struct builder *b)
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
	c = c ? c : count_compression(b);
	c = c ? c : count_snapshots(b);
	c = c ? c : count_inodes(b, BTREE_extents);
	return c ? c : count_inodes(b, BTREE_reflink);
}
