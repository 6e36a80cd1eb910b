/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The allocation gc, inside (repair-semantics.md 1, 8). How the files divide the work:
 *   check_allocations.c  the pass: phases, restarts, what is decided at the end
 *   alloc_walk.c       every key of every btree, in the order of gc positions
 *   alloc_check.c      what a pointer is held against, and the questions about it
 *   alloc_pointers.c   keys with pointers dropped or changed: pure functions over values
 *   alloc_mark.c       what one key adds to buckets and counters
 *   alloc_meta.c       superblock copies, journal buckets, btree bitmap, key versions
 *   alloc_stripes.c, alloc_reflink.c   stripes and shared extents, and their counts
 *   alloc_done.c       buckets and counters compared with what is recorded
 *   alloc_tables.c, counters.c   the tables
 *   alloc_ask.c        questions
 */
#ifndef ARBORIST_SRC_PASS_ALLOC_H
#define ARBORIST_SRC_PASS_ALLOC_H

#include "arborist/format/alloc.h"
#include "arborist/format/extent.h"
#include "arborist/format/stripe.h"
#include "requires.h"
#include "run.h"

enum gc_bucket_flags {
	GC_GEN_VALID	= 1,	/* an alloc key, or an accepted repair, names the generation */
	GC_FORCED_BTREE	= 2,	/* a btree node lies here, so this is a btree bucket whatever else points at it */
};

struct gc_bucket {		/* 20 bytes, one per bucket of every device */
	uint32_t	dirty_sectors, cached_sectors, stripe_sectors;
	uint32_t	stripe;
	uint8_t		data_type, gen, flags, redundancy;
};

struct gc_dev {
	struct gc_bucket *bucket;	/* nbuckets of them; NULL: no such member */
	uint64_t	nbuckets, first_bucket;
	uint32_t	bucket_size;	/* sectors */
	struct counter	*by_type[DATA_TYPE_NR];
	struct sb_member member;	/* its btree bitmap as planned */
};

struct gc_stripe {
	uint64_t	idx;
	struct stripe_key s;
	struct { uint8_t dev, gen; uint64_t sector; } ptr[STRIPE_BLOCKS_MAX];
	uint64_t	block_sectors[STRIPE_BLOCKS_MAX];
	struct counter	*user;		/* replicas entry that data in it counts to */
};

struct reflink_entry {
	uint64_t	end;		/* position of the key */
	uint32_t	size;
	uint64_t	refcount;
};

struct alloc_gc {
	struct pass_ctx	*c;
	struct view	*v;
	struct counters	*counters;
	struct gc_dev	dev[SB_MEMBERS_MAX];
	ARB_ARRAY(struct gc_stripe) stripes;		/* ascending idx */
	ARB_ARRAY(struct reflink_entry) reflink;	/* ascending end */
	uint64_t	key_version;	/* highest recorded, or planned to be */
	bool		incomplete;	/* a node could not be read or a key was left uncounted: nothing may be corrected by the sums */
	bool		alloc_unread;	/* not all of the alloc btree could be walked: a bucket without a key may have one */
	bool		stripes_unread;	/* the same of the stripes btree: a stripe that is not found may be there */
	bool		reflink_unread;	/* the same of shared extents: what seems to refer to nothing may refer to one of them */
	char		why_incomplete[200];	/* the first reason */
	bool		report_only;	/* restricted to a btree or a range */
	bool		again;		/* a bucket changed its kind under way: count everything anew */
	bool		shared_gone;	/* the same, as files refer to shared data that went under way */
	bool		oom;
	uint64_t	inodes;		/* inode keys met */
	/* The counters met last, so that the walk seldom has to look one up */
	struct counter	*snapshot, *replicas, *btree, *compression;
	struct bkey_buf	key, changed;	/* the key in question, and what it would become */
};

/* Where a key stands. level: of the node that holds it; the pointer to the root stands one above the root. */
struct gc_place {
	unsigned	btree, level;
	bool		root;
};

/* --- tables (alloc_tables.c) --- */
enum arb_code alloc_gc_new(struct pass_ctx *c, struct alloc_gc **ret);
void alloc_gc_free(struct alloc_gc *g);
/* Everything to zero but what is known to hold btree nodes; counts the free buckets of every device. */
enum arb_code alloc_gc_begin(struct alloc_gc *g);
/* NULL when there is no such device or bucket. */
struct gc_bucket *gc_bucket(struct alloc_gc *g, unsigned dev, uint64_t bucket);
static inline uint64_t gc_bucket_nr(const struct alloc_gc *g, unsigned dev, uint64_t sector) { return sector / g->dev[dev].bucket_size; }
struct gc_stripe *gc_stripe(struct alloc_gc *g, uint64_t idx);
struct counter *gc_counter(struct alloc_gc *g, struct counter **memo, const struct accounting_pos *a);
/* Brings the device's counters from what @old says to what @now says. */
void gc_bucket_account(struct alloc_gc *g, unsigned dev, const struct gc_bucket *old, const struct gc_bucket *now);
/* Adds to one of the bucket's sums, of data of kind @type, and to its device's counters. */
void gc_bucket_add(struct alloc_gc *g, unsigned dev, struct gc_bucket *b, uint32_t *field, uint64_t sectors, unsigned type);

