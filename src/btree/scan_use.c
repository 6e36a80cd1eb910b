/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of the nodes a scan found, and why: held against the pointers of the tree as it is now. A node is in the tree when a
 * pointer leads to the very place of one of its copies; another place with the same cookie is a copy that nothing leads to.
 */
#include <stdlib.h>

#include "arborist/format/btree_id.h"
#include "scan_private.h"

static const char *const use_texts[SCAN_USE_NR] = {
	[SCAN_USE_UNKNOWN]	= "",
	[SCAN_USE_TREE]		= "used: the tree has it",
	[SCAN_USE_COPY]		= "not used: a copy of a node in the tree, at a place that no pointer names",
	[SCAN_USE_MOVED]	= "would be used: the pointer that names it leads to another place, where it cannot be read",
	[SCAN_USE_OUTDATED]	= "not used: newer nodes cover all of it",
	[SCAN_USE_INTERIOR]	= "not used: upper levels are made anew from the leaves",
	[SCAN_USE_NARROW]	= "not used: no pointer can lead to a range of one position",
	[SCAN_USE_COVERED]	= "not used: outside of every gap, the tree covers its range",
	[SCAN_USE_NEWER]	= "newer than a node in the tree, which counts as outdated by it",
	[SCAN_USE_GAP]		= "would be used: the tree covers its range not at all or in part",
	[SCAN_USE_ROOT]		= "would be used: the btree has no root that can be read",
};

const char *scan_use_text(enum scan_use use)
{
	return use_texts[use];
}

/* --- the pointers of the tree ---------------------------------------------------------------------------------------- */

struct led_to {				/* a node that a pointer leads to */
	unsigned	btree, level;	/* of the node */
	struct btree_ptr p;
	struct bpos	covered_to;	/* leaves, once sorted: without a gap from p.min_key on, as far as here */
};
struct tree {
	ARB_ARRAY(struct led_to) by_cookie, by_place;	/* the same twice; by_place: leaves only */
	uint64_t	rootless;	/* bit per btree */
	struct view	*v;
	struct arb_error *err;
};

static int cmp_cookie(const void *x, const void *y)
{
	const struct led_to *a = x, *b = y;

	return a->btree != b->btree ? scan_cmp_u64(a->btree, b->btree) : scan_cmp_u64(a->p.seq, b->p.seq);
}

static int cmp_place(const void *x, const void *y)
{
	const struct led_to *a = x, *b = y;

	return a->btree != b->btree ? scan_cmp_u64(a->btree, b->btree) : bpos_cmp(a->p.min_key, b->p.min_key);
}

static enum arb_code add(struct tree *t, unsigned btree, unsigned level, struct bkey_s k)
{
	struct led_to *to, *leaf = NULL;
	struct btree_ptr p;

	if (!view_pointer(t->v, btree, level, k, &p))
		return ARB_OK;
	to = arb_array_push(&t->by_cookie);
	if (to && !level)
		leaf = arb_array_push(&t->by_place);
	if (!to || (!level && !leaf))
		return arb_fail(t->err, ARB_E_NOMEM, "out of memory for the pointers of the tree");
	*to = (struct led_to){ .btree = btree, .level = level, .p = p };
	if (leaf)
		*leaf = *to;
	return ARB_OK;
}

static enum arb_code see_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	return n ? add(arg, n->btree, n->level - 1, k) : ARB_OK;
}

/* Every pointer in the btree: its root's, and those in its interior nodes. */
static enum arb_code see_btree(struct view *v, unsigned btree, struct tree *t)
{
	const struct btree_root *r = &v->roots[btree];
	enum arb_code code = ARB_OK;
	struct node_got got;

	if (!r->exists && !r->fake)
		return ARB_OK;
	if (r->lost || view_root(v, btree, &got, NULL)) {
		t->rootless |= UINT64_C(1) << btree;
		return ARB_OK;
	}
	if (!got.node)
		t->rootless |= UINT64_C(1) << btree;
	if (got.ref)
		node_put(&got);
	if (!r->fake)
		code = add(t, btree, r->level, bkey_buf_s(&r->key));
	for (unsigned level = 1; !code && level <= r->level; level++) {
		struct walk w = { .btree = btree, .level = level, .end = SPOS_MAX, .key = see_pointer, .arg = t };

		code = view_walk(v, &w, t->err);
	}
	return code;
}

/* From behind: how far the leaves cover without a gap, beginning with each. */
static void join_ranges(struct tree *t)
{
	for (size_t i = t->by_place.nr; i--;) {
		struct led_to *a = &t->by_place.v[i], *b = a + 1;
		struct bpos next;

		a->covered_to = a->p.max_key;
		if (i + 1 < t->by_place.nr && b->btree == a->btree && bpos_successor(a->p.max_key, &next) && bpos_le(b->p.min_key, next))
			a->covered_to = bpos_max(a->covered_to, b->covered_to);
	}
}

static enum arb_code tree_read(struct tree *t, struct view *v)
{
	enum arb_code code = ARB_OK;

