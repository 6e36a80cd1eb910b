# SPDX-License-Identifier: GPL-3.0-or-later

check_PROGRAMS += tests/image/mkimage
tests_image_mkimage_SOURCES = tests/image/mkimage.c
tests_image_mkimage_LDADD = libarborist.a $(DEPS_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/image/test_image tests/image/test_stripes tests/image/test_types
TESTS += tests/image/test_image tests/image/test_stripes tests/image/test_types
tests_image_test_types_SOURCES = tests/image/test_types.c tests/built.h tests/unit.h
tests_image_test_types_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_image_test_types_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
tests_image_test_stripes_SOURCES = tests/image/test_stripes.c tests/built.h tests/unit.h
tests_image_test_stripes_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_image_test_stripes_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
tests_image_test_image_SOURCES = tests/image/test_image.c tests/built.h tests/unit.h
tests_image_test_image_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_image_test_image_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif
