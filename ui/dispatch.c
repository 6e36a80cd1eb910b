/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From keys to actions: the window on top first, then what works everywhere. */
#include <config.h>
#include "app.h"
#include "cmdline.h"
#include "engine.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void search_again(struct app *a, int step)
{
	struct window *w = app_focus_window(a);

	if (!a->search[0])
		app_say(a, STYLE_ERROR, _("nothing to search for yet; / begins"));
	else if (w->ops->search && w->ops->search(w, a, step, a->search, false))
		return;
	else if (w->ops->search && w->ops->search(w, a, step, a->search, true))
		app_search_wrapped(a, step);
	else
		app_search_missed(a, a->search);
}

void app_search_wrapped(struct app *a, int step)
{
	app_say(a, STYLE_CHANGED, "%s", step > 0 ? _("on from the beginning") : _("on from the end"));
}

void app_search_missed(struct app *a, const char *what)
{
	app_say(a, STYLE_ERROR, _("no match: %s"), what);
}

void app_typing(struct app *a, enum action kind, const char *line)
{
	struct window *w = a->filtering ? a->filtering : app_focus_window(a);

	if (kind == ACT_FILTER && w->ops->filter && w->ops->filter(w, a, line, TYPING_GOES_ON))
		a->filtering = w;
}

static void filter(struct app *a, const char *line)
{
	struct window *w = a->filtering ? a->filtering : app_focus_window(a);

	a->filtering = NULL;
	if (w->ops->filter)
		w->ops->filter(w, a, line, line ? TYPING_TAKEN : TYPING_GIVEN_UP);
	else if (line)
		app_say(a, STYLE_ERROR, _("this view has no filter"));
}

void app_line(struct app *a, enum action kind, const char *line)
{
	if (kind == ACT_FILTER)
		filter(a, line);
	if (!line)
		return;
	if (kind == ACT_COMMAND) {
		app_command(a, line);
	} else if (kind == ACT_SEARCH) {
		if (*line)
			snprintf(a->search, sizeof(a->search), "%s", line);
		search_again(a, 1);
	}
}

static void to_pane(struct app *a, enum pane p)
{
	while (a->top && (a->top->ops->flags & WINDOW_GLOBAL))
		app_pop(a, a->top);
	a->focus = p;
}

static void open_write(struct app *a)
{
	if (a->question)
		app_say(a, STYLE_ERROR, _("a question waits: a comes back to it"));
	else if (a->st.stopped)
		app_say(a, STYLE_ERROR, _("a pass is stopped: c continues it, ^C ends it"));
	else if (a->st.busy)
		app_say(a, STYLE_ERROR, _("a pass or command is running; let it end, or stop it with ^C"));
	else
		write_open(a);
}

static void toggle_follow(struct app *a)
{
	a->follow = !a->follow;
	app_say(a, STYLE_STATUS, a->follow ? _("the tree follows the pass") : _("the tree stays where it is"));
}

static void view_switched(struct app *a, void *data, enum arb_code code, const char *error)
{
	if (code)
		app_say(a, STYLE_ERROR, "%s", error);
	else
		app_say(a, STYLE_STATUS, "%s", *(const bool *)data ? _("as it is on disk; V comes back to what is planned") :
			_("as planned"));
	app_plan_touched(a);
}

static void switch_view(struct app *a)
{
	bool *shows_disk = calloc(1, sizeof(*shows_disk));

	if (shows_disk)
		jobs_post(a, engine_switch_view, shows_disk, free, view_switched, JOB_BROWSE);
}

static void close_view(struct app *a)
{
	if (a->zoomed)
		a->zoomed = false;
	else
		app_say(a, STYLE_STATUS, _("Q quits"));
}

static bool pane_action(struct app *a, enum action act)
{
	if (act == ACT_NEXT_PANE || act == ACT_PREV_PANE)
		to_pane(a, (a->focus + (act == ACT_NEXT_PANE ? 1 : PANE_NR - 1)) % PANE_NR);
	else if (act >= ACT_PANE_TREE && act <= ACT_PANE_LOG)
		to_pane(a, (enum pane)(act - ACT_PANE_TREE));
	else if (act == ACT_ZOOM)
		a->zoomed = !a->zoomed;
	else if (act == ACT_BACK || act == ACT_FORWARD)
		a->pane[PANE_TREE]->ops->action(a->pane[PANE_TREE], a, act);
	else if (act == ACT_DETAIL_NEXT)
		view_detail_turn(a->pane[PANE_NODE], 1);
	else
		return false;
	return true;
}

/* Shown already: the next one in its place. */
static void lesson_step(struct app *a)
{
	bool shown = a->top && pager_shows(a->top, "lesson");

	if (shown)
		app_pop(a, a->top);
	app_command(a, shown ? "lesson next" : "lesson");
}

