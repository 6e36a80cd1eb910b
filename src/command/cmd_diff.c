/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff: before and after. What stands on disk (with the journal) is held against what stands there with the plan. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/accounting.h"
#include "arborist/format/key_type.h"
#include "plan_rows.h"

/* Where a key that is shown stands. */
struct spot {
	struct command_ctx *c;
	unsigned btree, level;
	unsigned flags;			/* of its text */
};

static void key_row(const struct spot *at, char sign, struct bkey_s k)
{
	const struct fs_geometry *geo = &session_planned_view(at->c->session)->geo;
	struct key_text_ctx t = { .geo = geo, .flags = at->flags };
	struct row r;
	ARB_BUF(b);

	row_begin(&r, at->c, "diff_key");
	row_str(&r, "side", sign == '-' ? "before" : sign == '+' ? "after" : "both");
	row_key(&r, geo, at->btree, at->level, k);
	arb_buf_printf(&b, "%c ", sign);
	bkey_to_text(&b, &t, k);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
}

static bool same_key(struct bkey_s a, struct bkey_s b)
{
	return a.k.u64s == b.k.u64s && a.k.type == b.k.type && a.k.size == b.k.size && bpos_eq(a.k.p, b.k.p) &&
	       !memcmp(a.v, b.v, bkey_val_bytes(&a.k));
}

static void two_keys(const struct spot *at, bool had, struct bkey_s was, bool has, struct bkey_s is)
{
	if (had && has && same_key(was, is)) {
		key_row(at, ' ', is);
		return;
	}
	if (had)
		key_row(at, '-', was);
	if (has)
		key_row(at, '+', is);
}

static enum arb_code place(struct command_ctx *c, unsigned *btree, unsigned *level, struct bpos *pos, struct arb_error *err)
{
	bool has_level;
	enum arb_code code;

	if (c->argc != 3)
		return arg_fail_usage(c, err);
	code = arg_btree(c->argv[1], &has_level, btree, level, err);
	return code ? code : arg_pos(c->argv[2], pos, err);
}

static enum arb_code diff_key(struct command_ctx *c, struct arb_error *err)
{
	struct view *before = session_disk_view(c->session), *after = session_planned_view(c->session);
	struct bkey_buf was, is;
	bool had = false, has = false, left_out;
	unsigned btree, level;
	struct bpos pos;
	enum arb_code code = place(c, &btree, &level, &pos, err);

	left_out = !code && !(strchr(c->argv[2], ':') && strchr(strchr(c->argv[2], ':') + 1, ':'));
	for (unsigned i = 0; !code && i < 1u + left_out && !had && !has; i++) {
		if (i)
			pos.snapshot = UINT32_MAX;	/* what most keys have, and what one leaves out */
		code = plan_lookup(before, btree, level, pos, &was, &had, err);
		code = code ? code : plan_lookup(after, btree, level, pos, &is, &has, err);
	}
	if (!code && !had && !has)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "no key stands at exactly this position, neither on disk nor with the plan");
	if (!code)
		two_keys(&(struct spot){ c, btree, level, KEY_TEXT_FULL }, had, bkey_buf_s(&was), has, bkey_buf_s(&is));
	return code;
}

/* --- nodes ------------------------------------------------------------------------------------------------------------ */

struct side {
	struct location at;
	struct node_iter it;
	bool there, more;
	struct bkey_s k;
};

static void side_next(struct side *s)
{
	s->more = s->there && s->at.got.node && node_iter_next(&s->it, &s->k);
}

static void side_open(struct side *s, struct view *v, unsigned btree, unsigned level, struct bpos pos)
{
	memset(s, 0, sizeof(*s));
	s->there = !locate(v, btree, level, pos, &s->at, NULL);
	if (s->there && s->at.got.node)
		node_iter_init(&s->it, v, s->at.got.node);
	side_next(s);
}

static void side_row(struct command_ctx *c, const char *what, const struct side *s)
{
	struct row r;

	row_begin(&r, c, "diff_node");
	row_str(&r, "side", what);
	row_bool(&r, "there", s->there);
	row_text(&r, *what == 'b' ? "---" : "+++");
	if (s->there) {
		row_btree(&r, "btree", s->at.btree);
		row_u64(&r, "level", s->at.level);
		row_pos(&r, "start", s->at.start);
		row_pos(&r, "end", s->at.end);
		row_bool(&r, "readable", s->at.got.node);
		row_on(&r, N_(" {btree}:{level} {start} .. {end}{readable!  unreadable}"));
	} else {
		row_on(&r, N_(" no node covers this"));
	}
	row_end(&r);
}

static void same_row(struct command_ctx *c, uint64_t same)
{
	struct row r;

	row_begin(&r, c, "diff_same");
	row_u64(&r, "keys", same);
	row_say_nr(&r, "{keys} key is the same", "{keys} keys are the same", same);
	row_end(&r);
}

