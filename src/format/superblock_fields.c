/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where in a superblock and in the fixed parts of its sections: tables only. */
#include "arborist/format/fields.h"

#define U(n, off, size)		{ .name = n, .offset = off, .bytes = size }
#define B(n, off, lo, hi)	{ .name = n, .offset = off, .bytes = 8, .bit = lo, .bits = (hi) - (lo) }
#define X(n, off, size, k)	{ .name = n, .offset = off, .bytes = size, .kind = k }
#define FLAG(n, word, lo, hi)	B(n, 144 + 8 * (word), lo, hi)

static const struct fmt_field fmt_sb_layout_fields[] = {
	X("magic", 0, 16, FMT_UUID), U("layout_type", 16, 1), U("sb_max_size_bits", 17, 1), U("nr_superblocks", 18, 1),
	U("sb_offset[0]", 24, 8), U("sb_offset[1]", 32, 8), U("sb_offset[2]", 40, 8), U("sb_offset[3]", 48, 8),
};
FMT_STRUCT(fmt_sb_layout, "layout", 512);

static const struct fmt_field fmt_sb_fields[] = {
	X("csum", 0, 16, FMT_CSUM), U("version", 16, 2), U("version_min", 18, 2), X("magic", 24, 16, FMT_UUID),
	X("uuid", 40, 16, FMT_UUID), X("user_uuid", 56, 16, FMT_UUID), X("label", 72, 32, FMT_TEXT),
	U("offset", 104, 8), U("seq", 112, 8), U("block_size", 120, 2), U("dev_idx", 122, 1), U("nr_devices", 123, 1),
	U("u64s", 124, 4), U("time_base_lo", 128, 8), U("time_base_hi", 136, 4), U("time_precision", 140, 4),
	FLAG("INITIALIZED", 0, 0, 1), FLAG("CLEAN", 0, 1, 2), FLAG("CSUM_TYPE", 0, 2, 8), FLAG("ERROR_ACTION", 0, 8, 12),
	FLAG("BTREE_NODE_SIZE", 0, 12, 28), FLAG("GC_RESERVE", 0, 28, 33), FLAG("ROOT_RESERVE", 0, 33, 40),
	FLAG("META_CSUM_TYPE", 0, 40, 44), FLAG("DATA_CSUM_TYPE", 0, 44, 48), FLAG("META_REPLICAS_WANT", 0, 48, 52),
	FLAG("DATA_REPLICAS_WANT", 0, 52, 56), FLAG("POSIX_ACL", 0, 56, 57), FLAG("USRQUOTA", 0, 57, 58),
	FLAG("GRPQUOTA", 0, 58, 59), FLAG("PRJQUOTA", 0, 59, 60), FLAG("HAS_ERRORS", 0, 60, 61),
	FLAG("HAS_TOPOLOGY_ERRORS", 0, 61, 62), FLAG("BIG_ENDIAN", 0, 62, 63), FLAG("PROMOTE_WHOLE_EXTENTS", 0, 63, 64),
	FLAG("STR_HASH_TYPE", 1, 0, 4), FLAG("COMPRESSION_TYPE_LO", 1, 4, 8), FLAG("INODE_32BIT", 1, 8, 9),
	FLAG("128_BIT_MACS", 1, 9, 10), FLAG("ENCRYPTION_TYPE", 1, 10, 14), FLAG("ENCODED_EXTENT_MAX_BITS", 1, 14, 20),
	FLAG("META_REPLICAS_REQ", 1, 20, 24), FLAG("DATA_REPLICAS_REQ", 1, 24, 28), FLAG("PROMOTE_TARGET", 1, 28, 40),
	FLAG("FOREGROUND_TARGET", 1, 40, 52), FLAG("BACKGROUND_TARGET", 1, 52, 64),
	FLAG("BACKGROUND_COMPRESSION_TYPE_LO", 2, 0, 4), FLAG("GC_RESERVE_BYTES", 2, 4, 64),
	FLAG("ERASURE_CODE", 3, 0, 16), FLAG("METADATA_TARGET", 3, 16, 28), FLAG("SHARD_INUMS", 3, 28, 29),
	FLAG("INODES_USE_KEY_CACHE", 3, 29, 30), FLAG("JOURNAL_FLUSH_DELAY", 3, 30, 62),
	FLAG("JOURNAL_FLUSH_DISABLED", 3, 62, 63),
	FLAG("JOURNAL_RECLAIM_DELAY", 4, 0, 32), FLAG("JOURNAL_TRANSACTION_NAMES", 4, 32, 33), FLAG("NOCOW", 4, 33, 34),
	FLAG("WRITE_BUFFER_SIZE", 4, 34, 54), FLAG("VERSION_UPGRADE", 4, 54, 56), FLAG("COMPRESSION_TYPE_HI", 4, 56, 60),
	FLAG("BACKGROUND_COMPRESSION_TYPE_HI", 4, 60, 64),
	FLAG("VERSION_UPGRADE_COMPLETE", 5, 0, 16), FLAG("ALLOCATOR_STUCK_TIMEOUT", 5, 16, 32),
	U("write_time", 200, 8), U("features[0]", 208, 8), U("features[1]", 216, 8), U("compat[0]", 224, 8),
	U("compat[1]", 232, 8), X("layout", 240, 512, FMT_BYTES),
};
FMT_STRUCT(fmt_sb, "superblock", 752);

