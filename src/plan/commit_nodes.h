/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes that a commit has to write: because a repair needs one that does not exist yet, roots (and what stands between them and the leaves)
 * of btrees that were rebuilt, and nodes that could only be read in part; and leaves with keys for which the journal has no room.
 */
#ifndef SRC_PLAN_COMMIT_NODES_H
#define SRC_PLAN_COMMIT_NODES_H

#include "commit_internal.h"

struct new_node {
	uint8_t		*raw;		/* node_sectors * 512 bytes; owned */
	unsigned	btree, level;
	struct btree_ptr ptr;		/* where its copies go, and how it is pointed at */
};
struct commit_nodes {
	ARB_ARRAY(struct new_node) list;
	ARB_ARRAY(struct journal_place) left;	/* buckets with nodes that are written anew: needed until the commit holds */
	/*
	 * The view as it will be: a shallow copy with an overlay of its own, in which the new nodes are pointed at and what is in them
	 * is not in the overlay any more. Nothing may be read through the new pointers before they are written.
	 */
	struct view	after;
	bool		changed;	/* .after differs from the view; else it is the view itself */
	struct overlay	*folded;	/* keys of the plan that stand in new leaves instead of the journal; NULL: none */
	uint64_t	filled_in;	/* of those: that have nothing to do with the journal's room, see fold_into() */
};

/* With @fold, leaves that the plan changes much are written anew with its keys in them, so that the journal need not take those. */
enum folding { FOLD_NOTHING, FOLD_PLAN /* keys of the plan go into leaves written anew */, FOLD_ALL /* those of the journal, too, of which nothing is replayed */ };
enum arb_code commit_nodes_build(struct view *v, const struct plan *p, uint64_t seed, enum folding folding, struct commit_nodes *ret, struct arb_error *err);
/* The pointer to a new node that stands at (level, pos), in a new node above it; NULL when none does. */
const struct btree_ptr *commit_nodes_pointer(const struct commit_nodes *n, unsigned btree, unsigned level, struct bpos pos);
/*
 * commit_room.c: takes the leaf keys out of .after that the next mount's check_allocations writes by itself, when the journal has no room for
 * them. *ret_left: those keys (to be freed), NULL: none. The entries of the journal come back where such a repair stood in their place.
 */
enum arb_code commit_leave_derived(struct commit_nodes *n, const struct plan *p, struct overlay **ret_left, struct arb_error *err);
/*
 * May as many keys as those be left to the next mount? A 6.12 kernel takes journal space for each key that it corrects itself (not for those it
 * replays), and gets stuck for good ("journal full") where they are about twice as much as all of the journal. ARB_E_REFUSED.
 */
enum arb_code commit_may_leave(const struct view *v, const struct overlay *left, struct arb_error *err);
void commit_nodes_free(struct commit_nodes *n);

#endif
