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
#include "explain.h"

#define POINTERS_SHOWN 4
#define CLAIMS_SHOWN 8

/* --- a node or a key, as a member of "sides" --------------------------------------------------------------------------------- */

static void key_line(struct row *r, const char *name, struct bkey_s k)
{
	struct key_text_ctx t = { .geo = &session_view(r->c->session)->geo, .flags = KEY_TEXT_FIRST_LINE };
	ARB_BUF(b);

	bkey_to_text(&b, &t, k);
	json_str(&r->j, name, arb_buf_str(&b));
}

static void position(struct row *r, const char *name, struct bpos pos)
{
	ARB_BUF(b);

	bpos_to_text(&b, pos);
	json_str(&r->j, name, arb_buf_str(&b));
}

static void node_fields(struct row *r, const struct node *n)
{
	bool ok = true;

	for (unsigned i = 0; i < n->nr_bsets; i++)
		ok = ok && n->bsets[i].csum_ok;
	json_bool(&r->j, "csum_ok", ok);
	json_u64(&r->j, "bsets", n->nr_bsets);
	json_u64(&r->j, "keys", n->nr_keys);
	json_u64(&r->j, "age", n->h.node_seq);
	if (!n->nr_keys)
		return;
	key_line(r, "first", node_key(n, 0));
	key_line(r, "last", node_key(n, n->nr_keys - 1));
}

void explain_node_side(struct row *r, const char *role, unsigned btree, unsigned level, struct bkey_s k, const struct node *n)
{
	struct btree_ptr p;
	ARB_BUF(b);

	json_object(&r->j, NULL);
	json_str(&r->j, "role", role);
	btree_id_to_text(&b, btree);
	json_str(&r->j, "btree", arb_buf_str(&b));
	json_u64(&r->j, "level", level);
	position(r, "pos", k.k.p);
	key_line(r, "key", k);
	if (btree_ptr_get(k, &p)) {
		char cookie[24];

		snprintf(cookie, sizeof(cookie), "%llx", (unsigned long long)p.seq);
		json_str(&r->j, "seq", cookie);
		position(r, "start", ptr_start(k));
		position(r, "end", k.k.p);
		json_bool(&r->j, "readable", n);
	}
	if (n)
		node_fields(r, n);
	json_object_end(&r->j);
}

/* The node that @k points to, as it is to be read now; or the key itself. */
static void side(struct row *r, const char *role, unsigned btree, unsigned level, const struct bkey_buf *k)
{
	struct node_got got = { 0 };
	struct btree_ptr p;

	if (btree_ptr_get(bkey_buf_s(k), &p) && view_node(session_view(r->c->session), btree, level, bkey_buf_s(k), &got, NULL))
		got.node = NULL;
	explain_node_side(r, role, btree, level, bkey_buf_s(k), got.node);
	node_put(&got);
}

/* --- what the finding itself shows ---------------------------------------------------------------------------------------- */

static void object_text(struct row *r, const struct finding_object *o)
{
	ARB_BUF(b);

	btree_id_to_text(&b, o->btree);
	row_line(r, "  %s (%s level %u)", tr(o->role), arb_buf_str(&b), o->level);
	row_indented(r, o->text ? o->text : "", "    ");
}

static const struct finding_object *object_of(const struct finding *f, const char *const roles[2])
{
	for (unsigned i = 0; i < 2; i++)
		for (unsigned n = 0; n < f->nr_objects && roles[i]; n++)
			if (!strcmp(f->object[n].role, roles[i]) && f->object[n].has_key)
				return &f->object[n];
	return NULL;
}

static void held_json(struct row *r, const struct topology_held *h, const char *const roles[2])
{
	static const char *const keys[] = { "keys_first", "keys_second" }, *const only[] = { "only_first", "only_second" };

	json_object(&r->j, "compared");
	json_str(&r->j, "first", roles[0]);
	json_str(&r->j, "second", roles[1]);
	json_str(&r->j, "how", topology_meeting_name(h->how));
	if (h->how != TOPOLOGY_MEETS) {
		position(r, "start", h->from);
		position(r, "end", h->to);
	}
	if (h->readable)
		json_str(&r->j, "newer", h->age[0] == h->age[1] ? "neither" : roles[h->age[1] > h->age[0]]);
	for (unsigned i = 0; i < 2 && h->counted; i++) {
		json_u64(&r->j, keys[i], h->keys[i]);
		json_u64(&r->j, only[i], h->only[i]);
	}
	json_object_end(&r->j);
}

