/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the topology check knows of the children of a node: found again by position and cookie, read, and summed up. */
#include "topology_ask.h"

#define READ_AHEAD	32	/* children */

bool topo_in_scope(const struct topo *t, struct bpos start, struct bpos end)
{
	const struct pass_scope *s = &t->c->scope;

	return !s->restricted || (bpos_le(start, s->end) && bpos_le(s->start, end));
}

/* --- finding a pointer again --------------------------------------------------------------------------------- */
bool topo_key_at(struct topo *t, const struct node *b, struct bpos pos, struct bkey_buf *ret)
{
	struct node_iter it;
	struct bkey_s k;

	node_iter_init_at(&it, t->c->view, b, pos);
	if (!node_iter_next(&it, &k) || !bpos_eq(k.k.p, pos))
		return false;
	bkey_buf_set(ret, k);
	return true;
}

/* The node of @level that covers @pos; got.node is NULL when there is none to be reached. */
static enum arb_code node_covering(struct topo *t, unsigned level, struct bpos pos, struct node_got *got)
{
	enum arb_code code = view_root(t->c->view, t->btree, got, t->c->err);
	struct node_got child;
	struct node_iter it;
	struct bkey_s k;

	while (!code && got->node && got->node->level > level) {
		node_iter_init_at(&it, t->c->view, got->node, pos);
		child = (struct node_got){ 0 };
		if (node_iter_next(&it, &k))
			code = view_node(t->c->view, t->btree, got->node->level - 1, k, &child, t->c->err);
		node_put(got);
		*got = child;
	}
	return code;
}

enum arb_code topo_pointer_at(struct topo *t, unsigned level, struct bpos pos, uint64_t cookie, bool *ret)
{
	struct node_got got = { 0 };
	struct bkey_buf k;
	struct btree_ptr p;
	enum arb_code code = node_covering(t, level, pos, &got);

	*ret = false;
	if (!code && got.node && got.node->level == level && topo_key_at(t, got.node, pos, &k))
		*ret = view_pointer(t->c->view, t->btree, level - 1, bkey_buf_s(&k), &p) && p.seq == cookie;
	if (!code && got.ref)
		node_put(&got);
	return code;
}

/* --- loading -------------------------------------------------------------------------------------------------- */
void topo_summarize(struct topo_child *c, const struct node *n)
{
	c->readable = true;
	c->min = n->min;
	c->own_min = n->h.min_key;
	c->own_max = n->h.max_key;
	c->cookie = n->h.bset.seq;
	c->node_seq = n->h.node_seq;
	c->range_updated = n->ptr.range_updated;
}

/* The keys of a leaf do not matter here, unless it is one to talk about. */
static enum arb_code get_child(struct topo *t, const struct node *b, struct bkey_s k, struct node_got *got)
{
	enum arb_code code = view_node_as(t->c->view, t->btree, b->level - 1, k, NODE_CHECKED, got, t->c->err);

	if (code || !got->node || !got->node->only_checked || !got->node->defects.list.nr)
		return code;
	node_put(got);
	return view_node(t->c->view, t->btree, b->level - 1, k, got, t->c->err);
}

static enum arb_code read_child(struct topo *t, const struct node *b, struct bkey_s k, struct topo_child *c, bool first_round)
{
	struct node_got got = { 0 };
	enum arb_code code = get_child(t, b, k, &got);

	if (code)
		return code;
	if (got.node) {
		topo_summarize(c, got.node);
		if (first_round && b->level == 1)
			topo_estimate_read(t->estimate, 0, 0);
		if (got.node->defects.list.nr)
			code = topo_report_read(t, got.node, b, &c->gone);
	}
	node_put(&got);
	return code;
}

static enum arb_code load_child(struct topo *t, const struct node *b, struct bkey_s k, struct topo_children *ch, bool first_round)
{
	struct topo_child *c = arb_array_push(&ch->list);
	struct btree_ptr p;
	enum arb_code code;

	if (!c)
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for the children of a node");
	c->min = c->max = c->own_min = c->own_max = k.k.p;
	c->pointer = btree_ptr_get(k, &p);
	if (!c->pointer)
		return ARB_OK;
	c->cookie = p.seq;
	if (p.is_v2)
		c->min = c->own_min = p.min_key;
	c->outside = !topo_in_scope(t, c->min, c->max);
	if (c->outside)
		return ARB_OK;
	code = read_child(t, b, k, c, first_round);
	if (code || !first_round)
		return code;
	t->c->progress.nodes_total = t->c->progress.nodes_done + 1 + topo_estimate_left(t->estimate);
	code = pass_step(t->c, t->btree, b->level - 1, c->max, c->min, c->max, (uint64_t)t->c->view->geo.node_sectors * 512);
	return code ? code : pass_key(t->c, t->btree, b->level, k);
}

enum arb_code topo_load(struct topo *t, const struct node *b, struct topo_children *ch, bool first_round)
{
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	ch->list.nr = 0;
	if (first_round)
		topo_estimate_read(t->estimate, b->level, b->nr_keys);
	node_iter_init(&it, t->c->view, b);
	while (!code && node_iter_next(&it, &k)) {
		if (ch->list.nr % (READ_AHEAD / 2) == 0 && !t->c->scope.restricted)
			view_read_ahead(t->c->view, b, k.k.p, READ_AHEAD, NODE_CHECKED);
		code = load_child(t, b, k, ch, first_round);
	}
	return code;
}
