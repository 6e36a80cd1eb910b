/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Screens as text: keys and messages in, the grid out, compared with tests/ui/screens/NAME.txt. With
 * ARBORIST_SCREENS_UPDATE=1 in the environment the files are written instead: read the difference before committing it.
 */
#include <config.h>
#include "../unit.h"
#include "stage.h"
#include "views.h"

static void before_opening(void **state)
{
	struct stage st = stage_at(24, 80, true);

	(void)state;
	frame(&st);
	expect_screen(&st, "opening");
	leave(&st);
}

static void opened(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	expect_screen(&st, "opened");
	press(&st, K_ENTER);
	press(&st, K_DOWN);
	press(&st, 'l');
	expect_screen(&st, "tree");
	leave(&st);
}

static void opened_in_ascii(void **state)
{
	struct stage st = open_stage(24, 80, false);
	ARB_BUF(b);

	(void)state;
	press(&st, K_ENTER);
	press(&st, K_DOWN);
	press(&st, 'l');
	expect_screen(&st, "tree-ascii");
	grid_dump(&b, &st.a->grid);
	for (size_t i = 0; i < b.len; i++)
		assert_true((unsigned char)b.s[i] < 0x80);
	leave(&st);
}

static void small_screens(void **state)
{
	struct stage st = open_stage(10, 40, true);

	(void)state;
	expect_screen(&st, "small-tree");
	press(&st, '4');
	expect_screen(&st, "small-log");
	fake_question(st.s, 1);
	frame(&st);
	expect_screen(&st, "small-question");
	assert_true(app_resize(st.a, 9, 40));
	frame(&st);
	expect_screen(&st, "too-small");
	assert_true(app_resize(st.a, 24, 80));
	frame(&st);
	assert_true(shows(&st, "question 1"));
	leave(&st);
}

static void running_pass(void **state)
{
	struct stage st = open_stage(24, 80, true);
	struct session_state *s = &st.s->state;

	(void)state;
	fake_pass(st.s, PASS_RUNNING);
	s->progress = (struct pass_progress){ .pass = "check_topology", .nodes_done = 1203, .nodes_total = 5120 };
	s->progress.pos = (struct gc_pos){ GC_PHASE_btree, BTREE_extents, 1, BPOS(4097, 128, UINT32_MAX) };
	s->started_ns = 1000000000;
	s->now_ns = 13000000000;
	s->nodes_per_s = 95;
	s->bytes_per_s = 38e6;
	s->eta_s = 41;
	s->findings = s->left = 3;
	s->by_id[0].id = "btree_node_topology_bad_min_key";
	s->by_id[0].nr = 2;
	s->by_id[1].id = "btree_node_unreadable";
	s->by_id[1].nr = 1;
	s->cache_bytes = 40 << 20;
	frame(&st);
	frame(&st);
	expect_screen(&st, "running");
	leave(&st);
}

static void plan_and_write(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	press(&st, 'P');
	expect_screen(&st, "plan-empty");
	press(&st, 'q');
	st.s->state.repairs = 1;
	press(&st, 'P');
	expect_screen(&st, "plan");
	press(&st, 'W');
	expect_screen(&st, "write");
	press(&st, K_ENTER);
	type(&st, "no");
	press(&st, K_ENTER);
	assert_false(st.s->written);
	type(&st, "YES");
	press(&st, K_ENTER);
	assert_false(st.s->written);
	type(&st, "yess");
	press(&st, K_BACKSPACE);
	assert_false(st.s->written);
	press(&st, K_ENTER);
	assert_true(st.s->written);
	expect_screen(&st, "written");
	leave(&st);
}

