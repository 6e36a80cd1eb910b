/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pointers held against their buckets before they are counted (repair-semantics.md 8.5).
 *
 * Where the 1.13 kernel drops data because of a wrong generation or a missing stripe, the pointer is put right instead, as
 * later kernels do: nothing is lost then. A pointer that is left as it is makes its key uncounted, and nothing that
 * depends on the sums is corrected afterwards.
 */
#include "alloc_judge.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"

enum edit { EDIT_NONE, EDIT_DROP, EDIT_GEN, EDIT_STRIPE, EDIT_ALLOC, EDIT_OTHER, EDIT_MOVE };

static const struct {
	const char	*id, *site;
	enum edit	dirty, cached;
	struct rule	rule;
} rows[PTR_ROW_NR] = {
	[PTR_NO_DEVICE] = { "ptr_to_invalid_device", "alloc.ptr.device", EDIT_DROP, EDIT_DROP,
		{ "pointers 1: no such device", N_("the device a pointer names does not exist"),
		  N_("the pointer is dropped") } },
	[PTR_NO_BUCKET] = { "ptr_to_invalid_device", "alloc.ptr.bucket", EDIT_DROP, EDIT_DROP,
		{ "pointers 2: no such bucket", N_("a pointer leads outside of its device"),
		  N_("the pointer is dropped") } },
	[PTR_NO_ALLOC_KEY] = { "ptr_to_missing_alloc_key", "alloc.ptr.missing", EDIT_ALLOC, EDIT_DROP,
		{ "pointers 3: no alloc key", N_("the bucket has no alloc key"),
		  N_("data: an alloc key is made, and the bucket counts as of the pointer's generation; a cached copy is dropped") } },
	[PTR_NEWER] = { "ptr_gen_newer_than_bucket_gen", "alloc.ptr.newer", EDIT_GEN, EDIT_DROP,
		{ "pointers 4: newer", N_("a pointer's generation is newer than its bucket's"),
		  N_("data: the pointer gets the bucket's generation; a cached copy is dropped") } },
	[PTR_TOO_STALE] = { "ptr_gen_newer_than_bucket_gen", "alloc.ptr.old", EDIT_GEN, EDIT_DROP,
		{ "pointers 5: too stale", N_("a pointer is more than 96 generations behind its bucket"),
		  N_("data: the pointer gets the bucket's generation; a cached copy is dropped") } },
	[PTR_STALE] = { "stale_dirty_ptr", "alloc.ptr.stale", EDIT_GEN, EDIT_DROP,
		{ "pointers 6: stale", N_("a pointer to data is older than its bucket"),
		  N_("the pointer gets the bucket's generation") } },
	[PTR_WRONG_TYPE] = { "ptr_bucket_data_type_mismatch", "alloc.ptr.type", EDIT_DROP, EDIT_DROP,
		{ "pointers 7: wrong kind", N_("the bucket holds something of another kind"),
		  N_("data gives way to superblock, journal and btree nodes, and so does a node of which there is another copy: the pointer is dropped; "
		  "another node gives way to superblock and journal: it is written anew elsewhere") } },
	[PTR_NO_STRIPE] = { "ptr_to_missing_stripe", "alloc.ptr.nostripe", EDIT_STRIPE, EDIT_STRIPE,
		{ "pointers 8: no stripe", N_("the stripe a pointer names does not exist"),
		  N_("the stripe entry is dropped, the pointer stays") } },
	[PTR_WRONG_STRIPE] = { "ptr_to_incorrect_stripe", "alloc.ptr.stripe", EDIT_STRIPE, EDIT_STRIPE,
		{ "pointers 9: wrong stripe", N_("the stripe's block lies elsewhere"),
		  N_("the stripe entry is dropped, the pointer stays") } },
	[PTR_TAKEN] = { "arborist_stripe_pointer_conflict", "alloc.stripe", EDIT_DROP, EDIT_DROP,
		{ "stripes 3: bucket taken", N_("two stripes have a block in one bucket, or one stripe has two there"),
		  N_("the stripe that the bucket's alloc key does not name loses that block, which can be computed from its others; where the key names neither, the later one") } },
};

/* --- repairs ------------------------------------------------------------------------------------------------------------ */

