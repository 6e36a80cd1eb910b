/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenes of plan, writing, help and what else stands over the panes: see scenes.h. */
#include <config.h>
#include "../unit.h"
#include "scenes.h"

/* --- plan and write ---------------------------------------------------------------------------------------------------------- */

static void plan_empty(struct stage *st)
{
	press(st, 'P');
}

static void plan(struct stage *st)
{
	st->s->state.repairs = 1;
	frame(st);
	press(st, 'P');
}

static void diff(struct stage *st)
{
	plan(st);
	press(st, 'd');
}

static void write_review(struct stage *st)
{
	st->s->state.repairs = 1;
	frame(st);
	press(st, 'W');
}

static void write_wrong_word(struct stage *st)
{
	write_review(st);
	type(st, "yep");
	press(st, K_ENTER);
}

static void written(struct stage *st)
{
	write_review(st);
	type(st, "yes");
	press(st, K_ENTER);
}

static void write_refused(struct stage *st)
{
	st->s->refused = "the filesystem is open read-only: a member is missing";
	write_review(st);
}

static void not_clean(struct stage *st)
{
	st->s->left_after = 3;
	written(st);
}

static void write_failed(struct stage *st)
{
	st->s->write_fails = "device 0, sector 2056: Input/output error; what was written before stands in the undo file";
	written(st);
}

static void progress(struct stage *st, uint64_t done)
{
	struct session_message *m;

	write_review(st);
	st->s->endless = true;
	type(st, "yes");
	press(st, K_ENTER);
	m = fake_put(st->s, SESSION_COMMIT);
	m->done = done;
	m->total = 28672;
	m->text = strdup("journal entry 220");
	frame(st);
}

static void writing(struct stage *st) { progress(st, 12288); }
static void checking(struct stage *st) { progress(st, 28672); }

static void write_nothing(struct stage *st)
{
	press(st, 'W');
}

/* --- windows ----------------------------------------------------------------------------------------------------------------- */

static void quit(struct stage *st)
{
	st->s->state.repairs = 2;
	st->s->state.busy = true;
	frame(st);
	press(st, 'Q');
}

static void quit_stopped(struct stage *st)
{
	fake_stop(st->s);
	frame(st);
	press(st, 'Q');
}

static void mark_wanted(struct stage *st) { press(st, 'm'); }

static void working(struct stage *st)
{
	st->s->state.busy = true;
	frame(st);
	frame(st);
}

static void undo(struct stage *st)
{
	press(st, ':');
	type(st, "undo");
	press(st, K_ENTER);
}

static void help_tree(struct stage *st) { press(st, '?'); }
static void help_gc(struct stage *st) { press(st, '2'); press(st, '?'); }
static void help_node(struct stage *st) { press(st, '3'); press(st, '?'); }
static void help_log(struct stage *st) { press(st, '4'); press(st, '?'); }
static void buckets(struct stage *st)
{
	press(st, 'M');
}

static void buckets_close(struct stage *st)
{
	buckets(st);
	type(st, "/90\r");
	for (int i = 0; i < 12; i++)
		press(st, '+');
}

static void help_buckets(struct stage *st) { buckets(st); press(st, '?'); }
static void help_plan(struct stage *st) { plan(st); press(st, '?'); }
static void help_write(struct stage *st) { write_review(st); press(st, K_F1); }
static void help_question(struct stage *st)
{
	fake_question(st->s, 1);
	frame(st);
	press(st, '?');
}

static void help_stopped(struct stage *st)
{
	fake_stop(st->s);
	frame(st);
	press(st, '?');
}

static void help_quit(struct stage *st) { quit_stopped(st); press(st, K_F1); }

static void help_searched(struct stage *st)
{
	help_tree(st);
	press(st, '/');
	type(st, "pane");
	press(st, K_ENTER);
	press(st, 'n');
}

static void command_line(struct stage *st)
{
	press(st, ':');
	type(st, "in\t\t");
}

static void search_line(struct stage *st)
{
	press(st, '/');
	type(st, "4096:8");
}

static void filter_line(struct stage *st)
{
	press(st, '\\');
	type(st, "type=dirent");
}

static void output(struct stage *st)
{
	strcpy(st->s->output, "first line, and it is a long one that says more than the narrowest of the screens can hold at once\nsecond\n");
	press(st, ':');
	type(st, "info");
	press(st, K_ENTER);
}

const struct scene window_scenes[] = {
	{ "plan-empty", plan_empty }, { "plan", plan }, { "diff", diff },
	{ "write-review", write_review }, { "write-wrong-word", write_wrong_word }, { "write-refused", write_refused },
	{ "write-nothing", write_nothing }, { "writing", writing }, { "checking", checking }, { "written", written },
	{ "not-clean", not_clean }, { "write-failed", write_failed },
	{ "quit", quit }, { "quit-stopped", quit_stopped }, { "undo", undo },
	{ "buckets", buckets }, { "buckets-close", buckets_close },
	{ "help-tree", help_tree, .layout = true }, { "help-gc", help_gc, .layout = true }, { "help-node", help_node, .layout = true },
	{ "help-log", help_log, .layout = true }, { "help-plan", help_plan, .layout = true }, { "help-buckets", help_buckets, .layout = true },
	{ "help-write", help_write, .layout = true }, { "help-stopped", help_stopped, .layout = true }, { "help-quit", help_quit, .layout = true },
	{ "help-question", help_question }, { "help-searched", help_searched, .layout = true },
	{ "command-line", command_line }, { "search-line", search_line }, { "filter-line", filter_line }, { "mark-wanted", mark_wanted },
	{ "working", working }, { "output", output },
};
const size_t window_scenes_nr = sizeof(window_scenes) / sizeof(window_scenes[0]);
