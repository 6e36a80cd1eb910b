/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The console: what keys, messages of the session and time do to it. See app.h. */
#include <config.h>
#include "app.h"
#include "cmdline.h"
#include "arborist/command/command.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_AT_ONCE 1000
#define STALE_EVERY_MS 500

struct app *app_new(struct session *s, const struct tui_options *o, int h, int w, bool utf8)
{
	static struct window *(*const panes[PANE_NR])(struct app *) = {
		view_tree_new, view_panel_new, view_detail_new, view_log_new,
	};
	struct app *a = calloc(1, sizeof(*a));
	bool ok = a;

	if (!a)
		return NULL;
	a->session = s;
	a->o = *o;
	a->utf8 = utf8;
	ok = grid_init(&a->grid, h, w, o->ascii || !utf8);
	for (int i = 0; ok && i < PANE_NR; i++)
		ok = (a->pane[i] = panes[i](a)) != NULL;
	if (ok)
		return a;
	app_free(a);
	return NULL;
}

bool app_resize(struct app *a, int h, int w)
{
	struct grid g;

	if (!grid_init(&g, h, w, a->grid.ascii))
		return false;
	grid_free(&a->grid);
	a->grid = g;
	a->undrawn = true;
	return true;
}

void app_say(struct app *a, enum style st, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->status, sizeof(a->status), fmt, ap);
	va_end(ap);
	a->status_style = st;
}

void app_log(struct app *a, enum style st, const char *text)
{
	size_t n = strlen(text);
	ARB_BUF(b);

	arb_buf_mem(&b, text, n && text[n - 1] == '\n' ? n - 1 : n);
	view_log_add(a->pane[PANE_LOG], st, arb_buf_str(&b));
}

/* --- windows ---------------------------------------------------------------------------------------------------------------- */

void app_push(struct app *a, struct window *w)
{
	w->below = a->top;
	a->top = w;
	a->undrawn = true;
}

void app_pop(struct app *a, struct window *w)
{
	for (struct window **p = &a->top; *p; p = &(*p)->below)
		if (*p == w) {
			*p = w->below;
			w->ops->free(w);
			return;
		}
}

struct window *app_find(struct app *a, const struct window_ops *ops)
{
	for (struct window *w = a->top; w; w = w->below)
		if (w->ops == ops)
			return w;
	return NULL;
}

struct window *app_focus_window(struct app *a)
{
	return a->top ? a->top : a->pane[a->focus];
}

void app_show_place(struct app *a, unsigned btree, unsigned level, struct bpos pos, bool key)
{
	struct tree_place p = { .btree = btree, .level = level, .pos = pos, .key = key };

	while (a->top)
		app_pop(a, a->top);
	a->focus = PANE_TREE;
	view_tree_go(a->pane[PANE_TREE], &p);
}

bool app_show_finding(struct app *a, const struct finding *f)
{
	if (f->no_place) {
		app_say(a, STYLE_ERROR, _("this is about no place in a btree"));
		return false;
	}
	app_show_place(a, f->btree, f->level, f->pos, !f->level && bpos_eq(f->pos, f->end));
	return true;
}

/* --- interrupt, end ----------------------------------------------------------------------------------------------------------- */

bool app_runs_freely(const struct app *a)
{
	return !cmdline_active(a) && !a->question;
}

/* Jobs that only look do not count as busy. */
static bool app_works(const struct app *a)
{
	return a->st.busy || a->commands || a->jobs.list.nr;
}

void app_interrupt(struct app *a)
{
	if (cmdline_active(a)) {
		cmdline_cancel(a);
		return;
	}
	if (a->question) {
		app_answer(a, ANSWER_STOP, false);
		app_say(a, STYLE_CHANGED, _("stopped; nothing is written"));
		return;
	}
	if (app_works(a)) {
		session_interrupt(a->session);
		app_say(a, STYLE_CHANGED, _("stopping ..."));
	} else {
		app_say(a, STYLE_STATUS, _("nothing is running; Q quits"));
	}
}

