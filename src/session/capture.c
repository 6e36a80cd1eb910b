/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See capture.h: first a list of what is metadata, by device and place, then the clusters of the image that hold some of it. */
#include <config.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/btree/scan.h"
#include "arborist/session/capture.h"
#include "capture_hide.h"

enum region_kind { REGION_SUPER, REGION_JOURNAL, REGION_NODE };
struct region { uint64_t start, bytes; enum region_kind kind; };
struct capturing {
	struct view	*v;
	const struct capture_options *o;
	struct capture_result *ret;
	struct scan	*scan;		/* of all devices */
	unsigned	dev;
	ARB_ARRAY(struct region) regions;	/* of this device */
	uint8_t		*bytes;			/* of regions.v[loaded], names hidden */
	size_t		room, loaded;
	uint64_t	done, total;		/* bytes of devices */
	struct arb_error *err;
};

/* May it go on? How far it is, the scan tells, which takes most of the time. */
static enum arb_code step(struct capturing *c)
{
	return c->o->step ? c->o->step(c->o->arg, c->done, c->total) : ARB_OK;
}

static enum arb_code scanned(void *arg, uint64_t done, uint64_t total, size_t found)
{
	struct capturing *c = arg;

	(void)found;
	c->done = done;
	c->total = total;
	return step(c);
}

static enum arb_code add(struct capturing *c, uint64_t sector, uint64_t sectors, enum region_kind kind)
{
	uint64_t end = c->v->devs->dev[c->dev]->blk->bytes;
	struct region *r;

	if (sector > end / 512 || !sectors)
		return ARB_OK;
	r = arb_array_push(&c->regions);
	if (!r)
		return arb_fail(c->err, ARB_E_NOMEM, "no memory to list the metadata");
	*r = (struct region){ 512 * sector, sectors < end / 512 - sector ? 512 * sectors : end - 512 * sector, kind };
	return ARB_OK;
}

/* --- what is metadata ------------------------------------------------------------------------------------------------- */

/* The slots of all copies, and the start of the device with the layout. */
static enum arb_code add_supers(struct capturing *c)
{
	const struct device *d = c->v->devs->dev[c->dev];
	uint64_t slot = 1ull << (c->v->devs->best->layout.max_size_bits < 16 ? c->v->devs->best->layout.max_size_bits : 16);
	enum arb_code code = add(c, 0, 8, REGION_SUPER);

	for (size_t i = 0; i < d->copies.nr && !code; i++)
		code = add(c, d->copies.v[i].sector, slot, REGION_SUPER);
	return code;
}

static enum arb_code add_journal(struct capturing *c, const struct member_geometry *m)
{
	const struct journal_device *j = &c->v->journal->dev[c->dev];
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < j->nr && !code; i++)
		if (j->buckets[i] < m->nbuckets)
			code = add(c, j->buckets[i] * m->bucket_size, m->bucket_size, REGION_JOURNAL);
	return code;
}

static enum arb_code add_pointer(void *arg, unsigned level, struct bkey_s k, const struct node_got *got)
{
	struct capturing *c = arg;
	enum arb_code code = step(c);
	struct btree_ptr p;

	(void)level, (void)got;
	if (code || !btree_ptr_get(k, &p))
		return code;
	for (unsigned i = 0; i < p.nr_ptrs && !code; i++)
		if (p.ptr[i].dev == c->dev)
			code = add(c, p.ptr[i].sector, c->v->geo.node_sectors, REGION_NODE);
	return code;
}

static enum arb_code add_trees(struct capturing *c)
{
	enum arb_code code = ARB_OK;

	for (unsigned b = 0; b < BTREE_ID_NR_MAX && !code; b++) {
		const struct btree_root *r = &c->v->roots[b];

		if (r->exists && !r->fake && r->level)	/* of leaves the pointers are enough */
			code = view_walk_nodes(c->v, b, 1, add_pointer, c, c->err);
		if (r->exists && !code)
			code = add_pointer(c, r->level, bkey_buf_s(&r->key), NULL);
	}
	return code;
}

/* Leaves, without reading them. */
static enum arb_code add_leaf(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n;
	return add_pointer(arg, 0, k, NULL);
}

