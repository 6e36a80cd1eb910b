/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the families of key types give to the table in key_type.c, and the helpers they share.
 *
 * A check is only called with a value of at least the row's least size; it returns 0 or a KEY_ERR_*.
 * A plain function is the same check in brief, for the values nearly every key has: true only when the check would give 0,
 * and quick (format/key_type.h). It is called with a value of at least the row's least size, too. Beside it stands one
 * for a batch of keys.
 * A text function writes what follows "ver N: "; it must cope with any bytes of any length, also shorter ones.
 */
#ifndef FORMAT_KEY_ROW_H
#define FORMAT_KEY_ROW_H

#include "arborist/format/key_type.h"
#include "key_error.h"

struct key_words { unsigned min, more; };	/* a value may have */
typedef unsigned (*key_check_fn)(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why);
typedef bool (*key_plain_fn)(const struct key_check_ctx *c, const struct bkey *k, const uint8_t *v);
typedef size_t (*key_plain_all_fn)(const struct key_batch *b, size_t from, struct key_words words);
typedef void (*key_text_fn)(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);

/* Writes the reason when it is wanted; returns @err. */
unsigned key_bad(struct arb_buf *why, enum key_error err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* The geometry a text may use, NULL when it is to be written as without a filesystem. */
static inline const struct fs_geometry *key_text_geo(const struct key_text_ctx *c)
{
	return c->flags & KEY_TEXT_NO_FS ? NULL : c->geo;
}
/* A name from disk: raw, or through the text gate. */
void key_text_name(struct arb_buf *out, const struct key_text_ctx *c, const void *name, size_t n);
/* Starts one of the field lines of a multi-line text. */
void key_text_line(struct arb_buf *out, const struct key_text_ctx *c);

/* Bucket and sector in it of a sector on a device; a bucket size of 0 gives bucket 0. */
static inline uint64_t member_bucket(const struct member_geometry *m, uint64_t sector, uint32_t *ret_in_bucket)
{
	uint32_t size = m->bucket_size;

	if (!(size & (size - 1))) {	/* nearly always; a division costs as much as the rest of the check */
		*ret_in_bucket = size ? sector & (size - 1) : 0;
		return size ? sector >> __builtin_ctz(size) : 0;
	}
	*ret_in_bucket = sector % size;
	return sector / size;
}

#define KEY_FAMILY(name) \
	unsigned name##_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why); \
	void name##_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
KEY_FAMILY(accounting);
KEY_FAMILY(alloc_v1);
KEY_FAMILY(alloc_v2);
KEY_FAMILY(alloc_v3);
KEY_FAMILY(alloc_v4);
KEY_FAMILY(backpointer);
KEY_FAMILY(btree_ptr);
KEY_FAMILY(btree_ptr_v2);
KEY_FAMILY(bucket_gens);
KEY_FAMILY(dirent);
KEY_FAMILY(extent);
KEY_FAMILY(inode);
KEY_FAMILY(inode_v2);
KEY_FAMILY(inode_v3);
KEY_FAMILY(inode_generation);
KEY_FAMILY(lru);
KEY_FAMILY(quota);
KEY_FAMILY(reflink_p);
KEY_FAMILY(reflink_v);
KEY_FAMILY(reservation);
KEY_FAMILY(snapshot);
KEY_FAMILY(snapshot_tree);
KEY_FAMILY(stripe);
KEY_FAMILY(subvolume);
KEY_FAMILY(xattr);
#undef KEY_FAMILY
/* Made by KEY_PLAIN_FUNCTIONS() of key_plain.h */
#define KEY_PLAIN(name) \
	bool name##_plain(const struct key_check_ctx *c, const struct bkey *k, const uint8_t *v); \
	size_t name##_plain_all(const struct key_batch *b, size_t from, struct key_words words)
KEY_PLAIN(accounting);
KEY_PLAIN(alloc_v4);
KEY_PLAIN(backpointer);
KEY_PLAIN(dirent);
KEY_PLAIN(extent);
KEY_PLAIN(inode_v3);
KEY_PLAIN(lru);
KEY_PLAIN(reflink_p);
KEY_PLAIN(reflink_v);
KEY_PLAIN(xattr);
#undef KEY_PLAIN
void cookie_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);
void inline_data_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);
void indirect_inline_data_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);
void logged_op_truncate_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);
void logged_op_finsert_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k);

#endif
