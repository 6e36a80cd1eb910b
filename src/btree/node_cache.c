/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decoded nodes, kept. Every pointer is read once, by whoever comes first: a worker reading ahead or the one who needs it.
 *
 * Memory: every byte alive counts, also of nodes still held by somebody. Above the limit the oldest go which have not been
 * used since they were looked at last and which nobody holds.
 */
#include <urcu/urcu-memb.h>
#include <urcu/compiler.h>

#include "node_cache.h"
#include "node_ref.h"

#define SPARE_BYTES	16384

struct ahead_job {
	struct work	work;
	struct node_ref	*ref;
	struct node_source src;
};

#define PASSED_PART 4	/* of the limit may be nodes that somebody has gone past */

static void list_remove(struct node_cache *c, struct node_ref *r)
{
	*(r->older ? &r->older->newer : &c->oldest) = r->newer;
	*(r->newer ? &r->newer->older : &c->newest) = r->older;
	r->older = r->newer = NULL;
	r->listed = false;
	c->nr_listed--;
}

static void list_add(struct node_cache *c, struct node_ref *r)
{
	r->older = c->newest;
	r->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = r;
	c->newest = r;
	r->listed = true;
	c->nr_listed++;
}

/* Takes a reference out of the table; the table's own is dropped. Under lock. */
static void forget(struct node_cache *c, struct node_ref *r)
{
	if (r->listed)
		list_remove(c, r);
	urcu_memb_read_lock();
	cds_lfht_del(c->table, &r->hash);
	urcu_memb_read_unlock();
	node_ref_put(r);
}

/* Under lock. Every entry is looked at twice at most: once for being used lately, once for good. */
static void evict(struct node_cache *c)
{
	for (size_t looks = 2 * c->nr_listed; looks && c->nr_listed; looks--) {
		struct node_ref *r = c->oldest;

		if (node_cache_bytes(c) <= node_cache_limit(c))
			return;
		if (!__atomic_exchange_n(&r->used, false, __ATOMIC_RELAXED) && __atomic_load_n(&r->refs, __ATOMIC_RELAXED) == 1) {
			forget(c, r);
			continue;
		}
		list_remove(c, r);
		list_add(c, r);
	}
}

static size_t ref_bytes(const struct node_ref *r)
{
	size_t bytes = sizeof(*r) + r->defects.list.nr * (sizeof(struct defect) + 100);

	return r->node ? bytes + node_bytes_in_memory(r->node) : bytes;
}

/* Reads the node of a reference that was claimed, and tells everybody. */
static void fill(struct node_ref *r, const struct node_source *src)
{
	struct node_cache *c = r->cache;
	struct arb_error err;

	r->code = node_read(src->devs, src->geo, r->key.btree, r->key.level, &r->ptr,
			    r->key.flags & REF_CHECKED ? NODE_CHECKED : NODE_WHOLE, &r->node, &r->defects, &err);
	r->bytes = ref_bytes(r);
	__atomic_add_fetch(&c->bytes, r->bytes, __ATOMIC_RELAXED);
	if (r->node)
		__atomic_add_fetch(&c->bytes_read, (uint64_t)r->node->sectors_read * 512, __ATOMIC_RELAXED);
	__atomic_store_n(&r->state, REF_DONE, __ATOMIC_RELEASE);
	pthread_mutex_lock(&c->lock);
	if (r->code) {
		forget(c, r);	/* the next one tries again */
	} else {
		list_add(c, r);
		evict(c);
	}
	pthread_cond_broadcast(&c->done);
	pthread_mutex_unlock(&c->lock);
}

