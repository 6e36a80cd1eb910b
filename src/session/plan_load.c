/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load: a saved plan into this session. Everything is read and judged before anything is applied; what a repair found in its
 * place when it was saved has to be there still.
 */
#include <config.h>
#include <stdlib.h>
#include "plan_file.h"

static bool same_key(const struct bkey_buf *a, const struct bkey_buf *b)
{
	if (!a || !b)
		return a == b;
	return a->k.u64s == b->k.u64s && a->k.type == b->k.type && a->k.size == b->k.size && bpos_eq(a->k.p, b->k.p) &&
	       !memcmp(a->v, b->v, bkey_val_bytes(&a->k));
}

/* The plan looks for itself what stands in a repair's places; it has to be what was saved. */
static enum arb_code apply_one(struct loading *l, struct repair *r, uint32_t serial, bool *ret_same)
{
	size_t nr = r->mutations.nr;
	struct bkey_buf **saved = calloc(nr + 1, sizeof(*saved));
	enum arb_code code;

	if (!saved) {
		repair_free(r);
		return arb_fail(l->err, ARB_E_NOMEM, "no memory for the plan");
	}
	for (size_t i = 0; i < nr; i++) {
		saved[i] = r->mutations.v[i].old;
		r->mutations.v[i].old = NULL;
	}
	r->finding_serial = serial;
	code = plan_apply(l->s->plan, r, l->err);
	for (size_t i = 0; i < nr; i++) {
		*ret_same = *ret_same && !code && same_key(saved[i], r->mutations.v[i].old);
		free(saved[i]);
	}
	free(saved);
	return code;
}

static uint32_t serial_now(const struct loading *l, uint32_t first, uint32_t saved)
{
	for (size_t lo = 0, hi = l->findings.nr; lo < hi; ) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->findings.v[mid]->serial == saved)
			return first + (uint32_t)mid;
		if (l->findings.v[mid]->serial < saved)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

static void forget_repairs(struct session *s)
{
	while (plan_nr(s->plan))
		if (plan_drop(s->plan, plan_repair(s->plan, plan_nr(s->plan) - 1)->id, NULL, NULL))
			return;
}

static enum arb_code check_key(void *arg, const struct overlay_key *k)
{
	const struct fs_geometry *geo = arg;

	return k->cause == OVERLAY_FROM_JOURNAL || k->key.k.type == KEY_deleted || plan_key_valid(geo, k->btree, k->level, k->key) ?
	       ARB_OK : ARB_E_CONTENT;
}

static enum arb_code apply_repairs(struct loading *l)
{
	bool same = true;
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < l->repairs.nr && !code && same; i++) {
		struct repair *r = l->repairs.v[i];

		l->repairs.v[i] = NULL;
		code = apply_one(l, r, serial_now(l, l->s->serial + 1, r->finding_serial), &same);
	}
	if (!code && !same)
		code = arb_fail(l->err, ARB_E_CHANGED, "what %s was to repair is no longer as it was: check again", l->f->path);
	if (!code && overlay_for_each(l->s->view->overlay, check_key, &l->s->view->geo))
		code = record_damaged(l->f, "a key in it cannot be", l->err);
	if (code)
		forget_repairs(l->s);
	return code;
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return a->row == b->row && a->btree == b->btree && a->level == b->level && bpos_eq(a->pos, b->pos) && bpos_eq(a->end, b->end);
}

/* Takes the place of the same one that was found in this session and left. */
static enum arb_code adopt(struct loading *l, size_t i, size_t found_before)
{
	struct session *s = l->s;
	struct finding *f = l->findings.v[i];
	struct found *x;

	for (size_t j = 0; j < found_before; j++)
		if (!s->findings.v[j].f->fixed && same_finding(s->findings.v[j].f, f))
			s->findings.v[j].superseded = true;
	f->serial = ++s->serial;
	f->nth_of_kind = ++s->count_by_row[f->row - finding_rows];
	x = findings_add(s, f);
	if (!x)
		return arb_fail(l->err, ARB_E_NOMEM, "no memory for the findings");
	x->f->fixed = true;
	x->pass = l->pass.v[i];
	transcript_finding(s, f);
	return ARB_OK;
}

static enum arb_code adopt_all(struct loading *l)
{
	size_t found_before = l->s->findings.nr;
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < l->findings.nr && !code; i++)
		code = adopt(l, i, found_before);
	for (size_t i = 0; i < l->ran.nr && !code; i++)
		code = session_remember_spec(l->s, l->ran.v[i], l->err);
	if (code)
		forget_repairs(l->s);
	return code;
}

static void loading_free(struct loading *l)
{
	for (size_t i = 0; i < l->findings.nr; i++)
		finding_free(l->findings.v[i]);
	for (size_t i = 0; i < l->repairs.nr; i++)
		repair_free(l->repairs.v[i]);
	for (size_t i = 0; i < l->ran.nr; i++)
		free(l->ran.v[i]);
	arb_array_free(&l->findings);
	arb_array_free(&l->pass);
	arb_array_free(&l->repairs);
	arb_array_free(&l->ran);
	record_file_free(l->f);
}

enum arb_code session_plan_load(struct session *s, const char *path, struct arb_error *err)
{
	struct loading l = { .s = s, .err = err };
	enum arb_code code;

	if (plan_nr(s->plan))
		return arb_fail(err, ARB_E_REFUSED, "the plan is not empty: take its repairs back (drop) before another one is loaded");
	code = record_open(path, PLAN_FILE_MAGIC, PLAN_FILE_TOTAL_MAX, &l.f, err);
	code = code ? code : plan_read_file(&l);
	code = code ? code : apply_repairs(&l);
	code = code ? code : adopt_all(&l);
	loading_free(&l);
	transcript_line(s, "load %s: %s", path, code ? err->text : "done");
	state_publish(s, true);
	return code;
}
