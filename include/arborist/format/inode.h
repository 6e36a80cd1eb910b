/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inodes of every version, decoded (format-keys.md 3.6). Times are in the filesystem's time units. */
#ifndef ARBORIST_FORMAT_INODE_H
#define ARBORIST_FORMAT_INODE_H

#include "arborist/format/bkey.h"

#define BLOCKDEV_INODE_MAX	4096	/* smaller numbers are not inodes of the filesystem */
#define ROOT_INODE		4096

enum inode_flag {
	INODE_sync		= 1 << 0,
	INODE_immutable		= 1 << 1,
	INODE_append		= 1 << 2,
	INODE_nodump		= 1 << 3,
	INODE_noatime		= 1 << 4,
	INODE_i_size_dirty	= 1 << 5,
	INODE_i_sectors_dirty	= 1 << 6,
	INODE_unlinked		= 1 << 7,
	INODE_backptr_untrusted	= 1 << 8,
	INODE_has_child_snapshot = 1 << 9,
};

/* The fields of varying length, in the order of the newest version; option fields are stored plus one, 0: not set. */
enum inode_field {
	INODE_FIELD_atime, INODE_FIELD_ctime, INODE_FIELD_mtime, INODE_FIELD_otime, INODE_FIELD_uid, INODE_FIELD_gid,
	INODE_FIELD_nlink, INODE_FIELD_generation, INODE_FIELD_dev, INODE_FIELD_data_checksum,
	INODE_FIELD_compression, INODE_FIELD_project, INODE_FIELD_background_compression,
	INODE_FIELD_data_replicas, INODE_FIELD_promote_target, INODE_FIELD_foreground_target,
	INODE_FIELD_background_target, INODE_FIELD_erasure_code, INODE_FIELD_fields_set, INODE_FIELD_dir,
	INODE_FIELD_dir_offset, INODE_FIELD_subvol, INODE_FIELD_parent_subvol, INODE_FIELD_nocow,
	INODE_FIELD_NR,
};

struct inode {
	uint64_t	journal_seq;
	uint64_t	hash_seed;
	uint64_t	flags;		/* as stored: enum inode_flag, and in the bits above what describes the packing */
	uint64_t	sectors, size, version;
	uint16_t	mode;
	uint64_t	field[INODE_FIELD_NR];
};

/* False when @k is not an inode, or cannot be decoded. */
bool inode_get(struct bkey_s k, struct inode *ret);
/*
 * Makes an inode_v3 key at @p. Of .flags only the bits below 20 and the string hash type (20..23) are taken, the
 * rest follows from the other members.
 */
void inode_put(struct bkey_buf *out, struct bpos p, const struct inode *in);

static inline unsigned inode_str_hash_type(const struct inode *in) { return in->flags >> 20 & 15; }
static inline bool inode_is_dir(const struct inode *in) { return (in->mode & 0170000) == 0040000; }
/* Links as a user counts them. */
static inline uint64_t inode_nlink(const struct inode *in)
{
	return in->flags & INODE_unlinked ? 0 : in->field[INODE_FIELD_nlink] + (inode_is_dir(in) ? 2 : 1);
}
const char *inode_field_name(unsigned field);	/* "bi_atime"; NULL when unknown */

#endif
