# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/session/test_session
TESTS += tests/session/test_session
tests_session_test_session_SOURCES = tests/session/test_session.c tests/unit.h
tests_session_test_session_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_session_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/session/test_buckets
TESTS += tests/session/test_buckets
tests_session_test_buckets_SOURCES = tests/session/test_buckets.c tests/unit.h
tests_session_test_buckets_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_buckets_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/session/test_capture
TESTS += tests/session/test_capture
tests_session_test_capture_SOURCES = tests/session/test_capture.c tests/unit.h
tests_session_test_capture_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_capture_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/session/test_plan_file
TESTS += tests/session/test_plan_file
tests_session_test_plan_file_SOURCES = tests/session/test_plan_file.c tests/unit.h
tests_session_test_plan_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_plan_file_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/session/test_breakpoint
TESTS += tests/session/test_breakpoint
tests_session_test_breakpoint_SOURCES = tests/session/test_breakpoint.c tests/unit.h
tests_session_test_breakpoint_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_breakpoint_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/session/test_message
TESTS += tests/session/test_message
tests_session_test_message_SOURCES = tests/session/test_message.c tests/unit.h
tests_session_test_message_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_session_test_message_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
