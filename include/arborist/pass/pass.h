/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passes: one row each in the registry, run by the scheduler with requests and rewinding (repair-semantics.md 4).
 * A pass decides nothing by itself: every mutation goes through port->decide().
 */
#ifndef ARBORIST_PASS_PASS_H
#define ARBORIST_PASS_PASS_H

#include "arborist/base/port.h"
#include "arborist/finding/finding.h"
#include "arborist/format/fsck_err.h"
#include "arborist/plan/plan.h"

enum gc_phase { GC_PHASE_not_running, GC_PHASE_start, GC_PHASE_sb, GC_PHASE_btree, GC_PHASE_done };
struct gc_pos {
	enum gc_phase	phase;
	unsigned	btree, level;
	struct bpos	pos;
};
void gc_pos_to_text(struct arb_buf *out, const struct gc_pos *p);
int gc_pos_cmp(const struct gc_pos *a, const struct gc_pos *b);

/* What a running pass publishes at every node. */
struct pass_progress {
	const char	*pass;
	struct gc_pos	pos;
	struct bpos	start, end;			/* range of the node at pos (phase btree) */
	uint64_t	nodes_done, nodes_total;	/* total is an estimate; 0: unknown */
	uint64_t	bytes_done, bytes_total;	/* total 0: unknown */
	uint64_t	memory;		/* bytes of tables made for the pass */
};

/* Has the gc come by a position, will it still? Known of check_allocations and gc_gens, which walk in an order. */
enum gc_visit {
	GC_VISIT_NOT_RUNNING,	/* neither of them runs */
	GC_VISIT_DONE, GC_VISIT_NOW /* in the node that is being walked */, GC_VISIT_TO_COME,
	GC_VISIT_NEVER,		/* the pass that runs does not look there */
};
/* @level: of the node that holds the key; root level + 1 for a root's pointer. @p: of a pass that runs. */
enum gc_visit gc_pos_visit(const struct pass_progress *p, unsigned btree, unsigned level, struct bpos pos);
const char *gc_visit_name(enum gc_visit v);	/* "visited already", marked for translation */

/* Where scan_for_btree_nodes looks. */
enum scan_reach {
	SCAN_REACH_AUTO,	/* where the members' bitmaps allow nodes; everywhere when the tree shows that they are wrong */
	SCAN_REACH_WHOLE,	/* everywhere */
	SCAN_REACH_BITMAP,	/* where the bitmaps allow nodes */
	SCAN_REACH_NR,
};
const char *scan_reach_name(enum scan_reach r);		/* "auto", "whole", "bitmap" */

struct pass;
struct pass_port {
	void *arg;
	/* A pass begins; anything but ARB_OK ends it at once. May be NULL. */
	enum arb_code (*begin)(void *arg, const struct pass *p);
	/*
	 * Called for every key a pass looks at, @level that of the node that holds it (a root's pointer: root level + 1). NULL as
	 * long as nobody wants to know; may come and go while a pass runs. ARB_OK, or the pass ends.
	 */
	enum arb_code (*key)(void *arg, unsigned btree, unsigned level, struct bkey_s k);
	enum scan_reach scan_reach;
	/*
	 * What to do about @f. Returns ARB_OK with f->answer set to fix or skip; ARB_E_STOPPED, ARB_E_CANCELLED end the pass.
	 * A finding of kind NOTE or NEED_FSCK is only passed on (answer skip).
	 */
	enum arb_code (*decide)(void *arg, struct finding *f);
	/* Called at every node, and while long work goes on: publishes, paces, serves requests. ARB_E_CANCELLED: stop. */
	enum arb_code (*step)(void *arg, const struct pass_progress *p);
	/* Should the pass end before its next step (a key, where that is said)? May be NULL. */
	bool (*stopping)(void *arg);
	/* One line for log and transcript; gated already. */
	void (*log)(void *arg, const char *line);
	/* After a repair went into the plan ("every mutation as old -> new" with -v). */
	void (*applied)(void *arg, const struct repair *r);
	/* After the answer was carried out: f->fixed is final. Called for every finding that went through decide(); may be NULL. */
	void (*decided)(void *arg, const struct finding *f);
};

struct pass_scope {			/* restriction to one btree or range; whole filesystem by default */
	bool		restricted;
	unsigned	btree;
	struct bpos	start, end;
};

