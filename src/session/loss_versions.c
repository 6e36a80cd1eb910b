/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys with several versions, one in a snapshot and one in an ancestor of it, of which the nearer one stood in a node that nobody can
 * read: the file is still there, as it was when the snapshot was taken. What tells of the version that is gone: keys of the inode in
 * the snapshot, which are never written without the inode; the flag of an inode that it has versions in snapshots; and backpointers.
 */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "arborist/format/snapshot.h"
#include "loss.h"
#include "names_tables.h"

/* --- inodes ---------------------------------------------------------------------------------------------------------------- */

struct version { uint64_t inum; uint32_t snapshot; };
struct versions {
	struct loss_finder *f;
	struct reading	inodes;
	ARB_ARRAY(struct version) list;
};

/* A key of an inode in a snapshot, where the inode's own version in it would have stood in a node that cannot be read. */
static enum arb_code take_version(void *arg, const struct node *n, struct bkey_s k)
{
	struct versions *x = arg;
	struct version *last = x->list.nr ? &x->list.v[x->list.nr - 1] : NULL;

	(void)n;
	if (loss_cancelled(x->f))
		return ARB_E_CANCELLED;
	if (k.k.type == KEY_whiteout || k.k.type == KEY_hash_whiteout || loss_was_readable(&x->inodes, BPOS(0, k.k.p.inode, k.k.p.snapshot)) ||
	    (last && last->inum == k.k.p.inode && last->snapshot == k.k.p.snapshot))
		return ARB_OK;
	if (x->list.nr >= LOSS_KEYS_MAX) {
		x->f->report->cut = true;
		return ARB_E_STOPPED;
	}
	last = arb_array_push(&x->list);
	if (!last)
		return ARB_E_NOMEM;
	*last = (struct version){ k.k.p.inode, k.k.p.snapshot };
	return ARB_OK;
}

static int by_version(const void *pa, const void *pb)
{
	const struct version *a = pa, *b = pb;

	if (a->inum != b->inum)
		return a->inum < b->inum ? -1 : 1;
	return a->snapshot < b->snapshot ? -1 : a->snapshot > b->snapshot;
}

static enum arb_code settle_versions(struct versions *x)
{
	enum arb_code code = ARB_OK;

	if (x->list.nr)
		qsort(x->list.v, x->list.nr, sizeof(*x->list.v), by_version);
	for (size_t i = 0; i < x->list.nr && !code; i++) {
		const struct version *v = &x->list.v[i];
		bool left;

		if (i && !by_version(v, v - 1))
			continue;
		code = loss_is_left(x->f, BTREE_inodes, BPOS(0, v->inum, v->snapshot), &left);
		if (!code && !left)
			code = loss_event(x->f, v->inum, LOST_VERSION, 1);
	}
	return code;
}

struct children { const struct loss_finder *f; uint32_t of; bool found; };

static enum arb_code is_child(void *arg, const struct node *n, struct bkey_s k)
{
	struct children *x = arg;

	(void)n;
	x->found = k.k.p.snapshot != x->of && names_sees(x->f->names, k.k.p.snapshot, x->of);
	return x->found ? ARB_E_STOPPED : ARB_OK;
}

/* It says that there are versions in snapshots of it; where they would stand nothing can be read, and there is none elsewhere. */
static enum arb_code has_children(void *arg, const struct node *n, struct bkey_s k)
{
	struct versions *x = arg;
	struct children c = { .f = x->f, .of = k.k.p.snapshot };
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, k.k.p.offset, 0), .end = k.k.p, .key = is_child, .arg = &c };
	struct inode in;
	enum arb_code code;

	(void)n;
	if (loss_cancelled(x->f))
		return ARB_E_CANCELLED;
	if (k.k.p.inode || !k.k.p.snapshot || !inode_get(k, &in) || !(in.flags & INODE_has_child_snapshot) ||
	    loss_was_readable(&x->inodes, BPOS(0, k.k.p.offset, k.k.p.snapshot - 1)))
		return ARB_OK;
	code = view_walk(x->f->after, &w, x->f->err);
	if (code && code != ARB_E_STOPPED)
		return code;
	return c.found ? ARB_OK : loss_event(x->f, k.k.p.offset, LOST_VERSION_SOME, 1);
}

/* --- subvolumes ------------------------------------------------------------------------------------------------------------- */

