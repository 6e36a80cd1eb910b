/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a script goes through with for: keys, nodes, buckets, findings. Keys are read in small portions, each from where
 * the last one ended, so that a whole btree never stands in memory and the script may change the plan between two of them.
 * What cannot be read is a row of type "unreadable".
 */
#include <config.h>
#include "arborist/format/alloc.h"
#include "arborist/format/key_type.h"
#include "lua_host.h"

#define PORTION 64
#define PORTION_BYTES (4u << 20)
#define WORK_PER_ROW 100

struct stream {
	struct session	*s;
	struct lua_rows	*rows;		/* an upvalue beside this one */
	const char	*event;
	unsigned	btree, level;	/* of the rows */
	unsigned	top;		/* the last level to go through */
	struct bpos	start, pos, end, last;
	bool		nodes, done;
};

static unsigned walk_level(const struct stream *st)
{
	return st->level + st->nodes;	/* pointers to nodes are the keys above them */
}

static enum arb_code added(struct stream *st, struct bpos at)
{
	st->last = at;
	if (session_cancelled(st->s))
		return ARB_E_CANCELLED;
	return st->rows->list.nr >= PORTION || st->rows->lost ? ARB_E_STOPPED : ARB_OK;
}

static void put_bucket(struct json *j, struct bkey_s k)
{
	struct alloc_v4 a;
	bool good = alloc_get(k, &a);
	ARB_BUF(type);

	data_type_to_text(&type, a.data_type);
	json_begin(j);
	json_str(j, "event", "bucket");
	json_u64(j, "dev", k.k.p.inode);
	json_u64(j, "bucket", k.k.p.offset);
	json_str(j, "data_type", good ? arb_buf_str(&type) : "unreadable");
	json_u64(j, "gen", a.gen);
	json_u64(j, "oldest_gen", a.oldest_gen);
	json_u64(j, "dirty_sectors", a.dirty_sectors);
	json_u64(j, "cached_sectors", a.cached_sectors);
	json_u64(j, "stripe", a.stripe);
	json_u64(j, "stripe_sectors", a.stripe_sectors);
	json_bool(j, "need_discard", a.need_discard);
	json_end(j);
}

static enum arb_code put(void *arg, const struct node *n, struct bkey_s k)
{
	struct stream *st = arg;
	struct key_text_ctx text = { .geo = &session_view(st->s)->geo, .flags = KEY_TEXT_FIRST_LINE };
	struct json j = { 0 };
	ARB_BUF(b);

	(void)n;
	if (!st->event) {
		put_bucket(&j, k);
	} else {
		bkey_to_text(&b, &text, k);
		key_event(&j, st->event, text.geo, st->btree, walk_level(st), k, arb_buf_str(&b));
	}
	lua_rows_add(st->rows, arb_buf_str(&j.out));
	json_free(&j);
	return added(st, k.k.p);
}

static enum arb_code put_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct stream *st = arg;
	struct json j = { 0 };
	ARB_BUF(b);

	json_begin(&j);
	json_str(&j, "event", "unreadable");
	btree_id_to_text(&b, st->btree);
	json_str(&j, "btree", arb_buf_str(&b));
	json_u64(&j, "level", level);
	arb_buf_reset(&b);
	bpos_to_text(&b, ptr.k.p);
	json_str(&j, "pos", arb_buf_str(&b));
	json_str(&j, "type", "unreadable");
	json_str(&j, "text", d && d->list.nr ? d->list.v[0].text : "the node cannot be read");
	json_end(&j);
	lua_rows_add(st->rows, arb_buf_str(&j.out));
	json_free(&j);
	return added(st, ptr.k.p);
}

/* The next portion; none left: done. */
static enum arb_code fill(struct stream *st, struct arb_error *err)
{
	struct walk w = { .btree = st->btree, .level = walk_level(st), .start = st->pos, .end = st->end,
			  .key = put, .bad = put_bad, .arg = st };
	enum arb_code code = view_walk(session_view(st->s), &w, err);

	if (code == ARB_E_STOPPED) {
		st->done = !bpos_successor(st->last, &st->pos);
		return ARB_OK;
	}
	st->done = st->level >= st->top;
	st->level++;
	st->pos = st->start;
	return code;
}

