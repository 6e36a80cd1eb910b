/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key-binding table: no key means two things in one view, every row can be reached and says what it does. */
#include "../unit.h"
#include "keys.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_meaning_in_a_view), cmocka_unit_test(every_row_has_key_and_help),
		cmocka_unit_test(plain_keys_suffice), cmocka_unit_test(help_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
