/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last words: a crash gives the terminal back, says where transcript and undo file lie, and dies of its signal.
 */
#ifndef ARBORIST_UI_CRASH_H
#define ARBORIST_UI_CRASH_H

struct session;

void crash_watch(struct session *s);
void crash_forget(void);		/* the session ends: only the terminal is given back from now on */

#endif
