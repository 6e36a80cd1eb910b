/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystem as a whole: summary, devices, members, btrees. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/base/text.h"
#include "internal.h"

static void uuid_line(struct command_ctx *c, const char *name, const uint8_t *u)
{
	ARB_BUF(b);

	sb_uuid_to_text(&b, u);
	cmd_line(c, "%-12s %s", name, arb_buf_str(&b));
}

static void version_line(struct command_ctx *c, const struct fs_geometry *g)
{
	ARB_BUF(b);

	sb_version_to_text(&b, g->version);
	cmd_line(c, "%-12s %s", "version", arb_buf_str(&b));
}

static void journal_lines(struct command_ctx *c, const struct view *v)
{
	const struct journal *j = v->journal;

	if (j->clean)
		cmd_line(c, "%-12s nothing to replay (sequence %llu), %zu entries still readable", "journal",
			 (unsigned long long)j->newest, j->entries.nr);
	else if (j->nothing_to_replay)
		cmd_line(c, "%-12s no entry that could be replayed was found", "journal");
	else
		cmd_line(c, "%-12s entries %llu to %llu are replayed in memory: %zu keys", "journal",
			 (unsigned long long)j->replay_first, (unsigned long long)j->replay_last, j->nr_keys);
	for (size_t i = 0; i < j->defects.list.nr; i++)
		cmd_line(c, "%-12s ! %s", "", j->defects.list.v[i].text ? j->defects.list.v[i].text : "");
}

static void size_line(struct command_ctx *c, const struct fs_geometry *g)
{
	ARB_BUF(b);

	arb_buf_puts(&b, "blocks ");
	text_human_bytes(&b, 512ull * g->block_sectors);
	arb_buf_puts(&b, ", btree nodes ");
	text_human_bytes(&b, 512ull * g->node_sectors);
	cmd_line(c, "%-12s %s", "geometry", arb_buf_str(&b));
}

enum arb_code cmd_info(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);
	const struct devset *d = v->devs;
	unsigned roots = 0, lost = 0;

	(void)err;
	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++) {
		roots += v->roots[i].exists && !v->roots[i].lost;
		lost += v->roots[i].lost;
	}
	uuid_line(c, "filesystem", d->best->user_uuid);
	uuid_line(c, "internal", d->best->uuid);
	version_line(c, &v->geo);
	cmd_line(c, "%-12s %u open, %u missing", "devices", d->nr_open, d->nr_missing);
	size_line(c, &v->geo);
	cmd_line(c, "%-12s %s", "left", v->geo.clean ? _("cleanly unmounted") : _("not cleanly unmounted"));
	journal_lines(c, v);
	cmd_line(c, "%-12s %u with a root, %u lost", "btrees", roots, lost);
	if (d->read_only)
		cmd_line(c, "%-12s read-only: %s", "writing", d->why_read_only);
	else
		cmd_line(c, "%-12s only by commit", "writing");
	cmd_line(c, "%-12s %zu repairs", "plan", plan_nr(session_plan(c->session)));
	return ARB_OK;
}

static void device_event(struct command_ctx *c, const struct device *dev, unsigned idx, unsigned good)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "event", "device");
	json_u64(&j, "dev", idx);
	json_str(&j, "state", !dev ? "missing" : dev->left_out ? "left out" : "open");
	if (dev) {
		json_str(&j, "path", dev->blk->name);
		json_u64(&j, "bytes", dev->bytes_at_open);
		json_u64(&j, "copies", dev->copies.nr);
		json_u64(&j, "good", good);
		json_str(&j, "claim", dev->claim ? claim_text(dev->claim) : "in memory");
	}
	json_end(&j);
	cmd_event(c, &j);
}

static void device_line(struct command_ctx *c, const struct device *dev)
{
	unsigned good = 0;
	ARB_BUF(size);

	for (size_t i = 0; i < dev->copies.nr; i++)
		good += dev->copies.v[i].readable && dev->copies.v[i].sb.csum_ok;
	if (cmd_wants_events(c)) {
		device_event(c, dev, dev->idx, good);
		return;
	}
	text_human_bytes(&size, dev->bytes_at_open);
	cmd_line(c, "device %u  %s  %s  superblock copies %u of %zu good  %s%s%s", dev->idx, dev->blk->name, arb_buf_str(&size), good,
		 dev->copies.nr, dev->claim ? claim_text(dev->claim) : _("in memory"), dev->left_out ? _("  left out: ") : "",
		 dev->left_out ? dev->why_left_out : "");
}

enum arb_code cmd_devices(struct command_ctx *c, struct arb_error *err)
{
	const struct devset *d = session_view(c->session)->devs;
	const struct fs_geometry *g = &session_view(c->session)->geo;

