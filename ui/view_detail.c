/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The node pane: what the selected row of the tree is, in one of five views. Asked for when the selection rests. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOW_MS 300		/* what takes longer is said to be under way */
#define REST_MS 80		/* a selection that moves on sooner is not asked for */

static const struct { enum detail_kind kind; const char *name; } kinds[] = {
	{ DETAIL_NODE, "node" }, { DETAIL_KEYS, "keys" }, { DETAIL_BSETS, "bsets" }, { DETAIL_FORMAT, "format" }, { DETAIL_HEX, "hex" },
};
#define NR_KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

struct what {			/* identity of what is shown */
	enum tree_row_kind kind;
	unsigned	btree, level, view, epoch, marks;
	struct bpos	start, end;
};

struct view_detail {
	struct window	w;
	struct lines	lines;		/* as it came */
	struct lines	wrapped;	/* the same, broken to the width it is shown in */
	int		width;
	struct lines	coming;		/* of the request under way */
	struct scroll	scroll;
	int		view;		/* index into kinds */
	struct what	shown, wanted;
	bool		any_shown;
	uint64_t	since_ms;	/* when wanted last changed */
	uint64_t	asked_ms;
	uint64_t	request;
	char		name[160];
};

static bool same(const struct what *x, const struct what *y)
{
	return x->kind == y->kind && x->btree == y->btree && x->level == y->level && x->view == y->view &&
	       x->epoch == y->epoch && x->marks == y->marks && bpos_eq(x->start, y->start) && bpos_eq(x->end, y->end);
}

static void name_of(struct view_detail *v, const struct tree_item *it)
{
	ARB_BUF(b);

	btree_id_to_text(&b, it->row.btree);
	arb_buf_printf(&b, ":%u ", it->row.level);
	bpos_to_text(&b, it->row.end);
	snprintf(v->name, sizeof(v->name), "%s", arb_buf_str(&b));
}

/* Gaps, overlaps and notes are no objects of the filesystem: what there is to say about them is in their row. */
static bool says_itself(struct view_detail *v, const struct tree_item *it)
{
	ARB_BUF(b);

	if (it->row.kind != ROW_GAP && it->row.kind != ROW_OVERLAP && it->row.kind != ROW_NOTE)
		return false;
	lines_reset(&v->lines);
	if (it->row.kind != ROW_NOTE) {
		arb_buf_puts(&b, _("from "));
		bpos_to_text(&b, it->row.start);
		arb_buf_puts(&b, _("\nto   "));
		bpos_to_text(&b, it->row.end);
		arb_buf_puts(&b, it->row.kind == ROW_GAP ? _("\ngap: ") : _("\noverlap: "));
	}
	arb_buf_puts(&b, it->row.text ? it->row.text : "");
	lines_add(&v->lines, arb_buf_str(&b));
	v->width = 0;
	return true;
}

static void ask(struct view_detail *v, struct app *a, const struct tree_item *it)
{
	enum detail_kind kind = kinds[v->view].kind;
	struct tree_row row;

	name_of(v, it);
	v->shown = v->wanted;
	v->any_shown = true;
	if (says_itself(v, it) || !tree_row_of(it, &row))
		return;
	if (row.kind == ROW_KEY && kind == DETAIL_NODE)
		kind = DETAIL_KEYS;		/* a key: its whole text */
	lines_reset(&v->coming);
	v->request = session_detail(a->session, &row, kind);
	v->asked_ms = a->now_ms;
	tree_row_clear(&row);
}

static void tick(struct window *w, struct app *a)
{
	struct view_detail *v = (struct view_detail *)w;
	const struct tree *t = view_tree_model(a->pane[PANE_TREE]);
	const struct tree_item *it = t->sel;
	struct what now;

	if (!it || !a->opened)
		return;
	now = (struct what){ it->row.kind, it->row.btree, it->row.level, (unsigned)v->view, t->epoch,
			     it->row.marks, it->row.start, it->row.end };
	if (!same(&now, &v->wanted)) {
		v->wanted = now;
		v->since_ms = a->now_ms;
	}
	if (v->request || (v->any_shown && (same(&v->wanted, &v->shown) || a->now_ms - v->since_ms < REST_MS)))
		return;
	ask(v, a, it);
}

static void message(struct window *w, struct app *a, const struct session_message *m)
{
	struct view_detail *v = (struct view_detail *)w;

	(void)a;
	if (!v->request || m->id != v->request)
		return;
	if (m->kind == SESSION_OUTPUT && m->text)
		lines_add(&v->coming, m->text);
	if (m->kind != SESSION_JOB_DONE)
		return;
	v->request = 0;
	if (m->code == ARB_E_CANCELLED)		/* ^C was meant for something else */
		v->any_shown = false;
	if (m->code && m->text)
		lines_add(&v->coming, m->text);
	lines_free(&v->lines);
	v->lines = v->coming;
	v->coming = (struct lines){ 0 };
	v->scroll.top = 0;
	v->width = 0;
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_detail *v = (struct view_detail *)w;

	if (v->width != r.w) {
		v->width = r.w;
		(kinds[v->view].kind == DETAIL_HEX ? hex_fit : lines_wrap)(&v->lines, &v->wrapped, r.w);
	}
	lines_draw(&v->wrapped, &v->scroll, g, r, a->search, focus);
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct view_detail *v = (struct view_detail *)w;
	const struct tree_item *it = view_tree_model(a->pane[PANE_TREE])->sel;
	const char *name = kinds[v->view].name;

	if (it && it->row.kind == ROW_KEY && v->view == 0)
		name = "key";
	arb_buf_printf(out, "%s %s%s", name, v->name, v->request && a->now_ms - v->asked_ms > SLOW_MS ? " ..." : "");
}

void view_detail_turn(struct window *w, int by)
{
	struct view_detail *v = (struct view_detail *)w;

	v->view = (v->view + by + NR_KINDS) % NR_KINDS;
	v->any_shown = false;		/* at once */
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_detail *v = (struct view_detail *)w;

	(void)a;
	if (act == ACT_DETAIL_NEXT || act == ACT_DETAIL_PREV) {
		view_detail_turn(w, act == ACT_DETAIL_NEXT ? 1 : -1);
		return true;
	}
	return scroll_action(&v->scroll, act);
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct view_detail *v = (struct view_detail *)w;
	uint64_t from = wrap ? lines_far_end(&v->wrapped, step) : v->scroll.top + (uint64_t)(int64_t)step;
	uint64_t at = lines_search(&v->wrapped, from, step, what);

	(void)a;
	if (at >= v->wrapped.start.nr)
		return false;
	v->scroll.top = at;
	return true;
}

static void free_view(struct window *w)
{
	struct view_detail *v = (struct view_detail *)w;

	lines_free(&v->lines);
	lines_free(&v->coming);
	lines_free(&v->wrapped);
	free(v);
}

static const struct window_ops ops = {
	.name = "node", .context = CTX_NODE | CTX_TEXT, .flags = WINDOW_GLOBAL, .action = action, .draw = draw, .title = title,
	.search = search, .tick = tick, .message = message, .free = free_view,
};

struct window *view_detail_new(struct app *a)
{
	struct view_detail *v = calloc(1, sizeof(*v));

	(void)a;
	if (!v)
		return NULL;
	v->w.ops = &ops;
	return &v->w;
}
