/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One key of the view by its place, reading the nodes on the way down. */
#include "internal.h"

/* The first key of @n, merged with the overlay, at or after @pos. Its value may lie in @it. */
static bool first_at(struct node_iter *it, struct view *v, const struct node *n, struct bpos pos, struct bkey_s *ret)
{
	node_iter_init_at(it, v, n, pos);
	return node_iter_next(it, ret);
}

static bool found_at(struct view *v, const struct node *n, struct bpos pos, struct bkey_buf *ret)
{
	struct node_iter it;
	struct bkey_s k;

	if (!first_at(&it, v, n, pos, &k) || !bpos_eq(k.k.p, pos))
		return false;
	bkey_buf_set(ret, k);
	return true;
}

enum arb_code plan_lookup(struct view *v, unsigned btree, unsigned level, struct bpos pos, struct bkey_buf *ret, bool *ret_found,
			  struct arb_error *err)
{
	const struct btree_root *root = &v->roots[btree];
	struct node_got got;
	struct node_iter it;
	struct bkey_s child;
	enum arb_code code;

	*ret_found = false;
	if (!root->exists || root->lost || root->level < level)
		return ARB_OK;
	code = view_root(v, btree, &got, err);
	for (unsigned at = root->level; !code && got.node; at--) {
		struct node_got next;

		if (at == level) {
			*ret_found = found_at(v, got.node, pos, ret);
			break;
		}
		if (!first_at(&it, v, got.node, pos, &child))
			break;
		code = view_node(v, btree, at - 1, child, &next, err);
		node_put(&got);
		if (code)
			return code;
		got = next;
	}
	if (!code)
		node_put(&got);
	return code;
}

bool plan_same_place(struct bkey_s a, struct bkey_s b)
{
	struct btree_ptr p, q;

	if (!btree_ptr_get(a, &p) || !btree_ptr_get(b, &q))
		return false;
	for (unsigned i = 0; i < p.nr_ptrs; i++)
		for (unsigned j = 0; j < q.nr_ptrs; j++)
			if (p.ptr[i].dev == q.ptr[j].dev && p.ptr[i].sector == q.ptr[j].sector)
				return true;
	return false;
}
