/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding rows of the tree: by place (opening what leads there as answers come), by text, and the filter. */
#include <config.h>
#include "tree.h"

#include <stdlib.h>
#include <string.h>
#include "arborist/session/find.h"
#include "lines.h"

bool tree_place_of(const struct tree_item *it, struct tree_place *ret)
{
	if (!it || (it->row.kind == ROW_NOTE && !it->in->owner))
		return false;
	*ret = (struct tree_place){ .btree = it->row.btree, .level = it->row.level, .pos = it->row.end };
	ret->key = it->row.kind == ROW_KEY;
	ret->root = it->row.kind == ROW_BTREE;
	return true;
}

/* --- going somewhere ------------------------------------------------------------------------------------------------ */

static struct tree_item *btree_item(struct tree *t, unsigned btree)
{
	for (size_t i = 0; i < t->root->nr; i++)
		if (t->root->item[i].row.kind == ROW_BTREE && t->root->item[i].row.btree == btree)
			return &t->root->item[i];
	return NULL;
}

/* The row of @b that covers the position: a node before a gap or an overlap; NULL when none does. */
static struct tree_item *covering(struct tree_branch *b, const struct tree_place *p)
{
	struct tree_item *best = NULL;

	for (size_t i = 0; i < b->nr; i++) {
		struct tree_item *it = &b->item[i];

		if (it->row.kind == ROW_KEY) {
			if (!bpos_lt(it->row.end, p->pos))
				return it;
			best = it;
		} else if (it->row.kind != ROW_NOTE && bpos_le(it->row.start, p->pos) && bpos_le(p->pos, it->row.end)) {
			if (it->row.kind == ROW_NODE)
				return it;
			best = it;
		}
	}
	return best;
}

/* Is @it what is looked for, or as near as one gets? */
static bool arrived(const struct tree_item *it, const struct tree_place *p)
{
	if (it->row.kind == ROW_BTREE)
		return p->root;
	if (it->row.kind != ROW_NODE)
		return true;
	return p->key ? it->row.level < p->level : it->row.level <= p->level;
}

/* Whoever goes somewhere wants to see it, more than what the filter left. */
static void stand_on(struct tree *t, struct tree_item *it)
{
	t->sel = it;
	for (; t->filter && it; it = tree_parent(it))
		if (it->hidden) {
			tree_filter(t, NULL);
			t->unfiltered = true;
		}
}

void tree_goto_step(struct tree *t)
{
	struct tree_item *it, *next;

	if (!t->has_target)
		return;
	it = btree_item(t, t->target.btree);
	while (it && !arrived(it, &t->target) && it->row.has_children) {
		stand_on(t, it);
		tree_open(t, it);
		if (!it->sub || !it->sub->loaded)
			return;		/* goes on with the answer */
		next = covering(it->sub, &t->target);
		if (!next)
			break;
		it = next;
	}
	if (it)
		stand_on(t, it);
	t->has_target = t->root->nr == 0;	/* nothing is there yet */
}

void tree_goto(struct tree *t, const struct tree_place *p)
{
	t->target = *p;
	t->has_target = true;
	tree_goto_step(t);
}

/* --- texts and marks --------------------------------------------------------------------------------------------------- */

/* The search typed last, parsed: rows are held against it one after another. The screen has one thread. */
static struct find *parsed(const char *what)
{
	static char *text;
	static struct find *find;

	if (text && !strcmp(text, what))
		return find;
	find_free(find);
	free(text);
	find = NULL;
	text = strdup(what);
	if (text && (!find_is_expression(what) || find_parse(what, &find, NULL)))
		find = NULL;
	return find;
}

bool tree_item_matches(const struct tree *t, const struct tree_item *it, const char *what)
{
	struct find *find = parsed(what);
	static const struct { char c; unsigned mark; } marks[] = {
		{ '!', MARK_DAMAGED }, { '*', MARK_CHANGED }, { '+', MARK_ADDED }, { '~', MARK_UNREADABLE },
	};
	ARB_BUF(text);

	if (find)
		return it->key && (it->row.kind == ROW_KEY || it->row.kind == ROW_NODE) &&
		       find_match(find, t->geo, it->row.btree, it->row.level + (it->row.kind == ROW_NODE), tree_item_key(it));
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (what[0] == marks[i].c && !what[1])
			return (it->row.marks & marks[i].mark) ||
			       (marks[i].mark == MARK_DAMAGED && (it->row.kind == ROW_GAP || it->row.kind == ROW_OVERLAP));
	tree_item_text(&text, it);
	return line_has(arb_buf_str(&text), what);
}

