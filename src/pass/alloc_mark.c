/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one key adds to buckets and counters (repair-semantics.md 8.2, 8.6). Pointers have been checked before: one that
 * still does not fit its bucket is left out here, and the pass knows by then that its sums are not whole.
 */
#include "alloc.h"

#include "arborist/format/btree_id.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "arborist/format/reflink.h"
#include "rebalance.h"

/* --- one pointer --------------------------------------------------------------------------------------------------- */

static uint32_t *sector_field(struct gc_bucket *b, const struct extent_ptr *p)
{
	return p->has_ec ? &b->stripe_sectors : p->cached ? &b->cached_sectors : &b->dirty_sectors;
}

/* False: a stale copy in the cache, which counts nowhere. */
static bool mark_pointer(struct alloc_gc *g, const struct extent_ptr *p, unsigned type, uint64_t sectors)
{
	struct gc_bucket *b = p->dev < SB_MEMBERS_MAX && g->dev[p->dev].bucket ? gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector)) : NULL;

	if (!b)
		return true;
	if (p->gen != b->gen)
		return !p->cached;
	if (type == DATA_btree && data_type_is_hidden(b->data_type))
		return true;		/* a node that is going to be written elsewhere */
	gc_bucket_add(g, p->dev, b, sector_field(b, p), sectors, p->has_ec ? DATA_stripe : type);
	return true;
}

/* --- one extent ---------------------------------------------------------------------------------------------------- */

struct extent_sums {
	struct accounting_pos replicas;
	uint64_t	sectors;	/* dirty, not in a stripe */
	unsigned	compression;	/* of the run of pointers at hand */
	uint64_t	uncompressed, compressed;
};

static void flush_compression(struct alloc_gc *g, struct extent_sums *s)
{
	struct accounting_pos a = { .type = ACCT_compression, .compression_type = s->compression };

	if (s->compression)
		counter_add(gc_counter(g, &g->compression, &a), COUNTED_NOW, 1, s->uncompressed, s->compressed);
	s->compression = s->uncompressed = s->compressed = 0;
}

static void add_compression(struct alloc_gc *g, struct extent_sums *s, const struct extent_crc *crc)
{
	if (s->compression != crc->compression_type)
		flush_compression(g, s);
	s->compression = crc->compression_type;
	s->uncompressed += crc->uncompressed_size;
	s->compressed += crc->compressed_size;
}

static void add_cached(struct alloc_gc *g, const struct extent_ptr *p, uint64_t sectors)
{
	struct accounting_pos a = {
		.type = ACCT_replicas, .data_type = DATA_cached, .nr_devs = 1, .nr_required = 1, .devs = { p->dev },
	};
	struct counter *memo = NULL;

	counter_add(gc_counter(g, &memo, &a), COUNTED_NOW, sectors, 0, 0);
}

static void add_striped(struct alloc_gc *g, struct extent_sums *s, const struct extent_ptr *p, uint64_t sectors)
{
	struct gc_stripe *stripe = gc_stripe(g, p->ec_idx);

	s->replicas.nr_required = 0;
	if (!stripe || p->ec_block >= STRIPE_BLOCKS_MAX)
		return;
	stripe->block_sectors[p->ec_block] += sectors;
	counter_add(stripe->user, COUNTED_NOW, sectors, 0, 0);
}

/* Devices of a replicas entry stand in ascending order; a copy that is gone (DEV_NONE) is one of them. */
static void add_device(struct accounting_pos *a, unsigned dev)
{
	unsigned i = a->nr_devs;

	if (i >= ACCT_REPLICAS_DEVS_MAX)
		return;
	for (; i && a->devs[i - 1] > dev; i--)
		a->devs[i] = a->devs[i - 1];
	a->devs[i] = dev;
	a->nr_devs++;
}

/* False: the pointer counts nowhere, not among what is compressed either. */
static bool add_pointer(struct alloc_gc *g, struct extent_sums *s, const struct extent_ptr *p, uint64_t sectors)
{
	if (!sectors || !mark_pointer(g, p, s->replicas.data_type, sectors))
		return false;
	if (p->cached) {
		add_cached(g, p, sectors);
	} else if (p->has_ec) {
		add_striped(g, s, p, sectors);
	} else {
		s->sectors += sectors;
		add_device(&s->replicas, p->dev);
	}
	return true;
}

