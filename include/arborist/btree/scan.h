/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The device scan for lost btree nodes (format-btree.md 14, repair-semantics.md 5.1): every place on every device where a
 * node can stand is looked at; what is found is merged over its copies and cut where newer nodes overlap older ones. Nodes of
 * btrees that are rebuilt from others (alloc and the like) are left out unless they are asked for. Nothing is changed and nothing is asked here.
 */
#ifndef ARBORIST_BTREE_SCAN_H
#define ARBORIST_BTREE_SCAN_H

#include "arborist/btree/view.h"

struct scanned_copy {
	uint64_t	sector;
	uint8_t		dev, gen;	/* gen: of the bucket, by the alloc btree; 0 where that says nothing */
};

/* What becomes of a node that was found, as the tree is now. */
enum scan_use {
	SCAN_USE_UNKNOWN,	/* scan_mark_in_tree() has not been called */
	SCAN_USE_TREE,		/* a pointer leads to it */
	SCAN_USE_COPY,		/* a pointer names its cookie, and leads elsewhere */
	SCAN_USE_MOVED,		/* likewise, and the node cannot be read there */
	SCAN_USE_OUTDATED,	/* overwritten */
	SCAN_USE_INTERIOR,	/* not a leaf */
	SCAN_USE_NARROW,	/* one position is left of it */
	SCAN_USE_COVERED,	/* leaves of the tree have its range */
	SCAN_USE_NEWER,		/* likewise, and one of them is older */
	SCAN_USE_GAP,		/* it could fill a gap */
	SCAN_USE_ROOT,		/* it could be part of a rebuilt btree */
	SCAN_USE_NR,
};
const char *scan_use_text(enum scan_use use);	/* static */

struct scanned_node {
	uint8_t		btree, level, use;	/* use: enum scan_use */
	uint8_t		nr_copies;	/* of the greatest length found, intact ones if there are any */
	uint8_t		nr_left_out;	/* shorter or damaged copies, saturating */
	bool		damaged;	/* no copy is intact; counts as older than any intact node */
	bool		range_updated;	/* min, max are not those of the header any more */
	bool		overwritten;	/* nothing is left of it */
	bool		in_tree;	/* scan_mark_in_tree(): a pointer in the view leads to the place of a copy */
	uint16_t	sectors_written;
	uint32_t	node_seq;	/* generation: larger is newer, then journal_seq */
	uint64_t	cookie, journal_seq;
	struct bpos	header_min, header_max;
	struct bpos	min, max;	/* what is its own after overlaps are resolved */
	size_t		by;		/* the node that overwrote or cut it last, index into scan.nodes; SCAN_NONE */
	struct scanned_copy copy[BTREE_PTRS_MAX];
};
#define SCAN_NONE SIZE_MAX

struct scan {
	/* By btree, level from high to low, header_min, newest first */
	ARB_ARRAY(struct scanned_node) nodes;
	/* Those not overwritten, by btree, level from high to low, min; disjoint within a level */
	ARB_ARRAY(size_t) live;
	bool		whole;		/* bitmaps were not looked at */
	uint64_t	bytes_read;
	uint64_t	positions;	/* places looked at */
	uint64_t	read_errors;	/* places that could not be read */
	uint64_t	locked;		/* nodes of this filesystem that are encrypted, and there is no key */
	uint64_t	journal_bytes;	/* read of the journal by scan_older_keys() */
	uint64_t	rejected;	/* nodes of this filesystem that cannot be used: damaged header, unsupported */
};

struct scan_options {
	bool		whole;		/* every bucket, also where the member's btree bitmap says there never was a node */
	bool		bookkeeping;	/* also nodes of the btrees that are rebuilt from others */
	/*
	 * Every place of every device, also of those left out, where there is the magic of a node: .nodes in any order, .copy[0] says
	 * where, and nothing else is filled in.
	 */
	bool		magic_only;
	/*
	 * Called now and then on the calling thread; anything but ARB_OK ends the scan with that code. May be NULL. @done and
	 * @total are bytes of devices passed, @found nodes so far.
	 */
	enum arb_code (*progress)(void *arg, uint64_t done, uint64_t total, size_t found);
	void		*arg;
};

