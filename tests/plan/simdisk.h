/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices in memory that keep a list of what was written and synced, so that a power cut can be played at any point: any prefix
 * of the writes, and of those not yet synced each one kept, lost or torn.
 */
#ifndef ARBORIST_TESTS_PLAN_SIMDISK_H
#define ARBORIST_TESTS_PLAN_SIMDISK_H

#include "arborist/base/port.h"
#include "arborist/btree/view.h"
#include "arborist/plan/commit.h"

#define SIM_DEVS 4

struct sim {
	unsigned	nr;
	uint8_t		*mem[SIM_DEVS];		/* what is on the medium */
	uint64_t	bytes[SIM_DEVS];
	struct blk_journal log;			/* writes and syncs of whoever opened with @record */
	struct workers	*workers;
};

void sim_build(struct sim *s, bool unclean, uint64_t seed);	/* one device made by image_build() */
bool sim_load(struct sim *s, const char *name);			/* a real image; false when it is not there */
void sim_free(struct sim *s);
/* Opens over the memory; with @record writes go to the log as well; @writes_left as in blk_fault_new(), UINT64_MAX: none fails. */
struct devset *sim_open(struct sim *s, bool record, uint64_t writes_left);
struct view *sim_view(struct sim *s, bool record, uint64_t writes_left);
uint64_t sim_hash(const struct sim *s);				/* of all bytes */
/*
 * What a reader sees: roots and all keys of the overlay, key version and clocks. With @planned also those of repairs; without
 * their sequence numbers and versions, which are given when they are written.
 */
uint64_t sim_state(struct sim *s);
uint64_t sim_view_state(const struct view *v);
/*
 * The bytes are those before the log's first record, as the @before images of @c say; plays the power cut after @nr records.
 * Unsynced writes: all kept (seed 0), or each kept, lost or torn by chance.
 */
void sim_rewind(struct sim *s, const struct commit *c, bool to_after);
void sim_cut(struct sim *s, size_t nr, uint64_t seed);

#endif
