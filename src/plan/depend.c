/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which repairs build on another one. Rather one too many: a repair that goes is found again by its pass. */
#include "arborist/format/extent.h"
#include "internal.h"

/* Does the mutation change which nodes the btree consists of? */
static bool changes_nodes(const struct mutation *m)
{
	return m->kind == MUTATION_ROOT || (m->kind != MUTATION_SUPER && m->level_max);
}

/* Contents are computed by walking the other btrees; how the btree's own nodes fit together is not. */
static bool is_derived(unsigned btree)
{
	return btree == BTREE_accounting || btree == BTREE_stripes || btree == BTREE_reflink || btree_info(btree)->flags & BTREE_ALLOC;
}

struct bpos mutation_start(const struct mutation *m)
{
	const struct bkey_buf *keys[] = { m->old, m->new };
	struct bpos start = m->pos;
	struct btree_ptr p;

	for (unsigned i = 0; i < 2; i++)
		if (keys[i] && m->level && btree_ptr_get(bkey_buf_s(keys[i]), &p))
			start = bpos_min(start, p.min_key);
	return start;
}

static bool touches(const struct mutation *a, const struct mutation *b)
{
	if (a->kind == MUTATION_SUPER || b->kind == MUTATION_SUPER)
		return false;
	if (a->btree != b->btree)
		return changes_nodes(b) && is_derived(a->btree) && !changes_nodes(a);
	return bpos_le(mutation_start(a), b->end) && bpos_le(mutation_start(b), a->end);
}

bool repair_depends(const struct repair *later, const struct repair *earlier)
{
	for (size_t i = 0; i < later->mutations.nr; i++)
		for (size_t j = 0; j < earlier->mutations.nr; j++)
			if (touches(&later->mutations.v[i], &earlier->mutations.v[j]))
				return true;
	return false;
}
