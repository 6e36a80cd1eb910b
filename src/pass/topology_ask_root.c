/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions about roots, and what is only reported. */
#include "topology_ask.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "arborist/overlay/overlay.h"

static struct finding *root_question(struct topo *t, const char *id, const char *site, enum topo_row row)
{
	struct finding *f = finding_new(id, site);

	if (!f)
		return NULL;
	f->btree = t->btree;
	f->level = t->c->view->roots[t->btree].level;
	f->pos = POS_MIN;
	f->end = SPOS_MAX;
	f->rule = &topology_rules[row];
	return f;
}

static enum arb_code no_memory(struct topo *t)
{
	return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for a finding");
}

static void root_message(struct topo *t, struct finding *f, const char *before, const char *after)
{
	ARB_BUF(m);

	arb_buf_puts(&m, before);
	btree_id_to_text(&m, t->btree);
	arb_buf_puts(&m, after);
	finding_message(f, "%s", arb_buf_str(&m));
}

static void root_object(struct topo *t, struct finding *f)
{
	const struct btree_root *root = &t->c->view->roots[t->btree];

	if (root->exists && root->key.k.u64s >= BKEY_U64s)
		topo_object(t, f, "root", root->level, &root->key);
}

/* What the journal says of the tree above the leaves goes with the tree. */
static void discarded_text(struct topo *t, struct arb_buf *out)
{
	size_t nr = 0;

	for (unsigned level = 1; level <= BTREE_MAX_DEPTH; level++)
		nr += overlay_nr_at(plan_journal_keys(t->c->plan), t->btree, level);
	if (nr)
		arb_buf_printf(out, P_("; %zu pointer of the journal is discarded", "; %zu pointers of the journal are discarded", nr), nr);
}

