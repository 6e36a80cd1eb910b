/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to contents: keys and bsets of a node, copies, superblocks, the journal. */
#include "damage_do.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

/* ---- keys */

static void swap_keys(struct bkey_s *keys, size_t at)
{
	struct bkey_s k = keys[at];

	keys[at] = keys[at + 1];
	keys[at + 1] = k;
}

/* The one at the position that was asked for, or the middle one. */
static enum arb_code lose_one(struct damage *d, struct bkey_s *keys, size_t *nr)
{
	size_t at = d->any_node || bpos_eq(d->pos, SPOS_MAX) ? *nr / 2 : 0;

	while (at < *nr && !d->any_node && !bpos_eq(d->pos, SPOS_MAX) && !bpos_eq(keys[at].k.p, d->pos))
		at++;
	if (at == *nr)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "there is no key at that position");
	memmove(keys + at, keys + at + 1, (--*nr - at) * sizeof(*keys));
	return ARB_OK;
}

static enum arb_code change_keys(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg)
{
	size_t at = *nr / 2;

	if (*nr < 3)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the node has too few keys for this damage");
	switch (*(const int *)arg) {
	case KEYS_SWAPPED:
		swap_keys(keys, at);
		break;
	case KEYS_TWICE:		/* the next key gives way, so that the node stays as long */
		keys[at + 1] = keys[at];
		break;
	case KEYS_BAD_SIZE:		/* extents must have a size, others must not */
		keys[at].k.size = keys[at].k.size ? 0 : 8;
		break;
	case KEYS_MISSING:
		*nr = at;
		break;
	case KEYS_ONE_MISSING:
		return lose_one(d, keys, nr);
	}
	return ARB_OK;
}

enum arb_code damage_do_keys(struct damage *d, int what)
{
	return damage_keys(d, d->level, damage_target(d), change_keys, &what);
}

/* ---- bsets */

enum arb_code damage_do_bset(struct damage *d, int what)
{
	const struct node_bset *last;
	struct node_got got;
	uint8_t *raw;
	size_t bytes;
	enum arb_code c = damage_read(d, d->level, damage_target(d), &got);

	if (c)
		return c;
	last = &got.node->bsets[got.node->nr_bsets - 1];
	bytes = (size_t)got.node->sectors_read << 9;
	raw = malloc(bytes);
	if (raw && got.node->raw_bytes >= bytes) {
		memcpy(raw, got.node->raw, bytes);
		if (what == BSET_FLIP)
			raw[last->keys_offset + 3] ^= 0x5a;
		else
			le16_put(raw + last->keys_offset - 2, UINT16_MAX);	/* u64s ends the header */
		c = damage_write(d, &damage_target(d)->ptr, raw, bytes);
	} else {
		c = arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
	}
	free(raw);
	node_put(&got);
	return c;
}

/* ---- whole nodes */

enum arb_code damage_do_one_copy(struct damage *d, int arg)
{
	struct damage_node one = *damage_target(d);

	(void)arg;
	if (one.ptr.nr_ptrs < 2)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the node has only one copy");
	one.ptr.nr_ptrs = 1;
	return damage_wipe(d, &one, false);
}

enum arb_code damage_do_btree_lost(struct damage *d, int arg)
{
	enum arb_code c = ARB_OK;

	(void)arg;
	for (unsigned level = d->level; level <= d->root_level; level++)
		for (size_t i = 0; !c && i < d->on[level].node.nr; i++)
			c = damage_wipe(d, &d->on[level].node.v[i], false);
	return c;
}

/* Buckets that an alloc key names, a bit each. */
struct used { uint8_t *bit; uint64_t nbuckets; unsigned dev; };

static enum arb_code mark_used(void *arg, const struct node *n, struct bkey_s k)
{
	struct used *u = arg;

	(void)n;
	if (k.k.p.inode == u->dev && k.k.p.offset < u->nbuckets)
		u->bit[k.k.p.offset / 8] |= 1u << k.k.p.offset % 8;
	return ARB_OK;
}

