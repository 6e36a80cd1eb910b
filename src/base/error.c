/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row per code: its name and its family. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arborist/base/i18n.h"
#include "arborist/base/error.h"

static const struct {
	const char	*name;
	enum arb_code	family;		/* a family belongs to itself */
} codes[ARB_CODE_NR] = {
	[ARB_OK]		= { "ok",		ARB_OK },
	[ARB_E_SYSTEM]		= { "system",		ARB_E_SYSTEM },
	[ARB_E_CONTENT]		= { "content",		ARB_E_CONTENT },
	[ARB_E_USAGE]		= { "usage",		ARB_E_USAGE },
	[ARB_E_FLOW]		= { "flow",		ARB_E_FLOW },
	[ARB_E_NOMEM]		= { "nomem",		ARB_E_SYSTEM },
	[ARB_E_OPEN]		= { "open",		ARB_E_SYSTEM },
	[ARB_E_READ]		= { "read",		ARB_E_SYSTEM },
	[ARB_E_WRITE]		= { "write",		ARB_E_SYSTEM },
	[ARB_E_SYNC]		= { "sync",		ARB_E_SYSTEM },
	[ARB_E_BUSY]		= { "busy",		ARB_E_SYSTEM },
	[ARB_E_THREAD]		= { "thread",		ARB_E_SYSTEM },
	[ARB_E_NOT_BCACHEFS]	= { "not_bcachefs",	ARB_E_CONTENT },
	[ARB_E_SB_INVALID]	= { "sb_invalid",	ARB_E_CONTENT },
	[ARB_E_VERSION]		= { "version",		ARB_E_CONTENT },
	[ARB_E_ENCRYPTED]	= { "encrypted",	ARB_E_CONTENT },
	[ARB_E_MEMBER_WRONG]	= { "member_wrong",	ARB_E_CONTENT },
	[ARB_E_MEMBER_MISSING]	= { "member_missing",	ARB_E_CONTENT },
	[ARB_E_JOURNAL]		= { "journal",		ARB_E_CONTENT },
	[ARB_E_UNDO_BAD]	= { "undo_bad",		ARB_E_CONTENT },
	[ARB_E_CHANGED]		= { "changed",		ARB_E_CONTENT },
	[ARB_E_REFUSED]		= { "refused",		ARB_E_USAGE },
	[ARB_E_NO_ROOM]		= { "no_room",		ARB_E_CONTENT },
	[ARB_E_UNKNOWN_COMMAND]	= { "unknown_command",	ARB_E_USAGE },
	[ARB_E_BAD_ARGUMENT]	= { "bad_argument",	ARB_E_USAGE },
	[ARB_E_STOPPED]		= { "stopped",		ARB_E_FLOW },
	[ARB_E_CANCELLED]	= { "cancelled",	ARB_E_FLOW },
	[ARB_E_RESTART]		= { "restart",		ARB_E_FLOW },
};

const char *arb_code_name(enum arb_code code)
{
	return (unsigned)code < ARB_CODE_NR ? codes[code].name : "unknown";
}

bool arb_code_matches(enum arb_code code, enum arb_code family)
{
	if (code == ARB_OK || (unsigned)code >= ARB_CODE_NR)
		return false;
	return code == family || codes[code].family == family;
}

const char *arb_errno_text(int sys)
{
	const char *text = strerrordesc_np(sys);

	return text ? text : "unknown error";
}

void arb_one_line(char *text, size_t size)
{
	static const char shown[] = { '\\', 'x', '0', 'a' };
	size_t len = strlen(text);

	for (char *p = text; (p = strchr(p, '\n')); p++) {
		if (len + sizeof(shown) > size) {
			*p = ' ';
			continue;
		}
		memmove(p + sizeof(shown), p + 1, len - (size_t)(p - text));
		memcpy(p, shown, sizeof(shown));
		len += sizeof(shown) - 1;
	}
}

enum arb_code arb_fail(struct arb_error *err, enum arb_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	err->sys = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), tr(fmt), ap);
	va_end(ap);
	arb_one_line(err->text, sizeof(err->text));
	return code;
}

enum arb_code arb_fail_sys(struct arb_error *err, enum arb_code code, int sys, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (!err)
		return code;
	err->code = code;
	err->sys = sys;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), tr(fmt), ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", arb_errno_text(sys));
	arb_one_line(err->text, sizeof(err->text));
	return code;
}

enum arb_code arb_error_context(struct arb_error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	size_t len;

	if (!err)
		return ARB_E_SYSTEM;	/* never success: a caller may return it */
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), tr(fmt), ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %.*s", (int)sizeof(old) - 1, old);
	arb_one_line(err->text, sizeof(err->text));
	return err->code ? err->code : ARB_E_SYSTEM;
}
