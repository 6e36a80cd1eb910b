/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keys and nodes: long listings in the reference's form, streamed. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/find.h"
#include "listing.h"

void listing_init(struct listing *l, struct command_ctx *c, const char *event)
{
	*l = (struct listing){ .c = c, .event = event };
	l->text.geo = &session_view(c->session)->geo;
	l->text.flags = KEY_TEXT_FIRST_LINE;
}

void listing_free(struct listing *l)
{
	arb_buf_free(&l->line);
}

void key_event(struct json *j, const char *event, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k, const char *text)
{
	json_begin(j);
	json_str(j, "event", event);
	find_fields_to_json(j, geo, btree, level, k);
	json_str(j, "text", text);
	json_end(j);
}

enum arb_code listing_key(struct listing *l, unsigned level, struct bkey_s k)
{
	if (session_cancelled(l->c->session))
		return ARB_E_CANCELLED;
	l->shown++;
	arb_buf_reset(&l->line);
	bkey_to_text(&l->line, &l->text, k);
	if (cmd_wants_events(l->c)) {
		struct json j = { 0 };

		key_event(&j, l->event, l->text.geo, l->btree, level, k, arb_buf_str(&l->line));
		cmd_event(l->c, &j);
		return ARB_OK;
	}
	if (l->headings) {
		ARB_BUF(b);

		btree_id_to_text(&b, l->btree);
		cmd_line(l->c, level ? _("== %s level %u") : _("== %s"), arb_buf_str(&b), level);
		l->headings = false;
	}
	cmd_text(l->c, arb_buf_str(&l->line));
	return ARB_OK;
}

static enum arb_code list_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct listing *l = arg;

	(void)n;
	return listing_key(l, l->level, k);
}

void listing_bad(struct listing *l, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	ARB_BUF(b);

	l->unreadable++;
	btree_id_to_text(&b, l->btree);
	arb_buf_printf(&b, " level %u ", level);
	bpos_to_text(&b, ptr_start(ptr));
	arb_buf_puts(&b, " .. ");
	bpos_to_text(&b, ptr.k.p);
	session_complain(l->c->session, "node %s cannot be read%s%s", arb_buf_str(&b),
			 d && d->list.nr ? ": " : "", d && d->list.nr ? d->list.v[0].text : "");
}

static enum arb_code list_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	listing_bad(arg, level, ptr, d);
	return ARB_OK;
}

enum arb_code listing_walk(struct listing *l, unsigned level, struct bpos start, struct bpos end, struct arb_error *err)
{
	struct walk w = { .btree = l->btree, .level = level, .start = start, .end = end,
			  .key = list_key, .bad = list_bad, .arg = l };
	enum arb_code code;

	l->level = level;
	code = view_walk(session_view(l->c->session), &w, err);
	return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
}

enum arb_code listing_end(const struct listing *l, enum arb_code code, struct arb_error *err)
{
	if (code || !l->unreadable)
		return code;
	return arb_fail(err, ARB_E_CONTENT, P_("%llu node could not be read; what it held is missing here",
			"%llu nodes could not be read; what they held is missing here", l->unreadable), (unsigned long long)l->unreadable);
}

static enum arb_code no_such_btree(unsigned btree, const struct btree_root *r, struct arb_error *err)
{
	ARB_BUF(b);

	btree_id_to_text(&b, btree);
	return arb_fail(err, ARB_E_CONTENT, "the root of btree %s is lost: %s", arb_buf_str(&b), r->why);
}

static enum arb_code keys_here(struct listing *l, struct arb_error *err)
{
	struct location at;
	enum arb_code code = at_cursor(l->c, &at, err);
	struct node_iter it;
	struct bkey_s k;

	if (code)
		return code;
	if (!at.got.node) {
		location_put(&at);
		return arb_fail(err, ARB_E_CONTENT, "the node at the cursor cannot be read; node says why");
	}
	l->btree = at.btree;
	node_iter_init(&it, session_view(l->c->session), at.got.node);
	while (!code && node_iter_next(&it, &k))
		code = listing_key(l, at.level, k);
	location_put(&at);
	return code ? arb_fail(err, code, "cancelled") : ARB_OK;
}

static enum arb_code keys_everywhere(struct listing *l, struct arb_error *err)
{
	struct view *v = session_view(l->c->session);
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !code; i++)
		if (v->roots[i].exists && !v->roots[i].lost) {
			l->btree = i;
			l->headings = true;
			code = listing_walk(l, 0, POS_MIN, SPOS_MAX, err);
		}
	return code;
}

static enum arb_code keys_range(struct listing *l, struct arb_error *err)
{
	struct view *v = session_view(l->c->session);
	struct bpos start, end = SPOS_MAX;
	struct command_ctx *c = l->c;
	unsigned level;
	bool has_level;
	enum arb_code code = arg_btree_pos(c, &has_level, &l->btree, &level, &start, err);

	if (!code && c->argc > 2)
		code = arg_end(c->argv[2], &end, err);
	if (code)
		return code;
	if (bpos_lt(end, start))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "the range %s..%s ends before it begins", c->argv[1], c->argv[2]);
	if (v->roots[l->btree].lost)
		return no_such_btree(l->btree, &v->roots[l->btree], err);
	if (!v->roots[l->btree].exists)
		return ARB_OK;
	return listing_walk(l, level, start, end, err);
}

enum arb_code cmd_keys(struct command_ctx *c, struct arb_error *err)
{
	struct listing l;
	enum arb_code code;

	listing_init(&l, c, "key");
	if (c->argc)
		code = keys_range(&l, err);
	else if (session_cursor(c->session)->valid)
		code = keys_here(&l, err);
	else
		code = keys_everywhere(&l, err);
	listing_free(&l);
	return listing_end(&l, code, err);
}

static enum arb_code list_node(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct listing *l = arg;

	(void)got;
	return listing_key(l, level, ptr);
}

/* Pointers to the level-@level nodes are the keys one level up; above the root stands its own pointer. */
static enum arb_code nodes_level(struct listing *l, unsigned level, struct arb_error *err)
{
	struct view *v = session_view(l->c->session);

	if (level > v->roots[l->btree].level)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "the root of this btree is at level %u", v->roots[l->btree].level);
	return listing_walk(l, level + 1, POS_MIN, SPOS_MAX, err);
}

static enum arb_code nodes_all(struct listing *l, struct arb_error *err)
{
	enum arb_code code = view_walk_nodes(session_view(l->c->session), l->btree, 0, list_node, l, err);

	return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
}

enum arb_code cmd_nodes(struct command_ctx *c, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	struct cursor *cur = session_cursor(c->session);
	struct listing l;
	unsigned level = 0;
	bool has_level = true;
	enum arb_code code = ARB_OK;

	listing_init(&l, c, "node");
	if (c->argc)
		code = arg_btree(c->argv[0], &has_level, &l.btree, &level, err);
	else if (!cur->valid)
		code = arg_fail_usage(c, err);
	else
		l.btree = cur->btree, level = cur->level;
	if (!code && v->roots[l.btree].lost)
		code = no_such_btree(l.btree, &v->roots[l.btree], err);
	if (!code && v->roots[l.btree].exists)
		code = has_level ? nodes_level(&l, level, err) : nodes_all(&l, err);
	listing_free(&l);
	return listing_end(&l, code, err);
}
