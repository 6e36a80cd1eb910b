# SPDX-License-Identifier: GPL-3.0-or-later
UI_SOURCES =
# line mode
UI_SOURCES += \
	ui/ask.c \
	ui/batch.c \
	ui/console.c ui/console.h \
	ui/demo.c \
	ui/front.c ui/front.h \
	ui/interrupt.c ui/interrupt.h \
	ui/jsonout.c \
	ui/options.c ui/options.h \
	ui/out.c \
	ui/repl.c \
	ui/show.c \
	ui/undo.c
