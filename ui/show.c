/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages as lines of text, and progress for whoever watches. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "front.h"

static const char *const answered[] = {
	[ANSWER_NONE] = N_("not decided"), [ANSWER_FIX] = N_("fix"), [ANSWER_SKIP] = N_("skipped"), [ANSWER_STOP] = N_("stopped here"),
};

static const char *what_became(const struct front *f, const struct finding *x)
{
	if (x->row->kind == FINDING_NOTE)
		return _("a note");
	if (x->row->kind == FINDING_NEED_FSCK)
		return _("only reported");
	if (x->answer.verb == ANSWER_FIX && x->no_repair)
		return _("left: nothing can be done about it now");
	if (x->answer.verb == ANSWER_FIX && f->o->session.mode == POLICY_NO && x->suggested != ANSWER_FIX)
		return _("fixed in memory to go on; -y would not");
	if (x->answer.verb == ANSWER_FIX && f->o->session.mode == POLICY_NO)
		return _("would be fixed");
	return tr(answered[x->answer.verb]);
}

static void show_finding(struct front *f, const struct finding *x)
{
	ARB_BUF(b);

	if (x->answer.source == ANSWER_BY_PERSON) {	/* who answered has just seen it in full */
		out_line(f, "finding %u: %s (person)%s", x->serial, what_became(f, x), x->answer.all ? _(", and all of this kind") : "");
		return;
	}
	const char *on = f->color ? "\033[1;31m" : "", *off = f->color ? "\033[0m" : "";

	finding_to_text(&b, x);
	out_line(f, "%s%s%s", on, arb_buf_str(&b), off);
	out_line(f, "  %s (%s)%s%s", what_became(f, x), tr(answer_source_name(x->answer.source)),
		 x->answer.verb == ANSWER_FIX && x->fix ? ": " : "", x->answer.verb == ANSWER_FIX && x->fix ? x->fix : "");
	if (x->no_repair && x->reason)
		out_line(f, "  %s", x->reason);
}

/* -n reports all but upkeep, -v all. */
static bool counted_only(struct front *f, const struct finding *x)
{
	return (f->o->session.mode != POLICY_NO || x->upkeep) && !session_setting(f->s, SETTING_VERBOSE) && squelch_repeat(&f->squelch, x);
}

static void more_of_these(void *arg, const char *text)
{
	out_line(arg, "%s", text);
}

static void show_pass(struct front *f, const struct pass_status *p)
{
	if (p->state == PASS_RUNNING || p->state == PASS_NOT_RUN)
		return;
	out_line(f, "%s: %s, %llu found, %llu fixed in memory, %llu left, %llu.%03llu s", p->pass->name, tr(pass_state_name(p->state)),
		 (unsigned long long)p->findings, (unsigned long long)p->fixed, (unsigned long long)p->left,
		 (unsigned long long)(p->ns_last / 1000000000), (unsigned long long)(p->ns_last / 1000000 % 1000));
}

void show_message(struct front *f, const struct session_message *m)
{
	switch (m->kind) {
	case SESSION_OUTPUT:
	case SESSION_STOP:
		out_text(f, m->text ? m->text : "");
		break;
	case SESSION_FINDING:
		if (m->finding && !counted_only(f, m->finding))
			show_finding(f, m->finding);
		break;
	case SESSION_PASS:
		if (m->pass_status.state != PASS_RUNNING)
			squelch_tell(&f->squelch, more_of_these, f);
		show_pass(f, &m->pass_status);
		break;
	case SESSION_COMMIT:
		if (f->terminal && m->text && m->done == m->total)
			say("writing %llu of %llu bytes: %s", (unsigned long long)m->done, (unsigned long long)m->total, m->text);
		break;
	case SESSION_LOG:
		if (m->text)
			say("%s", m->text);
		break;
	default:
		break;
	}
}

#define PROGRESS_EVERY_NS 500000000ull

static void progress_write(struct front *f, const struct session_state *st, bool with_json)
{
	struct json j = { 0 };

	f->last_progress_ns = st->now_ns;
	json_progress(&j, st);
	if (f->progress) {
		fprintf(f->progress, "%s\n", arb_buf_str(&j.out));
		if (fflush(f->progress))
			f->progress = NULL;	/* whoever watched has gone */
	}
	if (with_json)
		out_json(f, &j);
	else
		json_free(&j);
}

/* Between messages: at most twice a second. */
void progress_tick(struct front *f)
{
	struct session_state st;

	if (!f->progress && !f->o->json)
		return;
	session_state(f->s, &st);
	if ((st.look.what || (st.busy && st.progress.pass)) && st.now_ns >= f->last_progress_ns + PROGRESS_EVERY_NS)
		progress_write(f, &st, f->o->json);
}

/* Where a pass begins or ends: whoever watches the descriptor sees also one that is over before the next tick. */
void progress_pass(struct front *f, const struct pass_progress *p)
{
	struct session_state st;

	if (!f->progress)
		return;
	session_state(f->s, &st);
	st.progress = *p;
	st.look.what = NULL;
	st.eta_s = 0;
	progress_write(f, &st, false);
}
