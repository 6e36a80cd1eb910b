/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filesystem as a whole: summary and btrees. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "row.h"

static void journal_fields(struct row *r, const struct journal *j)
{
	row_u64(r, "journal_newest", j->newest);
	row_u64(r, "journal_entries", j->entries.nr);
	row_u64(r, "replay_first", j->replay_first);
	row_u64(r, "replay_last", j->replay_last);
	row_u64(r, "replayed_keys", j->nr_keys);
	if (j->clean)
		row_say_nr(r, "journal      nothing to replay (sequence {journal_newest}), {journal_entries} entry still readable",
			   "journal      nothing to replay (sequence {journal_newest}), {journal_entries} entries still readable", j->entries.nr);
	else if (j->nothing_to_replay)
		row_say(r, "journal      no entry that could be replayed was found");
	else
		row_say_nr(r, "journal      entries {replay_first} to {replay_last} are replayed in memory: {replayed_keys} key",
			   "journal      entries {replay_first} to {replay_last} are replayed in memory: {replayed_keys} keys", j->nr_keys);
	for (size_t i = 0; i < j->defects.list.nr; i++) {
		ARB_BUF(b);

		arb_buf_printf(&b, "             ! %s", j->defects.list.v[i].text ? j->defects.list.v[i].text : "");
		row_text(r, arb_buf_str(&b));
	}
}

static void btree_fields(struct row *r, const struct view *v)
{
	unsigned roots = 0, lost = 0;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++) {
		roots += v->roots[i].exists && !v->roots[i].lost;
		lost += v->roots[i].lost;
	}
	row_u64(r, "btrees", roots);
	row_u64(r, "roots_lost", lost);
	row_say(r, "btrees       {btrees} with a root, {roots_lost} lost");
}

static void device_fields(struct row *r, const struct devset *d, const struct fs_geometry *g)
{
	row_u64(r, "devices", d->nr_open);
	row_u64(r, "missing", d->nr_missing);
	row_bytes(r, "block_bytes", 512ull * g->block_sectors);
	row_bytes(r, "node_bytes", 512ull * g->node_sectors);
	row_bool(r, "clean", g->clean);
	row_say(r, "devices      {devices} open, {missing} missing");
	row_say(r, "geometry     blocks {block_bytes}, btree nodes {node_bytes}");
	row_say(r, g->clean ? N_("left         cleanly unmounted") : N_("left         not cleanly unmounted"));
}

/* What the next mount runs besides the usual, and why. */
enum arb_code cmd_info(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);
	const struct devset *d = v->devs;
	struct row r;

	(void)err;
	row_begin(&r, c, "info");
	row_uuid(&r, "uuid", d->best->user_uuid);
	row_uuid(&r, "internal_uuid", d->best->uuid);
	row_version(&r, "version", v->geo.version);
	row_say(&r, "filesystem   {uuid}");
	row_say(&r, "internal     {internal_uuid}");
	row_say(&r, "version      {version}");
	device_fields(&r, d, &v->geo);
	journal_fields(&r, v->journal);
	btree_fields(&r, v);
	if (row_required(&r, d->best))
		row_say(&r, "next mount   runs, requested by the superblock: {required_passes}");
	row_bool(&r, "writable", !d->read_only);
	row_str(&r, "why_read_only", d->read_only ? d->why_read_only : NULL);
	row_say(&r, d->read_only ? N_("writing      read-only: {why_read_only}") : N_("writing      only by commit"));
	row_u64(&r, "repairs", plan_nr(session_plan(c->session)));
	row_say_nr(&r, "plan         {repairs} repair", "plan         {repairs} repairs", plan_nr(session_plan(c->session)));
	row_end(&r);
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

static enum arb_code count_level(struct command_ctx *c, unsigned id, unsigned level, struct count *x, struct arb_error *err)
{
	struct walk w = { .btree = id, .level = level + 1, .start = POS_MIN, .end = SPOS_MAX, .key = count_key, .bad = count_bad, .arg = x };
	enum arb_code code = view_walk(session_view(c->session), &w, err);

	return code == ARB_E_CANCELLED ? arb_fail(err, code, "cancelled") : code;
}

/* Nodes by level, from the pointers one level up; an interior node that cannot be read hides what is below it. */
static enum arb_code count_nodes(struct command_ctx *c, struct row *r, unsigned id, unsigned root_level, uint64_t *ret_bad, struct arb_error *err)
{
	uint64_t nodes = 1;
	ARB_BUF(levels);

	json_array(&r->j, "levels");		/* from the root down */
	json_u64(&r->j, NULL, 1);
	for (unsigned level = root_level; level-- > 0; ) {
		struct count x = { .s = c->session };
		enum arb_code code = count_level(c, id, level, &x, err);

		if (code)
			return code;
		nodes += x.keys;
		*ret_bad = x.bad;
		json_u64(&r->j, NULL, x.keys);
		arb_buf_printf(&levels, _(", %llu at level %u"), (unsigned long long)x.keys, level);
	}
	json_array_end(&r->j);
	row_u64(r, "depth", root_level + 1);
	row_u64(r, "nodes", nodes);
	row_say_nr(r, "{btree:-20} depth {depth}  {nodes} node", "{btree:-20} depth {depth}  {nodes} nodes", nodes);
	arb_buf_puts(&r->text, arb_buf_str(&levels));
	return ARB_OK;
}

static enum arb_code btree_row(struct command_ctx *c, struct row *r, unsigned id, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	const struct btree_root *root = &v->roots[id];
	struct node_got got = { 0 };
	uint64_t bad = 0;
	enum arb_code code;

	if (!root->exists || root->lost) {
		row_str(r, "state", root->lost ? "root lost" : "no root");
		row_str(r, "why", root->lost ? root->why : NULL);
		row_say(r, root->lost ? N_("{btree:-20} root lost: {why}") : N_("{btree:-20} no root"));
		return ARB_OK;
	}
	code = count_nodes(c, r, id, root->level, &bad, err);
	code = code ? code : view_root(v, id, &got, err);
	if (code)
		return code;
	bad += !got.node && !root->level;
	row_word(r, "state", !got.node ? N_("root unreadable") : bad ? N_("interior nodes unreadable") : root->fake ? N_("in memory only") : N_("readable"));
	row_on(r, "  {state}");
	node_put(&got);
	return ARB_OK;
}

enum arb_code cmd_btrees(struct command_ctx *c, struct arb_error *err)
{
	const struct view *v = session_view(c->session);
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !code; i++) {
		struct row r;

		if (!v->roots[i].exists && !v->roots[i].lost && i >= BTREE_ID_NR)
			continue;
		row_begin(&r, c, "btree");
		row_btree(&r, "btree", i);
		code = btree_row(c, &r, i, err);
		if (code)
			row_drop(&r);
		else
			row_end(&r);
	}
	return code;
}
