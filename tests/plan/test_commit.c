/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commit and undo under power cuts: whatever was written and synced when the power went, the filesystem opens with exactly the
 * old or exactly the new state, and the undo record puts every byte back.
 */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/format/accounting.h"
#include "arborist/format/btree_id.h"
#include "simdisk.h"
#include "../temp.h"

enum { SEEDS = 6 };
static char folder[TEMP_PATH], undo_path[TEMP_PATH + 8];

struct picked { struct repair *r; unsigned left; bool odd; unsigned seen; };

static enum arb_code pick(void *arg, const struct node *n, struct bkey_s k)
{
	struct picked *p = arg;

	(void)n;
	if (p->seen++ % 2 != p->odd)
		return ARB_OK;
	repair_delete(p->r, n->btree, 0, k.k.p);
	return --p->left ? ARB_OK : ARB_E_FLOW;
}

/* A plan that takes out keys of the btree and asks for a pass. */
static struct plan *make_plan(struct view *v, unsigned btree, unsigned nr, bool odd)
{
	struct repair *r = repair_new("take out %u keys", nr);
	struct picked p = { r, nr, odd, 0 };
	struct walk w = { .btree = btree, .start = POS_MIN, .end = SPOS_MAX, .key = pick, .arg = &p };
	struct arb_error err = { 0 };
	struct plan *plan;

	view_walk(v, &w, &err);
	assert_true(r->mutations.nr);
	repair_super(r, PLAN_SUPER_REQUIRE_PASS, 5);
	repair_super(r, PLAN_SUPER_COUNT_ERROR, 64);
	assert_int_equal(plan_new(v, &plan, &err), ARB_OK);
	if (plan_apply(plan, r, &err))
		fail_msg("%s", err.text);
	return plan;
}

/* Many small entries so that a commit has NO_FLUSH ones: keys are inserted again and again at new places. */
static void grow_plan(struct plan *p, unsigned nr)
{
	struct repair *r = repair_new("many deletions");

	for (unsigned i = 0; i < nr; i++)
		repair_delete(r, BTREE_lru, 0, BPOS(UINT64_C(1) << 48 | 7, i, 0));
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
}

static struct commit *prepare(struct view *v, const struct plan *p)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));
	struct arb_error err = { 0 };
	struct commit *c;

	if (commit_prepare(v, p, &clock, &c, &err))
		fail_msg("%s", err.text);
	return c;
}

static void log_clear(struct sim *s)
{
	blk_journal_free(&s->log);
	memset(&s->log, 0, sizeof(s->log));
}

static struct undo *load_undo(void)
{
	struct arb_error err = { 0 };
	struct undo *u;

	if (undo_load(undo_path, &u, &err))
		fail_msg("%s", err.text);
	return u;
}

static enum arb_code do_undo(struct sim *s, bool record, struct arb_error *err)
{
	struct devset *d = sim_open(s, record, UINT64_MAX);
	struct blk *by_member[SB_MEMBERS_MAX] = { NULL };
	struct undo *u = load_undo();
	enum arb_code ret;

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		by_member[i] = d->dev[i] ? d->dev[i]->blk : NULL;
	ret = undo_apply(u, by_member, SB_MEMBERS_MAX, false, NULL, NULL, err);
	undo_free(u);
	devset_free(d);
	return ret;
}

/* Every prefix of the log on top of the images @c says, every kind of loss: only the two states may show. */
static void check_cuts(struct sim *s, const struct commit *c, bool from_after, uint64_t old, uint64_t new, size_t *saw_old, size_t *saw_new)
{
	*saw_old = *saw_new = 0;
	for (size_t nr = 0; nr <= s->log.list.nr; nr++)
		for (uint64_t seed = 0; seed < SEEDS; seed++) {
			uint64_t state;

			sim_rewind(s, c, from_after);
			sim_cut(s, nr, seed);
			state = sim_state(s);
			if (state != old && state != new)
				fail_msg("after %zu of %zu writes and syncs (seed %llu): neither old nor new", nr, s->log.list.nr,
					 (unsigned long long)seed);
			*saw_old += state == old;
			*saw_new += state == new;
		}
}

/* How many records come before the step that makes the new state hold. */
static size_t records_before_switch(const struct sim *s, const struct commit *c)
{
	size_t left = 0, i;

	for (i = 0; i < c->writes.nr; i++)
		left += c->writes.v[i].step < c->switch_step;
	for (i = 0; i < s->log.list.nr && (left || s->log.list.v[i].sync); i++)
		left -= !s->log.list.v[i].sync;
	return i;
}

