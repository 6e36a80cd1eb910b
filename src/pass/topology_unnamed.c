/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Btrees that nobody names, where neither the counters of disk usage nor the alloc keys can tell whether they had nodes: the devices are
 * scanned. A btree whose name is nowhere has never had a node, so one that is found shows that the root is lost; except one that was being
 * written when the power failed, which the journal does not reach. (Without any journal all nodes are beyond its reach, and nothing can be
 * committed either: that is said once, by the journal's own finding.)
 */
#include "topology_scan.h"

#include <stdio.h>

#include "arborist/format/btree_id.h"

static bool is_witness(const struct view *v, const struct scanned_node *n)
{
	return v->roots_unsure >> n->btree & 1 && !n->damaged && !n->level && n->journal_seq <= v->journal->replay_last &&
		!geometry_seq_blacklisted(&v->geo, n->journal_seq);
}

enum arb_code topo_find_unnamed(struct pass_ctx *c)
{
	struct topo t = { .c = c };
	struct view *v = c->view;
	enum arb_code code;

	if (!v->roots_unsure || v->journal->nothing_to_replay || c->scope.restricted || !topo_scan_possible(&t))
		return ARB_OK;
	code = topo_scan_need(&t, "nothing that can be read tells whether btrees without a root had nodes");
	for (size_t i = 0; !code && i < c->run->scan->nodes.nr; i++) {
		const struct scanned_node *n = &c->run->scan->nodes.v[i];
		struct btree_root *r = &v->roots[n->btree];

		if (n->btree >= BTREE_ID_NR || r->exists || !is_witness(v, n))
			continue;
		*r = (struct btree_root){ .exists = true, .lost = true, .unnamed = true };
		snprintf(r->why, sizeof(r->why), "nothing names it, but nodes of it were found by scanning the devices");
	}
	if (!code)
		v->roots_unsure = 0;
	return code;
}
