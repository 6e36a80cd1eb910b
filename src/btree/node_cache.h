/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private face of the node cache: what the view needs of it. */
#ifndef ARBORIST_SRC_BTREE_NODE_CACHE_H
#define ARBORIST_SRC_BTREE_NODE_CACHE_H

#include "arborist/base/workers.h"
#include "arborist/btree/node.h"

/* How a node is read that is not there. */
struct node_source {
	struct devset	*devs;
	const struct fs_geometry *geo;
	struct workers	*workers;	/* may be NULL */
};

/* Which node, by what the parent says, and what of it. */
struct node_place {
	unsigned	btree, level;
	const struct btree_ptr *ptr;
	enum node_want	want;
};

/* The node a pointer names, read now if need be; waits when somebody else is reading it. */
enum arb_code node_cache_get(struct node_cache *c, const struct node_source *src, const struct node_place *n,
			     struct node_got *ret, struct arb_error *err);
/*
 * The caller, who still holds it, has gone past the node and does not think of coming back: while the cache is a quarter full or more
 * it is not kept. Memory that goes at once is there for the next one; a walk would fill all of the cache with what nobody asks for.
 */
void node_cache_passed(struct node_cache *c, const struct node_got *g);
bool node_cache_peek(struct node_cache *c, const struct node_place *n, struct node_got *ret);
/* Has a worker read it. Lack of memory is not reported: somebody will want the node and fail. */
void node_cache_read_ahead(struct node_cache *c, const struct node_source *src, const struct node_place *n);
/* Returns when no worker reads for this cache any more. */
void node_cache_quiesce(struct node_cache *c);
uint64_t node_cache_bytes_read(const struct node_cache *c);
size_t node_cache_limit(const struct node_cache *c);

/* A result that is in no cache: takes @n (may be NULL) and *@defects over; freed by node_put(). */
enum arb_code node_got_make(struct node *n, struct defects *defects, struct node_got *ret, struct arb_error *err);

#endif
