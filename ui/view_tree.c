/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree pane: draws the lazy tree, moves in it, remembers places. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "arborist/session/find.h"
#include "engine.h"
#include "jobs.h"
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_MAX 64

struct view_tree {
	struct window	w;
	struct tree	*t;
	struct scroll	scroll;
	struct tree_place past[HISTORY_MAX], future[HISTORY_MAX], mark[26];
	unsigned	nr_past, nr_future;
	bool		marked[26];
	bool		typing, live;		/* a filter is being typed; live: the rows follow every key */
	char		*filter_was;		/* and where one stood before that */
	struct tree_place place_was;
	bool		has_place_was;
};

struct tree *view_tree_model(struct window *w)
{
	return ((struct view_tree *)w)->t;
}

/* --- drawing ------------------------------------------------------------------------------------------------------- */

static enum style row_style(const struct tree_row *r)
{
	if (r->marks & MARK_UNREADABLE)
		return STYLE_UNREADABLE;
	if ((r->marks & MARK_DAMAGED) || r->kind == ROW_GAP || r->kind == ROW_OVERLAP)
		return STYLE_DAMAGED;
	if (r->marks & MARK_CHANGED)
		return STYLE_CHANGED;
	if (r->marks & MARK_ADDED)
		return STYLE_ADDED;
	return (r->marks & MARK_UNREAD) ? STYLE_DIM : STYLE_NORMAL;
}

/* Two columns: what is wrong, what the plan did. */
static void row_marks(const struct tree_row *r, char out[3])
{
	bool damaged = (r->marks & MARK_DAMAGED) || r->kind == ROW_GAP || r->kind == ROW_OVERLAP;

	out[0] = (r->marks & MARK_UNREADABLE) ? '~' : damaged ? '!' : ' ';
	out[1] = (r->marks & MARK_CHANGED) ? '*' : (r->marks & MARK_ADDED) ? '+' : ' ';
	out[2] = 0;
}

static void draw_row(struct grid *g, struct rect line, const struct tree_item *it, bool selected, bool focus)
{
	unsigned indent = tree_depth(it) * (line.w >= 60 ? 2 : 1);
	enum style st = row_style(&it->row);
	ARB_BUF(text);
	char marks[3];

	row_marks(&it->row, marks);
	arb_buf_puts(&text, marks);
	arb_buf_spaces(&text, indent);
	arb_buf_puts(&text, !it->row.has_children ? "  " : it->open ? "v " : "> ");
	tree_item_text(&text, it);
	if ((it->row.marks & MARK_UNREAD) && it->asked && it->row.kind != ROW_NOTE)
		arb_buf_printf(&text, "  %s", _("reading ..."));
	grid_text_cut(g, line.y, line.x, line.w, st, arb_buf_str(&text));
	if (selected)
		grid_restyle(g, line, focus ? STYLE_SELECTED : STYLE_SELECTED_DIM);
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_tree *v = (struct view_tree *)w;
	uint64_t n = tree_rows_visible(v->t);

	if (!n && v->t->filter && v->t->root->nr) {
		grid_text_cut(g, r.y, r.x, r.w, STYLE_DIM, _("no row that has been read fits"));
		grid_text_cut(g, r.y + 1, r.x, r.w, STYLE_DIM, _("(\\ Enter: all; / looks everywhere)"));
		return;
	}
	if (!n) {
		grid_text_cut(g, r.y, r.x, r.w, v->t->failed ? STYLE_ERROR : STYLE_DIM,
			      v->t->failed ? v->t->why : v->t->filter && v->t->root->loaded ? _("no row that was read fits the filter") :
			      a->opened ? _("reading ...") : _("opening ..."));
		return;
	}
	if (!v->t->sel)
		v->t->sel = tree_at(v->t, 0);
	scroll_set(&v->scroll, n, r.h);
	v->scroll.sel = tree_rank(v->t->sel);
	scroll_set(&v->scroll, n, r.h);
	for (int i = 0; i < r.h && v->scroll.top + (uint64_t)i < n; i++) {
		const struct tree_item *it = tree_at(v->t, v->scroll.top + (uint64_t)i);

		draw_row(g, (struct rect){ r.y + i, r.x, 1, r.w }, it, it == v->t->sel, focus);
	}
	tree_in_sight(v->t, v->scroll.top, v->scroll.page);	/* asks for what has not been read: now, not at the next tick */
}

