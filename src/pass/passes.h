/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of the registry, each defined beside its pass. */
#ifndef ARBORIST_SRC_PASS_PASSES_H
#define ARBORIST_SRC_PASS_PASSES_H

#include "arborist/pass/pass.h"

extern const struct pass pass_scan_for_btree_nodes;
extern const struct pass pass_check_topology;
extern const struct pass pass_accounting_read;
extern const struct pass pass_alloc_read;
extern const struct pass pass_stripes_read;
extern const struct pass pass_snapshots_read;
extern const struct pass pass_check_allocations;
extern const struct pass pass_gc_gens;

#endif
