/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes a key invalid: one row per rule, the error it must give, and a valid neighbour for most of them. */
#include "../unit.h"
#include <stdlib.h>
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/fsck_err.h"
#include "arborist/format/key_type.h"
#include "../../src/format/key_error.h"

#define WORDS_MAX 32
#define S32 UINT32_MAX

/* Device 0: buckets 2..99 of 256 sectors; 1: of 100 sectors; 2 does not exist. */
static struct fs_geometry geometry(void)
{
	struct fs_geometry g = { .node_sectors = 64, .nr_members = 2 };

	g.member[0] = (struct member_geometry) { .exists = true, .bucket_size = 256, .first_bucket = 2, .nbuckets = 100 };
	g.member[1] = (struct member_geometry) { .exists = true, .bucket_size = 100, .first_bucket = 0, .nbuckets = 100 };
	return g;
}

struct check_case {
	unsigned	err;		/* 0: valid */
	unsigned	btree, level, type;
	struct bpos	p;
	uint32_t	size;
	uint64_t	v[WORDS_MAX];
	unsigned	words;
	bool		committing;
	uint64_t	ver;
};
#define VAL(...) .v = { __VA_ARGS__ }, .words = sizeof((uint64_t[]){ __VA_ARGS__ }) / 8
#define LEAF(b, t, pos, len) .btree = BTREE_##b, .type = KEY_##t, .p = pos, .size = len
#define NODE(b, t, pos) .btree = BTREE_##b, .level = 1, .type = KEY_##t, .p = pos
#define E(name) KEY_ERR_##name

/* Words of extent entries. */
#define PTR(dev, sector, gen) (1ULL | (uint64_t)(sector) << 4 | (uint64_t)(dev) << 48 | (uint64_t)(gen) << 56)
#define CACHED 2ULL
#define UNWRITTEN 8ULL
#define CRC32(c, u, off, csum, comp) \
	(2ULL | (uint64_t)((c) - 1) << 2 | (uint64_t)((u) - 1) << 9 | (uint64_t)(off) << 16 | (uint64_t)(csum) << 24 | (uint64_t)(comp) << 28)
#define CRC64(c, u, off, nonce, csum) \
	(4ULL | (uint64_t)((c) - 1) << 3 | (uint64_t)((u) - 1) << 12 | (uint64_t)(off) << 21 | (uint64_t)(nonce) << 30 | (uint64_t)(csum) << 40)
#define STRIPE_PTR(idx, block) (16ULL | (uint64_t)(block) << 5 | (uint64_t)(idx) << 17)
#define AT(sec) PTR(0, 512 + (sec), 0)
#define EXT LEAF(extents, extent, BPOS(4098, 8, 1), 8)
#define PTR_V2 NODE(extents, btree_ptr_v2, BPOS(4098, 8, 1))

