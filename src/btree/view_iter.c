/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merged iteration of one node and the overlay (repair-semantics.md 3). */
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/btree/view.h"

void node_iter_init_at(struct node_iter *it, struct view *v, const struct node *n, struct bpos start)
{
	*it = (struct node_iter){ .v = v, .n = n, .pos = start, .i = node_lower_bound(n, start) };
}

void node_iter_init(struct node_iter *it, struct view *v, const struct node *n)
{
	node_iter_init_at(it, v, n, n->min);
}

static void seek_overlay(struct node_iter *it)
{
	const struct overlay *o = it->v->overlay;
	const struct node *n = it->n;

	it->next = NULL;
	if (overlay_nr_at(o, n->btree, n->level))
		it->next = overlay_lower_bound(o, n->btree, n->level, it->pos);
	it->changes = overlay_changes(o);
	it->sought = true;
}

/* First overlay entry at or after the position; looked up again only when the overlay has changed. */
static const struct overlay_key *next_overlay(struct node_iter *it)
{
	if (!it->sought || it->changes != overlay_changes(it->v->overlay))
		seek_overlay(it);
	while (it->next && bpos_lt(it->next->key.k.p, it->pos))
		it->next = overlay_next(it->v->overlay, it->next);
	return it->next;
}

static bool next_of_node(struct node_iter *it, struct bkey_s *ret)
{
	const struct node *n = it->n;

	while (it->i < n->nr_keys && bpos_lt(n->keys[it->i].k.p, it->pos))
		it->i++;
	if (it->i < n->nr_keys)
		*ret = node_key(n, it->i);
	return it->i < n->nr_keys;
}

/* bpos_successor(), the usual cases without a call. */
static bool step_past(struct node_iter *it, struct bpos p)
{
	it->pos = p;
	it->pos.snapshot++;
	if (it->pos.snapshot)
		return true;
	it->pos.offset++;
	return it->pos.offset || bpos_successor(p, &it->pos);
}

/* Adds @k up to @sum, which holds *nr counters. */
static void add_counters(uint8_t *sum, const struct bkey_s *k, unsigned *nr)
{
	unsigned n = bkey_val_u64s(&k->k);

	for (unsigned i = 0; i < n && i < ACCT_COUNTERS_MAX; i++)
		le64_put(sum + 8 * i, le64_get(sum + 8 * i) + le64_get(k->v + 8 * i));
	if (n > *nr)
		*nr = n < ACCT_COUNTERS_MAX ? n : ACCT_COUNTERS_MAX;
}

static bool version_lt(struct bversion a, struct bversion b)
{
	return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

/* Accounting keys of the overlay are deltas: those of the journal count when they are newer than the key on disk @ret. */
static void sum_deltas(struct node_iter *it, bool have, struct bkey_s *ret)
{
	struct bkey k = have ? ret->k : it->from_overlay->key.k;
	struct bversion on_disk = have ? ret->k.ver : (struct bversion){ 0 };
	uint8_t *sum = it->v->sum[it->v->next_sum++ % VIEW_SUMS];
	unsigned nr = 0;

	memset(sum, 0, sizeof(it->v->sum[0]));
	if (have)
		add_counters(sum, ret, &nr);
	for (const struct overlay_key *o = it->from_overlay; o && bpos_eq(o->key.k.p, k.p); o = overlay_next(it->v->overlay, o)) {
		if (o->key.k.type != KEY_accounting || (o->cause == OVERLAY_FROM_JOURNAL && !version_lt(on_disk, o->key.k.ver)))
			continue;
		add_counters(sum, &o->key, &nr);
		if (version_lt(k.ver, o->key.k.ver))
			k.ver = o->key.k.ver;
	}
	k.u64s = BKEY_U64s + nr;
	*ret = (struct bkey_s){ k, sum };
}

static bool is_delta(const struct node *n, const struct overlay_key *o)
{
	return n->btree == BTREE_accounting && !n->level && o->key.k.type == KEY_accounting;
}

bool node_iter_next(struct node_iter *it, struct bkey_s *ret)
{
	while (!it->end) {
		bool have = next_of_node(it, ret);

		it->from_overlay = next_overlay(it);
		if (it->from_overlay && have && bpos_lt(ret->k.p, it->from_overlay->key.k.p))
			it->from_overlay = NULL;
		if (it->from_overlay && is_delta(it->n, it->from_overlay))
			sum_deltas(it, have && bpos_eq(ret->k.p, it->from_overlay->key.k.p), ret);
		else if (it->from_overlay)
			*ret = it->from_overlay->key;
		else if (!have)
			break;
		if (bpos_lt(it->n->max, ret->k.p))
			break;
		it->end = !step_past(it, ret->k.p);
		if (ret->k.type != KEY_deleted)
			return true;
	}
	it->end = true;
	return false;
}
