/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions of the gc (repair-semantics.md 6). */
#include "arborist/pass/pass.h"

#include <string.h>

#include "arborist/base/i18n.h"
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

/* gc_gens walks the leaves of three btrees, in its own order; 0: not one of them. */
static unsigned gens_order(unsigned btree)
{
	return btree == BTREE_extents ? 1 : btree == BTREE_reflink ? 2 : btree == BTREE_alloc ? 3 : 0;
}

static enum gc_visit visit_by_gens(const struct gc_pos *now, unsigned btree, unsigned level, struct bpos pos)
{
	unsigned here = gens_order(now->btree), there = gens_order(btree);

	if (!there || level)
		return GC_VISIT_NEVER;
	if (here != there)
		return here > there ? GC_VISIT_DONE : GC_VISIT_TO_COME;
	return bpos_lt(pos, now->pos) ? GC_VISIT_DONE : GC_VISIT_TO_COME;
}

enum gc_visit gc_pos_visit(const struct pass_progress *p, unsigned btree, unsigned level, struct bpos pos)
{
	struct gc_pos there = { GC_PHASE_btree, btree, level, pos };
	bool gens = p->pass && !strcmp(p->pass, "gc_gens");

	if (!gens && (!p->pass || strcmp(p->pass, "check_allocations")))
		return GC_VISIT_NOT_RUNNING;
	if (p->pos.phase == GC_PHASE_btree && p->pos.btree == btree && p->pos.level == level && bpos_le(p->start, pos) && bpos_le(pos, p->end))
		return GC_VISIT_NOW;
	if (gens)
		return visit_by_gens(&p->pos, btree, level, pos);
	return gc_pos_cmp(&there, &p->pos) <= 0 ? GC_VISIT_DONE : GC_VISIT_TO_COME;
}

const char *gc_visit_name(enum gc_visit v)
{
	static const char *const names[] = {
		[GC_VISIT_NOT_RUNNING] = N_("neither check_allocations nor gc_gens runs"), [GC_VISIT_DONE] = N_("visited already"), [GC_VISIT_NOW] = N_("in the node being walked now"),
		[GC_VISIT_TO_COME] = N_("still to be visited"), [GC_VISIT_NEVER] = N_("not looked at by this pass"),
	};

	return names[v];
}
