/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_scan [FILES...]: the device scan over a built filesystem, guided by the bitmaps and of the whole device, against
 * reading the same bytes in the same pieces with as many threads. The page cache is warm.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/btree/scan_places.h"
#include "arborist/btree/scan.h"
#include "bench.h"

static bool whole;

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

static double run_read(struct bench *b)
{
	struct view *v = bench_open(b);
	struct scan_places places = { .devs = v->devs, .geo = &v->geo, .whole = whole };
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned nr = workers_nr(b->workers), done = 0;
	struct reader *r = calloc(nr, sizeof(*r));
	double start = bench_seconds();

	for (unsigned i = 0; r && i < nr; i++) {
		r[i] = (struct reader){ .work.run = read_chunks, .v = v, .places = &places, .lock = &lock, .done = &done };
		workers_queue(b->workers, &r[i].work);
	}
	while (r && __atomic_load_n(&done, __ATOMIC_ACQUIRE) < nr)
		usleep(20);
	start = bench_seconds() - start;
	free(r);
	view_free(v);
	return start;
}

static double run_scan(struct bench *b)
{
	struct scan_options o = { .whole = whole };
	struct view *v = bench_open(b);
	struct scan *s;
	double start = bench_seconds();

	bench_need(b, scan_run(v, &o, &s, &b->err));
	start = bench_seconds() - start;
	b->bytes = s->bytes_read;
	if (!s->live.nr)
		bench_need(b, arb_fail(&b->err, ARB_E_CONTENT, "the scan has found nothing"));
	scan_free(s);
	view_free(v);
	return start;
}

static void bench_one(struct bench *b, unsigned files)
{
	bench_build(b, files, 32 << 10);
	b->limit_name = "reading the same";
	for (int i = 0; i < 2; i++) {
		whole = i;
		run_scan(b);	/* says how many bytes */
		printf("%s, %.1f MB\n", whole ? "whole device" : "by the bitmaps", b->bytes / 1e6);
		b->limit = 0;
		b->limit = bench_measure(b, "read", run_read);
		bench_measure(b, "scan", run_scan);
	}
	bench_unlink(b);
}

int main(int argc, char **argv)
{
	return bench_main(argc, argv, 60000, bench_one);
}
