/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole program under a terminal: a damaged filesystem is built, and a person looks around, runs the check, answers,
 * writes, and leaves in every way one can leave. The first waits are long: a loaded machine is no failure.
 */
#include <config.h>
#include "../unit.h"
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char pristine[TEMP_PATH + 32];

static void copy(const char *from, const char *to)
{
	char cmd[2 * TEMP_PATH + 100];

	snprintf(cmd, sizeof(cmd), "cp %s %s", from, to);
	assert_int_equal(system(cmd), 0);
}

static bool same_as_pristine(void)
{
	char cmd[2 * TEMP_PATH + 100];

	snprintf(cmd, sizeof(cmd), "cmp -s %s %s", program_image, pristine);
	return system(cmd) == 0;
}

static int build(void **state)
{
	static const char *const damage[] = { "overlap-next-part extents:0 @1", NULL };
	struct image_options o = { .bytes = 32 << 20, .seed = 3, .csum_opt = 1, .nr_dirs = 6, .nr_files = 120,
				   .file_bytes_max = 8192, .keys_per_leaf = 40, .fanout = 8, .min_depth = 2 };

	(void)state;
	if (program_build(&o, damage))
		return -1;
	snprintf(pristine, sizeof(pristine), "%s/pristine.img", program_folder);
	return rename(program_image, pristine);
}

static struct pty *start(const char *term, const char *lang)
{
	copy(pristine, program_image);
	return program_start(&(struct program_run){ .term = term, .lang = lang });
}

static void run_check(struct pty *p)
{
	pty_keys(p, ":run check_topology\r");
	assert_true(pty_wait_for(p, "question 1", LONG));
	pty_settle(p, 500);		/* a question takes no answer in its first moments */
}

static void repair_and_write(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	pty_keys(p, "\r");
	assert_true(pty_wait_for(p, "..", LONG));
	run_check(p);
	assert_true(pty_wait_for(p, "btree_node_topology_bad_m", LONG));
	assert_true(pty_wait_for(p, "Fix*", LONG));
	pty_keys(p, "f");
	assert_true(pty_wait_for(p, "plan 1 repair, not written", LONG));
	assert_true(same_as_pristine());
	pty_keys(p, "W");
	assert_true(pty_wait_for(p, "type the word yes", LONG));
	assert_true(pty_wait_for(p, "Undo file: ", LONG));
	pty_keys(p, "no\r");
	assert_true(pty_wait_for(p, "nothing is written", LONG));
	assert_true(same_as_pristine());
	pty_keys(p, "yes\r");
	assert_true(pty_wait_for(p, "checked again: clean", LONG));
	assert_false(same_as_pristine());
	pty_keys(p, "\r");
	assert_true(pty_wait_for(p, "btrees", LONG));
	program_quit(p, 1);
}

/* The record of what was done at the screen, replayed without one on the same filesystem: the same bytes. */
static void replayed(void)
{
	char done[TEMP_PATH + 32], cmd[5 * TEMP_PATH + 300];

	snprintf(done, sizeof(done), "%s/done.img", program_folder);
	copy(program_image, done);
	copy(pristine, program_image);
	snprintf(cmd, sizeof(cmd), "XDG_STATE_HOME=%s %s --replay %s/stepped.rec %s >%s/out 2>&1", program_folder, program_path(), program_folder, program_image,
		 program_folder);
	if (WEXITSTATUS(system(cmd)) != 1)
		fail_msg("%s: see its output", cmd);
	snprintf(cmd, sizeof(cmd), "cmp %s %s", program_image, done);
	assert_int_equal(system(cmd), 0);
}

