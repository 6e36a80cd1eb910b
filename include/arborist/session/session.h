/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The open filesystem as a person sees it. One engine thread owns view, plan and passes; front ends are guests at a
 * port: they post jobs, get messages, give answers and look at a published state. No front end touches the engine's data
 * except from inside a job.
 */
#ifndef ARBORIST_SESSION_SESSION_H
#define ARBORIST_SESSION_SESSION_H

#include "arborist/base/port.h"
#include "arborist/pass/pass.h"
#include "arborist/plan/commit.h"
#include "arborist/session/settings.h"

struct session;

struct lesson_run;
struct session_options {
	const char *const *paths;
	unsigned	nr_paths;
	bool		degraded;
	enum policy_mode mode;
	const char	*policy_file;		/* NULL: none; or "ID=yes,PASS:ID=no" */
	const char	*policy_words;		/* the same, before the file; NULL: none */
	const char	*undo_path;		/* NULL: chosen in the state folder at commit */
	const char	*transcript_path;	/* NULL: in the state folder; "" : none */
	struct setting_values settings;
	const char	*record_path, *replay_path;	/* NULL: none */
	/* A replay gives a line again that came while a pass ran, on the thread of the pass; NULL: such lines are left out. */
	void		(*line_during)(struct session *s, const char *line);
	unsigned	threads;		/* 0: one per processor */
	size_t		cache_bytes;
	struct arb_clock clock;			/* zero: system */
	bool		has_seed;
	uint64_t	seed;
	struct lesson_run *lesson;		/* that the reader is in; borrowed; NULL: none */
	struct blk	**blks;			/* instead of paths: already open (demo, tests); taken over */
	unsigned	nr_blks;
};

/* Starts the engine thread; it opens the devices. The first message is SESSION_OPENED or SESSION_FAILED. */
enum arb_code session_start(const struct session_options *o, struct session **ret, struct arb_error *err);
/* Ends what is running at its next step, joins the engine, closes transcript and devices. */
void session_end(struct session *s);

/* --- messages: queued, never dropped ------------------------------------------------------------------------ */
enum session_message_kind {
	SESSION_OPENED, SESSION_FAILED,		/* .text: one line */
	SESSION_LOG,				/* .text: one line for the log pane */
	SESSION_FINDING,			/* .finding: decided already (answer is set) */
	SESSION_QUESTION,			/* .finding: waits for session_answer(id) */
	SESSION_PASS,				/* .pass_status: a pass began or ended */
	SESSION_OUTPUT,				/* .text: one or more lines of output of job .id */
	SESSION_JOB_DONE,			/* .id, .code, .text (error line when code is not ARB_OK) */
	SESSION_ROWS,				/* .rows: answer to session_browse() */
	SESSION_COMMIT,				/* .text: progress line; .done, .total bytes */
	SESSION_STOP,				/* .stop, .text: lines; .finding: that is going to be decided, or NULL */
	SESSION_EVENT,				/* .text: JSON objects, one a line, for --json (session_event()) */
};
/* A stop as front ends see it. */
struct stop_notice {
	unsigned	breakpoint;		/* 0: by a step */
	const char	*what;			/* "pass", "node", "key", "finding", "mutation" */
	const char	*pass;
	bool		has_place;
	unsigned	btree, level;
	struct bpos	pos;
	const struct rule *rule;		/* in force; NULL: none */
};
struct tree_rows;
struct session_message {
	enum session_message_kind kind;
	uint64_t	id;			/* of the job or question */
	enum arb_code	code;
	char		*text;			/* gated; owned by the message */
	struct finding	*finding;		/* a copy of what is shown; owned by the message; no .repair but .fix text */
	struct pass_status pass_status;
	struct pass_progress progress;		/* of that pass: where it stood when its state changed */
	struct stop_notice stop;
	struct tree_rows *rows;			/* owned by the message; may be taken (set to NULL) */
	uint64_t	done, total;
	struct session_message *next;
};
/* Becomes readable when there is a message; for poll(). */
int session_fd(struct session *s);
/* Next message or NULL; @wait_ms < 0 waits for ever, but a signal gives NULL. Free with session_message_free(). */
struct session_message *session_next(struct session *s, int wait_ms);
void session_message_free(struct session_message *m);
/* Answers the question that waits; an id that no longer waits is ignored. End of input and a closed terminal are
 * { ANSWER_STOP, .source = ANSWER_BY_DEFAULT }: the pass is cancelled. A person's ANSWER_STOP stops the pass. */
