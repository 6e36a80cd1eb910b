/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the rows of the tree: requests to the session, and their answers. Rows that are read again keep what was
 * open and selected; see tree.h.
 */
#include <config.h>
#include "tree.h"
#include "arborist/base/i18n.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_ROWS_MAX 256

static void load(struct tree *t, struct tree_branch *b, uint64_t id)
{
	struct tree_request *rq = arb_array_push(&t->requests);

	if (!rq)
		return;		/* the answer will be nobody's */
	*rq = (struct tree_request){ .id = id, .branch = b };
	b->reading = true;
}

void tree_start(struct tree *t)
{
	t->failed = false;
	if (!t->root->reading)
		load(t, t->root, session_browse_btrees(t->session));
}

void tree_load(struct tree *t, struct tree_branch *b)
{
	struct tree_row row;

	if (b->reading)
		return;
	if (!b->owner)
		tree_start(t);
	else if (tree_row_of(b->owner, &row)) {
		load(t, b, session_browse_children(t->session, &row));
		tree_row_clear(&row);
	}
}

void tree_stale(struct tree *t)
{
	t->epoch++;
}

/* --- answers -------------------------------------------------------------------------------------------------------------- */

static int same_row(const struct tree_row *a, const struct tree_row *b)
{
	return a->kind == b->kind && a->btree == b->btree && a->level == b->level &&
	       bpos_eq(a->start, b->start) && bpos_eq(a->end, b->end);
}

/* Moves what was opened below an old row to the new row that stands for the same thing. */
static void keep_opened(struct tree *t, struct tree_branch *old, struct tree_item *items, size_t nr)
{
	size_t j = 0;

	for (size_t i = 0; i < old->nr; i++) {
		struct tree_item *was = &old->item[i];
		size_t k = j;

		if (!was->sub && t->sel != was)
			continue;
		while (k < nr && !same_row(&was->row, &items[k].row))
			k++;
		if (k == nr)
			continue;
		j = k;
		if (items[k].row.has_children) {
			items[k].sub = was->sub;
			items[k].open = was->open;
			was->sub = NULL;
		}
		if (t->sel == was)
			t->sel = &items[k];
	}
}

static struct tree_item *take_rows(struct tree_rows *rows)
{
	struct tree_item *items = calloc(rows->rows.nr, sizeof(*items));

	for (size_t i = 0; items && i < rows->rows.nr; i++)
		if (!tree_item_take(&items[i], &rows->rows.v[i])) {
			for (size_t j = 0; j <= i; j++)
				tree_item_clear(&items[j]);
			free(items);
			return NULL;
		}
	return items;
}

/* Index the selection had, so that something near it is selected when its row is gone. */
static void reselect(struct tree *t, struct tree_branch *b, uint64_t rank)
{
	uint64_t n = tree_rows_visible(t);

	if (t->sel)
		return;
	t->sel = tree_at(t, rank < n ? rank : n ? n - 1 : 0);
	if (!t->sel && b->nr)
		t->sel = &b->item[0];
}

static void put_rows(struct tree *t, struct tree_branch *b, struct tree_rows *rows)
{
	uint64_t rank = t->sel ? tree_rank(t->sel) : 0;
	struct tree_item *items;

	if (rows->unreadable || !rows->rows.nr) {
		ARB_BUF(text);

		if (rows->unreadable)
			arb_buf_printf(&text, _("unreadable: %s"), rows->why ? rows->why : "");
		else
			arb_buf_puts(&text, _("(empty)"));
		b->loaded = tree_branch_note(t, b, arb_buf_str(&text), rows->unreadable ? MARK_UNREADABLE : 0);
		reselect(t, b, rank);
		return;
	}
	items = take_rows(rows);
	if (!items)
		return;
	keep_opened(t, b, items, rows->rows.nr);
	b->loaded = tree_branch_put(t, b, items, rows->rows.nr);
	reselect(t, b, rank);
}

static void put_status(struct tree *t, struct tree_request rq, struct tree_rows *rows)
{
	for (size_t i = 0; i < rq.nr && i < rows->rows.nr; i++) {
		struct tree_item *it = &rq.branch->item[rq.first + i];
		struct tree_row *r = &rows->rows.v[i];

		if (!same_row(&it->row, r))
			continue;
		it->row.marks = r->marks & ~(unsigned)MARK_UNREAD;
		it->row.nr_keys = r->nr_keys;
		it->row.seq = r->seq;
		it->row.has_children = r->has_children;
		if (r->text) {
			free(it->row.text);
			it->row.text = r->text;
			r->text = NULL;
		}
		it->hidden = tree_item_hidden(t, it);
		tree_item_recount(it);
	}
}

