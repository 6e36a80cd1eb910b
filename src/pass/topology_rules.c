/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decision tables of the topology check (repair-semantics.md 7.3 to 7.5, with its [T] rulings), over ranges alone.
 *
 * Against the ruling for a node whose last position alone is not covered ("want = max: raise its min"): a pointer to a
 * range of one position is invalid (finding 262), so such a node is dropped, as the kernel does.
 */
#include "arborist/base/i18n.h"
#include "topology.h"

const struct rule topology_rules[TOPO_ROW_NR] = {
	[TOPO_MEET] = { "topology 1: nodes meet", N_("the node begins right after the one before it"), N_("nothing") },
	[TOPO_FILL] = { "topology 2: gap, scanned nodes fit", N_("the node begins too late, it is a leaf, and the device scan found nodes for the range between"),
		N_("pointers to the nodes found are put into the parent") },
	[TOPO_GAP_OWN_CUR] = { "topology 2a: gap in the next node's own range", N_("the node begins too late, but its own header covers the gap: its range was cut before"),
		N_("the node's range begins where the gap begins; keys it holds there come back") },
	[TOPO_GAP_OWN_PREV] = { "topology 2b: gap in the previous node's own range", N_("the node before ends too early, but its own header covers the gap: its range was cut before"),
		N_("the range of the node before ends where the gap ends; keys it holds there come back") },
	[TOPO_GAP] = { "topology 3: gap", N_("the node begins too late, and nothing is known that fits between"), N_("the node's range begins where the gap begins; it holds no keys there") },
	[TOPO_CLAIM_PREV] = { "topology 4a: previous node claims too much", N_("the node before ends too late, but its pointer claims more than its own header covers"),
		N_("the range of the node before ends right before this node; it held no keys beyond") },
	[TOPO_CLAIM_CUR] = { "topology 4b: next node claims too much", N_("the node begins too early, but its pointer claims more than its own header covers"),
		N_("the node's range begins right after the node before; it held no keys there") },
	[TOPO_DROP_PREV] = { "topology 4: overlap, next node newer, covers all", N_("the nodes overlap, the next is newer and covers the previous one wholly"), N_("the previous node is dropped") },
	[TOPO_TRIM_PREV] = { "topology 5: overlap, next node newer, covers a part", N_("the nodes overlap, and the next is newer"), N_("the range of the previous node ends right before the next one") },
	[TOPO_DROP_CUR] = { "topology 6: overlap, previous node wins, covers all", N_("the nodes overlap, the next is not newer, and the previous covers it wholly"), N_("the next node is dropped") },
	[TOPO_RAISE_CUR] = { "topology 7: overlap, previous node wins, covers a part", N_("the nodes overlap, and the next is not newer"), N_("the range of the next node begins right after the previous one") },
	[TOPO_KEEP_PREV] = { "topology 4c: overlap, next node newer, covers all, holds nothing there", N_("the nodes overlap, the next is newer and covers the previous one wholly, but only the previous one has keys there"),
		N_("the next node's range begins right after the previous one; no key is lost") },
	[TOPO_KEEP_PREV_PART] = { "topology 5c: overlap, next node newer, holds nothing there", N_("the nodes overlap, the next is newer, but only the previous one has keys in the range they share"),
		N_("the next node's range begins right after the previous one; no key is lost") },
	[TOPO_KEEP_CUR] = { "topology 6c: overlap, previous node wins, covers all, holds nothing there", N_("the nodes overlap, the next is not newer and is covered wholly, but only it has keys there"),
		N_("the range of the previous node ends right before the next one; no key is lost") },
	[TOPO_KEEP_CUR_PART] = { "topology 7c: overlap, previous node wins, holds nothing there", N_("the nodes overlap, the next is not newer, but only it has keys in the range they share"),
		N_("the range of the previous node ends right before the next one; no key is lost") },
	[TOPO_END_FILL] = { "topology end: short, scanned nodes fit", N_("the last leaf ends before its parent does, and the device scan found nodes for the range behind it"),
		N_("pointers to the nodes found are put into the parent") },
	[TOPO_END_OWN] = { "topology end: short, in the last node's own range", N_("the last node ends before its parent does, but its own header reaches that far"), N_("the last node's range ends where the parent's does; keys it holds there come back") },
	[TOPO_END] = { "topology end: short", N_("the last node ends before its parent does, and nothing is known that fits behind it"), N_("the last node's range ends where the parent's does; it holds no keys there") },
	[TOPO_NEEDS_SCAN] = { "topology 2: gap, needs the scan", N_("a range is not covered, and only a scan of the devices could tell what was there"), N_("nothing, until the scan has been run") },
	[TOPO_UNREADABLE] = { "topology child: unreadable", N_("no copy of the node a pointer leads to can be used"), N_("the pointer is taken out; the range is a gap then") },
	[TOPO_BAD_POINTER] = { "topology child: no pointer", N_("a child key is no usable pointer to a node"), N_("the key is taken out; the range is a gap then") },
	[TOPO_STALE] = { "topology child: outdated", N_("the device scan found a newer node of this btree and level in the range of this one"), N_("the pointer is taken out; the range is filled with what is newer") },
	[TOPO_TWICE_DROP] = { "topology child: reachable twice", N_("another pointer leads to the same node"), N_("this pointer is taken out") },
	[TOPO_TWICE_JOIN] = { "topology child: reachable twice, side by side", N_("the pointer right before this one leads to the same node"), N_("one pointer covers both ranges") },
	[TOPO_EMPTY] = { "topology node: empty", N_("an interior node has no child left"), N_("the pointer to it is taken out of its parent; a root is rebuilt") },
	[TOPO_ROOT_MIN] = { "topology root: begins late", N_("the root's range does not begin at POS_MIN"), N_("the pointer to the root says so, and overrides the header") },
	[TOPO_ROOT_MAX] = { "topology root: ends early", N_("the root's range does not end at SPOS_MAX"), N_("the pointer to the root says so, and overrides the header") },
	[TOPO_ROOT_BAD] = { "topology root: unreadable", N_("the root cannot be read"), N_("bookkeeping btrees become empty; others are rebuilt from scanned nodes") },
	[TOPO_REBUILD] = { "topology root: rebuild", N_("the root is of no use, and the device scan found leaves of the btree"), N_("a new root over the leaves found") },
	[TOPO_NOTHING_FOUND] = { "topology root: nothing found", N_("the root is of no use, and there are no scanned leaves of the btree"), N_("an empty root") },
};

