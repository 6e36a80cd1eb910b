/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text over the panes: output of commands, details, help. */
#include <config.h>
#include "app.h"
#include "arborist/base/i18n.h"
#include "views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRAP_MAX (256u << 10)	/* a longer text is shown line by line: breaking it for each frame would be felt */

struct pager {
	struct window	w;
	struct lines	lines, wrapped;
	size_t		wrapped_len;	/* of lines.text when it was wrapped */
	int		width;		/* wrapped is made for it */
	bool		cut;		/* the person wants long lines cut, not broken */
	bool		has_found;
	uint64_t	found;		/* row of the last match */
	struct scroll	scroll;
	char		title[120];
};

/* What is shown: the lines broken to the width, or as they are. */
static const struct lines *shown(struct pager *p, int width)
{
	if (p->cut || p->lines.text.len > WRAP_MAX)
		return &p->lines;
	if (p->width != width || p->wrapped_len != p->lines.text.len)
		lines_wrap(&p->lines, &p->wrapped, width);
	p->width = width;
	p->wrapped_len = p->lines.text.len;
	return &p->wrapped;
}

static void draw(struct window *w, struct app *a, struct grid *g, struct rect r, bool focus)
{
	struct pager *p = (struct pager *)w;

	lines_draw(shown(p, r.w), &p->scroll, g, r, a->search, focus);
}

static void title(struct window *w, struct app *a, struct arb_buf *out)
{
	struct pager *p = (struct pager *)w;

	(void)a;
	arb_buf_puts(out, p->title);
	if (p->scroll.n > (uint64_t)p->scroll.page && p->scroll.page)
		arb_buf_printf(out, "  %llu-%llu/%llu", (unsigned long long)p->scroll.top + 1,
			       (unsigned long long)p->scroll.top + (unsigned long long)p->scroll.page,
			       (unsigned long long)p->scroll.n);
}

static bool action(struct window *w, struct app *a, enum action act)
{
	struct pager *p = (struct pager *)w;

	if (act == ACT_CLOSE) {
		app_pop(a, w);
		return true;
	}
	if (act == ACT_WRAP) {
		p->cut = !p->cut;
		p->has_found = false;
		p->scroll.left = 0;
		return true;
	}
	return scroll_action(&p->scroll, act);
}

static bool search(struct window *w, struct app *a, int step, const char *what, bool wrap)
{
	struct pager *p = (struct pager *)w;
	const struct lines *l = shown(p, a->grid.w - 2);
	uint64_t from = step > 0 || !p->scroll.page ? p->scroll.top : p->scroll.top + (uint64_t)p->scroll.page - 1, at;

	if (p->has_found && p->found >= p->scroll.top && p->found < p->scroll.top + (uint64_t)p->scroll.page)
		from = p->found + (uint64_t)(int64_t)step;
	if (wrap)
		from = lines_far_end(l, step);
	at = lines_search(l, from, step, what);
	if (at >= l->start.nr)
		return false;
	p->has_found = true;
	p->found = p->scroll.top = at;
	return true;
}

static void free_pager(struct window *w)
{
	lines_free(&((struct pager *)w)->lines);
	lines_free(&((struct pager *)w)->wrapped);
	free(w);
}

static const struct window_ops ops = {
	.name = "text", .context = CTX_TEXT | CTX_OVER, .flags = WINDOW_GLOBAL, .action = action, .draw = draw, .title = title,
	.search = search, .free = free_pager,
};

struct window *pager_new(const char *name, struct lines *l)
{
	struct pager *p = calloc(1, sizeof(*p));

	if (!p) {
		lines_free(l);
		return NULL;
	}
	p->w.ops = &ops;
	p->lines = *l;
	*l = (struct lines){ 0 };
	snprintf(p->title, sizeof(p->title), "%s", name);
	return &p->w;
}

bool pager_shows(const struct window *w, const char *command)
{
	const struct pager *p = (const struct pager *)w;
	size_t n = strlen(command);

	return w->ops == &ops && !strncmp(p->title, command, n) && (!p->title[n] || p->title[n] == ' ');
}

struct lines *pager_lines(struct window *w)
{
	return &((struct pager *)w)->lines;
}

void pager_open(struct app *a, const char *name, const char *text)
{
	struct lines l = { 0 };
	struct window *w;

	lines_add(&l, text);
	w = pager_new(name, &l);
	if (w)
		app_push(a, w);
}

/* --- help: from the table of keys --------------------------------------------------------------------------------- */

static void help_text(struct arb_buf *out, const struct window_ops *view, unsigned column, bool stopped)
{
	unsigned context = view->context & ~(unsigned)CTX_GLOBAL;

	if (stopped) {
		arb_buf_puts(out, _("Keys while a pass is stopped\n\n"));
		bindings_help(out, CTX_STOPPED, column, NULL);
		arb_buf_putc(out, '\n');
	}
	if (context) {
		arb_buf_puts(out, _("Keys of this view\n\n"));
		bindings_help(out, context, column, NULL);
		arb_buf_putc(out, '\n');
	}
	arb_buf_puts(out, (view->flags & WINDOW_GLOBAL) ? _("Keys everywhere\n\n") : _("Keys that work here too\n\n"));
	bindings_help(out, CTX_GLOBAL, column, (view->flags & WINDOW_GLOBAL) ? NULL : app_always);
	arb_buf_puts(out, _("\nMarks in the tree\n\n"
			    "  !   damaged, a gap or an overlap     *   changed by the plan\n"
			    "  ~   cannot be read                   +   added by the plan\n\n"
			    "Nothing is written to the devices before W, the plan shown, and the typed word yes.\n"
			    "The way: r runs check_topology; answer each question; P shows the plan; W writes it.\n"
			    ":help lists the commands, :help WORD explains a command, finding, pass or btree.\n"));
}

void help_open(struct app *a)
{
	struct window *w = app_focus_window(a);
	unsigned column = a->grid.w < 60 ? 14 : 21;
	ARB_BUF(b);
	ARB_BUF(fitted);
	ARB_BUF(name);

	help_text(&b, w->ops, column, stepping_keys(a));
	text_wrap(&fitted, arb_buf_str(&b), a->grid.w - 2, (int)column);
	arb_buf_printf(&name, _("help: %s"), w->ops->name);
	pager_open(a, arb_buf_str(&name), arb_buf_str(&fitted));
}