/* Keys of both in order; those that are the same are counted. */
static uint64_t merge(const struct spot *at, struct side *a, struct side *b)
{
	uint64_t same = 0;

	while (a->more || b->more) {
		int order = !a->more ? 1 : !b->more ? -1 : bpos_cmp(a->k.k.p, b->k.k.p);
		bool from_a = order <= 0, from_b = order >= 0;

		if (from_a && from_b && same_key(a->k, b->k))
			same++;
		else
			two_keys(at, from_a, a->k, from_b, b->k);
		if (from_a)
			side_next(a);
		if (from_b)
			side_next(b);
	}
	return same;
}

static enum arb_code diff_node(struct command_ctx *c, struct arb_error *err)
{
	struct side before, after;
	unsigned btree, level;
	struct bpos pos;
	enum arb_code code = place(c, &btree, &level, &pos, err);

	if (code)
		return code;
	side_open(&before, session_disk_view(c->session), btree, level, pos);
	side_open(&after, session_planned_view(c->session), btree, level, pos);
	side_row(c, "before", &before);
	side_row(c, "after", &after);
	same_row(c, merge(&(struct spot){ c, btree, level, KEY_TEXT_FIRST_LINE }, &before, &after));
	location_put(&before.at);
	location_put(&after.at);
	return ARB_OK;
}

/* --- the tree --------------------------------------------------------------------------------------------------------------- */

static enum arb_code count_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	uint64_t *nr = arg;

	(void)n, (void)k;
	++*nr;
	return ARB_OK;
}

static uint64_t nodes_at(struct view *v, unsigned btree, unsigned level)
{
	uint64_t nr = 0;
	struct walk w = { .btree = btree, .level = level + 1, .start = POS_MIN, .end = SPOS_MAX, .key = count_pointer, .arg = &nr };

	if (v->roots[btree].exists && !v->roots[btree].lost && level <= v->roots[btree].level)
		view_walk(v, &w, NULL);
	return nr;
}

struct tree_diff {
	struct command_ctx *c;
	struct view *before, *after;
	unsigned btree;
	uint64_t lines;
	struct arb_error *err;
};

static void level_row(struct tree_diff *d, unsigned level)
{
	struct row r;

	row_begin(&r, d->c, "diff_level");
	row_btree(&r, "btree", d->btree);
	row_u64(&r, "level", level);
	row_u64(&r, "before", nodes_at(d->before, d->btree, level));
	row_u64(&r, "after", nodes_at(d->after, d->btree, level));
	row_say(&r, "nodes at level {level}: {before} -> {after}");
	row_end(&r);
}

static void tree_heading(struct tree_diff *d)
{
	unsigned top = d->before->roots[d->btree].level, top_after = d->after->roots[d->btree].level;
	ARB_BUF(b);

	if (d->lines++)
		return;
	btree_id_to_text(&b, d->btree);
	if (!cmd_wants_events(d->c))
		cmd_line(d->c, "== %s", arb_buf_str(&b));
	for (unsigned level = top > top_after ? top : top_after; level != ~0u; level--)
		level_row(d, level);
}

static enum arb_code pointer_changed(void *arg, const struct overlay_key *k)
{
	struct tree_diff *d = arg;
	struct bkey_buf was, is;
	bool had, has;
	enum arb_code code;

	if (k->btree != d->btree || !k->level || k->cause == OVERLAY_FROM_JOURNAL)
		return ARB_OK;
	if (session_cancelled(d->c->session))
		return arb_fail(d->err, ARB_E_CANCELLED, "cancelled");
	code = plan_lookup(d->before, d->btree, k->level, k->key.k.p, &was, &had, d->err);
	code = code ? code : plan_lookup(d->after, d->btree, k->level, k->key.k.p, &is, &has, d->err);
	if (code || (!had && !has) || (had && has && same_key(bkey_buf_s(&was), bkey_buf_s(&is))))
		return code;
	tree_heading(d);
	two_keys(&(struct spot){ d->c, d->btree, k->level, KEY_TEXT_FIRST_LINE }, had, bkey_buf_s(&was), has, bkey_buf_s(&is));
	return ARB_OK;
}

static void root_changed(struct tree_diff *d)
{
	const struct btree_root *was = &d->before->roots[d->btree], *is = &d->after->roots[d->btree];

	if (!is->cause)
		return;
	tree_heading(d);
	two_keys(&(struct spot){ d->c, d->btree, (is->exists ? is : was)->level + 1u, KEY_TEXT_FIRST_LINE },
		 was->exists && !was->lost && !was->fake, bkey_buf_s(&was->key), is->exists && !is->fake, bkey_buf_s(&is->key));
}

