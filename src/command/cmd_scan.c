/* SPDX-License-Identifier: GPL-3.0-or-later */
/* scanned: what the device scan brought to light. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/btree/scan.h"
#include "internal.h"

struct filter {
	bool has_btree, has_level;
	unsigned btree, level;
};

static bool passes_filter(const struct filter *f, const struct scanned_node *n)
{
	return (!f->has_btree || n->btree == f->btree) && (!f->has_level || n->level == f->level);
}

static void summary(struct command_ctx *c, const struct scan *s, size_t shown)
{
	size_t in_tree = 0;

	for (size_t i = 0; i < s->nodes.nr; i++)
		in_tree += s->nodes.v[i].in_tree;
	cmd_line(c, "%zu of %zu nodes shown; %zu are in the tree; %llu places looked at%s, %llu unreadable, %llu nodes rejected, %llu locked",
		 shown, s->nodes.nr, in_tree, (unsigned long long)s->positions, s->whole ? _(" (whole devices)") : "",
		 (unsigned long long)s->read_errors, (unsigned long long)s->rejected, (unsigned long long)s->locked);
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
	for (size_t i = 0; i < s->nodes.nr; i++) {
		ARB_BUF(b);

		if (!passes_filter(&f, &s->nodes.v[i]))
			continue;
		if (session_cancelled(c->session))
			return arb_fail(err, ARB_E_CANCELLED, "cancelled");
		scanned_node_to_text(&b, s, i);
		cmd_text(c, arb_buf_str(&b));
		shown++;
	}
	summary(c, s, shown);
	return ARB_OK;
}