/* One damaged btree from the first finding to the commit, step by step, with a look around at a stop. */
static void stepping_to_the_commit(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");
	char record[TEMP_PATH + 32];

	(void)state;
	pty_keys(p, ":break finding\r");
	assert_true(pty_wait_for(p, "breakpoint 1", LONG));
	pty_keys(p, ":run check_topology:extents\r");
	assert_true(pty_wait_for(p, "before finding 1", LONG));
	assert_true(pty_wait_for(p, "stopped at breakpoint 1 (finding)", LONG));
	assert_true(pty_wait_for(p, "rule topology", LONG));
	assert_true(pty_wait_for(p, "s Step  n Next  c Continue  f Finish", LONG));
	assert_true(pty_wait_for(p, "node extents:0", LONG));	/* the tree stands there */
	pty_keys(p, ":btrees\r");				/* and nothing else is held up */
	assert_true(pty_wait_for(p, "btrees  1-", LONG));
	pty_keys(p, "q");
	assert_true(pty_wait_for(p, "c Continue", LONG));
	pty_keys(p, "W");
	assert_true(pty_wait_for(p, "a pass is stopped", LONG));
	pty_keys(p, "e");
	assert_true(pty_wait_for(p, "explain  1-", LONG));
	pty_keys(p, "q");
	assert_true(pty_wait_for(p, "c Continue", LONG));
	pty_keys(p, "s");
	assert_true(pty_wait_for(p, "question 1", LONG));
	pty_settle(p, 1000);		/* keys typed right after a step are no answer */
	assert_true(same_as_pristine());
	pty_keys(p, "f");
	assert_true(pty_wait_for(p, "stopped by a step (mutation)", LONG));
	pty_keys(p, "s");
	assert_true(pty_wait_for(p, "plan 1 repair, not written", LONG));
	assert_true(pty_wait_gone(p, "c Continue", LONG));
	snprintf(record, sizeof(record), ":record %s/stepped.rec\r", program_folder);
	pty_keys(p, record);
	assert_true(pty_wait_for(p, "is recorded in", LONG));
	pty_keys(p, "q");		/* where the line is too long for the screen */
	assert_true(pty_wait_for(p, "btrees", LONG));
	pty_keys(p, "W");
	assert_true(pty_wait_for(p, "type the word yes", LONG));
	assert_true(same_as_pristine());
	pty_keys(p, "yes\r");
	assert_true(pty_wait_for(p, "checked again: clean", LONG));
	pty_keys(p, "\r");
	assert_true(pty_wait_for(p, "btrees", LONG));
	program_quit(p, 1);
	replayed();
}

/* Leaving at a stop, and ^C at one, decide nothing. */
/* What is typed in one go with what opens a text, or a row of the tree, is for what opens. */
static void typed_ahead(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	assert_true(pty_quiet(p, 300));
	pty_keys(p, ":keys alloc\r\033[6~\033[6~");
	assert_true(pty_wait_for(p, "keys alloc  25-44/44", LONG));
	pty_keys(p, "q/nowhere\r");
	assert_true(pty_wait_for(p, "no match: nowhere", LONG));
	pty_keys(p, "gg\rj\rj");		/* the first btree, its first row, and what is below */
	assert_true(pty_wait_for(p, "btrees 3/", LONG));
	assert_true(pty_wait_for(p, "key extents:0 4104:8:U32_MAX", LONG));
	program_quit(p, 0);
}

static void ends_at_a_stop(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	pty_keys(p, ":break check_topology\r");
	assert_true(pty_wait_for(p, "breakpoint 1", LONG));
	pty_keys(p, ":run check_topology\r");
	assert_true(pty_wait_for(p, "check_topology begins", LONG));
	pty_keys(p, "\003");
	assert_true(pty_wait_for(p, "[stopped]", LONG));
	assert_true(pty_wait_for(p, "check_topology: stopped", LONG));
	pty_settle(p, 300);
	pty_keys(p, ":run check_topology\r");
	assert_true(pty_wait_for(p, "stopped at breakpoint 1 (pass)", LONG));
	pty_keys(p, "Q");
	assert_true(pty_wait_for(p, "A pass is stopped", LONG));
	pty_keys(p, "y");
	program_end(p, 4);
	assert_true(same_as_pristine());
}

static void hanging_up_is_no_answer(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	run_check(p);
	pty_hang_up(p);
	assert_int_equal(pty_end(p, LONG) & 32, 32);
	assert_true(same_as_pristine());
	pty_free(p);
}