void session_answer(struct session *s, uint64_t id, struct answer a);
/* The waiting question by the number of its finding (0: whichever waits); a later finding's answer is kept until it comes. */
enum arb_code session_answer_serial(struct session *s, uint32_t serial, struct answer a, struct arb_error *err);
/* ^C: the running job ends at its next step with ARB_E_CANCELLED; nothing happens when no job is posted. Async-signal-safe. */
void session_interrupt(struct session *s);

/* --- jobs ----------------------------------------------------------------------------------------------------- */
struct job;
typedef enum arb_code job_fn(struct session *s, struct job *j, void *arg, struct arb_error *err);
enum job_flags {
	JOB_BROWSE = 1,		/* only looks: may run between two nodes of a running pass and while a question waits */
	JOB_STOPPED = 2,	/* may run while passes are stopped although it does more than look (a script) */
};
/* Queues; @fn runs on the engine thread; @free_arg (may be NULL) afterwards, always. Returns the id that messages carry, 0: no memory. */
uint64_t session_post(struct session *s, job_fn *fn, void *arg, void (*free_arg)(void *), unsigned flags);
/* From inside a job: lines of output (text may hold several; gated by the caller's to_text or here). */
void job_output(struct session *s, struct job *j, const char *text);
/*
 * From inside a job: one JSON object, to be handed on in a SESSION_EVENT message with others that follow it at once; now by
 * session_events_flush(), and before any other message. Waits, as job_output() does, while much is waiting to be taken.
 */
