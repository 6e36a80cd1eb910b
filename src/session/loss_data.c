/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stood at a place that nobody can read, and the extents of which backpointers tell. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/alloc.h"
#include "arborist/format/extent.h"
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

struct extent_gone { struct bpos pos; uint32_t sectors; unsigned dev; uint64_t sector; };
struct extents_gone {
	struct loss_finder *f;
	struct reading	extents;
	ARB_ARRAY(struct extent_gone) list;
};

/* First sector of the bucket that the backpointer at @p is about. */
static uint64_t start_of(const struct loss_finder *f, struct bpos p)
{
	const struct member_geometry *m = &f->after->geo.member[p.inode];

	return backpointer_bucket(m, p) * m->bucket_size;
}

static enum arb_code take_backpointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct extents_gone *x = arg;
	struct backpointer b;
	struct extent_gone *e;

	(void)n;
	if (loss_cancelled(x->f))
		return ARB_E_CANCELLED;
	if (!backpointer_get(k, &b) || k.k.p.inode >= SB_MEMBERS_MAX || b.btree != BTREE_extents || b.level ||
	    !loss_touches(&x->f->touched[BTREE_extents], b.pos, b.pos) || loss_was_readable(&x->extents, b.pos))
		return ARB_OK;
	if (x->list.nr >= LOSS_KEYS_MAX) {
		x->f->report->cut = true;
		return ARB_E_STOPPED;
	}
	e = arb_array_push(&x->list);
	if (!e)
		return ARB_E_NOMEM;
	*e = (struct extent_gone){ b.pos, b.bucket_len, (unsigned)k.k.p.inode, start_of(x->f, k.k.p) + (b.bucket_offset >> 10) };
	return ARB_OK;
}

static int by_place(const void *pa, const void *pb)
{
	const struct extent_gone *a = pa, *b = pb;
	int order = bpos_cmp(a->pos, b->pos);

	return order ? order : a->sectors < b->sectors ? -1 : a->sectors > b->sectors;
}

struct extent_sought { const struct extent_gone *e; size_t nr; bool found; };

static enum arb_code leads_there(void *arg, const struct node *n, struct bkey_s k)
{
	struct extent_sought *x = arg;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	(void)n;
	while (!x->found && extent_next_ptr(k, &it, &p))
		for (size_t i = 0; i < x->nr; i++)
			x->found |= p.dev == x->e[i].dev && p.sector == x->e[i].sector;
	return ARB_E_STOPPED;
}

/* One of so many copies of an extent? What stands there instead may be older, from before the data was written. */
static enum arb_code extent_is_left(struct loss_finder *f, const struct extent_gone *e, size_t nr, bool *ret)
{
	struct extent_sought x = { e, nr, false };
	struct walk w = { .btree = BTREE_extents, .start = e->pos, .end = e->pos, .key = leads_there, .arg = &x };
	enum arb_code code = view_walk(f->after, &w, f->err);

	*ret = x.found;
	return code == ARB_E_STOPPED ? ARB_OK : code;
}

/* Of one place there are as many as the extent had copies; what lies on the device may be shorter than the data, not longer. */
static enum arb_code settle_extents(struct extents_gone *x)
{
	enum arb_code code = ARB_OK;

	if (x->list.nr)
		qsort(x->list.v, x->list.nr, sizeof(*x->list.v), by_place);
	for (size_t i = 0, nr; i < x->list.nr && !code; i += nr) {
		const struct extent_gone *e = &x->list.v[i];
		bool left;

		for (nr = 1; i + nr < x->list.nr && bpos_eq(e->pos, e[nr].pos); nr++)
			;
		code = extent_is_left(x->f, e, nr, &left);
		if (!code && !left)
			code = loss_event(x->f, e->pos.inode, LOST_DATA, e[nr - 1].sectors);
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