/* What is being written cannot be stopped; the look at it afterwards can. */
static void ending_the_recheck(void **state)
{
	struct stage st = open_stage(24, 80, true);
	struct session_message *m;

	(void)state;
	st.s->state.repairs = 1;
	frame(&st);
	press(&st, 'W');
	st.s->endless = true;
	type(&st, "yes\r");
	for (uint64_t done = 50; done <= 100; done += 50) {
		m = fake_put(st.s, SESSION_COMMIT);
		m->done = done;
		m->total = 100;
		frame(&st);
		press(&st, K_CTRL('C'));
		assert_int_equal(st.s->interrupts, done == 100);
		assert_true(shows(&st, done == 100 ? "stopping ..." : "cannot be stopped half way"));
	}
	press(&st, K_ESC);
	assert_int_equal(st.s->interrupts, 1);
	leave(&st);
}

static void no_writing_while_a_pass_runs(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	st.s->state.repairs = 1;
	st.s->state.busy = true;
	frame(&st);
	press(&st, 'W');
	assert_null(st.a->top);
	leave(&st);
}

static void typed_commands(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	press(&st, ':');
	type(&st, "info -v");
	assert_true(shows(&st, ":info -v"));
	press(&st, K_LEFT);
	press(&st, K_BACKSPACE);
	press(&st, '+');
	press(&st, K_ENTER);
	assert_string_equal(st.s->command, "info +v");
	strcpy(st.s->output, "one line\n");
	press(&st, ':');
	press(&st, K_UP);
	press(&st, K_ENTER);		/* history */
	assert_string_equal(st.s->command, "info +v");
	assert_null(st.a->top);
	assert_true(shows(&st, "one line"));
	strcpy(st.s->output, "first\nsecond\nthird\n");
	press(&st, ':');
	type(&st, "info");
	press(&st, K_ENTER);
	expect_screen(&st, "output");
	press(&st, 'q');
	assert_null(st.a->top);
	press(&st, ':');
	type(&st, "nonsense");
	press(&st, K_ENTER);
	assert_true(shows(&st, "unknown command"));
	st.s->output[0] = 0;
	press(&st, ':');
	type(&st, "info");
	press(&st, K_ENTER);
	assert_true(shows(&st, "done: info"));
	leave(&st);
	/* one line that fits is no text to be closed, however small the screen */
	st = open_stage(10, 40, true);
	strcpy(st.s->output, "breakpoint 1: finding\n");
	press(&st, ':');
	type(&st, "info finding");
	press(&st, K_ENTER);
	assert_null(st.a->top);
	assert_true(shows(&st, "breakpoint 1: finding"));
	leave(&st);
}

static void completion_and_giving_up(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	press(&st, ':');
	type(&st, "in");
	press(&st, '\t');
	press(&st, '\t');
	assert_true(shows(&st, "info  inode"));
	type(&st, "f\t");
	assert_true(shows(&st, ":info"));
	st.s->command[0] = 0;
	press(&st, K_ESC);
	assert_string_equal(st.s->command, "");
	press(&st, ':');
	type(&st, "info");
	app_interrupt(st.a);
	assert_int_equal(st.s->interrupts, 0);	/* ^C gave the line up, not the pass */
	frame(&st);
	press(&st, 'Q');
	assert_true(st.a->quit);
	leave(&st);
}

static void quitting_asks(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	st.s->state.repairs = 2;
	frame(&st);
	press(&st, 'Q');
	expect_screen(&st, "quit");
	press(&st, 'x');
	assert_false(st.a->quit);
	press(&st, 'n');
	assert_false(st.a->quit);
	assert_null(st.a->top);
	press(&st, 'Q');
	press(&st, 'y');
	assert_true(st.a->quit);
	leave(&st);
}

static void help(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	press(&st, K_F1);
	assert_true(shows(&st, "help: tree"));
	assert_true(shows(&st, "open a btree or node"));
	press(&st, 'q');
	fake_question(st.s, 1);
	frame(&st);
	press(&st, '?');
	assert_true(shows(&st, "help: question"));
	leave(&st);
}

