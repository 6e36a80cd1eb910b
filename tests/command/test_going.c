/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * step, next and stop given while a pass runs, or while it waits at a question, and breakpoints, policies and gc_gens: they are in the record,
 * and the replay stops at the same places.
 */
#include "../unit.h"
#include <unistd.h>
#include "../temp.h"
#include "talk.h"

/* With one of the two paths: recorded, or replayed. */
static struct talk begin(const char *record, const char *replay)
{
	static const char *const damages[] = { "gap-leaf-lost dirents @2", "gap-leaf-lost inodes @3", NULL };
	static const struct image_options o = { .bytes = 32u << 20, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096,
						.keys_per_leaf = 10, .fanout = 6, .min_depth = 3 };
	struct talk t;

	talk_begin(&t, &o, damages, (struct session_options){ .record_path = record, .replay_path = replay, .line_during = command_during },
		   SESSION_STOP);
	return t;
}

/* Under way, at a slow pace: next, which stops it at a node; on from there to the question: step, which stops it after the repair. */
static void live(const char *path, struct arb_buf *stops)
{
	struct talk t = begin(path, NULL);
	uint64_t pass, question;

	talk_run(&t, "set pace 5");
	pass = talk_post(&t, "run check_topology");
	usleep(30000);
	talk_run(&t, "next");
	talk_wait(&t, pass);
	talk_run(&t, "set pace 0");
	pass = talk_post(&t, "continue");
	question = talk_question(&t);
	talk_run(&t, "step");
	talk_fix(&t, question);
	talk_wait(&t, pass);
	pass = talk_post(&t, "continue");
	question = talk_question(&t);
	talk_run(&t, "finish");
	talk_fix(&t, question);
	talk_wait(&t, pass);
	pass = talk_post(&t, "continue");
	talk_wait(&t, pass);
	talk_end(&t, stops);
}

static void again(const char *path, struct arb_buf *stops)
{
	struct talk t = begin(NULL, path);
	const char *line;
	bool check;

	talk_run(&t, "info");		/* the record has been read when the engine answers */
	while ((line = session_replay_next(t.s, &check))) {
		const struct command *c = command_of_line(line);

		assert_false(check);
		session_replay_ended(t.s, talk_run(&t, line), c->flags & JOB_BROWSE);
	}
	if (session_replay_trouble(t.s))
		fail_msg("%s", session_replay_trouble(t.s));
	talk_end(&t, stops);
}

static unsigned count(const char *text, const char *word)
{
	unsigned nr = 0;

	for (; (text = strstr(text, word)); text++)
		nr++;
	return nr;
}

/* While it runs: a breakpoint at a finding, which is deleted again at the question; a watch; a pass more; and one that is no command. */
static void live_breaks(const char *path, struct arb_buf *stops)
{
	struct talk t = begin(path, NULL);
	uint64_t pass, question;

	talk_run(&t, "set pace 5");
	pass = talk_post(&t, "run check_topology");
	usleep(30000);
	talk_run(&t, "break finding");
	talk_run(&t, "policy btree_node_topology_bad_min_key ask");
	talk_run(&t, "set pace 0");
	talk_run(&t, "run gc_gens");
	talk_wait(&t, pass);
	pass = talk_post(&t, "continue");
	question = talk_question(&t);
	talk_run(&t, "delete 1");
	talk_run(&t, "break mutation");
	talk_run(&t, "break gc_gens");
	talk_fix(&t, question);
	talk_wait(&t, pass);
	talk_run(&t, "delete 2");
	pass = talk_post(&t, "continue");
	question = talk_question(&t);
	talk_fix(&t, question);
	talk_wait(&t, pass);
	pass = talk_post(&t, "continue");
	talk_wait(&t, pass);
	talk_end(&t, stops);
}

/* What is done live stops at the same places when its record is replayed. */
static void recorded(void (*live_one)(const char *path, struct arb_buf *stops), struct arb_buf *stops)
{
	char path[TEMP_PATH];
	int fd = temp_file(path, "going");
	ARB_BUF(second);

	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	live_one(path, stops);
	again(path, &second);
	assert_string_equal(arb_buf_str(stops), arb_buf_str(&second));
	unlink(path);
}

static void same_stops(void **state)
{
	ARB_BUF(stops);

	(void)state;
	recorded(live, &stops);
	assert_int_equal(count(arb_buf_str(&stops), "stopped in"), 3);
	assert_int_equal(count(arb_buf_str(&stops), "in the plan now"), 1);
}

static void same_breaks(void **state)
{
	ARB_BUF(stops);

	(void)state;
	recorded(live_breaks, &stops);
	assert_int_equal(count(arb_buf_str(&stops), "stopped in"), 3);
	assert_int_equal(count(arb_buf_str(&stops), "at breakpoint 1 (finding)"), 1);
	assert_int_equal(count(arb_buf_str(&stops), "at breakpoint 2 (mutation)"), 1);
	assert_int_equal(count(arb_buf_str(&stops), "stopped in gc_gens at breakpoint 3"), 1);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(same_stops), cmocka_unit_test(same_breaks) };

UNIT_MAIN(tests)
