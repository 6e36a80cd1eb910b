/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open hash table of counters. Nothing is ever taken out, so probing needs no tombstones. */
#include "counters.h"

#include <stdlib.h>
#include <string.h>

static size_t hash(struct bpos p)
{
	uint64_t h = p.inode * 0x9e3779b97f4a7c15ull ^ p.offset * 0xc2b2ae3d27d4eb4full ^ p.snapshot * 0x165667b19e3779f9ull;

	return h ^ h >> 29;
}

static struct counter **find_slot(struct counter **slot, size_t cap, struct bpos pos)
{
	size_t i = hash(pos) & (cap - 1);

	while (slot[i] && !bpos_eq(slot[i]->pos, pos))
		i = (i + 1) & (cap - 1);
	return &slot[i];
}

static bool grow(struct counters *c)
{
	size_t cap = c->cap ? 2 * c->cap : 256;
	struct counter **slot = calloc(cap, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < c->cap; i++)
		if (c->slot[i])
			*find_slot(slot, cap, c->slot[i]->pos) = c->slot[i];
	free(c->slot);
	c->slot = slot;
	c->cap = cap;
	return true;
}

struct counter *counters_find(const struct counters *c, struct bpos pos)
{
	return c->cap ? *find_slot(c->slot, c->cap, pos) : NULL;
}

struct counter *counters_get(struct counters *c, struct bpos pos)
{
	struct counter *found = counters_find(c, pos), **slot;
	unsigned type = accounting_pos_get(pos).type;

	if (found || type >= ACCT_TYPE_NR || type == ACCT_inum)
		return found;
	if (2 * (c->nr + 1) > c->cap && !grow(c))
		return NULL;
	slot = find_slot(c->slot, c->cap, pos);
	*slot = calloc(1, sizeof(**slot));
	if (!*slot)
		return NULL;
	(*slot)->pos = pos;
	(*slot)->nr = accounting_nr_counters(type);
	c->nr++;
	return *slot;
}

void counters_free(struct counters *c)
{
	for (size_t i = 0; i < c->cap; i++)
		free(c->slot[i]);
	free(c->slot);
	*c = (struct counters){ 0 };
}

void counters_zero(struct counters *c, enum counter_set set)
{
	for (size_t i = 0; i < c->cap; i++)
		if (c->slot[i])
			memset(c->slot[i]->v[set], 0, sizeof(c->slot[i]->v[set]));
}

static int by_pos(const void *a, const void *b)
{
	return bpos_cmp((*(struct counter *const *)a)->pos, (*(struct counter *const *)b)->pos);
}

struct counter **counters_sorted(const struct counters *c, size_t *ret_nr)
{
	struct counter **all = c->nr ? malloc(c->nr * sizeof(*all)) : NULL;
	size_t nr = 0;

	*ret_nr = c->nr;
	for (size_t i = 0; all && i < c->cap; i++)
		if (c->slot[i])
			all[nr++] = c->slot[i];
	if (all)
		qsort(all, nr, sizeof(*all), by_pos);
	return all;
}