/* In the last one of them. */
enum arb_code damage_free_place(struct damage *d, unsigned dev, uint64_t *ret)
{
	const struct member_geometry *m = &d->v->geo.member[dev];
	struct used u = { .bit = calloc(m->nbuckets / 8 + 1, 1), .nbuckets = m->nbuckets, .dev = dev };
	struct walk w = { .btree = BTREE_alloc, .end = SPOS_MAX, .key = mark_used, .arg = &u };
	enum arb_code c = u.bit ? view_walk(d->v, &w, d->err) : arb_fail(d->err, ARB_E_NOMEM,
									 "no memory for the buckets");
	uint64_t bucket = m->nbuckets;

	while (!c && bucket && u.bit[(bucket - 1) / 8] >> (bucket - 1) % 8 & 1)
		bucket--;
	free(u.bit);
	if (!c && !bucket)
		c = arb_fail(d->err, ARB_E_NO_ROOM, "no bucket is free");
	*ret = (bucket - 1) * m->bucket_size;
	return c;
}

/* Where the keys of the first bset are cut so that the first quarter of its words stays. */
static unsigned quarter_of(const uint8_t *keys, unsigned u64s)
{
	unsigned to = 0;

	while (to < u64s / 4 && keys[8 * to])
		to += keys[8 * to];
	return to < u64s ? to : u64s;
}

/* What becomes of the first bset of the node, as the whole of another one. @raw has been zeroed. */
static void make_version(struct damage *d, uint8_t *raw, const struct node *n, int what)
{
	struct node_header h = n->h;
	size_t bytes;

	if (what == VERSION_POORER)
		h.bset.u64s = quarter_of(n->raw + NODE_HEADER_BYTES, h.bset.u64s);
	bytes = NODE_HEADER_BYTES + 8 * (size_t)h.bset.u64s;
	memcpy(raw, n->raw, bytes);
	if (what == VERSION_NEWER)
		h.node_seq += 3;
	else
		h.bset.seq = arb_random_u64(&d->random);
	node_header_put(raw, &h);
	csum_put(raw, csum_compute(h.bset.csum_type, raw + 16, bytes - 16));
}

static void age(struct node_header *h, const void *arg)
{
	(void)arg;
	h->node_seq += 3;
}

/* Another version of the node, which nothing refers to, in a free bucket: a newer one, and the node itself becomes unreadable; or an older one. */
enum arb_code damage_do_version(struct damage *d, int what)
{
	struct damage_node copy = *damage_target(d);
	struct node_got got;
	uint64_t sector = 0;
	uint8_t *raw;
	enum arb_code c = damage_read(d, d->level, damage_target(d), &got);

	if (c)
		return c;
	raw = calloc(1, (size_t)d->v->geo.node_sectors << 9);
	c = raw ? damage_free_place(d, copy.ptr.ptr[0].dev, &sector) : arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
	if (!c) {
		make_version(d, raw, got.node, what);
		copy.ptr.nr_ptrs = 1;
		copy.ptr.ptr[0].sector = sector;
		c = damage_write(d, &copy.ptr, raw, (size_t)d->v->geo.node_sectors << 9);
		c = c ? c : damage_bitmap_know(d, &copy.ptr);
	}
	free(raw);
	node_put(&got);
	if (c)
		return c;
	return what == VERSION_NEWER ? damage_wipe(d, damage_target(d), false) : damage_header(d, d->level, damage_target(d), age, NULL);
}

/* ---- the journal */

static enum arb_code change_entry(struct damage *d, const struct journal_copy *copy, bool lose)
{
	struct blk *b = d->v->devs->dev[copy->dev]->blk;
	uint64_t at = (copy->bucket * d->v->geo.member[copy->dev].bucket_size + copy->offset) << 9;
	size_t bytes = (size_t)copy->sectors << 9;
	uint8_t *raw = calloc(1, bytes);
	struct jset_header h;
	enum arb_code c = raw ? ARB_OK : arb_fail(d->err, ARB_E_NOMEM, "no memory for a journal entry");

	if (!c && !lose) {
		c = blk_read(b, at, raw, bytes, d->err);
		fmt_put(fmt_field(&fmt_jset, "NO_FLUSH"), raw, 1);
		fmt_put(fmt_field(&fmt_jset, "last_seq"), raw, 0);
		h = jset_header_get(raw);
		if (jset_bytes(&h) <= bytes)
			csum_put(raw, csum_compute(h.csum_type, raw + 16, jset_bytes(&h) - 16));
	}
	c = c ? c : blk_write(b, at, raw, bytes, d->err);
	free(raw);
	return c;
}

