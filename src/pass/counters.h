/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The counters of accounting, by their 20-byte position, in two sets: as recorded on disk and in the journal, and as
 * counted anew (repair-semantics.md 1, 5.2). Type inum is never held: it would cost memory for every file.
 */
#ifndef ARBORIST_SRC_PASS_COUNTERS_H
#define ARBORIST_SRC_PASS_COUNTERS_H

#include "arborist/base/error.h"
#include "arborist/format/accounting.h"

enum counter_set { COUNTED_BEFORE /* recorded */, COUNTED_NOW /* by the walk */, COUNTER_SETS };

struct counter {
	struct bpos	pos;
	uint8_t		nr;		/* counters of this type */
	bool		ignored;	/* of a device that does not exist: not compared */
	int64_t		v[COUNTER_SETS][ACCT_COUNTERS_MAX];
};

struct counters {
	struct counter	**slot;		/* open hash table; owned, and so is what it points to */
	size_t		nr, cap;
	bool		untouchable;	/* a recorded one of the wrong size stays on disk: a change would be added to that */
};

/* The counter at @pos, made when there is none; NULL when out of memory or the type is not held. Stays where it is. */
struct counter *counters_get(struct counters *c, struct bpos pos);
struct counter *counters_find(const struct counters *c, struct bpos pos);
void counters_free(struct counters *c);
void counters_zero(struct counters *c, enum counter_set set);
/* All of them by position; the array is the caller's. NULL when out of memory, and when there are none (*ret_nr is 0 then). */
struct counter **counters_sorted(const struct counters *c, size_t *ret_nr);

static inline void counter_add(struct counter *c, enum counter_set set, int64_t a, int64_t b, int64_t d)
{
	if (!c)
		return;
	c->v[set][0] = (int64_t)((uint64_t)c->v[set][0] + (uint64_t)a);	/* recorded ones can be anything: they wrap */
	c->v[set][1] = (int64_t)((uint64_t)c->v[set][1] + (uint64_t)b);
	c->v[set][2] = (int64_t)((uint64_t)c->v[set][2] + (uint64_t)d);
}

#endif
