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
#include "internal.h"

/* --- a finding ----------------------------------------------------------------------------------------------------------- */

void explain_indented(struct command_ctx *c, const char *text, const char *indent)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		ARB_BUF(b);

		arb_buf_puts(&b, indent);
		arb_buf_mem(&b, text, n);
		arb_buf_putc(&b, '\n');
		cmd_text(c, arb_buf_str(&b));
		text += n + (text[n] == '\n');
	}
}

/* Findings without a table of rows have one rule: what they are. */
static void rule(struct command_ctx *c, const struct finding *f)
{
	if (f->rule)
		cmd_line(c, "the rule:    %s: when %s, then %s", tr(f->rule->name), tr(f->rule->when), tr(f->rule->then));
	else
		cmd_line(c, "the rule:    %s has no table of cases: whatever is found like this is settled in one way: %s", f->row->id,
			 *tr(f->row->fix) ? tr(f->row->fix) : _("it is told, and left."));
}

static const struct repair *repair_of(struct command_ctx *c, const struct finding *f)
{
	const struct plan *p = session_plan(c->session);

	for (size_t i = 0; !f->repair && i < plan_nr(p); i++)
		if (plan_repair(p, i)->finding_serial == f->serial)
			return plan_repair(p, i);
	return f->repair;
}

static bool has_line(const char *text, const char *line, size_t n)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") == n && !strncmp(text, line, n))
			return true;
	return false;
}

/* Lines behind the first that stand in @a and not in @b. */
static void other_lines(struct arb_buf *out, char sign, const char *a, const char *b)
{
	for (a += strcspn(a, "\n"); *a; a += strcspn(a, "\n")) {
		size_t n;

		a++;
		n = strcspn(a, "\n");
		if (n && !has_line(b, a, n))
			arb_buf_printf(out, "      %c%.*s\n", sign, (int)n, a);
	}
}

/* Keys of many lines (alloc, inode) are listed by their first; here the fields that change. */
static void fields(struct command_ctx *c, struct arb_buf *out, const struct mutation *m)
{
	struct view *v = session_view(c->session);
	struct bkey_buf old;
	bool found = m->old;
	ARB_BUF(was);
	ARB_BUF(is);

	if (m->kind != MUTATION_INSERT || !m->new || m->level || m->btree == BTREE_accounting)
		return;
	if (found)
		bkey_buf_set(&old, bkey_buf_s(m->old));
	else if (view_lookup(v, m->btree, m->pos, &old, &found, NULL))
		return;
	if (found)
		describe_key(&was, v, bkey_buf_s(&old));
	describe_key(&is, v, bkey_buf_s(m->new));
	other_lines(out, '-', arb_buf_str(&was), arb_buf_str(&is));
	other_lines(out, '+', arb_buf_str(&is), arb_buf_str(&was));
}

/* What it changes: keys one by one; what the superblock gets is the same for many, and is counted. */
static void changes(struct command_ctx *c, const struct repair *r)
{
	const struct fs_geometry *geo = &session_view(c->session)->geo;
	size_t super = 0;
	ARB_BUF(b);

	loss_to_text(&b, &r->loss);
	if (b.len)
		cmd_line(c, "  loses:     %s", arb_buf_str(&b));
	arb_buf_reset(&b);
	for (size_t i = 0; i < r->mutations.nr; i++)
		if (r->mutations.v[i].kind == MUTATION_SUPER)
			super++;
		else
			mutation_to_text(&b, geo, &r->mutations.v[i]), fields(c, &b, &r->mutations.v[i]);
	if (b.len)
		cmd_line(c, "  changes (- old, + new):");
	explain_indented(c, arb_buf_str(&b), "  ");
	if (super)
		cmd_line(c, "    and notes in the superblock what the next mount has to check (%zu entries; diff shows them)", super);
}

/* Of a repair that was not taken. */
static void changes_then(struct command_ctx *c, const struct finding *f)
{
	struct loss loss;
	const char *text = session_finding_changes(c->session, f->serial, &loss);
	ARB_BUF(b);

	if (!text)
		return;
	loss_to_text(&b, &loss);
	if (b.len)
		cmd_line(c, "  loses:     %s", arb_buf_str(&b));
	if (*text)
		cmd_line(c, "  would have changed (- old, + new):");
	explain_indented(c, text, "  ");
}

