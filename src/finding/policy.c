/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who answers without being asked (repair-semantics.md 2.2 and its [T] rulings). In this order, the first that applies:
 * what a file or a command laid down for the id; what a person said for "all of this kind", kept by id *and* site; the mode
 * of the run (-n, -y, -p). Nothing else is an answer: silence is not consent.
 */
#include "arborist/base/i18n.h"
#include "arborist/finding/finding.h"
#include "arborist/format/fsck_err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/base/array.h"

enum forced { FORCED_ASK, FORCED_YES, FORCED_NO };
static const char *const forced_names[] = { [FORCED_ASK] = "ask", [FORCED_YES] = "yes", [FORCED_NO] = "no" };

/* For a finding, for all of a pass (row NULL), or for a finding of one pass. */
struct policy_line { const struct finding_row *row; char *pass; enum forced value; };
struct policy_memory { const struct finding_row *row; char *site; enum answer_verb verb; enum answer_source source; };

struct policy {
	enum policy_mode mode;
	ARB_ARRAY(struct policy_line) lines;
	ARB_ARRAY(struct policy_memory) memory;
};

enum arb_code policy_new(enum policy_mode mode, struct policy **ret, struct arb_error *err)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the policy");
	p->mode = mode;
	*ret = p;
	return ARB_OK;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->memory.nr; i++)
		free(p->memory.v[i].site);
	for (size_t i = 0; i < p->lines.nr; i++)
		free(p->lines.v[i].pass);
	arb_array_free(&p->memory);
	arb_array_free(&p->lines);
	free(p);
}

static bool same_pass(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static struct policy_line *line_same(const struct policy *p, const struct finding_row *row, const char *pass)
{
	for (size_t i = 0; i < p->lines.nr; i++)
		if (p->lines.v[i].row == row && same_pass(p->lines.v[i].pass, pass))
			return &p->lines.v[i];
	return NULL;
}

/* The line that says most about it: pass and finding, else finding, else pass. */
static const struct policy_line *line_of(const struct policy *p, const struct finding *f)
{
	const struct policy_line *l = f->pass ? line_same(p, f->row, f->pass) : NULL;

	if (!l)
		l = line_same(p, f->row, NULL);
	return l || !f->pass ? l : line_same(p, NULL, f->pass);
}

static bool pass_known(const char *name, size_t n)
{
	static const char gc_gens[] = "gc_gens";	/* not one of the kernel's recovery passes */

	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		if (strlen(recovery_passes[i].name) == n && !memcmp(recovery_passes[i].name, name, n))
			return true;
	return n == strlen(gc_gens) && !memcmp(name, gc_gens, n);
}

/* By its id, or its number, as break and help take it. */
static const struct finding_row *row_named(const char *id)
{
	size_t n = strlen(id);

	return n && n <= 6 && strspn(id, "0123456789") == n ? finding_row_nr((unsigned)strtoul(id, NULL, 10)) : finding_row(id);
}

bool policy_subject(const char *word, const struct finding_row **ret_row, char **ret_pass)
{
	const char *colon = strchr(word, ':'), *id = colon ? colon + 1 : word;
	size_t n = colon ? (size_t)(colon - word) : strlen(word);
	bool pass = (colon || !row_named(word)) && pass_known(word, n);

	*ret_pass = NULL;
	*ret_row = pass && !colon ? NULL : row_named(id);
	if ((colon && !pass) || (!pass && !*ret_row) || (colon && !*ret_row))
		return false;
	if (pass)
		*ret_pass = strndup(word, n);
	return !pass || *ret_pass;
}

static const struct policy_memory *memory_of(const struct policy *p, const struct finding *f)
{
	for (size_t i = 0; i < p->memory.nr; i++)
		if (p->memory.v[i].row == f->row && !strcmp(p->memory.v[i].site, f->site))
			return &p->memory.v[i];
	return NULL;
}

enum arb_code policy_set(struct policy *p, const char *id, const char *value, struct arb_error *err)
{
	const struct finding_row *row;
	struct policy_line *l;
	char *pass;
	unsigned v;

	for (v = 0; v < 3 && strcmp(forced_names[v], value); v++)
		;
	if (v == 3)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "policy: '%.80s' is none of yes, no, ask", value);
	if (!policy_subject(id, &row, &pass))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "policy: there is no finding or pass called '%.80s'", id);
	l = line_same(p, row, pass);
	if (l)
		free(pass);
	else if ((l = arb_array_push(&p->lines)))
		*l = (struct policy_line){ .row = row, .pass = pass };
	if (!l) {
		free(pass);
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the policy");
	}
	l->value = v;
	return ARB_OK;
}

static enum arb_code policy_line_read(struct policy *p, char *line, struct arb_error *err)
{
	char *save, *id, *value, *more;

	line[strcspn(line, "#\n")] = 0;
	id = strtok_r(line, " \t\r", &save);
	if (!id)
		return ARB_OK;
	value = strtok_r(NULL, " \t\r", &save);
	more = value ? strtok_r(NULL, " \t\r", &save) : NULL;
	if (!value || more)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "expected 'ID yes|no|ask', 'PASS yes|no|ask' or 'PASS:ID yes|no|ask'");
	return policy_set(p, id, value, err);
}

#define LINES_MAX 10000u