/*
 * Reads the devices of @v with its workers. Unreadable places are counted, not an error. Finding nothing is not an error
 * either. *ret is the caller's, also usable after the view is gone.
 */
enum arb_code scan_run(struct view *v, const struct scan_options *o, struct scan **ret, struct arb_error *err);
void scan_free(struct scan *s);
/*
 * Do the members' bitmaps cover every node that a pointer of the view leads to? Where they do not they say nothing of lost nodes
 * either, and a scan had better look everywhere. Reads interior nodes.
 */
enum arb_code scan_bitmap_good(struct view *v, bool *ret, struct arb_error *err);

/* The generations of the places found, anew: by the alloc btree of the view as it is now. */
enum arb_code scan_find_gens(struct scan *s, struct view *v, struct arb_error *err);

/* Sets in_tree and use of every node, by the pointers of the view as it is now; reads interior nodes. */
enum arb_code scan_mark_in_tree(struct scan *s, struct view *v, struct arb_error *err);

/*
 * Live nodes of (btree, level) that overlap [lo, hi], both included, in order of position: start with *cursor 0; NULL
 * at the end.
 */
const struct scanned_node *scan_next(const struct scan *s, unsigned btree, unsigned level, struct bpos lo, struct bpos hi, size_t *cursor);
/* The newest live node overlapping [min, max] that is of a later generation than @node_seq; NULL when none is. Intact ones only. */
const struct scanned_node *scan_newer(const struct scan *s, unsigned btree, unsigned level, struct bpos min, struct bpos max, uint32_t node_seq);
/* Any live leaf? */
bool scan_has_leaf(const struct scan *s, unsigned btree);
/* Pointer to @n for the part of it inside [lo, hi], which must overlap it: belongs at level n->level + 1. */
void scan_pointer(const struct scanned_node *n, struct bpos lo, struct bpos hi, struct bkey_buf *ret);

/* Keys of older leaves and of the journal, by position; their values lie in .node and .journal. */
struct older_keys {
	ARB_ARRAY(struct bkey_s) key;
	ARB_ARRAY(struct node *) node;	/* the newest first; owned */
	struct overlay	*journal;	/* what the journal says of the stretches, likewise; owned */
	size_t		from_journal;	/* of .key */
	size_t		gone;		/* left out because other btrees prove that they were deleted since */
};
/*
 * What nodes the scan found (in the tree or not, overwritten or not; intact ones only) hold for the stretches that the leaf @n lost
 * (n->lost). What an entry in the rings of the journal says comes first, whether or not it is replayed: it is how the key was left. Then
 * the newest node that covers a position decides, also that there is nothing. Left out: positions where @n has a key or knows that
 * there is none, where the overlay of @v has one, keys with a length that begin before the stretch or reach into another key, and keys that
 * cannot have stayed: with pointers into buckets that have been given away since, or of inodes that are gone.
 * Where later bsets are lost (n->lost.newer) keys of the journal that differ from the leaf's come too, KEY_deleted for those that were taken
 * out. @s may be NULL: the journal alone is asked.
 * @all: for the whole range of @n instead, and nothing is left out. Nothing found is no error. Free it when there was no error.
 */
enum arb_code scan_older_keys(struct scan *s, struct view *v, const struct node *n, bool all, struct older_keys *ret, struct arb_error *err);
void older_keys_free(struct older_keys *k);
/* The node @cookie is given up: it counts as damaged from now on, and what it covered may come out of older ones. */
enum arb_code scan_distrust(struct scan *s, uint64_t cookie, struct arb_error *err);

/* One line: range, generation, cookie, copies, whether it is in the tree, who overwrote or cut it, and what becomes of it. */
void scanned_node_to_text(struct arb_buf *out, const struct scan *s, size_t i);

#endif
