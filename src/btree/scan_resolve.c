/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From nodes to nodes that do not overlap.
 *
 * Overlaps are resolved in order of position. The node standing first (the newest of those at that position) keeps its
 * range up to where a newer one begins; older ones that begin inside it go on after its end, or are gone. So that
 * a million nodes over each other stay cheap, nodes pushed to the same position wait together in a heap ordered by age
 * (leftist, merged in logarithmic time), and the positions are a heap of such groups.
 */
#include <stdlib.h>

#include "scan_private.h"

/* A node in the leftist heap of its group: newest on top, of equal ones the first by order. */
struct waiting {
	struct waiting	*left, *right;
	unsigned	rank;
	size_t		node;
};
struct group {
	struct bpos	min;		/* where its nodes begin now */
	struct waiting	*top;
	size_t		by;		/* who pushed them there */
};
struct sweep {
	struct scan	*s;
	struct waiting	*waiting;	/* one per node of those that overlap */
	struct group	*heap;		/* smallest min first */
	size_t		nr, room;
};

static const struct scanned_node *node_of(const struct sweep *w, const struct waiting *x)
{
	return &w->s->nodes.v[x->node];
}

static bool goes_first(const struct sweep *w, const struct waiting *a, const struct waiting *b)
{
	int c = scanned_age_cmp(node_of(w, a), node_of(w, b));

	return c ? c > 0 : a->node < b->node;
}

static unsigned rank(const struct waiting *x)
{
	return x ? x->rank : 0;
}

/* The recursion is as deep as the right spines, logarithmic in a leftist heap. */
static struct waiting *meld(const struct sweep *w, struct waiting *a, struct waiting *b)
{
	struct waiting *t;

	if (!a || !b)
		return a ? a : b;
	if (goes_first(w, b, a)) {
		t = a;
		a = b;
		b = t;
	}
	a->right = meld(w, a->right, b);
	if (rank(a->left) < rank(a->right)) {
		t = a->left;
		a->left = a->right;
		a->right = t;
	}
	a->rank = rank(a->right) + 1;
	return a;
}

static void group_pop(const struct sweep *w, struct group *g)
{
	g->top = meld(w, g->top->left, g->top->right);
}

/* Marks and takes off nodes of which nothing is left after being pushed. */
static void group_clean(struct sweep *w, struct group *g)
{
	struct scanned_node *n;

	while (g->top && (n = &w->s->nodes.v[g->top->node], bpos_lt(n->max, g->min))) {
		n->overwritten = true;
		n->by = g->by;
		group_pop(w, g);
	}
}

static bool group_before(const struct group *a, const struct group *b)
{
	int c = bpos_cmp(a->min, b->min);

	return c ? c < 0 : a->top->node < b->top->node;
}

