/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trouble with the environment: an error code with a family, and its message.
 *
 * Three kinds of trouble are never mixed: damage on disk is data (a defect or a finding), a failing
 * machine is an arb_code returned beside a struct arb_error, a mistake of ours is an assert().
 * Every function that can fail returns an enum arb_code (ARB_OK is 0) and takes a
 * struct arb_error * (may be NULL) as its last parameter.
 */
#ifndef ARBORIST_BASE_ERROR_H
#define ARBORIST_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum arb_code {
	ARB_OK = 0,
	/* families: a code below belongs to the family named by its row in error.c */
	ARB_E_SYSTEM,		/* the machine: memory, I/O, locks */
	ARB_E_CONTENT,		/* the device holds something that cannot be opened */
	ARB_E_USAGE,		/* the person asked for something that does not exist */
	ARB_E_FLOW,		/* not trouble: a pass was stopped, restarted, cancelled */
	/* members */
	ARB_E_NOMEM,
	ARB_E_OPEN,
	ARB_E_READ,
	ARB_E_WRITE,
	ARB_E_SYNC,
	ARB_E_BUSY,		/* mounted, held or changing */
	ARB_E_THREAD,
	ARB_E_NOT_BCACHEFS,
	ARB_E_SB_INVALID,
	ARB_E_VERSION,		/* newer than we can write, or read */
	ARB_E_ENCRYPTED,	/* locked */
	ARB_E_MEMBER_WRONG,	/* device of another filesystem, or the same one twice */
	ARB_E_MEMBER_MISSING,
	ARB_E_JOURNAL,		/* the journal cannot be used */
	ARB_E_UNDO_BAD,		/* undo record damaged or not of this filesystem */
	ARB_E_CHANGED,		/* the device is not what the plan or the undo record saw */
	ARB_E_REFUSED,		/* a commit that must not be done; the message says why */
	ARB_E_NO_ROOM,		/* journal ring too small for the plan */
	ARB_E_UNKNOWN_COMMAND,
	ARB_E_BAD_ARGUMENT,
	ARB_E_STOPPED,		/* a must-fix finding was declined, or "stop" was answered */
	ARB_E_CANCELLED,	/* ^C, end of input, closed terminal */
	ARB_E_RESTART,		/* recovery goes back to an earlier pass */
	ARB_CODE_NR,
};

struct arb_error {
	enum arb_code	code;
	int		sys;		/* errno, or 0 */
	char		text[600];	/* one line: what was expected, what was found, where, what to do */
};

/* Sets *err (when not NULL) and returns @code. sys is taken from the argument, not from errno. */
enum arb_code arb_fail(struct arb_error *err, enum arb_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with the text of errno value @sys appended after ": ". */
enum arb_code arb_fail_sys(struct arb_error *err, enum arb_code code, int sys, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/*
 * Puts "context: " in front of the text of an error already set; returns err's code. Where there is none (@err NULL, or not set) it is
 * ARB_E_SYSTEM, never ARB_OK.
 */
enum arb_code arb_error_context(struct arb_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The line ends in @text (of @size bytes) become \x0a: names of files may hold some. All functions above do it. */
void arb_one_line(char *text, size_t size);

/* Is @code the code or one of the family @family? ARB_OK matches nothing. */
bool arb_code_matches(enum arb_code code, enum arb_code family);
/* What errno value @sys means, in English whatever the locale, safe with threads; never NULL. */
const char *arb_errno_text(int sys);
/* Short stable name, e.g. "read"; never NULL. */
const char *arb_code_name(enum arb_code code);

#endif