	for (unsigned b = 0; !code && b < BTREE_ID_NR_MAX; b++)
		code = see_btree(v, b, t);
	if (code)
		return code;
	if (t->by_cookie.nr)
		qsort(t->by_cookie.v, t->by_cookie.nr, sizeof(*t->by_cookie.v), cmp_cookie);
	if (t->by_place.nr)
		qsort(t->by_place.v, t->by_place.nr, sizeof(*t->by_place.v), cmp_place);
	join_ranges(t);
	return ARB_OK;
}

static void tree_free(struct tree *t)
{
	arb_array_free(&t->by_cookie);
	arb_array_free(&t->by_place);
}

/* First pointer of @v (sorted by @cmp) that is not before @want. */
static size_t lower_bound(const struct led_to *v, size_t nr, const struct led_to *want, int (*cmp)(const void *, const void *))
{
	size_t a = 0, b = nr;

	while (a < b) {
		size_t mid = a + (b - a) / 2;

		if (cmp(&v[mid], want) < 0)
			a = mid + 1;
		else
			b = mid;
	}
	return a;
}

/* --- one node -------------------------------------------------------------------------------------------------------- */

static bool leads_to(const struct btree_ptr *p, const struct scanned_node *n)
{
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		for (unsigned j = 0; j < n->nr_copies; j++)
			if (p->ptr[i].dev == n->copy[j].dev && p->ptr[i].sector == n->copy[j].sector)
				return true;
	return false;
}

static bool readable(const struct tree *t, const struct led_to *l)
{
	struct node_got got = { 0 };
	struct bkey_buf k;
	bool ret;

	btree_ptr_put(&k, &l->p);
	ret = !view_node(t->v, l->btree, l->level, bkey_buf_s(&k), &got, NULL) && got.node;
	if (got.ref)
		node_put(&got);
	return ret;
}

/* Copies that are left out as worse are not known by place. SCAN_USE_UNKNOWN: no pointer names the node. */
static enum scan_use use_by_pointer(const struct tree *t, const struct scanned_node *n)
{
	enum scan_use use = SCAN_USE_UNKNOWN;
	struct led_to want = { .btree = n->btree, .p.seq = n->cookie };
	size_t i = lower_bound(t->by_cookie.v, t->by_cookie.nr, &want, cmp_cookie);

	for (; i < t->by_cookie.nr && !cmp_cookie(&t->by_cookie.v[i], &want); i++) {
		const struct led_to *l = &t->by_cookie.v[i];

		if (l->level == n->level && (n->nr_left_out || leads_to(&l->p, n)))
			return SCAN_USE_TREE;
		if (use != SCAN_USE_COPY)
			use = readable(t, l) ? SCAN_USE_COPY : SCAN_USE_MOVED;
	}
	return use;
}

static bool covered(const struct tree *t, const struct scanned_node *n)
{
	struct led_to want = { .btree = n->btree, .p.min_key = n->min };
	size_t i = lower_bound(t->by_place.v, t->by_place.nr, &want, cmp_place);
	const struct led_to *l;

	if (i < t->by_place.nr && !cmp_place(&t->by_place.v[i], &want))
		i++;
	l = i ? &t->by_place.v[i - 1] : NULL;
	return l && l->btree == n->btree && bpos_le(n->max, l->covered_to);
}

static enum scan_use use_of(const struct tree *t, const struct scanned_node *n)
{
	enum scan_use use = use_by_pointer(t, n);

	if (use != SCAN_USE_UNKNOWN)
		return use;
	if (n->overwritten)
		return SCAN_USE_OUTDATED;
	if (n->level)
		return SCAN_USE_INTERIOR;
	if (!bpos_lt(n->min, n->max))
		return SCAN_USE_NARROW;
	if (t->rootless >> n->btree & 1)
		return SCAN_USE_ROOT;
	return covered(t, n) ? SCAN_USE_COVERED : SCAN_USE_GAP;
}

/* Nodes that overwrite or cut an older one that is in the tree. */
static void mark_newer(struct scan *s)
{
	for (size_t i = 0; i < s->nodes.nr; i++) {
		const struct scanned_node *old = &s->nodes.v[i];
		struct scanned_node *new = old->in_tree && old->by < s->nodes.nr ? &s->nodes.v[old->by] : NULL;

		if (new && new->node_seq > old->node_seq && !new->damaged && new->use == SCAN_USE_COVERED)
			new->use = SCAN_USE_NEWER;
	}
}

enum arb_code scan_mark_in_tree(struct scan *s, struct view *v, struct arb_error *err)
{
	struct tree t = { .v = v, .err = err };
	enum arb_code code = tree_read(&t, v);

	for (size_t i = 0; !code && i < s->nodes.nr; i++) {
		struct scanned_node *n = &s->nodes.v[i];

		n->use = use_of(&t, n);
		n->in_tree = n->use == SCAN_USE_TREE;
	}
	if (!code)
		mark_newer(s);
	tree_free(&t);
	return code;
}
