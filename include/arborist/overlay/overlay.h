/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The overlay: keys that stand above the btrees on disk, sorted by (btree, level, position): those of the journal
 * and those of planned repairs (repair-semantics.md 3). level is that of the node that holds the key: a pointer to a
 * level-N node lies at level N + 1. One thread uses an overlay.
 */
#ifndef ARBORIST_OVERLAY_OVERLAY_H
#define ARBORIST_OVERLAY_OVERLAY_H

#include "arborist/base/error.h"
#include "arborist/format/bkey.h"

#define OVERLAY_FROM_JOURNAL 0		/* cause of a key read from the journal */

struct overlay;
struct overlay_key {
	uint8_t		btree, level;
	uint32_t	cause;		/* OVERLAY_FROM_JOURNAL, or an opaque number of the plan (its repair) */
	uint64_t	journal_seq;	/* of the entry it came from; 0 for repairs */
	uint32_t	journal_offset;	/* words from the start of the jset */
	struct bkey_s	key;		/* value owned by the overlay; mem_ptr of btree_ptr_v2 zeroed */
};

enum arb_code overlay_new(struct overlay **ret, struct arb_error *err);
void overlay_free(struct overlay *o);
size_t overlay_nr(const struct overlay *o);
uint64_t overlay_changes(const struct overlay *o);	/* grows with every insertion and removal: entries looked up before are stale */
size_t overlay_nr_at(const struct overlay *o, unsigned btree, unsigned level);	/* O(1) */

/* Loading: any order; of equal (btree, level, pos) the newest (seq, offset) stays, except accounting keys: all are kept. */
enum arb_code overlay_load(struct overlay *o, unsigned btree, unsigned level, struct bkey_s k,
			   uint64_t journal_seq, uint32_t journal_offset);
/*
 * Replaces the key at the same position, or inserts. Accounting keys are deltas: one takes the place of an earlier one of the
 * same cause only, and stays beside those of the journal and of other causes.
 */
enum arb_code overlay_insert(struct overlay *o, unsigned btree, unsigned level, struct bkey_s k, uint32_t cause);
/* Inserts a key of type deleted: hides the one on disk. */
enum arb_code overlay_delete(struct overlay *o, unsigned btree, unsigned level, struct bpos pos, uint32_t cause);
/* Takes out every entry in [start, end] at levels level_min..level_max: the btree shows through again. Returns how many. */
size_t overlay_shoot_down(struct overlay *o, unsigned btree, unsigned level_min, unsigned level_max, struct bpos start, struct bpos end);

/* First entry of (btree, level) at or after @pos; NULL when none. Valid until the overlay changes. */
const struct overlay_key *overlay_lower_bound(const struct overlay *o, unsigned btree, unsigned level, struct bpos pos);
/* The entry after @k in the same (btree, level), NULL at the end. Accounting: several may have one position. */
const struct overlay_key *overlay_next(const struct overlay *o, const struct overlay_key *k);
const struct overlay_key *overlay_get(const struct overlay *o, unsigned btree, unsigned level, struct bpos pos);
/* Every entry in order. */
enum arb_code overlay_for_each(const struct overlay *o, enum arb_code (*fn)(void *arg, const struct overlay_key *), void *arg);
/* Deep copy. */
enum arb_code overlay_dup(const struct overlay *o, struct overlay **ret, struct arb_error *err);
/* @o gets everything of @from, which is freed, and loses what it had. */
void overlay_replace(struct overlay *o, struct overlay *from);

#endif
