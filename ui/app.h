/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The console without a terminal: keys and messages in, a grid of cells out. ui/tui.c connects it to a terminal and
 * a clock; the tests drive it by hand.
 */
#ifndef ARBORIST_UI_APP_H
#define ARBORIST_UI_APP_H

#include "squelch.h"
#include "arborist/session/session.h"
#include "grid.h"
#include "jobs.h"
#include "keys.h"
#include "tui.h"
#include "window.h"

enum pane { PANE_TREE, PANE_GC, PANE_NODE, PANE_LOG, PANE_NR };

struct cmdline;
struct command_run;

struct app {
	struct squelch	squelch;	/* of findings in the log */
	struct session	*session;
	struct tui_options o;
	struct grid	grid;
	bool		utf8;

	struct window	*pane[PANE_NR];
	enum pane	focus;
	bool		zoomed;
	struct rect	pane_rect[PANE_NR];	/* of the last frame; h 0: not shown */
	struct window	*top;			/* stack of windows over the panes; NULL: none */
	struct rect	top_rect;
	enum action	prefix;			/* ACT_MARK, ACT_JUMP: the next key is a letter; else ACT_NONE */

	struct session_state st;		/* latest sample */
	uint64_t	now_ms;			/* monotonic, set by the loop */
	uint64_t	busy_ms;		/* since when something has been running; 0: nothing is */
	uint64_t	stale_ms;		/* when the tree was last told that things changed */
	uint64_t	seen_repairs;
	bool		seen_disk;	/* the rows were read as on disk */
	bool		opened, failed, follow, quit, plan_changed;
	bool		redraw, suspend;	/* wanted from the loop */
	bool		undrawn;		/* what the next key is for is not on the screen yet */
	int		exit_bits;

	char		status[300];		/* last message of the bottom line */
	enum style	status_style;
	char		search[128];		/* last search; "" none */
	struct window	*filtering;		/* pane whose filter is being typed; NULL: none */
	bool		hint_gone;
	struct cmdline	*cmdline;
	struct command_run *commands;		/* under way */
	struct jobs	jobs;

	uint64_t	question_id;		/* that waits; 0: none */
	struct finding	*question;		/* owned; NULL: none */
	struct answer	unconfirmed;		/* to it, while the name of what it empties is typed */
	uint64_t	answered_ms;		/* when the last one was answered */
	uint64_t	stepped_ms;		/* when a key last let a stopped pass go on */
};

/* NULL: out of memory. */
struct app *app_new(struct session *s, const struct tui_options *o, int h, int w, bool utf8);
void app_free(struct app *a);
bool app_resize(struct app *a, int h, int w);
void app_key(struct app *a, const struct input *in);
void app_messages(struct app *a);		/* takes what the session has to say; at most a thousand at a time */
void app_tick(struct app *a, uint64_t now_ms);	/* samples the state; before each frame */
void app_draw(struct app *a);			/* into a->grid */
/* What was asked for with the last key is under way and comes at once: keys typed ahead are for that. */
bool app_awaits(const struct app *a);
void app_end_of_input(struct app *a);		/* terminal gone, SIGHUP, SIGTERM: stop, never yes */

/* For windows and views. */
void app_say(struct app *a, enum style st, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void app_push(struct app *a, struct window *w);	/* takes it over */
void app_pop(struct app *a, struct window *w);
struct window *app_find(struct app *a, const struct window_ops *ops);	/* in the stack; NULL */
struct window *app_focus_window(struct app *a);
void app_command(struct app *a, const char *line);
/* What is said when a search went round, or found nothing. */
void app_search_wrapped(struct app *a, int step);
void app_search_missed(struct app *a, const char *what);
void app_log(struct app *a, enum style st, const char *text);
/* Goes to a place in the tree, puts windows on top of it aside. */
void app_show_place(struct app *a, unsigned btree, unsigned level, struct bpos pos, bool key);
/* The key or node a finding is about; false, and said so, when it is about nothing in the tree. */
bool app_show_finding(struct app *a, const struct finding *f);
void app_interrupt(struct app *a);
bool app_runs_freely(const struct app *a);	/* neither a line is typed nor a question waits */
void app_action(struct app *a, enum action act);
bool app_always(enum action act);		/* does it work over a window that takes all keys? */
/* The line typed after @kind (ACT_COMMAND, ACT_SEARCH, ACT_FILTER); NULL: given up. */
void app_line(struct app *a, enum action kind, const char *line);
void app_typing(struct app *a, enum action kind, const char *line);	/* not finished yet */
void app_answer(struct app *a, enum answer_verb verb, bool all);
void app_answer_choice(struct app *a, unsigned nr);		/* the nth choice of the question */
void app_show_question(struct app *a);
void app_forget_question(struct app *a);	/* answered, or gone: with every window about it */
void app_ask_quit(struct app *a);
void app_plan_touched(struct app *a);		/* something may have changed the plan or the tree */

/* ui/screen.c */
void screen_layout(struct app *a);
void screen_draw(struct app *a);
int screen_status_width(const struct app *a);	/* what the bottom line has room for, beside the state at its end */
int screen_key_at(struct app *a, int y, int x);	/* the key that a click there stands for; 0: none */
#define SCREEN_MIN_H 10
#define SCREEN_MIN_W 40

/* ui/stepping.c */
bool stepping_keys(const struct app *a);	/* do the keys of a stop hold now? */
bool stepping_action(struct app *a, enum action act);	/* false: not for it */
void stepping_message(struct app *a, const struct session_message *m);

/* ui/command_run.c: lines typed by the person */
bool commands_message(struct app *a, const struct session_message *m);
void commands_free(struct app *a);
bool commands_awaited(const struct app *a);		/* a text will come of one under way */
const char *commands_oldest(const struct app *a);	/* the line under way for longest; NULL: none */

#endif
