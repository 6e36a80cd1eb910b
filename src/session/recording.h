/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The record of a session, lines of text: what it was begun on, every command, every decision with what it was about, the
 * time of every commit, and how each command ended. recording.c writes it, replay.c goes by it.
 *
 *	arborist-record 1
 *	filesystem UUID seq N
 *	command TEXT			as through the text gate
 *	check [SPEC...]			passes run without a command (-n, -y, -p)
 *	finding SERIAL ID SITE BTREE LEVEL POS END ANSWER ALL CHOICE SOURCE
 *	time NS				of the commit that comes
 *	going N MODE BTREE LEVEL	step, next, finish, continue or stop, given while a pass ran, after its passes had come by N places
 *					where they could have stopped; finish: of this level
 *	during N TEXT			another command (break, policy, run gc_gens ...) given while a pass ran, at such a place
 *	result CODE			of the command or check above
 *	status BITS			of the exit status of a batch: what is above failed
 */
#ifndef ARBORIST_SRC_SESSION_RECORDING_H
#define ARBORIST_SRC_SESSION_RECORDING_H

#include <stdbool.h>
#include <stdio.h>
#include "arborist/finding/finding.h"
#include "arborist/session/stepping.h"

#define RECORD_MAGIC "arborist-record 1"

struct session;

struct recording {
	struct arb_buf	lines;		/* since the session began: a record can be asked for later */
	bool		too_long;
	bool		nested;		/* a command under way has been recorded */
	uint64_t	places;		/* that passes came by where they could have stopped */
	FILE		*file;		/* NULL: not asked for */
};

void recording_begin(struct session *s);
void recording_free(struct session *s);
void recording_decision(struct session *s, const struct finding *f);
void recording_going(struct session *s, enum step_mode mode);
void recording_time(struct session *s, uint64_t ns);
const char *step_mode_name(enum step_mode m);	/* as the commands; NULL after the last */
void finding_record_line(struct arb_buf *out, const struct finding *f);
void record_filesystem_line(struct arb_buf *out, struct session *s);

struct replay;
enum arb_code replay_begin(struct session *s, struct arb_error *err);
void replay_free(struct session *s);
/* True when a record is being replayed: then it answers every finding. */
bool replay_answer(struct session *s, const struct finding *f, struct answer *ret);
/* At a place where a pass could stop: what was typed there, and how far the record wants it to go from here. */
void replay_going(struct session *s);
/* The time of the commit; @now without a record. */
uint64_t replay_time(struct session *s, uint64_t now);

#endif
