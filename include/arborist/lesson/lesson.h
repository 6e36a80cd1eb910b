/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lessons (console.md 4): a recipe for a small filesystem and what is wrong with it, a narrated way through it, and a check that what the
 * reader did is right. One table; help, `arborist demo` and the tests are made from it.
 */
#ifndef ARBORIST_LESSON_LESSON_H
#define ARBORIST_LESSON_LESSON_H

#include "arborist/image/image.h"

enum lesson_goal {
	LESSON_LOOK,		/* nothing was changed on disk */
	LESSON_REPAIR,		/* the passes find nothing any more, and no key is gone that need not be */
	LESSON_UNDO,		/* something was written, and every byte has been put back */
};
struct lesson_step {
	const char	*text;		/* a paragraph or two; N_() */
	const char	*commands;	/* what to type, one a line; of all steps together: the lesson's own solution; NULL: nothing */
};
#define LESSON_STEPS_MAX 10
#define LESSON_DAMAGES_MAX 3
#define LESSON_YES_MAX 8
struct lesson {
	const char	*name;		/* of `arborist demo NAME` */
	const char	*title;		/* N_() */
	struct image_options recipe;
	const char	*damage[LESSON_DAMAGES_MAX];	/* as image_damage() takes them */
	enum lesson_goal goal;
	const char	*passes[2];	/* that must have nothing to find in the end, besides check_topology and check_allocations */
	unsigned	may_lose;	/* keys that nobody can bring back */
	const char	*yes[LESSON_YES_MAX];	/* the lesson's own solution: findings that it accepts; what is typed stands in the steps */
	struct lesson_step step[LESSON_STEPS_MAX];
};
extern const struct lesson lessons[];
extern const size_t lessons_nr;
const struct lesson *lesson_find(const char *name);	/* NULL: there is none */
unsigned lesson_steps(const struct lesson *l);

/* A lesson under way; the session has it in its options. */
struct lesson_run {
	const struct lesson *lesson;
	unsigned	step;
	const char	*path;		/* of the file the reader works on */
};

/* Builds the lesson's filesystem over @dev, which is opened for writing; with its damage, or as it was before. */
enum arb_code lesson_build(const struct lesson *l, bool damaged, struct blk *dev, struct arb_error *err);
/* Text of a step: where one is, what to see, what to type. */
void lesson_step_to_text(struct arb_buf *out, const struct lesson_run *r);
/* "name  title", a line each. */
void lessons_to_text(struct arb_buf *out);
/*
 * Is what stands on disk right? What is missing is said in @out. @commits: of the reader's session. Opens the file a second time, reading only.
 */
enum arb_code lesson_check(const struct lesson_run *r, unsigned commits, struct arb_buf *out, bool *ret_right, struct arb_error *err);

#endif
