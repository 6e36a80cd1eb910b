/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small enumerations of the format and their names (format-keys.md 4). */
#ifndef ARBORIST_FORMAT_ENUMS_H
#define ARBORIST_FORMAT_ENUMS_H

#include <stdbool.h>
#include "arborist/base/buf.h"

enum data_type {
	DATA_free, DATA_sb, DATA_journal, DATA_btree, DATA_user, DATA_cached, DATA_parity, DATA_stripe,
	DATA_need_gc_gens, DATA_need_discard, DATA_unstriped, DATA_TYPE_NR,
};
const char *data_type_name(unsigned type);		/* NULL when unknown */
void data_type_to_text(struct arb_buf *out, unsigned type);	/* "user", "(unknown data_type 12)" */
static inline bool data_type_is_empty(unsigned t) { return t == DATA_free || t == DATA_need_gc_gens || t == DATA_need_discard; }
static inline bool data_type_is_hidden(unsigned t) { return t == DATA_sb || t == DATA_journal; }
/* Kinds of data that copygc may move out of a partly empty bucket. */
static inline bool data_type_movable(unsigned t) { return t == DATA_btree || t == DATA_user || t == DATA_stripe; }

/* Of a crc entry. */
enum compression_type {
	COMPRESSION_none, COMPRESSION_lz4_old, COMPRESSION_gzip, COMPRESSION_lz4, COMPRESSION_zstd,
	COMPRESSION_incompressible, COMPRESSION_TYPE_NR,
};
void compression_type_to_text(struct arb_buf *out, unsigned type);
void csum_type_to_text(struct arb_buf *out, unsigned type);	/* "crc32c", "(unknown csum_type 9)" */

/* Of an inode or a rebalance entry: low nibble type (none, lz4, gzip, zstd), high nibble level. */
#define COMPRESSION_OPT_NR 4
bool compression_opt_valid(unsigned opt);
void compression_opt_to_text(struct arb_buf *out, unsigned opt);	/* "zstd:5" */

#define STR_HASH_NR 4		/* crc32c, crc64, siphash_old, siphash */
#define CSUM_OPT_NR 4		/* none, crc32c, crc64, xxhash */

/* Type byte of a dirent; a name is NULL where the number means nothing. */
enum dirent_type {
	DT_fifo = 1, DT_chr = 2, DT_dir = 4, DT_blk = 6, DT_reg = 8, DT_lnk = 10, DT_sock = 12, DT_whiteout = 14,
	DT_subvol = 16,
};
const char *dirent_type_name(unsigned type);

#endif
