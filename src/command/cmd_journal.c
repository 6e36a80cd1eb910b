/* SPDX-License-Identifier: GPL-3.0-or-later */
/* journal: entries as the reference's list_journal shows them, one read at a time. */
#include <config.h>
#include <stdlib.h>
#include "arborist/format/jset.h"
#include "arborist/format/key_type.h"
#include "arborist/base/i18n.h"
#include "row.h"

static bool has_keys(const struct jset_entry *e)
{
	return e->type == JSET_btree_keys || e->type == JSET_btree_root || e->type == JSET_overwrite || e->type == JSET_write_buffer_keys;
}

static const char *use_name(const struct journal_entry *e)
{
	static const char *const names[] = {
		[JOURNAL_REPLAY] = "replay", [JOURNAL_OLD] = "old", [JOURNAL_NO_FLUSH_LOST] = "never flushed", [JOURNAL_TORN] = "torn",
		[JOURNAL_BLACKLISTED] = "blacklisted",
	};

	return e->use < sizeof(names) / sizeof(names[0]) ? names[e->use] : "?";
}

static void copies_list(struct row *r, const struct view *v, const struct journal_entry *e)
{
	json_array(&r->j, "copies");
	for (unsigned i = 0; i < e->nr_copies; i++) {
		const struct journal_copy *x = &v->journal->copies.v[e->first_copy + i];
		const struct member_geometry *m = geometry_member(&v->geo, x->dev);

		row_item(r);
		row_u64(r, "dev", x->dev);
		row_u64(r, "sector", m ? x->bucket * m->bucket_size + x->offset : 0);
		row_u64(r, "sectors", x->sectors);
		row_bool(r, "csum_ok", x->csum_ok);
		row_item_end(r);
	}
	json_array_end(&r->j);
}

static void item_fields(struct row *r, const struct jset_entry *e)
{
	size_t cursor = 0;
	struct bkey_s k;
	bool bad = false;

	row_str(r, "type", jset_entry_type_name(e->type) ? jset_entry_type_name(e->type) : "unknown");
	if (!has_keys(e))
		return;
	row_btree(r, "btree", e->btree);
	row_u64(r, "level", e->level);
	json_array(&r->j, "keys");
	while (jset_key_next(e, &cursor, &k, &bad)) {
		ARB_BUF(b);

		bpos_to_text(&b, k.k.p);
		json_str(&r->j, NULL, arb_buf_str(&b));
	}
	json_array_end(&r->j);
}

/* What stands in it; of keys only where. */
static enum arb_code items_list(struct row *r, const struct view *v, const struct journal_entry *e, struct arb_error *err)
{
	size_t n, bytes, cursor = 0;
	struct jset_header h;
	struct jset_entry x;
	uint8_t *jset;
	bool bad;
	enum arb_code code = journal_entry_bytes(v->devs, v->journal, e, &jset, &n, err);

	if (code)
		return code;
	h = jset_header_get(jset);
	bytes = (jset_bytes(&h) < n ? jset_bytes(&h) : n) - JSET_HEADER_BYTES;
	json_array(&r->j, "items");
	while (jset_entry_next(jset + JSET_HEADER_BYTES, bytes, &cursor, &x, &bad)) {
		row_item(r);
		item_fields(r, &x);
		row_item_end(r);
	}
	json_array_end(&r->j);
	free(jset);
	return ARB_OK;
}

static enum arb_code show_entry(struct command_ctx *c, const struct journal_entry *e, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	struct row r;
	ARB_BUF(b);
	enum arb_code code = journal_entry_to_text(&b, v->devs, &v->geo, v->journal, e, KEY_TEXT_NO_GENS, err);

	if (code)
		return code;
	row_begin(&r, c, "journal_entry");
	row_u64(&r, "seq", e->seq);
	row_u64(&r, "last_seq", e->last_seq);
	row_u64(&r, "version", e->version);
	row_u64(&r, "bytes", e->bytes);
	row_bool(&r, "flush", !e->no_flush);
	row_str(&r, "use", use_name(e));
	copies_list(&r, v, e);
	if (cmd_wants_events(c) && !v->journal->locked)
		code = items_list(&r, v, e, err);
	row_text(&r, arb_buf_str(&b));
	if (code)
		row_drop(&r);
	else
		row_end(&r);
	return code;
}

/* --- who touched a key ------------------------------------------------------------------------------------------------- */

struct touching {
	struct command_ctx *c;
	const struct journal_entry *e;
	unsigned btree;
	struct bpos start, end;
	struct arb_buf log;		/* what the transaction at hand said so far; emptied when it has been shown */
	bool headed;			/* the entry's number stands there already */
	uint64_t shown;
};

/* BTREE:POS or BTREE:START..END; parts left out on the right match all. */
static enum arb_code place_parse(const char *arg, struct touching *t, struct arb_error *err)
{
	const char *colon = strchr(arg, ':'), *dots;
	enum arb_code code;
	ARB_BUF(name);
	ARB_BUF(from);

	arb_buf_mem(&name, arg, colon ? (size_t)(colon - arg) : strlen(arg));
	if (!btree_id_parse(arb_buf_str(&name), &t->btree))
		return arg_fail_unknown(COMPLETE_BTREE, "btree", arb_buf_str(&name), "btrees lists them", err);
	t->end = SPOS_MAX;
	if (!colon)
		return ARB_OK;
	dots = strstr(colon, "..");
	arb_buf_mem(&from, colon + 1, dots ? (size_t)(dots - colon - 1) : strlen(colon + 1));
	code = arg_pos(arb_buf_str(&from), &t->start, err);
	return code ? code : arg_end(dots ? dots + 2 : arb_buf_str(&from), &t->end, err);
}

