/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes: what there is, running them, and where the running one stands. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/session/stepping.h"
#include "internal.h"

static const struct pass_status *status_of(struct command_ctx *c, const char *name)
{
	for (size_t i = 0; i < passes_nr; i++)
		if (!strcmp(passes[i]->name, name))
			return pass_run_status(session_passes(c->session), i);
	return NULL;
}

/* Who wants a pass of the next mount: bit per stable id. */
struct wanted { uint64_t by_super, by_plan; };

static bool wanted_by_plan(void *arg, const struct mutation *m)
{
	struct wanted *w = arg;

	if (m->super_what == PLAN_SUPER_REQUIRE_PASS && m->super_arg < 64)
		w->by_plan |= UINT64_C(1) << m->super_arg;
	for (unsigned i = 0; m->super_what == PLAN_SUPER_CHECK_BUCKETS && plan_bucket_passes[i]; i++)
		w->by_plan |= UINT64_C(1) << plan_bucket_passes[i];
	return true;
}

static void next_mount(struct arb_buf *b, const struct wanted *w, int id)
{
	bool super = id >= 0 && w->by_super >> id & 1, plan = id >= 0 && w->by_plan >> id & 1;

	if (super || plan)
		arb_buf_printf(b, _("; the next mount runs it: asked for by %s"),
			       super && plan ? _("the superblock and the plan") : super ? _("the superblock") : _("the plan"));
}

static void pass_row(struct command_ctx *c, const char *name, int id, const char *what, const struct pass_status *st, const struct wanted *w)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "event", "recovery_pass");
	json_str(&j, "name", name);
	json_s64(&j, "id", id);
	json_str(&j, "state", st ? pass_state_name(st->state) : "kernel only");
	json_str(&j, "what", what);
	json_bool(&j, "next_mount", id >= 0 && (w->by_super | w->by_plan) >> id & 1);
	if (st) {
		json_str(&j, "why", st->why);
		json_u64(&j, "runs", st->runs);
		json_u64(&j, "found", st->findings);
		json_u64(&j, "fixed", st->fixed);
		json_u64(&j, "left", st->left);
	}
	json_end(&j);
	cmd_event(c, &j);
}

static void pass_line(struct command_ctx *c, const char *name, int id, const char *what, const struct pass_status *st, const struct wanted *w)
{
	ARB_BUF(b);

	if (cmd_wants_events(c)) {
		pass_row(c, name, id, what, st, w);
		return;
	}

	if (id >= 0)
		arb_buf_printf(&b, "%2d  ", id);
	else
		arb_buf_puts(&b, " -  ");
	arb_buf_printf(&b, "%-30s  %-15s  %s", name, st ? pass_state_name(st->state) : "kernel only", what);
	if (st && st->why[0])
		arb_buf_printf(&b, _("; scheduled: %s"), st->why);
	if (st && st->findings)
		arb_buf_printf(&b, _("; %llu found, %llu fixed"), (unsigned long long)st->findings, (unsigned long long)st->fixed);
	next_mount(&b, w, id);
	cmd_line(c, "%s", arb_buf_str(&b));
}

enum arb_code cmd_passes(struct command_ctx *c, struct arb_error *err)
{
	struct wanted w = { .by_super = sb_required_passes(session_view(c->session)->devs->best) };

	(void)err;
	plan_for_each_super(session_plan(c->session), wanted_by_plan, &w);
	if (!cmd_wants_events(c))
		cmd_line(c, "id  %-30s  %-15s  what", "pass", "state");
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		pass_line(c, recovery_passes[i].name, (int)recovery_passes[i].id, tr(recovery_passes[i].what),
			  status_of(c, recovery_passes[i].name), &w);
	for (size_t i = 0; i < passes_nr; i++)
		if (!recovery_pass_by_name(passes[i]->name))
			pass_line(c, passes[i]->name, passes[i]->id, tr(passes[i]->what), status_of(c, passes[i]->name), &w);
	return ARB_OK;
}

/* A wrong name is met before anything runs, and with a suggestion. */
static enum arb_code known_specs(struct command_ctx *c, struct arb_error *err)
{
	for (int i = 0; i < c->argc; i++) {
		const char *s = c->argv[i];
		unsigned btree, level;
		bool has_level;
		ARB_BUF(word);

		arb_buf_mem(&word, s, strcspn(s, ":"));
		if (!pass_by_name(arb_buf_str(&word)) && !recovery_pass_by_name(arb_buf_str(&word)))
			return arg_fail_unknown(COMPLETE_PASS, "pass", arb_buf_str(&word), "passes lists them", err);
		s += word.len;
		if (!*s++)
			continue;
		arb_buf_reset(&word);
		arb_buf_mem(&word, s, strcspn(s, ":"));
		if (arg_btree(arb_buf_str(&word), &has_level, &btree, &level, err))
			return ARB_E_BAD_ARGUMENT;
	}
	return ARB_OK;
}

