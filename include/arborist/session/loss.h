/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a plan loses, down to inodes and paths: what can be read on disk and would not be reached any more, and what other keys say
 * was there. Engine side: only from inside a job.
 */
#ifndef ARBORIST_SESSION_LOSS_H
#define ARBORIST_SESSION_LOSS_H

#include "arborist/base/json.h"
#include "arborist/plan/plan.h"

struct lost_inode {
	uint64_t	inum;
	bool		gone;		/* no key of the inode itself is left */
	uint64_t	versions;	/* else: of it in snapshots that are lost */
	uint64_t	names;		/* directory entries that led to it */
	uint64_t	sectors;	/* of its data */
	uint64_t	xattrs;
	char		*path;		/* as well as it is known; gated; owned */
};
struct lost_range { unsigned btree; struct bpos start, end; };	/* unreadable, and nothing tells what was there */
struct loss_report {
	ARB_ARRAY(struct lost_inode) inodes;	/* ascending */
	ARB_ARRAY(struct lost_range) unknown;
	bool		cut;		/* more than is remembered */
};
struct loss_options {
	bool		(*cancelled)(void *arg);	/* may be NULL */
	void		*arg;
};
/*
 * Compares the view before the plan with the one after it, in the ranges that repairs of the plan touch. ARB_E_CANCELLED when cancelled.
 */
enum arb_code loss_find(struct view *before, struct view *after, const struct plan *p, const struct loss_options *o,
			struct loss_report **ret, struct arb_error *err);
void loss_report_free(struct loss_report *r);
/* A line that counts, then one for each inode (@max of them) and range. */
void loss_report_to_text(struct arb_buf *out, const struct loss_report *r, size_t max);
/* "its inode, 1 name, 16 sectors" */
void lost_inode_to_text(struct arb_buf *out, const struct lost_inode *x);

#endif
