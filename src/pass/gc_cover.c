/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a walk over a btree come by all of its keys? What is not covered, or twice, makes whatever was counted of no use. */
#include "alloc.h"

bool gc_children_meet(struct view *v, const struct node *n)
{
	struct bpos expected = n->min, last = POS_MIN;
	struct node_iter it;
	struct btree_ptr p;
	struct bkey_s k;
	bool any = false, end = false;

	node_iter_init(&it, v, n);
	for (; node_iter_next(&it, &k); any = true) {
		if (!btree_ptr_get(k, &p) || !p.is_v2)
			return k.k.type == KEY_btree_ptr;	/* an old pointer says nothing of where its node begins */
		if (end || !bpos_eq(p.min_key, expected))
			return false;
		last = k.k.p;
		end = !bpos_successor(last, &expected);
	}
	return any && bpos_eq(last, n->max);
}

bool gc_covers_all(const struct node *root)
{
	return bpos_eq(root->min, POS_MIN) && bpos_eq(root->max, SPOS_MAX);
}
