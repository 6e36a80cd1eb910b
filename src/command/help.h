/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is help about, one thing at a time. */
#ifndef ARBORIST_SRC_COMMAND_HELP_H
#define ARBORIST_SRC_COMMAND_HELP_H

#include <stdbool.h>
#include "arborist/base/buf.h"

struct help_entry {
	const char	*kind;		/* "command", "pass", "btree", "finding", "key_type", "word", "words" */
	const char	*name;
	const char	*args;		/* of a command; else NULL */
	const char	*summary;	/* a sentence, not translated; may be NULL */
	unsigned	nr;		/* stable number of a finding, a pass, a btree, a key type; 0: none */
	struct arb_buf	text;		/* all of it, wrapped, in the reader's language */
};
typedef void help_fn(void *arg, const struct help_entry *e);
/* Everything that @word means; NULL: every command. False when it means nothing. */
bool command_help(const char *word, help_fn *fn, void *arg);

#endif
