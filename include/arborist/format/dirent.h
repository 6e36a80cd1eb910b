/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in directories, extended attributes, and where their keys stand (format-keys.md 3.7, 3.8). */
#ifndef ARBORIST_FORMAT_DIRENT_H
#define ARBORIST_FORMAT_DIRENT_H

#include "arborist/format/bkey.h"
#include "arborist/format/enums.h"

#define DIRENT_NAME_MAX 512

struct dirent_key {
	uint8_t		type;			/* enum dirent_type */
	uint64_t	inode;			/* target; 0 for DT_subvol */
	uint32_t	child_subvol, parent_subvol;	/* for DT_subvol */
	const uint8_t	*name;			/* into the value, not terminated */
	size_t		name_len;
};
bool dirent_get(struct bkey_s k, struct dirent_key *ret);
/* False when the name is empty or too long. */
bool dirent_put(struct bkey_buf *out, struct bpos p, const struct dirent_key *d);

enum xattr_type { XATTR_user, XATTR_acl_access, XATTR_acl_default, XATTR_trusted, XATTR_security, XATTR_TYPE_NR };
struct xattr_key {
	uint8_t		type;
	const uint8_t	*name, *val;		/* into the value */
	size_t		name_len, val_len;	/* cut to the bytes at hand */
};
bool xattr_get(struct bkey_s k, struct xattr_key *ret);
bool xattr_put(struct bkey_buf *out, struct bpos p, const struct xattr_key *x);

/*
 * Offset a name hashes to with siphash, the only hash type new filesystems use; when the slot is taken the key stands at one of
 * the next offsets. @seed: hash_seed of the directory's or file's inode.
 */
uint64_t dirent_hash(uint64_t seed, const void *name, size_t n);
uint64_t xattr_hash(uint64_t seed, unsigned type, const void *name, size_t n);

#endif
