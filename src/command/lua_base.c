/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The libraries a script sees. Left out: io, os, package, debug, bytecode. Changed: what would catch the end of a script
 * (pcall and its family), what would run where it cannot be interrupted (__gc, huge table.move).
 */
#include <config.h>
#include <lualib.h>
#include "lua_host.h"

#define MOVE_MAX 10000000

static void still_on(lua_State *L)
{
	struct lua_host *h = lua_host_of(L);

	if (h->over)
		lua_host_over(L, h->over_code, h->over_why);
}

static int after_pcall(lua_State *L, int status, lua_KContext extra)
{
	if (status != LUA_OK && status != LUA_YIELD) {
		still_on(L);
		lua_pushboolean(L, 0);
		lua_insert(L, -2);
		return 2;
	}
	return lua_gettop(L) - (int)extra;
}

static int protected_call(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushboolean(L, 1);		/* true goes before the results */
	lua_insert(L, 1);
	return after_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, after_pcall), 0);
}

/* The hook raises while no other can come: a handler must not be run for what it raises. Upvalue: the handler. */
static int handle(lua_State *L)
{
	if (lua_host_of(L)->over)
		return 1;
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

static int protected_call_with_handler(lua_State *L)
{
	int n = lua_gettop(L);

	luaL_checktype(L, 2, LUA_TFUNCTION);
	lua_pushvalue(L, 2);
	lua_pushcclosure(L, handle, 1);
	lua_replace(L, 2);
	lua_pushboolean(L, 1);
	lua_pushvalue(L, 1);		/* f handler args true f */
	lua_rotate(L, 3, 2);		/* f handler true f args */
	return after_pcall(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, after_pcall), 2);
}

/* What was there before, then the question whether the script still goes on. Upvalue: the function of the library. */
static int and_still_on(lua_State *L)
{
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	still_on(L);
	return lua_gettop(L);
}

static int set_metatable(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	if (lua_istable(L, 2) && lua_getfield(L, 2, "__gc") != LUA_TNIL)
		return luaL_error(L, "__gc is not for scripts");
	lua_settop(L, 2);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 2, 1);
	return 1;
}

static int move(lua_State *L)
{
	if (luaL_checkinteger(L, 3) > MOVE_MAX || luaL_checkinteger(L, 2) < -MOVE_MAX)
		return luaL_error(L, "more than %d to move", MOVE_MAX);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

/* load(TEXT [, NAME [, "t" [, ENV]]]) */
static int load_text(lua_State *L)
{
	size_t n;
	const char *text = luaL_checklstring(L, 1, &n);
	const char *name = luaL_optstring(L, 2, "=load");
	bool env = !lua_isnoneornil(L, 4);

	if (luaL_loadbufferx(L, text, n, name, "t")) {
		lua_pushnil(L);
		lua_insert(L, -2);
		return 2;
	}
	if (env) {
		lua_pushvalue(L, 4);
		if (!lua_setupvalue(L, -2, 1))
			lua_pop(L, 1);
	}
	return 1;
}

/* "count" (kilobytes) and "collect" only */
static int collect(lua_State *L)
{
	if (!strcmp(luaL_optstring(L, 1, "collect"), "count")) {
		lua_pushnumber(L, (lua_Number)lua_host_of(L)->bytes / 1024);
		return 1;
	}
	lua_gc(L, LUA_GCCOLLECT);
	lua_pushinteger(L, 0);
	return 1;
}

/* Puts @fn, with what stood there as its upvalue, into TABLE.NAME. */
static void wrap(lua_State *L, const char *table, const char *name, lua_CFunction fn)
{
	lua_getglobal(L, table);
	lua_getfield(L, -1, name);
	lua_pushcclosure(L, fn, 1);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

static void forget(lua_State *L, const char *table, const char *name)
{
	lua_getglobal(L, table);
	lua_pushnil(L);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

void lua_open_base(lua_State *L)
{
	static const luaL_Reg libraries[] = {
		{ LUA_GNAME, luaopen_base }, { LUA_COLIBNAME, luaopen_coroutine }, { LUA_TABLIBNAME, luaopen_table },
		{ LUA_STRLIBNAME, luaopen_string }, { LUA_MATHLIBNAME, luaopen_math }, { LUA_UTF8LIBNAME, luaopen_utf8 }, { NULL, NULL },
	};
	static const luaL_Reg own[] = {
		{ "pcall", protected_call }, { "xpcall", protected_call_with_handler }, { "load", load_text }, { "collectgarbage", collect },
		{ "dofile", NULL }, { "loadfile", NULL }, { "warn", NULL }, { NULL, NULL },
	};

	for (const luaL_Reg *r = libraries; r->func; r++) {
		luaL_requiref(L, r->name, r->func, 1);
		lua_pop(L, 1);
	}
	for (const luaL_Reg *r = own; r->name; r++) {
		if (r->func)
			lua_pushcfunction(L, r->func);
		else
			lua_pushnil(L);
		lua_setglobal(L, r->name);
	}
	wrap(L, LUA_GNAME, "setmetatable", set_metatable);
	wrap(L, LUA_TABLIBNAME, "move", move);
	wrap(L, LUA_COLIBNAME, "resume", and_still_on);
	wrap(L, LUA_COLIBNAME, "close", and_still_on);
	forget(L, LUA_STRLIBNAME, "dump");
	(void)luaL_dostring(L, "math.randomseed(0)");		/* the same script does the same */
	forget(L, LUA_MATHLIBNAME, "randomseed");
}
