/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums of metadata (format-superblock-journal.md 8). */
#ifndef ARBORIST_FORMAT_CHECKSUM_H
#define ARBORIST_FORMAT_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum csum_type {
	CSUM_none, CSUM_crc32c_nonzero, CSUM_crc64_nonzero, CSUM_chacha20_poly1305_80, CSUM_chacha20_poly1305_128,
	CSUM_crc32c, CSUM_crc64, CSUM_xxhash, CSUM_TYPE_NR,
};

struct csum { uint64_t lo, hi; };

struct csum csum_get(const void *disk);			/* 16 bytes */
void csum_put(void *disk, struct csum c);
static inline bool csum_eq(struct csum a, struct csum b) { return a.lo == b.lo && a.hi == b.hi; }
bool csum_type_known(unsigned type);			/* one that csum_compute() can do */
bool csum_type_encrypts(unsigned type);
const char *csum_type_name(unsigned type);		/* NULL when unknown */
/* Type must be one of csum_type_known(), else the result is all ones. Speed: memory. */
struct csum csum_compute(unsigned type, const void *data, size_t n);
/* Metadata option number (none 0, crc32c 1, crc64 2, xxhash 3) to type; CSUM_TYPE_NR for any other. */
unsigned csum_opt_to_type(unsigned opt, bool data);

#endif
