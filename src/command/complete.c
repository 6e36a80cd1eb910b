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
	const char *colon = strchr(c->prefix, ':');

	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		ARB_BUF(b);

		add(c, btree_info(i)->name);
		for (unsigned level = 0; colon && level < BTREE_MAX_DEPTH; level++) {
			arb_buf_reset(&b);
			arb_buf_printf(&b, "%s:%u", btree_info(i)->name, level);
			add(c, arb_buf_str(&b));
		}
	}
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

/* --- later words ------------------------------------------------------------------------------------------------------ */

#define PLACES 64

/* Where findings were, newest last; of the front end's thread. */
static struct { unsigned btree; struct bpos pos; } places[PLACES];
static size_t places_nr;

void command_remember_place(unsigned btree, struct bpos pos)
{
	for (size_t i = 0; i < places_nr && i < PLACES; i++)
		if (places[i].btree == btree && bpos_eq(places[i].pos, pos))
			return;
	places[places_nr % PLACES].btree = btree;
	places[places_nr % PLACES].pos = pos;
	places_nr++;
}

static void add_list(struct candidates *c, const char *const *words)
{
	for (; *words; words++)
		add(c, *words);
}

static void add_positions(struct candidates *c, const char *first)
{
	static const char *const named[] = { "POS_MIN", "POS_MAX", "SPOS_MAX", NULL };
	const char *colon = strchr(c->prefix, ':');
	unsigned btree = ~0u;
	ARB_BUF(b);

	add_list(c, named);
	arb_buf_mem(&b, first, strcspn(first, ":"));
	if (!btree_id_parse(arb_buf_str(&b), &btree))
		return;
	for (size_t i = 0; i < places_nr && i < PLACES; i++) {
		arb_buf_reset(&b);
		bpos_to_text(&b, places[i].pos);
		if (places[i].btree == btree)
			add(c, arb_buf_str(&b));
	}
	colon = colon ? strchr(colon + 1, ':') : NULL;
	if (!colon)
		return;
	arb_buf_reset(&b);
	arb_buf_mem(&b, c->prefix, (size_t)(colon + 1 - c->prefix));
	arb_buf_puts(&b, "U32_MAX");
	add(c, arb_buf_str(&b));
}

static void add_values(struct candidates *c, const char *first)
{
	enum setting which;

	if (setting_by_name(first, &which))
		for (unsigned i = 0; i < SETTING_WORDS_MAX && setting_rows[which].words[i]; i++)
			add(c, setting_rows[which].words[i]);
}

static void add_answers(struct candidates *c, const char *first)
{
	static const char *const words[] = { "y", "n", "Y", "N", "stop", NULL };

	(void)first;
	add_list(c, words);
}

static void add_policies(struct candidates *c, const char *first)
{
	static const char *const words[] = { "yes", "no", "ask", NULL };

	(void)first;
	add_list(c, words);
}

static void add_more_passes(struct candidates *c, const char *first)
{
	(void)first;
	add_passes(c);
}

static const struct { const char *command; void (*add)(struct candidates *c, const char *first); } later[] = {
	{ "goto", add_positions }, { "keys", add_positions }, { "set", add_values }, { "answer", add_answers }, { "policy", add_policies },
	{ "run", add_more_passes },
};

/* @line ends where the word begins. */
static void add_arguments(struct candidates *c, const char *line, size_t at)
{
	const char *argv[COMMAND_ARGS_MAX];
	const struct command *cmd;
	ARB_BUF(before);
	ARB_BUF(words);
	int n = 0;

	arb_buf_mem(&before, line, at);
	if (command_split(arb_buf_str(&before), &words, &n, argv, COMMAND_ARGS_MAX, NULL) || !n || !(cmd = command_find(argv[0])))
		return;
	for (size_t i = 0; n > 1 && i < sizeof(later) / sizeof(later[0]); i++)
		if (!strcmp(later[i].command, cmd->name)) {
			later[i].add(c, argv[1]);
			return;
		}
	if (cmd->complete < sizeof(sources) / sizeof(sources[0]) && sources[cmd->complete])
		sources[cmd->complete](c);
}

char **command_completions(const char *line, size_t cursor)
{
	struct candidates c = { 0 };
	ARB_BUF(text);
	size_t at, first;

	arb_buf_mem(&text, line, cursor < strlen(line) ? cursor : strlen(line));
	line = arb_buf_str(&text);
	for (at = strlen(line); at > 0 && !isspace((unsigned char)line[at - 1]); at--)
		;
	first = strspn(line, " \t");
	c.prefix = line + at;
	if (at <= first)
		add_commands(&c);
	else
		add_arguments(&c, line, at);
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