struct pass_run;			/* state kept over all passes of one run: scan results, requests */
struct pass_ctx {
	struct view	*view;
	struct plan	*plan;
	const struct pass_port *port;
	struct pass_scope scope;
	struct pass_run	*run;
	struct pass_progress progress;
	uint64_t	findings, fixed;	/* of this pass in this run */
	uint64_t	left;			/* not fixed: declined, needs something, need_fsck */
	/*
	 * The last question ended its btree, not the pass (struct answer, here). Only check_topology asks such a question (a root that nothing
	 * can make again); a pass that does not look here ends with ARB_E_STOPPED, which is the careful reading.
	 */
	bool		btree_left;
	bool		needs_scan;		/* something was left because the device scan is missing */
	struct arb_error *err;
};

struct pass {
	const char	*name;
	int		id;		/* stable id, -1 for ours without one */
	const char	*what;		/* one line */
	const char	*help;		/* a paragraph */
	const struct rule *at_node;	/* what it does with a node and its keys; NULL: it does not go by nodes */
	enum arb_code (*run)(struct pass_ctx *);
	const char	*needs[5];	/* passes that have to run before it; they stand earlier in the table */
};
/* Passes that arborist has, in the order they run. */
extern const struct pass *const passes[];
extern const size_t passes_nr;
const struct pass *pass_by_name(const char *name);

enum pass_state { PASS_NOT_RUN, PASS_RUNNING, PASS_CLEAN, PASS_FINDINGS, PASS_STOPPED, PASS_FAILED };
const char *pass_state_name(enum pass_state s);
struct pass_status {
	const struct pass *pass;
	enum pass_state	state;
	char		why[160];	/* why it is scheduled; "" when it is not */
	uint64_t	findings, fixed, left;	/* of the last pass_run_all() that ran it */
	uint64_t	runs;
	bool		needs_scan;		/* something was left because the device scan is missing */
	uint64_t	ns_last, ns_total;
};

enum arb_code pass_run_new(struct view *v, struct plan *p, const struct arb_clock *clock, struct pass_run **ret, struct arb_error *err);
void pass_run_free(struct pass_run *r);
/* Schedules; @why is shown by `passes`. */
void pass_run_request(struct pass_run *r, const struct pass *p, const char *why);
/*
 * The same from beside a running pass: @p runs in the same pass_run_all(), over everything. False, and nothing is done, when it is scheduled or
 * running already, or stands before the pass that runs.
 */
bool pass_run_queue(struct pass_run *r, const struct pass *p, const char *why);
/* Does pass_run_all() run? */
bool pass_run_active(const struct pass_run *r);
/* What the superblock and the state of the roots ask for. Passes we do not have are named through @port->log. */
void pass_run_request_required(struct pass_run *r, const struct pass_port *port);
/* Runs everything scheduled, in order, until done, stopped or failed. */
enum arb_code pass_run_all(struct pass_run *r, const struct pass_scope *scope, const struct pass_port *port, struct arb_error *err);
/* What the last scan_for_btree_nodes found; NULL: not scanned. Valid until the next one. */
struct scan;
const struct scan *pass_run_scan(const struct pass_run *r);
/* Says anew of every node found whether it is in the tree and would be used, by the view as it is now. */
enum arb_code pass_run_scan_mark(struct pass_run *r, struct view *v, struct arb_error *err);
const struct pass_status *pass_run_status(const struct pass_run *r, size_t i);	/* i < passes_nr */

/* Helpers of passes. */
/*
 * Decides and, when the answer is fix, applies. *ret_fixed tells. The finding is consumed; NULL (out of memory) is an error.
 * A must-fix finding that is declined, and the answer stop, give ARB_E_STOPPED. What was left alone in this run
 * (same id, site, btree, level, range, part) is not asked again. Of a finding with by_itself a fix only sets *ret_fixed.
 */
enum arb_code pass_decide(struct pass_ctx *c, struct finding *f, bool *ret_fixed);
/* At a node whose range is [@start, @end]; @pos is where the pass counts it. */
enum arb_code pass_step(struct pass_ctx *c, unsigned btree, unsigned level, struct bpos pos, struct bpos start, struct bpos end, uint64_t bytes);
/* The same at a node that has been read, at its first position. */
enum arb_code pass_step_node(struct pass_ctx *c, const struct node *n);
static inline enum arb_code pass_key(struct pass_ctx *c, unsigned btree, unsigned level, struct bkey_s k)
{
	return c->port->key ? c->port->key(c->port->arg, btree, level, k) : ARB_OK;
}

#endif