static bool any_below(const struct tree *t, const struct tree_branch *b, const char *what)
{
	for (size_t i = 0; b && i < b->nr; i++)
		if (tree_item_matches(t, &b->item[i], what) || any_below(t, b->item[i].sub, what))
			return true;
	return false;
}

static bool any_above(const struct tree *t, const struct tree_item *it, const char *what)
{
	for (it = tree_parent(it); it; it = tree_parent(it))
		if (tree_item_matches(t, it, what))
			return true;
	return false;
}

/* Btrees stay, what matches stays, and what leads to a match. Below a row that matches by its text everything stays. */
bool tree_item_hidden(const struct tree *t, const struct tree_item *it)
{
	if (!t->filter || it->row.kind == ROW_NOTE || tree_item_matches(t, it, t->filter))
		return false;
	if (!strchr("!*+~", t->filter[0]) && !parsed(t->filter) && any_above(t, it, t->filter))
		return false;
	return !any_below(t, it->sub, t->filter);
}

static void filter_branch(struct tree *t, struct tree_branch *b)
{
	for (size_t i = 0; i < b->nr; i++) {
		struct tree_item *it = &b->item[i];

		if (it->sub)
			filter_branch(t, it->sub);
		it->hidden = tree_item_hidden(t, it);
		it->visible = it->hidden ? 0 : 1 + (it->open && it->sub ? it->sub->fenwick.total : 0);
	}
	tree_branch_recount(b);
}

static void count(const struct tree_branch *b, size_t *left)
{
	for (size_t i = 0; *left && b && i < b->nr; i++) {
		--*left;
		count(b->item[i].sub, left);
	}
}

bool tree_has_few(const struct tree *t, size_t max)
{
	size_t left = max + 1;

	count(t->root, &left);
	return left;
}

void tree_filter(struct tree *t, const char *what)
{
	free(t->filter);
	t->filter = what && *what ? strdup(what) : NULL;
	filter_branch(t, t->root);
	while (t->sel && !t->sel->visible)
		t->sel = tree_parent(t->sel);
	if (!t->sel)
		t->sel = tree_at(t, 0);
}

bool tree_awaits(const struct tree *t)
{
	return t->has_target || (t->sel && t->sel->open && t->sel->sub && !t->sel->sub->loaded);
}

/* --- search: through everything loaded, in the order of the screen ------------------------------------------------------ */

static struct tree_item *last_in(struct tree_item *it)
{
	while (it->sub && it->sub->nr)
		it = &it->sub->item[it->sub->nr - 1];
	return it;
}

static struct tree_item *walk_next(struct tree_item *it)
{
	if (it->sub && it->sub->nr)
		return &it->sub->item[0];
	while (it && tree_index(it) + 1 == it->in->nr)
		it = tree_parent(it);
	return it ? it + 1 : NULL;
}

static struct tree_item *walk_prev(struct tree_item *it)
{
	return tree_index(it) ? last_in(it - 1) : tree_parent(it);
}

static struct tree_item *far_end(struct tree *t, int step)
{
	if (!t->root->nr)
		return NULL;
	return step > 0 ? &t->root->item[0] : last_in(&t->root->item[t->root->nr - 1]);
}

bool tree_search(struct tree *t, int step, const char *what, bool wrap)
{
	struct tree_item *it = wrap ? NULL : t->sel;

	while (it || wrap) {
		it = wrap ? far_end(t, step) : step > 0 ? walk_next(it) : walk_prev(it);
		wrap = false;
		if (!it || it->hidden || it->row.kind == ROW_NOTE || !tree_item_matches(t, it, what))
			continue;
		for (struct tree_item *up = tree_parent(it); up; up = tree_parent(up))
			tree_open(t, up);
		t->sel = it;
		return true;
	}
	return false;
}