static int next_row(lua_State *L)
{
	struct lua_rows *r = lua_touserdata(L, lua_upvalueindex(1));
	struct stream *st = lua_touserdata(L, lua_upvalueindex(2));
	struct lua_host *h = lua_host_of(L);
	struct arb_error err = { 0 };

	lua_host_work(h, L, WORK_PER_ROW);
	while (r->at == r->list.nr && !st->done && h->c) {
		enum arb_code code;

		lua_rows_clear(r);
		code = fill(st, &err);
		if (code == ARB_E_CANCELLED)
			return lua_host_over(L, code, "cancelled");
		if (code || r->lost)
			return luaL_error(L, "%s", code ? err.text : "a row is too large for a table");
	}
	if (r->at == r->list.nr)
		return 0;
	lua_push_json(L, r->list.v[r->at++]);
	return 1;
}

static struct stream *new_stream(lua_State *L, const char *event)
{
	struct lua_host *h = lua_host_of(L);
	struct lua_rows *r;
	struct stream *st;

	if (!h->c)
		luaL_error(L, "no command runs");
	lua_settop(L, 3);		/* the arguments stay below */
	r = lua_new_rows(L, PORTION_BYTES);
	st = lua_newuserdatauv(L, sizeof(*st), 0);
	*st = (struct stream){ .s = h->c->session, .rows = r, .event = event, .start = POS_MIN, .end = SPOS_MAX };
	return st;
}

static int stream_function(lua_State *L, struct stream *st)
{
	const struct btree_root *r = &session_view(st->s)->roots[st->btree];

	if (r->lost)
		return luaL_error(L, "the root of this btree is lost: %s", r->why);
	st->done = !r->exists;
	st->pos = st->start;
	lua_pushcclosure(L, next_row, 2);
	return 1;
}

static void take_pos(lua_State *L, int arg, bool end, struct bpos *ret)
{
	const char *text = luaL_optstring(L, arg, NULL);
	struct arb_error err = { 0 };

	if (text && (end ? arg_end : arg_pos)(text, ret, &err))
		luaL_error(L, "%s", err.text);
}

/* Also says whether a level was named. */
static bool take_btree(lua_State *L, struct stream *st)
{
	struct arb_error err = { 0 };
	bool has_level;

	if (arg_btree(luaL_checkstring(L, 1), &has_level, &st->btree, &st->level, &err))
		luaL_error(L, "%s", err.text);
	st->top = st->level;
	return has_level;
}

static int keys(lua_State *L)
{
	struct stream *st = new_stream(L, "key");

	take_btree(L, st);
	take_pos(L, 2, false, &st->start);
	take_pos(L, 3, true, &st->end);
	return stream_function(L, st);
}

/* Without a level all of them, from the leaves up. */
static int nodes(lua_State *L)
{
	struct stream *st = new_stream(L, "node");

	st->nodes = true;
	if (!take_btree(L, st))
		st->top = session_view(st->s)->roots[st->btree].level;
	return stream_function(L, st);
}

static int buckets(lua_State *L)
{
	lua_Integer dev = luaL_optinteger(L, 1, -1);
	struct stream *st = new_stream(L, NULL);

	if (dev >= 0) {
		st->start = BPOS((uint64_t)dev, 0, 0);
		st->end = BPOS((uint64_t)dev, UINT64_MAX, UINT32_MAX);
	}
	st->btree = BTREE_alloc;
	return stream_function(L, st);
}

/* Upvalues: how far it came, the id or nil, room for the text of one. */
static int next_finding(lua_State *L)
{
	struct lua_host *h = lua_host_of(L);
	size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(1));
	const char *id = lua_tostring(L, lua_upvalueindex(2));
	struct lua_rows *r = lua_touserdata(L, lua_upvalueindex(3));

	lua_host_work(h, L, WORK_PER_ROW);
	for (; h->c && i < session_findings_nr(h->c->session); i++) {
		const struct finding *f = session_finding(h->c->session, i);

		if (!finding_is_listed(f, id))
			continue;
		lua_pushinteger(L, (lua_Integer)i + 1);
		lua_replace(L, lua_upvalueindex(1));
		lua_rows_clear(r);
		lua_put_finding(r, f, finding_fate_name(session_finding_fate(h->c->session, i)));
		lua_push_json(L, r->list.nr ? r->list.v[0] : "{}");
		return 1;
	}
	return 0;
}

static int findings(lua_State *L)
{
	const char *id = luaL_optstring(L, 1, NULL);

	if (id && !finding_row(id))
		return luaL_error(L, "there is no finding \"%s\"; help findings lists them", id);
	lua_pushinteger(L, 0);
	lua_pushstring(L, id);
	lua_new_rows(L, PORTION_BYTES);
	lua_pushcclosure(L, next_finding, 3);
	return 1;
}

void lua_open_iterators(lua_State *L)
{
	lua_register(L, "keys", keys);
	lua_register(L, "nodes", nodes);
	lua_register(L, "buckets", buckets);
	lua_register(L, "findings", findings);
}
