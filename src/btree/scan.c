/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Looking for nodes on the devices: workers take chunks of places in order, read them and note what is a node. The calling
 * thread waits, reports progress and can stop it. What was noted comes in any order; scan_resolve() makes one order of it.
 */
#include <pthread.h>

#include "arborist/base/le.h"
#include "arborist/base/port.h"
#include "arborist/format/btree_id.h"
#include "scan_places.h"
#include "scan_private.h"

/* Of nodes larger than this only what is wanted is fetched from the medium: most places of a large device hold none. */
#define WHOLE_NODES_MAX	(64u << 10)
#define HEAD_BYTES	4096u
#define PAGE		4096	/* the kernel copies whole pages faster */
#define REPORT_NS	10000000	/* from one report of progress to the next */

struct scanner {
	struct view	*v;
	struct scan	*s;
	bool		bookkeeping;	/* btrees that follow from others are wanted, too */
	bool		magic_only;	/* whatever begins as a node does is wanted, and nothing more of it */
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	/* Under lock, as is *s */
	struct scan_queue queue;
	unsigned	running;	/* workers */
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
	struct scan_chunk fetch[SCAN_AHEAD];	/* to be read soon, by whomever */
	unsigned	nr_fetch;
	size_t		head;		/* bytes that the next node will likely have */
	/* Of the chunk */
	ARB_ARRAY(struct scanned_node) nodes;
	uint64_t	bytes_read, read_errors, locked, rejected;
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

static bool wanted(const struct scanner *x, const struct node_header *h)
{
	return h->btree < BTREE_ID_NR_MAX && h->level < BTREE_MAX_DEPTH &&
	       (x->bookkeeping || !(btree_info(h->btree)->flags & BTREE_ALLOC)) && bpos_lt(h->min_key, h->max_key);
}

static void no_memory(struct scanner *x)
{
	struct arb_error err;

	fail(x, arb_fail(&err, ARB_E_NOMEM, "out of memory for scanned nodes"), &err);
}

static void note(struct scan_worker *w, const struct scanned_node *n)
{
	struct scanned_node *to = arb_array_push(&w->nodes);

	if (to)
		*to = *n;
	else
		no_memory(w->x);
}

static void note_place(struct scan_worker *w, uint64_t sector)
{
	note(w, &(struct scanned_node){ .nr_copies = 1, .by = SCAN_NONE, .copy[0] = { .sector = sector, .dev = w->chunk.dev } });
}

/* @raw: the @bytes of the node at @sector that matter, magic and all. */
static void examine(struct scan_worker *w, uint64_t sector, const uint8_t *raw, size_t bytes)
{
	struct scanner *x = w->x;
	struct node_header h = node_header_get(raw);
	struct node_probe p;
	struct arb_error err;
	enum arb_code code = node_probe(&x->v->geo, raw, bytes, &p, &err);
	struct scanned_node n = {
		.btree = h.btree, .level = h.level, .nr_copies = 1, .damaged = p.damaged, .sectors_written = p.sectors,
		.node_seq = h.node_seq, .cookie = h.bset.seq, .journal_seq = p.journal_seq, .header_min = h.min_key,
		.header_max = h.max_key, .min = h.min_key, .max = h.max_key, .by = SCAN_NONE,
		.copy[0] = { .sector = sector, .dev = w->chunk.dev },
	};

	if (code)
		fail(x, code, &err);
	else if (p.usable && wanted(x, &h))
		note(w, &n);
	w->locked += !code && p.locked;
	w->rejected += !code && !p.locked && !p.usable;
}

static bool has_magic(const struct scanner *x, const uint8_t *raw)
{
	return le64_get(raw + 16) == x->v->geo.bset_magic;
}

static struct blk *chunk_blk(const struct scan_worker *w)
{
	return w->x->v->devs->dev[w->chunk.dev]->blk;
}

static bool read_at(struct scan_worker *w, uint64_t sector, uint8_t *to, size_t bytes)
{
	if (blk_read(chunk_blk(w), sector * 512, to, bytes, NULL))
		return false;
	w->bytes_read += bytes;
	return true;
}

/*
 * The node at @sector, of which the first @have bytes are there: the rest of what matters. 0: it cannot be read. Neighbours are often as
 * long as each other, so small nodes after the first are read at once, and no more of them than there is.
 */
static size_t read_node(struct scan_worker *w, uint64_t sector, size_t have)
{
	size_t node = node_bytes(w->x);

	for (;;) {
		size_t want = node_probe_bytes(&w->x->v->geo, w->buf, have);

		want = (want + HEAD_BYTES - 1) / HEAD_BYTES * HEAD_BYTES;
		want = want < node ? want : node;
		if (want <= have) {
			w->head = node > WHOLE_NODES_MAX ? 0 : want;
			return have;
		}
		if (!read_at(w, sector + have / 512, w->buf + have, want - have))
			return 0;
		have = want;
	}
}

/* Each place by itself: its head, and when a node begins there as much of it as was written. */
static void look_one_by_one(struct scan_worker *w)
{
	size_t node = node_bytes(w->x), least = node > HEAD_BYTES ? HEAD_BYTES : node;

	for (unsigned i = 0; i < w->chunk.nr; i++) {
		uint64_t sector = w->chunk.sector[i];
		size_t bytes = w->head > least ? w->head : least;

		w->head = least;
		if (!read_at(w, sector, w->buf, bytes) && (bytes == least || !read_at(w, sector, w->buf, bytes = least))) {
			w->read_errors++;
		} else if (has_magic(w->x, w->buf) && w->x->magic_only) {
			note_place(w, sector);
		} else if (has_magic(w->x, w->buf)) {
			bytes = read_node(w, sector, bytes);
			w->read_errors += !bytes;
			if (bytes)
				examine(w, sector, w->buf, bytes);
		}
	}
}

/* All of the chunk at once. False when something in it cannot be read. */
static bool look_at_all(struct scan_worker *w, size_t bytes)
{
	const struct scan_chunk *c = &w->chunk;

	if (bytes > w->buf_bytes || !read_at(w, c->sector[0], w->buf, bytes))
		return false;
	for (unsigned i = 0; i < c->nr; i++) {
		const uint8_t *raw = w->buf + (c->sector[i] - c->sector[0]) * 512;

		if (has_magic(w->x, raw) && w->x->magic_only)
			note_place(w, c->sector[i]);
		else if (has_magic(w->x, raw))
			examine(w, c->sector[i], raw, node_bytes(w->x));
	}
	return true;
}

static size_t chunk_bytes(const struct scanner *x, const struct scan_chunk *c)
{
	return (c->sector[c->nr - 1] - c->sector[0]) * 512 + node_bytes(x);
}

/* True: of this device parts can be read without the rest of the chunk. */
static bool fetch_ahead(struct scan_worker *w)
{
	bool heads = node_bytes(w->x) > WHOLE_NODES_MAX;

	for (unsigned i = 0; i < w->nr_fetch; i++) {
		const struct scan_chunk *c = &w->fetch[i];
		struct blk *blk = w->x->v->devs->dev[c->dev]->blk;

		for (unsigned j = 0; j < (heads ? c->nr : 1); j++)
			blk_ahead(blk, c->sector[j] * 512, heads ? HEAD_BYTES : chunk_bytes(w->x, c));
	}
	return blk_ahead(chunk_blk(w), 0, 0);
}

static void look_at_chunk(struct scan_worker *w)
{
	bool parts = fetch_ahead(w);

	w->bytes_read = w->read_errors = w->locked = w->rejected = 0;
	if (node_bytes(w->x) > WHOLE_NODES_MAX || parts || !look_at_all(w, chunk_bytes(w->x, &w->chunk)))
		look_one_by_one(w);
}

/* Under lock. */
static bool take_chunk(struct scan_worker *w)
{
	struct scanner *x = w->x;

	if (x->stop || !scan_queue_next(&x->queue, &w->chunk, w->fetch, &w->nr_fetch))
		return false;
	x->s->positions += w->chunk.nr;
	return true;
}

/* Under lock: what the chunk has given. */
static bool hand_in(struct scan_worker *w)
{
	struct scan *s = w->x->s;

	s->bytes_read += w->bytes_read;
	s->read_errors += w->read_errors;
	s->locked += w->locked;
	s->rejected += w->rejected;
	for (size_t i = 0; i < w->nodes.nr; i++) {
		struct scanned_node *to = arb_array_push(&s->nodes);

		if (!to)
			return false;
		*to = w->nodes.v[i];
	}
	w->nodes.nr = 0;
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
	more = hand_in(w);
	pthread_mutex_unlock(&x->lock);
	if (!more)
		no_memory(x);
	return more;
}

static void run_worker(struct work *work)
{
	struct scan_worker *w = (struct scan_worker *)work;
	struct scanner *x = w->x;

	while (do_chunk(w))
		;
	pthread_mutex_lock(&x->lock);
	if (!--x->running)
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
	done = scan_places_done(&x->queue.places) * 512;
	found = x->s->nodes.nr;
	pthread_mutex_unlock(&x->lock);
	total = scan_places_total(&x->queue.places) * 512;
	code = o->progress(o->arg, done < total ? done : total, total, found);
	if (code) {
		struct arb_error err = { .code = code, .text = "the scan was stopped" };

		fail(x, code, &err);
	}
}

/* However quick the workers are, the caller hears of the scan at least once, at its end. It is not woken for less: it would take their place. */
static void wait_for_workers(struct scanner *x, const struct scan_options *o)
{
	bool running;

	do {
		uint64_t until = arb_wait_until(REPORT_NS);

		pthread_mutex_lock(&x->lock);
		while (x->running && arb_cond_wait(&x->changed, &x->lock, until))
			;
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

	bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	for (unsigned i = 0; w && i < nr; i++) {
		w[i] = (struct scan_worker){ .work.run = run_worker, .x = x, .buf = aligned_alloc(PAGE, bytes), .buf_bytes = bytes };
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
	for (unsigned i = 0; w && i < nr; i++) {
		arb_array_free(&w[i].nodes);
		free(w[i].buf);
	}
	free(w);
	if (x->code && err)
		*err = x->err;
	return x->code;
}

enum arb_code scan_run(struct view *v, const struct scan_options *o, struct scan **ret, struct arb_error *err)
{
	struct scanner x = { .v = v, .s = calloc(1, sizeof(*x.s)) };
	enum arb_code code;

	if (!x.s)
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the scan");
	x.magic_only = o && o->magic_only;
	x.bookkeeping = o && o->bookkeeping;
	x.s->whole = o && (o->whole || o->magic_only);
	x.queue.places = (struct scan_places){ .devs = v->devs, .geo = &v->geo, .whole = x.s->whole, .all_devices = x.magic_only };
	pthread_mutex_init(&x.lock, NULL);
	pthread_cond_init(&x.changed, NULL);
	code = look_everywhere(&x, o, err);
	pthread_cond_destroy(&x.changed);
	pthread_mutex_destroy(&x.lock);
	x.s->positions += x.queue.places.holes;
	if (!code && !x.magic_only)
		code = scan_find_gens(x.s, v, err);
	if (!code && !x.magic_only)
		code = scan_resolve(x.s, err);
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
