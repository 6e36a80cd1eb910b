/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"
#include "talk.h"

#define LONG_MS 60000	/* a loaded machine is no failure */

void talk_begin(struct talk *t, const struct image_options *o, const char *const *damages, struct session_options so, enum session_message_kind kind)
{
	struct arb_error err = { 0 };
	struct blk *mem;

	*t = (struct talk){ .kind = kind };
	assert_int_equal(blk_mem_new("mem", NULL, o->bytes, &mem, &err), ARB_OK);
	assert_int_equal(image_build(o, mem, &err), ARB_OK);
	for (; *damages; damages++)
		if (image_damage(&mem, 1, *damages, 1, NULL, &err))
			fail_msg("%s", err.text);
	so.blks = &mem;
	so.nr_blks = 1;
	so.mode = POLICY_ASK;
	so.threads = 1;
	so.transcript_path = "";
	if (session_start(&so, &t->s, &err))
		fail_msg("%s", err.text);
}

void talk_end(struct talk *t, struct arb_buf *to)
{
	session_end(t->s);
	if (to)
		arb_buf_puts(to, arb_buf_str(&t->text));
	arb_buf_free(&t->text);
}

uint64_t talk_post(struct talk *t, const char *line)
{
	struct arb_error err = { 0 };
	uint64_t id;

	if (command_post(t->s, line, NULL, true, &id, &err))
		fail_msg("%s", err.text);
	return id;
}

/* The next message: its kind, and its id. */
static enum session_message_kind hear(struct talk *t, uint64_t *ret_id)
{
	struct session_message *m = session_next(t->s, LONG_MS);
	enum session_message_kind kind;

	assert_non_null(m);
	kind = m->kind;
	*ret_id = m->id;
	if (kind == t->kind && m->text)
		arb_buf_puts(&t->text, m->text);
	if (kind == SESSION_JOB_DONE) {
		assert_true(t->nr_over < sizeof(t->over) / sizeof(t->over[0]));
		t->over[t->nr_over].job = m->id;
		t->over[t->nr_over++].code = m->code;
	}
	session_message_free(m);
	return kind;
}

enum arb_code talk_wait(struct talk *t, uint64_t job)
{
	uint64_t id;

	for (;;) {
		for (unsigned i = 0; i < t->nr_over; i++)
			if (t->over[i].job == job) {
				enum arb_code code = t->over[i].code;

				t->over[i] = t->over[--t->nr_over];
				return code;
			}
		hear(t, &id);
	}
}

enum arb_code talk_run(struct talk *t, const char *line)
{
	return talk_wait(t, talk_post(t, line));
}

uint64_t talk_question(struct talk *t)
{
	uint64_t id;

	while (hear(t, &id) != SESSION_QUESTION)
		;
	return id;
}

void talk_fix(struct talk *t, uint64_t question)
{
	session_answer(t->s, question, (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON });
}
