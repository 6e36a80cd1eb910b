/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From copies to nodes, and their order. Copies of one node begin together, so only those that do are compared in full; for all others
 * the sort looks at where they begin, and moves each once.
 */
#include <stdlib.h>
#include <string.h>

#include "scan_private.h"

int scanned_age_cmp(const struct scanned_node *a, const struct scanned_node *b)
{
	if (a->damaged != b->damaged)
		return a->damaged ? -1 : 1;
	if (a->node_seq != b->node_seq)
		return a->node_seq < b->node_seq ? -1 : 1;
	return scan_cmp_u64(a->journal_seq, b->journal_seq);
}

/* Of two that begin together. */
static bool same_node(const struct scanned_node *a, const struct scanned_node *b)
{
	return a->cookie == b->cookie && bpos_eq(a->header_max, b->header_max);
}

/* Likewise. Copies of one node together, the best first: intact, longest, then by place. */
static int by_node(const void *x, const void *y)
{
	const struct scanned_node *a = x, *b = y;
	int c = scan_cmp_u64(a->cookie, b->cookie);

	c = c ? c : bpos_cmp(a->header_max, b->header_max);
	c = c ? c : a->damaged - b->damaged;
	c = c ? c : scan_cmp_u64(b->sectors_written, a->sectors_written);
	c = c ? c : a->copy[0].dev - b->copy[0].dev;
	return c ? c : scan_cmp_u64(a->copy[0].sector, b->copy[0].sector);
}

static int by_age(const void *x, const void *y)
{
	const struct scanned_node *a = x, *b = y;
	int c = scanned_age_cmp(b, a);

	c = c ? c : bpos_cmp(a->header_max, b->header_max);
	return c ? c : scan_cmp_u64(a->cookie, b->cookie);
}

static bool has_device(const struct scanned_node *n, unsigned dev)
{
	for (unsigned i = 0; i < n->nr_copies; i++)
		if (n->copy[i].dev == dev)
			return true;
	return false;
}

/* A pointer names a device once, and only copies that are as good as the best one are worth naming. */
static void add_copy(struct scanned_node *n, const struct scanned_node *c)
{
	if (c->damaged == n->damaged && c->sectors_written == n->sectors_written && n->nr_copies < BTREE_PTRS_MAX &&
	    !has_device(n, c->copy[0].dev))
		n->copy[n->nr_copies++] = c->copy[0];
	else if (n->nr_left_out < UINT8_MAX)
		n->nr_left_out++;
}

/* Where a node begins, and which it is: little to move about while they are sorted. */
struct start {
	struct bpos	min;
	uint32_t	group;		/* btree, level from high to low */
	uint32_t	node;
};

static int by_start(const void *x, const void *y)
{
	const struct start *a = x, *b = y;
	int c = scan_cmp_u64(a->group, b->group);

	c = c ? c : bpos_cmp(a->min, b->min);
	return c ? c : scan_cmp_u64(a->node, b->node);
}

/* Puts nodes into the order of @at, which is lost. */
static void permute(struct scanned_node *v, struct start *at, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct scanned_node first = v[i];
		size_t to = i, from = at[i].node;

		for (; from != i; from = at[to].node) {
			v[to] = v[from];
			at[to].node = (uint32_t)to;
			to = from;
		}
		if (to == i)
			continue;
		v[to] = first;
		at[to].node = (uint32_t)to;
	}
}

static bool sort_by_start(struct scan *s)
{
	struct start *at = s->nodes.nr <= UINT32_MAX ? malloc(s->nodes.nr * sizeof(*at)) : NULL;

	for (size_t i = 0; at && i < s->nodes.nr; i++) {
		const struct scanned_node *n = &s->nodes.v[i];

		at[i] = (struct start){ n->header_min, (uint32_t)n->btree << 8 | (UINT8_MAX - n->level), (uint32_t)i };
	}
	if (!at)
		return false;
	qsort(at, s->nodes.nr, sizeof(*at), by_start);
	permute(s->nodes.v, at, s->nodes.nr);
	free(at);
	return true;
}

static bool same_start(const struct scanned_node *a, const struct scanned_node *b)
{
	return scanned_same_level(a, b) && bpos_eq(a->header_min, b->header_min);
}

/* Of @nr nodes that begin together those that are one: how many are left, in order. */
static size_t merge_run(struct scanned_node *v, size_t nr)
{
	size_t left = 0;

	if (nr < 2)
		return nr;
	qsort(v, nr, sizeof(*v), by_node);
	for (size_t i = 0; i < nr; i++) {
		if (left && same_node(&v[left - 1], &v[i]))
			add_copy(&v[left - 1], &v[i]);
		else
			v[left++] = v[i];
	}
	if (left > 1)
		qsort(v, left, sizeof(*v), by_age);
	return left;
}

bool scan_merge_copies(struct scan *s)
{
	struct scanned_node *v = s->nodes.v;
	size_t nr = 0;

	if (!sort_by_start(s))
		return false;
	for (size_t i = 0, end, left; i < s->nodes.nr; i = end) {
		for (end = i + 1; end < s->nodes.nr && same_start(&v[i], &v[end]); end++)
			;
		left = merge_run(v + i, end - i);
		if (nr != i)
			memmove(v + nr, v + i, left * sizeof(*v));
		nr += left;
	}
	s->nodes.nr = nr;
	return true;
}
