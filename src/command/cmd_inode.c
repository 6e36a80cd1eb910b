/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inode: the keys of an inode; path: the names that lead to it, one a line. */
#include <config.h>
#include "arborist/session/names.h"
#include "listing.h"

struct paths {
	struct command_ctx *c;
	uint64_t inum, nr;
};

static enum arb_code show_path(void *arg, const struct name_path *p)
{
	struct paths *x = arg;
	struct json j = { 0 };

	x->nr++;
	if (!cmd_wants_events(x->c)) {
		cmd_line(x->c, "%s", p->path);
		return ARB_OK;
	}
	json_begin(&j);
	json_str(&j, "event", "path");
	json_u64(&j, "inode", x->inum);
	json_u64(&j, "subvolume", p->subvol);
	json_u64(&j, "snapshot", p->snapshot);
	json_str(&j, "path", p->path);
	json_bool(&j, "whole", p->whole);
	json_end(&j);
	cmd_event(x->c, &j);
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
	cmd_line(x->c, "no name leads to inode %llu", (unsigned long long)x->inum);
	return ARB_OK;
}

enum arb_code cmd_path(struct command_ctx *c, struct arb_error *err)
{
	struct paths x = { .c = c };
	struct names_options o = { .cancelled = cancelled, .arg = c->session };
	struct names *n = NULL;
	enum arb_code code = arg_number(c->argv[0], UINT64_MAX, &x.inum, err);

	o.only = x.inum;
	if (!code)
		code = names_new(session_view(c->session), &o, &n, err);
	if (!code && names_unreadable(n))
		session_complain(c->session, "names in %llu unreadable nodes are not known", (unsigned long long)names_unreadable(n));
	if (!code)
		code = names_of_inode(n, x.inum, show_path, &x, err);
	if (!code && !x.nr)
		code = nameless(&x, err);
	names_free(n);
	return code;
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
