/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes and silenced findings by what was lost (repair-semantics.md 2.4, 7.5 (d); format-superblock-journal.md 11.7). */
#include "requires.h"

#include "arborist/format/btree_id.h"

#define CHECK_ALLOCATIONS 5	/* stable id */

/* What reconstructing the bookkeeping of buckets silences besides. */
static const unsigned alloc_btree_silent[] = {
	148, 152, 154, 76, 77, 78, 69, 71, 73, 75, 106, 107, 108, 109, 110, 111, 114, 115, 116, 118, 147, 131, 272,
	124,	/* entries of need_discard for buckets that have no alloc key any more */
};

/* @silent: a finding that follows for certain and would stop a plain mount; 0: none. */
static const struct { unsigned btree, passes[4], nr, silent; } btree_passes[] = {
	{ BTREE_snapshots,	{ 38, 18, 19, 20 }, 4 },
	{ BTREE_snapshot_trees,	{ 18, 19 }, 2 },
	{ BTREE_subvolumes,	{ 20, 35, 36 }, 3 },
	{ BTREE_subvolume_children, { 20, 35 }, 2, 256 },
	{ BTREE_deleted_inodes,	{ 24 }, 1 },
};

/* Everything in these follows from other btrees and is written again by the passes above. */
static const unsigned reconstructible[] = {
	BTREE_alloc, BTREE_freespace, BTREE_need_discard, BTREE_backpointers, BTREE_bucket_gens, BTREE_lru, BTREE_accounting,
	BTREE_snapshot_trees, BTREE_subvolume_children, BTREE_deleted_inodes,
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static void add(struct repair *r, enum plan_super what, const unsigned *v, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		repair_super(r, what, v[i]);
}

bool btree_reconstructible(unsigned btree)
{
	for (size_t i = 0; i < NR(reconstructible); i++)
		if (reconstructible[i] == btree)
			return true;
	return false;
}

void requires_allocations(struct repair *r)
{
	repair_super(r, PLAN_SUPER_REQUIRE_PASS, CHECK_ALLOCATIONS);
	requires_bucket_references(r);
}

void requires_bucket_references(struct repair *r)
{
	repair_super(r, PLAN_SUPER_CHECK_BUCKETS, 0);
}

void requires_lost_node(struct repair *r, unsigned btree)
{
	requires_allocations(r);
	repair_super(r, PLAN_SUPER_LOST_DATA, btree);
	if (btree_info(btree)->flags & BTREE_ALLOC)
		add(r, PLAN_SUPER_SILENCE, alloc_btree_silent, NR(alloc_btree_silent));
	for (size_t i = 0; i < NR(btree_passes); i++)
		if (btree_passes[i].btree == btree) {
			add(r, PLAN_SUPER_REQUIRE_PASS, btree_passes[i].passes, btree_passes[i].nr);
			if (btree_passes[i].silent)
				repair_super(r, PLAN_SUPER_SILENCE, btree_passes[i].silent);
		}
}