static void take_failure(struct tree *t, struct tree_branch *b, const struct session_message *m)
{
	const char *why = m->text ? m->text : arb_code_name(m->code);

	if (m->code == ARB_E_CANCELLED) {	/* ^C was meant for something else: asked for again when in sight */
		b->epoch = t->epoch - 1;
		return;
	}
	if (b->owner) {
		tree_branch_note(t, b, why, MARK_UNREADABLE);
		b->loaded = true;
		return;
	}
	t->failed = true;
	snprintf(t->why, sizeof(t->why), "%s", why);
}

static void take_answer(struct tree *t, struct tree_branch *b, const struct session_message *m)
{
	b->reading = false;
	b->epoch = t->epoch;
	if (m->kind == SESSION_ROWS && m->rows && m->rows->geo) {
		free(t->geo);
		t->geo = m->rows->geo;
		m->rows->geo = NULL;
	}
	if (m->kind == SESSION_ROWS && m->rows)
		put_rows(t, b, m->rows);
	else
		take_failure(t, b, m);
	tree_goto_step(t);
}

static void ask_again(const struct tree_request *rq)
{
	for (size_t i = 0; i < rq->nr; i++)
		rq->branch->item[rq->first + i].asked = false;
}

bool tree_message(struct tree *t, const struct session_message *m)
{
	if ((m->kind != SESSION_ROWS && m->kind != SESSION_JOB_DONE) || !m->id)
		return false;
	for (size_t i = 0; i < t->requests.nr; i++) {
		struct tree_request rq = t->requests.v[i];

		if (rq.id != m->id)
			continue;
		if (m->kind == SESSION_JOB_DONE && m->code == ARB_OK)
			return true;	/* the rows are still to come */
		t->requests.v[i] = t->requests.v[--t->requests.nr];
		if (!rq.nr)
			take_answer(t, rq.branch, m);
		else if (m->kind == SESSION_ROWS && m->rows)
			put_status(t, rq, m->rows);
		else
			ask_again(&rq);
		return true;
	}
	return false;
}

/* --- what is in sight --------------------------------------------------------------------------------------------------- */

static bool wants_status(const struct tree_item *it)
{
	return (it->row.kind == ROW_NODE || it->row.kind == ROW_BTREE) && (it->row.marks & MARK_UNREAD) && !it->asked && !it->hidden;
}

static void ask_status(struct tree *t, struct tree_branch *b, size_t first, size_t nr)
{
	struct tree_row *rows = calloc(nr, sizeof(*rows));
	struct tree_request *rq = rows ? arb_array_push(&t->requests) : NULL;
	bool ok = rq;

	for (size_t i = 0; ok && i < nr; i++) {
		ok = tree_row_of(&b->item[first + i], &rows[i]);
		b->item[first + i].asked = true;
	}
	if (ok)
		*rq = (struct tree_request){ session_browse_status(t->session, rows, nr), b, first, nr };
	else if (rq)
		t->requests.nr--;
	for (size_t i = 0; rows && i < nr; i++)
		tree_row_clear(&rows[i]);
	free(rows);
}

void tree_in_sight(struct tree *t, uint64_t from, int n)
{
	if (!t->root->nr && t->root->epoch != t->epoch)
		tree_load(t, t->root);
	for (uint64_t row = from; row < from + (uint64_t)n;) {
		struct tree_item *it = tree_at(t, row);
		size_t first, nr = 0;

		if (!it)
			return;
		for (struct tree_branch *b = it->in; b; b = b->owner ? b->owner->in : NULL)
			if (b->epoch != t->epoch && !b->reading)
				tree_load(t, b);
		first = tree_index(it);
		while (first + nr < it->in->nr && nr < STATUS_ROWS_MAX && row + nr < from + (uint64_t)n &&
		       wants_status(&it->in->item[first + nr]) && !it->in->item[first + nr].open)
			nr++;
		if (nr && !it->in->reading)
			ask_status(t, it->in, first, nr);
		row += nr ? nr : 1;
	}
}
