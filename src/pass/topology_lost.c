/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole journal lost after a power cut, and with it the places of all roots. The nodes are still there: of each btree the node
 * that covers everything and stands highest is taken for its root; where that is gone too, the btree counts as one whose root is
 * lost, and is rebuilt over its leaves. Interior nodes are written later than what they point at, and the journal knew better: a pointer
 * of the tree found that knows of less than was written of its node is corrected.
 *
 * Nobody can tell any more which sets of keys were written after the last entry of the journal that held. All of them count.
 */
#include "topology_lost.h"

#include <stdlib.h>
#include <string.h>

#include "arborist/base/i18n.h"
#include "arborist/format/btree_id.h"
#include "topology_ask.h"

/* A btree that every filesystem in use has nodes of, and that nothing can make again. */
static const unsigned needed[] = { BTREE_inodes, BTREE_dirents, BTREE_subvolumes, BTREE_snapshots };

enum arb_code topo_lost_scan(struct pass_ctx *c)
{
	struct topo t = { .c = c };

	if (!c->view->journal->nothing_to_replay || c->scope.restricted || !topo_scan_possible(&t))
		return ARB_OK;
	return topo_scan_need(&t, "without a journal nobody knows where the roots of the btrees are");
}

/* --- the question about the journal ------------------------------------------------------------------------------------------- */

uint64_t topo_lost_newest(const struct pass_run *run)
{
	uint64_t seq = 0;

	for (size_t i = 0; run->scan && i < run->scan->nodes.nr; i++)
		if (run->scan->nodes.v[i].journal_seq > seq && run->scan->nodes.v[i].journal_seq < JOURNAL_SEQ_LIMIT)
			seq = run->scan->nodes.v[i].journal_seq;
	return seq;
}

static void names_of(uint64_t btrees, struct arb_buf *out)
{
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		if (btrees >> i & 1) {
			arb_buf_puts(out, out->len ? ", " : "");
			btree_id_to_text(out, i);
		}
}

static void suggest(const struct pass_run *run, struct finding *f)
{
	uint64_t there = 0, missing = 0;
	ARB_BUF(names);

	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		there |= (uint64_t)scan_has_leaf(run->scan, i) << i;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		missing |= ~there & UINT64_C(1) << needed[i];
	if (missing) {
		names_of(missing, &names);
		f->suggested = ANSWER_STOP;
		finding_reason(f, "the scan found no node of %s, which every filesystem has%s", arb_buf_str(&names), run->scan->whole ? "" :
			       _("; `set scan whole` and another scan look also where the superblock says there never was a node"));
		return;
	}
	names_of(there, &names);
	finding_reason(f, "the scan found nodes of %s", arb_buf_str(&names));
}

void topo_lost_ask(struct pass_ctx *c, struct finding *f)
{
	f->by_itself = plan_journal_anew(c->plan);
	finding_fix(f, "Take the roots of the btrees from the nodes that a scan of the devices found, and begin a new journal. Changes that stood "
		    "in the journal alone are lost; what was written to nodes after its last good entry cannot be told from what holds, and stays.");
	finding_skip(f, "Nothing is changed: without roots nothing of the filesystem can be reached.");
	if (c->run->scan)
		suggest(c->run, f);
	f->no_repair = !c->run->scan;
	if (f->by_itself || f->no_repair)
		return;
	f->repair = repair_new("begin a new journal, and take the roots from scanned nodes");
	if (!f->repair)
		return;
	f->repair->pos = f->pos;
	f->repair->end = f->end;
	repair_super(f->repair, PLAN_SUPER_JOURNAL, topo_lost_newest(c->run));
	for (unsigned i = 0; i < BTREE_ID_NR; i++)	/* what follows from other keys lags behind, or is gone */
		if (btree_reconstructible(i))
			requires_lost_node(f->repair, i);
}

/* --- the tree below a root that was found ---------------------------------------------------------------------------------------- */

struct by_cookie { uint64_t cookie; size_t i; };

struct found {
	struct topo	t;
	const struct scanned_node *root;
	struct by_cookie *index;	/* of the btree's scanned nodes */
	size_t		nr_index;
	size_t		live, matched;	/* leaves: as the overlaps were resolved; of these, those that the tree has */
	struct repair	*lagging;	/* of one level */
	size_t		nr_lagging;
};

