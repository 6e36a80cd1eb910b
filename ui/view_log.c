/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The findings / log pane: what was found and decided, and what the engine says, newest at the end. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 20000		/* older ones go, a quarter at a time; the transcript has everything */
#define FINDINGS_MAX 4000		/* kept in full, to be opened */

struct entry {
	enum style	style;
	unsigned	seconds;	/* since the console started */
	char		*text;		/* owned */
	struct finding	*finding;	/* owned; or NULL */
};

struct view_log {
	struct window	w;
	ARB_ARRAY(struct entry) entries;
	ARB_ARRAY(size_t) shown;	/* indices, when filtered */
	char		*filter, *filter_was;	/* _was: while another is typed */
	bool		typing;
	size_t		findings;
	uint64_t	start_ms, now_ms;	/* of the console's clock; 0: not started */
	struct scroll	scroll;
};

static void entry_free(struct entry *e)
{
	free(e->text);
	finding_free(e->finding);
}

static void drop_oldest(struct view_log *v)
{
	size_t n = v->entries.nr / 4;

	for (size_t i = 0; i < n; i++)
		entry_free(&v->entries.v[i]);
	memmove(v->entries.v, v->entries.v + n, (v->entries.nr - n) * sizeof(*v->entries.v));
	v->entries.nr -= n;
}

static bool passes_filter(const struct view_log *v, const struct entry *e)
{
	return !v->filter || line_has(e->text, v->filter);
}

static void filter_again(struct view_log *v)
{
	v->shown.nr = 0;
	for (size_t i = 0; i < v->entries.nr; i++) {
		size_t *p = passes_filter(v, &v->entries.v[i]) ? arb_array_push(&v->shown) : NULL;

		if (p)
			*p = i;
	}
}

static void add(struct view_log *v, enum style st, const char *text, size_t n, struct finding *f)
{
	struct entry *e;
	size_t *p;

	if (v->entries.nr >= ENTRIES_MAX) {
		drop_oldest(v);
		filter_again(v);
	}
	e = arb_array_push(&v->entries);
	if (!e) {
		finding_free(f);
		return;
	}
	*e = (struct entry){ .style = st, .text = strndup(text, n), .finding = f };
	e->seconds = (unsigned)((v->now_ms - v->start_ms) / 1000);
	if (!e->text)
		e->text = strdup("");
	p = passes_filter(v, e) ? arb_array_push(&v->shown) : NULL;
	if (p)
		*p = v->entries.nr - 1;
	scroll_set(&v->scroll, v->shown.nr, v->scroll.page);
}

void view_log_add(struct window *w, enum style st, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "\n");

		if (n)
			add((struct view_log *)w, st, text, n, NULL);
		text += n;
		if (!*text || !*++text)
			return;
	}
}

/* The message comes before the repair goes into the plan. */
static bool accepted(const struct finding *f)
{
	return f->fixed || (f->answer.verb == ANSWER_FIX && !f->no_repair);
}

static const char *fate(const struct finding *f)
{
	if (f->row->kind == FINDING_NOTE)
		return _("note");
	if (accepted(f))
		return _("fixed");
	return f->answer.verb == ANSWER_SKIP ? _("skipped") : f->answer.verb == ANSWER_STOP ? _("stopped") : _("left");
}

void view_log_finding(struct window *w, struct finding *f)
{
	struct view_log *v = (struct view_log *)w;
	enum style st = f->row->kind == FINDING_NOTE ? STYLE_DIM : accepted(f) ? STYLE_GOOD : STYLE_DAMAGED;
	ARB_BUF(b);

	arb_buf_printf(&b, "%u %s: %s, ", f->serial, fate(f), f->row->title ? tr(f->row->title) : f->row->id);
	btree_id_to_text(&b, f->btree);
	arb_buf_printf(&b, " L%u ", f->level);
	bpos_to_text(&b, f->pos);
	arb_buf_printf(&b, " (%s)", f->row->id);
	if (++v->findings > FINDINGS_MAX) {
		finding_free(f);
		f = NULL;
	}
	add(v, st, arb_buf_str(&b), b.len, f);
}

static struct entry *entry_at(struct view_log *v, uint64_t i)
{
	return i < v->shown.nr && v->shown.v[i] < v->entries.nr ? &v->entries.v[v->shown.v[i]] : NULL;
}

static void tick(struct window *w, struct app *a)
{
	struct view_log *v = (struct view_log *)w;

	v->now_ms = a->now_ms;
	if (!v->start_ms)
		v->start_ms = a->now_ms;
}

