/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output that nobody takes: the engine waits, so that memory stays bounded; nothing is lost, and it can be interrupted and ended. */
#include "../unit.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/image/image.h"
#include "arborist/session/session.h"

#define BYTES	(32u << 20)
#define LINES	40000u
#define LINE	500u		/* bytes, with the end of the line */
#define WAITING	(5u << 20)	/* may wait to be taken: 4 MiB and a bit */

static atomic_uint said;

static void make_line(char *to, unsigned nr)
{
	int n = snprintf(to, LINE, "{\"nr\":%u,\"fill\":\"", nr);

	memset(to + n, 'x', LINE - 3 - n);
	memcpy(to + LINE - 3, "\"}", 3);
}

/* @arg: whether as events. */
static enum arb_code talk(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	char line[LINE + 1];

	for (unsigned i = 0; i < LINES; i++) {
		if (session_cancelled(s))
			return arb_fail(err, ARB_E_CANCELLED, "cancelled");
		make_line(line, i);
		if (arg)
			session_event(s, line);
		else
			job_output(s, j, strcat(line, "\n"));
		atomic_store(&said, i + 1);
	}
	return ARB_OK;
}

static struct session *start(void)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 1, .nr_files = 2 };
	struct session_options so = { .mode = POLICY_NO, .transcript_path = "", .threads = 1 };
	struct arb_error err = { 0 };
	struct session *s;
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &mem, &err), ARB_OK);
	assert_int_equal(image_build(&o, mem, &err), ARB_OK);
	so.blks = &mem;
	so.nr_blks = 1;
	assert_int_equal(session_start(&so, &s, &err), ARB_OK);
	return s;
}

/* How many lines it says before it waits: none more for a fifth of a second, within half a minute. */
static unsigned stalled(void)
{
	unsigned before = 0, now = 0, still = 0;

	for (unsigned i = 0; i < 600 && still < 4; i++) {
		usleep(50000);
		now = atomic_load(&said);
		still = now && now == before ? still + 1 : 0;
		before = now;
	}
	return now;
}

static uint64_t begin(struct session *s, bool events)
{
	uint64_t id;

	atomic_store(&said, 0);
	id = session_post(s, talk, events ? &said : NULL, NULL, JOB_BROWSE);
	assert_int_not_equal(id, 0);
	return id;
}

/* Lines of the job, in their order; the code it ended with. */
static enum arb_code take_all(struct session *s, uint64_t id, unsigned *ret_lines)
{
	char want[LINE + 1];

	for (*ret_lines = 0; ; ) {
		struct session_message *m = session_next(s, 20000);
		bool end;
		enum arb_code code;

		assert_non_null(m);
		end = m->kind == SESSION_JOB_DONE && m->id == id;
		code = m->code;
		if (m->kind == SESSION_OUTPUT || m->kind == SESSION_EVENT)
			for (const char *p = m->text; *p; p += p[LINE - 1] ? LINE : LINE - 1) {
				make_line(want, (*ret_lines)++);
				assert_memory_equal(p, want, LINE - 1);
			}
		session_message_free(m);
		if (end)
			return code;
	}
}

static void bounded_and_whole(void **state)
{
	struct session *s = start();

	(void)state;
	for (unsigned events = 0; events < 2; events++) {
		uint64_t id = begin(s, events);
		unsigned lines = stalled();

		assert_in_range(lines, 1, WAITING / LINE);
		assert_int_equal(take_all(s, id, &lines), ARB_OK);
		assert_int_equal(lines, LINES);
	}
	session_end(s);
}

static void interrupted(void **state)
{
	struct session *s = start();

	(void)state;
	for (unsigned events = 0; events < 2; events++) {
		uint64_t id = begin(s, events);
		unsigned lines = stalled();

		session_interrupt(s);
		assert_int_equal(take_all(s, id, &lines), ARB_E_CANCELLED);
		assert_in_range(lines, 1, WAITING / LINE);
	}
	session_end(s);
}

static void ended(void **state)
{
	struct session *s = start();

	(void)state;
	begin(s, true);
	assert_in_range(stalled(), 1, WAITING / LINE);
	session_end(s);		/* returns */
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(bounded_and_whole),
	cmocka_unit_test(interrupted),
	cmocka_unit_test(ended),
};

UNIT_MAIN(tests)
