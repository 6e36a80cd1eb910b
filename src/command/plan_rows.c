/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repairs and what they change and lose, as rows. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"
#include "plan_rows.h"

void loss_members(struct row *r, const struct loss *l)
{
	row_u64(r, "nodes_dropped", l->nodes_dropped);
	row_u64(r, "nodes_unreadable", l->nodes_unreadable);
	row_u64(r, "keys_cut", l->keys_cut);
	row_u64(r, "ranges_uncovered", l->ranges_uncovered);
	row_u64(r, "nodes_restored", l->nodes_restored);
}

static void loss_text(struct row *r, const struct loss *l)
{
	loss_to_text(&r->text, l);
}

static void change_key(struct row *r, const char *name, const struct bkey_buf *k)
{
	struct key_text_ctx t = { .geo = &session_planned_view(r->c->session)->geo, .flags = KEY_TEXT_FIRST_LINE };
	ARB_BUF(b);

	if (!k)
		return;
	bkey_to_text(&b, &t, bkey_buf_s(k));
	row_str(r, name, arb_buf_str(&b));
}

static const char *change_name(const struct mutation *m)
{
	static const char *const names[] = {
		[MUTATION_INSERT] = "insert", [MUTATION_DELETE] = "delete", [MUTATION_SHOOT_DOWN] = "journal_keys", [MUTATION_ROOT] = "root", [MUTATION_REWRITE] = "rewrite",
		[MUTATION_SUPER] = "super",
	};

	return names[m->kind];
}

static void changes(struct row *r, const struct repair *x)
{
	json_array(&r->j, "changes");
	for (size_t i = 0; i < x->mutations.nr; i++) {
		const struct mutation *m = &x->mutations.v[i];

		row_item(r);
		row_str(r, "change", change_name(m));
		if (m->kind != MUTATION_SUPER)
			row_place(r, m->btree, m->level, m->pos);
		change_key(r, "old", m->old);
		change_key(r, "new", m->new);
		row_item_end(r);
	}
	json_array_end(&r->j);
}

static void repair_fields(struct row *r, const struct repair *x)
{
	row_u64(r, "repair", x->id);
	row_str(r, "finding", x->finding_id);
	row_u64(r, "serial", x->finding_serial);
	if (repair_has_place(x)) {
		row_place(r, x->btree, x->level, x->pos);
		row_pos(r, "end", x->end);
	}
	row_str(r, "summary", x->summary);
	loss_members(r, &x->loss);
}

void repair_row(struct command_ctx *c, const struct repair *x, bool old_new)
{
	struct row r;
	ARB_BUF(b);

	row_begin(&r, c, "repair");
	repair_fields(&r, x);
	if (old_new)
		changes(&r, x);
	repair_to_text(&b, &session_planned_view(c->session)->geo, x, old_new);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
}

void dependent_row(struct command_ctx *c, const struct repair *x)
{
	struct row r;

	row_begin(&r, c, "repair");
	repair_fields(&r, x);
	row_say(&r, "goes with it: repair {repair} ({finding}{finding!-}): {summary}");
	row_end(&r);
}

/* Of which the next mount runs what a repair asks for anyway. */
void plan_row(struct command_ctx *c, const struct plan *p)
{
	struct loss loss = plan_loss(p);
	struct row r;

	row_begin(&r, c, "plan");
	row_u64(&r, "repairs", plan_nr(p));
	row_bool(&r, "written", plan_committed(p));
	loss_members(&r, &loss);
	if (!plan_nr(p)) {
		row_say(&r, "the plan is empty");
	} else {
		row_say_nr(&r, "{repairs} repair; ", "{repairs} repairs; ", plan_nr(p));
		loss_text(&r, &loss);
		row_on(&r, plan_committed(p) ? N_("; written") : N_("; nothing is written before commit"));
	}
	if (row_required(&r, session_view(c->session)->devs->best))
		row_say(&r, "requested by the superblock already: {required_passes}");
	row_end(&r);
}

void selected_row(struct command_ctx *c, size_t nr, size_t of, const struct loss *l)
{
	struct row r;

	row_begin(&r, c, "selected");
	row_u64(&r, "repairs", nr);
	row_u64(&r, "of", of);
	loss_members(&r, l);
	row_say_nr(&r, "{repairs} of {of} repair; ", "{repairs} of {of} repairs; ", of);
	loss_text(&r, l);
	row_end(&r);
}

/* --- by btree and kind ------------------------------------------------------------------------------------------------ */

struct group {
	unsigned btree;		/* BTREE_ID_NR_MAX: none */
	const char *id;
	size_t nr;
	struct loss loss;
};
struct groups { ARB_ARRAY(struct group) list; };

static struct group *group_of(struct groups *g, const struct repair *r)
{
	unsigned btree = repair_has_place(r) ? r->btree : BTREE_ID_NR_MAX;
	struct group *x;