/* The root of a subvolume says which one it is: a version that names another is that of the subvolume the snapshot was taken of. */
static enum arb_code root_of(struct versions *x, const struct subvol_row *sv)
{
	struct bkey_buf k;
	struct inode in;
	bool found;
	enum arb_code code = names_visible(x->f->names, BTREE_inodes, 0, sv->root, sv->snapshot, &k, &found, x->f->err);

	if (code || !found || !inode_get(bkey_buf_s(&k), &in))
		return code;
	if (in.field[INODE_FIELD_subvol] != sv->id && !loss_was_readable(&x->inodes, BPOS(0, sv->root, sv->snapshot)))
		return take_version(x, NULL, (struct bkey_s){ .k.p = BPOS(sv->root, 0, sv->snapshot) });
	return ARB_OK;
}

/* It has no name at all, and where its root says that it had one nothing could be read. */
static enum arb_code name_of(struct versions *x, struct reading *dirents, const struct subvol_row *sv)
{
	struct bkey_buf k;
	struct inode in;
	struct bpos p;
	const struct name_row *rows;
	size_t nr;
	bool found;
	enum arb_code code;

	if (sv->id == ROOT_SUBVOL || !x->f->touched[BTREE_dirents].list.nr)
		return ARB_OK;
	code = names_rows(x->f->names, true, sv->id, &rows, &nr, x->f->err);
	if (code || nr)
		return code;
	code = names_visible(x->f->names, BTREE_inodes, 0, sv->root, sv->snapshot, &k, &found, x->f->err);
	if (code || !found || !inode_get(bkey_buf_s(&k), &in) || in.field[INODE_FIELD_subvol] != sv->id)
		return code;
	p = BPOS(in.field[INODE_FIELD_dir], in.field[INODE_FIELD_dir_offset], 0);
	if (!p.inode || (loss_was_readable(dirents, p) && loss_was_readable(dirents, BPOS(p.inode, p.offset, UINT32_MAX))))
		return ARB_OK;
	return loss_event(x->f, sv->root, LOST_NAME, 1);
}

static enum arb_code check_subvols(struct versions *x)
{
	struct reading dirents = { .f = x->f, .btree = BTREE_dirents };
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < x->f->names->subvols.nr && !code; i++) {
		code = x->f->touched[BTREE_inodes].list.nr ? root_of(x, &x->f->names->subvols.v[i]) : ARB_OK;
		code = code ? code : name_of(x, &dirents, &x->f->names->subvols.v[i]);
	}
	return code;
}

/* Every key of an inode of the range that repairs of the inodes touch. */
static enum arb_code keys_of_inodes(struct versions *x, uint64_t first, uint64_t last)
{
	static const unsigned btrees[] = { BTREE_extents, BTREE_dirents, BTREE_xattrs };
	struct walk w = { .start = BPOS(first, 0, 0), .end = BPOS(last, UINT64_MAX, UINT32_MAX), .key = take_version, .arg = x };
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < sizeof(btrees) / sizeof(btrees[0]) && !code; i++) {
		const struct btree_root *root = &x->f->after->roots[btrees[i]];

		w.btree = btrees[i];
		if (root->exists && !root->lost)
			code = view_walk(x->f->after, &w, x->f->err);
		if (code == ARB_E_STOPPED)
			code = ARB_OK;
	}
	return code;
}

/* The inodes of one stretch that repairs touch: their keys elsewhere, and what they say themselves. */
static enum arb_code inodes_of(struct versions *x, const struct loss_stretch *t)
{
	uint64_t first = t->start.offset, last = t->end.inode ? UINT64_MAX : t->end.offset;
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, first, 0), .end = BPOS(0, last, UINT32_MAX), .key = has_children, .arg = x };
	enum arb_code code = t->start.inode ? ARB_OK : keys_of_inodes(x, first, last);

	return code || t->start.inode ? code : view_walk(x->f->after, &w, x->f->err);
}

enum arb_code loss_versions(struct loss_finder *f)
{
	const struct touched *t = &f->touched[BTREE_inodes];
	struct versions x = { .f = f, .inodes = { .f = f, .btree = BTREE_inodes } };
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < t->list.nr && !code; i++)
		code = inodes_of(&x, &t->list.v[i]);
	code = code ? code : check_subvols(&x);
	code = code ? code : settle_versions(&x);
	arb_array_free(&x.list);
	return code;
}
