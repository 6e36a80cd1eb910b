/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a pass stops where it stands: breakpoints first, then how far the person wanted to go. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "internal.h"

const char *stop_what_name(enum stop_what w)
{
	static const char *const names[] = {
		[STOP_NONE] = "none", [STOP_PASS] = "pass", [STOP_NODE] = "node", [STOP_KEY] = "key",
		[STOP_FINDING] = "finding", [STOP_MUTATION] = "mutation",
	};

	return names[w];
}

static bool level_done(const struct stepping *t, const struct stop_event *e)
{
	if (e->what == STOP_PASS)
		return true;
	return e->what == STOP_NODE && (e->btree != t->from.btree || e->level > t->from.level || !t->from_pass ||
					strcmp(t->from_pass, e->pass->name));
}

static bool mode_stops(const struct stepping *t, const struct stop_event *e)
{
	switch (t->mode) {
	case STEP_STEP:
		return e->what == STOP_FINDING || e->what == STOP_MUTATION;
	case STEP_NEXT:
		return e->what == STOP_NODE;
	case STEP_FINISH:
		return level_done(t, e);
	case STEP_CONTINUE:
	case STEP_END:
		break;
	}
	return false;
}

void stepping_ask(struct session *s, const struct stepping *asked)
{
	struct stepping *t = &s->stepping;

	t->mode = asked->mode;
	t->end_wanted |= asked->mode == STEP_END;
	t->from = asked->from;
	t->from_pass = asked->from_pass;
}

enum arb_code stepping_go_on(struct session *s)
{
	if (session_cancelled(s))
		return ARB_E_CANCELLED;
	return s->stepping.end_wanted ? ARB_E_STOPPED : ARB_OK;
}

static const struct finding *finding_of(const struct session *s, const struct stop_event *e)
{
	for (size_t i = s->findings.nr; e->what == STOP_MUTATION && i-- > 0; )
		if (s->findings.v[i].f->serial == e->repair->finding_serial)
			return s->findings.v[i].f;
	return e->finding;
}

static const struct rule *rule_of(const struct session *s, const struct stop_event *e)
{
	const struct finding *f = finding_of(s, e);

	if (e->what == STOP_NODE || e->what == STOP_KEY)
		return e->pass ? e->pass->at_node : NULL;
	return f ? f->rule : NULL;
}

void stop_notice(const struct session *s, struct stop_notice *ret)
{
	const struct stop_event *e = &s->stepping.stop;

	*ret = (struct stop_notice){
		.breakpoint = s->stepping.stop_breakpoint, .what = stop_what_name(e->what), .pass = e->pass ? e->pass->name : "",
		.has_place = e->has_place, .btree = e->btree, .level = e->level, .pos = e->pos, .rule = rule_of(s, e),
	};
}

static void tell(struct session *s, const struct stop_event *e)
{
	struct session_message *m = message_new(SESSION_STOP);
	ARB_BUF(b);

	stop_to_text(&b, s, e, s->stepping.stop_breakpoint);
	transcript_text(s, "", arb_buf_str(&b));
	if (!m)
		return;
	stop_notice(s, &m->stop);
	if (e->what == STOP_FINDING)
		m->finding = finding_dup(e->finding);
	m->text = arb_buf_steal(&b);
	message_put(s, m);
}

static enum arb_code stop(struct session *s, const struct stop_event *e, const struct breakpoint *b)
{
	struct stepping *t = &s->stepping;

	t->stop = *e;
	t->stop_breakpoint = b ? b->id : 0;
	t->mode = STEP_CONTINUE;
	if (e->has_place)
		session_cursor_go(s, (struct cursor){ true, e->btree, e->level, e->pos });
	tell(s, e);
	runner_stop(s);
	memset(&t->stop, 0, sizeof(t->stop));
	t->stop_breakpoint = 0;
	state_publish(s, true);
	return stepping_go_on(s);
}

/* The re-check of a commit, and checks without commands (-n, -y, -p), go through. */
static bool can_stop(struct session *s)
{
	return !s->rechecking && s->runner.specs && (s->breaks.nr || s->stepping.mode != STEP_CONTINUE);
}

static enum arb_code come_by(struct session *s, struct stop_event *e)
{
	const struct breakpoint *b;
	enum arb_code code;

	replay_going(s);
	s->recording.places++;
	code = stepping_go_on(s);
	if (code || !can_stop(s))
		return code;
	e->pass = s->stepping.pass;
	b = breaks_match(s, e);
	return b || mode_stops(&s->stepping, e) ? stop(s, e, b) : ARB_OK;
}

enum arb_code stepping_begin(struct session *s, const struct pass *p)
{
	struct stop_event e = { .what = STOP_PASS };

	s->stepping.pass = p;
	return come_by(s, &e);
}

enum arb_code stepping_node(struct session *s, const struct pass_progress *p)
{
	struct stop_event e = {
		.what = STOP_NODE, .has_place = true, .btree = p->pos.btree, .level = p->pos.level, .pos = p->start,
		.start = p->start, .end = p->end,
	};

	return come_by(s, &e);
}

