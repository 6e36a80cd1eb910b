# SPDX-License-Identifier: GPL-3.0-or-later
STRUCTURE_TESTS = tests/structure/ladder tests/structure/ladder-test tests/structure/listed \
	tests/structure/potfiles tests/structure/raised tests/structure/spdx tests/structure/words
TESTS += $(STRUCTURE_TESTS)
SOURCE_CHECKS = $(STRUCTURE_TESTS)
EXTRA_DIST += $(STRUCTURE_TESTS)
