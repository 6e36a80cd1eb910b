/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breakpoints, and going on from a stop. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/stepping.h"
#include "row.h"

static void break_fields(struct row *r, const struct breakpoint *b)
{
	row_u64(r, "breakpoint", b->id);
	row_str(r, "kind", b->kind->name);
	row_str(r, "spec", b->spec);
	row_u64(r, "hits", b->hits);
	row_str(r, "finding", b->finding ? b->finding->id : NULL);
	row_str(r, "pass", b->pass ? b->pass->name : NULL);
}

static void break_row(struct command_ctx *c, const struct breakpoint *b)
{
	struct row r;

	row_begin(&r, c, "breakpoint");
	break_fields(&r, b);
	row_say(&r, "{breakpoint:3}  {kind:-9}  {spec:-40}  hits {hits}");
	row_end(&r);
}

static enum arb_code list(struct command_ctx *c)
{
	size_t n = session_breaks_nr(c->session);

	for (size_t i = 0; i < n; i++)
		break_row(c, session_break_at(c->session, i));
	if (!n && !cmd_wants_events(c))
		cmd_line(c, "no breakpoints; help break says what there can be");
	return ARB_OK;
}

/* A damaged pointer may lead to a bucket that there is none of: that can be waited for, but is more often a slip. */
static bool nowhere(struct command_ctx *c, const struct breakpoint *b)
{
	const struct member_geometry *m = geometry_member(&session_view(c->session)->geo, b->dev);

	return !strcmp(b->kind->name, "bucket") && (!m || b->bucket >= m->nbuckets);
}

static enum arb_code added(struct command_ctx *c, struct breakpoint *b, struct arb_error *err)
{
	bool named = b->finding && strcmp(b->spec, b->finding->id), gone = nowhere(c, b);
	unsigned id = session_break(c->session, b);
	struct row r;

	if (!id)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	row_begin(&r, c, "breakpoint");
	break_fields(&r, session_break_at(c->session, session_breaks_nr(c->session) - 1));
	row_say(&r, named ? N_("breakpoint {breakpoint}: {spec} ({finding})") : gone ? N_("breakpoint {breakpoint}: {spec}, which no device has") :
		N_("breakpoint {breakpoint}: {spec}"));
	row_end(&r);
	return ARB_OK;
}

/* Where a word is near to one that exists, that is worth more than the list of what there can be. */
static enum arb_code not_understood(const char *word, struct arb_error *err)
{
	ARB_BUF(first);
	char *near;

	arb_buf_mem(&first, word, strcspn(word, ":"));
	near = err->code == ARB_E_BAD_ARGUMENT ? command_nearest_of(COMPLETE_BREAK, arb_buf_str(&first)) : NULL;
	if (near && strcmp(near, arb_buf_str(&first)))
		arb_fail(err, ARB_E_BAD_ARGUMENT, "\"%s\" is no pass, finding or btree; did you mean %s?", arb_buf_str(&first), near);
	free(near);
	return err->code;
}

enum arb_code cmd_break(struct command_ctx *c, struct arb_error *err)
{
	struct breakpoint b;
	const char *words[2] = { c->argv[0], c->argv[1] };
	unsigned nr = (unsigned)c->argc, btree;
	ARB_BUF(place);

	if (!c->argc)
		return list(c);
	if (nr == 2 && btree_id_parse(words[0], &btree)) {
		words[0] = arg_place(c, 0, &place);
		nr = 1;
	}
	if (breakpoint_parse(words, nr, &b, err))
		return recovery_pass_by_name(c->argv[0]) ? err->code : not_understood(c->argv[0], err);
	return added(c, &b, err);
}

enum arb_code cmd_watch(struct command_ctx *c, struct arb_error *err)
{
	struct breakpoint b;
	ARB_BUF(place);
	enum arb_code code = breakpoint_parse_watch(arg_place(c, 0, &place), &b, err);

	return code ? code : added(c, &b, err);
}

enum arb_code cmd_delete(struct command_ctx *c, struct arb_error *err)
{
	uint64_t n = 0;
	enum arb_code code = c->argc ? arg_number(c->argv[0], UINT32_MAX, &n, err) : ARB_OK;

	if (code)
		return code;
	if (c->argc && (!n || !session_break_delete(c->session, (unsigned)n)))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no breakpoint %s; break lists them", c->argv[0]);
	if (!c->argc)
		session_break_delete(c->session, 0);
	return ARB_OK;
}

/* Given while a pass runs they hold from now on; that is said, as nothing is to be seen of it yet. */
static const char *const from_now_on[] = {
	[STEP_CONTINUE] = N_("the pass goes on"), [STEP_STEP] = N_("the pass stops at its next decision or repair"),
	[STEP_NEXT] = N_("the pass stops at its next node"), [STEP_FINISH] = N_("the pass stops when this level of the btree is done"),
	[STEP_END] = N_("the pass ends"),
};

static enum arb_code resume(struct command_ctx *c, enum step_mode mode, struct arb_error *err)
{
	bool was_stopped = session_stop(c->session, NULL);
	enum arb_code code;

	cmd_flush(c);
	code = session_resume(c->session, mode, err);
	if (!code && !was_stopped)
		cmd_line(c, "%s", tr(from_now_on[mode]));
	if (code && err && !err->text[0])
		arb_fail(err, code, "%s", code == ARB_E_STOPPED ? _("stopped") : code == ARB_E_CANCELLED ? _("cancelled") : _("the pass failed"));
	return code;
}

enum arb_code cmd_step(struct command_ctx *c, struct arb_error *err) { return resume(c, STEP_STEP, err); }
enum arb_code cmd_next(struct command_ctx *c, struct arb_error *err) { return resume(c, STEP_NEXT, err); }
enum arb_code cmd_finish(struct command_ctx *c, struct arb_error *err) { return resume(c, STEP_FINISH, err); }
enum arb_code cmd_continue(struct command_ctx *c, struct arb_error *err) { return resume(c, STEP_CONTINUE, err); }
enum arb_code cmd_stop(struct command_ctx *c, struct arb_error *err) { return resume(c, STEP_END, err); }
