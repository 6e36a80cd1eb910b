/* SPDX-License-Identifier: GPL-3.0-or-later */
/* save: the plan with its findings into a file, to be loaded into a later session. */
#include <config.h>
#include "plan_file.h"

static void put_pos(struct record_writer *w, struct bpos p)
{
	record_put64(w, p.inode);
	record_put64(w, p.offset);
	record_put32(w, p.snapshot);
}

/* Unpacked as in the journal; 0 words: none. */
static void put_key(struct record_writer *w, const struct bkey_buf *k)
{
	uint8_t disk[BKEY_BYTES + sizeof(k->v)];

	if (k)
		record_put_bytes(w, disk, bkey_put(disk, bkey_buf_s(k)));
	else
		record_put8(w, 0);
}

static enum arb_code save_head(struct record_writer *w, const struct session *s, uint32_t nr_findings, struct arb_error *err)
{
	const struct view *v = s->view;

	record_begin(w, PLAN_RECORD_HEAD);
	record_put_bytes(w, v->geo.uuid, sizeof(v->geo.uuid));
	record_put64(w, v->devs->best->seq);
	record_put64(w, v->journal->newest);
	record_put32(w, nr_findings);
	record_put32(w, (uint32_t)plan_nr(s->plan));
	return record_finish(w, err);
}

static enum arb_code save_ran(struct record_writer *w, const struct session *s, struct arb_error *err)
{
	record_begin(w, PLAN_RECORD_RAN);
	record_put32(w, (uint32_t)s->ran.nr);
	for (size_t i = 0; i < s->ran.nr; i++)
		record_put_text(w, s->ran.v[i]);
	return record_finish(w, err);
}

static enum arb_code save_finding(struct record_writer *w, const struct found *x, struct arb_error *err)
{
	const struct finding *f = x->f;

	record_begin(w, PLAN_RECORD_FINDING);
	record_put_text(w, f->row->id);
	record_put_text(w, x->pass < passes_nr ? passes[x->pass]->name : "");
	record_put32(w, f->serial);
	record_put8(w, (uint8_t)f->btree);
	record_put8(w, (uint8_t)f->level);
	record_put8(w, f->no_place);
	record_put8(w, f->answer.verb);
	record_put8(w, f->answer.source);
	record_put8(w, f->suggested);
	put_pos(w, f->pos);
	put_pos(w, f->end);
	record_put_text(w, f->message);
	record_put_text(w, f->fix);
	record_put_text(w, f->skip);
	record_put_text(w, f->reason);
	record_put8(w, (uint8_t)f->nr_objects);
	for (unsigned i = 0; i < f->nr_objects; i++) {
		const struct finding_object *o = &f->object[i];

		record_put_text(w, o->role);
		record_put8(w, (uint8_t)o->btree);
		record_put8(w, (uint8_t)o->level);
		put_key(w, o->has_key ? &o->key : NULL);
		record_put_text(w, o->text);
	}
	return record_finish(w, err);
}

static void put_mutation(struct record_writer *w, const struct mutation *m)
{
	record_put8(w, m->kind);
	record_put8(w, (uint8_t)m->btree);
	record_put8(w, (uint8_t)m->level);
	record_put8(w, (uint8_t)m->level_max);
	put_pos(w, m->pos);
	put_pos(w, m->end);
	record_put32(w, m->super_what);
	record_put64(w, m->super_arg);
	put_key(w, m->old);
	put_key(w, m->new);
}

static enum arb_code save_repair(struct record_writer *w, const struct repair *r, struct arb_error *err)
{
	const uint64_t loss[] = { r->loss.nodes_dropped, r->loss.keys_cut, r->loss.ranges_uncovered, r->loss.nodes_restored,
				  r->loss.nodes_unreadable };

	record_begin(w, PLAN_RECORD_REPAIR);
	record_put_text(w, r->summary);
	record_put_text(w, r->finding_id);
	record_put32(w, r->finding_serial);
	record_put8(w, (uint8_t)r->btree);
	record_put8(w, (uint8_t)r->level);
	put_pos(w, r->pos);
	put_pos(w, r->end);
	for (unsigned i = 0; i < sizeof(loss) / sizeof(loss[0]); i++)
		record_put64(w, loss[i]);
	record_put32(w, (uint32_t)r->mutations.nr);
	for (size_t i = 0; i < r->mutations.nr; i++)
		put_mutation(w, &r->mutations.v[i]);
	return record_finish(w, err);
}

static enum arb_code save_all(struct session *s, struct record_writer *w, struct arb_error *err)
{
	uint32_t nr = 0;
	enum arb_code code;

	for (size_t i = 0; i < s->findings.nr; i++)
		nr += session_finding_fate(s, i) == FATE_PLANNED;
	code = save_head(w, s, nr, err);
	code = code ? code : save_ran(w, s, err);
	for (size_t i = 0; i < s->findings.nr && !code; i++)
		if (session_finding_fate(s, i) == FATE_PLANNED)
			code = save_finding(w, &s->findings.v[i], err);
	for (size_t i = 0; i < plan_nr(s->plan) && !code; i++)
		code = save_repair(w, plan_repair(s->plan, i), err);
	return code;
}

enum arb_code session_plan_save(struct session *s, const char *path, struct arb_error *err)
{
	struct record_writer *w;
	enum arb_code code;

	if (!plan_nr(s->plan))
		return arb_fail(err, ARB_E_REFUSED, "the plan is empty: there is nothing to save");
	code = record_create(path, PLAN_FILE_MAGIC, &w, err);
	if (!code)
		code = record_close(w, save_all(s, w, err), err);
	if (!code)
		transcript_line(s, "plan saved: %s", path);
	return code;
}
