/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks over whole btrees. Both go down from the root at most BTREE_MAX_DEPTH levels: a child is only followed when its
 * header says the level below its parent's.
 */
#include "arborist/overlay/overlay.h"
#include "view_private.h"

#define WALK_AHEAD	32	/* nodes on their way at a time */

struct walker {
	struct view	*v;
	const struct walk *w;
	struct arb_error *err;
};

/* First position of the child a key points to; POS_MIN for pointers that do not say. */
static struct bpos child_min(struct bkey_s k)
{
	struct btree_ptr p;

	return btree_ptr_get(k, &p) ? p.min_key : POS_MIN;
}

static enum arb_code walk_keys(const struct walker *x, const struct node *n)
{
	enum arb_code code = x->w->node ? x->w->node(x->w->arg, n) : ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	if (!x->w->key)
		return code;
	node_iter_init_at(&it, x->v, n, bpos_max(n->min, x->w->start));
	while (!code && node_iter_next(&it, &k) && bpos_le(k.k.p, x->w->end))
		code = x->w->key(x->w->arg, n, k);
	return code;
}

static enum arb_code walk_node(const struct walker *x, const struct node *n);

static bool whole_wanted(const struct walk *w, struct bpos min, struct bpos max)
{
	return bpos_le(w->start, min) && bpos_le(max, w->end);
}

/* Nothing the overlay could add to or take from. */
static bool overlay_empty(const struct walker *x, const struct node *n)
{
	const struct overlay_key *o = overlay_nr_at(x->v->overlay, n->btree, 0) ? overlay_lower_bound(x->v->overlay, n->btree, 0, n->min) : NULL;

	return !o || bpos_lt(n->max, o->key.k.p);
}

static enum arb_code try_skip(const struct walker *x, const struct node *parent, struct bkey_s k, bool *ret)
{
	struct node_got got;
	enum arb_code code = view_node_as(x->v, parent->btree, 0, k, NODE_CHECKED, &got, x->err);

	*ret = false;
	if (code)
		return code;
	if (got.node && got.node->only_checked && whole_wanted(x->w, got.node->min, got.node->max) && overlay_empty(x, got.node))
		code = x->w->skip(x->w->arg, got.node, ret);
	node_put(&got);
	return code;
}

static enum arb_code walk_child(const struct walker *x, const struct node *parent, struct bkey_s k)
{
	struct node_got got;
	enum arb_code code;
	bool skip = false;

	if (x->w->skip && parent->level == 1)
		code = try_skip(x, parent, k, &skip);
	else
		code = ARB_OK;
	if (code || skip)
		return code;
	code = view_node(x->v, parent->btree, parent->level - 1, k, &got, x->err);
	if (code)
		return code;
	if (got.node)
		code = walk_node(x, got.node);
	else if (x->w->bad)
		code = x->w->bad(x->w->arg, parent->level - 1, k, got.defects);
	/* A walk that wants a part of it may come again, for the next part */
	if (got.node && !got.node->level && whole_wanted(x->w, got.node->min, got.node->max))
		node_cache_passed(x->v->cache, &got);
	node_put(&got);
	return code;
}

/* Children are keyed by their last position: the first at or after start is the first that can hold a key of the range. */
static enum arb_code walk_node(const struct walker *x, const struct node *n)
{
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	if (n->level == x->w->level)
		return walk_keys(x, n);
	node_iter_init_at(&it, x->v, n, bpos_max(n->min, x->w->start));
	while (!code && node_iter_next(&it, &k) && bpos_le(child_min(k), x->w->end)) {
		view_read_ahead(x->v, n, k.k.p, WALK_AHEAD, x->w->skip ? NODE_CHECKED : NODE_WHOLE);
		code = walk_child(x, n, k);
	}
	return code;
}

/* The root's own pointer as a key above it. */
static enum arb_code walk_root_key(const struct walker *x)
{
	const struct btree_root *r = &x->v->roots[x->w->btree];

	if (!r->exists || r->fake || r->lost || !bpos_le(x->w->start, r->key.k.p) || !bpos_le(r->key.k.p, x->w->end) || !x->w->key)
		return ARB_OK;
	return x->w->key(x->w->arg, NULL, bkey_buf_s(&r->key));
}

enum arb_code view_walk(struct view *v, const struct walk *w, struct arb_error *err)
{
	struct walker x = { .v = v, .w = w, .err = err };
	const struct btree_root *r;
	struct node_got got;
	enum arb_code code;

	if (w->btree >= BTREE_ID_NR_MAX)
		return ARB_OK;
	r = &v->roots[w->btree];
	if (!r->exists && !r->fake)
		return ARB_OK;
	if (w->level > r->level)
		return w->level == r->level + 1u ? walk_root_key(&x) : ARB_OK;
	code = view_root(v, w->btree, &got, err);
	if (code)
		return code;
	if (got.node)
		code = walk_node(&x, got.node);
	else if (w->bad)
		code = w->bad(w->arg, r->level, bkey_buf_s(&r->key), got.defects);
	node_put(&got);
	return code;
}

struct node_walker {
	struct view	*v;
	unsigned	btree, level_min;
	enum arb_code (*fn)(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got);
	void		*arg;
	struct arb_error *err;
};

static enum arb_code walk_subtree(const struct node_walker *x, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	if (got->node && level > x->level_min) {
		node_iter_init(&it, x->v, got->node);
		while (!code && node_iter_next(&it, &k)) {
			struct node_got child;

			view_read_ahead(x->v, got->node, k.k.p, WALK_AHEAD, NODE_WHOLE);
			code = view_node(x->v, x->btree, level - 1, k, &child, x->err);
			if (!code)
				code = walk_subtree(x, level - 1, k, &child);
			node_put(&child);
		}
	}
	return code ? code : x->fn(x->arg, level, ptr, got);
}

enum arb_code view_walk_nodes(struct view *v, unsigned btree, unsigned level_min,
			      enum arb_code (*fn)(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got),
			      void *arg, struct arb_error *err)
{
	struct node_walker x = { .v = v, .btree = btree, .level_min = level_min, .fn = fn, .arg = arg, .err = err };
	const struct btree_root *r = btree < BTREE_ID_NR_MAX ? &v->roots[btree] : NULL;
	struct node_got got;
	enum arb_code code;

	if (!r || (!r->exists && !r->fake) || level_min > r->level)
		return ARB_OK;
	code = view_root(v, btree, &got, err);
	if (code)
		return code;
	code = walk_subtree(&x, r->level, bkey_buf_s(&r->key), &got);
	node_put(&got);
	return code;
}