void app_action(struct app *a, enum action act)
{
	if (pane_action(a, act) || stepping_action(a, act))
		return;
	switch (act) {
	case ACT_HELP: help_open(a); break;
	case ACT_SEARCH: case ACT_FILTER: case ACT_COMMAND: cmdline_open(a, act, NULL); break;
	case ACT_RUN: cmdline_open(a, ACT_COMMAND, "run check_topology"); break;
	case ACT_SEARCH_NEXT: search_again(a, 1); break;
	case ACT_SEARCH_PREV: search_again(a, -1); break;
	case ACT_ANSWER:
		if (a->question)
			app_show_question(a);
		else
			app_say(a, STYLE_STATUS, _("no question waits"));
		break;
	case ACT_LESSON: lesson_step(a); break;
	case ACT_PLAN: plan_open(a); break;
	case ACT_BUCKETS: buckets_open(a); break;
	case ACT_WRITE: open_write(a); break;
	case ACT_DIFF: diff_open(a, 0); break;
	case ACT_FOLLOW: toggle_follow(a); break;
	case ACT_VIEW: switch_view(a); break;
	case ACT_MARK: case ACT_JUMP: a->prefix = act; break;
	case ACT_CLOSE: close_view(a); break;
	case ACT_QUIT: app_ask_quit(a); break;
	case ACT_REDRAW: a->redraw = true; break;
	case ACT_SUSPEND: a->suspend = true; break;
	case ACT_INTERRUPT: app_interrupt(a); break;
	default: break;
	}
}

/* Over a window that takes all keys only these of the console's own go on working. */
bool app_always(enum action act)
{
	return act == ACT_HELP || act == ACT_REDRAW || act == ACT_SUSPEND || act == ACT_COMMAND || act == ACT_LESSON;
}

static void unknown_key(struct app *a, int key)
{
	ARB_BUF(b);

	key_to_text(&b, key);
	if (b.len)
		app_say(a, STYLE_DIM, _("%s does nothing here; ? shows the keys"), arb_buf_str(&b));
}

static void window_key(struct app *a, const struct input *in)
{
	struct window *w = app_focus_window(a);
	enum action act;

	if (w->ops->key && w->ops->key(w, a, in))
		return;
	act = stepping_keys(a) ? binding_action(CTX_STOPPED, in->key) : ACT_NONE;
	if (act != ACT_NONE) {
		app_action(a, act);
		return;
	}
	act = binding_action(w->ops->context, in->key);
	if (act != ACT_NONE && w->ops->action && w->ops->action(w, a, act))
		return;
	act = binding_action(CTX_GLOBAL, in->key);
	if (act != ACT_NONE && ((w->ops->flags & WINDOW_GLOBAL) || app_always(act))) {
		if (!a->top || !(act == ACT_CLOSE) || !w->ops->action || !w->ops->action(w, a, act))
			app_action(a, act);
		return;
	}
	unknown_key(a, in->key);
}

static void wheel(struct window *w, struct app *a, enum action act)
{
	for (int i = 0; i < 3; i++)
		if (w->ops->action)
			w->ops->action(w, a, act);
}

static void mouse(struct app *a, const struct input *in)
{
	int key = in->mouse == MOUSE_PRESS ? screen_key_at(a, in->y, in->x) : 0;
	struct window *w = a->top;
	struct rect r = a->top_rect;

	if (key) {
		window_key(a, &(struct input){ .key = key });
		return;
	}
	for (int i = 0; !w && i < PANE_NR; i++)
		if (a->pane_rect[i].h && rect_has(a->pane_rect[i], in->y, in->x)) {
			w = a->pane[i];
			r = a->pane_rect[i];
			a->focus = (enum pane)i;
		}
	if (!w)
		return;
	if (in->mouse == MOUSE_WHEEL_UP || in->mouse == MOUSE_WHEEL_DOWN)
		wheel(w, a, in->mouse == MOUSE_WHEEL_UP ? (a->top ? ACT_SCROLL_UP : ACT_UP) : (a->top ? ACT_SCROLL_DOWN : ACT_DOWN));
	else if (w->ops->mouse && rect_has(rect_inner(r), in->y, in->x))
		w->ops->mouse(w, a, in, rect_inner(r));
}

void app_key(struct app *a, const struct input *in)
{
	struct input plain = { .key = in->key & ~K_ALT };

	if (a->undrawn)
		app_draw(a);	/* how long a text is, and how much of it is seen, is known by drawing it */
	if (in->key == K_CTRL('Z')) {		/* whatever is open */
		a->suspend = true;
		return;
	}
	if (cmdline_active(a)) {
		a->status[0] = 0;
		if (in->key == K_CTRL('L'))
			a->redraw = true;
		else
			cmdline_key(a, in->key == K_MOUSE && in->mouse == MOUSE_PRESS ? &(struct input){ .key = screen_key_at(a, in->y, in->x) } : in);
		return;
	}
	if (in->key != K_MOUSE && (in->key & K_ALT)) {	/* ESC and a key that came at once */
		app_key(a, &(struct input){ .key = K_ESC });
		app_key(a, &plain);
		return;
	}
	a->status[0] = 0;
	if (in->key == K_MOUSE) {
		mouse(a, in);
	} else if (a->prefix != ACT_NONE) {
		view_tree_mark(a->pane[PANE_TREE], a, in->key, a->prefix == ACT_JUMP);
		a->prefix = ACT_NONE;
	} else {
		window_key(a, in);
	}
}
