/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What batch and line-mode console have in common: waiting for a job while messages are shown, as text or as JSON lines,
 * and questions are answered.
 */
#ifndef ARBORIST_UI_FRONT_H
#define ARBORIST_UI_FRONT_H

#include <stdio.h>
#include "arborist/command/command.h"
#include "options.h"
#include "squelch.h"

struct front {
	const struct options *o;
	struct session	*s;
	struct command_out events;	/* for commands under --json */
	unsigned	bits;		/* 8, 16, 32 so far */
	bool		color;
	bool		terminal;	/* a person at the keyboard */
	bool		no_wait;	/* the screen comes up while the filesystem is being opened */
	bool		output_lost;	/* standard output cannot be written: said once */
	struct squelch	squelch;
	FILE		*progress;	/* --progress-fd */
	uint64_t	last_progress_ns;
	const char	*where;		/* before what is said of a failure: "FILE:LINE: " of a script; NULL: nothing */
	unsigned	lines;		/* of output since the last command, for paging; 0: no paging */
	bool		paging;
	/* Reads one line for an answer, NULL at the end of input; owned by the caller of it. */
	char		*(*read_line)(struct front *f, const char *prompt);
	FILE		*input;		/* where the default read_line reads */
};

/* Starts the session and, unless no_wait is set, waits until it is open. 0, or bits. */
unsigned front_open(struct front *f, const struct options *o);
void front_close(struct front *f);	/* says where the transcript is; ends the session */
/* Waits for the job and shows what comes meanwhile; adds to f->bits what its code means. */
enum arb_code front_wait(struct front *f, uint64_t id);
/* The same for a job that has just been posted: a signal that came before there was one to interrupt ends it. */
enum arb_code front_run(struct front *f, uint64_t id);
/* Runs one command. Empty lines are fine. */
enum arb_code front_command(struct front *f, const char *line);
/* By code: 16 for what was asked wrongly, 32 for cancelled, 8 for the rest; 0 for a stopped pass. */
unsigned bits_of(enum arb_code code);
/* Nobody will go on with a pass that is stopped, if there is one: it ends as stopped, and the status says that something is left. */
void front_end_stopped(struct front *f);
/* Session state plus bits. */
int front_status(struct front *f);

/* out.c: standard output with its troubles; text is gated already. */
void out_text(struct front *f, const char *text);	/* whole lines */
void out_line(struct front *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_json(struct front *f, struct json *j);		/* one line; frees @j */
void out_flush(struct front *f);
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* "arborist: ..." on standard error */
/* Descriptors 0, 1 and 2 exist from now on, so that no device ever becomes one of them. */
void out_init(void);

/* status_line.c: how far a pass is, while nothing else is written; on standard error, when that is a terminal. */
bool status_line_wanted(const struct front *f);
void status_line_begin(void);			/* of a wait */
void status_line_tick(struct front *f);
void status_line_clear(void);			/* before anything is written */

/* ask.c: questions in line mode. */
void ask(struct front *f, const struct session_message *q);
bool confirm(struct front *f, const char *prompt);	/* the typed word yes */
char *read_line_plain(struct front *f, const char *prompt);
/* The whole of a finding in lines: what, both sides, rule, what each answer does. */
void finding_lines(struct arb_buf *out, const struct finding *f, bool details);

/* show.c: messages as text. jsonout.c: as JSON lines. */
void show_message(struct front *f, const struct session_message *m);
void json_message(struct front *f, const struct session_message *m);
void json_progress(struct json *j, const struct session_state *st);
void json_summary(struct front *f, int status);
void progress_tick(struct front *f);
void progress_pass(struct front *f, const struct pass_progress *p);

/* batch.c, repl.c */
int batch_check(struct front *f);	/* -n, -y, -p */
int batch_replay(struct front *f);	/* --replay */
int batch_run(struct front *f);		/* -e, -f */
int repl_run(struct front *f, const char *hint);

#endif
