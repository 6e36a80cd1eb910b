/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The curses console: one call, from main.
 */
#ifndef ARBORIST_UI_TUI_H
#define ARBORIST_UI_TUI_H

#include <stdbool.h>

struct session;

enum tui_color { TUI_COLOR_AUTO, TUI_COLOR_ALWAYS, TUI_COLOR_NEVER };

struct tui_options {
	bool		ascii;		/* --ascii: no line drawing beyond + - |, nothing above 0x7e */
	enum tui_color	color;		/* --color; AUTO: what terminal and NO_COLOR say */
	bool		no_history;	/* --no-config: none is read or written */
	const char	*title;		/* shown in the top line, e.g. the device; gated; may be NULL */
	const char	*first;		/* a command to begin with; NULL: none */
	const char	*hint;		/* one line that tells a newcomer what to press first; NULL: none */
};

/*
 * Runs until the person quits, the terminal goes away or the session cannot be opened. The session has been started (its
 * first message need not have been read) and stays the caller's. A question that still waits at the end is answered "stop".
 *
 * Returns bits for the exit status: 0 when the person quit (session_exit_status() says the rest), 8 when the
 * session could not be opened or the terminal cannot be used (said on stderr), 32 when a signal or the end of the
 * terminal ended it.
 */
int tui_run(struct session *s, const struct tui_options *o);

#endif
