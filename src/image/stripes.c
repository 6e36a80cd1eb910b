/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Erasure coding. Data was put into buckets of its own; now these are joined to stripes, one bucket of each device, with
 * parity on the devices that have the least left to be joined. Then the pointers of the extents learn which stripe they are
 * part of.
 */
#include "builder.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/stripe.h"

enum { GRANULARITY_BITS = 7 };	/* a checksum for as much as an extent can hold at most */

void image_device_add(struct accounting_pos *p, unsigned dev)
{
	unsigned at = p->nr_devs++;

	for (; at && p->devs[at - 1] > dev; at--)
		p->devs[at] = p->devs[at - 1];
	p->devs[at] = dev;
}

void image_stripe_devices(const struct builder *b, uint64_t idx, struct accounting_pos *p)
{
	const struct image_keys *keys = &b->btree[BTREE_stripes].keys;
	struct stripe_key s;
	struct extent_ptr ptr;
	uint16_t sectors;

	if (!idx || idx > keys->list.nr || !stripe_get(keys->list.v[idx - 1], &s))
		return;
	p->nr_required = s.nr_blocks - s.nr_redundant;
	for (unsigned i = 0; stripe_block(keys->list.v[idx - 1], &s, i, &ptr, &sectors); i++)
		image_device_add(p, ptr.dev);
}

/* ---- one stripe */

struct stripe_plan {
	struct stripe_key s;
	struct extent_ptr ptr[STRIPE_BLOCKS_MAX];	/* data blocks first */
	uint64_t	idx;
	struct bkey_buf	key;
};

/* Coarser checksums until the key is not too long. */
static bool start_key(const struct builder *b, struct stripe_plan *p)
{
	unsigned nr = b->nr_devs < STRIPE_BLOCKS_MAX ? b->nr_devs : STRIPE_BLOCKS_MAX;

	p->s = (struct stripe_key){ .sectors = b->dev[0].bucket_sectors, .nr_blocks = nr, .nr_redundant = b->o->parity, .csum_type = b->data_csum,
				    .csum_granularity_bits = GRANULARITY_BITS };
	while (!stripe_put(&p->key, p->idx, &p->s))
		if (++p->s.csum_granularity_bits > 15)
			return false;
	return stripe_get(bkey_buf_s(&p->key), &p->s);
}

/* Reads what lies at the same place of all data blocks, and writes its parity; checksums go into the key. */
static enum arb_code code_granule(struct builder *b, struct stripe_plan *p, unsigned nr, uint8_t *data)
{
	unsigned sector = nr << p->s.csum_granularity_bits, left = p->s.sectors - sector;
	unsigned sectors = left < 1u << p->s.csum_granularity_bits ? left : 1u << p->s.csum_granularity_bits;
	unsigned nr_data = p->s.nr_blocks - p->s.nr_redundant;
	size_t bytes = (size_t)sectors << 9, csum_bytes = stripe_csum_offset(&p->s, 0, 1) - stripe_csum_offset(&p->s, 0, 0);
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < nr_data; i++)
		c = blk_read(b->dev[p->ptr[i].dev].blk, (p->ptr[i].sector + sector) << 9, data + i * bytes, bytes, b->err);
	image_parity(data, bytes, nr_data, p->s.nr_redundant);
	for (unsigned i = nr_data; !c && i < p->s.nr_blocks; i++)
		c = blk_write(b->dev[p->ptr[i].dev].blk, (p->ptr[i].sector + sector) << 9, data + i * bytes, bytes, b->err);
	for (unsigned i = 0; !c && i < p->s.nr_blocks && csum_bytes; i++) {
		uint8_t csum[16];

		csum_put(csum, csum_compute(p->s.csum_type, data + i * bytes, bytes));
		memcpy(p->key.v + stripe_csum_offset(&p->s, i, nr), csum, csum_bytes);
	}
	return c;
}

static enum arb_code write_stripe(struct builder *b, struct stripe_plan *p)
{
	uint8_t *data = calloc(p->s.nr_blocks, (size_t)512 << p->s.csum_granularity_bits);
	enum arb_code c = data ? ARB_OK : image_no_memory(b);

	for (unsigned n = 0; !c && n << p->s.csum_granularity_bits < p->s.sectors; n++)
		c = code_granule(b, p, n, data);
	free(data);
	for (unsigned i = 0; i < p->s.nr_blocks; i++) {
		struct image_bucket *bucket = image_bucket_of(b, &p->ptr[i]);

		bucket->stripe = p->idx;
		bucket->redundancy = p->s.nr_redundant;
		le64_put(p->key.v + 8 + 8 * (size_t)i, extent_ptr_word(p->ptr[i].dev, p->ptr[i].sector, bucket->gen));
		le16_put(p->key.v + stripe_count_offset(&p->s, i), bucket->striped);
	}
	return c ? c : image_key_add(b, &b->btree[BTREE_stripes].keys, bkey_buf_s(&p->key));
}

