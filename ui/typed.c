/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last question before something that cannot be made again is given up: a word has to be typed, letter by letter. Enter with
 * any other word does nothing; Esc and ^C go back.
 */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 32

struct typed {
	struct window	w;
	char		*question;	/* owned */
	char		word[WORD_MAX], typed[WORD_MAX];
	void		(*then)(struct app *a);
};

static int question_lines(const struct typed *t, struct lines *l, int width)
{
	ARB_BUF(b);

	text_wrap(&b, t->question, width, 0);
	lines_add(l, arb_buf_str(&b));
	return (int)l->start.nr;
}

static void size(struct window *w, struct app *a, int *h, int *width)
{
	struct lines l = { 0 };
	int rows;

	(void)a;
	*width = *width < 64 ? *width : 64;
	rows = question_lines((struct typed *)w, &l, *width - 4) + 4;
	*h = rows < *h ? rows : *h;
	lines_free(&l);
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct typed *t = (struct typed *)w;
	struct lines l = { 0 };
	int n = question_lines(t, &l, r.w - 2), used, y = r.y + r.h - 1;

	(void)a;
	(void)focus;
	for (int i = 0; i < n && i < r.h - 1; i++)
		grid_text(g, r.y + i, r.x + 1, r.w - 2, STYLE_DIALOG, lines_get(&l, (size_t)i));
	lines_free(&l);
	used = grid_text(g, y, r.x + 1, r.w - 2, STYLE_STRONG, "> ");
	used += grid_text(g, y, r.x + 1 + used, r.w - 2 - used, STYLE_NORMAL, t->typed);
	g->cursor_y = y;
	g->cursor_x = r.x + 1 + (used < r.w - 2 ? used : r.w - 3);
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	(void)w;
	(void)a;
	arb_buf_puts(out, _("sure?"));
}

static bool key(struct window *w, struct app *a, const struct input *in)
{
	struct typed *t = (struct typed *)w;
	size_t n = strlen(t->typed);

	(void)a;
	if (in->key == K_BACKSPACE) {
		if (n)
			t->typed[n - 1] = '\0';
		return true;
	}
	if (in->key < ' ' || in->key > '~')
		return false;
	if (n + 1 < sizeof(t->typed)) {
		t->typed[n] = (char)in->key;
		t->typed[n + 1] = '\0';
	}
	return true;
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct typed *t = (struct typed *)w;
	void (*then)(struct app *) = t->then;

	if (act != ACT_OPEN && act != ACT_CLOSE)
		return false;
	if (act == ACT_OPEN && strcmp(t->typed, t->word)) {
		app_say(a, STYLE_ERROR, _("not its name: the question is still open"));
		t->typed[0] = '\0';
		return true;
	}
	app_pop(a, w);
	if (act == ACT_OPEN)
		then(a);
	return true;
}

static void free_typed(struct window *w)
{
	free(((struct typed *)w)->question);
	free(w);
}

const struct window_ops typed_ops = {
	.name = "typed", .context = CTX_TYPED, .flags = WINDOW_CENTERED, .key = key, .action = action, .draw = draw, .size = size,
	.title = title, .free = free_typed,
};

struct window *typed_new(const char *question, const char *word, void (*then)(struct app *a))
{
	struct typed *t = calloc(1, sizeof(*t));

	if (!t || strlen(word) >= sizeof(t->word)) {
		free(t);
		return NULL;
	}
	t->w.ops = &typed_ops;
	t->then = then;
	memcpy(t->word, word, strlen(word) + 1);
	t->question = strdup(question);
	if (t->question)
		return &t->w;
	free(t);
	return NULL;
}
