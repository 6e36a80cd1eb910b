/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: repairs accepted so far, one a row; what each changes, and taking one back. */
#include <config.h>
#include "app.h"
#include "engine.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdlib.h>

struct view_plan {
	struct window	w;
	struct plan_copy *plan;		/* NULL: being read */
	struct lines	lines;		/* one per repair */
	struct scroll	scroll;
	uint64_t	repairs;	/* a->st.repairs when it was read */
};

#define PLACES_W 60	/* narrower screens leave the places to t and Enter */
#define LOSS_LINES 3

static const struct window_ops ops;

static void item_line(struct arb_buf *out, const struct plan_item *it, bool place)
{
	arb_buf_printf(out, "%4u  ", it->id);
	if (it->placed) {
		btree_id_to_text(out, it->btree);
		arb_buf_printf(out, " L%u  ", it->level);
	}
	if (it->placed && place) {
		bpos_to_text(out, it->pos);
		arb_buf_puts(out, "  ");
	}
	arb_buf_printf(out, "%s\n", it->summary);
}

/* --- reading it ---------------------------------------------------------------------------------------------------- */

static void got_plan(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct plan_copy **handle = data;
	struct view_plan *v = (struct view_plan *)app_find(a, &ops);
	ARB_BUF(b);

	if (!v)
		return;
	if (code) {
		app_say(a, STYLE_ERROR, "%s", error);
		return;
	}
	plan_copy_free(v->plan);
	v->plan = *handle;
	*handle = NULL;
	for (size_t i = 0; i < v->plan->items.nr; i++)
		item_line(&b, &v->plan->items.v[i], a->grid.w >= PLACES_W);
	if (v->plan->items.nr && v->plan->usage && *v->plan->usage)
		arb_buf_printf(&b, "\n%s", v->plan->usage);
	lines_reset(&v->lines);
	lines_add(&v->lines, arb_buf_str(&b));
}

static enum arb_code copy(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	return engine_copy_plan(s, j, *(struct plan_copy **)arg, err);
}

static void free_handle(void *arg)
{
	plan_copy_free(*(struct plan_copy **)arg);
	free(arg);
}

static void read_plan(struct app *a, struct view_plan *v)
{
	struct plan_copy **handle = calloc(1, sizeof(*handle));

	if (!handle)
		return;
	*handle = plan_copy_new();
	v->repairs = a->st.repairs;
	if (*handle)
		jobs_await(a, copy, handle, free_handle, got_plan, JOB_BROWSE);
	else
		free(handle);
}

static void tick(struct window *w, struct app *a)
{
	struct view_plan *v = (struct view_plan *)w;

	if (v->plan && v->repairs != a->st.repairs)
		read_plan(a, v);
}

/* --- drawing -------------------------------------------------------------------------------------------------------- */

/* At the lower end of @r; returns how many lines it takes. */
static int draw_loss(struct grid *g, struct rect r, const char *text)
{
	int most = r.h / 4 < 1 ? 1 : r.h / 4 < LOSS_LINES ? r.h / 4 : LOSS_LINES, n;
	struct lines l = { 0 };
	ARB_BUF(b);

	text_wrap(&b, text, r.w, 2);
	lines_add(&l, arb_buf_str(&b));
	n = (int)l.start.nr < most ? (int)l.start.nr : most;
	for (int i = 0; i < n; i++)
		grid_text_cut(g, r.y + r.h - n + i, r.x, r.w, STYLE_STRONG, lines_get(&l, (size_t)i));
	lines_free(&l);
	return n;
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_plan *v = (struct view_plan *)w;
	struct rect list = { r.y, r.x, r.h - 1, r.w };
	ARB_BUF(loss);

	if (!v->plan) {
		grid_text(g, r.y, r.x, r.w, STYLE_DIM, _("reading ..."));
		return;
	}
	if (!v->plan->items.nr) {
		grid_text_cut(g, r.y, r.x, r.w, STYLE_NORMAL, _("The plan is empty."));
		grid_text_cut(g, r.y + 1, r.x, r.w, STYLE_DIM, _("Run a pass (r) and accept repairs: they gather here."));
		return;
	}
	arb_buf_puts(&loss, _("lost by it: "));
	loss_to_text(&loss, &v->plan->loss);
	list.h -= draw_loss(g, list, arb_buf_str(&loss));
	lines_draw(&v->lines, &v->scroll, g, list, a->search, focus);
	grid_text_cut(g, r.y + r.h - 1, r.x, r.w, STYLE_DIM,
		      v->plan->committed ? _("written") : _("Enter what it changes  d all  t in tree  D take back  W write  q close"));
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct view_plan *v = (struct view_plan *)w;

	(void)a;
	arb_buf_puts(out, _("plan"));
	if (v->plan && v->plan->items.nr)
		arb_buf_printf(out, P_(": %zu repair%s", ": %zu repairs%s", v->plan->items.nr), v->plan->items.nr,
			       v->plan->committed ? "" : _(", not written"));
}

