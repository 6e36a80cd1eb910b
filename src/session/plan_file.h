/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of a saved plan: records (io/record.h), a head, the passes that ran, the findings of the plan, its repairs in their
 * order. Private to plan_save.c, plan_read.c and plan_load.c.
 */
#ifndef ARBORIST_SRC_SESSION_PLAN_FILE_H
#define ARBORIST_SRC_SESSION_PLAN_FILE_H

#include "arborist/io/record.h"
#include "internal.h"

#define PLAN_FILE_MAGIC		"arborist plan 1\n"
#define PLAN_FILE_TOTAL_MAX	(512ull << 20)
#define PLAN_FILE_MUTATIONS_MAX	(2u << 20)
#define PLAN_FILE_FINDINGS_MAX	(1u << 20)

enum plan_record { PLAN_RECORD_HEAD = 1, PLAN_RECORD_RAN, PLAN_RECORD_FINDING, PLAN_RECORD_REPAIR };

struct loading {
	struct session	*s;
	struct record_file *f;
	ARB_ARRAY(struct finding *) findings;	/* owned until they are the session's */
	ARB_ARRAY(size_t) pass;			/* of each */
	ARB_ARRAY(struct repair *) repairs;	/* owned until they are the plan's; .old of mutations is what was saved */
	ARB_ARRAY(char *) ran;
	uint32_t	nr_findings, nr_repairs;
	uint64_t	mutations;
	bool		have_head;
	struct arb_error *err;
};
/* Everything in the file, in the order of its records. */
enum arb_code plan_read_file(struct loading *l);
/* Would the kernel take such a key there? */
bool plan_key_valid(const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k);

#endif
