/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of damage: one row each, and what each does to the node it is given. */
#include "damage.h"
#include <assert.h>
#include <string.h>

/* ---- pointers in the parent */

static struct damage_node *parent(struct damage *d)
{
	return &d->on[d->level + 1].node.v[damage_target(d)->parent];
}

/* Which child, and what to make of its pointer; .drop leaves it out. */
struct child_change {
	struct bpos	max;		/* of the child meant, as it is now */
	bool		drop;
	const struct btree_ptr *to;
};

static bool change_child(struct btree_ptr *child, const void *arg)
{
	const struct child_change *ch = arg;

	if (!bpos_eq(child->max_key, ch->max))
		return true;
	if (!ch->drop)
		*child = *ch->to;
	return !ch->drop;
}

static enum arb_code set_pointer(struct damage *d, const struct damage_node *n, const struct btree_ptr *to)
{
	struct child_change ch = { .max = n->ptr.max_key, .drop = !to, .to = to };

	return damage_children(d, d->level + 1, parent(d), change_child, &ch);
}

static enum arb_code do_drop(struct damage *d, int wipe)
{
	enum arb_code c = set_pointer(d, damage_target(d), NULL);

	return c || !wipe ? c : damage_wipe(d, damage_target(d), false);
}

enum { PTR_SEQ, PTR_LONGER, PTR_SHORTER, PTR_RANGE };

static enum arb_code do_pointer(struct damage *d, int what)
{
	struct btree_ptr p = damage_target(d)->ptr;
	unsigned block = d->v->geo.block_sectors;
	enum arb_code c = ARB_OK;

	switch (what) {
	case PTR_SEQ:
		p.seq ^= arb_random_u64(&d->random);
		break;
	case PTR_LONGER:
		p.sectors_written = d->v->geo.node_sectors;
		break;
	case PTR_SHORTER:
		p.sectors_written = p.sectors_written > block ? p.sectors_written - block : 0;
		break;
	case PTR_RANGE:		/* takes over what its left neighbour had, without a new header */
		p.min_key = damage_neighbour(d, -1)->ptr.min_key;
		p.range_updated = true;
		c = set_pointer(d, damage_neighbour(d, -1), NULL);
		break;
	}
	if (!c && what == PTR_RANGE)
		node_cache_clear(d->v->cache);
	return c ? c : set_pointer(d, damage_target(d), &p);
}

/* The next pointer leads to the target too. */
static enum arb_code do_twice(struct damage *d, int arg)
{
	const struct damage_node *next = damage_neighbour(d, 1);
	struct btree_ptr p = damage_target(d)->ptr;

	(void)arg;
	p.min_key = next->ptr.min_key;
	p.max_key = next->ptr.max_key;
	p.range_updated = true;
	return set_pointer(d, next, &p);
}

/* ---- the node itself */

struct header_change {
	const struct bpos *min, *max;
	int		seq, btree_step, level_step;	/* seq < 0: as it is */
};

static void change_header(struct node_header *h, const void *arg)
{
	const struct header_change *ch = arg;

	h->min_key = ch->min ? *ch->min : h->min_key;
	h->max_key = ch->max ? *ch->max : h->max_key;
	h->node_seq = ch->seq >= 0 ? (uint32_t)ch->seq : h->node_seq;
	h->btree += ch->btree_step;
	h->level += ch->level_step;
}

enum { HEADER_BTREE, HEADER_LEVEL, HEADER_MIN };

static enum arb_code do_header(struct damage *d, int what)
{
	struct header_change ch = { .seq = -1, .btree_step = what == HEADER_BTREE, .level_step = what == HEADER_LEVEL };
	struct bpos min = damage_target(d)->ptr.min_key;

	bpos_successor(min, &min);
	ch.min = what == HEADER_MIN ? &min : NULL;
	return damage_header(d, d->level, damage_target(d), change_header, &ch);
}

enum { WIPE_ZERO, WIPE_FLIP };

static enum arb_code do_wipe(struct damage *d, int what)
{
	return damage_wipe(d, damage_target(d), what == WIPE_FLIP);
}

static bool no_child(struct btree_ptr *child, const void *arg)
{
	(void)child;
	(void)arg;
	return false;
}