/* Nobody can answer any more: that is no person's answer, and it is stop. */
static void no_answer(struct app *a)
{
	if (a->question)
		session_answer(a->session, a->question_id, (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT });
	app_forget_question(a);
}

void app_end_of_input(struct app *a)
{
	a->exit_bits |= 32;
	no_answer(a);
	session_interrupt(a->session);
	a->quit = true;
}

static void quit_now(struct app *a)
{
	a->quit = true;
}

void app_ask_quit(struct app *a)
{
	struct window *w;
	ARB_BUF(b);

	if (a->st.stopped)
		arb_buf_puts(&b, _("A pass is stopped; it will be ended. "));
	else if (a->st.busy)
		arb_buf_puts(&b, _("A pass or command is running; it will be stopped. "));
	if (a->st.repairs && !a->st.plan_saved)
		arb_buf_printf(&b, P_("The plan holds %llu repair that is not written and will be lost. ",
				      "The plan holds %llu repairs that are not written and will be lost. ", a->st.repairs),
			       (unsigned long long)a->st.repairs);
	if (!b.len) {
		a->quit = true;
		return;
	}
	arb_buf_puts(&b, _("Quit?"));
	w = confirm_new(arb_buf_str(&b), quit_now);
	if (w)
		app_push(a, w);
}

/* --- messages of the session --------------------------------------------------------------------------------------------- */

void app_plan_touched(struct app *a)
{
	a->plan_changed = true;
}

static void opened(struct app *a)
{
	if (a->opened)
		return;
	a->opened = true;
	tree_start(view_tree_model(a->pane[PANE_TREE]));
	if (a->o.first)
		app_command(a, a->o.first);
}

static void failed(struct app *a, const struct session_message *m)
{
	a->failed = true;
	a->exit_bits |= arb_code_matches(m->code, ARB_E_USAGE) ? 16 : 8;
	a->quit = true;
	app_say(a, STYLE_ERROR, "%s", m->text && *m->text ? m->text : _("cannot open the filesystem"));
}

static void take_question(struct app *a, struct session_message *m)
{
	if (!m->finding)
		return;
	finding_free(a->question);
	a->question = m->finding;
	a->question_id = m->id;
	m->finding = NULL;
	app_show_question(a);
}

static void more_of_these(void *arg, const char *text)
{
	app_log(arg, STYLE_DIM, text);
}

static void pass_message(struct app *a, const struct pass_status *p)
{
	const char *name = p->pass ? p->pass->name : "?";
	ARB_BUF(b);

	if (p->state == PASS_RUNNING) {
		arb_buf_printf(&b, _("%s begins%s%s"), name, p->why[0] ? ": " : "", p->why);
		app_log(a, STYLE_STRONG, arb_buf_str(&b));
		return;
	}
	squelch_tell(&a->squelch, more_of_these, a);
	if (a->question)
		app_forget_question(a);	/* whoever asked is gone */
	if (p->state == PASS_NOT_RUN) {
		arb_buf_printf(&b, _("%s will begin again"), name);
		app_log(a, STYLE_NORMAL, arb_buf_str(&b));
		return;
	}
	arb_buf_printf(&b, "%s: ", name);
	if (p->state != PASS_FINDINGS)
		arb_buf_printf(&b, "%s, ", tr(pass_state_name(p->state)));
	arb_buf_printf(&b, _("found %llu, fixed %llu, left %llu"), (unsigned long long)p->findings,
		       (unsigned long long)p->fixed, (unsigned long long)p->left);
	app_log(a, p->left ? STYLE_DAMAGED : STYLE_GOOD, arb_buf_str(&b));
	app_say(a, p->left ? STYLE_CHANGED : STYLE_GOOD, "%s%s", arb_buf_str(&b), p->fixed ? _("; W writes") : "");
	a->hint_gone = true;
	app_plan_touched(a);
}

static void hand_round(struct app *a, const struct session_message *m)
{
	if (jobs_message(a, m) || commands_message(a, m))
		return;
	for (int i = 0; i < PANE_NR; i++)
		if (a->pane[i]->ops->message)
			a->pane[i]->ops->message(a->pane[i], a, m);
	for (struct window *w = a->top; w; w = w->below)
		if (w->ops->message)
			w->ops->message(w, a, m);
}

