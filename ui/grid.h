/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cell grid every view draws into: text, styles and boxes, clipped, without a terminal. ui/term.c brings it to one.
 * Control and format characters never get into a cell, whoever sends them: each byte of theirs becomes \xHH.
 */
#ifndef ARBORIST_UI_GRID_H
#define ARBORIST_UI_GRID_H

#include <stdbool.h>
#include <stdint.h>
#include "arborist/base/buf.h"

/* What a cell means; ui/style.c says how each looks with and without colour. */
enum style {
	STYLE_NORMAL, STYLE_DIM, STYLE_BORDER, STYLE_BORDER_FOCUS, STYLE_TITLE, STYLE_TITLE_FOCUS,
	STYLE_SELECTED, STYLE_SELECTED_DIM, STYLE_DAMAGED, STYLE_CHANGED, STYLE_ADDED, STYLE_UNREADABLE,
	STYLE_GOOD, STYLE_ERROR, STYLE_STRONG, STYLE_KEYCAP, STYLE_FOOTER, STYLE_STATUS, STYLE_BAR,
	STYLE_DIALOG, STYLE_DIALOG_TITLE, STYLE_BUTTON, STYLE_BUTTON_FOCUS, STYLE_MATCH, STYLE_HINT,
	STYLE_FIELD_A, STYLE_FIELD_B, STYLE_FIELD_C,	/* neighbours that should be told apart */
	STYLE_NR,
};

struct cell {
	uint32_t	ch;		/* code point; 0 in the right half of a wide one */
	uint32_t	mark;		/* one combining mark, or 0 */
	uint8_t		style;
	uint8_t		lines;		/* enum line_bits of a box drawing cell, else 0 */
};
enum line_bits { LINE_UP = 1, LINE_DOWN = 2, LINE_LEFT = 4, LINE_RIGHT = 8 };

struct rect { int y, x, h, w; };

struct grid {
	int		h, w;
	bool		ascii;		/* C locale or --ascii */
	struct cell	*cells;		/* h * w, by rows */
	int		cursor_y, cursor_x;	/* -1: hidden */
};

bool grid_init(struct grid *g, int h, int w, bool ascii);	/* false: out of memory */
void grid_free(struct grid *g);
void grid_clear(struct grid *g);		/* blanks, cursor hidden */
static inline struct cell *grid_cell(const struct grid *g, int y, int x) { return &g->cells[(long)y * g->w + x]; }

void grid_fill(struct grid *g, struct rect r, enum style s);	/* blanks */
void grid_restyle(struct grid *g, struct rect r, enum style s);	/* keeps the text */
/* Draws at most @w columns of @s (one line: ends at a newline); returns the columns used. */
int grid_text(struct grid *g, int y, int x, int w, enum style st, const char *s);
/* The same; text that does not fit ends in "..". */
int grid_text_cut(struct grid *g, int y, int x, int w, enum style st, const char *s);
int grid_textf(struct grid *g, int y, int x, int w, enum style st, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Ends at column @x + @w. */
void grid_text_right(struct grid *g, int y, int x, int w, enum style st, const char *s);
/* Columns that @s takes when nothing is cut. */
int grid_width(const struct grid *g, const char *s);
/* First byte of @s at or after column @col. */
const char *grid_skip(const struct grid *g, const char *s, int col);

/* Lines join with what lines are there already. */
void grid_hline(struct grid *g, int y, int x, int w, enum style st);
void grid_vline(struct grid *g, int y, int x, int h, enum style st);
void grid_box(struct grid *g, struct rect r, enum style st);
/* " title " in a top border. */
void grid_title(struct grid *g, struct rect r, enum style st, const char *title);

/* All rows as text, blanks at the ends left out: what screen tests compare. */
void grid_dump(struct arb_buf *out, const struct grid *g);
/* UTF-8 of one code point; @out has room for 5 bytes. */
int grid_encode(char *out, uint32_t ch);

static inline struct rect rect_inner(struct rect r)
{
	return (struct rect){ r.y + 1, r.x + 1, r.h > 2 ? r.h - 2 : 0, r.w > 2 ? r.w - 2 : 0 };
}
static inline bool rect_has(struct rect r, int y, int x)
{
	return y >= r.y && y < r.y + r.h && x >= r.x && x < r.x + r.w;
}

#endif
