/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs of the console on the engine thread: see engine.h. */
#include <config.h>
#include "arborist/session/find.h"
#include "arborist/session/loss.h"
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan_copy *plan_copy_new(void)
{
	return calloc(1, sizeof(struct plan_copy));
}

void plan_copy_free(void *arg)
{
	struct plan_copy *p = arg;

	if (!p)
		return;
	for (size_t i = 0; i < p->items.nr; i++)
		free(p->items.v[i].summary);
	arb_array_free(&p->items);
	arb_array_free(&p->btrees);
	free(p->usage);
	free(p);
}

static bool count_btree(struct plan_copy *c, const struct plan *p, unsigned btree)
{
	struct plan_btree *b;

	for (size_t i = 0; i < c->btrees.nr; i++)
		if (c->btrees.v[i].btree == btree) {
			c->btrees.v[i].repairs++;
			return true;
		}
	b = arb_array_push(&c->btrees);
	if (b)
		*b = (struct plan_btree){ btree, 1, plan_loss_btree(p, btree) };
	return b;
}

static enum arb_code copy_plan(const struct plan *p, struct plan_copy *c, struct arb_error *err)
{
	for (size_t i = 0; i < plan_nr(p); i++) {
		const struct repair *r = plan_repair(p, i);
		struct plan_item *it = arb_array_push(&c->items);

		if (!it || (repair_has_place(r) && !count_btree(c, p, r->btree)))
			return arb_fail(err, ARB_E_NOMEM, "out of memory");
		*it = (struct plan_item){ r->id, strdup(r->summary ? r->summary : ""), r->finding_id, repair_has_place(r), r->btree, r->level,
					  r->pos, r->loss };
	}
	c->loss = plan_loss(p);
	c->committed = plan_committed(p);
	return ARB_OK;
}

static enum arb_code copy_usage(const struct plan *p, struct plan_copy *c, struct arb_error *err)
{
	struct usage u;
	enum arb_code code = plan_usage(p, &u, err);
	ARB_BUF(b);

	if (code)
		return code;
	usage_to_text(&b, &u);
	arb_array_free(&u.rows);
	c->usage = arb_buf_steal(&b);
	return ARB_OK;
}

enum arb_code engine_copy_plan(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	enum arb_code code = copy_plan(session_plan(s), arg, err);

	(void)j;
	return code || !plan_nr(session_plan(s)) ? code : copy_usage(session_plan(s), arg, err);
}

struct text_job *text_job_new(uint32_t id)
{
	struct text_job *t = calloc(1, sizeof(*t));

	if (t)
		t->id = id;
	return t;
}

void text_job_free(void *arg)
{
	struct text_job *t = arg;

	if (t)
		arb_buf_free(&t->text);
	free(t);
}

enum arb_code engine_diff(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct text_job *t = arg;

	(void)j;
	plan_diff_to_text(&t->text, session_plan(s), t->id);
	return t->text.oom ? arb_fail(err, ARB_E_NOMEM, "out of memory") : ARB_OK;
}

enum arb_code engine_bucket_map(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	return session_bucket_map(s, arg, err);
}

enum arb_code engine_drop(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct drop_job *d = arg;

	bool recorded;
	enum arb_code code;
	ARB_BUF(b);

	(void)j;
	arb_buf_printf(&b, "drop %u", d->id);
	recorded = session_record_begin(s, "command", arb_buf_str(&b));
	code = session_drop(s, d->id, &d->dropped, err);
	session_record_end(s, recorded, code);
	return code;
}

struct review *review_new(void)
{
	struct review *r = calloc(1, sizeof(*r));

	if (r)
		r->plan = plan_copy_new();
	if (r && r->plan)
		return r;
	free(r);
	return NULL;
}

void review_free(void *arg)
{
	struct review *r = arg;

	if (!r)
		return;
	plan_copy_free(r->plan);
	free(r->layout);
	free(r->lost);
	free(r);
}

static enum arb_code lay_out(struct session *s, struct review *r, struct arb_error *err)
{
	struct commit *c = NULL;
	ARB_BUF(b);
	enum arb_code code = commit_prepare(session_planned_view(s), session_plan(s), &session_opts(s)->clock, &c, err);

	if (code)
		return code;
	r->keys = c->keys;
	r->entries = c->entries;
	r->bytes = c->bytes;
	commit_to_text(&b, c);
	commit_free(c);
	r->layout = arb_buf_steal(&b);
	return ARB_OK;
}

