/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of the topology check. Private to the room. */
#ifndef ARBORIST_SRC_PASS_TOPOLOGY_ASK_H
#define ARBORIST_SRC_PASS_TOPOLOGY_ASK_H

#include "topology.h"
#include "topology_scan.h"

/* Each asks, and applies when accepted; *ret_fixed tells. The summaries of the children follow. */
enum arb_code topo_ask_boundary(struct topo *t, const struct node *b, enum topo_row row,
				struct topo_child *prev, struct topo_child *cur, bool *ret_fixed);
enum arb_code topo_ask_end(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *last, bool *ret_fixed);
/* TOPO_UNREADABLE .. TOPO_TWICE_*: about one child. @other: what stands against it, NULL when nothing; @more: a further sentence. */
enum arb_code topo_ask_child(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *cur,
			     const struct bkey_buf *other, const char *more, bool *ret_fixed);
/* @prev is the other pointer to the node of @cur, right before it. */
enum arb_code topo_ask_join(struct topo *t, const struct node *b, struct topo_child *prev, struct topo_child *cur, bool *ret_fixed);
/* @b has no child left. @parent: NULL for a root. */
enum arb_code topo_ask_empty(struct topo *t, const struct node *b, const struct node *parent, bool *ret_fixed);
/* TOPO_FILL or TOPO_END_FILL; @cur is NULL for the latter. */
enum arb_code topo_ask_fill(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *prev, struct topo_child *cur,
			    const struct scan_fill *fill, bool *ret_fixed);
/* Roots. */
enum arb_code topo_ask_root_read(struct topo *t, const char *why, bool *ret_fixed);
enum arb_code topo_ask_root_bound(struct topo *t, const struct node *root, enum topo_row row, bool *ret_fixed);
enum arb_code topo_ask_rebuild(struct topo *t, const struct scan_fill *fill, bool *ret_fixed);
enum arb_code topo_ask_nothing(struct topo *t, const char *id, bool *ret_fixed);
/* Nothing to decide: stays "left". */
enum arb_code topo_report(struct topo *t, const char *id, const char *site, unsigned level, struct bpos pos, struct bpos end, const char *text);
/*
 * Defects that were made good while @n was read: one finding for the node. @parent holds its pointer; NULL: @n is the root.
 * *ret_dropped: it was chosen to do without the node.
 */
enum arb_code topo_report_read(struct topo *t, const struct node *n, const struct node *parent, bool *ret_dropped);

/* What older copies of a leaf that could be read only in part give back; found when keys of it were lost. */
struct topo_older {
	bool		asked;
	bool		as_written;	/* all checksums are right: what is bad was written so */
	struct older_keys fill;		/* for the stretches it lost */
	size_t		instead;	/* keys that copies of all generations hold for its whole range */
	size_t		only_here;	/* of its readable keys: those in no such copy */
};
/* Needs the scan, and asks for it (ARB_E_RESTART). */
enum arb_code topo_older_find(struct topo *t, const struct node *n, struct topo_older *ret);
void topo_older_free(struct topo_older *o);
/* They were taken. */
enum arb_code topo_older_taken(struct topo *t, const struct topo_older *o);
/* The keys found, into @r. */
void topo_older_fill(struct topo *t, struct repair *r, const struct topo_older *o);
/* "\n  not known: POS - POS", a line each, and how many there are besides. */
void topo_older_lost_text(struct arb_buf *out, const struct node *n);

/* For the files of questions only. */
struct finding *topo_question(struct topo *t, const struct node *b, enum topo_row row);
/* "HEAD at btree NAME level N:" and one line for each key that is not NULL. */
void topo_question_message(struct topo *t, struct finding *f, enum topo_row row, unsigned level,
			   const char *const roles[3], const struct bkey_buf *const keys[3]);
enum arb_code topo_range_changed(struct topo *t, const struct node *b, struct topo_child *c, struct bpos min, struct bpos max);
enum arb_code topo_question_ask(struct topo *t, struct finding *f, struct repair *r, bool *ret_fixed);

#endif
