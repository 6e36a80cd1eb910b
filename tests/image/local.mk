# SPDX-License-Identifier: GPL-3.0-or-later

check_PROGRAMS += tests/image/mkimage
tests_image_mkimage_SOURCES = tests/image/mkimage.c
tests_image_mkimage_LDADD = libarborist.a $(DEPS_LIBS)
