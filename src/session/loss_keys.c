/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that can be read before the plan and are not reached after it; ranges nobody can read. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/dirent.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "loss.h"
#include "names_tables.h"

struct kept { struct bpos p; uint8_t type, ptrs; };
struct comparing {
	struct loss_finder *f;
	unsigned btree;
	struct bpos start, end;
	ARB_ARRAY(struct kept) kept;	/* what is there after, of the range of the node at hand */
};

static unsigned nr_ptrs(struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	unsigned nr = 0;

	while (extent_next_ptr(k, &it, &p))
		nr += !p.cached;
	return nr;
}

static enum arb_code keep(void *arg, const struct node *n, struct bkey_s k)
{
	struct comparing *c = arg;
	struct kept *x;

	(void)n;
	x = arb_array_push(&c->kept);
	if (!x)
		return ARB_E_NOMEM;
	*x = (struct kept){ k.k.p, k.k.type, (uint8_t)nr_ptrs(k) };
	return ARB_OK;
}

static int by_pos(const void *a, const void *b)
{
	return bpos_cmp(((const struct kept *)a)->p, ((const struct kept *)b)->p);
}

static const struct kept *find_kept(const struct comparing *c, struct bpos p)
{
	struct kept want = { .p = p };

	return c->kept.nr ? bsearch(&want, c->kept.v, c->kept.nr, sizeof(want), by_pos) : NULL;
}

static bool is_inode(unsigned type)
{
	return type == KEY_inode || type == KEY_inode_v2 || type == KEY_inode_v3;
}

/* Is it still what it was, or at least a key of the same kind that leads to its data? */
static bool survives(const struct kept *now, struct bkey_s k)
{
	if (!now)
		return false;
	if (is_inode(k.k.type))
		return is_inode(now->type);
	return now->type == k.k.type && (now->ptrs || !nr_ptrs(k));
}

static enum arb_code missing(struct comparing *c, struct bkey_s k)
{
	const struct subvol_row *sv;
	struct dirent_key d;

	switch (c->btree) {
	case BTREE_inodes:
		return is_inode(k.k.type) ? loss_event(c->f, k.k.p.offset, LOST_VERSION, 1) : ARB_OK;
	case BTREE_dirents:
		if (!dirent_get(k, &d))
			return ARB_OK;
		sv = d.type == DT_subvol ? names_subvol(c->f->names, d.child_subvol) : NULL;
		return d.type != DT_subvol || sv ? loss_event(c->f, sv ? sv->root : d.inode, LOST_NAME, 1) : ARB_OK;
	case BTREE_xattrs:
		return k.k.type == KEY_xattr ? loss_event(c->f, k.k.p.inode, LOST_XATTR, 1) : ARB_OK;
	default:
		return k.k.type == KEY_extent || k.k.type == KEY_reflink_p || k.k.type == KEY_inline_data ?
		       loss_event(c->f, k.k.p.inode, LOST_DATA, k.k.size) : ARB_OK;
	}
}

/* As little as possible at a time: of one node before, all that is there after. */
static enum arb_code come_to(void *arg, const struct node *n)
{
	struct comparing *c = arg;
	struct walk after = { .btree = c->btree, .start = bpos_max(n->min, c->start), .end = bpos_min(n->max, c->end), .key = keep, .arg = c };
	enum arb_code code;

	c->kept.nr = 0;
	if (loss_cancelled(c->f))
		return ARB_E_CANCELLED;
	code = view_walk(c->f->after, &after, c->f->err);
	if (!code && c->kept.nr)
		qsort(c->kept.v, c->kept.nr, sizeof(*c->kept.v), by_pos);
	return code;
}

static enum arb_code compare(void *arg, const struct node *n, struct bkey_s k)
{
	struct comparing *c = arg;

	(void)n;
	return survives(find_kept(c, k.k.p), k) ? ARB_OK : missing(c, k);
}

static enum arb_code any_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)n, (void)k;
	*(bool *)arg = true;
	return ARB_E_STOPPED;
}

static enum arb_code unknown_range(struct loss_finder *f, unsigned btree, struct bpos start, struct bpos end)
{
	bool filled = false;
	struct walk w = { .btree = btree, .start = start, .end = end, .key = any_key, .arg = &filled };
	enum arb_code code = view_walk(f->after, &w, f->err);
	struct lost_range *r;

	if ((code && code != ARB_E_STOPPED) || filled)		/* something from elsewhere took its place */
		return code == ARB_E_STOPPED ? ARB_OK : code;
	r = f->report->unknown.nr ? &f->report->unknown.v[f->report->unknown.nr - 1] : NULL;
	if (r && r->btree == btree && bpos_eq(r->start, start) && bpos_eq(r->end, end))
		return ARB_OK;		/* repairs touch it in more than one place */
	if (f->report->unknown.nr >= 1000) {
		f->report->cut = true;
		return ARB_OK;
	}
	r = arb_array_push(&f->report->unknown);
	if (!r)
		return ARB_E_NOMEM;
	*r = (struct lost_range){ btree, start, end };
	return ARB_OK;
}

static enum arb_code bad_before(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct comparing *c = arg;
	struct btree_ptr p;

	(void)level, (void)d;
	return unknown_range(c->f, c->btree, btree_ptr_get(ptr, &p) && p.is_v2 ? p.min_key : POS_MIN, ptr.k.p);
}

enum arb_code loss_compare(struct loss_finder *f, unsigned btree)
{
	struct comparing c = { .f = f, .btree = btree };
	const struct touched *t = &f->touched[btree];
	const struct btree_root *before = &f->before->roots[btree];
	enum arb_code code = t->list.nr && before->lost ? unknown_range(f, btree, POS_MIN, SPOS_MAX) : ARB_OK;

	for (size_t i = 0; before->exists && !before->lost && i < t->list.nr && !code; i++) {
		struct walk w = { .btree = btree, .start = t->list.v[i].start, .end = t->list.v[i].end, .node = come_to, .key = compare, .bad = bad_before,
				  .arg = &c };

		c.start = w.start;
		c.end = w.end;
		code = view_walk(f->before, &w, f->err);
	}
	arb_array_free(&c.kept);
	return code;
}
