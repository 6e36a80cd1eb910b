/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every scene at every size, in UTF-8 and in plain ASCII: the same text as in tests/ui/scenes/NAME.txt (ARBORIST_SCREENS_UPDATE=1
 * writes them anew; ASCII differs in the lines alone, so it needs no file of its own), borders whole, all choices of a question to
 * be seen.
 *
 * With ARBORIST_SCENES=layout the texts are not compared: that is for other languages (LANGUAGE, ARBORIST_LOCALEDIR), where everything
 * else has to hold as well. With ARBORIST_SCENES=marked, besides, footer and choices have to be in brackets: the pseudo-locale of
 * tests/po gives every translated text these.
 */
#include <config.h>
#include "../unit.h"
#include "cmdline.h"
#include "language.h"
#include "scenes.h"

static const struct { int h, w; } sizes[] = { { 24, 80 }, { 43, 132 }, { 12, 40 } };
#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static bool compare, marked;

static struct stage play(const struct scene *sc, int h, int w, bool utf8)
{
	struct stage st;

	if (!compare)
		utf8 ? language_start() : language_ascii();
	st = sc->unopened ? stage_at(h, w, utf8) : open_stage(h, w, utf8);
	st.a->hint_gone = true;
	sc->set(&st);
	return st;
}

/* --- what holds on every screen ---------------------------------------------------------------------------------------- */

static void box_is_whole(const struct app *a, struct rect r, const char *name)
{
	const struct grid *g = &a->grid;
	bool whole = true;

	if (cmdline_active(a) && a->status[0])	/* completions stand on the bottom border */
		r.h--;
	for (int y = r.y; y < r.y + r.h; y++)
		whole = whole && grid_cell(g, y, r.x)->lines && grid_cell(g, y, r.x + r.w - 1)->lines;
	whole = whole && grid_cell(g, r.y, r.x + 1)->lines && grid_cell(g, r.y, r.x + r.w - 2)->lines;
	if (!whole)
		print_error("%s at %dx%d: a border has a hole\n", name, g->w, g->h);
	assert_true(whole);
}

static bool is_button(uint8_t style)
{
	return style == STYLE_BUTTON || style == STYLE_BUTTON_FOCUS;
}

static unsigned open_brackets(const struct grid *g, int y, int from, int to)
{
	unsigned n = 0;

	for (int x = from; x < to; x++)
		n += grid_cell(g, y, x)->ch == 0xab || grid_cell(g, y, x)->ch == '<';
	return n;
}

/* A choice begins with its letter: the seven letters are there, each once, in a button. */
static void choices_are_there(const struct stage *st, const char *name)
{
	static const char letters[] = "fsFSdtx";
	const struct grid *g = &st->a->grid;
	size_t found = 0;
	unsigned brackets = 0;

	for (int y = 0; y < g->h - 2; y++) {
		brackets += is_button(grid_cell(g, y, g->w / 2)->style) || is_button(grid_cell(g, y, 10)->style) ? open_brackets(g, y, 0, g->w) : 0;
		for (int x = 1; x + 1 < g->w; x++) {
			uint32_t before = grid_cell(g, y, x - 1)->ch, after = grid_cell(g, y, x + 1)->ch;

			if (is_button(grid_cell(g, y, x)->style) && grid_cell(g, y, x)->ch == (uint32_t)letters[found] && found < 7 &&
			    after == ' ' && (before == ' ' || grid_cell(g, y, x - 1)->lines))
				found++;
		}
	}
	if (found != 7)
		print_error("%s at %dx%d: %zu of 7 choices\n", name, g->w, g->h, found);
	assert_int_equal(found, 7);
	if (marked)
		assert_true(brackets >= 7);
}

static void footer_is_there(const struct stage *st)
{
	const struct grid *g = &st->a->grid;

	const char *first = cmdline_active(st->a) ? "Enter" : "F1";

	for (int i = 0; first[i]; i++)
		assert_int_equal(grid_cell(g, g->h - 1, i)->ch, first[i]);
	if (marked)
		assert_true(open_brackets(g, g->h - 1, 0, g->w) >= 1);
}

static void every_cell_is_plain(const struct grid *g)
{
	for (int i = 0; i < g->h * g->w; i++) {
		uint32_t ch = g->cells[i].ch;

		assert_true(!ch || (ch >= ' ' && ch != 0x7f && !(ch >= 0x80 && ch < 0xa0)));
		assert_true(ch < 0x80 || !g->ascii);
	}
}

static void check_layout(const struct stage *st, const struct scene *sc)
{
	const struct app *a = st->a;

	for (int i = 0; i < PANE_NR; i++)
		if (a->pane_rect[i].h && !a->top)
			box_is_whole(a, a->pane_rect[i], sc->name);
	if (a->top)
		box_is_whole(a, a->top_rect, sc->name);
	if (sc->question)
		choices_are_there(st, sc->name);
	footer_is_there(st);
	every_cell_is_plain(&a->grid);
}

/* --- the texts ------------------------------------------------------------------------------------------------------------- */

/* A screen in UTF-8 as it has to be in ASCII: lines become | - +. */
static void flat(struct arb_buf *out, const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s != 0xe2) {
			arb_buf_putc(out, *s);
			continue;
		}
		assert_int_equal((unsigned char)s[1], 0x94);
		arb_buf_putc(out, (unsigned char)s[2] == 0x80 ? '-' : (unsigned char)s[2] == 0x82 ? '|' : '+');
		s += 2;
	}
}

static void check_ascii(const struct scene *sc, int h, int w, const char *utf8)
{
	struct stage st = play(sc, h, w, false);
	ARB_BUF(want);
	ARB_BUF(have);

	check_layout(&st, sc);
	if (compare) {
		flat(&want, utf8);
		grid_dump(&have, &st.a->grid);
		assert_string_equal(arb_buf_str(&have), arb_buf_str(&want));
	}
	leave(&st);
}

static void one_scene(const struct scene *sc)
{
	ARB_BUF(all);
	ARB_BUF(path);

	for (size_t i = 0; i < NR_SIZES; i++) {
		struct stage st = play(sc, sizes[i].h, sizes[i].w, true);
		ARB_BUF(b);

		check_layout(&st, sc);
		grid_dump(&b, &st.a->grid);
		arb_buf_printf(&all, "== %dx%d\n%s", sizes[i].w, sizes[i].h, arb_buf_str(&b));
		leave(&st);
		check_ascii(sc, sizes[i].h, sizes[i].w, arb_buf_str(&b));
	}
	arb_buf_printf(&path, "scenes/%s.txt", sc->name);
	if (compare && !sc->layout)
		expect_text(arb_buf_str(&path), arb_buf_str(&all));
}

static void all_scenes(void **state)
{
	(void)state;
	for (size_t i = 0; i < scenes_nr; i++)
		one_scene(&scenes[i]);
	for (size_t i = 0; i < window_scenes_nr; i++)
		one_scene(&window_scenes[i]);
}

int main(void)
{
	const char *what = getenv("ARBORIST_SCENES");
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_scenes) };

	marked = what && !strcmp(what, "marked");
	compare = !what;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
