/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: one row per option; getopt's tables and --help are made from it. */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/command/command.h"
#include "options.h"

enum {
	OPT_JSON = 256, OPT_PLAIN, OPT_POLICY, OPT_UNDO, OPT_TRANSCRIPT, OPT_DEGRADED, OPT_PROGRESS_FD, OPT_COLOR, OPT_ASCII,
	OPT_NO_CONFIG, OPT_HELP, OPT_VERSION, OPT_RECORD, OPT_REPLAY,
};

static const struct row {
	int opt;			/* letter, or above 255: long only */
	const char *name, *arg, *help;
} rows[] = {
	{ 'n', NULL, NULL, N_("check: rehearse every suggested repair in memory, write nothing, report all") },
	{ 'y', NULL, NULL, N_("take every suggested repair, commit, check again") },
	{ 'p', NULL, NULL, N_("the same for findings that are safe to fix unasked; the first other must-fix finding ends the pass") },
	{ 'r', NULL, "PASS[,PASS...]", N_("with -n, -y, -p: run these passes (default: check_topology and what it asks for)") },
	{ 'b', NULL, "BTREE", N_("with -n, -y, -p: look at this btree only") },
	{ 'e', NULL, "COMMAND", N_("run a console command, no screen; may be given again; the first failure stops") },
	{ 'f', NULL, "SCRIPT", N_("run the commands of a file, - is standard input; a .lua file is Lua") },
	{ 'k', NULL, NULL, N_("with -e, -f: keep going after a failure") },
	{ 'v', NULL, NULL, N_("show every change as old -> new") },
	{ OPT_JSON, "json", NULL, N_("JSON lines instead of text") },
	{ OPT_PLAIN, "plain", NULL, N_("the line-mode console instead of the screen") },
	{ OPT_POLICY, "policy", "FILE", N_("answers by finding: lines of ID yes|no|ask") },
	{ OPT_UNDO, "undo", "FILE", N_("where a commit keeps its undo record (must not exist)") },
	{ OPT_TRANSCRIPT, "transcript", "FILE", N_("where the transcript goes (appended)") },
	{ OPT_DEGRADED, "degraded", NULL, N_("open with members missing, read-only") },
	{ OPT_PROGRESS_FD, "progress-fd", "N", N_("progress as JSON lines on this descriptor") },
	{ OPT_COLOR, "color", "WHEN", N_("auto, always or never") },
	{ OPT_ASCII, "ascii", NULL, N_("nothing but ASCII on the screen") },
	{ OPT_NO_CONFIG, "no-config", NULL, N_("read and write no history and no configuration") },
	{ OPT_HELP, "help", NULL, N_("this text") },
	{ OPT_VERSION, "version", NULL, N_("the version") },
	{ OPT_RECORD, "record", "FILE", N_("write every command and decision into a file (must not exist)") },
	{ OPT_REPLAY, "replay", "FILE", N_("do again what a record says, on the same filesystem or a copy") },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

void options_help(void)
{
	puts(_("Usage: arborist [OPTION]... DEVICE...                 the console; reads only, until a commit is confirmed\n"
	     "       arborist -n|-y|-p [-r PASS,...] DEVICE...      check, repair, repair what is safe\n"
	     "       arborist -e COMMAND [-e ...] DEVICE...         run console commands, no screen\n"
	     "       arborist -f SCRIPT DEVICE...                   the same from a file\n"
	     "       arborist demo [LESSON]                         a small damaged filesystem to practise on (--list: lessons)\n"
	     "       arborist undo [-n] UNDO-FILE [DEVICE...]       put back what a commit replaced (-n: only verify)\n"
	     "\n"
	     "Repairs the btrees of a bcachefs filesystem by hand. A DEVICE is a block device, an image file or a qcow2\n"
	     "metadata dump; name all devices of one filesystem, in any order. Nothing is written before a commit.\n"));
	for (size_t i = 0; i < ROWS; i++) {
		char left[64];

		if (!rows[i].help)
			continue;
		if (rows[i].name)
			snprintf(left, sizeof(left), "--%s%s%s", rows[i].name, rows[i].arg ? " " : "", rows[i].arg ? rows[i].arg : "");
		else
			snprintf(left, sizeof(left), "-%c%s%s", rows[i].opt, rows[i].arg ? " " : "", rows[i].arg ? rows[i].arg : "");
		printf("  %-20s  %s\n", left, tr(rows[i].help));
	}
	puts(_("\nExit status, sum of: 0 clean, 1 errors corrected and the re-check is clean, 4 errors left, 8 operational error,\n"
	     "16 usage, 32 cancelled."));
}

static int complain(const char *text, const char *word)
{
	ARB_BUF(b);

	if (word)
		text_gate(&b, word, strlen(word), TEXT_UTF8);
	fprintf(stderr, word ? _("arborist: %s \"%s\"; see arborist --help\n") : _("arborist: %s; see arborist --help\n"), tr(text), arb_buf_str(&b));
	return EXIT_USAGE;
}

static void getopt_tables(char *shorts, struct option *longs)
{
	char *s = shorts;
	size_t n = 0;

	*s++ = ':';
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].name) {
			longs[n++] = (struct option){ rows[i].name, rows[i].arg ? required_argument : no_argument, NULL, rows[i].opt };
		} else {
			*s++ = (char)rows[i].opt;
			if (rows[i].arg)
				*s++ = ':';
		}
	*s = '\0';
	memset(&longs[n], 0, sizeof(*longs));
}

