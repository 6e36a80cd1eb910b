/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * step, next and stop given while a pass runs, or while it waits at a question, and breakpoints, policies and gc_gens: they are in the record,
 * and the replay stops at the same places.
 */
#include "../unit.h"
#include <stdlib.h>
#include <unistd.h>
#include "arborist/command/command.h"
#include "arborist/image/image.h"
#include "../temp.h"

#define BYTES (32u << 20)

static struct session *open_damaged(const char *record, const char *replay)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096,
				   .keys_per_leaf = 10, .fanout = 6, .min_depth = 3 };
	struct session_options so = { .mode = POLICY_ASK, .transcript_path = "", .threads = 1, .record_path = record, .replay_path = replay,
				      .line_during = command_during };
	struct arb_error err = { 0 };
	struct session *s;
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &mem, &err), ARB_OK);
	assert_int_equal(image_build(&o, mem, &err), ARB_OK);
	if (image_damage(&mem, 1, "gap-leaf-lost dirents @2", 1, NULL, &err) || image_damage(&mem, 1, "gap-leaf-lost inodes @3", 1, NULL, &err))
		fail_msg("%s", err.text);
	so.blks = &mem;
	so.nr_blks = 1;
	if (session_start(&so, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

/* Jobs that ended while the end of another was waited for: which of two ends first is not said. */
static struct { uint64_t job; enum arb_code code; } over[16];
static unsigned nr_over;

static bool is_over(uint64_t job, enum arb_code *ret_code)
{
	for (unsigned i = 0; i < nr_over; i++)
		if (over[i].job == job) {
			if (ret_code)
				*ret_code = over[i].code;
			over[i] = over[--nr_over];
			return true;
		}
	return false;
}

/* Up to the end of the job, or to a question (job 0), whose id is returned. Where passes stopped goes into @stops. */
static uint64_t await(struct session *s, uint64_t job, struct arb_buf *stops, enum arb_code *ret_code)
{
	if (is_over(job, ret_code))
		return job;
	for (;;) {
		struct session_message *m = session_next(s, 60000);
		uint64_t id;
		bool done;

		assert_non_null(m);
		id = m->id;
		if (m->kind == SESSION_STOP)
			arb_buf_puts(stops, m->text);
		if (m->kind == SESSION_JOB_DONE && id == job && ret_code)
			*ret_code = m->code;
		if (m->kind == SESSION_JOB_DONE && id != job && nr_over < 16) {
			over[nr_over].job = id;
			over[nr_over++].code = m->code;
		}
		done = (m->kind == SESSION_JOB_DONE && id == job) || (m->kind == SESSION_QUESTION && !job);
		session_message_free(m);
		if (done)
			return id;
	}
}

static uint64_t post(struct session *s, const char *line)
{
	struct arb_error err = { 0 };
	uint64_t id;

	if (command_post(s, line, NULL, true, &id, &err))
		fail_msg("%s", err.text);
	return id;
}

static void run(struct session *s, const char *line, struct arb_buf *stops)
{
	await(s, post(s, line), stops, NULL);
}

static const struct answer fix = { .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON };

/* Under way, at a slow pace: next, which stops it at a node; on from there to the question: step, which stops it after the repair. */
static void live(const char *path, struct arb_buf *stops)
{
	struct session *s = open_damaged(path, NULL);
	uint64_t pass, question;

	run(s, "set pace 5", stops);
	pass = post(s, "run check_topology");
	usleep(30000);
	run(s, "next", stops);
	await(s, pass, stops, NULL);
	run(s, "set pace 0", stops);
	pass = post(s, "continue");
	question = await(s, 0, stops, NULL);
	run(s, "step", stops);
	session_answer(s, question, fix);
	await(s, pass, stops, NULL);
	pass = post(s, "continue");
	question = await(s, 0, stops, NULL);
	run(s, "finish", stops);
	session_answer(s, question, fix);
	await(s, pass, stops, NULL);
	pass = post(s, "continue");
	await(s, pass, stops, NULL);
	session_end(s);
	nr_over = 0;
}

static void again(const char *path, struct arb_buf *stops)
{
	struct session *s = open_damaged(NULL, path);
	const char *line;
	bool check;

	run(s, "info", stops);		/* the record has been read when the engine answers */
	while ((line = session_replay_next(s, &check))) {
		const struct command *c = command_of_line(line);
		enum arb_code code = ARB_OK;

		assert_false(check);
		await(s, post(s, line), stops, &code);
		session_replay_ended(s, code, c->flags & JOB_BROWSE);
	}
	if (session_replay_trouble(s))
		fail_msg("%s", session_replay_trouble(s));
	session_end(s);
	nr_over = 0;
}

static unsigned count(const char *text, const char *word)
{
	unsigned nr = 0;

	for (; (text = strstr(text, word)); text++)
		nr++;
	return nr;
}

static void same_stops(void **state)
{
	char path[TEMP_PATH];
	int fd = temp_file(path, "going");
	ARB_BUF(first);
	ARB_BUF(second);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	live(path, &first);
	assert_int_equal(count(arb_buf_str(&first), "stopped in"), 3);
	assert_int_equal(count(arb_buf_str(&first), "in the plan now"), 1);
	again(path, &second);
	assert_string_equal(arb_buf_str(&first), arb_buf_str(&second));
	unlink(path);
}

/* While it runs: a breakpoint at a finding, which is deleted again at the question; a watch; a pass more; and one that is no command. */
static void live_breaks(const char *path, struct arb_buf *stops)
{
	struct session *s = open_damaged(path, NULL);
	uint64_t pass, question;

	run(s, "set pace 5", stops);
	pass = post(s, "run check_topology");
	usleep(30000);
	run(s, "break finding", stops);
	run(s, "policy btree_node_topology_bad_min_key ask", stops);
	run(s, "set pace 0", stops);
	run(s, "run gc_gens", stops);
	await(s, pass, stops, NULL);
	pass = post(s, "continue");
	question = await(s, 0, stops, NULL);
	run(s, "delete 1", stops);
	run(s, "break mutation", stops);
	run(s, "break gc_gens", stops);
	session_answer(s, question, fix);
	await(s, pass, stops, NULL);
	run(s, "delete 2", stops);
	pass = post(s, "continue");
	question = await(s, 0, stops, NULL);
	session_answer(s, question, fix);
	await(s, pass, stops, NULL);
	pass = post(s, "continue");
	await(s, pass, stops, NULL);
	session_end(s);
	nr_over = 0;
}

static void same_breaks(void **state)
{
	char path[TEMP_PATH];
	int fd = temp_file(path, "going");
	ARB_BUF(first);
	ARB_BUF(second);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	live_breaks(path, &first);
	assert_int_equal(count(arb_buf_str(&first), "stopped in"), 3);
	assert_int_equal(count(arb_buf_str(&first), "at breakpoint 1 (finding)"), 1);
	assert_int_equal(count(arb_buf_str(&first), "at breakpoint 2 (mutation)"), 1);
	assert_int_equal(count(arb_buf_str(&first), "stopped in gc_gens at breakpoint 3"), 1);
	again(path, &second);
	assert_string_equal(arb_buf_str(&first), arb_buf_str(&second));
	unlink(path);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(same_stops), cmocka_unit_test(same_breaks) };

UNIT_MAIN(tests)