static void answers(struct command_ctx *c, const struct finding *f)
{
	const struct repair *r = repair_of(c, f);
	bool decides = f->row->kind != FINDING_NOTE && f->row->kind != FINDING_NEED_FSCK;
	ARB_BUF(skip);

	if (!decides) {
		cmd_line(c, "nothing is decided here: it is only reported");
		return;
	}
	cmd_line(c, "fix:         %s", f->fix ? f->fix : *tr(f->row->fix) ? tr(f->row->fix) : _("The repair goes into the plan."));
	if (r)
		changes(c, r);
	else
		changes_then(c, f);
	if (f->no_repair)
		cmd_line(c, "  nothing can be done about it now; it counts as left");
	finding_skip_to_text(&skip, f);
	cmd_line(c, "skip:        %s", skip.len ? arb_buf_str(&skip) : _("It stays as it is, and counts as left."));
	cmd_line(c, "stop:        The pass ends here; what was accepted before stays in the plan.");
	cmd_line(c, "suggested:   %s, because %s", tr(answer_verb_name(f->suggested)), finding_why(f));
	if (f->empties)
		cmd_line(c, "expert:      A fix empties the btree for good: the question wants its name typed, or set expert on.");
}

static void standing(struct command_ctx *c, const struct finding *f)
{
	const struct stop_event *at = session_stop(c->session, NULL);
	const struct repair *r = repair_of(c, f);

	if (f == session_waiting(c->session))
		cmd_line(c, "It waits for an answer: answer %u y, n, Y, N or stop.", f->serial);
	else if (at && at->finding == f)
		cmd_line(c, "It is going to be decided: step asks, or answer %u y, n, Y, N or stop answers beforehand.", f->serial);
	else
		cmd_line(c, "answered:    %s (%s)", tr(answer_verb_name(f->answer.verb)), tr(answer_source_name(f->answer.source)));
	if (f->fixed && r)
		cmd_line(c, "It stands in the plan as repair %u: diff %u shows it, drop %u takes it back.", r->id, r->id, r->id);
}

void explain_finding(struct command_ctx *c, const struct finding *f)
{
	ARB_BUF(b);

	if (cmd_wants_events(c)) {
		struct json j = { 0 };

		finding_event(&j, f, finding_state(c, f));
		cmd_event(c, &j);
	}
	arb_buf_printf(&b, _("finding %u: "), f->serial);
	finding_to_text(&b, f);
	cmd_text(c, arb_buf_str(&b));
	if (f->row->help)
		cmd_line(c, "what it is:  %s", tr(f->row->help));
	rule(c, f);
	explain_data(c, f);
	answers(c, f);
	standing(c, f);
}

/* --- a stop ----------------------------------------------------------------------------------------------------------------- */

static const struct finding *finding_of(struct command_ctx *c, uint32_t serial)
{
	for (size_t i = 0; i < session_findings_nr(c->session); i++)
		if (session_finding(c->session, i)->serial == serial)
			return session_finding(c->session, i);
	return NULL;
}

static void explain_key(struct command_ctx *c, struct bkey_s k)
{
	ARB_BUF(b);

	describe_key(&b, session_view(c->session), k);
	explain_indented(c, arb_buf_str(&b), "  ");
	if (bkey_type_help(k.k.type))
		cmd_line(c, "a key of type %s: %s", bkey_type_name(k.k.type), tr(bkey_type_help(k.k.type)));
}

static enum arb_code explain_place(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos, bool keys, struct arb_error *err);

static void pass_rule(struct command_ctx *c, const struct pass *p)
{
	if (p && p->at_node)
		cmd_line(c, "the rule:    %s: when %s, then %s", tr(p->at_node->name), tr(p->at_node->when), tr(p->at_node->then));
	else if (p)
		cmd_line(c, "the pass:    %s", tr(p->help));
}

static enum arb_code explain_stop(struct command_ctx *c, const struct stop_event *e, unsigned breakpoint, struct arb_error *err)
{
	const struct finding *f = e->what == STOP_MUTATION ? finding_of(c, e->repair->finding_serial) : NULL;
	ARB_BUF(b);

