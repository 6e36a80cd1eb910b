/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the result of a scan. */
#include <stdlib.h>

#include "arborist/format/btree_id.h"
#include "scan_places.h"
#include "scan_private.h"

/* --- can the bitmaps be relied on? ------------------------------------------------------------------------------- */

struct bitmap_look { struct view *v; bool bad; };

static enum arb_code look_at_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct bitmap_look *l = arg;
	struct btree_ptr p;

	(void)n;
	if (!btree_ptr_get(k, &p))
		return ARB_OK;
	for (unsigned i = 0; i < p.nr_ptrs; i++) {
		const struct member_geometry *m = geometry_member(&l->v->geo, p.ptr[i].dev);

		if (m && !scan_bitmap_allows(&l->v->geo, m, p.ptr[i].sector))
			l->bad = true;
	}
	return l->bad ? ARB_E_STOPPED : ARB_OK;
}

static enum arb_code look_at_btree(struct bitmap_look *l, unsigned btree, struct arb_error *err)
{
	const struct btree_root *r = &l->v->roots[btree];
	enum arb_code code = ARB_OK;

	if (r->exists && !r->lost && !r->fake)
		code = look_at_pointer(l, NULL, bkey_buf_s(&r->key));
	for (unsigned level = 1; !code && level <= r->level; level++) {
		struct walk w = { .btree = btree, .level = level, .end = SPOS_MAX, .key = look_at_pointer, .arg = l };

		code = view_walk(l->v, &w, err);
	}
	return code;
}

enum arb_code scan_bitmap_good(struct view *v, bool *ret, struct arb_error *err)
{
	struct bitmap_look l = { .v = v };
	enum arb_code code = ARB_OK;

	for (unsigned b = 0; !code && b < BTREE_ID_NR_MAX; b++)
		code = look_at_btree(&l, b, err);
	*ret = !l.bad;
	return l.bad ? ARB_OK : code;
}

/* Is @n before the nodes of (btree, level) that end at or after @lo? */
static bool before_range(const struct scanned_node *n, unsigned btree, unsigned level, struct bpos lo)
{
	if (n->btree != btree)
		return n->btree < btree;
	if (n->level != level)
		return n->level > level;
	return bpos_lt(n->max, lo);
}

static size_t live_lower_bound(const struct scan *s, unsigned btree, unsigned level, struct bpos lo)
{
	size_t a = 0, b = s->live.nr;

	while (a < b) {
		size_t mid = a + (b - a) / 2;

		if (before_range(&s->nodes.v[s->live.v[mid]], btree, level, lo))
			a = mid + 1;
		else
			b = mid;
	}
	return a;
}

const struct scanned_node *scan_next(const struct scan *s, unsigned btree, unsigned level, struct bpos lo, struct bpos hi, size_t *cursor)
{
	size_t i = *cursor ? *cursor - 1 : live_lower_bound(s, btree, level, lo);

	for (; i < s->live.nr; i++) {
		const struct scanned_node *n = &s->nodes.v[s->live.v[i]];

		if (n->btree != btree || n->level != level || bpos_lt(hi, n->min))
			break;
		/* Of one position no pointer can be made */
		if (!bpos_lt(bpos_max(n->min, lo), bpos_min(n->max, hi)))
			continue;
		*cursor = i + 2;
		return n;
	}
	*cursor = s->live.nr + 1;
	return NULL;
}

const struct scanned_node *scan_newer(const struct scan *s, unsigned btree, unsigned level, struct bpos min, struct bpos max, uint32_t node_seq)
{
	const struct scanned_node *best = NULL;

	for (size_t i = live_lower_bound(s, btree, level, min); i < s->live.nr; i++) {
		const struct scanned_node *n = &s->nodes.v[s->live.v[i]];

		if (n->btree != btree || n->level != level || bpos_lt(max, n->min))
			break;
		if (!n->damaged && n->node_seq > node_seq && (!best || scanned_age_cmp(n, best) > 0))
			best = n;
	}
	return best;
}

bool scan_has_leaf(const struct scan *s, unsigned btree)
{
	size_t i = live_lower_bound(s, btree, 0, POS_MIN);

	return i < s->live.nr && s->nodes.v[s->live.v[i]].btree == btree && !s->nodes.v[s->live.v[i]].level;
}

void scan_pointer(const struct scanned_node *n, struct bpos lo, struct bpos hi, struct bkey_buf *ret)
{
	struct btree_ptr p = {
		.is_v2 = true, .sectors_written = n->sectors_written, .seq = n->cookie, .nr_ptrs = n->nr_copies,
		.min_key = bpos_max(n->min, lo), .max_key = bpos_min(n->max, hi),
	};

	p.range_updated = !bpos_eq(p.min_key, n->header_min) || !bpos_eq(p.max_key, n->header_max);
	for (unsigned i = 0; i < n->nr_copies; i++)
		p.ptr[i] = (struct extent_ptr){ .sector = n->copy[i].sector, .dev = n->copy[i].dev, .gen = n->copy[i].gen };
	btree_ptr_put(ret, &p);
}

static void by_to_text(struct arb_buf *out, const struct scan *s, const struct scanned_node *n)
{
	const struct scanned_node *by = n->by < s->nodes.nr ? &s->nodes.v[n->by] : NULL;

	if (!n->overwritten && !n->range_updated)
		return;
	arb_buf_puts(out, n->overwritten ? ", overwritten" : ", cut to ");
	if (!n->overwritten) {
		bpos_to_text(out, n->min);
		arb_buf_puts(out, " - ");
		bpos_to_text(out, n->max);
	}
	if (by)
		arb_buf_printf(out, " by seq %u cookie %llx", by->node_seq, (unsigned long long)by->cookie);
}

void scanned_node_to_text(struct arb_buf *out, const struct scan *s, size_t i)
{
	const struct scanned_node *n = &s->nodes.v[i];

	btree_id_to_text(out, n->btree);
	arb_buf_printf(out, " level %u ", n->level);
	bpos_to_text(out, n->header_min);
	arb_buf_puts(out, " - ");
	bpos_to_text(out, n->header_max);
	arb_buf_printf(out, " seq %u cookie %llx journal_seq %llu written %u at", n->node_seq, (unsigned long long)n->cookie,
		       (unsigned long long)n->journal_seq, n->sectors_written);
	for (unsigned j = 0; j < n->nr_copies; j++)
		arb_buf_printf(out, " %u:%llu gen %u", n->copy[j].dev, (unsigned long long)n->copy[j].sector, n->copy[j].gen);
	if (n->nr_left_out)
		arb_buf_printf(out, ", %u worse copies", n->nr_left_out);
	if (n->damaged)
		arb_buf_puts(out, ", damaged");
	arb_buf_puts(out, n->in_tree ? ", in the tree" : ", not in the tree");
	by_to_text(out, s, n);
	if (n->use != SCAN_USE_UNKNOWN)
		arb_buf_printf(out, "; %s", scan_use_text(n->use));
}
