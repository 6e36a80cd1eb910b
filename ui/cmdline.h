/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line at the bottom in which commands, searches and filters are typed: readline without its own screen. */
#ifndef ARBORIST_UI_CMDLINE_H
#define ARBORIST_UI_CMDLINE_H

#include "grid.h"
#include "keys.h"

struct app;

bool cmdline_active(const struct app *a);
/* Starts typing; @kind (ACT_COMMAND, ACT_SEARCH, ACT_FILTER) is handed to app_line() with the result, and to app_typing() with each key. */
void cmdline_open(struct app *a, enum action kind, const char *initial);
void cmdline_cancel(struct app *a);
void cmdline_key(struct app *a, const struct input *in);
void cmdline_draw(struct app *a, struct grid *g, int y, int x, int w);
void cmdline_end(struct app *a);	/* keeps the history */

#endif
