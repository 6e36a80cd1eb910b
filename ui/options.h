/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line (console.md 1). */
#ifndef ARBORIST_UI_OPTIONS_H
#define ARBORIST_UI_OPTIONS_H

#include <stdbool.h>
#include "arborist/base/array.h"
#include "arborist/session/session.h"

/* Exit status, sum of bits as in fsck(8). */
enum exit_bits { EXIT_CORRECTED = 1, EXIT_LEFT = 4, EXIT_OPERATIONAL = 8, EXIT_USAGE = 16, EXIT_CANCELLED = 32 };

struct action {				/* -e COMMAND or -f SCRIPT, in the order given */
	bool		script;
	const char	*text;
};

struct options {
	struct session_options session;
	ARB_ARRAY(struct action) actions;
	ARB_ARRAY(char *) specs;	/* -r and -b: what the passes are asked to do; owned */
	bool		by_pass;	/* -r was given */
	struct arb_buf	passes;		/* of all of them, with commas between */
	const char	*btree;
	bool		check;		/* -n, -y or -p */
	bool		keep_going, json, plain, no_config, help, version;
	char		*config_policy;	/* of the configuration file; owned */
	struct arb_buf	config_answers;
	int		progress_fd;	/* -1: none */
};

/* Fills @o; what is wrong goes to stderr. Returns 0, or EXIT_USAGE. Strings point into @argv. */
int options_parse(struct options *o, int argc, char **argv);
uint64_t options_setting(const struct options *o, enum setting which);
/* config.c: what the configuration file says and the command line does not. 0, or EXIT_USAGE with a line on stderr. */
int config_read(struct options *o);
void options_free(struct options *o);
void options_help(void);

#endif
