/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: see cmdline.h. readline runs by its callback interface, reads bytes from a queue that the keys of the
 * console fill, and never writes: what it holds is drawn into the grid. There is one readline in a process, so this
 * state is the only static one besides the terminal.
 */
#include <config.h>
#include "cmdline.h"
#include "app.h"
#include "arborist/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <readline/history.h>
#include <readline/readline.h>

#define HISTORY_LINES 500

static struct {
	struct app	*app;		/* while a line is typed */
	enum action	kind;
	char		queue[64];	/* bytes readline has not read yet */
	size_t		head, tail;
	bool		ready;		/* readline is set up */
	bool		ended;		/* a line was finished: the handler must go */
	HISTORY_STATE	*searches;	/* history of / and \ while that of : is in force, and the other way round */
	bool		searching;
	char		*history_file;
	char		**found;	/* completions left to hand over */
	size_t		next_found;
} C;

/* --- what readline calls ----------------------------------------------------------------------------------------------- */

static int next_byte(FILE *unused)
{
	(void)unused;
	return C.head < C.tail ? (unsigned char)C.queue[C.head++] : EOF;
}

static int byte_waits(void)
{
	return C.head < C.tail;
}

static void no_redisplay(void)
{
}

static char *hand_over(const char *text, int state)
{
	char *s;

	(void)text;
	if (!state)
		C.next_found = 0;
	if (!C.found || !C.found[C.next_found])
		return NULL;
	s = strdup(C.found[C.next_found++]);
	return s;
}

static char **complete(const char *text, int start, int end)
{
	const struct command *c = start ? command_of_line(rl_line_buffer) : NULL;
	char **r;

	rl_attempted_completion_over = 1;
	if (C.kind != ACT_COMMAND)
		return NULL;
	if (c && c->complete == COMPLETE_FILE) {
		rl_attempted_completion_over = 0;
		return NULL;
	}
	C.found = command_completions(rl_line_buffer, (size_t)end);
	r = C.found ? rl_completion_matches(text, hand_over) : NULL;
	for (size_t i = 0; C.found && C.found[i]; i++)
		free(C.found[i]);
	free(C.found);
	C.found = NULL;
	return r;
}

static void show_matches(char **matches, int nr, int longest)
{
	ARB_BUF(b);

	(void)longest;
	for (int i = 1; i <= nr && b.len < 280; i++)
		arb_buf_printf(&b, "%s%s", i > 1 ? "  " : "", matches[i]);
	if (C.app)
		app_say(C.app, STYLE_DIM, "%s", arb_buf_str(&b));
}

static void finished(char *line)
{
	struct app *a = C.app;

	C.ended = true;
	if (line && *line)
		add_history(line);
	rl_callback_handler_remove();
	C.app = NULL;
	if (a)
		app_line(a, C.kind, line);
	free(line);
}

/* --- setting up --------------------------------------------------------------------------------------------------------- */

/* The history is kept in the person's state folder; where there is none it lasts as long as the program. */
static void find_history(void)
{
	ARB_BUF(b);

	if (session_state_folder(&b, NULL))
		return;
	arb_buf_puts(&b, "/history");
	C.history_file = arb_buf_steal(&b);
	if (C.history_file)
		read_history(C.history_file);
}

static void set_up(const struct app *a)
{
	static const char blanks[] = " \t";
	FILE *nowhere = fopen("/dev/null", "r+e");

	C.ready = true;
	rl_readline_name = "arborist";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = NULL;
	rl_deprep_term_function = NULL;
	rl_redisplay_function = no_redisplay;
	rl_getc_function = next_byte;
	rl_input_available_hook = byte_waits;
	rl_attempted_completion_function = complete;
	rl_completion_display_matches_hook = show_matches;
	rl_basic_word_break_characters = blanks;
	rl_completer_word_break_characters = (char *)(uintptr_t)blanks;
	if (nowhere)
		rl_instream = rl_outstream = nowhere;
	using_history();
	stifle_history(HISTORY_LINES);
	if (!a->o.no_history)
		find_history();
	rl_initialize();
	rl_variable_bind("bell-style", "none");
	C.searches = calloc(1, sizeof(*C.searches));
}

static void choose_history(bool searching)
{
	HISTORY_STATE *now;

	if (!C.searches || searching == C.searching)
		return;
	now = history_get_history_state();
	history_set_history_state(C.searches);
	free(C.searches);
	C.searches = now;
	C.searching = searching;
	using_history();
}

