/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scanned: what the device scan brought to light. */
#include <config.h>
#include "arborist/btree/scan.h"
#include "row.h"

struct filter {
	bool has_btree, has_level;
	unsigned btree, level;
};

static bool passes_filter(const struct filter *f, const struct scanned_node *n)
{
	return (!f->has_btree || n->btree == f->btree) && (!f->has_level || n->level == f->level);
}

static void copy_list(struct row *r, const struct scanned_node *n)
{
	json_array(&r->j, "copies");
	for (unsigned i = 0; i < n->nr_copies; i++) {
		row_item(r);
		row_u64(r, "dev", n->copy[i].dev);
		row_u64(r, "sector", n->copy[i].sector);
		row_u64(r, "gen", n->copy[i].gen);
		row_item_end(r);
	}
	json_array_end(&r->j);
}

static void node_row(struct command_ctx *c, const struct scan *s, size_t i)
{
	const struct scanned_node *n = &s->nodes.v[i];
	struct row r;
	ARB_BUF(b);

	row_begin(&r, c, "scanned");
	row_btree(&r, "btree", n->btree);
	row_u64(&r, "level", n->level);
	row_pos(&r, "start", n->header_min);
	row_pos(&r, "end", n->header_max);
	row_u64(&r, "seq", n->node_seq);
	row_hex(&r, "cookie", n->cookie);
	row_u64(&r, "journal_seq", n->journal_seq);
	row_u64(&r, "written", n->sectors_written);
	row_u64(&r, "worse_copies", n->nr_left_out);
	row_bool(&r, "damaged", n->damaged);
	row_bool(&r, "in_tree", n->in_tree);
	row_bool(&r, "overwritten", n->overwritten);
	if (!n->overwritten) {
		row_pos(&r, "own_start", n->min);
		row_pos(&r, "own_end", n->max);
	}
	if (n->by != SCAN_NONE && n->by < s->nodes.nr)
		row_hex(&r, "by_cookie", s->nodes.v[n->by].cookie);
	copy_list(&r, n);
	scanned_node_to_text(&b, s, i);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
}

static void summary(struct command_ctx *c, const struct scan *s, size_t shown)
{
	size_t in_tree = 0;
	struct row r;

	for (size_t i = 0; i < s->nodes.nr; i++)
		in_tree += s->nodes.v[i].in_tree;
	row_begin(&r, c, "scan");
	row_u64(&r, "shown", shown);
	row_u64(&r, "nodes", s->nodes.nr);
	row_u64(&r, "in_tree", in_tree);
	row_u64(&r, "places", s->positions);
	row_bool(&r, "whole", s->whole);
	row_u64(&r, "unreadable", s->read_errors);
	row_u64(&r, "rejected", s->rejected);
	row_u64(&r, "locked", s->locked);
	row_say_nr(&r, "{shown} of {nodes} node shown; ", "{shown} of {nodes} nodes shown; ", s->nodes.nr);
	row_on_nr(&r, "{in_tree} is in the tree; ", "{in_tree} are in the tree; ", in_tree);
	row_on_nr(&r, "{places} place looked at{whole? (whole devices)}, {unreadable} unreadable, ",
		  "{places} places looked at{whole? (whole devices)}, {unreadable} unreadable, ", s->positions);
	row_on_nr(&r, "{rejected} node rejected, {locked} locked", "{rejected} nodes rejected, {locked} locked", s->rejected);
	row_end(&r);
}

enum arb_code cmd_scanned(struct command_ctx *c, struct arb_error *err)
{
	const struct scan *s = pass_run_scan(session_passes(c->session));
	struct filter f = { .has_btree = c->argc };
	size_t shown = 0;
	enum arb_code code = c->argc ? arg_btree(c->argv[0], &f.has_level, &f.btree, &f.level, err) : ARB_OK;

	if (code)
		return code;
	if (!s)
		return arb_fail(err, ARB_E_REFUSED, "the devices have not been scanned; run scan_for_btree_nodes does it");
	code = pass_run_scan_mark(session_passes(c->session), session_view(c->session), err);
	if (code)
		return code;
	for (size_t i = 0; i < s->nodes.nr; i++) {
		if (!passes_filter(&f, &s->nodes.v[i]))
			continue;
		if (session_cancelled(c->session))
			return arb_fail(err, ARB_E_CANCELLED, "cancelled");
		node_row(c, s, i);
		shown++;
	}
	summary(c, s, shown);
	return ARB_OK;
}
