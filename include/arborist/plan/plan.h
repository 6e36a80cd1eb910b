/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan: repairs that have been accepted and stand in memory only (in the view's overlay and roots), each with
 * the finding that caused it. Nothing is written before plan/commit.h does.
 */
#ifndef ARBORIST_PLAN_PLAN_H
#define ARBORIST_PLAN_PLAN_H

#include "arborist/btree/view.h"

enum mutation_kind {
	MUTATION_INSERT,	/* key into the overlay */
	MUTATION_DELETE,	/* deleted key into the overlay */
	MUTATION_SHOOT_DOWN,	/* overlay entries of a btree at levels level..level_max, pos..end, taken out */
	MUTATION_ROOT,		/* root pointer of a btree set (to key, level), or made empty (fake) */
	MUTATION_SUPER,		/* superblock: a pass required, an error counted, a bitmap bit ... */
	MUTATION_REWRITE,	/* the node whose pointer stands at (level, pos) is written anew, as it was read; level of a root's pointer: root level + 1 */
};
struct mutation {
	enum mutation_kind kind;
	unsigned	btree, level, level_max;
	struct bpos	pos, end;
	struct bkey_buf	*old, *new;	/* bkey_buf_dup(), owned; NULL when there is none */
	unsigned	super_what;	/* enum plan_super; */
	uint64_t	super_arg;
};
/* First position it is about: of a pointer to a node, old or new, where the node begins. */
struct bpos mutation_start(const struct mutation *m);
enum plan_super {
	PLAN_SUPER_REQUIRE_PASS, PLAN_SUPER_LOST_DATA, PLAN_SUPER_COUNT_ERROR, PLAN_SUPER_SILENCE,
	PLAN_SUPER_KEY_VERSION,		/* the highest version given to a key is super_arg */
	PLAN_SUPER_BTREE_BITMAP,	/* nodes lie in super_arg sectors from sector pos.offset of device pos.inode */
	PLAN_SUPER_COPY,		/* the copy at sector super_arg of device pos.inode is written anew: every commit writes all of them */
	PLAN_SUPER_REPLICAS,		/* data lies on the devices that the accounting position pos names */
	PLAN_SUPER_CHECK_BUCKETS,	/* the next mount runs plan_bucket_passes, and mends plan_bucket_silent unasked */
	/*
	 * Nothing of the old journal is replayed any more: what it says stands in the commit's own entries. Those are numbered above super_arg:
	 * where nothing of the journal is left, nodes tell how far it had come.
	 */
	PLAN_SUPER_JOURNAL,
};

/* Stable ids of the passes that see to what refers to buckets, and numbers of the errors that necessarily follow; 0 ends. */
extern const uint8_t plan_bucket_passes[], plan_bucket_silent[];

/* Ranges and keys that stop being reachable by a repair. */
struct loss {
	uint64_t	nodes_dropped;		/* pointers to nodes taken out of the tree */
	uint64_t	keys_cut;		/* readable keys that are no longer reachable */
	uint64_t	ranges_uncovered;	/* stretches of key space that no node holds data for any more */
	uint64_t	nodes_restored;		/* found by the device scan and put (back) into the tree */
	uint64_t	nodes_unreadable;	/* of the dropped ones: nobody knows what they held */
};

struct repair {
	uint32_t	id;		/* 1, 2 ... ; cause number in the overlay; set by plan_apply() */
	char		*summary;	/* one line; owned */
	const char	*finding_id;	/* static, of the catalogue */
	unsigned	finding_nr;	/* the kernel's number of it, under which superblocks count errors; 0: a finding of our own */
	uint32_t	finding_serial;
	unsigned	btree, level;
	struct bpos	pos, end;
	ARB_ARRAY(struct mutation) mutations;
	struct loss	loss;
	bool		oom;		/* a mutation could not be added: plan_apply() fails */
};
struct repair *repair_new(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void repair_free(struct repair *r);
/* Each adds one mutation; on no memory the repair is marked and plan_apply() fails. Keys are copied. */
void repair_insert(struct repair *r, unsigned btree, unsigned level, struct bkey_s k);
void repair_delete(struct repair *r, unsigned btree, unsigned level, struct bpos pos);
void repair_shoot_down(struct repair *r, unsigned btree, unsigned level_min, unsigned level_max, struct bpos start, struct bpos end);
void repair_root(struct repair *r, unsigned btree, unsigned level, const struct bkey_buf *key /* NULL: fake, empty */);
void repair_rewrite(struct repair *r, unsigned btree, unsigned level, struct bpos pos);
void repair_super(struct repair *r, enum plan_super what, uint64_t arg);
void repair_super_at(struct repair *r, enum plan_super what, struct bpos pos, uint64_t arg);
/* Is all that it writes keys that follow from others, so that the kernel's check_allocations would write them by itself? */
bool repair_derived(const struct repair *r);
/* Is it about a place in a btree? One of a superblock copy or of the journal is not: its btree, level and position say nothing. */
bool repair_has_place(const struct repair *r);
/* Is it about @btree? */
bool repair_in_btree(const struct repair *r, unsigned btree);

struct plan;
enum arb_code plan_new(struct view *v, struct plan **ret, struct arb_error *err);
void plan_free(struct plan *p);
/* Takes @r over (also when it fails), fills the old keys, changes the view. All or nothing. */
enum arb_code plan_apply(struct plan *p, struct repair *r, struct arb_error *err);
/*
 * Takes a repair back: the view is rebuilt from the journal and the other repairs. Later ones that depend on it go too: those that
 * touch the same keys of the same btree, and, when nodes were moved or dropped, everything later that was counted from what the
 * tree then held (alloc, accounting and the like). *ret_dropped counts, the named one included. ARB_E_USAGE: no such repair.
 */
enum arb_code plan_drop(struct plan *p, uint32_t repair_id, unsigned *ret_dropped, struct arb_error *err);
size_t plan_nr(const struct plan *p);
const struct repair *plan_repair(const struct plan *p, size_t i);	/* in order of acceptance */
struct loss plan_loss(const struct plan *p);
struct loss plan_loss_btree(const struct plan *p, unsigned btree);
uint64_t plan_key_version(const struct plan *p);	/* highest that a repair records; 0: none does */
/* Every superblock mutation of the plan, in order, until @fn returns false. */
void plan_for_each_super(const struct plan *p, bool (*fn)(void *arg, const struct mutation *m), void *arg);
bool plan_journal_anew(const struct plan *p);	/* is there a PLAN_SUPER_JOURNAL? */
uint64_t plan_journal_above(const struct plan *p);	/* its super_arg, the highest if there are several; 0: none */
/* Is the node that @ptr leads to going to be written anew by the plan? @level of the pointer, which may have been changed since. */
bool plan_rewrites(const struct plan *p, unsigned btree, unsigned level, struct bkey_s ptr);
bool plan_committed(const struct plan *p);
void plan_set_committed(struct plan *p);
/* What the plan was made for, and what of the journal stood there before any repair. */
struct view *plan_view(const struct plan *p);
const struct overlay *plan_journal_keys(const struct plan *p);
const struct btree_root *plan_journal_roots(const struct plan *p);	/* BTREE_ID_NR_MAX, likewise */
/* The key at exactly @pos on a level in the merged view; not found also when a node on the way cannot be read. */
enum arb_code plan_lookup(struct view *v, unsigned btree, unsigned level, struct bpos pos, struct bkey_buf *ret, bool *ret_found,
			  struct arb_error *err);
/* The repairs that plan_drop() would take back with this one, itself included, up to @max of them; returns how many there are. */
size_t plan_dependents(const struct plan *p, uint32_t repair_id, uint32_t *ids, size_t max);
/*
 * A root that nothing names turns out to be lost: it counts as such in the view, also after repairs were taken back. (A new journal is not
 * written before something was decided about it.)
 */
void plan_root_lost(struct plan *p, unsigned btree, const char *why);
/* Texts: list; before/after of one repair (or of all, id 0); what commit will write. */
void plan_to_text(struct arb_buf *out, const struct plan *p);
void plan_diff_to_text(struct arb_buf *out, const struct plan *p, uint32_t repair_id);
/* Old and new of one mutation, a line each with - or + in front. */
void mutation_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct mutation *m);
void repair_to_text(struct arb_buf *out, const struct fs_geometry *geo, const struct repair *r, bool old_new);
void loss_add(struct loss *to, const struct loss *l);
void loss_to_text(struct arb_buf *out, const struct loss *l);

/* Disk usage as it is counted (dev_data_type counters): recorded before any repair, and with the plan. By device and data type; rows of zeroes left out. */
struct usage_row {
	unsigned	dev, type;	/* enum data_type */
	int64_t		before[ACCT_COUNTERS_MAX], after[ACCT_COUNTERS_MAX];	/* buckets, sectors, sectors fragmented */
};
struct usage { ARB_ARRAY(struct usage_row) rows; };	/* owned by the caller */
enum arb_code plan_usage(const struct plan *p, struct usage *ret, struct arb_error *err);
bool usage_row_changed(const struct usage_row *r);
void usage_to_text(struct arb_buf *out, const struct usage *u);	/* nothing without rows */

#endif
