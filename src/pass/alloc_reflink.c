/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared extents: how often each is referred to, and references to what is not there (repair-semantics.md 8.7, 8.11).
 *
 * The counts are compared when the walk comes to the reflink btree: all references stand in the extents btree, which
 * comes first. A shared extent that nothing refers to is then deleted before anything of it is counted.
 */
#include "alloc.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "arborist/format/reflink.h"

static enum arb_code take_entry(void *arg, const struct node *n, struct bkey_s k)
{
	struct alloc_gc *g = arg;
	struct reflink_entry *e;
	uint64_t refcount;

	(void)n;
	if (!reflink_refcount_get(k, &refcount))
		return ARB_OK;
	e = arb_array_push(&g->reflink);
	if (!e)
		return arb_fail(g->c->err, ARB_E_NOMEM, "no memory for the table of shared extents");
	*e = (struct reflink_entry){ .end = k.k.p.offset, .size = k.k.size };
	return ARB_OK;
}

static enum arb_code not_all(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	(void)level, (void)ptr, (void)d;
	((struct alloc_gc *)arg)->reflink_unread = true;
	return ARB_OK;
}

enum arb_code alloc_reflink_begin(struct alloc_gc *g)
{
	struct walk w = { .btree = BTREE_reflink, .start = POS_MIN, .end = SPOS_MAX, .key = take_entry, .node = alloc_come_by, .bad = not_all, .arg = g };

	g->reflink_unread = false;
	return view_walk(g->v, &w, g->c->err);
}

