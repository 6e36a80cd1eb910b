/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes of btrees that nobody names, where the counters of disk usage cannot be read: they lie in buckets of which the alloc keys count
 * more sectors of nodes than pointers lead to. A btree that has been empty all the time has none, and what was freed is not counted: old
 * nodes of which only the bytes are left bring nothing back.
 */
#include <stdlib.h>

#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/enums.h"
#include "scan_private.h"
#include "view_private.h"

#define MAGIC_OFFSET 16		/* of a node's magic number */

struct orphans {
	struct view	*v;
	int64_t		*count[SB_MEMBERS_MAX];	/* sectors of nodes per bucket: in the alloc key, less those that are pointed at */
	uint64_t	nbuckets[SB_MEMBERS_MAX];
	uint8_t		*raw;			/* one node */
	uint64_t	found;			/* btrees without a root, of which there is a node */
	bool		in_part;		/* not all alloc keys could be read */
};

static int64_t *count_of(const struct orphans *o, uint64_t dev, uint64_t bucket)
{
	return dev < SB_MEMBERS_MAX && bucket < o->nbuckets[dev] ? &o->count[dev][bucket] : NULL;
}

static enum arb_code take_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	const struct orphans *o = arg;
	int64_t *c = count_of(o, k.k.p.inode, k.k.p.offset);
	struct alloc_v4 a;

	(void)n;
	if (c && alloc_get(k, &a) && a.data_type == DATA_btree)
		*c += a.dirty_sectors;
	return ARB_OK;
}

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct orphans *o = arg;

	(void)level, (void)ptr, (void)d;
	o->in_part = true;
	return ARB_OK;
}

static enum arb_code take_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	const struct orphans *o = arg;
	struct btree_ptr p;

	(void)n;
	if (!btree_ptr_get(k, &p))
		return ARB_OK;
	for (unsigned i = 0; i < p.nr_ptrs; i++) {
		const struct member_geometry *m = geometry_member(&o->v->geo, p.ptr[i].dev);
		int64_t *c = m && m->bucket_size ? count_of(o, p.ptr[i].dev, p.ptr[i].sector / m->bucket_size) : NULL;

		if (c)
			*c -= o->v->geo.node_sectors;
	}
	return ARB_OK;
}

static enum arb_code take_btree(struct orphans *o, unsigned btree)
{
	const struct btree_root *r = &o->v->roots[btree];
	enum arb_code code = ARB_OK;

	if (!r->exists || r->lost || r->fake)
		return ARB_OK;
	take_pointer(o, NULL, bkey_buf_s(&r->key));
	for (unsigned level = r->level; level && !code; level--) {
		struct walk w = { .btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = take_pointer, .arg = o };

		code = view_walk(o->v, &w, NULL);
	}
	return code;
}

/* Is there a whole node of a btree without a root, of which there was none yet? */
static void look_at(struct orphans *o, unsigned dev, uint64_t sector)
{
	struct blk *blk = o->v->devs->dev[dev]->blk;
	size_t bytes = 512 * (size_t)o->v->geo.node_sectors;
	struct node_probe probe;
	unsigned btree;

	if (blk_read(blk, 512 * sector, o->raw, NODE_HEADER_BYTES, NULL) || le64_get(o->raw + MAGIC_OFFSET) != o->v->geo.bset_magic)
		return;
	btree = node_header_get(o->raw).btree;
	if (btree >= BTREE_ID_NR || o->v->roots[btree].exists || o->found >> btree & 1 || blk_read(blk, 512 * sector, o->raw, bytes, NULL))
		return;
	if (!node_probe(&o->v->geo, o->raw, bytes, &probe, NULL) && probe.usable && !probe.damaged)
		o->found |= UINT64_C(1) << btree;
}

static void look_at_buckets(struct orphans *o, unsigned dev)
{
	const struct member_geometry *m = &o->v->geo.member[dev];

	for (uint64_t b = m->first_bucket; b < o->nbuckets[dev]; b++)
		for (unsigned at = 0; o->count[dev][b] > 0 && at + o->v->geo.node_sectors <= m->bucket_size; at += o->v->geo.node_sectors)
			look_at(o, dev, b * m->bucket_size + at);
}

static bool begin(struct orphans *o)
{
	size_t bytes = 512 * (size_t)o->v->geo.node_sectors;

	o->raw = bytes >= NODE_HEADER_BYTES ? malloc(bytes) : NULL;
	for (unsigned dev = 0; o->raw && dev < SB_MEMBERS_MAX; dev++) {
		const struct member_geometry *m = geometry_member(&o->v->geo, dev);
		const struct device *d = o->v->devs->dev[dev];
		uint64_t fit = m && m->bucket_size && d ? d->blk->bytes / 512 / m->bucket_size : 0;

		if (!fit)
			continue;
		fit = fit < m->nbuckets ? fit : m->nbuckets;
		o->count[dev] = calloc(fit ? fit : 1, sizeof(*o->count[dev]));
		if (!o->count[dev])
			return false;
		o->nbuckets[dev] = fit;
	}
	return o->raw;
}

uint64_t view_find_orphans(struct view *v, bool *ret_sure)
{
	struct walk alloc = { .btree = BTREE_alloc, .start = POS_MIN, .end = SPOS_MAX, .key = take_alloc, .bad = bad_node };
	struct orphans o = { .v = v };
	bool ok = begin(&o);

	alloc.arg = &o;
	ok = ok && v->roots[BTREE_alloc].exists && !v->roots[BTREE_alloc].lost && !view_walk(v, &alloc, NULL);
	for (unsigned i = 0; ok && i < BTREE_ID_NR_MAX; i++)
		ok = !take_btree(&o, i);
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++) {
		if (ok && o.nbuckets[dev])
			look_at_buckets(&o, dev);
		free(o.count[dev]);
	}
	free(o.raw);
	*ret_sure = ok && !o.in_part;
	return o.found;
}
