# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/base/test_buf
TESTS += tests/base/test_buf
tests_base_test_buf_SOURCES = tests/base/test_buf.c tests/unit.h
tests_base_test_buf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_buf_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/base/test_error
TESTS += tests/base/test_error
tests_base_test_error_SOURCES = tests/base/test_error.c tests/unit.h
tests_base_test_error_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_error_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/base/test_text
TESTS += tests/base/test_text
tests_base_test_text_SOURCES = tests/base/test_text.c tests/unit.h
tests_base_test_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_text_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/base/test_json
TESTS += tests/base/test_json
tests_base_test_json_SOURCES = tests/base/test_json.c tests/unit.h
tests_base_test_json_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_json_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/base/test_workers
TESTS += tests/base/test_workers
tests_base_test_workers_SOURCES = tests/base/test_workers.c tests/unit.h
tests_base_test_workers_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_base_test_workers_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

endif
