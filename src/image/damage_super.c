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

/* Changes one copy that is good; false: it stays as it is. */
typedef bool change_sb_fn(struct damage *d, struct sb *sb, unsigned copy, const void *arg);

static enum arb_code change_copy(struct damage *d, struct device *dev, unsigned copy, change_sb_fn *change, const void *arg)
{
	const struct sb_copy *at = &dev->copies.v[copy];
	enum arb_code c = ARB_OK;
	struct sb sb;

	if (!sb_copy_good(at))
		return ARB_OK;
	if (sb_dup(&at->sb, &sb))
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for a superblock");
	if (change(d, &sb, copy, arg)) {
		if (!d->change.raw)
			sb_checksum(&sb);
		c = blk_write(dev->blk, at->sector << 9, sb.raw, sb.bytes, d->err);
	}
	sb_free(&sb);
	return c;
}

static enum arb_code change_copies(struct damage *d, change_sb_fn *change, const void *arg)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < SB_MEMBERS_MAX; i++) {
		struct device *dev = d->v->devs->dev[i];

		for (size_t n = 0; !c && dev && n < dev->copies.nr; n++)
			c = change_copy(d, dev, n, change, arg);
	}
	return c;
}

static bool forget_node(struct damage *d, struct sb *sb, unsigned copy, const void *arg)
{
	const struct btree_ptr *p = arg;
	struct sb_member m;

	(void)copy;
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		if (sb_member_get(sb, p->ptr[i].dev, &m)) {
			forget(&m, p->ptr[i].sector, d->v->geo.node_sectors);
			sb_member_put(sb, p->ptr[i].dev, &m);
		}
	return true;
}

static bool know_node(struct damage *d, struct sb *sb, unsigned copy, const void *arg)
{
	const struct btree_ptr *p = arg;
	struct sb_member m;

	(void)copy;
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		if (sb_member_get(sb, p->ptr[i].dev, &m)) {
			sb_member_mark_btree(&m, p->ptr[i].sector, d->v->geo.node_sectors);
			sb_member_put(sb, p->ptr[i].dev, &m);
		}
	return true;
}

enum arb_code damage_bitmap_know(struct damage *d, const struct btree_ptr *p)
{
	return change_copies(d, know_node, p);
}

enum arb_code damage_do_bitmap(struct damage *d, int arg)
{
	(void)arg;
	return change_copies(d, forget_node, &damage_target(d)->ptr);
}

static bool forbid(struct damage *d, struct sb *sb, unsigned copy, const void *arg)
{
	(void)copy;
	return !sb_blacklist_add(sb, *(const struct seq_range *)arg, d->err);
}

/* Keys that the journal did not reach before a power cut, as they are when the next mount has found them. */
enum arb_code damage_do_blacklist(struct damage *d, int arg)
{
	struct seq_range r;
	struct node_got got;
	enum arb_code c = damage_read(d, d->level, damage_target(d), &got);

	(void)arg;
	if (c)
		return c;
	r = (struct seq_range){ got.node->max_journal_seq, got.node->max_journal_seq + 1 };
	node_put(&got);
	return r.start ? change_copies(d, forbid, &r) : arb_fail(d->err, ARB_E_BAD_ARGUMENT, "no key of this node was in the journal");
}

/* ---- superblocks as a whole */

static bool make_older(struct damage *d, struct sb *sb, unsigned copy, const void *arg)
{
	(void)d;
	(void)arg;
	sb_fixed_set(sb, "seq", sb->seq - 1);
	return !copy;
}

static bool drop_replicas(struct damage *d, struct sb *sb, unsigned copy, const void *arg)
{
	(void)d;
	(void)copy;
	(void)arg;
	sb_field_resize(sb, SB_FIELD_replicas, 0);
	sb_field_resize(sb, SB_FIELD_replicas_v0, 0);
	return true;
}

static enum arb_code wipe_first(struct damage *d)
{
	static const uint8_t zero[4096];
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < SB_MEMBERS_MAX; i++)
		if (d->v->devs->dev[i])
			c = blk_write(d->v->devs->dev[i]->blk, SB_SECTOR << 9, zero, sizeof(zero), d->err);
	if (d->done)
		arb_buf_puts(d->done, "superblock-first: sector 8 of every device is zeroes\n");
	return c;
}

enum arb_code damage_do_superblock(struct damage *d, int what)
{
	return what == SB_DAMAGE_FIRST ? wipe_first(d) : change_copies(d, what == SB_DAMAGE_OUTDATED ? make_older : drop_replicas, NULL);
}
