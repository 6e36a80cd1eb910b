/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalogue: one row for everything arborist can find (repair-semantics.md 2.3, format-superblock-journal.md 7.5).
 * A row is all there is to add for a new finding besides the code that raises it; help and manual are made from it.
 * Rows stand in the order of the kernel's numbers; our own follow, in the order of the passes that raise them.
 */
#include "arborist/base/i18n.h"
#include "arborist/finding/finding.h"

#include <string.h>

/* Findings of one family share their answers. */
#define KEY_FIX		N_("Leave the key out; the node is written anew without it.")
#define KEY_SKIP	N_("The key stays on disk; it is not used here.")
#define JOURNAL_FIX	N_("Use what can be understood, and write it anew, so that nothing of the old journal is replayed.")
#define JOURNAL_SKIP	N_("Nothing is changed; the entry is used as far as it can be understood.")
#define READ_FIX	N_("Use what could be read and have the node written anew.")
#define READ_SKIP	N_("Keep using what could be read; nothing is written.")
#define BOUND_FIX	N_("Change the range in the pointer, so that the nodes meet without a gap and without overlapping.")
#define BOUND_SKIP	N_("Nothing is changed, and the pass stops: what lies below cannot be judged.")

#define COUNTED_FIX	N_("Write what was counted.")
#define PTR_SKIP	N_("The key stays and is not counted, so nothing else is corrected by what was counted.")

#define KEY(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .autofix = true, .title = title_, .help = help_, \
	  .fix = KEY_FIX, .skip = KEY_SKIP }
#define NODE(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .title = title_, .help = help_, .fix = READ_FIX, .skip = READ_SKIP }
#define JOURNAL(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_READ, .title = title_, .help = help_, \
	  .fix = JOURNAL_FIX, .skip = JOURNAL_SKIP }
#define MUST(nr_, id_, title_, help_, fix_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_MUSTFIX, .title = title_, .help = help_, .fix = fix_, .skip = skip_ }
#define FSCK(nr_, id_, title_, help_, fix_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_FSCK, .title = title_, .help = help_, .fix = fix_, .skip = skip_ }
/* A number that follows from other keys, counted anew. */
#define COUNTED(nr_, id_, title_, help_, skip_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_FSCK, .autofix = true, .safe = true, .title = title_, .help = help_, \
	  .fix = COUNTED_FIX, .skip = skip_ }
#define REPORT(nr_, id_, title_, help_) \
	{ .nr = nr_, .id = id_, .kind = FINDING_NEED_FSCK, .title = title_, .help = help_, \
	  .fix = N_("Nothing."), .skip = N_("Nothing is changed.") }
#define NOTE(id_, title_, help_) \
	{ .id = id_, .kind = FINDING_NOTE, .title = title_, .help = help_, .fix = N_("Nothing."), .skip = N_("Nothing is changed.") }

