# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
check_PROGRAMS += tests/overlay/test_overlay
TESTS += tests/overlay/test_overlay
tests_overlay_test_overlay_SOURCES = tests/overlay/test_overlay.c
tests_overlay_test_overlay_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_overlay_test_overlay_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
