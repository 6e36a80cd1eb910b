/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk usage per device and kind of data, as recorded before the plan and with it. */
#include "arborist/base/i18n.h"
#include "arborist/format/accounting.h"
#include "commit_nodes.h"
#include "internal.h"

/* Where to put new nodes is found out by reading all there is: not done for a table where that is much. */
#define METADATA_SECTORS_MAX	(2u << 20)

struct gather {
	struct usage	*u;
	bool		oom;
};

static struct usage_row *row_at(struct usage *u, unsigned dev, unsigned type)
{
	for (size_t i = 0; i < u->rows.nr; i++)
		if (u->rows.v[i].dev == dev && u->rows.v[i].type == type)
			return &u->rows.v[i];
	return NULL;
}

/* What the view shows holds the repairs' own deltas already. */
static enum arb_code take_counter(void *arg, const struct node *n, struct bkey_s k)
{
	struct gather *g = arg;
	struct accounting_pos a = accounting_pos_get(k.k.p);
	int64_t v[ACCT_COUNTERS_MAX] = { 0 };
	struct usage_row *row;

	(void)n;
	if (a.type != ACCT_dev_data_type || accounting_get(k, v) != ACCT_COUNTERS_MAX)
		return ARB_OK;
	row = arb_array_push(&g->u->rows);
	if (!row) {
		g->oom = true;
		return ARB_OK;
	}
	*row = (struct usage_row){ .dev = a.dev, .type = a.data_type };
	memcpy(row->before, v, sizeof(v));
	memcpy(row->after, v, sizeof(v));
	return ARB_OK;
}

static void take_away(struct usage *u, const struct mutation *m)
{
	struct accounting_pos a;
	int64_t v[ACCT_COUNTERS_MAX] = { 0 };
	struct usage_row *row;

	if (m->kind != MUTATION_INSERT || m->btree != BTREE_accounting || m->level)
		return;
	a = accounting_pos_get(m->pos);
	row = a.type == ACCT_dev_data_type ? row_at(u, a.dev, a.data_type) : NULL;
	if (!row || !accounting_get(bkey_buf_s(m->new), v))
		return;
	for (unsigned i = 0; i < ACCT_COUNTERS_MAX; i++)
		row->before[i] = (int64_t)((uint64_t)row->before[i] - (uint64_t)v[i]);
}

/* --- the nodes that the commit writes ------------------------------------------------------------------------------- */

struct adding { struct usage *u; int sign; };

static enum arb_code add_delta(void *arg, const struct overlay_key *k)
{
	struct adding *x = arg;
	struct accounting_pos a;
	int64_t v[ACCT_COUNTERS_MAX] = { 0 };
	struct usage_row *row;

	if (k->btree != BTREE_accounting || k->level)
		return ARB_OK;
	a = accounting_pos_get(k->key.k.p);
	if (a.type != ACCT_dev_data_type || accounting_get(k->key, v) != ACCT_COUNTERS_MAX)
		return ARB_OK;
	row = row_at(x->u, a.dev, a.data_type);
	if (!row && (row = arb_array_push(&x->u->rows)))
		*row = (struct usage_row){ .dev = a.dev, .type = a.data_type };
	if (!row)
		return ARB_E_NOMEM;
	for (unsigned i = 0; i < ACCT_COUNTERS_MAX; i++)
		row->after[i] = (int64_t)((uint64_t)row->after[i] + (x->sign < 0 ? 0 - (uint64_t)v[i] : (uint64_t)v[i]));
	return ARB_OK;
}

static bool little_metadata(const struct usage *u)
{
	uint64_t sectors = 0;

	for (size_t i = 0; i < u->rows.nr; i++)
		if (u->rows.v[i].type == DATA_btree)
			sectors += u->rows.v[i].before[1] < 0 ? 0 : (uint64_t)u->rows.v[i].before[1];
	return sectors <= METADATA_SECTORS_MAX;
}

/* A plan that cannot be written has none: its commit says so. */
static enum arb_code add_new_nodes(const struct plan *p, struct usage *u)
{
	struct adding after = { u, 1 }, now = { u, -1 };
	struct arb_error ignored = { 0 };
	struct commit_nodes n;
	enum arb_code code = ARB_OK;

