/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of buckets: a key per bucket in use, one per partly filled one (lru), one per run of free ones (freespace). */
#include "builder.h"
#include "arborist/format/alloc.h"

static struct alloc_v4 bucket_alloc(const struct image_dev *d, uint64_t bucket)
{
	const struct image_bucket *s = &d->bucket[bucket];

	bool cached = s->data_type == DATA_cached;

	return (struct alloc_v4){
		.data_type = s->data_type, .gen = s->gen, .oldest_gen = s->gen, .dirty_sectors = cached ? 0 : s->sectors - s->striped,
		.stripe_sectors = s->striped, .stripe = s->stripe, .stripe_redundancy = s->redundancy,
		.cached_sectors = cached ? s->sectors : 0, .io_time = { cached }, .need_discard = s->data_type == DATA_need_discard,
	};
}

static enum arb_code alloc_key(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	struct alloc_v4 a = bucket_alloc(d, bucket);
	struct bkey_buf buf;

	if (a.data_type == DATA_free)
		return ARB_OK;
	if (b->o->types < 2 || !image_alloc_old(&buf, BPOS(d->idx, bucket, 0), &a))
		alloc_put(&buf, BPOS(d->idx, bucket, 0), &a);
	return image_key_add(b, &b->btree[BTREE_alloc].keys, bkey_buf_s(&buf));
}

/* The generations of 256 buckets each, where one is not 0. */
static enum arb_code gens_key(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	struct bkey_buf key = { .k = { .p = BPOS(d->idx, bucket / BUCKET_GENS_NR, 0), .type = KEY_bucket_gens,
				       .u64s = BKEY_U64s + BUCKET_GENS_NR / 8 } };
	bool any = false;

	if (bucket % BUCKET_GENS_NR)
		return ARB_OK;
	for (uint64_t i = 0; i < BUCKET_GENS_NR && bucket + i < d->nbuckets; i++) {
		key.v[i] = d->bucket[bucket + i].gen;
		any |= key.v[i] != 0;
	}
	return any ? image_key_add(b, &b->btree[BTREE_bucket_gens].keys, bkey_buf_s(&key)) : ARB_OK;
}

static enum arb_code set_add(struct builder *b, unsigned btree, struct bpos p, uint32_t size)
{
	struct bkey_s k = { .k = { .p = p, .size = size, .u64s = BKEY_U64s, .type = KEY_set } };

	return image_key_add(b, &b->btree[btree].keys, k);
}

static enum arb_code lru_key(struct builder *b, const struct image_dev *d, uint64_t bucket)
{
	struct alloc_v4 a = bucket_alloc(d, bucket);
	uint64_t fragmentation = alloc_fragmentation(&a, d->bucket_sectors);

	if (a.data_type == DATA_cached)
		return set_add(b, BTREE_lru, lru_pos(d->idx, lru_dev_bucket(d->idx, bucket), a.io_time[0]), 0);
	if (!fragmentation)
		return ARB_OK;
	return set_add(b, BTREE_lru, lru_pos(LRU_ID_FRAGMENTATION, lru_dev_bucket(d->idx, bucket), fragmentation), 0);
}

static enum arb_code freespace_key(struct builder *b, const struct image_dev *d, uint64_t bucket)
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

enum arb_code image_derive_alloc(struct builder *b) { return each_bucket(b, alloc_key); }
enum arb_code image_derive_gens(struct builder *b) { return each_bucket(b, gens_key); }
enum arb_code image_derive_lru(struct builder *b) { return each_bucket(b, lru_key); }
enum arb_code image_derive_freespace(struct builder *b) { return each_bucket(b, freespace_key); }
