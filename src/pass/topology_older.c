/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A leaf that could be read only in part, and what older copies of it still have: counted before anything is decided, so that each choice
 * says what it costs. The readable keys are newer than any copy and stay; a copy answers only where the node itself says nothing.
 */
#include "topology_ask.h"
#include "topology_lost.h"

#include "arborist/base/i18n.h"

#define RANGES_SHOWN	4

static size_t keys_in_none(const struct node *n, const struct older_keys *k)
{
	size_t nr = 0, j = 0;

	for (size_t i = 0; i < n->nr_keys; i++) {
		while (j < k->key.nr && bpos_lt(k->key.v[j].k.p, n->keys[i].k.p))
			j++;
		nr += !(j < k->key.nr && bpos_eq(k->key.v[j].k.p, n->keys[i].k.p));
	}
	return nr;
}

static enum arb_code count_instead(struct topo *t, const struct node *n, struct topo_older *ret)
{
	struct older_keys all;
	enum arb_code code = scan_older_keys(t->c->run->scan, t->c->view, n, true, &all, t->c->err);

	if (code)
		return code;
	ret->instead = all.key.nr;
	ret->only_here = keys_in_none(n, &all);
	older_keys_free(&all);
	return ARB_OK;
}

enum arb_code topo_older_find(struct topo *t, const struct node *n, struct topo_older *ret)
{
	enum arb_code code;

	/* A kernel drops keys whose values may not be, and goes on without them: what others say they were is a choice, no more */
	ret->as_written = !n->lost.bytes;
	/* What follows from other btrees is made again from those, and counters in the journal are changes, not states */
	if (n->level || btree_reconstructible(t->btree) || !topo_scan_wanted(t) || !topo_scan_possible(t))
		return ARB_OK;
	if (ret->as_written || !n->lost.range.nr)
		return n->lost.range.nr || n->lost.newer.nr ? scan_older_keys(NULL, t->c->view, n, false, &ret->fill, t->c->err) : ARB_OK;
	code = topo_scan_need(t, "a node could be read only in part");
	code = code ? code : scan_older_keys(t->c->run->scan, t->c->view, n, false, &ret->fill, t->c->err);
	code = code ? code : count_instead(t, n, ret);
	ret->asked = !code;
	return code;
}

void topo_older_free(struct topo_older *o)
{
	older_keys_free(&o->fill);
}

enum arb_code topo_older_taken(struct topo *t, const struct topo_older *o)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < o->fill.key.nr; i++)
		code = topo_sizes_doubt(t->c, t->btree, o->fill.key.v[i].k.p, o->fill.key.v[i].k.p);
	return code;
}

void topo_older_fill(struct topo *t, struct repair *r, const struct topo_older *o)
{
	for (size_t i = 0; i < o->fill.key.nr; i++)
		if (o->fill.key.v[i].k.type == KEY_deleted)
			repair_delete(r, t->btree, 0, o->fill.key.v[i].k.p);
		else
			repair_insert(r, t->btree, 0, o->fill.key.v[i]);
}

static void ranges_text(struct arb_buf *out, const char *what, const struct bpos_range *v, size_t nr)
{
	for (size_t i = 0; i < nr && i < RANGES_SHOWN; i++) {
		arb_buf_printf(out, "\n  %s: ", what);
		if (bpos_eq(v[i].start, v[i].end))
			bpos_to_text(out, v[i].start);
		else
			topo_range_text(out, v[i].start, v[i].end);
	}
	if (nr > RANGES_SHOWN)
		arb_buf_printf(out, "\n  ... and %zu more such ranges", nr - RANGES_SHOWN);
}

void topo_older_lost_text(struct arb_buf *out, const struct node *n)
{
	ranges_text(out, "what it held is not known", n->lost.range.v, n->lost.range.nr);
	ranges_text(out, "newer keys may be missing", n->lost.newer.v, n->lost.newer.nr);
}
