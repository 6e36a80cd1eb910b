/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matcher of Lua's patterns (lua_pattern.h). */
#include <config.h>
#include <ctype.h>
#include "lua_pattern.h"

#define DEPTH_MAX	200
#define WORK_EVERY	10000
#define OPEN		(-1)	/* a capture whose end has not come */
#define PLACE		(-2)	/* (): where it stands */

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

	if (m->nr == PATTERN_CAPTURES_MAX)
		luaL_error(m->L, "more than %d captures", PATTERN_CAPTURES_MAX);
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

void pattern_capture(struct matcher *m, unsigned i, const char *s, const char *e)
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

int pattern_captures(struct matcher *m, const char *s, const char *e, bool whole)
{
	unsigned n = m->nr || !whole ? m->nr : 1;

	luaL_checkstack(m->L, (int)n, "captures");
	for (unsigned i = 0; i < n; i++)
		pattern_capture(m, i, s, e);
	return (int)n;
}

const char *pattern_begin(lua_State *L, int text, int pattern, struct matcher *m, bool *ret_anchored)
{
	size_t n, np;
	const char *s = luaL_checklstring(L, text, &n), *p = luaL_checklstring(L, pattern, &np);

	*m = (struct matcher){ .L = L, .text = s, .text_end = s + n, .pattern_end = p + np };
	*ret_anchored = np && *p == '^';
	return p + *ret_anchored;
}

const char *pattern_search(struct matcher *m, const char **s, const char *p, bool anchored)
{
	for (;; ++*s) {
		const char *e;

		m->nr = m->depth = 0;
		e = match_here(m, *s, p);
		if (e || anchored || *s >= m->text_end)
			return e;
	}
}
