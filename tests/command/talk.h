/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session of a filesystem that is built in memory, told what to do line by line, and what it says. */
#ifndef ARBORIST_TESTS_COMMAND_TALK_H
#define ARBORIST_TESTS_COMMAND_TALK_H

#include "arborist/command/command.h"
#include "arborist/image/image.h"

struct talk {
	struct session	*s;
	enum session_message_kind kind;	/* whose texts are kept ... */
	struct arb_buf	text;		/* ... here */
	/* Jobs that ended while something else was waited for: which of two ends first is not said */
	struct { uint64_t job; enum arb_code code; } over[16];
	unsigned	nr_over;
};

/* @damages: NULL ends them. .blks, .mode, .threads and .transcript_path of @so are seen to. */
void talk_begin(struct talk *t, const struct image_options *o, const char *const *damages, struct session_options so, enum session_message_kind kind);
/* What was kept goes to the end of @to, unless that is NULL. */
void talk_end(struct talk *t, struct arb_buf *to);
uint64_t talk_post(struct talk *t, const char *line);		/* the job */
enum arb_code talk_wait(struct talk *t, uint64_t job);		/* how it ended */
enum arb_code talk_run(struct talk *t, const char *line);
/* Up to the next question: its id. */
uint64_t talk_question(struct talk *t);
void talk_fix(struct talk *t, uint64_t question);

#endif
