/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stopping a pass and going on step by step, as gdb does with a program. A pass that was begun with session_run_begin()
 * runs on a thread of its own, and never at the same time as the engine thread: one of the two waits for the other. While
 * it is stopped the engine serves jobs that look, and the pass holds no lock, no read section and no half-made change.
 */
#ifndef ARBORIST_SESSION_STEPPING_H
#define ARBORIST_SESSION_STEPPING_H

#include "arborist/session/session.h"

/* Where a pass can be stopped. */
enum stop_what {
	STOP_NONE,
	STOP_PASS,		/* a pass begins */
	STOP_NODE,		/* it comes to a node */
	STOP_KEY,		/* it looks at a key */
	STOP_FINDING,		/* a finding is going to be decided: the question is next */
	STOP_MUTATION,		/* a repair has just gone into the plan */
};
const char *stop_what_name(enum stop_what w);		/* "pass", "node", "key", "finding", "mutation", "none" */

/* What happens at such a place. Pointers hold as long as the pass stands there. */
struct stop_event {
	enum stop_what	what;
	const struct pass *pass;
	bool		has_place;
	unsigned	btree, level;		/* of the node, or of the node that holds the key */
	struct bpos	start, end;		/* range of the node, key, finding or repair */
	struct bpos	pos;			/* where the cursor belongs */
	struct bkey_s	key;			/* STOP_KEY */
	const struct finding *finding;		/* STOP_FINDING */
	const struct repair *repair;		/* STOP_MUTATION */
};

/* --- breakpoints -------------------------------------------------------------------------------------------------- */
struct breakpoint;
struct break_kind {
	const char	*name;			/* "pass", "finding", "btree", "bucket", "mutation", "watch" ... */
	const char	*args, *help;		/* for help and the manual */
	/* Does @b match what happens? */
	bool		(*match)(const struct breakpoint *b, const struct stop_event *e, const struct fs_geometry *geo);
};
extern const struct break_kind break_kinds[];
extern const size_t break_kinds_nr;

struct breakpoint {
	unsigned	id;			/* 1, 2 ...; never used twice in a session */
	const struct break_kind *kind;
	char		*spec;			/* as it is listed; owned */
	uint64_t	hits;
	const struct pass *pass;		/* kind "pass"; NULL: any */
	const struct finding_row *finding;	/* kind "finding"; NULL: any */
	unsigned	btree;			/* kinds "btree" and "watch" */
	bool		whole;			/* no position was given */
	struct bpos	start, end;
	unsigned	dev;			/* kind "bucket" */
	uint64_t	bucket;
};
/*
 * Reads "PASS", "FINDING", "BTREE[:POS[..POS]]", "mutation" ... in one word, "bucket DEV:N" in two. ARB_E_BAD_ARGUMENT, with
 * what was expected; ARB_E_NOMEM. On success breakpoint_clear() it, or hand it to breakpoint_add().
 */
enum arb_code breakpoint_parse(const char *const *words, unsigned nr, struct breakpoint *ret, struct arb_error *err);
/* "BTREE:POS": a key, or the pointers to the nodes that hold the position. */
enum arb_code breakpoint_parse_watch(const char *word, struct breakpoint *ret, struct arb_error *err);
void breakpoint_clear(struct breakpoint *b);
/* Does a value, or the place, of @k have to do with the bucket? @level: of the node that holds @k. */
bool key_touches_bucket(const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k, unsigned dev, uint64_t bucket);

/* Engine side, from inside a job. Takes @b over; returns its number, 0: no memory. */
unsigned session_break(struct session *s, struct breakpoint *b);
bool session_break_delete(struct session *s, unsigned id);	/* 0: all; false: there is no such one */
size_t session_breaks_nr(struct session *s);
const struct breakpoint *session_break_at(struct session *s, size_t i);

/* --- running and going on -------------------------------------------------------------------------------------------- */
/*
 * As session_run_passes(), but comes back with ARB_OK when the passes stop on the way (session_stop() tells), too.
 * ARB_E_REFUSED while passes are stopped already.
 */
enum arb_code session_run_begin(struct session *s, const char *const *specs, unsigned nr, struct arb_error *err);
enum step_mode {
	STEP_CONTINUE,		/* to the next breakpoint */
	STEP_STEP,		/* to the next decision or mutation */
	STEP_NEXT,		/* to the next node */
	STEP_FINISH,		/* until this level of this btree is done */
	STEP_END,		/* no further: the passes end as stopped */
};
/*
 * From inside a job. Stopped: goes on and comes back at the next stop or with what the passes ended with (STEP_END: ARB_OK when
 * they ended as stopped). Running (the job is one that looks): the mode holds from now on. ARB_E_REFUSED when nothing runs.
 */
enum arb_code session_resume(struct session *s, enum step_mode mode, struct arb_error *err);
/* Where the pass is stopped, and by which breakpoint (0: by a step); NULL: it is not. Engine side. */
const struct stop_event *session_stop(struct session *s, unsigned *ret_breakpoint);
/* Lines about a stop: why, what, the rule in force, what changed. */
void stop_to_text(struct arb_buf *out, struct session *s, const struct stop_event *e, unsigned breakpoint);

#endif
