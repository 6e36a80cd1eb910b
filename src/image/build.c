/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a filesystem, step by step. */
#include "builder.h"
#include <stdlib.h>
#include <string.h>

enum { CREATED_DEFAULT = 1700000000 };

/* The order matters: backpointers and accounting count the nodes of all the others. */
static const struct {
	unsigned	btree;
	enum arb_code	(*keys)(struct builder *b);
} derived[] = {
	{ BTREE_alloc, image_derive_alloc }, { BTREE_bucket_gens, image_derive_gens }, { BTREE_lru, image_derive_lru }, { BTREE_freespace, image_derive_freespace },
	{ BTREE_backpointers, image_derive_backpointers }, { BTREE_accounting, image_derive_accounting },
};
enum { BACKPOINTERS = 4, DERIVED_NR = sizeof(derived) / sizeof(derived[0]) };

static bool power_of_two(unsigned v) { return v && !(v & (v - 1)); }

static unsigned bucket_bytes(const struct image_options *o, unsigned dev)
{
	return dev < IMAGE_OWN_BUCKETS && o->bucket_bytes_of[dev] ? o->bucket_bytes_of[dev] : o->bucket_bytes;
}

static bool bucket_bytes_ok(const struct image_options *o, unsigned bytes)
{
	return bytes >= o->node_bytes && bytes % o->node_bytes == 0 && bytes >= 64 << 10 && bytes <= 16 << 20;
}

static enum arb_code check_options(const struct image_options *o, unsigned nr, struct arb_error *err)
{
	if (!power_of_two(o->block_bytes) || o->block_bytes < 512 || o->block_bytes > 4096)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "block size must be a power of two from 512 to 4096");
	if (!power_of_two(o->node_bytes) || o->node_bytes < o->block_bytes || o->node_bytes < 4096 ||
	    o->node_bytes > 256 << 10)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "btree node size must be a power of two from 4 KiB to 256 KiB");
	for (unsigned i = 0; i < nr; i++)
		if (!bucket_bytes_ok(o, bucket_bytes(o, i)))
			return arb_fail(err, ARB_E_BAD_ARGUMENT,
					"bucket size must be a multiple of the node size, from 64 KiB to 16 MiB");
		else if (o->parity && bucket_bytes(o, i) != bucket_bytes(o, 0))
			return arb_fail(err, ARB_E_BAD_ARGUMENT, "the blocks of a stripe are buckets of one size");
	if (o->bsets > 8 || o->types > 2 || o->csum_opt > 3 || o->min_depth > BTREE_MAX_DEPTH || o->replicas > IMAGE_REPLICAS_MAX)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "checksum type, depth, bsets or replicas out of range");
	if (2 * (uint64_t)o->nr_shared + o->nr_compressed > o->nr_files || o->nr_xattrs > o->nr_files || o->nr_hard_links > o->nr_files ||
	    o->nr_snapshots > 1000)
		return arb_fail(err, ARB_E_BAD_ARGUMENT,
				"more shared or compressed files, attributes or links than files, or too many snapshots");
	if (o->parity > 2 || (o->parity && nr < o->parity + 2))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "stripes have one or two blocks of parity, and need two devices more than that");
	if (!nr || nr > SB_MEMBERS_MAX || (o->replicas ? o->replicas : 1) > nr)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "%u devices cannot hold %u replicas", nr, o->replicas);
	return ARB_OK;
}

static void uuid_new(struct builder *b, uint8_t uuid[16])
{
	uint64_t r[2] = { arb_random_u64(&b->random), arb_random_u64(&b->random) };

	memcpy(uuid, r, 16);
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
}

static enum arb_code device_init(struct builder *b, unsigned i, struct blk *blk)
{
	struct image_dev *d = &b->dev[i];
	struct sb_member *m = &d->member;
	enum arb_code c;

	d->blk = blk;
	d->idx = i;
	d->bucket_sectors = bucket_bytes(b->o, i) >> 9;
	uuid_new(b, d->uuid);
	c = image_space_init(b, d);
	if (c)
		return c;
	memcpy(m->uuid, d->uuid, 16);
	m->alive = true;
	m->nbuckets = d->nbuckets;
	m->bucket_size = d->bucket_sectors;
	m->last_mount = b->time_ns / 1000000000;
	m->seq = 12;
	sb_member_flag_set(m, "DATA_ALLOWED", 1 << DATA_journal | 1 << DATA_btree | 1 << DATA_user);
	sb_member_flag_set(m, "DURABILITY", 2);
	sb_member_flag_set(m, "FREESPACE_INITIALIZED", 1);
	return ARB_OK;
}

static enum arb_code geometry_init(struct builder *b)
{
	struct sb sb;
	enum arb_code c = image_super_new(b, &sb);

	if (!c)
		sb_geometry(&sb, &b->geo);
	sb_free(&sb);
	return c;
}

static enum arb_code plan_contents(struct builder *b)
{
	bool grown = false;
	enum arb_code c = ARB_OK;

