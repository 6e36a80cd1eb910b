/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lua scripts: a bounded state without files, processes and bytecode, the commands as functions, iterators, and answers.
 *
 * A Lua error is a longjmp: nothing that has to be freed may stand on the C stack while Lua can raise one. What a function
 * here holds lives in the host, or in a userdata with a __gc.
 */
#ifndef ARBORIST_SRC_COMMAND_LUA_HOST_H
#define ARBORIST_SRC_COMMAND_LUA_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include "internal.h"

struct lua_host {
	lua_State	*L;
	size_t		bytes, bytes_max;
	uint64_t	steps, steps_max;	/* instructions of the script that runs */
	struct command_ctx *c;			/* NULL: no script runs */
	lua_State	*running;		/* the coroutine that called the command under way */
	bool		asks;			/* the script has an on_finding */
	bool		asking;			/* on_finding is under way: nothing but looking */
	/* Why the script ends in a way that pcall cannot catch */
	bool		over;
	enum arb_code	over_code;		/* ARB_OK: quit */
	const char	*over_why;
	struct arb_error answer_err;		/* of on_finding */
	struct arb_buf	text;			/* for a line that is being put together */
};

struct lua_host *lua_host_of(lua_State *L);
/* Ends the script, past every pcall. Does not return. */
int lua_host_over(lua_State *L, enum arb_code code, const char *why);

/* lua_host.c: the state that belongs to the session, made with the first use. */
enum arb_code lua_host_get(struct session *s, struct lua_host **ret, struct arb_error *err);
/* Runs the function on the stack below its @nargs arguments; they and what it gives are taken off. */
enum arb_code lua_host_run(struct lua_host *h, struct command_ctx *c, int nargs, struct arb_error *err);
/* The error on top of the stack, as one line without anything that could control a terminal. */
enum arb_code lua_host_failed(struct lua_host *h, struct arb_error *err);

/* lua_base.c: base library and what stands in the others' place; lua_match.c: string.find and its family, interruptible. */
void lua_open_base(lua_State *L);
void lua_open_match(lua_State *L);
/* Counts work that is done outside of Lua; ends the script when it is too much, or cancelled. */
void lua_host_work(struct lua_host *h, lua_State *L, uint64_t steps);

/* lua_rows.c: pushes a table for one JSON object (or value) that json.h wrote. */
void lua_push_json(lua_State *L, const char *text);
/* A userdata that holds rows as text until they become tables. */
struct lua_rows {
	ARB_ARRAY(char *) list;
	size_t		at, bytes, bytes_max;
	bool		lost;			/* no room for them all */
};
void lua_open_rows(lua_State *L);
struct lua_rows *lua_new_rows(lua_State *L, size_t bytes_max);
void lua_rows_add(struct lua_rows *r, const char *text);
void lua_rows_clear(struct lua_rows *r);

/* lua_call.c: the object of finding_event() */
void lua_put_finding(struct lua_rows *r, const struct finding *f, const char *state);
/* lua_call.c: print and the table of commands. lua_iter.c: keys, nodes, findings, buckets. */
void lua_open_commands(lua_State *L);
void lua_open_iterators(lua_State *L);

#endif
