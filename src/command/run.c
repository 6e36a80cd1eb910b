/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a line to a job: words, command, number of arguments; then its handler on the engine thread. */
#include <config.h>
#include "arborist/session/stepping.h"
#include "internal.h"

struct line_job {
	struct command_ctx c;
	struct arb_buf words, pending;
	char *line;
};

static void line_job_free(void *arg)
{
	struct line_job *l = arg;

	if (!l)
		return;
	arb_buf_free(&l->words);
	arb_buf_free(&l->pending);
	free(l->line);
	free(l);
}

static enum arb_code usage(const struct command *cmd, struct arb_error *err)
{
	return arb_fail(err, ARB_E_BAD_ARGUMENT, "%s: expected: %s%s%s", cmd->name, cmd->name, *cmd->args ? " " : "", cmd->args);
}

static enum arb_code unknown(const char *word, struct arb_error *err)
{
	const char *near = command_nearest(word);

	if (near)
		return arb_fail(err, ARB_E_UNKNOWN_COMMAND, "unknown command \"%s\"; did you mean %s?", word, near);
	return arb_fail(err, ARB_E_UNKNOWN_COMMAND, "unknown command \"%s\"; help lists them", word);
}

/* A command that takes the rest of the line as it is: true, and @l has both. Anything else is split into words. */
static bool raw_line(struct line_job *l)
{
	char *p = l->line + strspn(l->line, " \t"), *rest = p + strcspn(p, " \t\r\n");
	const struct command *cmd;

	arb_buf_mem(&l->words, p, rest - p);
	cmd = command_find(arb_buf_str(&l->words));
	if (!cmd || !(cmd->flags & COMMAND_RAW))
		return false;
	l->c.cmd = cmd;
	rest += strspn(rest, " \t\r\n");
	l->c.argv[0] = rest;
	l->c.argc = *rest != 0;
	return true;
}

static struct line_job *line_job_new(const char *line, struct arb_error *err)
{
	struct line_job *l = calloc(1, sizeof(*l));
	const char *argv[COMMAND_ARGS_MAX];
	int argc = 0;

	if (!l) {
		arb_fail(err, ARB_E_NOMEM, "out of memory");
		return NULL;
	}
	l->c.pending = &l->pending;
	l->line = strdup(line);
	if (!l->line)
		arb_fail(err, ARB_E_NOMEM, "out of memory");
	if (l->line && raw_line(l))
		return l;
	if (!l->line || command_split(line, &l->words, &argc, argv, COMMAND_ARGS_MAX, err)) {
		line_job_free(l);
		return NULL;
	}
	if (!argc)
		return l;
	l->c.cmd = command_find(argv[0]);
	l->c.argc = argc - 1;
	memcpy(l->c.argv, argv + 1, (size_t)l->c.argc * sizeof(*argv));
	if (!l->c.cmd)
		unknown(argv[0], err);
	else if (l->c.argc < l->c.cmd->min_args || l->c.argc > l->c.cmd->max_args)
		usage(l->c.cmd, err);
	else
		return l;
	line_job_free(l);
	return NULL;
}

enum arb_code command_run_ctx(struct command_ctx *c, struct arb_error *err)
{
	bool recorded = false;
	enum arb_code code;

	if (!(c->cmd->flags & COMMAND_UNRECORDED)) {
		ARB_BUF(b);

		arb_buf_puts(&b, c->cmd->name);
		for (int i = 0; i < c->argc; i++) {
			arb_buf_putc(&b, ' ');
			command_quote(&b, c->argv[i]);
		}
		recorded = session_record_begin(c->session, "command", arb_buf_str(&b));
		if (!recorded && (c->cmd->flags & COMMAND_LASTS) && (c->during || session_job_depth(c->session) > 1))
			session_record_during(c->session, arb_buf_str(&b));
	}
	code = c->cmd->run(c, err);
	session_record_end(c->session, recorded, code);
	return code;
}

static enum arb_code line_job_run(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct line_job *l = arg;
	enum arb_code code;

	l->c.session = s;
	l->c.job = j;
	if (l->c.interactive || !(l->c.cmd->flags & JOB_BROWSE)) {
		ARB_BUF(b);

		arb_buf_printf(&b, "command: %s", l->line);
		session_note(s, arb_buf_str(&b));
	}
	code = command_run_ctx(&l->c, err);
	cmd_flush(&l->c);
	return code;
}

static unsigned line_flags(const struct line_job *l)
{
	bool joins = l->c.cmd->run == cmd_run && run_may_queue(l->c.argc, l->c.argv);

	return joins ? JOB_BROWSE : l->c.cmd->flags & (JOB_BROWSE | JOB_STOPPED);
}

enum arb_code command_post(struct session *s, const char *line, const struct command_out *out, bool interactive,
			   uint64_t *ret_id, struct arb_error *err)
{
	struct arb_error own = { 0 };
	struct line_job *l;

	*ret_id = 0;
	if (!err)
		err = &own;
	l = line_job_new(line, err);
	if (!l)
		return err->code;
	if (!l->c.cmd) {
		line_job_free(l);
		return ARB_OK;
	}
	l->c.out = out;
	l->c.interactive = interactive;
	*ret_id = session_post(s, line_job_run, l, line_job_free, line_flags(l));
	return *ret_id ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");
}

enum arb_code command_run_line(struct command_ctx *outer, const char *line, struct arb_error *err)
{
	struct line_job *l = line_job_new(line, err);
	enum arb_code code = ARB_OK;

	if (!l)
		return err->code;
	if (l->c.cmd && session_stop(outer->session, NULL) && !(l->c.cmd->flags & (JOB_BROWSE | JOB_STOPPED))) {
		code = arb_fail(err, ARB_E_REFUSED, "%s: a pass is stopped: continue it, or stop it, first", l->c.cmd->name);
	} else if (l->c.cmd) {
		l->c.session = outer->session;
		l->c.job = outer->job;
		l->c.out = outer->out;
		l->c.depth = outer->depth + 1;
		code = command_run_ctx(&l->c, err);
		cmd_flush(&l->c);
	}
	line_job_free(l);
	return code;
}

static void swallow(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

void command_during(struct session *s, const char *line)
{
	static const struct command_out nowhere = { .line = swallow };
	struct line_job *l = line_job_new(line, NULL);

	/* no pass may begin here: gc_gens only joins one that is under way */
	if (l && l->c.cmd && (l->c.cmd->flags & COMMAND_LASTS) && (l->c.cmd->run != cmd_run || session_in_a_pass(s))) {
		l->c.session = s;
		l->c.out = &nowhere;
		l->c.during = true;
		command_run_ctx(&l->c, NULL);
	}
	line_job_free(l);
}
