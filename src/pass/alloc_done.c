/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was counted against what is recorded: alloc keys and counters (repair-semantics.md 8.8, 8.9). */
#include "alloc.h"

#include "arborist/format/btree_id.h"
#include "upgrade.h"

/* --- alloc keys ----------------------------------------------------------------------------------------------------------- */

struct done {
	struct alloc_gc	*g;
	unsigned	dev;		/* of the next bucket to be compared */
	uint64_t	bucket;
};

enum field { F_data_type, F_gen, F_dirty, F_stripe_sectors, F_cached, F_stripe, F_redundancy, F_NR };
static const struct { const char *id, *name; } fields[F_NR] = {
	[F_data_type]	= { "alloc_key_data_type_wrong", "data_type" },
	[F_gen]		= { "alloc_key_gen_wrong", "gen" },
	[F_dirty]	= { "alloc_key_dirty_sectors_wrong", "dirty_sectors" },
	[F_stripe_sectors] = { "alloc_key_stripe_sectors_wrong", "stripe_sectors" },
	[F_cached]	= { "alloc_key_cached_sectors_wrong", "cached_sectors" },
	[F_stripe]	= { "alloc_key_stripe_wrong", "stripe" },
	[F_redundancy]	= { "alloc_key_stripe_redundancy_wrong", "stripe_redundancy" },
};

static uint64_t field_get(const struct alloc_v4 *a, enum field f)
{
	const uint64_t v[F_NR] = {
		[F_data_type] = a->data_type, [F_gen] = a->gen, [F_dirty] = a->dirty_sectors, [F_stripe_sectors] = a->stripe_sectors,
		[F_cached] = a->cached_sectors, [F_stripe] = a->stripe, [F_redundancy] = a->stripe_redundancy,
	};

	return v[f];
}

static void field_take(struct alloc_v4 *to, const struct alloc_v4 *from, enum field f)
{
	switch (f) {
	case F_data_type:	to->data_type = from->data_type; break;
	case F_gen:		to->gen = from->gen; break;
	case F_dirty:		to->dirty_sectors = from->dirty_sectors; break;
	case F_stripe_sectors:	to->stripe_sectors = from->stripe_sectors; break;
	case F_cached:		to->cached_sectors = from->cached_sectors; break;
	case F_stripe:		to->stripe = from->stripe; break;
	case F_redundancy:	to->stripe_redundancy = from->stripe_redundancy; break;
	case F_NR:		break;
	}
}

static void field_message(struct finding *f, enum field i, struct bpos pos, const struct alloc_v4 *old, const struct alloc_v4 *now)
{
	ARB_BUF(m);

	arb_buf_printf(&m, "bucket %llu:%llu gen %u ", (unsigned long long)pos.inode, (unsigned long long)pos.offset, now->gen);
	if (i == F_data_type) {
		arb_buf_puts(&m, "has wrong data_type: got ");
		data_type_to_text(&m, old->data_type);
		arb_buf_puts(&m, ", should be ");
		data_type_to_text(&m, now->data_type);
	} else {
		arb_buf_puts(&m, "data type ");
		data_type_to_text(&m, now->data_type);
		arb_buf_printf(&m, " has wrong %s: got %llu, should be %llu", fields[i].name, (unsigned long long)field_get(old, i),
			       (unsigned long long)field_get(now, i));
	}
	finding_message(f, "%s", arb_buf_str(&m));
}

/* The question about one field; @key has what earlier answers took over, and gets this one. */
static enum arb_code ask_field(struct alloc_gc *g, struct bpos pos, enum field i, const struct alloc_v4 *old, const struct alloc_v4 *now,
			       struct alloc_v4 *key)
{
	struct finding *f = alloc_finding(fields[i].id, "alloc.done", BTREE_alloc, 0, pos);
	struct gc_place at = { .btree = BTREE_alloc };
	struct alloc_v4 with = *key;
	enum arb_code code;
	bool fixed;

