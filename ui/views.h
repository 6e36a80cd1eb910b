/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The panes and windows of the console, each in its own file. Every *_new() gives NULL when out of memory. */
#ifndef ARBORIST_UI_VIEWS_H
#define ARBORIST_UI_VIEWS_H

#include "lines.h"
#include "tree.h"
#include "window.h"

struct app;

/* The four panes. */
struct window *view_tree_new(struct app *a);
struct window *view_panel_new(struct app *a);
struct window *view_detail_new(struct app *a);
struct window *view_log_new(struct app *a);

struct tree *view_tree_model(struct window *w);
void view_tree_go(struct window *w, const struct tree_place *p);	/* remembers where it was, for [ */
void view_tree_follow(struct window *w, const struct tree_place *p);	/* does not remember */
void view_tree_mark(struct window *w, struct app *a, int letter, bool jump);
void view_detail_turn(struct window *w, int by);			/* next or previous of node, keys, bsets, format, hex */
void view_log_add(struct window *w, enum style st, const char *text);
void view_log_finding(struct window *w, struct finding *f);		/* takes it over */

/* A text over the panes; @l is taken over (emptied). Lines may be added while it is shown. */
struct window *pager_new(const char *title, struct lines *l);
struct lines *pager_lines(struct window *w);
bool pager_shows(const struct window *w, const char *command);	/* is it a text view with what the command printed? */
void pager_open(struct app *a, const char *title, const char *text);

struct window *dialog_new(struct app *a);			/* the question that waits: a->question */
extern const struct window_ops dialog_ops;
struct window *confirm_new(const char *question, void (*yes)(struct app *a));
/* @word has to be typed before @then is called. */
struct window *typed_new(const char *question, const char *word, void (*then)(struct app *a));
extern const struct window_ops typed_ops;
void plan_open(struct app *a);
void buckets_open(struct app *a);
void diff_open(struct app *a, uint32_t repair_id);
void write_open(struct app *a);
void help_open(struct app *a);

/* Text of a finding in full: for Details and for the log. */
void finding_full_text(struct arb_buf *out, const struct finding *f, int width);
/* The same, as the dialog has it: objects side by side. */
void finding_dialog_text(struct arb_buf *out, const struct finding *f, int width);

/* Breaks a text (of any number of lines) at blanks to @width columns; lines after the first begin with @indent blanks. */
void text_wrap(struct arb_buf *out, const char *s, int width, int indent);
/* Bytes of the first @width code points of @n bytes. */
size_t text_bytes(const char *s, size_t n, size_t width);
/* text_wrap() for a whole text; @to is emptied first. */
void lines_wrap(const struct lines *from, struct lines *to, int width);
/* A hex dump fitted to @width, each field in a style of its own. */
void hex_fit(const struct lines *from, struct lines *to, int width);
/* Texts beside each other in columns of equal width, broken to fit. */
void text_columns(struct arb_buf *out, const char *const *texts, unsigned nr, int width);

#endif
