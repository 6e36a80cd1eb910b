/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cell grid: clipping, widths, boxes, and that no control character gets in. */
#include "../unit.h"
#include "grid.h"

static void assert_row(const struct grid *g, int y, const char *expected)
{
	ARB_BUF(b);
	const char *s;

	grid_dump(&b, g);
	s = arb_buf_str(&b);
	for (; y > 0; y--)
		s = strchr(s, '\n') + 1;
	assert_int_equal(strcspn(s, "\n"), strlen(expected));
	assert_memory_equal(s, expected, strlen(expected));
}

static void text_is_clipped(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 3, 10, false));
	assert_int_equal(grid_text(&g, 0, 6, 99, STYLE_NORMAL, "abcdefgh"), 4);
	assert_int_equal(grid_text(&g, 9, 0, 99, STYLE_NORMAL, "below"), 0);
	assert_int_equal(grid_text(&g, 1, -2, 99, STYLE_NORMAL, "left"), 0);
	grid_text_cut(&g, 2, 0, 6, STYLE_NORMAL, "longer text");
	assert_row(&g, 0, "      abcd");
	assert_row(&g, 1, "");
	assert_row(&g, 2, "long..");
	grid_fill(&g, (struct rect){ -5, -5, 100, 100 }, STYLE_NORMAL);
	assert_row(&g, 0, "");
	grid_free(&g);
}

static void controls_are_refused(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 2, 60, false));
	grid_text(&g, 0, 0, 60, STYLE_NORMAL, "a\033[2Jb\rc\td\x7f" "e\xc2\x9b" "f\xe2\x80\xae" "g\xff");
	assert_row(&g, 0, "a\\x1b[2Jb\\x0dc\\x09d\\x7fe\\xc2\\x9bf\\xe2\\x80\\xaeg\\xff");
	for (int x = 0; x < 60; x++)
		assert_true(grid_cell(&g, 0, x)->ch >= ' ' && grid_cell(&g, 0, x)->ch < 0x7f);
	grid_text(&g, 1, 0, 60, STYLE_NORMAL, "one\ntwo");
	assert_row(&g, 1, "one");
	grid_free(&g);
}

static void bad_utf8_is_bytes(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 1, 60, false));
	grid_text(&g, 0, 0, 60, STYLE_NORMAL, "\xc0\xaf \xed\xa0\x80 \xf5\x80 \xe2\x82");
	assert_row(&g, 0, "\\xc0\\xaf \\xed\\xa0\\x80 \\xf5\\x80 \\xe2\\x82");
	grid_free(&g);
}

static void wide_and_combining(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 2, 6, false));
	assert_int_equal(grid_width(&g, "a\xe4\xb8\xad" "b"), 4);
	assert_int_equal(grid_text(&g, 0, 0, 6, STYLE_NORMAL, "a\xe4\xb8\xad" "e\xcc\x81"), 4);
	assert_row(&g, 0, "a\xe4\xb8\xad" "e\xcc\x81");
	grid_text(&g, 0, 2, 1, STYLE_NORMAL, "x");	/* over its right half */
	assert_row(&g, 0, "a xe\xcc\x81");
	assert_int_equal(grid_text(&g, 1, 4, 1, STYLE_NORMAL, "\xe4\xb8\xad"), 0);	/* no room for a half */
	grid_free(&g);
}

static void ascii_has_nothing_else(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 3, 12, true));
	grid_box(&g, (struct rect){ 0, 0, 3, 12 }, STYLE_BORDER);
	grid_text(&g, 1, 1, 10, STYLE_NORMAL, "\xc3\xa4");
	assert_row(&g, 0, "+----------+");
	assert_row(&g, 1, "|\\xc3\\xa4  |");
	grid_free(&g);
}

static void boxes_join(void **state)
{
	struct grid g;

	(void)state;
	assert_true(grid_init(&g, 5, 7, false));
	grid_box(&g, (struct rect){ 0, 0, 5, 7 }, STYLE_BORDER);
	grid_box(&g, (struct rect){ 0, 3, 3, 4 }, STYLE_BORDER);
	assert_row(&g, 0, "\u250c\u2500\u2500\u252c\u2500\u2500\u2510");
	assert_row(&g, 2, "\u2502  \u2514\u2500\u2500\u2524");
	grid_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped), cmocka_unit_test(controls_are_refused), cmocka_unit_test(bad_utf8_is_bytes),
		cmocka_unit_test(wide_and_combining), cmocka_unit_test(ascii_has_nothing_else), cmocka_unit_test(boxes_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
