/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines from wherever they come: bounded, and text. */
#include <config.h>
#include <string.h>
#include "arborist/command/command.h"

#define LINE_MAX_BYTES (64u << 10)

enum script_line script_read_line(FILE *in, struct arb_buf *out)
{
	bool zero = false;
	int c;

	arb_buf_reset(out);
	while ((c = getc(in)) != EOF && c != '\n') {
		zero |= !c;
		if (zero || out->len >= LINE_MAX_BYTES)
			return SCRIPT_BAD;
		arb_buf_putc(out, (char)c);
	}
	if (out->oom)
		return SCRIPT_BAD;
	if (out->len >= 3 && !memcmp(out->s, "\xef\xbb\xbf", 3)) {	/* the mark some editors put before the first line */
		out->len -= 3;
		memmove(out->s, out->s + 3, out->len + 1);
		if (!out->len && c == EOF)
			return SCRIPT_END;
	}
	if (c == '\n')
		return SCRIPT_LINE;
	return out->len ? SCRIPT_UNFINISHED : SCRIPT_END;
}