static void tick(struct window *w, struct app *a)
{
	struct view_tree *v = (struct view_tree *)w;

	if (a->opened)
		tree_in_sight(v->t, v->scroll.top, v->scroll.page);
	if (v->t->unfiltered)
		app_say(a, STYLE_STATUS, _("the filter is gone: it hid that place"));
	v->t->unfiltered = false;
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct view_tree *v = (struct view_tree *)w;
	uint64_t n = tree_rows_visible(v->t);

	arb_buf_puts(out, _("btrees"));
	if (n > (uint64_t)v->scroll.page)
		arb_buf_printf(out, " %llu/%llu", (unsigned long long)v->scroll.sel + 1, (unsigned long long)n);
	if (a->st.shows_disk)
		arb_buf_puts(out, _(" on disk"));
	if (v->t->filter)
		arb_buf_printf(out, _(" only: %s"), v->t->filter);
	if (a->follow)
		arb_buf_puts(out, _(" following"));
}

/* --- places ---------------------------------------------------------------------------------------------------------- */

static void push_place(struct tree_place *stack, unsigned *nr, const struct tree_item *sel)
{
	struct tree_place p;

	if (!tree_place_of(sel, &p))
		return;
	if (*nr == HISTORY_MAX)
		memmove(stack, stack + 1, --*nr * sizeof(*stack));
	stack[(*nr)++] = p;
}

void view_tree_go(struct window *w, const struct tree_place *p)
{
	struct view_tree *v = (struct view_tree *)w;

	push_place(v->past, &v->nr_past, v->t->sel);
	v->nr_future = 0;
	tree_goto(v->t, p);
}

void view_tree_follow(struct window *w, const struct tree_place *p)
{
	tree_goto(((struct view_tree *)w)->t, p);
}

static void back(struct app *a, struct view_tree *v, bool forward)
{
	struct tree_place *from = forward ? v->future : v->past, *to = forward ? v->past : v->future;
	unsigned *nr_from = forward ? &v->nr_future : &v->nr_past, *nr_to = forward ? &v->nr_past : &v->nr_future;

	if (!*nr_from) {
		app_say(a, STYLE_DIM, forward ? _("nowhere to go forward to") : _("nowhere to go back to"));
		return;
	}
	push_place(to, nr_to, v->t->sel);
	tree_goto(v->t, &from[--*nr_from]);
}

void view_tree_mark(struct window *w, struct app *a, int letter, bool jump)
{
	struct view_tree *v = (struct view_tree *)w;
	unsigned i = (unsigned)(letter - 'a');

	if (letter == K_ESC || letter == K_CTRL('C'))
		return;
	if (i >= 26) {
		app_say(a, STYLE_ERROR, _("marks are letters a to z"));
	} else if (jump && !v->marked[i]) {
		app_say(a, STYLE_ERROR, _("no mark %c; m%c sets it"), letter, letter);
	} else if (jump) {
		view_tree_go(w, &v->mark[i]);
	} else if (tree_place_of(v->t->sel, &v->mark[i])) {
		v->marked[i] = true;
		app_say(a, STYLE_STATUS, _("mark %c set; '%c comes back here"), letter, letter);
	}
}

/* --- keys -------------------------------------------------------------------------------------------------------------- */

/* Opens; goes to the first row below when it is open already; a thing without anything below is shown in the node pane. */
static void open_or_enter(struct app *a, struct view_tree *v)
{
	struct tree_item *it = v->t->sel;

	if (!it || tree_open(v->t, it))
		return;
	if (!it->open)
		a->focus = PANE_NODE;
	else if (it->visible > 1)
		v->t->sel = tree_at(v->t, tree_rank(it) + 1);
}

static void leave(struct view_tree *v)
{
	struct tree_item *it = v->t->sel;

	if (it && !tree_close(v->t, it) && tree_parent(it))
		v->t->sel = tree_parent(it);
}

static bool move_selection(struct view_tree *v, enum action act)
{
	if (!v->t->sel)
		return false;
	v->scroll.sel = tree_rank(v->t->sel);
	if (act == ACT_LEFT || act == ACT_RIGHT || !scroll_action(&v->scroll, act))
		return false;
	v->t->sel = tree_at(v->t, v->scroll.sel);
	v->t->has_target = false;
	return true;
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_tree *v = (struct view_tree *)w;

	a->follow = false;		/* the person leads now */
	switch (act) {
	case ACT_OPEN:
		open_or_enter(a, v);
		return true;
	case ACT_TOGGLE:
		if (v->t->sel && !tree_close(v->t, v->t->sel))
			tree_open(v->t, v->t->sel);
		return true;
	case ACT_LEFT:
		leave(v);
		return true;
	case ACT_BACK:
	case ACT_FORWARD:
		back(a, v, act == ACT_FORWARD);
		return true;
	default:
		return move_selection(v, act);
	}
}

