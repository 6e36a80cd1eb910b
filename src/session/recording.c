/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the record of a session (recording.h). */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "arborist/base/text.h"
#include "internal.h"

#define LINES_BYTES_MAX (64u << 20)

/* @text is one line with its newline. */
static void put(struct session *s, const struct arb_buf *text)
{
	struct recording *r = &s->recording;

	if (r->lines.len + text->len > LINES_BYTES_MAX)
		r->too_long = true;
	if (!r->too_long)
		arb_buf_mem(&r->lines, text->s, text->len);
	if (r->file && (fwrite(text->s, 1, text->len, r->file) != text->len || fflush(r->file))) {
		fclose(r->file);
		r->file = NULL;
		session_complain(s, "the record can no longer be written: %s", arb_errno_text(errno));
	}
}

static void put_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put_line(struct session *s, const char *fmt, ...)
{
	ARB_BUF(b);
	va_list ap;

	va_start(ap, fmt);
	arb_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	arb_buf_putc(&b, '\n');
	if (!b.oom)
		put(s, &b);
}

void record_filesystem_line(struct arb_buf *out, struct session *s)
{
	const uint8_t *u = s->view->geo.uuid;

	arb_buf_puts(out, "filesystem ");
	for (unsigned i = 0; i < 16; i++)
		arb_buf_printf(out, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", u[i]);
	arb_buf_printf(out, " seq %llu", (unsigned long long)s->view->devs->best->seq);
}

/* Settings that were not left as they are count: scan decides what is found. */
static void put_settings(struct session *s)
{
	for (unsigned i = 0; i < SETTING_NR; i++) {
		ARB_BUF(value);

		if (!s->o.settings.has[i])
			continue;
		setting_value_to_text(&value, (enum setting)i, s->o.settings.v[i]);
		put_line(s, "command set %s %s", setting_rows[i].name, arb_buf_str(&value));
		put_line(s, "result ok");
	}
}

void recording_begin(struct session *s)
{
	ARB_BUF(b);

	record_filesystem_line(&b, s);
	put_line(s, RECORD_MAGIC);
	put_line(s, "%s", arb_buf_str(&b));
	put_settings(s);
}

void recording_free(struct session *s)
{
	arb_buf_free(&s->recording.lines);
	if (s->recording.file)
		fclose(s->recording.file);
	s->recording.file = NULL;
}

bool session_record_begin(struct session *s, const char *kind, const char *text)
{
	struct recording *r = &s->recording;
	ARB_BUF(b);

	if (s->depth > 1 || r->nested)	/* what looks around while a pass runs decides nothing that is not recorded as a decision */
		return false;
	r->nested = true;
	text_gate(&b, text, strlen(text), TEXT_UTF8);
	put_line(s, "%s%s%s", kind, b.len ? " " : "", arb_buf_str(&b));
	return true;
}

void session_record_end(struct session *s, bool begun, enum arb_code code)
{
	if (!begun)
		return;
	s->recording.nested = false;
	put_line(s, "result %s", arb_code_name(code));
}

void session_record_during(struct session *s, const char *text)
{
	ARB_BUF(b);

	text_gate(&b, text, strlen(text), TEXT_UTF8);
	put_line(s, "during %llu %s", (unsigned long long)s->recording.places, arb_buf_str(&b));
}

void session_record_status(struct session *s, unsigned bits)
{
	put_line(s, "status %u", bits);
}

void finding_record_line(struct arb_buf *out, const struct finding *f)
{
	arb_buf_printf(out, "%u %s %s %u %u ", f->serial, f->row->id, f->site, f->btree, f->level);
	bpos_to_text(out, f->pos);
	arb_buf_putc(out, ' ');
	bpos_to_text(out, f->end);
}

void recording_decision(struct session *s, const struct finding *f)
{
	ARB_BUF(b);

	finding_record_line(&b, f);
	put_line(s, "finding %s %s %d %u %s", arb_buf_str(&b), answer_verb_name(f->answer.verb), f->answer.here ? 2 : f->answer.all, f->answer.choice,
		 answer_source_name(f->answer.source));
}

const char *step_mode_name(enum step_mode m)
{
	static const char *const names[] = {
		[STEP_CONTINUE] = "continue", [STEP_STEP] = "step", [STEP_NEXT] = "next", [STEP_FINISH] = "finish", [STEP_END] = "stop",
	};

	return m <= STEP_END ? names[m] : NULL;
}

void recording_going(struct session *s, enum step_mode mode)
{
	put_line(s, "going %llu %s %u %u", (unsigned long long)s->recording.places, step_mode_name(mode), s->stepping.from.btree, s->stepping.from.level);
}

void recording_time(struct session *s, uint64_t ns)
{
	put_line(s, "time %llu", (unsigned long long)ns);
}

enum arb_code session_record_to(struct session *s, const char *path, struct arb_error *err)
{
	struct recording *r = &s->recording;
	int fd;

	if (r->file)
		return arb_fail(err, ARB_E_REFUSED, "a record is being written already");
	if (r->too_long || r->lines.oom)
		return arb_fail(err, ARB_E_REFUSED, "this session is too long for a record from its beginning; --record FILE writes one from the start");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->file) {
		int sys = errno;

		if (fd >= 0)
			close(fd);
		return arb_fail_sys(err, ARB_E_OPEN, sys, "cannot begin the record %s", path);
	}
	if (fwrite(r->lines.s, 1, r->lines.len, r->file) == r->lines.len && !fflush(r->file))
		return ARB_OK;
	fclose(r->file);
	r->file = NULL;
	return arb_fail_sys(err, ARB_E_WRITE, errno, "cannot write the record %s", path);
}