/* What the journal's buckets hold is no entry any more, or none that ends a flush. */
static enum arb_code change_all_entries(struct damage *d, struct journal *j, bool lose)
{
	enum arb_code c = ARB_OK;

	for (size_t i = 0; !c && i < j->copies.nr; i++)
		if (j->copies.v[i].csum_ok)
			c = change_entry(d, &j->copies.v[i], lose);
	return c;
}

/* The newest entry that is replayed (or that a clean shutdown left), or the one before it, gets a wrong byte, is gone, or has lost a sector in its middle. */
enum arb_code damage_do_journal(struct damage *d, int what)
{
	struct journal *j = d->v->journal;
	const struct journal_entry *e;
	bool newest = what == JOURNAL_DAMAGE_NEWEST || what == JOURNAL_DAMAGE_TORN;
	uint64_t seq = newest ? j->replay_last : j->replay_last - 1;
	uint8_t block[512] = { 0 };
	enum arb_code c = journal_index(j, d->v->devs, &d->v->geo, d->v->workers, d->err);

	if (c)
		return c;
	if (what == JOURNAL_DAMAGE_LOST || what == JOURNAL_DAMAGE_NO_FLUSH)
		return change_all_entries(d, j, what == JOURNAL_DAMAGE_LOST);
	e = journal_find(j, seq);
	if (!e || (!newest && (j->clean || seq < j->replay_first)))
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the journal has no such entry that would be replayed");
	for (unsigned i = 0; !c && i < e->nr_copies; i++) {
		const struct journal_copy *copy = &j->copies.v[e->first_copy + i];
		struct blk *b = d->v->devs->dev[copy->dev]->blk;
		uint64_t at = (copy->bucket * d->v->geo.member[copy->dev].bucket_size + copy->offset) << 9;

		at += what == JOURNAL_DAMAGE_TORN ? (uint64_t)copy->sectors / 2 << 9 : 0;
		if (what == JOURNAL_DAMAGE_NEWEST || what == JOURNAL_DAMAGE_OLDER) {
			c = blk_read(b, at, block, sizeof(block), d->err);
			block[JSET_HEADER_BYTES + 20] ^= 0x5a;
		}
		c = c ? c : blk_write(b, at, block, sizeof(block), d->err);
	}
	if (d->done)
		arb_buf_printf(d->done, "journal entry %llu, %u copies\n", (unsigned long long)seq, e->nr_copies);
	return c;
}

static enum arb_code copy_entry(struct damage *d, const struct journal_copy *from, uint64_t to_bucket)
{
	struct blk *b = d->v->devs->dev[from->dev]->blk;
	uint32_t bucket_size = d->v->geo.member[from->dev].bucket_size;
	size_t bytes = (size_t)from->sectors << 9;
	uint8_t *raw = malloc(bytes);
	enum arb_code c = raw ? ARB_OK : arb_fail(d->err, ARB_E_NOMEM, "no memory for a journal entry");

	c = c ? c : blk_read(b, (from->bucket * bucket_size + from->offset) << 9, raw, bytes, d->err);
	c = c ? c : blk_write(b, to_bucket * bucket_size << 9, raw, bytes, d->err);
	free(raw);
	return c;
}

/* The newest entry that is replayed, in a bucket of the ring that has none. */
enum arb_code damage_do_journal_twice(struct damage *d, int arg)
{
	struct journal *j = d->v->journal;
	enum arb_code c = journal_index(j, d->v->devs, &d->v->geo, d->v->workers, d->err);
	const struct journal_entry *e = c ? NULL : journal_find(j, j->replay_last);
	const struct journal_copy *copy = e ? &j->copies.v[e->best_copy] : NULL;
	const struct journal_device *ring = copy ? &j->dev[copy->dev] : NULL;

	(void)arg;
	if (c)
		return c;
	for (size_t i = 0; ring && i < ring->nr; i++) {
		if (ring->bucket_seq[i])
			continue;
		if (d->done)
			arb_buf_printf(d->done, "journal entry %llu, in bucket %llu, too\n", (unsigned long long)e->seq,
				       (unsigned long long)ring->buckets[i]);
		return copy_entry(d, copy, ring->buckets[i]);
	}
	return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "the journal has no entry, or no bucket without one");
}

enum arb_code damage_do_root_entry(struct damage *d, int unnamed)
{
	return damage_root_lost(d, unnamed);
}