	if (e->what == STOP_FINDING) {
		explain_finding(c, e->finding);
		return ARB_OK;
	}
	stop_to_text(&b, c->session, e, breakpoint);
	cmd_text(c, arb_buf_str(&b));
	if (f) {
		explain_finding(c, f);
		return ARB_OK;
	}
	if (e->what == STOP_PASS)
		cmd_line(c, "the pass:    %s", tr(e->pass->help));
	else
		pass_rule(c, e->pass);
	if (e->what == STOP_KEY)
		explain_key(c, e->key);
	return e->what == STOP_NODE ? explain_place(c, e->btree, e->level, e->start, false, err) : ARB_OK;
}

/* --- a place ---------------------------------------------------------------------------------------------------------------- */

static void unreadable(struct command_ctx *c, const struct location *l)
{
	ARB_BUF(b);

	describe_defects(&b, l->got.defects);
	cmd_line(c, "This node cannot be read. check_topology raises btree_node_unreadable for it:");
	cmd_text(c, arb_buf_str(&b));
	cmd_line(c, "  fix takes the pointer out of its parent; the scan of the devices may find another copy of what it held. skip stops the pass.");
}

static enum arb_code tables(struct command_ctx *c, const struct location *l, struct arb_error *err)
{
	struct location up = { 0 };
	bool root = l->level >= l->root_level;
	enum arb_code code = root ? ARB_OK : locate(session_view(c->session), l->btree, l->level + 1, l->start, &up, err);
	ARB_BUF(b);

	if (code)
		return code;
	if (root || up.got.node)
		code = topology_explain(session_view(c->session), root ? NULL : up.got.node, l->got.node, &b, err);
	cmd_text(c, arb_buf_str(&b));
	if (!root)
		location_put(&up);
	return code;
}

static enum arb_code explain_place(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos, bool keys, struct arb_error *err)
{
	struct location l;
	struct bkey_buf k;
	enum arb_code code = locate(session_view(c->session), btree, level, pos, &l, err);
	ARB_BUF(b);

	if (code)
		return code;
	btree_id_to_text(&b, btree);
	if (btree_info(btree)->what)
		cmd_line(c, "btree %s: %s", arb_buf_str(&b), tr(btree_info(btree)->what));
	arb_buf_reset(&b);
	describe_pointer(&b, session_view(c->session), &l);
	cmd_text(c, arb_buf_str(&b));
	if (l.got.node)
		code = tables(c, &l, err);
	else
		unreadable(c, &l);
	if (!code && keys && !l.level && location_key(session_view(c->session), &l, pos, &k)) {
		cmd_line(c, "the key at or behind the cursor:");
		explain_key(c, bkey_buf_s(&k));
	}
	location_put(&l);
	return code;
}

/* Where gc stands to the place at the cursor: what a running pass has still to come to is not counted yet. */
static void visited(struct command_ctx *c)
{
	const struct cursor *cur = session_cursor(c->session);
	struct session_state st;

	session_state(c->session, &st);
	if (!session_in_a_pass(c->session) || !cur->valid || st.progress.pos.phase != GC_PHASE_btree)
		return;
	cmd_line(c, "the cursor:");
	gc_visit_line(c, cur->btree, cur->level, cur->pos);
}

enum arb_code cmd_explain(struct command_ctx *c, struct arb_error *err)
{
	const struct finding *waiting = session_waiting(c->session);
	const struct cursor *cur = session_cursor(c->session);
	size_t n = session_findings_nr(c->session);
	enum arb_code code = ARB_OK;
	unsigned breakpoint;
	const struct stop_event *at = session_stop(c->session, &breakpoint);

	if (c->argc)
		return explain_number(c, c->argv[0], err);
	if (waiting)
		explain_finding(c, waiting);
	else if (at)
		code = explain_stop(c, at, breakpoint, err);
	else if (cur->valid)
		code = explain_place(c, cur->btree, cur->level, cur->pos, true, err);
	else if (n)
		explain_finding(c, session_finding(c->session, n - 1));
	else
		cmd_line(c, "Nothing to explain yet: goto BTREE POS stands somewhere, run check_topology finds what is wrong, break stops it.");
	if (!code)
		visited(c);
	return code;
}
