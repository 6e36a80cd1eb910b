/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan of a session loses: worked out once for each state of the plan, and kept in a file beside the transcript. */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "arborist/session/loss.h"
#include "internal.h"

static bool cancelled(void *arg)
{
	return session_cancelled(arg);
}

enum arb_code session_loss(struct session *s, const struct loss_report **ret, struct arb_error *err)
{
	struct loss_options o = { .cancelled = cancelled, .arg = s };
	uint64_t changes = overlay_changes(s->view->overlay);
	enum arb_code code = ARB_OK;

	if (!s->loss || s->loss_changes != changes || s->loss_repairs != plan_nr(s->plan)) {
		loss_report_free(s->loss);
		s->loss = NULL;
		code = loss_find(session_disk_view(s), s->view, s->plan, &o, &s->loss, err);
		s->loss_changes = changes;
		s->loss_repairs = plan_nr(s->plan);
	}
	*ret = s->loss;
	return code;
}

static enum arb_code write_file(const char *path, const struct arb_buf *text, struct arb_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool bad;

	if (!f) {
		int sys = errno;

		if (fd >= 0)
			close(fd);
		return arb_fail_sys(err, ARB_E_OPEN, sys, "%s cannot be written", path);
	}
	bad = fwrite(text->s, 1, text->len, f) != text->len;
	bad |= fclose(f) != 0;
	return bad ? arb_fail_sys(err, ARB_E_WRITE, errno, "%s", path) : ARB_OK;
}

enum arb_code loss_save(struct session *s, char *ret, size_t n, struct arb_error *err)
{
	const struct loss_report *r;
	ARB_BUF(text);
	ARB_BUF(path);
	enum arb_code code = session_loss(s, &r, err);

	*ret = '\0';
	if (code || (!r->inodes.nr && !r->unknown.nr))
		return code;
	loss_report_to_text(&text, r, SIZE_MAX);
	transcript_text(s, "  loss: ", arb_buf_str(&text));
	if (!s->transcript.path)
		return ARB_OK;
	arb_buf_printf(&path, "%s.loss", s->transcript.path);
	if (text.oom || path.oom)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	code = write_file(arb_buf_str(&path), &text, err);
	if (!code)
		snprintf(ret, n, "%s", arb_buf_str(&path));
	return code;
}