static enum arb_code do_empty(struct damage *d, int arg)
{
	(void)arg;
	return damage_children(d, d->level, damage_target(d), no_child, NULL);
}

/* All children of the root: the target is one of them. */
static enum arb_code do_children_of_root(struct damage *d, int arg)
{
	enum arb_code c = ARB_OK;

	(void)arg;
	for (size_t i = 0; !c && i < d->on[d->level].node.nr; i++)
		c = damage_wipe(d, &d->on[d->level].node.v[i], false);
	return c;
}

/* ---- overlaps */

enum { OVERLAP_PREV = 1, OVERLAP_FULL = 2, OVERLAP_OLDER = 4 };

/* A position inside the node: the middle one of its keys. */
static enum arb_code middle(struct damage *d, const struct damage_node *n, struct bpos *ret)
{
	struct node_got got;
	enum arb_code c = damage_read(d, d->level, n, &got);

	if (c)
		return c;
	*ret = got.node->nr_keys ? got.node->keys[got.node->nr_keys / 2].k.p : n->ptr.min_key;
	node_put(&got);
	return ARB_OK;
}

static enum arb_code node_seq(struct damage *d, const struct damage_node *n, uint32_t *ret)
{
	struct node_got got;
	enum arb_code c = damage_read(d, d->level, n, &got);

	if (c)
		return c;
	*ret = got.node->h.node_seq;
	node_put(&got);
	return ARB_OK;
}

/*
 * The target moves one of its bounds over a neighbour: its max over the right one ("prev" overlaps), or its min over the left
 * one ("next" overlaps). Which of them counts is decided by the node seqs.
 */
static enum arb_code do_overlap(struct damage *d, int how)
{
	bool prev = how & OVERLAP_PREV;
	const struct damage_node *other = damage_neighbour(d, prev ? 1 : -1);
	struct btree_ptr p = damage_target(d)->ptr;
	struct header_change ch = { 0 }, older = { .seq = 5 };
	uint32_t seq = 0;
	struct bpos to;
	enum arb_code c = middle(d, other, &to);

	if (!c)
		c = node_seq(d, other, &seq);
	if (c)
		return c;
	if (how & OVERLAP_FULL)
		to = prev ? other->ptr.max_key : other->ptr.min_key;
	if (prev && (bpos_eq(to, other->ptr.max_key)))
		bpos_predecessor(to, &to);	/* two pointers cannot stand at one place */
	*(prev ? &p.max_key : &p.min_key) = to;
	ch = (struct header_change){ .min = &p.min_key, .max = &p.max_key, .seq = seq + 5 };
	if (how & OVERLAP_OLDER) {
		ch.seq = seq > 1 ? seq - 1 : 1;
		older.seq = ch.seq + 5;
		c = seq > (uint32_t)ch.seq ? ARB_OK : damage_header(d, d->level, other, change_header, &older);
	}
	c = c ? c : damage_header(d, d->level, damage_target(d), change_header, &ch);
	return c ? c : set_pointer(d, damage_target(d), &p);
}

/* ---- roots */

/* The last child must stay inside the root, or its pointer would be a damage of its own. */
static bool pull_last_child(struct btree_ptr *child, const void *arg)
{
	if (bpos_eq(child->max_key, SPOS_MAX)) {
		child->max_key = *(const struct bpos *)arg;
		child->range_updated = true;
	}
	return true;
}

static enum arb_code do_root_bounds(struct damage *d, int max)
{
	struct btree_ptr p = damage_target(d)->ptr;
	struct header_change ch = { .min = &p.min_key, .max = &p.max_key, .seq = -1 };
	enum arb_code c = ARB_OK;

	if (max)
		bpos_predecessor(p.max_key, &p.max_key);
	else
		bpos_successor(p.min_key, &p.min_key);
	if (max && d->level) {
		c = damage_children(d, d->level, damage_target(d), pull_last_child, &p.max_key);
		node_cache_clear(d->v->cache);
	}
	c = c ? c : damage_header(d, d->level, damage_target(d), change_header, &ch);
	return c ? c : damage_root_pointer(d, p.min_key, p.max_key);
}

