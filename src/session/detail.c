/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts for the detail pane: the node a row stands for, or the node that holds its key. */
#include <config.h>
#include "arborist/format/key_type.h"
#include "arborist/session/describe.h"
#include "internal.h"

struct detail {
	struct tree_row	row;
	struct bkey_buf	key;
	enum detail_kind what;
};

static enum arb_code detail_locate(struct session *s, const struct detail *d, struct location *l, struct arb_error *err)
{
	const struct tree_row *x = &d->row;

	memset(l, 0, sizeof(*l));
	if (x->kind != ROW_NODE || !x->key)
		return locate(session_view(s), x->btree, x->kind == ROW_BTREE ? LOCATE_LEVEL_ROOT : x->level, x->end, l, err);
	l->btree = x->btree;
	l->level = x->level;
	l->root_level = session_view(s)->roots[x->btree].level;
	l->ptr = d->key;
	l->start = x->start;
	l->end = x->end;
	return view_node(session_view(s), x->btree, x->level, bkey_buf_s(&d->key), &l->got, err);
}

static void keys_text(struct arb_buf *out, struct session *s, const struct location *l)
{
	struct key_text_ctx c = { .geo = &session_view(s)->geo, .flags = KEY_TEXT_FIRST_LINE };
	struct node_iter it;
	struct bkey_s k;

	if (!l->got.node)
		return;
	node_iter_init(&it, session_view(s), l->got.node);
	while (node_iter_next(&it, &k)) {
		bkey_to_text(out, &c, k);
		arb_buf_putc(out, '\n');
	}
}

static void detail_text(struct arb_buf *out, struct session *s, const struct detail *d, const struct location *l)
{
	const struct node *n = l->got.node;

	if (d->what == DETAIL_KEYS && d->row.kind == ROW_KEY)
		describe_key(out, session_view(s), bkey_buf_s(&d->key));
	else if (d->what == DETAIL_KEYS)
		keys_text(out, s, l);
	if (!n || d->what == DETAIL_NODE)
		describe_node(out, session_view(s), l);
	else if (d->what == DETAIL_BSETS)
		describe_bsets(out, n);
	else if (d->what == DETAIL_FORMAT)
		describe_format(out, n);
	else if (d->what == DETAIL_HEX)
		describe_hex(out, n);
}

static enum arb_code detail_run(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct detail *d = arg;
	struct location l;
	ARB_BUF(b);
	enum arb_code code = detail_locate(s, d, &l, err);

	if (code)
		return code;
	detail_text(&b, s, d, &l);
	location_put(&l);
	job_output(s, j, arb_buf_str(&b));
	return b.oom ? arb_fail(err, ARB_E_NOMEM, "out of memory") : ARB_OK;
}

uint64_t session_detail(struct session *s, const struct tree_row *row, enum detail_kind what)
{
	struct detail *d = calloc(1, sizeof(*d));

	if (!d)
		return 0;
	d->row = *row;
	d->row.text = NULL;
	d->what = what;
	if (row->key) {
		d->key = *row->key;
		d->row.key = &d->key;
	}
	return session_post(s, detail_run, d, free, JOB_BROWSE);
}
