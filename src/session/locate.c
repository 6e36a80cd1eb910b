/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descending from the root to a position. */
#include <config.h>
#include "arborist/format/extent.h"
#include "arborist/session/locate.h"

struct bpos ptr_start(struct bkey_s k)
{
	struct btree_ptr p;

	return btree_ptr_get(k, &p) && p.is_v2 ? p.min_key : POS_MIN;
}

void location_put(struct location *l)
{
	if (l->got.ref)
		node_put(&l->got);
	memset(&l->got, 0, sizeof(l->got));
}

static enum arb_code at_root(struct view *v, struct location *l, struct arb_error *err)
{
	const struct btree_root *r = &v->roots[l->btree];
	ARB_BUF(name);

	btree_id_to_text(&name, l->btree);
	if (!r->exists || r->lost)
		return arb_fail(err, ARB_E_REFUSED, "btree %s has no root%s%s", arb_buf_str(&name),
				r->lost ? ": " : "", r->lost ? r->why : "");
	l->level = l->root_level = r->level;
	l->ptr = r->key;
	l->start = POS_MIN;
	l->end = SPOS_MAX;
	return view_root(v, l->btree, &l->got, err);
}

static enum arb_code unreadable(const struct location *l, struct arb_error *err)
{
	ARB_BUF(b);

	btree_id_to_text(&b, l->btree);
	arb_buf_printf(&b, " L%u ", l->level);
	bpos_to_text(&b, l->start);
	arb_buf_puts(&b, " .. ");
	bpos_to_text(&b, l->end);
	return arb_fail(err, ARB_E_CONTENT, "node %s on the way cannot be read%s%s", arb_buf_str(&b),
			l->got.defects && l->got.defects->list.nr ? ": " : "",
			l->got.defects && l->got.defects->list.nr ? l->got.defects->list.v[0].text : "");
}

bool location_key(struct view *v, const struct location *l, struct bpos pos, struct bkey_buf *ret)
{
	struct node_iter it;
	struct bkey_s k;

	if (!l->got.node)
		return false;
	node_iter_init_at(&it, v, l->got.node, pos);
	if (!node_iter_next(&it, &k))
		return false;
	bkey_buf_set(ret, k);
	return true;
}

static enum arb_code one_down(struct view *v, struct location *l, struct bpos pos, struct arb_error *err)
{
	if (!l->got.node)
		return unreadable(l, err);
	if (!location_key(v, l, pos, &l->ptr)) {
		ARB_BUF(b);

		bpos_to_text(&b, pos);
		return arb_fail(err, ARB_E_REFUSED, "no node below level %u covers %s", l->level, arb_buf_str(&b));
	}
	location_put(l);
	l->level--;
	l->start = ptr_start(bkey_buf_s(&l->ptr));
	l->end = l->ptr.k.p;
	return view_node(v, l->btree, l->level, bkey_buf_s(&l->ptr), &l->got, err);
}

enum arb_code locate(struct view *v, unsigned btree, unsigned level, struct bpos pos, struct location *ret, struct arb_error *err)
{
	enum arb_code code;

	memset(ret, 0, sizeof(*ret));
	ret->btree = btree;
	code = at_root(v, ret, err);
	if (!code && level != LOCATE_LEVEL_ROOT && level > ret->level)
		code = arb_fail(err, ARB_E_BAD_ARGUMENT, "the root of this btree is at level %u", ret->level);
	while (!code && level != LOCATE_LEVEL_ROOT && ret->level > level)
		code = one_down(v, ret, pos, err);
	if (code)
		location_put(ret);
	return code;
}
