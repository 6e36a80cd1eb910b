/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lazy tree behind the tree pane: btrees, nodes, keys, and the gaps and overlaps between them. Rows are asked for when
 * they are opened and looked at; until the answer is there a row "reading ..." stands for them. Rows that are
 * closed away cost nothing to scroll past: every branch keeps the number of visible rows of each child in a Fenwick tree,
 * so that "row number n" and "number of this row" are O(depth * log n).
 */
#ifndef ARBORIST_UI_TREE_H
#define ARBORIST_UI_TREE_H

#include "arborist/session/session.h"
#include "fenwick.h"

struct tree_branch;
struct packed_key;

struct tree_item {
	struct tree_row	row;		/* row.key is NULL: the key is in .key, without unused room */
	struct packed_key *key;
	struct tree_branch *in;		/* the branch that holds this item */
	struct tree_branch *sub;	/* its children, once opened; owned */
	uint64_t	visible;	/* rows shown: 0 when filtered away, else 1 and those of an open sub */
	bool		open, asked, hidden;
};

/* The children of one item. Its address stays while it lives, those of items change with a reload. */
struct tree_branch {
	struct tree_item *owner;	/* NULL: the root branch */
	struct tree_item *item;
	size_t		nr;
	struct fenwick	fenwick;
	bool		reading;	/* a request for its rows is under way */
	unsigned	epoch;		/* of the tree when it was read */
	bool		loaded;
};

struct tree_place {			/* where something is, without knowing whether its row is there yet */
	unsigned	btree, level;
	struct bpos	pos;
	bool		key;		/* a key in a node of @level, not the node itself */
	bool		root;		/* the row of the btree */
};

struct tree_request {
	uint64_t	id;
	struct tree_branch *branch;
	size_t		first, nr;	/* status of these rows; nr 0: the rows of the branch themselves */
};

struct tree {
	struct session	*session;
	struct tree_branch *root;	/* rows of the btrees */
	struct tree_item *sel;		/* NULL while there is nothing */
	unsigned	epoch;		/* counts tree_stale() */
	ARB_ARRAY(struct tree_request) requests;
	struct tree_place target;
	bool		has_target;
	struct fs_geometry *geo;	/* sizes of devices and buckets, for expressions; NULL until the btrees have come; owned */
	char		*filter;	/* NULL: none; owned */
	bool		unfiltered;	/* it hid the place to go to, and is gone; for the view to say, and to reset */
	bool		failed;		/* the btrees could not be listed; .why */
	char		why[200];
};

struct tree *tree_new(struct session *s);
void tree_free(struct tree *t);
void tree_start(struct tree *t);			/* asks for the btrees */
/* Takes answers to its own requests; true when the message was one. */
bool tree_message(struct tree *t, const struct session_message *m);
/* What is shown may be out of date: rows in sight are asked for again. */
void tree_stale(struct tree *t);

uint64_t tree_rows_visible(const struct tree *t);
struct tree_item *tree_at(struct tree *t, uint64_t n);	/* NULL beyond the end */
uint64_t tree_rank(const struct tree_item *it);
unsigned tree_depth(const struct tree_item *it);
bool tree_open(struct tree *t, struct tree_item *it);
bool tree_close(struct tree *t, struct tree_item *it);
struct tree_item *tree_parent(const struct tree_item *it);
/* Asks for what rows @from .. @from + @n lack: status of unread nodes, stale branches. */
void tree_in_sight(struct tree *t, uint64_t from, int n);
/* Opens what leads to a place, as far as it is there, and selects the nearest row; goes on as answers come. */
void tree_goto(struct tree *t, const struct tree_place *p);
bool tree_place_of(const struct tree_item *it, struct tree_place *ret);
/* Copy of a row with its key, to hand to the session; free with tree_row_clear(). */
bool tree_row_of(const struct tree_item *it, struct tree_row *ret);
void tree_row_clear(struct tree_row *r);
/* Only rows with this text (or one of the marks ! * + ~), and what leads to them; NULL or "": all. */
void tree_filter(struct tree *t, const char *what);
bool tree_has_few(const struct tree *t, size_t max);	/* no more than @max rows have been read */
/* Next loaded row after (@step 1) or before (-1) the selected one that has @what; opens its parents and selects it. */
bool tree_awaits(const struct tree *t);	/* what was opened at the selected row is being read */
bool tree_search(struct tree *t, int step, const char *what, bool wrap);	/* @wrap: from the far end on */

/* One row as text: "v extents  L2  3 nodes"; without marks and indent. */
void tree_item_text(struct arb_buf *out, const struct tree_item *it);
bool tree_item_matches(const struct tree *t, const struct tree_item *it, const char *what);

/* --- between the files of the tree --- */
struct tree_branch *tree_branch_new(struct tree_item *owner);
void tree_branch_free(struct tree *t, struct tree_branch *b);
bool tree_branch_put(struct tree *t, struct tree_branch *b, struct tree_item *items, size_t nr);
bool tree_branch_note(struct tree *t, struct tree_branch *b, const char *text, unsigned marks);
void tree_branch_recount(struct tree_branch *b);
void tree_item_recount(struct tree_item *it);	/* and everything above it */
void tree_load(struct tree *t, struct tree_branch *b);
bool tree_item_hidden(const struct tree *t, const struct tree_item *it);
void tree_goto_step(struct tree *t);
bool tree_item_take(struct tree_item *it, struct tree_row *row);
/* The key of a row that has one (.key is not NULL); valid as long as the row. */
struct bkey_s tree_item_key(const struct tree_item *it);
void tree_item_clear(struct tree_item *it);
static inline size_t tree_index(const struct tree_item *it) { return (size_t)(it - it->in->item); }

#endif
