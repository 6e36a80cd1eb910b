/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key-binding table: see keys.h. Rows stand in the order in which the footer and the help show them. */
#include <config.h>
#include "keys.h"
#include "arborist/base/i18n.h"

#include <stdio.h>

#define CTX_SCROLL (CTX_TREE | CTX_TEXT)

struct binding bindings[] = {
	{ CTX_GLOBAL, ACT_HELP, { K_F1, '?' }, N_("Help"), N_("help for this view") },

	{ CTX_DIALOG, ACT_FIX, { 'f', 'y' }, NULL, N_("Fix: accept this repair into the plan (nothing is written yet)") },
	{ CTX_DIALOG, ACT_SKIP, { 's', 'n' }, NULL, N_("Skip: leave this as it is") },
	{ CTX_DIALOG, ACT_FIX_ALL, { 'F', 'Y' }, NULL, N_("Fix all of this kind: this one and every later one") },
	{ CTX_DIALOG, ACT_SKIP_ALL, { 'S', 'N' }, NULL, N_("Skip all of this kind") },
	{ CTX_DIALOG, ACT_CHOICE_1, { '1' }, NULL, N_("the first of the other choices of the question, if it has any") },
	{ CTX_DIALOG, ACT_CHOICE_2, { '2' }, NULL, N_("the second of them") },
	{ CTX_DIALOG, ACT_CHOICE_3, { '3' }, NULL, N_("the third of them") },
	{ CTX_DIALOG, ACT_DETAILS, { 'd' }, N_("Details"), N_("Details: the objects in full, the rule, what the finding means") },
	{ CTX_DIALOG, ACT_SHOW, { 't' }, NULL, N_("Show in tree; a comes back to the question") },
	{ CTX_DIALOG, ACT_STOP, { 'x' }, NULL, N_("Stop the pass") },
	{ CTX_DIALOG, ACT_LEFT, { K_LEFT, 'h', K_BACKTAB }, NULL, N_("previous choice") },
	{ CTX_DIALOG, ACT_RIGHT, { K_RIGHT, 'l', '\t' }, NULL, N_("next choice") },
	{ CTX_DIALOG, ACT_OPEN, { K_ENTER }, N_("Choose"), N_("take the marked choice") },
	{ CTX_DIALOG, ACT_SCROLL_UP, { K_UP, 'k' }, NULL, N_("scroll the text up") },
	{ CTX_DIALOG, ACT_SCROLL_DOWN, { K_DOWN, 'j' }, NULL, N_("scroll the text down") },
	{ CTX_DIALOG, ACT_PAGE_DOWN, { K_PAGE_DOWN, ' ', K_CTRL('F') }, N_("More"), N_("a page down") },
	{ CTX_DIALOG, ACT_EXPLAIN, { 'e' }, N_("Explain"), N_("Explain: both sides held against each other, and what each answer changes and loses") },
	{ CTX_DIALOG, ACT_PAGE_UP, { K_PAGE_UP, K_CTRL('B') }, NULL, N_("a page up") },
	{ CTX_DIALOG, ACT_CLOSE, { 'q', K_ESC }, N_("Aside"), N_("put the question aside (it still waits; a comes back)") },
	{ CTX_DIALOG, ACT_INTERRUPT, { K_CTRL('C') }, N_("Stop"), N_("stop the pass: never taken for yes") },

	{ CTX_STOPPED, ACT_STEP, { 's' }, N_("Step"), N_("go on to the next decision or repair") },
	{ CTX_STOPPED, ACT_NEXT, { 'n' }, N_("Next"), N_("go on to the next node") },
	{ CTX_STOPPED, ACT_CONTINUE, { 'c' }, N_("Continue"), N_("go on to the next breakpoint, or to the end") },
	{ CTX_STOPPED, ACT_FINISH, { 'f' }, N_("Finish"), N_("go on until this level of the btree is done") },
	{ CTX_STOPPED, ACT_EXPLAIN, { 'e' }, N_("Explain"), N_("why the pass stands here") },
	{ CTX_STOPPED, ACT_INTERRUPT, { K_CTRL('C') }, N_("End"), N_("end the pass: nothing is decided by that") },

	{ CTX_OVER, ACT_CLOSE, { 'q', K_ESC }, N_("Close"), N_("close this view") },
	{ CTX_OVER, ACT_WRAP, { 'w' }, NULL, N_("break long lines, or cut them") },

