/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The devices of one filesystem, with every superblock copy of each. Best superblock: highest (seq, write_time)
 * of all good copies of all devices (format-superblock-journal.md 5).
 */
#ifndef ARBORIST_IO_DEVSET_H
#define ARBORIST_IO_DEVSET_H

#include "arborist/format/superblock.h"
#include "arborist/io/block.h"
#include "arborist/io/claim.h"

struct sb_copy {
	uint64_t	sector;
	bool		readable;	/* parsed; .sb is filled */
	bool		primary;	/* the one at sector 8 */
	struct sb	sb;
	struct defects	defects;
	enum arb_code	code;		/* of sb_parse(), when it was read but not accepted */
	char		why[200];	/* why not readable */
};
/*
 * May the copy be used: readable, checksum right, nothing in it that the kernel would refuse. sb_copy_why(): the reason
 * if not.
 */
bool sb_copy_good(const struct sb_copy *c);
const char *sb_copy_why(const struct sb_copy *c);
struct device;
/* A good copy that says something else than the one that is used, as old as which it is. */
bool sb_copy_differs(const struct device *d, const struct sb_copy *c);

struct device {
	struct blk	*blk;
	struct claim	*claim;		/* NULL for memory devices */
	unsigned	idx;		/* member number */
	ARB_ARRAY(struct sb_copy) copies;
	int		best;		/* index into copies: the newest good one */
	bool		left_out;	/* split brain or removed: in devset.left_out; why_left_out says it */
	char		why_left_out[200];
	uint64_t	bytes_at_open;
	uint64_t	mtime_ns, file_bytes;	/* of an image file when it was read; 0: a block device */
};

struct devset {
	struct device	*dev[SB_MEMBERS_MAX];	/* by member number; NULL when missing or left out */
	struct device	*left_out[SB_MEMBERS_MAX];	/* given, but not part of it: removed, or split brain */
	unsigned	nr_left_out;
	unsigned	nr_open;
	const struct sb	*best;			/* points into a device's copies */
	unsigned	best_dev;
	unsigned	nr_missing;		/* live members that were not given */
	bool		read_only;		/* why_read_only: degraded, newer version, claim refused ... */
	char		why_read_only[300];
};

struct devset_options { bool degraded; };

/* Opens files or block devices in any order. */
enum arb_code devset_open(const char *const *paths, unsigned nr, const struct devset_options *o,
			  struct devset **ret, struct arb_error *err);
/* The same over block devices already there (tests, demo); takes them over, also on failure. */
enum arb_code devset_open_blk(struct blk **blks, unsigned nr, const struct devset_options *o,
			      struct devset **ret, struct arb_error *err);
void devset_free(struct devset *d);
void devset_geometry(const struct devset *d, struct fs_geometry *geo);	/* sb_geometry() and who is online */
/* Reads all superblock copies again (after a commit, or before one to compare); .best moves to the newest. */
enum arb_code devset_reread(struct devset *d, struct arb_error *err);
/* ARB_E_CHANGED when somebody has written since: another time or size of a file, or another superblock on any device. */
enum arb_code devset_check_unchanged(const struct devset *d, struct arb_error *err);

#endif
