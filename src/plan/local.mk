# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/plan/commit.h \
	include/arborist/plan/plan.h \
	src/plan/internal.h \
	src/plan/depend.c \
	src/plan/lookup.c \
	src/plan/plan.c \
	src/plan/repair.c \
	src/plan/text.c
