/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lazy tree: items, branches, counts. See tree.h; reading rows is in tree_load.c, finding them in tree_find.c. */
#include <config.h>
#include "tree.h"
#include "arborist/base/i18n.h"

#include <stdlib.h>
#include <string.h>

/* A key without the room a struct bkey_buf keeps for the longest value: there may be a million of them. */
struct packed_key {
	struct bkey	k;
	uint8_t		v[];
};

struct tree *tree_new(struct session *s)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->session = s;
	t->root = tree_branch_new(NULL);
	if (!t->root) {
		free(t);
		return NULL;
	}
	return t;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	tree_branch_free(t, t->root);
	arb_array_free(&t->requests);
	free(t->geo);
	free(t->filter);
	free(t);
}

/* --- items ---------------------------------------------------------------------------------------------------------- */

/* Takes over what @row owns. */
bool tree_item_take(struct tree_item *it, struct tree_row *row)
{
	*it = (struct tree_item){ .row = *row, .visible = 1 };
	it->row.key = NULL;
	row->text = NULL;
	if (row->key) {
		size_t n = bkey_val_bytes(&row->key->k);

		it->key = malloc(sizeof(*it->key) + n);
		if (!it->key)
			return false;
		it->key->k = row->key->k;
		memcpy(it->key->v, row->key->v, n);
	}
	return true;
}

struct bkey_s tree_item_key(const struct tree_item *it)
{
	return (struct bkey_s){ it->key->k, it->key->v };
}

void tree_item_clear(struct tree_item *it)
{
	free(it->key);
	free(it->row.text);
}

bool tree_row_of(const struct tree_item *it, struct tree_row *ret)
{
	*ret = it->row;
	ret->text = NULL;
	if (!it->key)
		return true;
	ret->key = calloc(1, sizeof(*ret->key));
	if (!ret->key)
		return false;
	bkey_buf_set(ret->key, tree_item_key(it));
	return true;
}

void tree_row_clear(struct tree_row *r)
{
	free(r->key);
	r->key = NULL;
}

/* --- branches and counts ---------------------------------------------------------------------------------------------- */

struct tree_branch *tree_branch_new(struct tree_item *owner)
{
	struct tree_branch *b = calloc(1, sizeof(*b));

	if (b)
		b->owner = owner;
	return b;
}

/* Answers that still come for @b (@rows too: also those for its own rows) are nobody's any more. */
static void forget_requests(struct tree *t, const struct tree_branch *b, bool rows)
{
	for (size_t i = 0; i < t->requests.nr;)
		if (t->requests.v[i].branch == b && (rows || t->requests.v[i].nr))
			t->requests.v[i] = t->requests.v[--t->requests.nr];
		else
			i++;
}

static void free_items(struct tree *t, struct tree_item *items, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (t->sel == &items[i])
			t->sel = NULL;
		tree_branch_free(t, items[i].sub);
		tree_item_clear(&items[i]);
	}
	free(items);
}

void tree_branch_free(struct tree *t, struct tree_branch *b)
{
	if (!b)
		return;
	forget_requests(t, b, true);
	free_items(t, b->item, b->nr);
	fenwick_free(&b->fenwick);
	free(b);
}

static uint64_t item_rows(const void *arg, size_t i)
{
	return ((const struct tree_branch *)arg)->item[i].visible;
}

void tree_branch_recount(struct tree_branch *b)
{
	fenwick_fill(&b->fenwick, item_rows, b);
}

void tree_item_recount(struct tree_item *it)
{
	while (it) {
		uint64_t rows = it->hidden ? 0 : 1 + (it->open && it->sub ? it->sub->fenwick.total : 0);

		if (rows != it->visible)
			fenwick_add(&it->in->fenwick, tree_index(it), (int64_t)(rows - it->visible));
		it->visible = rows;
		it = it->in->owner;
	}
}

/* @items become the items of @b; what was there is freed. On no memory nothing changes and @items stay the caller's. */
bool tree_branch_put(struct tree *t, struct tree_branch *b, struct tree_item *items, size_t nr)
{
	struct fenwick f;

	if (!fenwick_init(&f, nr))
		return false;
	forget_requests(t, b, false);
	free_items(t, b->item, b->nr);
	fenwick_free(&b->fenwick);
	b->item = items;
	b->nr = nr;
	b->fenwick = f;
	for (size_t i = 0; i < nr; i++) {
		items[i].in = b;
		items[i].hidden = tree_item_hidden(t, &items[i]);
		items[i].visible = items[i].hidden ? 0 : 1 + (items[i].open ? items[i].sub->fenwick.total : 0);
		if (items[i].sub)
			items[i].sub->owner = &items[i];
	}
	tree_branch_recount(b);
	tree_item_recount(b->owner);
	return true;
}

