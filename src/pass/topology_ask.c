/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions of the topology check: one for each row of its tables, with the nodes it is about and the repair. */
#include "topology_ask.h"

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"

/* What a row is called, and how the reference begins its message. */
struct ask_row {
	const char *id, *site, *head;
};
#define BAD_MIN(site_)	{ "btree_node_topology_bad_min_key", site_, "btree node with incorrect min_key" }
#define BAD_MAX(site_)	{ "btree_node_topology_bad_max_key", site_, "btree node with incorrect max_key" }
static const struct ask_row ask_rows[TOPO_ROW_NR] = {
	[TOPO_GAP_OWN_CUR]	= BAD_MIN("topology.gap"),
	[TOPO_GAP_OWN_PREV]	= BAD_MAX("topology.gap_prev"),
	[TOPO_GAP]		= BAD_MIN("topology.gap"),
	[TOPO_NEEDS_SCAN]	= BAD_MIN("topology.gap_scan"),
	[TOPO_CLAIM_PREV]	= BAD_MAX("topology.overlap_prev"),
	[TOPO_CLAIM_CUR]	= BAD_MIN("topology.overlap_next"),
	[TOPO_TRIM_PREV]	= BAD_MAX("topology.overlap_prev"),
	[TOPO_RAISE_CUR]	= BAD_MIN("topology.overlap_next"),
	[TOPO_DROP_PREV]	= { "btree_node_topology_overwritten_by_next_node", "topology.overwritten_prev", "btree node overwritten by next node" },
	[TOPO_DROP_CUR]		= { "btree_node_topology_overwritten_by_prev_node", "topology.overwritten_next", "btree node overwritten by prev node" },
	[TOPO_KEEP_PREV]	= { "btree_node_topology_overwritten_by_next_node", "topology.keep_prev", "btree node overwritten by next node" },
	[TOPO_KEEP_PREV_PART]	= BAD_MAX("topology.keep_prev"),
	[TOPO_KEEP_CUR]		= { "btree_node_topology_overwritten_by_prev_node", "topology.keep_next", "btree node overwritten by prev node" },
	[TOPO_KEEP_CUR_PART]	= BAD_MIN("topology.keep_next"),
	[TOPO_END_OWN]		= BAD_MAX("topology.end"),
	[TOPO_END]		= BAD_MAX("topology.end"),
	[TOPO_UNREADABLE]	= { "btree_node_unreadable", "topology.unreadable", "unreadable btree node" },
	[TOPO_BAD_POINTER]	= { "arborist_child_bad_pointer", "topology.bad_pointer", "child that is no pointer to a node" },
	[TOPO_STALE]		= { "arborist_topology_stale_node", "topology.stale", "btree node older than nodes found by scanning" },
	[TOPO_TWICE_DROP]	= { "arborist_node_reachable_twice", "topology.twice", "btree node reachable twice" },
	[TOPO_TWICE_JOIN]	= { "arborist_node_reachable_twice", "topology.twice_join", "btree node reachable twice" },
	[TOPO_EMPTY]		= { "btree_node_topology_interior_node_empty", "topology.empty", "empty interior btree node" },
};

struct finding *topo_question(struct topo *t, const struct node *b, enum topo_row row)
{
	struct finding *f = finding_new(ask_rows[row].id, ask_rows[row].site);

	if (!f)
		return NULL;
	f->btree = t->btree;
	f->level = b->level ? b->level - 1 : 0;
	f->rule = &topology_rules[row];
	return f;
}

void topo_question_message(struct topo *t, struct finding *f, enum topo_row row, unsigned level,
			   const char *const roles[3], const struct bkey_buf *const keys[3])
{
	ARB_BUF(m);

	arb_buf_printf(&m, "%s at btree ", ask_rows[row].head);
	btree_id_to_text(&m, t->btree);
	arb_buf_printf(&m, " level %u:", level);
	for (unsigned i = 0; i < 3; i++)
		if (keys[i]) {
			arb_buf_printf(&m, "\n  %s: ", roles[i]);
			topo_key_text(t, &m, keys[i]);
		}
	finding_message(f, "%s", arb_buf_str(&m));
}

enum arb_code topo_question_ask(struct topo *t, struct finding *f, struct repair *r, bool *ret_fixed)
{
	f->repair = r;
	if (r) {
		r->btree = f->btree;
		r->level = f->level;
		r->pos = f->pos;
		r->end = f->end;
	}
	return pass_decide(t->c, f, ret_fixed);
}

