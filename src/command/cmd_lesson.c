/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lesson one is in: its steps, and whether it is done. */
#include <config.h>
#include <string.h>
#include "arborist/lesson/lesson.h"
#include "row.h"

static enum arb_code check(struct command_ctx *c, const struct lesson_run *r, struct arb_error *err)
{
	bool right = false;
	struct row row;
	ARB_BUF(b);
	enum arb_code code = lesson_check(r, session_commits(c->session), &b, &right, err);

	if (code)
		return arb_error_context(err, "checking the lesson");
	row_begin(&row, c, "lesson_check");
	row_str(&row, "lesson", r->lesson->name);
	row_bool(&row, "done", right);
	row_text(&row, arb_buf_str(&b));
	row_end(&row);
	return ARB_OK;
}

static void list(struct command_ctx *c)
{
	struct row row;

	if (!cmd_wants_events(c))
		cmd_line(c, "This is no lesson. arborist demo NAME begins one:");
	for (size_t i = 0; i < lessons_nr; i++) {
		row_begin(&row, c, "lesson");
		row_str(&row, "lesson", lessons[i].name);
		row_word(&row, "title", lessons[i].title);
		row_u64(&row, "steps", lesson_steps(&lessons[i]));
		row_say(&row, "  {lesson:-14}  {title}");
		row_end(&row);
	}
}

static void step(struct command_ctx *c, const struct lesson_run *r)
{
	const struct lesson_step *s = &r->lesson->step[r->step];
	struct row row;
	ARB_BUF(b);

	lesson_step_to_text(&b, r);
	row_begin(&row, c, "lesson_step");
	row_str(&row, "lesson", r->lesson->name);
	row_word(&row, "title", r->lesson->title);
	row_u64(&row, "step", r->step + 1);
	row_u64(&row, "steps", lesson_steps(r->lesson));
	row_str(&row, "says", s->text);
	row_str(&row, "commands", s->commands);
	row_text(&row, arb_buf_str(&b));
	row_end(&row);
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

	if (!r) {
		list(c);
		return ARB_OK;
	}
	if (c->argc && !strcmp(c->argv[0], "check"))
		return check(c, r, err);
	if (c->argc && !turn(r, c->argv[0]))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected: %s %s", c->cmd->name, c->cmd->name, c->cmd->args);
	step(c, r);
	return ARB_OK;
}
