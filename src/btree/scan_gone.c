/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Was a key of an older copy deleted since? Other btrees can prove it: a bucket that has been given away anew holds nothing of it any more,
 * and what belongs to an inode goes with the inode. Brought back, such a key would claim what is somebody else's. Where the other btree
 * cannot be relied on nothing is proven.
 */
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/dirent.h"
#include "scan_private.h"

static enum arb_code pointer_is_stale(struct gone *g, const struct extent_ptr *p, bool *ret, struct arb_error *err)
{
	const struct member_geometry *m = geometry_member(&g->v->geo, p->dev);
	struct bkey_buf k;
	struct alloc_v4 a;
	bool found;
	enum arb_code code;

	*ret = false;
	if (!m || !m->bucket_size)
		return ARB_OK;
	code = view_lookup_near(g->v, BTREE_alloc, BPOS(p->dev, p->sector / m->bucket_size, 0), &g->alloc, &k, &found, err);
	*ret = !code && found && alloc_get(bkey_buf_s(&k), &a) && gen_after(a.gen, p->gen);
	return code;
}

static enum arb_code any_stale(struct gone *g, struct bkey_s k, bool *ret, struct arb_error *err)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	enum arb_code code = ARB_OK;

	while (!code && !*ret && extent_next_ptr(k, &it, &p))
		code = pointer_is_stale(g, &p, ret, err);
	return code;
}

/* A leaf as it always was: nothing is known to be missing from it, and it was not brought back from anywhere. */
static bool leaf_is_sure(const struct gone *g, const struct node *n)
{
	const struct overlay_key *ptr = overlay_get(g->v->overlay, n->btree, 1, n->ptr.max_key);

	return !n->needs_rewrite && (!ptr || ptr->cause == OVERLAY_FROM_JOURNAL);
}

/* Is there no inode of that number in any snapshot? Inodes of one number in two leaves are taken to be there. */
static enum arb_code inode_is_gone(struct gone *g, uint64_t inum, bool *ret, struct arb_error *err)
{
	const struct btree_root *root = &g->v->roots[BTREE_inodes];
	struct bpos first = BPOS(0, inum, 0), last = BPOS(0, inum, UINT32_MAX);
	const struct node *leaf;
	struct node_iter it;
	struct bkey_buf found;
	struct bkey_s k;
	bool there;
	enum arb_code code;

	if (!root->exists || root->lost || root->fake)
		return ARB_OK;
	code = view_lookup_near(g->v, BTREE_inodes, first, &g->inodes, &found, &there, err);
	leaf = g->inodes.leaf.node;
	if (code || !leaf || bpos_lt(first, leaf->min) || bpos_lt(leaf->max, last) || !leaf_is_sure(g, leaf))
		return code;
	node_iter_init_at(&it, g->v, leaf, first);
	while (node_iter_next(&it, &k) && bpos_le(k.k.p, last))
		if (bkey_type_is_inode(k.k.type))
			return ARB_OK;
	*ret = true;
	return ARB_OK;
}

static enum arb_code target_is_gone(struct gone *g, struct bkey_s k, bool *ret, struct arb_error *err)
{
	struct dirent_key d;

	if (k.k.type != KEY_dirent || !dirent_get(k, &d) || d.type == DT_subvol)
		return ARB_OK;
	return inode_is_gone(g, d.inode, ret, err);
}

enum arb_code scan_key_gone(struct gone *g, unsigned btree, struct bkey_s k, bool *ret, struct arb_error *err)
{
	enum arb_code code;

	*ret = false;
	code = any_stale(g, k, ret, err);
	if (!code && !*ret && (btree == BTREE_extents || btree == BTREE_dirents || btree == BTREE_xattrs))
		code = inode_is_gone(g, k.k.p.inode, ret, err);
	return code || *ret ? code : target_is_gone(g, k, ret, err);
}

void scan_gone_free(struct gone *g)
{
	node_put(&g->alloc.leaf);
	node_put(&g->inodes.leaf);
}
