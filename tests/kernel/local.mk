# SPDX-License-Identifier: GPL-3.0-or-later
if HAVE_CMOCKA
EXTRA_PROGRAMS += tests/kernel/cut
tests_kernel_cut_SOURCES = tests/kernel/cut.c tests/plan/simdisk.c tests/plan/simdisk.h \
	tests/btree/real_image.c tests/btree/real_image.h tests/unit.h
tests_kernel_cut_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_kernel_cut_LDADD = libarborist.a $(DEPS_LIBS) $(CMOCKA_LIBS)
endif

# By hand: a real kernel in a virtual machine decides (see tests/kernel/crash).
KERNEL_TESTS = tests/kernel/crash tests/kernel/repair tests/kernel/built tests/kernel/left tests/kernel/filled
EXTRA_DIST += $(KERNEL_TESTS)
.PHONY: kernel-check
kernel-check: arborist$(EXEEXT) tests/kernel/cut tests/image/mkimage
	@for t in $(KERNEL_TESTS); do top_builddir=. $(srcdir)/$$t || exit 1; done