static void search_filter_marks(void **state)
{
	struct stage st = open_stage(24, 80, true);
	const struct tree *t = view_tree_model(st.a->pane[PANE_TREE]);

	(void)state;
	press(&st, '/');
	type(&st, "dir");
	press(&st, K_ENTER);
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	press(&st, 'm');
	press(&st, 'q');
	press(&st, 'g');
	assert_int_equal(t->sel->row.btree, BTREE_extents);
	press(&st, '\'');
	press(&st, 'q');
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	press(&st, '[');
	assert_int_equal(t->sel->row.btree, BTREE_extents);
	press(&st, ']');
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	press(&st, '\\');
	type(&st, "~");
	press(&st, K_ENTER);
	assert_int_equal(tree_rows_visible(t), 1);
	press(&st, 'n');
	leave(&st);
}

/* The rows follow what is typed; Esc brings back what was, and where one stood. */
static void filter_as_typed(void **state)
{
	struct stage st = open_stage(24, 80, true);
	const struct tree *t = view_tree_model(st.a->pane[PANE_TREE]);
	uint64_t all = tree_rows_visible(t);

	(void)state;
	press(&st, 'j');
	press(&st, 'j');
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	press(&st, '\\');
	type(&st, "ino");
	assert_int_equal(tree_rows_visible(t), 1);
	assert_int_equal(t->sel->row.btree, BTREE_inodes);
	type(&st, "zz");
	assert_int_equal(tree_rows_visible(t), 0);
	assert_true(shows(&st, "no row that has been read fits"));
	press(&st, K_BACKSPACE);
	press(&st, K_BACKSPACE);
	assert_int_equal(tree_rows_visible(t), 1);
	press(&st, K_ESC);
	assert_int_equal(tree_rows_visible(t), all);
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	/* one filter over another */
	press(&st, '\\');
	type(&st, "ino");
	press(&st, K_ENTER);
	press(&st, '\\');
	type(&st, "ext");
	press(&st, K_ESC);
	assert_string_equal(t->filter, "ino");
	assert_int_equal(tree_rows_visible(t), 1);
	/* whoever goes to what it hides wants to see that */
	app_show_place(st.a, BTREE_dirents, 0, POS_MIN, false);
	frame(&st);
	assert_null(t->filter);
	assert_true(shows(&st, "the filter is gone: it hid that place"));
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	/* and in the log */
	press(&st, '4');
	press(&st, '\\');
	type(&st, "nowhere");
	assert_true(shows(&st, "only: nowhere"));
	assert_false(shows(&st, "opened"));
	press(&st, K_ESC);
	assert_true(shows(&st, "opened"));
	leave(&st);
}

/* Whatever takes long says so, and how to stop it. */
static void long_work(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	st.s->state.busy = true;
	stage_clock_ms += 100;
	app_tick(st.a, stage_clock_ms);
	app_draw(st.a);
	assert_false(shows(&st, "working"));
	frame(&st);
	frame(&st);
	assert_true(shows(&st, "working (^C stops it)"));
	st.s->state.pass_state = PASS_RUNNING;
	frame(&st);
	assert_false(shows(&st, "working"));
	leave(&st);
}

/* Typed commands move in the same history and to the same marks as the keys; ESC gives up a mark. */
static void typed_marks(void **state)
{
	struct stage st = open_stage(24, 80, true);
	const struct tree *t = view_tree_model(st.a->pane[PANE_TREE]);

	(void)state;
	type(&st, "/dir\r");
	type(&st, ":mark q \r");
	assert_true(shows(&st, "mark q set"));
	type(&st, "g'q");
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	type(&st, ":back\r");
	assert_int_equal(t->sel->row.btree, BTREE_extents);
	type(&st, ":forward\r");
	assert_int_equal(t->sel->row.btree, BTREE_dirents);
	type(&st, "gmb");
	type(&st, ":jump q\r:jump b\r");
	assert_int_equal(t->sel->row.btree, BTREE_extents);
	assert_string_equal(st.s->command, "");
	press(&st, 'm');
	press(&st, K_ESC);
	assert_false(shows(&st, "marks are letters"));
	leave(&st);
}

