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
	const struct node_key *last;	/* position decided last */
	struct node_key	*out;
	size_t		nr_out;
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

static void bad_value(struct decoder *c, const struct node_key *k)
{
	ARB_BUF(why);
	unsigned err = bkey_invalid(&c->check, (struct bkey_s){ k->k, c->raw + k->v }, &why);

	decoder_defect(c, err, NULL, DEFECT_FIXABLE, k->v, "%s", arb_buf_str(&why));
}

/* Matters only where an older copy of the node may be asked for what cannot be read. */
static void note_deleted(struct decoder *c, const struct node_key *k)
{
	struct bpos *to;

	if (!c->n->lost.range.nr)
		return;
	to = arb_array_push(&c->n->lost.deleted);
	if (to)
		*to = k->k.p;
	else
		c->oom = true;
}

/* Is the winner of its position part of the node? */
static bool keep(struct decoder *c, const struct node_key *k)
{
	struct node *n = c->n;

	if (k->k.type == KEY_deleted) {
		note_deleted(c, k);
		return false;
	}
	if (k->bset & KEY_VALUE_BAD) {
		bad_value(c, k);
		decode_lost_value(c, k);
		return false;
	}
	if (!c->check.check_range && (bpos_lt(k->k.p, n->min) || bpos_lt(n->max, k->k.p))) {
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

static bool merge_init(struct merge *m, struct decoder *c, struct node_key *out)
{
	*m = (struct merge){ .c = c, .out = out, .heap = malloc(c->runs.nr * sizeof(*m->heap)) };
	if (!m->heap) {
		c->oom = true;
		return false;
	}
	for (size_t i = 0; i < c->runs.nr; i++)
		m->heap[m->nr++] = (struct cursor){ c->keys.v + c->runs.v[i].start, c->keys.v + c->runs.v[i].end };
	for (size_t i = m->nr / 2; i-- > 0;)
		sift_down(m, i);
	return true;
}

/* @k is the winner of its position unless that has been decided already. */
static void emit(struct merge *m, const struct node_key *k)
{
	if (m->last && bpos_eq(m->last->k.p, k->k.p))
		return;
	m->last = k;
	if (keep(m->c, k))
		m->out[m->nr_out++] = *k;
}

/* Position up to which (not included) the run on top can be taken without looking at the others; NULL: to its end. */
static const struct bpos *others_start(const struct merge *m)
{
	if (m->nr == 1)
		return NULL;
	return &m->heap[m->nr > 2 && before(&m->heap[2], &m->heap[1]) ? 2 : 1].k->k.p;
}

static size_t merge_runs(struct decoder *c, struct node_key *out)
{
	struct merge m;

	if (!merge_init(&m, c, out))
		return 0;
	while (m.nr) {
		const struct bpos *limit = others_start(&m);
		struct cursor *top = m.heap;

		do {
			const struct node_key *k = top->k++;

			while (top->k < top->end && bpos_eq(top->k->k.p, k->k.p))
				k = top->k++;
			emit(&m, k);
		} while (top->k < top->end && (!limit || bpos_lt(top->k->k.p, *limit)));
		if (top->k == top->end)
			*top = m.heap[--m.nr];
		if (m.nr)
			sift_down(&m, 0);
	}
	free(m.heap);
	return m.nr_out;
}

/* One run, usual for a node that was just written: copied once what goes is known. */
static void take_single(struct decoder *c)
{
	size_t nr = merge_single(c);

	if (!nr)
		return;
	c->n->keys = malloc(nr * sizeof(*c->n->keys));
	if (!c->n->keys) {
		c->oom = true;
		return;
	}
	memcpy(c->n->keys, c->keys.v, nr * sizeof(*c->n->keys));
	c->n->nr_keys = nr;
}

static void take_merged(struct decoder *c)
{
	struct node_key *out = malloc(c->keys.nr * sizeof(*out)), *fit;
	size_t nr;

	if (!out) {
		c->oom = true;
		return;
	}
	nr = merge_runs(c, out);
	if (!nr) {
		free(out);
		return;
	}
	fit = nr < c->keys.nr ? realloc(out, nr * sizeof(*out)) : out;
	c->n->keys = fit ? fit : out;
	c->n->nr_keys = nr;
}

void decode_merge(struct decoder *c)
{
	if (c->runs.nr > 1)
		take_merged(c);
	else
		take_single(c);
}