static const struct check_case cases[] = {
	/* generic */
	{ 0, EXT, VAL(AT(0)) },
	{ 0, LEAF(extents, whiteout, BPOS(4098, 8, 1), 0) },
	{ 0, LEAF(extents, deleted, BPOS(4098, 8, 1), 0) },
	{ E(bkey_invalid_type_for_btree), NODE(extents, extent, BPOS(4098, 8, 1)), VAL(AT(0)) },
	{ E(bkey_invalid_type_for_btree), LEAF(inodes, dirent, BPOS(0, 5000, 1), 0), .committing = true, VAL(0x1000, 0x6108) },
	{ 0, LEAF(inodes, dirent, BPOS(0, 5000, 1), 0), VAL(0x1000, 0x6108) },		/* reading lets it pass */
	{ 0, LEAF(inodes, deleted, BPOS(0, 5000, 1), 0), .committing = true },
	{ E(bkey_extent_size_zero), LEAF(extents, extent, BPOS(4098, 8, 1), 0), VAL(AT(0)) },
	{ E(bkey_extent_size_greater_than_offset), LEAF(extents, extent, BPOS(4098, 7, 1), 8), VAL(AT(0)) },
	{ E(bkey_size_nonzero), LEAF(extents, whiteout, BPOS(4098, 8, 1), 8) },
	{ E(bkey_size_nonzero), LEAF(inodes, inode_generation, BPOS(0, 5000, 1), 1), VAL(1) },
	{ E(bkey_size_nonzero), NODE(extents, btree_ptr, BPOS(4098, 8, 1)), .size = 1, VAL(AT(0)) },
	{ E(bkey_snapshot_zero), LEAF(extents, extent, BPOS(4098, 8, 0), 8), VAL(AT(0)) },
	{ E(bkey_snapshot_nonzero), LEAF(lru, set, BPOS(1, 2, 3), 0) },
	{ 0, LEAF(deleted_inodes, set, BPOS(0, 5000, 7), 0) },
	{ 0, LEAF(deleted_inodes, set, BPOS(0, 5000, 0), 0) },
	{ E(bkey_at_pos_max), LEAF(lru, set, POS_MAX, 0) },
	{ E(bkey_val_size_too_small), LEAF(subvolumes, subvolume, BPOS(0, 1, 0), 0), VAL(1) },
	{ E(bkey_val_size_nonzero), LEAF(lru, set, BPOS(1, 2, 0), 0), VAL(1) },
	{ 0, .btree = 40, .type = KEY_set, .p = BPOS(1, 2, 3), VAL(1) },			/* a btree of newer software */
	{ 0, .btree = BTREE_lru, .type = 60, .p = BPOS(1, 2, 0), VAL(1) },		/* a type of newer software */

	/* extents */
	{ E(extent_ptrs_invalid_entry), EXT, VAL(AT(0), 64) },
	{ E(extent_ptrs_invalid_entry), EXT, VAL(AT(0), 0) },
	{ E(extent_ptrs_invalid_entry), EXT, VAL(AT(0), 8) },				/* crc128 that runs out of the value */
	{ E(extent_ptrs_no_ptrs), EXT },
	{ E(extent_ptrs_too_many_ptrs), EXT, VAL(PTR(3, 8, 0), PTR(4, 8, 0), PTR(5, 8, 0), PTR(6, 8, 0), PTR(7, 8, 0), PTR(8, 8, 0),
		PTR(9, 8, 0), PTR(10, 8, 0), PTR(11, 8, 0), PTR(12, 8, 0), PTR(13, 8, 0), PTR(14, 8, 0), PTR(15, 8, 0), PTR(16, 8, 0),
		PTR(17, 8, 0), PTR(18, 8, 0), PTR(19, 8, 0)) },
	{ 0, EXT, VAL(AT(0), PTR(1, 200, 0), PTR(2, ~0ULL >> 20, 0), PTR(255, 1, 0), PTR(255, 2, 0)) },
	{ E(ptr_to_duplicate_device), EXT, VAL(AT(0), AT(8)) },
	{ E(ptr_after_last_bucket), EXT, VAL(PTR(0, 100 * 256, 0)) },
	{ 0, EXT, VAL(PTR(0, 100 * 256 - 8, 0)) },
	{ E(ptr_before_first_bucket), EXT, VAL(PTR(0, 511 - 7, 0)) },
	{ E(ptr_spans_multiple_buckets), EXT, VAL(AT(249)) },
	{ 0, EXT, VAL(AT(248)) },
	{ E(ptr_spans_multiple_buckets), EXT, VAL(PTR(1, 193, 0)) },
	{ 0, EXT, VAL(PTR(1, 192, 0)) },
	{ 0, EXT, VAL(CRC32(4, 128, 0, 5, 4), AT(252)) },					/* what counts is the size on disk */
	{ E(ptr_spans_multiple_buckets), EXT, VAL(CRC32(5, 128, 0, 5, 4), AT(252)) },
	{ E(ptr_cached_and_erasure_coded), EXT, VAL(STRIPE_PTR(1, 0), AT(0) | CACHED) },
	{ E(ptr_crc_uncompressed_size_too_small), EXT, VAL(CRC32(4, 11, 4, 5, 4), AT(0)) },
	{ 0, EXT, VAL(CRC32(4, 12, 4, 5, 4), AT(0)) },
	{ E(ptr_crc_csum_type_unknown), EXT, VAL(CRC32(8, 8, 0, 8, 0), AT(0)) },
	{ E(ptr_crc_csum_type_unknown), EXT, VAL(CRC64(8, 8, 0, 0, 3), 0, AT(0)) },		/* encrypted, in a filesystem that is not */
	{ E(ptr_crc_compression_type_unknown), EXT, VAL(CRC32(8, 8, 0, 5, 6), AT(0)) },
	{ E(ptr_crc_redundant), EXT, VAL(CRC32(8, 8, 0, 5, 0), CRC32(8, 8, 0, 5, 0), AT(0)) },
	{ E(extent_ptrs_redundant_crc), EXT, VAL(AT(0), CRC32(8, 8, 0, 5, 0)) },
	{ E(ptr_stripe_redundant), EXT, VAL(STRIPE_PTR(1, 0), STRIPE_PTR(1, 1), AT(0)) },
	{ E(extent_ptrs_redundant_stripe), EXT, VAL(AT(0), STRIPE_PTR(1, 0)) },
	{ E(extent_ptrs_written_and_unwritten), EXT, VAL(AT(0), PTR(1, 0, 0) | UNWRITTEN) },
	{ 0, EXT, VAL(AT(0) | UNWRITTEN) },
	{ E(extent_ptrs_unwritten), LEAF(reflink, reflink_v, BPOS(0, 8, 0), 8), VAL(1, AT(0) | UNWRITTEN) },
	{ 0, LEAF(reflink, reflink_v, BPOS(0, 8, 0), 8), VAL(1, AT(0)) },
	{ E(reservation_key_nr_replicas_invalid), LEAF(extents, reservation, BPOS(4098, 8, 1), 8), VAL(0) },
	{ E(reservation_key_nr_replicas_invalid), LEAF(extents, reservation, BPOS(4098, 8, 1), 8), VAL(0x500000000) },
	{ 0, LEAF(extents, reservation, BPOS(4098, 8, 1), 8), VAL(0x400000000) },
	{ E(reflink_p_front_pad_bad), LEAF(extents, reflink_p, BPOS(4098, 8, 1), 8), VAL(4, 5) },
	{ 0, LEAF(extents, reflink_p, BPOS(4098, 8, 1), 8), VAL(5, 5) },

	/* btree pointers */
	{ 0, PTR_V2, VAL(0, 7, 8, 0, 0, AT(0)) },
	{ E(btree_ptr_has_non_ptr), PTR_V2, VAL(0, 7, 8, 0, 0, CRC32(8, 8, 0, 5, 0), AT(0)) },
	{ E(btree_ptr_v2_val_too_big), PTR_V2, VAL(0, 7, 8, 0, 0, AT(0), PTR(1, 0, 0), PTR(3, 0, 0), PTR(4, 0, 0), PTR(5, 0, 0)) },
	{ E(btree_ptr_v2_min_key_bad), PTR_V2, VAL(0, 7, 0x100000008, 8, 4098, AT(0)) },
	{ 0, PTR_V2, VAL(0, 7, 0x000000008, 8, 4098, AT(0)) },
	{ E(btree_ptr_v2_written_0), PTR_V2, .committing = true, VAL(0, 7, 0, 0, 0, AT(0)) },
	{ 0, PTR_V2, VAL(0, 7, 0, 0, 0, AT(0)) },
	{ E(extent_ptrs_no_ptrs), PTR_V2, VAL(0, 7, 8, 0, 0) },
	{ E(extent_ptrs_unwritten), PTR_V2, VAL(0, 7, 8, 0, 0, AT(0) | UNWRITTEN) },
	{ E(ptr_spans_multiple_buckets), PTR_V2, VAL(0, 7, 8, 0, 0, AT(193)) },			/* a node has 64 sectors */
	{ 0, PTR_V2, VAL(0, 7, 8, 0, 0, AT(192)) },
	{ E(btree_ptr_val_too_big), NODE(extents, btree_ptr, BPOS(1, 2, 3)), VAL(AT(0), PTR(3, 0, 0), PTR(4, 0, 0), PTR(5, 0, 0), PTR(6, 0, 0)) },
	{ E(bkey_val_size_too_small), PTR_V2, VAL(0, 7, 8) },

	/* inodes: fields start at word 6, hash type 3 */
	{ 0, LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed300300000, 0, 0, 0) },
	{ E(inode_pos_inode_nonzero), LEAF(inodes, inode_v3, BPOS(1, 4096, S32), 0), VAL(0, 0, 0x41ed300300000, 0, 0, 0) },
	{ E(inode_pos_blockdev_range), LEAF(inodes, inode_v3, BPOS(0, 4095, S32), 0), VAL(0, 0, 0x41ed300300000, 0, 0, 0) },
	{ E(inode_unpack_error), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed301300000, 0, 0, 0) },
	{ E(inode_str_hash_invalid), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed300400000, 0, 0, 0) },
	{ E(inode_v3_fields_start_bad), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed280300000, 0, 0, 0) },
	{ E(inode_v3_fields_start_bad), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed380300000, 0, 0, 0) },
	/* fields: 4 times, uid, gid, nlink, generation, dev, data_checksum, compression; 15 bytes in all */
	{ E(inode_unlinked_but_nlink_nonzero), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed307300080, 0, 0, 0, 0, 0x020000) },
	{ 0, LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed307300000, 0, 0, 0, 0, 0x020000) },
	{ E(inode_checksum_type_invalid), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed30b300000, 0, 0, 0, 0, 0x0a0000000000) },
	{ 0, LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed30b300000, 0, 0, 0, 0, 0x080000000000) },
	{ E(inode_compression_type_invalid), LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed30b300000, 0, 0, 0, 0, 0x0a000000000000) },
	{ 0, LEAF(inodes, inode_v3, BPOS(0, 4096, S32), 0), VAL(0, 0, 0x41ed30b300000, 0, 0, 0, 0, 0x08000000000000) },
	{ E(inode_str_hash_invalid), LEAF(inodes, inode, BPOS(0, 4096, S32), 0), VAL(0, 0xf00000) },
	{ E(inode_pos_inode_nonzero), LEAF(inodes, inode_generation, BPOS(2, 4096, S32), 0), VAL(1) },

	/* dirents and xattrs */
	{ 0, LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x6108) },
	{ E(dirent_empty_name), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x08) },
	{ E(dirent_empty_name), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0) },
	{ E(dirent_val_too_big), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x6108, 0, 0) },
	{ E(dirent_name_embedded_nul), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x61006108) },
	{ E(dirent_name_dot_or_dotdot), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x2e08) },
	{ E(dirent_name_dot_or_dotdot), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x2e2e08) },
	{ 0, LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x2e2e2e08) },
	{ E(dirent_name_has_slash), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1001, 0x612f08) },
	{ E(dirent_to_itself), LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1000, 0x6104) },
	{ 0, LEAF(dirents, dirent, BPOS(4096, 9, 1), 0), VAL(0x1000, 0x6110) },			/* a subvolume number */
	{ 0, LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x626f6f6600030300, 0x7261) },
	{ E(xattr_val_size_too_small), LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x626f6f66000a0300, 0x7261) },
	{ E(xattr_val_size_too_big), LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x626f6f6600030300, 0x7261, 0) },
	{ 0, LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x0061616100010300, 0) },
	{ E(xattr_invalid_type), LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x626f6f6600030305, 0x7261) },
	{ E(xattr_name_invalid_chars), LEAF(xattrs, xattr, BPOS(4098, 9, 1), 0), VAL(0x626f006600030300, 0x7261) },
	{ E(quota_type_invalid), LEAF(quotas, quota, BPOS(3, 0, 0), 0), VAL(0, 0, 0, 0) },
	{ 0, LEAF(quotas, quota, BPOS(2, 0, 0), 0), VAL(0, 0, 0, 0) },

	/* buckets */
	{ E(alloc_v1_val_size_bad), LEAF(alloc, alloc, BPOS(0, 5, 0), 0), VAL(0xff) },
	{ 0, LEAF(alloc, alloc, BPOS(0, 5, 0), 0), VAL(0x07) },
	{ E(alloc_v2_unpack_error), LEAF(alloc, alloc_v2, BPOS(0, 5, 0), 0), VAL(0xff00000003) },
	{ E(alloc_v2_unpack_error), LEAF(alloc, alloc_v3, BPOS(0, 5, 0), 0), VAL(0, 0x0000000100000000) },
	{ 0, LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000023, 0x80, 1, 1792, 0, 0, 0) },
	{ E(alloc_v4_val_size_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000027, 0x80, 1, 1792, 0, 0, 0) },
	{ E(alloc_v4_val_size_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000123, 0x80, 1, 1792, 0, 0, 0) },
	{ E(alloc_v4_backpointers_start_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000100, 0x80, 1, 1792, 0, 0, 0, 0, 0) },
	{ E(alloc_key_data_type_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000020, 0, 1, 1792, 0, 0, 0) },
	{ E(alloc_key_io_time_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0004000100000023, 0x80, 1ULL << 48, 0, 0, 0, 0) },
	{ E(alloc_key_empty_but_have_data), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0000000100000020, 0x80, 0, 0, 0, 0, 0) },
	{ 0, LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0009000100000021, 0, 0, 0, 0, 0, 0) },
	{ E(alloc_key_data_type_bad), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0003000100000020, 0, 0, 0, 0, 0, 0) },
	{ E(alloc_key_dirty_sectors_0), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0006000100000020, 0, 0, 0, 1, 0, 0) },
	{ E(alloc_key_cached_inconsistency), LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0005000100000020, 0x0000000100000001, 0, 0, 0, 0, 0) },
	{ 0, LEAF(alloc, alloc_v4, BPOS(0, 41, 0), 0), VAL(23, 0x0005000100000020, 0x0000000100000000, 0, 0, 0, 0, 0) },
	{ E(bucket_gens_val_size_bad), LEAF(bucket_gens, bucket_gens, BPOS(0, 0, 0), 0), VAL(0) },
	{ 0, LEAF(backpointers, backpointer, BPOS(0, 15745024, 0), 0), VAL(0x4000040000, 0xffffffff00000008, 0x8, 0x1008) },
	{ E(backpointer_bucket_offset_wrong), LEAF(backpointers, backpointer, BPOS(0, 15745024, 0), 0), VAL(0x4001040000, 0xffffffff00000008, 0x8, 0x1008) },
	{ E(backpointer_bucket_offset_wrong), LEAF(backpointers, backpointer, BPOS(0, 15728640 + 262144, 0), 0), VAL(0x40000040000 << 4, 0, 0x8, 0x1008) },
	{ 0, LEAF(backpointers, backpointer, BPOS(70, 1, 0), 0), VAL(0x4001040000, 0, 0x8, 0x1008) },	/* device unknown */
	{ E(lru_entry_at_time_0), LEAF(lru, lru, BPOS(1ULL << 48, 5, 0), 0), VAL(0) },
	{ E(stripe_pos_bad), LEAF(stripes, stripe, POS_MIN, 0), VAL(0x0000040103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0), 0) },
	{ E(stripe_pos_bad), LEAF(stripes, stripe, BPOS(0, 1ULL << 32, 0), 0), VAL(0x0000040103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0), 0) },
	{ E(stripe_val_size_bad), LEAF(stripes, stripe, BPOS(0, 9, 0), 0), VAL(0x0000040103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0)) },
	{ E(stripe_csum_granularity_bad), LEAF(stripes, stripe, BPOS(0, 9, 0), 0), VAL(0x0000400103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0), 0) },
	{ 0, LEAF(stripes, stripe, BPOS(0, 9, 0), 0), VAL(0x00003f0103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0), 0) },
	{ 0, LEAF(stripes, stripe, BPOS(0, 9, 0), 0), VAL(0x0000040103000100, AT(0), PTR(1, 0, 0), PTR(2, 0, 0), 0) },
	{ E(ptr_to_duplicate_device), LEAF(stripes, stripe, BPOS(0, 9, 0), 0), VAL(0x0000040103000100, AT(0), AT(0), PTR(2, 0, 0), 0) },

	/* snapshots and subvolumes */
	{ 0, LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(200ULL << 32, 60 | 50ULL << 32, 0, 300ULL << 32 | 0, 400ULL | 500ULL << 32) },
	{ E(snapshot_pos_bad), LEAF(snapshots, snapshot, BPOS(1, 100, 0), 0), VAL(0, 0, 0) },
	{ E(snapshot_pos_bad), LEAF(snapshots, snapshot, BPOS(0, 1ULL << 32, 0), 0), VAL(0, 0, 0) },
	{ E(snapshot_parent_bad), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(100ULL << 32, 0, 0) },
	{ E(snapshot_children_not_normalized), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(0, 50 | 60ULL << 32, 0) },
	{ E(snapshot_child_duplicate), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(0, 50 | 50ULL << 32, 0) },
	{ E(snapshot_child_bad), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(0, 100, 0) },
	{ E(snapshot_skiplist_not_normalized), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(0, 0, 0, 300ULL << 32, 200, 0, 0) },
	{ E(snapshot_skiplist_bad), LEAF(snapshots, snapshot, BPOS(0, 100, 0), 0), VAL(200ULL << 32, 0, 0, 150ULL << 32, 200ULL | 300ULL << 32, 0, 0) },
	{ E(snapshot_tree_pos_bad), LEAF(snapshot_trees, snapshot_tree, BPOS(0, 0, 0), 0), VAL(1) },
	{ E(subvol_pos_bad), LEAF(subvolumes, subvolume, BPOS(0, 1ULL << 31, 0), 0), VAL(1ULL << 32, 4096) },
	{ 0, LEAF(subvolumes, subvolume, BPOS(0, (1ULL << 31) - 1, 0), 0), VAL(1ULL << 32, 4096) },
	{ E(subvol_snapshot_bad), LEAF(subvolumes, subvolume, BPOS(0, 1, 0), 0), VAL(0, 4096) },
	{ E(subvol_inode_bad), LEAF(subvolumes, subvolume, BPOS(0, 1, 0), 0), VAL(1ULL << 32, 0) },

	/* accounting: what is counted stands in the position */
	{ 0, LEAF(accounting, accounting, BPOS(0, 0, 16843778), 0), .ver = 1, VAL(664) },
	{ E(accounting_key_version_0), LEAF(accounting, accounting, BPOS(0, 0, 16843778), 0), VAL(664) },
	{ E(accounting_key_junk_at_end), LEAF(accounting, accounting, BPOS(0, 1, 0), 0), .ver = 1, VAL(664) },
	{ E(accounting_key_junk_at_end), LEAF(accounting, accounting, BPOS(0, 0x100, 16843778), 0), .ver = 1, VAL(664) },
	{ 0, LEAF(accounting, accounting, BPOS(77, 5, 8), 0), .ver = 1, VAL(1, 2, 3) },		/* inum: not looked at */
	{ E(accounting_key_replicas_nr_devs_0), LEAF(accounting, accounting, BPOS(0, 0, 0x01000402), 0), .ver = 1, VAL(1) },
	{ E(accounting_key_replicas_nr_required_bad), LEAF(accounting, accounting, BPOS(0, 0x100, 0x02020402), 0), .ver = 1, VAL(1) },
	{ E(accounting_key_replicas_nr_required_bad), LEAF(accounting, accounting, BPOS(0, 0, 0x02010402), 0), .ver = 1, VAL(1) },
	{ 0, LEAF(accounting, accounting, BPOS(0, 0x100, 0x01020402), 0), .ver = 1, VAL(1) },
	{ E(accounting_key_replicas_devs_unsorted), LEAF(accounting, accounting, BPOS(0, 0x001, 0x01020402), 0), .ver = 1, VAL(1) },
	{ E(accounting_key_junk_at_end), LEAF(accounting, accounting, BPOS(0, 0, 0x01ff0402), 0), .ver = 1, VAL(1) },
	{ E(arborist_accounting_wrong_size), LEAF(accounting, accounting, BPOS(0, 0, 0), 0), .ver = 1, VAL(1, 2) },
	{ E(arborist_accounting_wrong_size), LEAF(accounting, accounting, BPOS(0, 0, 3), 0), .ver = 1, VAL(1, 2) },
	{ 0, LEAF(accounting, accounting, BPOS(0, 0, 3), 0), .ver = 1, VAL(1, 2, 3) },
	{ 0, LEAF(accounting, accounting, BPOS(9, 9, 200), 0), .ver = 1, VAL(1) },			/* a type of newer software */
};

