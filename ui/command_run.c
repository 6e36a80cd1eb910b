/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines typed after ':': handed to the engine; what they print comes up as a text, a line, or in the log. */
#include <config.h>
#include "app.h"
#include "cmdline.h"
#include "engine.h"
#include "arborist/base/i18n.h"
#include "views.h"
#include "arborist/command/command.h"

#include <stdlib.h>
#include <string.h>

struct command_run {
	uint64_t	id;
	char		*line;		/* owned */
	bool		browse;		/* it only looks: its output comes up as a text; else it goes to the log */
	struct lines	out;		/* until there is more than a line, then the pager has it */
	struct window	*pager;		/* NULL: none yet, or closed */
	bool		had_pager;
	struct cursor	cursor;		/* where the tree stood */
	struct command_run *next;
};

static void run_free(struct command_run *r)
{
	lines_free(&r->out);
	free(r->line);
	free(r);
}

bool commands_awaited(const struct app *a)
{
	for (const struct command_run *r = a->commands; r; r = r->next)
		if (r->browse && !r->had_pager)
			return true;
	return false;
}

void commands_free(struct app *a)
{
	while (a->commands) {
		struct command_run *r = a->commands;

		a->commands = r->next;
		run_free(r);
	}
}

const char *commands_oldest(const struct app *a)
{
	const struct command_run *r = a->commands;

	while (r && r->next)
		r = r->next;
	return r ? r->line : NULL;
}

/* --- the engine's cursor follows the tree, and the tree follows the engine's ----------------------------------------- */

static void nothing_done(struct app *a, void *data, enum arb_code code, const char *error)
{
	(void)a;
	(void)data;
	(void)code;
	(void)error;
}

static void send_cursor(struct app *a, struct cursor *ret)
{
	struct tree_place p;
	struct cursor_job *j;

	*ret = (struct cursor){ 0 };
	if (!tree_place_of(view_tree_model(a->pane[PANE_TREE])->sel, &p))
		return;
	j = calloc(1, sizeof(*j));
	if (!j)
		return;
	*ret = j->cursor = (struct cursor){ .valid = true, .btree = p.btree, .level = p.level, .pos = p.pos };
	jobs_post(a, engine_set_cursor, j, free, nothing_done, JOB_BROWSE);
}

struct moved_job { struct cursor_job job; struct cursor was; };

static enum arb_code get_cursor(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	return engine_get_cursor(s, j, &((struct moved_job *)arg)->job, err);
}

static void cursor_moved(struct app *a, void *data, enum arb_code code, const char *error)
{
	const struct moved_job *m = data;
	const struct cursor *now = &m->job.cursor;
	struct tree_place p = { .btree = now->btree, .level = now->level, .pos = now->pos };

	(void)error;
	if (code || !now->valid || (m->was.valid && now->btree == m->was.btree && now->level == m->was.level &&
				    bpos_eq(now->pos, m->was.pos)))
		return;
	view_tree_go(a->pane[PANE_TREE], &p);
}

static void take_cursor(struct app *a, const struct cursor *was)
{
	struct moved_job *m = calloc(1, sizeof(*m));

	if (!m)
		return;
	m->was = *was;
	jobs_post(a, get_cursor, m, free, cursor_moved, JOB_BROWSE);
}

/* --- commands that the console does itself ------------------------------------------------------------------------------- */

static void was_put_back(struct app *a, void *data, enum arb_code code, const char *error)
{
	(void)data;
	app_say(a, code ? STYLE_ERROR : STYLE_GOOD, "%s", code ? error : _("put back, and read again"));
	app_log(a, code ? STYLE_ERROR : STYLE_GOOD, code ? error : _("undo: put back, and read again"));
	app_plan_touched(a);
}

static void put_back(struct app *a)
{
	jobs_post(a, engine_undo, NULL, NULL, was_put_back, 0);
}

static void own_undo(struct app *a)
{
	struct window *w = confirm_new(_("Put back what the last commit of this session replaced?"), put_back);

	if (w)
		app_push(a, w);
}

static bool done_here(struct app *a, const char *name)
{
	static const struct { const char *name; void (*fn)(struct app *a); } own[] = {
		{ "quit", app_ask_quit }, { "plan", plan_open }, { "commit", write_open }, { "undo", own_undo },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i].name, name)) {
			own[i].fn(a);
			return true;
		}
	return false;
}

static void tree_action(struct app *a, enum action act)
{
	a->pane[PANE_TREE]->ops->action(a->pane[PANE_TREE], a, act);
}

