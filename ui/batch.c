/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No screen: -n, -y, -p check and perhaps repair; -e and -f run commands. */
#include <config.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "front.h"
#include "interrupt.h"

struct check_job {
	const struct options *o;
	const char *const *specs;
	unsigned	nr_specs;
	size_t		planned;
};

static enum arb_code drop_recorded(struct session *s, uint32_t id, struct arb_error *err)
{
	enum arb_code code;
	unsigned dropped;
	bool recorded;
	ARB_BUF(b);

	arb_buf_printf(&b, "drop %u", id);
	recorded = session_record_begin(s, "command", arb_buf_str(&b));
	code = session_drop(s, id, &dropped, err);
	session_record_end(s, recorded, code);
	return code;
}

/*
 * The suggested answer was to stop, half way through a btree (its root given up and nothing to put in its place): what was
 * begun there is not written. What was repaired in other btrees stands by itself.
 */
static enum arb_code leave_out(struct session *s, const struct finding *f, struct arb_error *err)
{
	struct plan *p = session_plan(s);
	enum arb_code code = ARB_OK;

	for (size_t i = plan_nr(p); i-- > 0 && !code; )
		if (i < plan_nr(p) && repair_in_btree(plan_repair(p, i), f->btree))
			code = drop_recorded(s, plan_repair(p, i)->id, err);
	session_complain(s, "the pass stopped at finding %u; repairs of that btree are not written. Decide it in the console%s%s%s", f->serial,
			 f->empties ? "" : _(", or in a policy file: "), f->empties ? "" : f->row->id, f->empties ? "" : " yes|no");
	return code;
}

/* Every btree at which a pass stopped; or, where a finding was not to be repaired that has to be, the one of the last such. */
static enum arb_code leave_out_stopped(struct session *s, struct arb_error *err)
{
	const struct finding *skipped = NULL;
	enum arb_code code = ARB_OK;
	bool stopped = false;

	for (size_t i = 0; !code && i < session_findings_nr(s); i++) {
		const struct finding *f = session_finding(s, i);

		if (f->answer.verb == ANSWER_SKIP)
			skipped = f;
		if (f->answer.verb != ANSWER_STOP)
			continue;
		stopped = true;
		code = leave_out(s, f, err);
	}
	return code || stopped || !skipped ? code : leave_out(s, skipped, err);
}

static enum arb_code run_recorded(struct session *s, const struct check_job *x, struct arb_error *err)
{
	enum arb_code code;
	bool recorded;
	ARB_BUF(b);

	for (unsigned i = 0; i < x->nr_specs; i++) {
		arb_buf_puts(&b, i ? " " : "");
		command_quote(&b, x->specs[i]);
	}
	recorded = session_record_begin(s, "check", arb_buf_str(&b));
	code = session_run_passes(s, x->specs, x->nr_specs, err);
	session_record_end(s, recorded, code);
	return code;
}

static enum arb_code check_job(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct check_job *x = arg;
	enum arb_code code = run_recorded(s, x, err);

	(void)j;
	if (code == ARB_E_STOPPED && x->o->session.mode == POLICY_YES && leave_out_stopped(s, err))
		return err->code;
	x->planned = plan_nr(session_plan(s));
	return code;
}

static enum arb_code status_job(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)err;
	session_record_status(s, *(const unsigned *)arg);
	return ARB_OK;
}

/* Failures are in the exit status of a batch, and so in that of its replay. */
static void failed(struct front *f, unsigned bits)
{
	uint64_t id;

	f->bits |= bits;
	bits &= EXIT_OPERATIONAL | EXIT_USAGE;
	id = bits ? session_post(f->s, status_job, &bits, NULL, JOB_BROWSE) : 0;
	if (id)
		front_wait(f, id);
}

static void summary(struct front *f, int status)
{
	struct session_state st;

	session_state(f->s, &st);
	if (f->o->json) {
		json_summary(f, status);
		return;
	}
	if (!st.findings)
		out_line(f, status & (EXIT_OPERATIONAL | EXIT_CANCELLED) ? _("the check did not come to its end") : _("clean"));
	else if (f->o->session.mode == POLICY_NO)
		out_line(f, P_("%llu finding: %llu could be repaired now, %llu not; nothing was written",
			       "%llu findings: %llu could be repaired now, %llu not; nothing was written", st.findings), (unsigned long long)st.findings,
			 (unsigned long long)st.fixed, (unsigned long long)st.left);
	else
		out_line(f, P_("%llu finding: %llu repaired, %llu left", "%llu findings: %llu repaired, %llu left", st.findings), (unsigned long long)st.findings,
			 (unsigned long long)st.written, (unsigned long long)(st.findings - st.written));
	if (st.requested)
		out_line(f, P_("%llu of those left is written by the next mount, which was asked for it",
			       "%llu of those left are written by the next mount, which was asked for it", st.requested), (unsigned long long)st.requested);
	if (st.of_mount)
		out_line(f, P_("%llu of them is of a kind that the superblock asks the next mount to repair",
			       "%llu of them are of kinds that the superblock asks the next mount to repair", st.of_mount), (unsigned long long)st.of_mount);
}