static enum arb_code diff_tree(struct command_ctx *c, struct arb_error *err)
{
	struct tree_diff d = { .c = c, .before = session_disk_view(c->session), .after = session_planned_view(c->session), .err = err };
	unsigned only = BTREE_ID_NR_MAX, level;
	uint64_t lines = 0;
	bool has_level;
	enum arb_code code = c->argc > 1 ? arg_btree(c->argv[1], &has_level, &only, &level, err) : ARB_OK;

	for (d.btree = 0; d.btree < BTREE_ID_NR_MAX && !code; d.btree++) {
		if (c->argc > 1 && d.btree != only)
			continue;
		d.lines = 0;
		root_changed(&d);
		code = overlay_for_each(d.after->overlay, pointer_changed, &d);
		lines += d.lines;
	}
	if (!code && !lines && !cmd_wants_events(c))
		cmd_line(c, "the plan changes no pointer to a node");
	return code;
}

/* --- counters ----------------------------------------------------------------------------------------------------------------- */

struct counter_diff {
	struct command_ctx *c;
	struct bpos last;
	uint64_t lines;
	struct arb_error *err;
};

static void put_counters(struct row *r, struct arb_buf *text, const char *name, bool there, const struct bkey_buf *k)
{
	int64_t v[ACCT_COUNTERS_MAX] = { 0 };
	unsigned nr = there ? accounting_get(bkey_buf_s(k), v) : 0;

	json_array(&r->j, name);
	if (!nr)
		arb_buf_puts(text, " 0");
	for (unsigned i = 0; i < nr && i < ACCT_COUNTERS_MAX; i++) {
		json_s64(&r->j, NULL, v[i]);
		arb_buf_printf(text, " %lld", (long long)v[i]);
	}
	json_array_end(&r->j);
}

static enum arb_code counter_changed(void *arg, const struct overlay_key *k)
{
	struct counter_diff *d = arg;
	struct accounting_pos a = accounting_pos_get(k->key.k.p);
	struct bkey_buf was, is;
	bool had, has;
	struct row r;
	ARB_BUF(b);
	enum arb_code code;

	if (k->btree != BTREE_accounting || k->level || k->cause == OVERLAY_FROM_JOURNAL || (d->lines && bpos_eq(d->last, k->key.k.p)))
		return ARB_OK;
	code = plan_lookup(session_disk_view(d->c->session), BTREE_accounting, 0, k->key.k.p, &was, &had, d->err);
	code = code ? code : plan_lookup(session_planned_view(d->c->session), BTREE_accounting, 0, k->key.k.p, &is, &has, d->err);
	if (code)
		return code;
	accounting_pos_to_text(&b, &a);
	row_begin(&r, d->c, "diff_counter");
	row_str(&r, "counter", arb_buf_str(&b));
	row_pos(&r, "pos", k->key.k.p);
	arb_buf_putc(&b, ':');
	put_counters(&r, &b, "before", had, &was);
	arb_buf_puts(&b, " ->");
	put_counters(&r, &b, "after", has, &is);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
	d->last = k->key.k.p;
	d->lines++;
	return ARB_OK;
}

static enum arb_code diff_counters(struct command_ctx *c, struct arb_error *err)
{
	struct counter_diff d = { .c = c, .err = err };
	enum arb_code code = overlay_for_each(session_planned_view(c->session)->overlay, counter_changed, &d);

	if (!code && !d.lines && !cmd_wants_events(c))
		cmd_line(c, "the plan changes no counter");
	return code;
}

/* --- repairs -------------------------------------------------------------------------------------------------------------------- */

static enum arb_code diff_repairs(struct command_ctx *c, struct arb_error *err)
{
	const struct plan *p = session_plan(c->session);
	uint64_t n = 0;
	size_t shown = 0;
	enum arb_code code = c->argc ? arg_number(c->argv[0], UINT32_MAX, &n, err) : ARB_OK;

	if (code)
		return code;
	for (size_t i = 0; i < plan_nr(p); i++)
		if (!n || plan_repair(p, i)->id == n) {
			repair_row(c, plan_repair(p, i), true);
			shown++;
		}
	if (!shown && n)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no repair %s in the plan", c->argv[0]);
	if (!shown && !cmd_wants_events(c))
		cmd_line(c, "the plan is empty");
	return ARB_OK;
}

enum arb_code cmd_diff(struct command_ctx *c, struct arb_error *err)
{
	static const struct {
		const char *what;
		int max_args;
		enum arb_code (*diff)(struct command_ctx *c, struct arb_error *err);
	} kinds[] = { { "key", 3, diff_key }, { "node", 3, diff_node }, { "tree", 2, diff_tree }, { "counters", 1, diff_counters } };

	for (size_t i = 0; c->argc && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(c->argv[0], kinds[i].what))
			return c->argc <= kinds[i].max_args ? kinds[i].diff(c, err) : arg_fail_usage(c, err);
	return c->argc > 1 ? arg_fail_usage(c, err) : diff_repairs(c, err);
}
