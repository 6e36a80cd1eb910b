/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merged iteration of one node and the overlay (repair-semantics.md 3). */
#include "arborist/btree/view.h"

static bool merges_overlay(const struct node *n)
{
	return n->btree != BTREE_accounting || n->level;
}

void node_iter_init_at(struct node_iter *it, struct view *v, const struct node *n, struct bpos start)
{
	*it = (struct node_iter){ .v = v, .n = n, .pos = start, .i = node_lower_bound(n, start) };
}

void node_iter_init(struct node_iter *it, struct view *v, const struct node *n)
{
	node_iter_init_at(it, v, n, n->min);
}

/* First overlay entry at or after the position; looked up again only when the overlay has changed. */
static const struct overlay_key *next_overlay(struct node_iter *it)
{
	const struct overlay *o = it->v->overlay;
	const struct node *n = it->n;

	if (!merges_overlay(n) || !overlay_nr_at(o, n->btree, n->level))
		return NULL;
	if (!it->sought || it->changes != overlay_changes(o)) {
		it->next = overlay_lower_bound(o, n->btree, n->level, it->pos);
		it->changes = overlay_changes(o);
		it->sought = true;
	}
	while (it->next && bpos_lt(it->next->key.k.p, it->pos))
		it->next = overlay_next(o, it->next);
	return it->next;
}

static bool next_of_node(struct node_iter *it, struct bkey_s *ret)
{
	const struct node *n = it->n;

	while (it->i < n->nr_keys && bpos_lt(n->keys[it->i].k.p, it->pos))
		it->i++;
	if (it->i < n->nr_keys)
		*ret = node_key(n, it->i);
	return it->i < n->nr_keys;
}

bool node_iter_next(struct node_iter *it, struct bkey_s *ret)
{
	while (!it->end) {
		bool have = next_of_node(it, ret);

		it->from_overlay = next_overlay(it);
		if (it->from_overlay && have && bpos_lt(ret->k.p, it->from_overlay->key.k.p))
			it->from_overlay = NULL;
		if (it->from_overlay)
			*ret = it->from_overlay->key;
		else if (!have)
			break;
		if (bpos_lt(it->n->max, ret->k.p))
			break;
		it->end = !bpos_successor(ret->k.p, &it->pos);
		if (ret->k.type != KEY_deleted)
			return true;
	}
	it->end = true;
	return false;
}
