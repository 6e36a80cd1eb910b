/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology check over a filesystem built in memory. Most cases damage the alloc btree: it is left out of the device
 * scan, so the decision tables alone have to bring it in order. After every case the btree is walked by hand, and a
 * second run finds nothing.
 */
#include "../unit.h"

#include <stdlib.h>

#include "arborist/base/port.h"
#include "arborist/format/btree_id.h"
#include "arborist/overlay/overlay.h"
#include "topo_make.h"

#define B BTREE_alloc

static bool found(const struct topo_fs *t, const char *id)
{
	for (unsigned i = 0; i < t->nr_found; i++)
		if (!strcmp(t->found[i].row->id, id))
			return true;
	return false;
}

static void show(const struct topo_fs *t)
{
	for (unsigned i = 0; i < t->nr_found; i++)
		print_error("  %s btree %u level %u [%s]%s\n", t->found[i].row->id, t->found[i].btree, t->found[i].level,
			    t->found[i].rule ? t->found[i].rule->name : "", t->found[i].fixed ? "" : " left");
}

/* Runs; every finding is one of @ids (ending with NULL) and each of them is there; then all is in order. */
static void repairs(struct topo_fs *t, unsigned btree, const char *const *ids)
{
	assert_true(topo_faults(t, btree) > 0);
	assert_int_equal(topo_fs_run(t), ARB_OK);
	for (unsigned i = 0; i < t->nr_found; i++) {
		unsigned k = 0;

		while (ids[k] && strcmp(ids[k], t->found[i].row->id))
			k++;
		if (!ids[k] || !t->found[i].fixed)
			show(t);
		assert_non_null(ids[k]);
		assert_true(t->found[i].fixed);
	}
	for (unsigned k = 0; ids[k]; k++)
		assert_true(found(t, ids[k]));
	assert_int_equal(topo_faults(t, btree), 0);
	assert_int_equal(topo_fs_run(t), ARB_OK);
	assert_int_equal(t->nr_found, 0);
}
#define REPAIRS(t, btree, ...) repairs(t, btree, (const char *const[]){ __VA_ARGS__, NULL })
#define BAD_MIN "btree_node_topology_bad_min_key"
#define BAD_MAX "btree_node_topology_bad_max_key"

/* A leaf (level 0) or node of @level with neighbours on both sides under the same parent. */
static size_t inner(const struct topo_ptrs *leaves, const struct topo_ptrs *parents)
{
	for (size_t i = 1; i + 1 < leaves->nr; i++) {
		bool edge = false;

		for (size_t p = 0; p < parents->nr; p++)
			edge |= bpos_eq(parents->v[p].k.p, leaves->v[i].k.p) || bpos_eq(parents->v[p].k.p, leaves->v[i - 1].k.p);
		if (!edge)
			return i;
	}
	fail_msg("no node inside a parent");
	return 0;
}

struct fixture {
	struct topo_fs	*fs;
	struct topo_ptrs leaves, parents;
	size_t		i;		/* of leaves: one with neighbours under the same parent */
};

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	x->fs = topo_fs_new();
	assert_true(topo_depth(x->fs, B) >= 2);
	x->leaves = topo_ptrs(x->fs, B, 0);
	x->parents = topo_ptrs(x->fs, B, 1);
	x->i = inner(&x->leaves, &x->parents);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	topo_fs_free(x->fs);
	free(x->leaves.v);
	free(x->parents.v);
	free(x);
	return 0;
}

static void a_sound_tree_has_no_finding(void **state)
{
	struct fixture *x = *state;

	assert_int_equal(topo_faults(x->fs, B), 0);
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_int_equal(x->fs->nr_found, 0);
	assert_true(x->fs->steps > x->leaves.nr);
	assert_int_equal(plan_nr(x->fs->plan), 0);
}

static void a_gap_is_given_to_the_next_node(void **state)
{
	struct fixture *x = *state;

	topo_del(x->fs, B, 0, x->leaves.v[x->i].k.p);
	REPAIRS(x->fs, B, BAD_MIN);
	assert_int_equal(plan_loss(x->fs->plan).ranges_uncovered, 1);
}

static void a_gap_at_an_upper_level(void **state)
{
	struct fixture *x = *state;

	topo_del(x->fs, B, 1, x->parents.v[1].k.p);
	REPAIRS(x->fs, B, BAD_MIN);
}

static void a_short_end(void **state)
{
	struct fixture *x = *state;

	topo_del(x->fs, B, 0, x->parents.v[0].k.p);	/* the last leaf below it has the same position */
	REPAIRS(x->fs, B, BAD_MAX);
}

