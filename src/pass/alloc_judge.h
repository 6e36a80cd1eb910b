/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a pointer, held against its bucket and its stripe: no repair, no question. */
#ifndef ARBORIST_SRC_PASS_ALLOC_JUDGE_H
#define ARBORIST_SRC_PASS_ALLOC_JUDGE_H

#include "alloc.h"

enum pointer_row {
	PTR_FINE, PTR_NO_DEVICE, PTR_NO_BUCKET, PTR_NO_ALLOC_KEY, PTR_NEWER, PTR_TOO_STALE, PTR_STALE, PTR_WRONG_TYPE,
	PTR_NO_STRIPE, PTR_WRONG_STRIPE, PTR_TAKEN, PTR_ROW_NR,
};

/* Kind of data behind pointer number @i. */
unsigned judged_type(const struct gc_place *at, struct bkey_s k, const struct extent_ptr *p, unsigned i);
/*
 * The first row behind @after (PTR_FINE: from the start) that holds of pointer number @i of @k, without what the plan already sees to;
 * PTR_FINE: none.
 */
enum pointer_row judge_next(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, const struct extent_ptr *p, unsigned i, enum pointer_row after);
/* Nothing is wrong with any pointer of @k? */
bool judge_fine(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k);
/* Does the pointer, to a device that is there, lead to where the superblock or the journal is? */
bool judge_hidden(struct alloc_gc *g, const struct extent_ptr *p);
/* What @row says of a pointer of g->key. */
void judge_text(struct alloc_gc *g, struct arb_buf *m, enum pointer_row row, const struct extent_ptr *p, unsigned type);

#endif
