/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing the plan: what will be written and lost, where the undo file goes, the typed word yes, progress, and the
 * result of the re-check. Until the word is typed and Enter pressed nothing happens.
 */
#include <config.h>
#include "app.h"
#include "engine.h"
#include "arborist/base/i18n.h"
#include "views.h"
#include "arborist/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD "yes"		/* typed as it is, in every language */

enum stage { STAGE_REVIEW, STAGE_READY, STAGE_WRITING, STAGE_RESULT };

struct view_write {
	struct window	w;
	enum stage	stage;
	struct lines	text, wrapped;
	int		width;		/* it is wrapped to; 0: not yet */
	struct scroll	scroll;
	char		typed[16];
	uint64_t	done, total;	/* bytes */
	char		step[160];
	bool		good;
};

static const struct window_ops ops;

/* --- the texts ---------------------------------------------------------------------------------------------------------- */

static void show_text(struct view_write *v, const char *text)
{
	lines_reset(&v->text);
	lines_add(&v->text, text);
	v->width = 0;
	v->scroll = (struct scroll){ 0 };
}

static void btree_lines(struct arb_buf *out, const struct plan_copy *p)
{
	for (size_t i = 0; i < p->btrees.nr; i++) {
		const struct plan_btree *b = &p->btrees.v[i];
		ARB_BUF(line);

		arb_buf_puts(&line, "  ");
		btree_id_to_text(&line, b->btree);
		arb_buf_pad(&line, 20);
		arb_buf_printf(&line, P_("%llu repair; ", "%llu repairs; ", b->repairs), (unsigned long long)b->repairs);
		loss_to_text(&line, &b->loss);
		arb_buf_printf(out, "%s\n", arb_buf_str(&line));
	}
}

static void amount(struct arb_buf *out, uint64_t keys, uint64_t entries, uint64_t bytes)
{
	arb_buf_printf(out, P_("%llu key", "%llu keys", keys), (unsigned long long)keys);
	arb_buf_printf(out, P_(" in %llu journal entry, ", " in %llu journal entries, ", entries), (unsigned long long)entries);
	text_human_bytes(out, bytes);
}

static void where_it_goes(struct arb_buf *out, const struct review *r)
{
	arb_buf_puts(out, _("\nWill be written: "));
	amount(out, r->keys, r->entries, r->bytes);
	arb_buf_printf(out, _(" in all.\nUndo file: %s\n"), r->undo_path);
	if (r->undo_in_memory)
		arb_buf_puts(out, _("WARNING: the undo file lies in memory (tmpfs) and is gone after a reboot or crash.\n"));
	arb_buf_puts(out, _("Everything replaced is kept there; arborist undo puts it back.\n"));
}

/* What has to be known before the word is typed comes first; the lists behind it may be long. */
static void review_text(struct arb_buf *out, const struct review *r)
{
	if (r->code)
		arb_buf_printf(out, _("It cannot be written: %s\n\n"), r->why);
	arb_buf_printf(out, P_("The plan: %zu repair\n\n", "The plan: %zu repairs\n\n", r->plan->items.nr), r->plan->items.nr);
	btree_lines(out, r->plan);
	arb_buf_puts(out, _("\nIn all: "));
	loss_to_text(out, &r->plan->loss);
	arb_buf_puts(out, "\n");
	if (!r->code)
		where_it_goes(out, r);
	if (r->lost && *r->lost)
		arb_buf_printf(out, "\n%s", r->lost);
	if (r->code)
		return;
	arb_buf_putc(out, '\n');
	for (size_t i = 0; i < r->plan->items.nr; i++)
		arb_buf_printf(out, "%4u  %s\n", r->plan->items.v[i].id, r->plan->items.v[i].summary);
	if (r->layout)
		arb_buf_printf(out, "\n%s", r->layout);
}

