/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where handlers write to: gathered text as messages, a front end's own functions, or JSON objects. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "internal.h"

#define PENDING_MAX (16u << 10)

static void hand_on(struct command_ctx *c, const char *line)
{
	struct json j = { 0 };

	if (c->out && !c->out->event) {
		c->out->line(c->out->arg, line);
		return;
	}
	json_begin(&j);
	json_str(&j, "event", "text");
	json_str(&j, "command", c->cmd->name);
	json_str(&j, "line", line);
	json_end(&j);
	cmd_event(c, &j);
}

/* A tab of our own stays one: the superblock's text has some. Names from disk have been gated before. */
static void gate_line(struct arb_buf *out, const char *s, size_t n)
{
	const char *tab;

	for (; (tab = memchr(s, '\t', n)); n -= tab + 1 - s, s = tab + 1) {
		text_gate_line(out, s, tab - s, TEXT_UTF8);
		arb_buf_putc(out, '\t');
	}
	text_gate_line(out, s, n, TEXT_UTF8);
}

static void one_line(struct command_ctx *c, const char *s, size_t n)
{
	if (!c->out) {
		gate_line(c->pending, s, n);
		arb_buf_putc(c->pending, '\n');
		if (c->pending->len >= PENDING_MAX)
			cmd_flush(c);
		return;
	}
	ARB_BUF(b);

	gate_line(&b, s, n);
	hand_on(c, arb_buf_str(&b));
}

void cmd_flush(struct command_ctx *c)
{
	session_events_flush(c->session);
	if (!c->pending || !c->pending->len)
		return;
	job_output(c->session, c->job, arb_buf_str(c->pending));
	arb_buf_reset(c->pending);
}

void cmd_text(struct command_ctx *c, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		one_line(c, text, n);
		text += n + (text[n] == '\n');
	}
}

void cmd_line(struct command_ctx *c, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, tr(fmt), ap);
	va_end(ap);
	one_line(c, arb_buf_str(&b), b.len);
}

bool cmd_wants_events(const struct command_ctx *c)
{
	return c->out && c->out->event;
}

void pass_status_event(struct json *j, const struct pass_status *p)
{
	json_begin(j);
	json_str(j, "event", "pass");
	json_str(j, "name", p->pass->name);
	json_str(j, "state", p->state == PASS_STOPPED ? "stopped" : p->state == PASS_FAILED ? "failed" : "done");
	json_u64(j, "findings", p->findings);
	json_f3(j, "seconds", (double)p->ns_last / 1e9);
	json_u64(j, "fixed", p->fixed);
	json_u64(j, "left", p->left);
	json_end(j);
}

void cmd_event(struct command_ctx *c, struct json *j)
{
	if (cmd_wants_events(c))
		c->out->event(c->out->arg, j);
	json_free(j);
}
