/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lua's patterns: string.find, match, gmatch and gsub. The library's own cannot be interrupted, and there are patterns that
 * take for ever on a short text; here every step is counted, so that ^C and the limit of instructions end them too.
 */
#include <config.h>
#include <ctype.h>
#include "lua_host.h"

#define CAPTURES_MAX	32
#define DEPTH_MAX	200
#define WORK_EVERY	10000
#define OPEN		(-1)	/* a capture whose end has not come */
#define PLACE		(-2)	/* (): where it stands */

struct matcher {
	lua_State	*L;
	const char	*text, *text_end, *pattern_end;
	unsigned	depth, work, nr;
	struct { const char *at; ptrdiff_t len; } capture[CAPTURES_MAX];
};

static const char *match_here(struct matcher *m, const char *s, const char *p);

static void count(struct matcher *m)
{
	if (++m->work < WORK_EVERY)
		return;
	m->work = 0;
	lua_host_work(lua_host_of(m->L), m->L, WORK_EVERY);
}

/* After the one-character item at @p: a character, %x, or a set. */
static const char *item_end(struct matcher *m, const char *p)
{
	char c = *p++;

	if (c == '%') {
		if (p == m->pattern_end)
			luaL_error(m->L, "the pattern ends with %%");
		return p + 1;
	}
	if (c != '[')
		return p;
	p += p < m->pattern_end && *p == '^';
	do {		/* a ] that comes first belongs to the set */
		if (p == m->pattern_end)
			luaL_error(m->L, "a [ of the pattern is not closed");
		if (*p++ == '%' && p < m->pattern_end)
			p++;
	} while (p == m->pattern_end || *p != ']');
	return p + 1;
}

