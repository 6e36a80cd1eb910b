/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings: the catalogue (one row each), what was found here and now, and the answers (repair-semantics.md 2).
 */
#ifndef ARBORIST_FINDING_FINDING_H
#define ARBORIST_FINDING_FINDING_H

#include "arborist/base/error.h"
#include "arborist/base/json.h"
#include "arborist/format/bkey.h"
#include "arborist/format/defect.h"

enum finding_kind {
	FINDING_FSCK,		/* may be fixed, may be skipped */
	FINDING_MUSTFIX,	/* skipping it stops the pass */
	FINDING_NEED_FSCK,	/* reported only */
	FINDING_READ,		/* made good in memory while reading; keep as read, or drop */
	FINDING_NOTE,		/* worth knowing, nothing to decide, not an error */
};

const char *finding_kind_name(enum finding_kind k);	/* "fsck", "mustfix", "need_fsck", "read", "note" */

struct finding_row {
	const char	*id;		/* kernel's name, or "arborist_..." */
	unsigned	nr;		/* kernel's number; 0 for ours */
	enum finding_kind kind;
	bool		autofix;	/* the kernel fixes it unasked */
	bool		safe;		/* -p fixes it */
	const char	*title;		/* a few words, e.g. "gap between nodes" */
	const char	*help;		/* what it means, for help WORD and the manual */
	const char	*fix;		/* what Fix does, in general */
	const char	*skip;		/* what Skip does, in general */
};
extern const struct finding_row finding_rows[];
extern const size_t finding_rows_nr;
const struct finding_row *finding_row(const char *id);		/* NULL when unknown */
const struct finding_row *finding_row_nr(unsigned nr);

/* A row of a decision table: which rule fired. Tables stand beside the pass that uses them. */
struct rule {
	const char	*name;		/* "topology 3: gap" */
	const char	*when;		/* condition, in plain words */
	const char	*then;		/* what is done */
};

enum answer_verb { ANSWER_NONE, ANSWER_FIX, ANSWER_SKIP, ANSWER_STOP };
enum answer_source { ANSWER_BY_OPTION, ANSWER_BY_POLICY, ANSWER_BY_PERSON, ANSWER_BY_DEFAULT };
struct answer {
	enum answer_verb verb;
	bool		all;		/* and every later one of this kind (id and site) */
	bool		here;		/* of a stop: ends what is done about this btree; the pass goes on with the others */
	bool		confirmed;	/* of a fix that empties a btree: the person typed which */
	uint8_t		choice;		/* of a fix: 0 the repair itself, n the finding's nth choice instead */
	enum answer_source source;
};
struct finding;
/*
 * y, n, Y, N, s, or yes, no, YES, NO, stop, or a choice of @f (may be NULL): a person's answer. False: another word, @ret
 * untouched.
 */
bool answer_parse(const struct finding *f, const char *word, struct answer *ret);
const char *answer_verb_name(enum answer_verb v);		/* "fix", "skip", "stop", "none" */
const char *answer_source_name(enum answer_source s);		/* "option", "policy", "person", "default" */

/* One thing shown side by side in a dialog: a node or a key. */
struct finding_object {
	const char	*role;		/* "parent", "prev", "next", "child"; static */
	unsigned	btree, level;	/* of the node, or of the node that holds the key */
	bool		has_key;
	struct bkey_buf	key;		/* its pointer, so that it can be shown in the tree */
	char		*text;		/* several short lines: range, seq, keys, csum state, sample keys; gated; owned */
};

struct repair;				/* plan/plan.h */
/* Another thing that could be done, instead of what Fix does; it is never the suggested one. */
struct finding_choice {
	const char	*name;		/* one word; static */
	char		*text;		/* what it would do; owned */
	struct repair	*repair;	/* owned; NULL in a copy */
};

