/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding as text for people: in the dialog, in full, in the log. */
#include "views.h"
#include "i18n.h"
#include "arborist/finding/finding.h"
#include "arborist/format/btree_id.h"

#include <string.h>

static void labelled(struct arb_buf *out, const char *label, const char *text, int width)
{
	ARB_BUF(line);

	if (!text || !*text)
		return;
	arb_buf_puts(&line, label);
	arb_buf_pad(&line, 10);
	arb_buf_puts(&line, text);
	text_wrap(out, arb_buf_str(&line), width, 10);
}

static void where(struct arb_buf *out, const struct finding *f)
{
	btree_id_to_text(out, f->btree);
	arb_buf_printf(out, " L%u ", f->level);
	bpos_to_text(out, f->pos);
	if (!bpos_eq(f->pos, f->end)) {
		arb_buf_puts(out, " .. ");
		bpos_to_text(out, f->end);
	}
}

static void head(struct arb_buf *out, const struct finding *f, int width)
{
	ARB_BUF(id);
	ARB_BUF(place);

	arb_buf_puts(&id, f->row->id);
	if (f->row->nr)
		arb_buf_printf(&id, " (%u)", f->row->nr);
	text_wrap(out, arb_buf_str(&id), width, 2);
	where(&place, f);
	text_wrap(out, arb_buf_str(&place), width, 2);
	arb_buf_putc(out, '\n');
	if (f->message)
		text_wrap(out, f->message, width, 2);
}

static void object_text(struct arb_buf *out, const struct finding_object *o)
{
	arb_buf_printf(out, "[%s] ", o->role);
	btree_id_to_text(out, o->btree);
	arb_buf_printf(out, " L%u\n%s", o->level, o->text ? o->text : "");
}

/* As many beside each other as keep 28 columns each. */
static void objects(struct arb_buf *out, const struct finding *f, int width)
{
	struct arb_buf text[FINDING_OBJECTS_MAX] = { ARB_BUF_INIT };
	const char *s[FINDING_OBJECTS_MAX];
	unsigned nr = f->nr_objects, beside = width >= 28 ? (unsigned)width / 28 : 1;

	if (beside > 2)
		beside = nr == 3 ? 3 : 2;
	if (beside > (unsigned)width / 28 && width >= 28)
		beside = (unsigned)width / 28;
	for (unsigned i = 0; i < nr; i++) {
		object_text(&text[i], &f->object[i]);
		s[i] = arb_buf_str(&text[i]);
	}
	for (unsigned i = 0; i < nr; i += beside) {
		arb_buf_putc(out, '\n');
		text_columns(out, s + i, nr - i < beside ? nr - i : beside, width);
	}
	for (unsigned i = 0; i < nr; i++)
		arb_buf_free(&text[i]);
}

static void rule_text(struct arb_buf *out, const struct finding *f, int width)
{
	ARB_BUF(b);

	if (!f->rule)
		return;
	arb_buf_printf(&b, _("%s: when %s, then %s"), f->rule->name, f->rule->when, f->rule->then);
	labelled(out, _("Rule"), arb_buf_str(&b), width);
}

static void choices(struct arb_buf *out, const struct finding *f, int width)
{
	ARB_BUF(skip);
	ARB_BUF(why);

	labelled(out, _("Fix"), f->fix ? f->fix : f->row->fix, width);
	arb_buf_puts(&skip, f->skip ? f->skip : f->row->skip ? f->row->skip : "");
	if (f->row->kind == FINDING_MUSTFIX)
		arb_buf_printf(&skip, "%s%s", skip.len ? " " : "", _("(Must be fixed: skipping it stops the pass.)"));
	labelled(out, _("Skip"), arb_buf_str(&skip), width);
	if (f->no_repair)
		labelled(out, _("Note"), _("There is nothing Fix could change now; it counts as left."), width);
	if (f->suggested == ANSWER_NONE)
		return;
	arb_buf_puts(&why, answer_verb_name(f->suggested));
	if (f->reason)
		arb_buf_printf(&why, ": %s", f->reason);
	labelled(out, _("Suggested"), arb_buf_str(&why), width);
}

void finding_dialog_text(struct arb_buf *out, const struct finding *f, int width)
{
	head(out, f, width);
	objects(out, f, width);
	arb_buf_putc(out, '\n');
	rule_text(out, f, width);
	choices(out, f, width);
}

void finding_full_text(struct arb_buf *out, const struct finding *f, int width)
{
	head(out, f, width);
	arb_buf_putc(out, '\n');
	if (f->answer.verb != ANSWER_NONE) {
		ARB_BUF(b);

		arb_buf_printf(&b, _("%s (by %s)%s"), answer_verb_name(f->answer.verb), answer_source_name(f->answer.source),
			       f->fixed ? _(", in the plan") : "");
		labelled(out, _("Answer"), arb_buf_str(&b), width);
	}
	labelled(out, _("Means"), f->row->help, width);
	rule_text(out, f, width);
	choices(out, f, width);
	for (unsigned i = 0; i < f->nr_objects; i++) {
		ARB_BUF(b);

		object_text(&b, &f->object[i]);
		arb_buf_putc(out, '\n');
		text_wrap(out, arb_buf_str(&b), width, 4);
	}
}
