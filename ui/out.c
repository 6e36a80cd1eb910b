/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Standard output: gathered by stdio, checked when flushed. A reader that goes away (head, less) ends the work like ^C; any
 * other trouble is said once and counts as an operational error.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "front.h"

static bool stdout_was_closed;

void out_init(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (fd == 1)
			stdout_was_closed = true;
		/* lowest free descriptor is fd; opened the wrong way round, so that using it fails */
		if (open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			_exit(EXIT_OPERATIONAL);
	}
}

static void lost(struct front *f, int error)
{
	if (f->output_lost)
		return;
	f->output_lost = true;
	if (error == EPIPE) {
		f->bits |= EXIT_CANCELLED;
	} else {
		f->bits |= EXIT_OPERATIONAL;
		say("standard output cannot be written: %s", stdout_was_closed ? _("it is closed") : arb_errno_text(error));
	}
	if (f->s)
		session_interrupt(f->s);
}

static unsigned screen_rows(void)
{
	struct winsize w;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row > 2 ? w.ws_row : 24;
}

/* A page at a time, at a terminal. q drops the rest of this command's output and ends it. */
static bool page_full(struct front *f)
{
	char *line;
	bool stop;

	if (!f->paging || ++f->lines < screen_rows() - 1)
		return false;
	f->lines = 0;
	fflush(stdout);
	line = read_line_plain(f, _("-- Enter: more, q: stop --"));
	stop = !line || *line == 'q';
	free(line);
	if (stop) {
		f->paging = false;
		f->lines = ~0u;
		session_interrupt(f->s);
	}
	return stop;
}

void out_text(struct front *f, const char *text)
{
	status_line_clear();
	while (*text && !f->output_lost && f->lines != ~0u) {
		size_t n = f->paging ? strcspn(text, "\n") + 1 : strlen(text);

		if (n > strlen(text))
			n = strlen(text);
		if (fwrite(text, 1, n, stdout) != n)
			lost(f, errno);
		text += n;
		if (page_full(f))
			return;
	}
}

void out_line(struct front *f, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, tr(fmt), ap);
	va_end(ap);
	arb_buf_putc(&b, '\n');
	out_text(f, arb_buf_str(&b));
}

void out_json(struct front *f, struct json *j)
{
	arb_buf_putc(&j->out, '\n');
	out_text(f, arb_buf_str(&j->out));
	json_free(j);
}

void out_flush(struct front *f)
{
	if (fflush(stdout))
		lost(f, errno);
}

void say(const char *fmt, ...)
{
	ARB_BUF(b);
	ARB_BUF(gated);
	const char *p;
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, tr(fmt), ap);
	va_end(ap);
	fflush(stdout);
	status_line_clear();
	for (p = arb_buf_str(&b); ; p++) {
		size_t n = strcspn(p, "\n");

		text_gate_line(&gated, p, n, TEXT_UTF8);
		arb_buf_putc(&gated, '\n');
		p += n;
		if (!*p || !p[1])
			break;
	}
	fprintf(stderr, "arborist: %s", arb_buf_str(&gated));
}
