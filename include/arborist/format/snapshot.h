/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots, their trees, and subvolumes (format-keys.md 3.15 and 5). */
#ifndef ARBORIST_FORMAT_SNAPSHOT_H
#define ARBORIST_FORMAT_SNAPSHOT_H

#include "arborist/format/bkey.h"

#define ROOT_SUBVOL	1
#define ROOT_SNAPSHOT	UINT32_MAX	/* of the first tree */

struct snapshot_key {
	bool		deleted, is_subvol;
	bool		has_depth;		/* the value is long enough for depth and skiplist */
	uint32_t	parent, children[2], subvol, tree, depth, skip[3];
	uint64_t	btime[2];		/* lo, hi */
};
bool snapshot_get(struct bkey_s k, struct snapshot_key *ret);
void snapshot_put(struct bkey_buf *out, uint32_t id, const struct snapshot_key *s);

struct subvolume_key {
	bool		read_only, is_snapshot, unlinked;
	bool		has_parents;		/* the value is long enough for the parents */
	uint32_t	snapshot, creation_parent, fs_path_parent;
	uint64_t	inode;
	uint64_t	otime[2];		/* lo, hi */
};
bool subvolume_get(struct bkey_s k, struct subvolume_key *ret);
void subvolume_put(struct bkey_buf *out, uint32_t id, const struct subvolume_key *s);

struct snapshot_tree_key { uint32_t master_subvol, root_snapshot; };
bool snapshot_tree_get(struct bkey_s k, struct snapshot_tree_key *ret);
void snapshot_tree_put(struct bkey_buf *out, uint32_t id, const struct snapshot_tree_key *t);

#endif
