/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading ahead of a walk. One window per level: the children of the interior node last asked about, as far as they have
 * been queued. The overlay is looked at here, by the engine; workers only read and decode.
 */
#include "node_cache.h"
#include "view_private.h"

struct window {
	const struct node *n;
	enum node_want	want;
	uint64_t	cookie;		/* the node could have been freed and another be at its address */
	struct node_iter it;
	struct bpos	queued[AHEAD_MAX];	/* ring: positions on their way, ascending */
	unsigned	first, nr;
};
struct view_ahead {
	struct window	level[BTREE_MAX_DEPTH];
};

struct view_ahead *view_ahead_new(void)
{
	return calloc(1, sizeof(struct view_ahead));
}

void view_ahead_free(struct view_ahead *a)
{
	free(a);
}

/* Nodes that may be on their way at once without pushing each other out of the cache. */
static unsigned window_max(const struct view *v, unsigned max)
{
	size_t node = (size_t)v->geo.node_sectors * 512 * 4, fit = node_cache_limit(v->cache) / 4 / (node ? node : 1);

	if (max > fit)
		max = fit;
	return max < AHEAD_MAX ? max : AHEAD_MAX;
}

static void window_set(struct window *w, struct view *v, const struct node *n, struct bpos from, enum node_want want)
{
	*w = (struct window){ .n = n, .cookie = n->h.bset.seq, .want = want };
	node_iter_init_at(&w->it, v, n, from);
}

static void window_pass(struct window *w, struct bpos from)
{
	for (; w->nr && bpos_lt(w->queued[w->first], from); w->nr--)
		w->first = (w->first + 1) % AHEAD_MAX;
}

static void window_fill(struct window *w, struct view *v, unsigned max)
{
	struct node_source src = view_source(v);
	struct btree_ptr ptr;
	struct node_place at = { .btree = w->n->btree, .level = w->n->level - 1, .ptr = &ptr, .want = w->want };
	struct bkey_s k;

	while (w->nr < max && node_iter_next(&w->it, &k)) {
		if (!btree_ptr_get(k, &ptr))
			continue;
		node_cache_read_ahead(v->cache, &src, &at);
		w->queued[(w->first + w->nr++) % AHEAD_MAX] = k.k.p;
	}
}

void view_read_ahead(struct view *v, const struct node *n, struct bpos from, unsigned max, enum node_want want)
{
	struct window *w;

	if (!v->workers || !n->level || n->level >= BTREE_MAX_DEPTH)
		return;
	w = &v->ahead->level[n->level];
	max = window_max(v, max);
	if (w->n != n || w->want != want || w->cookie != n->h.bset.seq || bpos_lt(w->it.pos, from))
		window_set(w, v, n, from, want);
	window_pass(w, from);
	/* Not one by one: a job at a time would wake a worker for each */
	if (w->nr <= max / 2)
		window_fill(w, v, max);
}

unsigned view_read_ahead_btree(struct view *v, unsigned btree, unsigned max, enum node_want want)
{
	const struct btree_root *r = btree < BTREE_ID_NR_MAX ? &v->roots[btree] : NULL;
	struct node_source src = view_source(v);
	struct btree_ptr ptr;
	struct node_place at = { .btree = btree, .level = r ? r->level : 0, .ptr = &ptr };
	struct window w = { 0 };
	struct node_got got;

	if (!v->workers || !r || !r->exists || r->lost || r->level >= BTREE_MAX_DEPTH || !btree_ptr_get(bkey_buf_s(&r->key), &ptr))
		return 0;
	if (!node_cache_peek(v->cache, &at, &got)) {
		node_cache_read_ahead(v->cache, &src, &at);
		return 1;
	}
	if (got.node && got.node->level) {
		window_set(&w, v, got.node, got.node->min, want);
		window_fill(&w, v, window_max(v, max));
	}
	node_put(&got);
	return w.nr;
}
