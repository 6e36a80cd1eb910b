/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buckets and counters follow the nodes that a commit writes or leaves behind, so that the check afterwards finds them right. */
#ifndef SRC_PLAN_COMMIT_ACCOUNT_H
#define SRC_PLAN_COMMIT_ACCOUNT_H

#include "internal.h"

#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"

#define CAUSE_OF_COMMIT UINT32_MAX	/* keys that no single repair made */

struct account_bucket {
	unsigned	dev;
	uint64_t	bucket;
	struct alloc_v4	before, now;
};
struct account_delta {
	struct bpos	pos;
	int64_t		by[ACCT_COUNTERS_MAX];
};
struct account {
	ARB_ARRAY(struct account_bucket) buckets;
	ARB_ARRAY(struct account_delta) deltas;
};

/* A node of @btree comes into use (@sign 1) or out of it (-1) at the places of @p. @v: as it was before. */
enum arb_code account_node(struct account *a, struct view *v, unsigned btree, const struct btree_ptr *p, int sign, struct arb_error *err);
/* Puts what has changed into @o as keys of the alloc and the accounting btree. */
enum arb_code account_finish(struct account *a, const struct view *v, struct overlay *o, struct arb_error *err);
void account_free(struct account *a);

#endif
