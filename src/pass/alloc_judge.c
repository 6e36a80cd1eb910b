/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a pointer, in the order of the rows (repair-semantics.md 8.5), and how that is said. */
#include "alloc_judge.h"

#include "arborist/format/key_type.h"

static unsigned norm(unsigned type)
{
	return type == DATA_cached || type == DATA_stripe ? DATA_user : type;
}

unsigned judged_type(const struct gc_place *at, struct bkey_s k, const struct extent_ptr *p, unsigned i)
{
	struct stripe_key s;

	if (at->level)
		return DATA_btree;
	if (k.k.type == KEY_stripe && stripe_get(k, &s))
		return i + s.nr_redundant >= s.nr_blocks ? DATA_parity : DATA_user;
	return p->has_ec ? DATA_stripe : DATA_user;
}

static bool in_stripe(const struct gc_stripe *s, const struct extent_ptr *p)
{
	if (p->ec_block >= STRIPE_BLOCKS_MAX || p->ec_block + s->s.nr_redundant >= s->s.nr_blocks)
		return false;
	return s->ptr[p->ec_block].gen == p->gen &&
		(s->ptr[p->ec_block].dev == p->dev || s->ptr[p->ec_block].dev == DEV_NONE || p->dev == DEV_NONE) &&
		p->sector >= s->ptr[p->ec_block].sector && p->sector - s->ptr[p->ec_block].sector < s->s.sectors;
}

static enum pointer_row judge_stripe(struct alloc_gc *g, const struct extent_ptr *p)
{
	const struct gc_stripe *s = gc_stripe(g, p->ec_idx);

	if (!s && g->stripes_unread)
		return PTR_FINE;
	return !s ? PTR_NO_STRIPE : in_stripe(s, p) ? PTR_FINE : PTR_WRONG_STRIPE;
}

/* Generations that differ by exactly half of all there are: neither is newer, and the pointer counts as older. */
static enum pointer_row judge_gen(const struct gc_bucket *b, const struct extent_ptr *p, enum pointer_row after)
{
	if (b->gen == p->gen)
		return PTR_FINE;
	if (gen_after(p->gen, b->gen))
		return after < PTR_NEWER ? PTR_NEWER : PTR_FINE;
	if (after < PTR_TOO_STALE && gen_after(b->gen, p->gen) > BUCKET_GC_GEN_MAX)
		return PTR_TOO_STALE;
	return after < PTR_STALE && !p->cached ? PTR_STALE : PTR_FINE;
}

static enum pointer_row judge_bucket(struct alloc_gc *g, const struct gc_bucket *b, const struct extent_ptr *p, unsigned type, enum pointer_row after)
{
	enum pointer_row row;

	if (!(b->flags & GC_GEN_VALID) && g->alloc_unread)
		return p->has_ec && after < PTR_NO_STRIPE ? judge_stripe(g, p) : PTR_FINE;
	if (after < PTR_NO_ALLOC_KEY && !(b->flags & GC_GEN_VALID))
		return PTR_NO_ALLOC_KEY;
	row = judge_gen(b, p, after);
	if (row != PTR_FINE || (type != DATA_btree && p->gen != b->gen))
		return row;
	if (after < PTR_WRONG_TYPE && !data_type_is_empty(b->data_type) && norm(b->data_type) != norm(type))
		return PTR_WRONG_TYPE;
	return p->has_ec && after < PTR_NO_STRIPE ? judge_stripe(g, p) : PTR_FINE;
}

/* The first row behind @after (PTR_FINE: from the start) that holds of pointer number @i; PTR_FINE: none. */
static enum pointer_row judge(struct alloc_gc *g, struct bkey_s k, const struct extent_ptr *p, unsigned i, unsigned type, enum pointer_row after)
{
	enum pointer_row row;

	const struct gc_bucket *b;

