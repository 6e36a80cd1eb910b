/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan that is larger than the journal: leaf keys that follow from others (buckets, backpointers, counters) are left to the next mount,
 * whose check_allocations writes them; everything else has to fit.
 */
#include <stdlib.h>
#include <string.h>
#include "commit_nodes.h"

struct leaving {
	const struct plan *p;
	const struct overlay *old;	/* with all repairs */
	struct overlay	*now, *left;	/* what stays of it, and what does not */
};

/* Repairs stand in order of their numbers. NULL: a key that the commit itself added. */
static const struct repair *cause_of(const struct plan *p, uint32_t cause)
{
	size_t low = 0, high = p->repairs.nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->repairs.v[mid]->id < cause)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->repairs.nr && p->repairs.v[low]->id == cause ? p->repairs.v[low] : NULL;
}

static bool is_derived(unsigned btree, unsigned level)
{
	return !level && (btree == BTREE_accounting || btree_info(btree)->flags & BTREE_ALLOC);
}

/* Only what check_allocations and the passes behind it count: the oldest generations of gc_gens are not. */
static bool counted(const struct repair *r)
{
	return !r->finding_id || strncmp(r->finding_id, "arborist_gc_gens", 16);
}

static bool may_be_left(const struct plan *p, const struct overlay_key *k)
{
	const struct repair *r = k->cause == OVERLAY_FROM_JOURNAL ? NULL : cause_of(p, k->cause);

	return k->cause != OVERLAY_FROM_JOURNAL && is_derived(k->btree, k->level) && (!r || counted(r));
}

bool repair_derived(const struct repair *r)
{
	bool any = false;

	for (size_t i = 0; i < r->mutations.nr; i++) {
		const struct mutation *m = &r->mutations.v[i];

		if (m->kind == MUTATION_SUPER)
			continue;
		if ((m->kind != MUTATION_INSERT && m->kind != MUTATION_DELETE) || !is_derived(m->btree, m->level))
			return false;
		any = true;
	}
	return any && counted(r);
}

static enum arb_code keep(void *arg, const struct overlay_key *k)
{
	struct leaving *l = arg;

	if (k->cause == OVERLAY_FROM_JOURNAL)
		return ARB_OK;		/* there already */
	return overlay_insert(may_be_left(l->p, k) ? l->left : l->now, k->btree, k->level, k->key, k->cause);
}

/* A repair took it out of the overlay; of derived keys it comes back with the repair that is left out. */
static enum arb_code take_out(void *arg, const struct overlay_key *k)
{
	struct leaving *l = arg;

	if (!is_derived(k->btree, k->level) && !overlay_get(l->old, k->btree, k->level, k->key.k.p))
		overlay_shoot_down(l->now, k->btree, k->level, k->level, k->key.k.p, k->key.k.p);
	return ARB_OK;
}

enum arb_code commit_leave_derived(struct commit_nodes *nodes, const struct plan *p, struct overlay **ret_left, struct arb_error *err)
{
	struct leaving l = { .p = p, .old = nodes->after.overlay };
	enum arb_code code = overlay_dup(p->journal_keys, &l.now, err);

	*ret_left = NULL;
	if (code)
		return code;
	code = overlay_new(&l.left, err);
	code = code ? code : overlay_for_each(p->journal_keys, take_out, &l);
	code = code ? code : overlay_for_each(l.old, keep, &l);
	if (code) {
		overlay_free(l.now);
		overlay_free(l.left);
		return arb_fail(err, code, "no memory to lay out the commit");
	}
	if (nodes->changed)
		overlay_free(nodes->after.overlay);
	nodes->after.overlay = l.now;
	nodes->changed = true;
	*ret_left = l.left;
	return ARB_OK;
}

static enum arb_code add_bytes(void *arg, const struct overlay_key *k)
{
	*(uint64_t *)arg += 8 * (uint64_t)k->key.k.u64s;
	return ARB_OK;
}

enum arb_code commit_may_leave(const struct view *v, const struct overlay *left, struct arb_error *err)
{
	uint64_t bytes = 0;

	overlay_for_each(left, add_bytes, &bytes);
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++) {
		uint64_t ring = v->journal->dev[dev].nr * (uint64_t)v->geo.member[dev].bucket_size * 512;

		if (ring && bytes > ring)
			return arb_fail(err, ARB_E_REFUSED, "%zu keys follow from others, but a kernel would not get through writing so many with the "
					"small journal of device %u, and there is no space for new nodes", overlay_nr(left), dev);
	}
	return ARB_OK;
}
