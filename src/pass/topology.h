/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_topology, inside (repair-semantics.md 7). How the files divide the work:
 *   topology.c         all btrees, roots, rebuilding
 *   topology_node.c    one interior node and its children
 *   topology_rules.c   the decision tables: pure functions over ranges
 *   topology_overlap.c which of two overlapping nodes holds the keys
 *   topology_ask.c, topology_ask_child.c, topology_ask_root.c   a question for each row, with its repair
 *   topology_repair.c  repairs: what a question would change, and what that loses
 *   topology_text.c    nodes as they are shown in a question
 *   topology_scan.c    what the device scan knows
 *   topology_estimate.c  how much is left to do
 */
#ifndef ARBORIST_SRC_PASS_TOPOLOGY_H
#define ARBORIST_SRC_PASS_TOPOLOGY_H

#include "cookie_set.h"
#include "requires.h"
#include "run.h"

/* A child pointer of an interior node, and what its node says of itself. Small: an interior node has thousands. */
struct topo_child {
	struct bpos	min, max;	/* range in force; max is the position of the pointer */
	struct bpos	own_min, own_max; /* of the node's header: what its keys can cover */
	uint64_t	cookie;
	uint32_t	node_seq;	/* larger is newer */
	bool		pointer;	/* the key is a pointer to a node at all */
	bool		readable;
	bool		range_updated;
	bool		gone;		/* its pointer has been taken out */
	bool		outside;	/* of the range the pass is restricted to: not read, not judged */
};

struct topo_children {
	ARB_ARRAY(struct topo_child) list;
};

/* How much there is to do, learned on the way: nodes known and not read yet, and how many children nodes of a level have. */
struct topo_estimate {
	uint64_t	pending[BTREE_MAX_DEPTH], children[BTREE_MAX_DEPTH], nodes[BTREE_MAX_DEPTH];
};
void topo_estimate_found(struct topo_estimate *e, unsigned level, uint64_t nr);	/* pointers to @nr nodes of @level */
void topo_estimate_read(struct topo_estimate *e, unsigned level, uint64_t nr_children);	/* one of them, with children */
uint64_t topo_estimate_left(const struct topo_estimate *e);

/* One run over one btree. */
struct topo {
	struct pass_ctx	*c;
	unsigned	btree;
	struct topo_estimate *estimate;	/* of all btrees */
	/* Pointers whose range differs from their node's: only they can make a node reachable twice. */
	ARB_ARRAY(struct topo_updated { uint64_t cookie; unsigned level; struct bpos pos; }) updated;
	struct cookie_set updated_cookies;
	struct cookie_set in_tree;	/* leaves that a pointer leads to; filled when a gap is to be filled */
	bool		in_tree_known;
	struct cookie_set offered;	/* scanned nodes put back in this run: never a second time, so that it ends */
};

/* --- rules ------------------------------------------------------------------------------------------------ */
enum topo_row {
	TOPO_MEET, TOPO_FILL, TOPO_GAP_OWN_CUR, TOPO_GAP_OWN_PREV, TOPO_GAP, TOPO_CLAIM_PREV, TOPO_CLAIM_CUR,
	TOPO_DROP_PREV, TOPO_TRIM_PREV, TOPO_DROP_CUR, TOPO_RAISE_CUR,
	TOPO_KEEP_PREV, TOPO_KEEP_PREV_PART, TOPO_KEEP_CUR, TOPO_KEEP_CUR_PART,
	TOPO_END_FILL, TOPO_END_OWN, TOPO_END, TOPO_NEEDS_SCAN,
	TOPO_UNREADABLE, TOPO_BAD_POINTER, TOPO_STALE, TOPO_TWICE_DROP, TOPO_TWICE_JOIN, TOPO_EMPTY,
	TOPO_ROOT_MIN, TOPO_ROOT_MAX, TOPO_ROOT_BAD, TOPO_REBUILD, TOPO_NOTHING_FOUND,
	TOPO_ROW_NR,
};
extern const struct rule topology_rules[TOPO_ROW_NR];
/*
 * What is between @prev (NULL: @cur is the first child) and @cur of a parent that begins at @parent_min. A gap gives
 * TOPO_GAP or one of TOPO_GAP_OWN_*; whether the scan can fill it is for the caller to find out.
 */