static void keys_of_a_cut_range_come_back(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i]);
	uint64_t keys = topo_keys(x->fs, B);

	p.range_updated = true;
	p.min_key.offset += 3;
	topo_put(x->fs, B, 0, &p);
	assert_true(topo_keys(x->fs, B) < keys);
	REPAIRS(x->fs, B, BAD_MIN);
	assert_int_equal(topo_keys(x->fs, B), keys);
	assert_int_equal(plan_loss(x->fs->plan).ranges_uncovered, 0);
}

static void a_claim_without_keys_gives_way(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i]), prev = topo_ptr(&x->leaves.v[x->i - 1]);
	uint64_t keys = topo_keys(x->fs, B);

	p.range_updated = true;
	p.min_key = prev.min_key;
	p.min_key.offset++;
	topo_put(x->fs, B, 0, &p);
	REPAIRS(x->fs, B, BAD_MIN);
	assert_int_equal(topo_keys(x->fs, B), keys);
	assert_int_equal(plan_loss(x->fs->plan).keys_cut, 0);
}

static void a_claim_of_the_previous_node_gives_way(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i - 1]), next = topo_ptr(&x->leaves.v[x->i]);
	uint64_t keys = topo_keys(x->fs, B);

	topo_del(x->fs, B, 0, p.max_key);
	p.range_updated = true;
	p.max_key = next.max_key;
	p.max_key.offset--;
	topo_put(x->fs, B, 0, &p);
	REPAIRS(x->fs, B, BAD_MAX);
	assert_int_equal(topo_keys(x->fs, B), keys);
}

static void an_unreadable_leaf_is_dropped(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i]);

	p.seq++;
	topo_put(x->fs, B, 0, &p);
	REPAIRS(x->fs, B, "btree_node_unreadable", BAD_MIN);
	assert_int_equal(plan_loss(x->fs->plan).nodes_unreadable, 1);
	assert_int_equal(plan_loss(x->fs->plan).nodes_dropped, 1);
}

static void all_leaves_of_a_node_unreadable(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr parent = topo_ptr(&x->parents.v[1]);

	for (size_t i = 0; i < x->leaves.nr; i++) {
		struct btree_ptr p = topo_ptr(&x->leaves.v[i]);

		if (bpos_lt(p.max_key, parent.min_key) || bpos_lt(parent.max_key, p.max_key))
			continue;
		p.seq++;
		topo_put(x->fs, B, 0, &p);
	}
	REPAIRS(x->fs, B, "btree_node_unreadable", "btree_node_topology_interior_node_empty", BAD_MIN);
}

static void a_root_without_a_readable_child_becomes_empty(void **state)
{
	struct fixture *x = *state;
	struct topo_ptrs top = topo_ptrs(x->fs, B, topo_depth(x->fs, B) - 1);

	for (size_t i = 0; i < top.nr; i++) {
		struct btree_ptr p = topo_ptr(&top.v[i]);

		p.seq++;
		topo_put(x->fs, B, topo_depth(x->fs, B) - 1, &p);
	}
	free(top.v);
	REPAIRS(x->fs, B, "btree_node_unreadable", "btree_node_topology_interior_node_empty", "btree_root_unreadable_and_scan_found_nothing");
	assert_int_equal(topo_depth(x->fs, B), 0);
}

static void a_lost_root_of_bookkeeping_becomes_empty(void **state)
{
	struct fixture *x = *state;

	x->fs->view->roots[B].lost = true;
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_int_equal(x->fs->nr_found, 1);
	assert_string_equal(x->fs->found[0].row->id, "btree_root_bkey_invalid");
	assert_int_equal(topo_faults(x->fs, B), 0);
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_int_equal(x->fs->nr_found, 0);
}

static void a_node_reachable_twice_side_by_side(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i]), first = p, second = p;
	uint64_t keys = topo_keys(x->fs, B);

	first.range_updated = second.range_updated = true;
	first.max_key = p.min_key;
	first.max_key.offset += 2;
	assert_true(bpos_successor(first.max_key, &second.min_key));
	topo_put(x->fs, B, 0, &first);
	topo_put(x->fs, B, 0, &second);
	assert_int_equal(topo_faults(x->fs, B), 0);	/* nothing but the node tells */
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_true(found(x->fs, "arborist_node_reachable_twice"));
	assert_int_equal(topo_faults(x->fs, B), 0);
	assert_int_equal(topo_keys(x->fs, B), keys);
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_int_equal(x->fs->nr_found, 0);
}

