/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that look for losses. */
#ifndef ARBORIST_SRC_SESSION_LOSS_H
#define ARBORIST_SRC_SESSION_LOSS_H

#include "arborist/base/array.h"
#include "arborist/session/loss.h"
#include "arborist/session/names.h"

#define LOSS_KEYS_MAX	(8u << 20)	/* compared at a time, and events */

enum lost_what { LOST_VERSION, LOST_VERSION_SOME /* one at least */, LOST_NAME, LOST_DATA, LOST_DATA_COUNTED, LOST_XATTR };
struct lost_event {
	uint64_t	inum, n;
	enum lost_what	what;
};
struct loss_stretch { struct bpos start, end; };
struct touched { ARB_ARRAY(struct loss_stretch) list; };	/* ascending, apart from each other */
struct loss_finder {
	struct view	*before, *after;
	const struct loss_options *o;
	struct touched	touched[BTREE_xattrs + 1];	/* by btree: extents, inodes, dirents, xattrs */
	struct names	*names;				/* of the view after */
	ARB_ARRAY(struct lost_event) events;
	struct loss_report *report;
	struct arb_error *err;
};

/* What was found out about the last place that was asked for holds for the whole range of its node. */
struct reading {
	struct loss_finder *f;
	unsigned	btree;
	bool		known, readable;
	struct bpos	start, end;
};

enum arb_code loss_event(struct loss_finder *f, uint64_t inum, enum lost_what what, uint64_t n);
bool loss_cancelled(const struct loss_finder *f);
/* Do repairs touch anything of this range? */
bool loss_touches(const struct touched *t, struct bpos start, struct bpos end);
/* loss_keys.c: keys that are there before and not after. */
enum arb_code loss_compare(struct loss_finder *f, unsigned btree);
/* loss_versions.c: versions in snapshots of what has another version that is still there. */
enum arb_code loss_versions(struct loss_finder *f);
/*
 * loss_data.c: could a key at @pos be read before? Is there one after? And the extents that backpointers tell of, and that are not
 * reached any more.
 */
bool loss_was_readable(struct reading *r, struct bpos pos);
enum arb_code loss_is_left(struct loss_finder *f, unsigned btree, struct bpos pos, bool *ret);
enum arb_code loss_backpointers(struct loss_finder *f);
/* loss_refs.c: what names, inodes and counts of sectors say is missing. */
enum arb_code loss_cross_check(struct loss_finder *f);

#endif
