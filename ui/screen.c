/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where: four panes that share their borders, windows over them, the bottom line and the keys. */
#include <config.h>
#include "app.h"
#include "cmdline.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <string.h>

#define SMALL_W 60		/* below this one pane at a time */
#define SMALL_H 16
#define TABS_W 10		/* of "1 2 3 4" in the corner */

static bool too_small(const struct app *a)
{
	return a->grid.h < SCREEN_MIN_H || a->grid.w < SCREEN_MIN_W;
}

static bool one_pane(const struct app *a)
{
	return a->zoomed || a->grid.w < SMALL_W || a->grid.h < SMALL_H;
}

static struct rect whole(const struct app *a)
{
	return (struct rect){ 0, 0, a->grid.h - 2, a->grid.w };
}

void screen_layout(struct app *a)
{
	struct rect r = whole(a);
	int split_x = r.w * 52 / 100, split_y = r.h * 58 / 100;

	memset(a->pane_rect, 0, sizeof(a->pane_rect));
	if (too_small(a))
		return;
	if (one_pane(a)) {
		a->pane_rect[a->focus] = r;
		return;
	}
	if (split_y < 12 && r.h >= 20)
		split_y = 12;		/* the gc pane has eleven lines */
	a->pane_rect[PANE_TREE] = (struct rect){ 0, 0, split_y + 1, split_x + 1 };
	a->pane_rect[PANE_GC] = (struct rect){ 0, split_x, split_y + 1, r.w - split_x };
	a->pane_rect[PANE_NODE] = (struct rect){ split_y, 0, r.h - split_y, split_x + 1 };
	a->pane_rect[PANE_LOG] = (struct rect){ split_y, split_x, r.h - split_y, r.w - split_x };
}

/* --- panes and windows ------------------------------------------------------------------------------------------------------ */

static void draw_title(struct app *a, struct window *w, struct rect r, enum style st)
{
	ARB_BUF(b);

	if (w->ops->title)
		w->ops->title(w, a, &b);
	if (!a->top && one_pane(a) && r.w > TABS_W)
		r.w -= TABS_W;
	grid_title(&a->grid, r, st, arb_buf_str(&b));
}

/* "1 2 3 4" in the corner when only one pane is shown. */
static void draw_tabs(struct app *a)
{
	int x = a->grid.w - TABS_W;

	for (int i = 0; i < PANE_NR; i++)
		grid_textf(&a->grid, 0, x + i * 2, 1, i == (int)a->focus ? STYLE_TITLE_FOCUS : STYLE_TITLE, "%d", i + 1);
}

static void border_style(struct app *a, struct rect r, enum style st)
{
	grid_restyle(&a->grid, (struct rect){ r.y, r.x, 1, r.w }, st);
	grid_restyle(&a->grid, (struct rect){ r.y + r.h - 1, r.x, 1, r.w }, st);
	grid_restyle(&a->grid, (struct rect){ r.y, r.x, r.h, 1 }, st);
	grid_restyle(&a->grid, (struct rect){ r.y, r.x + r.w - 1, r.h, 1 }, st);
}

static void draw_panes(struct app *a)
{
	for (int i = 0; i < PANE_NR; i++)
		if (a->pane_rect[i].h)
			grid_box(&a->grid, a->pane_rect[i], STYLE_BORDER);
	for (int i = 0; i < PANE_NR; i++) {
		struct rect r = a->pane_rect[i];
		bool focus = !a->top && i == (int)a->focus;

		if (!r.h)
			continue;
		if (focus)
			border_style(a, r, STYLE_BORDER_FOCUS);
		a->pane[i]->ops->draw(a->pane[i], a, &a->grid, rect_inner(r), focus);
	}
	for (int i = 0; i < PANE_NR; i++)		/* titles last: panes know their numbers after drawing */
		if (a->pane_rect[i].h)
			draw_title(a, a->pane[i], a->pane_rect[i], !a->top && i == (int)a->focus ? STYLE_TITLE_FOCUS : STYLE_TITLE);
	if (one_pane(a))
		draw_tabs(a);
}

static void draw_window(struct app *a, struct window *w)
{
	struct rect r = whole(a);

	if (w->below)
		draw_window(a, w->below);
	if ((w->ops->flags & WINDOW_CENTERED) && w->ops->size) {
		int h = r.h, width = r.w;

		w->ops->size(w, a, &h, &width);
		r = (struct rect){ (r.h - h) / 2, (r.w - width) / 2, h, width };
	}
	grid_fill(&a->grid, r, STYLE_NORMAL);
	grid_box(&a->grid, r, STYLE_BORDER_FOCUS);
	w->ops->draw(w, a, &a->grid, rect_inner(r), w == a->top);
	draw_title(a, w, r, STYLE_TITLE_FOCUS);
	if (w == a->top)
		a->top_rect = r;
}

/* --- the two lines at the bottom ------------------------------------------------------------------------------------------- */

static void plan_state(const struct app *a, struct arb_buf *out)
{
	if (a->question && (!a->top || a->top->ops->context != CTX_DIALOG))
		arb_buf_puts(out, _("question waits: a"));
	else if (a->st.stopped)
		arb_buf_puts(out, _("stopped"));
	else if (a->st.repairs && a->st.plan_saved)
		arb_buf_puts(out, _("plan written"));
	else if (a->st.repairs && a->grid.w < SMALL_W)
		arb_buf_printf(out, _("plan %llu"), (unsigned long long)a->st.repairs);
	else if (a->st.repairs)
		arb_buf_printf(out, P_("plan %llu repair, not written", "plan %llu repairs, not written", a->st.repairs), (unsigned long long)a->st.repairs);
	else if (a->st.open && a->st.read_only)
		arb_buf_puts(out, _("read-only"));
}

