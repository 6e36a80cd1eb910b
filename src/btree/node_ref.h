/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the node cache: its entries, who holds them, and the table they are found by. */
#ifndef ARBORIST_SRC_BTREE_NODE_REF_H
#define ARBORIST_SRC_BTREE_NODE_REF_H

#include <pthread.h>
#include <urcu/urcu-memb.h>
#include <urcu/rculfhash.h>

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

struct node_cache {
	struct cds_lfht	*table;
	void		*spare;		/* memory for what liburcu needs in the end, and aborts without */
	size_t		limit;		/* atomic */
	size_t		bytes;		/* atomic */
	uint64_t	bytes_read;	/* atomic */
	pthread_mutex_t	lock;
	pthread_cond_t	done;		/* a read has finished, or a job has */
	/* Under lock */
	struct node_ref	*oldest, *newest;
	size_t		nr_listed;
	unsigned	jobs;
};

#define REF_CHECKED	4	/* of cache_key.flags: without keys, NODE_CHECKED */

static inline int node_ref_state(const struct node_ref *r)
{
	return __atomic_load_n(&r->state, __ATOMIC_ACQUIRE);
}
void node_ref_put(struct node_ref *r);
/* With a reference for the caller, or NULL. */
struct node_ref *node_ref_find(struct node_cache *c, const struct node_place *n);
/* With a reference for the caller; a whole node is as good as one that was only checked. NULL: out of memory. */
struct node_ref *node_ref_find_or_add(struct node_cache *c, const struct node_place *n, bool *ret_found);
/* NULL: out of memory. */
struct cds_lfht *node_table_new(void);

#endif
