/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session over a filesystem in memory: jobs while a question waits, answers, plan, commit with re-check, undo, the exit status
 * at each step, and every write to the device on record.
 */
#include "../unit.h"
#include <stdlib.h>
#include <unistd.h>
#include "arborist/image/image.h"
#include "arborist/session/session.h"

#define BYTES (32u << 20)

struct fixture {
	struct blk *mem, *rec;
	struct blk_journal writes;
	uint8_t *before;
	struct session *s;
};

static void fixture_build(struct fixture *x, const char *const *damages, unsigned nr, enum policy_mode mode)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096,
				   .keys_per_leaf = 20, .fanout = 8, .min_depth = 2 };
	struct session_options so = { .mode = mode, .transcript_path = "", .threads = 2 };
	struct arb_error err = { 0 };

	memset(x, 0, sizeof(*x));
	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &x->mem, &err), ARB_OK);
	assert_int_equal(image_build(&o, x->mem, &err), ARB_OK);
	for (unsigned i = 0; i < nr; i++)
		if (image_damage(&x->mem, 1, damages[i], 1, NULL, &err))
			fail_msg("%s", err.text);
	x->before = malloc(BYTES);
	memcpy(x->before, blk_mem_data(x->mem), BYTES);
	assert_int_equal(blk_record_new(x->mem, &x->writes, 0, &x->rec, &err), ARB_OK);
	so.blks = &x->rec;
	so.nr_blks = 1;
	assert_int_equal(session_start(&so, &x->s, &err), ARB_OK);
}

static void fixture_free(struct fixture *x)
{
	session_end(x->s);
	blk_journal_free(&x->writes);
	free(x->before);
}

static struct session_message *next(struct session *s)
{
	struct session_message *m = session_next(s, 20000);

	assert_non_null(m);
	return m;
}

/* Throws away everything up to the first message of the kind (and id, when not 0). */
static struct session_message *await(struct session *s, enum session_message_kind kind, uint64_t id)
{
	for (;;) {
		struct session_message *m = next(s);

		if (m->kind == kind && (!id || m->id == id))
			return m;
		assert_true(m->kind != SESSION_JOB_DONE || (id && m->id != id));
		session_message_free(m);
	}
}

static void await_done(struct session *s, uint64_t id, enum arb_code want)
{
	struct session_message *m = await(s, SESSION_JOB_DONE, id);

	if (m->code != want)
		fail_msg("job ended with %s: %s", arb_code_name(m->code), m->text ? m->text : "");
	session_message_free(m);
}

static enum arb_code job_check(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	static const char *const spec = "check_topology";

	(void)j;
	(void)arg;
	return session_run_passes(s, &spec, 1, err);
}

static struct commit_result result;

static enum arb_code job_commit(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)arg;
	return session_commit(s, &result, err);
}

static enum arb_code job_undo(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)arg;
	return session_undo(s, err);
}

static enum arb_code job_drop_all(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	unsigned n;

	(void)j;
	(void)arg;
	while (plan_nr(session_plan(s))) {
		enum arb_code code = session_drop(s, plan_repair(session_plan(s), 0)->id, &n, err);

		if (code)
			return code;
	}
	return ARB_OK;
}

static int status(struct session *s)
{
	struct session_state st;

	session_state(s, &st);
	return st.exit_status;
}

static const char *const overlap[] = { "overlap-prev-part dirents:0 @2" };
static const char *const two[] = { "overlap-prev-part dirents:0 @2", "overlap-next-part inodes:0 @4" };

static void clean(void **state)
{
	struct fixture x;

	(void)state;
	fixture_build(&x, NULL, 0, POLICY_YES);
	session_message_free(await(x.s, SESSION_OPENED, 0));
	await_done(x.s, session_post(x.s, job_check, NULL, NULL, 0), ARB_OK);
	assert_int_equal(status(x.s), 0);
	await_done(x.s, session_post(x.s, job_commit, NULL, NULL, 0), ARB_E_REFUSED);
	assert_int_equal(x.writes.list.nr, 0);
	fixture_free(&x);
}

static struct answer by_person(enum answer_verb v)
{
	return (struct answer){ .verb = v, .source = ANSWER_BY_PERSON };
}