/* A branch of one row that says something. */
bool tree_branch_note(struct tree *t, struct tree_branch *b, const char *text, unsigned marks)
{
	struct tree_item *it = calloc(1, sizeof(*it));

	if (!it)
		return false;
	*it = (struct tree_item){ .row = { .kind = ROW_NOTE, .marks = marks, .text = strdup(text) }, .visible = 1 };
	if (b->owner) {
		it->row.btree = b->owner->row.btree;
		it->row.level = b->owner->row.level;
		it->row.start = b->owner->row.start;
		it->row.end = b->owner->row.end;
	}
	if (it->row.text && tree_branch_put(t, b, it, 1))
		return true;
	tree_item_clear(it);
	free(it);
	return false;
}

/* --- what views ask ------------------------------------------------------------------------------------------------------ */

uint64_t tree_rows_visible(const struct tree *t)
{
	return t->root->fenwick.total;
}

struct tree_item *tree_at(struct tree *t, uint64_t n)
{
	struct tree_branch *b = t->root;

	if (n >= b->fenwick.total)
		return NULL;
	for (;;) {
		struct tree_item *it = &b->item[fenwick_find(&b->fenwick, n, &n)];

		if (!n)
			return it;
		n--;
		b = it->sub;
	}
}

uint64_t tree_rank(const struct tree_item *it)
{
	uint64_t r = 0;

	for (;;) {
		r += fenwick_before(&it->in->fenwick, tree_index(it));
		it = it->in->owner;
		if (!it)
			return r;
		r++;
	}
}

unsigned tree_depth(const struct tree_item *it)
{
	unsigned d = 0;

	for (; it->in->owner; it = it->in->owner)
		d++;
	return d;
}

struct tree_item *tree_parent(const struct tree_item *it)
{
	return it->in->owner;
}

bool tree_open(struct tree *t, struct tree_item *it)
{
	if (it->open || !it->row.has_children)
		return false;
	if (!it->sub) {
		it->sub = tree_branch_new(it);
		if (!it->sub || !tree_branch_note(t, it->sub, _("reading ..."), MARK_UNREAD))
			return false;
	}
	it->open = true;
	tree_item_recount(it);
	if (!it->sub->loaded)
		tree_load(t, it->sub);
	return true;
}

static bool inside(const struct tree_item *it, const struct tree_item *top)
{
	for (; it; it = it->in->owner)
		if (it == top)
			return true;
	return false;
}

bool tree_close(struct tree *t, struct tree_item *it)
{
	if (!it->open)
		return false;
	if (t->sel && t->sel != it && inside(t->sel, it))
		t->sel = it;
	it->open = false;
	tree_item_recount(it);
	return true;
}

/* "start .. end", without the end when both are the same. */
static void range_text(struct arb_buf *out, const struct tree_row *r)
{
	bpos_to_text(out, r->start);
	if (bpos_eq(r->start, r->end))
		return;
	arb_buf_puts(out, " .. ");
	bpos_to_text(out, r->end);
}

void tree_item_text(struct arb_buf *out, const struct tree_item *it)
{
	const struct tree_row *r = &it->row;
	size_t before = out->len;

	if (r->kind == ROW_BTREE) {
		btree_id_to_text(out, r->btree);
		if (out->len - before < 14)
			arb_buf_spaces(out, (unsigned)(14 - (out->len - before)));
		arb_buf_printf(out, " L%u", r->level);
	} else if (r->kind == ROW_KEY) {
		bpos_to_text(out, r->end);
	} else if (r->kind != ROW_NOTE) {
		arb_buf_puts(out, r->kind == ROW_GAP ? _("gap ") : r->kind == ROW_OVERLAP ? _("overlap ") : "");	/* what is cut off is the end */
		range_text(out, r);
	}
	if ((r->kind == ROW_NODE || (r->kind == ROW_BTREE && r->nr_keys)) && !(r->marks & (MARK_UNREAD | MARK_UNREADABLE)))
		arb_buf_printf(out, P_("  %zu key", "  %zu keys", r->nr_keys), r->nr_keys);
	if (r->kind == ROW_NODE && (r->marks & MARK_UNREADABLE))
		arb_buf_puts(out, _("  unreadable"));
	if (r->text && *r->text)
		arb_buf_printf(out, "%s%s", out->len > before ? "  " : "", r->text);
}
