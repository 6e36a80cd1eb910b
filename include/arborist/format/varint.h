/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of varying length, as inodes and old alloc keys hold them (format-keys.md 3.6). */
#ifndef ARBORIST_FORMAT_VARINT_H
#define ARBORIST_FORMAT_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_BYTES_MAX 9

unsigned varint_get_long(const uint8_t *p, const uint8_t *end, uint64_t *ret);
/* Bytes used, or 0 when the number does not end before @end. Most numbers are small. */
static inline unsigned varint_get(const uint8_t *p, const uint8_t *end, uint64_t *ret)
{
	if (p < end && !(*p & 1)) {
		*ret = *p >> 1;
		return 1;
	}
	return varint_get_long(p, end, ret);
}
/* Writes at most VARINT_BYTES_MAX bytes; returns how many. */
unsigned varint_put(uint8_t *out, uint64_t v);
/* The encoding before: big endian, up to 13 bytes, of which the low 64 bits are kept; sets *ret_high to what is above. */
unsigned varint_old_get(const uint8_t *p, const uint8_t *end, uint64_t *ret, uint64_t *ret_high);

#endif
