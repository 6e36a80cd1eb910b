/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fsck errors a key can be rejected with: stable number and name, one row each (format-keys.md 2.3 and 3).
 * A test holds the names against the table of all errors.
 */
#ifndef FORMAT_KEY_ERROR_H
#define FORMAT_KEY_ERROR_H

#define KEY_ERRORS(x) \
	x(81,	bkey_u64s_too_small) \
	x(82,	bkey_invalid_type_for_btree) \
	x(83,	bkey_extent_size_zero) \
	x(84,	bkey_extent_size_greater_than_offset) \
	x(85,	bkey_size_nonzero) \
	x(86,	bkey_snapshot_nonzero) \
	x(87,	bkey_snapshot_zero) \
	x(88,	bkey_at_pos_max) \
	x(89,	bkey_before_start_of_btree_node) \
	x(90,	bkey_after_end_of_btree_node) \
	x(91,	bkey_val_size_nonzero) \
	x(92,	bkey_val_size_too_small) \
	x(93,	alloc_v1_val_size_bad) \
	x(94,	alloc_v2_unpack_error) \
	x(96,	alloc_v4_val_size_bad) \
	x(97,	alloc_v4_backpointers_start_bad) \
	x(98,	alloc_key_data_type_bad) \
	x(99,	alloc_key_empty_but_have_data) \
	x(100,	alloc_key_dirty_sectors_0) \
	x(103,	alloc_key_cached_inconsistency) \
	x(117,	bucket_gens_val_size_bad) \
	x(125,	backpointer_bucket_offset_wrong) \
	x(129,	lru_entry_at_time_0) \
	x(132,	btree_ptr_val_too_big) \
	x(133,	btree_ptr_v2_val_too_big) \
	x(134,	btree_ptr_has_non_ptr) \
	x(135,	extent_ptrs_invalid_entry) \
	x(136,	extent_ptrs_no_ptrs) \
	x(137,	extent_ptrs_too_many_ptrs) \
	x(138,	extent_ptrs_redundant_crc) \
	x(139,	extent_ptrs_redundant_stripe) \
	x(140,	extent_ptrs_unwritten) \
	x(141,	extent_ptrs_written_and_unwritten) \
	x(143,	ptr_to_duplicate_device) \
	x(144,	ptr_after_last_bucket) \
	x(145,	ptr_before_first_bucket) \
	x(146,	ptr_spans_multiple_buckets) \
	x(156,	ptr_cached_and_erasure_coded) \
	x(157,	ptr_crc_uncompressed_size_too_small) \
	x(158,	ptr_crc_csum_type_unknown) \
	x(159,	ptr_crc_compression_type_unknown) \
	x(160,	ptr_crc_redundant) \
	x(162,	ptr_crc_nonce_mismatch) \
	x(163,	ptr_stripe_redundant) \
	x(164,	reservation_key_nr_replicas_invalid) \
	x(167,	stripe_pos_bad) \
	x(168,	stripe_val_size_bad) \
	x(170,	snapshot_tree_pos_bad) \
	x(175,	snapshot_pos_bad) \
	x(176,	snapshot_parent_bad) \
	x(177,	snapshot_children_not_normalized) \
	x(178,	snapshot_child_duplicate) \
	x(179,	snapshot_child_bad) \
	x(180,	snapshot_skiplist_not_normalized) \
	x(181,	snapshot_skiplist_bad) \
	x(186,	subvol_pos_bad) \
	x(191,	inode_pos_inode_nonzero) \
	x(192,	inode_pos_blockdev_range) \
	x(193,	inode_unpack_error) \
	x(194,	inode_str_hash_invalid) \
	x(195,	inode_v3_fields_start_bad) \
	x(198,	inode_unlinked_but_nlink_nonzero) \
	x(199,	inode_checksum_type_invalid) \
	x(200,	inode_compression_type_invalid) \
	x(201,	inode_subvol_root_but_not_dir) \
	x(219,	dirent_empty_name) \
	x(220,	dirent_val_too_big) \
	x(221,	dirent_name_too_long) \
	x(222,	dirent_name_embedded_nul) \
	x(223,	dirent_name_dot_or_dotdot) \
	x(224,	dirent_name_has_slash) \
	x(231,	dirent_to_itself) \
	x(232,	quota_type_invalid) \
	x(233,	xattr_val_size_too_small) \
	x(234,	xattr_val_size_too_big) \
	x(235,	xattr_invalid_type) \
	x(236,	xattr_name_invalid_chars) \
	x(245,	reflink_p_front_pad_bad) \
	x(262,	btree_ptr_v2_min_key_bad) \
	x(268,	btree_ptr_v2_written_0) \
	x(269,	subvol_snapshot_bad) \
	x(270,	subvol_inode_bad) \
	x(275,	alloc_key_io_time_bad) \
	x(277,	accounting_key_junk_at_end) \
	x(278,	accounting_key_replicas_nr_devs_0) \
	x(279,	accounting_key_replicas_nr_required_bad) \
	x(280,	accounting_key_replicas_devs_unsorted) \
	x(282,	accounting_key_version_0) \
	x(290,	stripe_csum_granularity_bad)

enum key_error {
#define x(nr, name) KEY_ERR_##name = (nr),
	KEY_ERRORS(x)
#undef x
	KEY_ERR_OWN = 0x8000,	/* from here on: what a 1.13 kernel does not notice */
	KEY_ERR_arborist_accounting_wrong_size = KEY_ERR_OWN,
};

#endif
