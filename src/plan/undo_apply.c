/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Putting the before images back: the final journal entry first, the superblocks last, each step durable before the next, so that
 * a cut in the middle leaves the old state. Refused when a sector holds neither what was there before nor what the
 * commit wrote: then somebody has used the filesystem. A commit or an undo that was cut off leaves a mixture of both, which is fine.
 */
#include <stdlib.h>
#include <string.h>
#include "undo_internal.h"

#define SECTOR 512

struct undoing {
	struct undo	*u;
	struct blk	**blk;
	unsigned	nr;
	commit_progress	*progress;
	void		*arg;
	uint64_t	done;
	struct arb_error *err;
};

static struct blk *device(const struct undoing *a, unsigned i)
{
	return i < a->nr ? a->blk[i] : NULL;
}

static enum arb_code check_devices(struct undoing *a)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (a->u->device[i] && !device(a, i))
			return arb_fail(a->err, ARB_E_MEMBER_MISSING, "device %u, which the commit wrote to, was not given", i);
	return ARB_OK;
}

static bool sectors_known(const struct commit_write *w, const uint8_t *now)
{
	for (size_t at = 0; at < w->n; at += SECTOR) {
		size_t n = w->n - at < SECTOR ? w->n - at : SECTOR;

		if (memcmp(now + at, w->before + at, n) && memcmp(now + at, w->after + at, n))
			return false;
	}
	return true;
}

static enum arb_code check_one(struct undoing *a, const struct commit_write *w)
{
	uint8_t *now = malloc(w->n);
	enum arb_code ret;

	if (!now)
		return arb_fail(a->err, ARB_E_NOMEM, "no memory to compare before undoing");
	ret = blk_read(device(a, w->dev), w->offset, now, w->n, a->err);
	if (!ret && !sectors_known(w, now))
		ret = arb_fail(a->err, ARB_E_CHANGED,
			       "device %u at byte %llu (%s) holds neither what was there before the commit nor what it wrote: "
			       "the filesystem has been used since", w->dev, (unsigned long long)w->offset, w->what);
	free(now);
	return ret;
}

static enum arb_code check_all(struct undoing *a)
{
	enum arb_code ret = check_devices(a);

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++)
		if (a->u->device[i])
			ret = blk_drop_cache(device(a, i), a->err);
	for (size_t i = 0; i < a->u->writes.nr && !ret; i++)
		ret = check_one(a, &a->u->writes.v[i]);
	return ret;
}

static enum arb_code undo_step(struct undoing *a, unsigned step)
{
	bool touched[SB_MEMBERS_MAX] = { false };
	enum arb_code ret = ARB_OK;

	for (size_t i = a->u->writes.nr; i-- && !ret;) {
		const struct commit_write *w = &a->u->writes.v[i];

		if (w->step != step)
			continue;
		ret = blk_write(device(a, w->dev), w->offset, w->before, w->n, a->err);
		touched[w->dev] = true;
		a->done += w->n;
		if (!ret && a->progress)
			a->progress(a->arg, a->done, a->u->bytes, w->what);
	}
	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++)
		if (touched[i])
			ret = blk_sync(device(a, i), a->err);
	return ret;
}

static enum arb_code undo_all(struct undoing *a)
{
	enum arb_code ret = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++)
		if (a->u->device[i])
			ret = blk_open_write(device(a, i), a->err);
	if (ret)
		return ret;
	for (unsigned step = a->u->nr_steps; step; step--) {
		ret = undo_step(a, step);
		if (ret) {
			arb_error_context(a->err, "undo stopped in step %u; the undo file stays good: run it again", step);
			return ret;
		}
	}
	return ARB_OK;
}

enum arb_code undo_apply(struct undo *u, struct blk **by_member, unsigned nr, bool verify_only,
			 commit_progress *progress, void *arg, struct arb_error *err)
{
	struct undoing a = { .u = u, .blk = by_member, .nr = nr, .progress = progress, .arg = arg, .err = err };
	enum arb_code ret = check_all(&a);

	if (ret || verify_only)
		return ret;
	ret = undo_all(&a);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (u->device[i])
			blk_close_write(device(&a, i));
	return ret;
}
