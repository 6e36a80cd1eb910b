/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which row of a decision table holds at a place, without any pass running and without deciding anything. */
#ifndef ARBORIST_PASS_EXPLAIN_H
#define ARBORIST_PASS_EXPLAIN_H

#include "arborist/btree/view.h"
#include "arborist/finding/finding.h"

/*
 * The rows of the topology tables that hold for the node @b: at its boundaries to its neighbours in @parent (NULL: a root), and
 * among its children. Lines ending in newlines, translated. Reads the neighbours and, where the children do not meet, those.
 */
enum arb_code topology_explain(struct view *v, const struct node *parent, const struct node *b, struct arb_buf *out, struct arb_error *err);
/*
 * Two nodes of one level that @left and @right point to, held against each other: ranges, gap or overlap, ages, keys in the
 * range they share, and who is newer. Nothing when one of them is no pointer.
 */
enum arb_code topology_compare(struct view *v, unsigned btree, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right,
			       struct arb_buf *out, struct arb_error *err);

#endif
