/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Upwards from an inode to the root, subvolume by subvolume. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/text.h"
#include "arborist/format/dirent.h"
#include "arborist/format/inode.h"
#include "arborist/format/snapshot.h"
#include "names_tables.h"

#define DEPTH_MAX	256		/* directories on the way up; more is a circle */

typedef unsigned long long ull;

enum arb_code names_new(struct view *v, const struct names_options *o, struct names **ret, struct arb_error *err)
{
	struct names *n = calloc(1, sizeof(*n));
	enum arb_code code;

	if (!n)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the names of the filesystem");
	n->v = v;
	n->o = *o;
	code = names_load(n, err);
	if (code)
		names_free(n);
	else
		*ret = n;
	return code;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	arb_array_free(&n->snapshots);
	arb_array_free(&n->subvols);
	arb_array_free(&n->wanted.rows);
	arb_array_free(&n->dirs.rows);
	free(n);
}

uint64_t names_unreadable(const struct names *n) { return n->unreadable; }
bool names_cut(const struct names *n) { return n->cut; }

struct sought {
	const struct names *n;
	uint32_t snapshot;
	struct bkey_buf *ret;
	bool found;
};

/* Versions come in ascending order, the nearest ancestor first. */
static enum arb_code try_version(void *arg, const struct node *node, struct bkey_s k)
{
	struct sought *s = arg;

	(void)node;
	if (!names_sees(s->n, s->snapshot, k.k.p.snapshot))
		return ARB_OK;
	bkey_buf_set(s->ret, k);
	s->found = true;
	return ARB_E_STOPPED;
}

enum arb_code names_visible(struct names *n, unsigned btree, uint64_t inode, uint64_t offset, uint32_t snapshot,
			    struct bkey_buf *ret, bool *ret_found, struct arb_error *err)
{
	struct sought s = { .n = n, .snapshot = snapshot, .ret = ret };
	struct walk w = { .btree = btree, .start = BPOS(inode, offset, snapshot), .end = BPOS(inode, offset, UINT32_MAX),
			  .key = try_version, .arg = &s };
	enum arb_code code = view_walk(n->v, &w, err);

	*ret_found = s.found;
	return code == ARB_E_STOPPED ? ARB_OK : code;
}

/* --- one step up ---------------------------------------------------------------------------------------------------- */

struct climb {
	struct names	*n;
	uint32_t	subvol, snapshot;	/* through which it is looked at */
	uint64_t	dir;
	struct bkey_buf	key;
	char		*name[DEPTH_MAX];	/* gated, the last one first; owned */
	unsigned	depth;
	struct arb_error *err;
};

static enum arb_code push_name(struct climb *c, const struct dirent_key *d)
{
	ARB_BUF(gated);
	ARB_BUF(b);

	text_gate(&gated, d->name, d->name_len, TEXT_UTF8);
	for (size_t i = 0; i < gated.len; i++)		/* a slash in a name would look like two names */
		if (gated.s[i] == '/')
			arb_buf_puts(&b, "\\x2f");
		else
			arb_buf_putc(&b, gated.s[i]);
	c->name[c->depth] = arb_buf_steal(&b);
	if (!c->name[c->depth])
		c->name[c->depth] = strdup("");
	if (!c->name[c->depth])
		return arb_fail(c->err, ARB_E_NOMEM, "no memory for a path");
	c->depth++;
	return ARB_OK;
}

/* Is what the climber's snapshot sees at this place an entry that leads to @target? Its name is taken then. */
static enum arb_code try_entry(struct climb *c, uint64_t dir, uint64_t offset, bool to_subvol, uint64_t target, uint32_t *ret_version)
{
	struct dirent_key d;
	bool found;
	enum arb_code code = names_visible(c->n, BTREE_dirents, dir, offset, c->snapshot, &c->key, &found, c->err);

	*ret_version = 0;
	if (code || !found || !dirent_get(bkey_buf_s(&c->key), &d) || (d.type == DT_subvol) != to_subvol)
		return code;
	if ((to_subvol ? d.child_subvol : d.inode) != target)
		return ARB_OK;
	code = push_name(c, &d);
	*ret_version = c->key.k.p.snapshot;
	return code;
}

/* The entry the inode of the directory says it has. */
static enum arb_code by_backpointer(struct climb *c, bool *ret_up)
{
	struct inode in;
	uint32_t version;
	bool found;
	enum arb_code code = names_visible(c->n, BTREE_inodes, 0, c->dir, c->snapshot, &c->key, &found, c->err);

	if (code || !found || !inode_get(bkey_buf_s(&c->key), &in) || !in.field[INODE_FIELD_dir])
		return code;
	code = try_entry(c, in.field[INODE_FIELD_dir], in.field[INODE_FIELD_dir_offset], false, c->dir, &version);
	if (code || !version)
		return code;
	c->dir = in.field[INODE_FIELD_dir];
	*ret_up = true;
	return ARB_OK;
}

static enum arb_code by_row(struct climb *c, bool to_subvol, uint64_t target, bool *ret_up)
{
	const struct name_row *rows;
	size_t nr;
	enum arb_code code = names_rows(c->n, to_subvol, target, &rows, &nr, c->err);

	for (size_t i = 0; i < nr && !code; i++) {
		const struct name_row *r = &rows[i];
		const struct subvol_row *parent = to_subvol ? names_subvol(c->n, r->parent_subvol) : NULL;
		uint32_t version, subvol = c->subvol, snapshot = c->snapshot;

		if (to_subvol && !parent)
			continue;
		if (to_subvol)
			c->subvol = parent->id, c->snapshot = parent->snapshot;
		code = try_entry(c, r->dir, r->offset, to_subvol, target, &version);
		if (code)
			return code;
		if (version == r->snapshot && version) {
			c->dir = r->dir;
			*ret_up = true;
			return ARB_OK;
		}
		if (version)
			free(c->name[--c->depth]);
		c->subvol = subvol, c->snapshot = snapshot;
	}
	return code;
}

