/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Power cuts while a commit writes nodes: a rebuilt root and a leaf written anew. Whatever was written and synced, every key of
 * every btree is there as before, or as planned; a node that is pointed at can be read.
 */
#include "../unit.h"

#include <stdlib.h>
#include <unistd.h>
#include "arborist/format/btree_id.h"
#include "arborist/format/checksum.h"
#include "simdisk.h"
#include "../temp.h"

enum { SEEDS = 5 };
static char folder[TEMP_PATH], undo_path[TEMP_PATH + 8];

/* --- what a reader sees ------------------------------------------------------------------------------------------------ */

struct looking { uint64_t hash; unsigned bad; };

static enum arb_code look_at_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct looking *l = arg;
	uint64_t words[] = { n->btree, k.k.p.inode, k.k.p.offset, k.k.p.snapshot, k.k.size, k.k.type,
			     csum_compute(CSUM_xxhash, k.v, bkey_val_bytes(&k.k)).lo };

	l->hash = (l->hash ^ csum_compute(CSUM_xxhash, words, sizeof(words)).lo) * UINT64_C(0x9e3779b97f4a7c15) + 1;
	return ARB_OK;
}

static enum arb_code look_at_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct looking *l = arg;

	(void)level, (void)ptr, (void)d;
	l->bad++;
	return ARB_OK;
}

/* Keys of the btrees the plan is about; of the others what is read through roots and overlay. */
static uint64_t state_of(struct sim *s)
{
	static const unsigned btrees[] = { BTREE_inodes, BTREE_dirents };
	struct view *v = sim_view(s, false, UINT64_MAX);
	struct looking l = { sim_view_state(v), 0 };

	for (size_t i = 0; i < sizeof(btrees) / sizeof(btrees[0]); i++) {
		struct walk w = { .btree = btrees[i], .start = POS_MIN, .end = SPOS_MAX, .key = look_at_key, .bad = look_at_bad, .arg = &l };

		assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	}
	assert_int_equal(l.bad, 0);
	view_free(v);
	return l.hash;
}

/* --- the plan ------------------------------------------------------------------------------------------------------------ */

struct leaves { struct repair *r; struct bpos second; unsigned nr; };

static enum arb_code add_leaf(void *arg, const struct node *n, struct bkey_s k)
{
	struct leaves *l = arg;

	repair_insert(l->r, n->btree, 1, k);
	return ARB_OK;
}

static enum arb_code find_second(void *arg, const struct node *n, struct bkey_s k)
{
	struct leaves *l = arg;

	(void)n;
	if (l->nr++ == 1)
		l->second = k.k.p;
	return ARB_OK;
}

static struct plan *make_plan(struct view *v)
{
	struct leaves l = { .r = repair_new("a new root, and a leaf written anew") };
	struct walk all = { .btree = BTREE_inodes, .level = 1, .start = POS_MIN, .end = SPOS_MAX, .key = add_leaf, .arg = &l };
	struct walk some = { .btree = BTREE_dirents, .level = 1, .start = POS_MIN, .end = SPOS_MAX, .key = find_second, .arg = &l };
	struct plan *p;

	repair_root(l.r, BTREE_inodes, 1, NULL);
	repair_shoot_down(l.r, BTREE_inodes, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
	assert_int_equal(view_walk(v, &all, NULL), ARB_OK);
	assert_int_equal(view_walk(v, &some, NULL), ARB_OK);
	assert_true(l.nr > 2);
	repair_rewrite(l.r, BTREE_dirents, 1, l.second);
	repair_super(l.r, PLAN_SUPER_REQUIRE_PASS, 5);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(plan_apply(p, l.r, NULL), ARB_OK);
	return p;
}

static struct commit *prepare(struct view *v, const struct plan *p)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));
	struct arb_error err = { 0 };
	unsigned nodes = 0;
	struct commit *c;

	if (commit_prepare(v, p, &clock, &c, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < c->writes.nr; i++)
		nodes += !strncmp(c->writes.v[i].what, "new node", 8);
	assert_int_equal(nodes, 2);
	return c;
}

/* --- cuts ---------------------------------------------------------------------------------------------------------------- */

static void undo(struct sim *s, bool record)
{
	struct devset *d = sim_open(s, record, UINT64_MAX);
	struct blk *by_member[SB_MEMBERS_MAX] = { NULL };
	struct arb_error err = { 0 };
	struct undo *u;

	if (undo_load(undo_path, &u, &err))
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		by_member[i] = d->dev[i] ? d->dev[i]->blk : NULL;
	if (undo_apply(u, by_member, SB_MEMBERS_MAX, false, NULL, NULL, &err))
		fail_msg("%s", err.text);
	undo_free(u);
	devset_free(d);
}

static void check_cuts(struct sim *s, const struct commit *c, bool from_after, uint64_t old, uint64_t new)
{
	size_t saw_old = 0, saw_new = 0;

	for (size_t nr = 0; nr <= s->log.list.nr; nr++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			uint64_t state;

			sim_rewind(s, c, from_after);
			sim_cut(s, nr, seed);
			state = state_of(s);
			if (state != old && state != new)
				fail_msg("after %zu of %zu writes and syncs (seed %llu): neither old nor new", nr, s->log.list.nr,
					 (unsigned long long)seed);
			saw_old += state == old;
			saw_new += state == new;
		}
	assert_true(saw_old && saw_new);
}

static void log_clear(struct sim *s)
{
	blk_journal_free(&s->log);
	memset(&s->log, 0, sizeof(s->log));
}

static void crash(bool unclean, uint64_t seed)
{
	struct arb_error err = { 0 };
	uint64_t old, new, bytes;
	struct commit *c;
	struct plan *p;
	struct view *v;
	struct sim s;

	sim_build(&s, unclean, seed);
	bytes = sim_hash(&s);
	old = state_of(&s);
	v = sim_view(&s, true, UINT64_MAX);
	p = make_plan(v);
	c = prepare(v, p);
	if (commit_write_out(v->devs, c, undo_path, NULL, NULL, &err))
		fail_msg("%s", err.text);
	plan_free(p);
	view_free(v);
	new = state_of(&s);
	assert_int_not_equal(old, new);
	check_cuts(&s, c, false, old, new);
	sim_rewind(&s, c, true);
	log_clear(&s);
	undo(&s, true);
	assert_int_equal(sim_hash(&s), bytes);
	check_cuts(&s, c, true, old, new);
	sim_rewind(&s, c, true);
	sim_cut(&s, s.log.list.nr / 2, 2);
	undo(&s, false);
	assert_int_equal(sim_hash(&s), bytes);
	commit_free(c);
	unlink(undo_path);
	sim_free(&s);
}

static void clean(void **state) { (void)state; crash(false, 21); }
static void unclean(void **state) { (void)state; crash(true, 22); }

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(clean), cmocka_unit_test(unclean) };
	int failed;

	if (!temp_folder(folder, "commit"))
		return 99;
	snprintf(undo_path, sizeof(undo_path), "%s/undo", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed ? 1 : 0;
}
