/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key-binding table: no key means two things in one view, every row can be reached and says what it does. */
#include "../unit.h"
#include "keys.h"
#include "rebind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned views[] = {
	CTX_GLOBAL, CTX_TREE, CTX_TEXT, CTX_NODE, CTX_LOG, CTX_PLAN, CTX_DIALOG, CTX_WRITE, CTX_CONFIRM, CTX_OVER,
};
#define NR_VIEWS (sizeof(views) / sizeof(views[0]))

static void one_meaning_in_a_view(void **state)
{
	(void)state;
	for (size_t v = 0; v < NR_VIEWS; v++)
		for (size_t i = 0; i < bindings_nr; i++)
			for (int k = 0; k < BINDING_KEYS && bindings[i].keys[k]; k++)
				if (bindings[i].contexts & views[v])
					assert_int_equal(binding_action(views[v], bindings[i].keys[k]), bindings[i].action);
}

static void every_row_has_key_and_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < bindings_nr; i++) {
		ARB_BUF(name);

		assert_true(bindings[i].keys[0]);
		assert_non_null(bindings[i].help);
		key_to_text(&name, bindings[i].keys[0]);
		assert_true(name.len > 0);
	}
}

/* Without function keys, Alt or a mouse everything can be done. */
static void plain_keys_suffice(void **state)
{
	(void)state;
	for (size_t i = 0; i < bindings_nr; i++) {
		bool plain = false;

		for (int k = 0; k < BINDING_KEYS && bindings[i].keys[k]; k++)
			plain = plain || bindings[i].keys[k] < K_F1 || bindings[i].keys[k] == K_ENTER;
		assert_true(plain);
	}
}

static void help_is_the_table(void **state)
{
	ARB_BUF(b);

	(void)state;
	bindings_help(&b, CTX_DIALOG, 21, NULL);
	assert_non_null(strstr(arb_buf_str(&b), "f y"));
	assert_non_null(strstr(arb_buf_str(&b), "Stop the pass"));
	assert_null(strstr(arb_buf_str(&b), "zoom"));
}

static bool manual_has(const char *page, const char *name)
{
	ARB_BUF(word);

	arb_buf_puts(&word, "\n.B ");
	for (; *name; name++)
		arb_buf_printf(&word, "%s%c", *name == '-' ? "\\" : "", *name);
	arb_buf_putc(&word, '\n');
	return strstr(page, arb_buf_str(&word));
}

/* Every action that a key can be given to has a row, a name of its own, and stands in arborist-config(5). */
static void actions_have_names(void **state)
{
	const char *src = getenv("srcdir");
	static char page[64 << 10];
	ARB_BUF(path);
	FILE *f;

	(void)state;
	arb_buf_printf(&path, "%s/doc/arborist-config.5", src ? src : ".");
	f = fopen(arb_buf_str(&path), "r");
	assert_non_null(f);
	assert_true(fread(page, 1, sizeof(page) - 1, f) > 1000);
	fclose(f);
	for (size_t i = 0; i < action_names_nr; i++) {
		assert_non_null(binding_of(~0u, action_names[i].action));
		if (!manual_has(page, action_names[i].name))
			fail_msg("%s is not in arborist-config(5)", action_names[i].name);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(action_names[i].name, action_names[j].name);
	}
}

static int restore(void **state)
{
	memcpy(bindings, *state, bindings_nr * sizeof(*bindings));
	free(*state);
	return 0;
}

static int remember(void **state)
{
	*state = malloc(bindings_nr * sizeof(*bindings));
	memcpy(*state, bindings, bindings_nr * sizeof(*bindings));
	return 0;
}

