# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/base/array.h src/base/array.c \
	include/arborist/base/buf.h src/base/buf.c \
	include/arborist/base/error.h include/arborist/base/i18n.h src/base/error.c \
	include/arborist/base/json.h src/base/json.c \
	include/arborist/base/le.h \
	include/arborist/base/port.h src/base/port.c \
	include/arborist/base/tsan.h include/arborist/base/text.h src/base/text.c \
	include/arborist/base/workers.h src/base/workers.c \
	src/base/utf8.c src/base/utf8.h
