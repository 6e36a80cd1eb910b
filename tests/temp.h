/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where tests put their files: below TMPDIR. */
#ifndef ARBORIST_TESTS_TEMP_H
#define ARBORIST_TESTS_TEMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMP_PATH	128	/* short enough to be typed at a screen */

/* "arborist-NAME-XXXXXX" there, for mkstemp() and mkdtemp(); in /tmp where TMPDIR is not set, or is longer than the tests reckon with. */
static inline char *temp_name(char path[static TEMP_PATH], const char *name)
{
	const char *in = getenv("TMPDIR");

	if (!in || !*in || strlen(in) > TEMP_PATH / 2)
		in = "/tmp";
	snprintf(path, TEMP_PATH, "%s/arborist-%.32s-XXXXXX", in, name);
	return path;
}

/* A new file: what mkstemp() gives. */
static inline int temp_file(char path[static TEMP_PATH], const char *name)
{
	return mkstemp(temp_name(path, name));
}

/* A new folder; NULL when there is none. */
static inline char *temp_folder(char path[static TEMP_PATH], const char *name)
{
	return mkdtemp(temp_name(path, name));
}

#endif
