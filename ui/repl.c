/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line-mode console: readline with history and completion from the tables. */
#include <config.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <readline/history.h>
#include <readline/readline.h>
#include "arborist/base/i18n.h"
#include "front.h"
#include "interrupt.h"

#define HISTORY_LINES 1000

static char **candidates;

static char *next_candidate(const char *text, int state)
{
	static size_t at;

	(void)text;
	if (!state)
		at = 0;
	return candidates && candidates[at] ? candidates[at++] : NULL;
}

static char **complete(const char *text, int start, int end)
{
	const struct command *c = command_of_line(rl_line_buffer);
	char **list;

	rl_attempted_completion_over = 1;
	if (start && c && c->complete == COMPLETE_FILE) {
		rl_attempted_completion_over = 0;
		return NULL;
	}
	candidates = command_completions(rl_line_buffer, (size_t)end);
	/* readline takes the strings over, the list stays ours */
	list = rl_completion_matches(text, next_candidate);
	free(candidates);
	candidates = NULL;
	return list;
}

static struct front *prompting;	/* whose prompt it is */
static bool asking;		/* a question or a confirmation, not the prompt */
static bool input_ended;	/* while this line was being typed */

static int ended(void)
{
	input_ended = true;
	return EOF;
}

/* ^C at the prompt empties the line, and ends a pass that is stopped. */
static void empty_line(void)
{
	rl_free_line_state();
	rl_replace_line("", 0);
	rl_crlf();
	front_end_stopped(prompting);
	prompting->bits &= ~(unsigned)EXIT_CANCELLED;
	interrupt_clear();
	rl_on_new_line();
	rl_redisplay();
}

static volatile sig_atomic_t suspend_wanted;

static void want_suspend(int sig)
{
	(void)sig;
	suspend_wanted = 1;
}

/* At the prompt the terminal is as readline wants it: it is given back first, and taken again afterwards. */
static void suspend(void)
{
	struct sigaction mine;

	suspend_wanted = 0;
	rl_deprep_terminal();
	sigaction(SIGTSTP, &(struct sigaction){ .sa_handler = SIG_DFL }, &mine);
	raise(SIGTSTP);		/* without effect where there is no shell to wake us */
	sigaction(SIGTSTP, &mine, NULL);
	rl_prep_terminal(1);
	rl_on_new_line();
	rl_forced_update_display();
}

/*
 * readline's own reading goes on after a signal. Here ^C ends a question without an answer, and a terminal that goes
 * away ends everything; readline would take what had been typed so far for a finished line.
 */
static int get_char(FILE *in)
{
	struct pollfd p = { .fd = fileno(in), .events = POLLIN };
	int c;

	for (;;) {
		if (interrupt_pending() && (asking || interrupt_pending() != SIGINT))
			return ended();
		if (interrupt_pending())
			empty_line();
		if (suspend_wanted)
			suspend();
		if (poll(&p, 1, 200) > 0)
			break;
	}
	c = rl_getc(in);
	return c == EOF ? ended() : c;
}

/* NULL: nothing that could be taken for a line. */
static char *read_a_line(const char *prompt, bool question)
{
	struct sigaction stop = { .sa_handler = want_suspend }, old;
	char *line;

	asking = question;
	input_ended = false;
	sigaction(SIGTSTP, &stop, &old);
	if (old.sa_handler == SIG_IGN)		/* a shell without job control: nobody would wake us */
		sigaction(SIGTSTP, &old, NULL);
	line = readline(prompt);
	sigaction(SIGTSTP, &old, NULL);
	asking = false;
	if (!input_ended)
		return line;
	free(line);
	return NULL;
}

static char *read_answer(struct front *f, const char *prompt)
{
	(void)f;
	return read_a_line(prompt, true);
}

static char *history_path(const struct front *f)
{
	ARB_BUF(b);

	if (f->o->no_config || session_state_folder(&b, NULL))
		return NULL;
	arb_buf_puts(&b, "/history");
	return arb_buf_steal(&b);
}

