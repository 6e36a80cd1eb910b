/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A commit being laid out: shared by the files that do it. */
#ifndef SRC_PLAN_COMMIT_LAYOUT_H
#define SRC_PLAN_COMMIT_LAYOUT_H

#include "commit_nodes.h"

struct layout {
	struct view	*v;		/* as it will be: with the new nodes pointed at */
	struct view	*disk;		/* as it is */
	uint64_t	seed;		/* of the new nodes' numbers */
	struct commit_nodes nodes;
	const struct plan *p;
	struct commit	*c;
	struct commit_bodies bodies;
	struct journal_layout places;
	enum journal_fill fill;
	uint64_t	now_s;
	unsigned	supers_from;	/* step of the first superblock copies */
	bool		anew;		/* what the journal says is written again */
	struct arb_error *err;
};

/* commit_fit.c: the entries, and nodes that spare some, so that the journal has room for them. */
enum arb_code commit_fit_entries(struct layout *l, uint64_t first_seq);

#endif
