/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots, subvolumes and directory entries read into tables once. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/dirent.h"
#include "arborist/format/snapshot.h"
#include "names_tables.h"

#define ROWS_MAX (4u << 20)	/* names remembered; with more only backpointers lead upwards */

static bool cancelled(const struct names *n)
{
	return n->o.cancelled && n->o.cancelled(n->o.arg);
}

static enum arb_code take_snapshot(void *arg, const struct node *node, struct bkey_s k)
{
	struct names *n = arg;
	struct snapshot_row *row;
	struct snapshot_key s;

	(void)node;
	if (k.k.p.inode || k.k.p.offset > UINT32_MAX || !snapshot_get(k, &s))
		return ARB_OK;
	row = arb_array_push(&n->snapshots);
	if (!row)
		return ARB_E_NOMEM;
	*row = (struct snapshot_row){ k.k.p.offset, s.parent };
	return ARB_OK;
}

static enum arb_code take_subvol(void *arg, const struct node *node, struct bkey_s k)
{
	struct names *n = arg;
	struct subvol_row *row;
	struct subvolume_key s;

	(void)node;
	if (k.k.p.inode || k.k.p.offset > UINT32_MAX || !subvolume_get(k, &s))
		return ARB_OK;
	row = arb_array_push(&n->subvols);
	if (!row)
		return ARB_E_NOMEM;
	*row = (struct subvol_row){ k.k.p.offset, s.snapshot, s.inode };
	return ARB_OK;
}

static bool wanted(const struct names *n, const struct dirent_key *d)
{
	return !n->o.only || d->type == DT_subvol || d->type == DT_dir || d->inode == n->o.only;
}

static enum arb_code take_dirent(void *arg, const struct node *node, struct bkey_s k)
{
	struct names *n = arg;
	struct name_row *row;
	struct dirent_key d;

	(void)node;
	if (cancelled(n))
		return ARB_E_CANCELLED;
	if (!dirent_get(k, &d) || !wanted(n, &d))
		return ARB_OK;
	n->cut |= n->rows.nr >= ROWS_MAX;
	if (n->cut)
		return ARB_OK;
	row = arb_array_push(&n->rows);
	if (!row)
		return ARB_E_NOMEM;
	*row = (struct name_row){
		.target = d.type == DT_subvol ? d.child_subvol : d.inode, .dir = k.k.p.inode, .offset = k.k.p.offset,
		.snapshot = k.k.p.snapshot, .parent_subvol = d.parent_subvol, .to_subvol = d.type == DT_subvol,
	};
	return ARB_OK;
}

static enum arb_code unreadable(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct names *n = arg;

	(void)level, (void)ptr, (void)d;
	n->unreadable++;
	return ARB_OK;
}

static int by_target(const void *pa, const void *pb)
{
	const struct name_row *a = pa, *b = pb;

	if (a->to_subvol != b->to_subvol)
		return a->to_subvol ? 1 : -1;
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->snapshot < b->snapshot ? -1 : a->snapshot > b->snapshot;
}

enum arb_code names_load(struct names *n, struct arb_error *err)
{
	static const struct {
		unsigned btree;
		enum arb_code (*take)(void *arg, const struct node *n, struct bkey_s k);
	} tables[] = {
		{ BTREE_snapshots, take_snapshot }, { BTREE_subvolumes, take_subvol }, { BTREE_dirents, take_dirent },
	};
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !code; i++) {
		struct walk w = { .btree = tables[i].btree, .start = POS_MIN, .end = SPOS_MAX, .key = tables[i].take, .bad = unreadable, .arg = n };

		code = view_walk(n->v, &w, err);
	}
	if (!code && !n->subvols.nr) {		/* the btree is lost: the first subvolume is always the same */
		struct subvol_row *row = arb_array_push(&n->subvols);

		if (row)
			*row = (struct subvol_row){ ROOT_SUBVOL, ROOT_SNAPSHOT, 4096 };
		else
			code = ARB_E_NOMEM;
	}
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "cancelled");
	if (code == ARB_E_NOMEM)
		return arb_fail(err, code, "no memory for the names of the filesystem");
	if (!code && n->rows.nr)
		qsort(n->rows.v, n->rows.nr, sizeof(*n->rows.v), by_target);
	return code;
}

const struct subvol_row *names_subvol(const struct names *n, uint32_t id)
{
	for (size_t lo = 0, hi = n->subvols.nr; lo < hi; ) {
		size_t mid = lo + (hi - lo) / 2;

		if (n->subvols.v[mid].id == id)
			return &n->subvols.v[mid];
		if (n->subvols.v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

size_t names_rows(const struct names *n, bool to_subvol, uint64_t target, size_t *ret_nr)
{
	size_t lo = 0, hi = n->rows.nr, end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct name_row *r = &n->rows.v[mid];

		if (r->to_subvol < to_subvol || (r->to_subvol == to_subvol && r->target < target))
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < n->rows.nr && n->rows.v[end].to_subvol == to_subvol && n->rows.v[end].target == target; end++)
		;
	*ret_nr = end - lo;
	return lo;
}

static uint32_t parent_of(const struct names *n, uint32_t id)
{
	for (size_t lo = 0, hi = n->snapshots.nr; lo < hi; ) {
		size_t mid = lo + (hi - lo) / 2;

		if (n->snapshots.v[mid].id == id)
			return n->snapshots.v[mid].parent;
		if (n->snapshots.v[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/* Parents have larger numbers than their children: that ends it, whatever the keys say. */
bool names_sees(const struct names *n, uint32_t from, uint32_t of)
{
	while (from && from < of) {
		uint32_t up = parent_of(n, from);

		if (up <= from)
			return false;
		from = up;
	}
	return from == of;
}
