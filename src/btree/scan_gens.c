/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pointers to be made carry the generation of the bucket as it is on disk: memory may not know it yet. Neighbours among the places
 * found mostly lie in neighbouring buckets, so the leaf of the alloc btree that said the last one is asked first.
 */
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "scan_private.h"

/* As bucket_gens has it; @ret stays as it is where that says nothing. */
static enum arb_code gen_of_bucket_gens(struct view *v, unsigned dev, uint64_t bucket, uint8_t *ret, struct arb_error *err)
{
	uint8_t gens[BUCKET_GENS_NR];
	struct bkey_buf k;
	bool found;
	enum arb_code code = view_lookup(v, BTREE_bucket_gens, BPOS(dev, bucket / BUCKET_GENS_NR, 0), &k, &found, err);

	if (!code && found && bucket_gens_get(bkey_buf_s(&k), gens))
		*ret = gens[bucket % BUCKET_GENS_NR];
	return code;
}

/* As the alloc btree has it, else as bucket_gens has it. */
static enum arb_code find_gen(struct view *v, struct view_near *near, unsigned dev, uint64_t bucket, uint8_t *ret, struct arb_error *err)
{
	struct bkey_buf k;
	struct alloc_v4 a;
	bool found;
	enum arb_code code = view_lookup_near(v, BTREE_alloc, BPOS(dev, bucket, 0), near, &k, &found, err);

	if (!code && found && alloc_get(bkey_buf_s(&k), &a)) {
		*ret = a.gen;
		return ARB_OK;
	}
	return code ? code : gen_of_bucket_gens(v, dev, bucket, ret, err);
}

enum arb_code scan_find_gens(struct scan *s, struct view *v, struct arb_error *err)
{
	struct view_near near = { 0 };
	struct scanned_copy *last = NULL;
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < s->nodes.nr; i++)
		for (unsigned j = 0; !code && j < s->nodes.v[i].nr_copies; j++) {
			struct scanned_copy *c = &s->nodes.v[i].copy[j];
			uint64_t size = v->geo.member[c->dev].bucket_size;

			if (last && last->dev == c->dev && last->sector / size == c->sector / size)
				c->gen = last->gen;
			else
				code = find_gen(v, &near, c->dev, c->sector / size, &c->gen, err);
			last = c;
		}
	node_put(&near.leaf);
	return code;
}