/* g->changed := g->key with pointer @i edited. False: nothing is left. */
static bool edit_key(struct alloc_gc *g, enum edit edit, const struct extent_ptr *p, unsigned i)
{
	struct pointer_edit e = { 0 };
	const struct gc_bucket *b;

	e.drop = edit == EDIT_DROP ? UINT32_C(1) << i : 0;
	e.drop_stripe = edit == EDIT_STRIPE ? UINT32_C(1) << i : 0;
	if (edit == EDIT_GEN) {
		b = gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector));
		e.regen = UINT32_C(1) << i;
		e.gen[i] = b ? b->gen : p->gen;
	}
	return pointers_edit(bkey_buf_s(&g->key), &e, &g->changed);
}

/* Empty, as a missing one reads; what was counted, and the generation, are compared and corrected in the end. */
static struct repair *repair_alloc_key(const struct alloc_gc *g, const struct extent_ptr *p)
{
	struct gc_place at = { .btree = BTREE_alloc };
	struct bpos pos = BPOS(p->dev, gc_bucket_nr(g, p->dev, p->sector), 0);
	struct alloc_v4 a = { 0 };
	struct bkey_buf k;

	alloc_put(&k, pos, &a);
	return alloc_repair_key(&at, pos, &k, "make an alloc key for a bucket in use");
}

static const char *const edit_texts[] = {
	[EDIT_DROP] = "drop a pointer", [EDIT_GEN] = "give a pointer its bucket's generation", [EDIT_STRIPE] = "take an extent out of a stripe",
};

/* The other stripe loses its block in the bucket of @p. */
static enum arb_code repair_other_stripe(struct alloc_gc *g, const struct extent_ptr *p, struct repair **ret)
{
	uint64_t bucket = gc_bucket_nr(g, p->dev, p->sector);
	struct bpos pos = BPOS(0, gc_bucket(g, p->dev, bucket)->stripe, 0);
	struct gc_place at = { .btree = BTREE_stripes };
	struct pointer_edit e = { 0 };
	struct extent_iter it = { 0 };
	struct extent_ptr other;
	struct bkey_buf k;
	bool found;
	enum arb_code code = view_lookup(g->v, BTREE_stripes, pos, &k, &found, g->c->err);

	if (code || !found)
		return code;
	for (unsigned i = 0; i < GC_POINTERS_MAX && extent_next_ptr(bkey_buf_s(&k), &it, &other); i++)
		if (other.dev == p->dev && gc_bucket_nr(g, p->dev, other.sector) == bucket)
			e.drop |= UINT32_C(1) << i;
	if (e.drop && pointers_edit(bkey_buf_s(&k), &e, &g->changed))
		*ret = alloc_repair_key(&at, pos, &g->changed, "take a bucket out of another stripe");
	return ARB_OK;
}


/* The node is written anew where provably nothing is, and what is left behind counts as what else lies there. */
static struct repair *repair_move(const struct alloc_gc *g, const struct gc_place *at)
{
	struct repair *r = repair_new("write a node anew, out of a bucket that is not its own");

	if (!r)
		return NULL;
	r->btree = at->btree;
	r->level = at->level;
	r->pos = r->end = g->key.k.p;
	repair_rewrite(r, at->btree, at->level, g->key.k.p);
	requires_allocations(r);
	return r;
}

/* *ret_left: something of the key is left. */
static struct repair *repair_pointer(struct alloc_gc *g, const struct gc_place *at, enum edit edit, const struct extent_ptr *p, unsigned i,
				     bool *ret_left)
{
	struct repair *r = NULL;

	*ret_left = true;
	if (edit == EDIT_NONE || (edit == EDIT_OTHER && repair_other_stripe(g, p, &r)))
		return NULL;
	if (edit == EDIT_OTHER)
		return r;
	if (edit == EDIT_ALLOC)
		return repair_alloc_key(g, p);
	if (edit == EDIT_MOVE)
		return repair_move(g, at);
	*ret_left = edit_key(g, edit, p, i);
	if (!*ret_left && at->root)
		return NULL;		/* a root without a place has to be made anew: check_topology */
	r = alloc_repair_key(at, g->key.k.p, *ret_left ? &g->changed : NULL, edit_texts[edit]);
	if (r && *ret_left)
		r->loss.keys_cut = g->changed.k.type == KEY_error && g->key.k.type != KEY_error;
	if (r && !*ret_left && at->level) {
		requires_lost_node(r, at->btree);
		r->loss.nodes_dropped = 1;
	}
	return r;
}

