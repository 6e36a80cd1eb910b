/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Undo without a session: record, devices, claims, bytes. */
#include <config.h>
#include "arborist/io/devset.h"
#include "arborist/session/undo_file.h"

static enum arb_code same_filesystem(const struct undo *u, const struct devset *d, struct arb_error *err)
{
	if (!memcmp(undo_uuid(u), d->best->uuid, 16))
		return ARB_OK;
	return arb_fail(err, ARB_E_UNDO_BAD, "the undo file belongs to another filesystem than %s", d->dev[d->best_dev]->blk->name);
}

static enum arb_code claimed(const struct devset *d, struct arb_error *err)
{
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i] && d->dev[i]->claim) {
			enum arb_code code = claim_check(d->dev[i]->claim, err);

			if (code)
				return code;
		}
	return ARB_OK;
}

static enum arb_code apply(struct undo *u, struct devset *d, bool verify_only, commit_progress *progress, void *arg,
			   struct arb_error *err)
{
	struct blk *by_member[SB_MEMBERS_MAX] = { NULL };
	enum arb_code code = same_filesystem(u, d, err);

	if (!code && !verify_only)
		code = claimed(d, err);
	if (code)
		return code;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		by_member[i] = d->dev[i] ? d->dev[i]->blk : NULL;
	return undo_apply(u, by_member, SB_MEMBERS_MAX, verify_only, progress, arg, err);
}

enum arb_code undo_file_run(const char *path, const char *const *devices, unsigned nr, bool verify_only,
			    struct arb_buf *out, commit_progress *progress, void *arg, struct arb_error *err)
{
	/* members the record does not touch may be missing; undo_apply() wants the others */
	struct devset_options o = { .degraded = true };
	struct devset *d = NULL;
	struct undo *u = NULL;
	enum arb_code code = undo_load(path, &u, err);

	if (code)
		return code;
	undo_to_text(out, u);
	if (!nr)
		nr = undo_devices(u, &devices);
	if (!nr)
		code = arb_fail(err, ARB_E_UNDO_BAD, "the undo file names no device; name them");
	if (!code)
		code = devset_open(devices, nr, &o, &d, err);
	if (!code) {
		code = apply(u, d, verify_only, progress, arg, err);
		devset_free(d);
	}
	undo_free(u);
	return code;
}