static void set_up(const char *history)
{
	rl_readline_name = "arborist";
	rl_catch_signals = 0;
	rl_getc_function = get_char;
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = (char *)" \t\n";
	using_history();
	stifle_history(HISTORY_LINES);
	if (history)
		read_history(history);
}

static void keep_history(const char *path)
{
	mode_t old;

	if (!path)
		return;
	old = umask(077);
	write_history(path);
	umask(old);
}

/* What is written is shown first, and wants the whole word. */
static bool may_run(struct front *f, const char *line)
{
	const struct command *c = command_of_line(line);
	bool commit;

	if (!c || !(c->flags & COMMAND_CONFIRM))
		return true;
	commit = !strcmp(c->name, "commit");
	if (commit)
		front_command(f, "plan"), front_command(f, "plan loss");
	if (confirm(f, commit ? _("Write this to the devices? Type yes: ") : _("Put back what the commit replaced? Type yes: ")))
		return true;
	if (interrupt_pending() == SIGINT)
		interrupt_clear();
	out_line(f, "nothing was written");
	return false;
}

static void run_line(struct front *f, const char *line)
{
	struct session_state st;
	bool was_stopped;
	enum arb_code code;

	f->lines = 0;
	f->paging = isatty(STDOUT_FILENO);
	if (!may_run(f, line))
		return;
	session_state(f->s, &st);
	was_stopped = st.stopped;
	code = front_command(f, line);
	session_state(f->s, &st);
	if (st.stopped && !was_stopped)
		out_line(f, "(step, next, finish, continue or stop goes on; explain says why it stands here; everything can be looked at meanwhile)");
	if (code == ARB_E_STOPPED)
		out_line(f, "the pass stopped; findings lists what is left");
	interrupt_clear();
	f->bits &= ~(unsigned)EXIT_CANCELLED;
	f->lines = 0;
	out_flush(f);
}

/* An empty line at a stop goes on once more in the way one went on last, as in gdb. */
static const char *line_meant(struct front *f, const char *line)
{
	static const char *const again[] = { "step", "next", "finish" };
	static const char *last = "";
	const struct command *c = command_of_line(line);
	struct session_state st;

	session_state(f->s, &st);
	if (!line[strspn(line, " \t")])
		return st.stopped ? last : line;
	last = "";
	for (size_t i = 0; c && i < sizeof(again) / sizeof(again[0]); i++)
		if (!strcmp(c->name, again[i]))
			last = again[i];
	return line;
}

/* A plan that was not written is not left behind unnoticed. */
static bool may_leave(struct front *f)
{
	struct session_state st;

	session_state(f->s, &st);
	if (!st.repairs)
		return true;
	out_line(f, P_("%llu repair in the plan is not written.", "%llu repairs in the plan are not written.", st.repairs), (unsigned long long)st.repairs);
	out_flush(f);
	return confirm(f, _("Leave and forget the plan? Type yes: "));
}

int repl_run(struct front *f, const char *hint)
{
	bool terminal = isatty(STDIN_FILENO);
	char *history = history_path(f), *line;

	f->read_line = read_answer;
	prompting = f;
	set_up(history);
	out_line(f, "%s", hint ? hint : _("help lists the commands; run check_topology checks; nothing is written before commit."));
	out_flush(f);
	if (f->o->session.lesson)
		front_command(f, "lesson");
	for (;;) {
		line = f->output_lost ? NULL : read_a_line("arborist> ", false);
		if (!line && terminal && !isatty(STDIN_FILENO))
			interrupt_hung_up();
		if (!line || (interrupt_pending() && interrupt_pending() != SIGINT)) {
			free(line);
			break;
		}
		if (line[strspn(line, " \t")])
			add_history(line);
		run_line(f, line_meant(f, line));
		free(line);
		if (session_quit_wanted(f->s)) {
			if (may_leave(f))
				break;
			session_stay(f->s);
		}
	}
	front_end_stopped(f);
	if (!session_quit_wanted(f->s))
		fputc('\n', stdout);
	if (interrupt_pending())
		f->bits |= EXIT_CANCELLED;
	keep_history(history);
	free(history);
	return front_status(f);
}
