/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help: from the tables of commands, findings, passes, btrees and key types, and from the glossary. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/key_type.h"
#include "arborist/session/find.h"
#include "glossary.h"
#include "row.h"
#include "help.h"

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

static bool help_command(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	const struct command *c = command_find(word);

	if (!c || strcmp(c->name, word))
		return false;
	*e = (struct help_entry){ "command", c->name, c->args, c->summary, 0, e->text };
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

static bool help_finding(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	const struct finding_row *r = finding_row(word);
	uint64_t nr;

	if (!r && !arg_number(word, FSCK_ERR_NR, &nr, NULL) && nr)
		r = finding_row_nr((unsigned)nr);
	if (!r)
		return false;
	*e = (struct help_entry){ "finding", r->id, NULL, r->title, r->nr, e->text };
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

static bool help_pass(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	const struct pass *p = pass_by_name(word);
	const struct recovery_pass_info *i = recovery_pass_by_name(word);

	if (!p && !i)
		return false;
	*e = (struct help_entry){ "pass", p ? p->name : i->name, NULL, p ? p->what : i->what, i ? i->id : 0, e->text };
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

static bool help_btree(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	unsigned id;

	if ((*word >= '0' && *word <= '9') || !btree_id_parse(word, &id))
		return false;
	*e = (struct help_entry){ "btree", btree_info(id)->name, NULL, btree_info(id)->what, id, e->text };
	arb_buf_printf(out, _("btree %s (number %u)\n"), word, id);
	if (btree_info(id)->what)
		paragraph(out, btree_info(id)->what, 4);
	key_types_of(out, btree_info(id));
	return true;
}

static bool help_key_type(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	unsigned t;

	if ((*word >= '0' && *word <= '9') || !bkey_type_parse(word, &t))
		return false;
	*e = (struct help_entry){ "key_type", bkey_type_name(t), NULL, bkey_type_help(t), t, e->text };
	arb_buf_printf(out, _("key type %s (number %u)\n"), word, t);
	if (bkey_type_help(t))
		paragraph(out, bkey_type_help(t), 4);
	return true;
}

static bool help_word(struct help_entry *e, const char *word)
{
	struct arb_buf *out = &e->text;
	for (size_t i = 0; i < glossary_nr; i++)
		if (!strcmp(glossary[i].word, word)) {
			*e = (struct help_entry){ "word", glossary[i].word, NULL, glossary[i].text, 0, e->text };
			arb_buf_printf(out, "%s\n", word);
			paragraph(out, glossary[i].text, 4);
			return true;
		}
	return false;
}

/* --- lists ------------------------------------------------------------------------------------------------------------------ */

static void list_findings(help_fn *fn, void *arg)
{
	for (size_t i = 0; i < finding_rows_nr; i++) {
		const struct finding_row *r = &finding_rows[i];
		struct help_entry e = { "finding", r->id, NULL, r->title, r->nr, { 0 } };

		arb_buf_printf(&e.text, "%-52s %s\n", r->id, tr(r->title));
		fn(arg, &e);
		arb_buf_free(&e.text);
	}
}

static void list_words(help_fn *fn, void *arg)
{
	struct help_entry e = { .kind = "words", .name = "words" };
	ARB_BUF(list);

	for (size_t i = 0; i < glossary_nr; i++)
		arb_buf_printf(&list, "%s%s", i ? " " : "", glossary[i].word);
	e.summary = arb_buf_str(&list);
	paragraph(&e.text, e.summary, 2);
	fn(arg, &e);
	arb_buf_free(&e.text);
}

static void list_commands(help_fn *fn, void *arg)
{
	for (size_t i = 0; i < commands_nr; i++) {
		struct help_entry e = { "command", commands[i].name, commands[i].args, commands[i].summary, 0, { 0 } };
		ARB_BUF(left);

		arb_buf_printf(&left, "%s %s", commands[i].name, commands[i].args);
		if (left.len > 30)
			arb_buf_printf(&e.text, "  %s\n  %-30s  %s\n", arb_buf_str(&left), "", tr(commands[i].summary));
		else
			arb_buf_printf(&e.text, "  %-30s  %s\n", arb_buf_str(&left), tr(commands[i].summary));
		fn(arg, &e);
		arb_buf_free(&e.text);
	}
}

static const char hint[] = N_("\nhelp WORD explains a command, a finding, a pass, a btree, a key type or a word;\n"
			      "help findings and help words list those. A first look: info, btrees, run check_topology.\n");

bool command_help(const char *word, help_fn *fn, void *arg)
{
	static bool (*const sources[])(struct help_entry *, const char *) = {
		help_command, help_pass, help_btree, help_finding, help_key_type, help_word,
	};
	bool found = false;

	if (!word)
		list_commands(fn, arg);
	for (size_t i = 0; word && i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct help_entry e = { 0 };

		if (sources[i](&e, word)) {
			fn(arg, &e);
			found = true;
		}
		arb_buf_free(&e.text);
	}
	if (word && !strcmp(word, "findings"))
		list_findings(fn, arg);
	if (word && !strcmp(word, "words"))
		list_words(fn, arg);
	return !word || found || !strcmp(word, "words");
}

static void add_text(void *arg, const struct help_entry *e)
{
	arb_buf_mem(arg, e->text.s, e->text.len);
}

bool command_help_to_text(struct arb_buf *out, const char *word)
{
	bool found = command_help(word, add_text, out);

	if (!word)
		arb_buf_puts(out, tr(hint));
	return found;
}

/* --- the command -------------------------------------------------------------------------------------------------------------- */

static void entry_row(void *arg, const struct help_entry *e)
{
	struct row r;

	row_begin(&r, arg, "help");
	row_str(&r, "kind", e->kind);
	row_str(&r, "name", e->name);
	if (e->nr)
		row_u64(&r, "nr", e->nr);
	if (e->args)
		row_str(&r, "arguments", e->args);
	row_str(&r, "summary", e->summary);
	row_text(&r, arb_buf_str(&e->text));
	row_end(&r);
}

enum arb_code cmd_help(struct command_ctx *c, struct arb_error *err)
{
	if (!command_help(c->argc ? c->argv[0] : NULL, entry_row, c))
		return arg_fail_unknown(COMPLETE_COMMAND, "help on", c->argv[0], "help words lists the words", err);
	if (!c->argc && !cmd_wants_events(c))
		cmd_text(c, tr(hint));
	return ARB_OK;
}
