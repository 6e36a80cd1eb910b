/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From sorted keys to btree nodes: how many nodes on each level, where they lie, which range each has, and writing them.
 * Keys are spread evenly over the leaves. A btree never gives nodes back while it is planned, so that planning the
 * btrees that describe the nodes comes to an end.
 */
#include "builder.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/btree/node_write.h"

enum { BPTR_KEY_BYTES = 8 * (BKEY_U64s + 5 + IMAGE_REPLICAS_MAX) };

/* Bytes of keys a node takes. Every further bset costs a header, a block's padding, and the keys it holds a second time. */
static size_t node_room(const struct builder *b)
{
	size_t room = (size_t)b->geo.node_sectors * 512 - NODE_HEADER_BYTES - 64;
	size_t more = b->o->bsets > 1 ? (b->o->bsets - 1) * (NODE_ENTRY_BYTES + ((size_t)b->geo.block_sectors << 9)) : 0;

	return more + 1024 < room ? (room - more) * (more ? 3 : 4) / 4 : 1024;
}

static bool wants_shape(unsigned btree)
{
	return btree == BTREE_extents || btree == BTREE_inodes || btree == BTREE_dirents || btree == BTREE_alloc;
}

/* Keys a leaf takes: as many of the longest as fit, or what was asked for. */
static size_t leaf_keys(const struct builder *b, unsigned btree)
{
	const struct image_keys *keys = &b->btree[btree].keys;
	size_t longest = 64, n;

	for (size_t i = 0; i < keys->list.nr; i++)
		if (8u * keys->list.v[i].k.u64s > longest)
			longest = 8u * keys->list.v[i].k.u64s;
	n = node_room(b) / longest;
	if (wants_shape(btree) && b->o->keys_per_leaf && b->o->keys_per_leaf < n)
		n = b->o->keys_per_leaf;
	return n ? n : 1;
}

static size_t node_children(const struct builder *b, unsigned btree)
{
	size_t n = node_room(b) / BPTR_KEY_BYTES;

	if (wants_shape(btree) && b->o->fanout && b->o->fanout < n)
		n = b->o->fanout;
	return n < 2 ? 2 : n;
}

/* Brings a level up to @nr nodes. */
static enum arb_code level_grow(struct builder *b, unsigned btree, unsigned level, size_t nr, bool *grown)
{
	struct image_btree *t = &b->btree[btree];

	while (t->level[level].node.nr < nr) {
		struct image_node *n = arb_array_push(&t->level[level].node);
		enum arb_code c = n ? image_space_alloc(b, DATA_btree, b->replicas, b->geo.node_sectors,
							n->ptr.ptr) : image_no_memory(b);

		if (c)
			return c;
		n->ptr.is_v2 = b->o->types < 2 || t->level[level].node.nr % 3;	/* the first form has neither seq nor range */
		n->ptr.nr_ptrs = b->replicas;
		n->ptr.seq = arb_random_u64(&b->random);
		*grown = true;
	}
	return ARB_OK;
}

enum arb_code image_btree_plan(struct builder *b, unsigned btree, bool *grown)
{
	struct image_btree *t = &b->btree[btree];
	unsigned min_depth = wants_shape(btree) && b->o->min_depth ? b->o->min_depth : 1;
	size_t nr = t->keys.list.nr, per = leaf_keys(b, btree);

	if (!nr && !t->depth)
		return ARB_OK;
	for (unsigned level = 0; level < BTREE_MAX_DEPTH; level++) {
		enum arb_code c;

		nr = nr ? (nr + per - 1) / per : 1;
		c = level_grow(b, btree, level, nr, grown);
		if (c)
			return c;
		if (level + 1 > t->depth)
			t->depth = level + 1;
		nr = t->level[level].node.nr;
		if (nr == 1 && level + 1 >= min_depth && level + 1 >= t->depth)
			return ARB_OK;
		per = node_children(b, btree);
	}
	return arb_fail(b->err, ARB_E_BAD_ARGUMENT, "btree %s would need more than %u levels", btree_info(btree)->name,
			BTREE_MAX_DEPTH);
}

static struct bpos after(struct bpos p)
{
	struct bpos next = SPOS_MAX;

	bpos_successor(p, &next);
	return next;
}

/* Spreads @below things evenly over the nodes of a level. */
static void spread(struct image_btree *t, unsigned level, size_t below)
{
	size_t nr = t->level[level].node.nr;

	for (size_t i = 0; i < nr; i++) {
		struct image_node *n = &t->level[level].node.v[i];

		n->first = below * i / nr;
		n->nr = below * (i + 1) / nr - n->first;
	}
}

void image_btree_ranges(struct builder *b, unsigned btree)
{
	struct image_btree *t = &b->btree[btree];
	size_t below = t->keys.list.nr;

	for (unsigned level = 0; level < t->depth; level++) {
		struct bpos min = POS_MIN;

		spread(t, level, below);
		below = t->level[level].node.nr;
		for (size_t i = 0; i < below; i++) {
			struct image_node *n = &t->level[level].node.v[i];
			size_t last = n->first + n->nr - 1;

			n->ptr.min_key = min;
			n->ptr.max_key = i + 1 == below ? SPOS_MAX :
				level ? t->level[level - 1].node.v[last].ptr.max_key : t->keys.list.v[last].k.p;
			min = after(n->ptr.max_key);
		}
	}
}

static enum arb_code node_put_on_devices(struct builder *b, const struct btree_ptr *ptr, const uint8_t *raw,
					 unsigned sectors)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < ptr->nr_ptrs; i++)
		c = blk_write(b->dev[ptr->ptr[i].dev].blk, ptr->ptr[i].sector << 9, raw, (size_t)sectors << 9, b->err);
	return c;
}

