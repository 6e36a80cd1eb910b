/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of 64-bit numbers (the cookies of nodes), open addressing. Zero-filled is empty. */
#ifndef ARBORIST_SRC_PASS_COOKIE_SET_H
#define ARBORIST_SRC_PASS_COOKIE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cookie_set {
	uint64_t	*slot;		/* 0: free. Owned. */
	size_t		nr, cap;	/* cap is a power of two, or 0 */
	bool		has_zero;
};

void cookie_set_free(struct cookie_set *s);		/* empties; usable again */
bool cookie_set_add(struct cookie_set *s, uint64_t v);	/* false: out of memory */
bool cookie_set_has(const struct cookie_set *s, uint64_t v);
void cookie_set_del(struct cookie_set *s, uint64_t v);

#endif
