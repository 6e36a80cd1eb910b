/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals of the line-mode front ends: handlers set a flag and interrupt the session. */
#ifndef ARBORIST_UI_INTERRUPT_H
#define ARBORIST_UI_INTERRUPT_H

#include "arborist/session/session.h"

/* SIGINT, SIGTERM, SIGHUP from now on; SIGPIPE is ignored. @s may be NULL until a session is there. */
void interrupt_install(struct session *s);
void interrupt_forget(void);
/* The signal that came, 0 for none. */
int interrupt_pending(void);
/* For ^C at a prompt: it has been dealt with. Others stay. */
void interrupt_clear(void);
/* The terminal is gone, whether or not its signal has arrived yet. */
void interrupt_hung_up(void);

#endif
