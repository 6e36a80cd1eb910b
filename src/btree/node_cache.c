/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decoded nodes by everything of their pointer that decides what reading gives, so that the same bytes reached through
 * two pointers are two entries; and so is a leaf that was only checked, beside the whole one. A hash table of liburcu finds them without a lock; a reader holds a reference. Every
 * pointer is read once, by whoever comes first: a worker reading ahead or the one who needs it.
 *
 * Memory: every byte alive counts, also of nodes still held by somebody. Above the limit the oldest go which have not been
 * used since they were looked at last and which nobody holds.
 */
#include <pthread.h>
#include <stddef.h>
#include <urcu/urcu-memb.h>
#include <urcu/compiler.h>
#include <urcu/rculfhash.h>

#include "arborist/base/tsan.h"
#include "arborist/base/workers.h"
#include "node_cache.h"

enum ref_state { REF_QUEUED, REF_READING, REF_DONE };

struct cache_key {			/* compared with memcmp: no padding that is not zeroed */
	uint64_t	seq;
	uint64_t	place[BTREE_PTRS_MAX];	/* device << 56 | sector */
	uint64_t	range[6];
	uint32_t	sectors_written;
	uint8_t		btree, level, flags, nr;
};

struct node_ref {
	struct cds_lfht_node hash;
	struct rcu_head	rcu;
	struct node_cache *cache;	/* NULL: in no cache */
	struct cache_key key;
	struct btree_ptr ptr;
	int		refs;		/* atomic */
	int		state;		/* enum ref_state, atomic */
	bool		used;		/* since the eviction looked; atomic, hint only */
	/* Immutable once state is REF_DONE */
	struct node	*node;
	struct defects	defects;	/* why there is no node */
	enum arb_code	code;		/* ARB_E_NOMEM: not kept */
	size_t		bytes;
	/* Under cache->lock */
	struct node_ref	*older, *newer;
	bool		listed;
};

#define TABLE_BUCKETS	8192		/* a large cache of small nodes has some ten nodes in each */
#define TABLE_BYTES	(4 * TABLE_BUCKETS * sizeof(struct cds_lfht_node))
#define SPARE_BYTES	16384

struct node_cache {
	struct cds_lfht	*table;
	void		*spare;		/* memory for what liburcu needs in the end, and aborts without */
	size_t		limit;
	size_t		bytes;		/* atomic */
	uint64_t	bytes_read;	/* atomic */
	pthread_mutex_t	lock;
	pthread_cond_t	done;		/* a read has finished, or a job has */
	/* Under lock */
	struct node_ref	*oldest, *newest;
	size_t		nr_listed;
	unsigned	jobs;
};

struct ahead_job {
	struct work	work;
	struct node_ref	*ref;
	struct node_source src;
};

#define PASSED_PART 4	/* of the limit may be nodes that somebody has gone past */
#define CHECKED	4	/* of cache_key.flags: without keys, NODE_CHECKED */

static struct cache_key make_key(const struct node_place *n)
{
	const struct btree_ptr *p = n->ptr;
	struct cache_key k;

	memset(&k, 0, sizeof(k));
	k.seq = p->seq;
	for (unsigned i = 0; i < p->nr_ptrs; i++)
		k.place[i] = (uint64_t)p->ptr[i].dev << 56 | p->ptr[i].sector;
	k.range[0] = p->min_key.inode;
	k.range[1] = p->min_key.offset;
	k.range[2] = p->min_key.snapshot;
	k.range[3] = p->max_key.inode;
	k.range[4] = p->max_key.offset;
	k.range[5] = p->max_key.snapshot;
	k.sectors_written = p->sectors_written;
	k.btree = n->btree;
	k.level = n->level;
	k.flags = p->is_v2 | p->range_updated << 1 | (n->want == NODE_CHECKED && !n->level ? CHECKED : 0);
	k.nr = p->nr_ptrs;
	return k;
}

static unsigned long hash_key(const struct cache_key *k)
{
	uint64_t h = 0x9e3779b97f4a7c15, w[sizeof(*k) / 8];

	memcpy(w, k, sizeof(w));
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		h = (h ^ w[i]) * 0xff51afd7ed558ccd;
		h ^= h >> 32;
	}
	return h;
}

static int match_key(struct cds_lfht_node *node, const void *key)
{
	return !memcmp(&caa_container_of(node, struct node_ref, hash)->key, key, sizeof(struct cache_key));
}

static int load_state(const struct node_ref *r)
{
	return __atomic_load_n(&r->state, __ATOMIC_ACQUIRE);
}

static void free_ref(struct rcu_head *head)
{
	struct node_ref *r = caa_container_of(head, struct node_ref, rcu);

	tsan_take(r);
	free(r);
}

