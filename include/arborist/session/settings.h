/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings: one row each, for `set`, the configuration file, completion and the manual. A value is a number; words
 * ("on", "never") stand for 0, 1, 2 in the order of the row.
 */
#ifndef ARBORIST_SESSION_SETTINGS_H
#define ARBORIST_SESSION_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arborist/base/buf.h"
#include "arborist/base/error.h"

enum setting {
	SETTING_PACE, SETTING_SCAN, SETTING_CLEAN, SETTING_VIEW, SETTING_VERBOSE, SETTING_EXPERT, SETTING_LUASTEPS, SETTING_CACHE, SETTING_ASCII, SETTING_COLOR, SETTING_MOUSE,
	SETTING_NR,
};

#define SETTING_WORDS_MAX 4
struct setting_row {
	const char	*name;
	const char	*value;				/* as shown in help: "N", "on|off" */
	const char	*words[SETTING_WORDS_MAX];	/* none: a number up to max */
	uint64_t	max, standard;
	const char	*what;				/* one line */
};
extern const struct setting_row setting_rows[SETTING_NR];

/* Given on the command line or in the configuration file; the others have their standard value. */
struct setting_values {
	bool		has[SETTING_NR];
	uint64_t	v[SETTING_NR];
};

const struct setting_row *setting_by_name(const char *name, enum setting *ret);	/* NULL: there is none */
/* ARB_E_BAD_ARGUMENT with what was expected. */
enum arb_code setting_parse(enum setting which, const char *value, uint64_t *ret, struct arb_error *err);
void setting_value_to_text(struct arb_buf *out, enum setting which, uint64_t value);

#endif
