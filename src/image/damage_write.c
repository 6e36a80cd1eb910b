/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing nodes and root pointers where they lie, with right checksums unless the damage is to have a wrong one ("/raw"). */
#include "damage.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/btree/node_write.h"

enum arb_code damage_read(struct damage *d, unsigned level, const struct damage_node *n, struct node_got *ret)
{
	struct bkey_buf key;
	enum arb_code c;

	btree_ptr_put(&key, &n->ptr);
	c = view_node(d->v, d->btree, level, bkey_buf_s(&key), ret, d->err);
	if (!c && !ret->node) {
		node_put(ret);
		c = arb_fail(d->err, ARB_E_CONTENT, "the node to change cannot be read");
	}
	return c;
}

enum arb_code damage_write(struct damage *d, const struct btree_ptr *p, const uint8_t *raw, size_t bytes)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < p->nr_ptrs; i++) {
		struct device *dev = p->ptr[i].dev < SB_MEMBERS_MAX ? d->v->devs->dev[p->ptr[i].dev] : NULL;

		if (dev)
			c = blk_write(dev->blk, p->ptr[i].sector << 9, raw, bytes, d->err);
	}
	return c;
}

enum arb_code damage_header(struct damage *d, unsigned level, const struct damage_node *n,
			    void (*change)(struct node_header *h, const void *arg), const void *arg)
{
	struct node_header h;
	struct node_got got;
	uint8_t *raw;
	size_t bytes;
	enum arb_code c = damage_read(d, level, n, &got);

	if (c)
		return c;
	h = node_header_get(got.node->raw);
	bytes = NODE_HEADER_BYTES + 8 * (size_t)h.bset.u64s;
	raw = malloc(bytes);
	if (raw) {
		memcpy(raw, got.node->raw, bytes);
		change(&h, arg);
		node_header_put(raw, &h);
		if (!d->change.raw)
			csum_put(raw, csum_compute(h.bset.csum_type, raw + 16, bytes - 16));
		c = damage_write(d, &n->ptr, raw, bytes);
	}
	node_put(&got);
	free(raw);
	return raw ? c : arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
}

/* ---- interior nodes */

struct children {
	struct bkey_buf	*buf;
	struct bkey_s	*key;
	size_t		nr;
};

static void children_free(struct children *ch)
{
	free(ch->buf);
	free(ch->key);
}

static enum arb_code children_get(struct damage *d, const struct node *n, struct children *ch,
				  bool (*change)(struct btree_ptr *child, const void *arg), const void *arg)
{
	ch->buf = calloc(n->nr_keys + 1, sizeof(*ch->buf));
	ch->key = calloc(n->nr_keys + 1, sizeof(*ch->key));
	if (!ch->buf || !ch->key)
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
	for (size_t i = 0; i < n->nr_keys; i++) {
		struct btree_ptr child;

		if (!btree_ptr_get(node_key(n, i), &child) || !change(&child, arg))
			continue;
		btree_ptr_put(&ch->buf[ch->nr], &child);
		ch->key[ch->nr] = bkey_buf_s(&ch->buf[ch->nr]);
		ch->nr++;
	}
	return ARB_OK;
}

static bool taken(const struct children *ch, struct bpos p)
{
	for (size_t i = 0; i < ch->nr; i++)
		if (bpos_eq(ch->key[i].k.p, p))
			return true;
	return false;
}

/* A place in the node's range where no key stands, and where a key of that btree may stand. */
static struct bpos free_place(const struct node *n, const struct children *ch)
{
	struct bpos p = n->h.min_key;

	if (!n->level)
		p.snapshot = btree_info(n->btree)->flags & BTREE_SNAPSHOTS ? UINT32_MAX : 0;
	while (taken(ch, p) || bpos_lt(p, n->h.min_key)) {
		if (n->level)
			bpos_successor(p, &p);
		else
			p.offset++;
	}
	return p;
}

/*
 * The pointer to the node tells its length, and stands in another node. So the new contents are made as long as the old
 * ones with bsets that hold a deletion of nothing each.
 */
static enum arb_code encode_same_length(struct damage *d, const struct node *n, const struct children *ch, uint8_t **raw)
{
	struct node_spec s = {
		.btree = n->btree, .level = n->level, .node_seq = n->h.node_seq, .cookie = n->h.bset.seq, .min = n->h.min_key,
		.max = n->h.max_key, .journal_seq = n->max_journal_seq, .version = n->h.bset.version, .csum_type = n->h.bset.csum_type,
	};
	struct bkey_s nothing = { .k = { .p = free_place(n, ch), .u64s = BKEY_U64s, .type = KEY_deleted } };
	unsigned want = n->ptr.sectors_written ? n->ptr.sectors_written : n->sectors_read, sectors;
	enum arb_code c = node_encode(&d->v->geo, &s, ch->key, ch->nr, raw, &sectors, d->err);

