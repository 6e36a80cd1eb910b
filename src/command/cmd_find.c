/* SPDX-License-Identifier: GPL-3.0-or-later */
/* find: keys that an expression fits, shown as they are met. */
#include <config.h>
#include "arborist/session/find.h"
#include "listing.h"

static enum arb_code show_match(void *arg, unsigned btree, unsigned level, struct bkey_s k)
{
	struct listing *l = arg;

	l->headings = l->headings || btree != l->btree || level != l->level || !l->shown;
	l->btree = btree;
	l->level = level;
	return listing_key(l, level, k);
}

static enum arb_code note_bad(void *arg, unsigned btree, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct listing *l = arg;
	unsigned was = l->btree;

	l->btree = btree;
	listing_bad(l, level, ptr, d);
	l->btree = was;
	return ARB_OK;
}

static enum arb_code look_up(void *arg)
{
	struct listing *l = arg;

	if (session_cancelled(l->c->session))
		return ARB_E_CANCELLED;
	cmd_flush(l->c);
	return ARB_OK;
}

enum arb_code cmd_find(struct command_ctx *c, struct arb_error *err)
{
	struct listing l;
	struct find_port port = { .key = show_match, .bad = note_bad, .step = look_up, .arg = &l };
	struct find *f;
	ARB_BUF(text);
	enum arb_code code;

	for (int i = 0; i < c->argc; i++)
		arb_buf_printf(&text, "%s%s", i ? " " : "", c->argv[i]);
	code = find_parse(arb_buf_str(&text), &f, err);
	if (code)
		return code;
	listing_init(&l, c, "key");
	code = find_run(f, session_view(c->session), &port, err);
	find_free(f);
	listing_free(&l);
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "cancelled");
	if (!code && !l.shown && !cmd_wants_events(c))
		cmd_line(c, "no key fits");
	return listing_end(&l, code, err);
}