static int set_mode(struct options *o, enum policy_mode mode)
{
	if (o->check && o->session.mode != mode)
		return complain("only one of -n, -y and -p", NULL);
	o->check = true;
	o->session.mode = mode;
	return 0;
}

static int add_action(struct options *o, bool script, const char *text)
{
	struct action *a = arb_array_push(&o->actions);

	if (!a)
		return complain("out of memory", NULL);
	*a = (struct action){ script, text };
	return 0;
}

static int given(struct options *o, enum setting which, uint64_t value)
{
	o->session.settings.has[which] = true;
	o->session.settings.v[which] = value;
	return 0;
}

static int set_color(struct options *o, const char *when)
{
	uint64_t v;

	if (setting_parse(SETTING_COLOR, when, &v, NULL))
		return complain("--color wants auto, always or never, not", when);
	return given(o, SETTING_COLOR, v);
}

static int add_passes(struct options *o, const char *arg)
{
	if (o->passes.len)
		arb_buf_putc(&o->passes, ',');
	arb_buf_puts(&o->passes, arg);
	o->by_pass = true;
	return o->passes.oom ? complain("out of memory", NULL) : 0;
}

static int set_progress_fd(struct options *o, const char *arg)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (*arg < '0' || *arg > '9' || *end || n < 0 || n > 65535)
		return complain("--progress-fd wants a number, not", arg);
	if (fcntl((int)n, F_GETFD) < 0)
		return complain("--progress-fd: not an open descriptor:", arg);
	o->progress_fd = (int)n;
	return 0;
}

static int set_option(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case 'n': return set_mode(o, POLICY_NO);
	case 'y': return set_mode(o, POLICY_YES);
	case 'p': return set_mode(o, POLICY_PREEN);
	case 'r': return add_passes(o, arg);
	case 'b': return o->btree ? complain("only one -b", NULL) : (o->btree = arg, 0);
	case 'e': return add_action(o, false, arg);
	case 'f': return add_action(o, true, arg);
	case 'k': o->keep_going = true; return 0;
	case 'v': return given(o, SETTING_VERBOSE, 1);
	case OPT_JSON: o->json = true; return 0;
	case OPT_PLAIN: o->plain = true; return 0;
	case OPT_POLICY: o->session.policy_file = arg; return 0;
	case OPT_UNDO: o->session.undo_path = arg; return 0;
	case OPT_TRANSCRIPT: o->session.transcript_path = arg; return 0;
	case OPT_DEGRADED: o->session.degraded = true; return 0;
	case OPT_PROGRESS_FD: return set_progress_fd(o, arg);
	case OPT_COLOR: return set_color(o, arg);
	case OPT_ASCII: return given(o, SETTING_ASCII, 1);
	case OPT_NO_CONFIG: o->no_config = true; return 0;
	case OPT_HELP: o->help = true; return 0;
	case OPT_VERSION: o->version = true; return 0;
	case OPT_RECORD: o->session.record_path = arg; return 0;
	case OPT_REPLAY: o->session.replay_path = arg; return 0;
	default: return EXIT_USAGE;
	}
}

