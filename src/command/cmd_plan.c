/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: showing it, taking repairs back, writing it, putting it back. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "internal.h"

static void undo_line(struct command_ctx *c)
{
	const char *path = session_undo_path(c->session, NULL);

	if (!path || session_view(c->session)->devs->read_only)
		return;
	cmd_line(c, "undo file of a commit: %s", path);
	if (session_path_in_memory(path))
		cmd_line(c, "WARNING: the undo file would lie in memory and is gone after a reboot or crash; --undo FILE puts it elsewhere");
}

enum arb_code cmd_plan(struct command_ctx *c, struct arb_error *err)
{
	const struct plan *p = session_plan(c->session);
	ARB_BUF(b);

	(void)err;
	if (!plan_nr(p)) {
		cmd_line(c, "the plan is empty");
		return ARB_OK;
	}
	plan_to_text(&b, p);
	cmd_text(c, arb_buf_str(&b));
	undo_line(c);
	return ARB_OK;
}

enum arb_code cmd_diff(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n = 0;
	ARB_BUF(b);
	enum arb_code code = c->argc ? arg_number(c->argv[0], UINT32_MAX, &n, err) : ARB_OK;

	if (code)
		return code;
	plan_diff_to_text(&b, session_plan(c->session), (uint32_t)n);
	if (!b.len && n)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no repair %s in the plan", c->argv[0]);
	if (!b.len)
		cmd_line(c, "the plan is empty");
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_drop(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n;
	unsigned dropped = 0;
	enum arb_code code = arg_number(c->argv[0], UINT32_MAX, &n, err);

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
	enum arb_code code = session_commit(c->session, &r, err);

	if (cmd_wants_events(c) && r.bytes)
		commit_event(c, &r);
	if (code || cmd_wants_events(c))
		return code;
	cmd_line(c, "written: %llu keys in %llu journal entries, %llu bytes", (unsigned long long)r.keys,
		 (unsigned long long)r.entries, (unsigned long long)r.bytes);
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
