/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source, set, help, quit. */
#include <config.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include "arborist/base/i18n.h"
#include "row.h"

#define SOURCE_DEPTH_MAX 8

static enum arb_code source_lines(struct command_ctx *c, FILE *f, struct arb_error *err)
{
	enum script_line got;
	enum arb_code code = ARB_OK;
	ARB_BUF(line);

	for (unsigned nr = 1; !code && (got = script_read_line(f, &line)) != SCRIPT_END; nr++) {
		if (got == SCRIPT_BAD)
			code = arb_fail(err, ARB_E_BAD_ARGUMENT, "not a line of text");
		else if (session_cancelled(c->session))
			code = arb_fail(err, ARB_E_CANCELLED, "cancelled");
		else
			code = command_run_line(c, arb_buf_str(&line), err);
		if (code)
			arb_error_context(err, "%s:%u", c->argv[0], nr);
		if (session_quit_wanted(c->session))
			break;
	}
	return code;
}

enum arb_code cmd_source(struct command_ctx *c, struct arb_error *err)
{
	struct stat st;
	enum arb_code code;
	FILE *f;

	size_t n = strlen(c->argv[0]);

	if (n > 4 && !strcmp(c->argv[0] + n - 4, ".lua"))
		return lua_source(c, c->argv[0], err);
	if (c->depth >= SOURCE_DEPTH_MAX)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "scripts call one another more than %d deep", SOURCE_DEPTH_MAX);
	f = fopen(c->argv[0], "re");
	if (!f)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot open the script %s", c->argv[0]);
	if (fstat(fileno(f), &st) || S_ISDIR(st.st_mode))
		code = arb_fail(err, ARB_E_OPEN, "%s is not a script", c->argv[0]);
	else
		code = source_lines(c, f, err);
	fclose(f);
	return code;
}

static void show_setting(struct command_ctx *c, enum setting which)
{
	const struct setting_row *s = &setting_rows[which];
	struct row r;
	ARB_BUF(b);

	setting_value_to_text(&b, which, session_setting(c->session, which));
	row_begin(&r, c, "setting");
	row_str(&r, "name", s->name);
	row_str(&r, "value", arb_buf_str(&b));
	row_str(&r, "values", s->value);
	row_word(&r, "what", s->what);
	row_say(&r, "{name:-9} {value:-10} ({values}) {what}");
	row_end(&r);
}

enum arb_code cmd_set(struct command_ctx *c, struct arb_error *err)
{
	enum setting which;
	uint64_t value;
	enum arb_code code;

	for (unsigned i = 0; !c->argc && i < SETTING_NR; i++)
		show_setting(c, (enum setting)i);
	if (!c->argc)
		return ARB_OK;
	if (!setting_by_name(c->argv[0], &which))
		return arg_fail_unknown(COMPLETE_SETTING, "setting", c->argv[0], "set lists them", err);
	if (c->argc == 1) {
		show_setting(c, which);
		return ARB_OK;
	}
	code = setting_parse(which, c->argv[1], &value, err);
	if (code || value == session_setting(c->session, which))
		return code;
	if (which == SETTING_CLEAN)
		return session_trust_clean(c->session, value, err);
	session_set(c->session, which, value);
	return ARB_OK;
}

enum arb_code cmd_record(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_record_to(c->session, c->argv[0], err);
	struct row r;

	if (code)
		return code;
	row_begin(&r, c, "record");
	row_str(&r, "path", c->argv[0]);
	row_say(&r, "the session is recorded in {path}, from its beginning");
	row_end(&r);
	return ARB_OK;
}

enum arb_code cmd_quit(struct command_ctx *c, struct arb_error *err)
{
	(void)err;
	session_want_quit(c->session);
	return ARB_OK;
}
