/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the view share. */
#ifndef ARBORIST_SRC_BTREE_VIEW_PRIVATE_H
#define ARBORIST_SRC_BTREE_VIEW_PRIVATE_H

#include "arborist/btree/view.h"
#include "node_cache.h"

#define AHEAD_MAX	64

struct view_ahead *view_ahead_new(void);
void view_ahead_free(struct view_ahead *a);

static inline struct node_source view_source(const struct view *v)
{
	return (struct node_source){ .devs = v->devs, .geo = &v->geo, .workers = v->workers };
}

/* Makes the calling thread known to liburcu, until it ends, if it is not yet. */
void rcu_thread_ensure(void);

/* view_unnamed.c: roots that have to be somewhere, and that nobody names, become lost ones. */
void view_find_unnamed(struct view *v);
/*
 * view_orphans.c: btrees that nobody names and that have a node nobody points at, in a bucket that counts as its; a bit each. *ret_sure: there
 * are no others.
 */
uint64_t view_find_orphans(struct view *v, bool *ret_sure);

#endif