bool topo_want(struct bpos parent_min, const struct topo_child *prev, struct bpos *ret)
{
	*ret = parent_min;
	return !prev || bpos_successor(prev->max, ret);
}

static enum topo_row gap_row(struct bpos want, const struct topo_child *prev, const struct topo_child *cur)
{
	struct bpos gap_end;

	if (cur->readable && cur->range_updated && bpos_le(cur->own_min, want))
		return TOPO_GAP_OWN_CUR;
	if (prev && prev->readable && prev->range_updated && bpos_predecessor(cur->min, &gap_end) && bpos_le(gap_end, prev->own_max))
		return TOPO_GAP_OWN_PREV;
	return TOPO_GAP;
}

/* Would the range [min, max] be one that a pointer can have? */
static bool valid_range(struct bpos min, struct bpos max)
{
	return bpos_lt(min, max);
}

static bool can_trim_prev(const struct topo_child *prev, const struct topo_child *cur)
{
	struct bpos new_max;

	return bpos_predecessor(cur->min, &new_max) && valid_range(prev->min, new_max);
}

bool topo_can_keep(enum topo_row row, struct bpos parent_min, const struct topo_child *prev, const struct topo_child *cur)
{
	struct bpos want;

	if (!prev)
		return false;
	if (row == TOPO_DROP_PREV || row == TOPO_TRIM_PREV)
		return topo_want(parent_min, prev, &want) && valid_range(want, cur->max);
	return (row == TOPO_DROP_CUR || row == TOPO_RAISE_CUR) && can_trim_prev(prev, cur);
}

/* @has_want: false when nothing is left after @prev. */
static enum topo_row overlap_row(bool has_want, struct bpos want, const struct topo_child *prev, const struct topo_child *cur)
{
	bool can_raise = has_want && valid_range(want, cur->max);

	if (prev && prev->range_updated && bpos_lt(prev->own_max, cur->min) && can_trim_prev(prev, cur))
		return TOPO_CLAIM_PREV;
	if (cur->range_updated && has_want && bpos_le(want, cur->own_min) && can_raise)
		return TOPO_CLAIM_CUR;
	if (prev && cur->node_seq > prev->node_seq)
		return can_trim_prev(prev, cur) ? TOPO_TRIM_PREV : TOPO_DROP_PREV;
	return can_raise ? TOPO_RAISE_CUR : TOPO_DROP_CUR;
}

enum topo_row topo_boundary(struct bpos parent_min, const struct topo_child *prev, const struct topo_child *cur)
{
	struct bpos want;
	bool has_want = topo_want(parent_min, prev, &want);

	if (has_want && bpos_eq(want, cur->min))
		return TOPO_MEET;
	if (has_want && bpos_lt(want, cur->min))
		return gap_row(want, prev, cur);
	return overlap_row(has_want, want, prev, cur);
}

enum topo_row topo_end(struct bpos parent_max, const struct topo_child *last)
{
	if (bpos_eq(last->max, parent_max))
		return TOPO_MEET;
	if (last->readable && last->range_updated && bpos_le(parent_max, last->own_max))
		return TOPO_END_OWN;
	return TOPO_END;
}
