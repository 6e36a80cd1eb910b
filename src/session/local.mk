# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/session/buckets.h \
	include/arborist/session/describe.h \
	include/arborist/session/find.h \
	include/arborist/session/locate.h \
	include/arborist/session/names.h \
	include/arborist/session/session.h \
	include/arborist/session/undo_file.h \
	src/session/browse.c \
	src/session/bucket.c \
	src/session/bucket_map.c \
	src/session/claims.c \
	src/session/claims.h \
	src/session/commit.c \
	src/session/cursor.c \
	src/session/describe.c \
	src/session/detail.c \
	src/session/files.c \
	src/session/find.c \
	src/session/find_fields.c \
	src/session/find_parse.c \
	src/session/find_tree.h \
	src/session/findings.c \
	src/session/internal.h \
	src/session/job.c \
	src/session/locate.c \
	src/session/message.c \
	src/session/names.c \
	src/session/names_tables.c \
	src/session/names_tables.h \
	src/session/open.c \
	src/session/port.c \
	src/session/run.c \
	src/session/session.c \
	src/session/state.c \
	src/session/transcript.c \
	src/session/undo_file.c
