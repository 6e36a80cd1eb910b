# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/session/buckets.h \
	include/arborist/session/capture.h \
	include/arborist/session/describe.h \
	include/arborist/session/find.h \
	include/arborist/session/locate.h \
	include/arborist/session/loss.h \
	include/arborist/session/names.h \
	include/arborist/session/session.h \
	include/arborist/session/settings.h \
	include/arborist/session/stepping.h \
	include/arborist/session/undo_file.h \
	src/session/breakpoint.c \
	src/session/browse.c \
	src/session/bucket.c \
	src/session/bucket_map.c \
	src/session/bucket_touch.c \
	src/session/claims.c \
	src/session/claims.h \
	src/session/capture.c \
	src/session/capture_hide.c \
	src/session/capture_hide.h \
	src/session/commit.c \
	src/session/cursor.c \
	src/session/describe.c \
	src/session/describe_hex.c \
	src/session/detail.c \
	src/session/files.c \
	src/session/find.c \
	src/session/find_fields.c src/session/find_json.c \
	src/session/find_parse.c \
	src/session/find_tree.h \
	src/session/find_walk.c \
	src/session/findings.c \
	src/session/internal.h \
	src/session/job.c \
	src/session/locate.c \
	src/session/loss.c \
	src/session/loss.h \
	src/session/loss_file.c \
	src/session/loss_keys.c \
	src/session/loss_data.c src/session/loss_refs.c src/session/loss_versions.c \
	src/session/message.c \
	src/session/names.c \
	src/session/names_tables.c \
	src/session/names_tables.h \
	src/session/open.c \
	src/session/port.c \
	src/session/recording.c \
	src/session/recording.h \
	src/session/replay.c \
	src/session/requested.c \
	src/session/run.c \
	src/session/plan_file.h \
	src/session/plan_load.c src/session/plan_read.c \
	src/session/plan_save.c \
	src/session/runner.c \
	src/session/session.c \
	src/session/settings.c \
	src/session/state.c \
	src/session/stepping.c \
	src/session/transcript.c \
	src/session/undo_file.c
