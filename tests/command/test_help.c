/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The glossary knows every word there is: whatever stands in a table can be asked for, and the answer says something. */
#include "../unit.h"
#include "arborist/command/command.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "arborist/session/stepping.h"

/* More than its name: at least a short sentence. */
static void explained(const char *kind, const char *word)
{
	ARB_BUF(b);
	size_t first;

	if (!command_help_to_text(&b, word))
		fail_msg("%s %s: help does not know it", kind, word);
	first = strcspn(arb_buf_str(&b), "\n");
	if (b.len < first + 12)
		fail_msg("%s %s: says nothing: %s", kind, word, arb_buf_str(&b));
}

static void commands_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < commands_nr; i++)
		explained("command", commands[i].name);
}

static void findings_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < finding_rows_nr; i++) {
		const struct finding_row *r = &finding_rows[i];
		bool decided = r->kind == FINDING_FSCK || r->kind == FINDING_MUSTFIX || r->kind == FINDING_READ;
		char nr[16];

		explained("finding", r->id);
		if (!r->title || !r->help || strlen(r->help) < 20)
			fail_msg("finding %s has no help", r->id);
		if (decided && (!r->fix || !r->skip))
			fail_msg("finding %s: what fix or skip does is not said", r->id);
		snprintf(nr, sizeof(nr), "%u", r->nr);
		if (r->nr)
			explained("finding", nr);
	}
}

static void passes_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < passes_nr; i++) {
		explained("pass", passes[i]->name);
		if (!passes[i]->help || strlen(passes[i]->help) < 60)
			fail_msg("pass %s has no help", passes[i]->name);
	}
	for (size_t i = 0; i < RECOVERY_PASS_NR; i++)
		explained("pass", recovery_passes[i].name);
}

static void btrees_known(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BTREE_ID_NR; i++) {
		explained("btree", btree_info(i)->name);
		if (!btree_info(i)->what)
			fail_msg("btree %s: what it holds is not said", btree_info(i)->name);
	}
}

static void key_types_known(void **state)
{
	(void)state;
	for (unsigned i = 0; i < KEY_TYPE_NR; i++) {
		explained("key type", bkey_type_name(i));
		if (!bkey_type_help(i))
			fail_msg("key type %s has no help", bkey_type_name(i));
	}
}

/* As they are printed: "btree" is a phase as well as a tree. */
static void phases_known(void **state)
{
	(void)state;
	for (enum gc_phase p = GC_PHASE_not_running; p <= GC_PHASE_done; p++) {
		struct gc_pos pos = { .phase = p };
		ARB_BUF(b);
		ARB_BUF(word);

		gc_pos_to_text(&b, &pos);
		arb_buf_mem(&word, arb_buf_str(&b), strcspn(arb_buf_str(&b), " "));
		explained("phase", arb_buf_str(&word));
		arb_buf_reset(&b);
		command_help_to_text(&b, arb_buf_str(&word));
		if (!strstr(arb_buf_str(&b), "hase of gc"))
			fail_msg("%s is not said to be a phase of gc", arb_buf_str(&word));
	}
}

static void breakpoints_known(void **state)
{
	ARB_BUF(b);

	(void)state;
	assert_true(command_help_to_text(&b, "break"));
	for (size_t i = 0; i < break_kinds_nr; i++)
		if (strcmp(break_kinds[i].name, "watch") && !strstr(arb_buf_str(&b), break_kinds[i].args))
			fail_msg("help break does not name %s", break_kinds[i].args);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(commands_known), cmocka_unit_test(findings_known), cmocka_unit_test(passes_known), cmocka_unit_test(btrees_known),
	cmocka_unit_test(key_types_known), cmocka_unit_test(phases_known), cmocka_unit_test(breakpoints_known),
};
UNIT_MAIN(tests)
