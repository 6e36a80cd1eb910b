/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Btrees whose root nobody names. A kernel takes one that stands neither in the clean section nor in the replayed journal for a btree that
 * never was, and frees what belongs to it. But the counters of disk usage say how much the nodes of each btree take: one that has
 * nodes has a root, and it is lost. Where the counters cannot be read, nodes that nobody points at tell. A btree that a repair emptied is
 * in the superblock's list of btrees that lost data.
 */
#include <stdio.h>

#include "arborist/format/accounting.h"
#include "arborist/format/btree_id.h"
#include "view_private.h"

#define VERSION_ACCOUNTING (1 << 10 | 9)	/* the first with an accounting btree */

struct counted {
	int64_t		sectors[BTREE_ID_NR];
	bool		in_part;	/* not all counters could be read */
};

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

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct counted *c = arg;

	(void)level, (void)ptr, (void)d;
	c->in_part = true;
	return ARB_OK;
}

static void make_lost(struct view *v, unsigned btree, int64_t sectors)
{
	struct btree_root *r = &v->roots[btree];

	*r = (struct btree_root){ .exists = true, .lost = true, .unnamed = true };
	if (sectors > 0)
		snprintf(r->why, sizeof(r->why), "nothing names it, but %lld sectors of its nodes are counted", (long long)sectors);
	else
		snprintf(r->why, sizeof(r->why), "nothing names it, but nodes of it lie in buckets in use");
}

void view_find_unnamed(struct view *v)
{
	struct counted c = { { 0 } };
	struct walk w = {
		.btree = BTREE_accounting, .start = POS_MIN, .end = SPOS_MAX, .key = add_counter, .bad = bad_node, .arg = &c,
	};
	uint64_t orphans = 0;
	bool sure = true;

	if (v->geo.encrypted || v->geo.version_upgrade_complete < VERSION_ACCOUNTING || !any_unnamed(v))
		return;
	if (!v->roots[BTREE_accounting].exists || v->roots[BTREE_accounting].lost || view_walk(v, &w, NULL) || c.in_part)
		orphans = view_find_orphans(v, &sure);
	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		if (v->roots[i].exists || sb_btrees_lost(v->devs->best) >> i & 1)
			continue;
		if (c.sectors[i] > 0 || orphans >> i & 1)
			make_lost(v, i, c.sectors[i]);
		else if (!sure)
			v->roots_unsure |= UINT64_C(1) << i;
	}
}