/* --- for the console ------------------------------------------------------------------------------------------------------ */

bool cmdline_active(const struct app *a)
{
	return C.app == a && C.app;
}

void cmdline_open(struct app *a, enum action kind, const char *initial)
{
	static const struct { enum action kind; const char *prompt; } prompts[] = {
		{ ACT_COMMAND, ":" }, { ACT_SEARCH, "/" }, { ACT_FILTER, "\\" },
	};
	const char *prompt = "";

	if (!C.ready)
		set_up(a);
	if (C.app)
		cmdline_cancel(C.app);
	for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++)
		if (prompts[i].kind == kind)
			prompt = prompts[i].prompt;
	C.app = a;
	C.kind = kind;
	C.head = C.tail = 0;
	C.ended = false;
	choose_history(kind != ACT_COMMAND);
	rl_callback_handler_install(prompt, finished);
	if (initial)
		rl_insert_text(initial);
}

void cmdline_cancel(struct app *a)
{
	if (!cmdline_active(a))
		return;
	C.app = NULL;
	C.ended = true;
	rl_callback_sigcleanup();
	rl_replace_line("", 1);
	rl_callback_handler_remove();
	app_line(a, C.kind, NULL);
}

/* As a terminal would send the key. */
static const char *sequence(int key, char buf[8])
{
	static const struct { int key; const char *s; } table[] = {
		{ K_UP, "\033[A" }, { K_DOWN, "\033[B" }, { K_RIGHT, "\033[C" }, { K_LEFT, "\033[D" }, { K_HOME, "\033[H" },
		{ K_END, "\033[F" }, { K_DELETE, "\033[3~" }, { K_BACKSPACE, "\177" }, { K_ENTER, "\r" },
		{ K_BACKTAB, "\033[Z" }, { K_INSERT, "\033[2~" }, { K_PAGE_UP, "\033[5~" }, { K_PAGE_DOWN, "\033[6~" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].key == key)
			return table[i].s;
	if (key <= 0 || key >= K_FIRST)
		return "";
	grid_encode(buf, (uint32_t)key);
	return buf;
}

static void feed(const char *s)
{
	size_t n = strlen(s);

	if (C.head == C.tail)
		C.head = C.tail = 0;
	if (C.tail + n > sizeof(C.queue))
		return;
	memcpy(C.queue + C.tail, s, n);
	C.tail += n;
	while (C.head < C.tail && !C.ended)
		rl_callback_read_char();
	C.head = C.tail = 0;
}

void cmdline_key(struct app *a, const struct input *in)
{
	int key = in->key & ~K_ALT;
	char buf[12];

	if (in->key == K_MOUSE || in->key == K_NONE)
		return;
	if (in->key == K_ESC && rl_editing_mode == 1) {		/* in vi mode it is readline's */
		cmdline_cancel(a);
		return;
	}
	if (key == K_BACKSPACE && !rl_end && !(in->key & K_ALT)) {
		cmdline_cancel(a);
		return;
	}
	if (in->key & K_ALT) {
		buf[0] = K_ESC;
		snprintf(buf + 1, sizeof(buf) - 1, "%s", sequence(key, (char[8]){ 0 }));
		feed(buf);
	} else {
		feed(sequence(key, buf));
	}
	if (cmdline_active(a))
		app_typing(a, C.kind, rl_line_buffer);
}

void cmdline_draw(struct app *a, struct grid *g, int y, int x, int w)
{
	const char *prompt = rl_display_prompt ? rl_display_prompt : "";
	ARB_BUF(before);
	ARB_BUF(all);
	int cursor, left;

	(void)a;
	arb_buf_puts(&before, prompt);
	arb_buf_mem(&before, rl_line_buffer, (size_t)rl_point);
	arb_buf_printf(&all, "%s%s", prompt, rl_line_buffer);
	cursor = grid_width(g, arb_buf_str(&before));
	left = cursor >= w ? cursor - w + 1 + w / 4 : 0;
	grid_text(g, y, x, w, STYLE_NORMAL, grid_skip(g, arb_buf_str(&all), left));
	g->cursor_y = y;
	g->cursor_x = x + (cursor - left < w ? cursor - left : w - 1);
}

void cmdline_end(struct app *a)
{
	cmdline_cancel(a);
	if (!C.ready)
		return;
	choose_history(false);
	if (C.history_file)
		write_history(C.history_file);
	free(C.history_file);
	C.history_file = NULL;
}
