/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parity as a kernel computes it: the first block is the XOR of the data, the second the sum of 2^i times the i-th data block in
 * the field of 256 elements with the polynomial x^8 + x^4 + x^3 + x^2 + 1, as of RAID 6.
 */
#include "builder.h"
#include <string.h>

static uint8_t twice(uint8_t v)
{
	return v << 1 ^ (v & 0x80 ? 0x1d : 0);
}

void image_parity(uint8_t *blocks, size_t bytes, unsigned nr_data, unsigned nr_parity)
{
	uint8_t *p = blocks + nr_data * bytes, *q = nr_parity > 1 ? p + bytes : NULL;

	memset(p, 0, nr_parity * bytes);
	for (unsigned i = nr_data; i--;) {
		const uint8_t *data = blocks + i * bytes;

		for (size_t n = 0; n < bytes; n++) {
			p[n] ^= data[n];
			if (q)
				q[n] = twice(q[n]) ^ data[n];
		}
	}
}
