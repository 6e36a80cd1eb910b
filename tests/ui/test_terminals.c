/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program at terminals of every kind: with a mouse, without colour, without UTF-8, slow, stopped and continued; and names on
 * the disk that would like to control them.
 */
#include <config.h>
#include "../unit.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int build(void **state)
{
	static const char *const damage[] = { "overlap-next-part dirents:0 @1", "unreadable-leaf inodes:0 @1", NULL };
	struct image_options o = { .bytes = 32 << 20, .seed = 3, .csum_opt = 1, .nr_dirs = 1, .nr_files = 12, .file_bytes_max = 512,
				   .keys_per_leaf = 8, .fanout = 4, .min_depth = 2, .hostile_names = true };

	(void)state;
	return program_build(&o, damage);
}

/* @option: of the command line, or NULL; @more: "NAME=VALUE" or NULL. */
static struct pty *start(const char *term, const char *lang, const char *option, const char *more)
{
	struct pty *p = program_start(&(struct program_run){ .term = term, .lang = lang, .option = { option }, .env = more });

	assert_true(pty_quiet(p, 300));
	return p;
}

static void click_on(struct pty *p, const char *text)
{
	int col;

	assert_true(pty_wait_for(p, text, LONG));
	for (int i = 0; i < 200; i++) {		/* what is shown may be on its way out or down */
		int row = pty_find(p, text, &col), col_after, row_after;

		pty_settle(p, 300);
		row_after = pty_find(p, text, &col_after);
		if (row >= 0 && row == row_after && col == col_after) {
			pty_click(p, row, col + 1, 1);
			return;
		}
	}
	fail_msg("%s does not come to rest on the screen:\n%s", text, pty_screen(p));
}

static void everything_by_mouse(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8", NULL, NULL);

	(void)state;
	click_on(p, "dirents");
	assert_true(pty_wait_for(p, "node dirents", LONG));
	pty_click(p, 2, 5, 4);				/* wheel up, in the tree */
	assert_true(pty_wait_for(p, "node extents", LONG));
	click_on(p, "F1 Help");
	assert_true(pty_wait_for(p, "help: tree", LONG));
	assert_true(pty_wait_for(p, "open a btree or node", LONG));
	pty_click(p, 5, 5, 5);				/* wheel down, in the text */
	assert_true(pty_wait_for(p, " 4-", LONG));
	click_on(p, "q Close");
	assert_true(pty_wait_for(p, "findings / log", LONG));
	click_on(p, "r Run");
	assert_true(pty_wait_for(p, ":run check_topology", LONG));
	pty_keys(p, "\r");
	assert_true(pty_wait_for(p, "question 1", LONG));
	pty_settle(p, 500);
	click_on(p, "d Details  ");
	assert_true(pty_wait_for(p, "Means", LONG));
	click_on(p, "q Close");
	assert_true(pty_wait_for(p, "x Stop pass", LONG));
	click_on(p, "t Show in tree");
	assert_true(pty_wait_for(p, "question waits: a", LONG));
	click_on(p, "question waits: a");
	assert_true(pty_wait_for(p, "x Stop pass", LONG));
	pty_settle(p, 500);
	click_on(p, "x Stop pass");
	assert_true(pty_wait_for(p, "check_topology: stopped", LONG));
	pty_resize(p, 12, 40);
	assert_true(pty_wait_for(p, "1#2#3#4", LONG));
	click_on(p, "#4");				/* the tab of the log */
	assert_true(pty_wait_for(p, "findings / log", LONG));
	program_quit(p, 4);
}

/* Does a CSI ... m among the bytes choose a colour? */
static bool has_colour(const char *s, size_t n)
{
	for (size_t i = 0; i + 2 < n; i++) {
		const char *c = s + i;

		if (c[0] != '\033' || c[1] != '[')
			continue;
		for (c += 2; c < s + n && ((*c >= '0' && *c <= '9') || *c == ';'); c++) {
			bool begins = c[-1] == '[' || c[-1] == ';';
			size_t m = strspn(c, ";0123456789");

			if (c[m] != 'm')
				break;
			if (begins && (*c == '3' || *c == '4') && c[1] >= '0' && c[1] <= '8')
				return true;
		}
	}
	return false;
}

