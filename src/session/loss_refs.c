/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stood in nodes that nobody can read, as far as the rest tells: names that lead to no inode, inodes whose own entry is not
 * there, inodes with fewer sectors of data than they count, and older versions of inodes, from before they had all their data.
 */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/dirent.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "loss.h"
#include "names_tables.h"

/* --- names without an inode --------------------------------------------------------------------------------------------- */

struct sought_inode { const struct loss_finder *f; uint32_t snapshot; bool found; };

static enum arb_code visible_inode(void *arg, const struct node *n, struct bkey_s k)
{
	struct sought_inode *x = arg;
	struct inode in;

	(void)n;
	if (!inode_get(k, &in) || !names_sees(x->f->names, x->snapshot, k.k.p.snapshot))
		return ARB_OK;
	x->found = true;
	return ARB_E_STOPPED;
}

/* A version that the snapshot sees. */
static enum arb_code has_inode(struct loss_finder *f, const struct name_row *r, uint32_t snapshot, bool *ret)
{
	struct sought_inode x = { f, snapshot, false };
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, r->target, 0), .end = BPOS(0, r->target, UINT32_MAX),
			  .key = visible_inode, .arg = &x };
	enum arb_code code = view_walk(f->after, &w, f->err);

	*ret = x.found;
	return code == ARB_E_STOPPED ? ARB_OK : code;
}

/*
 * Does every subvolume that has the name have the inode too? With a version that the name's snapshot sees they all have; without one, those have
 * that got a version of their own.
 */
static enum arb_code all_have_inode(struct loss_finder *f, const struct name_row *r, bool *ret)
{
	enum arb_code code = has_inode(f, r, r->snapshot, ret);

	if (code || *ret || !f->names->subvols.nr)
		return code;
	*ret = true;
	for (size_t i = 0; i < f->names->subvols.nr && *ret && !code; i++) {
		uint32_t s = f->names->subvols.v[i].snapshot;
		struct bkey_buf k;
		bool has_name = false;

		if (names_sees(f->names, s, r->snapshot))
			code = names_visible(f->names, BTREE_dirents, r->dir, r->offset, s, &k, &has_name, f->err);
		if (!code && has_name && k.k.p.snapshot == r->snapshot)
			code = has_inode(f, r, s, ret);
	}
	return code;
}

#define NAMES_AT_A_TIME	(256u << 10)	/* 10 MiB: by inode, so that its leaves are read in turn */

struct some_names { struct loss_finder *f; ARB_ARRAY(struct name_row) rows; };

static enum arb_code check_some(struct some_names *x)
{
	enum arb_code code = ARB_OK;

	if (x->rows.nr)
		qsort(x->rows.v, x->rows.nr, sizeof(*x->rows.v), names_by_target);
	for (size_t i = 0; i < x->rows.nr && !code; i++) {
		bool there;

		if (loss_cancelled(x->f))
			return ARB_E_CANCELLED;
		code = all_have_inode(x->f, &x->rows.v[i], &there);
		if (!code && !there)
			code = loss_event(x->f, x->rows.v[i].target, LOST_VERSION_SOME, 1);
	}
	x->rows.nr = 0;
	return code;
}

static enum arb_code take_name(void *arg, const struct node *n, struct bkey_s k)
{
	struct some_names *x = arg;
	struct name_row r, *new;
	bool dir;

	(void)n;
	if (loss_cancelled(x->f))
		return ARB_E_CANCELLED;
	if (!name_row_get(k, &r, &dir) || r.to_subvol ||
	    !loss_touches(&x->f->touched[BTREE_inodes], BPOS(0, r.target, 0), BPOS(0, r.target, UINT32_MAX)))
		return ARB_OK;
	new = arb_array_push(&x->rows);
	if (!new)
		return ARB_E_NOMEM;
	*new = r;
	return x->rows.nr < NAMES_AT_A_TIME ? ARB_OK : check_some(x);
}

static enum arb_code check_names(struct loss_finder *f)
{
	struct some_names x = { .f = f };
	struct walk w = { .btree = BTREE_dirents, .start = POS_MIN, .end = SPOS_MAX, .key = take_name, .arg = &x };
	enum arb_code code = f->touched[BTREE_inodes].list.nr ? view_walk(f->after, &w, f->err) : ARB_OK;

