/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of the allocation gc and the counters of devices that follow from a bucket's change (repair-semantics.md 8.1, 8.6). */
#include "arborist/base/i18n.h"
#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static struct counter *dev_counter(struct alloc_gc *g, unsigned dev, unsigned type)
{
	struct accounting_pos a = { .type = ACCT_dev_data_type, .dev = dev, .data_type = type };
	struct counter **memo = &g->dev[dev].by_type[type];

	return *memo ? *memo : gc_counter(g, memo, &a);
}

static enum arb_code dev_new(struct alloc_gc *g, unsigned i, const struct member_geometry *m)
{
	struct gc_dev *d = &g->dev[i];

	d->nbuckets = m->nbuckets;
	d->first_bucket = m->first_bucket;
	d->bucket_size = m->bucket_size;
	d->bucket = calloc(m->nbuckets, sizeof(*d->bucket));
	return d->bucket ? ARB_OK : arb_fail(g->c->err, ARB_E_NOMEM, "no memory for the table of %llu buckets of device %u",
					     (unsigned long long)m->nbuckets, i);
}

static void log_memory(const struct alloc_gc *g, uint64_t buckets)
{
	char line[120];

	if (!g->c->port->log || buckets < 1000000)
		return;
	snprintf(line, sizeof(line), _("the bucket tables take %llu MiB"),
		 (unsigned long long)(buckets * sizeof(struct gc_bucket) >> 20));
	g->c->port->log(g->c->port->arg, line);
}

enum arb_code alloc_gc_new(struct pass_ctx *c, struct alloc_gc **ret)
{
	struct alloc_gc *g = calloc(1, sizeof(*g));
	enum arb_code code = g ? ARB_OK : arb_fail(c->err, ARB_E_NOMEM, "no memory for the allocation gc");
	uint64_t buckets = 0;

	if (code)
		return code;
	*g = (struct alloc_gc){ .c = c, .v = c->view, .counters = &c->run->counters, .report_only = c->scope.restricted };
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		buckets += geometry_member(&g->v->geo, i) ? g->v->geo.member[i].nbuckets : 0;
	log_memory(g, buckets);
	c->progress.memory = buckets * sizeof(struct gc_bucket);
	for (unsigned i = 0; i < SB_MEMBERS_MAX && !code; i++)
		if (geometry_member(&g->v->geo, i))
			code = dev_new(g, i, &g->v->geo.member[i]);
	if (code)
		alloc_gc_free(g);
	else
		*ret = g;
	return code;
}

void alloc_gc_free(struct alloc_gc *g)
{
	if (!g)
		return;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free(g->dev[i].bucket);
	arb_array_free(&g->stripes);
	arb_array_free(&g->reflink);
	free(g);
}

static void dev_begin(struct alloc_gc *g, unsigned dev)
{
	static const struct gc_bucket nothing;
	struct gc_dev *d = &g->dev[dev];

	counter_add(dev_counter(g, dev, DATA_free), COUNTED_NOW, d->nbuckets - d->first_bucket, 0, 0);
	for (uint64_t b = 0; b < d->nbuckets; b++) {
		uint8_t forced = d->bucket[b].flags & GC_FORCED_BTREE;

		if (!memcmp(&d->bucket[b], &nothing, sizeof(nothing)))
			continue;		/* memory of buckets nobody uses is never taken */
		d->bucket[b] = (struct gc_bucket){ .flags = forced, .data_type = forced ? DATA_btree : DATA_free };
		if (forced)
			gc_bucket_account(g, dev, &nothing, &d->bucket[b]);
	}
}

enum arb_code alloc_gc_begin(struct alloc_gc *g)
{
	counters_zero(g->counters, COUNTED_NOW);
	g->stripes.nr = g->reflink.nr = 0;
	g->incomplete = g->alloc_unread = g->stripes_unread = g->again = g->shared_gone = false;
	g->inodes = 0;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (g->dev[i].bucket)
			dev_begin(g, i);
	return g->oom ? arb_fail(g->c->err, ARB_E_NOMEM, "no memory for counters") : ARB_OK;
}

