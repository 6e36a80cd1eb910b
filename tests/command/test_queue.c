/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run gc_gens while another pass waits at a question: it follows that pass, once; a second request does nothing. */
#include "../unit.h"
#include "talk.h"

static void begin(struct talk *t)
{
	static const char *const damages[] = { "alloc-dirty-sectors alloc", NULL };
	static const struct image_options o = { .bytes = 32u << 20, .seed = 3, .csum_opt = 1, .nr_dirs = 3, .nr_files = 60, .file_bytes_max = 4096 };

	talk_begin(t, &o, damages, (struct session_options){ 0 }, SESSION_OUTPUT);
}

/* What a line that goes well says. */
static void says(struct talk *t, const char *line, const char *words)
{
	arb_buf_reset(&t->text);
	assert_int_equal(talk_run(t, line), ARB_OK);
	if (!strstr(arb_buf_str(&t->text), words))
		fail_msg("%s: %s", line, arb_buf_str(&t->text));
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

static struct pass_status gens(struct talk *t)
{
	struct pass_status st;

	assert_int_equal(talk_wait(t, session_post(t->s, look, &st, NULL, JOB_BROWSE)), ARB_OK);
	return st;
}

static void once(void **state)
{
	struct talk t;
	uint64_t pass, question;

	(void)state;
	begin(&t);
	pass = talk_post(&t, "run check_allocations");
	question = talk_question(&t);
	says(&t, "run gc_gens", "follows the pass that runs");
	says(&t, "run gc_gens", "nothing to do");
	assert_int_equal(gens(&t).runs, 0);
	assert_string_equal(gens(&t).why, "asked for while another pass ran");
	says(&t, "gc alloc SPOS_MAX", "visited already");	/* buckets are being compared: every btree has been walked */
	talk_fix(&t, question);
	assert_int_equal(talk_wait(&t, pass), ARB_OK);
	assert_int_equal(gens(&t).runs, 1);
	assert_string_equal(gens(&t).why, "");
	talk_end(&t, NULL);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(once) };

UNIT_MAIN(tests)
