/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions and stops of a pass on the screen: what answers them, what does not, and that silence is stop. Screens are compared with
 * tests/ui/screens/NAME.txt, see test_screens.c.
 */
#include <config.h>
#include "../unit.h"
#include "stage.h"

/* The tree stands on the node, the panel shows the rule, the footer the keys; the rest works as ever. */
static void stopped_pass(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	fake_stop(st.s);
	frame(&st);
	expect_screen(&st, "stopped");
	press(&st, '?');
	assert_true(shows(&st, "Keys while a pass is stopped"));
	press(&st, 'q');
	press(&st, 'W');
	assert_true(shows(&st, "a pass is stopped"));
	press(&st, 's');
	assert_string_equal(st.s->command, "step");
	press(&st, 'n');
	assert_string_equal(st.s->command, "next");
	press(&st, 'f');
	assert_string_equal(st.s->command, "finish");
	press(&st, 'c');
	assert_string_equal(st.s->command, "continue");
	press(&st, 'e');
	assert_string_equal(st.s->command, "explain");
	press(&st, 'b');
	assert_true(!strncmp(st.s->command, "break extents", 13));
	press(&st, K_CTRL('C'));
	assert_int_equal(st.s->interrupts, 1);
	st.s->state.stopped = st.s->state.busy = false;
	frame(&st);
	press(&st, 'f');
	assert_true(shows(&st, "f does nothing here"));
	press(&st, 's');				/* a pass that runs stops at the next decision */
	assert_string_equal(st.s->command, "step");
	leave(&st);
	st = open_stage(10, 40, true);
	fake_stop(st.s);
	frame(&st);
	press(&st, '2');
	expect_screen(&st, "small-stopped");
	leave(&st);
}

/* What a question offers besides is a button of its own; without it its key does nothing. */
static void other_choices(void **state)
{
	struct stage st = open_stage(24, 80, true);
	uint64_t id = fake_question(st.s, 1);

	(void)state;
	frame(&st);
	press(&st, '1');
	assert_int_equal(st.s->answered, 0);
	press(&st, 'f');
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.choice, 0);
	id = fake_question(st.s, 2);
	assert_true(finding_choice_add(st.s->first->finding, "drop", repair_new("drop it"), "Do without it."));
	st.a->now_ms += 5000;
	frame(&st);
	st.a->now_ms += 5000;
	assert_true(shows(&st, "1 drop"));
	assert_true(shows(&st, "Do without it."));
	press(&st, '2');
	assert_int_not_equal(st.s->answered, id);
	press(&st, '1');
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.verb, ANSWER_FIX);
	assert_int_equal(st.s->answer.choice, 1);
	leave(&st);
}

static void a_question(void **state)
{
	struct stage st = open_stage(24, 80, true);
	uint64_t id = fake_question(st.s, 1);

	(void)state;
	frame(&st);
	expect_screen(&st, "question");
	press(&st, K_RIGHT);
	press(&st, K_PAGE_DOWN);
	expect_screen(&st, "question-more");
	press(&st, 'd');
	assert_true(shows(&st, "Means"));
	press(&st, 'q');
	assert_int_equal(st.s->answered, 0);
	press(&st, 't');
	assert_null(st.a->top);
	assert_true(shows(&st, "gap"));
	assert_true(shows(&st, "question waits: a"));
	press(&st, 'a');
	press(&st, 'f');
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.verb, ANSWER_FIX);
	assert_int_equal(st.s->answer.source, ANSWER_BY_PERSON);
	assert_false(st.s->answer.all);
	assert_null(st.a->question);
	leave(&st);
}

/* Every way to answer gives what it says. */
static void all_choices(void **state)
{
	static const struct { int key; enum answer_verb verb; bool all; } table[] = {
		{ 'f', ANSWER_FIX, false }, { 'y', ANSWER_FIX, false }, { 's', ANSWER_SKIP, false }, { 'n', ANSWER_SKIP, false },
		{ 'F', ANSWER_FIX, true }, { 'S', ANSWER_SKIP, true }, { 'x', ANSWER_STOP, false },
		{ K_CTRL('C'), ANSWER_STOP, false },
	};
	struct stage st = open_stage(24, 80, true);

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint64_t id = fake_question(st.s, (unsigned)i + 1);

		frame(&st);
		press(&st, table[i].key);
		assert_int_equal(st.s->answered, id);
		assert_int_equal(st.s->answer.verb, table[i].verb);
		assert_int_equal(st.s->answer.all, table[i].all);
	}
	leave(&st);
}

