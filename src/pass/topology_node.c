/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One interior node: its children have to cover its range exactly once, and each has to be readable (repair-semantics.md
 * 7.4). Rounds over the children are repeated while something was put in or taken out below. Each such step either
 * takes a child away or uses up a scanned node, so rounds are bounded; the bound is counted and, should it be reached,
 * reported instead of trusted.
 */
#include "topology_ask.h"
#include "topology_lost.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"

/* --- one child by itself ---------------------------------------------------------------------------------------- */
static enum arb_code check_unreadable(struct topo *t, const struct node *b, const struct topo_children *ch, struct topo_child *cur)
{
	size_t bad = 0, there = 0;
	enum arb_code code;
	bool fixed;
	ARB_BUF(more);

	for (size_t i = 0; i < ch->list.nr; i++) {
		const struct topo_child *c = &ch->list.v[i];

		there += !c->gone;
		bad += !c->gone && c->pointer && !c->readable && !c->outside;
	}
	if (bad > 1)
		arb_buf_printf(&more, _("%zu of the %zu children of this node cannot be read"), bad, there);
	code = topo_ask_child(t, b, cur->pointer ? TOPO_UNREADABLE : TOPO_BAD_POINTER, cur, NULL,
			      more.len ? arb_buf_str(&more) : NULL, &fixed);
	if (!code && fixed && topo_scan_wanted(t) && topo_scan_possible(t))
		code = topo_scan_need(t, "a node cannot be read");
	return code;
}

/*
 * The journal itself has the pointer: it is the last durable word. A newer node was then being written when the machine stopped,
 * and holds what never came to count.
 */
static bool named_by_journal(struct topo *t, const struct node *b, const struct topo_child *cur)
{
	const struct overlay_key *k = overlay_get(t->c->view->overlay, t->btree, b->level, cur->max);
	struct btree_ptr p;

	return k && k->cause == OVERLAY_FROM_JOURNAL && view_pointer(t->c->view, t->btree, b->level - 1, k->key, &p) && p.seq == cur->cookie;
}

/* Outdated means: what the node itself holds is held in a newer state; a range it was merely given does not count. */
static enum arb_code check_stale(struct topo *t, const struct node *b, struct topo_child *cur)
{
	struct bpos min = bpos_max(cur->min, cur->own_min), max = bpos_min(cur->max, cur->own_max);
	struct bkey_buf newer;
	bool stale = false, fixed;
	enum arb_code code = ARB_OK;

	if (bpos_le(min, max) && !named_by_journal(t, b, cur))
		code = topo_scan_newer(t, b->level - 1, min, max, cur->node_seq, &newer, &stale);
	return code || !stale ? code : topo_ask_child(t, b, TOPO_STALE, cur, &newer, NULL, &fixed);
}

static struct topo_updated *updated_at(struct topo *t, unsigned level, uint64_t cookie, struct bpos pos)
{
	for (size_t i = 0; i < t->updated.nr; i++) {
		struct topo_updated *u = &t->updated.v[i];

		if (u->cookie == cookie && u->level == level && bpos_eq(u->pos, pos))
			return u;
	}
	return NULL;
}

bool topo_note_updated(struct topo *t, unsigned level, const struct topo_child *cur)
{
	struct topo_updated *u;

	if (cookie_set_has(&t->updated_cookies, cur->cookie) && updated_at(t, level, cur->cookie, cur->max))
		return true;
	u = arb_array_push(&t->updated);
	if (u)
		*u = (struct topo_updated){ cur->cookie, level, cur->max };
	return u && cookie_set_add(&t->updated_cookies, cur->cookie);
}

/*
 * Another pointer to the node of @cur: its position. Without an updated range a pointer stands where its node ends, so
 * only one of two can be such a one: it is looked for there, and the others among those met so far.
 */
static enum arb_code find_twin(struct topo *t, unsigned level, const struct topo_child *cur, bool *ret_there, struct bpos *ret)
{
	enum arb_code code = ARB_OK;

	*ret_there = false;
	if (cur->range_updated && !bpos_eq(cur->own_max, cur->max)) {
		*ret = cur->own_max;
		code = topo_pointer_at(t, level, *ret, cur->cookie, ret_there);
	}
	if (!cookie_set_has(&t->updated_cookies, cur->cookie))
		return code;
	for (size_t i = 0; !code && !*ret_there && i < t->updated.nr; i++) {
		const struct topo_updated *u = &t->updated.v[i];

		if (u->cookie != cur->cookie || u->level != level || bpos_eq(u->pos, cur->max))
			continue;
		*ret = u->pos;
		code = topo_pointer_at(t, level, *ret, cur->cookie, ret_there);
	}
	return code;
}

