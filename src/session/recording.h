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
 *	result CODE			of the command or check above
 */
#ifndef ARBORIST_SRC_SESSION_RECORDING_H
#define ARBORIST_SRC_SESSION_RECORDING_H

#include <stdbool.h>
#include <stdio.h>
#include "arborist/finding/finding.h"

#define RECORD_MAGIC "arborist-record 1"

struct session;

struct recording {
	struct arb_buf	lines;		/* since the session began: a record can be asked for later */
	bool		too_long;
	bool		nested;		/* a command under way has been recorded */
	FILE		*file;		/* NULL: not asked for */
};

void recording_begin(struct session *s);
void recording_free(struct session *s);
void recording_decision(struct session *s, const struct finding *f);
void recording_time(struct session *s, uint64_t ns);
void finding_record_line(struct arb_buf *out, const struct finding *f);
void record_filesystem_line(struct arb_buf *out, struct session *s);

struct replay;
enum arb_code replay_begin(struct session *s, struct arb_error *err);
void replay_free(struct session *s);
/* True when a record is being replayed: then it answers every finding. */
bool replay_answer(struct session *s, const struct finding *f, struct answer *ret);
/* The time of the commit; @now without a record. */
uint64_t replay_time(struct session *s, uint64_t now);

#endif
