/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Btrees whose root nobody names. A kernel takes one that stands neither in the clean section nor in the replayed journal for a btree that
 * never was, and frees what belongs to it. But the counters of disk usage say how much the nodes of each btree take: one that has
 * nodes has a root, and it is lost. A btree that a repair emptied is in the superblock's list of btrees that lost data.
 */
#include <stdio.h>

#include "arborist/format/accounting.h"
#include "arborist/format/btree_id.h"
#include "view_private.h"

#define VERSION_ACCOUNTING (1 << 10 | 9)	/* the first with an accounting btree */

struct counted { int64_t sectors[BTREE_ID_NR]; };

static enum arb_code add_counter(void *arg, const struct node *n, struct bkey_s k)
{
	struct accounting_pos pos = accounting_pos_get(k.k.p);
	int64_t by[ACCT_COUNTERS_MAX] = { 0 };
	struct counted *c = arg;

	(void)n;
	if (k.k.type == KEY_accounting && pos.type == ACCT_btree && pos.id < BTREE_ID_NR && accounting_get(k, by) == 1)
		c->sectors[pos.id] = (int64_t)((uint64_t)c->sectors[pos.id] + (uint64_t)by[0]);
	return ARB_OK;
}

static bool any_unnamed(const struct view *v)
{
	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		if (!v->roots[i].exists)
			return true;
	return false;
}

void view_find_unnamed(struct view *v)
{
	struct counted c = { { 0 } };
	struct walk w = { .btree = BTREE_accounting, .start = POS_MIN, .end = SPOS_MAX, .key = add_counter, .arg = &c };

	if (v->geo.encrypted || v->geo.version_upgrade_complete < VERSION_ACCOUNTING || !v->roots[BTREE_accounting].exists ||
	    v->roots[BTREE_accounting].lost || !any_unnamed(v) || view_walk(v, &w, NULL))
		return;
	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		struct btree_root *r = &v->roots[i];

		if (r->exists || c.sectors[i] <= 0 || sb_btrees_lost(v->devs->best) >> i & 1)
			continue;
		*r = (struct btree_root){ .exists = true, .lost = true, .unnamed = true };
		snprintf(r->why, sizeof(r->why), "nothing names it, but %lld sectors of its nodes are counted", (long long)c.sectors[i]);
	}
}
