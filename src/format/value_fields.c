/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands where in the values of keys: tables only (format-btree.md 4, format-keys.md 3). What is of variable length, as
 * the varints of an inode and the entries of an extent, comes after what a table describes; a table may go beyond the least
 * size of its structure, as old keys may be shorter.
 */
#include "arborist/format/key_type.h"
#include "field_row.h"

/* ---- values of keys */

static const struct fmt_field alloc_v4_fields[] = {
	U("journal_seq", 0, 8), B("NEED_DISCARD", 8, 4, 0, 1), B("NEED_INC_GEN", 8, 4, 1, 2), B("BACKPOINTERS_START", 8, 4, 2, 8),
	B("NR_BACKPOINTERS", 8, 4, 8, 14), U("gen", 12, 1), U("oldest_gen", 13, 1), U("data_type", 14, 1),
	U("stripe_redundancy", 15, 1), U("dirty_sectors", 16, 4), U("cached_sectors", 20, 4), U("io_time[read]", 24, 8),
	U("io_time[write]", 32, 8), U("stripe", 40, 4), U("nr_external_backpointers", 44, 4), U("fragmentation", 48, 8),
	U("stripe_sectors", 56, 4),
};
static FMT_STRUCT(alloc_v4, "alloc_v4", 48);
static const struct fmt_field btree_ptr_v2_fields[] = {
	U("mem_ptr", 0, 8), U("seq", 8, 8), U("sectors_written", 16, 2), B("RANGE_UPDATED", 18, 2, 0, 1), POS("min_key", 20),
};
static FMT_STRUCT(btree_ptr_v2, "btree_ptr_v2", 40);
static const struct fmt_field reservation_fields[] = { U("generation", 0, 4), U("nr_replicas", 4, 1) };
static FMT_STRUCT(reservation, "reservation", 8);
static const struct fmt_field reflink_p_fields[] = { U("idx", 0, 8), U("front_pad", 8, 4), U("back_pad", 12, 4) };
static FMT_STRUCT(reflink_p, "reflink_p", 16);
static const struct fmt_field refcount_fields[] = { U("refcount", 0, 8) };
static FMT_STRUCT(refcount, "reflink_v", 8);
static const struct fmt_field inode_v2_fields[] = {
	U("journal_seq", 0, 8), U("hash_seed", 8, 8), B("flags", 16, 8, 0, 20), B("STR_HASH", 16, 8, 20, 24),
	B("NR_FIELDS", 16, 8, 24, 31), U("mode", 24, 2),
};
static FMT_STRUCT(inode_v2, "inode_v2", 32);
static const struct fmt_field inode_v3_fields[] = {
	U("journal_seq", 0, 8), U("hash_seed", 8, 8), B("flags", 16, 8, 0, 20), B("STR_HASH", 16, 8, 20, 24),
	B("NR_FIELDS", 16, 8, 24, 31), B("FIELDS_START", 16, 8, 31, 36), B("MODE", 16, 8, 36, 52), U("sectors", 24, 8),
	U("size", 32, 8), U("version", 40, 8),
};
static FMT_STRUCT(inode_v3, "inode_v3", 48);
static const struct fmt_field inode_generation_fields[] = { U("generation", 0, 4) };
static FMT_STRUCT(inode_generation, "inode_generation", 8);
static const struct fmt_field dirent_fields[] = { U("inum", 0, 8), U("type", 8, 1) };
static FMT_STRUCT(dirent, "dirent", 9);
static const struct fmt_field xattr_fields[] = { U("type", 0, 1), U("name_len", 1, 1), U("val_len", 2, 2) };
static FMT_STRUCT(xattr, "xattr", 4);
static const struct fmt_field backpointer_fields[] = {
	U("btree_id", 0, 1), U("level", 1, 1), U("data_type", 2, 1), U("bucket_offset", 3, 5), U("bucket_len", 8, 4), POS("pos", 12),
};
static FMT_STRUCT(backpointer, "backpointer", 32);
static const struct fmt_field quota_fields[] = {
	U("space.hardlimit", 0, 8), U("space.softlimit", 8, 8), U("inodes.hardlimit", 16, 8), U("inodes.softlimit", 24, 8),
};
static FMT_STRUCT(quota, "quota", 32);
static const struct fmt_field stripe_fields[] = {
	U("sectors", 0, 2), U("algorithm", 2, 1), U("nr_blocks", 3, 1), U("nr_redundant", 4, 1), U("csum_granularity_bits", 5, 1),
	U("csum_type", 6, 1), U("disk_label", 7, 1),
};
static FMT_STRUCT(stripe, "stripe", 8);
static const struct fmt_field subvolume_fields[] = {
	B("RO", 0, 4, 0, 1), B("SNAP", 0, 4, 1, 2), B("UNLINKED", 0, 4, 2, 3), U("snapshot", 4, 4), U("inode", 8, 8),
	U("creation_parent", 16, 4), U("fs_path_parent", 20, 4), U("otime.lo", 24, 8), U("otime.hi", 32, 8),
};
static FMT_STRUCT(subvolume, "subvolume", 16);
static const struct fmt_field snapshot_fields[] = {
	B("DELETED", 0, 4, 0, 1), B("SUBVOL", 0, 4, 1, 2), U("parent", 4, 4), U("children[0]", 8, 4), U("children[1]", 12, 4),
	U("subvol", 16, 4), U("tree", 20, 4), U("depth", 24, 4), U("skip[0]", 28, 4), U("skip[1]", 32, 4), U("skip[2]", 36, 4),
	U("btime.lo", 40, 8), U("btime.hi", 48, 8),
};
static FMT_STRUCT(snapshot, "snapshot", 24);
static const struct fmt_field snapshot_tree_fields[] = { U("master_subvol", 0, 4), U("root_snapshot", 4, 4) };
static FMT_STRUCT(snapshot_tree, "snapshot_tree", 8);
static const struct fmt_field op_truncate_fields[] = { U("subvol", 0, 4), U("inum", 8, 8), U("new_i_size", 16, 8) };
static FMT_STRUCT(op_truncate, "logged_op_truncate", 24);
static const struct fmt_field op_finsert_fields[] = {
	U("state", 0, 1), U("subvol", 4, 4), U("inum", 8, 8), U("dst_offset", 16, 8), U("src_offset", 24, 8), U("pos", 32, 8),
};
static FMT_STRUCT(op_finsert, "logged_op_finsert", 24);
static const struct fmt_field counters_fields[] = { U("counter[0]", 0, 8), U("counter[1]", 8, 8), U("counter[2]", 16, 8) };
static FMT_STRUCT(counters, "accounting", 8);
static const struct fmt_field cookie_fields[] = { U("cookie", 0, 8) };
static FMT_STRUCT(cookie, "cookie", 8);