#define REVIEW_LINES 200

static enum arb_code lost_text(struct session *s, struct review *r, struct arb_error *err)
{
	const struct loss_report *report;
	ARB_BUF(b);
	enum arb_code code = session_loss(s, &report, err);

	if (code)
		return code;
	loss_report_to_text(&b, report, REVIEW_LINES);
	r->lost = arb_buf_steal(&b);
	return ARB_OK;
}

enum arb_code engine_review(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct review *r = arg;
	struct arb_error why = { 0 };
	enum arb_code code = copy_plan(session_plan(s), r->plan, err);
	const char *path;

	(void)j;
	if (code)
		return code;
	r->code = plan_nr(session_plan(s)) ? lost_text(s, r, &why) : ARB_OK;
	r->code = r->code ? r->code : lay_out(s, r, &why);
	path = r->code ? NULL : session_undo_path(s, &why);
	if (path)
		snprintf(r->undo_path, sizeof(r->undo_path), "%s", path);
	else if (!r->code)
		r->code = why.code;
	r->undo_in_memory = path && session_path_in_memory(path);
	snprintf(r->why, sizeof(r->why), "%s", why.text);
	return ARB_OK;
}

enum arb_code engine_write(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	bool recorded = session_record_begin(s, "command", "commit");
	enum arb_code code = session_commit(s, &((struct write_job *)arg)->result, err);

	(void)j;
	session_record_end(s, recorded, code);
	return code;
}

enum arb_code engine_undo(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	bool recorded = session_record_begin(s, "command", "undo");
	enum arb_code code = session_undo(s, err);

	(void)j;
	(void)arg;
	session_record_end(s, recorded, code);
	return code;
}

enum arb_code engine_get_cursor(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j;
	(void)err;
	((struct cursor_job *)arg)->cursor = *session_cursor(s);
	return ARB_OK;
}

enum arb_code engine_set_cursor(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	const struct cursor *to = &((struct cursor_job *)arg)->cursor, *is = session_cursor(s);

	(void)j;
	(void)err;
	if (!is->valid || is->btree != to->btree || is->level != to->level || !bpos_eq(is->pos, to->pos))
		session_cursor_go(s, *to);
	return ARB_OK;
}

enum arb_code engine_switch_view(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j, (void)err;
	session_show_disk(s, !session_shows_disk(s));
	*(bool *)arg = session_shows_disk(s);
	return ARB_OK;
}

/* --- searching --------------------------------------------------------------------------------------------------------- */

struct finding_place { struct find_job *want; unsigned btree; struct bpos pos; struct session *s; };

static int order(unsigned btree, struct bpos p, unsigned of_btree, struct bpos of)
{
	return btree != of_btree ? (btree < of_btree ? -1 : 1) : bpos_cmp(p, of);
}

static enum arb_code take_match(void *arg, unsigned btree, unsigned level, struct bkey_s k)
{
	struct finding_place *f = arg;
	int o = f->want->wrapped ? f->want->step : order(btree, k.k.p, f->btree, f->pos);

	if (level)
		return ARB_OK;
	if (f->want->step < 0 && o >= 0)
		return ARB_E_STOPPED;
	if (f->want->step > 0 && o <= 0)
		return ARB_OK;
	f->want->btree = btree;
	f->want->pos = k.k.p;
	f->want->found = true;
	return f->want->step > 0 ? ARB_E_STOPPED : ARB_OK;
}

static enum arb_code still_wanted(void *arg)
{
	return session_cancelled(((struct finding_place *)arg)->s) ? ARB_E_CANCELLED : ARB_OK;
}

enum arb_code engine_find(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct find_job *want = arg;
	struct finding_place place = { want, want->btree, want->pos, s };
	struct find_port port = { .key = take_match, .step = still_wanted, .arg = &place };
	struct find *f;
	enum arb_code code = find_parse(want->expr, &f, err);

	(void)j;
	if (code)
		return code;
	if (want->step > 0) {
		port.from_btree = want->btree;
		port.from = want->pos;
	}
	code = find_run(f, session_view(s), &port, err);
	if (!code && !want->found) {
		want->wrapped = true;
		port.from_btree = 0;
		port.from = POS_MIN;
		code = find_run(f, session_view(s), &port, err);
	}
	find_free(f);
	if (code == ARB_E_CANCELLED)
		return arb_fail(err, code, "cancelled");
	return code == ARB_E_STOPPED ? ARB_OK : code;
}
