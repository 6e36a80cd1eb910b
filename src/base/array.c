/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "arborist/base/array.h"

#define FIRST_CAP 8

bool arb_array_grow(void **v, size_t *cap, size_t size, size_t need)
{
	size_t n = *cap ? *cap : FIRST_CAP;
	size_t bytes;
	void *p;

	if (need <= *cap)
		return true;
	while (n < need) {
		if (n > SIZE_MAX / 2)
			return false;
		n *= 2;
	}
	if (__builtin_mul_overflow(n, size, &bytes))
		return false;
	p = realloc(*v, bytes);
	if (!p)
		return false;
	*v = p;
	*cap = n;
	return true;
}
