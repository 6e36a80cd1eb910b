/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arborist/format/geometry.h"

bool geometry_seq_blacklisted(const struct fs_geometry *g, uint64_t seq)
{
	size_t lo = 0, hi = g->nr_blacklist;

	while (lo < hi) {	/* the first range that ends behind seq */
		size_t mid = lo + (hi - lo) / 2;

		if (g->blacklist[mid].end <= seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < g->nr_blacklist && g->blacklist[lo].start <= seq;
}
