/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to what superblocks say of the members: every copy of every device, with its checksum right again. */
#include "arborist/format/superblock.h"
#include "damage_do.h"

/* Takes the bits of [start, start + sectors) out of the member's map of places where nodes are. */
static void forget(struct sb_member *m, uint64_t start, uint64_t sectors)
{
	for (uint64_t i = start >> m->btree_bitmap_shift; i <= (start + sectors - 1) >> m->btree_bitmap_shift && i < 64; i++)
		m->btree_bitmap &= ~(UINT64_C(1) << i);
}

static enum arb_code forget_in_copy(struct damage *d, struct device *dev, const struct sb_copy *copy, const struct btree_ptr *p)
{
	struct sb_member m;
	struct sb sb;
	enum arb_code c;

	if (!sb_copy_good(copy))
		return ARB_OK;
	if (sb_dup(&copy->sb, &sb))
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for a superblock");
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		if (sb_member_get(&sb, p->ptr[i].dev, &m)) {
			forget(&m, p->ptr[i].sector, d->v->geo.node_sectors);
			sb_member_put(&sb, p->ptr[i].dev, &m);
		}
	sb_checksum(&sb);
	c = blk_write(dev->blk, copy->sector << 9, sb.raw, sb.bytes, d->err);
	sb_free(&sb);
	return c;
}

enum arb_code damage_do_bitmap(struct damage *d, int arg)
{
	const struct btree_ptr *p = &damage_target(d)->ptr;
	enum arb_code c = ARB_OK;

	(void)arg;
	for (unsigned i = 0; !c && i < SB_MEMBERS_MAX; i++) {
		struct device *dev = d->v->devs->dev[i];

		for (size_t n = 0; !c && dev && n < dev->copies.nr; n++)
			c = forget_in_copy(d, dev, &dev->copies.v[n], p);
	}
	return c;
}