static const struct fmt_struct *const values[KEY_TYPE_NR] = {
	[KEY_alloc_v4] = &alloc_v4, [KEY_btree_ptr_v2] = &btree_ptr_v2, [KEY_reservation] = &reservation,
	[KEY_reflink_p] = &reflink_p, [KEY_reflink_v] = &refcount, [KEY_indirect_inline_data] = &refcount,
	[KEY_inode_v2] = &inode_v2, [KEY_inode_v3] = &inode_v3, [KEY_inode_generation] = &inode_generation,
	[KEY_dirent] = &dirent, [KEY_xattr] = &xattr, [KEY_backpointer] = &backpointer, [KEY_quota] = &quota,
	[KEY_stripe] = &stripe, [KEY_subvolume] = &subvolume, [KEY_snapshot] = &snapshot,
	[KEY_snapshot_tree] = &snapshot_tree, [KEY_logged_op_truncate] = &op_truncate,
	[KEY_logged_op_finsert] = &op_finsert, [KEY_accounting] = &counters, [KEY_cookie] = &cookie,
};

const struct fmt_struct *fmt_value(unsigned key_type)
{
	return key_type < KEY_TYPE_NR ? values[key_type] : NULL;
}

/* ---- entries of extents */

static const struct fmt_field ptr_fields[] = {
	B("type", 0, 8, 0, 1), B("cached", 0, 8, 1, 2), B("unused", 0, 8, 2, 3), B("unwritten", 0, 8, 3, 4), B("offset", 0, 8, 4, 48),
	B("dev", 0, 8, 48, 56), B("gen", 0, 8, 56, 64),
};
static FMT_STRUCT(ptr, "ptr", 8);
static const struct fmt_field crc32_fields[] = {
	B("type", 0, 8, 0, 2), B("compressed_size", 0, 8, 2, 9), B("uncompressed_size", 0, 8, 9, 16), B("offset", 0, 8, 16, 23),
	B("csum_type", 0, 8, 24, 28), B("compression_type", 0, 8, 28, 32), B("csum", 0, 8, 32, 64),
};
static FMT_STRUCT(crc32, "crc32", 8);
static const struct fmt_field crc64_fields[] = {
	B("type", 0, 8, 0, 3), B("compressed_size", 0, 8, 3, 12), B("uncompressed_size", 0, 8, 12, 21), B("offset", 0, 8, 21, 30),
	B("nonce", 0, 8, 30, 40), B("csum_type", 0, 8, 40, 44), B("compression_type", 0, 8, 44, 48), B("csum_hi", 0, 8, 48, 64),
	U("csum_lo", 8, 8),
};
static FMT_STRUCT(crc64, "crc64", 16);
static const struct fmt_field crc128_fields[] = {
	B("type", 0, 8, 0, 4), B("compressed_size", 0, 8, 4, 17), B("uncompressed_size", 0, 8, 17, 30), B("offset", 0, 8, 30, 43),
	B("nonce", 0, 8, 43, 56), B("csum_type", 0, 8, 56, 60), B("compression_type", 0, 8, 60, 64), U("csum.lo", 8, 8),
	U("csum.hi", 16, 8),
};
static FMT_STRUCT(crc128, "crc128", 24);
static const struct fmt_field stripe_ptr_fields[] = {
	B("type", 0, 8, 0, 5), B("block", 0, 8, 5, 13), B("redundancy", 0, 8, 13, 17), B("idx", 0, 8, 17, 64),
};
static FMT_STRUCT(stripe_ptr, "stripe_ptr", 8);
static const struct fmt_field rebalance_fields[] = {
	B("type", 0, 8, 0, 6), B("compression", 0, 8, 40, 48), B("target", 0, 8, 48, 64),
};
static FMT_STRUCT(rebalance, "rebalance", 8);

static const struct fmt_struct *const entries[] = { &ptr, &crc32, &crc64, &crc128, &stripe_ptr, &rebalance };

const struct fmt_struct *fmt_extent_entry(uint64_t first_word)
{
	unsigned type = first_word ? (unsigned)__builtin_ctzll(first_word) : UINT8_MAX;

	return type < sizeof(entries) / sizeof(entries[0]) ? entries[type] : NULL;
}