static bool touches(const struct touching *t, const struct jset_entry *e, struct bkey_s k)
{
	if (e->btree != t->btree)
		return false;
	if (btree_info(t->btree)->flags & BTREE_EXTENTS && !e->level && k.k.size)
		return bpos_lt(bkey_start(&k.k), t->end) && bpos_le(t->start, k.k.p);
	return bpos_le(t->start, k.k.p) && bpos_le(k.k.p, t->end);
}

static const char *what_counts(const struct journal_entry *e)
{
	static const char *const texts[] = {
		[JOURNAL_REPLAY] = N_("  (a mount replays it)"), [JOURNAL_OLD] = N_("  (written to the btrees already)"),
		[JOURNAL_NO_FLUSH_LOST] = N_("  (lost: never flushed)"), [JOURNAL_TORN] = N_("  (lost: torn)"),
		[JOURNAL_BLACKLISTED] = N_("  (does not count: blacklisted)"),
	};

	return e->use < sizeof(texts) / sizeof(texts[0]) ? texts[e->use] : "";
}

static void show_touch(struct touching *t, const struct jset_entry *e, struct bkey_s k)
{
	struct key_text_ctx kc = { .geo = &session_view(t->c->session)->geo, .flags = KEY_TEXT_NO_GENS, .indent = 4 };
	struct row r;
	ARB_BUF(b);

	row_begin(&r, t->c, "journal_key");
	row_u64(&r, "seq", t->e->seq);
	row_str(&r, "use", use_name(t->e));
	row_str(&r, "entry", jset_entry_type_name(e->type));
	row_key(&r, kc.geo, e->btree, e->level, k);
	if (!t->headed)
		arb_buf_printf(&b, "journal entry     %llu%s\n", (unsigned long long)t->e->seq, tr(what_counts(t->e)));
	arb_buf_puts(&b, arb_buf_str(&t->log));
	arb_buf_reset(&t->log);
	arb_buf_puts(&b, "    ");
	jset_entry_to_text(&b, &kc, e);
	row_text(&r, arb_buf_str(&b));
	row_end(&r);
	t->headed = true;
	t->shown++;
}

static void look_into(struct touching *t, const struct jset_entry *e)
{
	struct key_text_ctx kc = { .indent = 4 };
	size_t cursor = 0;
	struct bkey_s k;
	bool bad;

	if (jset_entry_begins_transaction(e))
		arb_buf_reset(&t->log);
	if (e->type == JSET_log) {
		arb_buf_puts(&t->log, "    ");
		jset_entry_to_text(&t->log, &kc, e);
		arb_buf_putc(&t->log, '\n');
		return;
	}
	if (!has_keys(e))
		return;
	while (jset_key_next(e, &cursor, &k, &bad))
		if (touches(t, e, k)) {
			show_touch(t, e, k);
			return;
		}
}

static enum arb_code touched_in(struct touching *t, struct arb_error *err)
{
	struct view *v = session_view(t->c->session);
	size_t n, bytes, cursor = 0;
	struct jset_header h;
	struct jset_entry e;
	uint8_t *jset;
	bool bad;
	enum arb_code code = journal_entry_bytes(v->devs, v->journal, t->e, &jset, &n, err);

	if (code)
		return code;
	h = jset_header_get(jset);
	bytes = (jset_bytes(&h) < n ? jset_bytes(&h) : n) - JSET_HEADER_BYTES;
	t->headed = false;
	arb_buf_reset(&t->log);
	while (jset_entry_next(jset + JSET_HEADER_BYTES, bytes, &cursor, &e, &bad))
		look_into(t, &e);
	free(jset);
	return ARB_OK;
}

/* Everything the rings still hold, the oldest first: a history of the key. */
static enum arb_code who_touched(struct command_ctx *c, const char *place, struct arb_error *err)
{
	struct journal *j = session_view(c->session)->journal;
	struct touching t = { .c = c };
	enum arb_code code = place_parse(place, &t, err);

	if (!code && j->locked)
		return arb_fail(err, ARB_E_ENCRYPTED, "the journal is encrypted, and there is no key");
	for (size_t i = 0; i < j->entries.nr && !code; i++) {
		t.e = &j->entries.v[i];
		code = session_cancelled(c->session) ? arb_fail(err, ARB_E_CANCELLED, "cancelled") : touched_in(&t, err);
	}
	arb_buf_free(&t.log);
	if (!code && !t.shown && !cmd_wants_events(c))
		cmd_line(c, "no entry that the journal still holds has a key there");
	return code;
}

enum arb_code cmd_journal(struct command_ctx *c, struct arb_error *err)
{
	struct view *v = session_view(c->session);
	struct journal *j = v->journal;
	const struct journal_entry *e;
	bool all = false;
	uint64_t seq = 0;
	ARB_BUF(place);
	enum arb_code code = journal_index(j, v->devs, &v->geo, v->workers, err);

	for (int i = 0; i < c->argc && !code; i++)
		if (!strcmp(c->argv[i], "-a"))
			all = true;
		else if (!strcmp(c->argv[i], "-k"))
			return i + 2 <= c->argc && c->argc <= i + 3 ? who_touched(c, arg_place(c, i + 1, &place), err) : arg_fail_usage(c, err);
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
