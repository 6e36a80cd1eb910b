/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Overlaps by what the nodes hold. The reference looks at ranges and ages alone; a bound that was damaged then costs every key
 * of a neighbour, although the node that wins has nothing there. The finding stays the same, the repair loses nothing.
 */
#include "topology.h"

/* The row that settles the same overlap at its other end. */
static const enum topo_row keeping[TOPO_ROW_NR] = {
	[TOPO_DROP_PREV] = TOPO_KEEP_PREV, [TOPO_TRIM_PREV] = TOPO_KEEP_PREV_PART,
	[TOPO_DROP_CUR] = TOPO_KEEP_CUR, [TOPO_RAISE_CUR] = TOPO_KEEP_CUR_PART,
};

static uint64_t keys_in(struct topo *t, const struct node *b, const struct topo_child *c, struct bpos from, struct bpos to)
{
	struct bkey_buf k;

	return topo_key_at(t, b, c->max, &k) ? topo_keys_lost(t, b->level - 1, &k, NULL, from, to) : 0;
}

enum topo_row topo_overlap(struct topo *t, const struct node *b, enum topo_row row, const struct topo_child *prev, const struct topo_child *cur)
{
	bool next_wins = row == TOPO_DROP_PREV || row == TOPO_TRIM_PREV;
	struct bpos from, to;

	if (!topo_can_keep(row, b->min, prev, cur))
		return row;
	from = bpos_max(prev->min, cur->min);
	to = bpos_min(prev->max, cur->max);
	if (keys_in(t, b, next_wins ? cur : prev, from, to) || !keys_in(t, b, next_wins ? prev : cur, from, to))
		return row;
	return keeping[row];
}
