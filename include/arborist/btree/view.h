/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view: what a reader of the filesystem sees, btrees on disk merged with the overlay of journal keys and planned
 * repairs. Used by one thread (the engine); read-ahead runs on the workers.
 */
#ifndef ARBORIST_BTREE_VIEW_H
#define ARBORIST_BTREE_VIEW_H

#include "arborist/base/workers.h"
#include "arborist/btree/node.h"
#include "arborist/format/accounting.h"
#include "arborist/journal/journal.h"

struct btree_root {
	bool		exists;		/* named by the clean section or the journal, or made by a repair */
	bool		lost;		/* named, but without a pointer that can be used; .why */
	bool		unnamed;	/* lost in that neither the clean section nor the journal names it */
	bool		fake;		/* made in memory: empty, or its children stand in the overlay only */
	uint8_t		level;		/* of the root node */
	struct bkey_buf	key;		/* pointer to the root node */
	uint32_t	cause;		/* 0, or the repair that set it */
	char		why[200];
};

struct view {
	struct devset	*devs;		/* owned */
	struct fs_geometry geo;
	struct workers	*workers;	/* borrowed */
	struct journal	*journal;	/* owned */
	struct overlay	*overlay;	/* owned */
	/* A known btree that nothing names has a fake root of level 0, exists false, and a key without pointers */
	struct btree_root roots[BTREE_ID_NR_MAX];
	/* A bit for each btree that nothing names, as long as nothing that can be read tells whether it had nodes */
	uint64_t	roots_unsure;
	struct node_cache *cache;	/* owned */
	uint64_t	bytes_read;	/* of btree nodes, since opening; updated by the engine */
	struct view_ahead *ahead;	/* what read-ahead has queued; owned */
#define VIEW_SUMS 16
	uint8_t		sum[VIEW_SUMS][8 * ACCT_COUNTERS_MAX];	/* values of accounting keys with their deltas, in turn */
	unsigned	next_sum;
};

struct view_options {
	size_t		cache_bytes;	/* 0: 256 MiB */
	bool		no_journal;	/* look at the btrees alone */
	bool		trust_clean;	/* as of journal_read_as() */
};

/*
 * Takes @devs over on success; every node_got must be put back before view_free(). The calling thread is made known to
 * liburcu (memb) if it was not; any other thread that uses the view must do that itself.
 */
enum arb_code view_open(struct devset *devs, struct workers *w, const struct view_options *o,
			struct view **ret, struct arb_error *err);
void view_free(struct view *v);

/* Reads the node a pointer key names (a level-@level node). Unreadable: got.node is NULL. Only memory trouble is an error. */
enum arb_code view_node(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, struct node_got *ret, struct arb_error *err);
/* The same when its keys may not be wanted (enum node_want). */
enum arb_code view_node_as(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, enum node_want want,
			   struct node_got *ret, struct arb_error *err);
/* Only if it is in the cache already: false otherwise. */
bool view_node_cached(struct view *v, unsigned btree, unsigned level, struct bkey_s ptr, struct node_got *ret);
/*
 * btree_ptr_get() of a pointer to a level-@level node. One of the first form says neither the node's seq nor where it begins: if the
 * node can be read these come from its header.
 */
bool view_pointer(struct view *v, unsigned btree, unsigned level, struct bkey_s k, struct btree_ptr *ret);
/* The root node. A fake root gives a node without keys on its level, POS_MIN..SPOS_MAX. */
enum arb_code view_root(struct view *v, unsigned btree, struct node_got *ret, struct arb_error *err);
/*
 * Starts reading children of @n (seen through the overlay) from @from on in the background, so that @max of them are under
 * way or there. Cheap to call at every child: it remembers how far it came in this node.
 */
void view_read_ahead(struct view *v, const struct node *n, struct bpos from, unsigned max, enum node_want want);
/*
 * The same for a btree that is to be walked soon: its root, and when that is there its first @max children. Returns how many
 * nodes those are.
 */
unsigned view_read_ahead_btree(struct view *v, unsigned btree, unsigned max, enum node_want want);

/*
 * Merged iteration of one node and the overlay at (btree, level): overlay wins, deleted keys hide. Keys inserted into the
 * overlay ahead of the position are met. Leaf keys of the accounting btree in the overlay are deltas: what is returned is the
 * key on disk with the newer ones added (format-keys.md 3.17), its value valid until VIEW_SUMS more of them were returned.
 */
struct node_iter {
	struct view	*v;
	const struct node *n;
	struct bpos	pos;		/* next key is at or after it */
	size_t		i;
	bool		end;
	const struct overlay_key *from_overlay;	/* of the key last returned; NULL: from the node */
	/* Private: next overlay entry, and the overlay's count of changes for which it holds */
	const struct overlay_key *next;
	uint64_t	changes;
	bool		sought;
};
void node_iter_init(struct node_iter *it, struct view *v, const struct node *n);
void node_iter_init_at(struct node_iter *it, struct view *v, const struct node *n, struct bpos start);
bool node_iter_next(struct node_iter *it, struct bkey_s *ret);	/* value valid until the overlay changes or the node is put */

/*
 * Walks the keys of one level of a btree in order, reading ahead. @fn gets the node and the key and may return
 * ARB_E_FLOW codes to stop (returned as they are). Unreadable nodes are reported through @bad (may be NULL: skipped)
 * and skipped. level may be root level + 1: the root pointer itself.
 */
struct walk {
	unsigned	btree, level;
	struct bpos	start, end;	/* both included */
	enum arb_code (*key)(void *arg, const struct node *n, struct bkey_s k);	/* may be NULL */
	enum arb_code (*node)(void *arg, const struct node *n);		/* entering a node of @level; may be NULL */
	enum arb_code (*bad)(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d);
	/*
	 * May be NULL. A leaf in which nothing of the overlay lies and which is wanted whole: asked with @n->content at hand, before
	 * its keys are read. Those of which *ret says so are passed over; neither @node nor @key hears of them.
	 */
	enum arb_code (*skip)(void *arg, const struct node *n, bool *ret);
	void		*arg;
};
enum arb_code view_walk(struct view *v, const struct walk *w, struct arb_error *err);

/*
 * The leaf key at exactly @pos, overlay included; *ret_found tells. Not found as well when a node on the way cannot be read.
 * A failure leaves *ret_found false.
 */
enum arb_code view_lookup(struct view *v, unsigned btree, struct bpos pos, struct bkey_buf *ret, bool *ret_found, struct arb_error *err);
/*
 * The same for many positions of one btree, while nothing changes; best in ascending order: the leaf of one is kept for the next. Empty at
 * first; the caller puts .leaf in the end.
 */
struct view_near {
	struct node_got	leaf;
	struct bpos	from;		/* the position it was looked for */
};
enum arb_code view_lookup_near(struct view *v, unsigned btree, struct bpos pos, struct view_near *near, struct bkey_buf *ret, bool *ret_found,
			       struct arb_error *err);

/*
 * Every node pointer in the reference's listing order (post-order: children before their own pointer), the root's last;
 * @level_min: as the reference's `list -l LEVEL`.
 */
enum arb_code view_walk_nodes(struct view *v, unsigned btree, unsigned level_min,
			      enum arb_code (*fn)(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got),
			      void *arg, struct arb_error *err);

#endif
