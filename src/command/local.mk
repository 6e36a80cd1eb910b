# SPDX-License-Identifier: GPL-3.0-or-later
libarborist_a_SOURCES += \
	include/arborist/command/command.h \
	src/command/args.c \
	src/command/cmd_bucket.c \
	src/command/cmd_capture.c \
	src/command/cmd_devices.c src/command/cmd_diff.c \
	src/command/cmd_find.c \
	src/command/cmd_explain.c \
	src/command/cmd_finding.c \
	src/command/cmd_fs.c src/command/cmd_super.c \
	src/command/cmd_inode.c \
	src/command/cmd_journal.c src/command/cmd_lesson.c \
	src/command/cmd_list.c \
	src/command/cmd_lua.c \
	src/command/cmd_misc.c \
	src/command/cmd_move.c \
	src/command/cmd_node.c \
	src/command/cmd_pass.c \
	src/command/cmd_plan.c \
	src/command/cmd_replicas.c \
	src/command/cmd_scan.c \
	src/command/cmd_step.c \
	src/command/complete.c \
	src/command/explain.h \
	src/command/explain_answers.c \
	src/command/explain_data.c \
	src/command/glossary.c \
	src/command/glossary.h \
	src/command/help.c \
	src/command/help.h \
	src/command/internal.h \
	src/command/listing.h \
	src/command/lookup.c \
	src/command/output.c \
	src/command/plan_rows.c src/command/plan_rows.h \
	src/command/row.c src/command/row.h src/command/row_parts.c src/command/run.c \
	src/command/script.c \
	src/command/table.c

if HAVE_LUA
libarborist_a_SOURCES += \
	src/command/lua_base.c \
	src/command/lua_call.c \
	src/command/lua_host.c \
	src/command/lua_host.h \
	src/command/lua_iter.c \
	src/command/lua_match.c \
	src/command/lua_pattern.c src/command/lua_pattern.h \
	src/command/lua_rows.c
endif