static enum arb_code add_leaves(struct capturing *c)
{
	enum arb_code code = ARB_OK;

	for (unsigned b = 0; b < BTREE_ID_NR_MAX && !code; b++) {
		struct walk w = { .btree = b, .level = 1, .start = POS_MIN, .end = SPOS_MAX, .key = add_leaf, .arg = c };

		if (c->v->roots[b].exists && !c->v->roots[b].lost && c->v->roots[b].level)
			code = view_walk(c->v, &w, c->err);
	}
	return code;
}

/* Whatever lies where a node can begin and has its magic: lost nodes and old ones. */
static enum arb_code add_scanned(struct capturing *c)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < c->scan->nodes.nr && !code; i++)
		if (c->scan->nodes.v[i].copy[0].dev == c->dev)
			code = add(c, c->scan->nodes.v[i].copy[0].sector, c->v->geo.node_sectors, REGION_NODE);
	return code;
}

static int by_place(const void *pa, const void *pb)
{
	const struct region *a = pa, *b = pb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->kind < b->kind ? -1 : a->kind > b->kind;
}

static void unique(struct capturing *c)
{
	size_t kept = 0;

	qsort(c->regions.v, c->regions.nr, sizeof(*c->regions.v), by_place);
	for (size_t i = 0; i < c->regions.nr; i++)
		if (!kept || by_place(&c->regions.v[kept - 1], &c->regions.v[i]))
			c->regions.v[kept++] = c->regions.v[i];
	c->regions.nr = kept;
	for (size_t i = 0; i < kept; i++) {
		c->ret->nodes += c->regions.v[i].kind == REGION_NODE;
		c->ret->bytes += c->regions.v[i].bytes;
	}
}

static enum arb_code list_regions(struct capturing *c)
{
	const struct member_geometry *m = geometry_member(&c->v->geo, c->dev);
	enum arb_code code = add_supers(c);

	if (!code && m && m->bucket_size) {
		code = add_journal(c, m);
		code = code ? code : add_trees(c);
		code = code ? code : add_leaves(c);
		code = code ? code : add_scanned(c);
	}
	if (!code)
		unique(c);
	return code;
}

/* --- the image ------------------------------------------------------------------------------------------------------------ */

/* Sectors that cannot be read stay zeroes. */
static void read_region(struct capturing *c, const struct region *r)
{
	struct blk *blk = c->v->devs->dev[c->dev]->blk;

	memset(c->bytes, 0, r->bytes);
	if (!blk_read(blk, r->start, c->bytes, r->bytes, NULL))
		return;
	for (uint64_t at = 0; at + 512 <= r->bytes; at += 512)
		if (blk_read(blk, r->start + at, c->bytes + at, 512, NULL))
			memset(c->bytes + at, 0, 512);
}

static enum arb_code load(struct capturing *c, size_t i)
{
	const struct region *r = &c->regions.v[i];
	uint8_t *bigger;

	if (c->loaded == i)
		return ARB_OK;
	if (c->room < r->bytes) {
		bigger = realloc(c->bytes, r->bytes);
		if (!bigger)
			return arb_fail(c->err, ARB_E_NOMEM, "no memory for %llu bytes of metadata", (unsigned long long)r->bytes);
		c->bytes = bigger;
		c->room = r->bytes;
	}
	read_region(c, r);
	if (!c->o->names && r->kind == REGION_NODE)
		hide_in_node(&c->v->geo, c->o->salt, c->bytes, r->bytes);
	else if (!c->o->names && r->kind == REGION_JOURNAL)
		hide_in_journal(&c->v->geo, c->o->salt, c->bytes, r->bytes);
	c->loaded = i;
	return ARB_OK;
}

/* The part of region @i that lies in the cluster. */
static enum arb_code copy_part(struct capturing *c, size_t i, uint64_t cluster_start, uint8_t *cluster)
{
	const struct region *r = &c->regions.v[i];
	uint64_t from = r->start > cluster_start ? r->start : cluster_start;
	uint64_t to = r->start + r->bytes < cluster_start + QCOW2_CLUSTER ? r->start + r->bytes : cluster_start + QCOW2_CLUSTER;
	enum arb_code code = from < to ? load(c, i) : ARB_OK;

