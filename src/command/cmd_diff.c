/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff: before and after. What stands on disk (with the journal) is held against what stands there with the plan. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/accounting.h"
#include "arborist/format/key_type.h"
#include "internal.h"

static void key_line(struct command_ctx *c, char sign, struct bkey_s k, unsigned flags)
{
	struct key_text_ctx t = { .geo = &session_planned_view(c->session)->geo, .flags = flags };
	ARB_BUF(b);

	arb_buf_printf(&b, "%c ", sign);
	bkey_to_text(&b, &t, k);
	cmd_text(c, arb_buf_str(&b));
}

static bool same_key(struct bkey_s a, struct bkey_s b)
{
	return a.k.u64s == b.k.u64s && a.k.type == b.k.type && a.k.size == b.k.size && bpos_eq(a.k.p, b.k.p) &&
	       !memcmp(a.v, b.v, bkey_val_bytes(&a.k));
}

static void two_keys(struct command_ctx *c, bool had, struct bkey_s was, bool has, struct bkey_s is, unsigned flags)
{
	if (had && has && same_key(was, is)) {
		key_line(c, ' ', is, flags);
		return;
	}
	if (had)
		key_line(c, '-', was, flags);
	if (has)
		key_line(c, '+', is, flags);
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
	bool had = false, has = false;
	unsigned btree, level;
	struct bpos pos;
	enum arb_code code = place(c, &btree, &level, &pos, err);

	code = code ? code : plan_lookup(before, btree, level, pos, &was, &had, err);
	code = code ? code : plan_lookup(after, btree, level, pos, &is, &has, err);
	if (!code && !had && !has)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "no key stands there, neither on disk nor with the plan");
	if (!code)
		two_keys(c, had, bkey_buf_s(&was), has, bkey_buf_s(&is), KEY_TEXT_FULL);
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

static void side_line(struct command_ctx *c, const char *what, const struct side *s)
{
	ARB_BUF(b);

	arb_buf_printf(&b, "%s ", what);
	if (!s->there) {
		arb_buf_puts(&b, _("no node covers this"));
	} else {
		btree_id_to_text(&b, s->at.btree);
		arb_buf_printf(&b, ":%u ", s->at.level);
		bpos_to_text(&b, s->at.start);
		arb_buf_puts(&b, " .. ");
		bpos_to_text(&b, s->at.end);
		if (!s->at.got.node)
			arb_buf_printf(&b, "  %s", _("unreadable"));
	}
	cmd_line(c, "%s", arb_buf_str(&b));
}

/* Keys of both in order; those that are the same are counted. */
static uint64_t merge(struct command_ctx *c, struct side *a, struct side *b)
{
	uint64_t same = 0;

	while (a->more || b->more) {
		int order = !a->more ? 1 : !b->more ? -1 : bpos_cmp(a->k.k.p, b->k.k.p);
		bool from_a = order <= 0, from_b = order >= 0;

		if (from_a && from_b && same_key(a->k, b->k))
			same++;
		else
			two_keys(c, from_a, a->k, from_b, b->k, KEY_TEXT_FIRST_LINE);
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
	uint64_t same;
	enum arb_code code = place(c, &btree, &level, &pos, err);

	if (code)
		return code;
	side_open(&before, session_disk_view(c->session), btree, level, pos);
	side_open(&after, session_planned_view(c->session), btree, level, pos);
	side_line(c, "---", &before);
	side_line(c, "+++", &after);
	same = merge(c, &before, &after);
	cmd_line(c, P_("%llu key is the same", "%llu keys are the same", same), (unsigned long long)same);
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

static void tree_heading(struct tree_diff *d)
{
	unsigned top = d->before->roots[d->btree].level, top_after = d->after->roots[d->btree].level;
	ARB_BUF(b);

	if (d->lines++)
		return;
	btree_id_to_text(&b, d->btree);
	cmd_line(d->c, "== %s", arb_buf_str(&b));
	for (unsigned level = top > top_after ? top : top_after; level != ~0u; level--)
		cmd_line(d->c, "nodes at level %u: %llu -> %llu", level, (unsigned long long)nodes_at(d->before, d->btree, level),
			 (unsigned long long)nodes_at(d->after, d->btree, level));
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
	two_keys(d->c, had, bkey_buf_s(&was), has, bkey_buf_s(&is), KEY_TEXT_FIRST_LINE);
	return ARB_OK;
}

static void root_changed(struct tree_diff *d)
{
	const struct btree_root *was = &d->before->roots[d->btree], *is = &d->after->roots[d->btree];

	if (!is->cause)
		return;
	tree_heading(d);
	two_keys(d->c, was->exists && !was->lost && !was->fake, bkey_buf_s(&was->key), is->exists && !is->fake, bkey_buf_s(&is->key),
		 KEY_TEXT_FIRST_LINE);
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
	if (!code && !lines)
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

static void counters_text(struct arb_buf *out, bool there, const struct bkey_buf *k)
{
	int64_t v[ACCT_COUNTERS_MAX] = { 0 };
	unsigned nr = there ? accounting_get(bkey_buf_s(k), v) : 0;

	if (!nr)
		arb_buf_puts(out, " 0");
	for (unsigned i = 0; i < nr && i < ACCT_COUNTERS_MAX; i++)
		arb_buf_printf(out, " %lld", (long long)v[i]);
}

static enum arb_code counter_changed(void *arg, const struct overlay_key *k)
{
	struct counter_diff *d = arg;
	struct accounting_pos a = accounting_pos_get(k->key.k.p);
	struct bkey_buf was, is;
	bool had, has;
	ARB_BUF(b);
	enum arb_code code;

	if (k->btree != BTREE_accounting || k->level || k->cause == OVERLAY_FROM_JOURNAL || (d->lines && bpos_eq(d->last, k->key.k.p)))
		return ARB_OK;
	code = plan_lookup(session_disk_view(d->c->session), BTREE_accounting, 0, k->key.k.p, &was, &had, d->err);
	code = code ? code : plan_lookup(session_planned_view(d->c->session), BTREE_accounting, 0, k->key.k.p, &is, &has, d->err);
	if (code)
		return code;
	accounting_pos_to_text(&b, &a);
	arb_buf_putc(&b, ':');
	counters_text(&b, had, &was);
	arb_buf_puts(&b, " ->");
	counters_text(&b, has, &is);
	cmd_line(d->c, "%s", arb_buf_str(&b));
	d->last = k->key.k.p;
	d->lines++;
	return ARB_OK;
}

static enum arb_code diff_counters(struct command_ctx *c, struct arb_error *err)
{
	struct counter_diff d = { .c = c, .err = err };
	enum arb_code code = overlay_for_each(session_planned_view(c->session)->overlay, counter_changed, &d);

	if (!code && !d.lines)
		cmd_line(c, "the plan changes no counter");
	return code;
}

/* --- repairs -------------------------------------------------------------------------------------------------------------------- */

static enum arb_code diff_repairs(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n = 0;
	ARB_BUF(b);
	enum arb_code code = c->argc ? arg_number(c->argv[0], UINT32_MAX, &n, err) : ARB_OK;

	if (code)
		return code;
	plan_diff_to_text(&b, session_plan(c->session), (uint32_t)n);
	if (!b.len && n)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no repair %s in the plan", c->argv[0]);
	if (!b.len)
		cmd_line(c, "the plan is empty");
	cmd_text(c, arb_buf_str(&b));
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