/* A power cut in the middle, then another repair is made and written: nothing of the first may come back. */
static void check_used_between(struct sim *s, const struct commit *c)
{
	size_t nr = records_before_switch(s, c);
	struct sim other = *s;
	struct arb_error err = { 0 };
	char path[sizeof(undo_path) + 1];
	uint64_t want;

	sim_rewind(s, c, false);
	sim_cut(s, nr, 0);
	memset(&other.log, 0, sizeof(other.log));
	snprintf(path, sizeof(path), "%s2", undo_path);
	struct view *v = sim_view(&other, false, UINT64_MAX);
	struct plan *p = make_plan(v, BTREE_inodes, 3, true);
	struct commit *second = prepare(v, p);

	want = sim_view_state(v);
	assert_int_equal(commit_write_out(v->devs, second, path, NULL, NULL, &err), ARB_OK);
	plan_free(p);
	view_free(v);
	assert_int_equal(sim_state(s), want);
	assert_int_equal(do_undo(s, false, &err), ARB_E_CHANGED);	/* the first one's record is of no use now */
	sim_rewind(s, second, false);
	commit_free(second);
	unlink(path);
}

static void add_journal_anew(struct plan *p)
{
	struct repair *r = repair_new("the journal anew");
	struct arb_error err = { 0 };

	repair_super(r, PLAN_SUPER_JOURNAL, 0);
	if (plan_apply(p, r, &err))
		fail_msg("%s", err.text);
}

static void check_failing_writes(struct sim *s, uint64_t bytes_before, unsigned btree, bool anew, uint64_t old, uint64_t new)
{
	for (uint64_t left = 0;; left++) {
		struct view *v = sim_view(s, false, left);
		struct plan *p = make_plan(v, btree, 40, false);
		struct arb_error err = { 0 };
		struct commit *c;
		uint64_t state;
		enum arb_code ret;

		if (anew)
			add_journal_anew(p);
		c = prepare(v, p);
		unlink(undo_path);
		ret = commit_write_out(v->devs, c, undo_path, NULL, NULL, &err);
		plan_free(p);
		view_free(v);
		state = sim_state(s);
		assert_true(state == old || state == new);
		if (ret)
			assert_non_null(strstr(err.text, "undo"));
		assert_int_equal(do_undo(s, false, &err), ARB_OK);
		assert_int_equal(sim_hash(s), bytes_before);
		commit_free(c);
		if (!ret)
			return;
		assert_true(left < 200);
	}
}

static void crash_test_of(struct sim *s, unsigned btree, unsigned extra, bool anew)
{
	uint64_t bytes_before = sim_hash(s), old = sim_state(s), new, bytes_after;
	struct view *v = sim_view(s, true, UINT64_MAX);
	struct plan *p = make_plan(v, btree, 40, false);
	struct arb_error err = { 0 };
	struct commit *c;
	size_t saw_old, saw_new;

	if (extra)
		grow_plan(p, extra);
	if (anew)
		add_journal_anew(p);
	new = sim_view_state(v);
	assert_int_not_equal(old, new);
	c = prepare(v, p);
	assert_true(!extra || c->entries > 1);
	assert_int_equal(c->last_seq == c->first_seq, anew);
	assert_int_equal(s->log.list.nr, 0);
	assert_int_equal(sim_hash(s), bytes_before);
	unlink(undo_path);
	if (commit_write_out(v->devs, c, undo_path, NULL, NULL, &err))
		fail_msg("%s", err.text);
	plan_free(p);
	view_free(v);
	assert_int_equal(sim_state(s), new);
	bytes_after = sim_hash(s);

	check_cuts(s, c, false, old, new, &saw_old, &saw_new);
	assert_true(saw_old && saw_new);
	check_used_between(s, c);

	sim_rewind(s, c, true);
	assert_int_equal(sim_hash(s), bytes_after);
	log_clear(s);
	assert_int_equal(do_undo(s, true, &err), ARB_OK);
	assert_int_equal(sim_hash(s), bytes_before);
	check_cuts(s, c, true, old, new, &saw_old, &saw_new);
	assert_true(saw_old && saw_new);

	/* cut in the middle of undoing, then undone again */
	sim_rewind(s, c, true);
	sim_cut(s, s->log.list.nr / 2, 3);
	assert_int_equal(do_undo(s, false, &err), ARB_OK);
	assert_int_equal(sim_hash(s), bytes_before);
	if (!extra)
		check_failing_writes(s, bytes_before, btree, anew, old, new);
	commit_free(c);
	log_clear(s);
	unlink(undo_path);
}

