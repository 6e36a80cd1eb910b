/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The other way of counting: what backpointers say of each bucket against its alloc key. */
#ifndef ARBORIST_TESTS_PASS_BOTH_WAYS_H
#define ARBORIST_TESTS_PASS_BOTH_WAYS_H

#include "arborist/btree/view.h"

/* Fails the test where they differ; for a filesystem in which check_allocations finds nothing. */
void both_ways(struct view *v);

#endif
