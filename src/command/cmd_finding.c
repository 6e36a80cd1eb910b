/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings: the list, one in full, answering. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "row.h"

static const char word_upkeep[] = "upkeep";

void finding_event(struct json *j, const struct finding *f, const char *state)
{
	json_begin(j);
	finding_to_json(j, f);
	json_str(j, "state", state);
	json_end(j);
}

const char *finding_state(struct command_ctx *c, const struct finding *f)
{
	for (size_t i = 0; i < session_findings_nr(c->session); i++)
		if (session_finding(c->session, i) == f)
			return finding_fate_name(session_finding_fate(c->session, i));
	return "open";
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

	arb_buf_printf(&b, "%3u  %s", f->serial, tr(finding_fate_name(fate)));
	arb_buf_pad(&b, 18);
	arb_buf_printf(&b, "%s", tr(answer_verb_name(f->answer.verb)));
	arb_buf_pad(&b, 24);
	finding_to_text(&b, f);
	for (size_t i = 0; i < b.len; i++)
		if (b.s[i] == '\n')
			b.s[i] = ' ';
	cmd_line(c, "%s", arb_buf_str(&b));
}

static const struct finding *by_serial(struct command_ctx *c, uint64_t n)
{
	for (size_t i = 0; i < session_findings_nr(c->session); i++)
		if (session_finding(c->session, i)->serial == n)
			return session_finding(c->session, i);
	return NULL;
}

enum arb_code explain_number(struct command_ctx *c, const char *arg, struct arb_error *err)
{
	const struct finding *f, *waiting = session_waiting(c->session);
	uint64_t n;
	enum arb_code code = arg_number(arg, UINT32_MAX, &n, err);

	if (code)
		return code;
	if (waiting && waiting->serial == n) {
		explain_finding(c, waiting);
		return ARB_OK;
	}
	f = by_serial(c, n);
	if (!f)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no finding %s in this session", arg);
	explain_finding(c, f);
	return ARB_OK;
}

bool finding_is_listed(const struct finding *f, const char *what)
{
	if (!what)
		return !f->upkeep;
	return strcmp(what, word_upkeep) ? !strcmp(what, f->row->id) : f->upkeep;
}

enum arb_code cmd_findings(struct command_ctx *c, struct arb_error *err)
{
	const char *id = c->argc ? c->argv[0] : NULL;
	size_t shown = 0;

	if (id && *id >= '0' && *id <= '9')
		return explain_number(c, id, err);
	if (id && !finding_row(id) && strcmp(id, word_upkeep))
		return arg_fail_unknown(COMPLETE_FINDING, "finding", id, "help findings lists them", err);
	for (size_t i = 0; i < session_findings_nr(c->session); i++) {
		const struct finding *f = session_finding(c->session, i);

		if (!finding_is_listed(f, id))
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
		return arb_fail(err, ARB_E_REFUSED, "finding %s has been answered; drop takes its repair back, run finds it again", c->argv[0]);
	if (answer_parse(NULL, c->argv[1], &a))
		return session_answer_serial(c->session, (uint32_t)n, a, err);
	if (choice_number(c->argv[1], &a))
		return session_answer_serial(c->session, (uint32_t)n, a, err);
	return choice_by_name(c, (uint32_t)n, err);
}

static void show_policy(struct command_ctx *c, const struct policy *p)
{
	struct row r;

	row_begin(&r, c, "policy_mode");
	row_str(&r, "mode", policy_mode_name(p));
	row_word(&r, "what", policy_mode_text(p));
	row_say(&r, "{what}");
	row_end(&r);
	for (size_t i = 0; i < policy_rows(p); i++) {
		struct policy_row x = policy_row(p, i);

		row_begin(&r, c, "policy");
		row_str(&r, "finding", x.finding);
		row_str(&r, "pass", x.pass);
		row_str(&r, "site", x.site);
		row_str(&r, "answer", x.answer);
		row_say(&r, x.site ? N_("{finding} at {site}: {answer} to all, as answered before") : "{pass}{pass?{finding?:}}{finding}: {answer}");
		row_end(&r);
	}
}

enum arb_code cmd_policy(struct command_ctx *c, struct arb_error *err)
{
	struct policy *p = session_policy(c->session);
	const struct finding_row *row;
	char *pass;

	if (!c->argc) {
		show_policy(c, p);
		return ARB_OK;
	}
	if (!policy_subject(c->argv[0], &row, &pass))
		return arg_fail_unknown(COMPLETE_FINDING, "finding", c->argv[0], "help findings lists them", err);
	free(pass);
	return c->argc == 2 ? policy_set(p, c->argv[0], c->argv[1], err) : arg_fail_usage(c, err);
}
