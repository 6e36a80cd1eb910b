/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walking to where matches can lie. The engine goes from leaf to leaf and gathers the keys of each; that they are held against the
 * search is shared with workers that have nothing to read; matches are handed on in order.
 */
#include <config.h>
#include <pthread.h>
#include "arborist/base/array.h"
#include "find_tree.h"

#define PIECE_KEYS	128	/* taken at a time */
#define STEP_KEYS	1024
#define HELPERS_MAX	16

struct crew;
struct helper {
	struct work	work;
	struct crew	*crew;
	struct find_scratch scratch;
	bool		queued;		/* crew->lock */
};

/* One leaf at a time. */
struct crew {
	const struct find *f;
	const struct fs_geometry *geo;
	struct workers	*workers;
	struct helper	helper[HELPERS_MAX];
	unsigned	nr_helpers;

	/* Written by the engine while no piece is taken */
	unsigned	btree;
	ARB_ARRAY(struct bkey_s) keys;
	ARB_ARRAY(bool)	fits;		/* of each key */

	/* Mutable; use lock */
	pthread_mutex_t	lock;
	pthread_cond_t	idle;		/* somebody has let go of a piece, or has left the queue */
	size_t		next, end;	/* keys that nobody has taken */
	unsigned	taken;		/* pieces that somebody is at */
};

struct search {
	struct find	*f;
	struct view	*v;
	const struct find_port *port;
	unsigned	btree, level;
	struct bpos	start, end;
	uint64_t	keys;
	struct crew	*crew;		/* NULL: alone */
	struct arb_error *err;
};

/* --- the keys of a leaf, shared ---------------------------------------------------------------------------------------- */

struct piece { size_t first, end; };

static bool piece_take(struct crew *c, struct piece *ret)
{
	pthread_mutex_lock(&c->lock);
	ret->first = c->next;
	ret->end = c->end - c->next > PIECE_KEYS ? c->next + PIECE_KEYS : c->end;
	c->next = ret->end;
	c->taken += ret->first < ret->end;
	pthread_mutex_unlock(&c->lock);
	return ret->first < ret->end;
}

static void piece_done(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->taken--;
	pthread_cond_signal(&c->idle);
	pthread_mutex_unlock(&c->lock);
}

static void work_on_piece(struct crew *c, struct find_scratch *scratch, struct piece p)
{
	for (size_t i = p.first; i < p.end; i++) {
		struct find_subject s = { .geo = c->geo, .btree = c->btree, .k = c->keys.v[i] };

		c->fits.v[i] = find_match_with(c->f, scratch, &s);
	}
}

static void work_on(struct crew *c, struct find_scratch *scratch)
{
	struct piece p;

	while (piece_take(c, &p)) {
		work_on_piece(c, scratch, p);
		piece_done(c);
	}
}

static void helper_run(struct work *work)
{
	struct helper *h = (struct helper *)work;
	struct crew *c = h->crew;

	work_on(c, &h->scratch);
	pthread_mutex_lock(&c->lock);
	h->queued = false;
	pthread_cond_signal(&c->idle);
	pthread_mutex_unlock(&c->lock);
}

/* A helper still waits for its turn, or works on the last pieces, when the next leaf comes: it has that then. */
static void crew_call(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->next = 0;
	c->end = c->keys.nr;
	for (unsigned i = 0; i < c->nr_helpers && i < c->keys.nr / PIECE_KEYS; i++)
		if (!c->helper[i].queued) {
			c->helper[i].queued = true;
			workers_queue(c->workers, &c->helper[i].work);
		}
	pthread_mutex_unlock(&c->lock);
}

static void crew_wait(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->taken)
		pthread_cond_wait(&c->idle, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static bool any_queued(const struct crew *c)
{
	for (unsigned i = 0; i < c->nr_helpers; i++)
		if (c->helper[i].queued)
			return true;
	return false;
}

static void crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	while (any_queued(c))
		pthread_cond_wait(&c->idle, &c->lock);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->nr_helpers; i++)
		arb_buf_free(&c->helper[i].scratch.text);
	arb_array_free(&c->keys);
	arb_array_free(&c->fits);
	pthread_cond_destroy(&c->idle);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* NULL: no memory, or no workers: then the engine does it alone. */