enum arb_code stepping_key(struct session *s, unsigned btree, unsigned level, struct bkey_s k)
{
	struct stop_event e = {
		.what = STOP_KEY, .has_place = true, .btree = btree, .level = level, .pos = k.k.p, .start = k.k.p, .end = k.k.p, .key = k,
	};

	return come_by(s, &e);
}

enum arb_code stepping_finding(struct session *s, const struct finding *f)
{
	struct stop_event e = {
		.what = STOP_FINDING, .has_place = !f->no_place, .btree = f->btree, .level = f->level, .pos = f->pos,
		.start = f->pos, .end = f->end, .finding = f,
	};

	return come_by(s, &e);
}

void stepping_mutation(struct session *s, const struct repair *r)
{
	struct stop_event e = {
		.what = STOP_MUTATION, .has_place = true, .btree = r->btree, .level = r->level, .pos = r->pos,
		.start = r->pos, .end = r->end, .repair = r,
	};

	come_by(s, &e);		/* what it says is said again at the next step */
}

static enum arb_code port_key(void *arg, unsigned btree, unsigned level, struct bkey_s k)
{
	return stepping_key(arg, btree, level, k);
}

void stepping_changed(struct session *s)
{
	s->port.key = breaks_want_keys(s) ? port_key : NULL;
}

const struct stop_event *session_stop(struct session *s, unsigned *ret_breakpoint)
{
	if (ret_breakpoint)
		*ret_breakpoint = s->stepping.stop_breakpoint;
	return s->stepping.stop.what ? &s->stepping.stop : NULL;
}

/* --- texts ------------------------------------------------------------------------------------------------------------------ */

static void place_text(struct arb_buf *out, const struct stop_event *e)
{
	btree_id_to_text(out, e->btree);
	arb_buf_printf(out, " L%u ", e->level);
	bpos_to_text(out, e->start);
	if (!bpos_eq(e->start, e->end)) {
		arb_buf_puts(out, " .. ");
		bpos_to_text(out, e->end);
	}
}

static void rule_text(struct arb_buf *out, const struct rule *r)
{
	if (r)
		arb_buf_printf(out, _("  rule  %s: when %s, %s\n"), tr(r->name), tr(r->when), tr(r->then));
}

static void finding_text(struct arb_buf *out, const struct stop_event *e)
{
	const struct finding *f = e->finding;

	arb_buf_printf(out, _("finding %u is going to be decided: %s\n  %s"), f->serial, tr(f->row->title), f->row->id);
	if (f->row->nr)
		arb_buf_printf(out, " (%u)", f->row->nr);
	if (!f->no_place)
		arb_buf_puts(out, "  "), place_text(out, e);
	arb_buf_putc(out, '\n');
	rule_text(out, f->rule);
	if (f->fix || f->row->fix)
		arb_buf_printf(out, _("  fix   %s\n"), f->fix ? f->fix : tr(f->row->fix));
}

static const struct breakpoint *break_of(struct session *s, unsigned id)
{
	for (size_t i = 0; i < s->breaks.nr; i++)
		if (s->breaks.v[i].id == id)
			return &s->breaks.v[i];
	return NULL;
}

/* At a watch only what it watches. What the next mount has to do is said by the plan. */
static void repair_text(struct arb_buf *out, struct session *s, const struct repair *r, const struct breakpoint *b)
{
	bool watch = b && !strcmp(b->kind->name, "watch");

	repair_to_text(out, &s->view->geo, r, false);
	for (size_t i = 0; i < r->mutations.nr; i++) {
		const struct mutation *m = &r->mutations.v[i];

		if (watch ? mutation_touches(b, m) : m->kind != MUTATION_SUPER)
			mutation_to_text(out, &s->view->geo, m);
	}
}

static void key_text(struct arb_buf *out, struct session *s, const struct stop_event *e)
{
	struct key_text_ctx c = { .geo = &s->view->geo, .flags = KEY_TEXT_FIRST_LINE };

	btree_id_to_text(out, e->btree);
	arb_buf_printf(out, _(" L%u key "), e->level);
	bkey_to_text(out, &c, e->key);
	arb_buf_putc(out, '\n');
}

void stop_to_text(struct arb_buf *out, struct session *s, const struct stop_event *e, unsigned breakpoint)
{
	const struct breakpoint *b = break_of(s, breakpoint);

	arb_buf_printf(out, _("stopped in %s"), e->pass ? e->pass->name : _("a pass"));
	if (b)
		arb_buf_printf(out, _(" at breakpoint %u (%s)"), b->id, b->spec);
	arb_buf_puts(out, ": ");
	switch (e->what) {
	case STOP_PASS:
		arb_buf_printf(out, _("it begins: %s\n"), tr(e->pass->what));
		break;
	case STOP_NODE:
		arb_buf_puts(out, _("at the node "));
		place_text(out, e);
		arb_buf_putc(out, '\n');
		break;
	case STOP_KEY:
		key_text(out, s, e);
		break;
	case STOP_FINDING:
		finding_text(out, e);
		break;
	case STOP_MUTATION:
		arb_buf_puts(out, _("in the plan now, "));
		repair_text(out, s, e->repair, b);
		break;
	case STOP_NONE:
		break;
	}
}
