/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the front ends, and the exit status. */
#include <string.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "ui/console.h"
#include "ui/language.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "demo", demo_main },
	{ "undo", undo_main },
};

static int version(struct front *f)
{
	out_line(f, "arborist %s", PACKAGE_VERSION);
	out_line(f, "Copyright the arborist authors. GPL-3.0-or-later; there is no warranty.");
	out_flush(f);
	return (int)f->bits;
}

static int help(struct front *f)
{
	options_help();
	out_flush(f);
	return (int)f->bits;
}

static bool have_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* The console names what it was opened on. */
static int console(struct front *f, const struct options *o)
{
	unsigned more = o->session.nr_paths - 1;
	ARB_BUF(title);

	text_gate(&title, o->session.paths[0], strlen(o->session.paths[0]), TEXT_UTF8);
	if (more)
		arb_buf_printf(&title, P_(" and %u more device", " and %u more devices", more), more);
	return console_run(f, arb_buf_str(&title), NULL);
}

static int run(struct front *f, const struct options *o)
{
	int status;
	unsigned bits;

	if (!o->check && !o->actions.nr && !o->session.replay_path && !have_terminal()) {
		say("no terminal for the console; without one use -n, -y, -p, -e or -f");
		return EXIT_USAGE;
	}
	f->no_wait = !o->actions.nr && !o->check && !o->plain && !o->session.replay_path;
	bits = front_open(f, o);
	if (bits) {
		f->bits |= bits;
		status = (int)f->bits;
		if (o->json)
			json_summary(f, status);
	} else if (o->session.replay_path) {
		status = batch_replay(f);
	} else if (o->actions.nr) {
		status = batch_run(f);
	} else if (o->check) {
		status = batch_check(f);
	} else {
		status = console(f, o);
	}
	front_close(f);
	return status | (int)f->bits;
}

int main(int argc, char **argv)
{
	struct front f = { 0 };
	struct options o;
	int status;

	out_init();
	language_start();
	for (size_t i = 0; argc > 1 && i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (!strcmp(argv[1], subcommands[i].name))
			return subcommands[i].run(argc - 1, argv + 1);
	status = options_parse(&o, argc, argv);
	if (o.json)
		language_none();
	else if (options_setting(&o, SETTING_ASCII))
		language_ascii();
	if (!status && !o.help && !o.version)
		status = config_read(&o);
	if (!status)
		status = o.help ? help(&f) : o.version ? version(&f) : run(&f, &o);
	options_free(&o);
	return status;
}
