/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines into words, words into commands, completion, and that every row of the table can be explained. */
#include "../unit.h"
#include <stdlib.h>
#include "arborist/command/command.h"
#include "arborist/format/key_type.h"

static void words(const char *line, int want, const char *const *list)
{
	const char *argv[COMMAND_ARGS_MAX];
	struct arb_error err = { 0 };
	ARB_BUF(b);
	int argc = -1;

	assert_int_equal(command_split(line, &b, &argc, argv, COMMAND_ARGS_MAX, &err), ARB_OK);
	assert_int_equal(argc, want);
	for (int i = 0; i < want; i++)
		assert_string_equal(argv[i], list[i]);
}

static void split(void **state)
{
	(void)state;
	words("", 0, NULL);
	words("   \t\n", 0, NULL);
	words("# nothing", 0, NULL);
	words("keys extents 0:1:2", 3, (const char *[]){ "keys", "extents", "0:1:2" });
	words("  a  'b c'\"d e\" f\\ g # rest", 3, (const char *[]){ "a", "b cd e", "f g" });
	words("a ''", 2, (const char *[]){ "a", "" });
	words("a#b", 1, (const char *[]){ "a#b" });
	words("'\\' \"\\\"\"", 2, (const char *[]){ "\\", "\"" });
}

static void split_refuses(void **state)
{
	const char *argv[COMMAND_ARGS_MAX];
	struct arb_error err = { 0 };
	char many[4 * COMMAND_ARGS_MAX];
	ARB_BUF(b);
	int argc;

	(void)state;
	assert_int_equal(command_split("a 'b", &b, &argc, argv, COMMAND_ARGS_MAX, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(command_split("a \"b", &b, &argc, argv, COMMAND_ARGS_MAX, &err), ARB_E_BAD_ARGUMENT);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = i % 2 ? ' ' : 'x';
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(command_split(many, &b, &argc, argv, COMMAND_ARGS_MAX, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(argc, 0);
}

static void find(void **state)
{
	(void)state;
	assert_string_equal(command_find("keys")->name, "keys");
	assert_string_equal(command_find("key")->name, "key");		/* exact, though a prefix of keys */
	assert_string_equal(command_find("jou")->name, "journal");
	assert_null(command_find("fo"));				/* format, follow, forward */
	assert_string_equal(command_find("f")->name, "finish");		/* as in gdb */
	assert_string_equal(command_find("s")->name, "step");
	assert_null(command_find(""));
	assert_null(command_find("xyzzy"));
}

static void nearest(void **state)
{
	(void)state;
	assert_string_equal(command_nearest("comit"), "commit");
	assert_string_equal(command_nearest("fidnings"), "findings");
	assert_string_equal(command_nearest("kyes"), "keys");
	assert_null(command_nearest("frobnicate"));
	assert_null(command_nearest("a-word-that-is-much-longer-than-any-command-there-is"));
}

static void nearest_of(void **state)
{
	static const struct { enum command_complete kind; const char *word, *want; } cases[] = {
		{ COMPLETE_BTREE, "extnets", "extents" }, { COMPLETE_BTREE, "aloc", "alloc" }, { COMPLETE_PASS, "check_topologi", "check_topology" },
		{ COMPLETE_SETTING, "pcae", "pace" }, { COMPLETE_BTREE, "xyzzy", NULL }, { COMPLETE_NONE, "extents", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = command_nearest_of(cases[i].kind, cases[i].word);

		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		else
			assert_null(got);
		free(got);
	}
}

static void completes(const char *line, const char *want_first, size_t want)
{
	char **list = command_completions(line, strlen(line));
	size_t n = 0;

	assert_non_null(list);
	if (want_first)
		assert_string_equal(list[0], want_first);
	for (; list[n]; n++)
		free(list[n]);
	free(list);
	assert_int_equal(n, want);
}

static void complete(void **state)
{
	(void)state;
	completes("", commands[0].name, commands_nr);
	completes("jo", "journal", 1);
	completes("keys ext", "extents", 1);
	completes("goto ", "extents", BTREE_ID_NR);
	completes("run check_top", "check_topology", 1);
	completes("run check_topology:ino", "check_topology:inodes", 1);
	completes("set p", "pace", 1);
	completes("findings btree_node_topology_bad_max", "btree_node_topology_bad_max_key", 1);
	completes("nonsense x", NULL, 0);
}

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_nr; i++) {
		const struct command *c = &commands[i];
		ARB_BUF(b);

		assert_ptr_equal(command_find(c->name), c);
		assert_non_null(c->run);
		assert_true(c->min_args <= c->max_args && c->max_args < COMMAND_ARGS_MAX);
		assert_true(command_help_to_text(&b, c->name));
		assert_non_null(strstr(arb_buf_str(&b), c->summary[0] ? c->name : "?"));
	}
}

static void help_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < finding_rows_nr; i++) {
		ARB_BUF(b);

		assert_true(command_help_to_text(&b, finding_rows[i].id));
		assert_non_null(strstr(arb_buf_str(&b), finding_rows[i].title));
	}
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++) {
		ARB_BUF(b);

		assert_true(command_help_to_text(&b, recovery_passes[i].name));
	}
	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		ARB_BUF(b);

		assert_true(command_help_to_text(&b, btree_info(i)->name));
	}
	for (unsigned i = 0; i < KEY_TYPE_NR; i++) {
		ARB_BUF(b);

		assert_true(command_help_to_text(&b, bkey_type_name(i)));
	}
	ARB_BUF(b);
	assert_false(command_help_to_text(&b, "xyzzy"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split), cmocka_unit_test(split_refuses), cmocka_unit_test(find), cmocka_unit_test(nearest), cmocka_unit_test(nearest_of),
		cmocka_unit_test(complete), cmocka_unit_test(every_row), cmocka_unit_test(help_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