	while (!c && sectors < want)
		c = node_encode_append(&d->v->geo, &s, *raw, &sectors, s.journal_seq, &nothing, 1, d->err);
	if (!c && sectors != want)
		c = arb_fail(d->err, ARB_E_NO_ROOM, "the changed node would be longer than its pointer says");
	return c;
}

static enum arb_code write_anew(struct damage *d, const struct damage_node *n, const struct node *old, uint8_t *raw)
{
	if (d->change.raw)
		memcpy(raw, old->raw, sizeof(struct csum));
	return damage_write(d, &n->ptr, raw, (size_t)d->v->geo.node_sectors << 9);
}

enum arb_code damage_children(struct damage *d, unsigned level, const struct damage_node *n,
			      bool (*change)(struct btree_ptr *child, const void *arg), const void *arg)
{
	struct children ch = { 0 };
	struct node_got got;
	uint8_t *raw = NULL;
	enum arb_code c = damage_read(d, level, n, &got);

	if (c)
		return c;
	c = children_get(d, got.node, &ch, change, arg);
	c = c ? c : encode_same_length(d, got.node, &ch, &raw);
	c = c ? c : write_anew(d, n, got.node, raw);
	free(raw);
	children_free(&ch);
	node_put(&got);
	return c;
}

enum arb_code damage_keys(struct damage *d, unsigned level, const struct damage_node *n,
			  enum arb_code (*change)(struct damage *d, struct bkey_s *keys, size_t *nr,
						  const void *arg), const void *arg)
{
	struct children ch = { 0 };
	struct node_got got;
	uint8_t *raw = NULL;
	enum arb_code c = damage_read(d, level, n, &got);

	if (c)
		return c;
	ch.key = calloc(got.node->nr_keys + 1, sizeof(*ch.key));
	if (!ch.key)
		c = arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");
	for (; !c && ch.nr < got.node->nr_keys; ch.nr++)
		ch.key[ch.nr] = node_key(got.node, ch.nr);
	c = c ? c : change(d, ch.key, &ch.nr, arg);
	c = c ? c : encode_same_length(d, got.node, &ch, &raw);
	c = c ? c : write_anew(d, n, got.node, raw);
	free(raw);
	children_free(&ch);
	node_put(&got);
	return c;
}

enum arb_code damage_some_key(struct damage *d, enum arb_code (*change)(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg),
			      const void *arg)
{
	size_t nr = d->on[d->level].node.nr;
	enum arb_code c = damage_keys(d, d->level, damage_target(d), change, arg);

	for (size_t i = 1; c == ARB_E_BAD_ARGUMENT && d->any_node && i < nr; i++) {
		d->at = (d->at + 1) % nr;
		if (damage_target(d)->journalled)
			continue;
		c = damage_keys(d, d->level, damage_target(d), change, arg);
		if (!c)
			damage_say(d, "no key there, instead");
	}
	return c;
}

enum arb_code damage_wipe(struct damage *d, const struct damage_node *n, bool flip)
{
	size_t bytes = (size_t)d->v->geo.node_sectors << 9, at = NODE_HEADER_BYTES + 3;
	uint8_t *raw = calloc(1, bytes);
	const struct device *dev = NULL;
	enum arb_code c = raw ? ARB_OK : arb_fail(d->err, ARB_E_NOMEM, "no memory for a node");

	for (unsigned i = 0; flip && i < n->ptr.nr_ptrs && !dev; i++)
		dev = n->ptr.ptr[i].dev < SB_MEMBERS_MAX ? d->v->devs->dev[n->ptr.ptr[i].dev] : NULL;
	if (!c && dev) {
		c = blk_read(dev->blk, n->ptr.ptr[0].sector << 9, raw, bytes, d->err);
		raw[node_header_get(raw).bset.u64s ? at : 0] ^= 0x5a;	/* without keys: the checksum itself */
	}
	if (!c)
		c = damage_write(d, &n->ptr, raw, bytes);
	free(raw);
	return c;
}

/* ---- root pointers: in the clean section, and in every journal entry */

/* New bounds; or nothing: the root is lost, or not named at all; or another node, with the bounds of the root. */
struct root_patch { bool lost, unnamed; struct bpos min, max; const struct bkey_buf *to; };

/*
 * An entry without words says that there was a root; what stood in it becomes a log entry, so that the length stays.
 */
static void make_lost(uint8_t *entry, size_t payload)
{
	le16_put(entry, 0);
	entry += JSET_ENTRY_HEADER_BYTES;
	memset(entry, 0, payload);
	le16_put(entry, payload / 8 - 1);
	entry[4] = JSET_log;
}

