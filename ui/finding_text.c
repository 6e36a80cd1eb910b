/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding as text for people: in the dialog, in full, in the log. */
#include <config.h>
#include "views.h"
#include "arborist/base/i18n.h"
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

/* What, where, and the first line of what the reference would print. */
static void head(struct arb_buf *out, const struct finding *f, int width)
{
	const char *message = f->message ? f->message : "";
	ARB_BUF(id);
	ARB_BUF(first);

	arb_buf_puts(&id, f->row->id);
	if (f->row->nr)
		arb_buf_printf(&id, " (%u)", f->row->nr);
	arb_buf_puts(&id, "  ");
	finding_place_to_text(&id, f);
	text_wrap(out, arb_buf_str(&id), width, 2);
	arb_buf_mem(&first, message, strcspn(message, "\n"));
	if (first.len)
		text_wrap(out, arb_buf_str(&first), width, 2);
	if (f->of_mount)
		text_wrap(out, _("The superblock asks the next mount to repair this by itself."), width, 2);
}

/* The reference's words in full: they hold the keys as it prints them. */
static void reference_text(struct arb_buf *out, const struct finding *f, int width)
{
	if (!f->message || !strchr(f->message, '\n'))
		return;
	arb_buf_puts(out, _("\nIn the words of fsck:\n"));
	text_wrap(out, f->message, width, 4);
}

static void object_text(struct arb_buf *out, const struct finding_object *o)
{
	arb_buf_printf(out, "[%s] ", tr(o->role));
	btree_id_to_text(out, o->btree);
	arb_buf_printf(out, " L%u\n%s", o->level, o->text ? o->text : "");
}

/* One row a line, so that both sides fit on a small screen; the range alone may take two. */
static void object_brief(struct arb_buf *out, const struct finding_object *o, int width)
{
	ARB_BUF(full);

	object_text(&full, o);
	for (const char *s = arb_buf_str(&full); *s;) {
		size_t n = strcspn(s, "\n");
		bool cut = n > (size_t)width && strncmp(s, "range", 5);

		arb_buf_mem(out, s, cut ? text_bytes(s, n, (size_t)width - 2) : n);
		arb_buf_puts(out, cut ? "..\n" : "\n");
		s += n + (s[n] == '\n');
	}
}

#define OBJECT_COLUMNS 28	/* a column is at least as wide */

static unsigned beside(int width)
{
	unsigned n = (unsigned)width / (OBJECT_COLUMNS + 3);

	return n < 1 ? 1 : n < 3 ? n : 3;
}

static void objects_row(struct arb_buf *out, const struct finding_object *const *o, unsigned nr, int width)
{
	struct arb_buf text[FINDING_OBJECTS_MAX] = { ARB_BUF_INIT };
	const char *s[FINDING_OBJECTS_MAX] = { NULL };

	for (unsigned i = 0; i < nr; i++) {
		object_brief(&text[i], o[i], (width - 3 * ((int)nr - 1)) / (int)nr);
		s[i] = arb_buf_str(&text[i]);
	}
	if (nr)
		arb_buf_putc(out, '\n');
	text_columns(out, s, nr, width);
	for (unsigned i = 0; i < nr; i++)
		arb_buf_free(&text[i]);
}

/*
 * Those between which is decided stand side by side in front of the rule (@first); behind it what did not fit there,
 * and the parent that holds their pointers.
 */
static void objects(struct arb_buf *out, const struct finding *f, bool first, int width)
{
	const struct finding_object *o[FINDING_OBJECTS_MAX];
	unsigned nr = 0, head = 0, row = beside(width);

	for (int parents = 0; parents < 2; parents++) {
		for (unsigned i = 0; i < f->nr_objects; i++)
			if (strcmp(f->object[i].role, "parent") ? !parents : parents)
				o[nr++] = &f->object[i];
		if (!parents)
			head = nr < row ? nr : row;
	}
	if (first) {
		objects_row(out, o, head, width);
		return;
	}
	for (unsigned i = head; i < nr; i += row)
		objects_row(out, o + i, nr - i < row ? nr - i : row, width);
}

static void rule_text(struct arb_buf *out, const struct finding *f, int width)
{
	ARB_BUF(b);

	if (!f->rule)
		return;
	arb_buf_printf(&b, _("%s: when %s, then %s"), f->rule->name, tr(f->rule->when), tr(f->rule->then));
	labelled(out, _("Rule"), arb_buf_str(&b), width);
}

static void choices(struct arb_buf *out, const struct finding *f, int width)
{
	ARB_BUF(skip);
	ARB_BUF(why);

	labelled(out, _("Fix"), f->fix ? f->fix : tr(f->row->fix), width);
	finding_skip_to_text(&skip, f);
	labelled(out, _("Skip"), arb_buf_str(&skip), width);
	for (unsigned i = 0; i < f->nr_choices; i++) {
		ARB_BUF(name);

		arb_buf_printf(&name, "%u %s", i + 1, f->choice[i].name);
		labelled(out, arb_buf_str(&name), f->choice[i].text, width);
	}
	if (f->empties)
		labelled(out, _("Note"), _("Fix empties the btree for good: its name has to be typed then, unless expert is set on."), width);
	if (f->no_repair)
		labelled(out, _("Note"), _("There is nothing Fix could change now; it counts as left."), width);
	if (f->suggested == ANSWER_NONE)
		return;
	arb_buf_puts(&why, tr(answer_verb_name(f->suggested)));
	if (f->reason)
		arb_buf_printf(&why, ": %s", f->reason);
	labelled(out, _("Suggested"), arb_buf_str(&why), width);
}

void finding_dialog_text(struct arb_buf *out, const struct finding *f, int width)
{
	head(out, f, width);
	objects(out, f, true, width);
	arb_buf_putc(out, '\n');
	rule_text(out, f, width);
	choices(out, f, width);
	objects(out, f, false, width);
	reference_text(out, f, width);
}

void finding_full_text(struct arb_buf *out, const struct finding *f, int width)
{
	head(out, f, width);
	arb_buf_putc(out, '\n');
	if (f->answer.verb != ANSWER_NONE) {
		ARB_BUF(b);

		arb_buf_printf(&b, _("%s (by %s)%s"), tr(answer_verb_name(f->answer.verb)), tr(answer_source_name(f->answer.source)),
			       f->fixed ? _(", in the plan") : "");
		labelled(out, _("Answer"), arb_buf_str(&b), width);
	}
	labelled(out, _("Means"), tr(f->row->help), width);
	rule_text(out, f, width);
	choices(out, f, width);
	for (unsigned i = 0; i < f->nr_objects; i++) {
		ARB_BUF(b);

		object_text(&b, &f->object[i]);
		arb_buf_putc(out, '\n');
		text_wrap(out, arb_buf_str(&b), width, 4);
	}
	reference_text(out, f, width);
}
