/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The topology tables read to a person: which row holds at a node, to which data. Nothing is found, asked or changed here. */
#include "arborist/pass/explain.h"

#include "arborist/base/i18n.h"
#include "topology.h"

#define CHILDREN_SHOWN 8

/* One child pointer, and what its node says of itself when it is to be read. */
static enum arb_code look(struct topo *t, unsigned level, struct bkey_s k, bool read, struct topo_child *c)
{
	struct node_got got = { 0 };
	struct btree_ptr p;
	enum arb_code code;

	*c = (struct topo_child){ .min = k.k.p, .max = k.k.p, .own_min = k.k.p, .own_max = k.k.p };
	c->pointer = btree_ptr_get(k, &p);
	if (!c->pointer)
		return ARB_OK;
	c->min = c->own_min = p.is_v2 ? p.min_key : k.k.p;
	c->readable = !read;
	if (!read)
		return ARB_OK;
	code = view_node(t->c->view, t->btree, level, k, &got, t->c->err);
	if (!code && got.node)
		topo_summarize(c, got.node);
	if (!code)
		node_put(&got);
	return code;
}

static void range(struct arb_buf *out, const struct topo_child *c)
{
	topo_range_text(out, c->min, c->max);
	if (!c->readable)
		arb_buf_puts(out, _(", unreadable"));
	else if (c->node_seq)
		arb_buf_printf(out, _(", age %u"), c->node_seq);
	if (c->readable && (!bpos_eq(c->own_min, c->min) || !bpos_eq(c->own_max, c->max))) {
		arb_buf_puts(out, _(", header "));
		topo_range_text(out, c->own_min, c->own_max);
	}
	arb_buf_putc(out, '\n');
}

static void row_text(struct arb_buf *out, enum topo_row row)
{
	const struct rule *r = &topology_rules[row];

	arb_buf_printf(out, _("    %s: when %s, then %s\n"), tr(r->name), tr(r->when), tr(r->then));
}

static void boundary_text(struct arb_buf *out, const char *what, enum topo_row row, const struct topo_child *prev, const struct topo_child *cur)
{
	arb_buf_printf(out, "  %s\n", what);
	row_text(out, row);
	if (prev) {
		arb_buf_puts(out, _("    before: "));
		range(out, prev);
	}
	if (cur) {
		arb_buf_puts(out, prev ? _("    after:  ") : _("    node:   "));
		range(out, cur);
	}
}

/* The row between two children of @b, either may be NULL: the beginning, or the end. */
static enum topo_row row_between(struct topo *t, const struct node *b, const struct topo_child *prev, const struct topo_child *cur)
{
	enum topo_row row;

	if (cur && !cur->pointer)
		return TOPO_BAD_POINTER;
	if ((cur && !cur->readable) || (!cur && prev && !prev->readable))
		return TOPO_UNREADABLE;
	if (!cur)
		return prev ? topo_end(b->max, prev) : TOPO_EMPTY;
	row = topo_boundary(b->min, prev && prev->readable ? prev : NULL, cur);
	return prev ? topo_overlap(t, b, row, prev, cur) : row;
}

/* --- the node among its siblings ------------------------------------------------------------------------------------------- */

struct siblings {
	struct topo_child before, self, after;
	bool has_before, has_self, has_after;
};

static enum arb_code find_siblings(struct topo *t, const struct node *parent, const struct node *b, struct siblings *s)
{
	enum arb_code code = ARB_OK;
	struct bkey_buf last;
	struct node_iter it;
	struct btree_ptr p;
	struct bkey_s k;

	node_iter_init(&it, t->c->view, parent);
	while (!code && !s->has_after && node_iter_next(&it, &k)) {
		if (s->has_self) {
			code = look(t, b->level, k, true, &s->after);
			s->has_after = true;
		} else if (btree_ptr_get(k, &p) && p.seq == b->ptr.seq && bpos_eq(k.k.p, b->ptr.max_key)) {
			s->has_self = true;
			code = look(t, b->level, k, true, &s->self);
			if (!code && s->has_before)
				code = look(t, b->level, bkey_buf_s(&last), true, &s->before);
		} else {
			bkey_buf_set(&last, k);
			s->has_before = true;
		}
	}
	return code;
}

static enum arb_code among_siblings(struct topo *t, const struct node *parent, const struct node *b, struct arb_buf *out)
{
	struct siblings s = { 0 };
	enum arb_code code = find_siblings(t, parent, b, &s);

	if (code || !s.has_self)
		return code;
	arb_buf_puts(out, _("the node among its neighbours:\n"));
	boundary_text(out, s.has_before ? _("where it begins") : _("where it begins, the first child of its parent"),
		      row_between(t, parent, s.has_before ? &s.before : NULL, &s.self), s.has_before ? &s.before : NULL, &s.self);
	boundary_text(out, s.has_after ? _("where it ends") : _("where it ends, the last child of its parent"),
		      row_between(t, parent, &s.self, s.has_after ? &s.after : NULL), &s.self, s.has_after ? &s.after : NULL);
	return ARB_OK;
}

static void at_root(const struct node *b, struct arb_buf *out)
{
	arb_buf_puts(out, _("the root:\n"));
	if (!bpos_eq(b->min, POS_MIN))
		row_text(out, TOPO_ROOT_MIN);
	if (!bpos_eq(b->max, SPOS_MAX))
		row_text(out, TOPO_ROOT_MAX);
	if (bpos_eq(b->min, POS_MIN) && bpos_eq(b->max, SPOS_MAX))
		arb_buf_puts(out, _("    it covers everything, from POS_MIN to SPOS_MAX, as a root has to\n"));
}

/* --- its children -------------------------------------------------------------------------------------------------------------- */