/* Only gc_gens, which the kernel too runs beside everything else: it waits its turn in the run that is under way. */
static enum arb_code queue_gens(struct command_ctx *c)
{
	if (pass_run_queue(session_passes(c->session), pass_by_name("gc_gens"), "asked for while another pass ran"))
		cmd_line(c, "gc_gens follows the pass that runs");
	else
		cmd_line(c, "gc_gens is under way or scheduled already: nothing to do");
	return ARB_OK;
}

bool run_may_queue(int argc, const char *const *argv)
{
	return argc == 1 && !strcmp(argv[0], "gc_gens");
}

enum arb_code cmd_run(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = known_specs(c, err);

	if (code)
		return code;
	if (session_in_a_pass(c->session) && run_may_queue(c->argc, c->argv))
		return queue_gens(c);
	if (session_job_depth(c->session) > 1)
		return arb_fail(err, ARB_E_REFUSED, "something else is running; run it again when that has ended");
	cmd_flush(c);
	code = session_run_begin(c->session, c->argv, (unsigned)c->argc, err);
	if (code && err && !err->text[0])
		arb_fail(err, code, code == ARB_E_STOPPED ? _("stopped") : code == ARB_E_CANCELLED ? _("cancelled") : _("the pass failed"));
	return code;
}

static void put_seconds(struct arb_buf *b, uint64_t ns)
{
	arb_buf_printf(b, "%llu.%03llu s", (unsigned long long)(ns / 1000000000), (unsigned long long)(ns / 1000000 % 1000));
}

static void gc_runs(struct command_ctx *c)
{
	for (size_t i = 0; i < passes_nr; i++) {
		const struct pass_status *st = pass_run_status(session_passes(c->session), i);
		ARB_BUF(b);

		if (!st->runs)
			continue;
		arb_buf_printf(&b, P_("%s: %s, %llu run, last ", "%s: %s, %llu runs, last ", st->runs), st->pass->name,
			       pass_state_name(st->state), (unsigned long long)st->runs);
		put_seconds(&b, st->ns_last);
		arb_buf_puts(&b, _(", mean "));
		put_seconds(&b, st->ns_total / st->runs);
		arb_buf_printf(&b, "; %llu found, %llu fixed, %llu left", (unsigned long long)st->findings,
			       (unsigned long long)st->fixed, (unsigned long long)st->left);
		cmd_line(c, "%s", arb_buf_str(&b));
	}
}

void gc_visit_line(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos)
{
	struct session_state st;
	enum gc_visit v;
	ARB_BUF(b);

	session_state(c->session, &st);
	v = session_in_a_pass(c->session) ? gc_pos_visit(&st.progress, btree, level, pos) : GC_VISIT_NOT_RUNNING;
	btree_id_to_text(&b, btree);
	arb_buf_printf(&b, " L%u ", level);
	bpos_to_text(&b, pos);
	cmd_line(c, "%s: %s", arb_buf_str(&b), tr(gc_visit_name(v)));
}

/* gc BTREE[:LEVEL] [POS]: will it come by there? */
static enum arb_code gc_visit(struct command_ctx *c, struct arb_error *err)
{
	struct bpos pos = POS_MIN;
	unsigned btree, level;
	bool has_level;
	enum arb_code code = arg_btree(c->argv[0], &has_level, &btree, &level, err);

	if (!code && c->argc > 1)
		code = arg_pos(c->argv[1], &pos, err);
	if (!code)
		gc_visit_line(c, btree, level, pos);
	return code;
}

enum arb_code cmd_gc(struct command_ctx *c, struct arb_error *err)
{
	struct session_state st;
	ARB_BUF(b);

	if (c->argc)
		return gc_visit(c, err);
	session_state(c->session, &st);
	cmd_line(c, "pass      %s  %s", st.progress.pass ? st.progress.pass : _("none"), pass_state_name(st.pass_state));
	gc_pos_to_text(&b, &st.progress.pos);
	cmd_line(c, "position  %s", arb_buf_str(&b));
	arb_buf_reset(&b);
	arb_buf_printf(&b, "%llu of %llu", (unsigned long long)st.progress.nodes_done, (unsigned long long)st.progress.nodes_total);
	cmd_line(c, "nodes     %s", arb_buf_str(&b));
	cmd_line(c, "speed     %.0f nodes/s, %.1f MB/s%s", st.nodes_per_s, st.bytes_per_s / 1e6, st.busy ? "" : _(" (when it last ran)"));
	if (st.eta_s && st.busy)
		cmd_line(c, "ETA       about %llu:%02llu", (unsigned long long)(st.eta_s / 60), (unsigned long long)(st.eta_s % 60));
	arb_buf_reset(&b);
	text_human_bytes(&b, st.cache_bytes);
	arb_buf_puts(&b, " of nodes, ");
	text_human_bytes(&b, st.progress.memory);
	cmd_line(c, "memory    %s of tables", arb_buf_str(&b));
	cmd_line(c, "findings  %llu found, %llu fixed, %llu left", (unsigned long long)st.findings, (unsigned long long)st.fixed,
		 (unsigned long long)st.left);
	for (unsigned i = 0; i < 16 && st.by_id[i].id; i++)
		cmd_line(c, "          %llu %s", (unsigned long long)st.by_id[i].nr, st.by_id[i].id);
	gc_runs(c);
	return ARB_OK;
}