/* The keys of bset @i of a node: they take turns; the first one holds some of the others' too, to be overwritten. */
static size_t pick(const struct bkey_s *keys, size_t nr, unsigned i, unsigned bsets, struct bkey_s *to)
{
	size_t n = 0;

	for (size_t k = 0; k < nr; k++)
		if (k % bsets == i || (!i && k % 5 == 0))
			to[n++] = keys[k];
	return n;
}

/* The keys of a node, in as many bsets as were asked for and as there are keys for. */
static enum arb_code encode(struct builder *b, const struct node_spec *s, const struct bkey_s *keys, size_t nr,
			    uint8_t **raw,
			    unsigned *sectors)
{
	unsigned bsets = b->o->bsets > nr ? nr : b->o->bsets;
	struct node_spec first = *s;
	struct bkey_s *part;
	enum arb_code c;

	if (bsets < 2)
		return node_encode(&b->geo, s, keys, nr, raw, sectors, b->err);
	first.journal_seq -= bsets - 1;
	part = calloc(nr, sizeof(*part));
	if (!part)
		return image_no_memory(b);
	c = node_encode(&b->geo, &first, part, pick(keys, nr, 0, bsets, part), raw, sectors, b->err);
	for (unsigned i = 1; !c && i < bsets; i++)
		c = node_encode_append(&b->geo, s, *raw, sectors, IMAGE_JOURNAL_SEQ - (bsets - 1 - i), part,
				       pick(keys, nr, i, bsets, part), b->err);
	free(part);
	return c;
}

/*
 * What was written and never became part of the filesystem: the power went before the journal entry was complete. Here it deletes
 * all keys, and nobody may read it: the pointer does not count it, and its entry is blacklisted.
 */
static void append_blacklisted(struct builder *b, const struct node_spec *s, const struct bkey_s *keys, size_t nr, uint8_t *raw,
			       unsigned *sectors)
{
	struct bkey_s *gone = calloc(nr, sizeof(*gone));

	for (size_t i = 0; gone && i < nr; i++)
		gone[i].k = (struct bkey){ .p = keys[i].k.p, .u64s = BKEY_U64s, .type = KEY_deleted };
	if (gone)	/* no room: this leaf has none */
		node_encode_append(&b->geo, s, raw, sectors, IMAGE_BLACKLIST_START + 1, gone, nr, NULL);
	free(gone);
}

static enum arb_code node_write(struct builder *b, unsigned btree, unsigned level, struct image_node *n,
				const struct bkey_s *keys)
{
	struct node_spec s = {
		.btree = btree, .level = level, .node_seq = 1, .cookie = n->ptr.seq, .min = n->ptr.min_key, .max = n->ptr.max_key,
		.journal_seq = IMAGE_JOURNAL_SEQ, .version = b->geo.version, .csum_type = b->geo.meta_csum,
	};
	uint8_t *raw = NULL;
	unsigned sectors;
	enum arb_code c = encode(b, &s, keys, n->nr, &raw, &sectors);

	if (!c) {
		n->ptr.sectors_written = sectors;
		if (b->o->blacklists && !level && n->nr)
			append_blacklisted(b, &s, keys, n->nr, raw, &sectors);
		c = node_put_on_devices(b, &n->ptr, raw, sectors);
	}
	free(raw);
	return c;
}

/* The pointers to the children of @n, as keys; both arrays belong to the caller. */
static bool child_keys(struct image_btree *t, unsigned level, const struct image_node *n, struct bkey_buf **bufs,
		       struct bkey_s **keys)
{
	*bufs = calloc(n->nr + 1, sizeof(**bufs));
	*keys = calloc(n->nr + 1, sizeof(**keys));
	if (!*bufs || !*keys)
		return false;
	for (size_t i = 0; i < n->nr; i++) {
		btree_ptr_put(&(*bufs)[i], &t->level[level - 1].node.v[n->first + i].ptr);
		(*keys)[i] = bkey_buf_s(&(*bufs)[i]);
	}
	return true;
}

static enum arb_code interior_write(struct builder *b, unsigned btree, unsigned level, struct image_node *n)
{
	struct bkey_buf *bufs = NULL;
	struct bkey_s *keys = NULL;
	enum arb_code c = child_keys(&b->btree[btree], level, n, &bufs, &keys) ?
		node_write(b, btree, level, n, keys) : image_no_memory(b);

	free(bufs);
	free(keys);
	return c;
}

enum arb_code image_btree_write(struct builder *b, unsigned btree)
{
	struct image_btree *t = &b->btree[btree];
	enum arb_code c = ARB_OK;

	for (unsigned level = 0; level < t->depth; level++)
		for (size_t i = 0; !c && i < t->level[level].node.nr; i++) {
			struct image_node *n = &t->level[level].node.v[i];

			c = level ? interior_write(b, btree, level, n) : node_write(b, btree, 0, n, n->nr ? t->keys.list.v + n->first : NULL);
		}
	return c;
}

bool image_btree_root(const struct builder *b, unsigned btree, struct bkey_buf *ret, unsigned *ret_level)
{
	const struct image_btree *t = &b->btree[btree];

	if (!t->depth)
		return false;
	*ret_level = t->depth - 1;
	btree_ptr_put(ret, &t->level[t->depth - 1].node.v[0].ptr);
	return true;
}

uint64_t image_btree_nodes(const struct builder *b, unsigned btree)
{
	uint64_t nr = 0;

	for (unsigned level = 0; level < b->btree[btree].depth; level++)
		nr += b->btree[btree].level[level].node.nr;
	return nr;
}
