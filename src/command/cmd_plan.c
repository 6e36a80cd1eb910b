/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: showing it, taking repairs back, writing it, putting it back. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/loss.h"
#include "internal.h"

#define LOSS_LINES 20		/* before a commit; all of it stands in the file */

static void undo_line(struct command_ctx *c)
{
	const char *path = session_undo_path(c->session, NULL);

	if (!path || session_view(c->session)->devs->read_only)
		return;
	cmd_line(c, "undo file of a commit: %s", path);
	if (session_path_in_memory(path))
		cmd_line(c, "WARNING: the undo file would lie in memory and is gone after a reboot or crash; --undo FILE puts it elsewhere");
}

/* Repairs of one btree, or of one kind of finding. */
struct selection {
	bool by_btree;
	unsigned btree;
	const char *id;
};

static bool selected(const struct selection *x, const struct repair *r)
{
	return (!x->by_btree || r->btree == x->btree) && (!x->id || (r->finding_id && !strcmp(r->finding_id, x->id)));
}

static enum arb_code select_from(struct command_ctx *c, struct selection *x, struct arb_error *err)
{
	for (int i = 0; i < c->argc; i++) {
		const struct finding_row *row = finding_row(c->argv[i]);

		if (row)
			x->id = row->id;
		else if (btree_id_parse(c->argv[i], &x->btree))
			x->by_btree = true;
		else
			return arg_fail_unknown(COMPLETE_PLAN, N_("btree or kind of finding"), c->argv[i], N_("findings and btrees list them"), err);
	}
	return ARB_OK;
}

/* Repairs of one btree and kind, added up. */
struct group {
	unsigned btree;
	const char *id;
	size_t nr;
	struct loss loss;
};
struct groups { ARB_ARRAY(struct group) list; };

static struct group *group_of(struct groups *g, const struct repair *r)
{
	struct group *x;

	for (size_t i = 0; i < g->list.nr; i++)
		if (g->list.v[i].btree == r->btree && g->list.v[i].id == r->finding_id)
			return &g->list.v[i];
	x = arb_array_push(&g->list);
	if (x) {
		x->btree = r->btree;
		x->id = r->finding_id;
	}
	return x;
}

/* One line for each btree and kind, in the order of their first repairs. */
static void summary(struct command_ctx *c, const struct plan *p)
{
	struct groups g = { 0 };

	for (size_t i = 0; i < plan_nr(p); i++) {
		struct group *x = group_of(&g, plan_repair(p, i));

		if (!x)
			break;
		x->nr++;
		loss_add(&x->loss, &plan_repair(p, i)->loss);
	}
	for (size_t i = 0; i < g.list.nr; i++) {
		const struct group *x = &g.list.v[i];
		ARB_BUF(b);

		btree_id_to_text(&b, x->btree);
		arb_buf_printf(&b, "  %s: %zu; ", x->id ? x->id : "-", x->nr);
		loss_to_text(&b, &x->loss);
		cmd_line(c, "  %s", arb_buf_str(&b));
	}
	arb_array_free(&g.list);
}

static void counters_json(struct json *j, const char *name, const int64_t *v)
{
	json_object(j, name);
	json_s64(j, "buckets", v[0]);
	json_s64(j, "sectors", v[1]);
	json_s64(j, "fragmented", v[2]);
	json_object_end(j);
}

static void usage_event(struct command_ctx *c, const struct usage_row *r)
{
	struct json j = { 0 };
	ARB_BUF(type);

	data_type_to_text(&type, r->type);
	json_begin(&j);
	json_str(&j, "event", "usage");
	json_u64(&j, "dev", r->dev);
	json_str(&j, "data_type", arb_buf_str(&type));
	counters_json(&j, "before", r->before);
	counters_json(&j, "after", r->after);
	json_end(&j);
	cmd_event(c, &j);
}

static enum arb_code usage_table(struct command_ctx *c, struct arb_error *err)
{
	struct usage u;
	enum arb_code code = plan_usage(session_plan(c->session), &u, err);
	ARB_BUF(b);

	if (code)
		return code;
	for (size_t i = 0; i < u.rows.nr && cmd_wants_events(c); i++)
		usage_event(c, &u.rows.v[i]);
	if (!cmd_wants_events(c)) {
		usage_to_text(&b, &u);
		cmd_text(c, arb_buf_str(&b));
	}
	arb_array_free(&u.rows);
	return ARB_OK;
}

static void loss_event(struct command_ctx *c, const struct lost_inode *x)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "event", "loss");
	json_u64(&j, "inode", x->inum);
	json_str(&j, "path", x->path ? x->path : "");
	json_bool(&j, "gone", x->gone);
	json_u64(&j, "names", x->names);
	json_u64(&j, "sectors", x->sectors);
	json_u64(&j, "xattrs", x->xattrs);
	json_end(&j);
	cmd_event(c, &j);
}

/* Down to inodes, at most @max of them as text. */
static enum arb_code show_loss(struct command_ctx *c, size_t max, bool if_any, struct arb_error *err)
{
	const struct loss_report *r;
	ARB_BUF(b);
	enum arb_code code = session_loss(c->session, &r, err);