/* ---- the table */

#define LEAF "BTREE[:LEVEL] [POS|@N]"
#define ROOT "BTREE"
#define HOW(...) &(const struct damage_row){ __VA_ARGS__ }
const struct image_damage image_damages[] = {
	{ "gap-leaf",		LEAF, "the pointer to a leaf is gone from its parent; the leaf is still there",
		HOW(do_drop, 0, NEED_PARENT, 0) },
	{ "gap-interior",	LEAF, "the same for an interior node",
		HOW(do_drop, 0, NEED_PARENT | NEED_INTERIOR, 1) },
	{ "gap-leaf-lost",	LEAF, "the pointer to a leaf is gone, and the leaf too",
		HOW(do_drop, 1, NEED_PARENT, 0) },
	{ "gap-interior-lost",	LEAF, "the same for an interior node",
		HOW(do_drop, 1, NEED_PARENT | NEED_INTERIOR, 1) },
	{ "end-short",		LEAF, "the pointer to the last child of a node is gone",
		HOW(do_drop, 0, NEED_PARENT | NEED_LAST, 0) },
	{ "overlap-prev-part",	LEAF, "a node reaches into its right neighbour and is newer",
		HOW(do_overlap, OVERLAP_PREV, NEED_NEXT, 0) },
	{ "overlap-prev-full",	LEAF, "a node covers its right neighbour and is newer",
		HOW(do_overlap, OVERLAP_PREV | OVERLAP_FULL, NEED_NEXT, 0) },
	{ "overlap-next-part",	LEAF, "a node reaches into its left neighbour and is newer",
		HOW(do_overlap, 0, NEED_PREV, 0) },
	{ "overlap-next-full",	LEAF, "a node covers its left neighbour and is newer",
		HOW(do_overlap, OVERLAP_FULL, NEED_PREV, 0) },
	{ "overlap-prev-part-older", LEAF, "a node reaches into its right neighbour and is older",
		HOW(do_overlap, OVERLAP_PREV | OVERLAP_OLDER, NEED_NEXT, 0) },
	{ "overlap-prev-full-older", LEAF, "a node covers its right neighbour and is older",
		HOW(do_overlap, OVERLAP_PREV | OVERLAP_FULL | OVERLAP_OLDER, NEED_NEXT, 0) },
	{ "overlap-next-part-older", LEAF, "a node reaches into its left neighbour and is older",
		HOW(do_overlap, OVERLAP_OLDER, NEED_PREV, 0) },
	{ "overlap-next-full-older", LEAF, "a node covers its left neighbour and is older",
		HOW(do_overlap, OVERLAP_FULL | OVERLAP_OLDER, NEED_PREV, 0) },
	{ "unreadable-leaf",	LEAF, "all copies of a leaf are zeroes",
		HOW(do_wipe, WIPE_ZERO, 0, 0) },
	{ "unreadable-leaf-csum", LEAF, "one byte of a leaf's keys is wrong, in all copies",
		HOW(do_wipe, WIPE_FLIP, 0, 0) },
	{ "unreadable-interior", LEAF, "all copies of an interior node are zeroes",
		HOW(do_wipe, WIPE_ZERO, NEED_INTERIOR, 1) },
	{ "unreadable-interior-csum", LEAF, "one byte of an interior node's keys is wrong, in all copies",
		HOW(do_wipe, WIPE_FLIP, NEED_INTERIOR, 1) },
	{ "unreadable-root",	ROOT, "all copies of the root are zeroes",
		HOW(do_wipe, WIPE_ZERO, NEED_ROOT, -1) },
	{ "unreadable-root-csum", ROOT, "one byte of the root's keys is wrong, in all copies",
		HOW(do_wipe, WIPE_FLIP, NEED_ROOT, -1) },
	{ "empty-interior",	LEAF, "an interior node has lost all its children",
		HOW(do_empty, 0, NEED_INTERIOR, 1) },
	{ "root-no-child",	ROOT, "all children of the root are zeroes",
		HOW(do_children_of_root, 0, NEED_PARENT, -2) },
	{ "wrong-seq",		LEAF, "the pointer to a node has another seq than the node",
		HOW(do_pointer, PTR_SEQ, NEED_PARENT, 0) },
	{ "wrong-btree-id",	LEAF, "the node says it belongs to another btree",
		HOW(do_header, HEADER_BTREE, 0, 0) },
	{ "wrong-level",	LEAF, "the node says it is on another level",
		HOW(do_header, HEADER_LEVEL, 0, 0) },
	{ "wrong-min",		LEAF, "the range in the node is not the one in the pointer",
		HOW(do_header, HEADER_MIN, 0, 0) },
	{ "sectors-written",	LEAF, "the pointer says more of the node is written than there is",
		HOW(do_pointer, PTR_LONGER, NEED_PARENT, 0) },
	{ "sectors-written-short", LEAF, "the pointer says less of the node is written than there is",
		HOW(do_pointer, PTR_SHORTER, NEED_PARENT, 0) },
	{ "node-twice",		LEAF, "the pointers of two neighbours lead to the same node",
		HOW(do_twice, 0, NEED_NEXT, 0) },
	{ "root-min",		ROOT, "the root does not begin at the first position",
		HOW(do_root_bounds, 0, NEED_ROOT, -1) },
	{ "root-max",		ROOT, "the root does not end at the last position",
		HOW(do_root_bounds, 1, NEED_ROOT, -1) },
	{ "range-updated",	LEAF, "a pointer claims a range that goes beyond its node's header",
		HOW(do_pointer, PTR_RANGE, NEED_PREV, 0) },
};
const size_t image_damages_nr = sizeof(image_damages) / sizeof(image_damages[0]);

