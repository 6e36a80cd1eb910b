# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += include/arborist/finding/finding.h \
	src/finding/catalogue.c src/finding/finding.c src/finding/policy.c src/finding/row_kinds.h
