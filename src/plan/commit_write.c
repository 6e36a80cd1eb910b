/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing a commit. The order is the whole point: undo record durable; everything that will be replaced read again past the
 * cache and compared; then step by step, each synced. After a failed sync nobody knows what a device holds: stop, never retry.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "arborist/base/i18n.h"
#include "commit_internal.h"

struct writing {
	struct devset	*devs;
	const struct commit *c;
	const char	*undo_path;
	commit_progress	*progress;
	void		*arg;
	uint64_t	done;
	struct arb_error *err;
};

static bool is_written(const struct commit *c, unsigned dev)
{
	return c->device[dev];
}

static enum arb_code check_claims(struct writing *w)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		struct device *d = w->devs->dev[i];
		enum arb_code ret;

		if (!is_written(w->c, i))
			continue;
		if (!d)
			return arb_fail(w->err, ARB_E_MEMBER_MISSING, "device %u is not there any more", i);
		ret = d->claim ? claim_check(d->claim, w->err) : ARB_OK;
		if (ret)
			return ret;
	}
	return ARB_OK;
}

static enum arb_code compare_one(struct writing *w, const struct commit_write *x)
{
	uint8_t *now = malloc(x->n);
	enum arb_code ret;

	if (!now)
		return arb_fail(w->err, ARB_E_NOMEM, "no memory to compare before writing");
	ret = blk_read(w->devs->dev[x->dev]->blk, x->offset, now, x->n, w->err);
	if (!ret && memcmp(now, x->before, x->n))
		ret = arb_fail(w->err, ARB_E_CHANGED, "device %u has changed at byte %llu (%s) since it was read: somebody else writes to it",
			       x->dev, (unsigned long long)x->offset, x->what);
	free(now);
	return ret;
}

static enum arb_code compare_all(struct writing *w)
{
	enum arb_code ret = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++)
		if (is_written(w->c, i))
			ret = blk_drop_cache(w->devs->dev[i]->blk, w->err);
	for (size_t i = 0; i < w->c->writes.nr && !ret; i++)
		ret = compare_one(w, &w->c->writes.v[i]);
	return ret;
}

/* What a failure in step @step leaves behind. */
static enum arb_code explain(struct writing *w, enum arb_code code, unsigned step)
{
	const char *state = step < w->c->switch_step ? _("the filesystem still holds the old state") :
			    step > w->c->switch_step ? _("the filesystem holds the new state") :
			    _("it is not known whether the old or the new state holds");

	arb_error_context(w->err, "writing stopped in step %u of %u, %s; put everything back with: arborist undo %s",
			  step, w->c->nr_steps, state, w->undo_path);
	return code;
}

static enum arb_code sync_step(struct writing *w, unsigned step)
{
	enum arb_code ret = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++) {
		bool touched = false;

		for (size_t j = 0; j < w->c->writes.nr && !touched; j++)
			touched = w->c->writes.v[j].dev == i && w->c->writes.v[j].step == step;
		if (touched)
			ret = blk_sync(w->devs->dev[i]->blk, w->err);
	}
	return ret;
}

static enum arb_code write_step(struct writing *w, unsigned step)
{
	enum arb_code ret = ARB_OK;

	for (size_t i = 0; i < w->c->writes.nr && !ret; i++) {
		const struct commit_write *x = &w->c->writes.v[i];

		if (x->step != step)
			continue;
		ret = blk_write(w->devs->dev[x->dev]->blk, x->offset, x->after, x->n, w->err);
		w->done += x->n;
		if (!ret && w->progress)
			w->progress(w->arg, w->done, w->c->bytes, x->what);
	}
	return ret ? ret : sync_step(w, step);
}

static void close_all(struct writing *w)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (is_written(w->c, i) && w->devs->dev[i])
			blk_close_write(w->devs->dev[i]->blk);
}

static enum arb_code open_all(struct writing *w)
{
	enum arb_code ret = ARB_OK;

	for (unsigned i = 0; i < SB_MEMBERS_MAX && !ret; i++)
		if (is_written(w->c, i))
			ret = blk_open_write(w->devs->dev[i]->blk, w->err);
	return ret;
}

static enum arb_code write_all(struct writing *w)
{
	enum arb_code ret = open_all(w);

	if (!ret)
		ret = compare_all(w);
	if (ret) {
		unlink(w->undo_path);	/* nothing has been written: there is nothing to undo */
		return ret;
	}
	for (unsigned step = 1; step <= w->c->nr_steps; step++) {
		ret = write_step(w, step);
		if (ret)
			return explain(w, ret, step);
	}
	return ARB_OK;
}

enum arb_code commit_write_out(struct devset *devs, const struct commit *c, const char *undo_path,
			       commit_progress *progress, void *arg, struct arb_error *err)
{
	struct writing w = { .devs = devs, .c = c, .undo_path = undo_path, .progress = progress, .arg = arg, .err = err };
	enum arb_code ret = check_claims(&w);

	if (!ret)
		ret = undo_save(c, undo_path, err);
	if (ret)
		return ret;
	ret = write_all(&w);
	close_all(&w);
	return ret;
}
