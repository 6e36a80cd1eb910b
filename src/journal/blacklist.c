/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges of sequence numbers that do not count: kept sorted and without overlaps. */
#include <stdlib.h>
#include <string.h>
#include "internal.h"

/* Index of the first range that ends behind @seq. */
static size_t find(const struct journal *j, uint64_t seq)
{
	size_t lo = 0, hi = j->nr_blacklist;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (j->blacklist[mid].end <= seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool blacklist_has(const struct journal *j, uint64_t seq)
{
	return blacklist_skip(j, seq) != seq;
}

uint64_t blacklist_skip(const struct journal *j, uint64_t seq)
{
	for (size_t i = find(j, seq); i < j->nr_blacklist && j->blacklist[i].start <= seq; i++)
		seq = j->blacklist[i].end;
	return seq;
}

uint64_t blacklist_next_start(const struct journal *j, uint64_t seq)
{
	size_t i = find(j, seq);

	return i < j->nr_blacklist ? j->blacklist[i].start : UINT64_MAX;
}

enum arb_code blacklist_add(struct journal *j, uint64_t start, uint64_t end, struct arb_error *err)
{
	size_t first = find(j, start), last = first;
	struct seq_range *v;

	if (start >= end)
		return ARB_OK;
	for (; last < j->nr_blacklist && j->blacklist[last].start <= end; last++) {
		start = j->blacklist[last].start < start ? j->blacklist[last].start : start;
		end = j->blacklist[last].end > end ? j->blacklist[last].end : end;
	}
	v = realloc(j->blacklist, (j->nr_blacklist + 1) * sizeof(*v));
	if (!v)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the journal's blacklist");
	j->blacklist = v;
	memmove(v + first + 1, v + last, (j->nr_blacklist - last) * sizeof(*v));
	v[first] = (struct seq_range) { start, end };
	j->nr_blacklist += 1 - (last - first);
	return ARB_OK;
}
