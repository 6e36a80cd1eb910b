# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/overlay/overlay.h \
	src/overlay/overlay.c