static unsigned check(const struct check_case *t, const struct fs_geometry *geo, struct arb_buf *why)
{
	struct key_check_ctx c = { .geo = geo, .btree = t->btree, .level = t->level, .committing = t->committing };
	/* as long as the value and not longer, so that a sanitizer sees a read past it */
	uint8_t *v = malloc(8 * t->words + 1);
	struct bkey_s k = { { .p = t->p, .size = t->size, .type = t->type, .ver.lo = t->ver, .u64s = BKEY_U64s + t->words }, v };
	unsigned err;

	for (unsigned i = 0; i < t->words; i++)
		le64_put(v + 8 * i, t->v[i]);
	err = bkey_invalid(&c, k, why);
	free(v);
	return err;
}

static void every_rule(void **state)
{
	struct fs_geometry geo = geometry();
	ARB_BUF(why);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned err;

		arb_buf_reset(&why);
		err = check(&cases[i], &geo, &why);
		if (err != cases[i].err)
			print_message("row %zu (%s): got %s: %s\n", i, bkey_type_name(cases[i].type), fsck_err_name(err), arb_buf_str(&why));
		assert_int_equal(err, cases[i].err);
		assert_int_equal(check(&cases[i], &geo, NULL), err);
		assert_int_equal(err != 0, why.len != 0);	/* a reason is given, and only then */
		assert_null(strchr(arb_buf_str(&why), '\n'));
	}
}