static void failing_to_open(void **state)
{
	struct stage st = stage_at(24, 80, true);

	(void)state;
	fake_put(st.s, SESSION_FAILED)->text = strdup("not bcachefs");
	frame(&st);
	assert_true(st.a->quit);
	assert_int_equal(st.a->exit_bits, 8);
	leave(&st);
}

static void searching_in_help(void **state)
{
	struct stage st = open_stage(12, 40, true);

	(void)state;
	press(&st, '?');
	assert_false(shows(&st, "zoom this pane"));
	press(&st, '/');
	type(&st, "zoom this");
	press(&st, K_ENTER);
	assert_true(shows(&st, "zoom this pane"));
	press(&st, 'n');			/* there is one only */
	assert_true(shows(&st, "on from the beginning"));
	assert_true(shows(&st, "zoom this pane"));
	press(&st, '/');
	type(&st, "help for");
	press(&st, K_ENTER);
	press(&st, 'N');
	assert_true(shows(&st, "help for this view"));
	press(&st, 'q');
	assert_null(st.a->top);
	leave(&st);
}

/* Long lines are broken; w cuts them, and then they scroll sideways. */
static void long_lines(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	memset(st.s->output, 'x', 100);
	strcpy(st.s->output + 100, " the end of it\nshort\n");
	press(&st, ':');
	type(&st, "info");
	press(&st, K_ENTER);
	assert_true(shows(&st, "the end of it"));
	press(&st, 'w');
	assert_false(shows(&st, "the end of it"));
	for (int i = 0; i < 6; i++)
		press(&st, K_RIGHT);
	assert_true(shows(&st, "the end of it"));
	press(&st, 'w');
	assert_true(shows(&st, "the end of it"));
	assert_true(shows(&st, "xxxxx"));
	leave(&st);
}

static void buckets(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	press(&st, 'M');
	expect_screen(&st, "buckets");			/* all of it */
	type(&st, "/90\r");
	press(&st, '+');
	expect_screen(&st, "buckets-zoomed");
	press(&st, K_HOME);
	type(&st, "/!\r");
	assert_true(shows(&st, "1 not as recorded"));
	press(&st, 'n');
	press(&st, K_ENTER);
	assert_string_equal(st.s->command, "bucket 0:91");
	press(&st, 'd');
	expect_screen(&st, "buckets-million");
	type(&st, "/!\r");
	press(&st, K_ENTER);			/* into the cell */
	assert_true(shows(&st, "64 a cell"));
	press(&st, K_ENTER);
	press(&st, K_ENTER);
	press(&st, K_ENTER);
	assert_string_equal(st.s->command, "bucket 1:777777");
	assert_true(shows(&st, "1 not as recorded"));
	press(&st, '?');
	assert_true(shows(&st, "fewer buckets"));
	press(&st, 'q');
	press(&st, 'q');
	assert_false(shows(&st, "superblock"));
	leave(&st);
}

static void buckets_small(void **state)
{
	struct stage st = open_stage(10, 40, false);

	(void)state;
	press(&st, 'M');
	expect_screen(&st, "buckets-40x10");
	leave(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_opening), cmocka_unit_test(opened), cmocka_unit_test(opened_in_ascii),
		cmocka_unit_test(small_screens), cmocka_unit_test(running_pass), cmocka_unit_test(plan_and_write),
		cmocka_unit_test(no_writing_while_a_pass_runs), cmocka_unit_test(ending_the_recheck), cmocka_unit_test(typed_commands),
		cmocka_unit_test(completion_and_giving_up), cmocka_unit_test(quitting_asks), cmocka_unit_test(help),
		cmocka_unit_test(search_filter_marks), cmocka_unit_test(filter_as_typed), cmocka_unit_test(typed_marks), cmocka_unit_test(long_work), cmocka_unit_test(failing_to_open),
		cmocka_unit_test(searching_in_help), cmocka_unit_test(long_lines), cmocka_unit_test(buckets), cmocka_unit_test(buckets_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