	for (unsigned id = 0; !c && id < BTREE_ID_NR; id++) {
		image_keys_sort(&b->btree[id].keys);
		image_keys_sort(&b->late[id]);
		c = image_btree_plan(b, id, &grown);
		if (!c)
			image_btree_ranges(b, id);
	}
	return c;
}

static enum arb_code derive(struct builder *b, unsigned i)
{
	struct image_keys *keys = &b->btree[derived[i].btree].keys;
	enum arb_code c;

	image_keys_clear(keys);
	c = derived[i].keys(b);
	image_keys_sort(keys);
	return c;
}

/* Derived btrees describe their own nodes too: plan until none of them has grown. */
static enum arb_code plan_derived(struct builder *b)
{
	bool grown = true;
	enum arb_code c = ARB_OK;

	while (!c && grown) {
		grown = false;
		for (unsigned i = 0; !c && i < DERIVED_NR; i++) {
			c = derive(b, i);
			c = c ? c : image_btree_plan(b, derived[i].btree, &grown);
		}
	}
	for (unsigned i = 0; !c && i < DERIVED_NR; i++)
		image_btree_ranges(b, derived[i].btree);
	/* The places are fixed and so is their order; now that the ranges are known the backpointers can name them. */
	return c ? c : derive(b, BACKPOINTERS);
}

static enum arb_code check_order(struct builder *b)
{
	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		for (size_t i = 1; i < b->btree[id].keys.list.nr; i++)
			if (!bpos_lt(b->btree[id].keys.list.v[i - 1].k.p, b->btree[id].keys.list.v[i].k.p))
				return arb_fail(b->err, ARB_E_BAD_ARGUMENT,
						"two keys of %s have the same place: choose another seed",
						btree_info(id)->name);
	return ARB_OK;
}

static enum arb_code write_all(struct builder *b)
{
	enum arb_code c = check_order(b);

	for (unsigned id = 0; !c && id < BTREE_ID_NR; id++)
		c = image_btree_write(b, id);
	c = c ? c : image_log_write(b);
	c = c ? c : image_super_write(b);
	for (unsigned i = 0; !c && i < b->nr_devs; i++)
		c = blk_sync(b->dev[i].blk, b->err);
	return c;
}

static enum arb_code build(struct builder *b, struct blk **devs)
{
	enum arb_code c = ARB_OK;

	uuid_new(b, b->uuid);
	uuid_new(b, b->user_uuid);
	for (unsigned i = 0; !c && i < b->nr_devs; i++)
		c = device_init(b, i, devs[i]);
	c = c ? c : geometry_init(b);
	c = c ? c : image_contents(b);
	c = c ? c : image_types(b);
	c = c ? c : image_snapshots(b);
	c = c ? c : image_types_late(b);
	c = c ? c : image_contents_late(b);
	c = c ? c : image_stripes(b);
	c = c ? c : image_contents_keys(b);
	c = c ? c : plan_contents(b);
	c = c ? c : plan_derived(b);
	return c ? c : write_all(b);
}

static void builder_free(struct builder *b)
{
	for (unsigned i = 0; i < b->nr_devs; i++)
		free(b->dev[i].bucket);
	for (unsigned id = 0; id < BTREE_ID_NR; id++) {
		image_keys_clear(&b->btree[id].keys);
		image_keys_clear(&b->late[id]);
		for (unsigned level = 0; level < BTREE_MAX_DEPTH; level++)
			arb_array_free(&b->btree[id].level[level].node);
	}
	arb_array_free(&b->inodes);
	free(b);
}

enum arb_code image_build_set(const struct image_options *given, struct blk **devs, unsigned nr, struct arb_error *err)
{
	struct image_options o = *given;
	struct builder *b;
	enum arb_code c;

	o.block_bytes = o.block_bytes ? o.block_bytes : 4096;
	o.node_bytes = o.node_bytes ? o.node_bytes : 32u << 10;
	o.bucket_bytes = o.bucket_bytes ? o.bucket_bytes : 128u << 10;
	c = check_options(&o, nr, err);
	for (unsigned i = 0; !c && i < nr; i++)
		c = blk_open_write(devs[i], err);
	if (c)
		return c;
	b = calloc(1, sizeof(*b));
	if (!b)
		return arb_fail(err, ARB_E_NOMEM, "no memory to build a filesystem");
	b->o = &o;
	b->err = err;
	b->nr_devs = nr;
	b->replicas = o.replicas ? o.replicas : 1;
	b->data_csum = csum_opt_to_type(o.csum_opt, true);
	b->time_ns = o.time_ns ? o.time_ns : CREATED_DEFAULT * UINT64_C(1000000000);
	arb_random_seed(&b->random, o.seed);
	c = build(b, devs);
	builder_free(b);
	return c;
}

enum arb_code image_build(const struct image_options *o, struct blk *dev, struct arb_error *err)
{
	return image_build_set(o, &dev, 1, err);
}