static void a_node_reachable_from_far_away(void **state)
{
	struct fixture *x = *state;
	struct btree_ptr p = topo_ptr(&x->leaves.v[x->i]), there = topo_ptr(&x->leaves.v[x->leaves.nr - 1]);
	uint64_t keys = topo_keys(x->fs, B);

	p.range_updated = true;
	p.min_key = there.min_key;
	p.max_key = there.min_key;
	p.max_key.offset += 1;
	topo_put(x->fs, B, 0, &p);
	assert_int_equal(topo_fs_run(x->fs), ARB_OK);
	assert_true(found(x->fs, "arborist_node_reachable_twice"));
	assert_int_equal(topo_faults(x->fs, B), 0);
	assert_int_equal(topo_keys(x->fs, B), keys);
}

static void a_key_that_is_no_pointer(void **state)
{
	struct fixture *x = *state;
	struct bkey_buf k = { .k = { .p = x->leaves.v[x->i].k.p, .u64s = BKEY_U64s, .type = KEY_set } };

	k.k.p.offset--;
	assert_int_equal(overlay_insert(x->fs->view->overlay, B, 1, bkey_buf_s(&k), 0), ARB_OK);
	REPAIRS(x->fs, B, "arborist_child_bad_pointer");
}

static void declining_ends_the_pass(void **state)
{
	struct fixture *x = *state;

	x->fs->answer_skip = BAD_MIN;
	topo_del(x->fs, B, 0, x->leaves.v[x->i].k.p);
	assert_int_equal(topo_fs_run(x->fs), ARB_E_STOPPED);
	assert_int_equal(x->fs->nr_found, 1);
	assert_int_equal(plan_nr(x->fs->plan), 0);
	for (size_t i = 0; i < passes_nr; i++)
		assert_int_equal(pass_run_status(x->fs->run, i)->left, !strcmp(passes[i]->name, "check_topology"));
	x->fs->answer_skip = NULL;
	x->fs->answer_stop = BAD_MIN;
	assert_int_equal(topo_fs_run(x->fs), ARB_E_STOPPED);
	assert_int_equal(plan_nr(x->fs->plan), 0);
}

static void restricted_to_another_btree(void **state)
{
	struct fixture *x = *state;
	struct pass_scope s = { .restricted = true, .btree = BTREE_inodes, .start = POS_MIN, .end = SPOS_MAX };
	struct arb_error err = { 0 };

	topo_del(x->fs, B, 0, x->leaves.v[x->i].k.p);
	pass_run_request(x->fs->run, pass_by_name("check_topology"), "test");
	assert_int_equal(pass_run_all(x->fs->run, &s, &x->fs->port, &err), ARB_OK);
	assert_int_equal(x->fs->nr_found, 0);
	s.btree = B;
	s.end = x->parents.v[0].k.p;
	s.start = x->parents.v[0].k.p;
	pass_run_request(x->fs->run, pass_by_name("check_topology"), "test");
	assert_int_equal(pass_run_all(x->fs->run, &s, &x->fs->port, &err), ARB_OK);
	s.start = POS_MIN;
	s.end = SPOS_MAX;
	pass_run_request(x->fs->run, pass_by_name("check_topology"), "test");
	assert_int_equal(pass_run_all(x->fs->run, &s, &x->fs->port, &err), ARB_OK);
	assert_true(found(x->fs, BAD_MIN));
	assert_int_equal(topo_faults(x->fs, B), 0);
}

/* --- whatever is done to the pointers, the check ends, and what it leaves is in order -------------------------------- */
static struct bpos near(struct arb_random *r, struct bpos p)
{
	int64_t by = (int64_t)(arb_random_u64(r) % 41) - 20;

	p.offset += by;
	return p;
}

static void damage_once(struct topo_fs *t, unsigned btree, struct arb_random *r)
{
	unsigned level = arb_random_u64(r) % topo_depth(t, btree);
	struct topo_ptrs all = topo_ptrs(t, btree, level);
	struct btree_ptr p, q;

	if (!all.nr)
		return;
	p = topo_ptr(&all.v[arb_random_u64(r) % all.nr]);
	q = topo_ptr(&all.v[arb_random_u64(r) % all.nr]);
	free(all.v);
	switch (arb_random_u64(r) % 8) {
	case 0:
		topo_del(t, btree, level, p.max_key);
		return;
	case 1:				/* begins elsewhere */
		p.min_key = near(r, p.min_key);
		break;
	case 2:				/* ends elsewhere */
		if (arb_random_u64(r) % 2)
			topo_del(t, btree, level, p.max_key);
		p.max_key = near(r, p.max_key);
		break;
	case 3:				/* unreadable */
		p.seq++;
		break;
	case 4:				/* the node of another pointer */
		p.seq = q.seq;
		p.ptr[0] = q.ptr[0];
		break;
	case 5:				/* the range of another pointer */
		p.min_key = q.min_key;
		break;
	case 6:
		p.min_key = POS_MIN;
		break;
	case 7:
		p.max_key = SPOS_MAX;
		break;
	}
	if (!bpos_lt(p.min_key, p.max_key))
		return;
	p.range_updated = arb_random_u64(r) % 8;
	topo_put(t, btree, level, &p);
}

