/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has a key to do with a bucket? Its pointers, or, in btrees about buckets, its place. */
#include <config.h>
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/extent.h"
#include "arborist/session/stepping.h"

struct touch {
	const struct member_geometry *m;
	unsigned	dev;
	uint64_t	bucket;
};

static bool by_place(const struct touch *t, struct bkey_s k)
{
	return k.k.p.inode == t->dev && k.k.p.offset == t->bucket;
}

static bool by_gens(const struct touch *t, struct bkey_s k)
{
	return k.k.p.inode == t->dev && k.k.p.offset == t->bucket / BUCKET_GENS_NR;
}

/* Generation bits stand above the number of the bucket; a key is a stretch of free buckets that ends at its position. */
static bool by_freespace(const struct touch *t, struct bkey_s k)
{
	uint64_t last = k.k.p.offset & (UINT64_MAX >> 8);
	uint64_t len = k.k.size ? k.k.size : 1;	/* of a deleted key nothing is known but its end */

	return k.k.p.inode == t->dev && t->bucket < last && t->bucket + len >= last;
}

static bool by_backpointer(const struct touch *t, struct bkey_s k)
{
	return k.k.p.inode == t->dev && t->m->bucket_size && backpointer_bucket(t->m, k.k.p) == t->bucket;
}

static bool by_lru(const struct touch *t, struct bkey_s k)
{
	return k.k.p.offset == lru_dev_bucket(t->dev, t->bucket);
}

static const struct {
	unsigned btree;
	bool (*touches)(const struct touch *t, struct bkey_s k);
} about_buckets[] = {
	{ BTREE_alloc, by_place }, { BTREE_need_discard, by_place }, { BTREE_bucket_gens, by_gens },
	{ BTREE_freespace, by_freespace }, { BTREE_backpointers, by_backpointer }, { BTREE_lru, by_lru },
};

bool key_touches_bucket(const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k, unsigned dev, uint64_t bucket)
{
	const struct touch t = { geometry_member(geo, dev), dev, bucket };
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	if (!t.m)
		return false;
	for (size_t i = 0; !level && i < sizeof(about_buckets) / sizeof(about_buckets[0]); i++)
		if (about_buckets[i].btree == btree)
			return about_buckets[i].touches(&t, k);
	while (t.m->bucket_size && extent_next_ptr(k, &it, &p))
		if (p.dev == dev && p.sector / t.m->bucket_size == bucket)
			return true;
	return false;
}
