/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The question of a pass, as a dialog. No answer is assumed: putting it aside leaves the question waiting; ^C, end of
 * input and closing the terminal stop the pass. Keys that were typed before the dialog could be seen are not taken for an answer.
 */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdlib.h>
#include <string.h>

#define UNSEEN_MS 300		/* after it came up by itself */
#define UNSEEN_STEP_MS 700	/* after a step: s and f mean something else here, and whoever steps types them in a row */
#define UNSEEN_NEXT_MS 120	/* after the one before it was answered: enough against a key that bounces */

static const struct choice {
	enum action	act;
	char		key;
	const char	*label, *brief;		/* brief: on narrow screens */
	enum answer_verb verb;
	bool		all;
} choices[] = {
	{ ACT_FIX, 'f', N_("Fix"), N_("Fix"), ANSWER_FIX, false },
	{ ACT_SKIP, 's', N_("Skip"), N_("Skip"), ANSWER_SKIP, false },
	{ ACT_FIX_ALL, 'F', N_("Fix all of this kind"), N_("Fix all"), ANSWER_FIX, true },
	{ ACT_SKIP_ALL, 'S', N_("Skip all of this kind"), N_("Skip all"), ANSWER_SKIP, true },
	{ ACT_DETAILS, 'd', N_("Details"), N_("Details"), ANSWER_NONE, false },
	{ ACT_SHOW, 't', N_("Show in tree"), N_("Tree"), ANSWER_NONE, false },
	{ ACT_STOP, 'x', N_("Stop pass"), N_("Stop"), ANSWER_STOP, false },
};
#define NR_FIXED ((int)(sizeof(choices) / sizeof(choices[0])))

/* The question may have choices of its own: they stand behind the fixed ones, before "Stop pass". */
static int nr_choices(const struct app *a)
{
	return NR_FIXED + (a->question ? (int)a->question->nr_choices : 0);
}

static struct choice choice_at(const struct app *a, int i)
{
	const struct finding *f = a->question;
	int own = i - (NR_FIXED - 1);

	if (i < NR_FIXED - 1)
		return choices[i];
	if (!f || own >= (int)f->nr_choices)
		return choices[NR_FIXED - 1];
	return (struct choice){ ACT_CHOICE_1 + own, (char)('1' + own), f->choice[own].name, f->choice[own].name, ANSWER_NONE, false };
}

struct dialog {
	struct window	w;
	struct lines	text;
	struct scroll	scroll;
	uint64_t	made_for;	/* question and width the text was made for */
	int		width;
	int		focus;
	uint64_t	since_ms;	/* first drawn; 0: not yet */
	uint64_t	unseen_ms;
};

static const char *label_of(const struct choice *c, int width)
{
	return width < 70 ? _(c->brief) : _(c->label);
}

/* Lines the choices take; draws them when @g is given. */
static int buttons(const struct dialog *d, const struct app *a, struct grid *g, struct rect r)
{
	int x = 0, line = 0;

	for (int i = 0; i < nr_choices(a); i++) {
		struct choice at = choice_at(a, i), *c = &at;
		bool star = a->question && c->verb == a->question->suggested && c->verb != ANSWER_NONE && !c->all;
		ARB_BUF(b);
		int w;

		arb_buf_printf(&b, r.w < 70 ? "%c %s%s " : " %c %s%s ", c->key, label_of(c, r.w), star ? "*" : "");
		w = grid_width(&a->grid, arb_buf_str(&b));
		if (x && x + w > r.w) {
			x = 0;
			line++;
		}
		if (g)
			grid_text(g, r.y + line, r.x + x, r.w - x, i == d->focus ? STYLE_BUTTON_FOCUS : STYLE_BUTTON, arb_buf_str(&b));
		x += w + (r.w >= 70 ? 1 : 0);
	}
	return line + 1;
}

static void make_text(struct dialog *d, struct app *a, int width)
{
	ARB_BUF(b);

	if (!a->question || (d->made_for == a->question_id && d->width == width))
		return;
	finding_dialog_text(&b, a->question, width);
	lines_reset(&d->text);
	lines_add(&d->text, arb_buf_str(&b));
	if (d->made_for != a->question_id) {
		d->scroll = (struct scroll){ 0 };
		d->focus = a->question->suggested == ANSWER_SKIP ? 1 : a->question->suggested == ANSWER_STOP ? nr_choices(a) - 1 : 0;
	}
	d->made_for = a->question_id;
	d->width = width;
}

