/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop that line-mode front ends share. */
#include <config.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/session/stepping.h"
#include "front.h"
#include "interrupt.h"

static void command_event(void *arg, struct json *j)
{
	struct front *f = arg;

	session_event(f->s, arb_buf_str(&j->out));
}

static void command_line_text(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static bool want_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR");

	enum { AUTO, ALWAYS };
	uint64_t when = options_setting(o, SETTING_COLOR);

	if (when != AUTO)
		return when == ALWAYS;
	return isatty(STDOUT_FILENO) && !(no && *no) && !options_setting(o, SETTING_ASCII);
}

unsigned bits_of(enum arb_code code)
{
	if (code == ARB_OK || code == ARB_E_STOPPED)
		return 0;
	if (code == ARB_E_CANCELLED)
		return EXIT_CANCELLED;
	if (code == ARB_E_USAGE || code == ARB_E_UNKNOWN_COMMAND || code == ARB_E_BAD_ARGUMENT)
		return EXIT_USAGE;
	return EXIT_OPERATIONAL;
}

static void dispatch(struct front *f, const struct session_message *m)
{
	if (m->finding && !m->finding->no_place)
		command_remember_place(m->finding->btree, m->finding->pos);
	if (f->o->json)
		json_message(f, m);
	else
		show_message(f, m);
	if (m->kind == SESSION_PASS)
		progress_pass(f, &m->progress);
	if (m->kind == SESSION_QUESTION)
		ask(f, m);
}

/* Whoever wants to write learns now that it will not be possible, not after the check. */
static void opened(struct front *f, const char *text)
{
	struct session_state st;

	session_state(f->s, &st);
	if (!text || f->o->actions.nr)
		return;
	if (f->o->plain)
		out_line(f, "%s", text);
	else if (st.read_only && f->o->check && f->o->session.mode != POLICY_NO)
		say("%s; nothing can be committed", text);
}

unsigned front_open(struct front *f, const struct options *o)
{
	struct arb_error err = { 0 };
	struct session_message *m = NULL;
	struct session_options so = o->session;
	enum arb_code code;

	f->o = o;
	f->color = want_color(o);
	f->terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	f->events = (struct command_out){ .line = command_line_text, .event = command_event, .arg = f };
	if (!f->read_line)
		f->read_line = read_line_plain;
	if (o->progress_fd >= 0 && !(f->progress = fdopen(dup(o->progress_fd), "w"))) {
		say("--progress-fd: descriptor %d cannot be written", o->progress_fd);
		return EXIT_USAGE;
	}
	/* said now rather than after an hour of checking */
	if (o->session.undo_path && !access(o->session.undo_path, F_OK)) {
		say("the undo file %s exists already; it is never overwritten", o->session.undo_path);
		return EXIT_OPERATIONAL;
	}
	so.line_during = command_during;
	code = session_start(&so, &f->s, &err);
	if (code) {
		say("%s", err.text);
		return EXIT_OPERATIONAL;
	}
	interrupt_install(f->s);
	if (f->no_wait)
		return 0;
	while (!m) {
		m = session_next(f->s, -1);
		if (m && m->kind != SESSION_OPENED && m->kind != SESSION_FAILED) {
			dispatch(f, m);
			session_message_free(m);
			m = NULL;
		}
	}
	if (m->kind == SESSION_OPENED)
		opened(f, m->text);
	if (m->kind == SESSION_FAILED)
		say("%s", m->text && *m->text ? m->text : _("cannot open the filesystem"));
	code = m->kind == SESSION_FAILED ? m->code : ARB_OK;
	session_message_free(m);
	if (!code)
		return 0;
	return code == ARB_E_UNKNOWN_COMMAND || code == ARB_E_BAD_ARGUMENT || code == ARB_E_USAGE ? EXIT_USAGE : EXIT_OPERATIONAL;
}

void front_close(struct front *f)
{
	out_flush(f);
	interrupt_forget();
	squelch_free(&f->squelch);
	if (f->s && session_transcript_path(f->s))
		say("transcript: %s", session_transcript_path(f->s));
	session_end(f->s);
	f->s = NULL;
	if (f->progress)
		fclose(f->progress);
}

static void complain(const struct front *f, const char *text)
{
	say("%s%s", f->where ? f->where : "", text);
}

enum arb_code front_wait(struct front *f, uint64_t id)
{
	enum arb_code code = ARB_OK;
	bool done = false, tick = f->progress || f->o->json || status_line_wanted(f);

	status_line_begin();
	while (!done) {
		struct session_message *m = session_next(f->s, 0);

		progress_tick(f);
		if (!m) {
			out_flush(f);
			status_line_tick(f);
			m = session_next(f->s, tick ? 250 : -1);
		}
		if (!m)
			continue;
		if (m->kind == SESSION_JOB_DONE && m->id == id) {
			done = true;
			code = m->code;
			status_line_clear();
			out_flush(f);
			if (code && code != ARB_E_STOPPED && !(code == ARB_E_CANCELLED && (!m->text || f->output_lost || f->lines == ~0u)))
				complain(f, m->text ? m->text : _("out of memory"));
		} else {
			dispatch(f, m);
		}
		session_message_free(m);
	}
	out_flush(f);
	if (interrupt_pending() || f->output_lost)
		f->bits |= f->output_lost ? 0 : EXIT_CANCELLED;
	return code;
}

enum arb_code front_run(struct front *f, uint64_t id)
{
	if (interrupt_pending())
		session_interrupt(f->s);
	return front_wait(f, id);
}

enum arb_code front_command(struct front *f, const char *line)
{
	struct arb_error err = { 0 };
	uint64_t id = 0;
	enum arb_code code = command_post(f->s, line, f->o->json ? &f->events : NULL, f->terminal && !f->o->actions.nr, &id, &err);

	if (code) {
		complain(f, err.text);
		return code;
	}
	return id ? front_run(f, id) : ARB_OK;
}

static enum arb_code end_job(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	(void)j;
	(void)arg;
	if (session_stop(s, NULL)) {
		bool recorded = session_record_begin(s, "command", "stop");

		code = session_resume(s, STEP_END, err);
		session_record_end(s, recorded, code);
	}
	return code;
}

void front_end_stopped(struct front *f)
{
	uint64_t id = f->s ? session_post(f->s, end_job, NULL, NULL, JOB_STOPPED) : 0;

	if (id)
		front_wait(f, id);
}

int front_status(struct front *f)
{
	struct session_state st = { 0 };

	if (f->s)
		session_state(f->s, &st);
	return st.exit_status | (int)f->bits;
}
