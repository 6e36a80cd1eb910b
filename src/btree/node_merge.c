/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Merges the sorted runs of a node's bsets: of equal positions the key of the later bset stays (and inside one bset the
 * later key); deleted keys, keys with a bad value and keys outside a range given by the pointer are left out.
 */
#include <string.h>

#include "node_decode.h"

struct cursor {
	const struct node_key *k, *end;
};
struct merge {
	struct decoder	*c;
	struct cursor	*heap;		/* smallest position first; of equal ones the later bset first */
	size_t		nr;
};

static bool before(const struct cursor *a, const struct cursor *b)
{
	int cmp = bpos_cmp(a->k->k.p, b->k->k.p);

	return cmp ? cmp < 0 : (a->k->bset & ~KEY_VALUE_BAD) > (b->k->bset & ~KEY_VALUE_BAD);
}

static void sift_down(struct merge *m, size_t i)
{
	struct cursor x = m->heap[i];

	for (size_t child; (child = 2 * i + 1) < m->nr; i = child) {
		if (child + 1 < m->nr && before(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!before(&m->heap[child], &x))
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = x;
}

/* Takes the smallest key: the last one of its position in its bset. */
static const struct node_key *merge_next(struct merge *m)
{
	struct cursor *top = m->heap;
	const struct node_key *k = top->k++;

	while (top->k < top->end && bpos_eq(top->k->k.p, k->k.p))
		k = top->k++;
	if (top->k == top->end)
		*top = m->heap[--m->nr];
	if (m->nr)
		sift_down(m, 0);
	return k;
}

static bool value_ok(struct decoder *c, const struct node_key *k)
{
	ARB_BUF(why);
	unsigned err;

	if (!(k->bset & KEY_VALUE_BAD))
		return true;
	err = bkey_invalid(&c->check, (struct bkey_s){ k->k, c->raw + k->v }, &why);
	decoder_defect(c, err, NULL, DEFECT_FIXABLE, k->v, "%s", arb_buf_str(&why));
	return false;
}

/* Is the winner of its position part of the node? */
static bool keep(struct decoder *c, const struct node_key *k)
{
	struct node *n = c->n;

	if (k->k.type == KEY_deleted || !value_ok(c, k))
		return false;
	if (bpos_lt(k->k.p, n->min) || bpos_lt(n->max, k->k.p)) {
		n->keys_outside++;
		return false;
	}
	/* mem_ptr means nothing on disk; the bytes are ours already */
	if (k->k.type == KEY_btree_ptr_v2)
		memset((uint8_t *)c->raw + k->v, 0, 8);
	return true;
}

/* One run only: what goes is squeezed out in place. */
static size_t merge_single(struct decoder *c)
{
	struct node_key *k = c->keys.v;
	size_t nr = 0;

	for (size_t i = 0; i < c->keys.nr; i++) {
		if (i + 1 < c->keys.nr && bpos_eq(k[i].k.p, k[i + 1].k.p))
			continue;
		if (keep(c, &k[i])) {
			if (nr != i)
				k[nr] = k[i];
			nr++;
		}
	}
	return nr;
}

static size_t merge_runs(struct decoder *c, struct node_key *out)
{
	struct merge m = { .c = c, .heap = malloc(c->runs.nr * sizeof(*m.heap)) };
	bool have_last = false;
	struct bpos last = POS_MIN;
	size_t nr = 0;

	if (!m.heap) {
		c->oom = true;
		return 0;
	}
	for (size_t i = 0; i < c->runs.nr; i++)
		m.heap[m.nr++] = (struct cursor){ c->keys.v + c->runs.v[i].start, c->keys.v + c->runs.v[i].end };
	for (size_t i = m.nr / 2; i-- > 0;)
		sift_down(&m, i);
	while (m.nr) {
		const struct node_key *k = merge_next(&m);

		if (have_last && bpos_eq(last, k->k.p))
			continue;
		have_last = true;
		last = k->k.p;
		if (keep(c, k))
			out[nr++] = *k;
	}
	free(m.heap);
	return nr;
}

/* Gives back what was reserved and is not needed. */
static void set_keys(struct node *n, struct node_key *keys, size_t nr)
{
	struct node_key *fit = NULL;

	if (nr)
		fit = realloc(keys, nr * sizeof(*keys));
	else
		free(keys);
	n->keys = fit || !nr ? fit : keys;
	n->nr_keys = nr;
}

void decode_merge(struct decoder *c)
{
	struct node_key *out;

	if (c->runs.nr <= 1) {
		size_t nr = merge_single(c);

		set_keys(c->n, c->keys.v, nr);
		c->keys.v = NULL;
		c->keys.nr = c->keys.cap = 0;
		return;
	}
	out = malloc(c->keys.nr * sizeof(*out));
	if (!out) {
		c->oom = true;
		return;
	}
	set_keys(c->n, out, merge_runs(c, out));
	arb_array_free(&c->keys);
}
