/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scanning the rings (format-superblock-journal.md 10.2): groups of buckets are read on the workers, each into its own list;
 * the lists are joined in ring order, so that the result does not depend on the number of threads.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/format/checksum.h"
#include "internal.h"

#define JOB_BUCKETS	16
#define WINDOW_BYTES	(1u << 20)

struct scan {
	struct journal	*j;
	struct devset	*devs;
	const struct fs_geometry *geo;
	/* Mutable; use lock */
	pthread_mutex_t	lock;
	pthread_cond_t	all_done;
	size_t		pending;
};

struct job {
	struct work	work;
	struct scan	*scan;
	unsigned	dev;
	size_t		first, nr;		/* ring indexes */
	/* Results: read after all jobs are done */
	struct raw_entries raw;
	struct defects	defects;
	bool		oom;
};

/* A bucket being read, through a window that moves forward. */
struct bucket {
	struct job	*job;
	struct blk	*blk;
	uint64_t	start, bytes;		/* on the device */
	uint64_t	nr;
	uint32_t	ring;
	uint8_t		*win;
	uint64_t	win_from, win_to;	/* what .win holds, from the bucket's start */
	size_t		win_cap;
	bool		unreadable;
};

static struct defect *bucket_defect(struct bucket *b, unsigned err, enum defect_severity s, uint64_t at, const char *text)
{
	struct defect *d = defects_add(&b->job->defects, err, s, "journal bucket %llu of device %u: %s",
				       (unsigned long long)b->nr, b->job->dev, text);

	if (d) {
		d->dev = b->job->dev;
		d->sector = (b->start + at) / 512;
	}
	return d;
}

/* Bytes [at, at + n) of the bucket; NULL when they cannot be read. */
static const uint8_t *bucket_get(struct bucket *b, uint64_t at, size_t n)
{
	uint64_t want = n > WINDOW_BYTES ? n : WINDOW_BYTES;
	struct arb_error err;
	struct defect *d;

	if (at >= b->win_from && at + n <= b->win_to)
		return b->win + (at - b->win_from);
	if (want > b->bytes - at)
		want = b->bytes - at;
	if (want > b->win_cap) {
		free(b->win);
		b->win_cap = 0;
		b->win = malloc(want);
		if (!b->win) {
			b->job->oom = true;
			return NULL;
		}
		b->win_cap = want;
	}
	b->win_from = b->win_to = at;
	if (blk_read(b->blk, b->start + at, b->win, want, &err)) {
		d = bucket_defect(b, 0, DEFECT_MUST_RETRY, at, err.text);
		if (d)
			d->own = "arborist_journal_unreadable";
		b->unreadable = true;
		return NULL;
	}
	b->win_to = at + want;
	return b->win;
}

static bool version_ok(uint32_t v)
{
	return v >= 9 && v >> 10 <= 1;
}

static bool csum_good(struct bucket *b, const struct jset_header *h, const uint8_t *p, size_t n, uint64_t at)
{
	if (csum_type_encrypts(h->csum_type))
		return false;
	if (!csum_type_known(h->csum_type)) {
		bucket_defect(b, 7, DEFECT_FIXABLE, at, "an entry with an unknown checksum type");
		return false;
	}
	return csum_eq(csum_get(p), csum_compute(h->csum_type, p + 16, n - 16));
}

/* One jset at @at: what is known of it goes into *ret. False when its bytes cannot be read. */
static bool entry_get(struct bucket *b, uint64_t at, const struct jset_header *h, struct raw_entry *ret)
{
	uint64_t left = b->bytes - at, bytes = jset_bytes(h);
	bool fits = bytes <= left;
	const uint8_t *p;

	bytes = fits ? bytes : left;
	p = bytes > JSET_BYTES_MAX ? NULL : bucket_get(b, at, bytes);
	if (!p && bytes <= JSET_BYTES_MAX)
		return false;
	*ret = (struct raw_entry) {
		.seq = h->seq, .last_seq = h->last_seq, .bucket = b->nr, .version = h->version, .bytes = bytes, .ring = b->ring,
		.offset = at / 512, .dev = b->job->dev, .no_flush = h->no_flush, .newer_format = h->unknown_flags,
		.ident = p ? csum_compute(CSUM_xxhash, p, bytes).lo : 0,
		.unwanted = !fits || !version_ok(h->version),
		.csum_ok = p && fits && version_ok(h->version) && !h->big_endian && csum_good(b, h, p, bytes, at),
	};
	if (!fits)
		bucket_defect(b, 9, DEFECT_FIXABLE, at, "an entry goes past the end of the bucket");
	if (!version_ok(h->version))
		bucket_defect(b, 6, DEFECT_INCOMPATIBLE, at, "an entry of a version that is not understood");
	if (csum_type_encrypts(h->csum_type))
		ret->last_seq = 0;
	return true;
}

