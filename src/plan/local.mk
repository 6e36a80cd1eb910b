# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/plan/commit.h \
	include/arborist/plan/plan.h \
	src/plan/commit_internal.h \
	src/plan/internal.h \
	src/plan/undo_internal.h \
	src/plan/commit.c \
	src/plan/commit_check.c \
	src/plan/commit_keys.c \
	src/plan/commit_account.c src/plan/commit_account.h src/plan/commit_fold.c src/plan/commit_making.h src/plan/commit_nodes.c src/plan/commit_nodes.h src/plan/commit_replicas.c src/plan/commit_super.c src/plan/space.c src/plan/space.h \
	src/plan/commit_fit.c \
	src/plan/commit_layout.h \
	src/plan/commit_list.c \
	src/plan/commit_mend.c \
	src/plan/commit_room.c \
	src/plan/commit_text.c \
	src/plan/commit_write.c \
	src/plan/depend.c \
	src/plan/lookup.c \
	src/plan/plan.c \
	src/plan/repair.c \
	src/plan/text.c \
	src/plan/undo_apply.c \
	src/plan/undo_load.c \
	src/plan/undo_save.c \
	src/plan/usage.c
