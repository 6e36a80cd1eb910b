/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about one child, the end of a node, an empty node, and gaps that scanned nodes fill. */
#include "topology_ask.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"

static enum arb_code changed_under_us(struct topo *t)
{
	return arb_fail(t->c->err, ARB_E_SYSTEM, "the btree changed under the check");
}

static enum arb_code no_memory(struct topo *t)
{
	return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for a finding");
}

/* --- one child ---------------------------------------------------------------------------------------------- */
static const struct {
	const char *fix, *reason;
} child_rows[TOPO_ROW_NR] = {
	[TOPO_UNREADABLE]  = { N_("Take the pointer out of its parent. What the node held is lost, unless the scan of the devices finds it elsewhere."),
			       N_("no copy can be read, and a kernel cannot go on here") },
	[TOPO_BAD_POINTER] = { N_("Take the key out of the node."), N_("it leads nowhere") },
	[TOPO_STALE]	   = { N_("Take the pointer to the outdated node out; the newer one takes the range."), N_("the scan found a newer node of this btree and level") },
	[TOPO_TWICE_DROP]  = { N_("Take this pointer out; the other one stays."), N_("a kernel hangs on a node that two pointers lead to") },
};

static void child_loss(struct topo *t, struct repair *r, enum topo_row row, unsigned level, const struct topo_child *cur,
		       const struct bkey_buf *k, const struct bkey_buf *other)
{
	if (row == TOPO_UNREADABLE)
		r->loss.nodes_unreadable++;
	else if (!level && cur->readable)
		r->loss.keys_cut += topo_keys_lost(t, level, k, other, cur->min, cur->max);
}

/* It may be in order, on a device that is not here; and with one missing nothing can be written anyway. */
static void not_here(struct finding *f, int dev)
{
	f->no_repair = true;
	f->suggested = ANSWER_SKIP;
	finding_fix(f, "Nothing: a copy of the node lies on device %d, which is not here.", dev);
	finding_skip(f, "The node is left as it is; what it holds is not checked.");
	finding_reason(f, "it can be in order on the device that is missing");
}

/* Says why it is unreadable, and what stands against dropping it. */
static void unreadable_limits(struct topo *t, struct finding *f, const struct bkey_buf *k)
{
	int missing = topo_missing_member(t, bkey_buf_s(k));
	struct node_got got;
	ARB_BUF(m);

	if (topo_scan_wanted(t) && !topo_scan_possible(t)) {
		f->no_repair = true;
		finding_fix(f, _("Nothing yet: this needs the scan of the devices."));
	}
	if (missing >= 0)
		not_here(f, missing);
	if (view_node(t->c->view, t->btree, f->level, bkey_buf_s(k), &got, NULL))
		return;
	arb_buf_puts(&m, f->message ? f->message : "");
	finding_causes(f, got.defects);
	for (size_t i = 0; i < got.defects->list.nr && i < 4; i++)
		arb_buf_printf(&m, "\n  %s", got.defects->list.v[i].text ? got.defects->list.v[i].text : "");
	if (defects_worst(got.defects) == DEFECT_INCOMPATIBLE) {
		f->no_repair = true;
		finding_fix(f, "Nothing: the node was written in a way that arborist does not know, and may be in order.");
	}
	finding_message(f, "%s", arb_buf_str(&m));
	node_put(&got);
}

enum arb_code topo_ask_child(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *cur,
			     const struct bkey_buf *other, const char *more, bool *ret_fixed)
{
	struct finding *f = topo_question(t, b, row);
	struct bkey_buf parent, k;
	struct repair *r;
	enum arb_code code;

	if (!f || !topo_key_at(t, b, cur->max, &k)) {
		finding_free(f);
		return f ? changed_under_us(t) : no_memory(t);
	}
	f->pos = bpos_min(cur->min, cur->max);
	f->end = cur->max;
	topo_node_key(b, &parent);
	topo_question_message(t, f, row, f->level, (const char *const[3]){ "child", "other", NULL },
			      (const struct bkey_buf *const[3]){ &k, other, NULL });
	topo_object(t, f, "parent", b->level, &parent);
	topo_object(t, f, "child", f->level, &k);
	if (other)
		topo_object(t, f, "other", f->level, other);
	finding_fix(f, "%s", tr(child_rows[row].fix));
	finding_reason(f, "%s%s%s", tr(child_rows[row].reason), more ? "; " : "", more ? more : "");
	r = repair_new("drop a pointer to a node at level %u: %s", f->level, tr(child_rows[row].reason));
	if (r) {
		child_loss(t, r, row, f->level, cur, &k, other);
		topo_drop(t, r, b, &k);
	}
	if (row == TOPO_UNREADABLE)
		unreadable_limits(t, f, &k);
	code = topo_question_ask(t, f, r, ret_fixed);
	cur->gone = *ret_fixed;
	if (!cur->gone)
		t->in_tree_known = false;	/* making the repair took it out of what is known */
	return code;
}

