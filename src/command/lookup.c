/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding commands: exact, by unique prefix, nearest; and splitting lines into words. */
#include <config.h>
#include <ctype.h>
#include "internal.h"

/* One letter for what is typed again and again at a stop, as in gdb. */
static const char *unabbreviated(const char *name)
{
	static const struct { const char *letter, *name; } letters[] = {
		{ "b", "break" }, { "s", "step" }, { "n", "next" }, { "f", "finish" }, { "c", "continue" },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (!strcmp(letters[i].letter, name))
			return letters[i].name;
	return name;
}

const struct command *command_find(const char *name)
{
	const struct command *found = NULL;
	size_t n;

	name = unabbreviated(name);
	n = strlen(name);
	for (size_t i = 0; n && i < commands_nr; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		if (strncmp(commands[i].name, name, n))
			continue;
		if (found)
			found = NULL, n = 0;	/* not unique; an exact one may still come */
		else
			found = &commands[i];
	}
	if (n)
		return found;
	for (size_t i = 0; i < commands_nr; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

#define NEAR_MAX 24

/* Edits (insert, delete, replace, swap of neighbours) from one word to the other; words longer than NEAR_MAX are far. */
unsigned word_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned d[NEAR_MAX + 1][NEAR_MAX + 1];

	if (n > NEAR_MAX || m > NEAR_MAX)
		return ~0u;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			unsigned x = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < x)
				x = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < x)
				x = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < x)
				x = d[i - 2][j - 2] + 1;
			d[i][j] = x;
		}
	return d[n][m];
}

const char *command_nearest(const char *word)
{
	const char *best = NULL;
	unsigned least = strlen(word) < 4 ? 2 : 3;

	for (size_t i = 0; i < commands_nr; i++) {
		unsigned d = word_distance(word, commands[i].name);

		if (d < least) {
			least = d;
			best = commands[i].name;
		}
	}
	return best;
}

struct split {
	const char *p;
	size_t starts[COMMAND_ARGS_MAX];
	int n, max;
	struct arb_buf *out;
};

/* One word into the storage, with its NUL. False: a quote is not closed. */
static bool split_word(struct split *s)
{
	char quote = 0;

	for (; *s->p && (quote || !isspace((unsigned char)*s->p)); s->p++) {
		if (quote ? *s->p == quote : (*s->p == '\'' || *s->p == '"'))
			quote = quote ? 0 : *s->p;
		else if (*s->p == '\\' && quote != '\'' && s->p[1])
			arb_buf_putc(s->out, *++s->p);
		else
			arb_buf_putc(s->out, *s->p);
	}
	arb_buf_putc(s->out, '\0');
	return !quote;
}

enum arb_code command_split(const char *line, struct arb_buf *storage, int *argc, const char **argv, int max, struct arb_error *err)
{
	struct split s = { .p = line, .out = storage, .max = max < COMMAND_ARGS_MAX ? max : COMMAND_ARGS_MAX };

	*argc = 0;
	arb_buf_reset(storage);
	for (;;) {
		while (isspace((unsigned char)*s.p))
			s.p++;
		if (!*s.p || *s.p == '#')
			break;
		if (s.n == s.max)
			return arb_fail(err, ARB_E_BAD_ARGUMENT, "more than %d words in a line", s.max);
		s.starts[s.n++] = storage->len;
		if (!split_word(&s))
			return arb_fail(err, ARB_E_BAD_ARGUMENT, "a quote is not closed");
	}
	if (storage->oom)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	for (int i = 0; i < s.n; i++)
		argv[i] = storage->s + s.starts[i];
	*argc = s.n;
	return ARB_OK;
}

void command_quote(struct arb_buf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./:,=@%";

	if (*word && !word[strspn(word, plain)]) {
		arb_buf_puts(out, word);
		return;
	}
	arb_buf_putc(out, '"');
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			arb_buf_putc(out, '\\');
		arb_buf_putc(out, *word);
	}
	arb_buf_putc(out, '"');
}

const struct command *command_of_line(const char *line)
{
	const char *argv[COMMAND_ARGS_MAX];
	ARB_BUF(words);
	int argc;

	if (command_split(line, &words, &argc, argv, COMMAND_ARGS_MAX, NULL) || !argc)
		return NULL;
	return command_find(argv[0]);
}
