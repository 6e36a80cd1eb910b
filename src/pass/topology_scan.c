/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the device scan knows, as the topology check asks it (repair-semantics.md 5.1, 7.3).
 *
 * Against the reference, by the [T] rulings: a scanned node that a pointer leads to already is neither put back a second time
 * nor makes another one outdated (two nodes in the tree are a matter of the overlap rows); a node is put back at most once in a
 * run, so filling ends; and no pointer to a range of one position is made, which would be invalid.
 */
#include "topology_scan.h"

#include "arborist/format/btree_id.h"
#include "passes.h"

void scan_fill_free(struct scan_fill *f)
{
	arb_array_free(&f->ptrs);
}

bool topo_scan_wanted(const struct topo *t)
{
	return t->c->view->journal->nothing_to_replay || !(btree_info(t->btree)->flags & BTREE_ALLOC);
}

bool topo_scan_possible(const struct topo *t)
{
	(void)t;
	return pass_index(&pass_scan_for_btree_nodes) < passes_nr;
}

enum arb_code topo_scan_need(struct topo *t, const char *why)
{
	if (t->c->run->scan)
		return ARB_OK;
	if (pass_run_rewind(t->c->run, &pass_scan_for_btree_nodes, why))
		return ARB_E_RESTART;
	return arb_fail(t->c->err, ARB_E_STOPPED, "the device scan was asked for again without having come to an end");
}

/* --- what is in the tree ------------------------------------------------------------------------------------ */
static enum arb_code note_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct topo *t = arg;
	struct btree_ptr p;

	if (view_pointer(t->c->view, t->btree, n->level - 1, k, &p) && !cookie_set_add(&t->in_tree, p.seq))
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for the pointers of a btree");
	return ARB_OK;
}

static enum arb_code know_tree(struct topo *t)
{
	enum arb_code code = ARB_OK;

	if (t->in_tree_known)
		return ARB_OK;
	cookie_set_free(&t->in_tree);
	for (unsigned level = 1; !code && level <= t->c->view->roots[t->btree].level; level++) {
		struct walk w = { .btree = t->btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = note_pointer, .arg = t };

		code = view_walk(t->c->view, &w, t->c->err);
	}
	t->in_tree_known = !code;
	return code;
}

void topo_scan_dropped(struct topo *t, unsigned level, uint64_t cookie)
{
	if (level == 1)
		cookie_set_del(&t->in_tree, cookie);
	else
		t->in_tree_known = false;	/* what stood below it may be out of reach now */
}

/* --- questions to the scan ------------------------------------------------------------------------------------ */
enum arb_code topo_scan_newer(struct topo *t, unsigned level, struct bpos min, struct bpos max, uint32_t node_seq,
			      struct bkey_buf *ret_newer, bool *ret)
{
	const struct scanned_node *n;
	enum arb_code code = ARB_OK;
	size_t cursor = 0;

	*ret = false;
	if (!t->c->run->scan || !topo_scan_wanted(t) || !scan_newer(t->c->run->scan, t->btree, level, min, max, node_seq))
		return ARB_OK;
	code = know_tree(t);
	while (!code && !*ret && (n = scan_next(t->c->run->scan, t->btree, level, min, max, &cursor)))
		if (n->node_seq > node_seq && !n->damaged && !cookie_set_has(&t->in_tree, n->cookie)) {
			scan_pointer(n, POS_MIN, SPOS_MAX, ret_newer);
			*ret = true;
		}
	return code;
}

static enum arb_code fill_add(struct topo *t, struct scan_fill *fill, const struct bkey_buf *k)
{
	struct scan_ptr *p;

	if (bkey_val_bytes(&k->k) > SCAN_PTR_VAL_BYTES)
		return ARB_OK;
	p = arb_array_push(&fill->ptrs);
	if (!p)
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for scanned nodes");
	p->k = k->k;
	memcpy(p->v, k->v, bkey_val_bytes(&k->k));
	return ARB_OK;
}

enum arb_code topo_scan_fill(struct topo *t, struct bpos min, struct bpos max, struct scan_fill *ret)
{
	const struct scanned_node *n;
	struct bkey_buf k;
	size_t cursor = 0;
	enum arb_code code = know_tree(t);

	if (!t->c->run->scan)
		return code;
	while (!code && (n = scan_next(t->c->run->scan, t->btree, 0, min, max, &cursor))) {
		if (cookie_set_has(&t->in_tree, n->cookie) || cookie_set_has(&t->offered, n->cookie) ||
		    cookie_set_has(&t->c->run->given_up, n->cookie))
			continue;
		if (!bpos_lt(bpos_max(n->min, min), bpos_min(n->max, max)))
			continue;
		scan_pointer(n, min, max, &k);
		code = fill_add(t, ret, &k);
	}
	return code;
}

enum arb_code topo_scan_used(struct topo *t, struct bkey_s k)
{
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p))
		return ARB_OK;
	if (!cookie_set_add(&t->offered, p.seq) || !cookie_set_add(&t->in_tree, p.seq))
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for scanned nodes");
	return ARB_OK;
}
