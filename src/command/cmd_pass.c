/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Passes: what there is, running them, and where the running one stands. */
#include <config.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "arborist/session/stepping.h"
#include "row.h"

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

static void pass_row(struct command_ctx *c, const char *name, int id, const char *what, const struct pass_status *st, const struct wanted *w)
{
	bool super = id >= 0 && w->by_super >> id & 1, plan = id >= 0 && w->by_plan >> id & 1;
	struct row r;

	row_begin(&r, c, "recovery_pass");
	row_str(&r, "name", name);
	row_s64(&r, "id", id);
	row_word(&r, "state", st ? pass_state_name(st->state) : N_("kernel only"));
	row_word(&r, "what", what);
	row_bool(&r, "next_mount", super || plan);
	row_bool(&r, "by_super", super);
	row_bool(&r, "by_plan", plan);
	row_say(&r, id >= 0 ? N_("{id:2}  {name:-30}  {state:-15}  {what}") : N_(" -  {name:-30}  {state:-15}  {what}"));
	if (st) {
		row_str(&r, "why", st->why);
		row_u64(&r, "runs", st->runs);
		row_u64(&r, "found", st->findings);
		row_u64(&r, "fixed", st->fixed);
		row_u64(&r, "left", st->left);
		row_on(&r, N_("{why?; scheduled: {why}}{found?; {found} found, {fixed} fixed}"));
	}
	row_on(&r, N_("{next_mount?; the next mount runs it: asked for by {by_super?the superblock{by_plan? and the plan}}{by_super!the plan}}"));
	row_end(&r);
}

static void passes_head(struct command_ctx *c)
{
	ARB_BUF(b);

	arb_buf_puts(&b, "id  ");
	arb_buf_puts(&b, _("pass"));
	arb_buf_pad(&b, 36);
	arb_buf_puts(&b, _("state"));
	arb_buf_pad(&b, 53);
	arb_buf_puts(&b, _("what"));
	cmd_text(c, arb_buf_str(&b));
}

enum arb_code cmd_passes(struct command_ctx *c, struct arb_error *err)
{
	struct wanted w = { .by_super = sb_required_passes(session_view(c->session)->devs->best) };

	(void)err;
	plan_for_each_super(session_plan(c->session), wanted_by_plan, &w);
	if (!cmd_wants_events(c))
		passes_head(c);
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		pass_row(c, recovery_passes[i].name, (int)recovery_passes[i].id, recovery_passes[i].what,
			 status_of(c, recovery_passes[i].name), &w);
	for (size_t i = 0; i < passes_nr; i++)
		if (!recovery_pass_by_name(passes[i]->name))
			pass_row(c, passes[i]->name, passes[i]->id, passes[i]->what, status_of(c, passes[i]->name), &w);
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

static void gc_run_row(struct command_ctx *c, const struct pass_status *st)
{
	struct row r;

	row_begin(&r, c, "gc_run");
	row_str(&r, "name", st->pass->name);
	row_word(&r, "state", pass_state_name(st->state));
	row_u64(&r, "runs", st->runs);
	row_f3(&r, "last_seconds", (double)st->ns_last / 1e9);
	row_f3(&r, "mean_seconds", (double)st->ns_total / (double)st->runs / 1e9);
	row_u64(&r, "found", st->findings);
	row_u64(&r, "fixed", st->fixed);
	row_u64(&r, "left", st->left);
	row_say_nr(&r, "{name}: {state}, {runs} run, last {last_seconds} s, mean {mean_seconds} s; {found} found, {fixed} fixed, {left} left",
		   "{name}: {state}, {runs} runs, last {last_seconds} s, mean {mean_seconds} s; {found} found, {fixed} fixed, {left} left", st->runs);
	row_end(&r);
}

void gc_visit_line(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos)
{
	struct session_state st;
	struct row r;

	session_state(c->session, &st);
	row_begin(&r, c, "gc_visit");
	row_place(&r, btree, level, pos);
	row_word(&r, "visit", gc_visit_name(session_in_a_pass(c->session) ? gc_pos_visit(&st.progress, btree, level, pos) : GC_VISIT_NOT_RUNNING));
	row_say(&r, "{btree} L{level} {pos}: {visit}");
	row_end(&r);
}

/* gc BTREE[:LEVEL] [POS]: will it come by there? */
static enum arb_code gc_visit(struct command_ctx *c, struct arb_error *err)
{
	struct bpos pos;
	unsigned btree, level;
	bool has_level;
	enum arb_code code = arg_btree_pos(c, &has_level, &btree, &level, &pos, err);

