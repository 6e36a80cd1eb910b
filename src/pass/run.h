/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept over the passes of one run; private to the room. */
#ifndef ARBORIST_SRC_PASS_RUN_H
#define ARBORIST_SRC_PASS_RUN_H

#include "arborist/base/array.h"
#include "arborist/btree/scan.h"
#include "arborist/btree/node.h"
#include "arborist/pass/pass.h"
#include "cookie_set.h"
#include "counters.h"

#define PASSES_MAX	41		/* as many as there are rows in the kernel's table */
#define PASS_REWINDS_MAX 1		/* to one pass in one run: a second identical request is not followed */

/* A finding that was left alone: the same object found again in this run is neither asked nor counted again. */
struct pass_memo {
	const struct finding_row *row;
	const char	*site;
	unsigned	btree, level;
	struct bpos	pos, end;
	uint32_t	part;
};

/* Findings of a kind that follow from an older version. */
struct expected { const struct finding_row *row; uint64_t nr; };

struct pass_run {
	struct view	*view;
	struct plan	*plan;
	struct arb_clock clock;
	struct pass_status status[PASSES_MAX];
	bool		requested[PASSES_MAX];
	bool		whole[PASSES_MAX];	/* over everything, whatever the others are restricted to */
	unsigned	rewinds[PASSES_MAX];
	size_t		current;	/* index of the pass that runs; passes_nr: none */
	size_t		rewind_to;	/* earliest pass asked for from inside a run; passes_nr: none */
	ARB_ARRAY(struct pass_memo) memo;
	struct cookie_set memo_hash;	/* of each of them: what is not in it is not remembered */
	ARB_ARRAY(struct expected) expected;	/* in the pass that runs */
	bool		journal_reported, superblocks_reported;	/* in this run */
	struct scan	*scan;		/* of the last scan_for_btree_nodes; NULL: not scanned; owned */
	struct counters	counters;	/* of accounting_read, and of the allocation gc beside them */
	uint64_t	roots_asked;	/* bit per btree: its root error was accepted in this run */
	uint64_t	roots_given_up;	/* bit per btree: the root can be read, but is to be rebuilt without it */
	ARB_ARRAY(struct bpos_range) older_inodes;	/* where inodes come from older nodes than the tree had */
	struct cookie_set given_up;	/* nodes that were dropped by choice: the scan does not put them back */
};

/* Index into passes[]; passes_nr when @p is not one of them. */
size_t pass_index(const struct pass *p);
/* From inside a pass: runs @p (before this pass when it stands earlier), then this pass again. False: the bound is reached. */
bool pass_run_can_rewind(const struct pass_run *r, const struct pass *p);
bool pass_run_rewind(struct pass_run *r, const struct pass *p, const char *why);

/* Findings about the journal, once in a run. They stand before anything that was decided on what the journal says. */
enum arb_code pass_report_journal(struct pass_ctx *c);
/* Likewise about copies of superblocks. */
enum arb_code pass_report_superblocks(struct pass_ctx *c);

#endif
