/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lua state of a session: its memory and instructions are counted, and ^C ends what runs in it. */
#include <config.h>
#include <lualib.h>
#include "arborist/base/text.h"
#include "lua_host.h"

#define LUA_BYTES_MAX	(64u << 20)
#define HOOK_EVERY	1000

static void *allocate(void *arg, void *old, size_t was, size_t want)
{
	struct lua_host *h = arg;
	void *p;

	if (!old)
		was = 0;	/* Lua says the kind of object there */
	if (!want) {
		free(old);
		h->bytes -= was;
		return NULL;
	}
	if (want > was && want - was > h->bytes_max - h->bytes)
		return NULL;
	p = realloc(old, want);
	if (p)
		h->bytes += want - was;
	return p;
}

struct lua_host *lua_host_of(lua_State *L)
{
	return *(struct lua_host **)lua_getextraspace(L);
}

int lua_host_over(lua_State *L, enum arb_code code, const char *why)
{
	struct lua_host *h = lua_host_of(L);

	if (!h->over) {
		h->over = true;
		h->over_code = code;
		h->over_why = why;
	}
	return luaL_error(L, "%s", h->over_why);
}

void lua_host_work(struct lua_host *h, lua_State *L, uint64_t steps)
{
	h->steps += steps;
	if (h->over)
		lua_host_over(L, h->over_code, h->over_why);
	if (h->c && session_cancelled(h->c->session))
		lua_host_over(L, ARB_E_CANCELLED, "cancelled");
	if (h->steps > h->steps_max)
		lua_host_over(L, ARB_E_REFUSED, "the script takes too long; set luasteps N allows more instructions, 0 any number");
}

static void hook(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	lua_host_work(lua_host_of(L), L, HOOK_EVERY);
}

static int fill(lua_State *L)
{
	lua_open_base(L);
	lua_open_match(L);
	lua_open_rows(L);
	lua_open_commands(L);
	lua_open_iterators(L);
	return 0;
}

static void host_free(void *arg)
{
	struct lua_host *h = arg;

	if (h->L)
		lua_close(h->L);
	arb_buf_free(&h->text);
	free(h);
}

enum arb_code lua_host_get(struct session *s, struct lua_host **ret, struct arb_error *err)
{
	struct lua_host *h = *ret = session_kept(s);

	if (h)
		return ARB_OK;
	h = calloc(1, sizeof(*h));
	if (h) {
		h->bytes_max = LUA_BYTES_MAX;
		h->L = lua_newstate(allocate, h);
	}
	if (!h || !h->L) {
		free(h);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	*(struct lua_host **)lua_getextraspace(h->L) = h;
	lua_pushcfunction(h->L, fill);
	if (lua_pcall(h->L, 0, 0, 0)) {
		host_free(h);
		return arb_fail(err, ARB_E_NOMEM, "out of memory for Lua");
	}
	lua_sethook(h->L, hook, LUA_MASKCOUNT, HOOK_EVERY);
	session_keep(s, h, host_free);
	*ret = h;
	return ARB_OK;
}

enum arb_code lua_host_failed(struct lua_host *h, struct arb_error *err)
{
	const char *text = h->over ? h->over_why : lua_tostring(h->L, -1);
	enum arb_code code = h->over ? h->over_code : ARB_E_CONTENT;
	ARB_BUF(b);

	if (code == ARB_OK)	/* quit */
		return ARB_OK;
	if (!text)
		text = "an error that is not a text was raised";
	text_gate_line(&b, text, strlen(text), TEXT_UTF8);
	return arb_fail(err, code, "%s", arb_buf_str(&b));
}

enum arb_code lua_host_run(struct lua_host *h, struct command_ctx *c, int nargs, struct arb_error *err)
{
	const uint64_t max = session_setting(c->session, SETTING_LUASTEPS);
	enum arb_code code = ARB_OK;

	h->c = c;
	h->running = h->L;
	h->steps = 0;
	h->steps_max = max ? max : UINT64_MAX;
	h->over = h->asking = false;
	if (lua_pcall(h->L, nargs, 0, 0))
		code = lua_host_failed(h, err);
	lua_settop(h->L, 0);
	h->c = NULL;
	return code;
}