enum topo_row topo_boundary(struct bpos parent_min, const struct topo_child *prev, const struct topo_child *cur);
/*
 * An overlap's row once more, by what the nodes hold: where the one that would win has no key in the range they share and the
 * other has, trimming the winner loses nothing (promise P12).
 */
enum topo_row topo_overlap(struct topo *t, const struct node *b, enum topo_row row, const struct topo_child *prev, const struct topo_child *cur);
/* Could the overlap be settled by moving the other boundary than @row does? */
bool topo_can_keep(enum topo_row row, struct bpos parent_min, const struct topo_child *prev, const struct topo_child *cur);
/* Between the last child and the end of its parent: TOPO_MEET, TOPO_END_OWN or TOPO_END. */
enum topo_row topo_end(struct bpos parent_max, const struct topo_child *last);
/* First position after @prev, or @parent_min; false when there is none. */
bool topo_want(struct bpos parent_min, const struct topo_child *prev, struct bpos *ret);

/* --- one interior node ------------------------------------------------------------------------------------ */
/*
 * Repairs everything at and below @b. *ret_drop: nothing is left below it; its pointer has been taken out of @parent,
 * which is NULL for a root: that is for the caller to replace.
 */
enum arb_code topo_node(struct topo *t, const struct node *b, const struct node *parent, bool *ret_drop);
/* --- the children of a node ------------------------------------------------------------------------------- */
/* Reads what the view has of them into @ch; @first_round: they are counted as progress. Errors: of reading, out of memory, of a stop. */
enum arb_code topo_load(struct topo *t, const struct node *b, struct topo_children *ch, bool first_round);
/* The key at exactly @pos among the children of @b. */
bool topo_key_at(struct topo *t, const struct node *b, struct bpos pos, struct bkey_buf *ret);
/* Is there a pointer at exactly (level, pos) of the btree whose cookie is @cookie? level: of the node that holds it. */
enum arb_code topo_pointer_at(struct topo *t, unsigned level, struct bpos pos, uint64_t cookie, bool *ret);

/* What the node says of itself; max and pointer are the caller's. */
void topo_summarize(struct topo_child *c, const struct node *n);

/* --- texts ------------------------------------------------------------------------------------------------ */
void topo_key_text(const struct topo *t, struct arb_buf *out, const struct bkey_buf *k);
void topo_node_key(const struct node *b, struct bkey_buf *ret);	/* the pointer @b was read through */
void topo_range_text(struct arb_buf *out, struct bpos start, struct bpos end);
/* Adds object @role: the node @key points at, read through the view if @level says there is one. */
void topo_object(struct topo *t, struct finding *f, const char *role, unsigned level, const struct bkey_buf *key);

/* --- repairs ---------------------------------------------------------------------------------------------- */
/* All add to @r. @b holds the pointer; @k is the pointer as it stands. */
void topo_drop(struct topo *t, struct repair *r, const struct node *b, const struct bkey_buf *k);
void topo_set_range(struct topo *t, struct repair *r, const struct node *b, const struct bkey_buf *k,
		    const struct topo_child *c, struct bpos min, struct bpos max);
/* Keys in [from, to] of the node @loser names (level @level) that @winner's (may be NULL) does not hold too. */
uint64_t topo_keys_lost(struct topo *t, unsigned level, const struct bkey_buf *loser, const struct bkey_buf *winner,
			struct bpos from, struct bpos to);

/* @cur has a range of its own making now, in a node of @level. False: out of memory. */
bool topo_note_updated(struct topo *t, unsigned level, const struct topo_child *cur);
/*
 * A copy of the node may lie on a member that is not here (--degraded): -1 when none does, else the member. What is unreadable
 * for that reason alone is left alone.
 */
int topo_missing_member(const struct topo *t, struct bkey_s ptr);
bool topo_in_scope(const struct topo *t, struct bpos start, struct bpos end);

#endif
