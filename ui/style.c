/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks: see style.h. What colour says is always said by a mark or a word too. */
#include <config.h>
#include "style.h"

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, OWN = -1 };

const struct style_row style_rows[STYLE_NR] = {
	[STYLE_NORMAL]		= { "normal", OWN, OWN, 0, 0 },
	[STYLE_DIM]		= { "dim", CYAN, OWN, 0, 0 },
	[STYLE_BORDER]		= { "border", BLUE, OWN, 0, 0 },
	[STYLE_BORDER_FOCUS]	= { "border-focus", CYAN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_TITLE]		= { "title", OWN, OWN, 0, 0 },
	[STYLE_TITLE_FOCUS]	= { "title-focus", OWN, OWN, LOOK_BOLD | LOOK_REVERSE, LOOK_BOLD | LOOK_REVERSE },
	[STYLE_SELECTED]	= { "selected", OWN, OWN, LOOK_REVERSE, LOOK_REVERSE },
	[STYLE_SELECTED_DIM]	= { "selected-dim", OWN, OWN, LOOK_UNDERLINE, LOOK_UNDERLINE },
	[STYLE_DAMAGED]		= { "damaged", RED, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_CHANGED]		= { "changed", YELLOW, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_ADDED]		= { "added", GREEN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_UNREADABLE]	= { "unreadable", MAGENTA, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_GOOD]		= { "good", GREEN, OWN, 0, 0 },
	[STYLE_ERROR]		= { "error", RED, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_STRONG]		= { "strong", OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_KEYCAP]		= { "keycap", OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_FOOTER]		= { "footer", OWN, OWN, LOOK_REVERSE, LOOK_REVERSE },
	[STYLE_STATUS]		= { "status", OWN, OWN, 0, 0 },
	[STYLE_BAR]		= { "bar", OWN, OWN, LOOK_REVERSE, LOOK_REVERSE },
	[STYLE_DIALOG]		= { "dialog", OWN, OWN, 0, 0 },
	[STYLE_DIALOG_TITLE]	= { "dialog-title", YELLOW, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_BUTTON]		= { "button", OWN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_BUTTON_FOCUS]	= { "button-focus", OWN, OWN, LOOK_BOLD | LOOK_REVERSE, LOOK_BOLD | LOOK_REVERSE },
	[STYLE_MATCH]		= { "match", BLACK, YELLOW, 0, LOOK_UNDERLINE },
	[STYLE_HINT]		= { "hint", GREEN, OWN, LOOK_BOLD, LOOK_BOLD },
	[STYLE_FIELD_A]		= { "field-a", CYAN, OWN, 0, LOOK_BOLD },
	[STYLE_FIELD_B]		= { "field-b", GREEN, OWN, 0, 0 },
	[STYLE_FIELD_C]		= { "field-c", YELLOW, OWN, 0, LOOK_BOLD },
};
