/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the tree: btrees, nodes with the gaps and overlaps between them, keys. Made by browse jobs. */
#include <config.h>
#include "arborist/base/i18n.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "arborist/session/locate.h"
#include "internal.h"

void tree_rows_free(struct tree_rows *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->rows.nr; i++) {
		free(r->rows.v[i].key);
		free(r->rows.v[i].text);
	}
	arb_array_free(&r->rows);
	free(r->geo);
	free(r->why);
	free(r);
}

/* For a front end, which may look at nothing of the engine's: only the sizes. */
static struct fs_geometry *sizes_of(const struct fs_geometry *g)
{
	struct fs_geometry *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *g;
	copy->blacklist = NULL;
	copy->nr_blacklist = 0;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		copy->member[i].gens = NULL;
	return copy;
}

static struct tree_row *row_add(struct tree_rows *r, enum tree_row_kind kind, unsigned btree, unsigned level,
				struct bpos start, struct bpos end)
{
	struct tree_row *x = arb_array_push(&r->rows);

	if (x) {
		x->kind = kind;
		x->btree = btree;
		x->level = level;
		x->start = start;
		x->end = end;
	}
	return x;
}

static bool row_key(struct tree_row *x, struct bkey_s k)
{
	x->key = calloc(1, sizeof(*x->key));
	if (!x->key)
		return false;
	bkey_buf_set(x->key, k);
	return true;
}

static bool row_text(struct tree_row *x, struct arb_buf *b)
{
	x->text = arb_buf_steal(b);
	return x->text;
}

static void why_from(struct tree_rows *r, const struct defects *d)
{
	ARB_BUF(b);

	r->unreadable = true;
	for (size_t i = 0; d && i < d->list.nr; i++)
		arb_buf_printf(&b, "%s%s", i ? "; " : "", d->list.v[i].text ? d->list.v[i].text : "");
	r->why = arb_buf_steal(&b);
}

static void answer(struct session *s, struct job *j, struct tree_rows *r)
{
	struct session_message *m = message_new(SESSION_ROWS);

	if (!m) {
		tree_rows_free(r);
		return;
	}
	m->id = r->request = j->id;
	m->rows = r;
	message_put(s, m);
}

/* What is known of a node from having been read. */
static void mark_read(struct tree_row *x, const struct node_got *got)
{
	x->marks &= ~(unsigned)(MARK_UNREAD | MARK_DAMAGED | MARK_UNREADABLE);
	if (!got->node) {
		x->marks |= MARK_UNREADABLE;
		x->has_children = false;
		return;
	}
	x->seq = got->node->h.bset.seq;
	x->nr_keys = got->node->nr_keys;
	x->has_children = true;
	if (defects_worst(&got->node->defects) > DEFECT_NOTE)
		x->marks |= MARK_DAMAGED;
}

static void pointer_text(struct arb_buf *b, struct bkey_s k)
{
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p)) {
		arb_buf_puts(b, _("not a node pointer"));
		return;
	}
	if (p.is_v2)
		arb_buf_printf(b, "seq %llx written %u", (unsigned long long)p.seq, p.sectors_written);
	for (unsigned i = 0; i < p.nr_ptrs; i++)
		arb_buf_printf(b, " %u:%llu", p.ptr[i].dev, (unsigned long long)p.ptr[i].sector);
}

static bool btree_row(struct view *v, struct tree_rows *r, unsigned id)
{
	const struct btree_root *root = &v->roots[id];
	struct tree_row *x = row_add(r, ROW_BTREE, id, root->level, POS_MIN, SPOS_MAX);
	struct node_got got;
	ARB_BUF(b);

	if (!x)
		return false;
	x->has_children = !root->lost;
	x->marks = root->lost ? MARK_UNREADABLE : root->cause ? MARK_CHANGED : MARK_NONE;
	if (root->lost)
		arb_buf_printf(&b, _("root lost: %s"), root->why);
	else if (root->fake)
		arb_buf_puts(&b, _("made in memory"));
	if (!root->lost && !root->fake) {
		if (!row_key(x, bkey_buf_s(&root->key)))
			return false;
		pointer_text(&b, bkey_buf_s(&root->key));
		if (view_node_cached(v, id, root->level, bkey_buf_s(&root->key), &got)) {
			mark_read(x, &got);
			node_put(&got);
		} else {
			x->marks |= MARK_UNREAD;
		}
	}
	return row_text(x, &b) || !b.oom;
}

