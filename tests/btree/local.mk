# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += tests/btree/node_make.h
if HAVE_CMOCKA
check_PROGRAMS += tests/btree/test_unpack
TESTS += tests/btree/test_unpack
tests_btree_test_unpack_SOURCES = tests/btree/test_unpack.c
tests_btree_test_unpack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_unpack_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
