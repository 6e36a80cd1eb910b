/* SPDX-License-Identifier: GPL-3.0-or-later */
/* devices and members: what was opened, and the slots of the superblock. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "row.h"

static void device_row(struct command_ctx *c, const struct device *dev)
{
	unsigned good = 0;
	struct row r;

	for (size_t i = 0; i < dev->copies.nr; i++)
		good += dev->copies.v[i].readable && dev->copies.v[i].sb.csum_ok;
	row_begin(&r, c, "device");
	row_u64(&r, "dev", dev->idx);
	row_str(&r, "state", dev->left_out ? "left out" : "open");
	row_str(&r, "path", dev->blk->name);
	row_bytes(&r, "bytes", dev->bytes_at_open);
	row_u64(&r, "copies", dev->copies.nr);
	row_u64(&r, "good", good);
	row_word(&r, "claim", dev->claim ? claim_text(dev->claim) : N_("in memory"));
	row_str(&r, "why_left_out", dev->left_out ? dev->why_left_out : NULL);
	row_say(&r, "device {dev}  {path}  {bytes}  superblock copies {good} of {copies} good  {claim}{why_left_out?  left out: {why_left_out}}");
	row_end(&r);
}

static void missing_row(struct command_ctx *c, unsigned idx)
{
	struct row r;

	row_begin(&r, c, "device");
	row_u64(&r, "dev", idx);
	row_str(&r, "state", "missing");
	row_say(&r, "device {dev}  missing");
	row_end(&r);
}

enum arb_code cmd_devices(struct command_ctx *c, struct arb_error *err)
{
	const struct devset *d = session_view(c->session)->devs;
	const struct fs_geometry *g = &session_view(c->session)->geo;

	(void)err;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i])
			device_row(c, d->dev[i]);
		else if (g->member[i].exists)
			missing_row(c, i);
	return ARB_OK;
}

static void member_row(struct command_ctx *c, unsigned idx, const struct member_geometry *m, const struct sb_member *s)
{
	static const char *const modes[] = { "rw", "ro", "failed", "spare" };
	struct row r;

	row_begin(&r, c, "member");
	row_u64(&r, "dev", idx);
	row_uuid(&r, "uuid", s->uuid);
	row_str(&r, "state", m->online ? "open" : "missing");
	row_str(&r, "mode", modes[m->state & 3]);
	row_u64(&r, "buckets", m->nbuckets);
	row_bytes(&r, "bucket_bytes", 512ull * m->bucket_size);
	row_u64(&r, "first_bucket", m->first_bucket);
	row_u64(&r, "durability", m->durability);
	row_u64(&r, "read_errors", s->errors[0]);
	row_u64(&r, "write_errors", s->errors[1]);
	row_u64(&r, "checksum_errors", s->errors[2]);
	row_say(&r, "member {dev}  {uuid}  {state}  {mode}  {buckets} buckets of {bucket_bytes}, first {first_bucket}  errors read {read_errors} "
		    "write {write_errors} checksum {checksum_errors}");
	row_end(&r);
}

enum arb_code cmd_members(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);

	(void)err;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = &v->geo.member[i];
		struct sb_member s;

		if (m->exists && sb_member_get(v->devs->best, i, &s))
			member_row(c, i, m, &s);
	}
	return ARB_OK;
}