/*
 * Behind the place where a reader stops: entries with a good checksum that are newer than what it saw. Their number and the
 * newest are worth knowing (something in between was destroyed); they are never used.
 */
static void scan_hidden(struct bucket *b, uint64_t at, uint64_t seen, unsigned block, uint64_t magic)
{
	uint64_t budget = 4 * b->bytes;		/* bytes checksummed: headers made up by an adversary must not cost more */
	struct raw_entry e, *r;
	const uint8_t *p;

	for (; at + JSET_HEADER_BYTES <= b->bytes; at += block) {
		struct jset_header h;

		p = bucket_get(b, at, JSET_HEADER_BYTES);
		if (!p)
			return;
		h = jset_header_get(p);
		if (h.magic != magic || h.seq <= seen || jset_bytes(&h) > b->bytes - at)
			continue;
		if (jset_bytes(&h) > budget)
			return;
		budget -= jset_bytes(&h);
		if (!entry_get(b, at, &h, &e) || !e.csum_ok)
			continue;
		e.hidden = true;
		r = arb_array_push(&b->job->raw.list);
		if (!r)
			b->job->oom = true;
		else
			*r = e;
	}
}

/* Its number alone is wrong: with @seq, the one that comes next, the checksum is right. */
static bool right_as(struct bucket *b, uint64_t at, const struct raw_entry *e, const struct jset_header *h, uint64_t seq)
{
	const uint8_t *p = e->unwanted || h->big_endian || !csum_type_known(h->csum_type) ? NULL : bucket_get(b, at, e->bytes);
	uint8_t *copy = p ? malloc(e->bytes) : NULL;
	bool right;

	b->job->oom |= p && !copy;
	if (!copy)
		return false;
	memcpy(copy, p, e->bytes);
	jset_renumber(copy, e->bytes, seq);
	right = csum_eq(csum_get(p), csum_get(copy));
	free(copy);
	return right;
}

/* Visible entries; returns where the reader stops. */
static uint64_t scan_visible(struct bucket *b, unsigned block, uint64_t magic, uint64_t *ret_newest)
{
	bool saw_bad = false;
	uint64_t at = 0;

	while (at + JSET_HEADER_BYTES <= b->bytes) {
		const uint8_t *p = bucket_get(b, at, JSET_HEADER_BYTES);
		struct jset_header h;
		struct raw_entry *e;

		if (!p)
			break;
		h = jset_header_get(p);
		if (h.magic != magic || !h.seq) {
			if (!saw_bad)
				break;
			at += block;
			continue;
		}
		if (h.seq < *ret_newest)	/* never one with an impossible number */
			break;
		e = arb_array_push(&b->job->raw.list);
		if (!e || !entry_get(b, at, &h, e)) {
			b->job->oom |= !e;
			b->job->raw.list.nr -= e != NULL;
			break;
		}
		e->before = *ret_newest;
		if (h.seq >= JOURNAL_SEQ_LIMIT && e->before && !e->csum_ok && !csum_type_encrypts(h.csum_type))
			e->csum_ok = right_as(b, at, e, &h, blacklist_skip(b->job->scan->j, e->before + 1));
		if (h.seq < JOURNAL_SEQ_LIMIT)
			*ret_newest = h.seq;
		saw_bad |= !e->csum_ok;
		at += ((uint64_t)e->bytes + block - 1) / block * block;
		e->sectors = at / 512 - e->offset;
	}
	return at;
}

static void scan_bucket(struct job *job, uint32_t ring, struct bucket *b)
{
	const struct fs_geometry *geo = job->scan->geo;
	const struct member_geometry *m = &geo->member[job->dev];
	struct journal_device *jd = &job->scan->j->dev[job->dev];
	unsigned block = 512u * geo->block_sectors;
	uint64_t newest = 0, at;

	b->ring = ring;
	b->nr = jd->buckets[ring];
	b->bytes = 512ull * m->bucket_size;
	b->start = b->nr * b->bytes;
	b->win_from = b->win_to = 0;
	b->unreadable = false;
	at = scan_visible(b, block, geo->jset_magic, &newest);
	if (!b->unreadable && !job->oom)
		scan_hidden(b, at, newest, block, geo->jset_magic);
	jd->bucket_seq[ring] = newest;
}

static void run_job(struct work *work)
{
	struct job *job = (struct job *)work;
	struct scan *s = job->scan;
	struct bucket b = { .job = job, .blk = s->devs->dev[job->dev]->blk };

	for (size_t i = 0; i < job->nr && !job->oom; i++)
		scan_bucket(job, job->first + i, &b);
	free(b.win);
	pthread_mutex_lock(&s->lock);
	if (!--s->pending)
		pthread_cond_signal(&s->all_done);
	pthread_mutex_unlock(&s->lock);
}

