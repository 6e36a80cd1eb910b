/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How each style of grid.h looks: one row each, with colour and without. */
#ifndef ARBORIST_UI_STYLE_H
#define ARBORIST_UI_STYLE_H

#include "grid.h"

enum look { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_UNDERLINE = 4, LOOK_REVERSE = 8 };

struct style_row {
	const char	*name;		/* for configuration and tests */
	signed char	fg, bg;		/* 0..7, or -1: the terminal's own */
	unsigned char	color_look;	/* with colour */
	unsigned char	mono_look;	/* without */
};
extern const struct style_row style_rows[STYLE_NR];

#endif
