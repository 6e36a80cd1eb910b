/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A question of the console itself, with yes and no; anything but y is no. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdlib.h>
#include <string.h>

struct confirm {
	struct window	w;
	char		*question;	/* owned */
	void		(*yes)(struct app *a);
};

static void size(struct window *w, struct app *a, int *h, int *width)
{
	struct confirm *c = (struct confirm *)w;
	struct lines l = { 0 };
	ARB_BUF(b);

	(void)a;
	*width = *width < 64 ? *width : 64;
	text_wrap(&b, c->question, *width - 4, 0);
	lines_add(&l, arb_buf_str(&b));
	if ((int)l.start.nr + 4 < *h)
		*h = (int)l.start.nr + 4;
	lines_free(&l);
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct confirm *c = (struct confirm *)w;
	struct lines l = { 0 };
	ARB_BUF(b);

	(void)a;
	(void)focus;
	text_wrap(&b, c->question, r.w - 2, 0);
	lines_add(&l, arb_buf_str(&b));
	for (int i = 0; i < (int)l.start.nr && i < r.h - 1; i++)
		grid_text(g, r.y + i, r.x + 1, r.w - 2, STYLE_DIALOG, lines_get(&l, (size_t)i));
	lines_free(&l);
	grid_text(g, r.y + r.h - 1, r.x + 1, r.w - 2, STYLE_BUTTON, _("y Yes    n No"));
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	(void)w;
	(void)a;
	arb_buf_puts(out, _("sure?"));
}

static bool action(struct window *w, struct app *a, enum action act)
{
	void (*yes)(struct app *) = act == ACT_YES ? ((struct confirm *)w)->yes : NULL;

	if (act != ACT_YES && act != ACT_NO)
		return false;
	app_pop(a, w);
	if (yes)
		yes(a);
	return true;
}

static void free_confirm(struct window *w)
{
	free(((struct confirm *)w)->question);
	free(w);
}

static const struct window_ops ops = {
	.name = "confirm", .context = CTX_CONFIRM, .flags = WINDOW_CENTERED, .action = action, .draw = draw, .size = size,
	.title = title, .free = free_confirm,
};

struct window *confirm_new(const char *question, void (*yes)(struct app *a))
{
	struct confirm *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->w.ops = &ops;
	c->yes = yes;
	c->question = strdup(question);
	if (c->question)
		return &c->w;
	free(c);
	return NULL;
}
