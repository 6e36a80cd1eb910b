# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += include/arborist/pass/explain.h include/arborist/pass/pass.h \
	src/pass/accounting_read.c src/pass/alloc.h \
	src/pass/alloc_ask.c src/pass/alloc_check.c src/pass/alloc_done.c src/pass/alloc_explain.c \
	src/pass/alloc_judge.c src/pass/alloc_judge.h \
	src/pass/alloc_mark.c src/pass/alloc_meta.c src/pass/alloc_pointers.c \
	src/pass/alloc_reflink.c src/pass/alloc_stripes.c src/pass/alloc_tables.c \
	src/pass/alloc_walk.c src/pass/check_allocations.c \
	src/pass/counters.c src/pass/counters.h src/pass/prerequisites.c \
	src/pass/rebalance.c src/pass/rebalance.h \
	src/pass/cookie_set.c src/pass/cookie_set.h \
	src/pass/decide.c src/pass/gc_cover.c src/pass/gc_gens.c src/pass/gc_pos.c \
	src/pass/journal_report.c src/pass/super_report.c \
	src/pass/passes.h src/pass/registry.c \
	src/pass/requires.c src/pass/requires.h \
	src/pass/run.h src/pass/scan_nodes.c src/pass/scheduler.c \
	src/pass/upgrade.c src/pass/upgrade.h \
	src/pass/topology.c src/pass/topology.h \
	src/pass/topology_ask.c src/pass/topology_ask.h \
	src/pass/topology_ask_child.c src/pass/topology_ask_read.c src/pass/topology_ask_root.c \
	src/pass/topology_children.c src/pass/topology_estimate.c src/pass/topology_explain.c src/pass/topology_node.c src/pass/topology_older.c src/pass/topology_overlap.c \
	src/pass/topology_repair.c src/pass/topology_rules.c \
	src/pass/topology_scan.c src/pass/topology_scan.h \
	src/pass/topology_lost.c src/pass/topology_lost.h src/pass/topology_sizes.c src/pass/topology_text.c \
	src/pass/topology_unnamed.c
