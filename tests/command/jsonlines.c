/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jsonlines: reads standard input; every line must be one JSON object whose first member is "event", and the last line's
 * event must be "summary". Prints the events, one a line; says what is wrong on standard error and exits 1. With -f it prints a
 * line for each member of each object: EVENT MEMBER KIND, where KIND is n(umber), t(ext), b(oolean), l(ist), o(bject) or - for null.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *at;
static bool show_members;
static char event[64];

static bool value(unsigned depth);

static void blank(void)
{
	while (*at == ' ' || *at == '\t')
		at++;
}

static bool string(char *ret, size_t n)
{
	size_t i = 0;

	if (*at++ != '"')
		return false;
	for (; *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			return false;
		if (*at == '\\') {
			at++;
			if (*at == 'u') {
				for (unsigned k = 0; k < 4; k++)
					if (!isxdigit((unsigned char)*++at))
						return false;
			} else if (!*at || !strchr("\"\\/bfnrt", *at)) {
				return false;
			}
		}
		if (i + 1 < n)
			ret[i++] = *at;
	}
	at++;
	if (n)
		ret[i] = '\0';
	return true;
}

static char kind(void)
{
	blank();
	return *at == '{' ? 'o' : *at == '[' ? 'l' : *at == '"' ? 't' : *at == 'n' ? '-' : *at == 't' || *at == 'f' ? 'b' : 'n';
}

static bool members(unsigned depth, char close, bool named)
{
	char name[64] = "";

	at++;
	blank();
	if (*at == close) {
		at++;
		return true;
	}
	for (;;) {
		blank();
		if (named) {
			if (!string(name, depth ? 0 : sizeof(name)))
				return false;
			blank();
			if (*at++ != ':')
				return false;
		}
		if (named && !depth && show_members)
			printf("%s %s %c\n", event, name, kind());
		if (!value(depth + 1))
			return false;
		blank();
		if (*at == close) {
			at++;
			return true;
		}
		if (*at++ != ',')
			return false;
	}
}

static bool number(void)
{
	char *end;

	if (*at != '-' && !isdigit((unsigned char)*at))
		return false;
	strtod(at, &end);
	at = end;
	return true;
}

static bool value(unsigned depth)
{
	static const char *const words[] = { "true", "false", "null" };

	if (depth > 60)
		return false;
	blank();
	if (*at == '{')
		return members(depth, '}', true);
	if (*at == '[')
		return members(depth, ']', false);
	if (*at == '"')
		return string(NULL, 0);
	for (unsigned i = 0; i < 3; i++)
		if (!strncmp(at, words[i], strlen(words[i]))) {
			at += strlen(words[i]);
			return true;
		}
	return number();
}

static bool line_ok(const char *line)
{
	static const char head[] = "{\"event\":";

	if (strncmp(line, head, sizeof(head) - 1))
		return false;
	at = line + sizeof(head) - 1;
	if (!string(event, sizeof(event)))
		return false;
	at = line;
	return value(0) && !*at;
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	show_members = argc > 1 && !strcmp(argv[1], "-f");
	for (unsigned nr = 1; (n = getline(&line, &cap, stdin)) > 0; nr++) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (!line_ok(line)) {
			fprintf(stderr, "line %u is not an object with event first: %s\n", nr, line);
			return 1;
		}
		if (!show_members)
			puts(event);
	}
	free(line);
	if (strcmp(event, "summary")) {
		fprintf(stderr, "the last event is \"%s\", not summary\n", event);
		return 1;
	}
	return 0;
}
