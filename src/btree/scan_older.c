/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the journal and older copies of a leaf still say of stretches that the leaf itself cannot tell. The journal first; the copies are asked from the newest to the oldest,
 * and each decides for all of its range: that it has no key somewhere is an answer, too. So a stretch is filled by one state of the
 * btree and not by the sum of all there ever were.
 */
#include <stdlib.h>
#include <string.h>

#include "arborist/btree/scan.h"
#include "scan_private.h"

#define SAME_SNAPSHOT_MAX	256	/* keys looked at for a neighbour in the same snapshot */

struct ranges { ARB_ARRAY(struct bpos_range) list; };
struct older {
	struct scan	*s;
	struct view	*v;
	const struct node *n;
	bool		all;		/* of the whole range, whatever the node itself has */
	struct ranges	left;		/* disjoint, in order */
	struct gone	gone;
	struct older_keys *ret;
	struct arb_error *err;
};

static enum arb_code no_memory(struct older *o)
{
	return arb_fail(o->err, ARB_E_NOMEM, "out of memory for keys of older nodes");
}

/* --- stretches ------------------------------------------------------------------------------------------------------ */

static int cmp_pos(const void *x, const void *y)
{
	return bpos_cmp(*(const struct bpos *)x, *(const struct bpos *)y);
}

static bool add_range(struct ranges *to, struct bpos start, struct bpos end)
{
	struct bpos_range *r;

	if (!bpos_le(start, end))
		return true;
	r = arb_array_push(&to->list);
	if (r)
		*r = (struct bpos_range){ start, end };
	return r;
}

/* Takes [start, end] out. */
static bool answered(struct ranges *r, struct bpos start, struct bpos end)
{
	struct ranges rest = { 0 };
	struct bpos p;
	bool ok = true;

	for (size_t i = 0; ok && i < r->list.nr; i++) {
		struct bpos_range *one = &r->list.v[i];

		if (bpos_lt(one->end, start) || bpos_lt(end, one->start)) {
			ok = add_range(&rest, one->start, one->end);
			continue;
		}
		if (bpos_lt(one->start, start) && bpos_predecessor(start, &p))
			ok = add_range(&rest, one->start, p);
		if (ok && bpos_lt(end, one->end) && bpos_successor(end, &p))
			ok = add_range(&rest, p, one->end);
	}
	arb_array_free(&r->list);
	*r = rest;
	return ok;
}

static bool in_ranges(const struct ranges *r, struct bpos p)
{
	for (size_t i = 0; i < r->list.nr && bpos_le(r->list.v[i].start, p); i++)
		if (bpos_le(p, r->list.v[i].end))
			return true;
	return false;
}

static enum arb_code what_is_asked(struct older *o)
{
	const struct node_lost *l = &o->n->lost;
	bool ok = !o->all || add_range(&o->left, o->n->min, o->n->max);

	for (size_t i = 0; ok && !o->all && i < l->range.nr; i++)
		ok = add_range(&o->left, l->range.v[i].start, l->range.v[i].end);
	return ok ? ARB_OK : no_memory(o);
}

/* --- is a key wanted? ------------------------------------------------------------------------------------------------ */

/* In the same snapshot, do both cover something? */
static bool overlap(const struct bkey *a, const struct bkey *b)
{
	return a->p.inode == b->p.inode && a->p.snapshot == b->p.snapshot && a->size && b->size &&
	       a->p.offset - a->size < b->p.offset && b->p.offset - b->size < a->p.offset;
}

/* Does a key of the node cover something of @k? When there are too many to look at it may be. */
static bool covered_by_node(const struct node *n, const struct bkey *k)
{
	size_t at = node_lower_bound(n, k->p), looked = 0;

	for (size_t i = at; i < n->nr_keys && n->keys[i].k.p.inode == k->p.inode; i++) {
		if (overlap(&n->keys[i].k, k) || looked++ > SAME_SNAPSHOT_MAX)
			return true;
		if (n->keys[i].k.p.snapshot == k->p.snapshot)
			break;
	}
	looked = 0;
	for (size_t i = at; i-- > 0 && n->keys[i].k.p.inode == k->p.inode;) {
		if (overlap(&n->keys[i].k, k) || looked++ > SAME_SNAPSHOT_MAX)
			return true;
		if (n->keys[i].k.p.snapshot == k->p.snapshot)
			break;
	}
	return false;
}

