/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Positions in a btree. Order: inode, offset, snapshot, unsigned (format-btree.md 1.1).
 * bpos_* compare in full; bkey_pos_* leave the snapshot out.
 */
#ifndef ARBORIST_FORMAT_BPOS_H
#define ARBORIST_FORMAT_BPOS_H

#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/buf.h"

struct bpos {
	uint64_t inode;
	uint64_t offset;
	uint32_t snapshot;
};

#define BPOS_BYTES 20	/* on disk: le32 snapshot, le64 offset, le64 inode */
#define BPOS(i, o, s) ((struct bpos){ .inode = (i), .offset = (o), .snapshot = (s) })
#define POS_MIN BPOS(0, 0, 0)
#define POS_MAX BPOS(UINT64_MAX, UINT64_MAX, 0)
#define SPOS_MAX BPOS(UINT64_MAX, UINT64_MAX, UINT32_MAX)

static inline int bpos_cmp(struct bpos a, struct bpos b)
{
	if (a.inode != b.inode)
		return a.inode < b.inode ? -1 : 1;
	if (a.offset != b.offset)
		return a.offset < b.offset ? -1 : 1;
	return a.snapshot < b.snapshot ? -1 : a.snapshot > b.snapshot;
}
static inline bool bpos_eq(struct bpos a, struct bpos b) { return !bpos_cmp(a, b); }
static inline bool bpos_lt(struct bpos a, struct bpos b) { return bpos_cmp(a, b) < 0; }
static inline bool bpos_le(struct bpos a, struct bpos b) { return bpos_cmp(a, b) <= 0; }
static inline struct bpos bpos_min(struct bpos a, struct bpos b) { return bpos_lt(a, b) ? a : b; }
static inline struct bpos bpos_max(struct bpos a, struct bpos b) { return bpos_lt(a, b) ? b : a; }

/* Next and previous position; false at SPOS_MAX resp. POS_MIN (*ret is then unchanged). */
bool bpos_successor(struct bpos p, struct bpos *ret);
bool bpos_predecessor(struct bpos p, struct bpos *ret);

struct bpos bpos_get(const void *disk);			/* 20 bytes */
void bpos_put(void *disk, struct bpos p);

/* "POS_MIN", "4098:8:U32_MAX" ... (format-keys.md 1.1) */
void bpos_to_text(struct arb_buf *out, struct bpos p);
/*
 * Reads what bpos_to_text() writes; parts may be left out from the right (0 then), numbers decimal or 0x;
 * U64_MAX and U32_MAX as a part. False when @s is anything else.
 */
bool bpos_parse(const char *s, struct bpos *ret);

#endif