enum arb_code topo_ask_join(struct topo *t, const struct node *b, struct topo_child *prev, struct topo_child *cur, bool *ret_fixed)
{
	struct finding *f = topo_question(t, b, TOPO_TWICE_JOIN);
	struct bkey_buf kprev, kcur;
	struct repair *r;
	enum arb_code code;

	if (!f || !topo_key_at(t, b, prev->max, &kprev) || !topo_key_at(t, b, cur->max, &kcur)) {
		finding_free(f);
		return f ? changed_under_us(t) : no_memory(t);
	}
	f->pos = prev->min;
	f->end = cur->max;
	topo_question_message(t, f, TOPO_TWICE_JOIN, f->level, (const char *const[3]){ "prev", "next", NULL },
			      (const struct bkey_buf *const[3]){ &kprev, &kcur, NULL });
	topo_object(t, f, "prev", f->level, &kprev);
	topo_object(t, f, "next", f->level, &kcur);
	finding_fix(f, "Let one pointer cover both ranges, and take the other out.");
	finding_reason(f, "both lead to the same node, so nothing is lost");
	r = repair_new("join two pointers to one node at level %u", f->level);
	if (r) {
		repair_delete(r, t->btree, b->level, kprev.k.p);
		topo_set_range(t, r, b, &kcur, cur, prev->min, cur->max);
	}
	code = topo_question_ask(t, f, r, ret_fixed);
	if (code || !*ret_fixed)
		return code;
	prev->gone = true;
	return topo_range_changed(t, b, cur, prev->min, cur->max);
}

/* --- the end of a node ---------------------------------------------------------------------------------------- */
enum arb_code topo_ask_end(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *last, bool *ret_fixed)
{
	bool scan = row == TOPO_NEEDS_SCAN;
	struct finding *f = topo_question(t, b, scan ? TOPO_END : row);
	struct bkey_buf parent, k;
	struct repair *r = NULL;
	enum arb_code code;

	if (!f || !topo_key_at(t, b, last->max, &k)) {
		finding_free(f);
		return f ? changed_under_us(t) : no_memory(t);
	}
	bpos_successor(last->max, &f->pos);
	f->end = b->max;
	f->rule = &topology_rules[row];
	topo_node_key(b, &parent);
	topo_question_message(t, f, TOPO_END, b->level, (const char *const[3]){ "parent", "child", NULL },
			      (const struct bkey_buf *const[3]){ &parent, &k, NULL });
	topo_object(t, f, "parent", b->level, &parent);
	topo_object(t, f, "child", f->level, &k);
	f->no_repair = scan;
	finding_fix(f, scan ? _("Nothing yet: this needs the scan of the devices.") : _("Let the last node end where its parent does."));
	if (!scan) {
		r = repair_new("let the last node at level %u reach the end of its parent", f->level);
		if (r)
			topo_set_range(t, r, b, &k, last, last->min, b->max);
	}
	code = topo_question_ask(t, f, r, ret_fixed);
	return !code && *ret_fixed ? topo_range_changed(t, b, last, last->min, b->max) : code;
}

/* --- nothing left ---------------------------------------------------------------------------------------------- */
enum arb_code topo_ask_empty(struct topo *t, const struct node *b, const struct node *parent, bool *ret_fixed)
{
	struct finding *f = topo_question(t, b, TOPO_EMPTY);
	struct bkey_buf k;
	struct repair *r;

	if (!f)
		return no_memory(t);
	f->level = b->level;
	f->pos = b->min;
	f->end = b->max;
	topo_node_key(b, &k);
	topo_question_message(t, f, TOPO_EMPTY, b->level, (const char *const[3]){ "node", NULL, NULL },
			      (const struct bkey_buf *const[3]){ &k, NULL, NULL });
	topo_object(t, f, "node", b->level, &k);
	r = repair_new("give up an empty node at level %u", b->level);
	if (r && parent)
		topo_drop(t, r, parent, &k);
	else if (r)
		requires_lost_node(r, t->btree);
	finding_fix(f, parent ? _("Take the empty node out of its parent; its range is filled from the scan, or given to a neighbour.") :
		    _("Give the root up; the btree is rebuilt from scanned nodes."));
	if (!parent && topo_scan_wanted(t) && !topo_scan_possible(t)) {
		f->no_repair = true;
		finding_fix(f, _("Nothing yet: this needs the scan of the devices."));
	}
	return topo_question_ask(t, f, r, ret_fixed);
}

