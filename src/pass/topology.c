/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_topology: every btree from its root (repair-semantics.md 4.4, 7.5). */
#include "passes.h"
#include "topology_ask.h"
#include "topology_lost.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"

static void topo_free(struct topo *t)
{
	arb_array_free(&t->updated);
	cookie_set_free(&t->updated_cookies);
	cookie_set_free(&t->in_tree);
	cookie_set_free(&t->offered);
}

/* Reads the root; got.node is NULL and @why is filled when it is of no use. Put it in any case. */
static enum arb_code read_root(struct topo *t, struct node_got *got, struct arb_buf *why)
{
	const struct btree_root *root = &t->c->view->roots[t->btree];
	enum arb_code code;

	*got = (struct node_got){ 0 };
	if (root->lost || root->level >= BTREE_MAX_DEPTH) {
		arb_buf_puts(why, root->lost ? root->why : "its level is impossible");
		return ARB_OK;
	}
	code = view_root(t->c->view, t->btree, got, t->c->err);
	if (!code && !got->node)
		arb_buf_printf(why, "btree_node_read_error%s%s", got->defects && got->defects->list.nr ? ": " : "",
			       got->defects && got->defects->list.nr && got->defects->list.v[0].text ? got->defects->list.v[0].text : "");
	return code;
}

static void put_root(struct node_got *got)
{
	if (got->ref)
		node_put(got);
}

/* --- before the walk: can every root be read? --------------------------------------------------------------------- */
static enum arb_code check_root(struct topo *t)
{
	uint64_t bit = UINT64_C(1) << t->btree;
	struct node_got got;
	enum arb_code code;
	bool fixed = false, bad, dropped;
	ARB_BUF(why);

	if (t->c->run->roots_given_up & bit)
		return ARB_OK;
	code = read_root(t, &got, &why);
	bad = !got.node;
	if (!code && !bad) {
		topo_estimate_found(t->estimate, got.node->level, 1);
		if (got.node->defects.list.nr)
			code = topo_report_read(t, got.node, NULL, &dropped);
	}
	put_root(&got);
	if (code || !bad || (t->c->run->roots_asked & bit))
		return code;
	code = topo_ask_root_read(t, arb_buf_str(&why), &fixed);
	if (fixed)
		t->c->run->roots_asked |= bit;
	return code;
}

/* --- rebuilding ------------------------------------------------------------------------------------------------------ */
/* The old tree is out of reach, so none of the nodes found is in it. */
static enum arb_code rebuild(struct topo *t)
{
	struct scan_fill fill = { 0 };
	enum arb_code code = ARB_OK;
	bool fixed = false;

	cookie_set_free(&t->offered);
	cookie_set_free(&t->in_tree);
	t->in_tree_known = true;
	cookie_set_free(&t->updated_cookies);
	t->updated.nr = 0;
	if (topo_scan_wanted(t))
		code = topo_scan_fill(t, POS_MIN, SPOS_MAX, &fill);
	if (!code && !fill.ptrs.nr)
		code = topo_ask_nothing(t, "btree_root_unreadable_and_scan_found_nothing", &fixed);
	else if (!code)
		code = topo_ask_rebuild(t, &fill, &fixed);
	if (!code && fixed) {
		t->c->run->roots_given_up &= ~(UINT64_C(1) << t->btree);
		code = topo_sizes_doubt(t->c, t->btree, POS_MIN, SPOS_MAX);
	}
	for (size_t i = 0; !code && i < fill.ptrs.nr; i++)
		code = topo_scan_used(t, scan_ptr_s(&fill.ptrs.v[i]));
	scan_fill_free(&fill);
	return code;
}

/* --- one btree --------------------------------------------------------------------------------------------------------- */
/* *ret_again: the root changed under us and has to be read again. */
static enum arb_code check_bounds(struct topo *t, const struct node *root, bool *ret_again)
{
	enum topo_row row = TOPO_ROOT_MIN;

	*ret_again = false;
	if (bpos_eq(root->min, POS_MIN)) {
		if (bpos_eq(root->max, SPOS_MAX))
			return ARB_OK;
		row = TOPO_ROOT_MAX;
	}
	return topo_ask_root_bound(t, root, row, ret_again);
}

static enum arb_code walk_once(struct topo *t, bool *ret_empty, bool *ret_again)
{
	struct node_got got;
	enum arb_code code;
	ARB_BUF(why);

	*ret_again = false;
	code = read_root(t, &got, &why);
	if (!code && got.node) {
		code = pass_step(t->c, t->btree, got.node->level, got.node->max, got.node->min, got.node->max,
				 (uint64_t)t->c->view->geo.node_sectors * 512);
		if (!code)
			code = pass_key(t->c, t->btree, got.node->level + 1, bkey_buf_s(&t->c->view->roots[t->btree].key));
		if (!code)
			code = check_bounds(t, got.node, ret_again);
		if (!code && !*ret_again)
			code = topo_node(t, got.node, NULL, ret_empty);
	}
	put_root(&got);
	return code;
}