static void random_case(unsigned btree, uint64_t seed)
{
	struct topo_fs *t = topo_fs_new();
	struct arb_random r;

	arb_random_seed(&r, seed);
	for (unsigned n = 1 + arb_random_u64(&r) % 12; n; n--)
		damage_once(t, btree, &r);
	assert_int_equal(topo_fs_run(t), ARB_OK);
	if (topo_faults(t, btree) || found(t, "arborist_topology_not_converging") || found(t, "arborist_topology_inconsistent")) {
		show(t);
		fail_msg("btree %u seed %llu: %u faults left", btree, (unsigned long long)seed, topo_faults(t, btree));
	}
	assert_int_equal(topo_fs_run(t), ARB_OK);
	if (t->nr_found) {
		show(t);
		fail_msg("btree %u seed %llu: the second run found something", btree, (unsigned long long)seed);
	}
	topo_fs_free(t);
}

static void any_damage_ends_in_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++)
		random_case(B, seed);
	random_case(B, 77);	/* a node moved by a repair, and met again under another pointer */
}

/* With the device scan: nodes come back. */
static void any_damage_ends_in_order_with_the_scan(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		random_case(seed % 2 ? BTREE_inodes : BTREE_extents, seed);
}

/* Pointers lost, spoilt or exchanged, while all nodes still lie on the device: the scan brings every key back. */
static void lost_pointers(unsigned btree, uint64_t seed)
{
	struct topo_fs *t = topo_fs_new();
	uint64_t keys = topo_keys(t, btree);
	struct arb_random r;

	arb_random_seed(&r, seed);
	for (unsigned n = 1 + arb_random_u64(&r) % 12; n; n--) {
		unsigned level = arb_random_u64(&r) % topo_depth(t, btree);
		struct topo_ptrs all = topo_ptrs(t, btree, level);
		struct btree_ptr p, q;

		if (!all.nr)
			continue;
		p = topo_ptr(&all.v[arb_random_u64(&r) % all.nr]);
		q = topo_ptr(&all.v[arb_random_u64(&r) % all.nr]);
		free(all.v);
		if (arb_random_u64(&r) % 2)
			p.seq = q.seq + 1;
		p.ptr[0] = q.ptr[0];
		if (arb_random_u64(&r) % 2)
			topo_del(t, btree, level, p.max_key);
		else
			topo_put(t, btree, level, &p);
	}
	assert_int_equal(topo_fs_run(t), ARB_OK);
	if (topo_faults(t, btree) || topo_keys(t, btree) != keys) {
		show(t);
		fail_msg("btree %u seed %llu: %u faults, %llu of %llu keys", btree, (unsigned long long)seed, topo_faults(t, btree),
			 (unsigned long long)topo_keys(t, btree), (unsigned long long)keys);
	}
	topo_fs_free(t);
}

static void the_scan_brings_every_key_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		lost_pointers(seed % 2 ? BTREE_inodes : BTREE_extents, seed);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
static const struct CMUnitTest tests[] = {
	CASE(a_sound_tree_has_no_finding),
	CASE(a_gap_is_given_to_the_next_node),
	CASE(a_gap_at_an_upper_level),
	CASE(a_short_end),
	CASE(keys_of_a_cut_range_come_back),
	CASE(a_claim_without_keys_gives_way),
	CASE(a_claim_of_the_previous_node_gives_way),
	CASE(an_unreadable_leaf_is_dropped),
	CASE(all_leaves_of_a_node_unreadable),
	CASE(a_root_without_a_readable_child_becomes_empty),
	CASE(a_lost_root_of_bookkeeping_becomes_empty),
	CASE(a_node_reachable_twice_side_by_side),
	CASE(a_node_reachable_from_far_away),
	CASE(a_key_that_is_no_pointer),
	CASE(declining_ends_the_pass),
	CASE(restricted_to_another_btree),
	cmocka_unit_test(any_damage_ends_in_order),
	cmocka_unit_test(any_damage_ends_in_order_with_the_scan),
	cmocka_unit_test(the_scan_brings_every_key_back),
};
UNIT_MAIN(tests)
