/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts by lines and scrolling: see lines.h. */
#include <config.h>
#include "lines.h"

#include <ctype.h>
#include <string.h>

#define LINES_LIMIT (32u << 20)
static const char cut_text[] = "... cut here: too long for the screen; use -e to get all of it";

void lines_free(struct lines *l)
{
	arb_buf_free(&l->text);
	arb_array_free(&l->start);
	arb_array_free(&l->style);
	l->cut = l->partial = false;
}

void lines_reset(struct lines *l)
{
	size_t limit = l->limit;

	lines_free(l);
	l->limit = limit;
}

static void add_line(struct lines *l, const char *s, size_t n, bool ended)
{
	if (!l->partial) {
		size_t *p = arb_array_push(&l->start);

		if (!p)
			return;
		*p = l->text.len;
	}
	arb_buf_mem(&l->text, s, n);
	if (ended)
		arb_buf_putc(&l->text, '\n');
	l->partial = !ended;
}

void lines_add(struct lines *l, const char *s)
{
	size_t limit = l->limit ? l->limit : LINES_LIMIT;

	while (*s && !l->cut) {
		const char *nl = strchr(s, '\n');
		size_t n = nl ? (size_t)(nl - s) : strlen(s);

		if (l->text.len + n > limit) {
			l->cut = true;
			add_line(l, cut_text, sizeof(cut_text) - 1, true);
			return;
		}
		add_line(l, s, n, nl);
		s += n + !!nl;
	}
	if (l->text.oom) {		/* the text is gone: so are its lines */
		arb_array_free(&l->start);
		l->cut = true;
	}
}

const char *lines_get(const struct lines *l, size_t i)
{
	return i < l->start.nr ? arb_buf_str(&l->text) + l->start.v[i] : "";
}

bool line_has(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; *s && *s != '\n'; s++)
		if (!strncasecmp(s, what, n))
			return true;
	return !n;
}

uint64_t lines_far_end(const struct lines *l, int step)
{
	return step > 0 || !l->start.nr ? 0 : l->start.nr - 1;
}

uint64_t lines_search(const struct lines *l, uint64_t from, int step, const char *what)
{
	uint64_t n = l->start.nr;

	for (uint64_t i = from; i < n; i += (uint64_t)(int64_t)step)
		if (line_has(lines_get(l, i), what))
			return i;
	return n;
}

/* --- scrolling ------------------------------------------------------------------------------------------------------ */

static void clamp(struct scroll *s)
{
	uint64_t page = s->page > 0 ? (uint64_t)s->page : 1;
	uint64_t last_top = s->n > page ? s->n - page : 0;

	if (s->sel >= s->n)
		s->sel = s->n ? s->n - 1 : 0;
	if (s->has_sel && s->sel < s->top)
		s->top = s->sel;
	if (s->has_sel && s->sel >= s->top + page)
		s->top = s->sel - page + 1;
	if (s->top > last_top)
		s->top = last_top;
}

void scroll_set(struct scroll *s, uint64_t n, int page)
{
	bool at_end = s->tail && (s->has_sel ? s->sel + 1 >= s->n : s->top + (uint64_t)s->page >= s->n);

	s->n = n;
	s->page = page;
	if (at_end) {
		s->sel = n ? n - 1 : 0;
		s->top = n > (uint64_t)page ? n - (uint64_t)page : 0;
	}
	clamp(s);
}

void scroll_to(struct scroll *s, uint64_t row)
{
	s->sel = row;
	if (!s->has_sel || row < s->top || row >= s->top + (uint64_t)s->page)
		s->top = row > (uint64_t)s->page / 3 ? row - (uint64_t)s->page / 3 : 0;
	clamp(s);
}

static void move_by(struct scroll *s, int64_t by)
{
	uint64_t *p = s->has_sel ? &s->sel : &s->top;

	if (by < 0 && (uint64_t)-by > *p)
		*p = 0;
	else
		*p += (uint64_t)by;
	clamp(s);
}

bool scroll_action(struct scroll *s, enum action a)
{
	int page = s->page > 1 ? s->page - 1 : 1;

	switch (a) {
	case ACT_UP: case ACT_SCROLL_UP: move_by(s, -1); return true;
	case ACT_DOWN: case ACT_SCROLL_DOWN: move_by(s, 1); return true;
	case ACT_PAGE_UP: move_by(s, -page); return true;
	case ACT_PAGE_DOWN: move_by(s, page); return true;
	case ACT_HOME: move_by(s, -(int64_t)s->n); s->left = 0; return true;
	case ACT_END: move_by(s, (int64_t)s->n); return true;
	case ACT_LEFT: s->left = s->left > 8 ? s->left - 8 : 0; return true;
	case ACT_RIGHT: s->left += 8; return true;
	default: return false;
	}
}

static void mark_matches(struct grid *g, int y, struct rect r, const char *shown, const char *mark)
{
	size_t n = strlen(mark);

	for (const char *p = shown; n && *p && *p != '\n'; p++) {
		ARB_BUF(before);
		int x;

		if (strncasecmp(p, mark, n))
			continue;
		arb_buf_mem(&before, shown, (size_t)(p - shown));
		x = grid_width(g, arb_buf_str(&before));
		if (x < r.w)
			grid_restyle(g, (struct rect){ y, r.x + x, 1, (int)n < r.w - x ? (int)n : r.w - x }, STYLE_MATCH);
	}
}

void lines_draw(const struct lines *l, struct scroll *s, struct grid *g, struct rect r, const char *mark, bool focus)
{
	scroll_set(s, l->start.nr, r.h);
	for (int i = 0; i < r.h && s->top + (uint64_t)i < s->n; i++) {
		uint64_t row = s->top + (uint64_t)i;
		const char *text = grid_skip(g, lines_get(l, row), s->left);

		grid_text_cut(g, r.y + i, r.x, r.w, row < l->style.nr ? l->style.v[row] : STYLE_NORMAL, text);
		if (mark && *mark)
			mark_matches(g, r.y + i, r, text, mark);
		if (s->has_sel && row == s->sel)
			grid_restyle(g, (struct rect){ r.y + i, r.x, 1, r.w }, focus ? STYLE_SELECTED : STYLE_SELECTED_DIM);
	}
}
