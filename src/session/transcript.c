/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The transcript: what was found, asked, answered, changed and written, line by line with the time (UTC). The file is made
 * with the first line, so that merely looking at a filesystem leaves nothing behind; every line is flushed.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "internal.h"

static bool same_as_device(struct session *s, const struct stat *st)
{
	struct stat d;

	for (unsigned i = 0; i < s->o.nr_paths; i++)
		if (!stat(s->o.paths[i], &d) && d.st_dev == st->st_dev && d.st_ino == st->st_ino)
			return true;
	return false;
}

static enum arb_code transcript_open(struct session *s, struct arb_error *err)
{
	struct transcript *t = &s->transcript;
	int fd = open(t->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;

	t->failed = true;
	if (fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot open the transcript %s", t->path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || same_as_device(s, &st)) {
		close(fd);
		return arb_fail(err, ARB_E_OPEN, "the transcript %s is not a plain file of its own", t->path);
	}
	t->file = fdopen(fd, "a");
	if (!t->file) {
		close(fd);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	t->failed = false;
	atomic_store(&s->transcript_shown, strdup(t->path));
	return ARB_OK;
}

static void header(struct session *s)
{
	ARB_BUF(b);

	if (!s->view)
		return;
	sb_uuid_to_text(&b, s->view->geo.uuid);
	transcript_line(s, "arborist " PACKAGE_VERSION ", filesystem %s, %s", arb_buf_str(&b),
			s->view->devs->read_only ? "read-only" : "may be written on commit");
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (s->view->devs->dev[i])
			transcript_line(s, "device %u: %s", i, s->view->devs->dev[i]->blk->name);
}

static enum arb_code default_path(struct session *s, struct arb_error *err)
{
	ARB_BUF(b);
	enum arb_code code = session_state_folder(&b, err);

	if (code)
		return code;
	arb_buf_puts(&b, "/transcript-");
	time_stamp(&b, s->o.clock.now_ns(s->o.clock.arg), true);
	arb_buf_printf(&b, "-%ld.log", (long)getpid());
	s->transcript.path = arb_buf_steal(&b);
	return s->transcript.path ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");
}

/* A transcript that was asked for must be there; the one by default may fail, with a word. */
enum arb_code transcript_init(struct session *s, struct arb_error *err)
{
	struct transcript *t = &s->transcript;
	const char *want = s->o.transcript_path;
	enum arb_code code;

	if (want && (!*want || !strcmp(want, "/dev/null"))) {
		t->failed = true;
		return ARB_OK;
	}
	t->explicit_path = want;
	if (!want) {
		struct arb_error e = { 0 };

		if (default_path(s, &e)) {
			t->failed = true;
			session_log(s, e.text);
		}
		return ARB_OK;
	}
	t->path = strdup(want);
	if (!t->path)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	code = transcript_open(s, err);
	if (!code)
		header(s);
	return code;
}

static bool ready(struct session *s)
{
	struct transcript *t = &s->transcript;
	struct arb_error err = { 0 };

	if (t->failed || t->file || !t->path)
		return t->file;
	if (transcript_open(s, &err)) {
		message_text(s, SESSION_LOG, 0, err.text);
		return false;
	}
	header(s);
	return true;
}

static void put(struct session *s, const char *prefix, const char *line, size_t n)
{
	ARB_BUF(b);

	time_stamp(&b, s->o.clock.now_ns(s->o.clock.arg), false);
	arb_buf_putc(&b, ' ');
	arb_buf_puts(&b, prefix);
	text_gate_line(&b, line, n, TEXT_UTF8);
	arb_buf_putc(&b, '\n');
	fputs(arb_buf_str(&b), s->transcript.file);
}

void transcript_text(struct session *s, const char *prefix, const char *text)
{
	if (!ready(s))
		return;
	while (*text) {
		size_t n = strcspn(text, "\n");

		put(s, prefix, text, n);
		text += n + (text[n] == '\n');
	}
	if (fflush(s->transcript.file) && !s->transcript.failed) {
		s->transcript.failed = true;
		message_text(s, SESSION_LOG, 0, "the transcript can no longer be written");
	}
}

void transcript_line(struct session *s, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	transcript_text(s, "", arb_buf_str(&b));
}

void transcript_finding(struct session *s, const struct finding *f)
{
	ARB_BUF(b);

	finding_to_text(&b, f);
	transcript_line(s, "finding %u: %s", f->serial, arb_buf_str(&b));
	for (unsigned i = 0; i < f->nr_objects; i++) {
		transcript_line(s, "  %s:", tr(f->object[i].role));
		transcript_text(s, "    ", f->object[i].text ? f->object[i].text : "");
	}
	if (f->rule)
		transcript_line(s, "  rule: %s", f->rule->name);
	if (f->fix || f->row->fix)
		transcript_line(s, "  fix: %s", f->fix ? f->fix : tr(f->row->fix));
}

void transcript_close(struct session *s)
{
	if (s->transcript.file)
		fclose(s->transcript.file);
	free(s->transcript.path);
	memset(&s->transcript, 0, sizeof(s->transcript));
}

const char *session_transcript_path(struct session *s)
{
	return atomic_load(&s->transcript_shown);
}

void session_note(struct session *s, const char *line)
{
	transcript_text(s, "", line);
}
