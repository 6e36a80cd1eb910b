/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of the allocation gc in words: for every finding besides those of pointers, which numbers are held against each other, where each
 * comes from, and which of them wins (repair-semantics.md 5.2, 8.2, 8.4, 8.7 to 8.11, 9).
 */
#include "alloc.h"

#include <string.h>

#include "arborist/base/i18n.h"

/* Rows of one finding differ in @variant: the kind of a counter, or what the caller tells apart. */
static const struct {
	const char	*id;
	unsigned	variant;
	struct rule	rule;
} rows[] = {
	/* alloc keys */
	{ "alloc_key_data_type_wrong", 0, { "buckets 1: kind",
		N_("the kind in the alloc key (none: free) is not the one that follows from everything that points into the bucket: of a stripe when a stripe names it, "
		   "else the kind of the data, nodes, superblock or journal counted there, else cached, else by the key's own flag and generations waiting to be "
		   "discarded, waiting for gc_gens, or free"),
		N_("what points there wins over what is noted: the alloc key gets the counted kind, no data is touched") } },
	{ "alloc_key_gen_wrong", 0, { "buckets 2: generation",
		N_("the generation in the alloc key (none: 0) is not the one the count went by, which is that of the alloc key unless a pointer to data led into a "
		   "bucket without one"),
		N_("the generation that the pointers have wins: with another one they would lead to nothing") } },
	{ "alloc_key_dirty_sectors_wrong", 0, { "buckets 3: data",
		N_("the sectors of data in the alloc key (none: 0) are not the sum over superblock copies, journal buckets, btree nodes, parity and all extents with "
		   "a pointer that is not cached into the bucket, each as long as it is on disk"),
		N_("the sum wins over the note; no data is touched") } },
	{ "alloc_key_stripe_sectors_wrong", 0, { "buckets 4: data of a stripe",
		N_("the sectors of striped data in the alloc key (none: 0) are not the sum over all extents with a striped pointer into the bucket"),
		N_("the sum wins over the note; no data is touched") } },
	{ "alloc_key_cached_sectors_wrong", 0, { "buckets 5: cache",
		N_("the sectors of cached copies in the alloc key (none: 0) are not the sum over all cached pointers of the bucket's generation"),
		N_("the sum wins over the note; no data is touched") } },
	{ "alloc_key_stripe_wrong", 0, { "buckets 6: stripe",
		N_("the stripe that the alloc key names (0: none) is not the one in the stripes btree that names the bucket"),
		N_("the stripes btree wins: the alloc key gets its stripe, or none") } },
	{ "alloc_key_stripe_redundancy_wrong", 0, { "buckets 7: redundancy of the stripe",
		N_("the redundancy in the alloc key is not that of the stripe that names the bucket"),
		N_("the stripes btree wins") } },
	{ "alloc_key_to_missing_dev_bucket", 0, { "buckets 8: no such bucket",
		N_("an alloc key is about a device or a bucket that the superblock does not have"),
		N_("it is deleted, as the kernel's check_alloc_info does") } },

	/* superblock and journal */
	{ "bucket_metadata_type_mismatch", 0, { "superblock 1: claimed twice",
		N_("by the device's own superblock a bucket holds two of superblock, journal and other metadata, or more of it than fits in"),
		N_("the first of them keeps the bucket; nobody can tell which is right, so nothing is changed") } },
	{ "bucket_metadata_type_mismatch", 1, { "superblock 2: journal outside",
		N_("the superblock's list of journal buckets has one behind the last bucket of the device"),
		N_("the bucket is not counted, and nothing is changed") } },
	{ "btree_bitmap_not_marked", 0, { "superblock 3: map of nodes",
		N_("a pointer leads to a node at a place for which the member's map of nodes has no bit, or that lies behind what the map covers"),
		N_("the pointer wins: the bit is set in the superblock, each bit standing for more where the map is too short") } },
	{ "bkey_version_in_future", 0, { "versions 1: beyond the highest",
		N_("a key has a higher version than the highest one the journal, or the section of a clean shutdown, says was given out"),
		N_("the key wins: its version is noted as the highest, the key stays as it is") } },

	/* counters */
	{ "accounting_mismatch", ACCT_nr_inodes, { "counters 1: inodes",
		N_("the recorded number of inodes is not the number of keys of inodes in all snapshots"),
		N_("the count wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_persistent_reserved, { "counters 2: reservations",
		N_("the recorded sectors that are reserved with so many replicas are not the sum of the reservation keys of that kind"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_replicas, { "counters 3: sets of devices",
		N_("the recorded sectors of data that has its copies on this set of devices are not the sum over all keys whose pointers name just these devices"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_dev_data_type, { "counters 4: buckets of a device",
		N_("the recorded buckets, sectors, and sectors lost at the end of buckets, of this kind on this device, are not those of the buckets as counted and corrected"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_compression, { "counters 5: compression",
		N_("the recorded extents, sectors before and sectors after compression of this kind are not those of all compressed extents"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_snapshot, { "counters 6: snapshots",
		N_("the recorded sectors of this snapshot are not the sum over the extents that carry its number"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_btree, { "counters 7: btrees",
		N_("the recorded sectors of this btree are not the size of a node times the copies of all its nodes, root included"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_mismatch", ACCT_rebalance_work, { "counters 8: work for rebalance",
		N_("the recorded sectors that rebalance has to move or compress are not the sum over extents that carry a wish for another place or compression and "
		   "do not have it yet"),
		N_("the sum wins: the difference goes into the journal, where it is added to what is recorded") } },
	{ "accounting_replicas_not_marked", 0, { "counters 9: set of devices not listed",
		N_("a counter says that data lies on a set of devices that the superblock's list of such sets does not have"),
		N_("the counter wins: the set is added to the list, by which a mount knows what it can do without a device") } },
	{ "accounting_to_invalid_device", 0, { "counters 10: no such device",
		N_("a counter is about a device that the superblock does not have"),
		N_("the superblock wins: what is recorded is taken back, in the journal") } },
	{ "arborist_accounting_wrong_size", 0, { "counters 11: wrong size",
		N_("a counter's key has another number of counters than its kind"),
		N_("it is left out: its leaf is written anew without it, and what it counted is counted anew") } },

	/* shared extents */
	{ "reflink_v_refcount_wrong", 0, { "shared 1: count",
		N_("the count in a shared extent is not the number of references in the extents btree whose range, margins included, touches it"),
		N_("the references win: the count is written, the data stays") } },
	{ "reflink_v_refcount_wrong", 1, { "shared 2: nobody refers to it",
		N_("a shared extent has a count, and no reference in the extents btree touches it"),
		N_("the references win: the shared extent is deleted, and its space is free; no file can be read differently for it") } },
	{ "reflink_p_to_missing_reflink_v", 0, { "shared 3: margin refers to nothing",
		N_("a reference reaches, with the margin before or behind what is read through it, where no shared extent is"),
		N_("the margin is shortened; what is read stays the same") } },
	{ "reflink_p_to_missing_reflink_v", 1, { "shared 4: refers to nothing",
		N_("part of what is read through a reference is in no shared extent"),
		N_("the range becomes unreadable, as the data cannot be had any more: reading it gives an error instead of nonsense") } },

	/* stripes */
	{ "stripe_sector_count_wrong", 0, { "stripes 1: counts of blocks",
		N_("the sectors in use that a stripe notes for its blocks are not the sums over the extents with a pointer into each block"),
		N_("the extents win: the counts are written, unless a sum is larger than can be noted; data and parity stay") } },
	{ "arborist_stripe_impossible", 0, { "stripes 2: cannot be",
		N_("a stripe has no parity, no data, blocks without sectors, or more blocks than there can be"),
		N_("the stripe is deleted, and its extents are taken out of it: nothing could be computed from it, and their data does not need it") } },

	/* the whole count, and generations */
	{ "arborist_gc_incomplete", 0, { "count: not whole",
		N_("a node could not be read, or a key had to be left uncounted"),
		N_("nothing that was recorded is corrected by sums that are too small") } },
	{ "arborist_gc_gens_stale", 0, { "generations 1: outdated copies",
		N_("a cached pointer is more than 16 generations behind its bucket, which was used again as often"),
		N_("the bucket wins: outdated cached pointers of the key are dropped, its data is elsewhere") } },
	{ "arborist_gc_gens_oldest", 0, { "generations 2: oldest pointer",
		N_("the oldest generation that the alloc key notes is not that of the oldest pointer into the bucket, or the bucket's own where there is none"),
		N_("the pointers win: the oldest generation is noted, and a bucket that only waited for that is free") } },
};

const struct rule *alloc_rule(const char *id, unsigned variant)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].variant == variant && !strcmp(rows[i].id, id))
			return &rows[i].rule;
	return NULL;
}
