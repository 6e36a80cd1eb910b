/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The console on a terminal. */
#include <config.h>
#include <unistd.h>
#include "console.h"
#include "interrupt.h"
#if __has_include("tui.h")
#include "tui.h"
#define HAVE_TUI 1
#endif

#ifdef HAVE_TUI
static int screen(struct front *f, const char *title, const char *hint)
{
	struct tui_options t = { .ascii = options_setting(f->o, SETTING_ASCII), .color = (enum tui_color)options_setting(f->o, SETTING_COLOR),
				 .no_history = f->o->no_config, .title = title, .hint = hint, .first = f->o->session.lesson ? "lesson" : NULL };
	struct session_state st;
	int bits = tui_run(f->s, &t);

	session_state(f->s, &st);
	return st.exit_status | bits;
}
#else
static int screen(struct front *f, const char *title, const char *hint)
{
	(void)title;
	return repl_run(f, hint);
}
#endif

int console_run(struct front *f, const char *title, const char *hint)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		say("no terminal for the console; without one use -n, -y, -p, -e or -f");
		return EXIT_USAGE;
	}
	return f->o->plain ? repl_run(f, hint) : screen(f, title, hint);
}
