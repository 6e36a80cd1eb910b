/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stripes: what one adds, and the counts of live sectors per block (repair-semantics.md 8.6, 8.10). */
#include "alloc.h"

#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"

/* --- buckets ------------------------------------------------------------------------------------------------------------ */

bool alloc_stripe_block_taken(struct alloc_gc *g, struct bkey_s k, const struct extent_ptr *p, unsigned i)
{
	uint64_t nr = gc_bucket_nr(g, p->dev, p->sector);
	const struct gc_bucket *b = gc_bucket(g, p->dev, nr);
	struct extent_iter it = { 0 };
	struct extent_ptr before;

	if (b && b->stripe && b->stripe != k.k.p.offset)
		return true;
	for (unsigned n = 0; n < i && extent_next_ptr(k, &it, &before); n++)
		if (before.dev == p->dev && gc_bucket_nr(g, p->dev, before.sector) == nr)
			return true;
	return false;
}

bool alloc_stripe_owns(struct alloc_gc *g, uint64_t idx, const struct extent_ptr *p)
{
	uint64_t nr = gc_bucket_nr(g, p->dev, p->sector);
	const struct gc_bucket *b = gc_bucket(g, p->dev, nr);
	struct alloc_v4 a;
	struct bkey_buf k;
	bool found;

	return b && b->stripe && b->stripe != idx && !view_lookup(g->v, BTREE_alloc, BPOS(p->dev, nr, 0), &k, &found, NULL) && found &&
		alloc_get(bkey_buf_s(&k), &a) && a.stripe == idx;
}

/* A bucket that another stripe has was asked about before (alloc_check.c): here it only is not counted twice. */
static void mark_block(struct alloc_gc *g, const struct gc_stripe *s, unsigned i)
{
	unsigned dev = s->ptr[i].dev;
	bool parity = i + s->s.nr_redundant >= s->s.nr_blocks;
	struct gc_bucket *b, old;

	if (dev >= SB_MEMBERS_MAX || !g->dev[dev].bucket)
		return;
	b = gc_bucket(g, dev, gc_bucket_nr(g, dev, s->ptr[i].sector));
	if (!b)
		return;
	if (b->stripe || (parity && !data_type_is_empty(b->data_type))) {
		if (!g->again)
			gc_incomplete(g, "a bucket belongs to a stripe and to something else");
		return;
	}
	old = *b;
	b->stripe = s->idx;
	b->redundancy = s->s.nr_redundant;
	b->data_type = parity ? DATA_parity : DATA_stripe;
	gc_bucket_account(g, dev, &old, b);
	if (parity)
		gc_bucket_add(g, dev, b, &b->dirty_sectors, s->s.sectors, DATA_parity);
}

/* --- stripes that cannot be ----------------------------------------------------------------------------------------------- */

static const char *impossible(const struct stripe_key *s)
{
	return !s->sectors ? "its blocks have no sectors" : s->nr_blocks > STRIPE_BLOCKS_MAX ? "it has more blocks than can be" :
		!s->nr_redundant ? "it has no parity" : s->nr_redundant >= s->nr_blocks ? "it has no data" : NULL;
}

enum arb_code alloc_check_stripe(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret)
{
	struct stripe_key s;
	const char *why = stripe_get(k, &s) ? impossible(&s) : NULL;
	struct finding *f;
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	if (!why)
		return ARB_OK;
	*ret = GC_LEAVE_OUT;
	f = alloc_finding("arborist_stripe_impossible", "alloc.stripe.impossible", BTREE_stripes, 0, k.k.p);
	alloc_key_text(g, &m, k);
	if (f)
		finding_message(f, "a stripe cannot be like this: %s\n  %s", why, arb_buf_str(&m));
	code = alloc_decide(g, f, alloc_repair_key(at, k.k.p, NULL, "delete a stripe"), &fixed);
	if (!fixed)
		gc_incomplete(g, "a stripe that cannot be was left as it is");
	return code;
}

/* --- marking ---------------------------------------------------------------------------------------------------------------- */

static void sorted_device(struct accounting_pos *a, unsigned dev)
{
	unsigned i = a->nr_devs++;

	for (; i && a->devs[i - 1] > dev; i--)
		a->devs[i] = a->devs[i - 1];
	a->devs[i] = dev;
}