	{ CTX_CONFIRM, ACT_YES, { 'y' }, N_("Yes"), N_("yes") },
	{ CTX_CONFIRM, ACT_NO, { 'n', 'q', K_ESC, K_CTRL('C') }, N_("No"), N_("no") },

	{ CTX_TYPED, ACT_OPEN, { K_ENTER }, N_("OK"), N_("do it, when the name has been typed") },
	{ CTX_TYPED, ACT_CLOSE, { K_ESC, K_CTRL('C') }, N_("Back"), N_("back to the question; nothing is decided") },

	{ CTX_LINE, ACT_OPEN, { K_ENTER }, N_("Do it"), N_("do what stands on the line") },
	{ CTX_LINE, ACT_CLOSE, { K_ESC }, N_("Leave it"), N_("back without doing it") },
	{ CTX_LINE, ACT_NEXT_PANE, { '\t' }, N_("Complete"), N_("complete the word, or show what it could be") },
	{ CTX_LINE, ACT_UP, { K_UP }, N_("Earlier"), N_("what was typed before") },

	{ CTX_WRITE, ACT_SCROLL_UP, { K_UP }, NULL, N_("scroll the summary up") },
	{ CTX_WRITE, ACT_SCROLL_DOWN, { K_DOWN }, NULL, N_("scroll the summary down") },
	{ CTX_WRITE, ACT_PAGE_UP, { K_PAGE_UP }, NULL, N_("a page up") },
	{ CTX_WRITE, ACT_PAGE_DOWN, { K_PAGE_DOWN }, N_("More"), N_("a page down") },
	{ CTX_WRITE, ACT_OPEN, { K_ENTER }, N_("OK"), N_("write, when the word yes has been typed; or close the result") },
	{ CTX_WRITE, ACT_CLOSE, { K_ESC, K_CTRL('C') }, N_("Back"), N_("back; nothing is written") },

	{ CTX_BUCKETS, ACT_OPEN, { K_ENTER }, N_("Open"), N_("the bucket: who claims it, found and expected; a cell of many opens into them") },
	{ CTX_BUCKETS, ACT_ZOOM_IN, { '+', '=' }, N_("Zoom in"), N_("fewer buckets a cell") },
	{ CTX_BUCKETS, ACT_ZOOM_OUT, { '-', '_' }, N_("Out"), N_("more buckets a cell") },
	{ CTX_BUCKETS, ACT_NEXT_DEVICE, { 'd' }, N_("Device"), N_("next device") },
	{ CTX_BUCKETS, ACT_LEFT, { K_LEFT, 'h' }, NULL, N_("cell before; / goes to a bucket (17 or 0:17), to the next of a kind (btree), or to the next wrong one (!)") },
	{ CTX_BUCKETS, ACT_RIGHT, { K_RIGHT, 'l' }, NULL, N_("next cell") },
	{ CTX_BUCKETS, ACT_UP, { K_UP, 'k' }, NULL, N_("row above") },
	{ CTX_BUCKETS, ACT_DOWN, { K_DOWN, 'j' }, NULL, N_("row below") },
	{ CTX_BUCKETS, ACT_PAGE_UP, { K_PAGE_UP, K_CTRL('B') }, NULL, N_("a page up") },
	{ CTX_BUCKETS, ACT_PAGE_DOWN, { K_PAGE_DOWN, K_CTRL('F') }, NULL, N_("a page down") },
	{ CTX_BUCKETS, ACT_HOME, { 'g', K_HOME }, NULL, N_("first bucket") },
	{ CTX_BUCKETS, ACT_END, { 'G', K_END }, NULL, N_("last bucket") },