static bool at_subvol_root(const struct climb *c)
{
	const struct subvol_row *s = names_subvol(c->n, c->subvol);

	return s && s->root == c->dir;
}

static enum arb_code one_up(struct climb *c, bool *ret_up)
{
	enum arb_code code;

	*ret_up = false;
	if (at_subvol_root(c))
		return by_row(c, true, c->subvol, ret_up);
	code = by_backpointer(c, ret_up);
	return code || *ret_up ? code : by_row(c, false, c->dir, ret_up);
}

static bool at_top(const struct climb *c)
{
	return c->subvol == ROOT_SUBVOL && at_subvol_root(c);
}

static void path_text(const struct climb *c, struct arb_buf *out)
{
	if (!at_top(c)) {
		if (at_subvol_root(c))
			arb_buf_printf(out, "(subvolume %u)", c->subvol);
		else
			arb_buf_printf(out, "(inode %llu)", (ull)c->dir);
	} else if (!c->depth) {
		arb_buf_putc(out, '/');
	}
	for (unsigned i = c->depth; i-- > 0; )
		arb_buf_printf(out, "/%s", c->name[i]);
}

/* From c->dir to the top as far as it goes; the path is handed on. */
static enum arb_code climb(struct climb *c, names_fn *fn, void *arg)
{
	struct name_path p = { .subvol = c->subvol, .snapshot = c->snapshot };
	bool up = true;
	enum arb_code code = ARB_OK;
	ARB_BUF(path);

	while (!code && up && c->depth < DEPTH_MAX && !at_top(c))
		code = one_up(c, &up);
	if (!code) {
		path_text(c, &path);
		p.whole = at_top(c);
		p.path = arb_buf_str(&path);
		code = fn(arg, &p);
	}
	while (c->depth)
		free(c->name[--c->depth]);
	return code;
}

/* --- all names of an inode -------------------------------------------------------------------------------------------- */

/* The name at one row as one subvolume sees it. */
static enum arb_code seen_by(struct climb *c, const struct name_row *r, const struct subvol_row *s, names_fn *fn, void *arg)
{
	uint32_t version;
	enum arb_code code;

	c->subvol = s->id;
	c->snapshot = s->snapshot;
	code = try_entry(c, r->dir, r->offset, false, r->target, &version);
	c->dir = r->dir;
	if (!code && version && version == r->snapshot)
		return climb(c, fn, arg);
	while (c->depth)
		free(c->name[--c->depth]);
	return code;
}

struct counted { names_fn *fn; void *arg; uint64_t nr; };

static enum arb_code count(void *arg, const struct name_path *p)
{
	struct counted *x = arg;

	x->nr++;
	return x->fn(x->arg, p);
}

static enum arb_code rows_of(struct climb *c, uint64_t inum, struct counted *x)
{
	const struct name_row *rows;
	size_t nr;
	enum arb_code code = names_rows(c->n, false, inum, &rows, &nr, c->err);

	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < c->n->subvols.nr && !code; j++) {
			const struct subvol_row *s = &c->n->subvols.v[j];

			if (c->n->o.cancelled && c->n->o.cancelled(c->n->o.arg))
				return arb_fail(c->err, ARB_E_CANCELLED, "cancelled");
			if (names_sees(c->n, s->snapshot, rows[i].snapshot))
				code = seen_by(c, &rows[i], s, count, x);
		}
	/* In no subvolume: as the entry's own snapshot sees it */
	for (size_t i = 0; i < nr && !x->nr && !code; i++)
		code = seen_by(c, &rows[i], &(struct subvol_row){ 0, rows[i].snapshot, 0 }, count, x);
	return code;
}

/* The inode is where a subvolume begins. */
static enum arb_code roots_of(struct climb *c, uint64_t inum, struct counted *x)
{
	enum arb_code code = ARB_OK;
	bool found;

	for (size_t j = 0; j < c->n->subvols.nr && !code; j++) {
		const struct subvol_row *s = &c->n->subvols.v[j];

		if (s->root != inum)
			continue;
		c->subvol = s->id;
		c->snapshot = s->snapshot;
		c->dir = inum;
		code = names_visible(c->n, BTREE_inodes, 0, inum, s->snapshot, &c->key, &found, c->err);
		if (!code && found)
			code = climb(c, count, x);
	}
	return code;
}

enum arb_code names_of_inode(struct names *n, uint64_t inum, names_fn *fn, void *arg, struct arb_error *err)
{
	struct climb *c = calloc(1, sizeof(*c));
	struct counted x = { fn, arg, 0 };
	enum arb_code code;

	if (!c)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a path");
	c->n = n;
	c->err = err;
	code = roots_of(c, inum, &x);
	if (!code)
		code = rows_of(c, inum, &x);
	free(c);
	return code;
}

static enum arb_code take_first(void *arg, const struct name_path *p)
{
	arb_buf_puts(arg, p->path);
	return ARB_E_STOPPED;
}

enum arb_code names_best(struct names *n, uint64_t inum, struct arb_buf *out, struct arb_error *err)
{
	enum arb_code code = names_of_inode(n, inum, take_first, out, err);

	if (!code)
		arb_buf_printf(out, "inode %llu", (ull)inum);
	return code == ARB_E_STOPPED ? ARB_OK : code;
}
