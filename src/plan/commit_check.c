/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold before anything is laid out: each refusal names its reason. */
#include "commit_internal.h"

#define VERSION_WRITTEN (1 << 10 | 13)	/* the one version of which real images stand in the tests */

static enum arb_code check_devices(const struct view *v, struct arb_error *err)
{
	const struct devset *d = v->devs;

	if (d->read_only)
		return arb_fail(err, ARB_E_REFUSED, "opened read-only: %s", d->why_read_only);
	if (d->nr_missing)
		return arb_fail(err, ARB_E_REFUSED, "%u devices of the filesystem are missing", d->nr_missing);
	if (d->nr_left_out)
		return arb_fail(err, ARB_E_REFUSED, "%u of the devices given are left out of the filesystem", d->nr_left_out);
	return ARB_OK;
}

static enum arb_code check_format(const struct view *v, struct arb_error *err)
{
	const struct sb *sb = v->devs->best;

	if (v->geo.encrypted)
		return arb_fail(err, ARB_E_REFUSED, "writing to an encrypted filesystem is not supported");
	if (sb->version != VERSION_WRITTEN)
		return arb_fail(err, ARB_E_REFUSED, "metadata version %u.%u is not written, only 1.13 is", sb->version >> 10, sb->version & 1023);
	if (!sb_flag_get(sb, "INITIALIZED"))
		return arb_fail(err, ARB_E_REFUSED, "the filesystem has been formatted, but never mounted: there is nothing in it");
	return ARB_OK;
}

/* A root that has no node on disk can only be left out, and only where no entry that is replayed names it. */
static enum arb_code check_root(const struct view *v, unsigned btree, struct arb_error *err)
{
	const struct btree_root *r = &v->roots[btree];
	const char *why = NULL;

	if (!r->cause || !r->fake)
		return ARB_OK;
	if (r->level)
		why = "its new root needs the node writer";
	else if (!v->journal->clean && v->journal->roots[btree].present)
		why = "the journal still names its root: an empty one needs the node writer";
	if (!why)
		return ARB_OK;
	return arb_fail(err, ARB_E_REFUSED, "btree %s: %s", btree_info(btree)->name ? btree_info(btree)->name : "(unknown)", why);
}

static enum arb_code check_mutations(const struct plan *p, struct arb_error *err)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++)
			if (p->repairs.v[i]->mutations.v[j].kind > MUTATION_SUPER)
				return arb_fail(err, ARB_E_REFUSED, "repair %u has a part that cannot be written", p->repairs.v[i]->id);
	return ARB_OK;
}

enum arb_code commit_check(const struct view *v, const struct plan *p, struct arb_error *err)
{
	enum arb_code ret;

	if (!plan_nr(p))
		return arb_fail(err, ARB_E_REFUSED, "the plan is empty: there is nothing to write");
	if (plan_committed(p))
		return arb_fail(err, ARB_E_REFUSED, "this plan has been written already");
	ret = check_devices(v, err);
	ret = ret ? ret : check_format(v, err);
	ret = ret ? ret : check_mutations(p, err);
	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !ret; i++)
		ret = check_root(v, i, err);
	return ret;
}
