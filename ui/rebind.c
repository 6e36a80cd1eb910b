/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of the person's own, as the configuration file gives them ("key KEY ACTION"): they are put into the table of ui/keys.c before
 * the screen begins, so that dispatcher, footer and help have them. What answers a question, and the keys that must always
 * mean the same, stay what they are.
 */
#include <config.h>
#include "keys.h"
#include "rebind.h"
#include "arborist/base/array.h"
#include "arborist/base/i18n.h"

#include <string.h>

const struct action_name action_names[] = {
	{ "up", ACT_UP }, { "down", ACT_DOWN }, { "left", ACT_LEFT }, { "right", ACT_RIGHT }, { "page-up", ACT_PAGE_UP },
	{ "page-down", ACT_PAGE_DOWN }, { "first", ACT_HOME }, { "last", ACT_END }, { "open", ACT_OPEN }, { "toggle", ACT_TOGGLE },
	{ "next-pane", ACT_NEXT_PANE }, { "previous-pane", ACT_PREV_PANE }, { "tree", ACT_PANE_TREE }, { "gc", ACT_PANE_GC },
	{ "node", ACT_PANE_NODE }, { "log", ACT_PANE_LOG }, { "zoom", ACT_ZOOM }, { "close", ACT_CLOSE }, { "quit", ACT_QUIT },
	{ "help", ACT_HELP }, { "search", ACT_SEARCH }, { "next-match", ACT_SEARCH_NEXT }, { "previous-match", ACT_SEARCH_PREV },
	{ "filter", ACT_FILTER }, { "command", ACT_COMMAND }, { "run", ACT_RUN }, { "question", ACT_ANSWER }, { "explain", ACT_EXPLAIN },
	{ "break", ACT_BREAK }, { "step", ACT_STEP }, { "next", ACT_NEXT }, { "finish", ACT_FINISH }, { "continue", ACT_CONTINUE },
	{ "plan", ACT_PLAN }, { "diff", ACT_DIFF }, { "drop", ACT_DROP }, { "write", ACT_WRITE }, { "show", ACT_SHOW },
	{ "next-view", ACT_DETAIL_NEXT }, { "previous-view", ACT_DETAIL_PREV }, { "disk-or-plan", ACT_VIEW }, { "follow", ACT_FOLLOW },
	{ "back", ACT_BACK }, { "forward", ACT_FORWARD }, { "mark", ACT_MARK }, { "jump", ACT_JUMP }, { "buckets", ACT_BUCKETS },
	{ "zoom-in", ACT_ZOOM_IN }, { "zoom-out", ACT_ZOOM_OUT }, { "device", ACT_NEXT_DEVICE }, { "wrap", ACT_WRAP },
	{ "lesson", ACT_LESSON }, { "redraw", ACT_REDRAW },
};
const size_t action_names_nr = sizeof(action_names) / sizeof(action_names[0]);

#define CTX_FIXED (CTX_DIALOG | CTX_WRITE | CTX_CONFIRM | CTX_TYPED | CTX_LINE)

static bool action_by_name(const char *name, enum action *ret)
{
	*ret = ACT_NONE;
	for (size_t i = 0; i < action_names_nr; i++)
		if (!strcmp(action_names[i].name, name))
			*ret = action_names[i].action;
	return *ret != ACT_NONE || !strcmp(name, "none");
}

/* The names that key_to_text() gives. */
static int key_by_name(const char *name)
{
	for (int key = 1; key <= K_F12; key = key == 126 ? K_FIRST : key + 1) {
		ARB_BUF(b);

		key_to_text(&b, key);
		if (b.len && !strcmp(arb_buf_str(&b), name))
			return key;
	}
	return K_NONE;
}

static bool always_the_same(int key)
{
	return key == K_ESC || key == K_ENTER || key == K_F1 || key == K_CTRL('C') || key == K_CTRL('Z') || key == K_CTRL('J') ||
	       key == K_CTRL('M') || (key >= K_UP && key <= K_RIGHT);
}

static void take_out(struct binding *b, int key)
{
	int n = 0;

	for (int i = 0; i < BINDING_KEYS; i++)
		if (b->keys[i] && b->keys[i] != key)
			b->keys[n++] = b->keys[i];
	while (n < BINDING_KEYS)
		b->keys[n++] = 0;
}

static void put_in_front(struct binding *b, int key)
{
	memmove(b->keys + 1, b->keys, (BINDING_KEYS - 1) * sizeof(b->keys[0]));
	b->keys[0] = key;
}

/* Contexts in which the action is known: there, and nowhere else, the key loses what it meant. */
static unsigned contexts_of(enum action act)
{
	unsigned contexts = 0;

	for (size_t i = 0; i < bindings_nr; i++)
		if (act == ACT_NONE || bindings[i].action == act)
			contexts |= bindings[i].contexts;
	return contexts & ~CTX_FIXED;
}

const char *key_configure(const char *key_name, const char *action_name)
{
	int key = key_by_name(key_name);
	enum action act;
	unsigned contexts;

	if (key == K_NONE)
		return _("there is no such key");
	if (always_the_same(key))
		return _("this key always means the same");
	if (!action_by_name(action_name, &act))
		return _("there is no such action");
	contexts = contexts_of(act);
	for (size_t i = 0; i < bindings_nr; i++) {
		struct binding *b = &bindings[i];

		if (b->contexts & CTX_FIXED)
			continue;
		if (b->contexts & contexts)
			take_out(b, key);
		if (b->action == act)
			put_in_front(b, key);
	}
	return NULL;
}