static void size(struct window *w, struct app *a, int *h, int *width)
{
	struct dialog *d = (struct dialog *)w;
	int want_w = *width < 90 ? *width : *width - 6 < 116 ? *width - 6 : 116, want_h;

	make_text(d, a, want_w - 4);
	want_h = (int)d->text.start.nr + buttons(d, a, NULL, (struct rect){ .w = want_w - 4 }) + 3;
	*width = want_w;
	*h = want_h < *h ? want_h : *h;
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct dialog *d = (struct dialog *)w;
	struct rect text = { r.y, r.x + 1, r.h, r.w - 2 };
	int lines = buttons(d, a, NULL, text);

	(void)focus;
	if (!d->since_ms)
		d->since_ms = a->now_ms;
	make_text(d, a, text.w);
	text.h -= lines;
	if ((int)d->text.start.nr < text.h)
		text.h--;		/* room for a blank line */
	lines_draw(&d->text, &d->scroll, g, text, NULL, false);
	if (d->scroll.top + (uint64_t)text.h < d->scroll.n)
		grid_text_right(g, r.y + r.h, r.x, r.w - 2, STYLE_STRONG, _(" more below "));
	buttons(d, a, g, (struct rect){ r.y + r.h - lines, text.x, lines, text.w });
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	const struct finding *f = a->question;

	(void)w;
	if (!f)
		return;
	arb_buf_printf(out, _("question %u: %s"), f->serial, f->row->title ? tr(f->row->title) : f->row->id);
	if (f->nth_of_kind)
		arb_buf_printf(out, _("  (no. %u of this kind)"), f->nth_of_kind);
}

static void details(struct app *a)
{
	ARB_BUF(b);

	finding_full_text(&b, a->question, a->grid.w - 4);
	pager_open(a, a->question->row->title ? tr(a->question->row->title) : a->question->row->id, arb_buf_str(&b));
}

static void show(struct app *a)
{
	if (app_show_finding(a, a->question))
		app_say(a, STYLE_HINT, _("a question waits: a comes back to it"));
}

static void choose(struct app *a, const struct choice *c)
{
	if (c->act == ACT_DETAILS)
		details(a);
	else if (c->act == ACT_SHOW)
		show(a);
	else if (c->act >= ACT_CHOICE_1 && c->act <= ACT_CHOICE_3)
		app_answer_choice(a, c->act - ACT_CHOICE_1 + 1);
	else
		app_answer(a, c->verb, c->all);
}

static bool too_soon(const struct dialog *d, const struct app *a)
{
	return !d->since_ms || a->now_ms - d->since_ms < d->unseen_ms;
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct dialog *d = (struct dialog *)w;

	if (!a->question)
		return false;
	if (act == ACT_EXPLAIN) {
		app_action(a, act);
		return true;
	}
	if (act == ACT_INTERRUPT) {
		app_answer(a, ANSWER_STOP, false);
		return true;
	}
	if (act == ACT_CLOSE) {
		app_pop(a, w);
		app_say(a, STYLE_HINT, _("the question still waits: a comes back to it"));
		return true;
	}
	if (act == ACT_LEFT || act == ACT_RIGHT) {
		d->focus = (d->focus + (act == ACT_LEFT ? nr_choices(a) - 1 : 1)) % nr_choices(a);
		return true;
	}
	if (scroll_action(&d->scroll, act))
		return true;
	for (int i = 0; i < nr_choices(a); i++) {
		struct choice c = choice_at(a, i);

		if (act != c.act && !(act == ACT_OPEN && i == d->focus))
			continue;
		if (!too_soon(d, a))
			choose(a, &c);
		return true;
	}
	return false;
}

static bool mouse(struct window *w, struct app *a, const struct input *in, struct rect r)
{
	struct dialog *d = (struct dialog *)w;
	struct rect text = { r.y, r.x + 1, r.h, r.w - 2 };
	int lines = buttons(d, a, NULL, text), was = d->focus;
	struct grid probe;

	if (in->y < r.y + r.h - lines || !a->question || too_soon(d, a) || !grid_init(&probe, a->grid.h, a->grid.w, true))
		return true;
	for (d->focus = 0; d->focus < nr_choices(a); d->focus++) {
		grid_clear(&probe);
		buttons(d, a, &probe, (struct rect){ r.y + r.h - lines, text.x, lines, text.w });
		if (grid_cell(&probe, in->y, in->x)->style == STYLE_BUTTON_FOCUS)
			break;
	}
	grid_free(&probe);
	if (d->focus == nr_choices(a)) {
		d->focus = was;
	} else {
		struct choice c = choice_at(a, d->focus);

		choose(a, &c);
	}
	return true;
}

static void free_dialog(struct window *w)
{
	lines_free(&((struct dialog *)w)->text);
	free(w);
}

const struct window_ops dialog_ops = {
	.name = "question", .context = CTX_DIALOG, .flags = WINDOW_CENTERED, .action = action, .mouse = mouse, .draw = draw,
	.size = size, .title = title, .free = free_dialog,
};

struct window *dialog_new(struct app *a)
{
	struct dialog *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->w.ops = &dialog_ops;
	if (a->stepped_ms && a->now_ms - a->stepped_ms < 2000)
		d->unseen_ms = UNSEEN_STEP_MS;
	else
		d->unseen_ms = a->answered_ms && a->now_ms - a->answered_ms < 1000 ? UNSEEN_NEXT_MS : UNSEEN_MS;
	return &d->w;
}