const struct finding_row finding_rows[] = {
	/* The journal and the clean section. */
	JOURNAL(0, "clean_but_journal_not_empty", N_("clean, but the journal is not empty"),
		N_("The superblock says the filesystem was shut down in order, yet the journal holds entries after that point.")),
	JOURNAL(1, "dirty_but_no_journal_entries", N_("no journal entries"),
		N_("The filesystem was not shut down in order, and its journal holds no entry that can be used. The roots of the btrees are unknown. "
		"A scan of the devices finds them, or the nodes that stood below them, and a new journal can be begun.")),
	JOURNAL(2, "dirty_but_no_journal_entries_post_drop_nonflushes", N_("no complete journal entry"),
		N_("Journal entries are there, but none that ends a completed flush; which roots are valid is uncertain.")),
	JOURNAL(3, "sb_clean_journal_seq_mismatch", N_("clean section and journal disagree on the sequence"),
		N_("The section written at shutdown names another journal sequence number than the journal's last entry.")),
	JOURNAL(4, "sb_clean_btree_root_mismatch", N_("clean section and journal disagree on a root"),
		N_("The section written at shutdown names another root of a btree than the journal's last entry.")),
	JOURNAL(5, "sb_clean_missing", N_("clean section missing"),
		N_("The superblock is marked clean, but the section with the roots of the btrees is not there.")),
	JOURNAL(6, "jset_unsupported_version", N_("journal entry of another version"),
		N_("A journal entry says it was written by a format version that does not exist or is not supported.")),
	JOURNAL(7, "jset_unknown_csum", N_("unknown checksum type of a journal entry"),
		N_("The entry's checksum is of a type that does not exist, so the entry cannot be verified.")),
	JOURNAL(8, "jset_last_seq_newer_than_seq", N_("journal entry needs a later one"),
		N_("An entry says that the oldest entry still needed is newer than itself.")),
	JOURNAL(9, "jset_past_bucket_end", N_("journal entry larger than its bucket"),
		N_("An entry's length runs past the end of the journal bucket it lies in.")),
	JOURNAL(10, "jset_seq_blacklisted", N_("completed journal entry is blacklisted"),
		N_("An entry that ends a flush has a sequence number which the superblock says must not be used.")),
	JOURNAL(11, "journal_entries_missing", N_("journal entries missing"),
		N_("Some entries between the oldest one still needed and the newest are nowhere to be found; the updates in them are lost. "
		"Or a kernel would pass over them, because a damaged entry says that they are not needed any more: arborist still has those.")),
	{ .nr = 12, .id = "journal_entry_replicas_not_marked", .kind = FINDING_READ, .autofix = true,
	  .title = N_("devices of a journal entry not recorded"),
	  .help = N_("The superblock does not list the set of devices that a journal entry was written to."),
	  .fix = JOURNAL_FIX, .skip = N_("Nothing is changed.") },
	JOURNAL(13, "journal_entry_past_jset_end", N_("record past the end of a journal entry"),
		N_("A record inside a journal entry is longer than the entry.")),
	JOURNAL(14, "journal_entry_replicas_data_mismatch", N_("copies of a journal entry differ"),
		N_("Two devices hold the same journal entry with different contents.")),
	JOURNAL(15, "journal_entry_bkey_u64s_0", N_("empty key in the journal"), N_("A key in a journal entry has length zero.")),
	JOURNAL(16, "journal_entry_bkey_past_end", N_("key past the end of its journal record"),
		N_("A key in a journal entry is longer than the record that holds it.")),
	JOURNAL(17, "journal_entry_bkey_bad_format", N_("packed key in the journal"),
		N_("A key in a journal entry is not in the one form the journal uses.")),
	JOURNAL(18, "journal_entry_bkey_invalid", N_("invalid key in the journal"),
		N_("A key in a journal entry contradicts itself or its btree.")),
	JOURNAL(19, "journal_entry_btree_root_bad_size", N_("root record of the wrong size"),
		N_("A journal record that names a btree's root does not hold exactly one key.")),
	JOURNAL(20, "journal_entry_blacklist_bad_size", N_("blacklist record of the wrong size"),
		N_("A journal record that forbids a sequence number has the wrong length.")),
	JOURNAL(21, "journal_entry_blacklist_v2_bad_size", N_("blacklist record of the wrong size"),
		N_("A journal record that forbids a range of sequence numbers has the wrong length.")),
	JOURNAL(22, "journal_entry_blacklist_v2_start_past_end", N_("blacklist record backwards"),
		N_("A journal record forbids a range of sequence numbers that ends before it begins.")),
	JOURNAL(23, "journal_entry_usage_bad_size", N_("usage record of the wrong size"), N_("A journal record with usage counts has the wrong length.")),
	JOURNAL(24, "journal_entry_data_usage_bad_size", N_("data usage record of the wrong size"),
		N_("A journal record with usage counts per set of devices has the wrong length.")),
	JOURNAL(25, "journal_entry_clock_bad_size", N_("clock record of the wrong size"), N_("A journal record with the read or write clock has the wrong length.")),
	JOURNAL(26, "journal_entry_clock_bad_rw", N_("clock record of no kind"), N_("A clock record is neither for reading nor for writing.")),
	JOURNAL(27, "journal_entry_dev_usage_bad_size", N_("device usage record of the wrong size"),
		N_("A journal record with usage counts of a device has the wrong length.")),
	JOURNAL(28, "journal_entry_dev_usage_bad_dev", N_("usage record of no device"), N_("A usage record names a device that does not exist.")),
	JOURNAL(29, "journal_entry_dev_usage_bad_pad", N_("usage record with garbage"), N_("A usage record has contents where the format has none.")),

	/* Reading a node. */
	MUST(30, "btree_node_unreadable", N_("unreadable node"),
		N_("The pointer to a node leads to nothing usable: the device cannot be read there, or what is there is another node or garbage. No copy is left. "
		"The keys of that node are lost, unless the device scan finds the node, or an earlier state of it, elsewhere."),
		N_("Take the pointer out of its parent. The range is then filled from the device scan, or given to a neighbour."),
		N_("Nothing is changed, and the pass stops: a kernel cannot read this part of the btree.")),
	NODE(31, "btree_node_fault_injected", N_("reading failed on purpose"), N_("A test made the read fail.")),
	NODE(32, "btree_node_bad_magic", N_("not a node"), N_("The place a pointer leads to does not begin with a node's magic number.")),
	NODE(33, "btree_node_bad_seq", N_("another node"), N_("The place a pointer leads to holds a node, but not the one that was meant.")),
	NODE(34, "btree_node_unsupported_version", N_("node of another version"), N_("The node was written by a format version that is not supported, or for a machine of the other byte order.")),
	NODE(35, "btree_node_bset_older_than_sb_min", N_("older than the superblock allows"), N_("A set of keys is of an older version than the superblock says exists.")),
	NODE(36, "btree_node_bset_newer_than_sb", N_("newer than the superblock"), N_("A set of keys is of a newer version than the superblock's.")),
	NODE(37, "btree_node_data_missing", N_("node shorter than it should be"), N_("The pointer says more was written than can be found in the node.")),
	NODE(38, "btree_node_bset_after_end", N_("keys after the end of a node"), N_("A set of keys of this node stands behind its end, after a hole.")),
	NODE(39, "btree_node_replicas_sectors_written_mismatch", N_("copies of different length"), N_("Two copies of a node hold a different number of key sets.")),
	NODE(40, "btree_node_replicas_data_mismatch", N_("copies differ"), N_("Two copies of a node, both with a good checksum, hold different contents.")),
	NODE(41, "bset_unknown_csum", N_("unknown checksum type"), N_("A set of keys has a checksum of a type that does not exist, so it cannot be verified.")),
	NODE(42, "bset_bad_csum", N_("bad checksum"), N_("The contents of a set of keys do not match their checksum: some bytes changed on the way. "
		"Accepting them gives them a good checksum and hides the damage.")),
	NODE(43, "bset_past_end_of_btree_node", N_("keys past the end"), N_("A set of keys is longer than what was written of the node.")),
	NODE(44, "bset_wrong_sector_offset", N_("set of keys in the wrong place"), N_("A set of keys says it belongs at another place in the node.")),
	NODE(45, "bset_empty", N_("empty set of keys"), N_("A later set of keys of a node holds no key.")),
	NODE(46, "bset_bad_seq", N_("set of keys of another node"), N_("A set of keys belongs to another node.")),
	NODE(47, "bset_blacklisted_journal_seq", N_("first keys newer than the journal"), N_("The first set of keys of a node is from a time the journal does not reach.")),
	NODE(48, "first_bset_blacklisted_journal_seq", N_("keys newer than the journal"), N_("A set of keys that the pointer counts as written is from a time the journal does not reach; it is not used.")),
	NODE(49, "btree_node_bad_btree", N_("node of another btree"), N_("The node says it belongs to another btree than the one that points at it.")),
	NODE(50, "btree_node_bad_level", N_("node of another level"), N_("The node says it stands on another level than its parent's pointer says.")),
	NODE(51, "btree_node_bad_min_key", N_("node begins elsewhere"), N_("The node's header and its pointer disagree on where its range begins.")),
	NODE(52, "btree_node_bad_max_key", N_("node ends elsewhere"), N_("The node's header and its pointer disagree on where its range ends.")),
	NODE(53, "btree_node_bad_format", N_("bad packing format"), N_("The description of how the keys of the node are packed makes no sense.")),
	NODE(54, "btree_node_bkey_past_bset_end", N_("key past its set"), N_("A key runs past the end of the set of keys; the set is cut there.")),
	NODE(55, "btree_node_bkey_bad_format", N_("key of no form"), N_("A key is neither packed nor unpacked.")),
	NODE(56, "btree_node_bad_bkey", N_("invalid key"), N_("A key contradicts itself or its btree.")),
	NODE(57, "btree_node_bkey_out_of_order", N_("keys out of order"), N_("A key stands behind one with a greater position.")),

	/* Roots. */
	MUST(58, "btree_root_bkey_invalid", N_("invalid pointer to a root"),
		N_("The journal or the clean section names the root of a btree with a key that makes no sense."),
		N_("Bookkeeping btrees start empty and are filled again by the next mount's checks. Any other btree is rebuilt from the nodes that the device scan finds."),
		N_("Nothing is changed, and the pass stops: without its root a btree cannot be used.")),
	MUST(59, "btree_root_read_error", N_("unreadable root"),
		N_("The root node of a btree cannot be read, so no key of the btree can be reached."),
		N_("Bookkeeping btrees start empty and are filled again by the next mount's checks. Any other btree is rebuilt from the nodes that the device scan finds."),
		N_("Nothing is changed, and the pass stops: without its root a btree cannot be used.")),
	MUST(60, "btree_root_bad_min_key", N_("root does not begin at the start"),
		N_("The range of a root has to begin at the smallest position there is; this one begins later, and everything before has no place in the btree."),
		N_("Give the root its full range by its pointer."), N_("Nothing is changed, and the pass stops.")),
	MUST(61, "btree_root_bad_max_key", N_("root does not reach the end"),
		N_("The range of a root has to end at the greatest position there is; this one ends earlier, and everything after has no place in the btree."),
		N_("Give the root its full range by its pointer."), N_("Nothing is changed, and the pass stops.")),
	MUST(62, "btree_node_read_error", N_("node could not be read during the gc"),
		N_("A node could not be read while references were counted, so the counts of this run mean nothing."),
		N_("Check the topology, then count again."), N_("The pass stops.")),

	/* Topology. */
	MUST(63, "btree_node_topology_bad_min_key", N_("node begins in the wrong place"),
		N_("Neighbouring nodes must meet: each begins right after the end of the one before it, the first where its parent begins. "
		"Here a node begins too late (a gap, in which no key can be found or stored) or too early (an overlap, in which two nodes claim the same positions)."),
		BOUND_FIX, BOUND_SKIP),
	MUST(64, "btree_node_topology_bad_max_key", N_("node ends in the wrong place"),
		N_("The last node below a parent has to end where the parent ends, and a node must not run into a newer neighbour."),
		BOUND_FIX, BOUND_SKIP),
	MUST(65, "btree_node_topology_overwritten_by_prev_node", N_("node covered by the one before"),
		N_("All positions of a node also belong to the node before it, which is not older. The covered node can never be reached."),
		N_("Take the covered node out of its parent."), BOUND_SKIP),
	MUST(66, "btree_node_topology_overwritten_by_next_node", N_("node covered by the one after"),
		N_("All positions of a node also belong to the node after it, which is newer."),
		N_("Take the covered node out of its parent."), BOUND_SKIP),
	MUST(67, "btree_node_topology_interior_node_empty", N_("interior node without a child"),
		N_("A node above the leaves has no child that could be used. Nothing can be reached through it."),
		N_("Take the node out of its parent; a root is rebuilt from the device scan."), BOUND_SKIP),
	FSCK(80, "bkey_version_in_future", N_("version above the highest recorded"),
		N_("A key carries a version that is higher than any that was given out as recorded. Versions are nonces of encrypted data and must not be given out twice."),
		N_("Record the version as the highest."), N_("The recorded version stays.")),
	KEY(81, "bkey_u64s_too_small", N_("key too short"), N_("A key is shorter than the least a key can be.")),
	KEY(82, "bkey_invalid_type_for_btree", N_("key in the wrong btree"), N_("A btree holds a key of a type that does not belong there.")),
	KEY(83, "bkey_extent_size_zero", N_("extent of no length"), N_("An extent covers nothing.")),
	KEY(84, "bkey_extent_size_greater_than_offset", N_("extent beginning before zero"), N_("An extent is longer than its end allows.")),
	KEY(85, "bkey_size_nonzero", N_("length where there is none"), N_("A key that covers a single position has a length.")),
	KEY(86, "bkey_snapshot_nonzero", N_("snapshot where there is none"), N_("A key of a btree without snapshots names one.")),
	KEY(87, "bkey_snapshot_zero", N_("no snapshot"), N_("A key of a btree with snapshots names none.")),
	KEY(88, "bkey_at_pos_max", N_("key at the end of all positions"), N_("A key stands at the greatest position, which is reserved.")),
	KEY(89, "bkey_before_start_of_btree_node", N_("key before its node"), N_("A key lies before the range of the node that holds it.")),
	KEY(90, "bkey_after_end_of_btree_node", N_("key after its node"), N_("A key lies after the range of the node that holds it.")),
	KEY(91, "bkey_val_size_nonzero", N_("value where there is none"), N_("A key of a type without value has one.")),
	KEY(92, "bkey_val_size_too_small", N_("value too short"), N_("A key's value is shorter than its type needs.")),
	KEY(93, "alloc_v1_val_size_bad", N_("alloc key of the wrong size"), N_("An old alloc key does not have the length its fields need.")),
	KEY(94, "alloc_v2_unpack_error", N_("alloc key cannot be read"), N_("The fields of an old alloc key run past its end.")),
	KEY(95, "alloc_v3_unpack_error", N_("alloc key cannot be read"), N_("The fields of an old alloc key run past its end.")),
	KEY(96, "alloc_v4_val_size_bad", N_("alloc key of the wrong size"), N_("An alloc key's parts do not fit into its length.")),
	KEY(97, "alloc_v4_backpointers_start_bad", N_("alloc key with a bad offset"), N_("An alloc key says its list of references begins inside its fixed fields.")),
	KEY(98, "alloc_key_data_type_bad", N_("bucket of the wrong data type"), N_("An alloc key's data type does not follow from its counts.")),
	KEY(99, "alloc_key_empty_but_have_data", N_("empty bucket with data"), N_("An alloc key calls a bucket free and counts data in it.")),
	KEY(100, "alloc_key_dirty_sectors_0", N_("used bucket without data"), N_("An alloc key says a bucket holds data and counts none.")),
	KEY(101, "alloc_key_data_type_inconsistency", N_("alloc key contradicts itself"), N_("Data type and counts of an alloc key exclude each other.")),
	FSCK(102, "alloc_key_to_missing_dev_bucket", N_("alloc key of no bucket"),
		N_("An alloc key stands for a bucket that does not exist. A kernel cannot count while it is there; its check_alloc_info deletes it."),
		N_("Delete the alloc key."), N_("The key stays, and is passed over.")),
	KEY(103, "alloc_key_cached_inconsistency", N_("cached bucket without time"), N_("An alloc key of a cached bucket lacks what one needs.")),
	COUNTED(106, "alloc_key_data_type_wrong", N_("bucket of the wrong data type"),
		N_("What a bucket is used for, as its alloc key says, is not what the pointers into it say."),
		N_("The recorded kind stays. A bucket in use that is recorded as free can be given away and written over; a free one that is recorded as in use stays out of use.")),
	COUNTED(107, "alloc_key_gen_wrong", N_("bucket with the wrong generation"),
		N_("The generation in an alloc key is not the one the bucket has."),
		N_("The recorded generation stays. Pointers of another generation count as outdated, and the data they lead to as gone.")),
	COUNTED(108, "alloc_key_dirty_sectors_wrong", N_("bucket with a wrong count of data"),
		N_("The sectors in use in a bucket, as its alloc key says, are not those that keys point at."),
		N_("The recorded number stays. When it is too low, the bucket may be taken for empty and written over; when it is too high, its room is lost.")),
	COUNTED(109, "alloc_key_cached_sectors_wrong", N_("bucket with a wrong count of cache"),
		N_("The cached sectors in a bucket, as its alloc key says, are not those that keys point at."),
		N_("The recorded number stays. It decides when a bucket of nothing but cached copies is used again; no data is at stake.")),
	COUNTED(110, "alloc_key_stripe_wrong", N_("bucket of the wrong stripe"),
		N_("The stripe a bucket belongs to, as its alloc key says, is not the one that names the bucket."),
		N_("The recorded stripe stays. When the bucket belongs to another one, it may be emptied under that; when to none, it stays out of use.")),
	COUNTED(111, "alloc_key_stripe_redundancy_wrong", N_("bucket with a wrong redundancy"),
		N_("The redundancy noted in an alloc key is not that of the stripe."),
		N_("The recorded redundancy stays. No data is at stake.")),
	REPORT(112, "bucket_sector_count_overflow", N_("more in a bucket than can be counted"),
		N_("So many keys point into one bucket that the sum does not fit into its counter.")),
	REPORT(113, "bucket_metadata_type_mismatch", N_("bucket claimed twice by superblock or journal"),
		N_("Superblock copies and journal buckets of a device overlap, or the journal lies outside of the device.")),
	KEY(117, "bucket_gens_val_size_bad", N_("generations of the wrong size"), N_("A key with bucket generations has the wrong length.")),
	KEY(132, "btree_ptr_val_too_big", N_("pointer to a node too long"), N_("A pointer to a node names more copies than there can be.")),
	KEY(133, "btree_ptr_v2_val_too_big", N_("pointer to a node too long"), N_("A pointer to a node names more copies than there can be.")),
	KEY(134, "btree_ptr_has_non_ptr", N_("pointer to a node with something else"), N_("A pointer to a node holds an entry that is no pointer.")),
	KEY(135, "extent_ptrs_invalid_entry", N_("unknown extent entry"), N_("An extent holds an entry of no known type.")),
	KEY(136, "extent_ptrs_no_ptrs", N_("extent without pointer"), N_("An extent points nowhere.")),
	KEY(137, "extent_ptrs_too_many_ptrs", N_("extent with too many pointers"), N_("An extent names more copies than there can be.")),
	KEY(138, "extent_ptrs_redundant_crc", N_("checksum for nothing"), N_("A checksum entry of an extent is followed by no pointer.")),
	KEY(139, "extent_ptrs_redundant_stripe", N_("stripe entry for nothing"), N_("A stripe entry of an extent is followed by no pointer.")),
	KEY(140, "extent_ptrs_unwritten", N_("unwritten pointer where there is none"), N_("A pointer is marked unwritten in a key that cannot have such.")),
	KEY(141, "extent_ptrs_written_and_unwritten", N_("written and unwritten"), N_("Some pointers of an extent are marked unwritten and some are not.")),
	FSCK(142, "ptr_to_invalid_device", N_("pointer to no device"), N_("A pointer names a device or a bucket that does not exist."),
		N_("Drop the pointer. Without another copy the data is gone; reading it then gives an error."), PTR_SKIP),
	KEY(143, "ptr_to_duplicate_device", N_("two pointers to one device"), N_("Two copies of the same data lie on one device.")),
	KEY(144, "ptr_after_last_bucket", N_("pointer past the device"), N_("A pointer leads behind the last bucket of its device.")),
	KEY(145, "ptr_before_first_bucket", N_("pointer before the data"), N_("A pointer leads before the first bucket of its device.")),
	KEY(146, "ptr_spans_multiple_buckets", N_("pointer across buckets"), N_("What a pointer leads to would reach into the next bucket.")),
	{ .nr = 148, .id = "ptr_to_missing_alloc_key", .kind = FINDING_FSCK, .autofix = true, .safe = true, .title = N_("bucket in use without alloc key"),
	  .help = N_("A pointer leads into a bucket that has no alloc key, as if it were free."),
	  .fix = N_("Make an alloc key with the pointer's generation; a cached copy is dropped."), .skip = PTR_SKIP },
	FSCK(150, "ptr_to_missing_stripe", N_("stripe does not exist"), N_("An extent says that its data is part of a stripe which does not exist."),
		N_("Take the extent out of the stripe; the data itself stays where it is."), PTR_SKIP),
	FSCK(151, "ptr_to_incorrect_stripe", N_("not in the stripe it names"), N_("An extent says that its data is part of a stripe, but the stripe lies elsewhere."),
		N_("Take the extent out of the stripe; the data itself stays where it is."), PTR_SKIP),
	FSCK(152, "ptr_gen_newer_than_bucket_gen", N_("pointer newer than its bucket"),
		N_("A pointer's generation is not one the bucket has had, or so old that it cannot be told from a new one."),
		N_("Give the pointer the bucket's generation; a cached copy is dropped."), PTR_SKIP),
	FSCK(154, "stale_dirty_ptr", N_("pointer into a bucket that was reused"),
		N_("A pointer to data is older than its bucket: by its generation the bucket was emptied and used again since."),
		N_("Give the pointer the bucket's generation; a cached copy is dropped."), PTR_SKIP),
	FSCK(155, "ptr_bucket_data_type_mismatch", N_("different kinds of data in one bucket"),
		N_("A pointer leads into a bucket that holds something else. Superblocks and the journal go before btree nodes, all of them before data."),
		N_("Drop the pointer to data: without another copy the data is gone; reading it then gives an error. A node is written anew elsewhere."), PTR_SKIP),
	KEY(156, "ptr_cached_and_erasure_coded", N_("cached and in a stripe"), N_("A pointer is marked cached and also part of a stripe.")),
	KEY(157, "ptr_crc_uncompressed_size_too_small", N_("checksum covers too little"), N_("A checksum covers less than the extent uses.")),
	KEY(158, "ptr_crc_csum_type_unknown", N_("unknown checksum type of data"), N_("An extent's data has a checksum of a type that does not exist.")),
	KEY(159, "ptr_crc_compression_type_unknown", N_("unknown compression"), N_("An extent's data is compressed in a way that does not exist.")),
	KEY(160, "ptr_crc_redundant", N_("checksum repeated"), N_("An extent repeats a checksum entry.")),
	KEY(161, "ptr_crc_uncompressed_size_too_big", N_("checksum covers too much"), N_("A checksummed piece of data is larger than can be encoded.")),
	KEY(162, "ptr_crc_nonce_mismatch", N_("checksums disagree on the nonce"), N_("The pieces of an encrypted extent name different nonces.")),
	KEY(163, "ptr_stripe_redundant", N_("stripe entry repeated"), N_("An extent repeats a stripe entry.")),
	KEY(164, "reservation_key_nr_replicas_invalid", N_("reservation of no size"), N_("A reservation names an impossible number of copies.")),
	FSCK(165, "reflink_v_refcount_wrong", N_("shared extent with a wrong count"),
		N_("A shared extent records how many files refer to it. The count is not what was counted; one that nothing refers to is deleted."),
		COUNTED_FIX,
		N_("The recorded count stays. When it is too high, shared data is never freed; when it is too low, it is freed while files still refer to it.")),
	FSCK(166, "reflink_p_to_missing_reflink_v", N_("reference to shared data that does not exist"),
		N_("A file refers to shared data, and part of what it refers to is not there."),
		N_("Shorten the reference where only its margin is affected; else reading it gives an error."), PTR_SKIP),
	KEY(167, "stripe_pos_bad", N_("stripe at no place"), N_("A stripe stands at a position that stripes do not have.")),
	KEY(168, "stripe_val_size_bad", N_("stripe of the wrong size"), N_("A stripe's parts do not fit into its length.")),
	KEY(290, "stripe_csum_granularity_bad", N_("checksums of a stripe over too much"),
		N_("A stripe says that each of its checksums is of more sectors than there can be.")),
	FSCK(169, "stripe_sector_count_wrong", N_("stripe with wrong counts of data"),
		N_("The sectors in use of a stripe's blocks, as it says itself, are not those that extents in it have."),
		COUNTED_FIX,
		N_("The recorded counts stay. When they are too low, blocks in use may be taken for empty; when too high, the stripe is kept for nothing.")),
	KEY(170, "snapshot_tree_pos_bad", N_("snapshot tree at no place"), N_("A snapshot tree stands at a position that trees do not have.")),
	KEY(175, "snapshot_pos_bad", N_("snapshot at no place"), N_("A snapshot stands at a position that snapshots do not have.")),
	KEY(176, "snapshot_parent_bad", N_("snapshot above its parent"), N_("A snapshot's parent has a smaller number than itself.")),
	KEY(177, "snapshot_children_not_normalized", N_("children of a snapshot out of order"), N_("A snapshot's children are not in order.")),
	KEY(178, "snapshot_child_duplicate", N_("child of a snapshot repeated"), N_("A snapshot names one child twice.")),
	KEY(179, "snapshot_child_bad", N_("child above its snapshot"), N_("A snapshot's child has a greater number than itself.")),
	KEY(180, "snapshot_skiplist_not_normalized", N_("ancestors of a snapshot out of order"), N_("A snapshot's list of ancestors is not in order.")),
	KEY(181, "snapshot_skiplist_bad", N_("wrong ancestor of a snapshot"), N_("A snapshot names an ancestor with a smaller number than itself.")),
	KEY(186, "subvol_pos_bad", N_("subvolume at no place"), N_("A subvolume stands at a position that subvolumes do not have.")),
	KEY(191, "inode_pos_inode_nonzero", N_("inode at no place"), N_("An inode stands at a position that inodes do not have.")),
	KEY(192, "inode_pos_blockdev_range", N_("inode with a reserved number"), N_("An inode has a number that is reserved for devices.")),
	KEY(193, "inode_unpack_error", N_("inode cannot be read"), N_("The fields of an inode run past its end.")),
	KEY(194, "inode_str_hash_invalid", N_("inode with an unknown hash"), N_("A directory's names are hashed in a way that does not exist.")),
	KEY(195, "inode_v3_fields_start_bad", N_("inode with a bad offset"), N_("An inode says its fields begin outside of it.")),
	KEY(198, "inode_unlinked_but_nlink_nonzero", N_("deleted inode with links"), N_("An inode is marked deleted and counts links.")),
	KEY(199, "inode_checksum_type_invalid", N_("inode with an unknown checksum type"), N_("An inode asks for a checksum type that does not exist.")),
	KEY(200, "inode_compression_type_invalid", N_("inode with an unknown compression"), N_("An inode asks for a compression that does not exist.")),
	KEY(201, "inode_subvol_root_but_not_dir", N_("root of a subvolume is no directory"), N_("An inode is the root of a subvolume and not a directory.")),
	KEY(219, "dirent_empty_name", N_("empty name"), N_("A directory entry has no name.")),
	KEY(220, "dirent_val_too_big", N_("directory entry too long"), N_("A directory entry is longer than its name needs.")),
	KEY(221, "dirent_name_too_long", N_("name too long"), N_("A directory entry's name is longer than names can be.")),
	KEY(222, "dirent_name_embedded_nul", N_("name with a NUL"), N_("A directory entry's name holds a zero byte.")),
	KEY(223, "dirent_name_dot_or_dotdot", N_("name is a dot"), N_("A directory entry is called \".\" or \"..\".")),
	KEY(224, "dirent_name_has_slash", N_("name with a slash"), N_("A directory entry's name holds a slash.")),
	KEY(231, "dirent_to_itself", N_("directory in itself"), N_("A directory entry leads to the directory it stands in.")),
	KEY(232, "quota_type_invalid", N_("quota of no kind"), N_("A quota is for something that has none.")),
	KEY(233, "xattr_val_size_too_small", N_("attribute too short"), N_("An extended attribute is shorter than its name and value.")),
	KEY(234, "xattr_val_size_too_big", N_("attribute too long"), N_("An extended attribute is longer than its name and value need.")),
	KEY(235, "xattr_invalid_type", N_("attribute of no kind"), N_("An extended attribute is in a name space that does not exist.")),
	KEY(236, "xattr_name_invalid_chars", N_("attribute name with a NUL"), N_("An extended attribute's name holds a zero byte.")),
	KEY(245, "reflink_p_front_pad_bad", N_("reflink pointer with a bad offset"), N_("A reflink pointer begins before the data it shares.")),
	JOURNAL(246, "journal_entry_dup_same_device", N_("journal entry twice on one device"), N_("One device holds two copies of the same journal entry.")),
	NODE(260, "btree_node_bkey_bad_u64s", N_("key of the wrong length"), N_("A key is shorter than its own form needs.")),
	{ .nr = 261, .id = "btree_node_topology_empty_interior_node", .kind = FINDING_NEED_FSCK,
	  .title = N_("interior node without a child"), .help = N_("A node above the leaves has no child. Seen outside of check_topology, which can repair it."),
	  .fix = N_("Nothing; check_topology repairs it."), .skip = N_("Nothing is changed.") },
	KEY(262, "btree_ptr_v2_min_key_bad", N_("pointer to an empty range"), N_("A pointer to a node says that the node begins at or after its end.")),
	MUST(263, "btree_root_unreadable_and_scan_found_nothing", N_("root lost, and nothing found to rebuild it"),
		N_("The root of a btree cannot be read, and no node of the btree was found on any device. All keys of this btree are gone."),
		N_("Go on with an empty btree. Whatever it held is given up for good."),
		N_("Nothing is changed, and the pass stops. Choose this while there is hope to read the device elsewhere.")),
	MUST(266, "btree_bitmap_not_marked", N_("node outside of the device's map of nodes"),
		N_("Each device keeps a coarse map of where btree nodes lie, so that a scan can find them. A node lies where the map says there is none."),
		N_("Mark the place in the map."), N_("Nothing is changed, and the pass stops.")),
	JOURNAL(267, "sb_clean_entry_overrun", N_("clean section cut off"), N_("A record of the section written at shutdown is longer than the section.")),
	KEY(268, "btree_ptr_v2_written_0", N_("pointer to a node nobody wrote"), N_("A pointer in use says that nothing of its node was written yet.")),
	KEY(269, "subvol_snapshot_bad", N_("subvolume without snapshot"), N_("A subvolume names no snapshot.")),
	KEY(270, "subvol_inode_bad", N_("subvolume without root"), N_("A subvolume names no root directory.")),
	COUNTED(271, "alloc_key_stripe_sectors_wrong", N_("bucket with a wrong count of striped data"),
		N_("The sectors of stripes in a bucket, as its alloc key says, are not those that keys point at."),
		N_("The recorded number stays. When it is too low, the bucket may be taken for empty while a stripe has data in it; when it is too high, its room is lost.")),
	COUNTED(272, "accounting_mismatch", N_("counter wrong"),
		N_("A counter of disk usage is not what was counted over all keys."),
		N_("The recorded counter stays. Free space and usage are shown wrong; a set of devices that seems to hold nothing may be taken for one that can be done without.")),
	{ .nr = 273, .id = "accounting_replicas_not_marked", .kind = FINDING_FSCK, .safe = true, .title = N_("devices in use without being listed"),
	  .help = N_("The superblock lists which sets of devices hold data together. A counter counts data on a set that is not listed."),
	  .fix = N_("Add the set of devices to the superblock."), .skip = N_("The list stays; the kernel cannot tell which devices it needs.") },
	JOURNAL(274, "invalid_btree_id", N_("key of no btree"), N_("A journal record or a root names a btree that does not exist.")),
	KEY(275, "alloc_key_io_time_bad", N_("bucket time too large"), N_("An alloc key's last use lies beyond the largest time that can be stored.")),
	KEY(277, "accounting_key_junk_at_end", N_("accounting key with garbage"), N_("An accounting key has contents where the format has none.")),
	KEY(278, "accounting_key_replicas_nr_devs_0", N_("accounting for no device"), N_("An accounting key counts data on no device.")),
	KEY(279, "accounting_key_replicas_nr_required_bad", N_("accounting for an impossible stripe"), N_("An accounting key needs more devices than it names.")),
	KEY(280, "accounting_key_replicas_devs_unsorted", N_("accounting devices out of order"), N_("An accounting key names its devices out of order.")),
	KEY(282, "accounting_key_version_0", N_("accounting without version"), N_("An accounting key has no version, so it cannot be told from a newer one.")),
	FSCK(289, "accounting_to_invalid_device", N_("counter of no device"), N_("A counter counts data on a device that does not exist."),
		N_("Bring the counter to zero."), N_("The counter stays; it is not looked at.")),

	/* Ours. */
	{ .id = "arborist_topology_fill_from_scan", .kind = FINDING_MUSTFIX, .safe = true, .title = N_("gap that scanned nodes can fill"),
	  .help = N_("No node of the btree covers a range, but nodes found by scanning the devices do: they were part of this btree and lost their pointer. "
		"The kernel puts them back without asking."),
	  .fix = N_("Put pointers to these nodes back into the parent."), .skip = N_("Nothing is changed, and the pass stops.") },
	MUST(0, "arborist_topology_stale_node", N_("node older than one found by the scan"),
		N_("The scan found a newer node of the same btree and level for this range: the pointer leads to an outdated state. The kernel drops it without asking."),
		N_("Take the outdated node out of its parent; the newer one takes the range."),
		N_("Nothing is changed, and the pass stops.")),
	MUST(0, "arborist_root_not_named", N_("root that nothing names"),
		N_("Neither the superblock nor the journal says where the root of a btree is, but by the counters of disk usage the btree has nodes, or "
		"without them nodes of it were found. A kernel takes the btree for one that never was, and frees what belonged to it."),
		N_("Give the root up, and rebuild the btree from the nodes a scan of the devices finds."),
		N_("Nothing is changed, and the pass stops.")),
	MUST(0, "arborist_root_found", N_("root that only the scan knows"),
		N_("The whole journal was lost when the machine stopped, and it alone said where the roots of the btrees are. A scan of the devices found a node "
		"of this btree that covers all of it and stands above all others: its root, or one that was its root before. What fits together "
		"less well than it should below it is found and asked about afterwards."),
		N_("Take the node for the root."),
		N_("Nothing is changed, and the pass stops.")),
	FSCK(0, "arborist_pointer_lags", N_("pointers that know of less than was written"),
		N_("A pointer says how much was written of its node. What changes in it stands in the journal at first; when the journal is lost, pointers "
		"may be older than their nodes, and the newest keys of these would not be read."),
		N_("Write what the nodes themselves show into the pointers."),
		N_("The pointers stay; the keys that were written last are not read.")),
	FSCK(0, "arborist_inode_size_behind", N_("size that does not reach to the end of the data"),
		N_("The whole journal was lost when the machine stopped. A kernel writes inodes late, so that the size of this file is older than its data; "
		"a kernel's check of the filesystem takes data behind the end of a file out."),
		N_("Let the size reach to the end of the data. The end of the last block may be zeroes that were not part of the file."),
		N_("The size stays; the data behind it cannot be read, and a kernel's check takes it out.")),
	MUST(0, "arborist_topology_rebuild_root", N_("btree to be rebuilt from scanned nodes"),
		N_("The root of a btree is of no use, but nodes of the btree were found by scanning the devices. A new root can be made that points at them. "
		"What the lost upper levels knew better (which of two nodes is valid, keys of the journal for them) is decided by age."),
		N_("Make a new root over the nodes found."),
		N_("Nothing is changed, and the pass stops.")),
	MUST(0, "arborist_topology_empty_root", N_("nothing left of a rebuilt btree"),
		N_("A btree was rebuilt from scanned nodes, and none of them turned out to be usable."),
		N_("Go on with an empty btree."), N_("Nothing is changed, and the pass stops.")),
	MUST(0, "arborist_node_reachable_twice", N_("node reachable twice"),
		N_("Two pointers lead to the same node. Each would change it behind the other's back, and the kernel hangs on it."),
		N_("Leave one of the two pointers."), N_("Nothing is changed, and the pass stops.")),
	MUST(0, "arborist_child_bad_pointer", N_("child that is no pointer to a node"),
		N_("A node above the leaves holds a key that is no usable pointer to a node."),
		N_("Take the key out; its range is filled from the device scan, or given to a neighbour."), N_("Nothing is changed, and the pass stops.")),
	{ .id = "arborist_topology_not_converging", .kind = FINDING_NEED_FSCK, .title = N_("repair does not settle"),
	  .help = N_("The children of a node were repaired again and again without coming to rest. arborist stops at a bound, so that it ends."),
	  .fix = N_("Nothing."), .skip = N_("Nothing more is changed at this node.") },
	{ .id = "arborist_topology_inconsistent", .kind = FINDING_NEED_FSCK, .title = N_("still not in order after the repair"),
	  .help = N_("After all repairs of a node its children still do not cover its range exactly once. This is a mistake of arborist's, or something left undone."),
	  .fix = N_("Nothing."), .skip = N_("Nothing is changed.") },
	{ .id = "arborist_node_repaired_on_read", .kind = FINDING_READ, .title = N_("node repaired while it was read"),
	  .help = N_("Parts of a node could not be used as they are: a bad checksum, invalid keys, keys out of order. The kernel uses what remains and writes the node anew without asking."),
	  .fix = READ_FIX, .skip = READ_SKIP },
	{ .id = "arborist_superblock_copy_damaged", .kind = FINDING_FSCK, .autofix = true, .safe = true, .title = N_("damaged superblock copy"),
	  .help = N_("One of the copies of the superblock cannot be used. Another one was; the kernel does the same. Until the bad one is "
		  "written anew there is one copy less to fall back on."),
	  .fix = N_("Write all copies from the newest good one."), .skip = N_("Nothing is changed; the good copies go on being used.") },
	{ .id = "arborist_superblock_copy_outdated", .kind = FINDING_FSCK, .autofix = true, .safe = true, .title = N_("older superblock copy"),
	  .help = N_("A copy of the superblock is older than the newest one: a write of it got lost. The newest good one is used."),
	  .fix = N_("Write all copies from the newest good one."), .skip = N_("Nothing is changed; the newest good copy goes on being used.") },
	NOTE("arborist_node_bad_copy", N_("bad copy of a node"),
		N_("A copy of a node could not be used; another one was read instead. The kernel does the same and writes the node anew later.")),
	NOTE("arborist_upgrade_expected", N_("follows from an older version"),
		N_("The filesystem was last used by a version that did not keep this, or kept it otherwise. It is no damage: the first mount by a newer version "
		"upgrades it, running the passes that write it anew.")),
	NOTE("arborist_accounting_not_compared", N_("counters of an older version"),
		N_("Before disk accounting v2 (metadata version 1.9) disk usage was kept in the journal's usage entries, not in the accounting btree. Buckets are compared, "
		"counters are not.")),

	{ .id = "arborist_gc_incomplete", .kind = FINDING_NEED_FSCK, .title = N_("not everything was counted"),
	  .help = N_("A node could not be read, or a key was left uncounted. What was counted is then too small, and correcting buckets and counters by it would "
		"destroy good numbers: nothing of the kind is done."),
	  .fix = N_("Nothing."), .skip = N_("Nothing is changed.") },
	{ .id = "arborist_accounting_wrong_size", .kind = FINDING_READ, .autofix = true, .title = N_("counter of the wrong size"),
	  .help = N_("An accounting key does not have as many counters as its kind has. A kernel of version 1.13 does not notice, and counts beyond its end."),
	  .fix = N_("Leave the key out; the node is written anew without it, and what it counted is counted anew."),
	  .skip = N_("The key stays on disk, and no counter is corrected: a change would be added to it.") },
	FSCK(0, "arborist_stripe_impossible", N_("stripe that cannot be"),
		N_("A stripe has no parity, no data, blocks without sectors, or more blocks than there can be. Nothing can be computed from it, and counting "
		"by it would lead to a superblock that cannot be used."),
		N_("Delete the stripe. Data that is part of it stays where it is; its parity is lost."), PTR_SKIP),
	FSCK(0, "arborist_stripe_pointer_conflict", N_("bucket in two stripes"),
		N_("Two stripes claim the same bucket, or two blocks of one stripe do. A kernel cannot check such a filesystem, and gives up."),
		N_("Take the bucket out of the stripe that its alloc key does not name. What that block held can be computed from the rest of its stripe."),
		PTR_SKIP),
	{ .id = "arborist_gc_gens_oldest", .kind = FINDING_FSCK, .safe = true, .title = N_("oldest generation of a bucket out of date"),
	  .help = N_("An alloc key notes the oldest generation that pointers into the bucket may have. When no pointer is that old any more, it is "
		"no error: the kernel brings it up to date when a bucket runs out of generations. When one is older, it is damage."),
	  .fix = N_("Note the oldest generation in use."), .skip = N_("Nothing is changed.") },
	{ .id = "arborist_gc_gens_stale", .kind = FINDING_FSCK, .safe = true, .title = N_("outdated cached copies"),
	  .help = N_("An extent still names cached copies in buckets that were used again more than 16 times since. They are of no use."),
	  .fix = N_("Drop the outdated copies from the extent."), .skip = N_("Nothing is changed.") },

	/* The journal. */
	NOTE("arborist_journal_newest_damaged", N_("newest journal entry damaged"),
		N_("The newest completed entry of the journal cannot be used, so that an older state is recovered. After a power cut in the middle of a write this is "
		"normal, and nothing that was promised to be stored is lost; if the entry was damaged later, the latest changes are gone.")),
	NOTE("arborist_journal_newer_lost", N_("newer journal entries out of reach"),
		N_("The journal holds entries behind a hole, newer than what recovery ends at: the latest changes existed and are not used.")),
	NOTE("arborist_journal_hidden", N_("journal entry behind a hole"), N_("An entry of the journal stands where recovery does not look.")),
	NOTE("arborist_journal_bad_copy", N_("bad copy of a journal entry"), N_("One device's copy of a journal entry is damaged; another copy is used.")),
	{ .id = "arborist_journal_seq_impossible", .kind = FINDING_READ, .title = N_("journal entry with an impossible number"),
	  .help = N_("An entry of the journal says a sequence number that no journal gets to. A kernel takes it for the newest one, misses all that would come "
		"before it, and does not get through. Where the entry before it in the ring tells which number it should have, and that one is missing, it is "
		"used as that; else it is left out."),
	  .fix = N_("Give the entry its number, or destroy it, and write anew what can be understood of the journal."), .skip = JOURNAL_SKIP },
	{ .id = "arborist_journal_bad_entry_used", .kind = FINDING_READ, .title = N_("journal entry with a bad checksum in use"),
	  .help = N_("An entry that is needed for recovery has a bad checksum. The kernel uses it nevertheless, key by key as far as they are valid."),
	  .fix = JOURNAL_FIX, .skip = JOURNAL_SKIP },
	{ .id = "arborist_journal_unreadable", .kind = FINDING_NEED_FSCK, .title = N_("part of the journal unreadable"),
	  .help = N_("A device reports read errors in its journal. Entries there are missing."),
	  .fix = N_("Nothing."), .skip = N_("Nothing is changed.") },
};
const size_t finding_rows_nr = sizeof(finding_rows) / sizeof(finding_rows[0]);

const struct finding_row *finding_row(const char *id)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		if (!strcmp(finding_rows[i].id, id))
			return &finding_rows[i];
	return NULL;
}

/* Number 0 is a kernel's number too: ours are told by their name. */
const struct finding_row *finding_row_nr(unsigned nr)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		if (finding_rows[i].nr == nr && strncmp(finding_rows[i].id, "arborist_", 9))
			return &finding_rows[i];
	return NULL;
}
