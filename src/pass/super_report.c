/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Superblock copies that are damaged, or older than the newest good one, as findings. Every commit writes all copies of all
 * devices from the newest good one, so the repair only has to say that there is something to write.
 */
#include "run.h"

#include "arborist/io/devset.h"

enum copy_state { COPY_GOOD, COPY_DAMAGED, COPY_DIFFERS, COPY_OUTDATED };
static const char *const ids[] = {
	[COPY_DAMAGED] = "arborist_superblock_copy_damaged", [COPY_DIFFERS] = "arborist_superblock_copy_damaged",
	[COPY_OUTDATED] = "arborist_superblock_copy_outdated",
};

static enum copy_state state_of(const struct devset *devs, const struct device *d, const struct sb_copy *k)
{
	if (!sb_copy_good(k))
		return COPY_DAMAGED;
	if (k->sb.seq < devs->best->seq)
		return COPY_OUTDATED;
	return sb_copy_differs(d, k) ? COPY_DIFFERS : COPY_GOOD;
}

static void describe(struct finding *f, const struct devset *devs, const struct device *d, const struct sb_copy *k, enum copy_state state)
{
	unsigned long long sector = k->sector, seq = devs->best->seq;

	if (state == COPY_DAMAGED)
		finding_message(f, "superblock copy at sector %llu of device %u cannot be used: %s", sector, d->idx, sb_copy_why(k));
	else if (state == COPY_DIFFERS)
		finding_message(f, "superblock copy at sector %llu of device %u says something else than the one that is used, at sector %llu", sector,
				d->idx, (unsigned long long)d->copies.v[d->best].sector);
	else
		finding_message(f, "superblock copy at sector %llu of device %u is older than the newest one: sequence %llu, newest %llu", sector,
				d->idx, (unsigned long long)k->sb.seq, seq);
	finding_fix(f, "Write all copies from the newest good one, sequence %llu on device %u.", seq, devs->best_dev);
	finding_reason(f, "a good copy says all that this one should");
}

static enum arb_code report(struct pass_ctx *c, const struct device *d, const struct sb_copy *k, enum copy_state state)
{
	struct finding *f = finding_new(ids[state], "superblock.copy");
	bool fixed;

	if (!f)
		return arb_fail(c->err, ARB_E_NOMEM, "out of memory for a finding");
	f->pos = f->end = BPOS(d->idx, k->sector, 0);	/* what tells it from others */
	f->no_place = true;
	describe(f, c->view->devs, d, k, state);
	f->repair = repair_new("write the superblock copy at sector %llu of device %u from the newest good one",
			       (unsigned long long)k->sector, d->idx);
	if (f->repair) {
		f->repair->pos = f->repair->end = f->pos;
		repair_super_at(f->repair, PLAN_SUPER_COPY, f->pos, k->sector);
	}
	return pass_decide(c, f, &fixed);
}

struct wanted { struct bpos pos; bool found; };

static bool is_copy(void *arg, const struct mutation *m)
{
	struct wanted *w = arg;

	w->found |= m->super_what == PLAN_SUPER_COPY && bpos_eq(m->pos, w->pos);
	return !w->found;
}

/* Accepted in an earlier run, and not written yet. */
static bool planned(const struct pass_ctx *c, const struct device *d, const struct sb_copy *k)
{
	struct wanted w = { .pos = BPOS(d->idx, k->sector, 0) };

	plan_for_each_super(c->plan, is_copy, &w);
	return w.found;
}

enum arb_code pass_report_superblocks(struct pass_ctx *c)
{
	const struct devset *devs = c->view->devs;
	enum arb_code code = ARB_OK;

	if (c->run->superblocks_reported || c->scope.restricted)
		return ARB_OK;
	c->run->superblocks_reported = true;
	for (unsigned i = 0; i < SB_MEMBERS_MAX && !code; i++)
		for (size_t k = 0; devs->dev[i] && k < devs->dev[i]->copies.nr && !code; k++) {
			const struct sb_copy *copy = &devs->dev[i]->copies.v[k];
			enum copy_state state = state_of(devs, devs->dev[i], copy);

			if (state != COPY_GOOD && !planned(c, devs->dev[i], copy))
				code = report(c, devs->dev[i], copy, state);
		}
	return code;
}