static void put_ref(struct node_ref *r)
{
	if (__atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (r->cache)
		__atomic_sub_fetch(&r->cache->bytes, r->bytes, __ATOMIC_RELAXED);
	node_free(r->node);
	defects_free(&r->defects);
	/* The node can go at once, nobody holds it; somebody may still be walking the hash chain */
	if (r->cache) {
		tsan_give(r);
		urcu_memb_call_rcu(&r->rcu, free_ref);
	} else {
		free(r);
	}
}

/* False when the last reference is gone already. */
static bool get_ref(struct node_ref *r)
{
	int refs = __atomic_load_n(&r->refs, __ATOMIC_RELAXED);

	do {
		if (!refs)
			return false;
	} while (!__atomic_compare_exchange_n(&r->refs, &refs, refs + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

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
	put_ref(r);
}

/* Under lock. Every entry is looked at twice at most: once for being used lately, once for good. */
static void evict(struct node_cache *c)
{
	for (size_t looks = 2 * c->nr_listed; looks && c->nr_listed; looks--) {
		struct node_ref *r = c->oldest;

		if (__atomic_load_n(&c->bytes, __ATOMIC_RELAXED) <= c->limit)
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
			    r->key.flags & CHECKED ? NODE_CHECKED : NODE_WHOLE, &r->node, &r->defects, &err);
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

	while (load_state(r) != REF_DONE && workers && workers_help(workers))
		;
	if (load_state(r) == REF_DONE)
		return;
	pthread_mutex_lock(&c->lock);
	while (load_state(r) != REF_DONE)
		pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

static struct node_ref *ref_of(struct cds_lfht_node *node)
{
	struct node_ref *r = node ? caa_container_of(node, struct node_ref, hash) : NULL;

	return r && get_ref(r) ? r : NULL;
}

/* With a reference for the caller, or NULL. */
static struct node_ref *find(struct node_cache *c, const struct cache_key *key)
{
	struct cds_lfht_iter it;
	struct node_ref *r;

	urcu_memb_read_lock();
	cds_lfht_lookup(c->table, hash_key(key), match_key, key, &it);
	r = ref_of(cds_lfht_iter_get_node(&it));
	urcu_memb_read_unlock();
	return r;
}

/* A whole node is as good as one that was only checked. */
static struct node_ref *find_best(struct node_cache *c, const struct cache_key *key)
{
	struct cache_key whole = *key;
	struct node_ref *r;

	whole.flags &= ~CHECKED;
	r = find(c, &whole);
	return r || !(key->flags & CHECKED) ? r : find(c, key);
}

static struct node_ref *new_ref(struct node_cache *c, const struct cache_key *key, const struct btree_ptr *ptr)
{
	struct node_ref *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	cds_lfht_node_init(&r->hash);
	r->cache = c;
	r->key = *key;
	r->ptr = *ptr;
	r->refs = 2;	/* the table's and the caller's */
	return r;
}

/* With a reference for the caller; NULL: out of memory. */
static struct node_ref *find_or_add(struct node_cache *c, const struct node_place *n, bool *ret_found)
{
	struct cache_key key = make_key(n);
	struct node_ref *r = find_best(c, &key), *new;

	*ret_found = r;
	if (r)
		return r;
	new = new_ref(c, &key, n->ptr);
	while (new && !r) {
		struct cds_lfht_node *in;

		urcu_memb_read_lock();
		in = cds_lfht_add_unique(c->table, hash_key(&key), match_key, &key, &new->hash);
		r = in == &new->hash ? new : ref_of(in);
		urcu_memb_read_unlock();
	}
	*ret_found = r != new;
	if (r != new)
		free(new);
	return r;
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
	struct node_ref *r = find_or_add(c, n, &found);

	if (r && claim(r))
		fill(r, src);
	if (r)
		wait_done(r, src->workers);
	if (r && !r->code) {
		got(r, ret);
		return ARB_OK;
	}
	if (r)
		put_ref(r);
	*ret = (struct node_got){ 0 };
	return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
}

void node_cache_passed(struct node_cache *c, const struct node_got *g)
{
	struct node_ref *r = g->ref;

	if (!r || r->cache != c || node_cache_bytes(c) <= c->limit / PASSED_PART)
		return;
	pthread_mutex_lock(&c->lock);
	if (r->listed)
		forget(c, r);
	pthread_mutex_unlock(&c->lock);
}

bool node_cache_peek(struct node_cache *c, const struct node_place *n, struct node_got *ret)
{
	struct cache_key key = make_key(n);
	struct node_ref *r = find(c, &key);

	if (!r)
		return false;
	if (load_state(r) != REF_DONE || r->code) {
		put_ref(r);
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
	put_ref(job->ref);
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
	r = find_or_add(c, n, &found);
	if (!r)
		return;
	job = found ? NULL : calloc(1, sizeof(*job));
	if (!job) {
		put_ref(r);	/* stays queued: read by whoever wants it */
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

/*
 * liburcu asserts that there is memory for its tables: so it is tried first. One that does not grow needs no more later, and no thread.
 */
static struct cds_lfht *table_new(void)
{
	void *try = malloc(TABLE_BYTES);

	free(try);
	return try ? cds_lfht_new_flavor(TABLE_BUCKETS, TABLE_BUCKETS, 0, 0, &urcu_memb_flavor, NULL) : NULL;
}

enum arb_code node_cache_new(size_t limit_bytes, struct node_cache **ret, struct arb_error *err)
{
	struct node_cache *c = calloc(1, sizeof(*c));

	if (c)
		c->spare = malloc(SPARE_BYTES);
	if (c && c->spare)
		c->table = table_new();
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
	return c->limit;
}

uint64_t node_cache_bytes_read(const struct node_cache *c)
{
	return __atomic_load_n(&c->bytes_read, __ATOMIC_RELAXED);
}

enum arb_code node_got_make(struct node *n, struct defects *defects, struct node_got *ret, struct arb_error *err)
{
	struct node_ref *r = calloc(1, sizeof(*r));

	if (!r) {
		node_free(n);
		defects_free(defects);
		return arb_fail(err, ARB_E_NOMEM, "out of memory for a btree node");
	}
	r->refs = 1;
	r->state = REF_DONE;
	r->node = n;
	if (defects) {
		r->defects = *defects;
		*defects = (struct defects){ 0 };
	}
	*ret = (struct node_got){ .node = n, .defects = n ? &n->defects : &r->defects, .ref = r };
	return ARB_OK;
}

void node_put(struct node_got *g)
{
	if (g->ref)
		put_ref(g->ref);
	*g = (struct node_got){ 0 };
}
