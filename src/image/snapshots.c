/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one subvolume that every filesystem has, its snapshot and its snapshot tree. */
#include "builder.h"
#include "arborist/format/snapshot.h"

enum arb_code image_snapshots(struct builder *b)
{
	const struct subvolume_key subvol = { .has_parents = true, .snapshot = ROOT_SNAPSHOT, .inode = ROOT_INODE };
	const struct snapshot_key snapshot = { .is_subvol = true, .has_depth = true, .subvol = ROOT_SUBVOL, .tree = 1 };
	const struct snapshot_tree_key tree = { .master_subvol = ROOT_SUBVOL, .root_snapshot = ROOT_SNAPSHOT };
	struct bkey_buf buf;
	enum arb_code c;

	subvolume_put(&buf, ROOT_SUBVOL, &subvol);
	c = image_key_add(b, &b->btree[BTREE_subvolumes].keys, bkey_buf_s(&buf));
	snapshot_put(&buf, ROOT_SNAPSHOT, &snapshot);
	c = c ? c : image_key_add(b, &b->btree[BTREE_snapshots].keys, bkey_buf_s(&buf));
	snapshot_tree_put(&buf, 1, &tree);
	return c ? c : image_key_add(b, &b->btree[BTREE_snapshot_trees].keys, bkey_buf_s(&buf));
}
