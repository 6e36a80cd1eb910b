/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session without an engine, for tests of the screen: it has a few btrees with rows made up here, answers at once unless told
 * to hold its answers back, and remembers what the screen asked.
 */
#ifndef ARBORIST_TESTS_FAKE_SESSION_H
#define ARBORIST_TESTS_FAKE_SESSION_H

#include "arborist/session/session.h"

struct session {
	struct session_state state;
	struct session_message *first, **last;
	struct session_message *held_first, **held_last;
	bool		hold;			/* answers to browsing wait for fake_release() */
	uint64_t	next_id;
	size_t		big;			/* rows of the btree "dirents"; 0: 4 */
	unsigned	nr_children, nr_status, nr_detail;	/* requests so far */
	struct answer	answer;			/* last one given */
	uint64_t	answered;		/* its question */
	unsigned	interrupts;
	char		command[200];		/* last one posted */
	char		output[400];		/* what it prints */
	bool		endless;		/* jobs are begun and do not end */
	const char	*refused;		/* why the plan cannot be written; NULL: it can */
	const char	*write_fails;		/* how the write job ends; NULL: well */
	uint64_t	left_after;		/* findings of the re-check */
	bool		written;		/* the write job ran */
	bool		repaired;		/* the gap is filled */
	bool		quit_wanted;
};

struct session *fake_new(void);
void fake_free(struct session *s);
void fake_release(struct session *s);
void fake_open(struct session *s);				/* SESSION_OPENED */
void fake_log(struct session *s, const char *text);
/* A question about a gap; returns its id. */
uint64_t fake_question(struct session *s, unsigned serial);
/* A pass has ended; the numbers come from the state. */
void fake_pass(struct session *s, enum pass_state st);
/* check_topology stands at a breakpoint before a gap. */
void fake_stop(struct session *s);
/* A waiting message of the kind, to fill in. */
struct session_message *fake_put(struct session *s, enum session_message_kind kind);
/* A finding as the passes raise it; the caller's. */
struct finding *fake_finding(unsigned serial);

#endif
