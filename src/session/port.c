/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The port that passes talk through: decides by preset, policy or person, steps, logs. Silence is never consent: a
 * question ends with an answer, or with the pass cancelled.
 */
#include <config.h>
#include "arborist/base/i18n.h"
#include "internal.h"

/* False: there was no memory for it. */
static bool tell_finding(struct session *s, enum session_message_kind kind, uint64_t id, const struct finding *f)
{
	struct session_message *m = message_new(kind);

	if (m)
		m->finding = finding_dup(f);
	if (!m || !m->finding) {
		session_message_free(m);
		return false;
	}
	m->id = id;
	message_put(s, m);
	return true;
}

void session_log(struct session *s, const char *line)
{
	message_text(s, SESSION_LOG, 0, line);
	transcript_line(s, "log: %s", line);
}

void session_complain(struct session *s, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, tr(fmt), ap);
	va_end(ap);
	message_text(s, SESSION_LOG, 0, arb_buf_str(&b));
}

void passes_forget(struct session *s)
{
	if (s->seen_status)
		memset(s->seen_status, 0, passes_nr * sizeof(*s->seen_status));
}

void passes_watch(struct session *s)
{
	for (size_t i = 0; s->passes && i < passes_nr; i++) {
		const struct pass_status *p = pass_run_status(s->passes, i);
		struct pass_status *seen = &s->seen_status[i];
		struct session_message *m;

		if (p->state == seen->state && p->runs == seen->runs)
			continue;
		if (p->state == PASS_RUNNING) {
			state_begin_pass(s);
			findings_supersede(s, i, NULL);
		}
		*seen = *p;
		transcript_line(s, "pass %s: %s", p->pass->name, pass_state_name(p->state));
		m = message_new(SESSION_PASS);
		if (!m)
			continue;
		m->pass_status = *p;
		m->progress = (struct pass_progress){ .pass = p->pass->name };
		if (s->progress.pass && !strcmp(s->progress.pass, p->pass->name) && p->state != PASS_RUNNING)
			m->progress = s->progress;
		message_put(s, m);
	}
}

static bool preset_take(struct session *s, uint32_t serial, struct answer *ret)
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->presets.nr && !found; i++)
		if (s->presets.v[i].serial == serial) {
			*ret = s->presets.v[i].answer;
			s->presets.v[i] = s->presets.v[--s->presets.nr];
			found = true;
		}
	pthread_mutex_unlock(&s->lock);
	return found;
}

static uint64_t question_open(struct session *s, uint32_t serial)
{
	uint64_t id;

	pthread_mutex_lock(&s->lock);
	id = s->question_id = ++s->next_id;
	s->question_serial = serial;
	s->answered = false;
	pthread_mutex_unlock(&s->lock);
	return id;
}

static bool question_answered(struct session *s, struct answer *ret)
{
	bool yes;

	pthread_mutex_lock(&s->lock);
	yes = s->answered;
	*ret = s->answer;
	pthread_mutex_unlock(&s->lock);
	return yes;
}

static void question_close(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	s->question_id = 0;
	pthread_mutex_unlock(&s->lock);
	s->waiting = NULL;
	state_publish(s, true);
}

/* -n only rehearses. What was recorded was meant when it was recorded. */
static bool may_empty(struct session *s, const struct finding *f, const struct answer *a)
{
	return !f->empties || a->verb != ANSWER_FIX || a->confirmed || s->o.mode == POLICY_NO ||
	       (s->o.mode == POLICY_ASK && session_setting(s, SETTING_EXPERT));
}

static void refuse_to_empty(struct session *s, const struct finding *f)
{
	ARB_BUF(b);

	btree_id_to_text(&b, f->btree);
	session_complain(s, "finding %u: a fix would empty the btree %s for good; that wants its name typed at the question, or set expert on",
			 f->serial, arb_buf_str(&b));
}

static void ask_again(struct session *s, const struct finding *f, uint64_t id)
{
	pthread_mutex_lock(&s->lock);
	s->answered = false;
	pthread_mutex_unlock(&s->lock);
	refuse_to_empty(s, f);
	tell_finding(s, SESSION_QUESTION, id, f);
}

