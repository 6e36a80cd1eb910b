/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes arborist has, in the order they run. A new pass is a file and a line here. */
#include "arborist/base/i18n.h"
#include "arborist/pass/pass.h"

#include <string.h>

#include "passes.h"
#include "run.h"

const struct pass *const passes[] = {
	&pass_scan_for_btree_nodes,
	&pass_check_topology,
	&pass_accounting_read,
	&pass_alloc_read,
	&pass_stripes_read,
	&pass_snapshots_read,
	&pass_check_allocations,
	&pass_gc_gens,
};
const size_t passes_nr = sizeof(passes) / sizeof(passes[0]);
_Static_assert(sizeof(passes) / sizeof(passes[0]) <= PASSES_MAX, "pass_run has room for every pass");

static const char *const state_names[] = {
	[PASS_NOT_RUN] = N_("not run"), [PASS_RUNNING] = N_("running"), [PASS_CLEAN] = N_("clean"), [PASS_FINDINGS] = N_("findings"),
	[PASS_STOPPED] = N_("stopped"), [PASS_FAILED] = N_("failed"),
};

const char *pass_state_name(enum pass_state s) { return state_names[s]; }

size_t pass_index(const struct pass *p)
{
	size_t i = 0;

	while (i < passes_nr && passes[i] != p)
		i++;
	return i;
}

const struct pass *pass_by_name(const char *name)
{
	for (size_t i = 0; i < passes_nr; i++)
		if (!strcmp(passes[i]->name, name))
			return passes[i];
	return NULL;
}
