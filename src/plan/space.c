/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "space.h"

#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/enums.h"

#define MAGIC_OFFSET	16		/* of a node's magic number */
#define STATE_RW	0
#define BLANK_STEP	4096		/* most buckets in use show it in their first bytes */
#define LAYOUT_END	8		/* sectors: nothing of the filesystem's own lies before the first superblock */

static enum arb_code no_memory(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NOMEM, "no memory to look for free space");
}

static void mark(struct space *s, unsigned dev, uint64_t sector, uint64_t sectors)
{
	const struct member_geometry *g = dev < SB_MEMBERS_MAX && s->dev[dev] ? &s->v->geo.member[dev] : NULL;
	uint64_t first, last;

	if (!g || !sectors || sector >= g->nbuckets * g->bucket_size)
		return;
	first = sector / g->bucket_size;
	last = sectors > g->nbuckets * g->bucket_size - sector ? g->nbuckets - 1 : (sector + sectors - 1) / g->bucket_size;
	for (uint64_t b = first; b <= last; b++)
		s->dev[dev]->used[b / 64] |= UINT64_C(1) << b % 64;
}

static bool used(const struct space_device *d, uint64_t bucket)
{
	return d->used[bucket / 64] >> bucket % 64 & 1;
}

/* --- who uses what -------------------------------------------------------------------------------------------- */

static void mark_supers(struct space *s, unsigned dev)
{
	const struct device *d = s->v->devs->dev[dev];
	const struct sb_layout *l = &d->copies.v[d->best].sb.layout;

	mark(s, dev, 0, LAYOUT_END);
	for (unsigned i = 0; i < l->nr; i++)
		mark(s, dev, l->sector[i], UINT64_C(1) << l->max_size_bits);
}

static void mark_journal(struct space *s, unsigned dev)
{
	const struct journal_device *j = &s->v->journal->dev[dev];
	unsigned size = s->v->geo.member[dev].bucket_size;

	for (size_t i = 0; i < j->nr; i++)
		if (j->buckets[i] < s->v->geo.member[dev].nbuckets)
			mark(s, dev, j->buckets[i] * size, size);
}

static void mark_pointers(struct space *s, struct bkey_s k, uint64_t sectors)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	while (extent_next_ptr(k, &it, &p))
		mark(s, p.dev, p.sector, sectors > p.crc.compressed_size ? sectors : p.crc.compressed_size);
}

/* The device is in the inode part of the position, the bucket in the offset. */
static void mark_alloc(struct space *s, struct bkey_s k)
{
	uint64_t dev = k.k.p.inode, bucket = k.k.p.offset;
	struct alloc_v4 a;

	if (dev >= SB_MEMBERS_MAX || !s->dev[dev] || bucket >= s->v->geo.member[dev].nbuckets)
		return;
	if (!alloc_get(k, &a) || a.data_type != DATA_free || a.dirty_sectors || a.cached_sectors || a.stripe_sectors || a.stripe)
		mark(s, dev, bucket * s->v->geo.member[dev].bucket_size, 1);
	s->dev[dev]->gen[bucket] = a.gen;
}

struct marking { struct space *s; unsigned btree, level; struct arb_error *err; };

static enum arb_code mark_key(void *arg, const struct node *n, struct bkey_s k)
{
	const struct marking *m = arg;

	(void)n;
	if (m->btree == BTREE_alloc && !m->level)
		mark_alloc(m->s, k);
	mark_pointers(m->s, k, m->level ? m->s->v->geo.node_sectors : k.k.size);
	return ARB_OK;
}

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	const struct marking *m = arg;

	(void)level, (void)ptr, (void)d;
	m->s->unreadable |= UINT64_C(1) << m->btree;
	return ARB_OK;
}

static enum arb_code mark_btree(struct space *s, unsigned btree, struct arb_error *err)
{
	const struct btree_root *root = &s->v->roots[btree];
	enum arb_code code = ARB_OK;

	if (root->lost || (!root->exists && !root->fake))
		return ARB_OK;
	for (unsigned level = 0; level <= root->level && !code; level++) {
		struct marking m = { s, btree, level, err };
		struct walk w = {
			.btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = mark_key, .bad = bad_node, .arg = &m,
		};

		code = view_walk(s->v, &w, err);
	}
	mark_pointers(s, bkey_buf_s(&root->key), s->v->geo.node_sectors);
	return code;
}

static enum arb_code mark_overlay_key(void *arg, const struct overlay_key *k)
{
	struct space *s = arg;

	mark_pointers(s, k->key, k->level ? s->v->geo.node_sectors : k->key.k.size);
	return ARB_OK;
}

/* --- setting up -------------------------------------------------------------------------------------------------- */

static enum arb_code add_device(struct space *s, unsigned dev, struct arb_error *err)
{
	const struct member_geometry *g = &s->v->geo.member[dev];
	struct space_device *d;

