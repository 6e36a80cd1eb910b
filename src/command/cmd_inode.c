/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inode: the keys of an inode; path: the names that lead to it, one a line. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/array.h"
#include "arborist/base/i18n.h"
#include "arborist/format/reflink.h"
#include "arborist/session/buckets.h"
#include "arborist/session/find.h"
#include "arborist/session/names.h"
#include "listing.h"
#include "row.h"

struct paths {
	struct command_ctx *c;
	uint64_t inum, nr;
};

static enum arb_code show_path(void *arg, const struct name_path *p)
{
	struct paths *x = arg;
	struct row r;

	x->nr++;
	row_begin(&r, x->c, "path");
	row_u64(&r, "inode", x->inum);
	row_u64(&r, "subvolume", p->subvol);
	row_u64(&r, "snapshot", p->snapshot);
	row_str(&r, "path", p->path);
	row_bool(&r, "whole", p->whole);
	row_say(&r, "{path}");
	row_end(&r);
	return ARB_OK;
}

static bool cancelled(void *arg)
{
	return session_cancelled(arg);
}

static enum arb_code any_key(void *arg, const struct node *n, struct bkey_s k)
{
	bool *any = arg;

	(void)n, (void)k;
	*any = true;
	return ARB_E_STOPPED;
}

static void no_name(struct command_ctx *c, uint64_t inum)
{
	struct row r;

	row_begin(&r, c, "path");
	row_u64(&r, "inode", inum);
	row_str(&r, "path", NULL);
	row_bool(&r, "whole", false);
	row_say(&r, "no name leads to inode {inode}");
	row_end(&r);
}

/* Nothing leads to it: does it exist at all? */
static enum arb_code nameless(struct paths *x, struct arb_error *err)
{
	bool any = false;
	struct walk w = { .btree = BTREE_inodes, .start = BPOS(0, x->inum, 0), .end = BPOS(0, x->inum, UINT32_MAX), .key = any_key, .arg = &any };
	enum arb_code code = view_walk(session_view(x->c->session), &w, err);

	if (code && code != ARB_E_STOPPED)
		return code;
	if (!any)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no inode %llu, and no name leads to one", (unsigned long long)x->inum);
	no_name(x->c, x->inum);
	return ARB_OK;
}

static enum arb_code paths_of_inode(struct command_ctx *c, uint64_t inum, struct arb_error *err)
{
	struct paths x = { .c = c, .inum = inum };
	struct names_options o = { .cancelled = cancelled, .arg = c->session };
	struct names *n = NULL;
	enum arb_code code = names_new(session_view(c->session), &o, &n, err);

	if (!code) {
		names_want(n, &inum, 1);
		code = names_of_inode(n, inum, show_path, &x, err);
	}
	if (!code && names_unreadable(n))
		session_complain(c->session, P_("names in %llu unreadable node are not known", "names in %llu unreadable nodes are not known", names_unreadable(n)), (unsigned long long)names_unreadable(n));
	if (!code && !x.nr)
		code = nameless(&x, err);
	names_free(n);
	return code;
}

/* --- from a bucket to files ------------------------------------------------------------------------------------------ */

struct shared { uint64_t start, end; };		/* of the reflink btree */
struct in_bucket {
	struct command_ctx *c;
	ARB_ARRAY(uint64_t) inums;		/* ascending */
	ARB_ARRAY(struct shared) shared;
};

static enum arb_code look_up(void *arg)
{
	return session_cancelled(((struct in_bucket *)arg)->c->session) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code add_inum(struct in_bucket *x, uint64_t inum)
{
	uint64_t *new;

	if (x->inums.nr && x->inums.v[x->inums.nr - 1] == inum)
		return ARB_OK;
	new = arb_array_push(&x->inums);
	if (!new)
		return ARB_E_NOMEM;
	*new = inum;
	return ARB_OK;
}

static enum arb_code take_data(void *arg, unsigned btree, unsigned level, struct bkey_s k)
{
	struct in_bucket *x = arg;
	struct shared *s;

	if (btree == BTREE_extents && !level)
		return add_inum(x, k.k.p.inode);
	if (btree != BTREE_reflink || level)
		return ARB_OK;
	s = arb_array_push(&x->shared);
	if (!s)
		return ARB_E_NOMEM;
	*s = (struct shared){ k.k.p.offset - k.k.size, k.k.p.offset };
	return ARB_OK;
}

static enum arb_code take_reference(void *arg, const struct node *n, struct bkey_s k)
{
	struct in_bucket *x = arg;
	struct reflink_p r;

