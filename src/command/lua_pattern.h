/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lua's patterns. The library's own matcher cannot be interrupted, and there are patterns that take for ever on a short text; here every
 * step is counted, so that ^C and the limit of instructions end them too.
 */
#ifndef ARBORIST_SRC_COMMAND_LUA_PATTERN_H
#define ARBORIST_SRC_COMMAND_LUA_PATTERN_H

#include "lua_host.h"

#define PATTERN_CAPTURES_MAX 32

struct matcher {
	lua_State	*L;
	const char	*text, *text_end, *pattern_end;
	unsigned	depth, work, nr;
	struct { const char *at; ptrdiff_t len; } capture[PATTERN_CAPTURES_MAX];
};

/* Text and pattern are those arguments; returns the pattern without ^. */
const char *pattern_begin(lua_State *L, int text, int pattern, struct matcher *m, bool *ret_anchored);
/* The next match at or after *s: its end, and *s its begin; NULL: none. */
const char *pattern_search(struct matcher *m, const char **s, const char *p, bool anchored);
/* The ith capture; the whole match, @s to @e, when there is none and it is the first. */
void pattern_capture(struct matcher *m, unsigned i, const char *s, const char *e);
/* All of them, or with @whole the match itself when there is no capture; returns how many. */
int pattern_captures(struct matcher *m, const char *s, const char *e, bool whole);

#endif
