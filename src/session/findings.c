/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The findings of a session: a copy of each, and what became of it. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "internal.h"

#define CHANGES_KEPT	2000	/* findings */
#define CHANGES_BYTES	4096	/* of one, about */

static size_t pass_running(struct session *s)
{
	for (size_t i = 0; i < passes_nr; i++)
		if (pass_run_status(s->passes, i)->state == PASS_RUNNING)
			return i;
	return passes_nr;
}

/* A repair that is not taken is gone; what it would have done is asked for afterwards. */
static void keep_changes(struct session *s, struct found *x, const struct repair *r)
{
	ARB_BUF(b);

	x->loss = r->loss;
	for (size_t i = 0; i < r->mutations.nr && b.len < CHANGES_BYTES; i++)
		if (r->mutations.v[i].kind != MUTATION_SUPER)
			mutation_to_text(&b, &s->view->geo, &r->mutations.v[i]);
	x->changes = arb_buf_steal(&b);
}

struct found *findings_add(struct session *s, const struct finding *f)
{
	struct found *x = arb_array_push(&s->findings);

	if (!x)
		return NULL;
	x->f = finding_dup(f);
	if (!x->f) {
		s->findings.nr--;
		return NULL;
	}
	x->f->fixed = false;
	x->pass = pass_running(s);
	if (f->repair && f->answer.verb != ANSWER_FIX && s->findings.nr <= CHANGES_KEPT)
		keep_changes(s, x, f->repair);
	return x;
}

void findings_fixed(struct session *s, uint32_t serial)
{
	for (size_t i = s->findings.nr; i-- > 0; )
		if (s->findings.v[i].f->serial == serial) {
			/* fixed in memory by the re-check is not fixed */
			s->findings.v[i].f->fixed = !s->rechecking;
			return;
		}
}

static bool in_scope(const struct finding *f, const struct pass_scope *scope)
{
	return !scope || !scope->restricted ||
	       (f->btree == scope->btree && bpos_le(scope->start, f->end) && bpos_le(f->pos, scope->end));
}

/* What a new run of the same pass will find again if it is still there. */
void findings_supersede(struct session *s, size_t pass, const struct pass_scope *scope)
{
	if (!scope)
		scope = &s->scope;
	for (size_t i = 0; i < s->findings.nr; i++) {
		struct found *x = &s->findings.v[i];

		if (x->pass == pass && !x->f->fixed && in_scope(x->f, scope))
			x->superseded = true;
	}
}

/* After a commit: what stood in the plan is written, everything else will be found again. */
void findings_written(struct session *s)
{
	for (size_t i = 0; i < s->findings.nr; i++) {
		struct found *x = &s->findings.v[i];

		if (x->requested)
			continue;
		if (x->f->fixed)
			x->written = true;
		else
			x->superseded = true;
	}
}

void findings_undone(struct session *s)
{
	for (size_t i = 0; i < s->findings.nr; i++) {
		struct found *x = &s->findings.v[i];

		x->superseded = !x->written;
		x->f->fixed = false;
		x->written = x->requested = false;
	}
}

static bool plan_has(const struct plan *p, uint32_t serial)
{
	for (size_t i = 0; i < plan_nr(p); i++)
		if (plan_repair(p, i)->finding_serial == serial)
			return true;
	return false;
}

enum arb_code session_drop(struct session *s, uint32_t repair_id, unsigned *ret_dropped, struct arb_error *err)
{
	enum arb_code code = plan_drop(s->plan, repair_id, ret_dropped, err);

	if (code)
		return code;
	transcript_line(s, "repair %u taken back", repair_id);
	for (size_t i = 0; i < s->findings.nr; i++) {
		struct found *x = &s->findings.v[i];

		if (x->f->fixed && !x->written && !plan_has(s->plan, x->f->serial))
			x->f->fixed = false;
	}
	state_publish(s, true);
	return ARB_OK;
}

static enum finding_fate fate(const struct found *x)
{
	if (!finding_is_error(x->f) && !x->f->fixed)
		return FATE_NOTE;
	if (x->requested)
		return FATE_REQUESTED;
	if (x->written)
		return FATE_WRITTEN;
	if (x->superseded)
		return FATE_SUPERSEDED;
	return x->f->fixed ? FATE_PLANNED : FATE_LEFT;
}

struct finding_totals findings_totals(const struct session *s)
{
	struct finding_totals t = { 0 };

	for (size_t i = 0; i < s->findings.nr; i++) {
		enum finding_fate x = fate(&s->findings.v[i]);

		if (s->findings.v[i].f->upkeep)
			continue;
		t.found += x != FATE_NOTE && x != FATE_SUPERSEDED;
		t.planned += x == FATE_PLANNED;
		t.left += x == FATE_LEFT;
		t.written += x == FATE_WRITTEN;
		t.requested += x == FATE_REQUESTED;
		t.of_mount += s->findings.v[i].f->of_mount && (x == FATE_LEFT || x == FATE_PLANNED);
	}
	return t;
}

void findings_free(struct session *s)
{
	for (size_t i = 0; i < s->findings.nr; i++) {
		finding_free(s->findings.v[i].f);
		free(s->findings.v[i].changes);
	}
	arb_array_free(&s->findings);
}

size_t session_findings_nr(struct session *s)
{
	return s->findings.nr;
}

const struct finding *session_finding(struct session *s, size_t i)
{
	return i < s->findings.nr ? s->findings.v[i].f : NULL;
}

enum finding_fate session_finding_fate(struct session *s, size_t i)
{
	return fate(&s->findings.v[i]);
}

const char *finding_fate_name(enum finding_fate f)
{
	static const char *const names[] = {
		[FATE_LEFT] = N_("left"), [FATE_PLANNED] = N_("in the plan"), [FATE_WRITTEN] = N_("written"),
		[FATE_SUPERSEDED] = N_("superseded"), [FATE_NOTE] = N_("note"), [FATE_REQUESTED] = N_("requested"),
	};

	return names[f];
}

int session_exit_status(struct session *s)
{
	struct finding_totals t = findings_totals(s);

	if (t.left || t.planned || t.requested || s->cut_short || s->stepping.stop.what)
		return 4;
	return s->written && s->recheck_clean ? 1 : 0;
}

const char *session_finding_changes(struct session *s, uint32_t serial, struct loss *ret)
{
	for (size_t i = 0; i < s->findings.nr; i++)
		if (s->findings.v[i].f->serial == serial) {
			*ret = s->findings.v[i].loss;
			return s->findings.v[i].changes;
		}
	return NULL;
}