static bool claim(struct node_ref *r)
{
	int queued = REF_QUEUED;

	return __atomic_compare_exchange_n(&r->state, &queued, REF_READING, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* While somebody else reads the node, others that are to be read are: better than sleeping, and being woken. */
static void wait_done(struct node_ref *r, struct workers *workers)
{
	struct node_cache *c = r->cache;

	while (node_ref_state(r) != REF_DONE && workers && workers_help(workers))
		;
	if (node_ref_state(r) == REF_DONE)
		return;
	pthread_mutex_lock(&c->lock);
	while (node_ref_state(r) != REF_DONE)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static void got(struct node_ref *r, struct node_got *ret)
{
	__atomic_store_n(&r->used, true, __ATOMIC_RELAXED);
	*ret = (struct node_got){ .node = r->node, .defects = r->node ? &r->node->defects : &r->defects, .ref = r };
}

enum arb_code node_cache_get(struct node_cache *c, const struct node_source *src, const struct node_place *n,
			     struct node_got *ret, struct arb_error *err)
{
	bool found;
	struct node_ref *r = node_ref_find_or_add(c, n, &found);

	if (r && claim(r))
		fill(r, src);
	if (r)
		wait_done(r, src->workers);
	if (r && !r->code) {
		got(r, ret);
		return ARB_OK;
	}
	if (r)
		node_ref_put(r);
	*ret = (struct node_got){ 0 };
	return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
}

void node_cache_passed(struct node_cache *c, const struct node_got *g)
{
	struct node_ref *r = g->ref;

	if (!r || r->cache != c || node_cache_bytes(c) <= node_cache_limit(c) / PASSED_PART)
		return;
	pthread_mutex_lock(&c->lock);
	if (r->listed)
		forget(c, r);
	pthread_mutex_unlock(&c->lock);
}

bool node_cache_peek(struct node_cache *c, const struct node_place *n, struct node_got *ret)
{
	struct node_ref *r = node_ref_find(c, n);

	if (!r)
		return false;
	if (node_ref_state(r) != REF_DONE || r->code) {
		node_ref_put(r);
		return false;
	}
	got(r, ret);
	return true;
}

static void run_ahead(struct work *work)
{
	struct ahead_job *job = caa_container_of(work, struct ahead_job, work);
	struct node_cache *c = job->ref->cache;

	if (claim(job->ref))
		fill(job->ref, &job->src);
	node_ref_put(job->ref);
	free(job);
	pthread_mutex_lock(&c->lock);
	if (!--c->jobs)
		pthread_cond_broadcast(&c->done);
	pthread_mutex_unlock(&c->lock);
}

void node_cache_read_ahead(struct node_cache *c, const struct node_source *src, const struct node_place *n)
{
	struct ahead_job *job;
	struct node_ref *r;
	bool found;

	if (!src->workers)
		return;
	r = node_ref_find_or_add(c, n, &found);
	if (!r)
		return;
	job = found ? NULL : calloc(1, sizeof(*job));
	if (!job) {
		node_ref_put(r);	/* stays queued: read by whoever wants it */
		return;
	}
	*job = (struct ahead_job){ .work.run = run_ahead, .ref = r, .src = *src };
	pthread_mutex_lock(&c->lock);
	c->jobs++;
	pthread_mutex_unlock(&c->lock);
	workers_queue(src->workers, &job->work);
}

void node_cache_quiesce(struct node_cache *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->jobs)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

enum arb_code node_cache_new(size_t limit_bytes, struct node_cache **ret, struct arb_error *err)
{
	struct node_cache *c = calloc(1, sizeof(*c));

	if (c)
		c->spare = malloc(SPARE_BYTES);
	if (c && c->spare)
		c->table = node_table_new();
	if (!c || !c->table) {
		if (c)
			free(c->spare);
		free(c);
		return arb_fail(err, ARB_E_NOMEM, "out of memory for the node cache");
	}
	c->limit = limit_bytes;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->done, NULL);
	*ret = c;
	return ARB_OK;
}

void node_cache_set_limit(struct node_cache *c, size_t bytes)
{
	if (__atomic_exchange_n(&c->limit, bytes, __ATOMIC_RELAXED) <= bytes)
		return;
	pthread_mutex_lock(&c->lock);
	evict(c);
	pthread_mutex_unlock(&c->lock);
}

/* Nodes that somebody holds live on without the cache. */
void node_cache_clear(struct node_cache *c)
{
	struct cds_lfht_iter it;
	struct cds_lfht_node *n;

	node_cache_quiesce(c);
	pthread_mutex_lock(&c->lock);
	urcu_memb_read_lock();
	cds_lfht_for_each(c->table, &it, n)	/* the _entry form computes with a null pointer at the end */
		forget(c, caa_container_of(n, struct node_ref, hash));
	urcu_memb_read_unlock();
	pthread_mutex_unlock(&c->lock);
}

void node_cache_free(struct node_cache *c)
{
	if (!c)
		return;
	node_cache_clear(c);
	free(c->spare);
	urcu_memb_barrier();
	cds_lfht_destroy(c->table, NULL);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

size_t node_cache_bytes(const struct node_cache *c)
{
	return __atomic_load_n(&c->bytes, __ATOMIC_RELAXED);
}

size_t node_cache_limit(const struct node_cache *c)
{
	return __atomic_load_n(&c->limit, __ATOMIC_RELAXED);
}

uint64_t node_cache_bytes_read(const struct node_cache *c)
{
	return __atomic_load_n(&c->bytes_read, __ATOMIC_RELAXED);
}
