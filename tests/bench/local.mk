# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_PROGRAMS += tests/bench/bench_walk tests/bench/bench_scan
BENCHES += tests/bench/bench_walk tests/bench/bench_scan
tests_bench_bench_walk_SOURCES = tests/bench/bench_walk.c tests/bench/bench.c tests/bench/bench.h
tests_bench_bench_walk_LDADD = libarborist.a $(DEPS_LIBS)
tests_bench_bench_scan_SOURCES = tests/bench/bench_scan.c tests/bench/bench.c tests/bench/bench.h
tests_bench_bench_scan_LDADD = libarborist.a $(DEPS_LIBS)