struct gc_bucket *gc_bucket(struct alloc_gc *g, unsigned dev, uint64_t bucket)
{
	const struct gc_dev *d = dev < SB_MEMBERS_MAX ? &g->dev[dev] : NULL;

	return d && d->bucket && bucket >= d->first_bucket && bucket < d->nbuckets ? &d->bucket[bucket] : NULL;
}

struct gc_stripe *gc_stripe(struct alloc_gc *g, uint64_t idx)
{
	size_t low = 0, high = g->stripes.nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->stripes.v[mid].idx < idx)
			low = mid + 1;
		else
			high = mid;
	}
	return low < g->stripes.nr && g->stripes.v[low].idx == idx ? &g->stripes.v[low] : NULL;
}

struct counter *gc_counter(struct alloc_gc *g, struct counter **memo, const struct accounting_pos *a)
{
	struct bpos pos = accounting_pos_put(a);

	if (*memo && bpos_eq((*memo)->pos, pos))
		return *memo;
	*memo = counters_get(g->counters, pos);
	g->oom |= !*memo;
	return *memo;
}

static uint64_t sectors_of(const struct gc_bucket *b)
{
	return b->data_type == DATA_cached ? b->cached_sectors : (uint64_t)b->stripe_sectors + b->dirty_sectors;
}

static int64_t fragmented(const struct gc_dev *d, uint64_t sectors)
{
	return sectors && sectors < d->bucket_size ? (int64_t)(d->bucket_size - sectors) : 0;
}

void gc_bucket_account(struct alloc_gc *g, unsigned dev, const struct gc_bucket *old, const struct gc_bucket *now)
{
	const struct gc_dev *d = &g->dev[dev];
	int64_t so = sectors_of(old), sn = sectors_of(now), fo = fragmented(d, so), fn = fragmented(d, sn);
	int64_t uo = old->data_type == DATA_stripe ? old->dirty_sectors : 0, un = now->data_type == DATA_stripe ? now->dirty_sectors : 0;

	if (old->data_type != now->data_type) {
		counter_add(dev_counter(g, dev, now->data_type), COUNTED_NOW, 1, sn, fn);
		counter_add(dev_counter(g, dev, old->data_type), COUNTED_NOW, -1, -so, -fo);
	} else if (so != sn) {
		counter_add(dev_counter(g, dev, now->data_type), COUNTED_NOW, 0, sn - so, fn - fo);
	}
	if (uo != un)
		counter_add(dev_counter(g, dev, DATA_unstriped), COUNTED_NOW, !!un - !!uo, un - uo, 0);
}

/* The state the bucket is in, when what it holds is of kind @hint; NEED_DISCARD and oldest gen are not known here. */
static unsigned bucket_type(const struct gc_bucket *b, unsigned hint)
{
	if (b->stripe)
		return hint == DATA_parity ? DATA_parity : DATA_stripe;
	if (b->stripe_sectors || b->dirty_sectors)
		return hint;
	return b->cached_sectors ? DATA_cached : DATA_free;
}

void gc_bucket_add(struct alloc_gc *g, unsigned dev, struct gc_bucket *b, uint32_t *field, uint64_t sectors, unsigned type)
{
	struct gc_bucket old = *b;

	*field = sectors > UINT32_MAX - *field ? UINT32_MAX : *field + (uint32_t)sectors;
	b->data_type = b->flags & GC_FORCED_BTREE ? DATA_btree : bucket_type(b, type);
	gc_bucket_account(g, dev, &old, b);
}

void gc_incomplete(struct alloc_gc *g, const char *fmt, ...)
{
	va_list ap;

	if (!g->incomplete) {
		va_start(ap, fmt);
		vsnprintf(g->why_incomplete, sizeof(g->why_incomplete), tr(fmt), ap);
		va_end(ap);
	}
	g->incomplete = true;
}