/* No lock, no read section, no half-made change is held while this waits; looking around goes on. */
static struct answer ask(struct session *s, const struct finding *f)
{
	uint64_t id = question_open(s, f->serial);
	struct answer a;
	bool asked;

	s->waiting = f;
	state_publish(s, true);
	transcript_finding(s, f);
	asked = tell_finding(s, SESSION_QUESTION, id, f);
	while (!question_answered(s, &a)) {
		if (!asked || session_cancelled(s)) {
			a = (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
			break;
		}
		jobs_serve_browsing(s);
		if (!question_answered(s, &a))
			fd_wait(s->wake_fd, UINT64_MAX);
		else if (!may_empty(s, f, &a))
			ask_again(s, f, id);
	}
	question_close(s);
	return a;
}

static enum arb_code answer_code(const struct answer *a)
{
	if (a->verb != ANSWER_STOP && a->verb != ANSWER_NONE)
		return ARB_OK;
	return a->source == ANSWER_BY_DEFAULT && !a->here ? ARB_E_CANCELLED : ARB_E_STOPPED;
}

static bool nothing_to_decide(const struct finding *f)
{
	return f->row->kind == FINDING_NOTE || f->row->kind == FINDING_NEED_FSCK;
}

/* Nobody decides where a pass is ended at a stop; a record that is replayed has a line for it all the same. */
static struct answer stopped_answer(struct session *s, const struct finding *f, enum arb_code code)
{
	struct answer recorded;

	if (!s->rechecking)
		replay_answer(s, f, &recorded);
	return (struct answer){ .verb = ANSWER_STOP, .source = code == ARB_E_CANCELLED ? ANSWER_BY_DEFAULT : ANSWER_BY_PERSON };
}

/* Without being asked. */
static bool answered_before(struct session *s, const struct finding *f, struct answer *ret)
{
	if (preset_take(s, f->serial, ret) || policy_answer(s->policy, f, ret) ||
	    (s->answerer && s->answerer(s->answerer_arg, f, ret))) {
		if (may_empty(s, f, ret))
			return true;
		refuse_to_empty(s, f);
		*ret = (struct answer){ .verb = ANSWER_STOP, .source = ret->source };
		return s->o.mode != POLICY_ASK;		/* nobody is there */
	}
	return false;
}

/* The re-check goes on past what must be fixed by fixing it in memory, in a plan that is thrown away. */
static struct answer decide_answer(struct session *s, const struct finding *f, bool *ret_asked)
{
	struct answer a = { .verb = ANSWER_SKIP, .source = ANSWER_BY_DEFAULT };

	if (!s->rechecking && replay_answer(s, f, &a))
		return a;
	if (nothing_to_decide(f)) {
		if (!s->rechecking && !preset_take(s, f->serial, &a))
			policy_answer(s->policy, f, &a);	/* a note: only on a word given before */
		return a;
	}
	if (s->rechecking) {
		a.verb = f->suggested;
		a.here = f->suggested == ANSWER_STOP;
		return a;
	}
	if (answered_before(s, f, &a))
		return a;
	*ret_asked = true;
	return ask(s, f);
}

static const char *choice_name(const struct finding *f)
{
	return f->answer.choice && f->answer.choice <= f->nr_choices ? f->choice[f->answer.choice - 1].name : "";
}

static enum arb_code port_decide(void *arg, struct finding *f)
{
	struct session *s = arg;
	bool asked = false;
	enum arb_code code;

