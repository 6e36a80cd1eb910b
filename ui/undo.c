/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arborist undo [-n] UNDO-FILE [DEVICE...] */
#include <config.h>
#include <getopt.h>
#include "arborist/base/i18n.h"
#include "arborist/session/undo_file.h"
#include "console.h"

static int usage(void)
{
	say("expected: arborist undo [-n] UNDO-FILE [DEVICE...]");
	return EXIT_USAGE;
}

int undo_main(int argc, char **argv)
{
	struct front f = { 0 };
	struct arb_error err = { 0 };
	bool verify = false;
	ARB_BUF(b);
	enum arb_code code;
	int c;

	opterr = 0;
	while ((c = getopt(argc, argv, "n")) >= 0)
		if (c == 'n')
			verify = true;
		else
			return usage();
	if (optind >= argc)
		return usage();
	code = undo_file_run(argv[optind], (const char *const *)argv + optind + 1, (unsigned)(argc - optind - 1), verify, &b, NULL, NULL, &err);
	if (b.len && b.s[b.len - 1] != '\n')
		arb_buf_putc(&b, '\n');
	out_text(&f, arb_buf_str(&b));
	if (code)
		say("%s", err.text);
	else
		out_line(&f, verify ? _("the undo file fits the devices; nothing was written") : _("undone: every byte is as it was before the commit"));
	out_flush(&f);
	return (code ? EXIT_OPERATIONAL : 0) | (int)f.bits;
}