enum arb_code policy_set_words(struct policy *p, const char *words, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	while (!code && *words) {
		size_t n = strcspn(words, ","), eq = strcspn(words, "=");
		ARB_BUF(id);
		ARB_BUF(value);

		arb_buf_mem(&id, words, eq < n ? eq : n);
		arb_buf_mem(&value, words + (eq < n ? eq + 1 : n), eq < n ? n - eq - 1 : 0);
		code = policy_set(p, arb_buf_str(&id), arb_buf_str(&value), err);
		words += n + (words[n] == ',');
	}
	return code;
}

enum arb_code policy_load(struct policy *p, const char *path, struct arb_error *err)
{
	FILE *f = fopen(path, "re");
	enum arb_code c = ARB_OK;
	unsigned nr = 0;
	char line[512];

	if (!f)
		return arb_fail_sys(err, ARB_E_USAGE, errno, "policy file %s", path);
	while (!c && fgets(line, sizeof(line), f)) {
		nr++;
		if (!strchr(line, '\n') && !feof(f))	/* longer than the room, or with a NUL in it */
			c = arb_fail(err, ARB_E_BAD_ARGUMENT, "a line too long, or not a text");
		else if (nr > LINES_MAX)
			c = arb_fail(err, ARB_E_BAD_ARGUMENT, "more than %u lines", LINES_MAX);
		else
			c = policy_line_read(p, line, err);
		if (c)
			arb_error_context(err, "%s:%u", path, nr);
	}
	if (!c && ferror(f))
		c = arb_fail_sys(err, ARB_E_USAGE, errno, "policy file %s", path);
	fclose(f);
	return c;
}

void policy_remember(struct policy *p, const struct finding *f, struct answer a)
{
	struct policy_memory *m = (struct policy_memory *)memory_of(p, f);
	char *site;

	if (!m) {
		site = strdup(f->site);
		m = site ? arb_array_push(&p->memory) : NULL;
		if (!m) {
			free(site);
			return;		/* it is asked again: never a wrong answer */
		}
		m->row = f->row;
		m->site = site;
	}
	m->verb = a.verb;
	m->source = a.source;
}

static struct answer by(enum answer_verb verb, enum answer_source source)
{
	return (struct answer){ .verb = verb, .source = source };
}

static enum answer_verb preen(const struct finding *f)
{
	if (f->row->safe && f->suggested == ANSWER_FIX)
		return ANSWER_FIX;
	return f->row->kind == FINDING_MUSTFIX ? ANSWER_STOP : ANSWER_SKIP;
}

static bool mode_answer(const struct policy *p, const struct finding *f, struct answer *ret)
{
	switch (p->mode) {
	case POLICY_NO:		/* rehearsed in memory, so that checking can go on */
		*ret = by(ANSWER_FIX, ANSWER_BY_OPTION);
		return true;
	case POLICY_YES:
		*ret = by(f->suggested, ANSWER_BY_OPTION);
		ret->here = f->suggested == ANSWER_STOP;
		return true;
	case POLICY_PREEN:
		*ret = by(preen(f), ANSWER_BY_OPTION);
		return true;
	case POLICY_ASK:
		break;
	}
	return false;
}

bool policy_answer(const struct policy *p, const struct finding *f, struct answer *ret)
{
	const struct policy_line *l = line_of(p, f);
	const struct policy_memory *m;

	if (f->row->kind == FINDING_NOTE || f->row->kind == FINDING_NEED_FSCK) {
		/* what can be done about a note is done only where it was said to be wanted */
		*ret = f->repair && l && l->row && l->value == FORCED_YES ? by(ANSWER_FIX, ANSWER_BY_POLICY) : by(ANSWER_SKIP, ANSWER_BY_DEFAULT);
		return true;
	}
	if (l && l->value != FORCED_ASK) {
		*ret = by(l->value == FORCED_YES ? ANSWER_FIX : ANSWER_SKIP, ANSWER_BY_POLICY);
		return true;
	}
	m = l ? NULL : memory_of(p, f);
	if (m) {
		*ret = by(m->verb, m->source);
		return true;
	}
	/* "ask" in a file asks a person if there is one; without one the mode answers. */
	return mode_answer(p, f, ret);
}

static const char *const mode_texts[] = {
	[POLICY_ASK] = N_("every finding is asked"), [POLICY_NO] = N_("every repair is rehearsed in memory, nothing is written (-n)"),
	[POLICY_YES] = N_("the suggested answer is taken (-y)"), [POLICY_PREEN] = N_("what is safe is repaired, the first other must-fix finding ends the pass (-p)"),
};

size_t policy_rows(const struct policy *p)
{
	return p->lines.nr + p->memory.nr;
}

struct policy_row policy_row(const struct policy *p, size_t i)
{
	const struct policy_memory *m = i >= p->lines.nr ? &p->memory.v[i - p->lines.nr] : NULL;
	const struct policy_line *l = m ? NULL : &p->lines.v[i];

	if (m)
		return (struct policy_row){ .finding = m->row->id, .site = m->site, .answer = answer_verb_name(m->verb) };
	return (struct policy_row){ .pass = l->pass, .finding = l->row ? l->row->id : NULL, .answer = forced_names[l->value] };
}

const char *policy_mode_text(const struct policy *p)
{
	return mode_texts[p->mode];
}

const char *policy_mode_name(const struct policy *p)
{
	static const char *const names[] = { [POLICY_ASK] = "ask", [POLICY_NO] = "no", [POLICY_YES] = "yes", [POLICY_PREEN] = "preen" };

	return names[p->mode];
}