	code = code ? code : check_some(&x);
	arb_array_free(&x.rows);
	return code;
}

/* --- inodes without their name ----------------------------------------------------------------------------------------------- */

struct entry { uint64_t inum; bool found; };

static enum arb_code leads_to(void *arg, const struct node *n, struct bkey_s k)
{
	struct entry *e = arg;
	struct dirent_key d;

	(void)n;
	if (!dirent_get(k, &d) || (d.type != DT_subvol && d.inode != e->inum))
		return ARB_OK;
	e->found = true;
	return ARB_E_STOPPED;
}

static enum arb_code check_entry(struct loss_finder *f, uint64_t inum, const struct inode *in)
{
	struct bpos p = BPOS(in->field[INODE_FIELD_dir], in->field[INODE_FIELD_dir_offset], 0);
	struct entry e = { inum, false };
	struct walk w = { .btree = BTREE_dirents, .start = p, .end = BPOS(p.inode, p.offset, UINT32_MAX), .key = leads_to, .arg = &e };
	enum arb_code code;

	if (!p.inode || in->flags & (INODE_unlinked | INODE_backptr_untrusted) || !loss_touches(&f->touched[BTREE_dirents], w.start, w.end))
		return ARB_OK;
	code = view_walk(f->after, &w, f->err);
	if (code && code != ARB_E_STOPPED)
		return code;
	return e.found ? ARB_OK : loss_event(f, inum, LOST_NAME, 0);
}

/* --- inodes with too little data, or too much ------------------------------------------------------------------------------------------------ */

#define STRETCHES_MAX 4096

struct stretch { uint64_t start, end; uint32_t snapshot; bool counts, data; };
struct data {
	struct loss_finder *f;
	uint32_t snapshot;		/* of the inode: what it sees */
	struct stretch *v;
	size_t nr;
	bool mixed, too_many;
};

static bool is_data(unsigned type)
{
	return type == KEY_extent || type == KEY_reflink_p || type == KEY_inline_data;
}

static bool counts(unsigned type)
{
	return is_data(type) || type == KEY_reservation || type == KEY_error;
}

static enum arb_code take_stretch(void *arg, const struct node *n, struct bkey_s k)
{
	struct data *d = arg;

	(void)n;
	if (!names_sees(d->f->names, d->snapshot, k.k.p.snapshot))
		return ARB_OK;
	if (d->nr == STRETCHES_MAX) {
		d->too_many = true;
		return ARB_E_STOPPED;
	}
	d->mixed |= d->nr && d->v[0].snapshot != k.k.p.snapshot;
	d->v[d->nr++] = (struct stretch){ k.k.p.offset - k.k.size, k.k.p.offset, k.k.p.snapshot, counts(k.k.type), is_data(k.k.type) };
	return ARB_OK;
}

/* Whiteouts have no size: one of a nearer snapshot hides what ends at the same place. */
static bool is_hidden(const struct data *d, size_t i)
{
	for (size_t j = 0; j < d->nr; j++)
		if (d->v[j].end == d->v[i].end && d->v[j].snapshot < d->v[i].snapshot)
			return true;
	return false;
}

/* How much of stretch @i is not hidden by one of a nearer snapshot. */
static uint64_t uncovered(const struct data *d, size_t i)
{
	uint64_t sum = 0, at = is_hidden(d, i) ? d->v[i].end : d->v[i].start;

	while (at < d->v[i].end) {
		uint64_t next = d->v[i].end, skip = 0;

		for (size_t j = 0; j < d->nr; j++) {
			const struct stretch *s = &d->v[j];

			if (s->snapshot >= d->v[i].snapshot)
				continue;
			if (s->start <= at && at < s->end && s->end > skip)
				skip = s->end;
			else if (s->start > at && s->start < next)
				next = s->start;
		}
		if (!skip)
			sum += next - at;
		at = skip ? skip : next;
	}
	return sum;
}

/* The stretches that the inode's version sees. *ret_all: these are all of them, and can be summed up. */
static enum arb_code take_data(struct data *d, uint64_t inum, uint32_t snapshot, bool *ret_all)
{
	struct walk w = { .btree = BTREE_extents, .start = BPOS(inum, 0, 0), .end = BPOS(inum, UINT64_MAX, UINT32_MAX), .key = take_stretch, .arg = d };
	enum arb_code code;

