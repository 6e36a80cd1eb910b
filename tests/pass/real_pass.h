/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes over every real image at hand, with every suggestion accepted in memory: what tests against the reference share. */
#ifndef ARBORIST_TESTS_PASS_REAL_PASS_H
#define ARBORIST_TESTS_PASS_REAL_PASS_H

#include <stdio.h>
#include "arborist/pass/pass.h"

struct real_pass {
	const char	*name;		/* of the image */
	struct view	*v;
	struct pass_run	*run;
	struct policy	*policy;
	void		(*decided)(void *arg, const struct finding *f);	/* NULL, or what is told of findings */
};

/* Runs the passes of these names; a NULL ends them. */
void real_pass_run(struct real_pass *p, const char *const *names);
/* What the reference said of the image (NAME.fsck.txt). */
FILE *real_pass_reference(const struct real_pass *p);
/* Runs @judge over every image that is not encrypted; for main(). 77: there are none. */
int real_pass_main(const char *test, void (*judge)(struct real_pass *p));

#endif
