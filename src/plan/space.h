/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Space that is provably free, for nodes that a commit has to write: the alloc key says free, and no pointer of any readable btree
 * or of the plan, no superblock, no journal and no node (however old) lies in the bucket. Where the alloc btree is lost, the list
 * of free buckets (freespace) has to say it; where that is lost too, every pointer of the filesystem has to be readable, or the
 * bucket all zeroes and what could not be read be dropped by the plan.
 */
#ifndef SRC_PLAN_SPACE_H
#define SRC_PLAN_SPACE_H

#include "internal.h"

struct space_device {
	uint64_t	*used;		/* bit per bucket */
	uint8_t		*gen;		/* of each bucket */
	uint64_t	bucket;		/* places before (bucket, slot) are taken or of no use */
	unsigned	slot;
	bool		bucket_ok;	/* the bucket has been looked at and is free */
};
struct space {
	struct view	*v;
	const struct plan *plan;
	uint64_t	unreadable;	/* bit per btree: nodes of it were met that cannot be read */
	bool		only_blank;	/* of buckets that nothing leads to only those that nothing was written into */
	struct space_device *dev[SB_MEMBERS_MAX];	/* NULL: no nodes may be put there */
};

/* Walks every btree. ARB_E_REFUSED when freedom cannot be proved at all. */
enum arb_code space_new(struct view *v, const struct plan *p, struct space **ret, struct arb_error *err);
void space_free(struct space *s);
/* A place for one copy of a node on @dev. *ret_found false: none left. */
enum arb_code space_take(struct space *s, unsigned dev, struct extent_ptr *ret, bool *ret_found, struct arb_error *err);

#endif