/* "text "word"; did you mean ..." */
static int unknown(const char *text, enum command_complete kind, const char *word)
{
	char *near = command_nearest_of(kind, word);
	ARB_BUF(b);

	text_gate(&b, word, strlen(word), TEXT_UTF8);
	if (near)
		fprintf(stderr, _("arborist: %s \"%s\"; did you mean %s?\n"), tr(text), arb_buf_str(&b), near);
	else
		complain(text, word);
	free(near);
	return EXIT_USAGE;
}

/* The passes to run as specs; every name is checked before a device is touched. */
static int make_specs(struct options *o)
{
	const char *p = o->by_pass ? arb_buf_str(&o->passes) : o->btree ? "check_topology" : "";
	unsigned id;

	if ((o->by_pass || o->btree) && !o->check)
		return complain("-r and -b go with -n, -y or -p", NULL);
	if (o->btree && !btree_id_parse(o->btree, &id))
		return unknown("there is no btree", COMPLETE_BTREE, o->btree);
	while (*p) {
		size_t n = strcspn(p, ",");
		ARB_BUF(name);
		char **s;

		arb_buf_mem(&name, p, n);
		if (recovery_pass_by_name(arb_buf_str(&name)) && !pass_by_name(arb_buf_str(&name)))
			return complain("the kernel has it, arborist does not: the pass", arb_buf_str(&name));
		if (!pass_by_name(arb_buf_str(&name)))
			return unknown("there is no pass", COMPLETE_PASS, arb_buf_str(&name));
		if (o->btree)
			arb_buf_printf(&name, ":%s", o->btree);
		s = (char **)arb_array_push(&o->specs);
		if (!s || !(*s = arb_buf_steal(&name)))
			return complain("out of memory", NULL);
		p += n + (p[n] == ',');
	}
	return o->by_pass && !o->specs.nr ? complain("-r wants the name of a pass", NULL) : 0;
}

static int check_options(struct options *o)
{
	if (!o->session.nr_paths)
		return complain("no device given", NULL);
	if (o->actions.nr && (o->by_pass || o->btree))
		return complain("-r and -b do not go with -e and -f", NULL);
	if (o->keep_going && !o->actions.nr)
		return complain("-k goes with -e or -f", NULL);
	if (o->plain && (o->check || o->actions.nr || o->json))
		return complain("--plain is a console of its own; it does not go with -n, -y, -p, -e, -f or --json", NULL);
	if (o->session.replay_path && (o->plain || o->check || o->actions.nr))
		return complain("--replay does what the record says; it does not go with -n, -y, -p, -e, -f or --plain", NULL);
	if (o->json && !o->check && !o->actions.nr && !o->session.replay_path)
		return complain("--json goes with -n, -y, -p, -e, -f or --replay", NULL);
	return make_specs(o);
}

int options_parse(struct options *o, int argc, char **argv)
{
	struct option longs[ROWS + 1];
	char shorts[3 * ROWS];
	int opt, r = 0;

	memset(o, 0, sizeof(*o));
	o->progress_fd = -1;
	getopt_tables(shorts, longs);
	opterr = 0;
	while (!r && (opt = getopt_long(argc, argv, shorts, longs, NULL)) >= 0)
		if (opt == ':')
			r = complain("an argument is missing after", argv[optind - 1]);
		else if (opt == '?')
			r = complain("unknown option", argv[optind - 1]);
		else
			r = set_option(o, opt, optarg);
	if (r || o->help || o->version)
		return r;
	o->session.paths = (const char *const *)argv + optind;
	o->session.nr_paths = (unsigned)(argc - optind);
	return check_options(o);
}

uint64_t options_setting(const struct options *o, enum setting which)
{
	return o->session.settings.has[which] ? o->session.settings.v[which] : setting_rows[which].standard;
}

void options_free(struct options *o)
{
	for (size_t i = 0; i < o->specs.nr; i++)
		free(o->specs.v[i]);
	free(o->config_policy);
	arb_buf_free(&o->config_answers);
	arb_buf_free(&o->passes);
	arb_array_free(&o->specs);
	arb_array_free(&o->actions);
}
