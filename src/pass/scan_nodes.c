/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scan_for_btree_nodes: looks at every place of every device where a node can lie, and keeps what it found for the run. */
#include "arborist/base/i18n.h"
#include "passes.h"

#include "run.h"

static enum arb_code scan_progress(void *arg, uint64_t done, uint64_t total, size_t found)
{
	struct pass_ctx *c = arg;

	c->progress.bytes_done = done;
	c->progress.bytes_total = total;
	c->progress.nodes_done = found;
	return c->port->step ? c->port->step(c->port->arg, &c->progress) : ARB_OK;
}

static void log_result(const struct pass_ctx *c, const struct scan *s)
{
	ARB_BUF(b);

	arb_buf_printf(&b, P_("scan_for_btree_nodes: %zu node found", "scan_for_btree_nodes: %zu nodes found", s->nodes.nr), s->nodes.nr);
	arb_buf_printf(&b, P_(" at %llu place%s", " at %llu places%s", s->positions), (unsigned long long)s->positions,
		       s->whole ? _(" (whole devices)") : "");
	if (s->read_errors)
		arb_buf_printf(&b, P_(", %llu place unreadable", ", %llu places unreadable", s->read_errors), (unsigned long long)s->read_errors);
	if (s->rejected)
		arb_buf_printf(&b, P_(", %llu node of no use", ", %llu nodes of no use", s->rejected), (unsigned long long)s->rejected);
	if (s->locked)
		arb_buf_printf(&b, P_(", %llu node encrypted", ", %llu nodes encrypted", s->locked), (unsigned long long)s->locked);
	if (c->port->log)
		c->port->log(c->port->arg, arb_buf_str(&b));
}

static const char *const reach_names[SCAN_REACH_NR] = {
	[SCAN_REACH_AUTO] = "auto", [SCAN_REACH_WHOLE] = "whole", [SCAN_REACH_BITMAP] = "bitmap",
};

const char *scan_reach_name(enum scan_reach r)
{
	return r < SCAN_REACH_NR ? reach_names[r] : "unknown";
}

static enum arb_code choose_reach(struct pass_ctx *c, bool *ret_whole)
{
	bool good = true;
	enum arb_code code = ARB_OK;

	if (c->port->scan_reach == SCAN_REACH_AUTO)
		code = scan_bitmap_good(c->view, &good, c->err);
	if (!good && c->port->log)
		c->port->log(c->port->arg, "scan_for_btree_nodes: nodes of the tree lie where the superblock's bitmaps say there are none: "
			     "every place of the devices is looked at");
	*ret_whole = !good || c->port->scan_reach == SCAN_REACH_WHOLE;
	return code;
}

static enum arb_code scan_nodes(struct pass_ctx *c)
{
	struct scan_options o = { .bookkeeping = c->view->journal->nothing_to_replay, .progress = scan_progress, .arg = c };
	struct scan *scan = NULL;
	enum arb_code code;

	c->progress.pos.phase = GC_PHASE_start;
	code = choose_reach(c, &o.whole);
	code = code ? code : scan_run(c->view, &o, &scan, c->err);
	if (!code)
		code = scan_mark_in_tree(scan, c->view, c->err);
	if (code) {
		scan_free(scan);
		return code;
	}
	log_result(c, scan);
	scan_free(c->run->scan);
	c->run->scan = scan;
	return ARB_OK;
}

const struct pass pass_scan_for_btree_nodes = {
	.name = "scan_for_btree_nodes",
	.id = 37,
	.what = N_("read every place where a btree node may lie and remember what is found"),
	.help = N_("Every bucket of every device that may hold btree nodes is looked at, and the headers of the nodes found are kept: also of those that "
		"no pointer leads to any more. check_topology asks for it when a node is lost; `scanned` shows what it found. Bookkeeping btrees "
		"(alloc and the like) are left out, they are made anew from the others. `set scan` says whether the superblock's bitmaps of "
		"where nodes ever were are followed (bitmap), or not (whole); auto follows them unless the tree itself contradicts them."),
	.run = scan_nodes,
};