	if (p->dev == DEV_NONE)
		return p->has_ec && after < PTR_NO_STRIPE ? judge_stripe(g, p) : PTR_FINE;
	if (p->dev >= SB_MEMBERS_MAX || !g->dev[p->dev].bucket)
		return after < PTR_NO_DEVICE ? PTR_NO_DEVICE : PTR_FINE;
	b = gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector));
	if (!b)
		return after < PTR_NO_BUCKET ? PTR_NO_BUCKET : PTR_FINE;
	row = judge_bucket(g, b, p, type, after);
	return row == PTR_FINE && after < PTR_TAKEN && k.k.type == KEY_stripe && alloc_stripe_block_taken(g, k, p, i) ? PTR_TAKEN : row;
}

bool judge_hidden(struct alloc_gc *g, const struct extent_ptr *p)
{
	const struct gc_bucket *b = gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector));

	return b && data_type_is_hidden(b->data_type);
}

/* A node there, and the plan already writes it anew elsewhere. */
static bool node_leaves(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, const struct extent_ptr *p)
{
	return at->level && judge_hidden(g, p) && plan_rewrites(g->c->plan, at->btree, at->level, k);
}

enum pointer_row judge_next(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, const struct extent_ptr *p, unsigned i, enum pointer_row after)
{
	unsigned type = judged_type(at, k, p, i);
	enum pointer_row row = judge(g, k, p, i, type, after);

	return row == PTR_WRONG_TYPE && node_leaves(g, at, k, p) ? judge(g, k, p, i, type, row) : row;
}

static void type_text(struct arb_buf *m, const char *before, unsigned type)
{
	arb_buf_puts(m, before);
	data_type_to_text(m, type);
}

void judge_text(struct alloc_gc *g, struct arb_buf *m, enum pointer_row row, const struct extent_ptr *p, unsigned type)
{
	uint64_t bucket = row > PTR_NO_DEVICE ? gc_bucket_nr(g, p->dev == DEV_NONE ? g->v->devs->best_dev : p->dev, p->sector) : 0;
	const struct gc_bucket *b = row > PTR_NO_BUCKET && p->dev != DEV_NONE ? gc_bucket(g, p->dev, bucket) : NULL;

	if (row > PTR_NO_DEVICE && row < PTR_NO_STRIPE)
		arb_buf_printf(m, row == PTR_NO_BUCKET ? "pointer to invalid bucket %u:%llu" : "bucket %u:%llu", p->dev, (unsigned long long)bucket);
	if (b && (row == PTR_WRONG_TYPE || row == PTR_TOO_STALE))
		arb_buf_printf(m, " gen %u", b->gen);
	if (b && row != PTR_WRONG_TYPE && row < PTR_NO_STRIPE)
		type_text(m, " data type ", type);
	switch (row) {
	case PTR_NO_DEVICE:
		arb_buf_printf(m, "pointer to missing device %u", p->dev);
		break;
	case PTR_NO_ALLOC_KEY:
		arb_buf_printf(m, " ptr gen %u missing in alloc btree", p->gen);
		break;
	case PTR_NEWER:
		arb_buf_printf(m, " ptr gen in the future: %u > %u", p->gen, b ? b->gen : 0);
		break;
	case PTR_TOO_STALE:
		arb_buf_printf(m, ": ptr gen %u too stale", p->gen);
		break;
	case PTR_STALE:
		arb_buf_printf(m, " stale dirty ptr: %u < %u", p->gen, b ? b->gen : 0);
		break;
	case PTR_WRONG_TYPE:
		type_text(m, " different types of data in same bucket: ", b ? b->data_type : 0);
		type_text(m, ", ", type);
		break;
	case PTR_NO_STRIPE:
		arb_buf_printf(m, "pointer to nonexistent stripe %llu", (unsigned long long)p->ec_idx);
		break;
	case PTR_WRONG_STRIPE:
		arb_buf_printf(m, "pointer does not match stripe %llu", (unsigned long long)p->ec_idx);
		break;
	case PTR_TAKEN:
		arb_buf_printf(m, "bucket %u:%llu belongs to stripe %u", p->dev, (unsigned long long)bucket, b && b->stripe ? b->stripe : (unsigned)g->key.k.p.offset);
		break;
	default:
		break;
	}
}

bool judge_fine(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	for (unsigned i = 0; extent_next_ptr(k, &it, &p); i++)
		if (judge_next(g, at, k, &p, i, PTR_FINE) != PTR_FINE)
			return false;
	return true;
}
