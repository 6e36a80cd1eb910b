/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replicas: every copy of the node at the cursor read by itself, and what differs between them, side by side. */
#include <config.h>
#include <stdlib.h>
#include "arborist/base/i18n.h"
#include "arborist/session/describe.h"
#include "row.h"

struct copies {
	struct command_ctx *c;
	const struct location *l;
	struct btree_ptr p;
	struct node *node[BTREE_PTRS_MAX];	/* NULL: unreadable */
	uint8_t *raw[BTREE_PTRS_MAX];		/* as on the device; NULL: not even that */
	size_t bytes;
	struct arb_error *err;
};

static void copy_row(struct copies *x, unsigned i, const struct defects *d)
{
	const struct extent_ptr *ptr = &x->p.ptr[i];
	const struct node *n = x->node[i];
	struct row r;
	ARB_BUF(b);

	row_begin(&r, x->c, "copy");
	row_u64(&r, "copy", i);
	row_u64(&r, "dev", ptr->dev);
	row_u64(&r, "sector", ptr->sector);
	row_u64(&r, "gen", ptr->gen);
	row_bool(&r, "readable", n);
	row_say(&r, "copy {copy}: device {dev} sector {sector} gen {gen}: ");
	if (n) {
		row_u64(&r, "keys", n->nr_keys);
		row_u64(&r, "bsets", n->nr_bsets);
		row_bool(&r, "damaged", defects_worst(&n->defects) > DEFECT_NOTE);
		row_on_nr(&r, "readable, {keys} key", "readable, {keys} keys", n->nr_keys);
		row_on_nr(&r, " in {bsets} bset{damaged?, damaged}", " in {bsets} bsets{damaged?, damaged}", n->nr_bsets);
	} else {
		row_on(&r, N_("unreadable"));
	}
	row_defects(&r, n ? &n->defects : d);
	describe_defects(&b, n ? &n->defects : d);
	if (b.len)
		row_text(&r, arb_buf_str(&b));
	row_end(&r);
}

static enum arb_code read_copy(struct copies *x, unsigned i)
{
	struct view *v = session_view(x->c->session);
	const struct extent_ptr *ptr = &x->p.ptr[i];
	struct btree_ptr one = x->p;
	struct defects d = { 0 };
	enum arb_code code;

	one.nr_ptrs = 1;
	one.ptr[0] = *ptr;
	code = node_read(v->devs, &v->geo, x->l->btree, x->l->level, &one, NODE_WHOLE, &x->node[i], &d, x->err);
	if (code)
		return code;
	copy_row(x, i, &d);
	defects_free(&d);
	x->raw[i] = malloc(x->bytes);
	if (!x->raw[i])
		return arb_fail(x->err, ARB_E_NOMEM, "out of memory");
	if (ptr->dev >= SB_MEMBERS_MAX || !v->devs->dev[ptr->dev] || ptr->sector > UINT64_MAX / 1024 ||
	    blk_read(v->devs->dev[ptr->dev]->blk, 512 * ptr->sector, x->raw[i], x->bytes, NULL)) {
		free(x->raw[i]);
		x->raw[i] = NULL;
	}
	return ARB_OK;
}

/* --- what differs -------------------------------------------------------------------------------------------------------- */

#define HEX_ROW 8

/* One row of both, with the bytes that differ in brackets. */
static void hex_row(struct copies *x, struct row *r, unsigned a, unsigned b, size_t at)
{
	ARB_BUF(line);

	arb_buf_printf(&line, "  %06zx ", at);
	for (unsigned side = 0; side < 2; side++) {
		const uint8_t *p = x->raw[side ? b : a], *q = x->raw[side ? a : b];

		for (size_t i = at; i < at + HEX_ROW; i++)
			arb_buf_printf(&line, p[i] == q[i] ? " %02x " : "[%02x]", p[i]);
		arb_buf_puts(&line, side ? "" : "  |  ");
	}
	row_text(r, arb_buf_str(&line));
}

#define ROWS_MAX 16