/* --- all rings ----------------------------------------------------------------------------------------------------- */

static const struct sb *device_sb(const struct devset *devs, unsigned i)
{
	const struct device *d = devs->dev[i];

	return d && !d->left_out && d->best >= 0 && (size_t)d->best < d->copies.nr ? &d->copies.v[d->best].sb : NULL;
}

static bool state_is_read(unsigned state)
{
	return state <= 1;	/* rw, ro */
}

static enum arb_code ring_find(struct journal *j, const struct sb *sb, unsigned dev, struct arb_error *err)
{
	struct journal_device *jd = &j->dev[dev];
	enum arb_code ret;

	if (jd->buckets)
		return ARB_OK;
	ret = sb_journal_buckets(sb, &jd->buckets, &jd->nr, err);
	if (ret)
		return ret;
	jd->has_journal = jd->nr;
	if (jd->nr)
		jd->bucket_seq = calloc(jd->nr, sizeof(*jd->bucket_seq));
	return !jd->nr || jd->bucket_seq ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory for the journal ring of device %u", dev);
}

enum arb_code rings_find(struct journal *j, const struct devset *devs, const struct fs_geometry *geo, uint64_t *ret_bytes,
			 struct arb_error *err)
{
	*ret_bytes = 0;
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		const struct member_geometry *m = geometry_member(geo, i);
		const struct sb *sb = device_sb(devs, i);
		enum arb_code ret;

		if (!sb || !m || !m->bucket_size || !state_is_read(m->state))
			continue;
		ret = ring_find(j, sb, i, err);
		if (ret)
			return ret;
		*ret_bytes += 512ull * m->bucket_size * j->dev[i].nr;
	}
	return ARB_OK;
}

static size_t make_jobs(struct scan *s, struct job *jobs)
{
	size_t nr = 0;

	for (unsigned dev = 0; dev < SB_MEMBERS_MAX; dev++) {
		size_t buckets = s->j->dev[dev].nr;

		for (size_t first = 0; first < buckets; first += JOB_BUCKETS, nr++) {
			size_t left = buckets - first;

			if (jobs)
				jobs[nr] = (struct job) {
					.work.run = run_job, .scan = s, .dev = dev, .first = first,
					.nr = left < JOB_BUCKETS ? left : JOB_BUCKETS,
				};
		}
	}
	return nr;
}

static void run_all(struct scan *s, struct job *jobs, size_t nr, struct workers *w)
{
	s->pending = nr;
	for (size_t i = 0; i < nr; i++) {
		if (w)
			workers_queue(w, &jobs[i].work);
		else
			run_job(&jobs[i].work);
	}
	pthread_mutex_lock(&s->lock);
	while (s->pending)
		pthread_cond_wait(&s->all_done, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* Appends what a job found and frees the job's lists. False when memory ran out. */
static bool job_collect(struct job *job, struct raw_entries *raw, struct defects *d)
{
	struct raw_entry *e;
	bool ok = !job->oom;

	for (size_t i = 0; i < job->raw.list.nr && ok; i++) {
		e = arb_array_push(&raw->list);
		ok = e;
		if (ok)
			*e = job->raw.list.v[i];
	}
	for (size_t i = 0; i < job->defects.list.nr; i++) {
		struct defect *to = d->list.nr < DEFECTS_MAX ? arb_array_push(&d->list) : NULL;

		if (to)
			*to = job->defects.list.v[i];
		else
			free(job->defects.list.v[i].text);
		d->dropped += !to;
	}
	d->dropped += job->defects.dropped;
	arb_array_free(&job->defects.list);
	arb_array_free(&job->raw.list);
	return ok;
}

enum arb_code rings_scan(struct journal *j, struct devset *devs, const struct fs_geometry *geo, struct workers *w,
			 struct raw_entries *raw, struct arb_error *err)
{
	struct scan s = { .j = j, .devs = devs, .geo = geo };
	size_t nr = make_jobs(&s, NULL);
	struct job *jobs = calloc(nr ? nr : 1, sizeof(*jobs));
	bool ok = jobs;

	if (!ok)
		return arb_fail(err, ARB_E_NOMEM, "no memory to read the journal");
	pthread_mutex_init(&s.lock, NULL);
	pthread_cond_init(&s.all_done, NULL);
	make_jobs(&s, jobs);
	run_all(&s, jobs, nr, w);
	for (size_t i = 0; i < nr; i++)
		ok &= job_collect(&jobs[i], raw, &j->defects);
	pthread_cond_destroy(&s.all_done);
	pthread_mutex_destroy(&s.lock);
	free(jobs);
	return ok ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory for the index of the journal");
}