/* The newest entry that counts, in an unused bucket of its device's ring, too. */
static void put_twice(struct sim *s)
{
	struct view *v = sim_view(s, false, UINT64_MAX);
	const struct journal *j = v->journal;
	const struct journal_entry *e = journal_find(j, j->replay_last);
	const struct journal_copy *c = &j->copies.v[e->best_copy];
	const struct journal_device *ring = &j->dev[c->dev];
	uint64_t bucket_bytes = 512ull * v->geo.member[c->dev].bucket_size;
	size_t i = 0;

	while (ring->bucket_seq[i])
		assert_true(++i < ring->nr);
	memcpy(s->mem[c->dev] + ring->buckets[i] * bucket_bytes, s->mem[c->dev] + c->bucket * bucket_bytes + 512 * c->offset, 512 * c->sectors);
	view_free(v);
}

static void crash_test(struct sim *s, unsigned btree, unsigned extra) { crash_test_of(s, btree, extra, false); }

/* With the journal anew, an entry that stands twice is destroyed after the switch; a cut before that leaves what was to be written. */
static void built_twice(void **state)
{
	struct view *v;
	struct sim s;

	(void)state;
	sim_build(&s, true, 9);
	put_twice(&s);
	v = sim_view(&s, false, UINT64_MAX);
	assert_int_equal(v->journal->defects.list.nr, 1);
	view_free(v);
	crash_test_of(&s, BTREE_dirents, 0, true);
	sim_free(&s);
}

static void built_clean(void **state)
{
	struct sim s;

	(void)state;
	sim_build(&s, false, 1);
	crash_test(&s, BTREE_dirents, 0);
	sim_free(&s);
}

/* The journal has lost the entry of the clean shutdown: a kernel does not look there before the superblock says unclean, and then it has to be there. */
static void built_clean_lost_entry(void **state)
{
	static const struct { size_t at, n; } gone[] = { { 70, 1 }, { 0, 4096 } };	/* one byte of the contents, or all of it */

	(void)state;
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		const struct journal_entry *e;
		const struct journal_copy *copy;
		struct view *v;
		struct sim s;
		uint8_t *p;

		sim_build(&s, false, 1);
		v = sim_view(&s, false, UINT64_MAX);
		assert_int_equal(journal_index(v->journal, v->devs, &v->geo, v->workers, NULL), ARB_OK);
		e = journal_find(v->journal, v->journal->replay_last);
		assert_true(e && e->good);
		copy = &v->journal->copies.v[e->first_copy];
		p = s.mem[0] + 512 * (copy->bucket * v->geo.member[0].bucket_size + copy->offset) + gone[i].at;
		for (size_t j = 0; j < gone[i].n; j++)
			p[j] = gone[i].n == 1 ? ~p[j] : 0;
		view_free(v);
		crash_test(&s, BTREE_dirents, 0);
		sim_free(&s);
	}
}

static void built_unclean(void **state)
{
	struct sim s;

	(void)state;
	sim_build(&s, true, 2);
	crash_test(&s, BTREE_dirents, 0);
	sim_free(&s);
}

/* The journal's own keys go into the commit, and nothing before it is replayed any more. */
static void built_unclean_anew(void **state)
{
	struct sim s;

	(void)state;
	sim_build(&s, true, 2);
	crash_test_of(&s, BTREE_dirents, 0, true);
	sim_free(&s);
}

/*
 * An entry with a number that cannot be is mended or destroyed before anything else, and no cut shows that: the newest one that counts, which is
 * read as what it is, or a damaged one behind it.
 */
static void built_impossible(void **state)
{
	enum { RIGHT, WRONG, ONLY_NUMBER, CASES };

	(void)state;
	for (unsigned damaged = RIGHT; damaged < CASES; damaged++) {
		const struct journal_entry *e;
		const struct journal_copy *copy;
		struct sim s;
		uint64_t real;
		struct view *v;
		uint8_t *p;

		sim_build(&s, true, 9);
		v = sim_view(&s, false, UINT64_MAX);
		real = v->journal->replay_last;
		e = journal_find(v->journal, real);
		assert_true(e && e->good);
		copy = &v->journal->copies.v[e->first_copy];
		p = s.mem[0] + 512 * (copy->bucket * v->geo.member[0].bucket_size + copy->offset);
		if (damaged == ONLY_NUMBER) {
			p[24 + 7] = 0x40;	/* its checksum is that of the right number */
		} else if (damaged == WRONG) {
			memcpy(p + 512 * copy->sectors, p, 4096);
			p += 512 * copy->sectors;
			p[24 + 7] = 0x40;
		} else {
			jset_renumber(p, e->bytes, UINT64_MAX);
		}
		view_free(v);
		v = sim_view(&s, false, UINT64_MAX);
		assert_int_equal(v->journal->impossible.nr, 1);
		assert_int_equal(v->journal->impossible.v[0].real_seq, damaged == WRONG ? 0 : real);
		assert_int_equal(v->journal->replay_last, real);
		view_free(v);
		crash_test_of(&s, BTREE_dirents, 0, true);
		v = sim_view(&s, false, UINT64_MAX);
		assert_int_equal(v->journal->impossible.nr, 1);		/* it was undone */
		view_free(v);
		sim_free(&s);
	}
}

