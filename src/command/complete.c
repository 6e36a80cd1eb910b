/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion of the last word of a line, from the tables. File names are the front end's business. */
#include <config.h>
#include <ctype.h>
#include "arborist/format/key_type.h"
#include "arborist/session/find.h"
#include "glossary.h"
#include "internal.h"

struct candidates {
	const char *prefix;
	ARB_ARRAY(char *) list;
};

static void add(struct candidates *c, const char *word)
{
	char **p;

	if (!word || strncmp(word, c->prefix, strlen(c->prefix)))
		return;
	for (size_t i = 0; i < c->list.nr; i++)
		if (!strcmp(c->list.v[i], word))
			return;
	p = (char **)arb_array_push(&c->list);
	if (p && !(*p = strdup(word)))
		c->list.nr--;
}

static void add_commands(struct candidates *c)
{
	for (size_t i = 0; i < commands_nr; i++)
		add(c, commands[i].name);
}

static void add_btrees(struct candidates *c)
{
	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		add(c, btree_info(i)->name);
}

static void add_passes(struct candidates *c)
{
	const char *colon = strchr(c->prefix, ':');

	for (size_t i = 0; i < passes_nr; i++) {
		ARB_BUF(b);

		add(c, passes[i]->name);
		for (unsigned t = 0; colon && t < BTREE_ID_NR; t++) {
			arb_buf_reset(&b);
			arb_buf_printf(&b, "%s:%s", passes[i]->name, btree_info(t)->name);
			add(c, arb_buf_str(&b));
		}
	}
}

static void add_findings(struct candidates *c)
{
	for (size_t i = 0; i < finding_rows_nr; i++)
		add(c, finding_rows[i].id);
}

/* What a pass can stop at. */
static void add_stops(struct candidates *c)
{
	static const char *const words[] = { "bucket", "mutation", "node", "pass", "finding" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		add(c, words[i]);
	for (size_t i = 0; i < passes_nr; i++)
		add(c, passes[i]->name);
	add_btrees(c);
	add_findings(c);
}

static void add_settings(struct candidates *c)
{
	for (size_t i = 0; i < SETTING_NR; i++)
		add(c, setting_rows[i].name);
}

static void add_fields(struct candidates *c)
{
	for (size_t i = 0; find_field_name(i); i++)
		add(c, find_field_name(i));
}

static void add_btrees_and_findings(struct candidates *c)
{
	add_btrees(c);
	add_findings(c);
}

/* Everything help knows. */
static void add_words(struct candidates *c)
{
	add_commands(c);
	add_btrees(c);
	add_passes(c);
	add_findings(c);
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		add(c, recovery_passes[i].name);
	for (unsigned i = 0; i < KEY_TYPE_NR; i++)
		add(c, bkey_type_name(i));
	for (size_t i = 0; i < glossary_nr; i++)
		add(c, glossary[i].word);
	add(c, "words");
}

static void (*const sources[])(struct candidates *) = {
	[COMPLETE_BTREE] = add_btrees, [COMPLETE_PASS] = add_passes, [COMPLETE_FINDING] = add_findings,
	[COMPLETE_COMMAND] = add_words, [COMPLETE_SETTING] = add_settings, [COMPLETE_FIELD] = add_fields, [COMPLETE_PLAN] = add_btrees_and_findings,
	[COMPLETE_BREAK] = add_stops,
};

char **command_completions(const char *line, size_t cursor)
{
	struct candidates c = { 0 };
	ARB_BUF(text);
	size_t at, first;
	const struct command *cmd;

	arb_buf_mem(&text, line, cursor < strlen(line) ? cursor : strlen(line));
	line = arb_buf_str(&text);
	for (at = strlen(line); at > 0 && !isspace((unsigned char)line[at - 1]); at--)
		;
	first = strspn(line, " \t");
	c.prefix = line + at;
	if (at <= first) {
		add_commands(&c);
	} else {
		cmd = command_of_line(line);
		if (cmd && cmd->complete < sizeof(sources) / sizeof(sources[0]) && sources[cmd->complete])
			sources[cmd->complete](&c);
	}
	if (!arb_array_reserve(&c.list, c.list.nr + 1))
		return NULL;
	c.list.v[c.list.nr] = NULL;
	return c.list.v;
}

char *command_nearest_of(enum command_complete kind, const char *word)
{
	struct candidates c = { .prefix = "" };
	unsigned least = strlen(word) < 4 ? 2 : 3;
	char *best = NULL;

	if (kind >= sizeof(sources) / sizeof(sources[0]) || !sources[kind])
		return NULL;
	sources[kind](&c);
	for (size_t i = 0; i < c.list.nr; i++) {
		unsigned d = word_distance(word, c.list.v[i]);

		if (d < least) {
			free(best);
			least = d;
			best = c.list.v[i];
		} else {
			free(c.list.v[i]);
		}
	}
	arb_array_free(&c.list);
	return best;
}
