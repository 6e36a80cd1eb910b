/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The decision tables of the topology check, row by row, with the ends of the key space. */
#include "../unit.h"

#include "../../src/pass/topology.h"

#define AT(n)	BPOS(0, n, 0)
#define BEFORE(n) BPOS(0, (n) - 1, UINT32_MAX)

static struct topo_child child(struct bpos min, struct bpos max, uint32_t age)
{
	return (struct topo_child){
		.min = min, .max = max, .own_min = min, .own_max = max, .node_seq = age, .readable = true, .pointer = true,
	};
}

/* A child whose pointer changes the range of its node. */
static struct topo_child updated(struct topo_child c, struct bpos own_min, struct bpos own_max)
{
	c.own_min = own_min;
	c.own_max = own_max;
	c.range_updated = true;
	return c;
}

static void check(struct bpos parent_min, const struct topo_child *prev, struct topo_child cur, enum topo_row want)
{
	enum topo_row row = topo_boundary(parent_min, prev, &cur);

	if (row != want)
		print_error("got \"%s\", want \"%s\"\n", topology_rules[row].name, topology_rules[want].name);
	assert_int_equal(row, want);
}

static void first_child(void **state)
{
	(void)state;
	check(AT(10), NULL, child(AT(10), AT(19), 1), TOPO_MEET);
	check(AT(10), NULL, child(AT(12), AT(19), 1), TOPO_GAP);
	check(AT(10), NULL, child(AT(5), AT(19), 1), TOPO_RAISE_CUR);
	check(AT(10), NULL, child(AT(5), AT(9), 1), TOPO_DROP_CUR);
	check(AT(10), NULL, child(AT(5), AT(10), 9), TOPO_DROP_CUR);	/* one position is no range */
}

static void gaps(void **state)
{
	struct topo_child prev = child(AT(10), BEFORE(20), 1), claimed = updated(prev, AT(10), BEFORE(40));

	(void)state;
	check(AT(10), &prev, child(AT(20), AT(29), 1), TOPO_MEET);
	check(AT(10), &prev, child(AT(21), AT(29), 1), TOPO_GAP);
	check(AT(10), &prev, updated(child(AT(25), AT(29), 1), AT(20), AT(29)), TOPO_GAP_OWN_CUR);
	check(AT(10), &prev, updated(child(AT(25), AT(29), 1), AT(21), AT(29)), TOPO_GAP);
	check(AT(10), &claimed, child(AT(30), AT(39), 1), TOPO_GAP_OWN_PREV);
	check(AT(10), &claimed, child(AT(50), AT(59), 1), TOPO_GAP);
}

static void overlaps_next_newer(void **state)
{
	struct topo_child prev = child(AT(10), AT(20), 1);

	(void)state;
	check(AT(10), &prev, child(AT(15), AT(30), 2), TOPO_TRIM_PREV);
	check(AT(10), &prev, child(AT(10), AT(30), 2), TOPO_DROP_PREV);
	check(AT(10), &prev, child(AT(5), AT(30), 2), TOPO_DROP_PREV);
	check(AT(10), &prev, child(BPOS(0, 10, 1), AT(30), 2), TOPO_DROP_PREV);	/* would leave one position */
	check(AT(10), &prev, child(BPOS(0, 10, 2), AT(30), 2), TOPO_TRIM_PREV);
	check(AT(10), &prev, child(POS_MIN, AT(30), 2), TOPO_DROP_PREV);
}

static void overlaps_next_not_newer(void **state)
{
	struct topo_child prev = child(AT(10), AT(20), 2);

	(void)state;
	check(AT(10), &prev, child(AT(15), AT(30), 1), TOPO_RAISE_CUR);
	check(AT(10), &prev, child(AT(15), AT(30), 2), TOPO_RAISE_CUR);	/* the earlier one wins a tie */
	check(AT(10), &prev, child(AT(15), AT(20), 1), TOPO_DROP_CUR);
	check(AT(10), &prev, child(AT(15), BPOS(0, 20, 1), 1), TOPO_DROP_CUR);
	check(AT(10), &prev, child(AT(15), BPOS(0, 20, 2), 1), TOPO_RAISE_CUR);
}

