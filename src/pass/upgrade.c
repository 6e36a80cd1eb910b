/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a filesystem last used by an older version cannot have right yet: the next mount's upgrade counts it and mends it
 * silently (repair-semantics.md 4.5). Told once for each kind, neither asked nor counted.
 */
#include "upgrade.h"

#include "arborist/base/i18n.h"
#include "run.h"

static const struct { unsigned version; uint16_t errors[9]; } rows[] = {
	{ SB_VERSION(1, 1), { 184, 185 } },
	{ SB_VERSION(1, 2), { 244 } },
	{ SB_VERSION(1, 5), { 254 } },
	{ SB_VERSION(1, 6), { 256 } },
	{ SB_VERSION(1, 7), { 266 } },			/* bitmaps of btree nodes */
	{ SB_VERSION(1, 8), { 108, 271 } },		/* sectors of stripes counted apart */
	{ SB_VERSION(1, 9), { 80, 76, 77, 78, 272 } },	/* counters in a btree */
	{ SB_VERSION(1, 10), { 80, 76, 77, 78, 272, 278, 279, 280, 277 } },
	{ SB_VERSION(1, 11), { 272 } },
	{ SB_VERSION(1, 12), { 272 } },
	{ SB_VERSION(1, 13), { 287 } },
};
enum { NR_ROWS = sizeof(rows) / sizeof(rows[0]), NR_ERRORS = sizeof(rows[0].errors) / sizeof(rows[0].errors[0]) };

static bool has_stripes(const struct view *v)
{
	const struct btree_root *r = &v->roots[BTREE_stripes];

	return r->lost || (r->exists && !r->fake);
}

bool upgrade_expects(const struct view *v, const struct finding *f)
{
	unsigned done = v->geo.version_upgrade_complete;

	for (unsigned i = 0; i < NR_ROWS && f->row->nr; i++) {
		if (rows[i].version <= done || (rows[i].version == SB_VERSION(1, 8) && !has_stripes(v)))
			continue;
		for (unsigned e = 0; e < NR_ERRORS; e++)
			if (rows[i].errors[e] == f->row->nr)
				return true;
	}
	return false;
}

bool upgrade_has_accounting(const struct view *v)
{
	return v->geo.version_upgrade_complete >= SB_VERSION(1, 9);
}

void upgrade_note(struct pass_run *r, const struct finding *f)
{
	struct expected *x;

	for (size_t i = 0; i < r->expected.nr; i++)
		if (r->expected.v[i].row == f->row) {
			r->expected.v[i].nr++;
			return;
		}
	x = arb_array_push(&r->expected);
	if (x)
		*x = (struct expected){ f->row, 1 };
}

static enum arb_code tell(struct pass_ctx *c, const struct expected *x)
{
	struct finding *f = finding_new("arborist_upgrade_expected", "upgrade.expected");
	unsigned v = c->view->geo.version_upgrade_complete;
	bool fixed;

	if (f) {
		f->no_place = true;
		f->part = x->row->nr;
		finding_message(f, P_("%llu time: %s. The filesystem was last used by version %u.%u: the next mount's upgrade sees to it",
				      "%llu times: %s. The filesystem was last used by version %u.%u: the next mount's upgrade sees to it", x->nr),
				(unsigned long long)x->nr, x->row->id, v >> 10, v & 1023);
	}
	return pass_decide(c, f, &fixed);
}

enum arb_code upgrade_report(struct pass_ctx *c)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < c->run->expected.nr && !code; i++)
		code = tell(c, &c->run->expected.v[i]);
	c->run->expected.nr = 0;
	return code;
}

enum arb_code upgrade_no_accounting(struct pass_ctx *c)
{
	struct finding *f = finding_new("arborist_accounting_not_compared", "upgrade.accounting");
	unsigned v = c->view->geo.version_upgrade_complete;
	bool fixed;

	if (f) {
		f->no_place = true;
		finding_message(f, _("disk usage counters are not compared: version %u.%u kept them in the journal, not in a btree; the next mount's upgrade counts them"),
				v >> 10, v & 1023);
	}
	return pass_decide(c, f, &fixed);
}
