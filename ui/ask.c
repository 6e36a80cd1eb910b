/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions in line mode. An answer is one of the words below, typed in full; anything else asks again; the end of input
 * cancels the pass. Nothing is ever taken for a yes that is not one.
 */
#include <config.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "front.h"
#include "interrupt.h"

static void object_lines(struct arb_buf *out, const struct finding_object *o)
{
	const char *p = o->text ? o->text : "";

	arb_buf_printf(out, "  %s:\n", tr(o->role));
	while (*p) {
		size_t n = strcspn(p, "\n");

		arb_buf_puts(out, "    ");
		arb_buf_mem(out, p, n);
		arb_buf_putc(out, '\n');
		p += n + (p[n] == '\n');
	}
}

static void where(struct arb_buf *out, const struct finding *f)
{
	btree_id_to_text(out, f->btree);
	arb_buf_printf(out, _(" level %u  "), f->level);
	bpos_to_text(out, f->pos);
	if (!bpos_eq(f->pos, f->end)) {
		arb_buf_puts(out, " .. ");
		bpos_to_text(out, f->end);
	}
	arb_buf_putc(out, '\n');
}

void finding_lines(struct arb_buf *out, const struct finding *f, bool details)
{
	ARB_BUF(skip);

	arb_buf_printf(out, f->upkeep ? _("upkeep, number %u: %s") : _("finding %u: %s"), f->serial, tr(f->row->title));
	if (f->row->nr)
		arb_buf_printf(out, " (%s, %u)", f->row->id, f->row->nr);
	else
		arb_buf_printf(out, " (%s)", f->row->id);
	arb_buf_printf(out, _(", number %u of this kind\n  "), f->nth_of_kind);
	where(out, f);
	if ((details || !f->nr_objects) && f->message)
		arb_buf_printf(out, "  %s\n", f->message);
	for (unsigned i = 0; i < f->nr_objects; i++)
		object_lines(out, &f->object[i]);
	if (f->rule)
		arb_buf_printf(out, _("  rule  %s: when %s, %s\n"), f->rule->name, tr(f->rule->when), tr(f->rule->then));
	if (details && f->row->help)
		arb_buf_printf(out, _("  what  %s\n"), tr(f->row->help));
	arb_buf_printf(out, _("  fix   %s\n"), f->fix ? f->fix : f->row->fix ? tr(f->row->fix) : _("the repair goes into the plan"));
	finding_skip_to_text(&skip, f);
	arb_buf_printf(out, _("  skip  %s\n"), skip.len ? arb_buf_str(&skip) : _("left as it is"));
	for (unsigned i = 0; i < f->nr_choices; i++)
		arb_buf_printf(out, "  %u     %s: %s\n", i + 1, f->choice[i].name, f->choice[i].text ? f->choice[i].text : "");
	if (f->no_repair)
		arb_buf_puts(out, _("  note  nothing can be changed about it now; y leaves it as it is and lets the pass go on\n"));
	if (f->empties)
		arb_buf_puts(out, _("  note  y empties the btree for good: its name has to be typed then, or set expert on given before\n"));
	arb_buf_printf(out, _("  suggested: %s, because %s\n"), tr(answer_verb_name(f->suggested)), finding_why(f));
}

char *read_line_plain(struct front *f, const char *prompt)
{
	FILE *in = f->input ? f->input : stdin;
	enum script_line got;
	ARB_BUF(line);

	if (f->terminal)
		fprintf(stderr, "%s", prompt);
	if (interrupt_pending())
		return NULL;
	got = script_read_line(in, &line);
	if (ferror(in) || interrupt_pending())
		clearerr(in);
	/* a line that was not finished is none: who knows what was meant to follow */
	if (got != SCRIPT_LINE || interrupt_pending())
		return NULL;
	if (line.len && line.s[line.len - 1] == '\r')
		line.s[--line.len] = '\0';
	return line.s ? arb_buf_steal(&line) : strdup("");
}

static bool choice_of(const char *line, const struct finding *f, struct answer *ret)
{
	return answer_parse(f, line + strspn(line, " \t"), ret);
}

static void show_question(struct front *f, const struct finding *x, bool details)
{
	ARB_BUF(b);

	finding_lines(&b, x, details);
	out_text(f, arb_buf_str(&b));
	out_flush(f);
}

static void make_prompt(struct arb_buf *out, const struct finding *f)
{
	arb_buf_puts(out, _("fix? [y]es [n]o [Y]es to all of this kind [N]o to all "));
	for (unsigned i = 0; f && i < f->nr_choices; i++)
		arb_buf_printf(out, "[%u] %s ", i + 1, f->choice[i].name);
	arb_buf_puts(out, _("[d]etails [s]top > "));
}

/* Nothing can make such a btree again: whoever gives it up types which one it is. */
static bool means_it(struct front *f, const struct finding *x, struct answer *a)
{
	ARB_BUF(name);
	ARB_BUF(prompt);
	char *line;

	if (!x || !x->empties || a->verb != ANSWER_FIX || session_setting(f->s, SETTING_EXPERT))
		return true;
	btree_id_to_text(&name, x->btree);
	arb_buf_printf(&prompt, _("this empties the btree %s for good. Type its name to do that: "), arb_buf_str(&name));
	line = f->read_line(f, arb_buf_str(&prompt));
	a->confirmed = line && !strcmp(line, arb_buf_str(&name));
	free(line);
	if (!a->confirmed)
		say("not its name: the question is still open");
	return a->confirmed;
}

/* Nobody is there. What is no error can be left as it is, which changes nothing; all else ends the pass. */
static struct answer answer_of_nobody(const struct front *f, const struct finding *x)
{
	if (!f->terminal && x && x->upkeep) {
		say("no answer: the input ended, or was none; what is no error is left as it is");
		return (struct answer){ .verb = ANSWER_SKIP, .source = ANSWER_BY_DEFAULT, .all = true };
	}
	say("no answer: the input ended, or was none; the pass is cancelled, nothing was assumed");
	return (struct answer){ .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
}

void ask(struct front *f, const struct session_message *q)
{
	enum { TRIES_MAX = 100 };	/* nobody is there, only noise */
	struct answer a = { .verb = ANSWER_STOP, .source = ANSWER_BY_DEFAULT };
	bool paging = f->paging;
	ARB_BUF(prompt);

	make_prompt(&prompt, q->finding);
	f->paging = false;
	if (!f->o->json && q->finding)
		show_question(f, q->finding, false);
	for (unsigned tries = 0; ; tries++) {
		char *line = tries < TRIES_MAX ? f->read_line(f, arb_buf_str(&prompt)) : NULL;

		if (!line) {
			if (!interrupt_pending())
				a = answer_of_nobody(f, q->finding);
			break;
		}
		struct answer given;
		bool known = choice_of(line, q->finding, &given), details = !strcmp(line, "d") || !strcmp(line, "details");

		free(line);
		if (known && means_it(f, q->finding, &given)) {
			a = given;
			break;
		}
		if (known)
			continue;
		if (details && q->finding && !f->o->json)
			show_question(f, q->finding, true);
		else if (!details && q->finding && q->finding->nr_choices)
			say("please answer y, n, Y, N, d, s or the number of a choice");
		else if (!details)
			say("please answer y, n, Y, N, d or s");
	}
	session_answer(f->s, q->id, a);
	f->paging = paging;
}

bool confirm(struct front *f, const char *prompt)
{
	char *line = f->read_line(f, prompt);
	bool yes = line && !strcmp(line, "yes");

	free(line);
	return yes;
}