/* Moving the other boundary is possible only where both nodes keep a range of more than one position. */
static void other_boundary(void **state)
{
	struct topo_child prev = child(AT(10), AT(20), 1), next = child(AT(5), AT(30), 2), last = child(AT(15), AT(20), 1);
	struct topo_child touching = child(AT(15), BPOS(0, 20, 1), 2), end = child(AT(10), SPOS_MAX, 1);

	(void)state;
	assert_true(topo_can_keep(TOPO_DROP_PREV, AT(0), &prev, &next));
	assert_true(topo_can_keep(TOPO_TRIM_PREV, AT(0), &prev, &next));
	assert_false(topo_can_keep(TOPO_DROP_PREV, AT(0), &prev, &touching));	/* would leave one position */
	assert_false(topo_can_keep(TOPO_TRIM_PREV, AT(0), &end, &next));
	assert_true(topo_can_keep(TOPO_DROP_CUR, AT(0), &prev, &last));
	assert_false(topo_can_keep(TOPO_RAISE_CUR, AT(0), &prev, &next));	/* nothing would be left of the first */
	assert_false(topo_can_keep(TOPO_DROP_CUR, AT(10), NULL, &next));
	assert_false(topo_can_keep(TOPO_GAP, AT(0), &prev, &last));
}

static void end_of_all_positions(void **state)
{
	struct topo_child prev = child(AT(10), SPOS_MAX, 2);

	(void)state;
	check(AT(10), &prev, child(AT(15), SPOS_MAX, 1), TOPO_DROP_CUR);
	check(AT(10), &prev, child(AT(15), SPOS_MAX, 3), TOPO_TRIM_PREV);
	check(AT(10), &prev, child(SPOS_MAX, SPOS_MAX, 1), TOPO_DROP_CUR);
}

static void claims_without_keys(void **state)
{
	struct topo_child honest = child(AT(10), AT(20), 1), claims = updated(honest, AT(10), AT(14));

	(void)state;
	check(AT(10), &claims, child(AT(15), AT(30), 1), TOPO_CLAIM_PREV);
	check(AT(10), &claims, child(AT(14), AT(30), 2), TOPO_TRIM_PREV);	/* held at 14 by both */
	check(AT(10), &honest, updated(child(AT(15), AT(30), 2), AT(21), AT(30)), TOPO_CLAIM_CUR);
	check(AT(10), &honest, updated(child(AT(15), AT(30), 2), AT(20), AT(30)), TOPO_TRIM_PREV);
}

static void node_end(void **state)
{
	struct topo_child last = child(AT(10), AT(20), 1), cut = updated(last, AT(10), AT(30));

	(void)state;
	assert_int_equal(topo_end(AT(20), &last), TOPO_MEET);
	assert_int_equal(topo_end(AT(30), &last), TOPO_END);
	assert_int_equal(topo_end(AT(30), &cut), TOPO_END_OWN);
	assert_int_equal(topo_end(AT(31), &cut), TOPO_END);
}

/* Whatever two ranges do, the row chosen leaves them meeting, or one of them gone; never an empty range. */
static void every_pair_settles(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 6 * 6 * 6 * 6 * 3; code++) {
		unsigned a = code % 6, b = code / 6 % 6, c = code / 36 % 6, d = code / 216 % 6, age = code / 1296;
		struct topo_child prev = child(AT(a), AT(b), 1), cur = child(AT(c), AT(d), age);
		struct bpos want, before;

		if (a >= b || c >= d)
			continue;
		switch (topo_boundary(AT(a), &prev, &cur)) {
		case TOPO_MEET:
			break;
		case TOPO_GAP:
		case TOPO_RAISE_CUR:
			assert_true(topo_want(AT(a), &prev, &want));
			assert_true(bpos_lt(want, cur.max));
			break;
		case TOPO_TRIM_PREV:
			assert_true(bpos_predecessor(cur.min, &before));
			assert_true(bpos_lt(prev.min, before));
			break;
		case TOPO_DROP_PREV:
			assert_true(cur.node_seq > prev.node_seq);
			break;
		case TOPO_DROP_CUR:
			assert_true(cur.node_seq <= prev.node_seq);
			break;
		default:
			fail();
		}
	}
}

static void every_row_is_described(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TOPO_ROW_NR; i++)
		assert_true(topology_rules[i].name && topology_rules[i].when && topology_rules[i].then);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(first_child),
	cmocka_unit_test(gaps),
	cmocka_unit_test(overlaps_next_newer),
	cmocka_unit_test(overlaps_next_not_newer),
	cmocka_unit_test(other_boundary),
	cmocka_unit_test(end_of_all_positions),
	cmocka_unit_test(claims_without_keys),
	cmocka_unit_test(node_end),
	cmocka_unit_test(every_pair_settles),
	cmocka_unit_test(every_row_is_described),
};
UNIT_MAIN(tests)