static void draw_entry(struct grid *g, struct rect line, const struct entry *e, int left)
{
	int used = 0;

	if (line.w > 30)
		used = grid_textf(g, line.y, line.x, line.w, STYLE_DIM, "%02u:%02u ", e->seconds / 60, e->seconds % 60);
	grid_text_cut(g, line.y, line.x + used, line.w - used, e->style, grid_skip(g, e->text, left));
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_log *v = (struct view_log *)w;

	(void)a;
	scroll_set(&v->scroll, v->shown.nr, r.h);
	for (int i = 0; i < r.h; i++) {
		const struct entry *e = entry_at(v, v->scroll.top + (uint64_t)i);

		if (!e)
			return;
		draw_entry(g, (struct rect){ r.y + i, r.x, 1, r.w }, e, v->scroll.left);
		if (focus && v->scroll.top + (uint64_t)i == v->scroll.sel)
			grid_restyle(g, (struct rect){ r.y + i, r.x, 1, r.w }, STYLE_SELECTED);
	}
}

static void open_entry(struct app *a, const struct entry *e)
{
	ARB_BUF(b);

	if (e->finding)
		finding_full_text(&b, e->finding, a->grid.w - 4);
	else
		text_wrap(&b, e->text, a->grid.w - 4, 2);
	pager_open(a, e->finding ? tr(e->finding->row->title) : _("log"), arb_buf_str(&b));
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_log *v = (struct view_log *)w;
	const struct entry *e = entry_at(v, v->scroll.sel);

	if (act == ACT_OPEN && e) {
		open_entry(a, e);
		return true;
	}
	if (act == ACT_SHOW && e && e->finding) {
		app_show_finding(a, e->finding);
		return true;
	}
	return scroll_action(&v->scroll, act);
}

static bool mouse(struct window *w, struct app *a, const struct input *in, struct rect inner)
{
	struct view_log *v = (struct view_log *)w;
	uint64_t row = v->scroll.top + (uint64_t)(in->y - inner.y);
	const struct entry *e = entry_at(v, row);

	if (!e)
		return false;
	if (v->scroll.sel == row)
		open_entry(a, e);
	v->scroll.sel = row;
	return true;
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct view_log *v = (struct view_log *)w;
	uint64_t from = !wrap ? v->scroll.sel + (uint64_t)(int64_t)step : step > 0 ? 0 : v->shown.nr - 1;

	(void)a;
	for (uint64_t i = from; i < v->shown.nr; i += (uint64_t)(int64_t)step) {
		if (!line_has(entry_at(v, i)->text, what))
			continue;
		scroll_to(&v->scroll, i);
		return true;
	}
	return false;
}

static bool filter(struct window *w, struct app *a, const char *what, enum typing typing)
{
	struct view_log *v = (struct view_log *)w;

	(void)a;
	if (!v->typing)
		v->filter_was = v->filter;
	else
		free(v->filter);
	if (typing == TYPING_GIVEN_UP)
		v->filter = v->filter_was;
	else
		v->filter = *what ? strdup(what) : NULL;
	if (typing == TYPING_TAKEN)
		free(v->filter_was);
	v->typing = typing == TYPING_GOES_ON;
	v->filter_was = v->typing ? v->filter_was : NULL;
	filter_again(v);
	return true;
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct view_log *v = (struct view_log *)w;

	(void)a;
	arb_buf_puts(out, _("findings / log"));
	if (v->filter)
		arb_buf_printf(out, _(" only: %s"), v->filter);
}

static void free_view(struct window *w)
{
	struct view_log *v = (struct view_log *)w;

	for (size_t i = 0; i < v->entries.nr; i++)
		entry_free(&v->entries.v[i]);
	arb_array_free(&v->entries);
	arb_array_free(&v->shown);
	if (v->typing)
		free(v->filter_was);
	free(v->filter);
	free(v);
}

static const struct window_ops ops = {
	.name = "log", .context = CTX_LOG | CTX_TEXT, .flags = WINDOW_GLOBAL, .action = action, .mouse = mouse, .draw = draw,
	.title = title, .search = search, .filter = filter, .tick = tick, .free = free_view,
};

struct window *view_log_new(struct app *a)
{
	struct view_log *v = calloc(1, sizeof(*v));

	(void)a;
	if (!v)
		return NULL;
	v->w.ops = &ops;
	v->scroll.has_sel = v->scroll.tail = true;
	return &v->w;
}