/* The tree is browsed while the question waits; then fix, commit, undo. */
static void whole_way(void **state)
{
	struct fixture x;
	struct session_message *m, *rows;
	uint64_t run, browse;

	(void)state;
	fixture_build(&x, overlap, 1, POLICY_ASK);
	run = session_post(x.s, job_check, NULL, NULL, 0);
	m = await(x.s, SESSION_QUESTION, 0);
	assert_non_null(m->finding);
	assert_int_equal(m->finding->btree, BTREE_dirents);
	assert_true(m->finding->nr_objects >= 2);
	browse = session_browse_btrees(x.s);
	rows = await(x.s, SESSION_ROWS, browse);
	assert_true(rows->rows->rows.nr >= 5);
	session_message_free(rows);
	session_answer(x.s, m->id + 1000, by_person(ANSWER_FIX));	/* an id that never was */
	session_answer(x.s, m->id, by_person(ANSWER_FIX));
	session_message_free(m);
	await_done(x.s, run, ARB_OK);
	assert_int_equal(status(x.s), 4);
	assert_int_equal(x.writes.list.nr, 0);

	await_done(x.s, session_post(x.s, job_commit, NULL, NULL, 0), ARB_OK);
	assert_true(result.recheck_clean);
	assert_int_equal(status(x.s), 1);
	assert_true(x.writes.list.nr > 0);
	assert_memory_not_equal(x.before, blk_mem_data(x.mem), BYTES);

	await_done(x.s, session_post(x.s, job_undo, NULL, NULL, 0), ARB_OK);
	assert_memory_equal(x.before, blk_mem_data(x.mem), BYTES);
	assert_int_equal(status(x.s), 4);
	unlink(result.undo_path);
	fixture_free(&x);
}

static enum arb_code job_yes(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)arg;
	return policy_set(session_policy(s), "check_topology", "yes", err);
}

static enum arb_code job_staged(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)err;
	*(size_t *)arg = plan_nr(session_plan(s));
	return ARB_OK;
}

static uint64_t staged(struct session *s)
{
	struct session_state st;

	session_state(s, &st);
	return st.repairs;
}

/*
 * One thing is fixed, one is left; the look at what was written finds the second again, a policy says yes, and then that look is cancelled: what it
 * rehearsed must not stand in the plan, where the next commit would write it.
 */
static void cancelled_recheck(void **state)
{
	struct fixture x;
	struct session_message *m;
	size_t left = 77;
	uint64_t id;

	(void)state;
	fixture_build(&x, two, 2, POLICY_ASK);
	id = session_post(x.s, job_check, NULL, NULL, 0);
	m = await(x.s, SESSION_QUESTION, 0);
	session_answer(x.s, m->id, by_person(ANSWER_FIX));
	session_message_free(m);
	m = await(x.s, SESSION_QUESTION, 0);
	session_answer(x.s, m->id, by_person(ANSWER_STOP));
	session_message_free(m);
	await_done(x.s, id, ARB_E_STOPPED);
	await_done(x.s, session_post(x.s, job_yes, NULL, NULL, 0), ARB_OK);
	session_set(x.s, SETTING_PACE, 40);
	id = session_post(x.s, job_commit, NULL, NULL, 0);
	for (bool again = false; !again; session_message_free(m)) {
		m = await(x.s, SESSION_LOG, 0);
		again = m->text && !strcmp(m->text, "checking again");
	}
	for (int i = 0; i < 4000 && !staged(x.s); i++)
		usleep(5000);
	assert_int_equal(staged(x.s), 1);
	session_interrupt(x.s);
	await_done(x.s, id, ARB_E_CANCELLED);
	await_done(x.s, session_post(x.s, job_staged, &left, NULL, 0), ARB_OK);
	assert_int_equal(left, 0);
	assert_int_equal(staged(x.s), 0);
	session_set(x.s, SETTING_PACE, 0);
	await_done(x.s, session_post(x.s, job_commit, NULL, NULL, 0), ARB_E_REFUSED);	/* there is nothing to write */
	await_done(x.s, session_post(x.s, job_check, NULL, NULL, 0), ARB_OK);
	assert_int_equal(staged(x.s), 1);
	unlink(result.undo_path);
	fixture_free(&x);
}

static void skipped(void **state)
{
	struct fixture x;
	struct session_message *m;
	uint64_t run;

	(void)state;
	fixture_build(&x, overlap, 1, POLICY_ASK);
	run = session_post(x.s, job_check, NULL, NULL, 0);
	m = await(x.s, SESSION_QUESTION, 0);
	session_answer(x.s, m->id, by_person(ANSWER_STOP));
	session_message_free(m);
	await_done(x.s, run, ARB_E_STOPPED);
	assert_int_equal(status(x.s), 4);
	await_done(x.s, session_post(x.s, job_commit, NULL, NULL, 0), ARB_E_REFUSED);
	assert_int_equal(x.writes.list.nr, 0);
	fixture_free(&x);
}