/* Two nodes between which is decided, as they stand now. */
static void compare(struct row *r, const struct finding *f)
{
	static const char *const first[] = { "prev", NULL }, *const second[] = { "next", "found" };
	const struct finding_object *l = object_of(f, first), *x = object_of(f, second);
	struct topology_held held;
	ARB_BUF(b);

	if (!l || !x || l->btree != x->btree || l->level != x->level)
		return;
	if (topology_compare(session_view(r->c->session), l->btree, l->level, &l->key, &x->key, &held, NULL) || held.how == TOPOLOGY_UNKNOWN)
		return;
	held_json(r, &held, (const char *const[2]){ l->role, x->role });
	topology_held_to_text(&b, &held);
	row_line(r, "held against each other (first: %s, second: %s):", tr(l->role), tr(x->role));
	row_text(r, arb_buf_str(&b));
}

static void objects(struct row *r, const struct finding *f)
{
	json_array(&r->j, "sides");
	for (unsigned i = 0; i < f->nr_objects; i++) {
		if (f->object[i].has_key)
			side(r, f->object[i].role, f->object[i].btree, f->object[i].level, &f->object[i].key);
		object_text(r, &f->object[i]);
	}
	json_array_end(&r->j);
	compare(r, f);
}

/* --- the key at its place -------------------------------------------------------------------------------------------------- */

/* The alloc key of a bucket in a few words. */
static void bucket_line(struct row *r, unsigned dev, uint64_t bucket)
{
	struct bkey_buf k;
	struct alloc_v4 a;
	bool found = false;
	ARB_BUF(b);

	view_lookup(session_view(r->c->session), BTREE_alloc, BPOS(dev, bucket, 0), &k, &found, NULL);
	json_object(&r->j, NULL);
	json_u64(&r->j, "dev", dev);
	json_u64(&r->j, "bucket", bucket);
	found = found && alloc_get(bkey_buf_s(&k), &a);
	json_bool(&r->j, "has_key", found);
	if (!found) {
		json_object_end(&r->j);
		row_line(r, "  bucket %u:%llu: no alloc key, as if it were free", dev, (unsigned long long)bucket);
		return;
	}
	data_type_to_text(&b, a.data_type);
	json_u64(&r->j, "gen", a.gen);
	json_str(&r->j, "data_type", arb_buf_str(&b));
	json_u64(&r->j, "dirty_sectors", a.dirty_sectors);
	json_object_end(&r->j);
	row_line(r, P_("  bucket %u:%llu: generation %u, %s, %u sector in use (bucket %u:%llu shows who claims it)",
		       "  bucket %u:%llu: generation %u, %s, %u sectors in use (bucket %u:%llu shows who claims it)", a.dirty_sectors), dev, (unsigned long long)bucket,
		 a.gen, arb_buf_str(&b), a.dirty_sectors, dev, (unsigned long long)bucket);
}

static void buckets_of(struct row *r, struct bkey_s k)
{
	const struct fs_geometry *geo = &session_view(r->c->session)->geo;
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	json_array(&r->j, "buckets");
	for (unsigned i = 0; i < POINTERS_SHOWN && extent_next_ptr(k, &it, &p); i++) {
		const struct member_geometry *m = geometry_member(geo, p.dev);

		if (m && m->bucket_size)
			bucket_line(r, p.dev, p.sector / m->bucket_size);
	}
	json_array_end(&r->j);
}

/* @level: of the node that holds the key; above the root stands the root's own pointer. */
static bool key_there(struct row *r, const struct finding *f, struct bkey_buf *ret)
{
	struct view *v = session_view(r->c->session);
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

/* The one side there is: the key; and the buckets it points into. */
static void key_now(struct row *r, const struct finding *f)
{
	struct bkey_buf k;
	bool there = key_there(r, f, &k);
	ARB_BUF(b);

	json_array(&r->j, "sides");
	if (there)
		side(r, "key", f->btree, f->level, &k);
	json_array_end(&r->j);
	if (!there) {
		row_line(r, "  at its place there is no key now");
		return;
	}
	row_line(r, "  the key at its place, as it stands now (repairs of the plan included):");
	describe_key(&b, session_view(r->c->session), bkey_buf_s(&k));
	row_indented(r, arb_buf_str(&b), "    ");
	if (f->btree != BTREE_alloc)
		buckets_of(r, bkey_buf_s(&k));
}

/* What is recorded of a bucket beside what follows from all that points into it. */
static void bucket_now(struct row *r, const struct finding *f)
{
	struct bucket_report *report = NULL;

	if (f->btree != BTREE_alloc || f->level || f->pos.inode >= SB_MEMBERS_MAX ||
	    session_bucket(r->c->session, (unsigned)f->pos.inode, f->pos.offset, &report, NULL))
		return;
	row_line(r, "  the bucket now, as recorded and as counted:");
	bucket_brief(r, report, CLAIMS_SHOWN);
	bucket_report_free(report);
}

void explain_data(struct row *r, const struct finding *f)
{
	if (!f->nr_objects && f->no_place)
		return;
	row_line(r, "the data it is decided on:");
	if (f->nr_objects) {
		objects(r, f);
		return;
	}
	key_now(r, f);
	bucket_now(r, f);
}
