/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole program under a terminal made of memory, on a filesystem that was built for it in a folder of its own. */
#ifndef ARBORIST_TESTS_PROGRAM_H
#define ARBORIST_TESTS_PROGRAM_H

#include "arborist/image/image.h"
#include "../temp.h"
#include "pty.h"

#define LONG 60000	/* milliseconds: a loaded machine is no failure */

extern char program_folder[TEMP_PATH];		/* also where the program keeps its state; "" before program_build() */
extern char program_image[TEMP_PATH + 16];

/* Builds the image in a new folder and damages it (@damage: NULL ends); 0, or -1 and said why. */
int program_build(const struct image_options *o, const char *const *damage);
int program_clean_up(void **state);
const char *program_path(void);

struct program_run {
	const char	*term, *lang;		/* NULL: xterm, C.UTF-8 */
	int		rows, cols;		/* 0: 24, 80 */
	const char	*option[5];		/* of the command line, before the image; NULL ends */
	const char	*env;			/* "NAME=VALUE" or NULL */
	bool		no_wait;		/* else it has shown the btrees when this returns */
};
struct pty *program_start(const struct program_run *r);
/* The program ends with @status and leaves the terminal as it was; frees @p. */
void program_end(struct pty *p, int status);
/* Likewise, by Q. */
void program_quit(struct pty *p, int status);

#endif
