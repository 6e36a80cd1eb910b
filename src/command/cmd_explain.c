/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why the engine stands where it stands: which row of which table applies, to which data, who wins and why, and what each
 * answer would do and lose. Of a question, a stop, a finding of before, or of the place at the cursor.
 */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"
#include "arborist/pass/explain.h"
#include "arborist/session/describe.h"
#include "arborist/session/stepping.h"
#include "explain.h"

/* --- a finding ----------------------------------------------------------------------------------------------------------- */

static void rule_json(struct row *r, const char *where, const struct rule *rule)
{
	json_object(&r->j, NULL);
	if (where)
		json_str(&r->j, "where", where);
	json_str(&r->j, "name", rule->name);
	json_str(&r->j, "when", rule->when);
	json_str(&r->j, "then", rule->then);
}

static void one_rule(struct row *r, const struct rule *rule)
{
	json_array(&r->j, "rules");
	if (rule) {
		rule_json(r, NULL, rule);
		json_object_end(&r->j);
		row_line(r, "the rule:    %s: when %s, then %s", tr(rule->name), tr(rule->when), tr(rule->then));
	}
	json_array_end(&r->j);
}

/* Findings without a table of rows have one rule: what they are. */
static void rule(struct row *r, const struct finding *f)
{
	const char *fix = f->fix ? f->fix : explain_decides(r, f) ? tr(f->row->fix) : "";

	one_rule(r, f->rule);
	if (!f->rule)
		row_line(r, "the rule:    %s has no table of cases: whatever is found like this is settled in one way: %s", f->row->id,
			 *fix ? fix : _("it is told, and left."));
}

static void standing(struct row *r, const struct finding *f)
{
	const struct stop_event *at = session_stop(r->c->session, NULL);
	const struct repair *x = explain_repair_of(r, f);
	bool waits = f == session_waiting(r->c->session), comes = at && at->finding == f;

	json_str(&r->j, "state", finding_state(r->c, f));
	json_bool(&r->j, "waits", waits || comes);
	if (!waits && !comes)
		json_str(&r->j, "answered", answer_verb_name(f->answer.verb));
	if (waits)
		row_line(r, "It waits for an answer: answer %u y, n, Y, N or stop.", f->serial);
	else if (comes)
		row_line(r, "It is going to be decided: step asks, or answer %u y, n, Y, N or stop answers beforehand.", f->serial);
	else
		row_line(r, "answered:    %s (%s)", tr(answer_verb_name(f->answer.verb)), tr(answer_source_name(f->answer.source)));
	if (!f->fixed || !x)
		return;
	json_u64(&r->j, "repair", x->id);
	row_line(r, "It stands in the plan as repair %u: diff %u shows it, drop %u takes it back.", x->id, x->id, x->id);
}

static void of_finding(struct row *r, const struct finding *f)
{
	ARB_BUF(b);

	json_str(&r->j, "of", "finding");
	json_u64(&r->j, "serial", f->serial);
	json_str(&r->j, "id", f->row->id);
	arb_buf_printf(&b, _("finding %u: "), f->serial);
	finding_to_text(&b, f);
	row_text(r, arb_buf_str(&b));
	if (f->row->help)
		row_line(r, "what it is:  %s", tr(f->row->help));
	rule(r, f);
	explain_data(r, f);
	explain_answers(r, f);
	standing(r, f);
}

static void finding_first(struct command_ctx *c, const struct finding *f)
{
	struct json j = { 0 };

	if (!cmd_wants_events(c))
		return;
	finding_event(&j, f, finding_state(c, f));
	cmd_event(c, &j);
}

void explain_finding(struct command_ctx *c, const struct finding *f)
{
	struct row r;

	finding_first(c, f);
	row_begin(&r, c, "explain");
	of_finding(&r, f);
	row_end(&r);
}

/* --- a place ---------------------------------------------------------------------------------------------------------------- */

static void explain_key(struct row *r, struct bkey_s k)
{
	ARB_BUF(b);

	describe_key(&b, session_view(r->c->session), k);
	row_indented(r, arb_buf_str(&b), "  ");
	if (bkey_type_help(k.k.type))
		row_line(r, "a key of type %s: %s", bkey_type_name(k.k.type), tr(bkey_type_help(k.k.type)));
}