/* --- keys -------------------------------------------------------------------------------------------------------------- */

static void got_diff(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct text_job *t = data;
	ARB_BUF(b);

	if (code) {
		app_say(a, STYLE_ERROR, "%s", error);
		return;
	}
	text_wrap(&b, t->text.len ? arb_buf_str(&t->text) : _("The plan changes nothing."), a->grid.w - 2, 6);
	pager_open(a, _("before and after"), arb_buf_str(&b));
}

void diff_open(struct app *a, uint32_t repair_id)
{
	struct text_job *t = text_job_new(repair_id);

	if (t)
		jobs_await(a, engine_diff, t, text_job_free, got_diff, JOB_BROWSE);
}

static void dropped(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct drop_job *d = data;

	if (code)
		app_say(a, STYLE_ERROR, "%s", error);
	else
		app_say(a, STYLE_STATUS, _("repair %u taken back (%u in all)"), d->id, d->dropped);
	app_plan_touched(a);
}

static void drop(struct app *a, const struct plan_item *it)
{
	struct drop_job *d = calloc(1, sizeof(*d));

	if (!d)
		return;
	d->id = it->id;
	jobs_post(a, engine_drop, d, free, dropped, 0);
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_plan *v = (struct view_plan *)w;
	const struct plan_item *it = v->plan && v->scroll.sel < v->plan->items.nr ? &v->plan->items.v[v->scroll.sel] : NULL;

	if (act == ACT_CLOSE)
		app_pop(a, w);
	else if (act == ACT_OPEN && it)
		diff_open(a, it->id);
	else if (act == ACT_DIFF)
		diff_open(a, 0);
	else if (act == ACT_DROP && it)
		drop(a, it);
	else if (act == ACT_SHOW && it && it->placed)
		app_show_place(a, it->btree, it->level, it->pos, false);
	else
		return scroll_action(&v->scroll, act);
	return true;
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct view_plan *v = (struct view_plan *)w;
	uint64_t from = wrap ? lines_far_end(&v->lines, step) : v->scroll.sel + (uint64_t)(int64_t)step;
	uint64_t at = lines_search(&v->lines, from, step, what);

	(void)a;
	if (at >= v->lines.start.nr)
		return false;
	scroll_to(&v->scroll, at);
	return true;
}

static void free_view(struct window *w)
{
	struct view_plan *v = (struct view_plan *)w;

	plan_copy_free(v->plan);
	lines_free(&v->lines);
	free(v);
}

static const struct window_ops ops = {
	.name = "plan", .context = CTX_PLAN | CTX_TEXT | CTX_OVER, .flags = WINDOW_GLOBAL, .action = action, .draw = draw, .title = title,
	.search = search, .tick = tick, .free = free_view,
};

void plan_open(struct app *a)
{
	struct view_plan *v = calloc(1, sizeof(*v));

	if (!v)
		return;
	v->w.ops = &ops;
	v->scroll.has_sel = true;
	app_push(a, &v->w);
	read_plan(a, v);
}