static enum arb_code check_twice(struct topo *t, const struct node *b, struct topo_child *prev, struct topo_child *cur)
{
	bool there, fixed;
	struct bpos twin;
	enum arb_code code;

	code = find_twin(t, b->level, cur, &there, &twin);
	if (!code && there) {
		if (prev && bpos_eq(prev->max, twin))
			return topo_ask_join(t, b, prev, cur, &fixed);
		return topo_ask_child(t, b, TOPO_TWICE_DROP, cur, NULL, NULL, &fixed);
	}
	if (!code && cur->range_updated && !topo_note_updated(t, b->level, cur))
		code = arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for the topology check");
	return code;
}

static enum arb_code check_child(struct topo *t, const struct node *b, const struct topo_children *ch,
				 struct topo_child *prev, struct topo_child *cur)
{
	enum arb_code code;

	if (cur->outside)
		return ARB_OK;
	if (!cur->readable)
		return check_unreadable(t, b, ch, cur);
	code = check_stale(t, b, cur);
	if (!code && !cur->gone)
		code = check_twice(t, b, prev, cur);
	return code;
}

/* --- boundaries --------------------------------------------------------------------------------------------------- */
/* Can the scan fill what is missing between @prev and @cur (NULL: the end)? *ret_done: asked about, nothing more to do. */
static enum arb_code try_fill(struct topo *t, const struct node *b, struct topo_child *prev, struct topo_child *cur,
			      bool *again, bool *ret_done)
{
	struct scan_fill fill = { 0 };
	struct bpos start, end = b->max;
	enum arb_code code;
	bool fixed;

	*ret_done = false;
	if (b->level != 1 || !topo_scan_wanted(t))
		return ARB_OK;
	if (!topo_scan_possible(t)) {
		*ret_done = true;
		t->c->needs_scan = true;
		return cur ? topo_ask_boundary(t, b, TOPO_NEEDS_SCAN, prev, cur, &fixed) :
			     topo_ask_end(t, b, TOPO_NEEDS_SCAN, prev, &fixed);
	}
	code = topo_scan_need(t, "a range is covered by no node");
	if (code || !topo_want(b->min, prev, &start) || (cur && !bpos_predecessor(cur->min, &end)))
		return code;
	code = topo_scan_fill(t, start, end, &fill);
	if (!code && fill.ptrs.nr) {
		*ret_done = true;
		code = topo_ask_fill(t, b, cur ? TOPO_FILL : TOPO_END_FILL, prev, cur, &fill, &fixed);
		*again |= fixed;
		if (!code && fixed)
			code = topo_sizes_doubt(t->c, t->btree, start, end);
	}
	scan_fill_free(&fill);
	return code;
}

static enum arb_code settle(struct topo *t, const struct node *b, struct topo_child *prev, struct topo_child *cur, bool *again)
{
	enum topo_row row = topo_boundary(b->min, prev, cur);
	enum arb_code code = ARB_OK;
	bool done = false, fixed;

	/* Nodes that were left alone, unread, are not judged against their neighbours: the scan comes first. */
	if (row == TOPO_MEET || !cur->readable || (prev && !prev->readable))
		return ARB_OK;
	if (row == TOPO_GAP)
		code = try_fill(t, b, prev, cur, again, &done);
	if (code || done)
		return code;
	row = topo_overlap(t, b, row, prev, cur);
	return topo_ask_boundary(t, b, row, prev, cur, &fixed);
}

static enum arb_code settle_end(struct topo *t, const struct node *b, struct topo_child *last, bool *again)
{
	enum topo_row row = topo_end(b->max, last);
	enum arb_code code = ARB_OK;
	bool done = false, fixed;

	if (row == TOPO_MEET || !last->readable)
		return ARB_OK;
	if (row == TOPO_END)
		code = try_fill(t, b, last, NULL, again, &done);
	if (code || done)
		return code;
	return topo_ask_end(t, b, row, last, &fixed);
}

