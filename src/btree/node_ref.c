/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes by everything of their pointer that decides what reading gives, so that the same bytes reached through two pointers are two
 * entries; and so is a leaf that was only checked, beside the whole one. A hash table of liburcu finds them without a lock; a reader
 * holds a reference.
 */
#include <stddef.h>
#include <urcu/compiler.h>

#include "arborist/base/tsan.h"
#include "node_ref.h"

#define TABLE_BUCKETS	8192		/* a large cache of small nodes has some ten nodes in each */
#define TABLE_BYTES	(4 * TABLE_BUCKETS * sizeof(struct cds_lfht_node))

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
	k.flags = p->is_v2 | p->range_updated << 1 | (n->want == NODE_CHECKED && !n->level ? REF_CHECKED : 0);
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

static void free_ref(struct rcu_head *head)
{
	struct node_ref *r = caa_container_of(head, struct node_ref, rcu);

	tsan_take(r);
	free(r);
}

void node_ref_put(struct node_ref *r)
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

struct node_ref *node_ref_find(struct node_cache *c, const struct node_place *n)
{
	struct cache_key key = make_key(n);

	return find(c, &key);
}

/* A whole node is as good as one that was only checked. */
static struct node_ref *find_best(struct node_cache *c, const struct cache_key *key)
{
	struct cache_key whole = *key;
	struct node_ref *r;

	whole.flags &= ~REF_CHECKED;
	r = find(c, &whole);
	return r || !(key->flags & REF_CHECKED) ? r : find(c, key);
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

struct node_ref *node_ref_find_or_add(struct node_cache *c, const struct node_place *n, bool *ret_found)
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

/*
 * liburcu asserts that there is memory for its tables: so it is tried first. One that does not grow needs no more later, and no thread.
 */
struct cds_lfht *node_table_new(void)
{
	void *try = malloc(TABLE_BYTES);

	free(try);
	return try ? cds_lfht_new_flavor(TABLE_BUCKETS, TABLE_BUCKETS, 0, 0, &urcu_memb_flavor, NULL) : NULL;
}

enum arb_code node_got_make(struct node *n, struct defects *defects, struct node_got *ret, struct arb_error *err)
{
	struct node_ref *r = calloc(1, sizeof(*r));

	if (!r) {
		node_free(n);
		if (defects)
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
		node_ref_put(g->ref);
	*g = (struct node_got){ 0 };
}