static void many_entries(void **state)
{
	struct sim s;

	(void)state;
	sim_build(&s, true, 3);
	crash_test(&s, BTREE_inodes, 3500);
	sim_free(&s);
}

static void real(const char *name, unsigned extra)
{
	struct sim s;

	if (!sim_load(&s, name))
		skip();
	crash_test(&s, BTREE_inodes, extra);
	sim_free(&s);
}

static void real_clean(void **state) { (void)state; real("blank-512-4k", 0); }
static void real_unclean(void **state) { (void)state; real("small-dirty", 0); }
static void real_torn(void **state) { (void)state; real("journal-newest", 3500); }
static void real_multi(void **state) { (void)state; real("blank-multi", 0); }

/* The undo record cannot be made: nothing is written. */
static void no_undo_no_write(void **state)
{
	struct arb_error err = { 0 };
	struct sim s;
	uint64_t before;

	(void)state;
	sim_build(&s, false, 4);
	before = sim_hash(&s);
	struct view *v = sim_view(&s, true, UINT64_MAX);
	struct plan *p = make_plan(v, BTREE_dirents, 5, false);
	struct commit *c = prepare(v, p);

	assert_int_equal(commit_write_out(v->devs, c, "/nonexistent/undo", NULL, NULL, &err), ARB_E_OPEN);
	assert_int_equal(s.log.list.nr, 0);
	/* somebody else wrote in between */
	s.mem[0][c->writes.v[0].offset + 20] ^= 1;
	assert_int_equal(commit_write_out(v->devs, c, undo_path, NULL, NULL, &err), ARB_E_CHANGED);
	assert_int_not_equal(access(undo_path, F_OK), 0);
	s.mem[0][c->writes.v[0].offset + 20] ^= 1;
	assert_int_equal(sim_hash(&s), before);
	commit_free(c);
	plan_free(p);
	view_free(v);
	sim_free(&s);
}

/* A set of devices that no superblock may list: the plan is refused before anything is written. */
static void superblock_stays_in_order(void **state)
{
	static const struct accounting_pos sets[] = {
		{ .type = ACCT_replicas, .data_type = DATA_user, .nr_devs = 3, .nr_required = 3, .devs = { 0, 1, 2 } },
		{ .type = ACCT_replicas, .data_type = DATA_user, .nr_devs = 1, .nr_required = 1, .devs = { 50 } },
		{ .type = ACCT_replicas, .data_type = DATA_user, .nr_devs = 0, .nr_required = 1 },
	};
	struct arb_clock clock = arb_clock_fixed(0);

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct repair *r = repair_new("a set that cannot be");
		struct arb_error err = { 0 };
		struct commit *c = NULL;
		struct sim s;

		sim_build(&s, false, 4);
		struct view *v = sim_view(&s, true, UINT64_MAX);
		struct plan *p = make_plan(v, BTREE_dirents, 5, false);

		repair_super_at(r, PLAN_SUPER_REPLICAS, accounting_pos_put(&sets[i]), 0);
		assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
		assert_int_equal(commit_prepare(v, p, &clock, &c, &err), ARB_E_REFUSED);
		assert_non_null(strstr(err.text, "superblock would not be in order"));
		assert_int_equal(s.log.list.nr, 0);
		plan_free(p);
		view_free(v);
		sim_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_clean),
		cmocka_unit_test(built_twice),
		cmocka_unit_test(built_clean_lost_entry), cmocka_unit_test(built_unclean),
		cmocka_unit_test(built_unclean_anew), cmocka_unit_test(built_impossible), cmocka_unit_test(many_entries),
		cmocka_unit_test(no_undo_no_write), cmocka_unit_test(superblock_stays_in_order),
		cmocka_unit_test(real_clean), cmocka_unit_test(real_unclean), cmocka_unit_test(real_torn), cmocka_unit_test(real_multi),
	};
	int failed;

	if (!temp_folder(folder, "commit"))
		return 99;
	snprintf(undo_path, sizeof(undo_path), "%s/undo", folder);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed ? 1 : 0;
}
