/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text by lines, and a place in a long list: shared by all views that scroll. */
#ifndef ARBORIST_UI_LINES_H
#define ARBORIST_UI_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/array.h"
#include "arborist/base/buf.h"
#include "grid.h"
#include "keys.h"

struct lines {
	struct arb_buf	text;			/* lines end in '\n' */
	ARB_ARRAY(size_t) start;		/* of each line in text */
	ARB_ARRAY(uint8_t) style;		/* of each line; those beyond the end are normal */
	size_t		limit;			/* bytes kept; 0: 32 MiB */
	bool		cut;			/* the limit was reached */
	bool		partial;		/* the last line has no newline yet */
};
void lines_free(struct lines *l);
void lines_reset(struct lines *l);
void lines_add(struct lines *l, const char *s);		/* any number of lines */
const char *lines_get(const struct lines *l, size_t i);	/* "" beyond the end; ends at '\n' or NUL */

/* Where a view stands in a list of n rows. */
struct scroll {
	uint64_t	n, top, sel;
	int		page;			/* rows on the screen */
	int		left;			/* columns scrolled away */
	bool		has_sel;		/* a row is selected; else only top moves */
	bool		tail;			/* keeps to the end while rows are added */
};
void scroll_set(struct scroll *s, uint64_t n, int page);	/* clamps, keeps the selection visible */
void scroll_to(struct scroll *s, uint64_t row);
bool scroll_action(struct scroll *s, enum action a);		/* false: not for it */

uint64_t lines_far_end(const struct lines *l, int step);		/* where a search that went round goes on */
/* First line at or after/before @from (by @step +1 or -1) that holds @what, ignoring case; n when none. */
uint64_t lines_search(const struct lines *l, uint64_t from, int step, const char *what);
/* Draws lines with their scroll; matches of @mark (may be NULL) stand out. */
void lines_draw(const struct lines *l, struct scroll *s, struct grid *g, struct rect r, const char *mark, bool focus);
/* Does @s (up to '\n') hold @what, ignoring ASCII case? */
bool line_has(const char *s, const char *what);

#endif