	if (f)
		field_message(f, i, pos, old, now);
	field_take(&with, now, i);
	if (with.data_type == DATA_cached && !with.io_time[0])
		with.io_time[0] = g->v->journal->clock[0] ? g->v->journal->clock[0] & LRU_TIME_MAX : 1;
	alloc_put(&g->changed, pos, &with);
	code = alloc_decide(g, f, alloc_repair_key(&at, pos, &g->changed, "correct an alloc key"), &fixed);
	if (fixed)
		*key = with;
	return code;
}

/* What the alloc key should say. Flags and oldest generation are its own. */
static struct alloc_v4 should_be(struct alloc_gc *g, unsigned dev, struct gc_bucket *b, const struct alloc_v4 *old)
{
	const struct member_geometry *m = geometry_member(&g->v->geo, dev);
	struct alloc_v4 now = *old;
	struct gc_bucket was = *b;

	now.gen = b->gen;
	now.data_type = b->data_type;
	now.dirty_sectors = b->dirty_sectors;
	now.stripe_sectors = b->stripe_sectors;
	now.cached_sectors = b->cached_sectors;
	now.stripe = b->stripe;
	now.stripe_redundancy = b->redundancy;
	if (!m->online && data_type_is_hidden(old->data_type)) {	/* its superblock was not there to be marked */
		now.data_type = old->data_type;
		now.dirty_sectors = old->dirty_sectors;
	}
	now.data_type = alloc_data_type(&now, now.data_type);
	b->data_type = now.data_type;
	b->dirty_sectors = now.dirty_sectors;
	if (was.data_type != b->data_type || was.dirty_sectors != b->dirty_sectors)
		gc_bucket_account(g, dev, &was, b);
	return now;
}

static enum arb_code compare(struct alloc_gc *g, unsigned dev, uint64_t bucket, const struct alloc_v4 *old)
{
	struct alloc_v4 now = should_be(g, dev, &g->dev[dev].bucket[bucket], old), key = *old;
	enum arb_code code = ARB_OK;

	for (enum field i = 0; i < F_NR && !code; i++)
		if (field_get(old, i) != field_get(&now, i))
			code = ask_field(g, BPOS(dev, bucket, 0), i, old, &now, &key);
	return code;
}

static bool untouched(const struct gc_bucket *b)
{
	return !b->data_type && !b->gen && !b->dirty_sectors && !b->cached_sectors && !b->stripe_sectors && !b->stripe;
}

/* Buckets without an alloc key, up to the one given. */
static enum arb_code compare_missing(struct done *d, unsigned dev, uint64_t bucket)
{
	static const struct alloc_v4 nothing;
	enum arb_code code = ARB_OK;

	for (; d->dev <= dev && d->dev < SB_MEMBERS_MAX && !code; d->dev++, d->bucket = 0) {
		const struct gc_dev *gd = &d->g->dev[d->dev];
		uint64_t stop = d->dev == dev && bucket < gd->nbuckets ? bucket : gd->nbuckets;

		if (d->bucket < gd->first_bucket)
			d->bucket = gd->first_bucket;
		for (; gd->bucket && d->bucket < stop && !code; d->bucket++)
			if (!untouched(&gd->bucket[d->bucket]))
				code = compare(d->g, d->dev, d->bucket, &nothing);
		if (d->dev == dev)
			break;
	}
	return code;
}

static enum arb_code compare_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct done *d = arg;
	struct alloc_v4 old;
	enum arb_code code;

	(void)n;
	if (k.k.p.inode >= SB_MEMBERS_MAX || !gc_bucket(d->g, k.k.p.inode, k.k.p.offset) || !alloc_get(k, &old))
		return ARB_OK;
	code = compare_missing(d, k.k.p.inode, k.k.p.offset);
	if (code)
		return code;
	d->dev = k.k.p.inode;
	d->bucket = k.k.p.offset + 1;
	return compare(d->g, k.k.p.inode, k.k.p.offset, &old);
}

static enum arb_code come_by(void *arg, const struct node *n)
{
	return alloc_come_by(((struct done *)arg)->g, n);
}

enum arb_code alloc_buckets_done(struct alloc_gc *g)
{
	struct done d = { .g = g };
	struct walk w = { .btree = BTREE_alloc, .start = POS_MIN, .end = SPOS_MAX, .key = compare_key, .node = come_by, .arg = &d };
	enum arb_code code = view_walk(g->v, &w, g->c->err);