static const struct fmt_field fmt_sb_section_fields[] = { U("u64s", 0, 4), U("type", 4, 4) };
FMT_STRUCT(fmt_sb_section, "section", 8);

static const struct fmt_field fmt_member_fields[] = {
	X("uuid", 0, 16, FMT_UUID), U("nbuckets", 16, 8), U("first_bucket", 24, 2), U("bucket_size", 26, 2),
	U("btree_bitmap_shift", 28, 1), U("last_mount", 32, 8),
	B("STATE", 40, 0, 4), B("DISCARD", 40, 14, 15), B("DATA_ALLOWED", 40, 15, 20), B("GROUP", 40, 20, 28),
	B("DURABILITY", 40, 28, 30), B("FREESPACE_INITIALIZED", 40, 30, 31),
	U("iops[seqread]", 48, 4), U("iops[seqwrite]", 52, 4), U("iops[randread]", 56, 4), U("iops[randwrite]", 60, 4),
	U("errors[read]", 64, 8), U("errors[write]", 72, 8), U("errors[checksum]", 80, 8),
	U("errors_at_reset[read]", 88, 8), U("errors_at_reset[write]", 96, 8), U("errors_at_reset[checksum]", 104, 8),
	U("errors_reset_time", 112, 8), U("seq", 120, 8), U("btree_allocated_bitmap", 128, 8),
	U("last_journal_bucket", 136, 4), U("last_journal_bucket_offset", 140, 4),
};
FMT_STRUCT(fmt_member, "member", 144);

static const struct fmt_field fmt_sb_crypt_fields[] = {
	B("KDF_TYPE", 8, 0, 4), B("SCRYPT_N", 16, 0, 16), B("SCRYPT_R", 16, 16, 32), B("SCRYPT_P", 16, 32, 48),
	U("key.magic", 24, 8), X("key", 32, 32, FMT_BYTES),
};
FMT_STRUCT(fmt_sb_crypt, "crypt", 64);

static const struct fmt_field fmt_sb_clean_fields[] = { U("flags", 8, 4), U("journal_seq", 16, 8) };
FMT_STRUCT(fmt_sb_clean, "clean", 24);

static const struct fmt_field fmt_sb_ext_fields[] = {
	U("recovery_passes_required[0]", 8, 8), U("recovery_passes_required[1]", 16, 8),
	U("errors_silent[0]", 24, 8), U("errors_silent[1]", 32, 8), U("errors_silent[2]", 40, 8), U("errors_silent[3]", 48, 8),
	U("errors_silent[4]", 56, 8), U("errors_silent[5]", 64, 8), U("errors_silent[6]", 72, 8), U("errors_silent[7]", 80, 8),
	U("btrees_lost_data", 88, 8),
};
FMT_STRUCT(fmt_sb_ext, "ext", 96);

static const struct fmt_field fmt_sb_group_fields[] = {
	X("label", 0, 32, FMT_TEXT), B("DELETED", 32, 0, 1), B("DATA_ALLOWED", 32, 1, 6), B("PARENT", 32, 6, 24),
};
FMT_STRUCT(fmt_sb_group, "disk group", 48);

static const struct fmt_field fmt_sb_blacklist_fields[] = { U("start", 0, 8), U("end", 8, 8) };
FMT_STRUCT(fmt_sb_blacklist, "blacklist entry", 16);

static const struct fmt_field fmt_sb_error_fields[] = {
	B("ID", 0, 0, 16), B("NR", 0, 16, 64), U("last_error_time", 8, 8),
};
FMT_STRUCT(fmt_sb_error, "error entry", 16);

static const struct fmt_field fmt_sb_downgrade_fields[] = {
	U("version", 0, 2), U("recovery_passes[0]", 2, 8), U("recovery_passes[1]", 10, 8), U("nr_errors", 18, 2),
};
FMT_STRUCT(fmt_sb_downgrade, "downgrade entry", 20);

static const struct fmt_field fmt_sb_quota_fields[] = {
	U("flags", 0, 8), U("space.timelimit", 8, 4), U("space.warnlimit", 12, 4),
	U("inodes.timelimit", 16, 4), U("inodes.warnlimit", 20, 4),
};
FMT_STRUCT(fmt_sb_quota, "quota type", 24);

static const struct fmt_field fmt_sb_journal_v2_fields[] = { U("start", 0, 8), U("nr", 8, 8) };
FMT_STRUCT(fmt_sb_journal_v2, "journal range", 16);
