/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key of every btree, leaves first, in the order of gc positions (repair-semantics.md 8.3, 8.4). */
#include "alloc.h"

#include <stdio.h>

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"

struct walker {
	struct alloc_gc	*g;
	struct gc_place	at;
	struct gc_cover	cover;
};

/* --- what cannot be walked ------------------------------------------------------------------------------------------------ */

static const char *name_of(unsigned btree)
{
	const char *name = btree_info(btree)->name;

	return name ? name : "(unknown)";
}

/*
 * Fixed: back to check_topology and here again, once in a run. When that did not help, or in a restricted run, nothing more can be done, and
 * only what is counted without these nodes is told.
 */
static enum arb_code needs_topology(struct alloc_gc *g, const struct gc_place *at, unsigned level, struct bpos pos, const char *what)
{
	struct finding *f = alloc_finding("btree_node_read_error", "alloc.read", at->btree, level, pos);
	const struct pass *topology = pass_by_name("check_topology");
	bool fixed, again = !g->report_only && pass_run_can_rewind(g->c->run, topology);
	enum arb_code code;
	char why[160];

	snprintf(why, sizeof(why), "btree %s level %u: %s", name_of(at->btree), level, what);
	if (f) {
		finding_message(f, "btree node read error for %s: %s", name_of(at->btree), what);
		f->by_itself = again;
		f->no_repair = !again;
	}
	code = pass_decide(g->c, f, &fixed);
	if (!code && fixed && pass_run_rewind(g->c->run, topology, why))
		return ARB_E_RESTART;
	gc_incomplete(g, "%s", why);
	g->alloc_unread |= at->btree == BTREE_alloc;
	g->stripes_unread |= at->btree == BTREE_stripes;
	return code;
}

static enum arb_code bad_node(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct walker *x = arg;

	(void)d;
	return needs_topology(x->g, &x->at, level, ptr.k.p, "a node cannot be read");
}

/* --- nodes ---------------------------------------------------------------------------------------------------------------- */

/* Positions only grow while one count goes on; nothing that was counted would hold otherwise. */
static enum arb_code went_backwards(struct alloc_gc *g, const struct gc_pos *last)
{
	ARB_BUF(b);

	arb_buf_puts(&b, "gc position went backwards: from ");
	gc_pos_to_text(&b, last);
	arb_buf_puts(&b, " to ");
	gc_pos_to_text(&b, &g->c->progress.pos);
	return arb_fail(g->c->err, ARB_E_CONTENT, "%s", arb_buf_str(&b));
}

static enum arb_code enter_node(void *arg, const struct node *n)
{
	struct walker *x = arg;
	struct gc_pos last = x->g->c->progress.pos;
	enum arb_code code = pass_step_node(x->g->c, n);
	const char *why = NULL;

	if (!code && !x->g->incomplete && gc_pos_cmp(&x->g->c->progress.pos, &last) < 0)
		code = went_backwards(x->g, &last);
	code = code ? code : gc_cover_node(&x->cover, x->g->c, n, &why);
	return code || !why ? code : needs_topology(x->g, &x->at, n->level, n->max, why);
}

/* --- keys ----------------------------------------------------------------------------------------------------------------- */

enum { POINTERS = 1, REFERENCE = 2, SHARED = 4 };
static const uint8_t kinds[KEY_TYPE_NR] = {
	[KEY_extent] = POINTERS, [KEY_btree_ptr] = POINTERS, [KEY_btree_ptr_v2] = POINTERS, [KEY_stripe] = POINTERS,
	[KEY_reflink_v] = POINTERS | SHARED, [KEY_indirect_inline_data] = SHARED, [KEY_reflink_p] = REFERENCE,
};

static enum arb_code check(struct alloc_gc *g, const struct gc_place *at, struct bkey_s k, unsigned kind, enum gc_verdict *ret)
{
	enum arb_code code = ARB_OK;

	if (k.k.type == KEY_stripe)
		code = alloc_check_stripe(g, at, k, ret);
	if (!code && kind & POINTERS && *ret != GC_LEAVE_OUT)
		code = alloc_check_pointers(g, at, k, ret);
	if (!code && *ret == GC_COUNT_CHANGED)
		k = bkey_buf_s(&g->key);
	if (!code && kind & SHARED && *ret != GC_LEAVE_OUT)
		code = alloc_check_refcount(g, at, k, ret);
	if (!code && kind & REFERENCE)
		code = alloc_check_reflink_p(g, at, k, ret);
	return code;
}

static enum arb_code one_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct walker *x = arg;
	struct alloc_gc *g = x->g;
	unsigned kind = k.k.type < KEY_TYPE_NR ? kinds[k.k.type] : 0;
	enum gc_verdict verdict = GC_COUNT;
	enum arb_code code = pass_key(g->c, x->at.btree, x->at.level, k);

	(void)n;
	if (!code && k.k.ver.lo > g->key_version && x->at.btree != BTREE_accounting)
		code = alloc_check_version(g, &x->at, k);
	if (!code && x->at.level)
		code = alloc_check_bitmap(g, &x->at, k);
	if (!code && kind)
		code = check(g, &x->at, k, kind, &verdict);
	if (code || verdict == GC_LEAVE_OUT)
		return code;
	return alloc_mark_key(g, &x->at, verdict == GC_COUNT ? k : bkey_buf_s(&g->key));
}

/* --- leaves in which nothing is to be counted --------------------------------------------------------------------------- */