static enum arb_code browse_btrees(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct tree_rows *r = calloc(1, sizeof(*r));
	struct view *v = session_view(s);
	bool ok = r;

	(void)arg;
	for (unsigned i = 0; ok && i < BTREE_ID_NR_MAX; i++)
		if (v->roots[i].exists || v->roots[i].lost)
			ok = btree_row(v, r, i);
	if (ok)
		ok = (r->geo = sizes_of(&v->geo));
	if (!ok) {
		tree_rows_free(r);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	answer(s, j, r);
	return ARB_OK;
}

struct between {		/* where the next node must begin */
	struct tree_rows *r;
	unsigned btree, level;
	struct bpos next;	/* first position not covered yet */
	bool done;		/* everything up to SPOS_MAX is covered */
	struct bpos prev_end;
};

static bool gap_row(struct between *b, struct bpos start, struct bpos end)
{
	struct tree_row *x = row_add(b->r, ROW_GAP, b->btree, b->level, start, end);

	if (!x)
		return false;
	x->marks = MARK_DAMAGED;
	x->text = strdup(_("no node covers this"));
	return x->text;
}

static bool overlap_row(struct between *b, struct bpos start, struct bpos end)
{
	struct tree_row *x = row_add(b->r, ROW_OVERLAP, b->btree, b->level, start, end);

	if (!x)
		return false;
	x->marks = MARK_DAMAGED;
	x->text = strdup(_("two nodes claim this"));
	return x->text;
}

static bool boundary(struct between *b, struct bpos start, struct bpos end)
{
	struct bpos before;

	if (b->done || bpos_lt(start, b->next))
		return overlap_row(b, start, bpos_min(end, b->prev_end));
	if (bpos_lt(b->next, start) && bpos_predecessor(start, &before))
		return gap_row(b, b->next, before);
	return true;
}

static void covered(struct between *b, struct bpos end)
{
	if (b->done)
		return;
	if (bpos_lt(b->prev_end, end) || bpos_eq(b->prev_end, POS_MIN))
		b->prev_end = end;
	if (!bpos_successor(b->prev_end, &b->next))
		b->done = true;
}

static unsigned cause_mark(const struct node *n, const struct overlay_key *o)
{
	size_t i;

	if (!o || o->cause == OVERLAY_FROM_JOURNAL)
		return MARK_NONE;
	i = node_lower_bound(n, o->key.k.p);
	return i < n->nr_keys && bpos_eq(n->keys[i].k.p, o->key.k.p) ? MARK_CHANGED : MARK_ADDED;
}

static bool child_row(struct view *v, struct tree_rows *r, const struct node *n, struct bkey_s k, unsigned marks)
{
	struct tree_row *x = row_add(r, ROW_NODE, n->btree, n->level - 1, ptr_start(k), k.k.p);
	struct btree_ptr p;
	struct node_got got;
	ARB_BUF(b);

	if (!x || !row_key(x, k))
		return false;
	x->marks = marks | MARK_UNREAD;
	x->has_children = true;
	if (btree_ptr_get(k, &p))
		x->seq = p.seq;
	if (view_node_cached(v, n->btree, n->level - 1, k, &got)) {
		mark_read(x, &got);
		node_put(&got);
	}
	pointer_text(&b, k);
	return row_text(x, &b);
}

static bool interior_rows(struct view *v, struct tree_rows *r, const struct node *n)
{
	struct between b = { .r = r, .btree = n->btree, .level = n->level - 1, .next = n->min };
	struct node_iter it;
	struct bkey_s k;
	bool ok = true;

	node_iter_init(&it, v, n);
	while (ok && node_iter_next(&it, &k)) {
		unsigned marks = cause_mark(n, it.from_overlay);
		struct btree_ptr p;

		if (btree_ptr_get(k, &p) && p.is_v2)
			ok = boundary(&b, p.min_key, k.k.p);
		ok = ok && child_row(v, r, n, k, marks);
		covered(&b, k.k.p);
	}
	if (ok && !b.done && bpos_le(b.next, n->max))
		ok = gap_row(&b, b.next, n->max);
	return ok;
}

static bool leaf_rows(struct view *v, struct tree_rows *r, const struct node *n)
{
	struct key_text_ctx c = { .geo = &v->geo, .flags = KEY_TEXT_FIRST_LINE };
	struct node_iter it;
	struct bkey_s k;

	node_iter_init(&it, v, n);
	while (node_iter_next(&it, &k)) {
		struct tree_row *x = row_add(r, ROW_KEY, n->btree, n->level, k.k.p, k.k.p);
		const char *type = bkey_type_name(k.k.type);
		ARB_BUF(b);

		if (!x || !row_key(x, k))
			return false;
		if (btree_info(n->btree)->flags & BTREE_EXTENTS)
			x->start = bkey_start(&k.k);
		x->marks = cause_mark(n, it.from_overlay);
		if (type)
			arb_buf_printf(&b, "%s: ", type);
		else
			arb_buf_printf(&b, "type %u: ", k.k.type);
		bkey_val_to_text(&b, &c, k);
		if (!row_text(x, &b))
			return false;
	}
	return true;
}

struct wanted {			/* rows of a request; copies */
	struct tree_row *rows;
	struct bkey_buf *keys;
	size_t nr;
};

static void wanted_free(void *arg)
{
	struct wanted *w = arg;

	if (!w)
		return;
	free(w->rows);
	free(w->keys);
	free(w);
}

static struct wanted *wanted_new(const struct tree_row *rows, size_t nr)
{
	struct wanted *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->rows = calloc(nr + 1, sizeof(*w->rows));
	w->keys = calloc(nr + 1, sizeof(*w->keys));
	if (!w->rows || !w->keys) {
		wanted_free(w);
		return NULL;
	}
	w->nr = nr;
	for (size_t i = 0; i < nr; i++) {
		w->rows[i] = rows[i];
		w->rows[i].text = NULL;
		if (rows[i].key) {
			w->keys[i] = *rows[i].key;
			w->rows[i].key = &w->keys[i];
		}
	}
	return w;
}

static enum arb_code row_node(struct session *s, const struct tree_row *x, struct node_got *got, struct arb_error *err)
{
	if (x->kind == ROW_BTREE)
		return view_root(session_view(s), x->btree, got, err);
	if (!x->key)
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "this row is not a node");
	return view_node(session_view(s), x->btree, x->level, bkey_buf_s(x->key), got, err);
}