/* One round over the boundaries. Dropping the node before starts it over: the one before that may have to be judged anew. */
static enum arb_code check_boundaries(struct topo *t, const struct node *b, struct topo_children *ch, bool *again)
{
	struct topo_child *prev = NULL;
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < ch->list.nr; i++) {
		struct topo_child *cur = &ch->list.v[i];

		if (cur->gone)
			continue;
		code = check_child(t, b, ch, prev, cur);
		if (!code && !cur->gone && !(prev && prev->gone))
			code = settle(t, b, prev, cur, again);
		if (prev && prev->gone) {
			prev = NULL;
			i = (size_t)-1;
		} else if (!cur->gone) {
			prev = cur;
		}
	}
	if (!code && prev)
		code = settle_end(t, b, prev, again);
	return code;
}

/* --- below ---------------------------------------------------------------------------------------------------------- */
static enum arb_code descend(struct topo *t, const struct node *b, const struct topo_children *ch, bool *again, bool *have_child)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < ch->list.nr; i++) {
		const struct topo_child *c = &ch->list.v[i];
		struct node_got got = { 0 };
		struct bkey_buf k;
		bool drop = false;

		if (c->gone)
			continue;
		*have_child = true;
		if (b->level == 1 || !c->readable || !topo_key_at(t, b, c->max, &k))
			continue;
		code = view_node(t->c->view, t->btree, b->level - 1, bkey_buf_s(&k), &got, t->c->err);
		if (code)
			break;
		if (got.node)
			code = topo_node(t, got.node, b, &drop);
		else
			drop = true;		/* the next round reports it */
		node_put(&got);
		*again |= drop;
	}
	return code;
}

/* --- proof ------------------------------------------------------------------------------------------------------------ */
static enum arb_code verify(struct topo *t, const struct node *b)
{
	struct bpos want = b->min, last = b->min;
	bool any = false, meets = true, end = false;
	struct node_iter it;
	struct btree_ptr p;
	struct bkey_s k;

	node_iter_init(&it, t->c->view, b);
	while (meets && node_iter_next(&it, &k)) {
		if (!btree_ptr_get(k, &p) || !p.is_v2)
			return ARB_OK;
		any = true;
		meets = !end && bpos_eq(p.min_key, want);
		last = k.k.p;
		end = !bpos_successor(last, &want);
	}
	if (any && meets && bpos_eq(last, b->max))
		return ARB_OK;
	return topo_report(t, "arborist_topology_inconsistent", "topology.verify", b->level, b->min, b->max,
			   "after the repair the children still do not cover the range of their parent exactly once");
}

static enum arb_code rounds_exceeded(struct topo *t, const struct node *b, size_t rounds)
{
	ARB_BUF(m);

	arb_buf_printf(&m, "the children of a node were gone over %zu times without coming to rest", rounds);
	return topo_report(t, "arborist_topology_not_converging", "topology.rounds", b->level, b->min, b->max, arb_buf_str(&m));
}

static enum arb_code nothing_below(struct topo *t, const struct node *b, const struct node *parent, bool *ret_drop)
{
	enum arb_code code = ARB_OK;

	if (!parent && topo_scan_wanted(t) && topo_scan_possible(t))
		code = topo_scan_need(t, "a root has no child left");
	return code ? code : topo_ask_empty(t, b, parent, ret_drop);
}

enum arb_code topo_node(struct topo *t, const struct node *b, const struct node *parent, bool *ret_drop)
{
	struct topo_children ch = { 0 };
	uint64_t left = t->c->left;
	size_t rounds = 0, bound = 0, offered = t->offered.nr;
	bool again = true, have_child = false;
	enum arb_code code = ARB_OK;

	*ret_drop = false;
	while (!code && again && b->level) {
		again = have_child = false;
		code = topo_load(t, b, &ch, !rounds);
		if (!rounds)
			bound = ch.list.nr + 2;
		if (!code && rounds++ > bound + (t->offered.nr - offered)) {
			code = rounds_exceeded(t, b, rounds);
			goto out;
		}
		if (!code)
			code = check_boundaries(t, b, &ch, &again);
		if (code || again)
			continue;
		code = descend(t, b, &ch, &again, &have_child);
		if (code || have_child)
			continue;
		code = nothing_below(t, b, parent, ret_drop);
		goto out;
	}
	if (!code && b->level && left == t->c->left && !t->c->scope.restricted)
		code = verify(t, b);
out:
	arb_array_free(&ch.list);
	return code;
}