	{ CTX_SCROLL, ACT_UP, { K_UP, 'k', K_CTRL('P') }, NULL, N_("up") },
	{ CTX_SCROLL, ACT_DOWN, { K_DOWN, 'j', K_CTRL('N') }, NULL, N_("down") },
	{ CTX_TREE, ACT_OPEN, { K_ENTER, K_RIGHT, 'l' }, N_("Open"), N_("open a btree or node; go into it when it is open") },
	{ CTX_TREE, ACT_TOGGLE, { ' ' }, NULL, N_("open or close") },
	{ CTX_TREE, ACT_LEFT, { K_LEFT, 'h' }, NULL, N_("close; go to the parent when it is closed") },
	{ CTX_NODE, ACT_DETAIL_NEXT, { K_RIGHT, 'l' }, N_("Next view"), N_("next of node, keys, bsets, format, hex") },
	{ CTX_NODE, ACT_DETAIL_PREV, { K_LEFT, 'h' }, NULL, N_("previous of them") },
	{ CTX_LOG | CTX_PLAN, ACT_OPEN, { K_ENTER }, N_("Open"), N_("the finding or repair in full") },
	{ CTX_LOG | CTX_PLAN, ACT_SHOW, { 't' }, N_("In tree"), N_("show its place in the tree") },
	{ CTX_PLAN, ACT_DROP, { 'D', K_DELETE }, N_("Drop"), N_("take this repair back") },
	{ CTX_PLAN, ACT_DIFF, { 'd' }, N_("Diff"), N_("before and after of all repairs") },
	{ CTX_TEXT, ACT_LEFT, { K_LEFT, 'h' }, NULL, N_("scroll left") },
	{ CTX_TEXT, ACT_RIGHT, { K_RIGHT, 'l' }, NULL, N_("scroll right") },
	{ CTX_SCROLL, ACT_PAGE_UP, { K_PAGE_UP, K_CTRL('B') }, NULL, N_("a page up") },
	{ CTX_SCROLL, ACT_PAGE_DOWN, { K_PAGE_DOWN, K_CTRL('F') }, NULL, N_("a page down") },
	{ CTX_TEXT, ACT_PAGE_DOWN, { ' ' }, NULL, N_("a page down") },
	{ CTX_SCROLL, ACT_HOME, { 'g', K_HOME }, NULL, N_("first row") },
	{ CTX_SCROLL, ACT_END, { 'G', K_END }, NULL, N_("last row") },

	{ CTX_GLOBAL, ACT_ANSWER, { 'a' }, NULL, N_("come back to the question that waits") },
	{ CTX_GLOBAL, ACT_SEARCH, { '/' }, N_("Search"), N_("search; in the tree a position goes there, an expression (:help find) looks at all keys") },
	{ CTX_GLOBAL, ACT_SEARCH_NEXT, { 'n' }, NULL, N_("next match") },
	{ CTX_GLOBAL, ACT_SEARCH_PREV, { 'N' }, NULL, N_("previous match") },
	{ CTX_GLOBAL, ACT_FILTER, { '\\' }, NULL, N_("filter: only rows with this text, that fit this expression, or with one of the marks ! * + ~; empty shows all") },
	{ CTX_GLOBAL, ACT_COMMAND, { ':' }, N_("Command"), N_("type a command (:help lists them)") },
	{ CTX_GLOBAL, ACT_RUN, { 'r' }, N_("Run"), N_("run a pass: check_topology unless another is typed") },
	{ CTX_GLOBAL, ACT_STEP, { 's' }, NULL, N_("stop the running pass before its next decision or repair; at a stop: go on to it") },
	{ CTX_GLOBAL, ACT_CONTINUE, { 'c' }, NULL, N_("at a stop: go on") },
	{ CTX_GLOBAL, ACT_BREAK, { 'b' }, NULL, N_("stop the passes at what is selected (:break lists, :delete forgets)") },
	{ CTX_GLOBAL, ACT_EXPLAIN, { 'e' }, NULL, N_("explain: the question, the stop, or what is selected") },
	{ CTX_GLOBAL, ACT_PLAN, { 'P' }, N_("Plan"), N_("the plan: repairs accepted so far") },
	{ CTX_GLOBAL, ACT_BUCKETS, { 'M' }, NULL, N_("map of all buckets: who owns what") },
	{ CTX_GLOBAL, ACT_WRITE, { 'W' }, N_("Write"), N_("write the plan: summary, undo file, then the typed word yes") },
	{ CTX_GLOBAL, ACT_DIFF, { 'd' }, NULL, N_("before and after of all repairs") },
	{ CTX_GLOBAL, ACT_LESSON, { 'L' }, NULL, N_("the step of the lesson; again: the next one") },
	{ CTX_GLOBAL, ACT_NEXT_PANE, { '\t' }, NULL, N_("next pane") },
	{ CTX_GLOBAL, ACT_PREV_PANE, { K_BACKTAB }, NULL, N_("previous pane") },
	{ CTX_GLOBAL, ACT_PANE_TREE, { '1' }, NULL, N_("tree of the btrees") },
	{ CTX_GLOBAL, ACT_PANE_GC, { '2' }, NULL, N_("the running pass") },
	{ CTX_GLOBAL, ACT_PANE_NODE, { '3' }, NULL, N_("what is selected: node, keys, bsets, format, hex") },
	{ CTX_GLOBAL, ACT_PANE_LOG, { '4' }, NULL, N_("findings and log") },
	{ CTX_GLOBAL, ACT_ZOOM, { 'z' }, NULL, N_("zoom this pane, and back") },
	{ CTX_GLOBAL, ACT_DETAIL_NEXT, { 'v' }, NULL, N_("next view of what is selected") },
	{ CTX_GLOBAL, ACT_VIEW, { 'V' }, NULL, N_("look at the filesystem as it is on disk, or as planned again") },
	{ CTX_GLOBAL, ACT_FOLLOW, { 'F' }, NULL, N_("follow the pass in the tree, or stop following") },
	{ CTX_GLOBAL, ACT_BACK, { '[' }, NULL, N_("back to where the cursor was before the last jump") },
	{ CTX_GLOBAL, ACT_FORWARD, { ']' }, NULL, N_("forward again") },
	{ CTX_GLOBAL, ACT_MARK, { 'm' }, NULL, N_("m and a letter: remember this place") },
	{ CTX_GLOBAL, ACT_JUMP, { '\'' }, NULL, N_("' and a letter: go to it") },
	{ CTX_GLOBAL, ACT_CLOSE, { 'q', K_ESC }, NULL, N_("close this view") },
	{ CTX_GLOBAL, ACT_QUIT, { 'Q' }, N_("Quit"), N_("quit") },
	{ CTX_GLOBAL, ACT_INTERRUPT, { K_CTRL('C') }, NULL, N_("stop the running pass or command; never ends the program") },
	{ CTX_GLOBAL, ACT_SUSPEND, { K_CTRL('Z') }, NULL, N_("suspend") },
	{ CTX_GLOBAL, ACT_REDRAW, { K_CTRL('L') }, NULL, N_("draw the screen again") },
};
const size_t bindings_nr = sizeof(bindings) / sizeof(bindings[0]);

