/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Journal entries: jset and jset_entry (format-superblock-journal.md 9). */
#ifndef ARBORIST_FORMAT_JSET_H
#define ARBORIST_FORMAT_JSET_H

#include "arborist/base/error.h"
#include "arborist/format/bkey.h"
#include "arborist/format/defect.h"
#include "arborist/format/key_type.h"

#define JSET_HEADER_BYTES	56
#define JSET_ENTRY_HEADER_BYTES	8
#define JSET_BYTES_MAX		(4u << 20)

enum jset_entry_type {
	JSET_btree_keys, JSET_btree_root, JSET_prio_ptrs, JSET_blacklist, JSET_blacklist_v2, JSET_usage,
	JSET_data_usage, JSET_clock, JSET_dev_usage, JSET_log, JSET_overwrite, JSET_write_buffer_keys,
	JSET_datetime, JSET_ENTRY_TYPE_NR,
};

struct jset_header {
	uint64_t	magic, seq, last_seq;
	uint32_t	version, u64s;
	uint8_t		csum_type;
	bool		big_endian, no_flush;
	uint32_t	unknown_flags;		/* bits of later versions */
};
struct jset_header jset_header_get(const void *disk);	/* 56 bytes */
/* Another number for the jset of @n bytes, and the checksum that goes with it; of a type that csum_compute() can do. */
void jset_renumber(void *disk, size_t n, uint64_t seq);
static inline size_t jset_bytes(const struct jset_header *h) { return JSET_HEADER_BYTES + 8 * (size_t)h->u64s; }

/* One entry of a jset or of the clean section. */
struct jset_entry {
	uint8_t		type, btree, level;
	const uint8_t	*payload;
	size_t		bytes;		/* of the payload */
};
/* Steps through @n bytes of entries. False at the end; *bad is set when the bytes end inside an entry. */
bool jset_entry_next(const uint8_t *entries, size_t n, size_t *cursor, struct jset_entry *ret, bool *bad);
/*
 * Steps through the keys of a btree_keys, btree_root or overwrite entry. False at the end or where a key's length is impossible
 * (then *bad). Format bits other than "current" count as bad as well.
 */
bool jset_key_next(const struct jset_entry *e, size_t *cursor, struct bkey_s *ret, bool *bad);
/* Validates the entries of one jset; what is wrong goes into @d. @n: bytes at hand. */
void jset_validate(const struct fs_geometry *geo, const void *jset, size_t n, struct defects *d);
/*
 * The same, and hands what is valid to @fn: every entry (with k NULL), then each of its keys. A root entry whose key is
 * missing or invalid comes with bytes 0 and without a key: its root is lost. @word: the key's offset in the jset, in words.
 * A result of @fn other than ARB_OK ends the walk and is returned.
 */
typedef enum arb_code jset_walk_fn(void *arg, const struct jset_entry *e, const struct bkey_s *k, uint32_t word);
enum arb_code jset_walk(const struct fs_geometry *geo, const void *jset, size_t n, struct defects *d, jset_walk_fn *fn, void *arg);
/* The same for a list of entries without a jset around it (the clean section). */
enum arb_code jset_walk_entries(const struct fs_geometry *geo, const uint8_t *entries, size_t n, struct defects *d,
				jset_walk_fn *fn, void *arg);

/* A transaction begins with a log entry of level 0; listings put an empty line before it. */
static inline bool jset_entry_begins_transaction(const struct jset_entry *e) { return e->type == JSET_log && !e->level; }
const char *jset_entry_type_name(unsigned type);	/* NULL when unknown */
/* One entry as the reference prints it, e.g. "btree_root: btree=extents l=1 u64s ..."; names raw or gated by ctx flags. */
void jset_entry_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct jset_entry *e);

/* Building: a growing list of entries. */
struct jset_writer { struct arb_buf out; };		/* binary */
void jset_add_key(struct jset_writer *w, unsigned type, unsigned btree, unsigned level, struct bkey_s k);
void jset_add_raw(struct jset_writer *w, unsigned type, unsigned btree, unsigned level, const void *payload, size_t n);

/* Lays out a finished jset: header, entries, zero padding to @block_bytes, checksum. *ret owned by the caller. */
enum arb_code jset_encode(const struct jset_header *h, const void *entries, size_t n, size_t block_bytes,
			  uint8_t **ret, size_t *ret_bytes, struct arb_error *err);

#endif