	return code ? code : compare_missing(&d, SB_MEMBERS_MAX, 0);
}

/* --- counters -------------------------------------------------------------------------------------------------------------- */

static void counters_text(struct arb_buf *m, const struct counter *x, enum counter_set set)
{
	for (unsigned i = 0; i < x->nr; i++)
		arb_buf_printf(m, " %lld", (long long)x->v[set][i]);
}

static bool rebalance_uncertain(const struct alloc_gc *g, const struct accounting_pos *a)
{
	return a->type == ACCT_rebalance_work && g->v->devs->nr_missing;
}

static enum arb_code ask_counter(struct alloc_gc *g, struct counter *x, const struct accounting_pos *a)
{
	struct finding *f = alloc_finding("accounting_mismatch", "accounting.done", BTREE_accounting, 0, x->pos);
	struct repair *r = repair_new("correct a counter");
	int64_t delta[ACCT_COUNTERS_MAX];
	struct bkey_buf k;
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	arb_buf_puts(&m, "accounting mismatch for ");
	accounting_pos_to_text(&m, a);
	arb_buf_puts(&m, ": got");
	counters_text(&m, x, COUNTED_BEFORE);
	arb_buf_puts(&m, " should be");
	counters_text(&m, x, COUNTED_NOW);
	if (f)
		f->rule = alloc_rule("accounting_mismatch", a->type);
	if (f)
		finding_message(f, "%s", arb_buf_str(&m));
	if (f && rebalance_uncertain(g, a)) {
		f->upkeep = true;
		f->suggested = ANSWER_SKIP;
		finding_reason(f, "this counter depends on the members that are missing");
	}
	for (unsigned i = 0; i < ACCT_COUNTERS_MAX; i++)
		delta[i] = (int64_t)((uint64_t)x->v[COUNTED_NOW][i] - (uint64_t)x->v[COUNTED_BEFORE][i]);
	if (g->counters->untouchable) {
		repair_free(r);
		r = NULL;
	}
	accounting_put(&k, a, (struct bversion){ .lo = 1 }, delta);	/* the version is given when the entry is laid out */
	if (r)
		repair_insert(r, BTREE_accounting, 0, bkey_buf_s(&k));
	code = alloc_decide(g, f, r, &fixed);
	if (fixed)
		memcpy(x->v[COUNTED_BEFORE], x->v[COUNTED_NOW], sizeof(x->v[COUNTED_NOW]));
	return code;
}

static enum arb_code check_counter(struct alloc_gc *g, struct counter *x)
{
	struct accounting_pos a = accounting_pos_get(x->pos);
	enum arb_code code = ARB_OK;

	if (x->ignored)
		return ARB_OK;
	if (a.type == ACCT_replicas && x->v[COUNTED_NOW][0] && !x->v[COUNTED_BEFORE][0] && !replicas_marked(g->c, x->pos, &a))
		code = replicas_ask(g->c, x->pos, &a);
	if (code || !memcmp(x->v[COUNTED_BEFORE], x->v[COUNTED_NOW], x->nr * sizeof(x->v[0][0])))
		return code;
	return ask_counter(g, x, &a);
}

enum arb_code alloc_accounting_done(struct alloc_gc *g)
{
	struct accounting_pos inodes = { .type = ACCT_nr_inodes };
	struct counter *memo = NULL, **all;
	enum arb_code code = ARB_OK;
	size_t nr;

	if (!upgrade_has_accounting(g->v))
		return upgrade_no_accounting(g->c);
	if (gc_counter(g, &memo, &inodes))
		memo->v[COUNTED_NOW][0] = g->inodes;
	all = counters_sorted(g->counters, &nr);
	if (g->oom || (!all && nr)) {
		free(all);
		return arb_fail(g->c->err, ARB_E_NOMEM, "no memory for counters");
	}
	for (size_t i = 0; i < nr && !code; i++)
		code = check_counter(g, all[i]);
	free(all);
	return code;
}