/* ---- which buckets */

/* Buckets of a device that wait to be joined; devices by how many there are. */
struct waiting {
	struct image_dev *d;
	uint64_t	nr, next;
};

static bool bucket_waits(const struct image_bucket *s)
{
	return s->data_type == DATA_stripe && !s->stripe;
}

static int by_number(const void *va, const void *vb)
{
	const struct waiting *a = va, *b = vb;

	return a->nr != b->nr ? (a->nr < b->nr ? 1 : -1) : a->d->idx < b->d->idx ? -1 : 1;
}

/* A bucket of the device with data, or an empty one; for parity always an empty one. */
static enum arb_code take_block(struct builder *b, struct waiting *w, bool parity, struct extent_ptr *ret)
{
	enum arb_code c = ARB_OK;
	uint64_t bucket = 0;

	if (parity || !w->nr) {
		c = image_space_bucket(b, w->d, parity ? DATA_parity : DATA_stripe, &bucket);
		if (!c && parity)
			w->d->bucket[bucket].sectors = w->d->bucket_sectors;
	} else {
		while (!bucket_waits(&w->d->bucket[w->next]))
			w->next++;
		bucket = w->next++;
		w->nr--;
	}
	*ret = (struct extent_ptr){ .dev = w->d->idx, .sector = bucket * w->d->bucket_sectors };
	return c;
}

static enum arb_code make_stripe(struct builder *b, struct waiting *w, uint64_t idx)
{
	struct stripe_plan p = { .idx = idx };
	enum arb_code c = start_key(b, &p) ? ARB_OK :
		arb_fail(b->err, ARB_E_BAD_ARGUMENT, "the key of a stripe over %u devices would be too long", b->nr_devs);

	for (unsigned i = 0; !c && i < p.s.nr_blocks; i++)
		c = take_block(b, &w[i], i + p.s.nr_redundant >= p.s.nr_blocks, &p.ptr[i]);
	return c ? c : write_stripe(b, &p);
}

/* ---- pointers of extents */

static unsigned block_of(const struct builder *b, uint64_t idx, unsigned dev)
{
	struct bkey_s k = b->btree[BTREE_stripes].keys.list.v[idx - 1];
	struct extent_ptr ptr = { 0 };
	struct stripe_key s;
	unsigned i = 0;
	uint16_t sectors;

	stripe_get(k, &s);
	while (stripe_block(k, &s, i, &ptr, &sectors) && ptr.dev != dev)
		i++;
	return i;
}

/* The stripe entry of a pointer stands right before it; values of the builder's keys are its own. */
static void name_stripe(struct builder *b, struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p)) {
		const struct image_bucket *s = image_bucket_of(b, &p);
		uint64_t word = 1 << EXTENT_ENTRY_stripe_ptr | (uint64_t)s->redundancy << 13 | (uint64_t)s->stripe << 17;

		if (p.has_ec)
			le64_put((uint8_t *)k.v + 8 * (size_t)(p.word - 1), word | block_of(b, s->stripe, p.dev) << 5);
	}
}

enum arb_code image_stripes(struct builder *b)
{
	static const unsigned trees[] = { BTREE_extents, BTREE_reflink };
	struct waiting w[SB_MEMBERS_MAX];
	enum arb_code c = ARB_OK;

	if (!b->o->parity)
		return ARB_OK;
	for (unsigned i = 0; i < b->nr_devs; i++) {
		w[i] = (struct waiting){ .d = &b->dev[i] };
		for (uint64_t n = 0; n < w[i].d->nbuckets; n++)
			w[i].nr += bucket_waits(&w[i].d->bucket[n]);
	}
	qsort(w, b->nr_devs, sizeof(w[0]), by_number);
	for (uint64_t idx = 1; !c && w[0].nr; idx++) {
		c = make_stripe(b, w, idx);
		qsort(w, b->nr_devs, sizeof(w[0]), by_number);
	}
	for (unsigned t = 0; !c && t < 2; t++)
		for (size_t i = 0; i < b->btree[trees[t]].keys.list.nr; i++)
			name_stripe(b, b->btree[trees[t]].keys.list.v[i]);
	return c;
}
