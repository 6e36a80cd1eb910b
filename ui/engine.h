/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the console lets run on the engine thread: jobs that copy the plan out, lay a commit out, write it. They are the only
 * code of ui/ that touches engine data. Tests put their own engine.c in this one's place.
 */
#ifndef ARBORIST_UI_ENGINE_H
#define ARBORIST_UI_ENGINE_H

#include "arborist/session/buckets.h"
#include "arborist/session/session.h"

struct plan_item {		/* one repair, copied */
	uint32_t	id;
	char		*summary;	/* owned */
	const char	*finding_id;	/* static */
	bool		placed;		/* btree, level and pos mean something */
	unsigned	btree, level;
	struct bpos	pos;
	struct loss	loss;
};
struct plan_btree {
	unsigned	btree;
	uint64_t	repairs;
	struct loss	loss;
};
struct plan_copy {
	ARB_ARRAY(struct plan_item) items;
	ARB_ARRAY(struct plan_btree) btrees;	/* those with repairs */
	struct loss	loss;
	char		*usage;		/* usage_to_text(); owned; may be NULL */
	bool		committed;
};
struct plan_copy *plan_copy_new(void);
void plan_copy_free(void *p);
job_fn engine_copy_plan;		/* arg: struct plan_copy; may run while a pass waits */

struct text_job {			/* a text made on the engine side */
	uint32_t	id;		/* of a repair; 0: all */
	struct arb_buf	text;
};
struct text_job *text_job_new(uint32_t id);
void text_job_free(void *p);
job_fn engine_diff;			/* arg: struct text_job */

struct drop_job { uint32_t id; unsigned dropped; };
job_fn engine_drop;			/* arg: struct drop_job */

struct review {				/* what writing would do; nothing is written by making it */
	struct plan_copy *plan;		/* owned */
	enum arb_code	code;		/* why it cannot be written; ARB_OK */
	char		why[600];
	uint64_t	keys, entries, bytes;
	char		*lost;		/* loss_report_to_text(); owned; may be NULL */
	char		*layout;	/* commit_to_text(); owned; may be NULL */
	char		undo_path[4096];	/* "": not known */
	bool		undo_in_memory;	/* it lies on tmpfs or the like */
};
struct review *review_new(void);
void review_free(void *p);
job_fn engine_review;			/* arg: struct review */

job_fn engine_bucket_map;		/* arg: struct bucket_map *, filled in */

struct write_job { struct commit_result result; };
job_fn engine_write;			/* arg: struct write_job */
job_fn engine_undo;			/* arg: ignored */

struct cursor_job { struct cursor cursor; };
struct find_job {
	char		expr[256];
	int		step;			/* 1: the next match, -1: the one before */
	unsigned	btree;			/* from here; then where it was found */
	struct bpos	pos;
	bool		found, wrapped;		/* there was none from there on, but before */
};
job_fn engine_find;			/* arg: struct find_job; leaf keys of the view */

job_fn engine_switch_view;		/* disk or plan: the other one; arg: bool, set when it is the disk now */
job_fn engine_get_cursor, engine_set_cursor;	/* arg: struct cursor_job */

#endif
