/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion of a line, and the lists of the bash completion held against the tables. */
#include "../unit.h"
#include <stdio.h>
#include "arborist/command/command.h"
#include "arborist/format/btree_id.h"

static char **found;

static size_t complete(const char *line)
{
	size_t n = 0;

	found = command_completions(line, strlen(line));
	assert_non_null(found);
	while (found[n])
		n++;
	return n;
}

static bool has(const char *word)
{
	for (size_t i = 0; found[i]; i++)
		if (!strcmp(found[i], word))
			return true;
	return false;
}

static void forget(void)
{
	for (size_t i = 0; found[i]; i++)
		free(found[i]);
	free(found);
}

/* All of @words, blank-separated, are offered, and nothing else when @only. */
static void offers(const char *line, const char *words, bool only)
{
	size_t n = complete(line), want = 0;
	char *copy = strdup(words), *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (!has(w))
			fail_msg("\"%s\" is not offered %s", line, w);
		want++;
	}
	if (only && n != want)
		fail_msg("\"%s\" is offered %zu words, not %zu", line, n, want);
	free(copy);
	forget();
}

static void test_lines(void **state)
{
	(void)state;
	offers("go", "goto", true);
	offers("  find", "find findings", true);
	offers("goto ext", "extents", true);
	offers("goto extents:", "extents:0 extents:1 extents:2 extents:3", true);
	offers("run check_t", "check_topology", true);
	offers("run check_topology:ino", "check_topology:inodes", true);
	offers("run check_topology check_a", "check_allocations", true);
	offers("findings arborist_topology_f", "arborist_topology_fill_from_scan", true);
	offers("policy arborist_topology_fill_from_scan ", "yes no ask", true);
	offers("answer 7 ", "y n Y N stop", true);
	offers("set co", "color", true);
	offers("set color ", "auto always never", true);
	offers("set pace ", "", true);
	offers("help gap", "gap", false);
	offers("nonsense ", "", true);
	offers("goto \"ext", "", true);
	offers("", "help quit lua record replicas", false);
}

static void test_positions(void **state)
{
	(void)state;
	offers("goto extents P", "POS_MIN POS_MAX", true);
	offers("keys extents POS_MIN S", "SPOS_MAX", true);
	command_remember_place(BTREE_extents, BPOS(4097, 8, UINT32_MAX));
	command_remember_place(BTREE_extents, BPOS(4097, 8, UINT32_MAX));
	command_remember_place(BTREE_inodes, BPOS(0, 4098, 0));
	offers("goto extents:0 4097", "4097:8:U32_MAX", true);
	offers("keys inodes 0:", "0:4098:0", true);
	offers("goto dirents 4097", "", true);
	offers("goto dirents 5:6:", "5:6:U32_MAX", true);
	for (unsigned i = 0; i < 1000; i++)
		command_remember_place(BTREE_xattrs, BPOS(i, 0, 0));
	offers("goto xattrs 999", "999:0:0", true);
	offers("goto extents 4097", "", true);	/* forgotten */
}

/* --- the lists in doc/bash/arborist --------------------------------------------------------------------------------------- */

static char *script;

static void read_script(void)
{
	const char *top = getenv("top_srcdir");
	ARB_BUF(path);
	FILE *f;
	size_t n;

	arb_buf_printf(&path, "%s/doc/bash/arborist", top ? top : ".");
	f = fopen(arb_buf_str(&path), "r");
	assert_non_null(f);
	script = calloc(1, 1 << 20);
	n = fread(script, 1, (1 << 20) - 1, f);
	assert_true(n > 1000);
	fclose(f);
}

static void check_list(const char *name, const struct arb_buf *want)
{
	ARB_BUF(line);

	arb_buf_printf(&line, "\n%s=\"%s\"\n", name, arb_buf_str(want));
	if (strstr(script, arb_buf_str(&line)))
		return;
	fprintf(stderr, "doc/bash/arborist wants the line:%s", arb_buf_str(&line));
	fail();
}

static void append(struct arb_buf *b, const char *word)
{
	arb_buf_printf(b, "%s%s", b->len ? " " : "", word);
}

static void test_bash(void **state)
{
	struct arb_buf commands_ = { 0 }, passes_ = { 0 }, btrees = { 0 }, settings = { 0 }, findings = { 0 };

	(void)state;
	read_script();
	for (size_t i = 0; i < commands_nr; i++)
		append(&commands_, commands[i].name);
	for (size_t i = 0; i < passes_nr; i++)
		append(&passes_, passes[i]->name);
	for (unsigned i = 0; i < BTREE_ID_NR; i++)
		append(&btrees, btree_info(i)->name);
	for (unsigned i = 0; i < SETTING_NR; i++)
		append(&settings, setting_rows[i].name);
	for (size_t i = 0; i < finding_rows_nr; i++)
		append(&findings, finding_rows[i].id);
	check_list("_arborist_commands", &commands_);
	check_list("_arborist_passes", &passes_);
	check_list("_arborist_btrees", &btrees);
	check_list("_arborist_settings", &settings);
	check_list("_arborist_findings", &findings);
	arb_buf_free(&commands_);
	arb_buf_free(&passes_);
	arb_buf_free(&btrees);
	arb_buf_free(&settings);
	arb_buf_free(&findings);
	free(script);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lines), cmocka_unit_test(test_positions), cmocka_unit_test(test_bash),
};
UNIT_MAIN(tests)
