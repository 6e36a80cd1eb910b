# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
FINDING_TESTS = tests/finding/test_catalogue tests/finding/test_policy
check_PROGRAMS += $(FINDING_TESTS)
TESTS += $(FINDING_TESTS)

tests_finding_test_catalogue_SOURCES = tests/finding/test_catalogue.c tests/unit.h
tests_finding_test_catalogue_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_finding_test_catalogue_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_finding_test_policy_SOURCES = tests/finding/test_policy.c tests/temp.h tests/unit.h
tests_finding_test_policy_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_finding_test_policy_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif

TESTS += tests/finding/raised
EXTRA_DIST += tests/finding/raised tests/finding/raised.list tests/finding/unraised.list