static void rules_without_a_row(void **state)
{
	struct fs_geometry geo = geometry();
	struct key_check_ctx c = { .geo = &geo, .btree = BTREE_lru, .check_range = true, .min = BPOS(5, 0, 0), .max = BPOS(6, 0, 0) };
	struct bkey_s k = { { .p = BPOS(5, 0, 0), .type = KEY_set, .u64s = BKEY_U64s }, NULL };

	(void)state;
	assert_int_equal(bkey_invalid(&c, k, NULL), 0);
	k.k.p = BPOS(4, UINT64_MAX, 0);
	assert_int_equal(bkey_invalid(&c, k, NULL), E(bkey_before_start_of_btree_node));
	k.k.p = BPOS(6, 1, 0);
	assert_int_equal(bkey_invalid(&c, k, NULL), E(bkey_after_end_of_btree_node));
	c.check_range = false;
	assert_int_equal(bkey_invalid(&c, k, NULL), 0);
	k.k.u64s = 4;
	assert_int_equal(bkey_invalid(&c, k, NULL), E(bkey_u64s_too_small));
}

static void encrypted(void **state)
{
	struct fs_geometry geo = geometry();
	const struct check_case one = { EXT, VAL(CRC64(8, 8, 0, 5, 3), 0, AT(0)) };
	const struct check_case same = { EXT, VAL(CRC64(8, 8, 0, 5, 3), 0, AT(0), CRC64(8, 9, 1, 4, 4), 0, PTR(1, 0, 0)) };
	const struct check_case differ = { EXT, VAL(CRC64(8, 8, 0, 5, 3), 0, AT(0), CRC64(8, 8, 0, 4, 3), 0, PTR(1, 0, 0)) };

	(void)state;
	geo.encrypted = true;
	assert_int_equal(check(&one, &geo, NULL), 0);
	assert_int_equal(check(&same, &geo, NULL), 0);
	assert_int_equal(check(&differ, &geo, NULL), E(ptr_crc_nonce_mismatch));
}

static void long_name(void **state)
{
	struct fs_geometry geo = geometry();
	struct key_check_ctx c = { .geo = &geo, .btree = BTREE_dirents };
	static uint8_t v[528];
	struct bkey_s k = { { .p = BPOS(4096, 9, 1), .type = KEY_dirent, .u64s = BKEY_U64s + sizeof(v) / 8 }, v };

	(void)state;
	memset(v + 8, 'a', 1 + 513);
	assert_int_equal(bkey_invalid(&c, k, NULL), 0);
	c.committing = true;
	assert_int_equal(bkey_invalid(&c, k, NULL), E(dirent_name_too_long));
	v[9 + 512] = 0;
	assert_int_equal(bkey_invalid(&c, k, NULL), 0);
}

static void names_of_errors(void **state)
{
	static const struct { unsigned nr; const char *name; } all[] = {
#define x(nr, name) { nr, #name },
		KEY_ERRORS(x)
#undef x
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_string_equal(fsck_err_name(all[i].nr), all[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule),
		cmocka_unit_test(rules_without_a_row),
		cmocka_unit_test(encrypted),
		cmocka_unit_test(long_name),
		cmocka_unit_test(names_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
