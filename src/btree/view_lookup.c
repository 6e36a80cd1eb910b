/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One key by its position; what a pointer to a node says, or the node instead of it. */
#include "view_private.h"

bool view_pointer(struct view *v, unsigned btree, unsigned level, struct bkey_s k, struct btree_ptr *ret)
{
	struct node_got got = { 0 };

	if (!btree_ptr_get(k, ret))
		return false;
	if (ret->is_v2)
		return true;
	if (!view_node_as(v, btree, level, k, NODE_CHECKED, &got, NULL) && got.node) {
		ret->seq = got.node->h.bset.seq;
		ret->min_key = got.node->min;
	}
	if (got.ref)
		node_put(&got);
	return true;
}

/* The child of @n whose range holds @pos, in *ret; false when none does. */
static bool child_for(struct view *v, const struct node *n, struct bpos pos, struct bkey_s *ret)
{
	struct node_iter it;
	struct btree_ptr p;

	node_iter_init_at(&it, v, n, pos);
	return node_iter_next(&it, ret) && btree_ptr_get(*ret, &p) && bpos_le(p.min_key, pos);
}

static bool leaf_key(struct view *v, const struct node *n, struct bpos pos, struct bkey_buf *ret)
{
	struct node_iter it;
	struct bkey_s k;

	node_iter_init_at(&it, v, n, pos);
	if (!node_iter_next(&it, &k) || !bpos_eq(k.k.p, pos))
		return false;
	bkey_buf_set(ret, k);
	return true;
}

/* The leaf that would have @pos. Nothing where there is none, or where it cannot be reached. */
static enum arb_code leaf_for(struct view *v, unsigned btree, struct bpos pos, struct node_got *ret, struct arb_error *err)
{
	enum arb_code code = view_root(v, btree, ret, err);

	while (!code && ret->node && ret->node->level) {
		struct node_got child = { 0 };
		struct bkey_s k;

		if (child_for(v, ret->node, pos, &k))
			code = view_node(v, btree, ret->node->level - 1, k, &child, err);
		node_put(ret);
		*ret = child;
	}
	return code;
}

/*
 * Of the children that end at or after a position the first is taken. The leaf of an earlier position is that also for all later ones
 * up to its end, whatever its neighbours say of themselves.
 */
static bool has_leaf_for(const struct view_near *near, struct bpos pos)
{
	return near->leaf.node && bpos_le(near->from, pos) && bpos_le(pos, near->leaf.node->max);
}

enum arb_code view_lookup_near(struct view *v, unsigned btree, struct bpos pos, struct view_near *near, struct bkey_buf *ret, bool *ret_found,
			       struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	if (!has_leaf_for(near, pos)) {
		node_put(&near->leaf);
		near->from = pos;
		code = leaf_for(v, btree, pos, &near->leaf, err);
	}
	*ret_found = !code && near->leaf.node && leaf_key(v, near->leaf.node, pos, ret);
	return code;
}

enum arb_code view_lookup(struct view *v, unsigned btree, struct bpos pos, struct bkey_buf *ret, bool *ret_found, struct arb_error *err)
{
	struct view_near near = { 0 };
	enum arb_code code = view_lookup_near(v, btree, pos, &near, ret, ret_found, err);

	node_put(&near.leaf);
	return code;
}