static void loss_of_cut(struct topo *t, struct repair *r, unsigned level, const struct bkey_buf *loser,
			const struct bkey_buf *winner, struct bpos from, struct bpos to)
{
	if (!level && bpos_le(from, to))
		r->loss.keys_cut += topo_keys_lost(t, level, loser, winner, from, to);
}

/* --- boundaries ------------------------------------------------------------------------------------------- */
struct boundary {
	struct topo	*t;
	const struct node *b;
	struct topo_child *prev, *cur;
	struct bkey_buf	kprev, kcur;	/* valid when the child is there */
	struct bpos	want;		/* first position after prev; SPOS_MAX when there is none */
	struct bpos	before;		/* last position before cur; POS_MIN when there is none */
	struct finding	*f;
	struct repair	*r;
};

static void range_fix(struct boundary *a, const char *node, struct bpos min, struct bpos max)
{
	ARB_BUF(m);

	topo_range_text(&m, min, max);
	finding_fix(a->f, "Change the pointer to the %s node so that its range is %s.%s", tr(node), arb_buf_str(&m),
		    a->r->loss.keys_cut ? _(" Keys it holds outside are no longer reachable.") :
		    a->r->loss.ranges_uncovered ? _(" It holds no keys in the added range.") : "");
}

static void set_cur_min(struct boundary *a)
{
	struct bpos last_cut;

	a->r = repair_new("let the node at level %u begin where it should", a->b->level - 1);
	if (!a->r)
		return;
	if (bpos_lt(a->cur->min, a->want) && bpos_predecessor(a->want, &last_cut))
		loss_of_cut(a->t, a->r, a->b->level - 1, &a->kcur, a->prev ? &a->kprev : NULL, a->cur->min, last_cut);
	topo_set_range(a->t, a->r, a->b, &a->kcur, a->cur, a->want, a->cur->max);
	range_fix(a, N_("next"), a->want, a->cur->max);
}

static void set_prev_max(struct boundary *a)
{
	a->r = repair_new("let the node at level %u end where it should", a->b->level - 1);
	if (!a->r)
		return;
	if (bpos_lt(a->before, a->prev->max))
		loss_of_cut(a->t, a->r, a->b->level - 1, &a->kprev, &a->kcur, a->cur->min, a->prev->max);
	topo_set_range(a->t, a->r, a->b, &a->kprev, a->prev, a->prev->min, a->before);
	range_fix(a, N_("previous"), a->prev->min, a->before);
}

static void drop_one(struct boundary *a, const char *which, struct topo_child *c, const struct bkey_buf *loser, const struct bkey_buf *winner)
{
	a->r = repair_new("drop the covered node at level %u", a->b->level - 1);
	if (!a->r)
		return;
	loss_of_cut(a->t, a->r, a->b->level - 1, loser, winner, c->min, c->max);
	topo_drop(a->t, a->r, a->b, loser);
	finding_fix(a->f, P_("Take the pointer to the %s node out of its parent: %llu of its keys is in no other node.",
			     "Take the pointer to the %s node out of its parent: %llu of its keys are in no other node.", a->r->loss.keys_cut), tr(which),
		    (unsigned long long)a->r->loss.keys_cut);
}

static void drop_cur(struct boundary *a) { drop_one(a, N_("next"), a->cur, &a->kcur, a->prev ? &a->kprev : NULL); }
static void drop_prev(struct boundary *a) { drop_one(a, N_("previous"), a->prev, &a->kprev, &a->kcur); }
static void nothing(struct boundary *a)
{
	a->f->no_repair = true;
	finding_fix(a->f, "Nothing yet: this needs the scan of the devices.");
}

