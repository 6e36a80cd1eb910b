/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cell grid: clipping, widths, boxes, and that no control character gets in. */
#include "../unit.h"
#include "grid.h"
#include "views.h"

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

/* Hex dumps keep every byte at any width, and tell fields apart. */
static void hex_fits(void **state)
{
	static const char dump[] =
		"-- bset 0\n"
		"000010  53 87 91 39 18 77 57 de                          |S..9.wW|        | magic\n"
		"000020  00 00 00 00 13 42 42 bc b0 c6 7e 6d 00 10 00 00  |.....BB...~m....| min_key\n"
		"000030  41 00                                            |A.              | \n";
	struct lines from = { 0 }, to = { 0 };

	(void)state;
	lines_add(&from, dump);
	hex_fit(&from, &to, 38);
	assert_int_equal(to.start.nr, 5);
	assert_memory_equal(lines_get(&to, 1), "000010  53 87 91 39 18 77 57 de  magic\n", 39);
	assert_memory_equal(lines_get(&to, 2), "000020  00 00 00 00 13 42 42 bc  min_key\n", 41);
	assert_memory_equal(lines_get(&to, 3), "000028  b0 c6 7e 6d 00 10 00 00\n", 32);
	assert_memory_equal(lines_get(&to, 4), "000030  41 00\n", 14);
	assert_int_equal(to.style.nr, 5);
	assert_int_not_equal(to.style.v[1], to.style.v[2]);
	assert_int_equal(to.style.v[2], to.style.v[4]);
	hex_fit(&from, &to, 120);
	assert_memory_equal(lines_get(&to, 2), "000020  00 00 00 00 13 42 42 bc b0 c6 7e 6d 00 10 00 00  |.....BB...~m....|", 75);
	assert_int_equal(to.start.nr, 4);
	lines_free(&from);
	lines_free(&to);
}

static void texts_break_at_blanks(void **state)
{
	ARB_BUF(b);
	static const char *const two[] = { "one two three", "x" };

	(void)state;
	text_wrap(&b, "a line that is too long\nshort\n\nunbreakablewordthatislong", 12, 2);
	assert_string_equal(arb_buf_str(&b), "a line that\n  is too\n  long\nshort\n\nunbreakablew\n  ordthatisl\n  ong\n");
	arb_buf_reset(&b);
	text_columns(&b, two, 2, 19);
	assert_string_equal(arb_buf_str(&b), "one two  | x\n three   | \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped), cmocka_unit_test(controls_are_refused), cmocka_unit_test(bad_utf8_is_bytes),
		cmocka_unit_test(wide_and_combining), cmocka_unit_test(ascii_has_nothing_else), cmocka_unit_test(boxes_join), cmocka_unit_test(hex_fits),
		cmocka_unit_test(texts_break_at_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
