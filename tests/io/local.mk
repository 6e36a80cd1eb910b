# SPDX-License-Identifier: GPL-3.0-or-later

if HAVE_CMOCKA
check_PROGRAMS += tests/io/test_block
TESTS += tests/io/test_block
tests_io_test_block_SOURCES = tests/io/test_block.c tests/unit.h
tests_io_test_block_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_io_test_block_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/io/test_devset
TESTS += tests/io/test_devset
tests_io_test_devset_SOURCES = tests/io/test_devset.c tests/temp.h tests/unit.h
tests_io_test_devset_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_io_test_devset_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
