/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Subvolumes and snapshots. There is the root subvolume; each snapshot taken of it splits its leaf of the snapshot tree in
 * two, one for the copy and one where the original goes on, and then some files are written anew in the original.
 */
#include "builder.h"
#include <stdio.h>
#include "arborist/format/snapshot.h"

enum { SNAPSHOT_TREE = 1, CHANGED_FILES = 5 };

static enum arb_code subvolume_add(struct builder *b, uint32_t id, const struct subvolume_key *s)
{
	struct bkey_buf buf;

	subvolume_put(&buf, id, s);
	return image_key_add(b, &b->btree[BTREE_subvolumes].keys, bkey_buf_s(&buf));
}

/* A node of the snapshot tree; all skip entries lead to the root, which is an ancestor of everything. */
static enum arb_code snapshot_add(struct builder *b, uint32_t id, uint32_t parent, uint32_t first_child, uint32_t subvol,
				  uint32_t depth)
{
	uint32_t skip = depth ? ROOT_SNAPSHOT : 0;
	struct snapshot_key s = {
		.is_subvol = subvol != 0, .has_depth = true, .parent = parent, .subvol = subvol, .tree = SNAPSHOT_TREE, .depth = depth,
		.children = { first_child, first_child ? first_child - 1 : 0 }, .skip = { skip, skip, skip },
	};
	struct bkey_buf buf;

	snapshot_put(&buf, id, &s);
	return image_key_add(b, &b->btree[BTREE_snapshots].keys, bkey_buf_s(&buf));
}

/* The copy's name in the root directory, and its own root directory. */
static enum arb_code copy_root(struct builder *b, uint32_t subvol, uint32_t copy, size_t old_root)
{
	struct bkey_s child = { .k = { .p = BPOS(ROOT_SUBVOL, subvol, 0), .u64s = BKEY_U64s, .type = KEY_set } };
	uint32_t original = b->snapshot;
	struct image_inode *i;
	uint64_t offset;
	char name[40];
	enum arb_code c;
	size_t at;

	snprintf(name, sizeof(name), "snapshot-%u", subvol);
	c = image_subvol_name_add(b, b->root, ROOT_SUBVOL, subvol, name, &offset);
	b->snapshot = copy;
	at = c ? SIZE_MAX : image_inode_version(b, old_root);
	b->snapshot = original;
	if (at == SIZE_MAX)
		return c ? c : ARB_E_NOMEM;
	i = &b->inodes.v[at];
	i->in.field[INODE_FIELD_subvol] = subvol;
	i->in.field[INODE_FIELD_parent_subvol] = ROOT_SUBVOL;
	i->in.field[INODE_FIELD_dir] = ROOT_INODE;
	i->in.field[INODE_FIELD_dir_offset] = offset;
	return image_key_add(b, &b->btree[BTREE_subvolume_children].keys, child);
}

/* Writes some files of the first version anew, each time others. */
static enum arb_code change_files(struct builder *b, unsigned round)
{
	size_t first = IMAGE_DIRS + b->o->nr_dirs, shared = 2 * (size_t)b->o->nr_shared, nr = b->o->nr_files - shared;
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < CHANGED_FILES; i++) {
		size_t file = round * CHANGED_FILES + i, at;

		if (file >= nr)
			break;
		at = image_inode_version(b, first + shared + file);
		c = at == SIZE_MAX ? ARB_E_NOMEM : ARB_OK;
		c = c ? c : image_file_rewrite(b, first + shared + file, at);
	}
	return c;
}

static enum arb_code take_snapshot(struct builder *b, unsigned round)
{
	uint32_t old = b->snapshot, copy = ROOT_SNAPSHOT - 1 - 2 * round, subvol = ROOT_SUBVOL + 1 + round;
	uint32_t parent = round ? ROOT_SNAPSHOT - 2 * round + 2 : 0;
	const struct subvolume_key s = { .is_snapshot = true, .has_parents = true, .snapshot = copy,
		.creation_parent = ROOT_SUBVOL,
					 .fs_path_parent = ROOT_SUBVOL, .inode = ROOT_INODE };
	size_t old_root = b->root;
	enum arb_code c;

	c = snapshot_add(b, old, parent, copy, 0, round);
	c = c ? c : snapshot_add(b, copy, old, 0, subvol, round + 1);
	c = c ? c : subvolume_add(b, subvol, &s);
	b->snapshot = copy - 1;
	b->root = c ? b->root : image_inode_version(b, old_root);
	if (b->root == SIZE_MAX)
		return ARB_E_NOMEM;
	c = c ? c : copy_root(b, subvol, copy, old_root);
	return c ? c : change_files(b, round);
}

enum arb_code image_snapshots(struct builder *b)
{
	const struct snapshot_tree_key tree = { .master_subvol = ROOT_SUBVOL, .root_snapshot = ROOT_SNAPSHOT };
	struct subvolume_key root = { .has_parents = true, .inode = ROOT_INODE };
	unsigned nr = b->o->nr_snapshots;
	struct bkey_buf buf;
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < nr; i++)
		c = take_snapshot(b, i);
	c = c ? c : snapshot_add(b, b->snapshot, nr ? b->snapshot + 2 : 0, 0, ROOT_SUBVOL, nr);
	root.snapshot = b->snapshot;
	c = c ? c : subvolume_add(b, ROOT_SUBVOL, &root);
	snapshot_tree_put(&buf, SNAPSHOT_TREE, &tree);
	return c ? c : image_key_add(b, &b->btree[BTREE_snapshot_trees].keys, bkey_buf_s(&buf));
}
