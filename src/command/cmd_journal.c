/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: entries as the reference's list_journal shows them, one read at a time. */
#include <config.h>
#include "arborist/format/key_type.h"
#include "internal.h"

static enum arb_code show_entry(struct command_ctx *c, const struct journal_entry *e, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	ARB_BUF(b);
	enum arb_code code = journal_entry_to_text(&b, v->devs, &v->geo, v->journal, e, KEY_TEXT_NO_GENS, err);

	if (code)
		return code;
	cmd_text(c, arb_buf_str(&b));
	return ARB_OK;
}

enum arb_code cmd_journal(struct command_ctx *c, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	struct journal *j = v->journal;
	const struct journal_entry *e;
	bool all = false;
	uint64_t seq = 0;
	enum arb_code code = journal_index(j, v->devs, &v->geo, v->workers, err);

	for (int i = 0; i < c->argc && !code; i++)
		if (!strcmp(c->argv[i], "-a"))
			all = true;
		else
			code = arg_number(c->argv[i], UINT64_MAX, &seq, err);
	if (code)
		return code;
	if (seq) {
		e = journal_find(j, seq);
		return e ? show_entry(c, e, err) :
			arb_fail(err, ARB_E_BAD_ARGUMENT, "the journal holds no entry %llu", (unsigned long long)seq);
	}
	for (size_t i = 0; i < j->entries.nr && !code; i++) {
		e = &j->entries.v[i];
		if (session_cancelled(c->session))
			code = arb_fail(err, ARB_E_CANCELLED, "cancelled");
		else if (all || e->seq >= j->replay_first)	/* without -a: what a mount would still look at */
			code = show_entry(c, e, err);
	}
	return code;
}