	if (!s->v->devs->dev[dev] || !g->exists || g->state != STATE_RW || !(g->data_allowed >> DATA_btree & 1))
		return ARB_OK;
	if (!g->bucket_size || g->bucket_size < s->v->geo.node_sectors || g->nbuckets > (UINT64_C(1) << 40))
		return ARB_OK;
	d = s->dev[dev] = calloc(1, sizeof(*d));
	if (!d)
		return no_memory(err);
	d->used = calloc(g->nbuckets / 64 + 1, sizeof(*d->used));
	d->gen = calloc(g->nbuckets + 1, 1);
	d->bucket = g->first_bucket;
	return d->used && d->gen ? ARB_OK : no_memory(err);
}

/* Of these we have seen every key, and no repair takes nodes out. */
static bool whole(const struct space *s, unsigned btree)
{
	const struct btree_root *r = &s->v->roots[btree];
	struct loss l = plan_loss_btree(s->plan, btree);

	return !r->lost && !(r->fake && r->cause) && !(s->unreadable >> btree & 1) && !l.nodes_dropped && !l.nodes_unreadable;
}

static bool all_pointers_known(const struct space *s)
{
	for (unsigned btree = 0; btree < BTREE_ID_NR_MAX; btree++)
		if (!(btree_info(btree)->flags & BTREE_ALLOC) && !whole(s, btree))
			return false;
	return true;
}

/* What the plan drops may have led anywhere; what it keeps has been seen. */
static bool kept_pointers_known(const struct space *s)
{
	for (unsigned btree = 0; btree < BTREE_ID_NR_MAX; btree++)
		if (!(btree_info(btree)->flags & BTREE_ALLOC) && (s->v->roots[btree].lost || s->unreadable >> btree & 1))
			return false;
	return true;
}

/* --- what the list of free buckets says, where the alloc btree is lost ------------------------------------------------ */

struct freeing { struct space *s; struct space_device *free; };

static enum arb_code note_free(void *arg, const struct node *n, struct bkey_s k)
{
	enum { GEN_SHIFT = 56 };
	const struct freeing *f = arg;
	uint64_t end = k.k.p.offset & ~(UINT64_MAX << GEN_SHIFT), dev = k.k.p.inode;

	(void)n;
	if (k.k.type != KEY_set || dev >= SB_MEMBERS_MAX || !f->free[dev].used || k.k.size > end)
		return ARB_OK;
	for (uint64_t b = end - k.k.size; b < end && b < f->s->v->geo.member[dev].nbuckets; b++)
		f->free[dev].used[b / 64] |= UINT64_C(1) << b % 64;
	return ARB_OK;
}

static void keep_listed(struct space *s, const struct space_device *free)
{
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		for (uint64_t i = 0; s->dev[dev] && i < s->v->geo.member[dev].nbuckets / 64 + 1; i++)
			s->dev[dev]->used[i] |= ~free[dev].used[i];
}

static enum arb_code only_listed_free(struct space *s, struct arb_error *err)
{
	struct space_device free_list[SB_MEMBERS_MAX] = { { 0 } };
	struct freeing f = { s, free_list };
	struct walk w = { .btree = BTREE_freespace, .start = POS_MIN, .end = SPOS_MAX, .key = note_free, .arg = &f };
	enum arb_code code = ARB_OK;

	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !code; dev++)
		if (s->dev[dev]) {
			free_list[dev].used = calloc(s->v->geo.member[dev].nbuckets / 64 + 1, sizeof(uint64_t));
			code = free_list[dev].used ? ARB_OK : no_memory(err);
		}
	code = code ? code : view_walk(s->v, &w, err);
	if (!code)
		keep_listed(s, free_list);
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		free(free_list[dev].used);
	return code;
}

static enum arb_code take_gens(void *arg, const struct node *n, struct bkey_s k)
{
	struct space *s = arg;
	uint64_t dev = k.k.p.inode, first = k.k.p.offset * BUCKET_GENS_NR;
	uint8_t gens[BUCKET_GENS_NR];

	(void)n;
	if (dev >= SB_MEMBERS_MAX || !s->dev[dev] || k.k.p.offset >= UINT64_MAX / BUCKET_GENS_NR || !bucket_gens_get(k, gens))
		return ARB_OK;
	for (unsigned i = 0; i < BUCKET_GENS_NR && first + i < s->v->geo.member[dev].nbuckets; i++)
		s->dev[dev]->gen[first + i] = gens[i];
	return ARB_OK;
}

/*
 * Without a whole alloc btree: what it said is in the list of free buckets too, as long as that is whole; else nothing is in use
 * but what pointers lead to, as long as all of them can be read. Where some are lost for good, only zeroes can be lost in a bucket that
 * holds nothing else.
 */
