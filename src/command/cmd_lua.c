/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lua EXPR, and files of Lua. */
#include <config.h>
#include "internal.h"
#ifdef HAVE_LUA
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include "lua_host.h"

#define SCRIPT_BYTES_MAX (1u << 20)

static enum arb_code begin(struct command_ctx *c, struct lua_host **ret, struct arb_error *err)
{
	enum arb_code code = lua_host_get(c->session, ret, err);

	if (!code && (*ret)->c)
		return arb_fail(err, ARB_E_REFUSED, "a script runs already; load(TEXT) is the way from one piece of Lua to another");
	return code;
}

static enum arb_code not_lua(struct lua_host *h, struct arb_error *err)
{
	h->over = false;
	lua_host_failed(h, err);
	lua_settop(h->L, 0);
	return err->code;
}

/* Calls its argument and shows what it gives, as print() does. */
static int run_and_show(lua_State *L)
{
	lua_call(L, 0, LUA_MULTRET);
	if (!lua_gettop(L))
		return 0;
	lua_getglobal(L, "print");
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 0);
	return 0;
}

/* The expression; else the statement. */
static int load_line(lua_State *L, const char *line, struct arb_buf *text)
{
	int r;

	arb_buf_printf(text, "return %s", line);
	r = luaL_loadbufferx(L, arb_buf_str(text), text->len, "=lua", "t");
	if (r != LUA_ERRSYNTAX)
		return r;
	lua_pop(L, 1);
	return luaL_loadbufferx(L, line, strlen(line), "=lua", "t");
}

static enum arb_code introduce(struct command_ctx *c)
{
	cmd_text(c, LUA_VERSION ": lua EXPR shows what an expression gives, or runs a statement.\n"
		    "arborist.COMMAND(WORDS...) runs a command and returns its rows; print() shows them.\n"
		    "for k in keys(\"extents\", \"4096\", \"4097\") do print(k.pos, k.text) end; so do nodes, findings, buckets.\n"
		    "help lua tells more.");
	return ARB_OK;
}

enum arb_code cmd_lua(struct command_ctx *c, struct arb_error *err)
{
	struct lua_host *h;
	enum arb_code code = c->argc ? begin(c, &h, err) : introduce(c);
	ARB_BUF(text);

	if (code || !c->argc)
		return code;
	lua_pushcfunction(h->L, run_and_show);
	if (load_line(h->L, c->argv[0], &text))
		return not_lua(h, err);
	return lua_host_run(h, c, 1, err);
}

static enum arb_code read_script(const char *path, struct arb_buf *out, struct arb_error *err)
{
	FILE *f = fopen(path, "re");
	enum arb_code code = ARB_OK;
	struct stat st;
	char part[4096];
	size_t n;

	if (!f)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot open the script %s", path);
	if (fstat(fileno(f), &st) || S_ISDIR(st.st_mode))
		code = arb_fail(err, ARB_E_OPEN, "%s is not a script", path);
	while (!code && (n = fread(part, 1, sizeof(part), f))) {
		if (out->len > SCRIPT_BYTES_MAX)
			code = arb_fail(err, ARB_E_OPEN, "the script %s is longer than %u bytes", path, SCRIPT_BYTES_MAX);
		arb_buf_mem(out, part, n);
	}
	if (!code && (ferror(f) || out->oom))
		code = arb_fail(err, ARB_E_OPEN, "cannot read the script %s", path);
	fclose(f);
	return code;
}

enum arb_code lua_source(struct command_ctx *c, const char *path, struct arb_error *err)
{
	struct lua_host *h;
	enum arb_code code = begin(c, &h, err);
	char *at;
	ARB_BUF(name);
	ARB_BUF(text);

	if (!code)
		code = read_script(path, &text, err);
	if (code)
		return code;
	arb_buf_printf(&name, "@%s", path);
	/* the mark some editors put at the beginning and a first line #!... are not Lua; the line counts */
	if (text.len >= 3 && !memcmp(text.s, "\xef\xbb\xbf", 3))
		memset(text.s, ' ', 3);
	at = text.len ? text.s + strspn(text.s, " ") : NULL;
	if (at && *at == '#')
		memcpy(at, "--", at[1] ? 2 : 1);
	if (luaL_loadbufferx(h->L, arb_buf_str(&text), text.len, arb_buf_str(&name), "t"))
		return not_lua(h, err);
	return lua_host_run(h, c, 0, err);
}
#else
static enum arb_code absent(struct arb_error *err)
{
	return arb_fail(err, ARB_E_REFUSED, "this arborist was built without Lua");
}

enum arb_code cmd_lua(struct command_ctx *c, struct arb_error *err)
{
	(void)c;
	return absent(err);
}

enum arb_code lua_source(struct command_ctx *c, const char *path, struct arb_error *err)
{
	(void)c;
	(void)path;
	return absent(err);
}
#endif
