/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cursor: going to positions, up, down, sideways, back. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "row.h"

static void show(struct command_ctx *c, const struct location *l)
{
	const struct node *n = l->got.node;
	struct row r;

	row_begin(&r, c, "place");
	row_btree(&r, "btree", l->btree);
	row_u64(&r, "level", l->level);
	row_pos(&r, "start", l->start);
	row_pos(&r, "end", l->end);
	row_bool(&r, "readable", n);
	row_bool(&r, "root", l->level == l->root_level);
	row_bool(&r, "damaged", !n || defects_worst(&n->defects) > DEFECT_NOTE);
	row_u64(&r, "keys", n ? n->nr_keys : 0);
	row_say_nr(&r, "{btree}:{level}  {start} .. {end}{readable!  unreadable}{readable?  {keys} key{root?  root}{damaged?  damaged}}",
		   "{btree}:{level}  {start} .. {end}{readable!  unreadable}{readable?  {keys} keys{root?  root}{damaged?  damaged}}", n ? n->nr_keys : 0);
	row_end(&r);
}

/* Goes there if there is a node; else nothing changes. */
static enum arb_code go(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos, struct arb_error *err)
{
	struct location l;
	enum arb_code code = locate(session_view(c->session), btree, level, pos, &l, err);

	if (code)
		return code;
	session_cursor_go(c->session, (struct cursor){ .valid = true, .btree = btree, .level = l.level, .pos = pos });
	show(c, &l);
	location_put(&l);
	return ARB_OK;
}

static enum arb_code show_cursor(struct command_ctx *c, struct arb_error *err)
{
	struct location l;
	enum arb_code code = at_cursor(c, &l, err);

	if (code)
		return code;
	show(c, &l);
	location_put(&l);
	return ARB_OK;
}

enum arb_code cmd_goto(struct command_ctx *c, struct arb_error *err)
{
	struct bpos pos;
	unsigned btree, level;
	bool has_level;
	enum arb_code code = arg_btree_pos(c, &has_level, &btree, &level, &pos, err);

	if (code)
		return code;
	if (!has_level && c->argc < 2)
		level = LOCATE_LEVEL_ROOT;
	return go(c, btree, level, pos, err);
}

enum arb_code cmd_up(struct command_ctx *c, struct arb_error *err)
{
	struct cursor cur = *session_cursor(c->session);
	struct location l;
	enum arb_code code = at_cursor(c, &l, err);

	if (code)
		return code;
	location_put(&l);
	if (cur.level == l.root_level)
		return arb_fail(err, ARB_E_REFUSED, "this is the root");
	return go(c, cur.btree, cur.level + 1, cur.pos, err);
}

/* Position of the Nth child's pointer. */
static enum arb_code nth_child(struct command_ctx *c, const struct location *l, uint64_t n, struct bpos *ret, struct arb_error *err)
{
	struct node_iter it;
	struct bkey_s k;
	uint64_t i = 0;

	if (!l->got.node)
		return arb_fail(err, ARB_E_CONTENT, "this node cannot be read");
	node_iter_init(&it, session_view(c->session), l->got.node);
	while (node_iter_next(&it, &k))
		if (++i == n) {
			*ret = k.k.p;
			return ARB_OK;
		}
	return arb_fail(err, ARB_E_BAD_ARGUMENT, P_("this node has %llu child", "this node has %llu children", i), (unsigned long long)i);
}

enum arb_code cmd_down(struct command_ctx *c, struct arb_error *err)
{
	struct cursor cur = *session_cursor(c->session);
	struct bpos pos = cur.pos;
	struct location l;
	uint64_t n = 0;
	enum arb_code code = c->argc ? arg_number(c->argv[0], UINT32_MAX, &n, err) : ARB_OK;

	if (!code && c->argc && !n)
		code = arb_fail(err, ARB_E_BAD_ARGUMENT, "children are counted from 1");
	if (!code)
		code = at_cursor(c, &l, err);
	if (code)
		return code;
	if (!cur.level)
		code = arb_fail(err, ARB_E_REFUSED, "this is a leaf; keys lists what it holds");
	if (!code && n)
		code = nth_child(c, &l, n, &pos, err);
	location_put(&l);
	return code ? code : go(c, cur.btree, cur.level - 1, pos, err);
}

enum arb_code cmd_sibling(struct command_ctx *c, struct arb_error *err)
{
	struct cursor cur = *session_cursor(c->session);
	bool before = c->argc && !strcmp(c->argv[0], "-");
	struct location l;
	struct bpos pos;
	enum arb_code code;

	if (c->argc && !before)
		return arg_fail_usage(c, err);
	code = at_cursor(c, &l, err);
	if (code)
		return code;
	location_put(&l);
	if (before ? !bpos_predecessor(l.start, &pos) : !bpos_successor(l.end, &pos))
		return arb_fail(err, ARB_E_REFUSED, before ? _("this is the first node of its level") : _("this is the last node of its level"));
	return go(c, cur.btree, cur.level, pos, err);
}

enum arb_code cmd_back(struct command_ctx *c, struct arb_error *err)
{
	if (!session_cursor_back(c->session))
		return arb_fail(err, ARB_E_REFUSED, "there is nothing to go back to");
	return show_cursor(c, err);
}

enum arb_code cmd_forward(struct command_ctx *c, struct arb_error *err)
{
	if (!session_cursor_forward(c->session))
		return arb_fail(err, ARB_E_REFUSED, "there is nothing to go forward to");
	return show_cursor(c, err);
}

static enum arb_code mark_of(struct command_ctx *c, struct cursor **ret, struct arb_error *err)
{
	*ret = strlen(c->argv[0]) == 1 ? session_mark(c->session, c->argv[0][0]) : NULL;
	return *ret ? ARB_OK : arb_fail(err, ARB_E_BAD_ARGUMENT, "a mark is one letter, a to z");
}

static void list_marks(struct command_ctx *c)
{
	bool any = false;

	for (char letter = 'a'; letter <= 'z'; letter++) {
		const struct cursor *m = session_mark(c->session, letter);
		struct row r;

		if (!m->valid)
			continue;
		any = true;
		row_begin(&r, c, "mark");
		row_str(&r, "mark", (char []){ letter, 0 });
		row_place(&r, m->btree, m->level, m->pos);
		row_say(&r, "{mark}  {btree}:{level}  {pos}");
		row_end(&r);
	}
	if (!any && !cmd_wants_events(c))
		cmd_line(c, "no place is marked: mark X marks the one at the cursor");
}

enum arb_code cmd_mark(struct command_ctx *c, struct arb_error *err)
{
	struct cursor *m;
	enum arb_code code;

	if (!c->argc) {
		list_marks(c);
		return ARB_OK;
	}
	code = mark_of(c, &m, err);
	if (code)
		return code;
	if (!session_cursor(c->session)->valid)
		return arb_fail(err, ARB_E_REFUSED, "the cursor stands nowhere yet: goto BTREE[:LEVEL] [POS] first");
	*m = *session_cursor(c->session);
	return ARB_OK;
}

enum arb_code cmd_jump(struct command_ctx *c, struct arb_error *err)
{
	struct cursor *m;
	enum arb_code code = mark_of(c, &m, err);

	if (code)
		return code;
	if (!m->valid)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "mark %s is not set", c->argv[0]);
	return go(c, m->btree, m->level, m->pos, err);
}
