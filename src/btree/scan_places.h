/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where nodes can stand: every multiple of the node size inside every bucket of every device, as the bitmaps allow. */
#ifndef ARBORIST_SRC_BTREE_SCAN_PLACES_H
#define ARBORIST_SRC_BTREE_SCAN_PLACES_H

#include "arborist/io/devset.h"

#define SCAN_CHUNK_BYTES	(512u << 10)	/* what a processor's cache holds: a chunk is read, and its nodes are checksummed */
#define SCAN_CHUNK_PLACES	256

/* Places to be looked at together: so near each other that one read serves, unless they are looked at one by one. */
struct scan_chunk {
	unsigned	dev, nr;
	uint64_t	sector[SCAN_CHUNK_PLACES];
};
struct scan_places {
	const struct devset *devs;
	const struct fs_geometry *geo;
	bool		whole;		/* leave the bitmaps alone */
	bool		all_devices;	/* also those that are left out */
	unsigned	dev;		/* where we are */
	uint64_t	sector;
	uint64_t	passed;		/* sectors of devices before this one */
	uint64_t	holes;		/* places passed that need not be read: they are zeroes */
	/* Sectors from .hole on are a hole up to .data; from there to .data_end are none. All 0: not known yet */
	uint64_t	hole, data, data_end;
	uint64_t	unasked;	/* .data_end is at least that much behind .data, holes or not */
};
/* Does the bitmap of the member's superblock entry allow a node at @sector? Always, where bitmaps are not kept. */
bool scan_bitmap_allows(const struct fs_geometry *geo, const struct member_geometry *m, uint64_t sector);
bool scan_places_next(struct scan_places *p, struct scan_chunk *ret);
/*
 * Chunks in order, the next ones known before it is their turn, so that the device can fetch them meanwhile. @fetch gets those that have
 * become known, SCAN_AHEAD at most.
 */
#define SCAN_AHEAD 8
struct scan_queue {
	struct scan_places places;
	struct scan_chunk chunk[SCAN_AHEAD];	/* ring */
	unsigned	first, nr;
};
bool scan_queue_next(struct scan_queue *q, struct scan_chunk *ret, struct scan_chunk *fetch, unsigned *ret_fetch);
/* Sectors to pass, and passed. */
uint64_t scan_places_total(const struct scan_places *p);
static inline uint64_t scan_places_done(const struct scan_places *p) { return p->passed + p->sector; }

#endif