/* The same for keys of the journal and of repairs; a key does not cover itself. */
static bool covered_by(const struct overlay *keys, unsigned btree, const struct bkey *k)
{
	const struct bpos from = { .inode = k->p.inode, .offset = k->p.offset - k->size };
	const struct overlay_key *x = overlay_lower_bound(keys, btree, 0, from);
	size_t looked = 0;

	for (; x && x->btree == btree && !x->level && x->key.k.p.inode == k->p.inode; x = overlay_next(keys, x)) {
		if (bpos_eq(x->key.k.p, k->p))
			continue;
		if ((x->key.k.type != KEY_deleted && overlap(&x->key.k, k)) || looked++ > SAME_SNAPSHOT_MAX)
			return true;
		if (x->key.k.p.offset > k->p.offset && x->key.k.p.snapshot == k->p.snapshot)
			break;
	}
	return false;
}

/* A key that has a length must not begin before the stretch that it is to fill. */
static bool begins_before(const struct bkey *k, struct bpos start)
{
	return k->size && k->p.inode == start.inode && k->p.offset - k->size + 1 < start.offset;
}

static bool wanted(const struct older *o, struct bkey_s k, struct bpos start)
{
	size_t i;

	if (k.k.size > k.k.p.offset || begins_before(&k.k, start))
		return false;
	i = node_lower_bound(o->n, k.k.p);
	if ((i < o->n->nr_keys && bpos_eq(o->n->keys[i].k.p, k.k.p)) || overlay_get(o->v->overlay, o->n->btree, 0, k.k.p))
		return false;
	if (o->n->lost.deleted.nr && bsearch(&k.k.p, o->n->lost.deleted.v, o->n->lost.deleted.nr, sizeof(struct bpos), cmp_pos))
		return false;
	return !k.k.size || !(covered_by_node(o->n, &k.k) || covered_by(o->v->overlay, o->n->btree, &k.k) ||
			      covered_by(o->ret->journal, o->n->btree, &k.k));
}

/* Proven to be gone, it is counted and left out. */
static enum arb_code add_key(struct older *o, struct bkey_s k, size_t *taken)
{
	struct bkey_s *to;
	bool gone = false;
	enum arb_code code = o->all || k.k.type == KEY_deleted ? ARB_OK : scan_key_gone(&o->gone, o->n->btree, k, &gone, o->err);

	o->ret->gone += gone;
	if (code || gone)
		return code;
	to = arb_array_push(&o->ret->key);
	if (!to)
		return no_memory(o);
	*to = k;
	++*taken;
	return ARB_OK;
}

/* --- the journal ------------------------------------------------------------------------------------------------------- */

static bool same_key(struct bkey_s a, struct bkey_s b)
{
	return a.k.u64s == b.k.u64s && a.k.type == b.k.type && a.k.size == b.k.size && !memcmp(a.v, b.v, bkey_val_bytes(&a.k));
}

/* Is it other than what the node has there? Of nothing there is nothing to be taken out. */
static bool is_news(const struct older *o, struct bkey_s k)
{
	size_t i = node_lower_bound(o->n, k.k.p);

	if (overlay_get(o->v->overlay, o->n->btree, 0, k.k.p))
		return false;
	if (i == o->n->nr_keys || !bpos_eq(o->n->keys[i].k.p, k.k.p))
		return k.k.type != KEY_deleted;
	return !same_key(node_key(o->n, i), k);
}

/* Where later bsets are lost, the journal's word takes the place of what the node says, also that there is nothing any more. */
static enum arb_code overtaken(struct older *o)
{
	const struct node_lost *l = &o->n->lost;
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < l->newer.nr; i++) {
		const struct overlay_key *x = overlay_lower_bound(o->ret->journal, o->n->btree, 0, l->newer.v[i].start);

		for (; !code && x && x->btree == o->n->btree && !x->level && bpos_le(x->key.k.p, l->newer.v[i].end);
		     x = overlay_next(o->ret->journal, x))
			if (!in_ranges(&o->left, x->key.k.p) && is_news(o, x->key))
				code = add_key(o, x->key, &o->ret->from_journal);
	}
	return code;
}

static enum arb_code ask_journal(struct older *o)
{
	uint64_t none = 0;
	enum arb_code code = scan_journal_keys(o->v, o->n, o->s ? &o->s->journal_bytes : &none, &o->ret->journal, o->err);

	code = code ? code : overtaken(o);
	for (size_t i = 0; !code && i < o->left.list.nr; i++) {
		const struct bpos_range *r = &o->left.list.v[i];
		const struct overlay_key *x = overlay_lower_bound(o->ret->journal, o->n->btree, 0, r->start);

		for (; !code && x && x->btree == o->n->btree && !x->level && bpos_le(x->key.k.p, r->end); x = overlay_next(o->ret->journal, x))
			if (x->key.k.type != KEY_deleted && wanted(o, x->key, r->start))
				code = add_key(o, x->key, &o->ret->from_journal);
	}
	return code;
}

/* --- the copies -------------------------------------------------------------------------------------------------------- */

static enum arb_code take(struct older *o, const struct node *from, struct bpos_range r, size_t *taken)
{
	enum arb_code code = ARB_OK;

