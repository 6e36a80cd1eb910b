/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal: the only file that speaks curses is ui/term.c. Whatever ends the program, term_stop() or the handlers
 * of ui/signals.c give the terminal back as it was.
 */
#ifndef ARBORIST_UI_TERM_H
#define ARBORIST_UI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include "grid.h"
#include "keys.h"

/* Takes the terminal over. False, with one line in @why, when it cannot show a screen. */
bool term_start(bool color, char *why, size_t why_size);
void term_stop(void);
/* Async-signal-safe: what term_stop() does, with stored strings and write() only. */
void term_emergency(void);

void term_size(int *h, int *w);		/* as the kernel of the terminal says now */
void term_resized(int h, int w);
/* Brings @g to the screen; only cells that differ from what is there are sent. */
void term_draw(const struct grid *g);
void term_forget(void);			/* the next draw sends everything */
/* Next key that has arrived; false when there is none now. */
bool term_key(struct input *ret);
/* Gives the terminal back for a while, and takes it again. */
void term_leave(void);
void term_return(void);
void term_mouse(bool on);		/* off: the terminal has it, to mark text */
bool term_is_utf8(void);

#endif