static void result_text(struct arb_buf *out, const struct commit_result *r)
{
	arb_buf_puts(out, _("Written: "));
	amount(out, r->keys, r->entries, r->bytes);
	arb_buf_printf(out, _(".\nUndo file: %s\n\n"), r->undo_path);
	if (r->recheck_clean)
		arb_buf_puts(out, _("Read again from the device and checked again: clean.\n"));
	else
		arb_buf_printf(out, P_("Read again from the device and checked again: %llu finding, %llu left.\n",
				       "Read again from the device and checked again: %llu findings, %llu left.\n", r->recheck_findings),
			       (unsigned long long)r->recheck_findings, (unsigned long long)r->recheck_left);
	if (r->requested)
		arb_buf_printf(out, P_("%llu finding is left to the next mount, which was asked to count anew.\n",
				       "%llu findings are left to the next mount, which was asked to count anew.\n", r->requested), (unsigned long long)r->requested);
	if (*r->loss_path)
		arb_buf_printf(out, _("\nWhat is lost by it: %s\n"), r->loss_path);
	arb_buf_printf(out, _("\nTo take it back: arborist undo %s\n"), r->undo_path);
}

/* --- the steps ------------------------------------------------------------------------------------------------------------- */

static void reviewed(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct view_write *v = (struct view_write *)app_find(a, &ops);
	const struct review *r = data;
	ARB_BUF(b);

	if (!v)
		return;
	if (code)
		arb_buf_printf(&b, _("It cannot be written: %s\n"), error);
	else if (!r->plan->items.nr)
		arb_buf_puts(&b, _("The plan is empty: there is nothing to write.\n"));
	else
		review_text(&b, r);
	v->stage = !code && !r->code && r->plan->items.nr ? STAGE_READY : STAGE_RESULT;
	show_text(v, arb_buf_str(&b));
}

static void written(struct app *a, void *data, enum arb_code code, const char *error)
{
	struct view_write *v = (struct view_write *)app_find(a, &ops);
	const struct write_job *j = data;
	ARB_BUF(b);

	app_plan_touched(a);
	if (code && j->result.undo_path[0])
		arb_buf_printf(&b, _("%s\n\nUndo file: %s\n"), error, j->result.undo_path);
	else if (code)
		arb_buf_printf(&b, "%s\n", error);
	else
		result_text(&b, &j->result);
	app_log(a, code ? STYLE_ERROR : STYLE_GOOD, arb_buf_str(&b));
	if (!v)
		return;
	v->stage = STAGE_RESULT;
	v->good = !code && j->result.recheck_clean;
	show_text(v, arb_buf_str(&b));
}

static void start_writing(struct app *a, struct view_write *v)
{
	struct write_job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	v->stage = STAGE_WRITING;
	snprintf(v->step, sizeof(v->step), "%s", _("preparing"));
	jobs_post(a, engine_write, j, free, written, 0);
}

static void message(struct window *w, struct app *a, const struct session_message *m)
{
	struct view_write *v = (struct view_write *)w;

	(void)a;
	if (m->kind != SESSION_COMMIT || v->stage != STAGE_WRITING)
		return;
	v->done = m->done;
	v->total = m->total;
	snprintf(v->step, sizeof(v->step), "%s", m->text ? m->text : "");
}

/* --- drawing and keys ------------------------------------------------------------------------------------------------- */

static void draw_prompt(struct view_write *v, struct grid *g, struct rect r, int y)
{
	const char *ask = r.w < 60 ? _("Type yes to write: ") : _("To write this to the device type the word yes and press Enter: ");
	int used = grid_text(g, y, r.x, r.w, STYLE_STRONG, ask);

	used += grid_text(g, y, r.x + used, r.w - used, STYLE_NORMAL, v->typed);
	g->cursor_y = y;
	g->cursor_x = r.x + (used < r.w ? used : r.w - 1);
}