/* Interrupted, or ended, while a question waits: no answer, so the pass is cancelled. */
static void silence(void **state)
{
	struct fixture x;
	uint64_t run;

	(void)state;
	fixture_build(&x, overlap, 1, POLICY_ASK);
	run = session_post(x.s, job_check, NULL, NULL, 0);
	session_message_free(await(x.s, SESSION_QUESTION, 0));
	session_interrupt(x.s);
	await_done(x.s, run, ARB_E_CANCELLED);
	assert_int_equal(status(x.s), 4);
	/* the next job is not cancelled with it */
	session_post(x.s, job_check, NULL, NULL, 0);
	session_message_free(await(x.s, SESSION_QUESTION, 0));
	assert_int_equal(x.writes.list.nr, 0);
	fixture_free(&x);		/* with the question open */
}

/* Found again is not found twice; a repair taken back is left. */
static void again(void **state)
{
	struct fixture x;
	struct session_state st;

	(void)state;
	fixture_build(&x, two, 2, POLICY_NO);
	for (unsigned i = 0; i < 2; i++) {
		await_done(x.s, session_post(x.s, job_check, NULL, NULL, 0), ARB_OK);
		session_state(x.s, &st);
		assert_int_equal(st.findings, 2);
		assert_int_equal(st.repairs, 2);
	}
	await_done(x.s, session_post(x.s, job_commit, NULL, NULL, 0), ARB_E_REFUSED);	/* -n writes nothing */
	await_done(x.s, session_post(x.s, job_drop_all, NULL, NULL, 0), ARB_OK);
	session_state(x.s, &st);
	assert_int_equal(st.repairs, 0);
	assert_int_equal(st.left, 2);
	await_done(x.s, session_post(x.s, job_check, NULL, NULL, 0), ARB_OK);
	session_state(x.s, &st);
	assert_int_equal(st.findings, 2);
	assert_int_equal(st.repairs, 2);
	assert_int_equal(x.writes.list.nr, 0);
	fixture_free(&x);
}

/* Everything below the row: nodes and keys in order, gaps and overlaps between the nodes as rows of their own. */
static unsigned overlaps_below(struct session *s, const struct tree_row *r)
{
	struct session_message *m = await(s, SESSION_ROWS, session_browse_children(s, r));
	unsigned overlaps = 0;
	struct bpos last = POS_MIN;

	assert_false(m->rows->unreadable);
	for (size_t i = 0; i < m->rows->rows.nr; i++) {
		const struct tree_row *x = &m->rows->rows.v[i];

		assert_int_equal(x->btree, r->btree);
		assert_true(bpos_le(x->start, x->end));
		assert_true(x->kind == ROW_NODE || x->kind == ROW_KEY || x->kind == ROW_OVERLAP);
		if (x->kind == ROW_OVERLAP) {
			overlaps++;
			continue;
		}
		assert_true(bpos_le(last, x->end));
		last = x->end;
		if (x->kind == ROW_NODE)
			overlaps += overlaps_below(s, x);
	}
	session_message_free(m);
	return overlaps;
}

static void rows_of_damage(void **state)
{
	struct fixture x;
	struct session_message *m;

	(void)state;
	fixture_build(&x, overlap, 1, POLICY_ASK);
	m = await(x.s, SESSION_ROWS, session_browse_btrees(x.s));
	for (size_t i = 0; i < m->rows->rows.nr; i++) {
		const struct tree_row *r = &m->rows->rows.v[i];

		assert_int_equal(r->kind, ROW_BTREE);
		assert_int_equal(overlaps_below(x.s, r), r->btree == BTREE_dirents ? 1 : 0);
	}
	session_message_free(m);
	fixture_free(&x);
}

static void cannot_open(void **state)
{
	const char *path = "/nonexistent/device";
	struct session_options so = { .paths = &path, .nr_paths = 1, .transcript_path = "" };
	struct arb_error err = { 0 };
	struct session_message *m;
	struct session *s;

	(void)state;
	assert_int_equal(session_start(&so, &s, &err), ARB_OK);
	m = await(s, SESSION_FAILED, 0);
	assert_non_null(m->text);
	assert_null(strchr(m->text, '\n'));
	session_message_free(m);
	await_done(s, session_post(s, job_check, NULL, NULL, 0), ARB_E_OPEN);
	session_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean), cmocka_unit_test(whole_way), cmocka_unit_test(cancelled_recheck), cmocka_unit_test(skipped), cmocka_unit_test(silence),
		cmocka_unit_test(again), cmocka_unit_test(rows_of_damage), cmocka_unit_test(cannot_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
