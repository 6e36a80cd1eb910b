/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help: from the tables of commands, findings, passes, btrees and key types, and from the glossary. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"
#include "arborist/session/find.h"
#include "glossary.h"
#include "internal.h"

#define HELP_WIDTH 78

/* Wraps a paragraph, every line indented. */
static void paragraph(struct arb_buf *out, const char *text, unsigned indent)
{
	text = tr(text);
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column && column + 1 + n > HELP_WIDTH) {
			arb_buf_putc(out, '\n');
			column = 0;
		}
		if (!column) {
			arb_buf_spaces(out, indent);
			column = indent;
		} else {
			arb_buf_putc(out, ' ');
			column++;
		}
		arb_buf_mem(out, text, n);
		column += n;
		text += n + strspn(text + n, " ");
	}
	arb_buf_putc(out, '\n');
}

static void list_fields(struct arb_buf *out)
{
	arb_buf_puts(out, "  Fields:\n");
	for (size_t i = 0; find_field_name(i); i++)
		arb_buf_printf(out, "    %-15s %s\n", find_field_name(i), tr(find_field_help(i)));
}

static bool help_command(struct arb_buf *out, const char *word)
{
	const struct command *c = command_find(word);

	if (!c || strcmp(c->name, word))
		return false;
	arb_buf_printf(out, "%s %s\n", c->name, c->args);
	paragraph(out, c->summary, 4);
	if (c->help)
		paragraph(out, c->help, 4);
	if (c->complete == COMPLETE_FIELD)
		list_fields(out);
	return true;
}

static const char *const kinds[] = {
	[FINDING_FSCK] = N_("may be fixed or skipped"), [FINDING_MUSTFIX] = N_("must be fixed, skipping it stops the pass"),
	[FINDING_NEED_FSCK] = N_("only reported"), [FINDING_READ] = N_("repaired in memory while reading"), [FINDING_NOTE] = N_("a note, not an error"),
};

static bool help_finding(struct arb_buf *out, const char *word)
{
	const struct finding_row *r = finding_row(word);
	uint64_t nr;

	if (!r && !arg_number(word, FSCK_ERR_NR, &nr, NULL) && nr)
		r = finding_row_nr((unsigned)nr);
	if (!r)
		return false;
	arb_buf_printf(out, _("finding %s"), r->id);
	if (r->nr)
		arb_buf_printf(out, _(" (number %u)"), r->nr);
	arb_buf_printf(out, ": %s\n", tr(r->title));
	paragraph(out, kinds[r->kind], 4);
	if (r->help)
		paragraph(out, r->help, 4);
	if (r->fix)
		arb_buf_puts(out, _("  fix:\n")), paragraph(out, r->fix, 4);
	if (r->skip)
		arb_buf_puts(out, _("  skip:\n")), paragraph(out, r->skip, 4);
	if (r->safe)
		paragraph(out, _("-p fixes it unasked."), 4);
	return true;
}

static bool help_pass(struct arb_buf *out, const char *word)
{
	const struct pass *p = pass_by_name(word);
	const struct recovery_pass_info *i = recovery_pass_by_name(word);

	if (!p && !i)
		return false;
	arb_buf_printf(out, _("pass %s"), word);
	if (i)
		arb_buf_printf(out, _(" (id %u)"), i->id);
	arb_buf_putc(out, '\n');
	paragraph(out, p ? p->what : i->what, 4);
	if (p && p->help)
		paragraph(out, p->help, 4);
	if (!p)
		paragraph(out, _("arborist does not have this pass; the kernel runs it."), 4);
	return true;
}

static void key_types_of(struct arb_buf *out, const struct btree_info *b)
{
	ARB_BUF(list);

	arb_buf_puts(&list, _("Leaf keys:"));
	for (unsigned t = 0; t < KEY_TYPE_NR; t++)
		if (b->leaf_types & (1ull << t) && bkey_type_name(t))
			arb_buf_printf(&list, " %s", bkey_type_name(t));
	paragraph(out, arb_buf_str(&list), 4);
}

static bool help_btree(struct arb_buf *out, const char *word)
{
	unsigned id;

	if ((*word >= '0' && *word <= '9') || !btree_id_parse(word, &id))
		return false;
	arb_buf_printf(out, _("btree %s (number %u)\n"), word, id);
	if (btree_info(id)->what)
		paragraph(out, btree_info(id)->what, 4);
	key_types_of(out, btree_info(id));
	return true;
}

static bool help_key_type(struct arb_buf *out, const char *word)
{
	unsigned t;

	if ((*word >= '0' && *word <= '9') || !bkey_type_parse(word, &t))
		return false;
	arb_buf_printf(out, _("key type %s (number %u)\n"), word, t);
	if (bkey_type_help(t))
		paragraph(out, bkey_type_help(t), 4);
	return true;
}

static bool help_word(struct arb_buf *out, const char *word)
{
	for (size_t i = 0; i < glossary_nr; i++)
		if (!strcmp(glossary[i].word, word)) {
			arb_buf_printf(out, "%s\n", word);
			paragraph(out, glossary[i].text, 4);
			return true;
		}
	return false;
}

static void list_findings(struct arb_buf *out)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		arb_buf_printf(out, "%-52s %s\n", finding_rows[i].id, tr(finding_rows[i].title));
}

static void list_words(struct arb_buf *out)
{
	ARB_BUF(list);

	for (size_t i = 0; i < glossary_nr; i++)
		arb_buf_printf(&list, "%s%s", i ? " " : "", glossary[i].word);
	paragraph(out, arb_buf_str(&list), 2);
}

static void list_commands(struct arb_buf *out)
{
	for (size_t i = 0; i < commands_nr; i++) {
		ARB_BUF(left);

		arb_buf_printf(&left, "%s %s", commands[i].name, commands[i].args);
		if (left.len > 30)
			arb_buf_printf(out, "  %s\n  %-30s  %s\n", arb_buf_str(&left), "", tr(commands[i].summary));
		else
			arb_buf_printf(out, "  %-30s  %s\n", arb_buf_str(&left), tr(commands[i].summary));
	}
	arb_buf_puts(out, _("\nhelp WORD explains a command, a finding, a pass, a btree, a key type or a word;\n"
		     "help findings and help words list those. A first look: info, btrees, run check_topology.\n"));
}

bool command_help_to_text(struct arb_buf *out, const char *word)
{
	static bool (*const sources[])(struct arb_buf *, const char *) = {
		help_command, help_pass, help_btree, help_finding, help_key_type, help_word,
	};
	bool found = false;

	if (!word) {
		list_commands(out);
		return true;
	}
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		found |= sources[i](out, word);
	if (!strcmp(word, "findings"))
		list_findings(out);
	if (!strcmp(word, "words"))
		list_words(out);
	return found || !strcmp(word, "words");
}
