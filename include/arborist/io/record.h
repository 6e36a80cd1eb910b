/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of records: a line of text that says what it is, then zstd frames, each one record (le32 kind, contents, XXH64 of both),
 * the last of them an end with the number of records and the hash over all hashes. Numbers are little endian. Whoever reads one
 * trusts none of it: sizes are bounded before anything is allocated, and what does not fit sets .bad.
 */
#ifndef ARBORIST_IO_RECORD_H
#define ARBORIST_IO_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include "arborist/base/buf.h"
#include "arborist/base/error.h"

#define RECORD_END 0			/* kinds of the caller's begin at 1 */

struct record_writer;
/* @path must not exist; @magic is one line with its newline. */
enum arb_code record_create(const char *path, const char *magic, struct record_writer **ret, struct arb_error *err);
void record_begin(struct record_writer *w, uint32_t kind);
void record_put8(struct record_writer *w, uint8_t v);
void record_put32(struct record_writer *w, uint32_t v);
void record_put64(struct record_writer *w, uint64_t v);
void record_put_bytes(struct record_writer *w, const void *p, size_t n);	/* without their number */
void record_put_text(struct record_writer *w, const char *s);			/* le32 length, bytes; NULL as "" */
enum arb_code record_finish(struct record_writer *w, struct arb_error *err);	/* writes the record begun */
/* The end; with @code ARB_OK file and folder are synced, else the file is removed. Frees @w. Returns the first error. */
enum arb_code record_close(struct record_writer *w, enum arb_code code, struct arb_error *err);

struct record_file {
	/* The record at hand, and how far it has been taken apart */
	uint32_t	kind;
	const uint8_t	*p;
	size_t		left;
	bool		bad;
	/* Private */
	char		*path;
	uint8_t		*bytes, *record;
	size_t		n, at;
	uint64_t	total, total_max, nr;
	struct arb_buf	hashes;
	bool		ended;
};
/* Reads the file at once; @total_max bounds the file, each record and all of them together, unpacked. */
enum arb_code record_open(const char *path, const char *magic, uint64_t total_max, struct record_file **ret, struct arb_error *err);
/* The next record; *ret_more false after the end, which has been checked then. ARB_E_CONTENT: damaged. */
enum arb_code record_next(struct record_file *f, bool *ret_more, struct arb_error *err);
void record_file_free(struct record_file *f);
uint8_t record_get8(struct record_file *f);
uint32_t record_get32(struct record_file *f);
uint64_t record_get64(struct record_file *f);
const uint8_t *record_get_bytes(struct record_file *f, uint64_t n);	/* NULL, and .bad: not so many are left */
char *record_get_text(struct record_file *f);				/* the caller's; NULL, and .bad: no text, or no memory */
/* "FILE is damaged or no WHAT: WHY", ARB_E_CONTENT. */
enum arb_code record_damaged(const struct record_file *f, const char *why, struct arb_error *err);

#endif
