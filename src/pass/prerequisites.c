/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small passes that load what others stand on: bucket generations, stripes, snapshots (repair-semantics.md 5.3 to 5.5).
 * They find nothing by themselves; a btree that cannot be read whole is a matter for check_topology.
 */
#include "passes.h"

#include <stdlib.h>
#include <string.h>

#include "arborist/base/i18n.h"
#include "arborist/btree/view.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "run.h"

#define VERSION_BUCKET_GENS 25	/* 0.25: generations stand in a btree of their own */

/* --- alloc_read ------------------------------------------------------------------------------------------------------- */

static uint8_t *gens_of(struct view *v, unsigned dev)
{
	return (uint8_t *)v->geo.member[dev].gens;
}

static void set_gen(struct view *v, uint64_t dev, uint64_t bucket, uint8_t gen)
{
	const struct member_geometry *m = dev < SB_MEMBERS_MAX ? geometry_member(&v->geo, dev) : NULL;

	if (m && m->gens && bucket >= m->first_bucket && bucket < m->nbuckets)
		gens_of(v, dev)[bucket] = gen;
}

static enum arb_code take_gens(void *arg, const struct node *n, struct bkey_s k)
{
	uint8_t gens[BUCKET_GENS_NR];
	struct pass_ctx *c = arg;

	if (bucket_gens_get(k, gens) && k.k.p.offset < UINT64_MAX / BUCKET_GENS_NR)
		for (unsigned i = 0; i < BUCKET_GENS_NR; i++)
			set_gen(c->view, k.k.p.inode, k.k.p.offset * BUCKET_GENS_NR + i, gens[i]);
	return pass_key(c, n->btree, n->level, k);
}

static enum arb_code take_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct pass_ctx *c = arg;
	struct alloc_v4 a;

	if (alloc_get(k, &a))
		set_gen(c->view, k.k.p.inode, k.k.p.offset, a.gen);
	return pass_key(c, n->btree, n->level, k);
}

static enum arb_code step_node(void *arg, const struct node *n)
{
	return pass_step_node(arg, n);
}

static enum arb_code look_at_key(void *arg, const struct node *n, struct bkey_s k)
{
	return pass_key(arg, n->btree, n->level, k);
}

static enum arb_code make_room(struct view *v, struct arb_error *err)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		struct member_geometry *m = &v->geo.member[i];

		if (!m->exists)
			continue;
		if (!m->gens)
			m->gens = calloc(1, m->nbuckets ? m->nbuckets : 1);
		if (!m->gens)
			return arb_fail(err, ARB_E_NOMEM, "no memory for the generations of %llu buckets", (unsigned long long)m->nbuckets);
		memset(gens_of(v, i), 0, m->nbuckets);
	}
	return ARB_OK;
}

static enum arb_code alloc_read(struct pass_ctx *c)
{
	bool own_btree = c->view->geo.version_upgrade_complete >= VERSION_BUCKET_GENS;
	struct walk w = {
		.btree = own_btree ? BTREE_bucket_gens : BTREE_alloc, .start = POS_MIN, .end = SPOS_MAX,
		.key = own_btree ? take_gens : take_alloc, .node = step_node, .arg = c,
	};
	enum arb_code code = make_room(c->view, c->err);

	return code ? code : view_walk(c->view, &w, c->err);
}

const struct pass pass_alloc_read = {
	.name = "alloc_read",
	.id = 0,
	.what = N_("load the generation number of every bucket"),
	.help = N_("Each bucket has a generation, one more every time it is emptied and used again; a pointer into it carries the generation it was made for. "
		"They are read from the bucket_gens btree, and shown with pointers from then on (\"stale\")."),
	.at_node = &(const struct rule){ N_("alloc_read: at a node"), N_("the pass comes to a node"), N_("the generations its keys name are loaded") },
	.run = alloc_read,
};

/* --- stripes_read, snapshots_read --------------------------------------------------------------------------------------- */

/* Every leaf, so that a node that cannot be read is known before it is needed. */
static enum arb_code read_leaves(struct pass_ctx *c, unsigned btree)
{
	struct walk w = { .btree = btree, .start = POS_MIN, .end = SPOS_MAX, .key = look_at_key, .node = step_node, .arg = c };

	return view_walk(c->view, &w, c->err);
}

static enum arb_code stripes_read(struct pass_ctx *c)
{
	return read_leaves(c, BTREE_stripes);
}

const struct pass pass_stripes_read = {
	.name = "stripes_read",
	.id = 1,
	.what = N_("read the stripes of erasure coded data"),
	.help = N_("Reads the stripes btree once before anything is counted. check_allocations holds the pointers of erasure coded extents against the stripes."),
	.at_node = &(const struct rule){ N_("stripes_read: at a node"), N_("the pass comes to a node"), N_("its keys are read; a stripe that is there can be held against the pointers that name it") },
	.run = stripes_read,
};

static enum arb_code snapshots_read(struct pass_ctx *c)
{
	return read_leaves(c, BTREE_snapshots);
}

const struct pass pass_snapshots_read = {
	.name = "snapshots_read",
	.id = 3,
	.what = N_("read the tree of snapshots"),
	.help = N_("Reads the snapshots btree once. Keys of snapshots that do not exist are not judged here: the kernel's check_snapshots does that."),
	.at_node = &(const struct rule){ N_("snapshots_read: at a node"), N_("the pass comes to a node"), N_("its keys are read: the tree of snapshots") },
	.run = snapshots_read,
};
