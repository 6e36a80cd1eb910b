/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"

#define T(type) (1ull << KEY_##type)
#define DELETED T(deleted)	/* allowed everywhere */

static const struct btree_info info[BTREE_ID_NR] = {
	[BTREE_extents] = { "extents", BTREE_EXTENTS | BTREE_SNAPSHOTS | BTREE_DATA | BTREE_TRIGGERS,
		DELETED | T(whiteout) | T(error) | T(cookie) | T(extent) | T(reservation) | T(reflink_p) | T(inline_data),
		N_("where the data of files lies: one key per run of sectors, positioned at its end") },
	[BTREE_inodes] = { "inodes", BTREE_SNAPSHOTS | BTREE_TRIGGERS,
		DELETED | T(whiteout) | T(inode) | T(inode_v2) | T(inode_v3) | T(inode_generation),
		N_("files, directories and their attributes") },
	[BTREE_dirents] = { "dirents", BTREE_SNAPSHOTS,
		DELETED | T(whiteout) | T(hash_whiteout) | T(dirent),
		N_("names: a hash table per directory") },
	[BTREE_xattrs] = { "xattrs", BTREE_SNAPSHOTS,
		DELETED | T(whiteout) | T(cookie) | T(hash_whiteout) | T(xattr),
		N_("extended attributes: a hash table per inode") },
	[BTREE_alloc] = { "alloc", BTREE_ALLOC | BTREE_TRIGGERS,
		DELETED | T(alloc) | T(alloc_v2) | T(alloc_v3) | T(alloc_v4),
		N_("state, generation and use of every bucket of every device") },
	[BTREE_quotas] = { "quotas", 0,
		DELETED | T(quota),
		N_("limits per user, group and project") },
	[BTREE_stripes] = { "stripes", BTREE_TRIGGERS,
		DELETED | T(stripe),
		N_("erasure coded stripes and their checksums") },
	[BTREE_reflink] = { "reflink", BTREE_EXTENTS | BTREE_DATA | BTREE_TRIGGERS,
		DELETED | T(reflink_v) | T(indirect_inline_data) | T(error),
		N_("extents shared by several files, with a reference count") },
	[BTREE_subvolumes] = { "subvolumes", BTREE_TRIGGERS,
		DELETED | T(subvolume),
		N_("subvolumes: root inode and snapshot of each") },
	[BTREE_snapshots] = { "snapshots", BTREE_TRIGGERS,
		DELETED | T(snapshot),
		N_("nodes of the snapshot trees") },
	[BTREE_lru] = { "lru", 0,
		DELETED | T(set),
		N_("buckets in the order in which they may be reused or moved") },
	[BTREE_freespace] = { "freespace", BTREE_EXTENTS | BTREE_ALLOC,
		DELETED | T(set),
		N_("runs of free buckets") },
	[BTREE_need_discard] = { "need_discard", BTREE_ALLOC,
		DELETED | T(set),
		N_("buckets to be discarded before they are used again") },
	[BTREE_backpointers] = { "backpointers", BTREE_ALLOC,
		DELETED | T(backpointer),
		N_("from a place on a device back to the key that points there") },
	[BTREE_bucket_gens] = { "bucket_gens", BTREE_ALLOC,
		DELETED | T(bucket_gens),
		N_("generation numbers, 256 buckets to a key, read at mount") },
	[BTREE_snapshot_trees] = { "snapshot_trees", 0,
		DELETED | T(snapshot_tree),
		N_("one key per snapshot tree: its root and master subvolume") },
	[BTREE_deleted_inodes] = { "deleted_inodes", BTREE_SNAPSHOT_FIELD,
		DELETED | T(set),
		N_("unlinked inodes that are still to be deleted") },
	[BTREE_logged_ops] = { "logged_ops", 0,
		DELETED | T(logged_op_truncate) | T(logged_op_finsert),
		N_("long operations to be finished after a crash") },
	[BTREE_rebalance_work] = { "rebalance_work", BTREE_SNAPSHOT_FIELD,
		DELETED | T(set) | T(cookie),
		N_("extents to be moved or recompressed in the background") },
	[BTREE_subvolume_children] = { "subvolume_children", 0,
		DELETED | T(set),
		N_("which subvolume lies in which") },
	[BTREE_accounting] = { "accounting", BTREE_SNAPSHOT_FIELD,
		DELETED | T(accounting),
		N_("counters of used space and inodes, kept as deltas") },
};

const struct btree_info *btree_info(unsigned id)
{
	static const struct btree_info unknown = { .what = N_("a btree this program does not know") };

	return id < BTREE_ID_NR ? &info[id] : &unknown;
}

void btree_id_to_text(struct arb_buf *out, unsigned id)
{
	if (id < BTREE_ID_NR)
		arb_buf_puts(out, info[id].name);
	else
		arb_buf_printf(out, "(unknown btree %u)", id);
}

bool btree_id_parse(const char *s, unsigned *ret)
{
	unsigned long v;
	char *end;

	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		if (!strcmp(s, info[i].name)) {
			*ret = i;
			return true;
		}
	if (*s < '0' || *s > '9')
		return false;
	v = strtoul(s, &end, 10);
	if (*end || v >= BTREE_ID_NR_MAX)
		return false;
	*ret = (unsigned)v;
	return true;
}

int btree_gc_order(unsigned id)
{
	return id == BTREE_alloc ? -2 : id == BTREE_stripes ? -1 : (int)id;
}
