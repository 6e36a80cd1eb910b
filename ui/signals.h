/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals of the console: handlers write one byte into a pipe; the event loop reads it. */
#ifndef ARBORIST_UI_SIGNALS_H
#define ARBORIST_UI_SIGNALS_H

#include <stdbool.h>

struct session;

/* Takes SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and the crash signals over; false: no pipe to be had. */
bool signals_start(struct session *s);
void signals_stop(void);		/* gives them back */
int signals_fd(void);
/* Whether ^C is meant for the engine now (else for the line being typed or the question asked): it then reaches it at once. */
void signals_reach_engine(bool yes);
/* Next signal that arrived, or 0. */
int signals_next(void);
/* Stops the process as ^Z does; returns when it goes on. The terminal must have been left. */
void signals_suspend(void);

#endif
