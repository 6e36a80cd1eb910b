/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binary indexed tree: see fenwick.h. */
#include <config.h>
#include "fenwick.h"

#include <stdlib.h>

bool fenwick_init(struct fenwick *f, size_t n)
{
	*f = (struct fenwick){ .n = n, .sum = calloc(n + 1, sizeof(uint64_t)) };
	return f->sum;
}

void fenwick_free(struct fenwick *f)
{
	free(f->sum);
	*f = (struct fenwick){ 0 };
}

void fenwick_fill(struct fenwick *f, uint64_t (*count)(const void *arg, size_t i), const void *arg)
{
	f->total = 0;
	for (size_t i = 1; i <= f->n; i++)
		f->sum[i] = 0;
	for (size_t i = 1; i <= f->n; i++) {
		size_t up = i + (i & -i);
		uint64_t c = count(arg, i - 1);

		f->sum[i] += c;
		f->total += c;
		if (up <= f->n)
			f->sum[up] += f->sum[i];
	}
	f->work += f->n;
}

void fenwick_add(struct fenwick *f, size_t i, int64_t by)
{
	f->total += (uint64_t)by;
	for (i++; i <= f->n; i += i & -i) {
		f->sum[i] += (uint64_t)by;
		f->work++;
	}
}

uint64_t fenwick_before(struct fenwick *f, size_t i)
{
	uint64_t r = 0;

	for (; i; i -= i & -i) {
		r += f->sum[i];
		f->work++;
	}
	return r;
}

size_t fenwick_find(struct fenwick *f, uint64_t at, uint64_t *ret_rest)
{
	size_t i = 0, bit = 1;

	while (bit <= f->n / 2)
		bit *= 2;
	for (; bit; bit /= 2) {
		f->work++;
		if (i + bit <= f->n && f->sum[i + bit] <= at) {
			i += bit;
			at -= f->sum[i];
		}
	}
	*ret_rest = at;
	return i;
}