void session_event(struct session *s, const char *object);
void session_events_flush(struct session *s);
/* One line for the log that is a complaint about what was met on the way. */
void session_complain(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* From inside a long job: true once it should end with ARB_E_CANCELLED. */
bool session_cancelled(struct session *s);
/* Jobs inside jobs: 1 when nothing else is under way. */
unsigned session_job_depth(struct session *s);
/* Is a pass under way that was asked for (not the re-check of a commit)? */
bool session_in_a_pass(struct session *s);

/* --- engine side: only from inside a job ------------------------------------------------------------------------ */
/* What is looked at: the planned view, or that on disk (session_show_disk()); nothing is repaired or written through it. */
struct view *session_view(struct session *s);
struct view *session_planned_view(struct session *s);
struct view *session_disk_view(struct session *s);	/* without the repairs of the plan; valid until a commit or undo */
void session_show_disk(struct session *s, bool disk);
bool session_shows_disk(struct session *s);
struct plan *session_plan(struct session *s);
struct pass_run *session_passes(struct session *s);
struct policy *session_policy(struct session *s);
const struct session_options *session_opts(struct session *s);
/*
 * Runs the named passes ("check_topology", "check_topology:extents", "check_topology:extents:0:0:0..4097"). None named: what the
 * superblock asks for, check_topology and check_allocations, as far as arborist has them.
 */
enum arb_code session_run_passes(struct session *s, const char *const *specs, unsigned nr, struct arb_error *err);
/* Findings so far, in order. */
size_t session_findings_nr(struct session *s);
const struct finding *session_finding(struct session *s, size_t i);
/*
 * Found again by a later run of the same pass, or written: no longer counted as left. Requested: follows from what was written, and the next mount
 * of the kernel was asked to write it; until then the error is there.
 */
enum finding_fate { FATE_LEFT, FATE_PLANNED, FATE_WRITTEN, FATE_SUPERSEDED, FATE_NOTE, FATE_REQUESTED };
enum finding_fate session_finding_fate(struct session *s, size_t i);
/* What the repair of a finding that was not fixed would have changed, in lines, and lost; NULL: not known. */
const char *session_finding_changes(struct session *s, uint32_t serial, struct loss *ret);
const char *finding_fate_name(enum finding_fate f);
/* The finding whose question waits, or NULL. */
const struct finding *session_waiting(struct session *s);
/* Takes a repair of the plan back; the findings it came from count as left again. */
enum arb_code session_drop(struct session *s, uint32_t repair_id, unsigned *ret_dropped, struct arb_error *err);
/*
 * The plan with its findings into a new file, and back into a session whose plan is empty. ARB_E_REFUSED: of another filesystem, or nothing
 * to save; ARB_E_CHANGED: the filesystem has been used since; ARB_E_CONTENT: damaged. Then nothing has changed.
 */
enum arb_code session_plan_save(struct session *s, const char *path, struct arb_error *err);
enum arb_code session_plan_load(struct session *s, const char *path, struct arb_error *err);
/* Commit with undo record, transcript, re-open past the page cache and re-check (the same passes again). */
struct commit_result { uint64_t keys, entries, bytes; char undo_path[4096], loss_path[4096] /* "": nothing is lost, or no transcript */; uint64_t recheck_findings, recheck_left, requested; bool recheck_clean; };
enum arb_code session_commit(struct session *s, struct commit_result *ret, struct arb_error *err);
/* What the plan as it is now loses, down to inodes; the session's, valid until the plan changes. */
struct loss_report;
enum arb_code session_loss(struct session *s, const struct loss_report **ret, struct arb_error *err);
/* Where the next commit will put its undo record; NULL: no memory. Valid until then. */
const char *session_undo_path(struct session *s, struct arb_error *err);
/* Commits of this session that wrote something, those put back since included. */
unsigned session_commits(struct session *s);
/* Puts back what the last commit of this session wrote. */
enum arb_code session_undo(struct session *s, struct arb_error *err);
/* fsck(8) bits 1 and 4 by what was found, committed and left so far; 8 and 32 are the front end's to add. */
int session_exit_status(struct session *s);
const char *session_transcript_path(struct session *s);	/* NULL when none; any thread */
/* The undo file of the last commit that was begun, NULL when none was. Async-signal-safe; any thread. */
const char *session_undo_written(struct session *s);
/* One line into the transcript (commands typed, for instance). */
void session_note(struct session *s, const char *line);

/* --- navigation cursor (engine side) ---------------------------------------------------------------------------- */
struct cursor {
	bool		valid;
	unsigned	btree, level;
	struct bpos	pos;
};
struct cursor *session_cursor(struct session *s);
void session_cursor_go(struct session *s, struct cursor c);	/* with history */
bool session_cursor_back(struct session *s);
bool session_cursor_forward(struct session *s);
struct cursor *session_mark(struct session *s, char letter);	/* 'a' to 'z'; NULL for others */
/* The person wants to leave; any thread. */
void session_want_quit(struct session *s);
bool session_quit_wanted(struct session *s);
void session_stay(struct session *s);				/* they thought better of it */
/* $XDG_STATE_HOME/arborist or ~/.local/state/arborist, made if need be. Any thread. */
enum arb_code session_state_folder(struct arb_buf *ret, struct arb_error *err);
/* Does the folder of @path lie in memory, to vanish with the power? Any thread. */
bool session_path_in_memory(const char *path);
/* Any thread; @value as setting_parse() gave it. */
uint64_t session_setting(struct session *s, enum setting which);
void session_set(struct session *s, enum setting which, uint64_t value);
/* SETTING_CLEAN, on the engine thread: the filesystem is opened anew. ARB_E_REFUSED while the plan holds repairs. */
enum arb_code session_trust_clean(struct session *s, bool trust, struct arb_error *err);
/* One thing that a higher room keeps with the session; freed by the engine when it ends. Engine side. */
void session_keep(struct session *s, void *thing, void (*free_thing)(void *));
void *session_kept(struct session *s);
/*
 * The record of the session: @kind "command" or "check", @text what was given. Engine side, around what it does; false when it
 * is part of something recorded already. session_record_to() writes it from the beginning of the session on.
 */
bool session_record_begin(struct session *s, const char *kind, const char *text);
void session_record_end(struct session *s, bool begun, enum arb_code code);
/* A line given while something else ran, which changes what a pass does from here on. Engine side. */
void session_record_during(struct session *s, const char *text);
/* What failed in a batch so far, as bits of its exit status: a replay ends with them, too. Engine side. */
void session_record_status(struct session *s, unsigned bits);
enum arb_code session_record_to(struct session *s, const char *path, struct arb_error *err);
/*
 * A session with replay_path: the next command line, or the passes of a check; NULL at the end. The front end runs it, and says
 * how it ended (@looks: that does not matter). session_replay_trouble(): where it went another way than the record, or NULL.
 * Only while no job runs.
 */
const char *session_replay_next(struct session *s, bool *ret_check);
void session_replay_ended(struct session *s, enum arb_code code, bool looks);
const char *session_replay_trouble(struct session *s);
unsigned session_replay_status(struct session *s);	/* as session_record_status() said */
/*
 * Who answers before the person is asked: true when it did. A default stop cancels the pass. Called on the engine thread,
 * while a pass stands: it may look, nothing more. NULL: nobody. Engine side.
 */
typedef bool session_answer_fn(void *arg, const struct finding *f, struct answer *ret);
void session_set_answerer(struct session *s, session_answer_fn *fn, void *arg);

/* --- sampled state: published by the engine, any thread may look --------------------------------------------------- */
struct session_state {
	/* Immutable once published */
	bool		open, busy, question_waits, read_only;
	bool		stopped;		/* a pass stands at .stop; busy as well */
	struct stop_notice stop;
	struct pass_progress progress;
	enum pass_state	pass_state;
	uint64_t	started_ns, now_ns;	/* monotonic: of the pass; of this sample */
	double		nodes_per_s, bytes_per_s;
	uint64_t	eta_s;			/* estimate; 0 unknown */
	uint64_t	findings, fixed, left;	/* without what was found again; fixed: in the plan or written */
	uint64_t	requested;		/* of those left: asked of the next mount */
	uint64_t	of_mount;		/* of those not written: of a kind that the superblock asks the next mount for */
	uint64_t	mount_passes;		/* that the superblock asks for: a bit per stable number */
	uint64_t	written;
	int		exit_status;		/* session_exit_status() */
	struct { const char *id; uint64_t nr; } by_id[16];	/* most frequent first; id NULL ends */
	uint64_t	cache_bytes, repairs, runs;
	bool		plan_saved;		/* committed */
	bool		shows_disk;		/* the views show the filesystem without the plan */
	/* A long look around that is no pass: "bucket", "buckets"; what NULL: none */
	struct { const char *what; uint64_t nodes_done, nodes_total; } look;
};
/* Copy of the latest state; cheap (RCU read section inside; the caller's thread is registered on first use). */
void session_state(struct session *s, struct session_state *ret);

/* --- browsing: rows of the tree, made by the engine on request -------------------------------------------------------- */
enum tree_row_kind { ROW_BTREE, ROW_NODE, ROW_KEY, ROW_GAP, ROW_OVERLAP, ROW_NOTE };
enum tree_mark { MARK_NONE = 0, MARK_DAMAGED = 1 /* ! */, MARK_CHANGED = 2 /* * */, MARK_ADDED = 4 /* + */, MARK_UNREADABLE = 8 /* ~ */, MARK_UNREAD = 16 /* not looked at yet */ };
struct tree_row {
	enum tree_row_kind kind;
	unsigned	btree, level;		/* node: its own level; key: level of the node that holds it */
	struct bpos	start, end;		/* range, or position of a key */
	unsigned	marks;
	bool		has_children;
	struct bkey_buf	*key;			/* pointer of a node, the key of a key row; NULL otherwise; owned */
	uint64_t	seq;			/* cookie of a node */
	size_t		nr_keys;		/* of a node that has been read */
	char		*text;			/* what to show after the range; gated; owned */
};
struct tree_rows {
	uint64_t	request;		/* id of the browse job */
	ARB_ARRAY(struct tree_row) rows;
	struct fs_geometry *geo;		/* of the btrees: what devices and buckets there are, no more; owned */
	bool		unreadable;
	char		*why;			/* when unreadable; gated; owned */
};
void tree_rows_free(struct tree_rows *r);
/* All btrees (ROW_BTREE rows). The answer is a SESSION_ROWS message with the returned id. */
uint64_t session_browse_btrees(struct session *s);
/* Children of the node that @node (a ROW_NODE or ROW_BTREE row; copied) names: nodes with gaps and overlaps between them, or keys. */
uint64_t session_browse_children(struct session *s, const struct tree_row *node);
/* Reads these nodes and answers with the same rows, marks and nr_keys filled in (for rows that became visible). At most 256. */
uint64_t session_browse_status(struct session *s, const struct tree_row *rows, size_t nr);
/* Texts for the lower left pane: node header, key in full, hex. */
enum detail_kind { DETAIL_NODE, DETAIL_KEYS, DETAIL_BSETS, DETAIL_HEX, DETAIL_FORMAT };
/* Answer: SESSION_OUTPUT messages, then SESSION_JOB_DONE. */
uint64_t session_detail(struct session *s, const struct tree_row *row, enum detail_kind what);

#endif