/* ---- */

static enum arb_code apply(struct damage *d, size_t row, const char *where)
{
	enum arb_code c = damage_find(d, where, image_damages[row].how);

	if (!c)
		damage_say(d, image_damages[row].name);
	return c ? c : image_damages[row].how->fn(d, image_damages[row].how->arg);
}

static enum arb_code open_view(struct blk **blks, unsigned nr, struct workers *w, struct view **ret, struct arb_error *err)
{
	struct devset_options o = { .degraded = true };
	struct blk *borrowed[SB_MEMBERS_MAX];
	struct devset *devs;
	enum arb_code c = nr && nr <= SB_MEMBERS_MAX ? ARB_OK : arb_fail(err, ARB_E_USAGE, "no device to damage");
	unsigned i = 0;

	for (; !c && i < nr; i++) {
		c = blk_open_write(blks[i], err);
		c = c ? c : blk_borrow_new(blks[i], &borrowed[i], err);
		if (c)
			break;
	}
	if (c) {
		while (i)
			blk_close(borrowed[--i]);
		return c;
	}
	c = devset_open_blk(borrowed, nr, &o, &devs, err);
	if (c)
		return c;
	if (sb_flag_get(devs->best, "ENCRYPTION_TYPE"))
		c = arb_fail(err, ARB_E_ENCRYPTED, "an encrypted filesystem cannot be damaged by name");
	c = c ? c : view_open(devs, w, NULL, ret, err);
	if (c)
		devset_free(devs);
	return c;
}

static void close_view(struct damage *d)
{
	for (unsigned level = 0; level < BTREE_MAX_DEPTH; level++)
		arb_array_free(&d->on[level].node);
	view_free(d->v);
}

enum arb_code image_damage(struct blk **blks, unsigned nr, const char *spec, uint64_t seed, struct arb_buf *done, struct arb_error *err)
{
	struct damage d = { .done = done, .err = err };
	size_t name = strcspn(spec, " "), row = 0;
	struct workers *w;
	enum arb_code c;

	while (row < image_damages_nr && (strncmp(spec, image_damages[row].name, name) || image_damages[row].name[name]))
		row++;
	if (row == image_damages_nr)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no damage of the name %.*s", (int)name, spec);
	c = workers_new(1, &w, err);
	if (c)
		return c;
	arb_random_seed(&d.random, seed);
	c = open_view(blks, nr, w, &d.v, err);
	if (!c) {
		c = apply(&d, row, spec + name);
		close_view(&d);
	}
	workers_free(w);
	for (unsigned i = 0; !c && i < nr; i++)
		c = blk_sync(blks[i], err);
	return c;
}
