# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/format/jset.h \
	src/format/jset.c \
	src/format/jset_check.c
