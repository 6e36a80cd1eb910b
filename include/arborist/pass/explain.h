/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which row of a decision table holds at a place, without any pass running and without deciding anything. */
#ifndef ARBORIST_PASS_EXPLAIN_H
#define ARBORIST_PASS_EXPLAIN_H

#include "arborist/btree/view.h"
#include "arborist/finding/finding.h"

/* A node at a boundary: the range its pointer claims, and what it says of itself. */
struct topology_side {
	struct bpos	min, max, own_min, own_max;
	uint32_t	age;		/* larger is newer; 0: unknown */
	bool		there, readable;
};
/* A row that holds, where, and the nodes before and behind. */
struct topology_case {
	const char	*where;		/* "where it begins", "between two children" ...; N_() */
	const struct rule *rule;
	struct topology_side before, after;
};
#define TOPOLOGY_CHILDREN_SHOWN 8
struct topology_cases {
	struct topology_case v[TOPOLOGY_CHILDREN_SHOWN + 3];
	unsigned	nr;
};
/*
 * The rows of the topology tables that hold for the node @b: at its boundaries to its neighbours in @parent (NULL: a root), and
 * among its children. Lines ending in newlines, translated, and the same as @cases. Reads the neighbours and, where the children do
 * not meet, those.
 */
enum arb_code topology_explain(struct view *v, const struct node *parent, const struct node *b, struct arb_buf *out,
			       struct topology_cases *cases, struct arb_error *err);

/* Two nodes held against each other: [0] the first, [1] the second. */
enum topology_meeting { TOPOLOGY_UNKNOWN, TOPOLOGY_MEETS, TOPOLOGY_GAP, TOPOLOGY_OVERLAP };
struct topology_held {
	enum topology_meeting how;
	struct bpos	from, to;	/* what neither or both claim */
	bool		readable;	/* both: age and keys are known */
	uint32_t	age[2];
	bool		counted;	/* leaves that overlap: keys in what both claim, and those that the other has not */
	uint64_t	keys[2], only[2];
};
/* Two nodes of one level that @left and @right point to; .how TOPOLOGY_UNKNOWN when one of them is no pointer. */
enum arb_code topology_compare(struct view *v, unsigned btree, unsigned level, const struct bkey_buf *left, const struct bkey_buf *right,
			       struct topology_held *ret, struct arb_error *err);
void topology_held_to_text(struct arb_buf *out, const struct topology_held *h);
const char *topology_meeting_name(enum topology_meeting how);	/* "unknown", "meet", "gap", "overlap" */

#endif
