# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_PROGRAMS += tests/bench/bench
BENCHES += tests/bench/bench
tests_bench_bench_SOURCES = tests/bench/bench.c tests/bench/bench.h tests/bench/bench_commands.c tests/bench/bench_panel.c tests/bench/bench_set.c tests/bench/bench_scan.c tests/bench/bench_walk.c
tests_bench_bench_LDADD = libarborist.a $(DEPS_LIBS)
