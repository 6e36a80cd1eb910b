/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one has of a decoded node: freeing, searching, showing. */
#include "node_decode.h"

void node_free(struct node *n)
{
	if (!n)
		return;
	defects_free(&n->defects);
	arb_array_free(&n->lost.range);
	arb_array_free(&n->lost.newer);
	arb_array_free(&n->lost.deleted);
	free(n->bsets);
	free(n->keys);
	free(n->raw);
	free(n);
}

size_t node_lower_bound(const struct node *n, struct bpos p)
{
	size_t lo = 0, hi = n->nr_keys;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (bpos_lt(n->keys[mid].k.p, p))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t node_bytes_in_memory(const struct node *n)
{
	size_t bytes = sizeof(*n) + n->raw_bytes + n->nr_bsets * sizeof(*n->bsets) + n->nr_keys * sizeof(*n->keys);

	bytes += (n->lost.range.nr + n->lost.newer.nr) * sizeof(*n->lost.range.v) + n->lost.deleted.nr * sizeof(*n->lost.deleted.v);
	return bytes + n->defects.list.nr * (sizeof(struct defect) + 100);
}

void defects_move(struct defects *to, struct defects *from)
{
	for (size_t i = 0; i < from->list.nr; i++) {
		struct defect *d = to->list.nr < DEFECTS_MAX ? arb_array_push(&to->list) : NULL;

		if (d) {
			*d = from->list.v[i];
			from->list.v[i].text = NULL;
		} else {
			to->dropped++;
		}
	}
	to->dropped += from->dropped;
	defects_free(from);
}
