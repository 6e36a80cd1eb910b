/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking for nodes on the devices: workers take chunks of places in order, read them and note what is a node. The calling
 * thread waits, reports progress and can stop it. What was noted comes in any order; scan_resolve() makes one order of it.
 */
#include <pthread.h>

#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "scan_places.h"
#include "scan_private.h"

/* Nodes larger than this are looked at by their first block: most places of a large device hold none. */
#define WHOLE_NODES_MAX	(64u << 10)
#define HEAD_BYTES	4096u
#define CHUNKS_A_REPORT	16

struct scanner {
	struct view	*v;
	struct scan	*s;
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	/* Under lock, as is *s */
	struct scan_places places;
	unsigned	running;	/* workers */
	uint64_t	chunks_done;
	bool		stop;
	enum arb_code	code;
	struct arb_error err;
};
struct scan_worker {
	struct work	work;
	struct scanner	*x;
	uint8_t		*buf;
	size_t		buf_bytes;
	struct scan_chunk chunk;
};

static size_t node_bytes(const struct scanner *x)
{
	return (size_t)x->v->geo.node_sectors * 512;
}

static void fail(struct scanner *x, enum arb_code code, const struct arb_error *err)
{
	pthread_mutex_lock(&x->lock);
	if (!x->code) {
		x->code = code;
		x->err = *err;
	}
	x->stop = true;
	pthread_mutex_unlock(&x->lock);
}

static void count(struct scanner *x, uint64_t *counter, uint64_t n)
{
	pthread_mutex_lock(&x->lock);
	*counter += n;
	pthread_mutex_unlock(&x->lock);
}

static bool wanted(const struct node_header *h)
{
	return h->btree < BTREE_ID_NR_MAX && h->level < BTREE_MAX_DEPTH && !(btree_info(h->btree)->flags & BTREE_ALLOC) &&
	       bpos_lt(h->min_key, h->max_key);
}

static void note(struct scanner *x, const struct scanned_node *n)
{
	struct scanned_node *to;

	pthread_mutex_lock(&x->lock);
	to = arb_array_push(&x->s->nodes);
	if (to)
		*to = *n;
	pthread_mutex_unlock(&x->lock);
	if (!to) {
		struct arb_error err;

		fail(x, arb_fail(&err, ARB_E_NOMEM, "out of memory for scanned nodes"), &err);
	}
}

/* @raw: all of the node at @sector, magic and all. */
static void examine(struct scanner *x, unsigned dev, uint64_t sector, const uint8_t *raw)
{
	struct node_header h = node_header_get(raw);
	struct node_probe p;
	struct arb_error err;
	enum arb_code code = node_probe(&x->v->geo, raw, node_bytes(x), &p, &err);
	struct scanned_node n = {
		.btree = h.btree, .level = h.level, .nr_copies = 1, .damaged = p.damaged, .sectors_written = p.sectors,
		.node_seq = h.node_seq, .cookie = h.bset.seq, .journal_seq = p.journal_seq, .header_min = h.min_key,
		.header_max = h.max_key, .min = h.min_key, .max = h.max_key, .by = SCAN_NONE,
		.copy[0] = { .sector = sector, .dev = dev },
	};

	if (code) {
		fail(x, code, &err);
	} else if (p.locked) {
		count(x, &x->s->locked, 1);
	} else if (p.usable && wanted(&h)) {
		note(x, &n);
	} else if (!p.usable) {
		count(x, &x->s->rejected, 1);
	}
}

static bool has_magic(const struct scanner *x, const uint8_t *raw)
{
	return le64_get(raw + 16) == x->v->geo.bset_magic;
}

static bool read_at(struct scan_worker *w, uint64_t sector, uint8_t *to, size_t bytes)
{
	if (blk_read(w->x->v->devs->dev[w->chunk.dev]->blk, sector * 512, to, bytes, NULL))
		return false;
	count(w->x, &w->x->s->bytes_read, bytes);
	return true;
}

/* Each place by itself: large nodes, and chunks in which something cannot be read. */
static void look_one_by_one(struct scan_worker *w)
{
	size_t node = node_bytes(w->x), head = node > WHOLE_NODES_MAX ? HEAD_BYTES : node;

	for (unsigned i = 0; i < w->chunk.nr; i++) {
		uint64_t sector = w->chunk.sector[i];

		if (!read_at(w, sector, w->buf, head) ||
		    (has_magic(w->x, w->buf) && head < node && !read_at(w, sector + head / 512, w->buf + head, node - head)))
			count(w->x, &w->x->s->read_errors, 1);
		else if (has_magic(w->x, w->buf))
			examine(w->x, w->chunk.dev, sector, w->buf);
	}
}

static void look_at_chunk(struct scan_worker *w)
{
	const struct scan_chunk *c = &w->chunk;
	size_t bytes = (c->sector[c->nr - 1] - c->sector[0]) * 512 + node_bytes(w->x);

	if (node_bytes(w->x) > WHOLE_NODES_MAX || bytes > w->buf_bytes || !read_at(w, c->sector[0], w->buf, bytes)) {
		look_one_by_one(w);
		return;
	}
	for (unsigned i = 0; i < c->nr; i++) {
		const uint8_t *raw = w->buf + (c->sector[i] - c->sector[0]) * 512;

		if (has_magic(w->x, raw))
			examine(w->x, c->dev, c->sector[i], raw);
	}
}

/* Under lock. */
static bool take_chunk(struct scan_worker *w)
{
	struct scanner *x = w->x;

	if (x->stop || !scan_places_next(&x->places, &w->chunk))
		return false;
	x->s->positions += w->chunk.nr;
	return true;
}

