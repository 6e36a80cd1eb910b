/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of this room share. Who owns what stands as a heading over the fields.
 */
#ifndef ARBORIST_SRC_SESSION_INTERNAL_H
#define ARBORIST_SRC_SESSION_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <urcu/wfcqueue.h>
#include "arborist/session/stepping.h"
#include "recording.h"

struct job {
	uint64_t	id;
	job_fn		*fn;
	void		*arg;
	void		(*free_arg)(void *);
	unsigned	flags;
	struct session_message *done;	/* made when the job was posted, so that its end can always be told */
	struct job	*next;
};

/* A finding as it is remembered. */
struct found {
	struct finding	*f;		/* a copy; owned */
	size_t		pass;		/* index into passes[], or passes_nr */
	bool		superseded, written, requested;
	struct loss	loss;		/* of its repair, for when that is not taken */
	char		*changes;	/* what that would have changed, in lines; owned; NULL: nothing, or too many findings */
};

struct preset {				/* an answer given before its question came */
	uint32_t	serial;
	struct answer	answer;
};

struct transcript {
	FILE		*file;		/* opened with the first line that is worth it */
	char		*path;		/* owned; NULL: none */
	bool		explicit_path, failed;
};

struct pace {				/* how fast steps may follow one another */
	uint64_t	next_ns, last_node;
};

struct history {
	ARB_ARRAY(struct cursor) list;
	size_t		at;		/* index of the current one, when list.nr > 0 */
	struct cursor	cursor;
	struct cursor	marks[26];
};

/* Where passes stop, and how far they are to go; engine side. */
struct stepping {
	enum step_mode	mode;
	struct gc_pos	from;		/* of STEP_FINISH: where it was asked for */
	const char	*from_pass;
	bool		end_wanted;	/* STEP_END */
	const struct pass *pass;	/* that runs */
	struct stop_event stop;		/* what is STOP_NONE: not stopped */
	unsigned	stop_breakpoint;
};

/* The thread that passes run on while they can be stopped; runner.c. */
enum runner_state { RUNNER_NONE, RUNNER_RUNS, RUNNER_STOPPED, RUNNER_ENDED };
struct runner {
	/* Of the engine while the state is NONE, STOPPED or ENDED, of the passes while it is RUNS */
	pthread_t	thread;
	char		**specs;	/* owned */
	unsigned	nr_specs;
	enum arb_code	code;
	struct arb_error err;
	/* Under lock */
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	enum runner_state state;
};

struct published;			/*
 * requested.c: keys of a plan that the journal had no room for, and that the next mount was asked to write. What a re-check finds of
 * them again is no new finding.
 */
void requested_note(struct session *s, struct overlay *left);	/* takes @left; NULL: nothing */
bool requested_before(const struct session *s, const struct finding *f);
void requested_forget(struct session *s);
/* Does the superblock ask the next mount for it, from an earlier commit or by another hand? */
bool requested_by_super(const struct session *s, const struct finding *f);

/* state.c */

struct session {
	/* Immutable after session_start() */
	struct session_options o;
	char		**paths;	/* owned copies behind o.paths */
	pthread_t	engine;
	int		wake_fd;	/* engine sleeps on it */
	int		message_fd;	/* front end sleeps on it */
	struct session_message *opening; /* by which the front end, which waits for nothing else, hears how opening ended; until then */

	/* Messages: any thread puts, one takes at a time */
	struct cds_wfcq_head message_head;
	struct cds_wfcq_tail message_tail;
	atomic_size_t	message_bytes;	/* of output waiting to be taken */

	/* Under lock */
	pthread_mutex_t	lock;
	struct job	*jobs, **jobs_tail;
	uint64_t	next_id;
	uint64_t	question_id;	/* 0: none waits */
	uint32_t	question_serial;
	bool		answered;
	struct answer	answer;
	ARB_ARRAY(struct preset) presets;

	/* Atomic */
	atomic_bool	ending, interrupted, quit;
	atomic_bool	stopped;	/* passes stand at a stop */
	atomic_uint	outstanding;	/* jobs posted and not done */
	_Atomic(uint64_t) settings[SETTING_NR];
	struct published *published;	/* RCU */
	_Atomic(char *)	undo_shown;	/* of the last commit that was begun; those before it stay allocated in old_undo */
	_Atomic(char *)	transcript_shown; /* set once by the engine, then immutable */

