/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the next mount has to do after a repair that changed what is reachable. Private to the room. */
#ifndef ARBORIST_SRC_PASS_REQUIRES_H
#define ARBORIST_SRC_PASS_REQUIRES_H

#include "arborist/plan/plan.h"

/* Adds to @r: passes required, and findings they would raise that a plain mount could not fix unasked, silenced. */
void requires_allocations(struct repair *r);
/* What the next mount has to bring in line with corrected alloc keys: lru, freespace, backpointers and the like. */
void requires_bucket_references(struct repair *r);
/* The same and what is special about nodes of @btree lost; marks the btree as having lost data. */
void requires_lost_node(struct repair *r, unsigned btree);
/* Can the kernel fill @btree again from what other btrees say, so that an empty one loses nothing? */
bool btree_reconstructible(unsigned btree);

#endif
