/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the steps of the scan hand to each other. */
#ifndef ARBORIST_SRC_BTREE_SCAN_PRIVATE_H
#define ARBORIST_SRC_BTREE_SCAN_PRIVATE_H

#include "arborist/btree/scan.h"

/* What can be said of the node at a place without looking at its keys. */
struct node_probe {
	bool		usable;
	bool		locked;		/* not usable for want of a key */
	bool		damaged;	/* a checksum does not fit, or something is missing */
	unsigned	sectors;	/* end of its last bset */
	uint64_t	journal_seq;	/* highest of its bsets, and of inodes in it */
};
/* Headers and checksums by the rules of node_decode(), with a pointer made up from the header. @raw is only read. */
enum arb_code node_probe(const struct fs_geometry *geo, const uint8_t *raw, size_t bytes, struct node_probe *ret, struct arb_error *err);
/*
 * How much of a node has to be read for that, as far as its first @have bytes (at least NODE_HEADER_BYTES) tell: no more than @have
 * when they do. Behind the last bset nothing is looked at but whether there is one more.
 */
size_t node_probe_bytes(const struct fs_geometry *geo, const uint8_t *raw, size_t have);
/* The pointer that the header at hand would have: all of the node may be written. */
struct btree_ptr ptr_of_header(const struct node_header *h);

/* Order of age: > 0 when @a is newer. */
int scanned_age_cmp(const struct scanned_node *a, const struct scanned_node *b);
static inline int scan_cmp_u64(uint64_t a, uint64_t b) { return (a > b) - (a < b); }
static inline bool scanned_same_level(const struct scanned_node *a, const struct scanned_node *b)
{
	return a->btree == b->btree && a->level == b->level;
}
/* Of the copies found, one node each and in any order, makes the nodes, in the order of struct scan. False: out of memory. */
bool scan_merge_copies(struct scan *s);
/*
 * Takes the copies found, one node each, in any order; merges the copies of one node, resolves overlaps and fills s->live.
 * Same copies, same result.
 */
enum arb_code scan_resolve(struct scan *s, struct arb_error *err);

/*
 * scan_journal.c: the newest that entries in the journal's rings say of positions that @n lost, replayed or not, deleted keys among them.
 * *bytes_read bounds it. *ret is to be freed in any case.
 */
enum arb_code scan_journal_keys(struct view *v, const struct node *n, uint64_t *bytes_read, struct overlay **ret, struct arb_error *err);
/* scan_gone.c: is it proven that the key, of an older copy of a leaf of @btree, was deleted since? */
struct gone {
	struct view	*v;
	struct view_near alloc, inodes;
};
enum arb_code scan_key_gone(struct gone *g, unsigned btree, struct bkey_s k, bool *ret, struct arb_error *err);
void scan_gone_free(struct gone *g);

#endif
