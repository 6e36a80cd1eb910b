/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * accounting_read: the recorded counters, as the btree, the journal's deltas and those of planned repairs add up to (the view adds
 * them; repair-semantics.md 5.2). Starts from nothing each time, so that running it again does not count twice.
 */
#include "passes.h"

#include "arborist/base/i18n.h"
#include "arborist/btree/view.h"
#include "alloc.h"
#include "requires.h"

/* *ret is NULL when the key is of no interest. */
static enum arb_code counter_for(struct pass_ctx *c, struct bkey_s k, int64_t v[ACCT_COUNTERS_MAX], struct counter **ret)
{
	uint8_t type = k.k.p.snapshot;		/* the lowest byte of the position: see accounting_pos_get() */

	*ret = NULL;
	if (k.k.type != KEY_accounting || type >= ACCT_TYPE_NR || type == ACCT_inum)
		return ARB_OK;
	accounting_get(k, v);
	*ret = counters_get(&c->run->counters, k.k.p);
	return *ret ? ARB_OK : arb_fail(c->err, ARB_E_NOMEM, "no memory for counters");
}

static enum arb_code take_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct pass_ctx *c = arg;
	int64_t v[ACCT_COUNTERS_MAX];
	struct counter *to;
	enum arb_code code = counter_for(c, k, v, &to);

	(void)n;
	counter_add(to, COUNTED_BEFORE, v[0], v[1], v[2]);
	return code;
}

/* --- counters that cannot be right ------------------------------------------------------------------------------------ */

static bool member_exists(const struct pass_ctx *c, unsigned dev)
{
	return geometry_member(&c->view->geo, dev);
}

/* The first device the counter names that there is not; DEV_NONE: all exist. */
static unsigned missing_device(const struct pass_ctx *c, const struct accounting_pos *a)
{
	if (a->type == ACCT_dev_data_type)
		return member_exists(c, a->dev) ? DEV_NONE : a->dev;
	for (unsigned i = 0; a->type == ACCT_replicas && i < a->nr_devs && i < ACCT_REPLICAS_DEVS_MAX; i++)
		if (a->devs[i] != DEV_NONE && !member_exists(c, a->devs[i]))
			return a->devs[i];
	return DEV_NONE;
}

static enum arb_code ask(struct pass_ctx *c, struct finding *f, struct repair *r, bool *ret_fixed)
{
	if (f && c->scope.restricted) {
		f->no_repair = true;
		repair_free(r);
	} else if (f) {
		f->repair = r;
	} else {
		repair_free(r);
	}
	return pass_decide(c, f, ret_fixed);
}

static enum arb_code invalid_device(struct pass_ctx *c, struct counter *x, const struct accounting_pos *a, unsigned dev)
{
	struct finding *f = alloc_finding("accounting_to_invalid_device", "accounting.device", BTREE_accounting, 0, x->pos);
	struct repair *r = repair_new("take back a counter of device %u", dev);
	int64_t minus[ACCT_COUNTERS_MAX];
	struct bkey_buf delta;
	enum arb_code code;
	bool fixed;
	ARB_BUF(m);

	accounting_pos_to_text(&m, a);
	if (f)
		finding_message(f, "accounting entry points to invalid device %u\n  %s", dev, arb_buf_str(&m));
	for (unsigned i = 0; i < ACCT_COUNTERS_MAX; i++)
		minus[i] = (int64_t)(0 - (uint64_t)x->v[COUNTED_BEFORE][i]);
	accounting_put(&delta, a, (struct bversion){ .lo = 1 }, minus);
	if (r)
		repair_insert(r, BTREE_accounting, 0, bkey_buf_s(&delta));
	code = ask(c, f, r, &fixed);
	x->v[COUNTED_BEFORE][0] = x->v[COUNTED_BEFORE][1] = x->v[COUNTED_BEFORE][2] = 0;
	x->ignored = true;
	return code;
}

struct replicas_search { struct bpos pos; bool found; };

static bool planned_replicas(void *arg, const struct mutation *m)
{
	struct replicas_search *s = arg;

	s->found |= m->super_what == PLAN_SUPER_REPLICAS && bpos_eq(m->pos, s->pos);
	return !s->found;
}

bool replicas_marked(const struct pass_ctx *c, struct bpos pos, const struct accounting_pos *a)
{
	struct replicas_entry e = { .data_type = a->data_type, .nr_devs = a->nr_devs, .nr_required = a->nr_required };
	struct replicas_search s = { .pos = pos };

	if (a->nr_devs > ACCT_REPLICAS_DEVS_MAX)
		return true;		/* no such entry can be made */
	memcpy(e.devs, a->devs, a->nr_devs);
	if (sb_replicas_have(c->view->devs->best, &e))
		return true;
	plan_for_each_super(c->plan, planned_replicas, &s);
	return s.found;
}

