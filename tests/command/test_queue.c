/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run gc_gens while another pass waits at a question: it follows that pass, once; a second request does nothing. */
#include "../unit.h"
#include <stdlib.h>
#include "arborist/command/command.h"
#include "arborist/image/image.h"

#define BYTES (32u << 20)

static struct session *open_damaged(void)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 3, .nr_files = 60, .file_bytes_max = 4096 };
	struct session_options so = { .mode = POLICY_ASK, .transcript_path = "", .threads = 1 };
	struct arb_error err = { 0 };
	struct session *s;
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &mem, &err), ARB_OK);
	assert_int_equal(image_build(&o, mem, &err), ARB_OK);
	if (image_damage(&mem, 1, "alloc-dirty-sectors alloc", 1, NULL, &err))
		fail_msg("%s", err.text);
	so.blks = &mem;
	so.nr_blks = 1;
	assert_int_equal(session_start(&so, &s, &err), ARB_OK);
	return s;
}

/* What comes up to the end of the job, or to a question (id 0), whose id is returned. */
static uint64_t await(struct session *s, uint64_t job, enum arb_code want, struct arb_buf *text)
{
	for (;;) {
		struct session_message *m = session_next(s, 20000);
		enum session_message_kind kind;
		uint64_t id;

		assert_non_null(m);
		kind = m->kind;
		id = m->id;
		if (kind == SESSION_OUTPUT && text)
			arb_buf_puts(text, m->text);
		if (kind == SESSION_JOB_DONE && id == job && m->code != want)
			fail_msg("%s: %s", arb_code_name(m->code), m->text);
		session_message_free(m);
		if ((kind == SESSION_JOB_DONE && id == job) || (kind == SESSION_QUESTION && !job))
			return id;
	}
}

static uint64_t post(struct session *s, const char *line)
{
	struct arb_error err = { 0 };
	uint64_t id;

	if (command_post(s, line, NULL, true, &id, &err))
		fail_msg("%s", err.text);
	return id;
}

static enum arb_code look(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct pass_status *ret = arg;

	(void)j, (void)err;
	for (size_t i = 0; i < passes_nr; i++)
		if (!strcmp(passes[i]->name, "gc_gens"))
			*ret = *pass_run_status(session_passes(s), i);
	return ARB_OK;
}

static struct pass_status gens(struct session *s)
{
	struct pass_status st;

	await(s, session_post(s, look, &st, NULL, JOB_BROWSE), ARB_OK, NULL);
	return st;
}

static void once(void **state)
{
	struct session *s = open_damaged();
	uint64_t pass = post(s, "run check_allocations"), question = await(s, 0, ARB_OK, NULL);
	ARB_BUF(first);
	ARB_BUF(second);
	ARB_BUF(place);

	(void)state;
	await(s, post(s, "run gc_gens"), ARB_OK, &first);
	await(s, post(s, "run gc_gens"), ARB_OK, &second);
	assert_non_null(strstr(arb_buf_str(&first), "follows the pass that runs"));
	assert_non_null(strstr(arb_buf_str(&second), "nothing to do"));
	assert_int_equal(gens(s).runs, 0);
	assert_string_equal(gens(s).why, "asked for while another pass ran");
	await(s, post(s, "gc alloc SPOS_MAX"), ARB_OK, &place);	/* buckets are being compared: every btree has been walked */
	assert_non_null(strstr(arb_buf_str(&place), "visited already"));
	session_answer(s, question, (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON });
	await(s, pass, ARB_OK, NULL);
	assert_int_equal(gens(s).runs, 1);
	assert_string_equal(gens(s).why, "");
	session_end(s);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(once) };

UNIT_MAIN(tests)