	(void)err;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (d->dev[i])
			device_line(c, d->dev[i]);
		else if (g->member[i].exists && cmd_wants_events(c))
			device_event(c, NULL, i, 0);
		else if (g->member[i].exists)
			cmd_line(c, "device %u  missing", i);
	return ARB_OK;
}

enum arb_code cmd_members(struct command_ctx *c, struct arb_error *err)
{
	static const char *const states[] = { "rw", "ro", "failed", "spare" };
	const struct view *v = session_view(c->session);

	(void)err;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = &v->geo.member[i];
		struct sb_member s;
		ARB_BUF(b);

		if (!m->exists || !sb_member_get(v->devs->best, i, &s))
			continue;
		sb_uuid_to_text(&b, s.uuid);
		arb_buf_printf(&b, "  %s  %s  %llu buckets of ", m->online ? "open" : "missing", states[m->state & 3],
			       (unsigned long long)m->nbuckets);
		text_human_bytes(&b, 512ull * m->bucket_size);
		arb_buf_printf(&b, ", first %u  errors read %llu write %llu checksum %llu", m->first_bucket,
			       (unsigned long long)s.errors[0], (unsigned long long)s.errors[1], (unsigned long long)s.errors[2]);
		cmd_line(c, "member %u  %s", i, arb_buf_str(&b));
	}
	return ARB_OK;
}

struct count {
	struct session *s;
	uint64_t keys, bad;
};

static enum arb_code count_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct count *x = arg;

	(void)n;
	(void)k;
	x->keys++;
	return session_cancelled(x->s) ? ARB_E_CANCELLED : ARB_OK;
}

static enum arb_code count_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct count *x = arg;

	(void)level;
	(void)ptr;
	(void)d;
	x->bad++;
	return ARB_OK;
}

static void btree_event(struct command_ctx *c, const char *name, const struct btree_root *r, uint64_t nodes, const char *state)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "event", "btree");
	json_str(&j, "btree", name);
	json_str(&j, "state", state);
	if (!r->lost) {
		json_u64(&j, "depth", r->level + 1u);
		json_u64(&j, "nodes", nodes);
	}
	json_end(&j);
	cmd_event(c, &j);
}

static void no_btree_event(struct command_ctx *c, const char *name)
{
	btree_event(c, name, &(struct btree_root){ .lost = true }, 0, "no root");
}

/* Nodes by level, from the pointers one level up; an interior node that cannot be read hides what is below it. */
static enum arb_code btree_line(struct command_ctx *c, unsigned id, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	const struct btree_root *r = &v->roots[id];
	uint64_t nodes = 1, bad = 0;
	ARB_BUF(name);
	ARB_BUF(levels);

	btree_id_to_text(&name, id);
	if (r->lost && cmd_wants_events(c)) {
		btree_event(c, arb_buf_str(&name), r, 0, "root lost");
		return ARB_OK;
	}
	if (r->lost) {
		cmd_line(c, "%-20s root lost: %s", arb_buf_str(&name), r->why);
		return ARB_OK;
	}
	for (unsigned level = r->level; level-- > 0; ) {
		struct count x = { .s = c->session };
		struct walk w = { .btree = id, .level = level + 1, .start = POS_MIN, .end = SPOS_MAX,
				  .key = count_key, .bad = count_bad, .arg = &x };
		enum arb_code code = view_walk(v, &w, err);

		if (code)
			return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
		nodes += x.keys;
		bad = x.bad;
		arb_buf_printf(&levels, ", %llu at level %u", (unsigned long long)x.keys, level);
	}
	struct node_got got = { 0 };
	enum arb_code code = view_root(v, id, &got, err);

	if (code)
		return code;
	bad += !got.node && !r->level;
	if (cmd_wants_events(c))
		btree_event(c, arb_buf_str(&name), r, nodes,
			    !got.node ? "root unreadable" : bad ? "interior nodes unreadable" : r->fake ? "in memory only" : "readable");
	else
		cmd_line(c, P_("%-20s depth %u  %llu node%s  %s", "%-20s depth %u  %llu nodes%s  %s", nodes), arb_buf_str(&name), r->level + 1,
		 (unsigned long long)nodes, arb_buf_str(&levels),
		 !got.node ? _("root unreadable") : bad ? _("interior nodes unreadable") : r->fake ? _("in memory only") : _("readable"));
	node_put(&got);
	return ARB_OK;
}

enum arb_code cmd_btrees(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !code; i++)
		if (v->roots[i].exists || v->roots[i].lost)
			code = btree_line(c, i, err);
		else if (i < BTREE_ID_NR && cmd_wants_events(c))
			no_btree_event(c, btree_info(i)->name);
		else if (i < BTREE_ID_NR)
			cmd_line(c, "%-20s no root", btree_info(i)->name);
	return code;
}