static int cmp_cookie(const void *a, const void *b)
{
	const struct by_cookie *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

static enum arb_code index_nodes(struct found *x)
{
	const struct scan *s = x->t.c->run->scan;
	size_t nr = 0;

	for (size_t i = 0; i < s->nodes.nr; i++)
		nr += s->nodes.v[i].btree == x->t.btree;
	x->index = malloc((nr ? nr : 1) * sizeof(*x->index));
	if (!x->index)
		return arb_fail(x->t.c->err, ARB_E_NOMEM, "out of memory for scanned nodes");
	for (size_t i = 0; i < s->nodes.nr; i++)
		if (s->nodes.v[i].btree == x->t.btree)
			x->index[x->nr_index++] = (struct by_cookie){ s->nodes.v[i].cookie, i };
	qsort(x->index, x->nr_index, sizeof(*x->index), cmp_cookie);
	for (size_t i = 0; i < s->live.nr; i++) {
		const struct scanned_node *n = &s->nodes.v[s->live.v[i]];

		x->live += n->btree == x->t.btree && !n->level;
	}
	return ARB_OK;
}

static bool at_place(const struct scanned_node *n, const struct btree_ptr *p)
{
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		for (unsigned j = 0; j < n->nr_copies; j++)
			if (p->ptr[i].dev == n->copy[j].dev && p->ptr[i].sector == n->copy[j].sector)
				return true;
	return false;
}

static const struct scanned_node *node_of(const struct found *x, unsigned level, const struct btree_ptr *p)
{
	struct by_cookie want = { .cookie = p->seq };
	const struct by_cookie *b = bsearch(&want, x->index, x->nr_index, sizeof(*b), cmp_cookie);

	for (; b && b > x->index && b[-1].cookie == p->seq; b--)
		;
	for (; b && b < x->index + x->nr_index && b->cookie == p->seq; b++) {
		const struct scanned_node *n = &x->t.c->run->scan->nodes.v[b->i];

		if (n->level == level && !n->damaged && at_place(n, p))
			return n;
	}
	return NULL;
}

static enum arb_code see_pointer(void *arg, const struct node *b, struct bkey_s k)
{
	struct found *x = arg;
	const struct scanned_node *n;
	struct bkey_buf longer;
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p) || !p.is_v2)
		return ARB_OK;
	n = node_of(x, b->level - 1, &p);
	x->matched += n && !n->level && !n->overwritten;
	if (!n || !x->lagging || !p.sectors_written || p.sectors_written >= n->sectors_written)
		return ARB_OK;
	p.sectors_written = n->sectors_written;
	btree_ptr_put(&longer, &p);
	repair_insert(x->lagging, x->t.btree, b->level, bkey_buf_s(&longer));
	x->nr_lagging++;
	return ARB_OK;
}

static enum arb_code see_level(struct found *x, unsigned level)
{
	struct walk w = { .btree = x->t.btree, .level = level, .start = POS_MIN, .end = SPOS_MAX, .key = see_pointer, .arg = x };

	return view_walk(x->t.c->view, &w, x->t.c->err);
}

/* Pointers of one level that know of less than was written. From the top: what they lead to is read as far as they say. */
static enum arb_code ask_lagging(struct found *x, unsigned level)
{
	struct finding *f;
	enum arb_code code;
	bool fixed;

	x->nr_lagging = 0;
	x->lagging = repair_new("let pointers to nodes know of all that was written of these");
	code = x->lagging ? see_level(x, level) : arb_fail(x->t.c->err, ARB_E_NOMEM, "out of memory for a repair");
	f = !code && x->nr_lagging ? finding_new("arborist_pointer_lags", "root.lags") : NULL;
	if (!f) {
		repair_free(x->lagging);
		x->lagging = NULL;
		return code ? code : x->nr_lagging ? arb_fail(x->t.c->err, ARB_E_NOMEM, "out of memory for a finding") : ARB_OK;
	}
	f->btree = x->t.btree;
	f->level = level;
	f->pos = POS_MIN;
	f->end = SPOS_MAX;
	finding_message(f, "pointers that know of less than was written of their nodes: %zu", x->nr_lagging);
	code = topo_question_ask(&x->t, f, x->lagging, &fixed);
	x->lagging = NULL;
	return code;
}

/* --- roots -------------------------------------------------------------------------------------------------------------------------- */

