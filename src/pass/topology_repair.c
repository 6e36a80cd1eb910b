/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs of the topology check: what changes in the parent, what the next mount has to do, and what is lost. */
#include "topology_scan.h"

/* Keys of @n in [from, to] that @winner (may be NULL) does not hold at the same position. */
static uint64_t keys_only_in(const struct node *n, const struct node *winner, struct bpos from, struct bpos to)
{
	uint64_t nr = 0;
	size_t w = winner ? node_lower_bound(winner, from) : 0;

	for (size_t i = node_lower_bound(n, from); i < n->nr_keys && bpos_le(n->keys[i].k.p, to); i++) {
		struct bpos p = n->keys[i].k.p;

		while (winner && w < winner->nr_keys && bpos_lt(winner->keys[w].k.p, p))
			w++;
		nr += !(winner && w < winner->nr_keys && bpos_eq(winner->keys[w].k.p, p));
	}
	return nr;
}

/* The same for the nodes two pointers lead to; unreadable ones hold nothing. */
uint64_t topo_keys_lost(struct topo *t, unsigned level, const struct bkey_buf *loser, const struct bkey_buf *winner,
			struct bpos from, struct bpos to)
{
	struct node_got l = { 0 }, w = { 0 };
	uint64_t nr = 0;

	if (view_node(t->c->view, t->btree, level, bkey_buf_s(loser), &l, NULL))
		return 0;
	if (winner && view_node(t->c->view, t->btree, level, bkey_buf_s(winner), &w, NULL))
		winner = NULL;
	if (l.node)
		nr = keys_only_in(l.node, winner ? w.node : NULL, from, to);
	if (winner)
		node_put(&w);
	node_put(&l);
	return nr;
}

void topo_drop(struct topo *t, struct repair *r, const struct node *b, const struct bkey_buf *k)
{
	struct btree_ptr p;
	bool pointer = view_pointer(t->c->view, t->btree, b->level - 1, bkey_buf_s(k), &p);

	repair_delete(r, t->btree, b->level, k->k.p);
	requires_lost_node(r, t->btree);
	r->loss.nodes_dropped++;
	if (pointer)
		topo_scan_dropped(t, b->level, p.seq);
}

void topo_set_range(struct topo *t, struct repair *r, const struct node *b, const struct bkey_buf *k,
		    const struct topo_child *c, struct bpos min, struct bpos max)
{
	struct btree_ptr p;
	struct bkey_buf changed;

	if (!btree_ptr_get(bkey_buf_s(k), &p))
		return;			/* nothing in the repair: a readable child always has a pointer */
	if (!p.is_v2) {
		p.is_v2 = true;
		p.seq = c->cookie;
		p.sectors_written = 0;
	}
	p.range_updated = true;
	p.min_key = min;
	p.max_key = max;
	btree_ptr_put(&changed, &p);
	if (!bpos_eq(max, k->k.p))
		repair_delete(r, t->btree, b->level, k->k.p);
	repair_insert(r, t->btree, b->level, bkey_buf_s(&changed));
	requires_allocations(r);
	if (b->level > 1)
		topo_scan_dropped(t, b->level, p.seq);
	if (b->level > 1)
		return;		/* what is missing below shows there */
	r->loss.ranges_uncovered += bpos_lt(min, c->min) && bpos_lt(min, c->own_min);
	r->loss.ranges_uncovered += bpos_lt(c->max, max) && bpos_lt(c->own_max, max);
}
