/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers what: modes, forced answers, memory by id and site, policy files. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "arborist/finding/finding.h"
#include "../temp.h"

#define MUST	"btree_node_topology_bad_min_key"
#define OTHER	"btree_node_topology_bad_max_key"
#define SAFE	"arborist_topology_fill_from_scan"
#define REPORT	"btree_node_topology_empty_interior_node"

static struct policy *policy(enum policy_mode mode)
{
	struct policy *p;

	assert_int_equal(policy_new(mode, &p, NULL), ARB_OK);
	return p;
}

/* What @p answers to a finding; ANSWER_NONE: it does not. */
static struct answer ask_suggesting(const struct policy *p, const char *id, const char *site, enum answer_verb suggested)
{
	struct finding *f = finding_new(id, site);
	struct answer a = { 0 };

	if (suggested != ANSWER_NONE)
		f->suggested = suggested;
	if (!policy_answer(p, f, &a))
		a = (struct answer){ .verb = ANSWER_NONE };
	finding_free(f);
	return a;
}

static struct answer ask(const struct policy *p, const char *id, const char *site)
{
	return ask_suggesting(p, id, site, ANSWER_NONE);
}

static void remember(struct policy *p, const char *id, const char *site, enum answer_verb verb)
{
	struct finding *f = finding_new(id, site);

	policy_remember(p, f, (struct answer){ .verb = verb, .source = ANSWER_BY_PERSON, .all = true });
	finding_free(f);
}

static void silence_is_no_answer(void **state)
{
	struct policy *p = policy(POLICY_ASK);

	(void)state;
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_NONE);
	assert_int_equal(ask(p, REPORT, "a").verb, ANSWER_SKIP);
	policy_free(p);
}

static void modes(void **state)
{
	static const struct { enum policy_mode mode; const char *id; enum answer_verb suggested, verb; } rows[] = {
		{ POLICY_NO, MUST, ANSWER_FIX, ANSWER_FIX },
		{ POLICY_NO, MUST, ANSWER_STOP, ANSWER_FIX },
		{ POLICY_YES, MUST, ANSWER_FIX, ANSWER_FIX },
		{ POLICY_YES, MUST, ANSWER_STOP, ANSWER_STOP },
		{ POLICY_PREEN, MUST, ANSWER_FIX, ANSWER_STOP },
		{ POLICY_PREEN, SAFE, ANSWER_FIX, ANSWER_FIX },
		{ POLICY_PREEN, SAFE, ANSWER_STOP, ANSWER_STOP },
		{ POLICY_PREEN, "bset_bad_csum", ANSWER_FIX, ANSWER_SKIP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *p = policy(rows[i].mode);
		struct answer a = ask_suggesting(p, rows[i].id, "a", rows[i].suggested);

		assert_int_equal(a.verb, rows[i].verb);
		assert_int_equal(a.source, ANSWER_BY_OPTION);
		policy_free(p);
	}
}

static void memory_is_by_id_and_site(void **state)
{
	struct policy *p = policy(POLICY_ASK);

	(void)state;
	remember(p, MUST, "a", ANSWER_SKIP);
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_SKIP);
	assert_int_equal(ask(p, MUST, "a").source, ANSWER_BY_PERSON);
	assert_int_equal(ask(p, MUST, "b").verb, ANSWER_NONE);
	assert_int_equal(ask(p, OTHER, "a").verb, ANSWER_NONE);
	remember(p, MUST, "a", ANSWER_FIX);
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_FIX);
	policy_free(p);
}

static void forced_no_beats_yes(void **state)
{
	struct policy *p = policy(POLICY_YES);

	(void)state;
	assert_int_equal(policy_set(p, MUST, "no", NULL), ARB_OK);
	remember(p, MUST, "a", ANSWER_FIX);
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_SKIP);
	assert_int_equal(ask(p, MUST, "a").source, ANSWER_BY_POLICY);
	assert_int_equal(ask(p, OTHER, "a").verb, ANSWER_FIX);
	policy_free(p);
}

static void ask_takes_the_memory_back(void **state)
{
	struct policy *p = policy(POLICY_ASK);

	(void)state;
	remember(p, MUST, "a", ANSWER_FIX);
	assert_int_equal(policy_set(p, MUST, "ask", NULL), ARB_OK);
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_NONE);
	policy_free(p);
}

static enum arb_code load_text(struct policy *p, const char *text, struct arb_error *err)
{
	char path[TEMP_PATH];
	int fd = temp_file(path, "policy");
	enum arb_code code;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	code = policy_load(p, path, err);
	unlink(path);
	return code;
}

static void files(void **state)
{
	struct policy *p = policy(POLICY_ASK);
	struct arb_error err = { 0 };
	char *line;

	(void)state;
	assert_int_equal(load_text(p, "# comment\n\n" MUST " yes # why\n" OTHER "\tno", &err), ARB_OK);
	assert_int_equal(ask(p, MUST, "a").verb, ANSWER_FIX);
	assert_int_equal(ask(p, OTHER, "a").verb, ANSWER_SKIP);
	assert_int_equal(load_text(p, MUST " perhaps\n", &err), ARB_E_BAD_ARGUMENT);
	assert_non_null(strstr(err.text, ":1: "));
	assert_int_equal(load_text(p, "\nnonsense yes\n", &err), ARB_E_BAD_ARGUMENT);
	assert_non_null(strstr(err.text, ":2: "));
	assert_int_equal(load_text(p, MUST "\n", &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(load_text(p, MUST " yes no\n", &err), ARB_E_BAD_ARGUMENT);
	line = malloc(2000);
	memset(line, 'a', 1999);
	line[1999] = 0;
	assert_int_equal(load_text(p, line, &err), ARB_E_BAD_ARGUMENT);
	free(line);
	assert_int_equal(policy_load(p, "/nonexistent/policy", &err), ARB_E_USAGE);
	policy_free(p);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(silence_is_no_answer),
	cmocka_unit_test(modes),
	cmocka_unit_test(memory_is_by_id_and_site),
	cmocka_unit_test(forced_no_beats_yes),
	cmocka_unit_test(ask_takes_the_memory_back),
	cmocka_unit_test(files),
};
UNIT_MAIN(tests)