static void heap_push(struct sweep *w, struct group g)
{
	size_t i = w->nr++;

	for (; i && group_before(&g, &w->heap[(i - 1) / 2]); i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = g;
}

static struct group heap_pop(struct sweep *w)
{
	struct group first = w->heap[0], last = w->heap[--w->nr];
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < w->nr; i = child) {
		if (child + 1 < w->nr && group_before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!group_before(&w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
	}
	w->heap[i] = last;
	return first;
}

/* All groups at the first position as one; the nodes of which nothing is left are gone from it. */
static struct group first_group(struct sweep *w)
{
	struct group g = heap_pop(w);

	group_clean(w, &g);
	while (w->nr && bpos_eq(w->heap[0].min, g.min)) {
		struct group more = heap_pop(w);

		group_clean(w, &more);
		if (more.top && more.by != SCAN_NONE)
			g.by = more.by;
		g.top = meld(w, g.top, more.top);
	}
	return g;
}

/* Interior nodes of the same age as @s that overlap it say nothing more: gone. */
static void drop_equals(struct sweep *w, size_t s, struct group *g)
{
	while (g->top && w->s->nodes.v[s].level && !scanned_age_cmp(node_of(w, g->top), &w->s->nodes.v[s])) {
		w->s->nodes.v[g->top->node].overwritten = true;
		w->s->nodes.v[g->top->node].by = s;
		group_pop(w, g);
	}
}

static void set_min(struct scanned_node *n, const struct group *g)
{
	if (bpos_eq(n->min, g->min))
		return;
	n->min = g->min;
	n->range_updated = true;
	n->by = g->by;
}

/*
 * Ends node @s where the first newer one begins, and gathers in @behind what older ones begin inside it: they go on after
 * the end it had so far.
 */
static void settle_end(struct sweep *w, size_t s, struct group *behind)
{
	struct scanned_node *n = &w->s->nodes.v[s];

	while (w->nr && bpos_le(w->heap[0].min, n->max)) {
		struct group next = first_group(w);

		if (next.top && scanned_age_cmp(node_of(w, next.top), n) > 0) {
			n->by = next.top->node;
			n->range_updated = true;
			bpos_predecessor(next.min, &n->max);	/* next.min is after n->min: groups of one position are one */
			heap_push(w, next);
			return;
		}
		drop_equals(w, s, &next);
		behind->top = meld(w, behind->top, next.top);
	}
}

/* Nothing can stand after the last position. */
static void drop_all(struct sweep *w, size_t s, struct group *g)
{
	for (; g->top; group_pop(w, g)) {
		w->s->nodes.v[g->top->node].overwritten = true;
		w->s->nodes.v[g->top->node].by = s;
	}
}

static bool add_live(struct sweep *w, size_t s)
{
	struct scanned_node *n = &w->s->nodes.v[s];
	size_t *live;

	/* No pointer can have a range of one position */
	if (!bpos_lt(n->min, n->max)) {
		n->overwritten = true;
		return true;
	}
	live = arb_array_push(&w->s->live);
	if (live)
		*live = s;
	return live;
}

/* Takes the node that stands first and settles its range. False: out of memory. */
static bool settle_first(struct sweep *w)
{
	struct group g = first_group(w), behind;
	size_t s;
	bool more;

	if (!g.top)
		return true;
	s = g.top->node;
	group_pop(w, &g);
	set_min(&w->s->nodes.v[s], &g);
	behind = (struct group){ .top = g.top, .by = s };
	drop_equals(w, s, &behind);
	more = bpos_successor(w->s->nodes.v[s].max, &behind.min);
	settle_end(w, s, &behind);
	if (!more)
		drop_all(w, s, &behind);
	if (behind.top)
		heap_push(w, behind);
	return add_live(w, s);
}

static bool make_room(struct sweep *w, size_t nr)
{
	size_t room = w->room ? w->room : 64;

	if (nr <= w->room)
		return true;
	while (room < nr)
		room *= 2;
	free(w->waiting);
	free(w->heap);
	w->waiting = calloc(room, sizeof(*w->waiting));
	w->heap = calloc(room, sizeof(*w->heap));
	w->room = room;
	return w->waiting && w->heap;
}

/* Nodes [start, end) are of one btree and level, and no other of these overlaps one of them. */
static bool resolve_overlaps(struct sweep *w, size_t start, size_t end)
{
	if (end - start == 1)
		return add_live(w, start);
	if (!make_room(w, end - start))
		return false;
	w->nr = 0;
	for (size_t i = start; i < end; i++) {
		w->waiting[i - start] = (struct waiting){ .rank = 1, .node = i };
		heap_push(w, (struct group){ .min = w->s->nodes.v[i].min, .top = &w->waiting[i - start], .by = SCAN_NONE });
	}
	while (w->nr)
		if (!settle_first(w))
			return false;
	return true;
}

/* From @start on those that overlap, one by way of another: where they end. */
static size_t overlaps_end(const struct scan *s, size_t start)
{
	const struct scanned_node *v = s->nodes.v;
	struct bpos max = v[start].max;
	size_t end = start + 1;

	for (; end < s->nodes.nr && scanned_same_level(&v[start], &v[end]) && bpos_le(v[end].min, max); end++)
		if (bpos_lt(max, v[end].max))
			max = v[end].max;
	return end;
}

enum arb_code scan_distrust(struct scan *s, uint64_t cookie, struct arb_error *err)
{
	for (size_t i = 0; i < s->nodes.nr; i++) {
		struct scanned_node *n = &s->nodes.v[i];

		n->damaged |= n->cookie == cookie;
		n->min = n->header_min;
		n->max = n->header_max;
		n->range_updated = n->overwritten = false;
		n->by = SCAN_NONE;
	}
	s->live.nr = 0;
	return scan_resolve(s, err);
}

enum arb_code scan_resolve(struct scan *s, struct arb_error *err)
{
	struct sweep w = { .s = s };
	bool ok = !s->nodes.nr || scan_merge_copies(s);

	for (size_t i = 0, end; ok && i < s->nodes.nr; i = end) {
		end = overlaps_end(s, i);
		ok = resolve_overlaps(&w, i, end);
	}
	free(w.waiting);
	free(w.heap);
	return ok ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory for scanned nodes");
}
