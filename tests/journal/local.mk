# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/journal/test_journal
TESTS += tests/journal/test_journal
tests_journal_test_journal_SOURCES = tests/journal/test_journal.c tests/plan/simdisk.c tests/plan/simdisk.h \
	tests/btree/real_image.c tests/btree/real_image.h tests/unit.h
tests_journal_test_journal_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_journal_test_journal_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