int batch_check(struct front *f)
{
	struct check_job x = { .o = f->o, .specs = (const char *const *)f->o->specs.v, .nr_specs = (unsigned)f->o->specs.nr };
	uint64_t id = session_post(f->s, check_job, &x, NULL, 0);
	enum arb_code code = id ? front_run(f, id) : ARB_E_NOMEM;
	int status;

	failed(f, bits_of(code));
	/* a pass that was cancelled or broke down is no basis for writing */
	if ((!code || code == ARB_E_STOPPED) && x.planned && f->o->session.mode != POLICY_NO && !interrupt_pending()) {
		code = front_command(f, "commit");
		failed(f, bits_of(code));
	}
	status = front_status(f);
	summary(f, status);
	return status;
}

/* True: go on with the next command. */
static bool run_line(struct front *f, const char *line)
{
	enum arb_code code = front_command(f, line);

	failed(f, bits_of(code));
	if (interrupt_pending() || f->output_lost || code == ARB_E_CANCELLED || session_quit_wanted(f->s))
		return false;
	return !code || f->o->keep_going;
}

static bool run_lines(struct front *f, FILE *in, const char *path)
{
	enum script_line got = SCRIPT_END;
	bool go_on = true;
	ARB_BUF(line);
	ARB_BUF(where);

	for (unsigned nr = 1; go_on && !interrupt_pending() && (got = script_read_line(in, &line)) != SCRIPT_END; nr++)
		if (got == SCRIPT_BAD) {
			say("%s is not a script: line %u is too long or no text", path, nr);
			failed(f, EXIT_USAGE);
			go_on = false;
		} else {
			arb_buf_reset(&where);
			arb_buf_printf(&where, "%s:%u: ", path, nr);
			f->where = arb_buf_str(&where);
			go_on = run_line(f, arb_buf_str(&line));
		}
	if (go_on && ferror(in) && !interrupt_pending()) {
		say("cannot read %s: %s", path, arb_errno_text(errno));
		failed(f, EXIT_OPERATIONAL);
	}
	f->where = NULL;
	return go_on;
}

static bool is_lua(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcmp(path + n - 4, ".lua");
}

static bool run_lua(struct front *f, const char *path)
{
	ARB_BUF(line);

	arb_buf_puts(&line, "source ");
	command_quote(&line, path);
	return run_line(f, arb_buf_str(&line));
}

static bool run_script(struct front *f, const char *path)
{
	bool std = !strcmp(path, "-"), go_on;

	if (is_lua(path))
		return run_lua(f, path);
	FILE *in = std ? stdin : fopen(path, "re");

	if (!in) {
		say("cannot open the script %s: %s", path, arb_errno_text(errno));
		failed(f, EXIT_OPERATIONAL);
		return f->o->keep_going;
	}
	go_on = run_lines(f, in, path);
	if (!std)
		fclose(in);
	return go_on;
}

int batch_run(struct front *f)
{
	int status;

	for (size_t i = 0; i < f->o->actions.nr; i++) {
		const struct action *a = &f->o->actions.v[i];

		if (interrupt_pending() || !(a->script ? run_script(f, a->text) : run_line(f, a->text)))
			break;
	}
	if (!interrupt_pending())
		front_end_stopped(f);
	if (interrupt_pending())
		f->bits |= EXIT_CANCELLED;
	status = front_status(f);
	if (f->o->json)
		json_summary(f, status);
	return status;
}

static enum arb_code replay_check(struct front *f, const char *text)
{
	const char *specs[COMMAND_ARGS_MAX];
	struct check_job x = { .o = f->o, .specs = specs };
	enum arb_code code;
	ARB_BUF(words);
	uint64_t id;
	int n;

	code = command_split(text, &words, &n, specs, COMMAND_ARGS_MAX, NULL);
	x.nr_specs = (unsigned)n;
	id = code ? 0 : session_post(f->s, check_job, &x, NULL, 0);
	return id ? front_run(f, id) : code ? code : ARB_E_NOMEM;
}

/*
 * A command that failed when it was recorded may fail again, and counts where it did then; anything else is trouble, and session_replay_trouble()
 * says what.
 */
int batch_replay(struct front *f)
{
	const char *text, *trouble;
	bool check;
	int status;

	while (!interrupt_pending() && !session_quit_wanted(f->s) && (text = session_replay_next(f->s, &check))) {
		const struct command *c = check ? NULL : command_of_line(text);
		enum arb_code code = check ? replay_check(f, text) : front_command(f, text);

		session_replay_ended(f->s, code, c && (c->flags & JOB_BROWSE));
	}
	trouble = session_replay_trouble(f->s);
	f->bits |= session_replay_status(f->s) & (EXIT_OPERATIONAL | EXIT_USAGE);
	if (trouble)
		say("the replay ends here, %s", trouble);
	if (interrupt_pending())
		f->bits |= EXIT_CANCELLED;
	else if (trouble)
		f->bits |= EXIT_OPERATIONAL;
	status = front_status(f);
	if (f->o->json)
		json_summary(f, status);
	return status;
}
