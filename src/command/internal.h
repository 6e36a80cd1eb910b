/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handlers share: output, arguments, the node at the cursor. */
#ifndef ARBORIST_SRC_COMMAND_INTERNAL_H
#define ARBORIST_SRC_COMMAND_INTERNAL_H

#include "arborist/command/command.h"
#include "arborist/session/locate.h"

/* output.c */
void cmd_line(struct command_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cmd_text(struct command_ctx *c, const char *text);		/* several lines; gated here */
void cmd_flush(struct command_ctx *c);
bool cmd_wants_events(const struct command_ctx *c);
void cmd_event(struct command_ctx *c, struct json *j);		/* frees @j */

/* args.c */
enum arb_code arg_btree(const char *arg, bool *ret_has_level, unsigned *ret_btree, unsigned *ret_level, struct arb_error *err);
enum arb_code arg_pos(const char *arg, struct bpos *ret, struct arb_error *err);
/* The first two arguments, BTREE[:LEVEL] [POS]; POS_MIN without the second. */
enum arb_code arg_btree_pos(const struct command_ctx *c, bool *ret_has_level, unsigned *ret_btree, unsigned *ret_level, struct bpos *ret_pos,
			struct arb_error *err);
/* Parts left out of an end count as the largest there is. */
enum arb_code arg_end(const char *arg, struct bpos *ret, struct arb_error *err);
enum arb_code arg_bucket(const char *arg, unsigned *ret_dev, uint64_t *ret_bucket, struct arb_error *err);	/* DEV:N */
enum arb_code arg_number(const char *arg, uint64_t max, uint64_t *ret, struct arb_error *err);
/*
 * Sets "there is no WHAT "WORD"", with the nearest word of that kind where there is one, else with @hint.
 */
enum arb_code arg_fail_unknown(enum command_complete kind, const char *what, const char *word, const char *hint, struct arb_error *err);
/* BTREE:POS from argument @i on: as one word, or as two, as goto takes them. The text is @storage's. */
const char *arg_place(const struct command_ctx *c, int i, struct arb_buf *storage);
/* "NAME: expected: NAME ARGS" */
enum arb_code arg_fail_usage(const struct command_ctx *c, struct arb_error *err);
/* The node the cursor stands on; location_put() it. */
enum arb_code at_cursor(struct command_ctx *c, struct location *ret, struct arb_error *err);

/* run.c: inside a job (source, Lua): one line; a command whose words are there */
enum arb_code command_run_line(struct command_ctx *outer, const char *line, struct arb_error *err);
enum arb_code command_run_ctx(struct command_ctx *c, struct arb_error *err);

/* cmd_list.c: the object {"event":EVENT, ...} of a key, with its braces */
void key_event(struct json *j, const char *event, const struct fs_geometry *geo, unsigned btree, unsigned level, struct bkey_s k, const char *text);
/* cmd_finding.c: the object of a finding (console.md 5), with its braces; @state: what became of it */
const char *finding_state(struct command_ctx *c, const struct finding *f);	/* "open": not decided yet */
void finding_event(struct json *j, const struct finding *f, const char *state);
/* Does "findings WHAT" list it? NULL: all but upkeep, which is no error; the word upkeep: that; else an id. */
bool finding_is_listed(const struct finding *f, const char *what);
/* cmd_lua.c: a file of Lua */
enum arb_code lua_source(struct command_ctx *c, const char *path, struct arb_error *err);

/* cmd_pass.c: whether the gc that runs has come by a place */
void gc_visit_line(struct command_ctx *c, unsigned btree, unsigned level, struct bpos pos);
/* cmd_pass.c: may `run` with these words join a run that is under way? */
bool run_may_queue(int argc, const char *const *argv);

/* lookup.c: edits between two words; ~0 when they are far apart */
unsigned word_distance(const char *a, const char *b);

/* cmd_explain.c: the finding that waits, that is going to be decided, or that was */
void explain_finding(struct command_ctx *c, const struct finding *f);
/* cmd_bucket.c: of a report: what is recorded, what should be, and the first claims */
struct bucket_report;
struct row;
void bucket_brief(struct row *out, const struct bucket_report *r, size_t claims_max);
/* cmd_finding.c: the finding with that number */
enum arb_code explain_number(struct command_ctx *c, const char *arg, struct arb_error *err);

/* Handlers, by the file they stand in. */
typedef enum arb_code command_fn(struct command_ctx *c, struct arb_error *err);
command_fn cmd_info, cmd_super, cmd_devices, cmd_members, cmd_btrees;					/* cmd_fs.c */
command_fn cmd_goto, cmd_up, cmd_down, cmd_sibling, cmd_back, cmd_forward, cmd_mark, cmd_jump;		/* cmd_move.c */
command_fn cmd_bucket;											/* cmd_bucket.c */
command_fn cmd_nodes, cmd_keys;										/* cmd_list.c */
command_fn cmd_node, cmd_key, cmd_bsets, cmd_format, cmd_hex, cmd_follow;			/* cmd_node.c */
command_fn cmd_capture;											/* cmd_capture.c */
command_fn cmd_find;											/* cmd_find.c */
command_fn cmd_inode, cmd_path;										/* cmd_inode.c */
command_fn cmd_replicas;										/* cmd_replicas.c */
command_fn cmd_journal;											/* cmd_journal.c */
command_fn cmd_scanned;											/* cmd_scan.c */
command_fn cmd_passes, cmd_run, cmd_gc;									/* cmd_pass.c */
command_fn cmd_explain;											/* cmd_explain.c */
command_fn cmd_break, cmd_watch, cmd_delete, cmd_step, cmd_next, cmd_finish, cmd_continue, cmd_stop;	/* cmd_step.c */
command_fn cmd_findings, cmd_answer, cmd_policy;							/* cmd_finding.c */
command_fn cmd_diff;											/* cmd_diff.c */
command_fn cmd_plan, cmd_drop, cmd_save, cmd_load, cmd_commit, cmd_undo;						/* cmd_plan.c */
command_fn cmd_lesson;											/* cmd_lesson.c */
command_fn cmd_lua;											/* cmd_lua.c */
command_fn cmd_help;											/* help.c */
command_fn cmd_source, cmd_record, cmd_set, cmd_quit;							/* cmd_misc.c */

#endif