static void interrupt_stops_the_pass_only(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	run_check(p);
	pty_keys(p, "\003");
	assert_true(pty_wait_for(p, "stopped", LONG));
	for (int i = 0; i < 100 && !pty_shows(p, "nothing is running"); i++) {
		pty_keys(p, "\003");
		pty_settle(p, 200);
	}
	assert_true(pty_wait_for(p, "nothing is running", LONG));
	program_quit(p, 4);
	assert_true(same_as_pristine());
}

static void a_signal_gives_the_terminal_back(void **state)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGQUIT };

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct pty *p = start("xterm", "C.UTF-8");

		run_check(p);
		assert_false(pty_restored(p));
		kill(pty_pid(p), signals[i]);
		assert_int_equal(pty_end(p, LONG) & 32, 32);
		assert_true(pty_restored(p));
		pty_free(p);
	}
}

static void a_crash_gives_the_terminal_back(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	kill(pty_pid(p), SIGBUS);
	program_end(p, -SIGBUS);
}

static void any_size_at_any_time(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8");

	(void)state;
	pty_resize(p, 10, 40);
	assert_true(pty_wait_for(p, "1#2#3#4", LONG));
	pty_resize(p, 5, 20);
	assert_true(pty_wait_for(p, "too small", LONG));
	pty_resize(p, 24, 80);
	assert_true(pty_wait_for(p, "findings / log", LONG));
	run_check(p);
	pty_resize(p, 10, 40);
	assert_true(pty_wait_for(p, "S Skip all", LONG));
	pty_keys(p, "x");
	assert_true(pty_wait_for(p, "check_topology: stopped", LONG));
	pty_resize(p, 50, 160);
	assert_true(pty_wait_for(p, "findings / log", LONG));
	program_quit(p, 4);
}

/* The same on plainer terminals; in the C locale nothing above ASCII is sent. */
static void plainer_terminals(void **state)
{
	static const struct { const char *term, *lang, *corner; } table[] = {
		{ "vt100", "C", "+- btrees" }, { "linux", "C", "+- btrees" }, { "screen", "C.UTF-8", "## btrees" },
		{ "linux", "C.UTF-8", "## btrees" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pty *p = start(table[i].term, table[i].lang);

		assert_true(pty_wait_for(p, table[i].corner, LONG));
		pty_keys(p, "?");
		assert_true(pty_wait_for(p, "help: tree", LONG));
		pty_keys(p, "qQ");
		program_end(p, 0);
		assert_true(same_as_pristine());
	}
}

/* Moving the selection by one row sends a few dozen bytes, not a screen. */
static void only_differences_are_sent(void **state)
{
	struct pty *p = start("vt100", "C");
	size_t before;

	(void)state;
	pty_keys(p, "2");		/* the pane whose content does not depend on the row */
	assert_true(pty_quiet(p, 1500));
	before = pty_bytes(p);
	pty_keys(p, "3");
	for (int i = 0; i < 600 && pty_bytes(p) == before; i++)
		pty_settle(p, 100);
	assert_true(pty_bytes(p) > before);
	assert_true(pty_quiet(p, 500));
	assert_true(pty_bytes(p) - before < 24 * 80 / 2);
	program_quit(p, 0);
}

static void no_terminal_to_use(void **state)
{
	const char *argv[] = { program_path(), program_image, NULL };
	const char *env[] = { "TERM=no-such-terminal", NULL };
	struct pty *p = pty_start(argv, env, 24, 80);

	(void)state;
	assert_int_equal(pty_end(p, LONG), 8);
	assert_true(pty_wait_for(p, "no-such-terminal is not known here", LONG));
	pty_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repair_and_write), cmocka_unit_test(stepping_to_the_commit), cmocka_unit_test(typed_ahead), cmocka_unit_test(ends_at_a_stop), cmocka_unit_test(hanging_up_is_no_answer),
		cmocka_unit_test(interrupt_stops_the_pass_only), cmocka_unit_test(a_signal_gives_the_terminal_back),
		cmocka_unit_test(a_crash_gives_the_terminal_back), cmocka_unit_test(any_size_at_any_time),
		cmocka_unit_test(plainer_terminals), cmocka_unit_test(only_differences_are_sent),
		cmocka_unit_test(no_terminal_to_use),
	};

	return cmocka_run_group_tests(tests, build, program_clean_up);
}
