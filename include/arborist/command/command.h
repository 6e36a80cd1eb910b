/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The commands of console.md 2: one table for REPL, screen, -e, scripts, help, completion and manual.
 */
#ifndef ARBORIST_COMMAND_COMMAND_H
#define ARBORIST_COMMAND_COMMAND_H

#include <stdio.h>
#include "arborist/session/session.h"

#define COMMAND_ARGS_MAX 64

/*
 * Where a handler's output goes: lines of text, or JSON objects (console.md 5). Called on the engine thread. With no
 * command_out at all the text comes as SESSION_OUTPUT messages of the job, gated, several lines at a time.
 */
struct command_out {
	void (*line)(void *arg, const char *text);	/* one line without newline; gated */
	void (*event)(void *arg, struct json *j);	/* NULL: text wanted */
	void *arg;
};
struct command_ctx {
	struct session	*session;
	struct job	*job;
	const struct command_out *out;
	const struct command *cmd;
	int		argc;			/* without the command's name */
	const char	*argv[COMMAND_ARGS_MAX];
	bool		interactive;
	unsigned	depth;			/* of `source` */
	bool		during;			/* given again by a replay, while a pass runs */
	struct arb_buf	*pending;		/* text not handed on yet */
};
/* Flags of a command beside those of jobs. */
enum command_flags {
	COMMAND_CONFIRM	= 1 << 8,		/* writes: an interactive front end shows the plan and wants the typed word yes first */
	COMMAND_UNRECORDED = 1 << 10,		/* not part of a record: it runs others, or is about files of its own */
	COMMAND_LASTS	= 1 << 11,		/* given while a pass runs it changes what that does: a record has it at its place */
	COMMAND_RAW	= 1 << 9,		/* the rest of the line, as it is, is its one argument */
};
enum command_complete { COMPLETE_NONE, COMPLETE_BTREE, COMPLETE_PASS, COMPLETE_FINDING, COMPLETE_COMMAND, COMPLETE_FILE, COMPLETE_SETTING, COMPLETE_FIELD, COMPLETE_PLAN, COMPLETE_BREAK };
struct command {
	const char	*name;
	const char	*args;			/* as shown in help: "BTREE[:LEVEL] [POS]" */
	const char	*summary;		/* one line */
	const char	*help;			/* a paragraph; may be NULL */
	int		min_args, max_args;
	enum command_complete complete;
	unsigned	flags;			/* enum job_flags, enum command_flags */
	enum arb_code (*run)(struct command_ctx *c, struct arb_error *err);	/* on the engine thread */
};
extern const struct command commands[];
extern const size_t commands_nr;
const struct command *command_find(const char *name);	/* exact name, unique prefix, or b, s, n, f, c as in gdb */
const char *command_nearest(const char *word);		/* for "did you mean"; NULL when nothing is near */

/* Splits a line into words: blanks, 'single' and "double" quotes, \ escapes, # comment. Words owned by @storage. */
enum arb_code command_split(const char *line, struct arb_buf *storage, int *argc, const char **argv, int max, struct arb_error *err);
/* Appends @word so that command_split() gives it back. */
void command_quote(struct arb_buf *out, const char *word);
/*
 * Posts a line as a job. Empty and comment lines give *ret_id 0. Unknown commands and wrong numbers of arguments fail at once
 * (family ARB_E_USAGE). @out (NULL: messages) must live until the job is done.
 */
enum arb_code command_post(struct session *s, const char *line, const struct command_out *out, bool interactive,
			   uint64_t *ret_id, struct arb_error *err);
/*
 * The next line of a script or of typed answers, without its newline, into @out (emptied first). A line without a newline at
 * the end of the input is SCRIPT_UNFINISHED. More than 64 KiB, or bytes of 0, are no text: SCRIPT_BAD.
 */
enum script_line { SCRIPT_END, SCRIPT_LINE, SCRIPT_UNFINISHED, SCRIPT_BAD };
enum script_line script_read_line(FILE *in, struct arb_buf *out);
/* session_options.line_during */
void command_during(struct session *s, const char *line);
/* Completion candidates for the word at the end of @line; *ret is an ARB_ARRAY-like NULL-terminated list owned by the caller. */
char **command_completions(const char *line, size_t cursor);
/* A place that is worth offering where a position is wanted. Only from the thread that completes. */
void command_remember_place(unsigned btree, struct bpos pos);
/* The word of that kind nearest to @word, owned by the caller; NULL when nothing is near. */
char *command_nearest_of(enum command_complete kind, const char *word);
/* What `help WORD` says: commands, findings, passes, btrees, key types, phases of gc, words. NULL: everything there is. */
bool command_help_to_text(struct arb_buf *out, const char *word);
/* The object {"event":"pass", ...} of console.md 5, with its braces. */
void pass_status_event(struct json *j, const struct pass_status *p);
/* The command a line begins with; NULL when there is none. */
const struct command *command_of_line(const char *line);

#endif