/* Changes the entries of @n bytes that name the root of the btree. */
static bool patch_roots(const struct damage *d, uint8_t *entries, size_t n, const struct root_patch *patch)
{
	struct jset_entry e;
	size_t cursor = 0;
	bool bad, any = false;

	while (jset_entry_next(entries, n, &cursor, &e, &bad)) {
		uint8_t *key = entries + (e.payload - entries);

		if (e.type != JSET_btree_root || e.btree != d->btree || e.bytes < BKEY_BYTES + 40)
			continue;
		if (patch->unnamed) {
			memset(key, 0, e.bytes);
			key[-JSET_ENTRY_HEADER_BYTES + 2] = key[-JSET_ENTRY_HEADER_BYTES + 3] = 0;	/* btree, level */
			key[-JSET_ENTRY_HEADER_BYTES + 4] = JSET_log;
		} else if (patch->lost) {
			make_lost(key - JSET_ENTRY_HEADER_BYTES, e.bytes);
		} else {
			if (patch->to && e.bytes == BKEY_BYTES + bkey_val_bytes(&patch->to->k))
				memcpy(key + BKEY_BYTES, patch->to->v, e.bytes - BKEY_BYTES);
			bpos_put(key + 20, patch->max);
			bpos_put(key + BKEY_BYTES + 20, patch->min);
		}
		any = true;
	}
	return any;
}

static enum arb_code patch_superblock(struct damage *d, struct device *dev, const struct sb_copy *copy,
				      const struct root_patch *patch)
{
	const uint8_t *entries;
	uint64_t seq;
	size_t n;
	struct sb sb;
	enum arb_code c = ARB_OK;

	if (!sb_copy_good(copy))
		return ARB_OK;
	if (sb_dup(&copy->sb, &sb))
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for a superblock");
	if (sb_clean(&sb, &seq, &entries, &n) && patch_roots(d, sb.raw + (entries - sb.raw), n, patch)) {
		if (!d->change.raw)
			sb_checksum(&sb);
		c = blk_write(dev->blk, copy->sector << 9, sb.raw, sb.bytes, d->err);
	}
	sb_free(&sb);
	return c;
}

static enum arb_code patch_jset(struct damage *d, const struct journal_copy *copy, const struct root_patch *patch)
{
	struct device *dev = d->v->devs->dev[copy->dev];
	uint64_t at = (copy->bucket * d->v->geo.member[copy->dev].bucket_size + copy->offset) << 9;
	size_t bytes = (size_t)copy->sectors << 9;
	uint8_t *raw = malloc(bytes);
	struct jset_header h;
	enum arb_code c = raw ? blk_read(dev->blk, at, raw, bytes, d->err) : arb_fail(d->err, ARB_E_NOMEM, "no memory for a journal entry");

	if (!c) {
		h = jset_header_get(raw);
		if (jset_bytes(&h) <= bytes && patch_roots(d, raw + JSET_HEADER_BYTES, 8 * (size_t)h.u64s, patch)) {
			if (!d->change.raw)
				csum_put(raw, csum_compute(h.csum_type, raw + 16, jset_bytes(&h) - 16));
			c = blk_write(dev->blk, at, raw, bytes, d->err);
		}
	}
	free(raw);
	return c;
}

static enum arb_code patch_everywhere(struct damage *d, const struct root_patch *patch)
{
	struct journal *j = d->v->journal;
	enum arb_code c = journal_index(j, d->v->devs, &d->v->geo, d->v->workers, d->err);

	for (unsigned i = 0; !c && i < SB_MEMBERS_MAX; i++) {
		struct device *dev = d->v->devs->dev[i];

		for (size_t n = 0; !c && dev && n < dev->copies.nr; n++)
			c = patch_superblock(d, dev, &dev->copies.v[n], patch);
	}
	for (size_t i = 0; !c && i < j->copies.nr; i++)
		if (j->copies.v[i].csum_ok)
			c = patch_jset(d, &j->copies.v[i], patch);
	return c;
}

enum arb_code damage_root_pointer(struct damage *d, struct bpos min, struct bpos max)
{
	struct root_patch patch = { .min = min, .max = max };

	return patch_everywhere(d, &patch);
}

enum arb_code damage_root_to(struct damage *d, const struct bkey_buf *to)
{
	struct root_patch patch = { .min = POS_MIN, .max = SPOS_MAX, .to = to };

	return patch_everywhere(d, &patch);
}

enum arb_code damage_root_lost(struct damage *d, bool unnamed)
{
	struct root_patch patch = { .lost = !unnamed, .unnamed = unnamed };

	return patch_everywhere(d, &patch);
}
