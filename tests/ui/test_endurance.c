/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever comes: hostile text, any keys at any size, a million rows. */
#include <config.h>
#include "../unit.h"
#include "stage.h"
#include "views.h"

#include <time.h>

static const char *const hostile[] = {
	"\033]0;title\007\033[31mred\2332J \xe2\x80\xae", "\033c\033[2J\033[H", "\x0e\x0f\b\b\b\r", "\t\v\f\x7f", "\xff\xfe\xc0\x80\xed\xa0\x80",
	"\xe2\x80\x8f\xe2\x81\xa6\xef\xbb\xbf", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "\xf0\x9f\x98\x80\xe5\xb7\xa5",
};

/*
 * Text from the engine is gated, but even if it were not: nothing but plain cells comes out, and the cells of others stay what they are.
 */
static void hostile_text(void **state)
{
	(void)state;
	for (size_t i = 0; i <= sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct stage plain = open_stage(24, 80, true), st = open_stage(24, 80, true);
		struct rect log = st.a->pane_rect[PANE_LOG];
		int rows = 0;
		char all[513];

		for (int c = 0; c < 512; c++)		/* every byte, and as long as a name can be */
			all[c] = (char)(c % 255 + 1) == '\n' ? '.' : (char)(c % 255 + 1);
		all[512] = 0;
		fake_log(plain.s, "plain");
		fake_log(st.s, i < sizeof(hostile) / sizeof(hostile[0]) ? hostile[i] : all);
		frame(&plain);
		frame(&st);
		for (int y = 0; y < 24; y++) {
			bool differs = false;

			for (int x = 0; x < 80; x++) {
				const struct cell *have = grid_cell(&st.a->grid, y, x), *want = grid_cell(&plain.a->grid, y, x);
				uint32_t ch = have->ch;

				assert_true(!ch || (ch >= ' ' && ch != 0x7f && !(ch >= 0x80 && ch < 0xa0) && ch != 0x202e && ch != 0xfeff));
				if (!memcmp(have, want, sizeof(*have)))
					continue;
				differs = true;
				assert_true(rect_has(rect_inner(log), y, x));
			}
			rows += differs;
		}
		assert_int_equal(rows, 1);
		leave(&plain);
		leave(&st);
	}
}

/* Processor time of one key with its frame. */
static double key_ms(struct stage *st, int key)
{
	struct timespec a, b;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	app_key(st->a, &(struct input){ .key = key });
	app_messages(st->a);
	app_tick(st->a, stage_clock_ms += 30);
	app_draw(st->a);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

#if defined(__SANITIZE_ADDRESS__)
#define SLOWER 10
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOWER 10
#endif
#endif
#ifndef SLOWER
#define SLOWER 1
#endif

/* A million rows: moving, jumping to either end and searching take no time that a person could feel. */
static void a_million_rows(void **state)
{
	static const int keys[] = { K_DOWN, K_PAGE_DOWN, 'G', K_PAGE_UP, K_UP, 'g', 'n', 'N', '3', '1', 'z', 'z', 'm', 'a', '\'', 'a', '[', ']' };
	struct stage st = open_stage(43, 132, true);
	double worst = 0;

	(void)state;
	st.s->big = 1000000;
	press(&st, K_DOWN);
	press(&st, K_DOWN);
	press(&st, K_ENTER);
	assert_int_equal(tree_rows_visible(view_tree_model(st.a->pane[PANE_TREE])), 1000004);
	press(&st, '/');
	type(&st, "4096:654321");
	press(&st, K_ENTER);
	assert_true(shows(&st, "4096:654321:0"));
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			double ms = key_ms(&st, keys[i]);

			if (ms > worst)
				worst = ms;
		}
	print_message("worst key with its frame: %.1f ms\n", worst);
	assert_true(worst < 50 * SLOWER);
	leave(&st);
}

/* Any key at any size at any time: no crash, no yes. */
static void any_keys_at_any_size(void **state)
{
	static const int sizes[][2] = { { 24, 80 }, { 10, 40 }, { 1, 1 }, { 9, 39 }, { 60, 200 }, { 16, 60 }, { 11, 41 } };
	struct stage st = open_stage(24, 80, true);
	uint32_t seed = 1;

	(void)state;
	st.s->state.repairs = 1;
	for (int i = 0; i < 6000; i++) {
		int key;

		seed = seed * 1103515245 + 12345;
		key = (seed >> 16) % 160 < 127 ? (int)((seed >> 16) % 160) : (int)(K_FIRST + (seed >> 16) % 160 - 127);
		if (key == 'y' || key == K_CTRL('Z'))	/* the word yes is not typed here */
			continue;
		if (i % 97 == 0)
			app_resize(st.a, sizes[i / 97 % 7][0], sizes[i / 97 % 7][1]);
		if (i % 211 == 0)
			fake_question(st.s, (unsigned)i / 211 + 1);
		app_key(st.a, &(struct input){ .key = key, .y = i % 24, .x = i % 80, .mouse = (enum mouse_what)(i % 4) });
		app_messages(st.a);
		app_tick(st.a, stage_clock_ms += 50);
		app_draw(st.a);
		st.a->quit = false;
	}
	assert_false(st.s->written);
	leave(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text), cmocka_unit_test(any_keys_at_any_size), cmocka_unit_test(a_million_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
