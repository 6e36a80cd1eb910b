/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands as functions of the table arborist: the arguments are the words of the line, the result is the list of rows that
 * --json would print, and for what ran passes the findings and states of those passes. A finding that would be asked goes
 * to on_finding(f) when the script has one.
 */
#include <config.h>
#include "lua_host.h"

#define ROWS_BYTES_MAX (32u << 20)

/* --- answers ------------------------------------------------------------------------------------------------- */

void lua_put_finding(struct lua_rows *r, const struct finding *f, const char *state)
{
	struct json j = { 0 };

	finding_event(&j, f, state);
	lua_rows_add(r, arb_buf_str(&j.out));
	json_free(&j);
}

static int call_on_finding(lua_State *L)
{
	const struct finding *f = lua_touserdata(L, 1);
	struct lua_rows *r;

	lua_getglobal(L, "on_finding");
	r = lua_new_rows(L, ROWS_BYTES_MAX);
	lua_put_finding(r, f, "waiting");
	lua_push_json(L, r->list.nr ? r->list.v[0] : "{}");
	lua_remove(L, -2);
	lua_call(L, 1, 1);
	return 1;
}

/* False: the next one may be asked. */
static bool take_answer(struct lua_host *h, lua_State *L, const struct finding *f, struct answer *ret)
{
	const char *word = lua_tostring(L, -1);

	if (lua_isnil(L, -1))
		return false;
	if (word && answer_parse(f, word, ret))
		return true;
	arb_fail(&h->answer_err, ARB_E_CONTENT, "on_finding returned neither yes, no, YES, NO (to all of this kind), stop nor nil");
	*ret = (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
	return true;
}

/* Between the engine's frames: nothing may be raised from here. */
static bool answer(void *arg, const struct finding *f, struct answer *ret)
{
	struct lua_host *h = arg;
	lua_State *L = h->running;
	bool answered = true;

	if (!lua_checkstack(L, 8)) {
		arb_fail(&h->answer_err, ARB_E_NOMEM, "out of memory for Lua");
		*ret = (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
		return true;
	}
	h->asking = true;
	lua_pushcfunction(L, call_on_finding);
	lua_pushlightuserdata(L, (void *)f);
	if (lua_pcall(L, 1, 1, 0)) {
		arb_fail(&h->answer_err, ARB_E_CONTENT, "%s", lua_tostring(L, -1) ? lua_tostring(L, -1) : "on_finding raised an error");
		*ret = (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
	} else {
		answered = take_answer(h, L, f, ret);
	}
	cmd_flush(h->c);
	h->running = L;
	h->asking = false;
	lua_pop(L, 1);
	return answered;
}

/* --- calls ------------------------------------------------------------------------------------------------------ */

static void no_line(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void take_event(void *arg, struct json *j)
{
	lua_rows_add(arg, arb_buf_str(&j->out));
}

struct call {
	struct command_ctx c;
	struct command_out out;
	struct lua_rows *rows;
	size_t		findings;	/* before the call */
	uint64_t	runs[64];	/* per pass */
};

static uint64_t runs_of(struct session *s, size_t pass)
{
	return session_passes(s) ? pass_run_status(session_passes(s), pass)->runs : 0;
}

static void note_state(struct call *k, struct session *s)
{
	k->findings = session_findings_nr(s);
	for (size_t i = 0; i < passes_nr && i < 64; i++)
		k->runs[i] = runs_of(s, i);
}

static void put_changes(struct call *k, struct session *s)
{
	for (size_t i = k->findings; i < session_findings_nr(s); i++)
		lua_put_finding(k->rows, session_finding(s, i), finding_fate_name(session_finding_fate(s, i)));
	for (size_t i = 0; i < passes_nr && i < 64; i++) {
		struct json j = { 0 };

		if (runs_of(s, i) == k->runs[i])
			continue;
		pass_status_event(&j, pass_run_status(session_passes(s), i));
		lua_rows_add(k->rows, arb_buf_str(&j.out));
		json_free(&j);
	}
}

static enum arb_code run_command(struct lua_host *h, struct call *k, struct arb_error *err)
{
	struct session *s = k->c.session;
	bool answers = h->asks && !h->asking;
	enum arb_code code;

	h->answer_err.code = ARB_OK;
	note_state(k, s);
	if (answers)
		session_set_answerer(s, answer, h);
	code = command_run_ctx(&k->c, err);
	if (answers)
		session_set_answerer(s, NULL, NULL);
	put_changes(k, s);
	if (h->answer_err.code) {
		*err = h->answer_err;
		code = err->code;
	}
	return code;
}

/* The rows as a list of tables; each text is let go as its table is there. */
static void push_rows(lua_State *L, struct lua_rows *r)
{
	lua_createtable(L, (int)r->list.nr, 0);
	for (size_t i = 0; i < r->list.nr; i++) {
		lua_push_json(L, r->list.v[i]);
		free(r->list.v[i]);
		r->list.v[i] = NULL;
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_rows_clear(r);
	luaL_setmetatable(L, "arborist result");
}

static void take_words(lua_State *L, struct call *k, int first)
{
	int n = lua_gettop(L) - first + 1;

	if (n < k->c.cmd->min_args || n > k->c.cmd->max_args)
		luaL_error(L, "%s: expected: %s %s", k->c.cmd->name, k->c.cmd->name, k->c.cmd->args);
	for (int i = 0; i < n; i++) {
		int type = lua_type(L, first + i);

		if (type != LUA_TSTRING && type != LUA_TNUMBER)
			luaL_error(L, "%s: argument %d is neither a text nor a number", k->c.cmd->name, i + 1);
		k->c.argv[i] = lua_tostring(L, first + i);
		if (strlen(k->c.argv[i]) != lua_rawlen(L, first + i))
			luaL_error(L, "%s: argument %d holds a byte of 0", k->c.cmd->name, i + 1);
	}
	k->c.argc = n;
}

static int call(lua_State *L)
{
	struct lua_host *h = lua_host_of(L);
	struct call k = { .out = { .line = no_line, .event = take_event } };
	struct arb_error err = { 0 };
	lua_State *outer = h->running;
	enum arb_code code;

	if (!h->c)
		return luaL_error(L, "no command runs");
	k.c = (struct command_ctx){ .session = h->c->session, .job = h->c->job, .out = &k.out, .depth = h->c->depth + 1,
				    .cmd = lua_touserdata(L, lua_upvalueindex(1)) };
	take_words(L, &k, 1);
	if (h->asking && !(k.c.cmd->flags & JOB_BROWSE))
		return luaL_error(L, "%s: while a finding waits for its answer only commands that look can run", k.c.cmd->name);
	k.rows = lua_new_rows(L, ROWS_BYTES_MAX);
	k.out.arg = k.rows;
	h->asks = lua_getglobal(L, "on_finding") == LUA_TFUNCTION;
	h->running = L;
	cmd_flush(h->c);
	code = run_command(h, &k, &err);
	h->running = outer;
	if (code == ARB_E_CANCELLED || session_cancelled(h->c->session))
		return lua_host_over(L, ARB_E_CANCELLED, "cancelled");
	if (session_quit_wanted(h->c->session))
		return lua_host_over(L, ARB_OK, "quit");
	if (code && code != ARB_E_STOPPED)
		return luaL_error(L, "%s", err.text);
	if (k.rows->lost)
		return luaL_error(L, "%s: the result is too large for a table; keys() and nodes() give one row after another", k.c.cmd->name);
	push_rows(L, k.rows);
	lua_pushboolean(L, code == ARB_E_STOPPED);
	lua_setfield(L, -2, "stopped");
	return 1;
}

/* arborist.NAME; NAME_ is for names that Lua keeps for itself: arborist.goto_("extents"). */
static int find(lua_State *L)
{
	const char *name = luaL_checkstring(L, 2);
	const struct command *c = NULL;

	for (size_t i = 0; i < commands_nr && !c; i++) {
		size_t n = strlen(commands[i].name);

		if (!strncmp(commands[i].name, name, n) && (!name[n] || !strcmp(name + n, "_")))
			c = &commands[i];
	}
	if (!c) {
		const char *near = command_nearest(name);

		return luaL_error(L, "there is no command \"%s\"%s%s%s", name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	}
	lua_pushlightuserdata(L, (void *)c);
	lua_pushcclosure(L, call, 1);
	return 1;
}

/* --- print, results ------------------------------------------------------------------------------------------------- */

static int print(lua_State *L)
{
	struct lua_host *h = lua_host_of(L);
	int n = lua_gettop(L);

	arb_buf_reset(&h->text);
	for (int i = 1; i <= n; i++) {
		size_t len;
		const char *s = luaL_tolstring(L, i, &len);

		if (i > 1)
			arb_buf_putc(&h->text, '\t');
		/* a __tostring may print by itself */
		arb_buf_mem(&h->text, s, len);
		lua_pop(L, 1);
	}
	if (h->c)
		cmd_text(h->c, h->text.len ? arb_buf_str(&h->text) : "\n");
	return 0;
}

/* A row as a line: what it says, else its name and state. */
static const char *text_of_row(lua_State *L)
{
	static const char *const names[] = { "line", "text", "message" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (lua_getfield(L, -1, names[i]) == LUA_TSTRING)
			return lua_tostring(L, -1);
		lua_pop(L, 1);
	}
	lua_getfield(L, -1, "name");
	lua_getfield(L, -2, "state");
	if (lua_isstring(L, -2) && lua_isstring(L, -1))
		return lua_pushfstring(L, "%s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
	lua_getfield(L, -3, "event");
	return lua_tostring(L, -1);
}

/* The rows' own texts, a line each. */
static int result_to_text(lua_State *L)
{
	luaL_Buffer b;
	lua_Integer n = luaL_len(L, 1);

	lua_settop(L, 1);
	lua_pushnil(L);		/* 2: the text of the row; the buffer has the places above */
	luaL_buffinit(L, &b);
	for (lua_Integer i = 1; i <= n; i++) {
		int top = lua_gettop(L);
		const char *s;

		lua_geti(L, 1, i);
		s = lua_istable(L, -1) ? text_of_row(L) : lua_tostring(L, -1);
		lua_pushstring(L, s ? s : "");
		lua_replace(L, 2);
		lua_settop(L, top);
		if (i > 1)
			luaL_addchar(&b, '\n');
		luaL_addstring(&b, lua_tostring(L, 2));
	}
	luaL_pushresult(&b);
	return 1;
}

/* for row in arborist.findings() do */
static int result_next(lua_State *L)
{
	lua_Integer n;

	lua_settop(L, 1);
	lua_getmetatable(L, 1);
	lua_getfield(L, 2, "at");	/* weak keys: how far each result has been read */
	lua_pushvalue(L, 1);
	lua_rawget(L, 3);
	n = lua_tointeger(L, -1) + 1;
	if (lua_geti(L, 1, n) == LUA_TNIL)
		n = 0;
	lua_pushvalue(L, 1);
	lua_pushinteger(L, n);
	lua_rawset(L, 3);
	return 1;
}

static void open_results(lua_State *L)
{
	static const luaL_Reg fns[] = { { "__tostring", result_to_text }, { "__call", result_next }, { NULL, NULL } };

	luaL_newmetatable(L, "arborist result");
	luaL_setfuncs(L, fns, 0);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_newtable(L);
	lua_newtable(L);
	lua_pushliteral(L, "k");
	lua_setfield(L, -2, "__mode");
	lua_setmetatable(L, -2);
	lua_setfield(L, -2, "at");
	lua_pop(L, 1);
}

/* arborist.pos("4096:8:U32_MAX"): 4096, 8, 4294967295 */
static int position(lua_State *L)
{
	struct bpos p;

	if (!bpos_parse(luaL_checkstring(L, 1), &p))
		return luaL_error(L, "not a position");
	lua_pushinteger(L, (lua_Integer)p.inode);
	lua_pushinteger(L, (lua_Integer)p.offset);
	lua_pushinteger(L, p.snapshot);
	return 3;
}

void lua_open_commands(lua_State *L)
{
	open_results(L);
	lua_pushcfunction(L, print);
	lua_setglobal(L, "print");
	lua_newtable(L);
	lua_pushcfunction(L, position);
	lua_setfield(L, -2, "pos");
	lua_newtable(L);
	lua_pushcfunction(L, find);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_setglobal(L, "arborist");
}
