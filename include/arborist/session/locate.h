/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a position to the node or key that holds it, through the merged view. Engine side: only from inside a job. */
#ifndef ARBORIST_SESSION_LOCATE_H
#define ARBORIST_SESSION_LOCATE_H

#include "arborist/btree/view.h"

#define LOCATE_LEVEL_ROOT (~0u)

struct location {
	unsigned	btree, level;		/* of the node */
	unsigned	root_level;
	struct bkey_buf	ptr;			/* the pointer it was reached by */
	struct bpos	start, end;		/* the range the pointer claims */
	struct node_got	got;			/* .node NULL: unreadable, .defects says why */
};
/*
 * Descends to the level-@level node (LOCATE_LEVEL_ROOT: the root) whose range holds @pos, by the first pointer at or
 * after it. ARB_E_BAD_ARGUMENT when there is none, or a node on the way cannot be read. Release with location_put().
 */
enum arb_code locate(struct view *v, unsigned btree, unsigned level, struct bpos pos, struct location *ret, struct arb_error *err);
void location_put(struct location *l);
/* First key at or after @pos in the node @l, overlay merged. False when there is none. */
bool location_key(struct view *v, const struct location *l, struct bpos pos, struct bkey_buf *ret);
/* What the pointer key @k of a level-@level node claims: min_key (a v1 pointer's is unknown: POS_MIN) and its position. */
struct bpos ptr_start(struct bkey_s k);

#endif
