/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystem of a lesson: the same bytes every time. And what a lesson looks like as text. */
#include <string.h>
#include "arborist/base/i18n.h"
#include "arborist/lesson/lesson.h"

const struct lesson *lesson_find(const char *name)
{
	for (size_t i = 0; i < lessons_nr; i++)
		if (!strcmp(lessons[i].name, name))
			return &lessons[i];
	return NULL;
}

unsigned lesson_steps(const struct lesson *l)
{
	unsigned n = 0;

	while (n < LESSON_STEPS_MAX && l->step[n].text)
		n++;
	return n;
}

enum arb_code lesson_build(const struct lesson *l, bool damaged, struct blk *dev, struct arb_error *err)
{
	enum arb_code code = image_build(&l->recipe, dev, err);

	for (unsigned i = 0; damaged && !code && i < LESSON_DAMAGES_MAX && l->damage[i]; i++)
		code = image_damage(&dev, 1, l->damage[i], l->recipe.seed + i, NULL, err);
	return code;
}

void lesson_step_to_text(struct arb_buf *out, const struct lesson_run *r)
{
	const struct lesson_step *s = &r->lesson->step[r->step];
	const char *line = s->commands;

	arb_buf_printf(out, _("Lesson %s: %s  (step %u of %u)\n\n"), r->lesson->name, tr(r->lesson->title), r->step + 1, lesson_steps(r->lesson));
	arb_buf_printf(out, "%s\n", tr(s->text));
	if (line)
		arb_buf_puts(out, _("\nType (in the screen a : comes first):\n"));
	while (line && *line) {
		size_t n = strcspn(line, "\n");

		arb_buf_printf(out, "    %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	if (r->step + 1 < lesson_steps(r->lesson))
		arb_buf_puts(out, _("\nlesson next goes on (in the screen: L), lesson back goes back, lesson check looks whether it is done.\n"));
	else
		arb_buf_puts(out, _("\nThis is the last step; lesson check looks whether it is done.\n"));
}

void lessons_to_text(struct arb_buf *out)
{
	for (size_t i = 0; i < lessons_nr; i++)
		arb_buf_printf(out, "  %-14s  %s\n", lessons[i].name, tr(lessons[i].title));
}
