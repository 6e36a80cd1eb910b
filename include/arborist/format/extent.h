/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extent entries and pointers, btree pointers (format-btree.md 4, format-keys.md 3.2, 3.3). */
#ifndef ARBORIST_FORMAT_EXTENT_H
#define ARBORIST_FORMAT_EXTENT_H

#include "arborist/format/bkey.h"

#define BTREE_PTRS_MAX 4
#define EXTENT_PTRS_MAX 16

/* The type of an entry is the number of the lowest set bit of its first word. */
enum extent_entry_type {
	EXTENT_ENTRY_ptr, EXTENT_ENTRY_crc32, EXTENT_ENTRY_crc64, EXTENT_ENTRY_crc128, EXTENT_ENTRY_stripe_ptr,
	EXTENT_ENTRY_rebalance, EXTENT_ENTRY_TYPE_NR,
};
struct extent_entry {
	unsigned	type;	/* EXTENT_ENTRY_TYPE_NR: cannot be parsed; the last one then */
	unsigned	word;	/* index of its first word in the value */
	unsigned	words;
	uint64_t	first;	/* that word */
};
/* Steps through the entries of a key; *word starts at 0 (the fixed part of the value is skipped). False at the end. */
bool extent_next_entry(const struct bkey_s *k, unsigned *word, struct extent_entry *ret);

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
/* Writes a btree_ptr_v2 key (mem_ptr 0) made of @p, or a btree_ptr without what that has no place for. */
void btree_ptr_put(struct bkey_buf *out, const struct btree_ptr *p);

/* Device part, sector part ... of one ptr word, without a crc or stripe entry. */
struct extent_ptr extent_ptr_decode(uint64_t word);
/* One extent entry of type ptr, as its le64 word. */
uint64_t extent_ptr_word(unsigned dev, uint64_t sector, unsigned gen);

/* What a crc entry says; @e is one. live is the size of the key. */
struct extent_crc extent_crc_decode(const struct bkey_s *k, const struct extent_entry *e);
/* Writes the smallest crc entry that can hold @crc to @out (24 bytes at most); returns its words, 0 when none can. */
unsigned extent_crc_put(uint8_t *out, const struct extent_crc *crc);

static inline bool extent_crc_compressed(const struct extent_crc *crc)
{
	return crc->compression_type != 0 && crc->compression_type != 5;	/* none, incompressible */
}
/* Sectors a pointer occupies on its device: of a key of @size sectors (node size for a btree pointer), pro rata when compressed. */
uint64_t extent_disk_sectors(const struct extent_ptr *p, uint32_t size);

#endif