static const struct {
	void (*make)(struct boundary *);
	const char *reason;
} boundary_rows[TOPO_ROW_NR] = {
	[TOPO_GAP_OWN_CUR]  = { set_cur_min, N_("the node's own header covers the gap, so nothing is lost") },
	[TOPO_GAP_OWN_PREV] = { set_prev_max, N_("the header of the node before covers the gap, so nothing is lost") },
	[TOPO_GAP]	    = { set_cur_min, N_("nothing is known that belongs into the gap; what was there is lost already") },
	[TOPO_NEEDS_SCAN]   = { nothing, N_("a scan of the devices may find what belongs into the gap") },
	[TOPO_CLAIM_PREV]   = { set_prev_max, N_("the node before holds no keys in the range they share, so nothing is lost") },
	[TOPO_CLAIM_CUR]    = { set_cur_min, N_("this node holds no keys in the range they share, so nothing is lost") },
	[TOPO_TRIM_PREV]    = { set_prev_max, N_("the next node is newer") },
	[TOPO_RAISE_CUR]    = { set_cur_min, N_("the next node is not newer") },
	[TOPO_KEEP_PREV]    = { set_cur_min, N_("the next node is newer, but holds no key in the range they share; so nothing is lost") },
	[TOPO_KEEP_PREV_PART] = { set_cur_min, N_("the next node is newer, but holds no key in the range they share; so nothing is lost") },
	[TOPO_KEEP_CUR]	    = { set_prev_max, N_("the previous node would win, but holds no key in the range they share; so nothing is lost") },
	[TOPO_KEEP_CUR_PART] = { set_prev_max, N_("the previous node would win, but holds no key in the range they share; so nothing is lost") },
	[TOPO_DROP_PREV]    = { drop_prev, N_("the next node is newer and covers it wholly") },
	[TOPO_DROP_CUR]	    = { drop_cur, N_("the previous node is not older and covers it wholly") },
};

static void boundary_range(struct boundary *a)
{
	bool gap = bpos_lt(a->want, a->cur->min);

	a->f->pos = gap ? a->want : a->cur->min;
	a->f->end = gap ? a->before : a->prev ? bpos_min(a->prev->max, a->cur->max) : a->cur->max;
}

static void boundary_show(struct boundary *a, enum topo_row row)
{
	struct bkey_buf parent;

	topo_node_key(a->b, &parent);
	topo_question_message(a->t, a->f, row, a->b->level, (const char *const[3]){ "parent", "prev", "next" },
		    (const struct bkey_buf *const[3]){ &parent, a->prev ? &a->kprev : NULL, &a->kcur });
	topo_object(a->t, a->f, "parent", a->b->level, &parent);
	if (a->prev)
		topo_object(a->t, a->f, "prev", a->b->level - 1, &a->kprev);
	topo_object(a->t, a->f, "next", a->b->level - 1, &a->kcur);
	finding_reason(a->f, "%s", tr(boundary_rows[row].reason));
}

/* A child has a new range, and may stand at another place. */
enum arb_code topo_range_changed(struct topo *t, const struct node *b, struct topo_child *c, struct bpos min, struct bpos max)
{
	c->min = min;
	c->max = max;
	c->range_updated = true;
	if (!topo_note_updated(t, b->level, c))
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for the topology check");
	return ARB_OK;
}

/* The summaries follow what the repair did. */
static enum arb_code boundary_done(struct boundary *a, enum topo_row row)
{
	void (*made)(struct boundary *) = boundary_rows[row].make;

	if (made == set_cur_min)
		return topo_range_changed(a->t, a->b, a->cur, a->want, a->cur->max);
	if (made == set_prev_max)
		return topo_range_changed(a->t, a->b, a->prev, a->prev->min, a->before);
	if (made == drop_cur)
		a->cur->gone = true;
	if (made == drop_prev)
		a->prev->gone = true;
	return ARB_OK;
}

enum arb_code topo_ask_boundary(struct topo *t, const struct node *b, enum topo_row row,
				struct topo_child *prev, struct topo_child *cur, bool *ret_fixed)
{
	struct boundary a = { .t = t, .b = b, .prev = prev, .cur = cur, .before = POS_MIN };
	enum arb_code code;

	*ret_fixed = false;
	if (!topo_want(b->min, prev, &a.want))
		a.want = SPOS_MAX;
	bpos_predecessor(cur->min, &a.before);
	if ((prev && !topo_key_at(t, b, prev->max, &a.kprev)) || !topo_key_at(t, b, cur->max, &a.kcur))
		return arb_fail(t->c->err, ARB_E_SYSTEM, "the btree changed under the check");
	a.f = topo_question(t, b, row);
	if (!a.f)
		return arb_fail(t->c->err, ARB_E_NOMEM, "out of memory for a finding");
	boundary_range(&a);
	boundary_rows[row].make(&a);
	boundary_show(&a, row);
	code = topo_question_ask(t, a.f, a.r, ret_fixed);
	return !code && *ret_fixed ? boundary_done(&a, row) : code;
}