/* What was typed before the question could be seen does not answer it. */
static void no_answer_before_it_is_seen(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	fake_question(st.s, 1);
	app_messages(st.a);
	app_key(st.a, &(struct input){ .key = K_ENTER });
	app_key(st.a, &(struct input){ .key = 'f' });
	app_draw(st.a);
	app_key(st.a, &(struct input){ .key = 'f' });
	assert_int_equal(st.s->answered, 0);
	frame(&st);
	press(&st, 'f');
	assert_int_not_equal(st.s->answered, 0);
	leave(&st);
}

static void silence_is_stop(void **state)
{
	struct stage st = open_stage(24, 80, true);
	uint64_t id = fake_question(st.s, 1);

	(void)state;
	frame(&st);
	press(&st, K_ESC);		/* aside: no answer */
	assert_int_equal(st.s->answered, 0);
	app_end_of_input(st.a);
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.verb, ANSWER_STOP);
	assert_int_equal(st.s->answer.source, ANSWER_BY_DEFAULT);
	assert_true(st.a->quit);
	assert_int_equal(st.a->exit_bits, 32);
	leave(&st);
	st = open_stage(24, 80, true);
	id = fake_question(st.s, 1);
	frame(&st);
	app_free(st.a);			/* quit while it waits */
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.verb, ANSWER_STOP);
	fake_free(st.s);
}

/* Who steps types s in a row: the one that comes right behind the question does not skip it. */
static void steps_do_not_answer(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	st.a->stepped_ms = st.a->now_ms;
	fake_question(st.s, 1);
	app_messages(st.a);
	app_draw(st.a);
	for (int i = 0; i < 3; i++) {
		app_tick(st.a, stage_clock_ms += 200);
		app_key(st.a, &(struct input){ .key = 's' });
	}
	assert_int_equal(st.s->answered, 0);
	frame(&st);
	press(&st, 's');
	assert_int_equal(st.s->answer.verb, ANSWER_SKIP);
	leave(&st);
}

/* What empties a btree for good is done when its name has been typed, and not before; ^C there decides nothing. */
static void the_name_is_typed(void **state)
{
	struct stage st = open_stage(24, 80, true);
	uint64_t id = fake_question(st.s, 1);

	(void)state;
	st.s->first->finding->empties = true;
	frame(&st);
	assert_true(shows(&st, "its name has to be typed"));
	press(&st, 'f');
	assert_true(shows(&st, "This empties the btree extents for good"));
	press(&st, K_ENTER);
	type(&st, "extent");
	press(&st, K_ENTER);
	assert_true(shows(&st, "not its name"));
	type(&st, "y");
	press(&st, K_CTRL('C'));
	assert_int_equal(st.s->answered, 0);
	assert_true(shows(&st, "question 1"));
	press(&st, 'F');
	type(&st, "extentss");
	press(&st, K_BACKSPACE);
	assert_int_equal(st.s->answered, 0);
	press(&st, K_ENTER);
	assert_int_equal(st.s->answered, id);
	assert_int_equal(st.s->answer.verb, ANSWER_FIX);
	assert_true(st.s->answer.all && st.s->answer.confirmed);
	assert_null(st.a->top);
	leave(&st);
}

/* Whoever asked is gone while the name is typed: so are the question and what asks for the name. */
static void the_name_is_not_wanted_any_more(void **state)
{
	struct stage st = open_stage(24, 80, true);

	(void)state;
	fake_question(st.s, 1);
	st.s->first->finding->empties = true;
	frame(&st);
	press(&st, 'f');
	type(&st, "exten");
	fake_pass(st.s, PASS_STOPPED);
	frame(&st);
	assert_null(st.a->top);
	assert_int_equal(st.s->answered, 0);
	leave(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stopped_pass), cmocka_unit_test(other_choices), cmocka_unit_test(a_question),
		cmocka_unit_test(all_choices), cmocka_unit_test(no_answer_before_it_is_seen),
		cmocka_unit_test(silence_is_stop), cmocka_unit_test(steps_do_not_answer), cmocka_unit_test(the_name_is_typed),
		cmocka_unit_test(the_name_is_not_wanted_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