/* Marks and history are those of the keys m ' [ ], wherever they were typed. */
static bool moved_here(struct app *a, const char *name, const char *argument)
{
	bool jump = !strcmp(name, "jump");

	if ((jump || !strcmp(name, "mark")) && *argument && !argument[1])
		view_tree_mark(a->pane[PANE_TREE], a, *argument, jump);
	else if (!*argument && !strcmp(name, "back"))
		tree_action(a, ACT_BACK);
	else if (!*argument && !strcmp(name, "forward"))
		tree_action(a, ACT_FORWARD);
	else
		return false;
	return true;
}

/* The command the line names; @ret: what follows, without blanks at its ends. */
static const struct command *command_of(const char *line, struct arb_buf *ret)
{
	size_t n = strcspn(line, " \t"), m;
	ARB_BUF(word);

	arb_buf_mem(&word, line, n);
	line += n + strspn(line + n, " \t");
	for (m = strlen(line); m && strchr(" \t", line[m - 1]); m--)
		;
	arb_buf_mem(ret, line, m);
	return command_find(arb_buf_str(&word));
}

void app_command(struct app *a, const char *line)
{
	struct command_run *r;
	struct arb_error err = { 0 };
	const struct command *cmd;
	ARB_BUF(rest);

	line += strspn(line, " \t:");
	if (!*line)
		return;
	cmd = command_of(line, &rest);
	if (cmd && ((!rest.len && done_here(a, cmd->name)) || moved_here(a, cmd->name, arb_buf_str(&rest))))
		return;
	r = calloc(1, sizeof(*r));
	if (!r)
		return;
	r->line = strdup(line);
	r->browse = cmd && (cmd->flags & JOB_BROWSE);
	send_cursor(a, &r->cursor);
	if (!r->line || command_post(a->session, line, NULL, true, &r->id, &err) || !r->id) {
		if (err.text[0])
			app_say(a, STYLE_ERROR, "%s", err.text);
		run_free(r);
		return;
	}
	r->next = a->commands;
	a->commands = r;
}

/* --- what they print -------------------------------------------------------------------------------------------------------- */

static bool still_open(struct app *a, const struct window *w)
{
	for (const struct window *x = a->top; x; x = x->below)
		if (x == w)
			return true;
	return false;
}

static void open_pager(struct app *a, struct command_run *r)
{
	r->had_pager = true;
	r->pager = pager_new(r->line, &r->out);
	if (r->pager)
		app_push(a, r->pager);
}

static void output(struct app *a, struct command_run *r, const char *text)
{
	if (!r->browse) {
		app_log(a, STYLE_NORMAL, text);
		lines_reset(&r->out);
		lines_add(&r->out, text);
		return;
	}
	if (r->had_pager) {
		if (still_open(a, r->pager))
			lines_add(pager_lines(r->pager), text);
		return;
	}
	lines_add(&r->out, text);
	if (r->out.start.nr < 2)
		return;
	open_pager(a, r);
}

/* What does not fit beside the state stands in the log in full (an answer gets a view). */
static void say_error(struct app *a, const char *text)
{
	if (grid_width(&a->grid, text) > screen_status_width(a))
		app_log(a, STYLE_ERROR, text);
	app_say(a, STYLE_ERROR, "%s", text);
}

static void ended(struct app *a, struct command_run *r, const struct session_message *m)
{
	size_t n = r->out.start.nr;

	if (!r->browse && arb_code_matches(m->code, ARB_E_FLOW) && a->status[0])
		;		/* the pass has said how it ended */
	else if (m->code)
		say_error(a, m->text ? m->text : arb_code_name(m->code));
	else if (n && !r->had_pager && grid_width(&a->grid, lines_get(&r->out, n - 1)) > screen_status_width(a))
		open_pager(a, r);
	else if (n)
		app_say(a, STYLE_STATUS, "%.*s", (int)strcspn(lines_get(&r->out, n - 1), "\n"), lines_get(&r->out, n - 1));
	else if (r->browse && !r->had_pager && !a->status[0])
		app_say(a, STYLE_STATUS, _("done: %s"), r->line);
	take_cursor(a, &r->cursor);
	if (!r->browse)
		app_plan_touched(a);
	run_free(r);
}

bool commands_message(struct app *a, const struct session_message *m)
{
	for (struct command_run **p = &a->commands; *p; p = &(*p)->next) {
		struct command_run *r = *p;

		if (r->id != m->id)
			continue;
		if (m->kind == SESSION_OUTPUT && m->text)
			output(a, r, m->text);
		if (m->kind == SESSION_JOB_DONE) {
			*p = r->next;
			ended(a, r, m);
		}
		return true;
	}
	return false;
}
