# SPDX-License-Identifier: GPL-3.0-or-later
noinst_LIBRARIES += libui.a
libui_a_SOURCES = \
	ui/app.c ui/app_question.c ui/app.h ui/bucket_cells.c ui/bucket_cells.h ui/cmdline.c ui/cmdline.h ui/command_run.c ui/confirm.c ui/crash.c ui/crash.h ui/dialog.c ui/dispatch.c ui/engine.h \
	ui/fenwick.c ui/fenwick.h ui/finding_text.c ui/grid.c ui/grid.h ui/hex.c ui/jobs.c ui/jobs.h ui/keys.c ui/keys.h ui/language.c ui/language.h ui/latency.c ui/latency.h \
	ui/lines.c ui/lines.h ui/pager.c ui/rebind.c ui/rebind.h ui/screen.c ui/signals.c ui/signals.h ui/squelch.c ui/squelch.h ui/stepping.c ui/style.c ui/style.h ui/term.c ui/term.h \
	ui/tree.c ui/tree.h ui/tree_find.c ui/tree_load.c ui/tui.c ui/tui.h ui/typed.c ui/view_buckets.c ui/view_detail.c ui/view_log.c ui/view_panel.c \
	ui/view_plan.c ui/view_tree.c ui/views.h ui/window.h ui/wrap.c ui/write.c
# The screen's jobs on the engine side stand outside: the tests of the screen have their own.
UI_SOURCES = ui/engine.c
# line mode
UI_SOURCES += \
	ui/ask.c \
	ui/batch.c \
	ui/config.c \
	ui/console.c ui/console.h \
	ui/demo.c \
	ui/front.c ui/front.h \
	ui/interrupt.c ui/interrupt.h \
	ui/jsonout.c \
	ui/options.c ui/options.h \
	ui/out.c \
	ui/repl.c \
	ui/show.c \
	ui/status_line.c \
	ui/undo.c