struct children {
	struct topo *t;
	const struct node *b;
	struct arb_buf *out;
	size_t nr, bad;
};

/* Pointers alone tell whether two children meet; only where they do not are the nodes read. */
static enum arb_code one_pair(struct children *x, const struct bkey_buf *prev, const struct bkey_buf *cur)
{
	struct topo_child p = { 0 }, c = { 0 };
	enum arb_code code = ARB_OK;

	if (prev)
		code = look(x->t, x->b->level - 1, bkey_buf_s(prev), false, &p);
	if (!code && cur)
		code = look(x->t, x->b->level - 1, bkey_buf_s(cur), false, &c);
	if (code || row_between(x->t, x->b, prev ? &p : NULL, cur ? &c : NULL) == TOPO_MEET || x->bad++ >= CHILDREN_SHOWN)
		return code;
	if (prev)
		code = look(x->t, x->b->level - 1, bkey_buf_s(prev), true, &p);
	if (!code && cur)
		code = look(x->t, x->b->level - 1, bkey_buf_s(cur), true, &c);
	if (!code)
		boundary_text(x->out, cur ? _("between two children") : _("behind the last child"),
			      row_between(x->t, x->b, prev ? &p : NULL, cur ? &c : NULL), prev ? &p : NULL, cur ? &c : NULL);
	return code;
}

static enum arb_code among_children(struct topo *t, const struct node *b, struct arb_buf *out)
{
	struct children x = { t, b, out, 0, 0 };
	struct bkey_buf prev, cur;
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	arb_buf_puts(out, _("its children:\n"));
	node_iter_init(&it, t->c->view, b);
	for (; !code && node_iter_next(&it, &k); x.nr++) {
		bkey_buf_set(&cur, k);
		code = one_pair(&x, x.nr ? &prev : NULL, &cur);
		prev = cur;
	}
	if (!code)
		code = one_pair(&x, x.nr ? &prev : NULL, NULL);
	if (!code && !x.bad)
		arb_buf_printf(out, P_("    by its pointer, the %zu child covers its range exactly once\n", "    by their pointers, the %zu children cover its range exactly once\n", x.nr), x.nr);
	if (x.bad > CHILDREN_SHOWN)
		arb_buf_printf(out, P_("    and %zu more boundary like this\n", "    and %zu more boundaries like these\n", x.bad - CHILDREN_SHOWN),
			       x.bad - CHILDREN_SHOWN);
	return code;
}

enum arb_code topology_explain(struct view *v, const struct node *parent, const struct node *b, struct arb_buf *out, struct arb_error *err)
{
	struct pass_ctx c = { .view = v, .err = err };
	struct topo t = { .c = &c, .btree = b->btree };
	enum arb_code code = ARB_OK;

	if (parent)
		code = among_siblings(&t, parent, b, out);
	else
		at_root(b, out);
	return code || !b->level ? code : among_children(&t, b, out);
}

/* --- two nodes --------------------------------------------------------------------------------------------------------------------- */

static void meeting_text(struct arb_buf *out, const struct topo_child *l, const struct topo_child *r)
{
	struct bpos want;
	bool has = bpos_successor(l->max, &want);

	if (has && bpos_eq(want, r->min)) {
		arb_buf_puts(out, _("  they meet: the second begins right behind the first\n"));
	} else if (has && bpos_lt(want, r->min)) {
		struct bpos last = r->min;

		bpos_predecessor(r->min, &last);
		arb_buf_puts(out, _("  between them nothing covers "));
		topo_range_text(out, want, last);
		arb_buf_putc(out, '\n');
	} else {
		arb_buf_puts(out, _("  both claim "));
		topo_range_text(out, bpos_max(l->min, r->min), bpos_min(l->max, r->max));
		arb_buf_putc(out, '\n');
	}
}

static void age_text(struct arb_buf *out, const struct topo_child *l, const struct topo_child *r)
{
	if (!l->readable || !r->readable)
		return;
	if (l->node_seq == r->node_seq)
		arb_buf_printf(out, _("  ages: both %u, neither is newer; then the first wins\n"), l->node_seq);
	else
		arb_buf_printf(out, _("  ages: the first %u, the second %u; the larger number was written later: the %s is newer\n"), l->node_seq,
			       r->node_seq, l->node_seq > r->node_seq ? _("first") : _("second"));
}

static void shared_keys(struct topo *t, struct arb_buf *out, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right,
			const struct topo_child *l, const struct topo_child *r)
{
	struct bpos from = bpos_max(l->min, r->min), to = bpos_min(l->max, r->max);

	if (level || !l->readable || !r->readable || !bpos_le(from, to))
		return;
	arb_buf_printf(out, _("  keys in what both claim: the first holds %llu, the second %llu; only in the first %llu, only in the second %llu\n"),
		       (unsigned long long)topo_keys_lost(t, level, left, NULL, from, to),
		       (unsigned long long)topo_keys_lost(t, level, right, NULL, from, to),
		       (unsigned long long)topo_keys_lost(t, level, left, right, from, to),
		       (unsigned long long)topo_keys_lost(t, level, right, left, from, to));
}

enum arb_code topology_compare(struct view *v, unsigned btree, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right,
			       struct arb_buf *out, struct arb_error *err)
{
	struct pass_ctx c = { .view = v, .err = err };
	struct topo t = { .c = &c, .btree = btree };
	struct topo_child l, r;
	enum arb_code code = look(&t, level, bkey_buf_s(left), true, &l);

	code = code ? code : look(&t, level, bkey_buf_s(right), true, &r);
	if (code || !l.pointer || !r.pointer)
		return code;
	meeting_text(out, &l, &r);
	age_text(out, &l, &r);
	shared_keys(&t, out, level, left, right, &l, &r);
	return ARB_OK;
}
