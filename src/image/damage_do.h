/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows of the table of damages do; the argument tells variants of one thing apart. */
#ifndef IMAGE_DAMAGE_DO_H
#define IMAGE_DAMAGE_DO_H

#include "damage.h"

/* ---- damage_tree.c */
enum { PTR_SEQ, PTR_LONGER, PTR_SHORTER, PTR_RANGE, PTR_REDIRECTED };
enum { HEADER_BTREE, HEADER_LEVEL, HEADER_MIN, HEADER_MAX };
enum { WIPE_ZERO, WIPE_FLIP };
enum { OVERLAP_PREV = 1, OVERLAP_FULL = 2, OVERLAP_OLDER = 4 };
enum arb_code damage_do_drop(struct damage *d, int arg);
enum arb_code damage_do_pointer(struct damage *d, int arg);
enum arb_code damage_do_in_journal(struct damage *d, int arg);
enum arb_code damage_do_twice(struct damage *d, int arg);
enum arb_code damage_do_doubled(struct damage *d, int arg);
enum arb_code damage_do_crossed(struct damage *d, int arg);
enum arb_code damage_do_header(struct damage *d, int arg);
enum arb_code damage_do_wipe(struct damage *d, int arg);
enum arb_code damage_do_empty(struct damage *d, int arg);
enum arb_code damage_do_children_of_root(struct damage *d, int arg);
enum arb_code damage_do_overlap(struct damage *d, int arg);
enum arb_code damage_do_root_bounds(struct damage *d, int arg);
enum { ROOT_TO_OWN, ROOT_TO_FOREIGN };
enum arb_code damage_do_root_redirected(struct damage *d, int what);
enum arb_code damage_do_foreign(struct damage *d, int arg);

/* ---- damage_bytes.c */
enum { KEYS_SWAPPED, KEYS_TWICE, KEYS_BAD_SIZE, KEYS_MISSING, KEYS_ONE_MISSING };
enum { BSET_FLIP, BSET_LONG };
enum arb_code damage_do_keys(struct damage *d, int what);
enum arb_code damage_do_bset(struct damage *d, int what);
enum arb_code damage_do_one_copy(struct damage *d, int arg);
enum arb_code damage_do_btree_lost(struct damage *d, int arg);
enum { VERSION_NEWER, VERSION_OLDER, VERSION_POORER };
enum arb_code damage_do_version(struct damage *d, int what);
enum { JOURNAL_DAMAGE_NEWEST, JOURNAL_DAMAGE_OLDER, JOURNAL_DAMAGE_HOLE, JOURNAL_DAMAGE_LOST, JOURNAL_DAMAGE_NO_FLUSH, JOURNAL_DAMAGE_TORN };
enum arb_code damage_do_journal(struct damage *d, int what);
enum arb_code damage_do_journal_twice(struct damage *d, int arg);
enum arb_code damage_do_journal_full(struct damage *d, int spare);	/* damage_journal.c */
enum arb_code damage_do_root_entry(struct damage *d, int arg);

/* ---- damage_super.c */
enum { SB_DAMAGE_FIRST, SB_DAMAGE_OUTDATED, SB_DAMAGE_REPLICAS };
enum arb_code damage_do_superblock(struct damage *d, int what);
enum arb_code damage_do_blacklist(struct damage *d, int arg);
enum arb_code damage_do_bitmap(struct damage *d, int arg);

/* ---- damage_counts.c */
enum {
	COUNT_ALLOC_TYPE, COUNT_ALLOC_GEN, COUNT_ALLOC_DIRTY, COUNT_ALLOC_CACHED, COUNT_ALLOC_STRIPE, COUNT_ALLOC_MISSING,
	COUNT_ALLOC_SURPLUS, COUNT_ALLOC_OLDEST,
	COUNT_PTR_NEWER, COUNT_PTR_STALE, COUNT_PTR_DEVICE, COUNT_PTR_FREE, COUNT_PTR_SUPER, COUNT_PTR_RANGE, COUNT_PTR_SHARED,
	COUNT_REFCOUNT, COUNT_COUNTER, COUNT_VERSION,
	COUNT_ALL = 256,	/* beside one of the above: every key of the node */
};
enum arb_code damage_do_count(struct damage *d, int what);

/* ---- damage_stripes.c: of stripes, of extents, of alloc keys */
enum {
	STRIPE_COUNT, STRIPE_MISSING, STRIPE_MOVED, STRIPE_SHARED, STRIPE_SHARED_PARITY, STRIPE_NEWER, STRIPE_STALE,
	STRIPE_PTR_PLAIN, STRIPE_PTR_MISSING, STRIPE_PTR_WRONG,
	STRIPE_ALLOC_SECTORS, STRIPE_ALLOC_PARITY, STRIPE_ALLOC_NONE,
};
enum arb_code damage_do_stripe(struct damage *d, int what);

/* ---- damage_structure.c: bytes of any structure */
enum { BYTES_FLIPPED, BYTES_ZEROED, BYTES_TRUNCATED };
enum arb_code damage_do_structure(struct damage *d, int what);

/* ---- damage_fields.c, damage_node_fields.c */
enum { FIELD_NODE, FIELD_BSET, FIELD_KEY };
enum arb_code damage_do_sb_field(struct damage *d, int arg);
enum arb_code damage_do_jset_field(struct damage *d, int arg);
enum arb_code damage_do_node_field(struct damage *d, int which);

#endif
