/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings: the list, one in full, answering, explaining. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/stepping.h"
#include "internal.h"

void finding_event(struct json *j, const struct finding *f, const char *state)
{
	json_begin(j);
	finding_to_json(j, f);
	json_str(j, "state", state);
	json_end(j);
}

static void finding_line(struct command_ctx *c, const struct finding *f, enum finding_fate fate)
{
	ARB_BUF(b);

	if (cmd_wants_events(c)) {
		struct json j = { 0 };

		finding_event(&j, f, finding_fate_name(fate));
		cmd_event(c, &j);
		return;
	}

	arb_buf_printf(&b, "%3u  %-11s  %-4s  ", f->serial, finding_fate_name(fate), answer_verb_name(f->answer.verb));
	finding_to_text(&b, f);
	for (size_t i = 0; i < b.len; i++)
		if (b.s[i] == '\n')
			b.s[i] = ' ';
	cmd_line(c, "%s", arb_buf_str(&b));
}

static void object_text(struct command_ctx *c, const struct finding_object *o)
{
	ARB_BUF(b);
	const char *p = o->text ? o->text : "";

	btree_id_to_text(&b, o->btree);
	cmd_line(c, "  %s (%s level %u)", tr(o->role), arb_buf_str(&b), o->level);
	while (*p) {
		size_t n = strcspn(p, "\n");

		cmd_line(c, "    %.*s", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

static void explain(struct command_ctx *c, const struct finding *f, bool waits)
{
	ARB_BUF(b);

	arb_buf_printf(&b, _("finding %u: "), f->serial);
	finding_to_text(&b, f);
	cmd_text(c, arb_buf_str(&b));
	if (f->row->help)
		cmd_line(c, "what it is:  %s", tr(f->row->help));
	if (f->rule)
		cmd_line(c, "rule:        %s: when %s, %s", f->rule->name, tr(f->rule->when), tr(f->rule->then));
	for (unsigned i = 0; i < f->nr_objects; i++)
		object_text(c, &f->object[i]);
	if (f->fix || f->row->fix)
		cmd_line(c, "fix:         %s", f->fix ? f->fix : tr(f->row->fix));
	if (f->skip || f->row->skip)
		cmd_line(c, "skip:        %s", f->skip ? f->skip : tr(f->row->skip));
	if (f->row->kind == FINDING_MUSTFIX)
		cmd_line(c, "             skipping this one stops the pass");
	cmd_line(c, "suggested:   %s%s%s", answer_verb_name(f->suggested), f->reason ? _(", because ") : "", f->reason ? f->reason : "");
	if (f->no_repair)
		cmd_line(c, "             nothing can be done about it now; it counts as left");
	if (waits)
		cmd_line(c, "It waits for an answer: answer %u y, n, Y, N or stop.", f->serial);
	else
		cmd_line(c, "answered:    %s (%s)", answer_verb_name(f->answer.verb), answer_source_name(f->answer.source));
}

static const struct finding *by_serial(struct command_ctx *c, uint64_t n)
{
	for (size_t i = 0; i < session_findings_nr(c->session); i++)
		if (session_finding(c->session, i)->serial == n)
			return session_finding(c->session, i);
	return NULL;
}

static enum arb_code one_finding(struct command_ctx *c, const char *arg, struct arb_error *err)
{
	const struct finding *f, *waiting = session_waiting(c->session);
	uint64_t n;
	enum arb_code code = arg_number(arg, UINT32_MAX, &n, err);

	if (code)
		return code;
	if (waiting && waiting->serial == n) {
		explain(c, waiting, true);
		return ARB_OK;
	}
	f = by_serial(c, n);
	if (!f)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no finding %s in this session", arg);
	explain(c, f, false);
	return ARB_OK;
}

enum arb_code cmd_findings(struct command_ctx *c, struct arb_error *err)
{
	const char *id = c->argc ? c->argv[0] : NULL;
	size_t shown = 0;

	if (id && *id >= '0' && *id <= '9')
		return one_finding(c, id, err);
	if (id && !finding_row(id))
		return arg_fail_unknown(COMPLETE_FINDING, "finding", id, "help findings lists them", err);
	for (size_t i = 0; i < session_findings_nr(c->session); i++) {
		const struct finding *f = session_finding(c->session, i);

		if (id && strcmp(id, f->row->id))
			continue;
		finding_line(c, f, session_finding_fate(c->session, i));
		shown++;
	}
	if (!shown && !cmd_wants_events(c))
		cmd_line(c, session_findings_nr(c->session) || c->argc ? _("none of these") : _("nothing found so far"));
	return ARB_OK;
}

static bool choice_number(const char *word, struct answer *ret)
{
	*ret = (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON, .choice = word[0] - '0' };
	return ret->choice >= 1 && ret->choice <= FINDING_CHOICES_MAX && !word[1];
}

/* Names are those of the question that waits. */
static enum arb_code choice_by_name(struct command_ctx *c, uint32_t serial, struct arb_error *err)
{
	const struct finding *f = session_waiting(c->session);
	struct answer a = { .verb = ANSWER_FIX, .source = ANSWER_BY_PERSON };

	if (f && f->serial == serial)
		a.choice = finding_choice_find(f, c->argv[1]);
	return a.choice ? session_answer_serial(c->session, serial, a, err) : arg_fail_usage(c, err);
}

enum arb_code cmd_answer(struct command_ctx *c, struct arb_error *err)
{
	struct answer a;
	uint64_t n;
	enum arb_code code = arg_number(c->argv[0], UINT32_MAX, &n, err);

	if (code)
		return code;
	if (!n || by_serial(c, n))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "finding %s has been answered; drop takes its repair back, run finds it again", c->argv[0]);
	if (answer_parse(NULL, c->argv[1], &a))
		return session_answer_serial(c->session, (uint32_t)n, a, err);
	if (choice_number(c->argv[1], &a))
		return session_answer_serial(c->session, (uint32_t)n, a, err);
	return choice_by_name(c, (uint32_t)n, err);
}

enum arb_code cmd_policy(struct command_ctx *c, struct arb_error *err)
{
	struct policy *p = session_policy(c->session);
	ARB_BUF(b);

	if (!c->argc) {
		policy_to_text(&b, p);
		cmd_text(c, arb_buf_str(&b));
		return ARB_OK;
	}
	if (!finding_row(c->argv[0]))
		return arg_fail_unknown(COMPLETE_FINDING, "finding", c->argv[0], "help findings lists them", err);
	return c->argc == 2 ? policy_set(p, c->argv[0], c->argv[1], err) : arg_fail_usage(c, err);
}

enum arb_code cmd_explain(struct command_ctx *c, struct arb_error *err)
{
	const struct finding *waiting = session_waiting(c->session);
	const struct stop_event *at = session_stop(c->session, NULL);
	size_t n = session_findings_nr(c->session);

	if (c->argc)
		return one_finding(c, c->argv[0], err);
	if (at && at->finding)
		explain(c, at->finding, true);
	else if (waiting)
		explain(c, waiting, true);
	else if (n)
		explain(c, session_finding(c->session, n - 1), false);
	else
		cmd_line(c, "No question waits and nothing has been found. run check_topology starts a check.");
	if (session_in_a_pass(c->session) && session_cursor(c->session)->valid) {
		const struct cursor *cur = session_cursor(c->session);

		cmd_line(c, "the cursor:");
		gc_visit_line(c, cur->btree, cur->level, cur->pos);
	}
	return ARB_OK;
}
