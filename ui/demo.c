/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arborist demo: a small damaged filesystem in a temporary file, opened in the paced console. */
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "arborist/image/image.h"
#include "console.h"

#define DEMO_BYTES	(64ull << 20)
#define DEMO_PACE	20
#define DEMO_SEED	6


/* What is done to it: several kinds of topology damage, in different btrees. */
static const char *const damages[] = {
	"gap-leaf extents:0 @5",
	"overlap-next-part inodes:0 @4",
	"overlap-prev-full extents:0 @9",
	"overlap-prev-part-older dirents:0 @2",
	"unreadable-leaf dirents:0 @6",
};

static int demo_failed(const struct arb_error *err)
{
	say("the demo cannot be built: %s", err->text);
	return EXIT_OPERATIONAL;
}

static enum arb_code build(struct blk *dev, struct arb_error *err)
{
	struct image_options o = {
		.bytes = DEMO_BYTES, .seed = DEMO_SEED, .csum_opt = 1, .nr_dirs = 40, .nr_files = 800, .file_bytes_max = 8192,
		.keys_per_leaf = 60, .fanout = 12, .min_depth = 3,
	};
	enum arb_code code = image_build(&o, dev, err);

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]) && !code; i++)
		code = image_damage(&dev, 1, damages[i], DEMO_SEED + i, NULL, err);
	return code;
}

static enum arb_code make_file(char *path, struct arb_error *err)
{
	int fd = mkstemp(path);
	struct blk *dev = NULL;
	enum arb_code code = ARB_OK;

	if (fd < 0)
		return arb_fail_sys(err, ARB_E_OPEN, errno, "cannot make %s", path);
	if (ftruncate(fd, (off_t)DEMO_BYTES))
		code = arb_fail_sys(err, ARB_E_WRITE, errno, "cannot write %s", path);
	close(fd);
	if (!code)
		code = blk_file_open(path, &dev, err);
	if (!code)
		code = blk_open_write(dev, err);
	if (!code)
		code = build(dev, err);
	if (!code)
		code = blk_sync(dev, err);
	if (dev) {
		blk_close_write(dev);
		blk_close(dev);
	}
	return code;
}

static int demo_run(const char *path, bool plain)
{
	const char *hint = _("r checks this damaged practice disk, arrows look around, W writes, ? helps");
	const char *plain_hint = _("A damaged filesystem to practise on. Try: btrees, nodes extents:0, run check_topology; "
					 "then plan, commit. help lists the commands.");
	struct options o = { .plain = plain, .progress_fd = -1, .session = { .paths = &path, .nr_paths = 1 } };
	struct front f = { 0 };
	int status;

	status = config_read(&o);
	if (!status)
		status = (int)front_open(&f, &o);
	if (!status) {
		session_set(f.s, SETTING_PACE, DEMO_PACE);
		status = console_run(&f, "demo", plain ? plain_hint : hint);
	}
	front_close(&f);
	options_free(&o);
	return status | (int)f.bits;
}

int demo_main(int argc, char **argv)
{
	static const struct option longs[] = { { "plain", no_argument, NULL, 'p' }, { 0 } };
	struct arb_error err = { 0 };
	const char *tmp = getenv("TMPDIR");
	bool plain = false;
	ARB_BUF(path);
	enum arb_code code;
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		if (c != 'p') {
			say("expected: arborist demo [--plain]");
			return EXIT_USAGE;
		}
		plain = true;
	}
	if (optind < argc) {
		say("there are no lessons in this version yet; expected: arborist demo [--plain]");
		return EXIT_USAGE;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		say("no terminal for the demo");
		return EXIT_USAGE;
	}
	arb_buf_printf(&path, "%s/arborist-demo-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	if (path.oom)
		return EXIT_OPERATIONAL;
	code = make_file(path.s, &err);
	status = code ? demo_failed(&err) : demo_run(path.s, plain);
	unlink(path.s);
	return status;
}