/* First entry that ends after @pos. */
static size_t first_after(const struct alloc_gc *g, uint64_t pos)
{
	size_t low = 0, high = g->reflink.nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (g->reflink.v[mid].end <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* --- references ------------------------------------------------------------------------------------------------------------ */

struct range { uint64_t start, end; };

static struct range referred(const struct reflink_p *p, uint32_t size)
{
	uint64_t end = p->idx + size;

	end = end < p->idx ? UINT64_MAX : end;
	return (struct range){
		p->idx < p->front_pad ? 0 : p->idx - p->front_pad,
		end > UINT64_MAX - p->back_pad ? UINT64_MAX : end + p->back_pad,
	};
}

/* The first hole at or after @x; false when there is none. */
static bool next_hole(const struct alloc_gc *g, uint64_t x, uint64_t end, struct range *ret)
{
	for (size_t i = first_after(g, x); x < end; i++) {
		const struct reflink_entry *e = i < g->reflink.nr ? &g->reflink.v[i] : NULL;
		uint64_t start = e ? e->end - e->size : end;

		if (!e || start > x) {
			*ret = (struct range){ x, start < end ? start : end };
			return true;
		}
		x = e->end;
	}
	return false;
}

static void count_references(struct alloc_gc *g, const struct reflink_p *p, uint32_t size)
{
	struct range r = referred(p, size);

	for (size_t i = first_after(g, r.start); i < g->reflink.nr; i++) {
		struct reflink_entry *e = &g->reflink.v[i];

		if (e->end - e->size >= r.end)
			return;
		e->refcount += e->refcount != UINT64_MAX;
	}
}

/* Changes @p so that it does not reach into the hole. False: the hole is in what is read through it. */
static bool shorten(struct reflink_p *p, uint32_t size, const struct range *hole)
{
	if (hole->end <= p->idx)
		p->front_pad = p->idx - hole->end;
	else if (hole->start >= p->idx + size)
		p->back_pad = hole->start - (p->idx + size);
	else
		return false;
	return true;
}

/* The key with all its holes dealt with, in g->changed; the text of all of them. */
static void mend(struct alloc_gc *g, struct bkey_s k, struct reflink_p p, struct arb_buf *holes)
{
	struct range r = referred(&p, k.k.size), hole;
	bool whole = true;

	for (uint64_t x = r.start; next_hole(g, x, r.end, &hole); x = hole.end) {
		arb_buf_printf(holes, "\n  missing range %llu-%llu", (unsigned long long)hole.start, (unsigned long long)hole.end);
		whole &= shorten(&p, k.k.size, &hole);
	}
	reflink_p_put(&g->changed, k.k.p, k.k.size, &p);
	g->changed.k.ver = k.k.ver;
	if (!whole)
		g->changed.k = (struct bkey){ .p = k.k.p, .ver = k.k.ver, .size = k.k.size, .type = KEY_error, .u64s = BKEY_U64s };
}

static enum arb_code ask_holes(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, const struct reflink_p *p, bool *ret_fixed)
{
	struct finding *f = alloc_finding("reflink_p_to_missing_reflink_v", "alloc.reflink.hole", at->btree, at->level, k.k.p);
	struct repair *r;
	ARB_BUF(m);

	arb_buf_puts(&m, "pointer to missing indirect extent\n  ");
	alloc_key_text(g, &m, k);
	mend(g, k, *p, &m);
	if (f)
		finding_message(f, "%s", arb_buf_str(&m));
	if (f)
		f->rule = alloc_rule("reflink_p_to_missing_reflink_v", g->changed.k.type == KEY_error);
	r = alloc_repair_key(at, k.k.p, &g->changed, "shorten a reference to shared data");
	if (r)
		r->loss.keys_cut = g->changed.k.type == KEY_error;
	return alloc_decide(g, f, r, ret_fixed);
}

enum arb_code alloc_check_reflink_p(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret)
{
	enum arb_code code = ARB_OK;
	struct reflink_p p;
	struct range r, hole;
	bool fixed = false;

	*ret = GC_COUNT;
	if (!reflink_p_get(k, &p))
		return ARB_OK;
	r = referred(&p, k.k.size);
	if (!g->reflink_unread && next_hole(g, r.start, r.end, &hole)) {
		bkey_buf_set(&g->key, k);
		k = bkey_buf_s(&g->key);
		code = ask_holes(g, at, k, &p, &fixed);
		if (fixed) {
			bkey_buf_set(&g->key, bkey_buf_s(&g->changed));
			k = bkey_buf_s(&g->key);
			*ret = GC_COUNT_CHANGED;
		}
	}
	if (!code && reflink_p_get(k, &p))
		count_references(g, &p, k.k.size);
	return code;
}

/* --- counts ---------------------------------------------------------------------------------------------------------------- */

enum arb_code alloc_check_refcount(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret)
{
	size_t i = first_after(g, k.k.p.offset ? k.k.p.offset - 1 : 0);
	const struct reflink_entry *e = i < g->reflink.nr ? &g->reflink.v[i] : NULL;
	uint64_t recorded;
	struct finding *f;
	struct repair *r;
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	if (g->report_only)		/* what refers to it may lie outside */
		return ARB_OK;
	if (!reflink_refcount_get(k, &recorded) || !e || e->end != k.k.p.offset || e->size != k.k.size || e->refcount == recorded || g->incomplete)
		return ARB_OK;
	f = alloc_finding("reflink_v_refcount_wrong", "alloc.reflink.count", at->btree, at->level, k.k.p);
	alloc_key_text(g, &m, k);
	if (f)
		finding_message(f, "reflink key has wrong refcount:\n  %s\n  should be %llu", arb_buf_str(&m), (unsigned long long)e->refcount);
	if (f)
		f->rule = alloc_rule("reflink_v_refcount_wrong", !e->refcount);
	bkey_buf_set(&g->changed, k);
	reflink_refcount_put(&g->changed, e->refcount);
	r = alloc_repair_key(at, k.k.p, e->refcount ? &g->changed : NULL,
			     e->refcount ? _("correct the count of a shared extent") : _("delete a shared extent that nothing refers to"));
	code = alloc_decide(g, f, r, &fixed);
	if (fixed) {
		bkey_buf_set(&g->key, bkey_buf_s(&g->changed));
		*ret = e->refcount ? GC_COUNT_CHANGED : GC_LEAVE_OUT;
	}
	return code;
}
