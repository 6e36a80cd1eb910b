/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The btrees: one row each (format-keys.md 2.1). */
#ifndef ARBORIST_FORMAT_BTREE_ID_H
#define ARBORIST_FORMAT_BTREE_ID_H

#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/buf.h"

enum btree_id {
	BTREE_extents, BTREE_inodes, BTREE_dirents, BTREE_xattrs, BTREE_alloc, BTREE_quotas, BTREE_stripes,
	BTREE_reflink, BTREE_subvolumes, BTREE_snapshots, BTREE_lru, BTREE_freespace, BTREE_need_discard,
	BTREE_backpointers, BTREE_bucket_gens, BTREE_snapshot_trees, BTREE_deleted_inodes, BTREE_logged_ops,
	BTREE_rebalance_work, BTREE_subvolume_children, BTREE_accounting,
	BTREE_ID_NR,			/* known in 1.13 */
	BTREE_ID_NR_MAX = 63,		/* ids a root may have */
};

#define BTREE_MAX_DEPTH 4		/* node levels 0..3 */

enum btree_flags {
	BTREE_EXTENTS		= 1 << 0,	/* keys have a size and cover a range */
	BTREE_SNAPSHOTS		= 1 << 1,	/* snapshot field must not be 0 */
	BTREE_SNAPSHOT_FIELD	= 1 << 2,	/* snapshot field used, may be 0 */
	BTREE_DATA		= 1 << 3,	/* leaf keys hold data pointers */
	BTREE_ALLOC		= 1 << 4,	/* reconstructible, left out of the node scan */
	BTREE_TRIGGERS		= 1 << 5,
};

struct btree_info {
	const char	*name;
	unsigned	flags;
	uint64_t	leaf_types;	/* bit per enum bkey_type */
	const char	*what;		/* one line for help */
};

/* Row of any id; ids >= BTREE_ID_NR get a row without name, flags and types. Never NULL. */
const struct btree_info *btree_info(unsigned id);
void btree_id_to_text(struct arb_buf *out, unsigned id);	/* "extents", "(unknown btree 23)" */
bool btree_id_parse(const char *s, unsigned *ret);		/* name, or number below BTREE_ID_NR_MAX */
/* Order of gc and of check_allocations: alloc, stripes, then by id; smaller first. */
int btree_gc_order(unsigned id);

#endif
