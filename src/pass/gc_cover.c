/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a walk over a btree come by all of its keys? What is not covered, or twice, makes whatever was counted of no use. */
#include "alloc.h"

static bool covers_all(const struct node *root)
{
	return bpos_eq(root->min, POS_MIN) && bpos_eq(root->max, SPOS_MAX);
}

/* A pointer stands where its node ends, unless its range was changed: of two that lead to one node one has the mark of that. */
static enum arb_code note(struct gc_cover *c, const struct btree_ptr *p, struct arb_error *err)
{
	c->twice |= cookie_set_has(&c->seen, p->seq) && (p->range_updated || cookie_set_has(&c->updated, p->seq));
	if (!cookie_set_add(&c->seen, p->seq) || (p->range_updated && !cookie_set_add(&c->updated, p->seq)))
		return arb_fail(err, ARB_E_NOMEM, "no memory for the nodes of a btree");
	return ARB_OK;
}

static enum arb_code children(struct gc_cover *c, struct view *v, const struct node *n, bool *ret_meet, struct arb_error *err)
{
	struct bpos expected = n->min, last = POS_MIN;
	enum arb_code code = ARB_OK;
	struct node_iter it;
	struct btree_ptr p;
	struct bkey_s k;
	bool any = false, end = false;

	*ret_meet = false;
	node_iter_init(&it, v, n);
	for (; !code && node_iter_next(&it, &k); any = true) {
		if (!btree_ptr_get(k, &p) || !p.is_v2) {
			*ret_meet = k.k.type == KEY_btree_ptr;	/* an old pointer says nothing of where its node begins */
			return ARB_OK;
		}
		if (end || !bpos_eq(p.min_key, expected))
			return ARB_OK;
		last = k.k.p;
		end = !bpos_successor(last, &expected);
		code = note(c, &p, err);
	}
	*ret_meet = any && bpos_eq(last, n->max);
	return code;
}

const char *gc_read_in_part(const struct pass_ctx *c, const struct node *n)
{
	struct bkey_buf k;

	if (!n->needs_rewrite)
		return NULL;
	btree_ptr_put(&k, &n->ptr);
	return plan_rewrites(c->plan, n->btree, n->level + 1, bkey_buf_s(&k)) ? NULL : "a node can be read only in part";
}

enum arb_code gc_cover_node(struct gc_cover *c, const struct pass_ctx *ctx, const struct node *n, const char **ret_why)
{
	struct view *v = ctx->view;
	enum arb_code code;
	bool meet;

	*ret_why = gc_read_in_part(ctx, n);
	if (n->btree != c->btree || n->level != c->level)
		gc_cover_free(c);
	c->btree = n->btree;
	c->level = n->level;
	if (n->level == v->roots[n->btree].level && !covers_all(n))
		*ret_why = "the root does not cover every position";
	if (!n->level || *ret_why)
		return ARB_OK;
	code = children(c, v, n, &meet, ctx->err);
	if (!meet)
		*ret_why = "nodes do not cover their parent's range exactly once";
	else if (c->twice)
		*ret_why = "two pointers lead to the same node";
	return code;
}

void gc_cover_free(struct gc_cover *c)
{
	cookie_set_free(&c->seen);
	cookie_set_free(&c->updated);
	c->twice = false;
}