static void unreadable(struct row *r, const struct location *l)
{
	ARB_BUF(b);

	describe_defects(&b, l->got.defects);
	row_line(r, "This node cannot be read. check_topology raises btree_node_unreadable for it:");
	row_text(r, arb_buf_str(&b));
	row_line(r, "  fix takes the pointer out of its parent; the scan of the devices may find another copy of what it held. skip stops the pass.");
}

static void side_json(struct row *r, const char *name, const struct topology_side *x)
{
	struct json *j = &r->j;
	ARB_BUF(start);
	ARB_BUF(end);

	if (!x->there)
		return;
	bpos_to_text(&start, x->min);
	bpos_to_text(&end, x->max);
	json_object(j, name);
	json_str(j, "start", arb_buf_str(&start));
	json_str(j, "end", arb_buf_str(&end));
	json_bool(j, "readable", x->readable);
	if (x->age)
		json_u64(j, "age", x->age);
	json_object_end(j);
}

static void cases_json(struct row *r, const struct topology_cases *cases)
{
	json_array(&r->j, "rules");
	for (unsigned i = 0; i < cases->nr; i++) {
		rule_json(r, cases->v[i].where, cases->v[i].rule);
		side_json(r, "before", &cases->v[i].before);
		side_json(r, "after", &cases->v[i].after);
		json_object_end(&r->j);
	}
	json_array_end(&r->j);
}

static enum arb_code tables(struct row *r, const struct location *l, struct arb_error *err)
{
	struct view *v = session_view(r->c->session);
	struct location up = { 0 };
	struct topology_cases cases = { .nr = 0 };
	bool root = l->level >= l->root_level;
	enum arb_code code = root ? ARB_OK : locate(v, l->btree, l->level + 1, l->start, &up, err);
	ARB_BUF(b);

	if (code)
		return code;
	if (root || up.got.node)
		code = topology_explain(v, root ? NULL : up.got.node, l->got.node, &b, &cases, err);
	cases_json(r, &cases);
	if (b.len)
		row_text(r, arb_buf_str(&b));
	if (!root)
		location_put(&up);
	return code;
}

/* The node, and the key that the cursor stands at or before. */
static void sides(struct row *r, const struct location *l, const struct bkey_buf *k)
{
	json_array(&r->j, "sides");
	explain_node_side(r, "node", l->btree, l->level, bkey_buf_s(&l->ptr), l->got.node);
	if (k)
		explain_node_side(r, "key", l->btree, l->level, bkey_buf_s(k), NULL);
	json_array_end(&r->j);
	if (!k)
		return;
	row_line(r, "the key at or behind the cursor:");
	explain_key(r, bkey_buf_s(k));
}

static void place_head(struct row *r, const struct location *l)
{
	ARB_BUF(b);

	row_btree(r, "btree", l->btree);
	row_u64(r, "level", l->level);
	row_pos(r, "start", l->start);
	row_pos(r, "end", l->end);
	btree_id_to_text(&b, l->btree);
	if (btree_info(l->btree)->what)
		row_line(r, "btree %s: %s", arb_buf_str(&b), tr(btree_info(l->btree)->what));
	arb_buf_reset(&b);
	describe_pointer(&b, session_view(r->c->session), l);
	row_text(r, arb_buf_str(&b));
}

static enum arb_code of_place(struct row *r, unsigned btree, unsigned level, struct bpos pos, bool keys, struct arb_error *err)
{
	struct location l;
	struct bkey_buf k;
	enum arb_code code = locate(session_view(r->c->session), btree, level, pos, &l, err);

	if (code)
		return code;
	place_head(r, &l);
	if (l.got.node)
		code = tables(r, &l, err);
	else
		unreadable(r, &l);
	keys = keys && !l.level && location_key(session_view(r->c->session), &l, pos, &k);
	if (!code)
		sides(r, &l, keys ? &k : NULL);
	location_put(&l);
	return code;
}

