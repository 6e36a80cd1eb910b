/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is checked against the superblock: where its copies and the journal lie, where btree nodes may lie, and how high the
 * versions of keys go (repair-semantics.md 8.2, 8.4).
 */
#include "alloc.h"

#include <stdlib.h>

#include "arborist/format/btree_id.h"

#define BITMAP_SHIFT_MAX 57	/* beyond it a bitmap says nothing */

/* --- superblock copies and journal buckets ------------------------------------------------------------------------------ */

static enum arb_code metadata_finding(struct alloc_gc *g, unsigned dev, uint64_t bucket, unsigned type, bool outside, const char *what)
{
	struct finding *f = alloc_finding("bucket_metadata_type_mismatch", "alloc.metadata", BTREE_alloc, 0, BPOS(dev, bucket, 0));
	bool fixed;

	if (f) {
		f->part = type;
		f->rule = alloc_rule("bucket_metadata_type_mismatch", outside);
		finding_message(f, "bucket %u:%llu %s", dev, (unsigned long long)bucket, what);
	}
	return alloc_decide(g, f, NULL, &fixed);
}

static enum arb_code type_conflict(struct alloc_gc *g, unsigned dev, uint64_t bucket, unsigned was, unsigned type)
{
	ARB_BUF(m);

	arb_buf_puts(&m, "different types of metadata in same bucket: ");
	data_type_to_text(&m, was);
	arb_buf_puts(&m, ", ");
	data_type_to_text(&m, type);
	return metadata_finding(g, dev, bucket, type, false, arb_buf_str(&m));
}

static enum arb_code mark_metadata(struct alloc_gc *g, unsigned dev, uint64_t bucket, uint64_t sectors, unsigned type)
{
	struct gc_dev *d = &g->dev[dev];
	struct gc_bucket *b;

	if (bucket >= d->nbuckets)
		return type == DATA_journal ? metadata_finding(g, dev, bucket, type, true, "of the journal lies outside of the device") : ARB_OK;
	b = &d->bucket[bucket];
	if ((b->data_type && b->data_type != type) || b->dirty_sectors + sectors > d->bucket_size)
		return type_conflict(g, dev, bucket, b->data_type, type);
	gc_bucket_add(g, dev, b, &b->dirty_sectors, sectors, type);
	return ARB_OK;
}

/* Feeds [start, end) bucket by bucket. */
static enum arb_code mark_range(struct alloc_gc *g, unsigned dev, uint64_t start, uint64_t end, unsigned type)
{
	uint32_t size = g->dev[dev].bucket_size;
	enum arb_code code = ARB_OK;

	while (start < end && !code && start / size < g->dev[dev].nbuckets) {
		uint64_t bucket = start / size, stop = (bucket + 1) * size;

		stop = stop < end ? stop : end;
		code = mark_metadata(g, dev, bucket, stop - start, type);
		start = stop;
	}
	return code;
}

static enum arb_code mark_device(struct alloc_gc *g, unsigned dev, const struct sb *sb)
{
	enum arb_code code = ARB_OK;
	uint64_t *buckets = NULL;
	size_t nr = 0;

	for (unsigned i = 0; i < sb->layout.nr && !code; i++) {
		uint64_t at = sb->layout.sector[i];

		if (at == SB_SECTOR)
			code = mark_range(g, dev, 0, SB_SECTOR, DATA_sb);
		code = code ? code : mark_range(g, dev, at, at + (UINT64_C(1) << sb->layout.max_size_bits), DATA_sb);
	}
	code = code ? code : sb_journal_buckets(sb, &buckets, &nr, g->c->err);
	for (size_t i = 0; i < nr && !code; i++)
		code = mark_metadata(g, dev, buckets[i], g->dev[dev].bucket_size, DATA_journal);
	free(buckets);
	return code;
}

