/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of all buckets: one walk over every pointer, one over the alloc keys. */
#include <config.h>
#include "arborist/format/btree_id.h"
#include "claims.h"
#include "internal.h"

#define BUCKETS_MAX	(64u << 20)	/* of all devices: 2 GiB of tables */

struct cell {			/* while the claims are gathered; 24 bytes a bucket */
	uint16_t	types;
	uint8_t		gen;
	bool		has_key;
	uint32_t	sectors[RANK_NR], cached;
};

struct mapper {
	struct session	*s;
	struct bucket_map *m;
	struct cell	*cell[SB_MEMBERS_MAX];
};

static void add_sectors(uint32_t *to, uint64_t n)
{
	*to = n > UINT32_MAX - *to ? UINT32_MAX : *to + (uint32_t)n;
}

static void take_claim(void *arg, const struct claim *c, struct bkey_s k)
{
	struct mapper *x = arg;
	struct cell *cell = &x->cell[c->dev][c->bucket];

	(void)k;
	if (claim_is_stale(c, cell->gen, cell->has_key))
		return;
	cell->types |= 1u << c->data_type;
	if (c->cached)
		add_sectors(&cell->cached, c->sectors);
	else if (c->kind != CLAIM_STRIPE_BLOCK || c->data_type == DATA_parity)
		add_sectors(&cell->sectors[claim_rank(c->data_type)], c->sectors);
}

/* --- what is recorded ---------------------------------------------------------------------------------------------------------- */

static enum arb_code take_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct mapper *x = arg;
	struct bucket_device *d = k.k.p.inode < SB_MEMBERS_MAX ? &x->m->dev[k.k.p.inode] : NULL;
	struct bucket_entry *e;
	struct alloc_v4 a;

	(void)n;
	if (!d || !d->bucket || k.k.p.offset >= d->nbuckets || !alloc_get(k, &a))
		return ARB_OK;
	e = &d->bucket[k.k.p.offset];
	e->recorded = a.data_type;
	e->gen = a.gen;
	e->flags = BUCKET_HAS_KEY;
	e->sectors = a.data_type == DATA_cached ? a.cached_sectors : a.dirty_sectors + a.stripe_sectors;
	x->cell[k.k.p.inode][k.k.p.offset].gen = a.gen;
	x->cell[k.k.p.inode][k.k.p.offset].has_key = true;
	return ARB_OK;
}

static enum arb_code step(void *arg, const struct node *n)
{
	struct mapper *x = arg;

	(void)n;
	jobs_serve_browsing(x->s);
	return session_cancelled(x->s) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code bad_alloc(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct mapper *x = arg;

	(void)level, (void)ptr, (void)d;
	x->m->alloc_unreadable = true;
	return ARB_OK;
}

static enum arb_code read_alloc(struct mapper *x, struct arb_error *err)
{
	struct walk w = { .btree = BTREE_alloc, .start = POS_MIN, .end = SPOS_MAX, .key = take_alloc, .node = step, .bad = bad_alloc, .arg = x };
	const struct btree_root *root = &session_view(x->s)->roots[BTREE_alloc];

	x->m->alloc_unreadable = root->lost;
	if (root->lost || !(root->exists || root->fake))
		return ARB_OK;
	return view_walk(session_view(x->s), &w, err);
}

/* --- who owns what -------------------------------------------------------------------------------------------------------------- */

static void settle(struct bucket_entry *e, const struct cell *cell, bool online, bool alloc_unreadable)
{
	struct claim_sums s = { .types = cell->types };
	enum claim_rank rank = claim_sums_rank(&s);
	uint32_t sectors = cell->sectors[rank];
	unsigned types = cell->types & ~(1u << DATA_cached);

	if (!online && data_type_is_hidden(e->recorded)) {
		e->owner = e->recorded;
		return;
	}
	e->flags |= claim_sums_conflict(&s) ? BUCKET_CONFLICT : 0;
	if (types >> DATA_sb & 1)
		e->owner = DATA_sb;
	else if (rank == RANK_SUPER)
		e->owner = DATA_journal;
	else if (rank == RANK_BTREE)
		e->owner = DATA_btree;
	else if (rank == RANK_PARITY)
		e->owner = DATA_parity;
	else
		e->owner = types >> DATA_stripe & 1 ? DATA_stripe : types ? DATA_user : cell->types ? DATA_cached : data_type_is_empty(e->recorded) ? e->recorded : DATA_free;
	if (e->owner == DATA_cached)
		sectors = cell->cached;
	if (!(e->flags & BUCKET_HAS_KEY) && alloc_unreadable)
		;			/* nobody knows what is recorded */
	else if (e->owner != e->recorded || (!data_type_is_empty(e->owner) && sectors != e->sectors))
		e->flags |= BUCKET_DIFFERS;
	e->sectors = sectors;
}

static enum arb_code not_too_many(struct mapper *x, struct arb_error *err)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = geometry_member(&session_view(x->s)->geo, i);

		all += m ? m->nbuckets : 0;
	}
	if (all <= BUCKETS_MAX)
		return ARB_OK;
	return arb_fail(err, ARB_E_REFUSED, "a map of %llu buckets would take %llu MiB; bucket DEV:N shows one of them", (unsigned long long)all,
			(unsigned long long)(all * (sizeof(struct cell) + sizeof(struct bucket_entry)) >> 20));
}

static enum arb_code make_room(struct mapper *x, struct arb_error *err)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = geometry_member(&session_view(x->s)->geo, i);
		struct bucket_device *d = &x->m->dev[i];

		if (!m || !m->bucket_size)
			continue;
		*d = (struct bucket_device){ true, m->online, m->first_bucket, m->nbuckets, m->bucket_size,
					     calloc(m->nbuckets ? m->nbuckets : 1, sizeof(*d->bucket)) };
		x->cell[i] = calloc(m->nbuckets ? m->nbuckets : 1, sizeof(*x->cell[i]));
		if (!d->bucket || !x->cell[i])
			return arb_fail(err, ARB_E_NOMEM, "no memory for the map of %llu buckets", (unsigned long long)m->nbuckets);
	}
	return ARB_OK;
}

static void settle_all(struct mapper *x)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		for (uint64_t b = 0; b < x->m->dev[i].nbuckets; b++)
			settle(&x->m->dev[i].bucket[b], &x->cell[i][b], x->m->dev[i].online, x->m->alloc_unreadable);
}

enum arb_code session_bucket_map(struct session *s, struct bucket_map **ret, struct arb_error *err)
{
	struct mapper x = { .s = s, .m = calloc(1, sizeof(*x.m)) };
	struct claims_walk w = { .claim = take_claim, .arg = &x };
	enum arb_code code = x.m ? not_too_many(&x, err) : arb_fail(err, ARB_E_NOMEM, "out of memory");

	code = code ? code : make_room(&x, err);
	code = code ? code : read_alloc(&x, err);
	code = code ? code : session_claims(s, "buckets", &w, err);
	if (!code) {
		settle_all(&x);
		x.m->nodes_unreadable = w.nodes_unreadable;
		*ret = x.m;
	} else {
		bucket_map_free(x.m);
	}
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free(x.cell[i]);
	return code;
}

void bucket_map_free(struct bucket_map *m)
{
	for (unsigned i = 0; m && i < SB_MEMBERS_MAX; i++)
		free(m->dev[i].bucket);
	free(m);
}