static bool in_class(int c, int letter)
{
	static const struct { char letter; int (*is)(int); } classes[] = {
		{ 'a', isalpha }, { 'c', iscntrl }, { 'd', isdigit }, { 'g', isgraph }, { 'l', islower }, { 'p', ispunct },
		{ 's', isspace }, { 'u', isupper }, { 'w', isalnum }, { 'x', isxdigit },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (classes[i].letter == tolower(letter))
			return !classes[i].is(c) == (letter != classes[i].letter);
	return letter == c;
}

/* @p at the [, @last at the ] of a set. */
static bool in_set(int c, const char *p, const char *last)
{
	bool found = false, not = p[1] == '^';

	for (p += 1 + not; p < last && !found; p++)
		if (*p == '%') {
			found = in_class(c, (unsigned char)*++p);
		} else if (p[1] == '-' && p + 2 < last) {
			found = (unsigned char)*p <= c && c <= (unsigned char)p[2];
			p += 2;
		} else {
			found = (unsigned char)*p == c;
		}
	return found != not;
}

static bool fits(struct matcher *m, const char *s, const char *p, const char *end)
{
	int c;

	count(m);
	if (s >= m->text_end)
		return false;
	c = (unsigned char)*s;
	switch (*p) {
	case '.': return true;
	case '%': return in_class(c, (unsigned char)p[1]);
	case '[': return in_set(c, p, end - 1);
	default: return (unsigned char)*p == c;
	}
}

/* @p at the two characters after %b. */
static const char *balanced(struct matcher *m, const char *s, const char *p)
{
	size_t open = 1;
	char from, to;

	if (m->pattern_end - p < 2)
		luaL_error(m->L, "%%b wants two characters");
	from = p[0];
	to = p[1];
	if (s >= m->text_end || *s != from)
		return NULL;
	while (++s < m->text_end) {
		count(m);
		if (*s == to && !--open)
			return s + 1;
		if (*s == from && from != to)
			open++;
	}
	return NULL;
}

/* %f[set] at the [: the border from what is not in the set to what is. */
static const char *frontier(struct matcher *m, const char *s, const char *p)
{
	const char *end;
	int before = s == m->text ? 0 : (unsigned char)s[-1], here = s < m->text_end ? (unsigned char)*s : 0;

	if (p >= m->pattern_end || *p != '[')
		luaL_error(m->L, "%%f wants a [set]");
	end = item_end(m, p);
	if (in_set(before, p, end - 1) || !in_set(here, p, end - 1))
		return NULL;
	return match_here(m, s, end);
}

static const char *again(struct matcher *m, const char *s, const char *p)
{
	unsigned i = (unsigned)(*p - '1');
	size_t n;

	if (*p < '1' || i >= m->nr || m->capture[i].len == OPEN)
		luaL_error(m->L, "%%%c: there is no such capture", *p);
	n = m->capture[i].len < 0 ? 0 : (size_t)m->capture[i].len;
	if ((size_t)(m->text_end - s) < n || memcmp(s, m->capture[i].at, n))
		return NULL;
	return match_here(m, s + n, p + 1);
}

static const char *capture_begin(struct matcher *m, const char *s, const char *p, ptrdiff_t len)
{
	const char *end;

	if (m->nr == CAPTURES_MAX)
		luaL_error(m->L, "more than %d captures", CAPTURES_MAX);
	m->capture[m->nr].at = s;
	m->capture[m->nr++].len = len;
	end = match_here(m, s, p);
	if (!end)
		m->nr--;
	return end;
}

static const char *capture_end(struct matcher *m, const char *s, const char *p)
{
	unsigned i = m->nr;
	const char *end;

	while (i > 0 && m->capture[i - 1].len != OPEN)
		i--;
	if (!i)
		luaL_error(m->L, "a ) of the pattern without its (");
	m->capture[i - 1].len = s - m->capture[i - 1].at;
	end = match_here(m, s, p);
	if (!end)
		m->capture[i - 1].len = OPEN;
	return end;
}

/* As many as there are from @least on, fewer until the rest fits. */
static const char *longest(struct matcher *m, const char *s, const char *p, const char *end, size_t least)
{
	size_t n = 0;

	while (fits(m, s + n, p, end))
		n++;
	for (; n + 1 > least; n--) {
		const char *e = match_here(m, s + n, end + 1);

		if (e)
			return e;
		if (!n)
			break;
	}
	return NULL;
}

static const char *shortest(struct matcher *m, const char *s, const char *p, const char *end)
{
	for (;; s++) {
		const char *e = match_here(m, s, end + 1);

		if (e || !fits(m, s, p, end))
			return e;
	}
}

/* An item with what may follow it. NULL with *ret_p set: go on there, at *s. */
static const char *item(struct matcher *m, const char **s, const char *p, const char **ret_p)
{
	const char *end = item_end(m, p), *e;
	char more = end < m->pattern_end ? *end : 0;

	if (more == '*' || more == '+')
		return longest(m, *s, p, end, more == '+');
	if (more == '-')
		return shortest(m, *s, p, end);
	if (fits(m, *s, p, end)) {
		e = more == '?' ? match_here(m, *s + 1, end + 1) : NULL;
		if (e)
			return e;
		if (more != '?')
			++*s;
		*ret_p = end + (more == '?');
	} else if (more == '?') {
		*ret_p = end + 1;
	}
	return NULL;
}

/* %b, %f and %1: true, and *ret is how it went or where it goes on. */
static bool special(struct matcher *m, const char **s, const char **p, const char **ret)
{
	char c = *p + 1 < m->pattern_end ? (*p)[1] : 0;

	*ret = NULL;
	if (c == 'b') {
		*s = balanced(m, *s, *p + 2);
		*ret = *s ? match_here(m, *s, *p + 4) : NULL;
	} else if (c == 'f') {
		*ret = frontier(m, *s, *p + 2);
	} else if (isdigit((unsigned char)c)) {
		*ret = again(m, *s, *p + 1);
	} else {
		return false;
	}
	return true;
}

static const char *match_on(struct matcher *m, const char *s, const char *p)
{
	const char *e;

	while (p < m->pattern_end) {
		const char *next = NULL;

		count(m);
		if (*p == '(')
			return p + 1 < m->pattern_end && p[1] == ')' ? capture_begin(m, s, p + 2, PLACE) : capture_begin(m, s, p + 1, OPEN);
		if (*p == ')')
			return capture_end(m, s, p + 1);
		if (*p == '$' && p + 1 == m->pattern_end)
			return s == m->text_end ? s : NULL;
		if (*p == '%' && special(m, &s, &p, &e))
			return e;
		e = item(m, &s, p, &next);
		if (e || !next)
			return e;
		p = next;
	}
	return s;
}

static const char *match_here(struct matcher *m, const char *s, const char *p)
{
	const char *e;

	if (++m->depth > DEPTH_MAX)
		luaL_error(m->L, "the pattern is too deep");
	e = match_on(m, s, p);
	m->depth--;
	return e;
}

/* The ith capture; the whole match when there is none and it is the first. */
static void push_capture(struct matcher *m, unsigned i, const char *s, const char *e)
{
	if (i >= m->nr) {
		if (i)
			luaL_error(m->L, "%%%d: there is no such capture", (int)i + 1);
		lua_pushlstring(m->L, s, (size_t)(e - s));
	} else if (m->capture[i].len == PLACE) {
		lua_pushinteger(m->L, m->capture[i].at - m->text + 1);
	} else if (m->capture[i].len == OPEN) {
		luaL_error(m->L, "a ( of the pattern is not closed");
	} else {
		lua_pushlstring(m->L, m->capture[i].at, (size_t)m->capture[i].len);
	}
}

/* @whole: the match itself when there is no capture. */
static int push_captures(struct matcher *m, const char *s, const char *e, bool whole)
{
	unsigned n = m->nr || !whole ? m->nr : 1;

	luaL_checkstack(m->L, (int)n, "captures");
	for (unsigned i = 0; i < n; i++)
		push_capture(m, i, s, e);
	return (int)n;
}

/* Text and pattern are the arguments 1 and 2; returns the pattern without ^. */
static const char *begin(lua_State *L, int text, int pattern, struct matcher *m, bool *ret_anchored)
{
	size_t n, np;
	const char *s = luaL_checklstring(L, text, &n), *p = luaL_checklstring(L, pattern, &np);

	*m = (struct matcher){ .L = L, .text = s, .text_end = s + n, .pattern_end = p + np };
	*ret_anchored = np && *p == '^';
	return p + *ret_anchored;
}

/* The next match at or after *s: its end, and *s its begin. */
static const char *search(struct matcher *m, const char **s, const char *p, bool anchored)
{
	for (;; ++*s) {
		const char *e;

		m->nr = m->depth = 0;
		e = match_here(m, *s, p);
		if (e || anchored || *s >= m->text_end)
			return e;
	}
}

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
	const char *p = begin(L, 1, 2, &m, &anchored), *s = start_at(L, 3, &m), *e;

	if (find && s && lua_toboolean(L, 4))
		return find_plain(L, &m, s, p - anchored);
	e = s ? search(&m, &s, p, anchored) : NULL;
	if (!e) {
		lua_pushnil(L);
		return 1;
	}
	if (!find)
		return push_captures(&m, s, e, true);
	lua_pushinteger(L, s - m.text + 1);
	lua_pushinteger(L, e - m.text);
	return 2 + push_captures(&m, s, e, false);
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
	const char *p = begin(L, lua_upvalueindex(1), lua_upvalueindex(2), &m, &anchored) - anchored;
	const char *s = m.text + lua_tointeger(L, lua_upvalueindex(3)), *e;
	lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));

	for (; s <= m.text_end; s++) {
		e = search(&m, &s, p, false);
		if (!e)
			break;
		if (e - m.text == last)
			continue;
		lua_pushinteger(L, e - m.text);
		lua_copy(L, -1, lua_upvalueindex(3));
		lua_replace(L, lua_upvalueindex(4));
		return push_captures(&m, s, e, true);
	}
	return 0;
}

static int gmatch(lua_State *L)
{
	struct matcher m;
	bool anchored;
	const char *s;

	begin(L, 1, 2, &m, &anchored);
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
			push_capture(m, (unsigned)(*r - '1'), s, e);
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
		n = push_captures(m, s, e, true);
		lua_call(m->L, n, 1);
	} else if (type == LUA_TTABLE) {
		push_capture(m, 0, s, e);
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
	const char *p = begin(L, 1, 2, &m, &anchored), *s = m.text, *from = s, *last = NULL;
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
		const char *e = search(&m, &s, p, anchored);

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