/* Walks from the root. *ret_empty: nothing is left below it. A root has two bounds, so its range changes at most twice. */
static enum arb_code walk(struct topo *t, bool *ret_empty)
{
	enum arb_code code = ARB_OK;
	bool again = true;

	*ret_empty = false;
	for (unsigned i = 0; !code && again && i < 3; i++)
		code = walk_once(t, ret_empty, &again);
	return code;
}

static bool root_bad(struct topo *t, enum arb_code *code)
{
	struct node_got got;
	bool bad;
	ARB_BUF(why);

	*code = read_root(t, &got, &why);
	bad = !got.node || t->c->run->roots_given_up >> t->btree & 1;
	put_root(&got);
	return bad;
}

static enum arb_code check_btree(struct topo *t)
{
	bool rebuilt = false, empty = false, fixed;
	enum arb_code code;

	if (root_bad(t, &code)) {
		if (code || !(t->c->run->roots_asked >> t->btree & 1) || (topo_scan_wanted(t) && !topo_scan_possible(t)))
			return code;
		code = topo_scan_wanted(t) ? topo_scan_need(t, "a root cannot be read") : ARB_OK;
		if (!code)
			code = rebuild(t);
		rebuilt = true;
	}
	if (!code)
		code = walk(t, &empty);
	if (!code && empty && !rebuilt) {
		code = rebuild(t);
		if (!code)
			code = walk(t, &empty);
	}
	if (!code && empty)
		code = topo_ask_nothing(t, "arborist_topology_empty_root", &fixed);
	return code;
}

/* --- the pass ----------------------------------------------------------------------------------------------------------- */
#define READ_AHEAD	16	/* nodes */

/* What comes after @btree: nobody shall wait for it, nor for the last nodes of that one. */
static void read_ahead(struct pass_ctx *c, unsigned btree)
{
	unsigned nr = 0;

	for (btree++; !c->scope.restricted && btree < BTREE_ID_NR_MAX && nr < READ_AHEAD; btree++)
		nr += view_read_ahead_btree(c->view, btree, READ_AHEAD, NODE_CHECKED);
}

static enum arb_code each_btree(struct pass_ctx *c, struct topo_estimate *e, enum arb_code (*fn)(struct topo *))
{
	enum arb_code code = ARB_OK;
	bool left = false;

	for (unsigned btree = 0; !code && btree < BTREE_ID_NR_MAX; btree++) {
		struct topo t = { .c = c, .btree = btree, .estimate = e };

		if (!c->view->roots[btree].exists || (c->scope.restricted && c->scope.btree != btree))
			continue;
		read_ahead(c, btree);
		code = fn(&t);
		topo_free(&t);
		if (code == ARB_E_STOPPED && c->btree_left) {	/* the others are repaired for all that */
			code = ARB_OK;
			left = true;
		}
	}
	if (!code && left)
		return arb_fail(c->err, ARB_E_STOPPED, "a btree was left as it is");
	return code;
}

static enum arb_code check_topology(struct pass_ctx *c)
{
	struct topo_estimate e = { 0 };
	enum arb_code code;

	for (unsigned btree = 0; btree < BTREE_ID_NR_MAX && !c->scope.restricted; btree++)
		view_read_ahead_btree(c->view, btree, 0, NODE_CHECKED);	/* the roots */
	code = pass_report_superblocks(c);
	code = code ? code : topo_lost_scan(c);
	code = code ? code : pass_report_journal(c);
	code = code ? code : topo_lost_roots(c);
	code = code ? code : topo_find_unnamed(c);
	if (!code)
		code = each_btree(c, &e, check_root);
	if (!code) {
		c->progress.nodes_total = topo_estimate_left(&e);
		code = each_btree(c, &e, check_btree);
	}
	return code ? code : topo_sizes(c);
}

const struct pass pass_check_topology = {
	.name = "check_topology",
	.id = 4,
	.what = N_("check that nodes fit together without gaps or overlaps, and mend the pointers"),
	.help = N_("Every node above the leaves has a range, and its children have to cover it exactly once, each beginning right after the "
		"one before. The pass walks every btree from its root, reads every node, and asks about each gap, overlap, unreadable or "
		"outdated node, and about roots that are lost. Repairs change pointers only; no node is written."),
	.at_node = &(const struct rule){ N_("topology: at a node"), N_("the pass comes to a node"),
			N_("an interior node is held against its children: each has to be readable, and together they have to cover its range exactly once; "
			"each boundary where they do not is a finding") },
	.run = check_topology,
};
