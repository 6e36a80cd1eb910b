/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recovery passes in running order (format-superblock-journal.md 7.4, repair-semantics.md 4.1). */
#include <stddef.h>
#include <string.h>

#include "arborist/base/i18n.h"
#include "arborist/format/fsck_err.h"

#define A PASS_WHEN_ALWAYS
#define F PASS_WHEN_FSCK
#define O PASS_WHEN_ONLINE
#define S PASS_WHEN_SILENT

const struct recovery_pass_info recovery_passes[RECOVERY_PASS_NR] = {
	{ "scan_for_btree_nodes", 37, 0,
	  N_("read every place where a btree node may lie and remember what is found") },
	{ "check_topology", 4, 0,
	  N_("check that nodes fit together without gaps or overlaps, and mend the pointers") },
	{ "accounting_read", 39, A,
	  N_("load the counters") },
	{ "alloc_read", 0, A,
	  N_("load bucket generations") },
	{ "stripes_read", 1, A,
	  N_("load the table of erasure coded stripes") },
	{ "initialize_subvolumes", 2, 0,
	  N_("create root subvolume and snapshot of a filesystem older than these") },
	{ "snapshots_read", 3, A,
	  N_("load the snapshot trees") },
	{ "check_allocations", 5, F,
	  N_("walk every key, count what is used, compare with alloc, reflink and accounting") },
	{ "trans_mark_dev_sbs", 6, A | S,
	  N_("mark superblock and journal buckets") },
	{ "fs_journal_alloc", 7, A | S,
	  N_("give a journal to devices that have none") },
	{ "set_may_go_rw", 8, A | S,
	  N_("repairs made so far are frozen, from here on keys are written") },
	{ "journal_replay", 9, A,
	  N_("put the keys of the journal into the btrees") },
	{ "check_alloc_info", 10, F | O,
	  N_("compare alloc keys with freespace, need_discard and bucket_gens") },
	{ "check_lrus", 11, F | O,
	  N_("every lru entry belongs to a bucket in that state") },
	{ "check_btree_backpointers", 12, F | O,
	  N_("every backpointer lies in a bucket that exists") },
	{ "check_backpointers_to_extents", 13, F | O,
	  N_("every backpointer leads to a pointer") },
	{ "check_extents_to_backpointers", 14, F | O,
	  N_("every pointer has its backpointer") },
	{ "check_alloc_to_lru_refs", 15, F | O,
	  N_("every cached or fragmented bucket has its lru entry") },
	{ "fs_freespace_init", 16, A | S,
	  N_("build the freespace btree of new devices") },
	{ "bucket_gens_init", 17, 0,
	  N_("build bucket_gens from the alloc keys") },
	{ "reconstruct_snapshots", 38, 0,
	  N_("rebuild a lost snapshots btree from the ids in use") },
	{ "check_snapshot_trees", 18, F | O,
	  N_("every snapshot tree has its root and master subvolume") },
	{ "check_snapshots", 19, F | O,
	  N_("parents, children, depth and skip lists of snapshots agree") },
	{ "check_subvols", 20, F | O,
	  N_("every subvolume has its snapshot and root inode") },
	{ "check_subvol_children", 35, F | O,
	  N_("parent and child subvolumes agree") },
	{ "delete_dead_snapshots", 21, F | O,
	  N_("remove snapshots marked deleted and their keys") },
	{ "fs_upgrade_for_subvolumes", 22, 0,
	  N_("give old root inodes their subvolume number") },
	{ "check_inodes", 24, F,
	  N_("every inode is sound by itself") },
	{ "check_extents", 25, F,
	  N_("every extent belongs to a file and lies inside it") },
	{ "check_indirect_extents", 26, F,
	  N_("shared extents are sound") },
	{ "check_dirents", 27, F,
	  N_("every name leads to an inode that leads back") },
	{ "check_xattrs", 28, F,
	  N_("every extended attribute belongs to an inode") },
	{ "check_root", 29, F | O,
	  N_("the root directory exists") },
	{ "check_unreachable_inodes", 40, F | O,
	  N_("every inode has a name, or goes to lost+found") },
	{ "check_subvolume_structure", 36, F | O,
	  N_("subvolumes form a tree") },
	{ "check_directory_structure", 30, F | O,
	  N_("directories form a tree") },
	{ "check_nlinks", 31, F,
	  N_("link counts match the names") },
	{ "resume_logged_ops", 23, A,
	  N_("finish interrupted truncations and insertions") },
	{ "delete_dead_inodes", 32, A,
	  N_("delete unlinked inodes") },
	{ "fix_reflink_p", 33, 0,
	  N_("clear the padding of very old reflink pointers") },
	{ "set_fs_needs_rebalance", 34, 0,
	  N_("ask rebalance to look at everything again") },
};

const struct recovery_pass_info *recovery_pass_by_id(unsigned stable_id)
{
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		if (recovery_passes[i].id == stable_id)
			return &recovery_passes[i];
	return NULL;
}

const struct recovery_pass_info *recovery_pass_by_name(const char *name)
{
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		if (!strcmp(recovery_passes[i].name, name))
			return &recovery_passes[i];
	return NULL;
}

void recovery_passes_to_text(struct arb_buf *out, uint64_t stable, const char *sep)
{
	const char *before = "";

	for (unsigned i = 0; i < RECOVERY_PASS_NR; i++)
		if (stable >> recovery_passes[i].id & 1) {
			arb_buf_printf(out, "%s%s", before, recovery_passes[i].name);
			before = sep;
		}
}
