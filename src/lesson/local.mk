# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += include/arborist/lesson/lesson.h src/lesson/build.c src/lesson/check.c src/lesson/lessons.c
