/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which node is meant: "BTREE[:LEVEL] [POS|@N]", or one that suits when nothing more is said. */
#include "damage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Collects the children of all nodes of @level + 1; those that cannot be read have none. */
static enum arb_code collect(struct damage *d, unsigned level)
{
	for (size_t i = 0; i < d->on[level + 1].node.nr; i++) {
		struct bkey_buf key;
		struct node_got got;
		struct node_iter it;
		struct bkey_s k;
		struct bpos min;
		enum arb_code c;

		btree_ptr_put(&key, &d->on[level + 1].node.v[i].ptr);
		c = view_node(d->v, d->btree, level + 1, bkey_buf_s(&key), &got, d->err);
		if (c)
			return c;
		if (got.node) {
			node_iter_init(&it, d->v, got.node);
			min = got.node->min;
		}
		while (got.node && node_iter_next(&it, &k)) {
			struct damage_node *n = arb_array_push(&d->on[level].node);

			if (n && btree_ptr_get(k, &n->ptr)) {
				*n = (struct damage_node){ n->ptr, i, it.from_overlay != NULL };
				n->ptr.min_key = n->ptr.is_v2 ? n->ptr.min_key : min;	/* one of the first form does not say so */
			} else if (n) {
				d->on[level].node.nr--;
			}
			bpos_successor(k.k.p, &min);
		}
		node_put(&got);
	}
	return ARB_OK;
}

static enum arb_code collect_all(struct damage *d, unsigned level)
{
	const struct btree_root *root = &d->v->roots[d->btree];
	struct damage_node *n;
	enum arb_code c = ARB_OK;

	if (!root->exists || root->lost || root->level >= BTREE_MAX_DEPTH)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "that btree has no root");
	d->root_level = root->level;
	if (level > root->level)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the btree has no level %u, its root is on level %u", level,
				root->level);
	n = arb_array_push(&d->on[root->level].node);
	if (!n || !btree_ptr_get(bkey_buf_s(&root->key), &n->ptr))
		return arb_fail(d->err, ARB_E_CONTENT, "the root pointer cannot be read");
	for (unsigned l = root->level; !c && l > level; l--)
		c = collect(d, l - 1);
	return c;
}

struct damage_node *damage_target(struct damage *d)
{
	return &d->on[d->level].node.v[d->at];
}

struct damage_node *damage_neighbour(struct damage *d, int step)
{
	size_t i = d->at + step;		/* wraps to a large number below 0 */
	struct damage_node *n;

	if (d->level == d->root_level || i >= d->on[d->level].node.nr)
		return NULL;
	n = &d->on[d->level].node.v[i];
	return n->parent == damage_target(d)->parent && !n->journalled ? n : NULL;
}

static bool suits(struct damage *d, unsigned needs)
{
	bool root = d->level == d->root_level;

	if (damage_target(d)->journalled && needs & (NEED_PARENT | NEED_PREV | NEED_NEXT))
		return false;
	return !((needs & NEED_PARENT && root) || (needs & NEED_ROOT && !root) || (needs & NEED_INTERIOR && !d->level) ||
		 (needs & NEED_PREV && !damage_neighbour(d, -1)) || (needs & NEED_NEXT && !damage_neighbour(d, 1)) ||
		 (needs & NEED_LAST && (damage_neighbour(d, 1) || !damage_neighbour(d, -1))));
}

/* From a place chosen by the seed on, the first node that suits; inner nodes are preferred over first and last ones. */
static bool choose(struct damage *d, unsigned needs)
{
	static const unsigned preferred[] = { NEED_PREV | NEED_NEXT, 0 };
	size_t nr = d->on[d->level].node.nr, from = nr ? arb_random_u64(&d->random) % nr : 0;

	for (unsigned round = 0; round < 2; round++)
		for (size_t i = 0; i < nr; i++) {
			d->at = (from + i) % nr;
			if (suits(d, needs | (needs & NEED_LAST ? 0 : preferred[round])))
				return true;
		}
	return false;
}

static bool find_pos(struct damage *d, struct bpos p)
{
	d->pos = p;
	for (d->at = 0; d->at < d->on[d->level].node.nr; d->at++)
		if (bpos_le(damage_target(d)->ptr.min_key, p) && bpos_le(p, damage_target(d)->ptr.max_key))
			return true;
	return false;
}

static bool find_nth(struct damage *d, const char *s)
{
	long n = strtol(s, NULL, 10), nr = d->on[d->level].node.nr;

	d->at = n < 0 ? n + nr : n;
	return n < nr && n >= -nr;
}

/* Rows count levels from the leaves, or downward from the root: -1 is the root's own. */
static unsigned default_level(const struct damage *d, const struct damage_row *row)
{
	int root = d->v->roots[d->btree].level, level = row->level >= 0 ? row->level : root + 1 + row->level;

	return level < 0 ? 0 : level;
}

enum arb_code damage_find(struct damage *d, const char *where, const struct damage_row *row)
{
	char btree[64] = "", rest[128] = "", *colon;
	struct bpos p;
	bool found;
	enum arb_code c;

	d->pos = SPOS_MAX;
	if (sscanf(where, "%63s %127s", btree, rest) < 1)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "which btree? BTREE[:LEVEL] [POS|@N]");
	colon = strchr(btree, ':');
	if (colon)
		*colon = 0;
	if (!btree_id_parse(btree, &d->btree))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no btree of the name %s", btree);
	d->level = colon ? strtoul(colon + 1, NULL, 10) : default_level(d, row);
	c = collect_all(d, d->level);
	if (c)
		return c;
	d->any_node = !rest[0];
	if (!rest[0])
		found = choose(d, row->needs);
	else if (rest[0] == '@')
		found = find_nth(d, rest + 1);
	else
		found = bpos_parse(rest, &p) && find_pos(d, p);
	if (!found)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "no such node: %s", where);
	if (!suits(d, row->needs))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT,
				"this damage needs another kind of node (with a parent, or neighbours under the same one, and not in the journal)");
	return ARB_OK;
}

void damage_say(struct damage *d, const char *what)
{
	const struct btree_ptr *p = &damage_target(d)->ptr;

	if (!d->done)
		return;
	arb_buf_printf(d->done, "%s: ", what);
	btree_id_to_text(d->done, d->btree);
	arb_buf_printf(d->done, " level %u ", d->level);
	bpos_to_text(d->done, p->min_key);
	arb_buf_puts(d->done, " - ");
	bpos_to_text(d->done, p->max_key);
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		arb_buf_printf(d->done, "%s%u:%llu", i ? "," : " at ", p->ptr[i].dev,
			       (unsigned long long)p->ptr[i].sector);
	arb_buf_putc(d->done, '\n');
}