	if (!code && from < to)
		memcpy(cluster + (from - cluster_start), c->bytes + (from - r->start), to - from);
	return code;
}

static bool is_zero(const uint8_t *cluster)
{
	return !*cluster && !memcmp(cluster, cluster + 1, QCOW2_CLUSTER - 1);
}

static enum arb_code write_clusters(struct capturing *c, struct qcow2_writer *w)
{
	uint8_t *cluster = malloc(QCOW2_CLUSTER);
	uint64_t next = 0, end = 0, longest = 0;
	enum arb_code code = cluster ? ARB_OK : arb_fail(c->err, ARB_E_NOMEM, "out of memory");

	for (size_t i = 0; i < c->regions.nr; i++)
		longest = c->regions.v[i].bytes > longest ? c->regions.v[i].bytes : longest;
	for (size_t i = 0, first = 0; i < c->regions.nr && !code; i++) {
		end = (c->regions.v[i].start + c->regions.v[i].bytes + QCOW2_CLUSTER - 1) / QCOW2_CLUSTER;
		if (next < c->regions.v[i].start / QCOW2_CLUSTER)
			next = c->regions.v[i].start / QCOW2_CLUSTER;
		for (; next < end && !code; next++) {
			uint64_t start = next * QCOW2_CLUSTER;

			memset(cluster, 0, QCOW2_CLUSTER);
			while (first < i && c->regions.v[first].start + longest <= start)
				first++;
			for (size_t j = first; j < c->regions.nr && c->regions.v[j].start < start + QCOW2_CLUSTER && !code; j++)
				code = copy_part(c, j, start, cluster);
			if (!code && !is_zero(cluster))		/* what is not written is zeroes as well */
				code = qcow2_write_cluster(w, next, cluster, c->err);
			code = code ? code : step(c);
		}
	}
	free(cluster);
	return code;
}

static enum arb_code capture_device(struct capturing *c, const char *path)
{
	struct qcow2_writer *w;
	enum arb_code code;

	c->regions.nr = 0;
	c->loaded = SIZE_MAX;
	code = list_regions(c);
	code = code ? code : qcow2_write_new(path, c->v->devs->dev[c->dev]->blk->bytes, &w, c->err);
	if (!code)
		code = qcow2_write_close(w, write_clusters(c, w), c->err);
	c->ret->files += !code;
	return code;
}

static char *file_of(const struct view *v, const char *path, unsigned dev)
{
	ARB_BUF(b);

	arb_buf_puts(&b, path);
	if (v->devs->nr_open > 1)
		arb_buf_printf(&b, ".%u", dev);
	return arb_buf_steal(&b);
}

static void forget_files(struct view *v, const char *path, unsigned before)
{
	for (unsigned i = 0; i < before; i++) {
		char *file = v->devs->dev[i] ? file_of(v, path, i) : NULL;

		if (file)
			unlink(file);
		free(file);
	}
}

enum arb_code capture(struct view *v, const char *path, const struct capture_options *o, struct capture_result *ret, struct arb_error *err)
{
	struct capturing c = { .v = v, .o = o, .ret = ret, .err = err };
	struct scan_options look = { .magic_only = true, .progress = scanned, .arg = &c };
	enum arb_code code = journal_index(v->journal, v->devs, &v->geo, v->workers, err);
	unsigned i;

	*ret = (struct capture_result){ 0 };
	code = code ? code : scan_run(v, &look, &c.scan, err);
	for (i = 0; i < SB_MEMBERS_MAX && !code; i++) {
		char *file = v->devs->dev[i] ? file_of(v, path, i) : NULL;

		c.dev = i;
		if (v->devs->dev[i])
			code = file ? capture_device(&c, file) : arb_fail(err, ARB_E_NOMEM, "out of memory");
		free(file);
		if (code)
			forget_files(v, path, i);
	}
	scan_free(c.scan);
	arb_array_free(&c.regions);
	free(c.bytes);
	return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
}
