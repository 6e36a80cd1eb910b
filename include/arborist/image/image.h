/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Builds filesystems from nothing (our own mkfs) and damages them by name: for the demo, the lessons and the tests.
 * Shares the node and jset writers with the commit.
 */
#ifndef ARBORIST_IMAGE_IMAGE_H
#define ARBORIST_IMAGE_IMAGE_H

#include "arborist/base/port.h"
#include "arborist/btree/view.h"

/* So many devices, the first ones, can have a size of buckets of their own. */
enum { IMAGE_OWN_BUCKETS = 8 };

struct image_options {
	uint64_t	bytes;			/* what the caller makes the device of; the builder takes the device as it is */
	unsigned	block_bytes;		/* 0: 4096 */
	unsigned	node_bytes;		/* 0: 32 KiB */
	unsigned	bucket_bytes;		/* 0: 128 KiB */
	unsigned	bucket_bytes_of[IMAGE_OWN_BUCKETS];	/* of a device that differs from the others; 0: it does not */
	unsigned	journal_buckets;	/* 0: one of 128, and 8 at least */
	unsigned	csum_opt;		/* none 0, crc32c 1, crc64 2, xxhash 3 */
	bool		unclean;		/* as after a power cut: CLEAN=0, the last changes only in the journal */
	uint64_t	seed;			/* uuids, cookies, names, contents */
	uint64_t	time_ns;		/* creation time; 0: a fixed date */
	/* Contents: a tree of directories and files made by the builder */
	unsigned	nr_dirs, nr_files;	/* files spread over the directories */
	unsigned	file_bytes_max;		/* data is really written, with checksums */
	unsigned	keys_per_leaf;		/* 0: as many as fit; small numbers make deep trees */
	unsigned	fanout;			/* children per interior node; 0: as many as fit */
	unsigned	min_depth;		/* at least this many levels for extents, inodes, dirents (1..4) */
	unsigned	replicas;		/* of data and metadata; 0: 1 */
	unsigned	parity;			/* data is erasure coded: blocks of parity of each stripe, 1 or 2; 0: it is not */
	unsigned	bsets;			/* per node, with keys that overwrite older ones; 0: 1 */
	unsigned	nr_shared;		/* of the files: pairs of reflinked copies */
	unsigned	nr_compressed;		/* of the other files: lz4, gzip, zstd, and what was found incompressible */
	unsigned	nr_symlinks;		/* short and long ones */
	bool		gens;			/* buckets in use have generations above 0 */
	bool		blacklists;		/* keys behind the end of leaves, from a journal entry that was lost and is blacklisted */
	unsigned	nr_xattrs, nr_hard_links;	/* files that have an extended attribute, a second name */
	unsigned	nr_snapshots;		/* of the root subvolume, each followed by changes */
	unsigned	types;			/* 1: keys of all types; 2: also lost data, pointers to nodes and other keys in the forms of older versions, of which a check by a kernel has to say something */
	bool		hostile_names;		/* files have names with control bytes, escape sequences and broken characters */
};
/*
 * Fills @dev (the size of which counts, not o->bytes) with a filesystem; opens it for writing first, and syncs it.
 * image_build_set() does the same over several devices, which may differ in size.
 */
enum arb_code image_build(const struct image_options *o, struct blk *dev, struct arb_error *err);
enum arb_code image_build_set(const struct image_options *o, struct blk **devs, unsigned nr, struct arb_error *err);

/* Damage by name. */
struct damage_row;
struct image_damage {
	const char	*name;			/* "gap-leaf", "overlap-next-part", "unreadable-leaf" ... */
	const char	*args;			/* "BTREE[:LEVEL] [POS]" */
	const char	*what;			/* one line */
	const struct damage_row *how;		/* private */
};
extern const struct image_damage image_damages[];
extern const size_t image_damages_nr;
/* @spec: "NAME BTREE[:LEVEL] [POS|@N]" (@N: the Nth node of that level). Text of what was done goes to @done (may be NULL). */
enum arb_code image_damage(struct blk **blks, unsigned nr, const char *spec, uint64_t seed, struct arb_buf *done,
			   struct arb_error *err);

#endif
