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
struct names {
	struct view	*v;
	struct names_options o;
	ARB_ARRAY(struct snapshot_row) snapshots;	/* ascending */
	ARB_ARRAY(struct subvol_row) subvols;
	ARB_ARRAY(struct name_row) rows;		/* by (to_subvol, target) */
	uint64_t	unreadable;
	bool		cut;
};

/* Fills the tables. */
enum arb_code names_load(struct names *n, struct arb_error *err);
const struct subvol_row *names_subvol(const struct names *n, uint32_t id);
/* The rows that lead to @target are [first, first + *ret_nr). */
size_t names_rows(const struct names *n, bool to_subvol, uint64_t target, size_t *ret_nr);

#endif
