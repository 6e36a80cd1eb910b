/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages as JSON lines (console.md 5). Ids, numbers and positions are never translated. */
#include <config.h>
#include "front.h"

static void finding_event(struct front *f, const struct finding *x, const char *event)
{
	struct json j = { 0 };

	json_begin(&j);
	if (event)
		json_str(&j, "event", event), json_object(&j, "finding");
	finding_to_json(&j, x);
	if (event)
		json_object_end(&j);
	json_end(&j);
	out_json(f, &j);
}

static void pass_event(struct front *f, const struct pass_status *p)
{
	struct json j = { 0 };

	if (p->state == PASS_RUNNING || p->state == PASS_NOT_RUN)
		return;
	pass_status_event(&j, p);
	out_json(f, &j);
}

/* Where a pass stands: {"event":"stop","what":...}; before a decision with the finding, after a repair with its lines. */
static void stop_event(struct front *f, const struct session_message *m)
{
	const struct stop_notice *p = &m->stop;
	struct json j = { 0 };
	ARB_BUF(b);

	json_begin(&j);
	json_str(&j, "event", "stop");
	json_str(&j, "what", p->what);
	json_u64(&j, "breakpoint", p->breakpoint);
	json_str(&j, "pass", p->pass);
	if (p->has_place) {
		btree_id_to_text(&b, p->btree);
		json_str(&j, "btree", arb_buf_str(&b));
		json_u64(&j, "level", p->level);
		arb_buf_reset(&b);
		bpos_to_text(&b, p->pos);
		json_str(&j, "pos", arb_buf_str(&b));
	}
	if (m->finding) {
		json_str(&j, "id", m->finding->row->id);
		json_u64(&j, "nr", m->finding->row->nr);
		json_u64(&j, "serial", m->finding->serial);
	}
	if (p->rule)
		json_str(&j, "rule", p->rule->name);
	json_str(&j, "message", m->text ? m->text : "");
	json_end(&j);
	out_json(f, &j);
}

static void text_events(struct front *f, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		struct json j = { 0 };
		ARB_BUF(line);

		arb_buf_mem(&line, text, n);
		json_begin(&j);
		json_str(&j, "event", "text");
		json_str(&j, "line", arb_buf_str(&line));
		json_end(&j);
		out_json(f, &j);
		text += n + (text[n] == '\n');
	}
}

void json_message(struct front *f, const struct session_message *m)
{
	switch (m->kind) {
	case SESSION_OUTPUT:
		text_events(f, m->text ? m->text : "");
		break;
	case SESSION_STOP:
		stop_event(f, m);
		break;
	case SESSION_EVENT:
		out_line(f, "%s", m->text ? m->text : "{}");
		break;
	case SESSION_FINDING:
		if (m->finding)
			finding_event(f, m->finding, NULL);
		break;
	case SESSION_QUESTION:
		if (m->finding)
			finding_event(f, m->finding, "question");
		break;
	case SESSION_PASS:
		pass_event(f, &m->pass_status);
		break;
	case SESSION_LOG:
		if (m->text)
			say("%s", m->text);
		break;
	default:
		break;
	}
}

void json_progress(struct json *j, const struct session_state *st)
{
	ARB_BUF(b);

	json_begin(j);
	json_str(j, "event", "progress");
	if (st->look.what) {
		json_str(j, "command", st->look.what);
		json_u64(j, "done", st->look.nodes_done);
		json_u64(j, "total", st->look.nodes_total);
		json_end(j);
		return;
	}
	json_str(j, "pass", st->progress.pass);
	btree_id_to_text(&b, st->progress.pos.btree);
	json_str(j, "btree", arb_buf_str(&b));
	json_u64(j, "level", st->progress.pos.level);
	arb_buf_reset(&b);
	bpos_to_text(&b, st->progress.pos.pos);
	json_str(j, "pos", arb_buf_str(&b));
	json_u64(j, "done", st->progress.nodes_done);
	json_u64(j, "total", st->progress.nodes_total);
	json_u64(j, "bytes", st->progress.bytes_done);
	json_u64(j, "eta", st->eta_s);
	json_end(j);
}

void json_summary(struct front *f, int status)
{
	struct session_state st = { 0 };
	struct json j = { 0 };

	if (f->s)
		session_state(f->s, &st);
	json_begin(&j);
	json_str(&j, "event", "summary");
	json_u64(&j, "found", st.findings);
	json_u64(&j, "fixed", st.written);
	json_u64(&j, "left", st.findings - st.written);
	if (st.of_mount)
		json_u64(&j, "of_mount", st.of_mount);
	if (st.requested)
		json_u64(&j, "left_to_mount", st.requested);
	json_s64(&j, "status", status);
	json_end(&j);
	out_json(f, &j);
}
