/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the program and says how it ended. */
#ifndef ARBORIST_TESTS_MUTATION_CHILD_H
#define ARBORIST_TESTS_MUTATION_CHILD_H

#include <stdbool.h>

#define CHILD_ARGS_MAX 64

struct child {
	const char	*argv[CHILD_ARGS_MAX];
	unsigned	argc;
	/* how it ended */
	int		status;		/* exit status, -1 when it did not exit by itself */
	int		signal;		/* that ended it, or 0 */
	bool		timeout;
	double		seconds;
	long		memory_kib;	/* at most, resident */
	char		errors[4096];	/* beginning of its standard error */
};

void child_arg(struct child *c, const char *arg);
/* Standard output is thrown away; address space and file sizes are limited. False when it could not be started. */
bool child_run(struct child *c, const char *stderr_path, unsigned timeout_seconds);
/* Did it end as documented: an exit status of known bits, within memory, no sanitizer report? NULL when yes, else what is wrong. */
const char *child_wrong(const struct child *c);
unsigned child_error_lines(const struct child *c);

#endif