static void take_finding(struct app *a, struct session_message *m)
{
	if (m->finding && !m->finding->no_place)
		command_remember_place(m->finding->btree, m->finding->pos);
	if (!m->finding || (!session_setting(a->session, SETTING_VERBOSE) && squelch_repeat(&a->squelch, m->finding)))
		return;
	view_log_finding(a->pane[PANE_LOG], m->finding);
	m->finding = NULL;
}

static void take_message(struct app *a, struct session_message *m)
{
	switch (m->kind) {
	case SESSION_OPENED:
		app_log(a, STYLE_STRONG, m->text ? m->text : "");
		opened(a);
		break;
	case SESSION_FAILED:
		failed(a, m);
		break;
	case SESSION_LOG:
		app_log(a, STYLE_NORMAL, m->text ? m->text : "");
		break;
	case SESSION_FINDING:
		take_finding(a, m);
		break;
	case SESSION_QUESTION:
		take_question(a, m);
		break;
	case SESSION_STOP:
		stepping_message(a, m);
		break;
	case SESSION_PASS:
		pass_message(a, &m->pass_status);
		break;
	default:
		hand_round(a, m);
		break;
	}
}

void app_messages(struct app *a)
{
	struct session_message *m;

	for (int i = 0; i < MESSAGES_AT_ONCE && (m = session_next(a->session, 0)); i++) {
		take_message(a, m);
		session_message_free(m);
		a->undrawn = true;
	}
}

/* --- time ------------------------------------------------------------------------------------------------------------------- */

static void follow(struct app *a)
{
	const struct gc_pos *pos = &a->st.progress.pos;
	struct tree_place p = { .btree = pos->btree, .level = pos->level, .pos = pos->pos };

	if (a->follow && a->st.busy && pos->phase == GC_PHASE_btree && !a->top)
		view_tree_follow(a->pane[PANE_TREE], &p);
}

/* Rows change when repairs go into the plan or out of it; they are read again at most twice a second. */
static void refresh_tree(struct app *a)
{
	if (a->seen_repairs != a->st.repairs || a->seen_disk != a->st.shows_disk)
		a->plan_changed = true;
	if (!a->plan_changed || a->now_ms - a->stale_ms < STALE_EVERY_MS)
		return;
	a->plan_changed = false;
	a->seen_repairs = a->st.repairs;
	a->seen_disk = a->st.shows_disk;
	a->stale_ms = a->now_ms;
	tree_stale(view_tree_model(a->pane[PANE_TREE]));
}

void app_tick(struct app *a, uint64_t now_ms)
{
	a->now_ms = now_ms;
	session_state(a->session, &a->st);
	if (a->st.open)
		opened(a);
	a->busy_ms = !app_works(a) ? 0 : a->busy_ms ? a->busy_ms : now_ms;
	refresh_tree(a);
	follow(a);
	if (session_quit_wanted(a->session)) {
		session_stay(a->session);
		app_ask_quit(a);
	}
	for (int i = 0; i < PANE_NR; i++)
		if (a->pane[i]->ops->tick)
			a->pane[i]->ops->tick(a->pane[i], a);
	for (struct window *w = a->top; w; w = w->below)
		if (w->ops->tick)
			w->ops->tick(w, a);
}

bool app_awaits(const struct app *a)
{
	return commands_awaited(a) || jobs_awaited(a) || tree_awaits(view_tree_model(a->pane[PANE_TREE]));
}

void app_draw(struct app *a)
{
	a->undrawn = false;
	screen_layout(a);
	screen_draw(a);
}

void app_free(struct app *a)
{
	if (!a)
		return;
	if (a->pane[PANE_LOG])
		no_answer(a);
	cmdline_end(a);
	while (a->top)
		app_pop(a, a->top);
	commands_free(a);
	squelch_free(&a->squelch);
	jobs_free(a);
	for (int i = 0; i < PANE_NR; i++)
		if (a->pane[i])
			a->pane[i]->ops->free(a->pane[i]);
	grid_free(&a->grid);
	free(a);
}
