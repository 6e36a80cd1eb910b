/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * State of buckets: alloc keys of every version read as the newest one, and the keys derived from them
 * (format-keys.md 3.9 to 3.11).
 */
#ifndef ARBORIST_FORMAT_ALLOC_H
#define ARBORIST_FORMAT_ALLOC_H

#include "arborist/format/bkey.h"
#include "arborist/format/enums.h"
#include "arborist/format/geometry.h"

#define BUCKET_GC_GEN_MAX	96	/* a bucket this far ahead of its oldest pointer may not be reused */
#define LRU_TIME_MAX		((1ULL << 48) - 1)
#define LRU_ID_FRAGMENTATION	0xffff
#define BUCKET_GENS_NR		256	/* buckets per bucket_gens key */

struct alloc_v4 {
	uint64_t	journal_seq;
	bool		need_discard, need_inc_gen;
	uint8_t		gen, oldest_gen;
	uint8_t		data_type;		/* enum data_type */
	uint8_t		stripe_redundancy;
	uint32_t	dirty_sectors, cached_sectors, stripe_sectors;
	uint64_t	io_time[2];		/* read, write */
	uint32_t	stripe;
	uint32_t	nr_external_backpointers;
	uint64_t	fragmentation_obsolete;	/* the stored word; the index in use is alloc_fragmentation() */
	uint8_t		bp_start, nr_backpointers;	/* as stored; alloc_put() writes 8 and 0 */
};

/* Reads any of alloc, alloc_v2, alloc_v3, alloc_v4; a deleted key gives zeroes. False (and zeroes) for anything else. */
bool alloc_get(struct bkey_s k, struct alloc_v4 *ret);
/* Makes an alloc_v4 key in the newest form (64 bytes of value). */
void alloc_put(struct bkey_buf *out, struct bpos bucket, const struct alloc_v4 *a);

static inline uint64_t alloc_dirty_sectors(const struct alloc_v4 *a) { return (uint64_t)a->dirty_sectors + a->stripe_sectors; }
/* The state a bucket with these counters must be in, when what is in it is of kind @hint. */
unsigned alloc_data_type(const struct alloc_v4 *a, unsigned hint);
/* How full a bucket that copygc may empty is, of 2^31; 0 when it is full, empty, or not of such a kind. */
uint64_t alloc_fragmentation(const struct alloc_v4 *a, unsigned bucket_size);

/* Position in freespace of a free bucket: generation bits above the bucket number. */
uint64_t alloc_freespace_start(const struct alloc_v4 *a, uint64_t bucket);
struct bpos lru_pos(unsigned id, uint64_t dev_bucket, uint64_t time);
static inline uint64_t lru_dev_bucket(unsigned dev, uint64_t bucket) { return (uint64_t)dev << 48 | bucket; }
static inline unsigned lru_pos_id(struct bpos p) { return p.inode >> 48; }
static inline uint64_t lru_pos_time(struct bpos p) { return p.inode & LRU_TIME_MAX; }

/* How far generation @a is ahead of @b; 0 when it is not. */
static inline unsigned gen_after(uint8_t a, uint8_t b) { return (int8_t)(a - b) > 0 ? (uint8_t)(a - b) : 0; }

/* What points into a bucket. */
struct backpointer {
	uint8_t		btree, level, data_type;
	uint64_t	bucket_offset;		/* sector in the bucket << 10, plus the offset of a crc entry */
	uint32_t	bucket_len;		/* sectors on disk */
	struct bpos	pos;
};
bool backpointer_get(struct bkey_s k, struct backpointer *ret);
void backpointer_put(struct bkey_buf *out, struct bpos p, const struct backpointer *b);
/* Where the backpointer of a place in a bucket stands. */
struct bpos backpointer_pos(const struct member_geometry *m, unsigned dev, uint64_t bucket, uint64_t bucket_offset);
/* The bucket a backpointer at @p is about. */
uint64_t backpointer_bucket(const struct member_geometry *m, struct bpos p);

/* bucket_gens: false when @k is not one of the right size. */
bool bucket_gens_get(struct bkey_s k, uint8_t ret[BUCKET_GENS_NR]);
void bucket_gens_put(struct bkey_buf *out, unsigned dev, uint64_t index, const uint8_t gens[BUCKET_GENS_NR]);

#endif
