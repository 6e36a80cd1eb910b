/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys in memory, and packing (format-btree.md 1.3 to 2).
 *
 * struct bkey is host order; a value stays as it is on disk (little endian, 8-byte words, not owned).
 */
#ifndef ARBORIST_FORMAT_BKEY_H
#define ARBORIST_FORMAT_BKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arborist/format/bpos.h"

#define BKEY_U64s	5	/* words of an unpacked key without value */
#define BKEY_BYTES	40
#define BKEY_VAL_U64s_MAX 250
#define BKEY_FIELDS	6	/* inode, offset, snapshot, size, version_hi, version_lo */

struct bversion {
	uint64_t lo;
	uint32_t hi;
};

struct bkey {
	struct bpos	p;
	struct bversion	ver;
	uint32_t	size;	/* sectors */
	uint8_t		u64s;	/* key and value, in words, as if unpacked: 5..255 */
	uint8_t		type;	/* enum bkey_type */
};

/* A key with its value. v has 8 * (k.u64s - 5) bytes, any alignment, owned by somebody else. */
struct bkey_s {
	struct bkey	k;
	const uint8_t	*v;
};

/* A key that owns its value. */
struct bkey_buf {
	struct bkey	k;
	uint8_t		v[8 * BKEY_VAL_U64s_MAX];
};

static inline unsigned bkey_val_u64s(const struct bkey *k) { return k->u64s - BKEY_U64s; }
static inline size_t bkey_val_bytes(const struct bkey *k) { return 8 * (size_t)bkey_val_u64s(k); }
static inline struct bkey_s bkey_buf_s(const struct bkey_buf *b) { return (struct bkey_s){ b->k, b->v }; }
void bkey_buf_set(struct bkey_buf *b, struct bkey_s k);
/* A copy with room for no more than @k: read through bkey_buf_s(), never assigned from as a whole. free() it; NULL: no memory. */
struct bkey_buf *bkey_buf_dup(struct bkey_s k);
/* For extents: first sector of the range. */
static inline struct bpos bkey_start(const struct bkey *k) { return BPOS(k->p.inode, k->p.offset - k->size, k->p.snapshot); }

/* The unpacked ("current") form, as in the journal and the clean section. */
struct bkey bkey_get(const void *disk);			/* 40 bytes; format bits are not looked at */
size_t bkey_put(void *disk, struct bkey_s k);		/* writes 8 * u64s bytes, format byte 1; returns them */

struct bkey_format {
	uint8_t		key_u64s;
	uint8_t		nr_fields;
	uint8_t		bits[BKEY_FIELDS];
	uint64_t	offset[BKEY_FIELDS];
};
#define BKEY_FORMAT_BYTES 56
struct bkey_format bkey_format_get(const void *disk);
void bkey_format_put(void *disk, const struct bkey_format *f);
extern const struct bkey_format bkey_format_current;
/* NULL when valid, else what is wrong with it. @check_overflow: sb.version_min >= 0.12. */
const char *bkey_format_invalid(const struct bkey_format *f, bool check_overflow);
void bkey_format_to_text(struct arb_buf *out, const struct bkey_format *f);
/* A valid format that can hold every key of the array and both bounds. */
struct bkey_format bkey_format_for(const struct bkey *keys, size_t nr, struct bpos min, struct bpos max);

/*
 * One packed or unpacked key inside a bset. The caller has checked that 8 * p[0] bytes are there and that
 * bkey_packed_u64s_ok(). Works for both format bytes (0 packed, 1 current).
 */
struct bkey bkey_unpack(const struct bkey_format *f, const uint8_t *p);
static inline unsigned bkey_packed_key_u64s(const struct bkey_format *f, const uint8_t *p) { return (p[1] & 0x7f) ? BKEY_U64s : f->key_u64s; }
bool bkey_packed_u64s_ok(const struct bkey_format *f, const uint8_t *p);
/* Packs key and value; 0 when the key does not fit the format, else bytes written (at most 2040). */
size_t bkey_pack(const struct bkey_format *f, struct bkey_s k, uint8_t *out);

#endif
