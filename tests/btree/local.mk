# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
BTREE_TESTS = tests/btree/test_plain tests/btree/test_node tests/btree/test_view tests/btree/test_scan tests/btree/test_scan_resolve tests/btree/test_images
check_PROGRAMS += $(BTREE_TESTS)
TESTS += $(BTREE_TESTS)

tests_btree_test_plain_SOURCES = tests/btree/test_plain.c tests/unit.h
tests_btree_test_plain_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_plain_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_btree_test_node_SOURCES = tests/btree/test_node.c tests/btree/node_make.h tests/unit.h
tests_btree_test_node_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_node_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_btree_test_view_SOURCES = tests/btree/test_view.c tests/btree/node_make.h tests/unit.h
tests_btree_test_view_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_view_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_btree_test_scan_SOURCES = tests/btree/test_scan.c tests/btree/node_make.h tests/temp.h tests/unit.h
tests_btree_test_scan_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_scan_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_btree_test_scan_resolve_SOURCES = tests/btree/test_scan_resolve.c tests/unit.h
tests_btree_test_scan_resolve_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_scan_resolve_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

tests_btree_test_images_SOURCES = tests/btree/test_images.c tests/btree/real_image.c tests/btree/real_image.h tests/temp.h tests/unit.h
tests_btree_test_images_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_images_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/btree/test_accounting
TESTS += tests/btree/test_accounting
tests_btree_test_accounting_SOURCES = tests/btree/test_accounting.c tests/unit.h
tests_btree_test_accounting_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_btree_test_accounting_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)

endif
