/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A console on a stage: no terminal, a session made up by the tests, a clock that goes on by itself. */
#ifndef ARBORIST_TESTS_UI_STAGE_H
#define ARBORIST_TESTS_UI_STAGE_H

#include "fake_session.h"
#include "app.h"

struct stage {
	struct session	*s;
	struct app	*a;
};

extern uint64_t stage_clock_ms;

struct stage stage_at(int h, int w, bool utf8);		/* not opened yet */
struct stage open_stage(int h, int w, bool utf8);
void leave(struct stage *st);
void frame(struct stage *st);				/* a few frames: requests follow from answers */
void press(struct stage *st, int key);
void type(struct stage *st, const char *s);
bool shows(struct stage *st, const char *text);		/* does the screen hold the text anywhere? */
/*
 * The text of a screen is that of the file NAME below tests/ui; with ARBORIST_SCREENS_UPDATE=1 in the environment the file is
 * written instead.
 */
void expect_text(const char *name, const char *text);
void expect_screen(struct stage *st, const char *name);	/* the screen is that of screens/NAME.txt */

#endif
