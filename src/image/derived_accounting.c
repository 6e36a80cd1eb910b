/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounting: inodes, sectors by device, by set of devices, by btree, by snapshot and by inode. */
#include "builder.h"
#include <stdlib.h>
#include "arborist/format/accounting.h"
#include "arborist/format/key_type.h"
#include "arborist/format/reflink.h"
#include "arborist/format/snapshot.h"
#include "arborist/format/stripe.h"

static enum arb_code count(struct builder *b, struct accounting_pos p, int64_t c0, int64_t c1, int64_t c2)
{
	struct image_keys *to = &b->btree[BTREE_accounting].keys;
	struct bversion ver = { .lo = (uint64_t)IMAGE_JOURNAL_SEQ << 32 | (to->list.nr + 1) };
	int64_t counters[ACCT_COUNTERS_MAX] = { c0, c1, c2 };
	struct bkey_buf buf;

	accounting_put(&buf, &p, ver, counters);
	return image_key_add(b, to, bkey_buf_s(&buf));
}

struct device_usage { int64_t buckets[DATA_TYPE_NR], sectors[DATA_TYPE_NR], fragmented[DATA_TYPE_NR]; };

static void usage_add(const struct image_dev *d, struct device_usage *u, const struct image_bucket *s)
{
	bool waiting = s->data_type == DATA_stripe && s->sectors > s->striped;

	u->buckets[s->data_type]++;
	u->sectors[s->data_type] += s->sectors;
	u->fragmented[s->data_type] += s->sectors ? d->bucket_sectors - s->sectors : 0;
	u->buckets[DATA_unstriped] += waiting;
	u->sectors[DATA_unstriped] += waiting ? s->sectors - s->striped : 0;
}

static enum arb_code count_device(struct builder *b, const struct image_dev *d)
{
	struct device_usage u = { { 0 }, { 0 }, { 0 } };
	enum arb_code c = ARB_OK;

	for (uint64_t i = 0; i < d->nbuckets; i++)
		usage_add(d, &u, &d->bucket[i]);
	for (unsigned type = 0; !c && type < DATA_TYPE_NR; type++) {
		struct accounting_pos p = { .type = ACCT_dev_data_type, .dev = d->idx, .data_type = type };

		if (u.buckets[type])
			c = count(b, p, u.buckets[type], u.sectors[type], u.fragmented[type]);
	}
	return c;
}

/* ---- sets of devices */

/* Adds to the entry of the list that has the same devices, or makes one. */
struct replica_set { struct accounting_pos p; int64_t sectors; };
struct replica_sets { ARB_ARRAY(struct replica_set) list; };

static bool replica_set_add(struct replica_sets *s, const struct accounting_pos *p, int64_t sectors)
{
	struct replica_set *set;

	for (size_t i = 0; i < s->list.nr; i++)
		if (bpos_eq(accounting_pos_put(&s->list.v[i].p), accounting_pos_put(p))) {
			s->list.v[i].sectors += sectors;
			return true;
		}
	set = arb_array_push(&s->list);
	if (set)
		*set = (struct replica_set){ *p, sectors };
	return set;
}

static bool replica_sets_of_nodes(const struct builder *b, struct replica_sets *s)
{
	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		for (unsigned level = 0; level < b->btree[id].depth; level++)
			for (size_t i = 0; i < b->btree[id].level[level].node.nr; i++) {
				const struct btree_ptr *p = &b->btree[id].level[level].node.v[i].ptr;
				struct accounting_pos set = { .type = ACCT_replicas, .data_type = DATA_btree, .nr_required = 1 };

				for (unsigned r = 0; r < p->nr_ptrs; r++)
					image_device_add(&set, p->ptr[r].dev);
				if (!replica_set_add(s, &set, (int64_t)p->nr_ptrs * b->geo.node_sectors))
					return false;
			}
	return true;
}

/* Pointers of an extent of ours, all of the same size: the sectors on all devices that are neither in a stripe nor cached. */
static unsigned extent_ptrs(struct bkey_s k, struct extent_ptr *ptr, int64_t *sectors)
{
	struct extent_iter it = { 0 };
	unsigned nr = 0;

	*sectors = 0;
	for (; nr < IMAGE_PTRS_MAX && extent_next_ptr(k, &it, &ptr[nr]); nr++)
		*sectors += ptr[nr].has_ec || ptr[nr].cached ? 0 : extent_disk_sectors(&ptr[nr], k.k.size);
	return nr;
}

