/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_allocations: counts every reference to every bucket anew and compares (repair-semantics.md 8).
 *
 * Nothing is corrected by sums that are not whole: a node that cannot be read leads back to check_topology once, and a
 * key that had to be left uncounted makes the end a report of that alone.
 */
#include "arborist/base/i18n.h"
#include "arborist/journal/journal.h"
#include "alloc.h"
#include "passes.h"

#define ROUNDS_MAX 4	/* each but the last found buckets that belong to something else than what was counted before */

static void phase(struct alloc_gc *g, enum gc_phase p)
{
	g->c->progress.pos = (struct gc_pos){ .phase = p };
}

static enum arb_code count_once(struct alloc_gc *g)
{
	enum arb_code code;

	phase(g, GC_PHASE_start);
	code = alloc_gc_begin(g);
	code = code ? code : alloc_reflink_begin(g);
	code = code ? code : alloc_look_at_reflink(g);
	phase(g, GC_PHASE_sb);
	code = code ? code : alloc_mark_super(g);
	code = code ? code : alloc_walk(g);
	if (!code && g->oom)
		code = arb_fail(g->c->err, ARB_E_NOMEM, "no memory for counters");
	return code;
}

static enum arb_code count(struct alloc_gc *g)
{
	enum arb_code code = count_once(g);

	for (unsigned n = 1; !code && (g->again || g->shared_gone); n++) {
		if (n == ROUNDS_MAX) {
			gc_incomplete(g, "what buckets belong to does not settle");
			break;
		}
		if (g->c->port->log)
			g->c->port->log(g->c->port->arg, g->again ?
				_("check_allocations: a bucket belongs to something else than it was counted for: everything is counted again") :
				_("check_allocations: shared data is gone that files refer to: everything is counted again"));
		code = count_once(g);
	}
	return code;
}

static enum arb_code report_incomplete(struct alloc_gc *g)
{
	struct finding *f = finding_new("arborist_gc_incomplete", "alloc.incomplete");
	bool fixed;

	if (f) {
		f->no_place = true;
		f->rule = alloc_rule("arborist_gc_incomplete", 0);
		finding_message(f, "%s: buckets and counters are not compared", g->why_incomplete);
	}
	return alloc_decide(g, f, NULL, &fixed);
}

static enum arb_code compare(struct alloc_gc *g)
{
	enum arb_code code;

	phase(g, GC_PHASE_done);
	if (g->report_only) {		/* "clean" would be taken for more than it is */
		if (g->c->port->log)
			g->c->port->log(g->c->port->arg, _("check_allocations over a part: buckets and counters are compared only when all btrees are counted; run it without a btree"));
		return ARB_OK;
	}
	if (g->incomplete)
		return report_incomplete(g);
	code = alloc_buckets_done(g);
	code = code ? code : alloc_accounting_done(g);
	return code ? code : alloc_stripes_done(g);
}

static void estimate(struct alloc_gc *g)
{
	uint64_t sectors = 0;

	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		struct accounting_pos a = { .type = ACCT_btree, .id = i };
		const struct counter *x = counters_find(g->counters, accounting_pos_put(&a));

		sectors += x && x->v[COUNTED_BEFORE][0] > 0 ? (uint64_t)x->v[COUNTED_BEFORE][0] : 0;
	}
	if (sectors / 1024 < g->v->geo.member[g->v->devs->best_dev].nbuckets * g->v->geo.member[g->v->devs->best_dev].bucket_size)
		g->c->progress.nodes_total = sectors / g->v->geo.node_sectors;
}

static enum arb_code check_allocations(struct pass_ctx *c)
{
	struct alloc_gc *g = NULL;
	enum arb_code code = alloc_gc_new(c, &g);

	if (code)
		return code;
	estimate(g);
	alloc_meta_begin(g);
	code = count(g);
	if (c->view->journal->nothing_to_replay && !plan_journal_anew(c->plan))
		gc_incomplete(g, "without a journal nobody knows where the btrees are");
	code = code ? code : compare(g);
	phase(g, GC_PHASE_not_running);
	code = code ? code : alloc_come_by(g, NULL);
	alloc_gc_free(g);
	return code;
}

const struct pass pass_check_allocations = {
	.name = "check_allocations",
	.id = 5,
	.what = N_("count every reference to every bucket and compare with what is recorded"),
	.help = N_("Walks every key of every btree, leaves first: the alloc btree for the generations of buckets, then stripes, then all others. Each pointer is held "
		"against its bucket and counted; at the end alloc keys, disk usage counters, stripes and the counts of shared extents are compared with what "
		"was counted, and corrected. Restricted to a btree or a range it looks at pointers only, and changes nothing."),
	.at_node = &(const struct rule){ N_("gc: at a node"), N_("the pass comes to a node"),
			N_("every key of it is checked, and what it points into is counted: buckets, stripes, shared extents, disk usage") },
	.run = check_allocations,
	.needs = { "accounting_read", "alloc_read", "stripes_read", "snapshots_read" },
};
