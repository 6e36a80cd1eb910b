/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device scan, guided by the bitmaps and of the whole device, and reading all bytes of the places where it looks. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/btree/scan_places.h"
#include "arborist/btree/scan.h"
#include "bench.h"

struct reader {
	struct work	work;
	struct view	*v;
	struct scan_places *places;
	pthread_mutex_t	*lock;
	unsigned	*done;
	struct scan_chunk chunk;
};

static bool take(struct reader *r)
{
	bool more;

	pthread_mutex_lock(r->lock);
	more = scan_places_next(r->places, &r->chunk);
	pthread_mutex_unlock(r->lock);
	return more;
}

static void read_chunks(struct work *work)
{
	struct reader *r = (struct reader *)work;
	uint8_t *buf = malloc(SCAN_CHUNK_BYTES);

	while (buf && take(r)) {
		const struct scan_chunk *c = &r->chunk;

		blk_read(r->v->devs->dev[c->dev]->blk, c->sector[0] * 512, buf,
			 (c->sector[c->nr - 1] - c->sector[0] + r->v->geo.node_sectors) * 512, NULL);
	}
	free(buf);
	__atomic_fetch_add(r->done, 1, __ATOMIC_RELEASE);
}

static struct span read_all(struct bench *b, bool whole)
{
	struct view *v = bench_open(b, 0);
	struct scan_places places = { .devs = v->devs, .geo = &v->geo, .whole = whole };
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned nr = workers_nr(b->workers), done = 0;
	struct reader *r = calloc(nr, sizeof(*r));
	struct span span = span_start();

	for (unsigned i = 0; r && i < nr; i++) {
		r[i] = (struct reader){ .work.run = read_chunks, .v = v, .places = &places, .lock = &lock, .done = &done };
		workers_queue(b->workers, &r[i].work);
	}
	while (r && __atomic_load_n(&done, __ATOMIC_ACQUIRE) < nr)
		usleep(20);
	span = span_since(span);
	free(r);
	view_free(v);
	return span;
}

static struct span scan_all(struct bench *b, bool whole)
{
	struct scan_options o = { .whole = whole };
	struct view *v = bench_open(b, 0);
	struct span span = span_start();
	struct scan *s;

	bench_need(b, scan_run(v, &o, &s, &b->err));
	span = span_since(span);
	if (!s->live.nr)
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the scan has found nothing"));
	scan_free(s);
	view_free(v);
	return span;
}

struct span run_read(struct bench *b) { return read_all(b, false); }
struct span run_scan(struct bench *b) { return scan_all(b, false); }
struct span run_read_whole(struct bench *b) { return read_all(b, true); }
struct span run_scan_whole(struct bench *b) { return scan_all(b, true); }

static void forget_pages(struct bench *b)
{
	int fd = open(b->path, O_RDONLY);

	if (fd < 0 || fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		bench_need(b, arb_fail(&b->err, ARB_E_READ, "the file cannot be taken out of memory"));
	close(fd);
}

struct span run_read_cold(struct bench *b)
{
	forget_pages(b);
	return run_read(b);
}

struct span run_scan_cold(struct bench *b)
{
	forget_pages(b);
	return run_scan(b);
}