/* --- scanned nodes ---------------------------------------------------------------------------------------------- */
static void fill_list(struct topo *t, struct arb_buf *out, const struct scan_fill *fill)
{
	struct bkey_buf k;

	for (size_t i = 0; i < fill->ptrs.nr && i < 6; i++) {
		bkey_buf_set(&k, scan_ptr_s(&fill->ptrs.v[i]));
		arb_buf_puts(out, "\n  ");
		topo_key_text(t, out, &k);
	}
	if (fill->ptrs.nr > 6)
		arb_buf_printf(out, "\n  ... and %zu more", fill->ptrs.nr - 6);
}

static void fill_message(struct topo *t, struct finding *f, const struct node *b, enum topo_row row, const struct scan_fill *fill)
{
	ARB_BUF(m);

	arb_buf_puts(&m, row == TOPO_FILL ? "gap between btree nodes at btree " : "btree node with incorrect max_key at btree ");
	btree_id_to_text(&m, t->btree);
	arb_buf_printf(&m, " level %u, %zu scanned node%s:", b->level, fill->ptrs.nr, fill->ptrs.nr == 1 ? " fits" : "s fit");
	fill_list(t, &m, fill);
	finding_message(f, "%s", arb_buf_str(&m));
	finding_fix(f, P_("Put %zu pointer to a scanned node back into the parent.", "Put %zu pointers to scanned nodes back into the parent.", fill->ptrs.nr), fill->ptrs.nr);
	finding_reason(f, "the nodes were part of this btree, and nothing else covers their range");
}

static struct repair *fill_repair(struct topo *t, const struct node *b, const struct scan_fill *fill)
{
	struct repair *r = repair_new(P_("put %zu scanned node back", "put %zu scanned nodes back", fill->ptrs.nr), fill->ptrs.nr);

	if (!r)
		return NULL;
	for (size_t i = 0; i < fill->ptrs.nr; i++)
		repair_insert(r, t->btree, b->level, scan_ptr_s(&fill->ptrs.v[i]));
	requires_allocations(r);
	r->loss.nodes_restored = fill->ptrs.nr;
	return r;
}

static void fill_objects(struct topo *t, struct finding *f, const struct node *b, struct topo_child *prev, struct topo_child *cur,
			 const struct scan_fill *fill)
{
	struct bkey_buf k;

	topo_node_key(b, &k);
	topo_object(t, f, "parent", b->level, &k);
	if (prev && topo_key_at(t, b, prev->max, &k))
		topo_object(t, f, "prev", f->level, &k);
	bkey_buf_set(&k, scan_ptr_s(&fill->ptrs.v[0]));
	topo_object(t, f, "found", f->level, &k);
	if (cur && topo_key_at(t, b, cur->max, &k))
		topo_object(t, f, "next", f->level, &k);
}

enum arb_code topo_ask_fill(struct topo *t, const struct node *b, enum topo_row row, struct topo_child *prev, struct topo_child *cur,
			    const struct scan_fill *fill, bool *ret_fixed)
{
	bool gap = row == TOPO_FILL;
	struct finding *f = finding_new(gap ? "arborist_topology_fill_from_scan" : "btree_node_topology_bad_max_key",
					gap ? "topology.fill" : "topology.end");
	enum arb_code code;

	*ret_fixed = false;
	if (!f)
		return no_memory(t);
	f->btree = t->btree;
	f->level = b->level - 1;
	f->rule = &topology_rules[row];
	topo_want(b->min, prev, &f->pos);
	f->end = b->max;
	if (cur)
		bpos_predecessor(cur->min, &f->end);
	fill_objects(t, f, b, prev, cur, fill);
	fill_message(t, f, b, row, fill);
	code = topo_question_ask(t, f, fill_repair(t, b, fill), ret_fixed);
	for (size_t i = 0; !code && *ret_fixed && i < fill->ptrs.nr; i++)
		code = topo_scan_used(t, scan_ptr_s(&fill->ptrs.v[i]));
	return code;
}