static enum arb_code without_alloc(struct space *s, struct arb_error *err)
{
	struct walk gens = { .btree = BTREE_bucket_gens, .start = POS_MIN, .end = SPOS_MAX, .key = take_gens, .arg = s };
	bool listed = s->v->roots[BTREE_freespace].exists && whole(s, BTREE_freespace);
	enum arb_code code;

	s->only_blank = !listed && !all_pointers_known(s);
	if (s->only_blank && !kept_pointers_known(s))
		return arb_fail(err, ARB_E_REFUSED, "no space is provably free for a new node: btree alloc is lost, the list of free buckets "
				"too, and there are nodes that cannot be read");
	code = view_walk(s->v, &gens, err);
	return code || !listed ? code : only_listed_free(s, err);
}

static enum arb_code mark_all(struct space *s, struct arb_error *err)
{
	enum arb_code code;

	code = journal_index(s->v->journal, s->v->devs, &s->v->geo, s->v->workers, err);
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !code; dev++)
		if (s->dev[dev]) {
			mark_supers(s, dev);
			mark_journal(s, dev);
		}
	for (unsigned btree = 0; btree < BTREE_ID_NR_MAX && !code; btree++)
		code = mark_btree(s, btree, err);
	if (!code && !(s->v->roots[BTREE_alloc].exists && whole(s, BTREE_alloc)))
		code = without_alloc(s, err);
	return code ? code : overlay_for_each(s->v->overlay, mark_overlay_key, s);
}

enum arb_code space_new(struct view *v, const struct plan *p, struct space **ret, struct arb_error *err)
{
	struct space *s = calloc(1, sizeof(*s));
	enum arb_code code = s ? ARB_OK : no_memory(err);

	if (s) {
		s->v = v;
		s->plan = p;
	}
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !code; dev++)
		code = add_device(s, dev, err);
	code = code ? code : mark_all(s, err);
	if (code)
		space_free(s);
	else
		*ret = s;
	return code;
}

void space_free(struct space *s)
{
	if (!s)
		return;
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++)
		if (s->dev[dev]) {
			free(s->dev[dev]->used);
			free(s->dev[dev]->gen);
			free(s->dev[dev]);
		}
	free(s);
}

/* --- taking -------------------------------------------------------------------------------------------------------- */

/* Does any place of the bucket hold a node of this filesystem, however old? A bucket that cannot be read counts as such. */
static enum arb_code holds_node(const struct space *s, unsigned dev, uint64_t bucket, bool *ret)
{
	const struct fs_geometry *geo = &s->v->geo;
	uint64_t start = bucket * geo->member[dev].bucket_size;
	uint8_t magic[8];

	*ret = false;
	for (unsigned at = 0; !*ret && at + geo->node_sectors <= geo->member[dev].bucket_size; at += geo->node_sectors)
		*ret = blk_read(s->v->devs->dev[dev]->blk, 512 * (start + at) + MAGIC_OFFSET, magic, sizeof(magic), NULL) ||
			le64_get(magic) == geo->bset_magic;
	return ARB_OK;
}

/* Was nothing ever written there? A bucket that cannot be read counts as used. */
static bool is_blank(const struct space *s, unsigned dev, uint64_t bucket)
{
	static const uint8_t zeroes[BLANK_STEP];
	uint64_t bytes = 512 * (uint64_t)s->v->geo.member[dev].bucket_size, start = bucket * bytes;
	uint8_t buf[BLANK_STEP];

	for (uint64_t at = 0, n; at < bytes; at += n) {
		n = bytes - at < BLANK_STEP ? bytes - at : BLANK_STEP;
		if (blk_read(s->v->devs->dev[dev]->blk, start + at, buf, n, NULL) || memcmp(buf, zeroes, n))
			return false;
	}
	return true;
}

static void next_bucket(struct space_device *d)
{
	d->bucket++;
	d->slot = 0;
	d->bucket_ok = false;
}

enum arb_code space_take(struct space *s, unsigned dev, struct extent_ptr *ret, bool *ret_found, struct arb_error *err)
{
	const struct fs_geometry *geo = &s->v->geo;
	const struct member_geometry *g = &geo->member[dev];
	struct space_device *d = s->dev[dev];
	enum arb_code code;
	bool node;

	(void)err;
	*ret_found = false;
	for (; d && d->bucket < g->nbuckets; next_bucket(d)) {
		if (!d->bucket_ok && used(d, d->bucket))
			continue;
		if (!d->bucket_ok) {
			code = holds_node(s, dev, d->bucket, &node);
			if (code)
				return code;
			if (node || (s->only_blank && !is_blank(s, dev, d->bucket)))
				continue;
			d->bucket_ok = true;
		}
		if ((d->slot + 1) * geo->node_sectors > g->bucket_size)
			continue;
		*ret = (struct extent_ptr) {
			.dev = dev, .gen = d->gen[d->bucket], .sector = d->bucket * g->bucket_size + d->slot++ * geo->node_sectors,
		};
		*ret_found = true;
		return ARB_OK;
	}
	return ARB_OK;
}