	if (plan_committed(p) || !little_metadata(u) || commit_nodes_build(p->view, p, 1, FOLD_NOTHING, &n, &ignored))
		return ARB_OK;
	if (n.changed) {
		code = overlay_for_each(n.after.overlay, add_delta, &after);
		code = code ? code : overlay_for_each(p->view->overlay, add_delta, &now);
	}
	commit_nodes_free(&n);
	return code;
}

/* --- the table -------------------------------------------------------------------------------------------------------- */

static bool nothing(const int64_t *v)
{
	return !v[0] && !v[1] && !v[2];
}

static int by_device(const void *x, const void *y)
{
	const struct usage_row *a = x, *b = y;

	return a->dev != b->dev ? (a->dev > b->dev) - (a->dev < b->dev) : (a->type > b->type) - (a->type < b->type);
}

enum arb_code plan_usage(const struct plan *p, struct usage *ret, struct arb_error *err)
{
	struct gather g = { .u = ret };
	struct walk w = { .btree = BTREE_accounting, .start = POS_MIN, .end = SPOS_MAX, .key = take_counter, .arg = &g };
	const struct btree_root *root = &p->view->roots[BTREE_accounting];
	enum arb_code code = ARB_OK;
	size_t kept = 0;

	memset(ret, 0, sizeof(*ret));
	if (!root->lost && (root->exists || root->fake))
		code = view_walk(p->view, &w, err);
	if (!code && g.oom)
		code = ARB_E_NOMEM;
	for (size_t i = 0; i < p->repairs.nr && !code; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++)
			take_away(ret, &p->repairs.v[i]->mutations.v[j]);
	code = code ? code : add_new_nodes(p, ret);
	if (code == ARB_E_NOMEM)
		arb_fail(err, code, "out of memory");
	if (code) {
		arb_array_free(&ret->rows);
		return code;
	}
	for (size_t i = 0; i < ret->rows.nr; i++)
		if (!nothing(ret->rows.v[i].before) || !nothing(ret->rows.v[i].after))
			ret->rows.v[kept++] = ret->rows.v[i];
	ret->rows.nr = kept;
	if (kept)
		qsort(ret->rows.v, kept, sizeof(*ret->rows.v), by_device);
	return ARB_OK;
}

bool usage_row_changed(const struct usage_row *r)
{
	return memcmp(r->before, r->after, sizeof(r->before));
}

static void pair_text(struct arb_buf *out, int64_t before, int64_t after)
{
	ARB_BUF(b);

	arb_buf_printf(&b, "%lld", (long long)before);
	if (before != after)
		arb_buf_printf(&b, " -> %lld", (long long)after);
	arb_buf_printf(out, "  %-18s", arb_buf_str(&b));
}

void usage_to_text(struct arb_buf *out, const struct usage *u)
{
	bool changed = false;

	if (!u->rows.nr)
		return;
	for (size_t i = 0; i < u->rows.nr; i++)
		changed |= usage_row_changed(&u->rows.v[i]);
	arb_buf_puts(out, changed ? _("disk usage, before -> after:\n") : _("disk usage (the plan does not change it):\n"));
	arb_buf_puts(out, _("    dev  data type      buckets             sectors             fragmented\n"));
	for (size_t i = 0; i < u->rows.nr; i++) {
		const struct usage_row *r = &u->rows.v[i];
		ARB_BUF(type);
		ARB_BUF(line);

		data_type_to_text(&type, r->type);
		arb_buf_printf(&line, "  %c %3u  %-13s", usage_row_changed(r) ? '*' : ' ', r->dev, arb_buf_str(&type));
		for (unsigned c = 0; c < ACCT_COUNTERS_MAX; c++)
			pair_text(&line, r->before[c], r->after[c]);
		while (line.len && line.s[line.len - 1] == ' ')
			line.len--;
		arb_buf_mem(out, line.s, line.len);
		arb_buf_putc(out, '\n');
	}
}
