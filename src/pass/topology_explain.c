/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The topology tables read to a person: which row holds at a node, to which data. Nothing is found, asked or changed here. */
#include "arborist/pass/explain.h"

#include "arborist/base/i18n.h"
#include "topology.h"

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

/* What is said, as text and as cases. */
struct told {
	struct arb_buf *text;
	struct topology_cases *cases;
};

static struct topology_side side_of(const struct topo_child *c)
{
	return !c ? (struct topology_side){ .there = false } : (struct topology_side){
		.min = c->min, .max = c->max, .own_min = c->own_min, .own_max = c->own_max, .age = c->node_seq, .there = true, .readable = c->readable,
	};
}

static void row_text(struct told *out, const char *where, enum topo_row row, const struct topo_child *prev, const struct topo_child *cur)
{
	const struct rule *r = &topology_rules[row];
	struct topology_cases *x = out->cases;

	if (x->nr < sizeof(x->v) / sizeof(x->v[0]))
		x->v[x->nr++] = (struct topology_case){ where, r, side_of(prev), side_of(cur) };
	arb_buf_printf(out->text, _("    %s: when %s, then %s\n"), tr(r->name), tr(r->when), tr(r->then));
}

static void boundary_text(struct told *out, const char *what, enum topo_row row, const struct topo_child *prev, const struct topo_child *cur)
{
	arb_buf_printf(out->text, "  %s\n", tr(what));
	row_text(out, what, row, prev, cur);
	if (prev) {
		arb_buf_puts(out->text, _("    before: "));
		range(out->text, prev);
	}
	if (cur) {
		arb_buf_puts(out->text, prev ? _("    after:  ") : _("    node:   "));
		range(out->text, cur);
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

static enum arb_code among_siblings(struct topo *t, const struct node *parent, const struct node *b, struct told *out)
{
	struct siblings s = { 0 };
	enum arb_code code = find_siblings(t, parent, b, &s);

	if (code || !s.has_self)
		return code;
	arb_buf_puts(out->text, _("the node among its neighbours:\n"));
	boundary_text(out, s.has_before ? N_("where it begins") : N_("where it begins, the first child of its parent"),
		      row_between(t, parent, s.has_before ? &s.before : NULL, &s.self), s.has_before ? &s.before : NULL, &s.self);
	boundary_text(out, s.has_after ? N_("where it ends") : N_("where it ends, the last child of its parent"),
		      row_between(t, parent, &s.self, s.has_after ? &s.after : NULL), &s.self, s.has_after ? &s.after : NULL);
	return ARB_OK;
}

static void at_root(const struct node *b, struct told *out)
{
	struct topo_child c = { .max = b->max, .readable = true };

	topo_summarize(&c, b);
	c.min = b->min;
	arb_buf_puts(out->text, _("the root:\n"));
	if (!bpos_eq(b->min, POS_MIN))
		row_text(out, N_("the root"), TOPO_ROOT_MIN, NULL, &c);
	if (!bpos_eq(b->max, SPOS_MAX))
		row_text(out, N_("the root"), TOPO_ROOT_MAX, NULL, &c);
	if (bpos_eq(b->min, POS_MIN) && bpos_eq(b->max, SPOS_MAX))
		arb_buf_puts(out->text, _("    it covers everything, from POS_MIN to SPOS_MAX, as a root has to\n"));
}

/* --- its children -------------------------------------------------------------------------------------------------------------- */

struct children {
	struct topo *t;
	const struct node *b;
	struct told *out;
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
	if (code || row_between(x->t, x->b, prev ? &p : NULL, cur ? &c : NULL) == TOPO_MEET || x->bad++ >= TOPOLOGY_CHILDREN_SHOWN)
		return code;
	if (prev)
		code = look(x->t, x->b->level - 1, bkey_buf_s(prev), true, &p);
	if (!code && cur)
		code = look(x->t, x->b->level - 1, bkey_buf_s(cur), true, &c);
	if (!code)
		boundary_text(x->out, cur ? N_("between two children") : N_("behind the last child"),
			      row_between(x->t, x->b, prev ? &p : NULL, cur ? &c : NULL), prev ? &p : NULL, cur ? &c : NULL);
	return code;
}

static enum arb_code among_children(struct topo *t, const struct node *b, struct told *out)
{
	struct children x = { t, b, out, 0, 0 };
	struct bkey_buf prev, cur;
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct bkey_s k;

	arb_buf_puts(out->text, _("its children:\n"));
	node_iter_init(&it, t->c->view, b);
	for (; !code && node_iter_next(&it, &k); x.nr++) {
		bkey_buf_set(&cur, k);
		code = one_pair(&x, x.nr ? &prev : NULL, &cur);
		prev = cur;
	}
	if (!code)
		code = one_pair(&x, x.nr ? &prev : NULL, NULL);
	if (!code && !x.bad)
		arb_buf_printf(out->text, P_("    by its pointer, the %zu child covers its range exactly once\n", "    by their pointers, the %zu children cover its range exactly once\n", x.nr), x.nr);
	if (x.bad > TOPOLOGY_CHILDREN_SHOWN)
		arb_buf_printf(out->text, P_("    and %zu more boundary like this\n", "    and %zu more boundaries like these\n", x.bad - TOPOLOGY_CHILDREN_SHOWN),
			       x.bad - TOPOLOGY_CHILDREN_SHOWN);
	return code;
}

enum arb_code topology_explain(struct view *v, const struct node *parent, const struct node *b, struct arb_buf *out,
			       struct topology_cases *cases, struct arb_error *err)
{
	struct pass_ctx c = { .view = v, .err = err };
	struct topo t = { .c = &c, .btree = b->btree };
	struct told told = { out, cases };
	enum arb_code code = ARB_OK;

	cases->nr = 0;
	if (parent)
		code = among_siblings(&t, parent, b, &told);
	else
		at_root(b, &told);
	return code || !b->level ? code : among_children(&t, b, &told);
}

/* --- two nodes --------------------------------------------------------------------------------------------------------------------- */

static void meeting(struct topology_held *h, const struct topo_child *l, const struct topo_child *r)
{
	struct bpos want;
	bool has = bpos_successor(l->max, &want);

	if (has && bpos_eq(want, r->min)) {
		h->how = TOPOLOGY_MEETS;
	} else if (has && bpos_lt(want, r->min)) {
		h->how = TOPOLOGY_GAP;
		h->from = want;
		h->to = r->min;
		bpos_predecessor(r->min, &h->to);
	} else {
		h->how = TOPOLOGY_OVERLAP;
		h->from = bpos_max(l->min, r->min);
		h->to = bpos_min(l->max, r->max);
	}
}

static void shared_keys(struct topo *t, struct topology_held *h, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right)
{
	h->counted = h->how == TOPOLOGY_OVERLAP && !level && h->readable && bpos_le(h->from, h->to);
	if (!h->counted)
		return;
	h->keys[0] = topo_keys_lost(t, level, left, NULL, h->from, h->to);
	h->keys[1] = topo_keys_lost(t, level, right, NULL, h->from, h->to);
	h->only[0] = topo_keys_lost(t, level, left, right, h->from, h->to);
	h->only[1] = topo_keys_lost(t, level, right, left, h->from, h->to);
}

enum arb_code topology_compare(struct view *v, unsigned btree, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right,
			       struct topology_held *ret, struct arb_error *err)
{
	struct pass_ctx c = { .view = v, .err = err };
	struct topo t = { .c = &c, .btree = btree };
	struct topo_child l, r;
	enum arb_code code = look(&t, level, bkey_buf_s(left), true, &l);

	*ret = (struct topology_held){ .how = TOPOLOGY_UNKNOWN };
	code = code ? code : look(&t, level, bkey_buf_s(right), true, &r);
	if (code || !l.pointer || !r.pointer)
		return code;
	meeting(ret, &l, &r);
	ret->readable = l.readable && r.readable;
	ret->age[0] = l.node_seq;
	ret->age[1] = r.node_seq;
	shared_keys(&t, ret, level, left, right);
	return ARB_OK;
}

const char *topology_meeting_name(enum topology_meeting how)
{
	static const char *const names[] = {
		[TOPOLOGY_UNKNOWN] = "unknown", [TOPOLOGY_MEETS] = "meet", [TOPOLOGY_GAP] = "gap", [TOPOLOGY_OVERLAP] = "overlap",
	};

	return names[how];
}

static void meeting_text(struct arb_buf *out, const struct topology_held *h)
{
	if (h->how == TOPOLOGY_MEETS) {
		arb_buf_puts(out, _("  they meet: the second begins right behind the first\n"));
		return;
	}
	arb_buf_puts(out, h->how == TOPOLOGY_GAP ? _("  between them nothing covers ") : _("  both claim "));
	topo_range_text(out, h->from, h->to);
	arb_buf_putc(out, '\n');
}

void topology_held_to_text(struct arb_buf *out, const struct topology_held *h)
{
	if (h->how == TOPOLOGY_UNKNOWN)
		return;
	meeting_text(out, h);
	if (h->readable && h->age[0] == h->age[1])
		arb_buf_printf(out, _("  ages: both %u, neither is newer; then the first wins\n"), h->age[0]);
	else if (h->readable)
		arb_buf_printf(out, _("  ages: the first %u, the second %u; the larger number was written later: the %s is newer\n"), h->age[0],
			       h->age[1], h->age[0] > h->age[1] ? _("first") : _("second"));
	if (h->counted)
		arb_buf_printf(out, _("  keys in what both claim: the first holds %llu, the second %llu; only in the first %llu, only in the second %llu\n"),
			       (unsigned long long)h->keys[0], (unsigned long long)h->keys[1], (unsigned long long)h->only[0],
			       (unsigned long long)h->only[1]);
}