enum arb_code alloc_mark_super(struct alloc_gc *g)
{
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !code; i++) {
		const struct device *d = g->v->devs->dev[i];

		if (d && d->best >= 0 && g->dev[i].bucket)
			code = mark_device(g, i, &d->copies.v[d->best].sb);
	}
	return code;
}

/* --- what the plan already records -------------------------------------------------------------------------------------- */

static bool planned(void *arg, const struct mutation *m)
{
	struct alloc_gc *g = arg;

	if (m->super_what == PLAN_SUPER_BTREE_BITMAP && m->pos.inode < SB_MEMBERS_MAX &&
	    g->dev[m->pos.inode].member.btree_bitmap_shift <= BITMAP_SHIFT_MAX)
		sb_member_mark_btree(&g->dev[m->pos.inode].member, m->pos.offset, m->super_arg);
	return true;
}

void alloc_meta_begin(struct alloc_gc *g)
{
	uint64_t version = plan_key_version(g->c->plan);

	g->key_version = g->v->journal->key_version;
	if (version > g->key_version)
		g->key_version = version;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (g->dev[i].bucket)
			sb_member_get(g->v->devs->best, i, &g->dev[i].member);
	plan_for_each_super(g->c->plan, planned, g);
}

/* --- versions of keys --------------------------------------------------------------------------------------------------- */

enum arb_code alloc_check_version(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct finding *f = alloc_finding("bkey_version_in_future", "alloc.version", at->btree, at->level, k.k.p);
	struct repair *r = repair_new("record version %llu as the highest of a key", (unsigned long long)k.k.ver.lo);
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	alloc_key_text(g, &m, k);
	if (f)
		finding_message(f, "key version number higher than recorded %llu\n  %s", (unsigned long long)g->key_version, arb_buf_str(&m));
	if (r)
		repair_super(r, PLAN_SUPER_KEY_VERSION, k.k.ver.lo);
	code = alloc_decide(g, f, r, &fixed);
	if (fixed)
		g->key_version = k.k.ver.lo;
	return code;
}

/* --- where btree nodes may lie ------------------------------------------------------------------------------------------ */

static bool marked(const struct alloc_gc *g, const struct extent_ptr *p)
{
	const struct gc_dev *d = p->dev < SB_MEMBERS_MAX ? &g->dev[p->dev] : NULL;

	return !d || !d->bucket || d->member.btree_bitmap_shift > BITMAP_SHIFT_MAX || p->sector >= (uint64_t)d->bucket_size * d->nbuckets ||
		sb_member_btree_marked(&d->member, p->sector, g->v->geo.node_sectors);
}

static enum arb_code ask_bitmap(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, const struct btree_ptr *p)
{
	struct finding *f = alloc_finding("btree_bitmap_not_marked", "alloc.bitmap", at->btree, at->level, k.k.p);
	struct repair *r = repair_new("mark where a btree node lies");
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	alloc_key_text(g, &m, k);
	if (f)
		finding_message(f, "btree ptr not marked in member info btree allocated bitmap\n  %s", arb_buf_str(&m));
	for (unsigned i = 0; r && i < p->nr_ptrs; i++)
		if (!marked(g, &p->ptr[i]))
			repair_super_at(r, PLAN_SUPER_BTREE_BITMAP, BPOS(p->ptr[i].dev, p->ptr[i].sector, 0), g->v->geo.node_sectors);
	code = alloc_decide(g, f, r, &fixed);
	for (unsigned i = 0; fixed && i < p->nr_ptrs; i++)
		if (!marked(g, &p->ptr[i]))
			sb_member_mark_btree(&g->dev[p->ptr[i].dev].member, p->ptr[i].sector, g->v->geo.node_sectors);
	return code;
}

enum arb_code alloc_check_bitmap(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k)
{
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p))
		return ARB_OK;
	for (unsigned i = 0; i < p.nr_ptrs; i++)
		if (!marked(g, &p.ptr[i]))
			return ask_bitmap(g, at, k, &p);
	return ARB_OK;
}