	passes_watch(s);
	if (s->rechecking && requested_before(s, f)) {
		f->answer = (struct answer){ .verb = ANSWER_FIX, .source = ANSWER_BY_DEFAULT };
		return ARB_OK;
	}
	f->serial = ++s->serial;
	f->pass = s->stepping.pass ? s->stepping.pass->name : NULL;
	f->nth_of_kind = ++s->count_by_row[f->row - finding_rows];
	f->of_mount = requested_by_super(s, f);
	code = stepping_finding(s, f);
	f->answer = code ? stopped_answer(s, f, code) : decide_answer(s, f, &asked);
	if (!s->rechecking)
		recording_decision(s, f);
	if (f->answer.all && !s->rechecking)
		policy_remember(s->policy, f, f->answer);
	if (!asked)
		transcript_finding(s, f);
	transcript_line(s, "answer %u: %s%s%s%s (%s)%s", f->serial, answer_verb_name(f->answer.verb),
			f->answer.choice ? ", choice " : "", choice_name(f), f->answer.all ? " all" : "", answer_source_name(f->answer.source),
			s->rechecking ? ", re-check, in memory only" : "");
	findings_add(s, f);
	tell_finding(s, SESSION_FINDING, 0, f);
	state_publish(s, false);		/* thousands may come in a row; the end of the run publishes at once */
	return answer_code(&f->answer);
}

static void pace_wait(struct session *s, const struct pass_progress *p)
{
	uint64_t n = session_setting(s, SETTING_PACE);
	uint64_t now;

	if (p->nodes_done == s->pace.last_node)
		return;
	s->pace.last_node = p->nodes_done;
	now = s->o.clock.mono_ns(s->o.clock.arg);
	while (n && now < s->pace.next_ns && !session_cancelled(s)) {
		uint64_t ns = s->pace.next_ns - now;

		fd_wait(s->wake_fd, ns > 100000000 ? 100000000 : ns);
		jobs_serve_browsing(s);
		state_publish(s, false);
		if (s->o.clock.mono_ns(s->o.clock.arg) == now)
			break;		/* a clock that stands still (tests) */
		now = s->o.clock.mono_ns(s->o.clock.arg);
		n = session_setting(s, SETTING_PACE);
	}
	if (n)
		s->pace.next_ns = now + 1000000000ull / n;
}

static enum arb_code port_step(void *arg, const struct pass_progress *p)
{
	struct session *s = arg;

	bool node = p->pos.phase == GC_PHASE_btree && p->nodes_done != s->progress.nodes_done;

	s->progress = *p;
	passes_watch(s);
	state_publish(s, false);
	pace_wait(s, p);
	jobs_serve_browsing(s);
	replay_going(s);	/* what was served behind the last place where a pass could stop */
	return node ? stepping_node(s, p) : stepping_go_on(s);
}

static enum arb_code port_begin(void *arg, const struct pass *p)
{
	struct session *s = arg;

	passes_watch(s);
	s->progress.pass = p->name;
	return stepping_begin(s, p);
}

static bool port_stopping(void *arg)
{
	return stepping_go_on(arg) != ARB_OK;
}

static void port_log(void *arg, const char *line)
{
	session_log(arg, line);
}

static void port_applied(void *arg, const struct repair *r)
{
	struct session *s = arg;
	ARB_BUF(b);

	findings_fixed(s, r->finding_serial);
	if (s->rechecking)
		return;
	repair_to_text(&b, &s->view->geo, r, true);
	transcript_text(s, "  ", arb_buf_str(&b));
	if (session_setting(s, SETTING_VERBOSE))
		message_text(s, SESSION_LOG, 0, arb_buf_str(&b));
	state_publish(s, false);
	stepping_mutation(s, r);
}

void port_init(struct session *s)
{
	s->port = (struct pass_port){ .arg = s, .begin = port_begin, .decide = port_decide, .step = port_step, .stopping = port_stopping, .log = port_log,
				      .applied = port_applied };
}

void session_answer(struct session *s, uint64_t id, struct answer a)
{
	pthread_mutex_lock(&s->lock);
	if (id && s->question_id == id && !s->answered) {
		s->answer = a;
		s->answered = true;
	}
	pthread_mutex_unlock(&s->lock);
	fd_wake(s->wake_fd);
}

enum arb_code session_answer_serial(struct session *s, uint32_t serial, struct answer a, struct arb_error *err)
{
	enum arb_code code = ARB_OK;
	struct preset *p;

	pthread_mutex_lock(&s->lock);
	if (s->question_id && !s->answered && (!serial || serial == s->question_serial)) {
		s->answer = a;
		s->answered = true;
	} else if (!serial) {
		code = arb_fail(err, ARB_E_REFUSED, "no question waits for an answer");
	} else if (!(p = arb_array_push(&s->presets))) {
		code = arb_fail(err, ARB_E_NOMEM, "out of memory");
	} else {
		*p = (struct preset){ serial, a };
	}
	pthread_mutex_unlock(&s->lock);
	fd_wake(s->wake_fd);
	return code;
}

const struct finding *session_waiting(struct session *s)
{
	return s->waiting;
}