#define FINDING_OBJECTS_MAX 4
#define FINDING_CHOICES_MAX 5
enum { FINDING_CAUSES_MAX = 5 };
struct finding {
	const struct finding_row *row;
	const char	*pass;		/* that raises it; static; set by the port, NULL before */
	bool		empties;	/* a fix gives up all of a btree that nothing can make again: -y never does, and a person must mean it */
	uint32_t	serial;		/* 1, 2 ... in the session; set by the port */
	const char	*site;		/* where in the code it is raised, e.g. "topology.gap": answers are remembered by id and site */
	unsigned	btree, level;
	struct bpos	pos, end;	/* range it is about; end = pos when it is one position */
	uint16_t	cause[FINDING_CAUSES_MAX];	/* what it comes of: the kernel's numbers of what was wrong with the bytes */
	uint8_t		nr_causes;
	uint32_t	part;		/* tells apart what is found at one place: the pointer of a key, the kind of metadata in a bucket */
	bool		no_place;	/* not about a btree (journal, superblock): btree, level and range only tell it from others */
	char		*message;	/* what the reference prints, may have several lines; gated; owned */
	const struct rule *rule;	/* NULL when no table applies */
	struct finding_object *object;	/* owned; most findings have none, and there can be very many findings */
	unsigned	nr_objects, objects_room;
	char		*fix, *skip;	/* what each answer would do here, concretely; owned; NULL: the row's text */
	enum answer_verb suggested;
	char		*reason;	/* why that is suggested; owned; may be NULL */
	bool		upkeep;		/* asked like the others, but no error: the filesystem is in order as it is */
	bool		of_mount;	/* the superblock asks the next mount for the pass that repairs it; set by the port */
	bool		no_repair;	/* there is nothing Fix could do now (needs the scan ...); Fix counts as left */
	bool		by_itself;	/* Fix changes nothing in the plan: the pass does it (runs another one first) */
	struct repair	*repair;	/* what Fix would change; owned until applied; NULL when nothing */
	struct finding_choice choice[FINDING_CHOICES_MAX];
	unsigned	nr_choices;
	unsigned	nth_of_kind;	/* set by the port: this is the nth with this id */
	struct answer	answer;		/* as given */
	const char	**chosen;	/* whoever raised it: gets the name of the choice that was applied; may be NULL */
	bool		fixed;		/* the repair has been applied to the plan */
};
struct finding *finding_new(const char *id, const char *site);	/* NULL: out of memory; unknown id is a programmer's mistake */
void finding_free(struct finding *f);
/* Each sets one text, replacing what stood there. */
void finding_message(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void finding_fix(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void finding_skip(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void finding_reason(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What a no does, whole sentences: its own text or the catalogue's; that the pass stops is said where it does, once. */
void finding_skip_to_text(struct arb_buf *out, const struct finding *f);
/* Notes each defect of @d that has a number of the kernel's, once, and not the finding's own; those that there is no room for are left out. */
void finding_causes(struct finding *f, const struct defects *d);
/* NULL when there are FINDING_OBJECTS_MAX already, or no memory. */
struct finding_object *finding_object_add(struct finding *f, const char *role, unsigned btree, unsigned level);
void finding_object_text(struct finding_object *o, struct arb_buf *text);	/* takes the text out of @text */
/* Takes @r over, also when there is no room for it (false). NULL: out of memory, no choice. */
bool finding_choice_add(struct finding *f, const char *name, struct repair *r, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The number of the choice that @word names, by name or number: 1, 2 ...; 0: none. */
unsigned finding_choice_find(const struct finding *f, const char *word);
/* A copy of what is shown (texts, objects, answer), without the repair; NULL: out of memory. */
struct finding *finding_dup(const struct finding *f);
/* Why the suggested answer is suggested: the reason given, or what the row says of its kind. Never NULL; translated. */
const char *finding_why(const struct finding *f);
/* Does it count as an error (everything but notes and upkeep)? */
bool finding_is_error(const struct finding *f);
/* One line: "btree_node_topology_bad_min_key extents L0 4096:8:0: message..." */
void finding_to_text(struct arb_buf *out, const struct finding *f);
/* Of it "extents L0 4096:8:0", with " .. END" where it is about a range. */
void finding_place_to_text(struct arb_buf *out, const struct finding *f);
/* The members of console.md 5's object, and more behind them; between json_begin() and json_end(). */
void finding_to_json(struct json *j, const struct finding *f);

/* Policy: what to answer without asking (-n, -y, -p, a policy file, "all of this kind"). */
enum policy_mode { POLICY_ASK, POLICY_NO /* -n: rehearse: fix in memory */, POLICY_YES, POLICY_PREEN };
struct policy;
enum arb_code policy_new(enum policy_mode mode, struct policy **ret, struct arb_error *err);
void policy_free(struct policy *p);
/*
 * @id: "ID", "PASS" (everything it finds) or "PASS:ID"; @value: yes, no, ask. What says more counts before what says less.
 * policy_subject() reads the first; false: there is none such; *ret_pass is owned by the caller.
 */
bool policy_subject(const char *word, const struct finding_row **ret_row, char **ret_pass);
/* "ID=yes,PASS:ID=no,..." */
enum arb_code policy_set_words(struct policy *p, const char *words, struct arb_error *err);
enum arb_code policy_load(struct policy *p, const char *path, struct arb_error *err);	/* lines "ID yes|no|ask", as policy_set() */
enum arb_code policy_set(struct policy *p, const char *id, const char *value, struct arb_error *err);
void policy_remember(struct policy *p, const struct finding *f, struct answer a);	/* for a.all */
/*
 * True when the policy answers @f by itself: forced by file or command, remembered, or by the mode. -n: fix (rehearsed, the
 * caller never writes); -y: what is suggested; -p: fix what is safe, stop at any other must-fix finding, skip the rest.
 */
bool policy_answer(const struct policy *p, const struct finding *f, struct answer *ret);
const char *policy_mode_name(const struct policy *p);		/* "ask", "no", "yes", "preen" */
const char *policy_mode_text(const struct policy *p);		/* a sentence, N_() */
/* What was said beyond the mode, in the order it was said: by line of a file or command, then "all of this kind". */
struct policy_row {
	const char	*finding, *pass;	/* NULL: any */
	const char	*site;			/* of an answer to all of a kind; NULL: a line */
	const char	*answer;
};
size_t policy_rows(const struct policy *p);
struct policy_row policy_row(const struct policy *p, size_t i);

#endif