static enum arb_code browse_children(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct wanted *w = arg;
	struct tree_rows *r = calloc(1, sizeof(*r));
	struct node_got got = { 0 };
	enum arb_code code;
	bool ok = true;

	if (!r)
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	code = row_node(s, &w->rows[0], &got, err);
	if (code) {
		tree_rows_free(r);
		return code;
	}
	if (!got.node)
		why_from(r, got.defects);
	else
		ok = got.node->level ? interior_rows(session_view(s), r, got.node) : leaf_rows(session_view(s), r, got.node);
	node_put(&got);
	if (!ok) {
		tree_rows_free(r);
		return arb_fail(err, ARB_E_NOMEM, "out of memory");
	}
	answer(s, j, r);
	return ARB_OK;
}

static enum arb_code browse_status(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct wanted *w = arg;
	struct tree_rows *r = calloc(1, sizeof(*r));
	enum arb_code code = r ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "out of memory");

	for (size_t i = 0; i < w->nr && !code && !session_cancelled(s); i++) {
		struct tree_row *x = row_add(r, w->rows[i].kind, w->rows[i].btree, w->rows[i].level,
					     w->rows[i].start, w->rows[i].end);
		struct node_got got = { 0 };

		if (!x)
			code = arb_fail(err, ARB_E_NOMEM, "out of memory");
		else if (x->kind == ROW_NODE || x->kind == ROW_BTREE) {
			x->marks = w->rows[i].marks;
			x->seq = w->rows[i].seq;
			x->has_children = w->rows[i].has_children;
			code = row_node(s, &w->rows[i], &got, err);
			if (!code) {
				mark_read(x, &got);
				node_put(&got);
			}
		}
	}
	if (code)
		tree_rows_free(r);
	else
		answer(s, j, r);
	return code;
}

uint64_t session_browse_btrees(struct session *s)
{
	return session_post(s, browse_btrees, NULL, NULL, JOB_BROWSE);
}

uint64_t session_browse_children(struct session *s, const struct tree_row *node)
{
	struct wanted *w = wanted_new(node, 1);

	return w ? session_post(s, browse_children, w, wanted_free, JOB_BROWSE) : 0;
}

uint64_t session_browse_status(struct session *s, const struct tree_row *rows, size_t nr)
{
	struct wanted *w = wanted_new(rows, nr > 256 ? 256 : nr);

	return w ? session_post(s, browse_status, w, wanted_free, JOB_BROWSE) : 0;
}
