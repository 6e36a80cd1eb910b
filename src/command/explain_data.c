/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data a finding is decided on: the nodes or keys it shows, two nodes held against each other, the key at its place as it
 * stands now, and the buckets that has to do with.
 */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/alloc.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "arborist/pass/explain.h"
#include "arborist/session/buckets.h"
#include "arborist/session/describe.h"
#include "internal.h"

#define POINTERS_SHOWN 4
#define CLAIMS_SHOWN 8

/* --- what the finding itself shows ---------------------------------------------------------------------------------------- */

static void object_text(struct command_ctx *c, const struct finding_object *o)
{
	ARB_BUF(b);

	btree_id_to_text(&b, o->btree);
	cmd_line(c, "  %s (%s level %u)", tr(o->role), arb_buf_str(&b), o->level);
	explain_indented(c, o->text ? o->text : "", "    ");
}

static const struct finding_object *object_of(const struct finding *f, const char *const roles[2])
{
	for (unsigned r = 0; r < 2; r++)
		for (unsigned i = 0; i < f->nr_objects && roles[r]; i++)
			if (!strcmp(f->object[i].role, roles[r]) && f->object[i].has_key)
				return &f->object[i];
	return NULL;
}

/* Two nodes between which is decided, as they stand now. */
static void compare(struct command_ctx *c, const struct finding *f)
{
	static const char *const first[] = { "prev", NULL }, *const second[] = { "next", "found" };
	const struct finding_object *l = object_of(f, first), *r = object_of(f, second);
	ARB_BUF(b);

	if (!l || !r || l->btree != r->btree || l->level != r->level)
		return;
	if (topology_compare(session_view(c->session), l->btree, l->level, &l->key, &r->key, &b, NULL) || !b.len)
		return;
	cmd_line(c, "held against each other (first: %s, second: %s):", tr(l->role), tr(r->role));
	cmd_text(c, arb_buf_str(&b));
}

static void objects(struct command_ctx *c, const struct finding *f)
{
	for (unsigned i = 0; i < f->nr_objects; i++)
		object_text(c, &f->object[i]);
	compare(c, f);
}

/* --- the key at its place -------------------------------------------------------------------------------------------------- */

/* The alloc key of a bucket in a few words. */
static void bucket_line(struct command_ctx *c, unsigned dev, uint64_t bucket)
{
	struct bkey_buf k;
	struct alloc_v4 a;
	bool found = false;
	ARB_BUF(b);

	view_lookup(session_view(c->session), BTREE_alloc, BPOS(dev, bucket, 0), &k, &found, NULL);
	if (!found || !alloc_get(bkey_buf_s(&k), &a)) {
		cmd_line(c, "  bucket %u:%llu: no alloc key, as if it were free", dev, (unsigned long long)bucket);
		return;
	}
	data_type_to_text(&b, a.data_type);
	cmd_line(c, "  bucket %u:%llu: generation %u, %s, %u sectors in use (bucket %u:%llu shows who claims it)", dev, (unsigned long long)bucket,
		 a.gen, arb_buf_str(&b), a.dirty_sectors, dev, (unsigned long long)bucket);
}

static void buckets_of(struct command_ctx *c, struct bkey_s k)
{
	const struct fs_geometry *geo = &session_view(c->session)->geo;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	for (unsigned i = 0; i < POINTERS_SHOWN && extent_next_ptr(k, &it, &p); i++) {
		const struct member_geometry *m = geometry_member(geo, p.dev);

		if (m && m->bucket_size)
			bucket_line(c, p.dev, p.sector / m->bucket_size);
	}
}

/* @level: of the node that holds the key; above the root stands the root's own pointer. */
static bool key_there(struct command_ctx *c, const struct finding *f, struct bkey_buf *ret)
{
	struct view *v = session_view(c->session);
	const struct btree_root *root = f->btree < BTREE_ID_NR_MAX ? &v->roots[f->btree] : NULL;
	struct location l;
	bool found;

	if (!root || !root->exists || root->lost)
		return false;
	if (f->level > root->level) {
		*ret = root->key;
		return true;
	}
	if (locate(v, f->btree, f->level, f->pos, &l, NULL))
		return false;
	found = l.got.node && location_key(v, &l, f->pos, ret) && bpos_eq(ret->k.p, f->pos);
	location_put(&l);
	return found;
}

static void key_now(struct command_ctx *c, const struct finding *f)
{
	struct bkey_buf k;
	ARB_BUF(b);

	if (!key_there(c, f, &k)) {
		cmd_line(c, "  at its place there is no key now");
		return;
	}
	cmd_line(c, "  the key at its place, as it stands now (repairs of the plan included):");
	describe_key(&b, session_view(c->session), bkey_buf_s(&k));
	explain_indented(c, arb_buf_str(&b), "    ");
	if (f->btree != BTREE_alloc)
		buckets_of(c, bkey_buf_s(&k));
}

/* What is recorded of a bucket beside what follows from all that points into it. */
static void bucket_now(struct command_ctx *c, const struct finding *f)
{
	struct bucket_report *r = NULL;

	if (f->btree != BTREE_alloc || f->level || f->pos.inode >= SB_MEMBERS_MAX ||
	    session_bucket(c->session, (unsigned)f->pos.inode, f->pos.offset, &r, NULL))
		return;
	cmd_line(c, "  the bucket now, as recorded and as counted:");
	bucket_brief(c, r, CLAIMS_SHOWN);
	bucket_report_free(r);
}

void explain_data(struct command_ctx *c, const struct finding *f)
{
	if (!f->nr_objects && f->no_place)
		return;
	cmd_line(c, "the data it is decided on:");
	objects(c, f);
	if (f->nr_objects)
		return;
	key_now(c, f);
	bucket_now(c, f);
}