	d->snapshot = snapshot;
	d->nr = 0;
	d->mixed = d->too_many = false;
	code = view_walk(d->f->after, &w, d->f->err);
	if (code == ARB_E_STOPPED)
		code = ARB_OK;
	*ret_all = !code && !d->too_many;
	return code;
}

static enum arb_code too_little(struct data *d, uint64_t inum, const struct inode *in)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->nr; i++)
		if (d->v[i].counts)
			sum += d->mixed ? uncovered(d, i) : d->v[i].end - d->v[i].start;
	return sum < in->sectors ? loss_event(d->f, inum, LOST_DATA_COUNTED, in->sectors - sum) : ARB_OK;
}

/* What lies behind the end of the file cannot be read, and a kernel's check deletes it. */
static enum arb_code too_much(struct data *d, uint64_t inum, const struct inode *in)
{
	unsigned block = d->f->after->geo.block_sectors;
	uint64_t end = in->size / 512 + !!(in->size % 512), sum = 0;

	end += (block - end % block) % block;
	for (size_t i = 0; i < d->nr; i++) {
		if (!d->v[i].data || d->v[i].end <= end)
			continue;
		if (d->v[i].start < end)
			d->v[i].start = end;
		sum += d->mixed ? uncovered(d, i) : d->v[i].end - d->v[i].start;
	}
	return sum ? loss_event(d->f, inum, LOST_DATA, sum) : ARB_OK;
}

/* Was it put back as it was before? What was there could not be read, or said that the file is longer. */
static enum arb_code went_back(struct loss_finder *f, struct bpos pos, const struct inode *in, bool *ret)
{
	struct bkey_buf k;
	struct inode old;
	bool found = false;
	enum arb_code code = ARB_OK;

	*ret = false;
	if (!loss_touches(&f->touched[BTREE_inodes], pos, pos) || (in->mode & 0170000) != 0100000)
		return ARB_OK;
	if (!f->before->roots[BTREE_inodes].lost)
		code = view_lookup(f->before, BTREE_inodes, pos, &k, &found, f->err);
	*ret = !code && (!found || !inode_get(bkey_buf_s(&k), &old) || old.size > in->size);
	return code;
}

static enum arb_code check_data(struct data *d, struct bpos pos, const struct inode *in)
{
	uint64_t inum = pos.offset;
	bool touched = loss_touches(&d->f->touched[BTREE_extents], BPOS(inum, 0, 0), BPOS(inum, UINT64_MAX, UINT32_MAX)), back, all = false;
	enum arb_code code = went_back(d->f, pos, in, &back);

	if (!code && (touched || back))
		code = take_data(d, inum, pos.snapshot, &all);
	if (!code && touched && all)
		code = too_little(d, inum, in);
	if (!code && back && all)
		code = too_much(d, inum, in);
	return code;
}

static enum arb_code check_inode(void *arg, const struct node *n, struct bkey_s k)
{
	struct data *d = arg;
	struct loss_finder *f = d->f;
	enum arb_code code;
	struct inode in;

	(void)n;
	if (loss_cancelled(f))
		return ARB_E_CANCELLED;
	if (k.k.p.inode || !inode_get(k, &in))
		return ARB_OK;
	code = check_data(d, k.k.p, &in);
	return code ? code : check_entry(f, k.k.p.offset, &in);
}

enum arb_code loss_cross_check(struct loss_finder *f)
{
	struct data d = { .f = f };
	struct walk w = { .btree = BTREE_inodes, .start = POS_MIN, .end = SPOS_MAX, .key = check_inode, .arg = &d };
	enum arb_code code = check_names(f);

	if (code || (!f->touched[BTREE_extents].list.nr && !f->touched[BTREE_inodes].list.nr && !f->touched[BTREE_dirents].list.nr))
		return code;
	d.v = malloc(STRETCHES_MAX * sizeof(*d.v));
	code = d.v ? view_walk(f->after, &w, f->err) : ARB_E_NOMEM;
	free(d.v);
	return code;
}
