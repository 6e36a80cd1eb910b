/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of buckets as cells: each stands for one or many buckets, with a letter and a style. */
#ifndef ARBORIST_UI_BUCKET_CELLS_H
#define ARBORIST_UI_BUCKET_CELLS_H

#include "arborist/session/buckets.h"
#include "grid.h"

struct bucket_cell {		/* what a stretch of buckets holds */
	uint64_t	first, nr;		/* buckets */
	uint64_t	of[DATA_TYPE_NR];	/* buckets of each kind */
	uint64_t	differ, conflicts;
	uint64_t	sectors;		/* in use */
};
/* Buckets @first to @first + @nr - 1, cut at the end of the device. */
struct bucket_cell bucket_cell_sum(const struct bucket_device *d, uint64_t first, uint64_t nr);
/* The letter of a cell: its most frequent kind, small when less than half full; '!' and '#' where something is wrong. */
char bucket_cell_letter(const struct bucket_cell *c, uint32_t bucket_size, enum style *ret);
/* "0:17..32  user 12, free 4, 1 differs  1200 of 4096 sectors" */
void bucket_cell_to_text(struct arb_buf *out, const struct bucket_cell *c, unsigned dev, uint32_t bucket_size);

/* The kinds in the order of the legend; letter 0 ends. */
/* The last two are of type DATA_TYPE_NR: the marks of what is wrong. */
struct bucket_letter { char letter; uint8_t type; enum style style; const char *name; };
extern const struct bucket_letter bucket_letters[];

/* All cells of a device at a zoom, one byte each for letter and style; made anew when device or zoom change. */
struct bucket_cells {
	const struct bucket_device *of;
	uint64_t	per_cell, nr;
	char		*letter;	/* owned */
	uint8_t		*style;		/* owned */
};
bool bucket_cells_make(struct bucket_cells *c, const struct bucket_device *d, uint64_t per_cell);	/* false: out of memory */
void bucket_cells_free(struct bucket_cells *c);

#endif
