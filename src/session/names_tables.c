/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots, subvolumes and directory entries read into tables once. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/dirent.h"
#include "arborist/format/snapshot.h"
#include "names_tables.h"

#define ROWS_MAX (4u << 20)	/* names remembered in a table; with more only backpointers lead upwards */

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

/* --- directory entries -------------------------------------------------------------------------------------------------- */

bool name_row_get(struct bkey_s k, struct name_row *ret, bool *ret_dir)
{
	struct dirent_key d;

	if (!dirent_get(k, &d))
		return false;
	*ret = (struct name_row){
		.target = d.type == DT_subvol ? d.child_subvol : d.inode, .dir = k.k.p.inode, .offset = k.k.p.offset,
		.snapshot = k.k.p.snapshot, .parent_subvol = d.parent_subvol, .to_subvol = d.type == DT_subvol,
	};
	*ret_dir = d.type == DT_dir;
	return true;
}

static bool is_wanted(const struct names *n, uint64_t inum)
{
	size_t lo = 0, hi = n->nr_want;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (n->want[mid] < inum)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n->nr_want && n->want[lo] == inum;
}

struct loading { struct names *n; struct name_table *to; };

static enum arb_code take_dirent(void *arg, const struct node *node, struct bkey_s k)
{
	struct loading *l = arg;
	struct name_row r, *row;
	bool dir;

	(void)node;
	if (cancelled(l->n))
		return ARB_E_CANCELLED;
	if (!name_row_get(k, &r, &dir) || !(l->to == &l->n->dirs ? dir : r.to_subvol || is_wanted(l->n, r.target)))
		return ARB_OK;
	if (l->to->rows.nr >= ROWS_MAX) {
		l->n->cut = true;
		return ARB_E_STOPPED;
	}
	row = arb_array_push(&l->to->rows);
	if (row)
		*row = r;
	return row ? ARB_OK : ARB_E_NOMEM;
}

static enum arb_code unreadable(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct names *n = arg;

	(void)level, (void)ptr, (void)d;
	n->unreadable++;
	return ARB_OK;
}

static enum arb_code unreadable_dirents(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct loading *l = arg;

	return l->to == &l->n->wanted ? unreadable(l->n, level, ptr, d) : ARB_OK;	/* each once */
}

int names_by_target(const void *pa, const void *pb)
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

static enum arb_code failed(enum arb_code code, struct arb_error *err)
{
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "cancelled");
	return code == ARB_E_NOMEM ? arb_fail(err, code, "no memory for the names of the filesystem") : code;
}

enum arb_code names_load(struct names *n, struct arb_error *err)
{
	static const struct {
		unsigned btree;
		enum arb_code (*take)(void *arg, const struct node *n, struct bkey_s k);
	} tables[] = { { BTREE_snapshots, take_snapshot }, { BTREE_subvolumes, take_subvol } };
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
	return failed(code, err);
}

static enum arb_code load_names(struct names *n, struct name_table *to, struct arb_error *err)
{
	struct loading l = { n, to };
	struct walk w = { .btree = BTREE_dirents, .start = POS_MIN, .end = SPOS_MAX, .key = take_dirent, .bad = unreadable_dirents, .arg = &l };
	enum arb_code code = to->loaded ? ARB_OK : view_walk(n->v, &w, err);

	if (to->loaded)
		return ARB_OK;
	to->loaded = !code || code == ARB_E_STOPPED;
	if (to->loaded && to->rows.nr)
		qsort(to->rows.v, to->rows.nr, sizeof(*to->rows.v), names_by_target);
	return to->loaded ? ARB_OK : failed(code, err);
}

void names_want(struct names *n, const uint64_t *inums, size_t nr)
{
	arb_array_free(&n->wanted.rows);
	n->wanted.loaded = false;
	n->want = inums;
	n->nr_want = nr;
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

static size_t rows_at(const struct name_table *t, bool to_subvol, uint64_t target)
{
	size_t lo = 0, hi = t->rows.nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct name_row *r = &t->rows.v[mid];

		if (r->to_subvol < to_subvol || (r->to_subvol == to_subvol && r->target < target))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

enum arb_code names_rows(struct names *n, bool to_subvol, uint64_t target, const struct name_row **ret, size_t *ret_nr, struct arb_error *err)
{
	struct name_table *t = to_subvol || is_wanted(n, target) ? &n->wanted : &n->dirs;
	enum arb_code code = load_names(n, t, err);
	size_t first = code ? 0 : rows_at(t, to_subvol, target), end = first;

	for (; end < t->rows.nr && t->rows.v[end].to_subvol == to_subvol && t->rows.v[end].target == target; end++)
		;
	*ret = t->rows.v ? t->rows.v + first : NULL;
	*ret_nr = code ? 0 : end - first;
	return code;
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