	/* Engine only */
	struct arb_buf	events;		/* gathered by session_event() */
	uint64_t	events_ns;	/* when they were handed on last */
	struct workers	*workers;
	struct view	*view;
	struct view	*disk;		/* a copy of it with overlay and roots as before any repair; owns nothing of them */
	struct plan	*plan;
	struct pass_run	*passes;
	struct policy	*policy;
	struct pass_port port;
	struct pace	pace;
	struct recording recording;
	struct replay	*replay;	/* NULL: nothing is replayed */
	session_answer_fn *answerer;	/* NULL: none */
	void		*answerer_arg;
	void		*kept;		/* of a higher room */
	void		(*free_kept)(void *);
	ARB_ARRAY(struct found) findings;
	uint64_t	*count_by_row;	/* per row of the catalogue: raised so far */
	uint64_t	*shown_by_row;	/* the same, without what was found again */
	uint32_t	serial;
	const struct finding *waiting;
	struct pass_status *seen_status;/* as last told, one per pass */
	ARB_ARRAY(char *) ran;		/* specs of this session, for the re-check */
	struct transcript transcript;
	struct history	history;
	unsigned	depth;		/* jobs inside jobs */
	struct job	*current;
	bool		busy, rechecking, written, recheck_clean;
	unsigned	commits;
	struct overlay	*left;		/* see requested.c; NULL: nothing */
	ARB_ARRAY(struct breakpoint) breaks;
	unsigned	last_break;	/* number given last */
	struct stepping	stepping;
	bool		cut_short;	/* the last passes were ended by STEP_END: who knows what they would have found */
	struct runner	runner;
	struct pass_scope scope;	/* of the passes that run now */
	ARB_ARRAY(char *) old_undo;	/* what undo_shown was before */
	char		*undo_path;	/* of the last commit */
	struct loss_report *loss;	/* of the plan as it was at loss_changes and loss_repairs */
	uint64_t	loss_changes;
	size_t		loss_repairs;
	char		*next_undo;	/* of the next one, once it was asked for */
	struct pass_progress progress;
	uint64_t	pass_started_ns, last_publish_ns, publish_cost_ns, rate_ns, rate_nodes, rate_bytes, runs;
	double		nodes_per_s, bytes_per_s;
	struct { const char *what; uint64_t nodes_done, nodes_total; } look;
};

/* message.c */
enum arb_code messages_init(struct session *s, struct arb_error *err);
void messages_destroy(struct session *s);
struct session_message *message_new(enum session_message_kind kind);	/* NULL: no memory */
void message_put(struct session *s, struct session_message *m);
/* session.c: how opening ended; takes no memory but for the text. */
void opening_tell(struct session *s, enum session_message_kind kind, enum arb_code code, const char *text);
void message_text(struct session *s, enum session_message_kind kind, uint64_t id, const char *text);
void fd_wake(int fd);
void fd_drain(int fd);
/* Until something is written to @fd or @ns have passed (UINT64_MAX: for ever). */
void fd_wait(int fd, uint64_t ns);

/* job.c */
struct job *job_take(struct session *s, bool browse_only);
void job_free(struct job *j);
void job_run(struct session *s, struct job *j);
void jobs_serve_browsing(struct session *s);

/* open.c */
enum arb_code engine_open(struct session *s, struct arb_error *err);
/* View, plan and passes anew over the same devices, read past the page cache. */
enum arb_code engine_reopen(struct session *s, struct arb_error *err);
void engine_close(struct session *s);

/* port.c */
void port_init(struct session *s);
void passes_watch(struct session *s);		/* tells of passes that began or ended */
void passes_forget(struct session *s);
void session_log(struct session *s, const char *line);

/* breakpoint.c */
const struct breakpoint *breaks_match(struct session *s, const struct stop_event *e);	/* counts the hits; NULL: none */
bool breaks_want_keys(const struct session *s);
bool mutation_touches(const struct breakpoint *b, const struct mutation *m);

/* stepping.c: what passes come by. ARB_OK: go on. */
enum arb_code stepping_begin(struct session *s, const struct pass *p);
enum arb_code stepping_node(struct session *s, const struct pass_progress *p);
enum arb_code stepping_key(struct session *s, unsigned btree, unsigned level, struct bkey_s k);
enum arb_code stepping_finding(struct session *s, const struct finding *f);
void stepping_mutation(struct session *s, const struct repair *r);
void stop_notice(const struct session *s, struct stop_notice *ret);
void stepping_changed(struct session *s);	/* a breakpoint came or went */
/* How far a pass shall go from here, and with STEP_FINISH from where. */
void stepping_ask(struct session *s, const struct stepping *asked);
enum arb_code stepping_go_on(struct session *s);	/* stopped, cancelled, or ARB_OK */

/* run.c: for the re-check */
enum arb_code session_remember_spec(struct session *s, const char *spec, struct arb_error *err);

/* runner.c */
void runner_init(struct session *s);
void runner_destroy(struct session *s);
/* On the thread of the passes: the engine has the word until it gives it back. False: there is no such thread, nothing stops. */
bool runner_stop(struct session *s);
/* On the engine: passes that are stopped and are not wanted any more (^C, the end) come to their end. */
void runner_unwind(struct session *s);

/* findings.c */
struct found *findings_add(struct session *s, const struct finding *f);
void findings_fixed(struct session *s, uint32_t serial);
void findings_supersede(struct session *s, size_t pass, const struct pass_scope *scope);
void findings_written(struct session *s);
void findings_undone(struct session *s);
struct finding_totals { uint64_t found, planned, left, written, requested, of_mount; };
struct finding_totals findings_totals(const struct session *s);
void findings_free(struct session *s);

/* state.c */
void state_publish(struct session *s, bool now);
void state_begin_pass(struct session *s);
void state_free(struct session *s);
/* Once in every thread that looks; again is harmless. */
void state_reader_register(void);

/* settings.c */
void settings_init(struct session *s);

/* transcript.c */
enum arb_code transcript_init(struct session *s, struct arb_error *err);
void transcript_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void transcript_text(struct session *s, const char *prefix, const char *text);
void transcript_finding(struct session *s, const struct finding *f);
void transcript_close(struct session *s);

/* loss_file.c: beside the transcript, before anything is written; @ret gets the name */
enum arb_code loss_save(struct session *s, char *ret, size_t n, struct arb_error *err);

/* files.c */
/* UTC: "2026-01-31T13:59:00Z", or "20260131-135900" for file names. */
void time_stamp(struct arb_buf *out, uint64_t ns, bool for_name);

#endif
