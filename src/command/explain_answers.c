/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each answer to a finding would do, change and lose. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/session/describe.h"
#include "explain.h"
#include "plan_rows.h"

const struct repair *explain_repair_of(struct row *r, const struct finding *f)
{
	const struct plan *p = session_plan(r->c->session);

	for (size_t i = 0; !f->repair && i < plan_nr(p); i++)
		if (plan_repair(p, i)->finding_serial == f->serial)
			return plan_repair(p, i);
	return f->repair;
}

bool explain_decides(struct row *r, const struct finding *f)
{
	return (f->row->kind != FINDING_NOTE && f->row->kind != FINDING_NEED_FSCK) || f->fix || explain_repair_of(r, f);
}

static bool has_line(const char *text, const char *line, size_t n)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") == n && !strncmp(text, line, n))
			return true;
	return false;
}

/* Lines behind the first that stand in @a and not in @b. */
static void other_lines(struct arb_buf *out, char sign, const char *a, const char *b)
{
	for (a += strcspn(a, "\n"); *a; a += strcspn(a, "\n")) {
		size_t n;

		a++;
		n = strcspn(a, "\n");
		if (n && !has_line(b, a, n))
			arb_buf_printf(out, "      %c%.*s\n", sign, (int)n, a);
	}
}

/* Keys of many lines (alloc, inode) are listed by their first; here the fields that change. */
static void fields(struct row *r, struct arb_buf *out, const struct mutation *m)
{
	struct view *v = session_view(r->c->session);
	struct bkey_buf old;
	bool found = m->old;
	ARB_BUF(was);
	ARB_BUF(is);

	if (m->kind != MUTATION_INSERT || !m->new || m->level || m->btree == BTREE_accounting)
		return;
	if (found)
		bkey_buf_set(&old, bkey_buf_s(m->old));
	else if (view_lookup(v, m->btree, m->pos, &old, &found, NULL))
		return;
	if (found)
		describe_key(&was, v, bkey_buf_s(&old));
	describe_key(&is, v, bkey_buf_s(m->new));
	other_lines(out, '-', arb_buf_str(&was), arb_buf_str(&is));
	other_lines(out, '+', arb_buf_str(&is), arb_buf_str(&was));
}

static void loss_said(struct row *r, const struct loss *l)
{
	ARB_BUF(b);

	loss_to_text(&b, l);
	json_object(&r->j, "loses");
	loss_members(r, l);
	json_object_end(&r->j);
	if (b.len)
		row_line(r, "  loses:     %s", arb_buf_str(&b));
}

/* What it changes: keys one by one; what the superblock gets is the same for many, and is counted. */
static void changes(struct row *r, const struct repair *x)
{
	const struct fs_geometry *geo = &session_view(r->c->session)->geo;
	size_t super = 0;
	ARB_BUF(b);

	for (size_t i = 0; i < x->mutations.nr; i++)
		if (x->mutations.v[i].kind == MUTATION_SUPER)
			super++;
		else
			mutation_to_text(&b, geo, &x->mutations.v[i]), fields(r, &b, &x->mutations.v[i]);
	loss_said(r, &x->loss);
	json_str(&r->j, "changes", arb_buf_str(&b));
	json_u64(&r->j, "notes", super);
	if (b.len)
		row_line(r, "  changes (- old, + new):");
	row_indented(r, arb_buf_str(&b), "  ");
	if (super)
		row_line(r, P_("    and notes in the superblock what the next mount has to check (%zu entry; diff shows it)",
			       "    and notes in the superblock what the next mount has to check (%zu entries; diff shows them)", super), super);
}

/* Of a repair that was not taken. */
static void changes_then(struct row *r, const struct finding *f)
{
	struct loss loss;
	const char *text = session_finding_changes(r->c->session, f->serial, &loss);

	if (!text)
		return;
	loss_said(r, &loss);
	json_str(&r->j, "changes", text);
	if (*text)
		row_line(r, "  would have changed (- old, + new):");
	row_indented(r, text, "  ");
}

static void answer(struct row *r, const struct finding *f, enum answer_verb verb, const char *does)
{
	json_object(&r->j, NULL);
	json_str(&r->j, "answer", answer_verb_name(verb));
	json_str(&r->j, "does", does);
	json_bool(&r->j, "suggested", f->suggested == verb);
	if (f->suggested == verb)
		json_str(&r->j, "why", finding_why(f));
}

static void fix(struct row *r, const struct finding *f)
{
	const struct repair *x = explain_repair_of(r, f);
	const char *does = f->fix ? f->fix : *tr(f->row->fix) ? tr(f->row->fix) : _("The repair goes into the plan.");

	answer(r, f, ANSWER_FIX, does);
	row_line(r, "fix:         %s", does);
	if (x)
		changes(r, x);
	else
		changes_then(r, f);
	json_bool(&r->j, "possible", !f->no_repair);
	if (f->no_repair)
		row_line(r, "  nothing can be done about it now; it counts as left");
	json_object_end(&r->j);
}

static void other(struct row *r, const struct finding *f, enum answer_verb verb, const char *does)
{
	answer(r, f, verb, does);
	json_object_end(&r->j);
	row_line(r, verb == ANSWER_SKIP ? N_("skip:        %s") : N_("stop:        %s"), does);
}

void explain_answers(struct row *r, const struct finding *f)
{
	bool decides = explain_decides(r, f);
	ARB_BUF(skip);

	json_array(&r->j, "answers");
	if (decides) {
		finding_skip_to_text(&skip, f);
		fix(r, f);
		other(r, f, ANSWER_SKIP, skip.len ? arb_buf_str(&skip) : _("It stays as it is, and counts as left."));
		other(r, f, ANSWER_STOP, _("The pass ends here; what was accepted before stays in the plan."));
		row_line(r, "suggested:   %s, because %s", tr(answer_verb_name(f->suggested)), finding_why(f));
	} else {
		row_line(r, "nothing is decided here: it is only reported");
	}
	json_array_end(&r->j);
	json_bool(&r->j, "expert", f->empties);
	if (decides && f->empties)
		row_line(r, "expert:      A fix empties the btree for good: the question wants its name typed, or set expert on.");
}
