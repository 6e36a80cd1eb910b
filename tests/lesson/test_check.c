/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The check of a lesson: a repair that silences every finding is not right when keys are gone that were there before the damage. */
#include <config.h>
#include "../unit.h"
#include "arborist/lesson/lesson.h"
#include "arborist/session/session.h"
#include "../temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[TEMP_PATH], undo[TEMP_PATH + 8];

static enum arb_code repair(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	static const char *const specs[] = { "check_topology", "check_allocations" };
	struct commit_result done;
	enum arb_code code = session_run_passes(s, specs, 2, err);

	(void)j;
	(void)arg;
	return code ? code : session_commit(s, &done, err);
}

/* Takes every suggested repair, and writes it. */
static void repair_all(void)
{
	const char *p = path;
	struct session_options o = { .paths = &p, .nr_paths = 1, .mode = POLICY_YES, .transcript_path = "", .undo_path = undo };
	struct arb_error err = { 0 };
	struct session *s;
	bool done = false;

	assert_int_equal(session_start(&o, &s, &err), ARB_OK);
	assert_int_not_equal(session_post(s, repair, NULL, NULL, 0), 0);
	while (!done) {
		struct session_message *m = session_next(s, 60000);

		assert_non_null(m);
		done = m->kind == SESSION_JOB_DONE;
		if (done && m->code)
			fail_msg("%s", m->text);
		session_message_free(m);
	}
	session_end(s);
}

static void make(const struct lesson *l)
{
	struct arb_error err = { 0 };
	struct blk *dev;
	int fd = temp_file(path, "lesson");

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)l->recipe.bytes), 0);
	close(fd);
	snprintf(undo, sizeof(undo), "%s.undo", path);
	assert_int_equal(blk_file_open(path, &dev, &err), ARB_OK);
	assert_int_equal(blk_open_write(dev, &err), ARB_OK);
	assert_int_equal(lesson_build(l, true, dev, &err), ARB_OK);
	blk_close_write(dev);
	blk_close(dev);
}

static void lost_keys_are_noticed(void **state)
{
	struct lesson l = *lesson_find("gap");
	struct lesson_run run = { .lesson = &l, .path = path };
	struct arb_error err = { 0 };
	bool right = true;
	ARB_BUF(b);

	(void)state;
	l.damage[0] = "gap-leaf-lost extents:0 @3";	/* nothing of it is left anywhere */
	make(&l);
	assert_int_equal(lesson_check(&run, 0, &b, &right, &err), ARB_OK);
	assert_false(right);
	assert_non_null(strstr(arb_buf_str(&b), "Not yet"));
	repair_all();
	arb_buf_reset(&b);
	assert_int_equal(lesson_check(&run, 1, &b, &right, &err), ARB_OK);
	assert_false(right);
	assert_non_null(strstr(arb_buf_str(&b), "Not right"));
	l.may_lose = 1000;
	arb_buf_reset(&b);
	assert_int_equal(lesson_check(&run, 1, &b, &right, &err), ARB_OK);
	assert_true(right);
	unlink(path);
	unlink(undo);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(lost_keys_are_noticed) };

UNIT_MAIN(tests)
