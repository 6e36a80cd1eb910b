/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pane, or a window over the panes: a struct of functions. A new view is a file, such a struct and one line that opens it. */
#ifndef ARBORIST_UI_WINDOW_H
#define ARBORIST_UI_WINDOW_H

#include "grid.h"
#include "keys.h"

struct app;
struct window;
struct session_message;

enum window_flags {
	WINDOW_GLOBAL	= 1,	/* keys it does not know go to the console */
	WINDOW_CENTERED	= 2,	/* a box in the middle, its size by size(); else all of the pane area */
};

enum typing { TYPING_GOES_ON, TYPING_TAKEN, TYPING_GIVEN_UP };

struct window_ops {
	const char	*name;
	unsigned	context;	/* enum context of its keys */
	unsigned	flags;
	/* All may be NULL. */
	bool (*key)(struct window *w, struct app *a, const struct input *in);	/* before the bindings; true: taken */
	bool (*action)(struct window *w, struct app *a, enum action act);	/* true: taken */
	bool (*mouse)(struct window *w, struct app *a, const struct input *in, struct rect inner);
	void (*draw)(struct window *w, struct app *a, struct grid *g, struct rect inner, bool focus);
	void (*size)(struct window *w, struct app *a, int *h, int *w_);	/* in: what there is; out: what is wanted, with borders */
	void (*title)(struct window *w, struct app *a, struct arb_buf *out);
	bool (*search)(struct window *w, struct app *a, int step, const char *what, bool wrap);	/* @wrap: from the far end on */
	/* A filter that is being typed, taken with Enter, or given up (what held before comes back). Only of panes. */
	bool (*filter)(struct window *w, struct app *a, const char *what, enum typing typing);
	void (*tick)(struct window *w, struct app *a);		/* before each frame */
	void (*message)(struct window *w, struct app *a, const struct session_message *m);
	void (*free)(struct window *w);
};

struct window {
	const struct window_ops *ops;
	struct window	*below;
};

#endif