static bool has_sgr(const char *s, size_t n, char what)
{
	for (size_t i = 0; i + 3 < n; i++)
		if (s[i] == '\033' && s[i + 1] == '[')
			for (size_t j = i + 2; j < n && strchr("0123456789;", s[j]) && s[j]; j++)
				if (s[j] == what && strchr(";m", s[j + 1]) && strchr("[;", s[j - 1]))
					return true;
	return false;
}

static void colour_only_where_it_is_wanted(void **state)
{
	static const struct { const char *term, *option, *env; bool colour; } table[] = {
		{ "xterm", NULL, NULL, true }, { "xterm", NULL, "NO_COLOR=1", false }, { "xterm", "--color=never", NULL, false },
		{ "xterm", "--color=always", "NO_COLOR=1", true }, { "vt100", NULL, NULL, false }, { "xterm-mono", NULL, NULL, false },
		{ "xterm-256color", NULL, NULL, true }, { "tmux-256color", NULL, NULL, true }, { "linux", NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct pty *p = start(table[i].term, "C.UTF-8", table[i].option, table[i].env);
		size_t n;
		const char *raw = pty_raw(p, &n);

		if (has_colour(raw, n) != table[i].colour)
			print_error("%s %s %s\n", table[i].term, table[i].option ? table[i].option : "", table[i].env ? table[i].env : "");
		assert_int_equal(has_colour(raw, n), table[i].colour);
		assert_true(table[i].colour || has_sgr(raw, n, '7') || has_sgr(raw, n, '1'));	/* the selection can be told without */
		program_quit(p, 0);
	}
}

static void nothing_but_ascii(void **state)
{
	static const struct { const char *lang, *option; } table[] = { { "C.UTF-8", "--ascii" }, { "C", NULL } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pty *p = start("xterm", table[i].lang, table[i].option, NULL);
		const char *raw;
		size_t n;

		pty_keys(p, ":goto dirents\r3vz");
		pty_settle(p, 500);
		raw = pty_raw(p, &n);
		for (size_t j = 0; j < n; j++)
			assert_true((unsigned char)raw[j] < 0x80);
		program_quit(p, 0);
	}
}

static void stopped_and_continued(void **state)
{
	static char script[TEMP_PATH + 300];
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	static char folder_env[TEMP_PATH + 32];
	const char *env[] = { "TERM=xterm", "LC_ALL=C.UTF-8", "INPUTRC=/dev/null", folder_env, NULL };
	struct pty *p;

	(void)state;
	snprintf(script, sizeof(script), "set -m; %s %s; for i in 1 2; do echo stopped here $i; read x; fg >/dev/null; done",
		 program_path(), program_image);
	snprintf(folder_env, sizeof(folder_env), "XDG_STATE_HOME=%s", program_folder);
	p = pty_start(argv, env, 24, 80);
	assert_non_null(p);
	assert_true(pty_wait_for(p, "F1 Help", LONG));
	for (int i = 0; i < 2; i++) {
		pty_keys(p, "\032");
		/* the first one stands there again as soon as the other screen is left */
		assert_true(pty_wait_for(p, i ? "stopped here 2" : "stopped here 1", LONG));
		assert_true(pty_restored(p));
		pty_keys(p, "\n");
		assert_true(pty_wait_for(p, "## btrees", LONG));
		assert_true(pty_wait_for(p, "F1 Help", LONG));
		assert_false(pty_restored(p));
	}
	program_quit(p, 0);
}

/* A screen that does not change costs a slow line nothing; a moved selection a few cells. */
static void few_bytes_on_slow_lines(void **state)
{
	struct pty *p = start("vt100", "C", NULL, NULL);
	size_t before;

	(void)state;
	assert_true(pty_quiet(p, 2200));		/* once all has been read that can be seen */
	pty_keys(p, "2");
	assert_true(pty_quiet(p, 500));
	before = pty_bytes(p);
	for (int i = 0; i < 4; i++) {
		pty_keys(p, "\t");
		pty_settle(p, 200);
	}
	assert_true(pty_bytes(p) - before < 4 * 1000);	/* borders that get and lose the focus */
	program_quit(p, 0);
}

static void nothing_raw(struct pty *p)
{
	static const char *const never[] = { "\033]", "\a", "\033c", "\x7f", "\xe2\x80\xae", "\x9b", "\xc2\x9b" };
	size_t n;
	const char *raw = pty_raw(p, &n);

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(memmem(raw, n, never[i], strlen(never[i])));
}

/* Names with control bytes, escape and bidi sequences, newlines, and as long as names can be. */
static void hostile_names(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8", NULL, NULL);

	(void)state;
	pty_raw_reset(p);
	pty_keys(p, ":keys dirents\r");
	assert_true(pty_wait_for(p, "\\x1b[2J\\x1b]0;x\\x07\\x0a", LONG));
	assert_true(pty_wait_for(p, "F1 Help", LONG));
	pty_keys(p, "  w  qq:goto dirents\r3z v v v v q1");
	pty_settle(p, 800);
	nothing_raw(p);
	assert_true(pty_wait_for(p, "## btrees", LONG));
	program_quit(p, 0);
}

/* The same in questions, their details and explanation, in rows of keys, in the plan and in what would be lost by it. */
static void hostile_names_in_questions(void **state)
{
	struct pty *p = start("xterm", "C.UTF-8", NULL, NULL);

	(void)state;
	pty_raw_reset(p);
	pty_keys(p, ":run check_topology\r");
	assert_true(pty_wait_for(p, "question 1", LONG));
	pty_settle(p, 500);
	pty_keys(p, "f");			/* the inodes: their names are lost by it */
	assert_true(pty_wait_for(p, "question 2", LONG));
	pty_settle(p, 500);
	pty_keys(p, "f");
	assert_true(pty_wait_for(p, "question 3", LONG));
	assert_true(pty_wait_for(p, "dirents L0", LONG));
	pty_settle(p, 500);
	pty_keys(p, "d");
	assert_true(pty_wait_for(p, "Means", LONG));
	pty_keys(p, " ");
	assert_true(pty_wait_for(p, "\\x1b[2J", LONG));
	pty_keys(p, "   qe");
	assert_true(pty_wait_for(p, "explain  1-", LONG));
	pty_keys(p, "    q");
	assert_true(pty_wait_for(p, "x Stop pass", LONG));
	pty_settle(p, 500);
	pty_keys(p, "f");
	assert_true(pty_wait_for(p, "found 3, fixed 3", LONG));
	pty_keys(p, "P");
	assert_true(pty_wait_for(p, "plan: 3 repairs", LONG));
	pty_keys(p, "d");
	assert_true(pty_wait_for(p, "before and after", LONG));
	pty_keys(p, "    qqW");
	assert_true(pty_wait_for(p, "type the word yes", LONG));
	assert_true(pty_wait_for(p, "\\x1b[2J", LONG));
	pty_keys(p, "\033");
	assert_true(pty_wait_for(p, "nothing was written", LONG));
	pty_keys(p, "/name~file\r");
	assert_true(pty_wait_for(p, "type dirent", LONG));
	pty_settle(p, 500);
	nothing_raw(p);
	assert_true(pty_wait_for(p, "## btrees", LONG));
	pty_keys(p, "Qy");
	program_end(p, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_by_mouse), cmocka_unit_test(colour_only_where_it_is_wanted), cmocka_unit_test(nothing_but_ascii),
		cmocka_unit_test(stopped_and_continued), cmocka_unit_test(few_bytes_on_slow_lines), cmocka_unit_test(hostile_names),
		cmocka_unit_test(hostile_names_in_questions),
	};

	return cmocka_run_group_tests(tests, build, program_clean_up);
}
