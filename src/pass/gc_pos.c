/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions of the gc (repair-semantics.md 6). */
#include "arborist/pass/pass.h"

#include "arborist/format/btree_id.h"

static const char *const phase_names[] = {
	[GC_PHASE_not_running] = "not_running", [GC_PHASE_start] = "start", [GC_PHASE_sb] = "sb",
	[GC_PHASE_btree] = "btree", [GC_PHASE_done] = "done",
};

void gc_pos_to_text(struct arb_buf *out, const struct gc_pos *p)
{
	arb_buf_printf(out, "%s ", phase_names[p->phase]);
	btree_id_to_text(out, p->btree);
	arb_buf_printf(out, " l=%u ", p->level);
	bpos_to_text(out, p->pos);
}

int gc_pos_cmp(const struct gc_pos *a, const struct gc_pos *b)
{
	int order_a = btree_gc_order(a->btree), order_b = btree_gc_order(b->btree);

	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (order_a != order_b)
		return order_a < order_b ? -1 : 1;
	if (a->level != b->level)
		return a->level < b->level ? -1 : 1;
	return bpos_cmp(a->pos, b->pos);
}