/* A key of the person's own does what it was given to, wherever that is known; questions are answered as ever. */
static void own_keys(void **state)
{
	ARB_BUF(b);

	(void)state;
	assert_null(key_configure("p", "plan"));
	assert_null(key_configure("F5", "run"));
	assert_null(key_configure("^R", "redraw"));
	assert_null(key_configure("d", "page-down"));
	assert_null(key_configure("s", "none"));
	assert_int_equal(binding_action(CTX_GLOBAL, 'p'), ACT_PLAN);
	assert_int_equal(binding_action(CTX_GLOBAL, 'P'), ACT_PLAN);
	assert_int_equal(binding_action(CTX_GLOBAL, K_F1 + 4), ACT_RUN);
	assert_int_equal(binding_action(CTX_GLOBAL, K_CTRL('R')), ACT_REDRAW);
	assert_int_equal(binding_action(CTX_TREE, 'd'), ACT_PAGE_DOWN);
	assert_int_equal(binding_action(CTX_BUCKETS, 'd'), ACT_PAGE_DOWN);
	assert_int_equal(binding_action(CTX_GLOBAL, 'd'), ACT_DIFF);
	assert_int_equal(binding_action(CTX_DIALOG, 'd'), ACT_DETAILS);
	assert_int_equal(binding_action(CTX_STOPPED, 's'), ACT_NONE);
	assert_int_equal(binding_action(CTX_GLOBAL, 's'), ACT_NONE);
	assert_int_equal(binding_action(CTX_DIALOG, 's'), ACT_SKIP);
	bindings_help(&b, CTX_GLOBAL, 21, NULL);
	assert_non_null(strstr(arb_buf_str(&b), "  p P  "));
	one_meaning_in_a_view(NULL);
	for (char k[2] = "!"; *k < 127; k[0]++)		/* more than a row can hold: the newest stay */
		assert_null(key_configure(k, "zoom"));
	assert_int_equal(binding_action(CTX_GLOBAL, '~'), ACT_ZOOM);
	one_meaning_in_a_view(NULL);
	assert_non_null(key_configure("Esc", "quit"));
	assert_non_null(key_configure("^C", "quit"));
	assert_non_null(key_configure("Enter", "write"));
	assert_non_null(key_configure("x", "fix"));
	assert_non_null(key_configure("xx", "plan"));
	assert_non_null(key_configure("\xc3\xa4", "plan"));
}

/* --- the manual ------------------------------------------------------------------------------------------------------------ */

/* In troff a - is a sign of its own, and a \ is written \e. */
static void troff(struct arb_buf *out, const char *s)
{
	for (; *s; s++)
		if (*s == '-')
			arb_buf_puts(out, "\\-");
		else if (*s == '\\')
			arb_buf_puts(out, "\\e");
		else
			arb_buf_putc(out, *s);
}

static void keys_of(struct arb_buf *out, unsigned context, const char *where)
{
	arb_buf_printf(out, ".SS %s\n", where);
	for (size_t i = 0; i < bindings_nr; i++) {
		if (!(bindings[i].contexts & context))
			continue;
		arb_buf_puts(out, ".TP\n.B \"");
		for (int k = 0; k < BINDING_KEYS && bindings[i].keys[k]; k++) {
			ARB_BUF(name);

			key_to_text(&name, bindings[i].keys[k]);
			arb_buf_puts(out, k ? ", " : "");
			if (!strcmp(arb_buf_str(&name), "\""))
				arb_buf_puts(out, "\\(dq");
			else
				troff(out, arb_buf_str(&name));
		}
		arb_buf_puts(out, "\"\n\\&");
		troff(out, bindings[i].help);
		arb_buf_puts(out, ".\n");
	}
}

/* The section of arborist(8) is this table; what fails shows how it should read. */
static void the_manual_has_them(void **state)
{
	static const struct { unsigned context; const char *where; } parts[] = {
		{ CTX_GLOBAL, "Everywhere" }, { CTX_TREE, "In the tree" }, { CTX_TEXT, "In texts, lists and the log" }, { CTX_NODE, "In the node" },
		{ CTX_LOG, "In the log" }, { CTX_STOPPED, "While a pass is stopped" }, { CTX_DIALOG, "At a question" }, { CTX_PLAN, "In the plan" },
		{ CTX_BUCKETS, "On the map of buckets" }, { CTX_WRITE, "Before writing" }, { CTX_CONFIRM, "At a yes or no" },
	};
	const char *src = getenv("srcdir");
	char path[512];
	FILE *f;
	ARB_BUF(page);
	ARB_BUF(want);

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		keys_of(&want, parts[i].context, parts[i].where);
	snprintf(path, sizeof(path), "%s/doc/arborist.8", src ? src : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	for (int c; (c = getc(f)) != EOF; )
		arb_buf_putc(&page, (char)c);
	fclose(f);
	if (strstr(arb_buf_str(&page), arb_buf_str(&want)))
		return;
	fputs(arb_buf_str(&want), stderr);
	fail_msg("the keys in doc/arborist.8 are not these");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_meaning_in_a_view), cmocka_unit_test(every_row_has_key_and_help),
		cmocka_unit_test(plain_keys_suffice), cmocka_unit_test(the_manual_has_them), cmocka_unit_test(help_is_the_table),
		cmocka_unit_test(actions_have_names), cmocka_unit_test_setup_teardown(own_keys, remember, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
