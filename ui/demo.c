/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arborist demo [LESSON]: a small damaged filesystem in a temporary file, opened in the paced console; with a lesson its own, and a look
 * at the end whether the reader's repair is right. With -e the lesson runs without a terminal; --solution does what the lesson says itself.
 */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "arborist/lesson/lesson.h"
#include "console.h"

#define DEMO_PACE	20

/* What there is without a lesson: several kinds of topology damage, in different btrees. */
static const struct image_options demo_recipe = {
	.bytes = 64ull << 20, .seed = 6, .csum_opt = 1, .nr_dirs = 40, .nr_files = 800, .file_bytes_max = 8192, .keys_per_leaf = 60, .fanout = 12,
	.min_depth = 3,
};
static const char *const damages[] = {
	"gap-leaf extents:0 @5",
	"overlap-next-part inodes:0 @4",
	"overlap-prev-full extents:0 @9",
	"overlap-prev-part-older dirents:0 @2",
	"unreadable-leaf dirents:0 @6",
};

struct demo {
	const struct lesson *lesson;		/* NULL: the demo */
	bool		plain, solution;
	ARB_ARRAY(const char *) commands;	/* -e */
	struct lesson_run run;
	char		*path;
};

static enum arb_code build(const struct demo *d, struct blk *dev, struct arb_error *err)
{
	enum arb_code code;

	if (d->lesson)
		return lesson_build(d->lesson, true, dev, err);
	code = image_build(&demo_recipe, dev, err);
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]) && !code; i++)
		code = image_damage(&dev, 1, damages[i], demo_recipe.seed + i, NULL, err);
	return code;
}

static enum arb_code make_file(struct demo *d, struct arb_error *err)
{
	int fd = mkstemp(d->path);
	struct blk *dev = NULL;
	enum arb_code code = ARB_OK;

