/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lesson one is in: its steps, and whether it is done. */
#include <config.h>
#include <string.h>
#include "arborist/lesson/lesson.h"
#include "internal.h"

static enum arb_code check(struct command_ctx *c, const struct lesson_run *r, struct arb_error *err)
{
	bool right = false;
	ARB_BUF(b);
	enum arb_code code = lesson_check(r, session_commits(c->session), &b, &right, err);

	if (code)
		return arb_error_context(err, "checking the lesson");
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

static bool turn(struct lesson_run *r, const char *word)
{
	if (!strcmp(word, "next")) {
		if (r->step + 1 < lesson_steps(r->lesson))
			r->step++;
		return true;
	}
	if (!strcmp(word, "back")) {
		if (r->step)
			r->step--;
		return true;
	}
	return false;
}

enum arb_code cmd_lesson(struct command_ctx *c, struct arb_error *err)
{
	struct lesson_run *r = session_opts(c->session)->lesson;
	ARB_BUF(b);

	if (!r) {
		cmd_line(c, "This is no lesson. arborist demo NAME begins one:");
		lessons_to_text(&b);
		cmd_text(c, arb_buf_str(&b));
		return ARB_OK;
	}
	if (c->argc && !strcmp(c->argv[0], "check"))
		return check(c, r, err);
	if (c->argc && !turn(r, c->argv[0]))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected: %s %s", c->cmd->name, c->cmd->name, c->cmd->args);
	lesson_step_to_text(&b, r);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}
