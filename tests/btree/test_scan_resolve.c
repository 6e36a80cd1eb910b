/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what a scan found to nodes: copies, their order, and overlaps against the rule written down naively. */
#include "../unit.h"
#include <stdlib.h>

#include "../../src/btree/scan_private.h"
#include "arborist/base/port.h"
#include "arborist/format/btree_id.h"

/* The rule as it is written down: a sorted list, started over after every change. */
struct plain { struct scanned_node n; bool gone; };

static int plain_order(const void *x, const void *y)
{
	const struct plain *a = x, *b = y;
	int c = bpos_cmp(a->n.min, b->n.min);

	c = c ? c : scanned_age_cmp(&b->n, &a->n);
	c = c ? c : bpos_cmp(a->n.header_min, b->n.header_min);
	c = c ? c : bpos_cmp(a->n.header_max, b->n.header_max);
	return c ? c : (a->n.cookie > b->n.cookie) - (a->n.cookie < b->n.cookie);
}

static bool plain_step(struct plain *p, size_t nr, size_t s)
{
	for (size_t i = s + 1; i < nr; i++) {
		int c = scanned_age_cmp(&p[s].n, &p[i].n);

		if (p[i].gone || bpos_lt(p[s].n.max, p[i].n.min))
			continue;
		if (c < 0) {
			bpos_predecessor(p[i].n.min, &p[s].n.max);
			return false;
		}
		if ((!c && p[i].n.level) || bpos_le(p[i].n.max, p[s].n.max)) {
			p[i].gone = true;
			continue;
		}
		bpos_successor(p[s].n.max, &p[i].n.min);
		qsort(p + s + 1, nr - s - 1, sizeof(*p), plain_order);
		return true;
	}
	return false;
}

static void plain_resolve(struct plain *p, size_t nr)
{
	qsort(p, nr, sizeof(*p), plain_order);
	for (size_t s = 0; s < nr; s++)
		while (!p[s].gone && plain_step(p, nr, s))
			;
}

static int by_cookie(const void *x, const void *y)
{
	const struct plain *a = x, *b = y;

	return (a->n.cookie > b->n.cookie) - (a->n.cookie < b->n.cookie);
}

static void test_overlaps(void **state)
{
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 3);
	for (unsigned round = 0; round < 3000; round++) {
		size_t nr = 1 + arb_random_u64(&r) % 14, live = 0;
		struct scan s = { 0 };
		struct plain p[14];

		for (size_t i = 0; i < nr; i++) {
			uint64_t a = arb_random_u64(&r) % 30, b = a + 1 + arb_random_u64(&r) % 12;

			p[i] = (struct plain){ .n = {
				.btree = BTREE_lru, .level = round & 1, .nr_copies = 1, .node_seq = arb_random_u64(&r) % 4, .cookie = i + 1,
				.journal_seq = arb_random_u64(&r) % 2, .header_min = BPOS(1, a, 0), .header_max = BPOS(1, b, 0), .by = SCAN_NONE,
				.damaged = arb_random_u64(&r) % 5 == 0,
			} };
			if (arb_random_u64(&r) % 15 == 0)
				p[i].n.header_max = SPOS_MAX;
			p[i].n.min = p[i].n.header_min;
			p[i].n.max = p[i].n.header_max;
			*(struct scanned_node *)arb_array_push(&s.nodes) = p[i].n;
		}
		plain_resolve(p, nr);
		qsort(p, nr, sizeof(*p), by_cookie);
		assert_int_equal(scan_resolve(&s, NULL), ARB_OK);
		assert_int_equal(s.nodes.nr, nr);
		for (size_t i = 0; i < nr; i++) {
			const struct scanned_node *n = &s.nodes.v[i];
			const struct plain *want = &p[n->cookie - 1];
			bool gone = want->gone || !bpos_lt(want->n.min, want->n.max);

			assert_int_equal(n->overwritten, gone);
			live += !gone;
			if (gone)
				continue;
			assert_true(bpos_eq(n->min, want->n.min) && bpos_eq(n->max, want->n.max));
			assert_int_equal(n->range_updated, !bpos_eq(n->min, n->header_min) || !bpos_eq(n->max, n->header_max));
		}
		assert_int_equal(s.live.nr, live);
		for (size_t i = 1; i < live; i++)
			assert_true(bpos_lt(s.nodes.v[s.live.v[i - 1]].max, s.nodes.v[s.live.v[i]].min));
		arb_array_free(&s.nodes);
		arb_array_free(&s.live);
	}
}

/* Copies in any order, of nodes some of which begin together: one node each, in the order of struct scan. */
static void test_many_copies(void **state)
{
	enum { NODES = 40, DEVICES = 3 };
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 11);
	for (unsigned round = 0; round < 300; round++) {
		unsigned copies[NODES] = { 0 }, seen = 0;
		struct scan s = { 0 };

		for (unsigned i = 0; i < NODES * DEVICES; i++) {
			unsigned k = arb_random_u64(&r) % NODES, dev = arb_random_u64(&r) % DEVICES;
			struct scanned_node n = {
				.btree = k % 5 ? BTREE_lru : BTREE_extents, .level = k % 2, .nr_copies = 1, .cookie = k + 1, .node_seq = k % 3, .by = SCAN_NONE,
				.header_min = BPOS(1, k % 7, 0), .header_max = BPOS(1, 10 + k, 0), .copy[0] = { .sector = i, .dev = (uint8_t)dev },
			};

			n.min = n.header_min;
			n.max = n.header_max;
			copies[k] |= 1u << dev;
			*(struct scanned_node *)arb_array_push(&s.nodes) = n;
		}
		for (unsigned k = 0; k < NODES; k++)
			seen += !!copies[k];
		assert_int_equal(scan_resolve(&s, NULL), ARB_OK);
		assert_int_equal(s.nodes.nr, seen);
		for (size_t i = 0; i < s.nodes.nr; i++) {
			const struct scanned_node *n = &s.nodes.v[i], *before = n - !!i;
			bool same = i && before->btree == n->btree && before->level == n->level;

			assert_int_equal(n->nr_copies, __builtin_popcount(copies[n->cookie - 1]));
			assert_true(!i || same || before->btree < n->btree || (before->btree == n->btree && before->level > n->level));
			assert_true(!same || bpos_lt(before->header_min, n->header_min) ||
				    (bpos_eq(before->header_min, n->header_min) && scanned_age_cmp(before, n) >= 0));
			copies[n->cookie - 1] = 99;	/* not twice */
		}
		arb_array_free(&s.nodes);
		arb_array_free(&s.live);
	}
}

/* Many nodes over each other: a quadratic way would not come back in time. */
static void test_pile(void **state)
{
	struct scan s = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 200000; i++) {
		struct scanned_node *n = arb_array_push(&s.nodes);

		*n = (struct scanned_node){ .nr_copies = 1, .cookie = i + 1, .node_seq = 200000 - i, .by = SCAN_NONE,
			.header_min = POS_MIN, .header_max = BPOS(1, 10 * (i + 1), 0), .max = BPOS(1, 10 * (i + 1), 0) };
	}
	assert_int_equal(scan_resolve(&s, NULL), ARB_OK);
	assert_int_equal(s.live.nr, 200000);
	assert_true(bpos_eq(s.nodes.v[s.live.v[199999]].max, BPOS(1, 2000000, 0)));
	arb_array_free(&s.nodes);
	arb_array_free(&s.live);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_overlaps), cmocka_unit_test(test_many_copies), cmocka_unit_test(test_pile),
};
UNIT_MAIN(tests)
