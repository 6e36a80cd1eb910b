/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fixed pool of threads that run small jobs in the order they were queued. */
#ifndef ARBORIST_BASE_WORKERS_H
#define ARBORIST_BASE_WORKERS_H

#include <stdbool.h>
#include "arborist/base/error.h"

struct workers;
struct work {
	void (*run)(struct work *);	/* runs on a worker; the job owns its struct work */
	struct work *next;		/* used by the pool */
};

/*
 * Starts a thread and joins it: 0, or why none can be started now. Before a library starts one of its own and would abort the
 * program if it could not: libc keeps the stack for the next thread.
 */
int workers_try_thread(void);
/* @nr threads; 0: one per online processor, at least 2, at most 16. Each thread registers with liburcu (memb). */
enum arb_code workers_new(unsigned nr, struct workers **ret, struct arb_error *err);
void workers_free(struct workers *w);			/* finishes what is queued, then joins */
void workers_queue(struct workers *w, struct work *job);
/* Runs the oldest job nobody has begun on the calling thread, instead of waiting for it; false when there is none. */
bool workers_help(struct workers *w);
unsigned workers_nr(const struct workers *w);

#endif
