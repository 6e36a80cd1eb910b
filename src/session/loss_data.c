/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stood at a place that nobody can read, and the extents of which backpointers tell. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/alloc.h"
#include "arborist/session/locate.h"
#include "loss.h"

static void look_again(struct reading *r, struct bpos pos)
{
	struct location l;

	*r = (struct reading){ .f = r->f, .btree = r->btree, .known = true, .start = pos, .end = pos };
	if (r->f->before->roots[r->btree].lost || locate(r->f->before, r->btree, 0, pos, &l, NULL))
		return;
	r->readable = l.got.node && bpos_le(l.start, pos);
	if (bpos_le(l.start, pos)) {
		r->start = l.start;
		r->end = l.end;
	}
	location_put(&l);
}

bool loss_was_readable(struct reading *r, struct bpos pos)
{
	if (!r->known || bpos_lt(pos, r->start) || bpos_lt(r->end, pos))
		look_again(r, pos);
	return r->readable;
}

static enum arb_code any_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n, (void)k;
	*(bool *)arg = true;
	return ARB_E_STOPPED;
}

enum arb_code loss_is_left(struct loss_finder *f, unsigned btree, struct bpos pos, bool *ret)
{
	struct walk w = { .btree = btree, .start = pos, .end = pos, .key = any_key, .arg = ret };
	enum arb_code code;

	*ret = false;
	code = view_walk(f->after, &w, f->err);
	return code == ARB_E_STOPPED ? ARB_OK : code;
}

struct extent_gone { struct bpos pos; uint32_t sectors; };
struct extents_gone {
	struct loss_finder *f;
	struct reading	extents;
	ARB_ARRAY(struct extent_gone) list;
};

static enum arb_code take_backpointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct extents_gone *x = arg;
	struct backpointer b;
	struct extent_gone *e;

	(void)n;
	if (loss_cancelled(x->f))
		return ARB_E_CANCELLED;
	if (!backpointer_get(k, &b) || b.btree != BTREE_extents || b.level || !loss_touches(&x->f->touched[BTREE_extents], b.pos, b.pos) ||
	    loss_was_readable(&x->extents, b.pos))
		return ARB_OK;
	if (x->list.nr >= LOSS_KEYS_MAX) {
		x->f->report->cut = true;
		return ARB_E_STOPPED;
	}
	e = arb_array_push(&x->list);
	if (!e)
		return ARB_E_NOMEM;
	*e = (struct extent_gone){ b.pos, b.bucket_len };
	return ARB_OK;
}

static int by_place(const void *pa, const void *pb)
{
	const struct extent_gone *a = pa, *b = pb;
	int order = bpos_cmp(a->pos, b->pos);

	return order ? order : a->sectors < b->sectors ? -1 : a->sectors > b->sectors;
}

/* Of one place there are as many as the extent had copies; what lies on the device may be shorter than the data, not longer. */
static enum arb_code settle_extents(struct extents_gone *x)
{
	enum arb_code code = ARB_OK;

	if (x->list.nr)
		qsort(x->list.v, x->list.nr, sizeof(*x->list.v), by_place);
	for (size_t i = 0; i < x->list.nr && !code; i++) {
		const struct extent_gone *e = &x->list.v[i];
		bool left;

		if (i + 1 < x->list.nr && bpos_eq(e->pos, e[1].pos))
			continue;
		code = loss_is_left(x->f, BTREE_extents, e->pos, &left);
		if (!code && !left)
			code = loss_event(x->f, e->pos.inode, LOST_DATA, e->sectors);
	}
	return code;
}

enum arb_code loss_backpointers(struct loss_finder *f)
{
	const struct btree_root *root = &f->after->roots[BTREE_backpointers];
	struct extents_gone x = { .f = f, .extents = { .f = f, .btree = BTREE_extents } };
	struct walk w = { .btree = BTREE_backpointers, .start = POS_MIN, .end = SPOS_MAX, .key = take_backpointer, .arg = &x };
	enum arb_code code;

	if (!f->touched[BTREE_extents].list.nr || !root->exists || root->lost)
		return ARB_OK;
	code = view_walk(f->after, &w, f->err);
	if (code == ARB_E_STOPPED)
		code = ARB_OK;
	code = code ? code : settle_extents(&x);
	arb_array_free(&x.list);
	return code;
}
