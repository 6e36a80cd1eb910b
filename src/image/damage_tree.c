/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to the shape of a tree: pointers, ranges, headers, whole nodes. */
#include "damage_do.h"
#include <stdlib.h>
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

enum arb_code damage_do_drop(struct damage *d, int wipe)
{
	enum arb_code c = set_pointer(d, damage_target(d), NULL);

	return c || !wipe ? c : damage_wipe(d, damage_target(d), false);
}

enum arb_code damage_do_pointer(struct damage *d, int what)
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
	case PTR_REDIRECTED:	/* there is no node */
		for (unsigned i = 0; !c && i < p.nr_ptrs; i++)
			c = damage_free_place(d, p.ptr[i].dev, &p.ptr[i].sector);
		break;
	}
	if (!c && what == PTR_RANGE)
		node_cache_clear(d->v->cache);
	return c ? c : set_pointer(d, damage_target(d), &p);
}

/* The next pointer leads to the target too. */
/* In a bucket of the ring that has no entry, from the end: as far as possible from the next ones. */
static enum arb_code journal_place(struct damage *d, unsigned dev, uint64_t *ret)
{
	const struct journal_device *ring = &d->v->journal->dev[dev];

	for (size_t i = ring->nr; i--;)
		if (!ring->bucket_seq[i]) {
			*ret = ring->buckets[i] * d->v->geo.member[dev].bucket_size;
			return ARB_OK;
		}
	return arb_fail(d->err, ARB_E_NO_ROOM, "no bucket of the journal is unused");
}

enum arb_code damage_do_in_journal(struct damage *d, int arg)
{
	struct btree_ptr p = damage_target(d)->ptr;
	size_t bytes = (size_t)d->v->geo.node_sectors << 9;
	struct blk *from = d->v->devs->dev[p.ptr[0].dev]->blk;
	uint64_t at = p.ptr[0].sector << 9;
	uint8_t *raw = malloc(bytes);
	enum arb_code c = raw ? journal_index(d->v->journal, d->v->devs, &d->v->geo, d->v->workers, d->err) :
				arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");

	(void)arg;
	c = c ? c : blk_read(from, at, raw, bytes, d->err);
	for (unsigned i = 0; !c && i < p.nr_ptrs; i++)
		c = journal_place(d, p.ptr[i].dev, &p.ptr[i].sector);
	c = c ? c : damage_write(d, &p, raw, bytes);
	free(raw);
	return c ? c : set_pointer(d, damage_target(d), &p);
}

enum arb_code damage_do_twice(struct damage *d, int arg)
{
	const struct damage_node *next = damage_neighbour(d, 1);
	struct btree_ptr p = damage_target(d)->ptr;

	(void)arg;
	p.min_key = next->ptr.min_key;
	p.max_key = next->ptr.max_key;
	p.range_updated = true;
	return set_pointer(d, next, &p);
}

/* The pointer stands twice in its parent. */
static enum arb_code double_pointer(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg)
{
	size_t at = 0;

	(void)arg;
	while (at < *nr && !bpos_eq(keys[at].k.p, damage_target(d)->ptr.max_key))
		at++;
	if (at == *nr)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the pointer does not stand in its parent");
	memmove(keys + at + 1, keys + at, (*nr - at) * sizeof(*keys));
	++*nr;
	return ARB_OK;
}

enum arb_code damage_do_doubled(struct damage *d, int arg)
{
	(void)arg;
	return damage_keys(d, d->level + 1, parent(d), double_pointer, NULL);
}

struct crossed { struct btree_ptr a, b; };

/* Ranges stay, places change. */
static bool cross(struct btree_ptr *child, const void *arg)
{
	const struct crossed *x = arg;
	struct bpos min = child->min_key, max = child->max_key;
	bool a = bpos_eq(max, x->a.max_key);

	if (a || bpos_eq(max, x->b.max_key))
		*child = a ? x->b : x->a;
	child->min_key = min;
	child->max_key = max;
	return true;
}

enum arb_code damage_do_crossed(struct damage *d, int arg)
{
	struct crossed x = { damage_target(d)->ptr, damage_neighbour(d, 1)->ptr };

	(void)arg;
	return damage_children(d, d->level + 1, parent(d), cross, &x);
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

enum arb_code damage_do_header(struct damage *d, int what)
{
	struct header_change ch = { .seq = -1, .btree_step = what == HEADER_BTREE, .level_step = what == HEADER_LEVEL };
	struct bpos min = damage_target(d)->ptr.min_key, max = damage_target(d)->ptr.max_key;

	bpos_successor(min, &min);
	bpos_predecessor(max, &max);
	ch.min = what == HEADER_MIN ? &min : NULL;
	ch.max = what == HEADER_MAX ? &max : NULL;
	return damage_header(d, d->level, damage_target(d), change_header, &ch);
}

enum arb_code damage_do_wipe(struct damage *d, int what)
{
	return damage_wipe(d, damage_target(d), what == WIPE_FLIP);
}

static bool no_child(struct btree_ptr *child, const void *arg)
{
	(void)child;
	(void)arg;
	return false;
}

enum arb_code damage_do_empty(struct damage *d, int arg)
{
	(void)arg;
	return damage_children(d, d->level, damage_target(d), no_child, NULL);
}

/* All children of the root: the target is one of them. */
enum arb_code damage_do_children_of_root(struct damage *d, int arg)
{
	enum arb_code c = ARB_OK;

	(void)arg;
	for (size_t i = 0; !c && i < d->on[d->level].node.nr; i++)
		c = damage_wipe(d, &d->on[d->level].node.v[i], false);
	return c;
}

/* ---- overlaps */

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
enum arb_code damage_do_overlap(struct damage *d, int how)
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

enum arb_code damage_do_root_bounds(struct damage *d, int max)
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

/* ---- to nodes that belong elsewhere */

/* The root of the next btree that has one with as many copies. */
static const struct bkey_buf *foreign_root(const struct damage *d)
{
	for (unsigned i = 1; i < BTREE_ID_NR; i++) {
		const struct btree_root *r = &d->v->roots[(d->btree + i) % BTREE_ID_NR];

		if (r->exists && !r->lost && !r->fake && r->key.k.u64s == d->v->roots[d->btree].key.k.u64s)
			return &r->key;
	}
	return NULL;
}

enum arb_code damage_do_root_redirected(struct damage *d, int what)
{
	struct bkey_buf own;

	btree_ptr_put(&own, &damage_target(d)->ptr);
	return damage_root_to(d, what == ROOT_TO_FOREIGN ? foreign_root(d) : &own);
}

enum arb_code damage_do_foreign(struct damage *d, int arg)
{
	const struct bkey_buf *k = foreign_root(d);
	struct btree_ptr p;

	(void)arg;
	if (!k || !btree_ptr_get(bkey_buf_s(k), &p))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no other btree");
	p.min_key = damage_target(d)->ptr.min_key;
	p.max_key = damage_target(d)->ptr.max_key;
	return set_pointer(d, damage_target(d), &p);
}