static bool mouse(struct window *w, struct app *a, const struct input *in, struct rect inner)
{
	struct view_tree *v = (struct view_tree *)w;
	struct tree_item *it = tree_at(v->t, v->scroll.top + (uint64_t)(in->y - inner.y));

	(void)a;
	if (!it)
		return false;
	if (it == v->t->sel && !tree_close(v->t, it))
		tree_open(v->t, it);
	v->t->sel = it;
	return true;
}

/* A position goes there; anything else is looked for in the rows that have been read. */
static void found(struct app *a, void *data, enum arb_code code, const char *error)
{
	const struct find_job *f = data;

	if (code) {
		app_say(a, STYLE_ERROR, "%s", error);
	} else if (!f->found) {
		app_search_missed(a, f->expr);
	} else {
		app_show_place(a, f->btree, 0, f->pos, true);
		if (f->wrapped)
			app_search_wrapped(a, f->step);
	}
}

/* An expression is looked for in all keys, not only in the rows that have been opened. */
static bool search_keys(struct view_tree *v, struct app *a, int step, const char *what)
{
	struct find_job *f = calloc(1, sizeof(*f));
	struct tree_place p = { 0 };

	if (!f)
		return false;
	snprintf(f->expr, sizeof(f->expr), "%s", what);
	f->step = step;
	if (tree_place_of(v->t->sel, &p)) {
		f->btree = p.btree;
		f->pos = p.key ? p.pos : v->t->sel->row.start;
	}
	return jobs_await(a, engine_find, f, free, found, JOB_BROWSE);
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct view_tree *v = (struct view_tree *)w;
	struct tree_place p = { 0 };

	if (find_is_expression(what))
		return search_keys(v, a, step, what);
	if (v->t->sel && strchr(what, ':') && bpos_parse(what, &p.pos)) {
		p.btree = v->t->sel->row.btree;
		p.key = true;
		view_tree_go(w, &p);
		return true;
	}
	return tree_search(v->t, step, what, wrap);
}

#define LIVE_ROWS_MAX 20000	/* more are held against a filter when it has been typed, not at every key */

static void typing_begins(struct view_tree *v)
{
	v->typing = true;
	v->live = tree_has_few(v->t, LIVE_ROWS_MAX);
	v->filter_was = v->t->filter ? strdup(v->t->filter) : NULL;
	v->has_place_was = tree_place_of(v->t->sel, &v->place_was);
}

static bool filter(struct window *w, struct app *a, const char *what, enum typing typing)
{
	struct view_tree *v = (struct view_tree *)w;

	(void)a;
	if (!v->typing)
		typing_begins(v);
	if (typing == TYPING_GOES_ON) {
		if (v->live)
			tree_filter(v->t, what);
		return true;
	}
	tree_filter(v->t, typing == TYPING_TAKEN ? what : v->filter_was);
	if (v->has_place_was && (typing == TYPING_GIVEN_UP || !*what))
		tree_goto(v->t, &v->place_was);
	free(v->filter_was);
	v->filter_was = NULL;
	v->typing = false;
	return true;
}

static void message(struct window *w, struct app *a, const struct session_message *m)
{
	(void)a;
	tree_message(((struct view_tree *)w)->t, m);
}

static void free_view(struct window *w)
{
	free(((struct view_tree *)w)->filter_was);
	tree_free(((struct view_tree *)w)->t);
	free(w);
}

static const struct window_ops ops = {
	.name = "tree", .context = CTX_TREE, .flags = WINDOW_GLOBAL, .action = action, .mouse = mouse, .draw = draw,
	.title = title, .search = search, .filter = filter, .tick = tick, .message = message, .free = free_view,
};

struct window *view_tree_new(struct app *a)
{
	struct view_tree *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->w.ops = &ops;
	v->scroll.has_sel = true;
	v->t = tree_new(a->session);
	if (!v->t) {
		free(v);
		return NULL;
	}
	return &v->w;
}