	for (size_t i = 0; i < g->list.nr; i++)
		if (g->list.v[i].btree == btree && g->list.v[i].id == r->finding_id)
			return &g->list.v[i];
	x = arb_array_push(&g->list);
	if (x) {
		x->btree = btree;
		x->id = r->finding_id;
	}
	return x;
}

static void group_row(struct command_ctx *c, const struct group *x)
{
	struct row r;

	row_begin(&r, c, "group");
	if (x->btree < BTREE_ID_NR_MAX)
		row_btree(&r, "btree", x->btree);
	row_str(&r, "finding", x->id);
	row_u64(&r, "repairs", x->nr);
	loss_members(&r, &x->loss);
	row_say(&r, x->btree < BTREE_ID_NR_MAX ? "  {btree}  " : "  -  ");
	row_on(&r, "{finding}{finding!-}: {repairs}; ");
	loss_text(&r, &x->loss);
	row_end(&r);
}

void group_rows(struct command_ctx *c, const struct plan *p)
{
	struct groups g = { 0 };

	for (size_t i = 0; i < plan_nr(p); i++) {
		struct group *x = group_of(&g, plan_repair(p, i));

		if (!x)
			break;
		x->nr++;
		loss_add(&x->loss, &plan_repair(p, i)->loss);
	}
	for (size_t i = 0; i < g.list.nr; i++)
		group_row(c, &g.list.v[i]);
	arb_array_free(&g.list);
}

void undo_file_row(struct command_ctx *c)
{
	const char *path = session_undo_path(c->session, NULL);
	struct row r;

	if (!path || session_view(c->session)->devs->read_only)
		return;
	row_begin(&r, c, "undo_file");
	row_str(&r, "path", path);
	row_bool(&r, "in_memory", session_path_in_memory(path));
	row_say(&r, "undo file of a commit: {path}");
	if (session_path_in_memory(path))
		row_say(&r, "WARNING: the undo file would lie in memory and is gone after a reboot or crash; --undo FILE puts it elsewhere");
	row_end(&r);
}

/* --- disk usage -------------------------------------------------------------------------------------------------------- */

static void counters(struct row *r, const char *name, const int64_t *v)
{
	json_object(&r->j, name);
	json_s64(&r->j, "buckets", v[0]);
	json_s64(&r->j, "sectors", v[1]);
	json_s64(&r->j, "fragmented", v[2]);
	json_object_end(&r->j);
}

static void usage_one(struct command_ctx *c, const struct usage_row *x)
{
	struct row r;
	ARB_BUF(type);

	data_type_to_text(&type, x->type);
	row_begin(&r, c, "usage");
	row_u64(&r, "dev", x->dev);
	row_str(&r, "data_type", arb_buf_str(&type));
	counters(&r, "before", x->before);
	counters(&r, "after", x->after);
	row_end(&r);
}

/* As text they are a table with a head. */
enum arb_code usage_rows(struct command_ctx *c, const struct plan *p, struct arb_error *err)
{
	struct usage u;
	enum arb_code code = plan_usage(p, &u, err);
	ARB_BUF(b);

	if (code)
		return code;
	for (size_t i = 0; i < u.rows.nr && cmd_wants_events(c); i++)
		usage_one(c, &u.rows.v[i]);
	if (!cmd_wants_events(c)) {
		usage_to_text(&b, &u);
		cmd_text(c, arb_buf_str(&b));
	}
	arb_array_free(&u.rows);
	return ARB_OK;
}

/* --- loss -------------------------------------------------------------------------------------------------------------- */

static void lost_inode(struct command_ctx *c, const struct lost_inode *x)
{
	struct row r;
	ARB_BUF(b);

	row_begin(&r, c, "loss");
	row_u64(&r, "inode", x->inum);
	row_str(&r, "path", x->path ? x->path : "");
	row_bool(&r, "gone", x->gone);
	row_u64(&r, "versions", x->versions);
	row_u64(&r, "names", x->names);
	row_u64(&r, "sectors", x->sectors);
	row_u64(&r, "xattrs", x->xattrs);
	row_say(&r, "  {path} (inode {inode}): ");
	lost_inode_to_text(&r.text, x);
	row_end(&r);
}

void loss_rows(struct command_ctx *c, const struct loss_report *report)
{
	for (size_t i = 0; i < report->inodes.nr; i++)
		lost_inode(c, &report->inodes.v[i]);
	for (size_t i = 0; i < report->unknown.nr; i++) {
		struct row r;

		row_begin(&r, c, "loss_range");
		row_btree(&r, "btree", report->unknown.v[i].btree);
		row_pos(&r, "start", report->unknown.v[i].start);
		row_pos(&r, "end", report->unknown.v[i].end);
		row_say(&r, "  {btree} {start} .. {end}: unreadable, nobody knows what was there beyond this");
		row_end(&r);
	}
}