static bool do_chunk(struct scan_worker *w)
{
	struct scanner *x = w->x;
	bool more;

	pthread_mutex_lock(&x->lock);
	more = take_chunk(w);
	pthread_mutex_unlock(&x->lock);
	if (!more)
		return false;
	look_at_chunk(w);
	pthread_mutex_lock(&x->lock);
	if (!(++x->chunks_done % CHUNKS_A_REPORT))
		pthread_cond_signal(&x->changed);
	pthread_mutex_unlock(&x->lock);
	return true;
}

static void run_worker(struct work *work)
{
	struct scan_worker *w = (struct scan_worker *)work;
	struct scanner *x = w->x;

	while (do_chunk(w))
		;
	pthread_mutex_lock(&x->lock);
	x->running--;
	pthread_cond_signal(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

/* On the calling thread, without lock. */
static void report(struct scanner *x, const struct scan_options *o)
{
	uint64_t done, total;
	enum arb_code code;
	size_t found;

	if (!o || !o->progress)
		return;
	pthread_mutex_lock(&x->lock);
	done = scan_places_done(&x->places) * 512;
	found = x->s->nodes.nr;
	pthread_mutex_unlock(&x->lock);
	total = scan_places_total(&x->places) * 512;
	code = o->progress(o->arg, done < total ? done : total, total, found);
	if (code) {
		struct arb_error err = { .code = code, .text = "the scan was stopped" };

		fail(x, code, &err);
	}
}

/* However quick the workers are, the caller hears of the scan at least once, at its end. */
static void wait_for_workers(struct scanner *x, const struct scan_options *o)
{
	uint64_t seen = 0;
	bool running;

	do {
		pthread_mutex_lock(&x->lock);
		while (x->running && x->chunks_done - seen < CHUNKS_A_REPORT)
			pthread_cond_wait(&x->changed, &x->lock);
		seen = x->chunks_done;
		running = x->running;
		pthread_mutex_unlock(&x->lock);
		report(x, o);
	} while (running);
}

/* One set of buffers per worker; without workers the calling thread does it. */
static enum arb_code look_everywhere(struct scanner *x, const struct scan_options *o, struct arb_error *err)
{
	unsigned nr = x->v->workers ? workers_nr(x->v->workers) : 1;
	struct scan_worker *w = calloc(nr, sizeof(*w));
	size_t bytes = SCAN_CHUNK_BYTES > node_bytes(x) ? SCAN_CHUNK_BYTES : node_bytes(x);
	bool ok = w;

	for (unsigned i = 0; w && i < nr; i++) {
		w[i] = (struct scan_worker){ .work.run = run_worker, .x = x, .buf = malloc(bytes), .buf_bytes = bytes };
		ok &= !!w[i].buf;
	}
	if (!ok) {
		x->code = arb_fail(&x->err, ARB_E_NOMEM, "out of memory for the scan");
	} else if (x->v->workers) {
		x->running = nr;
		for (unsigned i = 0; i < nr; i++)
			workers_queue(x->v->workers, &w[i].work);
		wait_for_workers(x, o);
	} else {
		while (do_chunk(w))
			report(x, o);
	}
	for (unsigned i = 0; w && i < nr; i++)
		free(w[i].buf);
	free(w);
	if (x->code && err)
		*err = x->err;
	return x->code;
}

/* The generation of a bucket as the alloc btree has it, else as bucket_gens has it; @ret stays as it is where neither says. */
static enum arb_code find_gen(struct view *v, unsigned dev, uint64_t bucket, uint8_t *ret, struct arb_error *err)
{
	uint8_t gens[BUCKET_GENS_NR];
	struct bkey_buf k;
	struct alloc_v4 a;
	bool found;
	enum arb_code code = view_lookup(v, BTREE_alloc, BPOS(dev, bucket, 0), &k, &found, err);

	if (!code && found && alloc_get(bkey_buf_s(&k), &a)) {
		*ret = a.gen;
		return ARB_OK;
	}
	code = code ? code : view_lookup(v, BTREE_bucket_gens, BPOS(dev, bucket / BUCKET_GENS_NR, 0), &k, &found, err);
	if (!code && found && bucket_gens_get(bkey_buf_s(&k), gens))
		*ret = gens[bucket % BUCKET_GENS_NR];
	return code;
}

/* The pointers to be made carry the generation of the bucket as it is on disk: memory may not know it yet. */
static enum arb_code find_gens(struct scan *s, struct view *v, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; !code && i < s->nodes.nr; i++)
		for (unsigned j = 0; !code && j < s->nodes.v[i].nr_copies; j++) {
			struct scanned_copy *c = &s->nodes.v[i].copy[j];

			code = find_gen(v, c->dev, c->sector / v->geo.member[c->dev].bucket_size, &c->gen, err);
		}
	return code;
}

enum arb_code scan_run(struct view *v, const struct scan_options *o, struct scan **ret, struct arb_error *err)
{
	struct scanner x = { .v = v, .s = calloc(1, sizeof(*x.s)) };
	enum arb_code code;

	if (!x.s)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the scan");
	x.s->whole = o && o->whole;
	x.places = (struct scan_places){ .devs = v->devs, .geo = &v->geo, .whole = x.s->whole };
	pthread_mutex_init(&x.lock, NULL);
	pthread_cond_init(&x.changed, NULL);
	code = look_everywhere(&x, o, err);
	pthread_cond_destroy(&x.changed);
	pthread_mutex_destroy(&x.lock);
	if (!code)
		code = scan_resolve(x.s, err);
	if (!code)
		code = find_gens(x.s, v, err);
	if (code) {
		scan_free(x.s);
		return code;
	}
	*ret = x.s;
	return ARB_OK;
}

void scan_free(struct scan *s)
{
	if (!s)
		return;
	arb_array_free(&s->nodes);
	arb_array_free(&s->live);
	free(s);
}
