/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source, set, help, quit. */
#include <config.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include "arborist/base/i18n.h"
#include "internal.h"

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

static enum arb_code set_pace(struct command_ctx *c, const char *value, struct arb_error *err)
{
	uint64_t n;
	enum arb_code code = arg_number(value, 1000000000, &n, err);

	if (!code)
		session_set_pace(c->session, (unsigned)n);
	return code;
}

static enum arb_code set_verbose(struct command_ctx *c, const char *value, struct arb_error *err)
{
	bool on = !strcmp(value, "on");

	if (!on && strcmp(value, "off"))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected on or off, found \"%s\"", value);
	session_set_verbose(c->session, on);
	return ARB_OK;
}

static enum arb_code set_scan(struct command_ctx *c, const char *value, struct arb_error *err)
{
	enum scan_reach r = 0;

	while (r < SCAN_REACH_NR && strcmp(scan_reach_name(r), value))
		r++;
	if (r == SCAN_REACH_NR)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected auto, whole or bitmap, found \"%s\"", value);
	session_set_scan_reach(c->session, r);
	return ARB_OK;
}

static enum arb_code set_view(struct command_ctx *c, const char *value, struct arb_error *err)
{
	bool disk = !strcmp(value, "disk");

	if (!disk && strcmp(value, "plan"))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected disk or plan, found \"%s\"", value);
	session_show_disk(c->session, disk);
	return ARB_OK;
}

static const struct setting {
	const char *name, *value, *what;
	enum arb_code (*set)(struct command_ctx *c, const char *value, struct arb_error *err);
} settings[] = {
	{ "pace", "N", N_("at most N nodes a second, so that one can watch; 0 is full speed"), set_pace },
	{ "scan", "REACH", N_("where scan_for_btree_nodes looks: bitmap (where the superblock says nodes were), whole (everywhere), or auto"), set_scan },
	{ "view", "disk|plan", N_("what is looked at: the filesystem as it is on disk, or as it would be with the plan"), set_view },
	{ "verbose", "on|off", N_("show every change as old -> new"), set_verbose },
};

const char *setting_name(size_t i)
{
	return i < sizeof(settings) / sizeof(settings[0]) ? settings[i].name : NULL;
}

enum arb_code cmd_set(struct command_ctx *c, struct arb_error *err)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];

		if (!c->argc)
			cmd_line(c, "set %s %-8s %s", s->name, s->value, tr(s->what));
		else if (!strcmp(c->argv[0], s->name))
			return c->argc == 2 ? s->set(c, c->argv[1], err) : arg_fail_usage(c, err);
	}
	return c->argc ? arg_fail_unknown(COMPLETE_SETTING, "setting", c->argv[0], "set lists them", err) : ARB_OK;
}

enum arb_code cmd_help(struct command_ctx *c, struct arb_error *err)
{
	ARB_BUF(b);

	if (!command_help_to_text(&b, c->argc ? c->argv[0] : NULL))
		return arg_fail_unknown(COMPLETE_COMMAND, "help on", c->argv[0], "help words lists the words", err);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_quit(struct command_ctx *c, struct arb_error *err)
{
	(void)err;
	session_want_quit(c->session);
	return ARB_OK;
}
