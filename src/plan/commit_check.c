/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold before anything is laid out: each refusal names its reason. */
#include "arborist/base/i18n.h"
#include "commit_internal.h"

#define VERSION_WRITTEN (1 << 10 | 13)	/* the one version of which real images stand in the tests */

static enum arb_code check_devices(const struct view *v, struct arb_error *err)
{
	const struct devset *d = v->devs;

	if (d->read_only)
		return arb_fail(err, ARB_E_REFUSED, "opened read-only: %s", d->why_read_only);
	if (d->nr_missing)
		return arb_fail(err, ARB_E_REFUSED, P_("%u device of the filesystem is missing", "%u devices of the filesystem are missing", d->nr_missing), d->nr_missing);
	if (d->nr_left_out)
		return arb_fail(err, ARB_E_REFUSED, P_("%u of the devices given is left out of the filesystem", "%u of the devices given are left out of the filesystem",
							d->nr_left_out), d->nr_left_out);
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

static enum arb_code check_mutations(const struct plan *p, struct arb_error *err)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++)
			if (p->repairs.v[i]->mutations.v[j].kind > MUTATION_REWRITE)
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
	return ret ? ret : check_mutations(p, err);
}
