/* SPDX-License-Identifier: GPL-3.0-or-later */
/* string.find, match, gmatch and gsub, with the matcher of lua_pattern.c in place of the library's own. */
#include <config.h>
#include <ctype.h>
#include "lua_pattern.h"

static const char *start_at(lua_State *L, int arg, const struct matcher *m)
{
	lua_Integer init = luaL_optinteger(L, arg, 1), n = m->text_end - m->text;

	if (init < 0)
		init = -init > n ? 1 : n + init + 1;
	if (init > n + 1)
		return NULL;
	return m->text + (init ? init - 1 : 0);
}

static int find_plain(lua_State *L, const struct matcher *m, const char *s, const char *p)
{
	size_t n = (size_t)(m->pattern_end - p);
	const char *at = memmem(s, (size_t)(m->text_end - s), p, n);

	if (!at) {
		lua_pushnil(L);
		return 1;
	}
	lua_pushinteger(L, at - m->text + 1);
	lua_pushinteger(L, at - m->text + (lua_Integer)n);
	return 2;
}

static int find_or_match(lua_State *L, bool find)
{
	struct matcher m;
	bool anchored;
	const char *p = pattern_begin(L, 1, 2, &m, &anchored), *s = start_at(L, 3, &m), *e;

	if (find && s && lua_toboolean(L, 4))
		return find_plain(L, &m, s, p - anchored);
	e = s ? pattern_search(&m, &s, p, anchored) : NULL;
	if (!e) {
		lua_pushnil(L);
		return 1;
	}
	if (!find)
		return pattern_captures(&m, s, e, true);
	lua_pushinteger(L, s - m.text + 1);
	lua_pushinteger(L, e - m.text);
	return 2 + pattern_captures(&m, s, e, false);
}

static int find(lua_State *L)
{
	return find_or_match(L, true);
}

static int match(lua_State *L)
{
	return find_or_match(L, false);
}

/* Upvalues: text, pattern, where to go on, where the last match ended (-1: there was none). */
static int next_match(lua_State *L)
{
	struct matcher m;
	bool anchored;
	const char *p = pattern_begin(L, lua_upvalueindex(1), lua_upvalueindex(2), &m, &anchored) - anchored;
	const char *s = m.text + lua_tointeger(L, lua_upvalueindex(3)), *e;
	lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));

	for (; s <= m.text_end; s++) {
		e = pattern_search(&m, &s, p, false);
		if (!e)
			break;
		if (e - m.text == last)
			continue;
		lua_pushinteger(L, e - m.text);
		lua_copy(L, -1, lua_upvalueindex(3));
		lua_replace(L, lua_upvalueindex(4));
		return pattern_captures(&m, s, e, true);
	}
	return 0;
}

static int gmatch(lua_State *L)
{
	struct matcher m;
	bool anchored;
	const char *s;

	pattern_begin(L, 1, 2, &m, &anchored);
	s = start_at(L, 3, &m);
	lua_settop(L, 2);
	lua_pushinteger(L, s ? s - m.text : m.text_end - m.text + 1);
	lua_pushinteger(L, -1);
	lua_pushcclosure(L, next_match, 4);
	return 1;
}

/* --- gsub --------------------------------------------------------------------------------------------------------- */

/* What goes in the place of the match, on top of the stack; false or nil leaves it. */
static void replace_by_text(struct matcher *m, const char *s, const char *e)
{
	lua_State *L = m->L;
	size_t n;
	const char *r = lua_tolstring(L, 3, &n), *end = r + n;
	luaL_Buffer b;

	luaL_buffinit(L, &b);
	for (; r < end; r++) {
		if (*r != '%') {
			luaL_addchar(&b, *r);
			continue;
		}
		if (++r < end && *r == '%') {
			luaL_addchar(&b, '%');
		} else if (r < end && *r == '0') {
			luaL_addlstring(&b, s, (size_t)(e - s));
		} else if (r < end && isdigit((unsigned char)*r)) {
			pattern_capture(m, (unsigned)(*r - '1'), s, e);
			luaL_tolstring(L, -1, NULL);
			lua_remove(L, -2);
			luaL_addvalue(&b);
		} else {
			luaL_error(L, "a %% of the replacement wants a digit or %%");
		}
	}
	luaL_pushresult(&b);
}

static void replacement(struct matcher *m, const char *s, const char *e)
{
	int type = lua_type(m->L, 3);

	if (type == LUA_TFUNCTION) {
		int n;

		lua_pushvalue(m->L, 3);
		n = pattern_captures(m, s, e, true);
		lua_call(m->L, n, 1);
	} else if (type == LUA_TTABLE) {
		pattern_capture(m, 0, s, e);
		lua_gettable(m->L, 3);
	} else {
		replace_by_text(m, s, e);
	}
}

/* Leaves the text that takes the match's place on the stack. */
static void put_in_place(struct matcher *m, const char *s, const char *e)
{
	replacement(m, s, e);
	if (!lua_toboolean(m->L, -1)) {
		lua_pop(m->L, 1);
		lua_pushlstring(m->L, s, (size_t)(e - s));
	} else if (!lua_isstring(m->L, -1)) {
		luaL_error(m->L, "a %s cannot take the place of a match", luaL_typename(m->L, -1));
	}
}

static int gsub(lua_State *L)
{
	struct matcher m;
	bool anchored;
	const char *p = pattern_begin(L, 1, 2, &m, &anchored), *s = m.text, *from = s, *last = NULL;
	lua_Integer max = luaL_optinteger(L, 4, m.text_end - m.text + 1), n = 0;
	int type = lua_type(L, 3);
	luaL_Buffer b;

	luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
			 "string, function or table");
	lua_settop(L, 4);
	if (type == LUA_TNUMBER)
		lua_tostring(L, 3);
	luaL_buffinit(L, &b);
	while (n < max && s <= m.text_end) {
		const char *e = pattern_search(&m, &s, p, anchored);

		if (!e)
			break;
		if (e == last) {	/* an empty one where the one before ended */
			s++;
			continue;
		}
		luaL_addlstring(&b, from, (size_t)(s - from));
		put_in_place(&m, s, e);
		luaL_addvalue(&b);
		n++;
		from = s = last = e;
		if (anchored)
			break;
	}
	luaL_addlstring(&b, from, (size_t)(m.text_end - from));
	luaL_pushresult(&b);
	lua_pushinteger(L, n);
	return 2;
}

void lua_open_match(lua_State *L)
{
	static const luaL_Reg fns[] = { { "find", find }, { "match", match }, { "gmatch", gmatch }, { "gsub", gsub }, { NULL, NULL } };

	lua_getglobal(L, "string");
	luaL_setfuncs(L, fns, 0);
	lua_pop(L, 1);
}
