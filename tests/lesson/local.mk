# SPDX-License-Identifier: GPL-3.0-or-later
TESTS += tests/lesson/lessons.sh
EXTRA_DIST += tests/lesson/lessons.sh
if HAVE_CMOCKA
check_PROGRAMS += tests/lesson/test_check
TESTS += tests/lesson/test_check
tests_lesson_test_check_SOURCES = tests/lesson/test_check.c tests/temp.h tests/unit.h
tests_lesson_test_check_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_lesson_test_check_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
