/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The block port: a device as an array of bytes. Implementations stack: file, memory, and on top of one of
 * them recording (every write and sync in order) or fault injection. Reads are thread safe in all of them.
 */
#ifndef ARBORIST_IO_BLOCK_H
#define ARBORIST_IO_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include "arborist/base/array.h"
#include "arborist/base/error.h"

struct blk;
struct blk_ops {
	enum arb_code (*read)(struct blk *, uint64_t offset, void *buf, size_t n, struct arb_error *);
	enum arb_code (*write)(struct blk *, uint64_t offset, const void *buf, size_t n, struct arb_error *);
	enum arb_code (*sync)(struct blk *, struct arb_error *);
	void (*close)(struct blk *);
	/* Makes writing possible (opens the write descriptor); NULL: always possible. */
	enum arb_code (*open_write)(struct blk *, struct arb_error *);
	void (*close_write)(struct blk *);
	/* The next reads come from the medium, not from a cache. */
	enum arb_code (*drop_cache)(struct blk *, struct arb_error *);
	/* See blk_ahead(); NULL: reads of parts cost as much as one of all. */
	void (*ahead)(struct blk *, uint64_t offset, size_t n);
	/* See blk_next_data(); NULL: any byte may be something. */
	bool (*next_data)(struct blk *, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end);
};
struct blk {
	const struct blk_ops *ops;
	uint64_t	bytes;		/* size when opened */
	char		*name;		/* as the person gave it; owned */
};

/* All of [offset, offset + n) or an error (a short read is one). Bytes. */
enum arb_code blk_read(struct blk *b, uint64_t offset, void *buf, size_t n, struct arb_error *err);
enum arb_code blk_write(struct blk *b, uint64_t offset, const void *buf, size_t n, struct arb_error *err);
enum arb_code blk_sync(struct blk *b, struct arb_error *err);
enum arb_code blk_open_write(struct blk *b, struct arb_error *err);
void blk_close_write(struct blk *b);
enum arb_code blk_drop_cache(struct blk *b, struct arb_error *err);
/*
 * Parts of [offset, offset + n) will be read soon, one after the other: the kernel may fetch it in one go. False: here it is better
 * to read all of it at once, whatever is needed (a compressed image). With @n 0 it only says that.
 */
bool blk_ahead(struct blk *b, uint64_t offset, size_t n);
/*
 * The first part at or after @offset that need not read as zeroes: everything before *ret_start does, without being read (a hole of a
 * sparse file). False: everything to the end does. Thread safe. Bytes; *ret_start >= @offset.
 */
bool blk_next_data(struct blk *b, uint64_t offset, uint64_t *ret_start, uint64_t *ret_end);
void blk_close(struct blk *b);				/* frees; NULL is fine */

/*
 * Back ends. A regular file or block device, opened read-only; directories, empty files, char devices are refused with
 * one clear line.
 */
enum arb_code blk_file_open(const char *path, struct blk **ret, struct arb_error *err);
/* @bytes zeroes in memory, or a copy of @init. */
enum arb_code blk_mem_new(const char *name, const void *init, uint64_t bytes, struct blk **ret, struct arb_error *err);
void *blk_mem_data(struct blk *b);

/* A qcow2 image (version 2 or 3, uncompressed or with zstd) that lies on @under, which it takes over also on failure. Can only be read. */
bool blk_is_qcow2(struct blk *b);
enum arb_code blk_qcow2_new(struct blk *under, struct blk **ret, struct arb_error *err);

/*
 * Writing one, cluster by cluster in ascending order, compressed with zstd; what is not written reads as zeroes. @path must not exist.
 * qcow2_write_close() removes it when @code is not ARB_OK.
 */
#define QCOW2_CLUSTER (64u << 10)
struct qcow2_writer;
enum arb_code qcow2_write_new(const char *path, uint64_t bytes, struct qcow2_writer **ret, struct arb_error *err);
enum arb_code qcow2_write_cluster(struct qcow2_writer *w, uint64_t cluster, const void *data, struct arb_error *err);
enum arb_code qcow2_write_close(struct qcow2_writer *w, enum arb_code code, struct arb_error *err);

/* A second owner: closing it leaves @under open, which must live longer. */
enum arb_code blk_borrow_new(struct blk *under, struct blk **ret, struct arb_error *err);

/* Recording: passes everything on to @under and keeps a list of what was written, in order. Owns @under. */
struct blk_record { bool sync; uint64_t offset; size_t n; uint8_t *data; unsigned dev; };
struct blk_journal { ARB_ARRAY(struct blk_record) list; };
enum arb_code blk_record_new(struct blk *under, struct blk_journal *log, unsigned dev, struct blk **ret,
			     struct arb_error *err);
void blk_journal_free(struct blk_journal *log);
/* Fault injection: after @writes_left more writes every write and sync fails; reads in [bad_from, bad_to) fail. Owns @under. */
enum arb_code blk_fault_new(struct blk *under, uint64_t writes_left, uint64_t bad_from, uint64_t bad_to,
			    struct blk **ret, struct arb_error *err);

#endif