static struct crew *crew_new(const struct find *f, const struct view *v)
{
	struct crew *c = v->workers ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return NULL;
	c->f = f;
	c->geo = &v->geo;
	c->workers = v->workers;
	c->nr_helpers = workers_nr(v->workers) < HELPERS_MAX ? workers_nr(v->workers) : HELPERS_MAX;
	for (unsigned i = 0; i < c->nr_helpers; i++) {
		c->helper[i].crew = c;
		c->helper[i].work.run = helper_run;
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->idle, NULL);
	return c;
}

/* --- walking ------------------------------------------------------------------------------------------------------------- */

static enum arb_code look_at(void *arg, const struct node *n, struct bkey_s k)
{
	struct search *s = arg;
	enum arb_code code = ARB_OK;

	(void)n;
	if (!(++s->keys % STEP_KEYS) && s->port->step)
		code = s->port->step(s->port->arg);
	if (!code && find_match(s->f, &s->v->geo, s->btree, s->level, k))
		code = s->port->key(s->port->arg, s->btree, s->level, k);
	return code;
}

/* Nobody is at a piece now. */
static bool gather(struct search *s, const struct node *n)
{
	struct crew *c = s->crew;
	struct node_iter it;
	struct bkey_s k;

	c->keys.nr = c->fits.nr = 0;
	c->btree = s->btree;
	node_iter_init_at(&it, s->v, n, bpos_max(n->min, s->start));
	while (node_iter_next(&it, &k) && bpos_le(k.k.p, s->end)) {
		struct bkey_s *key = arb_array_push(&c->keys);
		bool *fits = arb_array_push(&c->fits);

		if (!key || !fits)
			return false;
		*key = k;
	}
	return true;
}

static enum arb_code look_at_leaf(void *arg, const struct node *n)
{
	struct search *s = arg;
	struct crew *c = s->crew;
	enum arb_code code = s->port->step ? s->port->step(s->port->arg) : ARB_OK;

	if (code)
		return code;
	if (!gather(s, n))		/* a helper that is late finds nothing to take meanwhile */
		return arb_fail(s->err, ARB_E_NOMEM, "out of memory");
	if (c->keys.nr > PIECE_KEYS) {
		crew_call(c);
		work_on(c, &s->f->scratch);
		crew_wait(c);
	} else {
		work_on_piece(c, &s->f->scratch, (struct piece){ 0, c->keys.nr });
	}
	for (size_t i = 0; i < c->keys.nr && !code; i++)
		if (c->fits.v[i])
			code = s->port->key(s->port->arg, s->btree, 0, c->keys.v[i]);
	return code;
}

static enum arb_code look_past(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct search *s = arg;

	return s->port->bad && !s->level ? s->port->bad(s->port->arg, s->btree, level, ptr, d) : ARB_OK;
}

/* Sums of accounting keys are kept for a moment only: they are looked at one by one. */
static bool shared(const struct search *s)
{
	return s->crew && !s->level && s->btree != BTREE_accounting;
}

static enum arb_code search_level(struct search *s)
{
	struct walk w = { .btree = s->btree, .level = s->level, .bad = look_past, .arg = s };

	if (!find_covers(s->f, s->btree, s->level, &w.start, &w.end))
		return ARB_OK;
	if (s->btree == s->port->from_btree)
		w.start = bpos_max(w.start, s->port->from);
	if (shared(s))
		w.node = look_at_leaf;
	else
		w.key = look_at;
	s->start = w.start;
	s->end = w.end;
	return bpos_le(w.start, w.end) ? view_walk(s->v, &w, s->err) : ARB_OK;
}

static enum arb_code search_btrees(struct search *s)
{
	enum arb_code code = ARB_OK;

	for (s->btree = s->port->from_btree; s->btree < BTREE_ID_NR_MAX && !code; s->btree++) {
		const struct btree_root *r = &s->v->roots[s->btree];

		if (!r->exists || r->lost)
			continue;
		for (s->level = 0; s->level <= r->level + 1u && !code; s->level++)
			code = search_level(s);
		if (!code && s->port->step)
			code = s->port->step(s->port->arg);
	}
	return code;
}

enum arb_code find_run(struct find *f, struct view *v, const struct find_port *port, struct arb_error *err)
{
	struct search s = { .f = f, .v = v, .port = port, .err = err, .crew = crew_new(f, v) };
	enum arb_code code = search_btrees(&s);

	crew_free(s.crew);
	return code;
}