static enum arb_code count_stripe(struct alloc_gc *g, struct gc_stripe *s)
{
	struct accounting_pos a = { .type = ACCT_replicas, .nr_required = s->s.nr_blocks - s->s.nr_redundant };
	struct counter *parity = NULL;

	for (unsigned i = 0; i < s->s.nr_blocks; i++)
		sorted_device(&a, s->ptr[i].dev);
	a.data_type = DATA_user;
	gc_counter(g, &s->user, &a);
	a.data_type = DATA_parity;
	counter_add(gc_counter(g, &parity, &a), COUNTED_NOW, (int64_t)s->s.sectors * s->s.nr_redundant, 0, 0);
	return g->oom ? arb_fail(g->c->err, ARB_E_NOMEM, "no memory for counters") : ARB_OK;
}

enum arb_code alloc_mark_stripe(struct alloc_gc *g, struct bkey_s k)
{
	struct gc_stripe s = { .idx = k.k.p.offset }, *to;
	enum arb_code code = ARB_OK;
	struct extent_ptr p;
	uint16_t sectors;

	if (!stripe_get(k, &s.s))
		return ARB_OK;
	if (impossible(&s.s))
		return ARB_OK;
	for (unsigned i = 0; i < s.s.nr_blocks; i++) {
		if (!stripe_block(k, &s.s, i, &p, &sectors))
			return ARB_OK;
		s.ptr[i].dev = p.dev;
		s.ptr[i].gen = p.gen;
		s.ptr[i].sector = p.sector;
	}
	code = count_stripe(g, &s);
	for (unsigned i = 0; i < s.s.nr_blocks && !code; i++)
		mark_block(g, &s, i);
	to = arb_array_push(&g->stripes);
	if (to)
		*to = s;
	return to ? code : arb_fail(g->c->err, ARB_E_NOMEM, "no memory for the stripes");
}

/* --- counts of live sectors ----------------------------------------------------------------------------------------------- */

static uint64_t counted(const struct gc_stripe *s, unsigned block)
{
	return s ? s->block_sectors[block] : 0;
}

static enum arb_code ask_counts(struct alloc_gc *g, struct bkey_s k, const struct stripe_key *s, const struct gc_stripe *c, const char *list,
				bool too_large)
{
	struct finding *f = alloc_finding("stripe_sector_count_wrong", "alloc.stripe.count", BTREE_stripes, 0, k.k.p);
	struct gc_place at = { .btree = BTREE_stripes };
	struct repair *r;
	bool fixed;
	ARB_BUF(m);

	bkey_buf_set(&g->key, k);
	alloc_key_text(g, &m, k);
	if (f)
		finding_message(f, "stripe has wrong block sector count %s:%s", arb_buf_str(&m), list);
	for (unsigned i = 0; !too_large && i < s->nr_blocks; i++)
		le16_put(g->key.v + stripe_count_offset(s, i), counted(c, i));
	r = too_large ? NULL : alloc_repair_key(&at, k.k.p, &g->key, "correct the counts of a stripe");
	return alloc_decide(g, f, r, &fixed);
}

static enum arb_code check_counts(void *arg, const struct node *n, struct bkey_s k)
{
	struct alloc_gc *g = arg;
	const struct gc_stripe *c;
	bool too_large = false;
	struct stripe_key s;
	struct extent_ptr p;
	uint16_t sectors;
	ARB_BUF(list);

	(void)n;
	if (!stripe_get(k, &s) || s.nr_blocks > STRIPE_BLOCKS_MAX || bkey_val_u64s(&k.k) < stripe_val_u64s(&s))
		return ARB_OK;
	c = gc_stripe(g, k.k.p.offset);
	for (unsigned i = 0; i < s.nr_blocks && stripe_block(k, &s, i, &p, &sectors); i++) {
		if (sectors == counted(c, i))
			continue;
		arb_buf_printf(&list, "\n  block %u: got %u, should be %llu", i, sectors, (unsigned long long)counted(c, i));
		too_large |= counted(c, i) > UINT16_MAX;
	}
	return list.len ? ask_counts(g, k, &s, c, arb_buf_str(&list), too_large) : ARB_OK;
}

enum arb_code alloc_stripes_done(struct alloc_gc *g)
{
	struct walk w = { .btree = BTREE_stripes, .start = POS_MIN, .end = SPOS_MAX, .key = check_counts, .node = alloc_come_by, .arg = g };

	return view_walk(g->v, &w, g->c->err);
}