enum arb_code replicas_ask(struct pass_ctx *c, struct bpos pos, const struct accounting_pos *a)
{
	struct finding *f = alloc_finding("accounting_replicas_not_marked", "accounting.replicas", BTREE_accounting, 0, pos);
	struct repair *r = repair_new("list a set of devices in the superblock");
	bool fixed;
	ARB_BUF(m);

	accounting_pos_to_text(&m, a);
	if (f)
		finding_message(f, "accounting not marked in superblock replicas\n  %s", arb_buf_str(&m));
	if (r)
		repair_super_at(r, PLAN_SUPER_REPLICAS, pos, 0);
	return ask(c, f, r, &fixed);
}

static enum arb_code check_counter(struct pass_ctx *c, struct counter *x)
{
	struct accounting_pos a = accounting_pos_get(x->pos);
	unsigned dev;

	if (!x->v[COUNTED_BEFORE][0] && !x->v[COUNTED_BEFORE][1] && !x->v[COUNTED_BEFORE][2])
		return ARB_OK;
	dev = missing_device(c, &a);
	if (dev != DEV_NONE)
		return invalid_device(c, x, &a, dev);
	if (a.type == ACCT_replicas && !replicas_marked(c, x->pos, &a))
		return replicas_ask(c, x->pos, &a);
	return ARB_OK;
}

/* --- keys that were left out while reading ------------------------------------------------------------------------------ */

static const char wrong_size[] = "arborist_accounting_wrong_size";

static const struct defect *left_out(const struct node *n)
{
	for (size_t i = 0; n->needs_rewrite && i < n->defects.list.nr; i++) {
		const struct defect *d = &n->defects.list.v[i];

		if (d->own && !strcmp(d->own, wrong_size))
			return d;
	}
	return NULL;
}

static struct repair *leaf_anew(const struct node *n)
{
	struct repair *r = repair_new("write the node anew, with what could be read of it");

	if (r) {
		repair_rewrite(r, n->btree, n->level + 1, n->ptr.max_key);
		requires_lost_node(r, n->btree);
	}
	return r;
}

/* A kernel counts with such a key, so it has to go before anything is added to it. check_topology asks the same. */
static enum arb_code ask_leaf(struct pass_ctx *c, const struct node *n, const struct defect *d)
{
	struct finding *f = alloc_finding(wrong_size, "topology.read", n->btree, n->level, n->h.min_key);
	enum arb_code code;
	bool fixed;

	if (f) {
		f->end = n->h.max_key;
		finding_message(f, "accounting key of the wrong size: %s", d->text ? d->text : "");
	}
	code = ask(c, f, leaf_anew(n), &fixed);
	c->run->counters.untouchable |= !fixed;
	return code;
}

static enum arb_code step_node(void *arg, const struct node *n)
{
	const struct defect *d = left_out(n);
	struct pass_ctx *c = arg;
	struct bkey_buf ptr;
	enum arb_code code = pass_step_node(c, n);

	if (code || !d)
		return code;
	btree_ptr_put(&ptr, &n->ptr);
	return plan_rewrites(c->plan, n->btree, n->level + 1, bkey_buf_s(&ptr)) ? ARB_OK : ask_leaf(c, n, d);
}

static enum arb_code accounting_read(struct pass_ctx *c)
{
	struct walk w = { .btree = BTREE_accounting, .start = POS_MIN, .end = SPOS_MAX, .key = take_key, .node = step_node, .arg = c };
	struct counter **all;
	enum arb_code code;
	size_t nr = 0;

	counters_free(&c->run->counters);
	c->run->counters.untouchable = false;
	code = view_walk(c->view, &w, c->err);
	if (code)
		return code;
	all = counters_sorted(&c->run->counters, &nr);
	if (!all && nr)
		return arb_fail(c->err, ARB_E_NOMEM, "no memory for counters");
	for (size_t i = 0; i < nr && !code; i++)
		code = check_counter(c, all[i]);
	free(all);
	return code;
}

const struct pass pass_accounting_read = {
	.name = "accounting_read",
	.id = 39,
	.what = N_("add up the recorded counters of disk usage"),
	.help = N_("Reads the accounting btree and adds what the journal and planned repairs change. Counters of devices that do not exist, and sets of devices "
		"that the superblock does not list, are findings. Whether the counters are right is for check_allocations to find out."),
	.at_node = &(const struct rule){ N_("accounting_read: at a node"), N_("the pass comes to a node"),
			N_("its counters are added up; each is then held against the devices and the sets of devices there are") },
	.run = accounting_read,
};
