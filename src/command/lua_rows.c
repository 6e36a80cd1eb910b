/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows that --json prints, as tables. The text comes from our own writer, so a form it does not write is taken for the
 * end; numbers above the largest Lua integer become texts.
 */
#include <config.h>
#include "lua_host.h"

#define ROWS_NAME "arborist rows"
#define DEPTH_MAX 32

static const char *value(lua_State *L, const char *p, unsigned depth);

static unsigned hex4(const char *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4 && p[i]; i++)
		v = v << 4 | (unsigned)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return v & 0xffff;
}

/* At the four digits; returns the last of them, or of the pair. */
static const char *escaped(lua_State *L, luaL_Buffer *b, const char *p)
{
	unsigned long c = hex4(p);

	p += 3;
	if (c >> 10 == 0xd800 >> 10 && p[1] == '\\' && p[2] == 'u' && strlen(p) > 6) {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 3) & 0x3ff);
		p += 6;
	}
	lua_pushfstring(L, "%U", c);
	luaL_addvalue(b);
	return p;
}

/* After the opening quote; returns what follows the closing one. */
static const char *string(lua_State *L, const char *p)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	luaL_Buffer b;

	luaL_buffinit(L, &b);
	for (; *p && *p != '"'; p++) {
		const char *known;

		if (*p != '\\' || !p[1]) {
			luaL_addchar(&b, *p);
			continue;
		}
		p++;
		known = strchr(from, *p);
		if (*p == 'u' && strlen(p) > 4)
			p = escaped(L, &b, p + 1);
		else
			luaL_addchar(&b, known ? to[known - from] : *p);
	}
	luaL_pushresult(&b);
	return *p ? p + 1 : p;
}

static const char *number(lua_State *L, const char *p)
{
	size_t n = strspn(p, "+-0123456789.eE");

	lua_pushlstring(L, p, n);
	if (strcspn(p, ".eE") < n)
		lua_pushnumber(L, strtod(p, NULL));
	else if (*p != '-' && strtoull(p, NULL, 10) > INT64_MAX)
		return p + n;
	else
		lua_pushinteger(L, strtoll(p, NULL, 10));
	lua_remove(L, -2);
	return p + n;
}

static const char *list(lua_State *L, const char *p, unsigned depth)
{
	lua_newtable(L);
	for (lua_Integer i = 1; *p && *p != ']'; i++) {
		const char *was = p;

		p = value(L, p, depth + 1);
		lua_rawseti(L, -2, i);
		p += *p == ',';
		if (p == was)
			break;
	}
	return *p ? p + 1 : p;
}

static const char *object(lua_State *L, const char *p, unsigned depth)
{
	lua_newtable(L);
	while (*p == '"') {
		p = string(L, p + 1);
		p += *p == ':';
		p = value(L, p, depth + 1);
		lua_rawset(L, -3);
		p += *p == ',';
	}
	return *p ? p + 1 : p;
}

static const char *value(lua_State *L, const char *p, unsigned depth)
{
	luaL_checkstack(L, 8, NULL);
	if (depth > DEPTH_MAX || !*p)
		lua_pushnil(L);
	else if (*p == '{')
		return object(L, p + 1, depth);
	else if (*p == '[')
		return list(L, p + 1, depth);
	else if (*p == '"')
		return string(L, p + 1);
	else if (strchr("-0123456789", *p))
		return number(L, p);
	else if (*p == 'n')
		lua_pushnil(L);
	else
		lua_pushboolean(L, *p == 't');
	return p + strspn(p, "abcdefghijklmnopqrstuvwxyz");
}

void lua_push_json(lua_State *L, const char *text)
{
	value(L, text, 0);
}

void lua_rows_clear(struct lua_rows *r)
{
	for (size_t i = 0; i < r->list.nr; i++)
		free(r->list.v[i]);
	arb_array_free(&r->list);
	r->at = r->bytes = 0;
}

void lua_rows_add(struct lua_rows *r, const char *text)
{
	size_t n = strlen(text) + 1;
	char **p = r->lost || n > r->bytes_max - r->bytes ? NULL : (char **)arb_array_push(&r->list);

	if (p)
		*p = strdup(text);
	if (p && !*p)
		r->list.nr--;
	if (!p || !*p)
		r->lost = true;
	else
		r->bytes += n;
}

static int rows_gc(lua_State *L)
{
	lua_rows_clear(luaL_checkudata(L, 1, ROWS_NAME));
	return 0;
}

struct lua_rows *lua_new_rows(lua_State *L, size_t bytes_max)
{
	struct lua_rows *r = lua_newuserdatauv(L, sizeof(*r), 0);

	memset(r, 0, sizeof(*r));
	r->bytes_max = bytes_max;
	luaL_setmetatable(L, ROWS_NAME);
	return r;
}

void lua_open_rows(lua_State *L)
{
	luaL_newmetatable(L, ROWS_NAME);
	lua_pushcfunction(L, rows_gc);
	lua_setfield(L, -2, "__gc");
	lua_pop(L, 1);
}
