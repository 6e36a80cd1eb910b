/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much is left to do: a guess from what the nodes read so far look like. */
#include "topology.h"

#define CHILDREN_GUESS 100	/* of an interior node, before one of its level has been read */

void topo_estimate_found(struct topo_estimate *e, unsigned level, uint64_t nr)
{
	if (level < BTREE_MAX_DEPTH)
		e->pending[level] += nr;
}

void topo_estimate_read(struct topo_estimate *e, unsigned level, uint64_t nr_children)
{
	if (level >= BTREE_MAX_DEPTH)
		return;
	e->pending[level] -= !!e->pending[level];
	if (!level)
		return;
	e->nodes[level]++;
	e->children[level] += nr_children;
	topo_estimate_found(e, level - 1, nr_children);
}

uint64_t topo_estimate_left(const struct topo_estimate *e)
{
	uint64_t below = 0, left = 0;	/* below: nodes in the subtree of one node of this level, itself included */

	for (unsigned level = 0; level < BTREE_MAX_DEPTH; level++) {
		uint64_t children = e->nodes[level] ? e->children[level] / e->nodes[level] : CHILDREN_GUESS;

		below = level ? 1 + children * below : 1;
		left += e->pending[level] * below;
	}
	return left;
}