static bool has_key(const struct binding *b, int key)
{
	for (int i = 0; i < BINDING_KEYS && b->keys[i]; i++)
		if (b->keys[i] == key)
			return true;
	return false;
}

enum action binding_action(unsigned context, int key)
{
	if (key == '\r' || key == '\n')
		key = K_ENTER;
	for (size_t i = 0; i < bindings_nr; i++)
		if ((bindings[i].contexts & context) && has_key(&bindings[i], key))
			return bindings[i].action;
	return ACT_NONE;
}

const struct binding *binding_of(unsigned contexts, enum action action)
{
	for (size_t i = 0; i < bindings_nr; i++)
		if ((bindings[i].contexts & contexts) && bindings[i].action == action)
			return &bindings[i];
	return NULL;
}

void key_to_text(struct arb_buf *out, int key)
{
	static const char *const special[] = {
		"Up", "Down", "Left", "Right", "PgUp", "PgDn", "Home", "End", "Ins", "Del", "Backspace", "Enter", "Shift-Tab",
	};

	if (key >= K_F1 && key <= K_F12)
		arb_buf_printf(out, "F%d", key - K_F1 + 1);
	else if (key >= K_FIRST && key <= K_BACKTAB)
		arb_buf_puts(out, special[key - K_FIRST]);
	else if (key == '\t')
		arb_buf_puts(out, "Tab");
	else if (key == K_ESC)
		arb_buf_puts(out, "Esc");
	else if (key == ' ')
		arb_buf_puts(out, "Space");
	else if (key > 0 && key < 32)
		arb_buf_printf(out, "^%c", key + '@');
	else if (key > 32 && key < 127)
		arb_buf_putc(out, (char)key);
}

void bindings_help(struct arb_buf *out, unsigned contexts, unsigned column, bool (*wanted)(enum action act))
{
	for (size_t i = 0; i < bindings_nr; i++) {
		ARB_BUF(line);

		if (!(bindings[i].contexts & contexts) || !bindings[i].keys[0] || (wanted && !wanted(bindings[i].action)))
			continue;
		arb_buf_puts(&line, "  ");
		for (int k = 0; k < BINDING_KEYS && bindings[i].keys[k]; k++) {
			if (k)
				arb_buf_putc(&line, ' ');
			key_to_text(&line, bindings[i].keys[k]);
		}
		arb_buf_pad(&line, column - 1);
		arb_buf_puts(out, arb_buf_str(&line));
		arb_buf_printf(out, " %s\n", _(bindings[i].help));
	}
}