/* --- a stop ----------------------------------------------------------------------------------------------------------------- */

static const struct finding *finding_of(struct command_ctx *c, uint32_t serial)
{
	for (size_t i = 0; i < session_findings_nr(c->session); i++)
		if (session_finding(c->session, i)->serial == serial)
			return session_finding(c->session, i);
	return NULL;
}

static void pass_rule(struct row *r, const struct stop_event *e)
{
	if (!e->pass)
		return;
	json_str(&r->j, "pass", e->pass->name);
	if (e->what != STOP_PASS && e->pass->at_node && e->what != STOP_NODE)
		one_rule(r, e->pass->at_node);
	else if (e->what != STOP_PASS && e->pass->at_node)
		row_line(r, "the rule:    %s: when %s, then %s", tr(e->pass->at_node->name), tr(e->pass->at_node->when), tr(e->pass->at_node->then));
	else
		row_line(r, "the pass:    %s", tr(e->pass->help));
}

static enum arb_code of_stop(struct row *r, const struct stop_event *e, unsigned breakpoint, struct arb_error *err)
{
	const struct finding *f = e->what == STOP_MUTATION ? finding_of(r->c, e->repair->finding_serial) : NULL;
	ARB_BUF(b);

	stop_to_text(&b, r->c->session, e, breakpoint);
	row_text(r, arb_buf_str(&b));
	if (f) {
		of_finding(r, f);
		return ARB_OK;
	}
	json_str(&r->j, "of", "stop");
	pass_rule(r, e);
	if (e->what == STOP_KEY)
		explain_key(r, e->key);
	return e->what == STOP_NODE ? of_place(r, e->btree, e->level, e->start, false, err) : ARB_OK;
}

/* --- all together ----------------------------------------------------------------------------------------------------------- */

/* Where gc stands to the place at the cursor: what a running pass has still to come to is not counted yet. */
static void visited(struct command_ctx *c)
{
	const struct cursor *cur = session_cursor(c->session);
	struct session_state st;

	session_state(c->session, &st);
	if (!session_in_a_pass(c->session) || !cur->valid || st.progress.pos.phase != GC_PHASE_btree ||
	    gc_pos_visit(&st.progress, cur->btree, cur->level, cur->pos) == GC_VISIT_NOT_RUNNING)
		return;
	if (!cmd_wants_events(c))
		cmd_line(c, "the cursor:");
	gc_visit_line(c, cur->btree, cur->level, cur->pos);
}

static enum arb_code here(struct row *r, const struct stop_event *at, unsigned breakpoint, struct arb_error *err)
{
	const struct cursor *cur = session_cursor(r->c->session);

	if (at)
		return of_stop(r, at, breakpoint, err);
	json_str(&r->j, "of", cur->valid ? "place" : "nothing");
	if (cur->valid)
		return of_place(r, cur->btree, cur->level, cur->pos, true, err);
	row_line(r, "Nothing to explain yet: goto BTREE POS stands somewhere, run check_topology finds what is wrong, break stops it.");
	return ARB_OK;
}

enum arb_code cmd_explain(struct command_ctx *c, struct arb_error *err)
{
	const struct finding *f = session_waiting(c->session);
	size_t n = session_findings_nr(c->session);
	enum arb_code code = ARB_OK;
	unsigned breakpoint;
	const struct stop_event *at = session_stop(c->session, &breakpoint);
	struct row r;

	if (c->argc)
		return explain_number(c, c->argv[0], err);
	if (!f && at && at->what == STOP_FINDING)
		f = at->finding;
	if (!f && !at && !session_cursor(c->session)->valid && n)
		f = session_finding(c->session, n - 1);
	if (f) {
		explain_finding(c, f);
	} else {
		if (at && at->what == STOP_MUTATION && finding_of(c, at->repair->finding_serial))
			finding_first(c, finding_of(c, at->repair->finding_serial));
		row_begin(&r, c, "explain");
		code = here(&r, at, breakpoint, err);
		if (code)
			row_drop(&r);
		else
			row_end(&r);
	}
	if (!code)
		visited(c);
	return code;
}
