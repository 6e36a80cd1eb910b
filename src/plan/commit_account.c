/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commit_account.h"

#include <string.h>

static enum arb_code no_memory(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NOMEM, "no memory to account for new btree nodes");
}

void account_free(struct account *a)
{
	arb_array_free(&a->buckets);
	arb_array_free(&a->deltas);
}

/* --- counters --------------------------------------------------------------------------------------------------- */

static enum arb_code count(struct account *a, const struct accounting_pos *what, const int64_t *by, int sign, struct arb_error *err)
{
	struct bpos pos = accounting_pos_put(what);
	struct account_delta *d = NULL;

	for (size_t i = 0; i < a->deltas.nr && !d; i++)
		if (bpos_eq(a->deltas.v[i].pos, pos))
			d = &a->deltas.v[i];
	if (!d) {
		d = arb_array_push(&a->deltas);
		if (!d)
			return no_memory(err);
		d->pos = pos;
	}
	for (unsigned i = 0; i < accounting_nr_counters(what->type); i++)
		d->by[i] += sign * by[i];
	return ARB_OK;
}

static enum arb_code count_node(struct account *a, const struct fs_geometry *geo, unsigned btree, const struct btree_ptr *p, int sign,
				struct arb_error *err)
{
	struct accounting_pos in_btree = { .type = ACCT_btree, .id = btree };
	struct accounting_pos on_devs = { .type = ACCT_replicas, .data_type = DATA_btree, .nr_required = 1, .nr_devs = p->nr_ptrs };
	int64_t sectors = (int64_t)geo->node_sectors * p->nr_ptrs;
	enum arb_code code;

	for (unsigned i = 0; i < p->nr_ptrs; i++) {
		unsigned at = i;

		for (; at && on_devs.devs[at - 1] > p->ptr[i].dev; at--)
			on_devs.devs[at] = on_devs.devs[at - 1];
		on_devs.devs[at] = p->ptr[i].dev;
	}
	code = count(a, &in_btree, &sectors, sign, err);
	return code ? code : count(a, &on_devs, &sectors, sign, err);
}

/* --- buckets ---------------------------------------------------------------------------------------------------- */

/* @gen: of the pointer into it, for a bucket that has no key. */
static enum arb_code bucket_of(struct account *a, struct view *v, unsigned dev, uint64_t bucket, uint8_t gen, struct account_bucket **ret,
			       struct arb_error *err)
{
	struct account_bucket *b;
	struct bkey_buf k;
	bool found;
	enum arb_code code;

	for (size_t i = 0; i < a->buckets.nr; i++)
		if (a->buckets.v[i].dev == dev && a->buckets.v[i].bucket == bucket) {
			*ret = &a->buckets.v[i];
			return ARB_OK;
		}
	code = plan_lookup(v, BTREE_alloc, 0, BPOS(dev, bucket, 0), &k, &found, err);
	if (code)
		return code;
	b = *ret = arb_array_push(&a->buckets);
	if (!b)
		return no_memory(err);
	b->dev = dev;
	b->bucket = bucket;
	b->before.gen = b->before.oldest_gen = gen;
	if (found)
		alloc_get(bkey_buf_s(&k), &b->before);
	b->now = b->before;
	return ARB_OK;
}

enum arb_code account_node(struct account *a, struct view *v, unsigned btree, const struct btree_ptr *p, int sign, struct arb_error *err)
{
	enum arb_code code = p->nr_ptrs ? count_node(a, &v->geo, btree, p, sign, err) : ARB_OK;

	for (unsigned i = 0; i < p->nr_ptrs && !code; i++) {
		const struct member_geometry *g = geometry_member(&v->geo, p->ptr[i].dev);
		struct account_bucket *b;

		if (!g || !g->bucket_size || p->ptr[i].sector / g->bucket_size >= g->nbuckets)
			continue;
		code = bucket_of(a, v, p->ptr[i].dev, p->ptr[i].sector / g->bucket_size, p->ptr[i].gen, &b, err);
		if (code)
			break;
		if (sign > 0)
			b->now.dirty_sectors += v->geo.node_sectors;
		else
			b->now.dirty_sectors -= b->now.dirty_sectors < v->geo.node_sectors ? b->now.dirty_sectors : v->geo.node_sectors;
	}
	return code;
}

/* --- the keys ------------------------------------------------------------------------------------------------------ */

static enum arb_code count_state(struct account *a, const struct fs_geometry *geo, const struct account_bucket *b,
				 const struct alloc_v4 *s, int sign, struct arb_error *err)
{
	struct accounting_pos of_dev = { .type = ACCT_dev_data_type, .dev = b->dev, .data_type = s->data_type };
	int64_t used = (int64_t)(alloc_dirty_sectors(s) + s->cached_sectors), size = geo->member[b->dev].bucket_size;
	int64_t by[ACCT_COUNTERS_MAX] = { 1, used, used && used < size ? size - used : 0 };

	return count(a, &of_dev, by, sign, err);
}

static enum arb_code put_bucket(struct account *a, const struct view *v, struct overlay *o, struct account_bucket *b, struct arb_error *err)
{
	struct bkey_buf k;
	enum arb_code code;

	if (data_type_is_hidden(b->before.data_type))
		return ARB_OK;		/* a node that is written anew did not belong there, and was not counted there */
	b->now.data_type = alloc_data_type(&b->now, DATA_btree);
	if (b->now.dirty_sectors == b->before.dirty_sectors && b->now.data_type == b->before.data_type)
		return ARB_OK;
	code = count_state(a, &v->geo, b, &b->before, -1, err);
	code = code ? code : count_state(a, &v->geo, b, &b->now, 1, err);
	alloc_put(&k, BPOS(b->dev, b->bucket, 0), &b->now);
	return code ? code : overlay_insert(o, BTREE_alloc, 0, bkey_buf_s(&k), CAUSE_OF_COMMIT);
}

enum arb_code account_finish(struct account *a, const struct view *v, struct overlay *o, struct arb_error *err)
{
	enum arb_code code = ARB_OK;
	struct bkey_buf k;

	for (size_t i = 0; i < a->buckets.nr && !code; i++)
		code = put_bucket(a, v, o, &a->buckets.v[i], err);
	for (size_t i = 0; i < a->deltas.nr && !code; i++) {
		const struct account_delta *d = &a->deltas.v[i];
		struct accounting_pos pos = accounting_pos_get(d->pos);

		if (!d->by[0] && !d->by[1] && !d->by[2])
			continue;
		accounting_put(&k, &pos, (struct bversion) { .lo = 1 }, d->by);
		code = overlay_insert(o, BTREE_accounting, 0, bkey_buf_s(&k), CAUSE_OF_COMMIT);
	}
	return code;
}