static void draw_progress(struct view_write *v, struct grid *g, struct rect r, int y)
{
	int w = v->total ? (int)(v->done >= v->total ? (uint64_t)r.w : v->done * (uint64_t)r.w / v->total) : 0;

	if (v->total && v->done >= v->total)
		grid_text_cut(g, y, r.x, r.w, STYLE_STRONG,
			      r.w < 60 ? _("checking again ... ^C ends that") : _("written; reading it again and checking ... ^C ends that"));
	else if (r.w < 60)
		grid_textf(g, y, r.x, r.w, STYLE_STRONG, _("writing: %llu of %llu bytes"), (unsigned long long)v->done,
			   (unsigned long long)v->total);
	else
		grid_textf(g, y, r.x, r.w, STYLE_STRONG, _("writing: %s  %llu of %llu bytes"), v->step,
			   (unsigned long long)v->done, (unsigned long long)v->total);
	grid_restyle(g, (struct rect){ y, r.x, 1, w }, STYLE_BAR);
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct view_write *v = (struct view_write *)w;
	struct rect text = { r.y, r.x, r.h - 2, r.w };
	int y = r.y + r.h - 1;

	(void)a;
	(void)focus;
	if (v->width != r.w)
		lines_wrap(&v->text, &v->wrapped, v->width = r.w);
	lines_draw(&v->wrapped, &v->scroll, g, text, NULL, false);
	if (v->scroll.top + (uint64_t)text.h < v->scroll.n)
		grid_text_right(g, y + 1, r.x, r.w - 2, STYLE_STRONG, _(" more below "));
	if (v->stage == STAGE_REVIEW)
		grid_text(g, y, r.x, r.w, STYLE_DIM, _("laying it out ..."));
	else if (v->stage == STAGE_READY)
		draw_prompt(v, g, r, y);
	else if (v->stage == STAGE_WRITING)
		draw_progress(v, g, r, y);
	else
		grid_text(g, y, r.x, r.w, v->good ? STYLE_GOOD : STYLE_STRONG, _("Enter or q closes this"));
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	static const char *const names[] = { N_("write the plan"), N_("write the plan"), N_("writing"), N_("write: result") };

	(void)a;
	arb_buf_puts(out, _(names[((struct view_write *)w)->stage]));
}

/* Where no word is typed, letters do what they do in any text. */
static bool text_key(struct view_write *v, struct app *a, int k)
{
	enum action act = binding_action(CTX_TEXT | CTX_OVER, k);

	if (act == ACT_NONE || k < ' ' || k > '~')
		return false;
	return act == ACT_CLOSE ? v->w.ops->action(&v->w, a, act) : scroll_action(&v->scroll, act);
}

/* Letters go into the typed word, while it is asked for. */
static bool key(struct window *w, struct app *a, const struct input *in)
{
	struct view_write *v = (struct view_write *)w;
	size_t n = strlen(v->typed);

	if (v->stage == STAGE_WRITING && in->key == K_CTRL('C') && v->total && v->done >= v->total) {
		app_interrupt(a);
		return true;
	}
	if (v->stage != STAGE_READY)
		return text_key(v, a, in->key);
	if (in->key == K_BACKSPACE) {
		if (n)
			v->typed[n - 1] = 0;
		return true;
	}
	if (in->key < ' ' || in->key > '~')
		return false;
	if (n + 1 < sizeof(v->typed)) {
		v->typed[n] = (char)in->key;
		v->typed[n + 1] = 0;
	}
	return true;
}

static void enter(struct app *a, struct view_write *v)
{
	if (v->stage == STAGE_READY && !strcmp(v->typed, WORD)) {
		start_writing(a, v);
	} else if (v->stage == STAGE_READY) {
		app_say(a, STYLE_ERROR, v->typed[0] ? _("not the word yes: nothing is written") : _("type the word yes first; Esc goes back"));
		v->typed[0] = 0;
	} else if (v->stage == STAGE_RESULT) {
		app_pop(a, &v->w);
	}
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct view_write *v = (struct view_write *)w;

	if (act == ACT_OPEN) {
		enter(a, v);
		return true;
	}
	if (act == ACT_CLOSE && v->stage == STAGE_WRITING) {
		app_say(a, STYLE_STATUS, _("writing cannot be stopped half way; it will end soon"));
		return true;
	}
	if (act == ACT_CLOSE) {
		if (v->stage == STAGE_READY)
			app_say(a, STYLE_STATUS, _("nothing was written"));
		app_pop(a, w);
		return true;
	}
	return scroll_action(&v->scroll, act);
}

static void free_view(struct window *w)
{
	lines_free(&((struct view_write *)w)->text);
	lines_free(&((struct view_write *)w)->wrapped);
	free(w);
}

static const struct window_ops ops = {
	.name = "write", .context = CTX_WRITE, .key = key, .action = action, .draw = draw, .title = title, .message = message,
	.free = free_view,
};

void write_open(struct app *a)
{
	struct view_write *v = calloc(1, sizeof(*v));
	struct review *r = review_new();

	if (!v || !r) {
		free(v);
		review_free(r);
		return;
	}
	v->w.ops = &ops;
	app_push(a, &v->w);
	jobs_await(a, engine_review, r, review_free, reviewed, JOB_BROWSE);
}