	for (size_t i = node_lower_bound(from, r.start); !code && i < from->nr_keys && bpos_le(from->keys[i].k.p, r.end); i++) {
		struct bkey_s k = node_key(from, i);

		if (o->all || (wanted(o, k, r.start) && !overlay_get(o->ret->journal, o->n->btree, 0, k.k.p)))
			code = add_key(o, k, taken);
	}
	return code;
}

static enum arb_code keep_node(struct older *o, struct node *from)
{
	struct node **to = arb_array_push(&o->ret->node);

	if (to) {
		*to = from;
		return ARB_OK;
	}
	node_free(from);
	return no_memory(o);
}

/* Its keys for what has not been answered by a newer one. One that is not whole says nothing. */
static enum arb_code ask(struct older *o, const struct scanned_node *c)
{
	struct btree_ptr p = {
		.is_v2 = true, .sectors_written = c->sectors_written, .seq = c->cookie, .nr_ptrs = c->nr_copies,
		.min_key = c->header_min, .max_key = c->header_max,
	};
	struct defects defects = { 0 };
	struct node *from = NULL;
	size_t taken = 0;
	enum arb_code code;

	for (unsigned i = 0; i < c->nr_copies; i++)
		p.ptr[i] = (struct extent_ptr){ .sector = c->copy[i].sector, .dev = c->copy[i].dev, .gen = c->copy[i].gen };
	code = node_read(o->v->devs, &o->v->geo, o->n->btree, 0, &p, NODE_WHOLE, &from, &defects, o->err);
	defects_free(&defects);
	if (code || !from || from->needs_rewrite) {
		node_free(from);
		return code;
	}
	for (size_t i = 0; !code && i < o->left.list.nr; i++)
		code = take(o, from, o->left.list.v[i], &taken);
	if (!code && !answered(&o->left, c->header_min, c->header_max))
		code = no_memory(o);
	if (!taken || code) {
		node_free(from);
		return code;
	}
	return keep_node(o, from);
}

static bool could_answer(const struct older *o, const struct scanned_node *c)
{
	if (c->damaged || c->cookie == o->n->h.bset.seq)
		return false;
	for (size_t i = 0; i < o->left.list.nr; i++)
		if (bpos_le(c->header_min, o->left.list.v[i].end) && bpos_le(o->left.list.v[i].start, c->header_max))
			return true;
	return false;
}

/* The newest first; equally old ones by their order in the scan, which is by position. */
static int newest_first(const void *x, const void *y)
{
	const struct scanned_node *a = *(const struct scanned_node *const *)x, *b = *(const struct scanned_node *const *)y;
	int c = scanned_age_cmp(b, a);

	return c ? c : a < b ? -1 : a > b;
}

static enum arb_code ask_all(struct older *o)
{
	ARB_ARRAY(const struct scanned_node *) found = { 0 };
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < o->s->nodes.nr; i++) {
		const struct scanned_node *c = &o->s->nodes.v[i], **to;

		if (c->btree != o->n->btree || c->level || !could_answer(o, c))
			continue;
		to = arb_array_push(&found);
		if (to)
			*to = c;
		else
			code = no_memory(o);
	}
	if (!code && found.nr)
		qsort(found.v, found.nr, sizeof(*found.v), newest_first);
	for (size_t i = 0; !code && i < found.nr && o->left.list.nr; i++)
		if (could_answer(o, found.v[i]))
			code = ask(o, found.v[i]);
	arb_array_free(&found);
	return code;
}

static int cmp_key(const void *x, const void *y)
{
	const struct bkey_s *a = x, *b = y;

	return bpos_cmp(a->k.p, b->k.p);
}

enum arb_code scan_older_keys(struct scan *s, struct view *v, const struct node *n, bool all, struct older_keys *ret, struct arb_error *err)
{
	struct older o = { .s = s, .v = v, .n = n, .all = all, .gone.v = v, .ret = ret, .err = err };
	enum arb_code code;

	*ret = (struct older_keys){ 0 };
	code = what_is_asked(&o);
	if (!code && !all)
		code = ask_journal(&o);
	if (!code && o.left.list.nr && s)
		code = ask_all(&o);
	if (!code && ret->key.nr)
		qsort(ret->key.v, ret->key.nr, sizeof(*ret->key.v), cmp_key);
	arb_array_free(&o.left.list);
	scan_gone_free(&o.gone);
	if (code)
		older_keys_free(ret);
	return code;
}

void older_keys_free(struct older_keys *k)
{
	for (size_t i = 0; i < k->node.nr; i++)
		node_free(k->node.v[i]);
	arb_array_free(&k->node);
	arb_array_free(&k->key);
	overlay_free(k->journal);
	k->journal = NULL;
}
