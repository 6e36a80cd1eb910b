/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which console: the screen where there is one, else line mode. And the subcommands. */
#ifndef ARBORIST_UI_CONSOLE_H
#define ARBORIST_UI_CONSOLE_H

#include "front.h"

int console_run(struct front *f, const char *title, const char *hint);
int demo_main(int argc, char **argv);
int undo_main(int argc, char **argv);

#endif