/* Behind the last bset of both lies what stood there before: it may differ and means nothing. */
static size_t written(const struct copies *x, unsigned a, unsigned b)
{
	size_t sectors = 0;

	for (unsigned side = 0; side < 2; side++) {
		const struct node *n = x->node[side ? b : a];

		if (n && n->sectors_read > sectors)
			sectors = n->sectors_read;
	}
	return sectors && 512 * sectors < x->bytes ? 512 * sectors : x->bytes;
}

static void compare_bytes(struct copies *x, unsigned a, unsigned b)
{
	size_t nr = 0, rows = 0, n = written(x, a, b);
	struct row r;

	for (size_t i = 0; i < n; i++)
		nr += x->raw[a][i] != x->raw[b][i];
	row_begin(&r, x->c, "difference");
	row_u64(&r, "copy", b);
	row_u64(&r, "with", a);
	row_u64(&r, "bytes", nr);
	if (nr)
		row_say_nr(&r, "copies {with} and {copy} differ in {bytes} byte:", "copies {with} and {copy} differ in {bytes} bytes:", nr);
	else
		row_say(&r, "copies {with} and {copy} are the same, byte for byte");
	for (size_t at = 0; nr && at < n && rows < ROWS_MAX; at += HEX_ROW)
		if (memcmp(x->raw[a] + at, x->raw[b] + at, HEX_ROW)) {
			hex_row(x, &r, a, b, at);
			rows++;
		}
	if (rows == ROWS_MAX)
		row_say(&r, "  and so on");
	row_end(&r);
}

static void one_key(struct copies *x, unsigned i, struct bkey_s k)
{
	const struct fs_geometry *geo = &session_view(x->c->session)->geo;
	struct key_text_ctx t = { .geo = geo, .flags = KEY_TEXT_FIRST_LINE };
	struct row r;

	row_begin(&r, x->c, "copy_key");
	row_u64(&r, "copy", i);
	row_key(&r, geo, x->l->btree, x->l->level, k);
	row_say(&r, "  only in copy {copy}: ");
	bkey_to_text(&r.text, &t, k);
	row_end(&r);
}

static bool same_key(struct bkey_s a, struct bkey_s b)
{
	return a.k.u64s == b.k.u64s && a.k.type == b.k.type && a.k.size == b.k.size && !memcmp(a.v, b.v, bkey_val_bytes(&a.k));
}

static void compare_keys(struct copies *x, unsigned a, unsigned b)
{
	const struct node *na = x->node[a], *nb = x->node[b];

	for (size_t i = 0, j = 0; i < na->nr_keys || j < nb->nr_keys; ) {
		int o = i == na->nr_keys ? 1 : j == nb->nr_keys ? -1 : bpos_cmp(na->keys[i].k.p, nb->keys[j].k.p);

		if (o || !same_key(node_key(na, i), node_key(nb, j))) {
			if (o <= 0)
				one_key(x, a, node_key(na, i));
			if (o >= 0)
				one_key(x, b, node_key(nb, j));
		}
		i += o <= 0;
		j += o >= 0;
	}
}

static enum arb_code all_copies(struct copies *x)
{
	enum arb_code code = ARB_OK;

	for (unsigned i = 0; i < x->p.nr_ptrs && !code; i++)
		code = read_copy(x, i);
	for (unsigned i = 1; i < x->p.nr_ptrs && !code; i++) {
		if (x->raw[0] && x->raw[i])
			compare_bytes(x, 0, i);
		if (x->node[0] && x->node[i])
			compare_keys(x, 0, i);
	}
	return code;
}

enum arb_code cmd_replicas(struct command_ctx *c, struct arb_error *err)
{
	struct copies x = { .c = c, .bytes = 512 * (size_t)session_view(c->session)->geo.node_sectors, .err = err };
	struct location l;
	enum arb_code code = at_cursor(c, &l, err);

	if (code)
		return code;
	x.l = &l;
	if (!btree_ptr_get(bkey_buf_s(&l.ptr), &x.p) || !x.p.nr_ptrs)
		code = arb_fail(err, ARB_E_CONTENT, "this node stands in memory only");
	code = code ? code : all_copies(&x);
	for (unsigned i = 0; i < BTREE_PTRS_MAX; i++) {
		if (x.node[i])
			node_free(x.node[i]);
		free(x.raw[i]);
	}
	location_put(&l);
	return code;
}
