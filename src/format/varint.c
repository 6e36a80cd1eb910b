/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two encodings of numbers: length in the trailing ones of the first byte, and before that in its highest bit. */
#include "arborist/base/le.h"
#include "arborist/format/varint.h"

unsigned varint_get_long(const uint8_t *p, const uint8_t *end, uint64_t *ret)
{
	unsigned n;
	uint64_t v = 0;

	if (p >= end)
		return 0;
	n = *p == 0xff ? 9 : (unsigned)__builtin_ctz(~(unsigned)*p) + 1;
	if ((size_t)(end - p) < n)
		return 0;
	if (n == 9) {
		*ret = le64_get(p + 1);
		return n;
	}
	if (end - p >= 8) {	/* nearly always; n is at most 8 */
		*ret = le64_get(p) << (64 - 8 * n) >> (64 - 7 * n);
		return n;
	}
	for (unsigned i = n; i--;)
		v = v << 8 | p[i];
	*ret = v >> n;
	return n;
}

unsigned varint_put(uint8_t *out, uint64_t v)
{
	unsigned width = v ? 64 - (unsigned)__builtin_clzll(v) : 1, n = (width + 6) / 7;

	if (n >= 9) {
		out[0] = 0xff;
		le64_put(out + 1, v);
		return 9;
	}
	v = v << n | ((1u << (n - 1)) - 1);
	for (unsigned i = 0; i < n; i++)
		out[i] = v >> 8 * i;
	return n;
}

unsigned varint_old_get(const uint8_t *p, const uint8_t *end, uint64_t *ret, uint64_t *ret_high)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 6, 8, 10, 13 };
	unsigned shift, n;

	if (p >= end || !*p)
		return 0;
	shift = (unsigned)__builtin_clz(*p) - 24;
	n = bytes[shift];
	if ((size_t)(end - p) < n)
		return 0;
	*ret = *ret_high = 0;
	for (unsigned i = 0; i < n; i++) {
		*ret_high = *ret_high << 8 | *ret >> 56;
		*ret = *ret << 8 | (i ? p[i] : p[i] & ~(0x80u >> shift));
	}
	return n;
}
