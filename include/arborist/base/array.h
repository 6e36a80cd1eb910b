/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing arrays: ARB_ARRAY(struct foo) declares { struct foo *v; size_t nr, cap; }.
 * arb_array_push(&a) returns a pointer to a new zeroed last element, or NULL when out of memory.
 */
#ifndef ARBORIST_BASE_ARRAY_H
#define ARBORIST_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ARB_ARRAY(type) struct { type *v; size_t nr, cap; }

/* Makes room for @need elements of @size bytes; doubles. False when out of memory (array unchanged). */
bool arb_array_grow(void **v, size_t *cap, size_t size, size_t need);

#define arb_array_reserve(a, n) \
	arb_array_grow((void **)&(a)->v, &(a)->cap, sizeof(*(a)->v), (n))
#define arb_array_push(a) \
	(arb_array_reserve(a, (a)->nr + 1) ? \
	 (__typeof__((a)->v))memset(&(a)->v[(a)->nr++], 0, sizeof(*(a)->v)) : NULL)
#define arb_array_free(a) \
	do { free((a)->v); (a)->v = NULL; (a)->nr = (a)->cap = 0; } while (0)

#endif