/* gc_cover.c: what a walk over one level of a btree met. Zero-filled: nothing. */
struct gc_cover {
	unsigned	btree, level;
	struct cookie_set seen, updated;	/* numbers of children, and of those whose range was changed */
	bool		twice;
};

/* NULL, or that keys may be missing in @n, and nobody has decided about that. */
const char *gc_read_in_part(const struct pass_ctx *c, const struct node *n);
/*
 * The same; and do the children of @n cover it without a gap, each place once, with a node of its own each? Does a root cover everything? *ret_why: NULL, or
 * what is wrong.
 */
enum arb_code gc_cover_node(struct gc_cover *c, const struct pass_ctx *ctx, const struct node *n, const char **ret_why);
void gc_cover_free(struct gc_cover *c);
void gc_incomplete(struct alloc_gc *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- the walk (alloc_walk.c) --- */
enum arb_code alloc_walk(struct alloc_gc *g);

/* --- marking (alloc_mark.c, alloc_stripes.c): what one key adds; runs once per key --- */
enum arb_code alloc_mark_key(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k);
enum arb_code alloc_mark_stripe(struct alloc_gc *g, struct bkey_s k);

/* --- checking (alloc_check.c, alloc_meta.c) --- */
enum gc_verdict { GC_COUNT, GC_COUNT_CHANGED /* g->key instead */, GC_LEAVE_OUT };
enum arb_code alloc_check_pointers(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret);
enum arb_code alloc_check_version(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k);
enum arb_code alloc_check_bitmap(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k);
/* What the plan already records of both. */
void alloc_meta_begin(struct alloc_gc *g);
/* Superblock copies and journal buckets (8.2). */
enum arb_code alloc_mark_super(struct alloc_gc *g);

/* --- keys with other pointers (alloc_pointers.c) --- */
#define GC_POINTERS_MAX 32	/* of one key; more are not looked at */
struct pointer_edit {
	uint32_t	drop, drop_stripe, regen;	/* bit per pointer, in the order of the key */
	uint8_t		gen[GC_POINTERS_MAX];
};
/* False: nothing is left of it (a cached extent without copies, a node pointer without a place). */
bool pointers_edit(struct bkey_s k, const struct pointer_edit *e, struct bkey_buf *out);

/* --- stripes and shared extents --- */
enum arb_code alloc_check_stripe(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret);
/* Is the bucket of pointer number @i of a stripe already part of another one, or of this one? */
bool alloc_stripe_block_taken(struct alloc_gc *g, struct bkey_s k, const struct extent_ptr *p, unsigned i);
/* Does the alloc key of a pointer's bucket, which another stripe has, name stripe @idx? */
bool alloc_stripe_owns(struct alloc_gc *g, uint64_t idx, const struct extent_ptr *p);
enum arb_code alloc_stripes_done(struct alloc_gc *g);
enum arb_code alloc_reflink_begin(struct alloc_gc *g);
/* alloc_walk.c: references are held against the shared extents before the walk comes to those; are they all there? After alloc_reflink_begin(). */
enum arb_code alloc_look_at_reflink(struct alloc_gc *g);
/* Counts what a reflink_p refers to; holes are findings. */
enum arb_code alloc_check_reflink_p(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret);
enum arb_code alloc_check_refcount(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret);

/* --- comparing (alloc_done.c) --- */
enum arb_code alloc_buckets_done(struct alloc_gc *g);
enum arb_code alloc_accounting_done(struct alloc_gc *g);

/* --- replicas entries of the superblock (accounting_read.c) --- */
bool replicas_marked(const struct pass_ctx *c, struct bpos pos, const struct accounting_pos *a);
enum arb_code replicas_ask(struct pass_ctx *c, struct bpos pos, const struct accounting_pos *a);

/* --- questions (alloc_ask.c) --- */
struct finding *alloc_finding(const char *id, const char *site, unsigned btree, unsigned level, struct bpos pos);
/* The key as the reference shows it. */
void alloc_key_text(const struct alloc_gc *g, struct arb_buf *out, struct bkey_s k);
/* A repair that writes @k (NULL: deletes what is there) at its place. */
struct repair *alloc_repair_key(const struct gc_place *at, struct bpos pos, const struct bkey_buf *k, const char *what);
/* Decides; in a restricted run only reports. @r may be NULL: nothing can be done. Both are taken over. */
/* alloc_explain.c: the row of the decision tables; @variant: kind of a counter, or which case it is. NULL: none. */
const struct rule *alloc_rule(const char *id, unsigned variant);
/* At every node of a walk that counts nothing: publishes, and may be stopped. @arg: the gc. */
enum arb_code alloc_come_by(void *arg, const struct node *n);
enum arb_code alloc_decide(struct alloc_gc *g, struct finding *f, struct repair *r, bool *ret_fixed);

#endif