	if (fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot make %s", d->path);
	if (ftruncate(fd, (off_t)(d->lesson ? d->lesson->recipe.bytes : demo_recipe.bytes)))
		code = arb_fail_sys(err, ARB_E_WRITE, errno, "cannot write %s", d->path);
	close(fd);
	if (!code)
		code = blk_file_open(d->path, &dev, err);
	if (!code)
		code = blk_open_write(dev, err);
	if (!code)
		code = build(d, dev, err);
	if (!code)
		code = blk_sync(dev, err);
	if (dev) {
		blk_close_write(dev);
		blk_close(dev);
	}
	return code;
}

/* --- running it ---------------------------------------------------------------------------------------------------------- */

static bool typed(struct front *f, const char *line)
{
	enum arb_code code = front_command(f, line);

	f->bits |= bits_of(code);
	return !code || code == ARB_E_STOPPED;
}

/* What the lesson itself would type, each line shown before it runs. */
static void solve(struct front *f, const struct lesson *l)
{
	ARB_BUF(line);

	for (unsigned i = 0; i < LESSON_YES_MAX && l->yes[i]; i++) {
		arb_buf_reset(&line);
		arb_buf_printf(&line, "policy %s yes", l->yes[i]);
		if (!typed(f, arb_buf_str(&line)))
			return;
	}
	for (unsigned i = 0; i < lesson_steps(l); i++)
		for (const char *c = l->step[i].commands; c && *c; c += strcspn(c, "\n"), c += *c == '\n') {
			arb_buf_reset(&line);
			arb_buf_mem(&line, c, strcspn(c, "\n"));
			out_line(f, "arborist> %s", arb_buf_str(&line));
			if (!typed(f, arb_buf_str(&line)))
				return;
		}
}

static int run_typed(struct front *f, const struct demo *d)
{
	f->terminal = false;
	if (d->solution)
		solve(f, d->lesson);
	for (size_t i = 0; i < d->commands.nr && typed(f, d->commands.v[i]); i++)
		;
	return front_status(f) & ~7;
}

static int run_console(struct front *f, const struct demo *d)
{
	const char *hint = _("r, Enter: check this damaged disk. Arrows: look around. W: write. ?: help");
	const char *plain_hint = _("A damaged filesystem to practise on. Try: btrees, nodes extents:0, run check_topology; "
				   "then plan, commit. help lists the commands.");
	const char *lesson_hint = _("L shows what to do; ? helps");
	const char *plain_lesson_hint = _("lesson shows what to do; help lists the commands.");

	session_set(f->s, SETTING_PACE, DEMO_PACE);
	if (d->lesson)
		return console_run(f, d->lesson->name, d->plain ? plain_lesson_hint : lesson_hint);
	return console_run(f, "demo", d->plain ? plain_hint : hint);
}

/* The verdict, once the session has closed the file. 0: right. */
static int verdict(const struct demo *d, unsigned commits)
{
	struct arb_error err = { 0 };
	bool right = false;
	ARB_BUF(b);

	if (lesson_check(&d->run, commits, &b, &right, &err)) {
		say("%s", err.text);
		return EXIT_OPERATIONAL;
	}
	printf("%s", arb_buf_str(&b));
	return right ? 0 : 4;
}

static int demo_run(struct demo *d)
{
	const char *path = d->path;
	struct options o = { .plain = d->plain, .progress_fd = -1, .session = { .paths = &path, .nr_paths = 1 } };
	struct front f = { 0 };
	unsigned commits = 0;
	int status;

	d->run = (struct lesson_run){ .lesson = d->lesson, .path = path };
	o.session.lesson = d->lesson ? &d->run : NULL;
	status = config_read(&o);
	if (!status)
		status = (int)front_open(&f, &o);
	if (!status) {
		status = d->solution || d->commands.nr ? run_typed(&f, d) : run_console(&f, d);
		commits = session_commits(f.s);
	}
	front_close(&f);
	options_free(&o);
	status |= (int)f.bits;
	if (!d->lesson || (status & ~7))
		return status;
	return verdict(d, commits);
}

/* --- the command line ----------------------------------------------------------------------------------------------------- */

static int usage(void)
{
	ARB_BUF(b);

	lessons_to_text(&b);
	say("expected: arborist demo [--plain] [-e COMMAND]... [--solution] [LESSON]\n%s", arb_buf_str(&b));
	return EXIT_USAGE;
}

static int list(void)
{
	struct front f = { 0 };
	ARB_BUF(b);

	lessons_to_text(&b);
	out_text(&f, arb_buf_str(&b));
	out_flush(&f);
	return (int)f.bits;
}

static bool parse(struct demo *d, int argc, char **argv, bool *ret_list)
{
	static const struct option longs[] = { { "plain", no_argument, NULL, 'p' }, { "solution", no_argument, NULL, 's' }, { "list", no_argument, NULL, 'l' }, { 0 } };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "e:", longs, NULL)) >= 0) {
		const char **more = c == 'e' ? arb_array_push(&d->commands) : NULL;

		if (c == 'e' && more)
			*more = optarg;
		else if (c == 'p')
			d->plain = true;
		else if (c == 's')
			d->solution = true;
		else if (c == 'l')
			*ret_list = true;
		else
			return false;
	}
	if (optind < argc && !(d->lesson = lesson_find(argv[optind++]))) {
		ARB_BUF(b);

		text_gate(&b, argv[optind - 1], strlen(argv[optind - 1]), TEXT_UTF8);
		say("there is no lesson \"%s\"", arb_buf_str(&b));
		return false;
	}
	return optind == argc && (!d->solution || d->lesson);
}

static int go(struct demo *d)
{
	const char *tmp = getenv("TMPDIR");
	struct arb_error err = { 0 };
	ARB_BUF(path);
	int status;

	if (!d->solution && !d->commands.nr && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		say("the demo wants a terminal, and there is none; without one: arborist demo -e COMMAND..., or --solution LESSON");
		return EXIT_USAGE;
	}
	arb_buf_printf(&path, "%s/arborist-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	if (path.oom)
		return EXIT_OPERATIONAL;
	d->path = path.s;
	if (make_file(d, &err)) {
		say("the demo cannot be built: %s", err.text);
		status = EXIT_OPERATIONAL;
	} else {
		status = demo_run(d);
	}
	unlink(path.s);
	return status;
}

int demo_main(int argc, char **argv)
{
	struct demo d = { 0 };
	bool only_list = false;
	int status = !parse(&d, argc, argv, &only_list) ? usage() : only_list ? list() : go(&d);

	arb_array_free(&d.commands);
	return status;
}