/* A node lies where data was counted: the bucket is one of nodes, and everything is counted again. */
static bool force_btree(struct alloc_gc *g, const struct extent_ptr *p)
{
	struct gc_bucket *b = gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector));

	if (!b || data_type_is_hidden(b->data_type) || b->flags & GC_FORCED_BTREE)
		return false;
	b->flags |= GC_FORCED_BTREE;
	g->again = true;
	return true;
}

static bool readable(struct alloc_gc *g, const struct gc_place *at, const struct bkey_buf *k)
{
	struct arb_error ignored = { 0 };
	struct node_got got;
	bool yes;

	if (view_node(g->v, at->btree, at->level - 1, bkey_buf_s(k), &got, &ignored))
		return false;
	yes = got.node;
	node_put(&got);
	return yes;
}

/* Does pointer @i of g->key lead to something else than the node, which another pointer leads to? Then it can be spared, and claims nothing. */
static bool copy_is_bad(struct alloc_gc *g, const struct gc_place *at, unsigned i)
{
	struct pointer_edit others = { .drop = ~(UINT32_C(1) << i) };
	struct bkey_buf only;

	return pointers_edit(bkey_buf_s(&g->key), &others, &only) && !readable(g, at, &only) && readable(g, at, &g->key);
}

static enum edit edit_for(struct alloc_gc *g, const struct gc_place *at, enum pointer_row row, const struct extent_ptr *p, unsigned i)
{
	if (row == PTR_WRONG_TYPE && at->level)
		return copy_is_bad(g, at, i) ? EDIT_DROP : judge_hidden(g, p) ? EDIT_MOVE : EDIT_NONE;
	if (row == PTR_TAKEN && alloc_stripe_owns(g, g->key.k.p.offset, p))
		return EDIT_OTHER;
	return p->cached ? rows[row].cached : rows[row].dirty;
}

static void texts(struct alloc_gc *g, struct finding *f, enum pointer_row row, const struct extent_ptr *p, unsigned type, enum edit edit, bool left)
{
	ARB_BUF(m);

	judge_text(g, &m, row, p, type);
	arb_buf_puts(&m, "\nwhile marking ");
	alloc_key_text(g, &m, bkey_buf_s(&g->key));
	finding_message(f, "%s", arb_buf_str(&m));
	f->rule = &rows[row].rule;
	if (edit == EDIT_DROP && left && g->changed.k.type == KEY_error)
		finding_fix(f, "Drop the pointer. It is the only one: the range becomes unreadable, reading it gives an error.");
	else if (edit == EDIT_GEN)
		finding_fix(f, "Give the pointer the bucket's generation. If the bucket was used again since, the checksum of the data will tell.");
	else if (edit == EDIT_MOVE)
		finding_fix(f, "Write the node anew, into free space. Where it lies now it is overwritten sooner or later.");
	else if (row == PTR_TAKEN && edit == EDIT_OTHER)
		finding_fix(f, "Take the bucket out of the other stripe: the bucket's alloc key names this one.");
	else if (row == PTR_TAKEN)
		finding_fix(f, "Take the bucket out of this stripe: the bucket's alloc key does not name it.");
}

/* Everything that follows an accepted repair. */
static enum arb_code accepted(struct alloc_gc *g, const struct gc_place *at, enum edit edit, const struct extent_ptr *p, bool left)
{
	struct gc_bucket *b;

