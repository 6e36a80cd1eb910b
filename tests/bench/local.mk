# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_PROGRAMS += tests/bench/bench_walk
BENCHES += tests/bench/bench_walk
tests_bench_bench_walk_SOURCES = tests/bench/bench_walk.c
tests_bench_bench_walk_LDADD = libarborist.a $(DEPS_LIBS)
