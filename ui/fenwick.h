/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over an array of counts that change: prefix sums, and the element a sum falls into, in O(log n). */
#ifndef ARBORIST_UI_FENWICK_H
#define ARBORIST_UI_FENWICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fenwick {
	uint64_t	*sum;		/* 1-based; owned */
	size_t		n;
	uint64_t	total;
	uint64_t	work;		/* elements touched so far: tests bound it */
};

/* All counts 0; false: out of memory. */
bool fenwick_init(struct fenwick *f, size_t n);
void fenwick_free(struct fenwick *f);
void fenwick_fill(struct fenwick *f, uint64_t (*count)(const void *arg, size_t i), const void *arg);	/* O(n) */
void fenwick_add(struct fenwick *f, size_t i, int64_t by);
uint64_t fenwick_before(struct fenwick *f, size_t i);	/* sum of the counts of elements 0..i-1 */
/* Element that holds unit @at (< total); *ret_rest: how far into it. */
size_t fenwick_find(struct fenwick *f, uint64_t at, uint64_t *ret_rest);

#endif