#define BIT(type)	(UINT64_C(1) << (type))
/* Of these nothing is counted, or no more than how many there are. */
#define TYPES_TO_SKIP	(BIT(KEY_deleted) | BIT(KEY_whiteout) | BIT(KEY_error) | BIT(KEY_cookie) | BIT(KEY_hash_whiteout) | \
			 BIT(KEY_inode) | BIT(KEY_inode_v2) | BIT(KEY_inode_v3) | BIT(KEY_inode_generation) | BIT(KEY_dirent) | \
			 BIT(KEY_xattr) | BIT(KEY_set) | BIT(KEY_lru) | BIT(KEY_backpointer) | BIT(KEY_bucket_gens) | BIT(KEY_accounting))

/* The btrees in which most leaves are of that kind; in the others looking twice would only cost. */
static bool mostly_skipped(unsigned btree)
{
	return btree != BTREE_extents && btree != BTREE_alloc && btree != BTREE_stripes && btree != BTREE_reflink;
}

static enum arb_code skip_leaf(void *arg, const struct node *n, bool *ret)
{
	struct walker *x = arg;
	const struct node_content *in = &n->content;

	*ret = !x->g->c->port->key &&		/* nobody wants to see every key */
		!(in->types & ~TYPES_TO_SKIP) && !(in->nr_inodes && in->hides) &&
		(in->version_max <= x->g->key_version || n->btree == BTREE_accounting);
	if (!*ret)
		return ARB_OK;
	x->g->inodes += in->nr_inodes;
	return enter_node(arg, n);
}

/* --- btrees ---------------------------------------------------------------------------------------------------------------- */

/* The last position of the range a restricted run is about, in a node of a higher level, is that of the node that holds it. */
static void restrict_walk(const struct alloc_gc *g, struct walk *w)
{
	const struct pass_scope *s = &g->c->scope;

	if (!s->restricted || w->btree != s->btree)
		return;
	w->start = s->start;
	if (!w->level)
		w->end = s->end;
}

static enum arb_code walk_btree(struct alloc_gc *g, unsigned btree)
{
	const struct btree_root *root = &g->v->roots[btree];
	enum arb_code code = ARB_OK;

	if (!root->exists && !root->fake)
		return ARB_OK;
	if (root->lost || root->level >= BTREE_MAX_DEPTH) {
		struct gc_place at = { .btree = btree, .level = root->level };

		return needs_topology(g, &at, root->level, SPOS_MAX, "the root cannot be read");
	}
	for (unsigned level = 0; level <= root->level + 1u && !code; level++) {
		struct walker x = { .g = g, .at = { .btree = btree, .level = level, .root = level > root->level } };
		struct walk w = {
			.btree = btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = one_key, .node = enter_node,
			.bad = bad_node, .skip = !level && mostly_skipped(btree) ? skip_leaf : NULL, .arg = &x,
		};

		restrict_walk(g, &w);
		code = view_walk(g->v, &w, g->c->err);
		gc_cover_free(&x.cover);
	}
	return code;
}

/* --- shared extents, ahead of the walk ------------------------------------------------------------------------------------- */

struct look { struct alloc_gc *g; struct gc_cover cover; bool broken; };

static enum arb_code look_at_node(void *arg, const struct node *n)
{
	struct look *x = arg;
	const char *why;
	enum arb_code code = gc_cover_node(&x->cover, x->g->c, n, &why);

	x->broken |= why != NULL;
	return code ? code : alloc_come_by(x->g, n);
}

static enum arb_code look_past(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	(void)level, (void)ptr, (void)d;
	((struct look *)arg)->broken = true;
	return ARB_OK;
}

static enum arb_code no_key(void *arg, const struct node *n, struct bkey_s k)
{
	(void)arg, (void)n, (void)k;
	return ARB_OK;
}

enum arb_code alloc_look_at_reflink(struct alloc_gc *g)
{
	const struct btree_root *root = &g->v->roots[BTREE_reflink];
	struct look x = { .g = g, .broken = g->reflink_unread || (root->exists && (root->lost || root->level >= BTREE_MAX_DEPTH)) };
	struct gc_place at = { .btree = BTREE_reflink, .level = root->level };
	enum arb_code code = ARB_OK;

	for (unsigned level = 1; !x.broken && !code && root->exists && level <= root->level; level++) {
		struct walk w = { .btree = BTREE_reflink, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = no_key, .node = look_at_node,
				  .bad = look_past, .arg = &x };

		code = view_walk(g->v, &w, g->c->err);
	}
	gc_cover_free(&x.cover);
	g->reflink_unread = x.broken;
	if (code || !x.broken || g->report_only)
		return code;
	return needs_topology(g, &at, root->level, SPOS_MAX, "shared extents cannot be read, or are not covered exactly once");
}

/* A restricted run still needs the generations and stripes that pointers are held against. */
static bool wanted(const struct alloc_gc *g, unsigned btree)
{
	return !g->c->scope.restricted || btree == g->c->scope.btree || btree == BTREE_alloc || btree == BTREE_stripes;
}

enum arb_code alloc_walk(struct alloc_gc *g)
{
	enum arb_code code = walk_btree(g, BTREE_alloc);

	code = code ? code : walk_btree(g, BTREE_stripes);
	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !code; i++)
		if (i != BTREE_alloc && i != BTREE_stripes && wanted(g, i))
			code = walk_btree(g, i);
	return code;
}