static void add_sums(struct alloc_gc *g, const struct extent_sums *s, unsigned btree, unsigned level, const struct bkey *k)
{
	struct accounting_pos snapshot = { .type = ACCT_snapshot, .id = k->p.snapshot };
	struct accounting_pos tree = { .type = ACCT_btree, .id = btree };

	if (s->replicas.nr_devs) {
		counter_add(gc_counter(g, &g->replicas, &s->replicas), COUNTED_NOW, s->sectors, 0, 0);
		if (!level && k->p.snapshot)
			counter_add(gc_counter(g, &g->snapshot, &snapshot), COUNTED_NOW, s->sectors, 0, 0);
	}
	if (level)
		counter_add(gc_counter(g, &g->btree, &tree), COUNTED_NOW, s->sectors, 0, 0);
}

static enum arb_code mark_extent(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct extent_sums s = {
		.replicas = { .type = ACCT_replicas, .data_type = at->level ? DATA_btree : DATA_user, .nr_required = 1 },
	};
	uint32_t size = at->level ? g->v->geo.node_sectors : k.k.size;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p)) {
		if (add_pointer(g, &s, &p, extent_disk_sectors(&p, size)) && (p.crc.compression_type || s.compression))
			add_compression(g, &s, &p.crc);
	}
	flush_compression(g, &s);
	add_sums(g, &s, at->btree, at->level, &k.k);
	if (!at->level)
		rebalance_mark(g, k);
	return ARB_OK;
}

/* --- the other key types -------------------------------------------------------------------------------------------- */

static enum arb_code missing_bucket(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct finding *f = alloc_finding("alloc_key_to_missing_dev_bucket", "alloc.missing_bucket", BTREE_alloc, 0, k.k.p);
	struct repair *r = alloc_repair_key(at, k.k.p, NULL, "delete an alloc key that is about no bucket");
	bool fixed;

	if (f)
		finding_message(f, "alloc key for invalid device:bucket %llu:%llu", (unsigned long long)k.k.p.inode,
				(unsigned long long)k.k.p.offset);
	return alloc_decide(g, f, r, &fixed);
}

static enum arb_code mark_alloc(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct gc_bucket *b = k.k.p.inode < SB_MEMBERS_MAX ? gc_bucket(g, k.k.p.inode, k.k.p.offset) : NULL;
	struct alloc_v4 a;

	if (at->btree != BTREE_alloc || !alloc_get(k, &a))
		return ARB_OK;
	if (!b)
		return missing_bucket(g, at, k);
	b->flags |= GC_GEN_VALID;
	b->gen = a.gen;
	return ARB_OK;
}

static enum arb_code mark_stripe(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	(void)at;
	return alloc_mark_stripe(g, k);
}

static enum arb_code mark_inode(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	(void)at, (void)k;
	g->inodes++;
	return ARB_OK;
}

static enum arb_code mark_reservation(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct accounting_pos a = { .type = ACCT_persistent_reserved };
	struct counter *memo = NULL;
	struct reservation r;

	(void)at;
	if (!reservation_get(k, &r))
		return ARB_OK;
	a.nr_replicas = r.nr_replicas;
	counter_add(gc_counter(g, &memo, &a), COUNTED_NOW, k.k.size, 0, 0);
	return ARB_OK;
}

typedef enum arb_code mark_fn(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k);
static mark_fn *const marks[KEY_TYPE_NR] = {
	[KEY_extent] = mark_extent, [KEY_reflink_v] = mark_extent, [KEY_btree_ptr] = mark_extent, [KEY_btree_ptr_v2] = mark_extent,
	[KEY_alloc] = mark_alloc, [KEY_alloc_v2] = mark_alloc, [KEY_alloc_v3] = mark_alloc, [KEY_alloc_v4] = mark_alloc,
	[KEY_stripe] = mark_stripe, [KEY_reservation] = mark_reservation,
	[KEY_inode] = mark_inode, [KEY_inode_v2] = mark_inode, [KEY_inode_v3] = mark_inode,
};

enum arb_code alloc_mark_key(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	mark_fn *fn = k.k.type < KEY_TYPE_NR ? marks[k.k.type] : NULL;

	return fn ? fn(g, at, k) : ARB_OK;
}
