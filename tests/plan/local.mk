# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/plan/test_commit
TESTS += tests/plan/test_commit
tests_plan_test_commit_SOURCES = tests/plan/test_commit.c tests/plan/simdisk.c tests/plan/simdisk.h \
	tests/btree/real_image.c tests/btree/real_image.h tests/unit.h
tests_plan_test_commit_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_plan_test_commit_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