	(void)n;
	if (session_cancelled(x->c->session))
		return ARB_E_CANCELLED;
	if (!reflink_p_get(k, &r))
		return ARB_OK;
	for (size_t i = 0; i < x->shared.nr; i++)
		if (r.idx < x->shared.v[i].end && x->shared.v[i].start < r.idx + k.k.size)
			return add_inum(x, k.k.p.inode);
	return ARB_OK;
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

static enum arb_code show_files(struct in_bucket *x, struct arb_error *err)
{
	struct names_options o = { .cancelled = cancelled, .arg = x->c->session };
	struct paths p = { .c = x->c };
	struct names *n = NULL;
	enum arb_code code = x->inums.nr ? names_new(session_view(x->c->session), &o, &n, err) : ARB_OK;

	if (x->inums.nr)
		qsort(x->inums.v, x->inums.nr, sizeof(*x->inums.v), by_number);
	if (n)
		names_want(n, x->inums.v, x->inums.nr);
	for (size_t i = 0; i < x->inums.nr && !code; i++) {
		uint64_t before = p.nr;

		p.inum = x->inums.v[i];
		if (i && p.inum == x->inums.v[i - 1])
			continue;
		code = names_of_inode(n, p.inum, show_path, &p, err);
		if (!code && p.nr == before)
			no_name(x->c, p.inum);
	}
	names_free(n);
	return code;
}

/* The files whose data lies there, also by way of shared extents. */
static enum arb_code paths_of_bucket(struct command_ctx *c, const char *bucket, struct arb_error *err)
{
	struct in_bucket x = { .c = c };
	struct find_port port = { .key = take_data, .step = look_up, .arg = &x };
	struct walk w = { .btree = BTREE_extents, .start = POS_MIN, .end = SPOS_MAX, .key = take_reference, .arg = &x };
	struct find *f;
	ARB_BUF(expr);
	unsigned dev;
	uint64_t nr;
	enum arb_code code = arg_bucket(bucket, &dev, &nr, err);

	code = code ? code : session_bucket_exists(c->session, dev, nr, err);
	if (code)
		return code;
	arb_buf_printf(&expr, "(btree=extents or btree=reflink) bucket=%s", bucket);
	code = find_parse(arb_buf_str(&expr), &f, err);
	if (code)
		return code;
	code = find_run(f, session_view(c->session), &port, err);
	find_free(f);
	if (!code && x.shared.nr)
		code = view_walk(session_view(c->session), &w, err);
	if (code == ARB_E_CANCELLED)
		arb_fail(err, code, "cancelled");
	if (code == ARB_E_NOMEM)
		arb_fail(err, code, "out of memory");
	code = code ? code : show_files(&x, err);
	if (!code && !x.inums.nr && !cmd_wants_events(c))
		cmd_line(c, "no data of a file lies in bucket %s", bucket);
	arb_array_free(&x.inums);
	arb_array_free(&x.shared);
	return code;
}

enum arb_code cmd_path(struct command_ctx *c, struct arb_error *err)
{
	uint64_t inum;
	enum arb_code code;

	if (strchr(c->argv[0], ':'))
		return paths_of_bucket(c, c->argv[0], err);
	code = arg_number(c->argv[0], UINT64_MAX, &inum, err);
	return code ? code : paths_of_inode(c, inum, err);
}

enum arb_code cmd_inode(struct command_ctx *c, struct arb_error *err)
{
	static const unsigned btrees[] = { BTREE_inodes, BTREE_extents, BTREE_dirents, BTREE_xattrs };
	struct view *v = session_view(c->session);
	struct listing l;
	uint64_t inum;
	enum arb_code code = arg_number(c->argv[0], UINT64_MAX, &inum, err);

	listing_init(&l, c, "key");
	for (size_t i = 0; i < sizeof(btrees) / sizeof(btrees[0]) && !code; i++) {
		bool by_offset = btrees[i] == BTREE_inodes;

		l.btree = btrees[i];
		l.headings = true;
		l.text.flags = by_offset ? KEY_TEXT_FULL : KEY_TEXT_FIRST_LINE;		/* of an inode the first line says nothing */
		if (v->roots[l.btree].lost)
			l.unreadable++;
		else if (v->roots[l.btree].exists)
			code = listing_walk(&l, 0, by_offset ? BPOS(0, inum, 0) : BPOS(inum, 0, 0),
					    by_offset ? BPOS(0, inum, UINT32_MAX) : BPOS(inum, UINT64_MAX, UINT32_MAX), err);
	}
	listing_free(&l);
	if (!code && !l.shown && !l.unreadable)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no key of an inode %llu", (unsigned long long)inum);
	return listing_end(&l, code, err);
}