int screen_status_width(const struct app *a)
{
	ARB_BUF(b);
	int state;

	plan_state(a, &b);
	state = grid_width(&a->grid, arb_buf_str(&b));
	return a->grid.w - (state ? state + 2 : 0);
}

#define LONG_MS 700	/* what takes longer is said */

/* A pass and a commit show how far they are; everything else that takes long would look as if nothing happened. */
static bool works_silently(const struct app *a)
{
	return a->busy_ms && a->now_ms - a->busy_ms > LONG_MS && a->st.pass_state != PASS_RUNNING && !a->question && !a->st.stopped &&
	       !(a->top && a->top->ops->context == CTX_WRITE);
}

static void draw_status(struct app *a, int y)
{
	struct grid *g = &a->grid;
	int w = screen_status_width(a);
	ARB_BUF(b);

	if (cmdline_active(a)) {
		cmdline_draw(a, g, y, 0, g->w);
		if (a->status[0]) {		/* completions, above the line */
			grid_fill(g, (struct rect){ y - 1, 0, 1, g->w }, STYLE_NORMAL);
			grid_text_cut(g, y - 1, 0, g->w, a->status_style, a->status);
		}
		return;
	}
	plan_state(a, &b);
	grid_text_right(g, y, 0, g->w, a->question ? STYLE_HINT : STYLE_STATUS, arb_buf_str(&b));
	if (a->prefix != ACT_NONE)
		grid_text_cut(g, y, 0, w, STYLE_STRONG, a->prefix == ACT_MARK ? _("mark: a letter") : _("go to mark: a letter"));
	else if (a->status[0])
		grid_text_cut(g, y, 0, w, a->status_style, a->status);
	else if (works_silently(a))
		grid_textf(g, y, 0, w, STYLE_STRONG, _("working (^C stops it): %s"), commands_oldest(a) ? commands_oldest(a) : "...");
	else if (a->o.hint && !a->hint_gone)
		grid_text_cut(g, y, 0, w, STYLE_HINT, a->o.hint);
	else if (a->o.title)
		grid_text_cut(g, y, 0, w, STYLE_DIM, a->o.title);
}

struct footer {
	struct app	*app;
	int		x;		/* where the next entry begins */
	int		hit;		/* column asked for, -1: draw */
	const struct binding *found;
};

static void footer_entry(struct footer *f, const struct binding *b)
{
	struct grid *g = &f->app->grid;
	int x = f->x, y = g->h - 1, w;
	ARB_BUF(key);

	if (!b->keys[0])
		return;
	key_to_text(&key, b->keys[0]);
	w = grid_width(g, arb_buf_str(&key)) + 1 + grid_width(g, _(b->label));
	if (x + w > g->w)
		return;
	f->x += w + 2;
	if (f->hit >= x && f->hit < x + w)
		f->found = b;
	if (f->hit >= 0)
		return;
	x += grid_text(g, y, x, g->w - x, STYLE_KEYCAP, arb_buf_str(&key));
	x += grid_text(g, y, x, g->w - x, STYLE_NORMAL, " ");
	grid_text(g, y, x, g->w - x, STYLE_NORMAL, _(b->label));
}

static void footer_context(struct footer *f, unsigned context)
{
	for (size_t i = 0; i < bindings_nr; i++)
		if (bindings[i].contexts & context)
			footer_entry(f, &bindings[i]);
}

/* Keys of the line that is typed; else of the window, then those of the console; F1 first. On narrow lines the rest is in the help. */
static void footer_walk(struct footer *f)
{
	const struct window *w = app_focus_window(f->app);
	bool global = w->ops->flags & WINDOW_GLOBAL;

	if (cmdline_active(f->app)) {
		footer_context(f, CTX_LINE);
		return;
	}
	footer_entry(f, binding_of(CTX_GLOBAL, ACT_HELP));
	if (stepping_keys(f->app))
		footer_context(f, CTX_STOPPED);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < bindings_nr; i++) {
			const struct binding *b = &bindings[i];
			bool is_global = b->contexts & CTX_GLOBAL;

			if (b->label && b->action != ACT_HELP && (round ? global && is_global : (b->contexts & w->ops->context) != 0))
				footer_entry(f, b);
		}
	}
}

/* --- where the mouse is, outside of panes and windows ---------------------------------------------------------------------- */

int screen_key_at(struct app *a, int y, int x)
{
	struct footer f = { .app = a, .hit = x };

	if (too_small(a))
		return 0;
	if (cmdline_active(a) && y != a->grid.h - 1)
		return 0;
	if (y == a->grid.h - 2)
		return a->question && !app_find(a, &dialog_ops) ? binding_of(CTX_GLOBAL, ACT_ANSWER)->keys[0] : 0;
	if (!y && !a->top && one_pane(a)) {
		x -= a->grid.w - TABS_W;
		return x >= 0 && x < PANE_NR * 2 ? binding_of(CTX_GLOBAL, ACT_PANE_TREE + (enum action)(x / 2))->keys[0] : 0;
	}
	if (y == a->grid.h - 1)
		footer_walk(&f);
	return f.found ? f.found->keys[0] : 0;
}

void screen_draw(struct app *a)
{
	struct grid *g = &a->grid;

	grid_clear(g);
	if (too_small(a)) {
		grid_textf(g, 0, 0, g->w, STYLE_STRONG, _("%dx%d is too small"), g->w, g->h);
		if (g->h > 1)
			grid_textf(g, 1, 0, g->w, STYLE_NORMAL, _("needs %dx%d"), SCREEN_MIN_W, SCREEN_MIN_H);
		return;
	}
	draw_panes(a);
	if (a->top)
		draw_window(a, a->top);
	draw_status(a, g->h - 2);
	footer_walk(&(struct footer){ .app = a, .hit = -1 });
}
