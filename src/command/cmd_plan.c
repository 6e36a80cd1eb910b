/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: showing it, taking repairs back, writing it, putting it back. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/loss.h"
#include "plan_rows.h"

#define LOSS_LINES 20		/* before a commit; all of it stands in the file */

/* Repairs of one btree, or of one kind of finding. */
struct selection {
	bool by_btree;
	unsigned btree;
	const char *id;
};

static bool selected(const struct selection *x, const struct repair *r)
{
	return (!x->by_btree || repair_in_btree(r, x->btree)) && (!x->id || (r->finding_id && !strcmp(r->finding_id, x->id)));
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

/* Down to inodes, at most @max of them as text. */
static enum arb_code show_loss(struct command_ctx *c, size_t max, bool if_any, struct arb_error *err)
{
	const struct loss_report *r;
	ARB_BUF(b);
	enum arb_code code = session_loss(c->session, &r, err);

	if (code || (if_any && !r->inodes.nr && !r->unknown.nr))
		return code;
	if (cmd_wants_events(c)) {
		loss_rows(c, r);
		return ARB_OK;
	}
	loss_report_to_text(&b, r, max);
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

static enum arb_code whole_plan(struct command_ctx *c, struct arb_error *err)
{
	const struct plan *p = session_plan(c->session);

	for (size_t i = 0; i < plan_nr(p); i++)
		repair_row(c, plan_repair(p, i), false);
	plan_row(c, p);
	if (!cmd_wants_events(c))
		cmd_line(c, "by btree and kind:");
	group_rows(c, p);
	undo_file_row(c);
	return usage_rows(c, p, err);
}

enum arb_code cmd_plan(struct command_ctx *c, struct arb_error *err)
{
	const struct plan *p = session_plan(c->session);
	struct selection x = { 0 };
	struct loss loss = { 0 };
	size_t nr = 0;
	enum arb_code code = ARB_OK;

	if (c->argc == 1 && !strcmp(c->argv[0], "loss"))
		return show_loss(c, SIZE_MAX, false, err);
	code = select_from(c, &x, err);
	if (code)
		return code;
	if (!plan_nr(p)) {
		plan_row(c, p);
		return ARB_OK;
	}
	if (!c->argc)
		return whole_plan(c, err);
	for (size_t i = 0; i < plan_nr(p); i++)
		if (selected(&x, plan_repair(p, i))) {
			repair_row(c, plan_repair(p, i), false);
			loss_add(&loss, &plan_repair(p, i)->loss);
			nr++;
		}
	selected_row(c, nr, plan_nr(p), &loss);
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
			if (plan_repair(p, i)->id == ids[j] && ids[j] != id)
				dependent_row(c, plan_repair(p, i));
	if (nr > 20)
		cmd_line(c, P_("and %zu more", "and %zu more", nr - 20), nr - 20);
}

enum arb_code cmd_drop(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n;
	unsigned dropped = 0;
	struct row r;
	enum arb_code code = arg_number(c->argv[0], UINT32_MAX, &n, err);

	if (!code)
		say_dependents(c, (uint32_t)n);
	if (!code)
		code = session_drop(c->session, (uint32_t)n, &dropped, err);
	if (code)
		return code;
	row_begin(&r, c, "dropped");
	row_u64(&r, "repair", n);
	row_u64(&r, "repairs", dropped);
	row_say_nr(&r, "{repairs} repair taken back", "{repairs} repairs taken back", dropped);
	row_end(&r);
	return ARB_OK;
}

static void file_row(struct command_ctx *c, const char *event, const char *one, const char *many)
{
	size_t n = plan_nr(session_plan(c->session));
	struct row r;

	row_begin(&r, c, event);
	row_u64(&r, "repairs", n);
	row_str(&r, "path", c->argv[0]);
	row_say_nr(&r, one, many, n);
	row_end(&r);
}

enum arb_code cmd_save(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_plan_save(c->session, c->argv[0], err);

	if (!code)
		file_row(c, "saved", N_("{repairs} repair saved in {path}"), N_("{repairs} repairs saved in {path}"));
	return code;
}

enum arb_code cmd_load(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_plan_load(c->session, c->argv[0], err);

	if (!code)
		file_row(c, "loaded", N_("{repairs} repair is in the plan"), N_("{repairs} repairs are in the plan"));
	return code;
}

static void commit_row(struct command_ctx *c, const struct commit_result *x)
{
	struct row r;

	row_begin(&r, c, "commit");
	row_u64(&r, "keys", x->keys);
	row_str(&r, "undo", x->undo_path);
	row_str(&r, "loss", *x->loss_path ? x->loss_path : NULL);
	row_u64(&r, "entries", x->entries);
	row_u64(&r, "bytes", x->bytes);
	row_u64(&r, "recheck_findings", x->recheck_findings);
	row_u64(&r, "recheck_left", x->recheck_left);
	if (x->requested)
		row_u64(&r, "left_to_mount", x->requested);
	row_bool(&r, "recheck_clean", x->recheck_clean);
	row_say_nr(&r, "written: {keys} key in ", "written: {keys} keys in ", x->keys);
	row_on_nr(&r, "{entries} journal entry, {bytes} bytes", "{entries} journal entries, {bytes} bytes", x->entries);
	if (*x->loss_path)
		row_say(&r, "what is lost by it: {loss}");
	row_say(&r, "undo file: {undo}");
	if (session_path_in_memory(x->undo_path))
		row_say(&r, "WARNING: the undo file lies in memory (tmpfs) and is gone after a reboot or crash; copy it to a disk");
	row_say(&r, "to take it back: arborist undo {undo}");
	if (x->requested)
		row_say(&r, "checked again: {left_to_mount} left to the next mount, as asked of it, and {recheck_left} others left");
	else
		row_say(&r, x->recheck_clean ? N_("checked again: clean") : N_("checked again: {recheck_left} left"));
	row_end(&r);
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
	if (!code || (cmd_wants_events(c) && r.bytes))
		commit_row(c, &r);
	return code;
}

enum arb_code cmd_undo(struct command_ctx *c, struct arb_error *err)
{
	enum arb_code code = session_undo(c->session, err);
	struct row r;

	if (code)
		return code;
	row_begin(&r, c, "undone");
	row_say(&r, "undone: every byte is as it was before the commit");
	row_end(&r);
	return ARB_OK;
}