	if (edit == EDIT_ALLOC) {
		b = gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector));
		b->flags |= GC_GEN_VALID;
		b->gen = p->gen;
		return ARB_OK;
	}
	if (edit == EDIT_MOVE)
		return ARB_OK;
	if (edit == EDIT_OTHER) {	/* what the other stripe and its data added is wrong now */
		gc_bucket(g, p->dev, gc_bucket_nr(g, p->dev, p->sector))->stripe = 0;
		g->again = true;
		return ARB_OK;
	}
	if (left) {
		g->shared_gone |= g->key.k.type == KEY_reflink_v && g->changed.k.type == KEY_error;
		bkey_buf_set(&g->key, bkey_buf_s(&g->changed));
	}
	if (left || !at->level)
		return ARB_OK;
	if (pass_run_rewind(g->c->run, pass_by_name("check_topology"), "a node lost its last pointer"))
		return ARB_E_RESTART;
	gc_incomplete(g, "a node of btree %s lost its last pointer", btree_info(at->btree)->name ? btree_info(at->btree)->name : "(unknown)");
	return ARB_OK;
}

enum outcome { OUT_NEXT, OUT_LEFT, OUT_KEY_STAYS, OUT_CHANGED, OUT_GONE };

static enum arb_code ask(struct alloc_gc *g, const struct gc_place *at, enum pointer_row row, const struct extent_ptr *p, unsigned i,
			 unsigned type, enum outcome *ret)
{
	struct finding *f = alloc_finding(rows[row].id, rows[row].site, at->btree, at->level, g->key.k.p);
	enum edit edit = edit_for(g, at, row, p, i);
	bool fixed, left;
	struct repair *r = repair_pointer(g, at, edit, p, i, &left);
	enum arb_code code;

	if (f) {
		f->part = p->word;
		texts(g, f, row, p, type, edit, left);
	}
	code = alloc_decide(g, f, r, &fixed);
	*ret = OUT_LEFT;
	if (code || !fixed)
		return code;
	*ret = edit == EDIT_ALLOC || edit == EDIT_OTHER || edit == EDIT_MOVE ? OUT_KEY_STAYS : left ? OUT_CHANGED : OUT_GONE;
	return accepted(g, at, edit, p, left);
}

/* --- one key -------------------------------------------------------------------------------------------------------------- */

/* What is wrong with one pointer, row after row, until something is repaired. */
static enum arb_code one_pointer(struct alloc_gc *g, const struct gc_place *at, const struct extent_ptr *p, unsigned i, enum outcome *ret, bool *ret_left)
{
	unsigned type = judged_type(at, bkey_buf_s(&g->key), p, i);
	enum pointer_row row = PTR_FINE;
	enum arb_code code = ARB_OK;

	while (!code && *ret <= OUT_LEFT && (row = judge_next(g, at, bkey_buf_s(&g->key), p, i, row)) != PTR_FINE) {
		if (row == PTR_WRONG_TYPE && at->level && !copy_is_bad(g, at, i) && force_btree(g, p))
			continue;
		code = ask(g, at, row, p, i, type, ret);
		*ret_left |= *ret == OUT_LEFT;
	}
	return code;
}

/* The pointers of g->key in order, until one is repaired. */
static enum arb_code round_of(struct alloc_gc *g, const struct gc_place *at, enum outcome *ret, bool *ret_left)
{
	struct extent_iter it = { 0 };
	struct bkey_s k = bkey_buf_s(&g->key);
	enum arb_code code = ARB_OK;
	struct extent_ptr p;

	*ret = OUT_NEXT;
	*ret_left = false;
	for (unsigned i = 0; !code && *ret <= OUT_LEFT && i < GC_POINTERS_MAX && extent_next_ptr(k, &it, &p); i++)
		code = one_pointer(g, at, &p, i, ret, ret_left);
	return code;
}

enum arb_code alloc_check_pointers(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, enum gc_verdict *ret)
{
	enum outcome outcome = OUT_CHANGED;
	enum arb_code code = ARB_OK;
	bool left = false;

	*ret = GC_COUNT;
	if (judge_fine(g, at, k))
		return ARB_OK;
	bkey_buf_set(&g->key, k);
	*ret = GC_COUNT_CHANGED;
	/* each round repairs one thing; there are two or three for a pointer at most */
	for (unsigned n = 0; !code && outcome > OUT_LEFT && outcome != OUT_GONE && n < 4 * GC_POINTERS_MAX; n++)
		code = round_of(g, at, &outcome, &left);
	if (outcome == OUT_GONE || left)
		*ret = GC_LEAVE_OUT;
	if (left)
		gc_incomplete(g, "a pointer that is not in order was left as it is");
	return code;
}
