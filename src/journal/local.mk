# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/journal/journal.h \
	src/journal/internal.h \
	src/journal/blacklist.c \
	src/journal/choose.c \
	src/journal/full.c \
	src/journal/impossible.c \
	src/journal/index.c \
	src/journal/layout.c src/journal/layout_destroy.c \
	src/journal/read.c \
	src/journal/replay.c \
	src/journal/ring.c \
	src/journal/text.c
