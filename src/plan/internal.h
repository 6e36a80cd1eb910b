/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the plan room. */
#ifndef SRC_PLAN_INTERNAL_H
#define SRC_PLAN_INTERNAL_H

#include "arborist/plan/commit.h"
#include "arborist/plan/plan.h"

struct plan {
	struct view	*view;			/* borrowed */
	struct overlay	*journal_keys;		/* the overlay as it was before any repair */
	struct btree_root *roots;		/* BTREE_ID_NR_MAX of them, likewise */
	ARB_ARRAY(struct repair *) repairs;	/* in order of acceptance */
	uint32_t	last_id;
	bool		committed;
};

/* lookup.c: do two pointers have a copy in common? */
bool plan_same_place(struct bkey_s a, struct bkey_s b);
/* depend.c: does @later build on what @earlier did? */
bool repair_depends(const struct repair *later, const struct repair *earlier);

#endif
