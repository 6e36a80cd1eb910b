/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys and what they do: one table drives the dispatcher, the footer and the help of every view.
 */
#ifndef ARBORIST_UI_KEYS_H
#define ARBORIST_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include "arborist/base/buf.h"

/* A key is a code point (controls included) or one of these. */
enum special_key {
	K_NONE = -1, K_FIRST = 0x200000,
	K_UP = K_FIRST, K_DOWN, K_LEFT, K_RIGHT, K_PAGE_UP, K_PAGE_DOWN, K_HOME, K_END, K_INSERT, K_DELETE, K_BACKSPACE,
	K_ENTER, K_BACKTAB, K_F1, K_F2, K_F3, K_F4, K_F5, K_F6, K_F7, K_F8, K_F9, K_F10, K_F11, K_F12,
	K_MOUSE, K_RESIZE, K_EOF,
};
#define K_CTRL(c) ((c) & 0x1f)
#define K_ESC 27
#define K_ALT 0x400000		/* or-ed to a key: ESC came just before it */

enum mouse_what { MOUSE_PRESS, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
struct input {
	int		key;
	int		y, x;		/* of K_MOUSE */
	enum mouse_what	mouse;
};

enum action {
	ACT_NONE,
	ACT_UP, ACT_DOWN, ACT_LEFT, ACT_RIGHT, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_HOME, ACT_END, ACT_OPEN, ACT_TOGGLE,
	ACT_NEXT_PANE, ACT_PREV_PANE, ACT_PANE_TREE, ACT_PANE_GC, ACT_PANE_NODE, ACT_PANE_LOG, ACT_ZOOM,
	ACT_SEARCH, ACT_SEARCH_NEXT, ACT_SEARCH_PREV, ACT_FILTER, ACT_COMMAND, ACT_RUN, ACT_HELP,
	ACT_BACK, ACT_FORWARD, ACT_MARK, ACT_JUMP, ACT_DETAIL_NEXT, ACT_DETAIL_PREV, ACT_FOLLOW, ACT_VIEW, ACT_ANSWER,
	ACT_DIFF, ACT_PLAN, ACT_WRITE, ACT_DROP, ACT_SHOW, ACT_CLOSE, ACT_QUIT, ACT_REDRAW, ACT_INTERRUPT, ACT_SUSPEND,
	ACT_FIX, ACT_SKIP, ACT_FIX_ALL, ACT_SKIP_ALL, ACT_CHOICE_1, ACT_CHOICE_2, ACT_CHOICE_3, ACT_DETAILS, ACT_STOP, ACT_SCROLL_UP, ACT_SCROLL_DOWN,
	ACT_STEP, ACT_NEXT, ACT_FINISH, ACT_CONTINUE, ACT_BREAK, ACT_EXPLAIN,
	ACT_YES, ACT_NO,
	ACT_BUCKETS, ACT_ZOOM_IN, ACT_ZOOM_OUT, ACT_NEXT_DEVICE, ACT_WRAP, ACT_LESSON,
};

/* Where a key is meant. The dispatcher asks the context of the window on top first, then CTX_GLOBAL when the window lets it. */
enum context {
	CTX_GLOBAL	= 1,
	CTX_TREE	= 2,
	CTX_TEXT	= 4,		/* anything that scrolls: node, log, output, help, plan */
	CTX_NODE	= 8,
	CTX_LOG		= 16,
	CTX_PLAN	= 32,
	CTX_DIALOG	= 64,
	CTX_WRITE	= 128,
	CTX_CONFIRM	= 256,
	CTX_OVER	= 512,		/* windows over the panes that can simply be closed */
	CTX_BUCKETS	= 1 << 20,
	CTX_TYPED	= 1 << 22,
	CTX_LINE	= 1 << 23,	/* the command line; readline has the keys */
	CTX_STOPPED	= 1 << 21,	/* panes while a pass is stopped: before their own keys */
};

#define BINDING_KEYS 6
struct binding {
	unsigned	contexts;
	enum action	action;
	int		keys[BINDING_KEYS];	/* 0 ends */
	const char	*label;		/* for the footer; NULL: not shown there */
	const char	*help;		/* for the help of the view */
};
extern struct binding bindings[];	/* changed by ui/rebind.c alone, before the screen begins */
extern const size_t bindings_nr;

/* Actions that keys can be given to in the configuration file, see arborist-config(5). */
struct action_name { const char *name; enum action action; };
extern const struct action_name action_names[];
extern const size_t action_names_nr;

enum action binding_action(unsigned context, int key);
/* Row that @action has in one of @contexts, or NULL. */
const struct binding *binding_of(unsigned contexts, enum action action);
/* "PgUp", "^L", "Enter", "a" ... */
void key_to_text(struct arb_buf *out, int key);
/* Help lines "  keys   what", the latter at @column, of the rows that belong to @contexts; when @wanted is given, of the actions it likes. */
void bindings_help(struct arb_buf *out, unsigned contexts, unsigned column, bool (*wanted)(enum action act));

#endif
