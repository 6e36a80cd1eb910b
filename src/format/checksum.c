/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#include <xxhash.h>

#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

#define PIECE (1u << 30)	/* crc32_iscsi() takes an int */

static uint32_t crc32c(uint32_t crc, const uint8_t *p, size_t n)
{
	while (n) {
		int piece = (int)(n < PIECE ? n : PIECE);

		/* the library does not write through its pointer */
		crc = crc32_iscsi((unsigned char *)(uintptr_t)p, piece, crc);
		p += piece;
		n -= (size_t)piece;
	}
	return crc;
}

/* The library complements before and after, we want the bare remainder. */
static uint64_t crc64(uint64_t crc, const uint8_t *p, size_t n)
{
	return ~crc64_ecma_norm(~crc, p, n);
}

static uint64_t sum_none(const uint8_t *p, size_t n) { (void)p; (void)n; return 0; }
static uint64_t sum_crc32c_nonzero(const uint8_t *p, size_t n) { return (uint32_t)~crc32c(UINT32_MAX, p, n); }
static uint64_t sum_crc64_nonzero(const uint8_t *p, size_t n) { return ~crc64(UINT64_MAX, p, n); }
static uint64_t sum_crc32c(const uint8_t *p, size_t n) { return crc32c(0, p, n); }
static uint64_t sum_crc64(const uint8_t *p, size_t n) { return crc64(0, p, n); }
static uint64_t sum_xxhash(const uint8_t *p, size_t n) { return XXH64(p, n, 0); }

static const struct {
	const char	*name;
	bool		encrypts;
	uint64_t	(*sum)(const uint8_t *p, size_t n);
} types[CSUM_TYPE_NR] = {
	[CSUM_none]			= { "none", .sum = sum_none },
	[CSUM_crc32c_nonzero]		= { "crc32c_nonzero", .sum = sum_crc32c_nonzero },
	[CSUM_crc64_nonzero]		= { "crc64_nonzero", .sum = sum_crc64_nonzero },
	[CSUM_chacha20_poly1305_80]	= { "chacha20_poly1305_80", .encrypts = true },
	[CSUM_chacha20_poly1305_128]	= { "chacha20_poly1305_128", .encrypts = true },
	[CSUM_crc32c]			= { "crc32c", .sum = sum_crc32c },
	[CSUM_crc64]			= { "crc64", .sum = sum_crc64 },
	[CSUM_xxhash]			= { "xxhash", .sum = sum_xxhash },
};

struct csum csum_get(const void *disk)
{
	return (struct csum){ le64_get(disk), le64_get((const uint8_t *)disk + 8) };
}

void csum_put(void *disk, struct csum c)
{
	le64_put(disk, c.lo);
	le64_put((uint8_t *)disk + 8, c.hi);
}

bool csum_type_known(unsigned type)
{
	return type < CSUM_TYPE_NR && types[type].sum;
}

bool csum_type_encrypts(unsigned type)
{
	return type < CSUM_TYPE_NR && types[type].encrypts;
}

const char *csum_type_name(unsigned type)
{
	return type < CSUM_TYPE_NR ? types[type].name : NULL;
}

struct csum csum_compute(unsigned type, const void *data, size_t n)
{
	if (!csum_type_known(type))
		return (struct csum){ UINT64_MAX, UINT64_MAX };
	return (struct csum){ .lo = types[type].sum(data, n) };
}

unsigned csum_opt_to_type(unsigned opt, bool data)
{
	static const uint8_t type[][2] = {
		{ CSUM_none, CSUM_none }, { CSUM_crc32c_nonzero, CSUM_crc32c },
		{ CSUM_crc64_nonzero, CSUM_crc64 }, { CSUM_xxhash, CSUM_xxhash },
	};

	return opt < 4 ? type[opt][data] : CSUM_TYPE_NR;
}