/* What is in a stripe counts for all devices of the stripe; copies beside it are not required then. */
static bool replica_sets_of_extent(const struct builder *b, struct bkey_s k, struct replica_sets *s)
{
	struct accounting_pos own = { .type = ACCT_replicas, .data_type = DATA_user, .nr_required = 1 };
	struct extent_ptr ptr[IMAGE_PTRS_MAX];
	int64_t sectors;
	unsigned nr = extent_ptrs(k, ptr, &sectors);
	bool ok = true;

	for (unsigned i = 0; ok && i < nr; i++) {
		struct accounting_pos stripe = { .type = ACCT_replicas, .data_type = DATA_user };
		struct accounting_pos cached = { .type = ACCT_replicas, .data_type = DATA_cached, .nr_devs = 1, .nr_required = 1, .devs = { ptr[i].dev } };

		if (ptr[i].cached) {
			ok = replica_set_add(s, &cached, extent_disk_sectors(&ptr[i], k.k.size));
			continue;
		}
		if (!ptr[i].has_ec) {
			image_device_add(&own, ptr[i].dev);
			continue;
		}
		own.nr_required = 0;
		image_stripe_devices(b, ptr[i].ec_idx, &stripe);
		ok = replica_set_add(s, &stripe, extent_disk_sectors(&ptr[i], k.k.size));
	}
	return ok && (!own.nr_devs || replica_set_add(s, &own, sectors));
}

static bool replica_sets_of_data(const struct builder *b, unsigned btree, struct replica_sets *s)
{
	const struct image_keys *keys = &b->btree[btree].keys;

	for (size_t i = 0; i < keys->list.nr; i++)
		if (!replica_sets_of_extent(b, keys->list.v[i], s))
			return false;
	return true;
}

static bool replica_sets_of_stripes(const struct builder *b, struct replica_sets *s)
{
	const struct image_keys *keys = &b->btree[BTREE_stripes].keys;
	struct stripe_key k;

	for (size_t i = 0; i < keys->list.nr && stripe_get(keys->list.v[i], &k); i++) {
		struct accounting_pos p = { .type = ACCT_replicas, .data_type = DATA_parity };

		image_stripe_devices(b, keys->list.v[i].k.p.offset, &p);
		if (!replica_set_add(s, &p, (int64_t)k.sectors * k.nr_redundant))
			return false;
	}
	return true;
}

static enum arb_code count_replicas(struct builder *b)
{
	struct replica_sets s = { 0 };
	enum arb_code c = replica_sets_of_nodes(b, &s) && replica_sets_of_data(b, BTREE_extents, &s) &&
		replica_sets_of_data(b, BTREE_reflink, &s) && replica_sets_of_stripes(b, &s) ? ARB_OK : image_no_memory(b);

	for (size_t i = 0; !c && i < s.list.nr; i++)
		c = count(b, s.list.v[i].p, s.list.v[i].sectors, 0, 0);
	arb_array_free(&s.list);
	return c;
}

/* Extents, their sectors in the file and on disk, of each inode that has any (shared ones: inode 0). Keys are sorted. */
static enum arb_code count_inodes(struct builder *b, unsigned btree)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	struct extent_ptr ptr[IMAGE_PTRS_MAX];
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
	struct extent_ptr ptr[IMAGE_PTRS_MAX];
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
	struct extent_ptr ptr[IMAGE_PTRS_MAX];
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

/* Inodes of every version, and space that is reserved. */
static enum arb_code count_keys(struct builder *b)
{
	const struct image_keys *inodes = &b->btree[BTREE_inodes].keys, *extents = &b->btree[BTREE_extents].keys;
	struct accounting_pos p = { .type = ACCT_nr_inodes };
	int64_t nr = 0, reserved = 0;
	struct reservation r = { 0 };
	enum arb_code c;

	for (size_t i = 0; i < inodes->list.nr; i++)
		nr += bkey_type_is_inode(inodes->list.v[i].k.type);
	c = count(b, p, nr, 0, 0);
	for (size_t i = 0; i < extents->list.nr; i++)
		if (reservation_get(extents->list.v[i], &r)) {
			p = (struct accounting_pos){ .type = ACCT_persistent_reserved, .nr_replicas = r.nr_replicas };
			reserved += extents->list.v[i].k.size;
		}
	c = c || !reserved ? c : count(b, p, reserved, 0, 0);
	p = (struct accounting_pos){ .type = ACCT_rebalance_work };
	return c || !b->rebalance_sectors ? c : count(b, p, b->rebalance_sectors, 0, 0);
}

enum arb_code image_derive_accounting(struct builder *b)
{
	struct accounting_pos p;
	enum arb_code c = count_keys(b);

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