/* The highest node that covers everything, and of these the newest: in this order they stand in the scan. */
static const struct scanned_node *highest(const struct scan *s, unsigned btree)
{
	for (size_t i = 0; i < s->nodes.nr; i++) {
		const struct scanned_node *n = &s->nodes.v[i];

		if (n->btree == btree && !n->damaged && bpos_eq(n->header_min, POS_MIN) && bpos_eq(n->header_max, SPOS_MAX))
			return n->level || !(n->overwritten || n->range_updated) ? n : NULL;
	}
	return NULL;
}

static struct btree_root root_at(const struct scanned_node *n)
{
	struct btree_root r = { .exists = true, .level = n->level };

	scan_pointer(n, POS_MIN, SPOS_MAX, &r.key);
	return r;
}

/* Does the tree below the node have most of the leaves that were found? One of earlier days does not. */
static enum arb_code judge(struct found *x, bool *ret_good)
{
	struct btree_root *r = &x->t.c->view->roots[x->t.btree], before = *r;
	enum arb_code code = ARB_OK;

	*r = root_at(x->root);
	if (x->root->level)
		code = see_level(x, 1);
	else
		x->matched = x->live = 1;
	*r = before;
	*ret_good = 2 * x->matched >= x->live;
	return code;
}

static void found_message(struct found *x, struct finding *f)
{
	ARB_BUF(m);

	arb_buf_puts(&m, "root of btree ");
	btree_id_to_text(&m, x->t.btree);
	arb_buf_printf(&m, " found by the scan at level %u, seq %u", x->root->level, x->root->node_seq);
	if (x->root->level)
		arb_buf_printf(&m, ": %zu of the %zu leaves found are below it", x->matched, x->live);
	finding_message(f, "%s", arb_buf_str(&m));
}

static enum arb_code ask_found(struct found *x, bool *ret_fixed)
{
	struct finding *f = finding_new("arborist_root_found", "root.found");
	struct btree_root root = root_at(x->root);
	struct repair *r;

	if (!f)
		return arb_fail(x->t.c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->btree = x->t.btree;
	f->level = x->root->level;
	f->pos = POS_MIN;
	f->end = SPOS_MAX;
	found_message(x, f);
	topo_object(&x->t, f, "root", x->root->level, &root.key);
	finding_reason(f, "it covers the whole btree, and none that was found stands higher");
	r = repair_new("take the node found for the root");
	if (r) {
		repair_root(r, x->t.btree, x->root->level, &root.key);
		requires_lost_node(r, x->t.btree);
	}
	return topo_question_ask(&x->t, f, r, ret_fixed);
}

/* Where no root is taken now, it stays lost, and is asked about as any other lost one. */
static enum arb_code find_root(struct pass_ctx *c, unsigned btree)
{
	struct found x = { .t = { .c = c, .btree = btree }, .root = highest(c->run->scan, btree) };
	bool good = false, fixed = false;
	enum arb_code code = x.root ? index_nodes(&x) : ARB_OK;

	if (!code && x.root)
		code = judge(&x, &good);
	if (!code && good)
		code = ask_found(&x, &fixed);
	for (unsigned level = x.root ? x.root->level : 0; !code && fixed && level; level--)
		code = ask_lagging(&x, level);
	free(x.index);
	return code;
}

/* The generations of buckets come first: pointers to nodes are made with them. */
static const unsigned before_others[] = { BTREE_alloc, BTREE_bucket_gens };

enum arb_code topo_lost_roots(struct pass_ctx *c)
{
	enum arb_code code = ARB_OK;

	if (!c->view->journal->nothing_to_replay || c->scope.restricted || !c->run->scan || !plan_journal_anew(c->plan))
		return ARB_OK;
	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		if (!c->view->roots[i].exists && (scan_has_leaf(c->run->scan, i) || highest(c->run->scan, i)))
			plan_root_lost(c->plan, i, "the journal that named it is lost, and nodes of it were found by scanning the devices");
	for (size_t i = 0; !code && i < sizeof(before_others) / sizeof(before_others[0]); i++)
		if (c->view->roots[before_others[i]].lost)
			code = find_root(c, before_others[i]);
	code = code ? code : scan_find_gens(c->run->scan, c->view, c->err);
	for (unsigned i = 0; !code && i < BTREE_ID_NR; i++)
		if (c->view->roots[i].lost)
			code = find_root(c, i);
	return code;
}
