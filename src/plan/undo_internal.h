/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The undo file: a line of text, then zstd frames, each one record with an XXH64 of its content behind it. A head, one record per
 * stretch in the order of writing, an end with their number and the hash over all hashes. Numbers are little endian.
 */
#ifndef SRC_PLAN_UNDO_INTERNAL_H
#define SRC_PLAN_UNDO_INTERNAL_H

#include "internal.h"

#define UNDO_MAGIC		"arborist undo 1\n"	/* 16 bytes */
#define UNDO_MAGIC_BYTES	16
#define UNDO_RECORD_MAX		(80u << 20)		/* two images of the largest superblock, and some */
#define UNDO_TOTAL_MAX		(1ull << 30)		/* of all records, uncompressed */

#define UNDO_STEPS_MAX		100

enum undo_record { UNDO_HEAD = 1, UNDO_STRETCH, UNDO_END };

struct undo {
	uint8_t		uuid[16];
	uint64_t	old_sb_seq, new_sb_seq, first_seq;
	unsigned	nr_steps;
	char		*device[SB_MEMBERS_MAX];	/* owned; NULL: not written */
	ARB_ARRAY(struct commit_write) writes;		/* before, after and what owned */
	uint64_t	bytes;
};

#endif