	if (code || (if_any && !r->inodes.nr && !r->unknown.nr))
		return code;
	for (size_t i = 0; i < r->inodes.nr && cmd_wants_events(c); i++)
		loss_event(c, &r->inodes.v[i]);
	if (cmd_wants_events(c))
		return ARB_OK;
	loss_report_to_text(&b, r, max);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_plan(struct command_ctx *c, struct arb_error *err)
{
	const struct plan *p = session_plan(c->session);
	struct selection x = { 0 };
	struct loss loss = { 0 };
	size_t nr = 0;
	ARB_BUF(b);
	enum arb_code code = ARB_OK;

	if (c->argc == 1 && !strcmp(c->argv[0], "loss"))
		return show_loss(c, SIZE_MAX, false, err);
	code = select_from(c, &x, err);
	if (code)
		return code;
	if (!plan_nr(p)) {
		cmd_line(c, "the plan is empty");
		return ARB_OK;
	}
	if (!c->argc) {
		plan_to_text(&b, p);
		cmd_text(c, arb_buf_str(&b));
		cmd_line(c, "by btree and kind:");
		summary(c, p);
		undo_line(c);
		return usage_table(c, err);
	}
	for (size_t i = 0; i < plan_nr(p); i++)
		if (selected(&x, plan_repair(p, i))) {
			repair_to_text(&b, &session_planned_view(c->session)->geo, plan_repair(p, i), false);
			loss_add(&loss, &plan_repair(p, i)->loss);
			nr++;
		}
	arb_buf_printf(&b, P_("%zu of %zu repair; ", "%zu of %zu repairs; ", plan_nr(p)), nr, plan_nr(p));
	loss_to_text(&b, &loss);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

/* What goes with it because it builds on it; the findings count as left again. */
static void say_dependents(struct command_ctx *c, uint32_t id)
{
	const struct plan *p = session_plan(c->session);
	uint32_t ids[20];
	size_t nr = plan_dependents(p, id, ids, 20);

	for (size_t i = 0; i < plan_nr(p); i++)
		for (size_t j = 0; j < nr && j < 20; j++)
			if (plan_repair(p, i)->id == ids[j] && ids[j] != id) {
				const struct repair *r = plan_repair(p, i);

				cmd_line(c, "goes with it: repair %u (%s): %s", r->id, r->finding_id ? r->finding_id : "-", r->summary ? r->summary : "");
			}
	if (nr > 20)
		cmd_line(c, P_("and %zu more", "and %zu more", nr - 20), nr - 20);
}

enum arb_code cmd_drop(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n;
	unsigned dropped = 0;
	enum arb_code code = arg_number(c->argv[0], UINT32_MAX, &n, err);

	if (!code)
		say_dependents(c, (uint32_t)n);
	if (!code)
		code = session_drop(c->session, (uint32_t)n, &dropped, err);
	if (code)
		return code;
	cmd_line(c, P_("%u repair taken back", "%u repairs taken back", dropped), dropped);
	return ARB_OK;
}

enum arb_code cmd_save(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_plan_save(c->session, c->argv[0], err);
	size_t n = plan_nr(session_plan(c->session));

	if (!code)
		cmd_line(c, P_("%zu repair saved in %s", "%zu repairs saved in %s", n), n, c->argv[0]);
	return code;
}

enum arb_code cmd_load(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_plan_load(c->session, c->argv[0], err);
	size_t n = plan_nr(session_plan(c->session));

	if (!code)
		cmd_line(c, P_("%zu repair is in the plan", "%zu repairs are in the plan", n), n);
	return code;
}

static void commit_event(struct command_ctx *c, const struct commit_result *r)
{
	struct json j = { 0 };

	json_begin(&j);
	json_str(&j, "event", "commit");
	json_u64(&j, "keys", r->keys);
	json_str(&j, "undo", r->undo_path);
	json_u64(&j, "entries", r->entries);
	json_u64(&j, "bytes", r->bytes);
	json_u64(&j, "recheck_findings", r->recheck_findings);
	json_bool(&j, "recheck_clean", r->recheck_clean);
	json_end(&j);
	cmd_event(c, &j);
}

enum arb_code cmd_commit(struct command_ctx *c, struct arb_error *err)
{
	struct commit_result r;
	enum arb_code code = plan_nr(session_plan(c->session)) ? show_loss(c, LOSS_LINES, true, err) : ARB_OK;

	memset(&r, 0, sizeof(r));
	if (code && code != ARB_E_CANCELLED)
		session_complain(c->session, "what would be lost cannot be told: %s", err->text);
	if (code != ARB_E_CANCELLED)
		code = session_commit(c->session, &r, err);
	if (cmd_wants_events(c) && r.bytes)
		commit_event(c, &r);
	if (code || cmd_wants_events(c))
		return code;
	cmd_line(c, "written: %llu keys in %llu journal entries, %llu bytes", (unsigned long long)r.keys,
		 (unsigned long long)r.entries, (unsigned long long)r.bytes);
	if (*r.loss_path)
		cmd_line(c, "what is lost by it: %s", r.loss_path);
	cmd_line(c, "undo file: %s", r.undo_path);
	cmd_line(c, "to take it back: arborist undo %s", r.undo_path);
	if (r.recheck_clean)
		cmd_line(c, "checked again: clean");
	else
		cmd_line(c, "checked again: %llu left", (unsigned long long)r.recheck_left);
	return ARB_OK;
}

enum arb_code cmd_undo(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_undo(c->session, err);

	if (!code)
		cmd_line(c, "undone: every byte is as it was before the commit");
	return code;
}