	if (!code)
		gc_visit_line(c, btree, level, pos);
	return code;
}

/* Findings by kind: the first of them, as the panel shows them. */
static void gc_findings(struct row *r, const struct session_state *st)
{
	row_u64(r, "found", st->findings);
	row_u64(r, "fixed", st->fixed);
	row_u64(r, "left", st->left);
	row_say(r, "findings  {found} found, {fixed} fixed, {left} left");
	json_object(&r->j, "by_id");
	for (unsigned i = 0; i < 16 && st->by_id[i].id; i++) {
		ARB_BUF(b);

		json_u64(&r->j, st->by_id[i].id, st->by_id[i].nr);
		arb_buf_printf(&b, "          %llu %s", (unsigned long long)st->by_id[i].nr, st->by_id[i].id);
		row_text(r, arb_buf_str(&b));
	}
	json_object_end(&r->j);
}

static void gc_speed(struct row *r, const struct session_state *st)
{
	ARB_BUF(speed);

	json_f3(&r->j, "nodes_per_second", st->nodes_per_s);
	json_f3(&r->j, "bytes_per_second", st->bytes_per_s);
	arb_buf_printf(&speed, cmd_wants_events(r->c) ? "%.0f" : _("speed     %.0f nodes/s, %.1f MB/s"), st->nodes_per_s, st->bytes_per_s / 1e6);
	row_bool(r, "running", st->busy);
	row_text(r, arb_buf_str(&speed));
	row_on(r, N_("{running! (when it last ran)}"));
	if (!st->eta_s || !st->busy)
		return;
	row_u64(r, "eta_seconds", st->eta_s);
	arb_buf_reset(&speed);
	arb_buf_printf(&speed, cmd_wants_events(r->c) ? "ETA       about %llu:%02llu" : _("ETA       about %llu:%02llu"),
		       (unsigned long long)(st->eta_s / 60), (unsigned long long)(st->eta_s % 60));
	row_text(r, arb_buf_str(&speed));
}

/* A pass that was over before its speed was measured: that of the whole run. */
static void gc_whole_run_speed(struct session *s, struct session_state *st)
{
	for (size_t i = 0; i < passes_nr && !st->busy && st->nodes_per_s <= 0; i++) {
		const struct pass_status *run = pass_run_status(session_passes(s), i);

		if (!run->ns_last || !st->progress.pass || strcmp(run->pass->name, st->progress.pass))
			continue;
		st->nodes_per_s = (double)st->progress.nodes_done * 1e9 / (double)run->ns_last;
		st->bytes_per_s = (double)st->progress.bytes_done * 1e9 / (double)run->ns_last;
	}
}

enum arb_code cmd_gc(struct command_ctx *c, struct arb_error *err)
{
	struct session_state st;
	struct row r;
	ARB_BUF(b);

	if (c->argc)
		return gc_visit(c, err);
	session_state(c->session, &st);
	gc_pos_to_text(&b, &st.progress.pos);
	row_begin(&r, c, "gc");
	row_word(&r, "pass", st.progress.pass ? st.progress.pass : N_("none"));
	row_word(&r, "state", pass_state_name(st.pass_state));
	row_str(&r, "position", arb_buf_str(&b));
	row_u64(&r, "nodes_done", st.progress.nodes_done);
	row_u64(&r, "nodes_total", st.progress.nodes_total);
	row_say(&r, "pass      {pass}  {state}");
	row_say(&r, "position  {position}");
	row_say(&r, st.progress.nodes_total ? N_("nodes     {nodes_done} of {nodes_total}") : N_("nodes     {nodes_done}"));
	gc_whole_run_speed(c->session, &st);
	gc_speed(&r, &st);
	row_bytes(&r, "cache_bytes", st.cache_bytes);
	row_bytes(&r, "table_bytes", st.progress.memory);
	row_say(&r, "memory    {cache_bytes} of nodes, {table_bytes} of tables");
	gc_findings(&r, &st);
	row_end(&r);
	for (size_t i = 0; i < passes_nr; i++)
		if (pass_run_status(session_passes(c->session), i)->runs)
			gc_run_row(c, pass_run_status(session_passes(c->session), i));
	return ARB_OK;
}
