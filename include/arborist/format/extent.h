/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extent entries and pointers, btree pointers (format-btree.md 4, format-keys.md 3.2, 3.3). */
#ifndef ARBORIST_FORMAT_EXTENT_H
#define ARBORIST_FORMAT_EXTENT_H

#include "arborist/format/bkey.h"

#define BTREE_PTRS_MAX 4

struct extent_crc {
	uint32_t	compressed_size, uncompressed_size, offset, nonce, live;	/* sectors */
	uint8_t		csum_type, compression_type;
	uint64_t	csum_lo, csum_hi;
};

/* One pointer as decoded: with the crc and the stripe entry that apply to it. */
struct extent_ptr {
	uint64_t	sector;
	uint8_t		dev, gen;
	bool		cached, unwritten;
	bool		has_ec;
	uint8_t		ec_block, ec_redundancy;
	uint64_t	ec_idx;
	struct extent_crc crc;
	unsigned	word;		/* index of the ptr word in the value */
};

/*
 * Iterates the pointers of a key (extent, reflink_v, btree_ptr, btree_ptr_v2, stripe; none in other types).
 * Start with *it = (struct extent_iter){0}; false at the end or at the first entry that cannot be parsed.
 */
struct extent_iter {
	unsigned		word;
	struct extent_crc	crc;
	bool			started;
	bool			has_ec;
	struct extent_ptr	ec;	/* pending stripe entry */
};
bool extent_next_ptr(struct bkey_s k, struct extent_iter *it, struct extent_ptr *ret);

/* A btree pointer, v1 or v2. v1: seq, sectors_written 0, min_key POS_MIN, is_v2 false. */
struct btree_ptr {
	bool		is_v2;
	bool		range_updated;
	uint16_t	sectors_written;
	uint64_t	seq;
	struct bpos	min_key, max_key;
	unsigned	nr_ptrs;
	struct extent_ptr ptr[BTREE_PTRS_MAX];
};

/* False when @k is not a btree pointer with 0..4 plain pointers. */
bool btree_ptr_get(struct bkey_s k, struct btree_ptr *ret);
/* Writes a btree_ptr_v2 key (mem_ptr 0) made of @p. */
void btree_ptr_put(struct bkey_buf *out, const struct btree_ptr *p);

/* One extent entry of type ptr, as its le64 word. */
uint64_t extent_ptr_word(unsigned dev, uint64_t sector, unsigned gen);

#endif