static void empty_root(struct topo *t, struct repair *r)
{
	repair_root(r, t->btree, 0, NULL);
	repair_shoot_down(r, t->btree, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
}

static void root_not_here(struct finding *f)
{
	f->no_repair = true;
	f->suggested = ANSWER_SKIP;
	finding_fix(f, "Nothing: a copy of the root lies on a device that is not here.");
	finding_skip(f, "The btree is left as it is, and not checked.");
	finding_reason(f, "it can be in order on the device that is missing");
}

/* What was wrong with the bytes of the root. */
static void root_causes(struct topo *t, struct finding *f)
{
	const struct btree_root *root = &t->c->view->roots[t->btree];
	struct node_got got;

	if (root->lost || root->level > BTREE_MAX_DEPTH || view_node(t->c->view, t->btree, root->level, bkey_buf_s(&root->key), &got, NULL))
		return;
	finding_causes(f, got.defects);
	node_put(&got);
}

/* An unreadable root: 58 when its pointer is of no use, 59 when the node is. */
enum arb_code topo_ask_root_read(struct topo *t, const char *why, bool *ret_fixed)
{
	const struct btree_root *root = &t->c->view->roots[t->btree];
	bool alloc = btree_info(t->btree)->flags & BTREE_ALLOC;
	struct finding *f = root->unnamed ? root_question(t, "arborist_root_not_named", "root.unnamed", TOPO_ROOT_BAD) :
			    root->lost ? root_question(t, "btree_root_bkey_invalid", "root.pointer", TOPO_ROOT_BAD) :
					 root_question(t, "btree_root_read_error", "root.read", TOPO_ROOT_BAD);
	struct repair *r;
	ARB_BUF(after);

	if (!f)
		return no_memory(t);
	arb_buf_printf(&after, " l=%u: %s", root->level, why);
	if (alloc)
		discarded_text(t, &after);
	root_message(t, f, "error reading btree root ", arb_buf_str(&after));
	root_object(t, f);
	root_causes(t, f);
	r = repair_new("%s", alloc ? _("start with an empty root") : _("give the root up"));
	if (r) {
		requires_lost_node(r, t->btree);
		r->loss.nodes_dropped = r->loss.nodes_unreadable = 1;
		if (alloc)
			empty_root(t, r);
	}
	finding_fix(f, "%s", alloc ? _("Start with an empty root. The next mount fills the btree again from what other btrees say.") :
		    _("Give the root up, and rebuild the btree from the nodes a scan of the devices finds."));
	if (topo_scan_wanted(t) && !topo_scan_possible(t)) {
		f->no_repair = true;
		finding_fix(f, "Nothing yet: this needs the scan of the devices.");
	}
	if (!root->lost && topo_missing_member(t, bkey_buf_s(&root->key)) >= 0)
		root_not_here(f);
	return topo_question_ask(t, f, r, ret_fixed);
}

enum arb_code topo_ask_root_bound(struct topo *t, const struct node *root, enum topo_row row, bool *ret_fixed)
{
	bool min = row == TOPO_ROOT_MIN;
	struct finding *f = root_question(t, min ? "btree_root_bad_min_key" : "btree_root_bad_max_key", "root.bound", row);
	struct repair *r;
	struct bkey_buf k;
	struct btree_ptr p = root->ptr;
	ARB_BUF(after);

	if (!f)
		return no_memory(t);
	arb_buf_puts(&after, min ? " with incorrect min_key: " : " with incorrect max_key: ");
	bpos_to_text(&after, min ? root->min : root->max);
	root_message(t, f, "btree root ", arb_buf_str(&after));
	f->pos = f->end = min ? root->min : root->max;
	root_object(t, f);
	p.seq = p.is_v2 ? p.seq : root->h.bset.seq;
	p.is_v2 = p.range_updated = true;
	p.min_key = min ? POS_MIN : root->min;
	p.max_key = min ? root->max : SPOS_MAX;
	btree_ptr_put(&k, &p);
	r = repair_new("give the root its full range");
	if (r) {
		repair_root(r, t->btree, root->level, &k);
		requires_allocations(r);
	}
	finding_fix(f, "Change the pointer to the root so that it covers everything.");
	return topo_question_ask(t, f, r, ret_fixed);
}

static void rebuild_texts(struct topo *t, struct finding *f, const struct scan_fill *fill)
{
	const struct scan_ptr *first = fill->ptrs.v, *last = &fill->ptrs.v[fill->ptrs.nr - 1];
	struct btree_ptr p;
	ARB_BUF(m);

	arb_buf_puts(&m, "btree root ");
	btree_id_to_text(&m, t->btree);
	arb_buf_printf(&m, " unreadable, must recover from scan: %zu nodes found", fill->ptrs.nr);
	if (btree_ptr_get(scan_ptr_s(first), &p)) {
		arb_buf_puts(&m, ", ");
		topo_range_text(&m, p.min_key, last->k.p);
	}
	discarded_text(t, &m);
	finding_message(f, "%s", arb_buf_str(&m));
	finding_fix(f, P_("Make a new root over the %zu leaf found.", "Make a new root over the %zu leaves found.", fill->ptrs.nr), fill->ptrs.nr);
	finding_reason(f, "without a root nothing of the btree can be reached");
}

enum arb_code topo_ask_rebuild(struct topo *t, const struct scan_fill *fill, bool *ret_fixed)
{
	struct finding *f = root_question(t, "arborist_topology_rebuild_root", "root.rebuild", TOPO_REBUILD);
	struct repair *r;
	ARB_BUF(discarded);

	if (!f)
		return no_memory(t);
	rebuild_texts(t, f, fill);
	root_object(t, f);
	discarded_text(t, &discarded);
	r = repair_new("rebuild the btree over %zu scanned leaves%s", fill->ptrs.nr, arb_buf_str(&discarded));
	if (r) {
		repair_root(r, t->btree, 1, NULL);
		repair_shoot_down(r, t->btree, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
		for (size_t i = 0; i < fill->ptrs.nr; i++)
			repair_insert(r, t->btree, 1, scan_ptr_s(&fill->ptrs.v[i]));
		r->loss.nodes_restored = fill->ptrs.nr;
		requires_lost_node(r, t->btree);
	}
	return topo_question_ask(t, f, r, ret_fixed);
}

enum arb_code topo_ask_nothing(struct topo *t, const char *id, bool *ret_fixed)
{
	struct finding *f = root_question(t, id, "root.nothing", TOPO_NOTHING_FOUND);
	struct repair *r;
	ARB_BUF(discarded);

	if (!f)
		return no_memory(t);
	discarded_text(t, &discarded);
	root_message(t, f, "no nodes found for btree ", arb_buf_str(&discarded));
	root_object(t, f);
	if (t->btree >= BTREE_ID_NR) {
		finding_reason(f, "no version up to 1.13 has such a btree");
	} else if (!btree_reconstructible(t->btree)) {
		f->suggested = ANSWER_STOP;
		f->empties = true;
		finding_reason(f, "going on empties the btree for good%s", t->c->run->scan && !t->c->run->scan->whole ?
			       _("; `set scan whole` and another scan look also where the superblock says there never was a node") : "");
	}
	r = repair_new("start with an empty root%s", arb_buf_str(&discarded));
	if (r) {
		empty_root(t, r);
		requires_lost_node(r, t->btree);
		r->loss.ranges_uncovered = 1;
	}
	return topo_question_ask(t, f, r, ret_fixed);
}

/* --- reports -------------------------------------------------------------------------------------------------- */
enum arb_code topo_report(struct topo *t, const char *id, const char *site, unsigned level, struct bpos pos, struct bpos end, const char *text)
{
	struct finding *f = finding_new(id, site);
	bool fixed;

	if (!f)
		return no_memory(t);
	f->btree = t->btree;
	f->level = level;
	f->pos = pos;
	f->end = end;
	f->no_repair = true;
	finding_message(f, "%s", text);
	return pass_decide(t->c, f, &fixed);
}
