/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered to find names: private to names*.c. */
#ifndef ARBORIST_SRC_SESSION_NAMES_TABLES_H
#define ARBORIST_SRC_SESSION_NAMES_TABLES_H

#include "arborist/base/array.h"
#include "arborist/session/names.h"

struct snapshot_row { uint32_t id, parent; };
struct subvol_row { uint32_t id, snapshot; uint64_t root; };
struct name_row {			/* a directory entry, by what it leads to */
	uint64_t	target;		/* inode, or number of a subvolume */
	uint64_t	dir, offset;
	uint32_t	snapshot, parent_subvol;
	bool		to_subvol;
};
struct name_table {
	ARB_ARRAY(struct name_row) rows;		/* by (to_subvol, target) */
	bool		loaded;
};
struct names {
	struct view	*v;
	struct names_options o;
	ARB_ARRAY(struct snapshot_row) snapshots;	/* ascending */
	ARB_ARRAY(struct subvol_row) subvols;
	const uint64_t	*want;				/* ascending */
	size_t		nr_want;
	struct name_table wanted, dirs;			/* wanted: and subvolumes; dirs: all directories, when one is asked for */
	uint64_t	unreadable;
	bool		cut;
};

/* Snapshots and subvolumes. */
enum arb_code names_load(struct names *n, struct arb_error *err);
const struct subvol_row *names_subvol(const struct names *n, uint32_t id);
/* The rows that lead to @target: of one that is wanted, a directory or a subvolume; they stay as they are until others are wanted. */
enum arb_code names_rows(struct names *n, bool to_subvol, uint64_t target, const struct name_row **ret, size_t *ret_nr, struct arb_error *err);
/* False: @k is no name. */
bool name_row_get(struct bkey_s k, struct name_row *ret, bool *ret_dir);
int names_by_target(const void *a, const void *b);	/* struct name_row */

#endif
