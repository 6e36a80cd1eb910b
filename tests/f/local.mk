# SPDX-License-Identifier: GPL-3.0-or-later
# Golden cases: one folder each, run by tests/run-golden. To add one: HACKING.md, "A golden case".
GOLDEN_CASES =

TESTS += $(GOLDEN_CASES)
TEST_EXTENSIONS = .golden
GOLDEN_LOG_COMPILER = $(top_srcdir)/tests/run-golden
EXTRA_DIST += tests/run-golden tests/bless tests/f
