/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See scenes.h. */
#include <config.h>
#include "../unit.h"
#include "scenes.h"

/* --- panes ------------------------------------------------------------------------------------------------------------------ */

static void nothing(struct stage *st)
{
	frame(st);
}

static void tree(struct stage *st)
{
	press(st, K_ENTER);
	press(st, K_DOWN);
	press(st, 'l');
}

static void tree_filtered(struct stage *st)
{
	tree(st);
	press(st, '\\');
	type(st, "!");
	press(st, K_ENTER);
}

static void tree_on_disk(struct stage *st)
{
	tree(st);
	press(st, 'V');
}

static void tree_followed(struct stage *st)
{
	tree(st);
	press(st, 'F');
}

static void detail(struct stage *st, int turns)
{
	press(st, K_ENTER);
	press(st, K_DOWN);
	press(st, '3');
	press(st, 'z');
	while (turns--)
		press(st, 'v');
}

/* Rows that are no nodes have a detail of their own. */
static void row_detail(struct stage *st, int down)
{
	tree(st);
	while (down--)
		press(st, K_DOWN);
	press(st, '3');
	press(st, 'z');
}

static void gap(struct stage *st) { row_detail(st, 2); }
static void node(struct stage *st) { detail(st, 0); }
static void keys(struct stage *st) { detail(st, 1); }
static void bsets(struct stage *st) { detail(st, 2); }
static void format(struct stage *st) { detail(st, 3); }
static void hex(struct stage *st) { detail(st, 4); }

static void log_pane(struct stage *st)
{
	struct session_message *m;

	fake_log(st->s, "the superblock requires pass check_inodes (22), which arborist does not have: the next mount runs it");
	m = fake_put(st->s, SESSION_FINDING);
	m->finding = fake_finding(1);
	m->finding->answer = (struct answer){ .verb = ANSWER_SKIP, .source = ANSWER_BY_PERSON };
	frame(st);
	press(st, '4');
}

static void finding_in_full(struct stage *st)
{
	log_pane(st);
	press(st, 'G');
	press(st, K_ENTER);
}

/* --- phases of gc ------------------------------------------------------------------------------------------------------------ */

static void gc_at(struct stage *st, enum gc_phase phase)
{
	struct session_state *s = &st->s->state;

	fake_pass(st->s, PASS_RUNNING);
	s->progress = (struct pass_progress){ .pass = "check_allocations", .nodes_done = 120, .nodes_total = 5120 };
	s->progress.pos = (struct gc_pos){ phase, BTREE_reflink, 0, BPOS(0, 1 << 20, 0) };
	s->started_ns = 1000000000;
	s->now_ns = 73000000000;
	s->nodes_per_s = 1200;
	s->bytes_per_s = 612e6;
	s->eta_s = phase == GC_PHASE_btree ? 3725 : 0;
	s->findings = 12;
	s->left = 12;
	s->by_id[0].id = "alloc_key_dirty_sectors_wrong";
	s->by_id[0].nr = 12;
	frame(st);
	press(st, '2');
}

static void gc_start(struct stage *st) { gc_at(st, GC_PHASE_start); }
static void gc_sb(struct stage *st) { gc_at(st, GC_PHASE_sb); }
static void gc_btree(struct stage *st) { gc_at(st, GC_PHASE_btree); }
static void gc_done(struct stage *st) { gc_at(st, GC_PHASE_done); }

/* A node is selected in the tree, and the tables of the pass take memory. */
static void gc_selected(struct stage *st)
{
	press(st, K_ENTER);
	press(st, K_DOWN);
	gc_at(st, GC_PHASE_btree);
	st->s->state.progress.memory = 24 << 20;
	frame(st);
}

static void gc_looks(struct stage *st)
{
	st->s->state.look.what = "buckets";
	st->s->state.look.nodes_done = 30;
	st->s->state.look.nodes_total = 120;
	press(st, '2');
}

/* The question is put aside, and the pass waits. */
static void gc_waits(struct stage *st)
{
	gc_at(st, GC_PHASE_btree);
	fake_question(st->s, 1);
	frame(st);
	press(st, 'q');
}

static void gc_stopped(struct stage *st)
{
	fake_stop(st->s);
	frame(st);
	press(st, '2');
}

static void gc_none(struct stage *st)
{
	press(st, '2');
}

static void gc_ended(struct stage *st)
{
	gc_at(st, GC_PHASE_done);
	fake_pass(st->s, PASS_FINDINGS);
	frame(st);
}

/* --- questions --------------------------------------------------------------------------------------------------------------- */

static void ask(struct stage *st, struct finding *f)
{
	struct session_message *m = fake_put(st->s, SESSION_QUESTION);

	m->id = st->s->next_id++;
	m->finding = f;
	st->s->state.question_waits = true;
	frame(st);
}

static struct finding *finding_about(const char *id, enum answer_verb suggested, const char *message)
{
	struct finding *f = finding_new(id, "test");

	f->serial = 2;
	f->nth_of_kind = 1;
	f->btree = BTREE_alloc;
	f->pos = f->end = BPOS(0, 117, 0);
	f->suggested = suggested;
	finding_message(f, "%s", message);
	return f;
}

static void question_must_fix(struct stage *st)
{
	ask(st, fake_finding(1));
}

static void question_optional(struct stage *st)
{
	struct finding *f = finding_about("alloc_key_data_type_wrong", ANSWER_FIX, "bucket 0:117 gen 0 has wrong data_type: got free, should be btree");
	struct finding_object *o = finding_object_add(f, "key", BTREE_alloc, 0);

	o->text = strdup("u64s 13 type alloc_v4 0:117:0 len 0 ver 0:\n  gen 0 oldest_gen 0 data_type free");
	ask(st, f);
}

static void question_choices(struct stage *st)
{
	struct finding *f = fake_finding(5);

	assert_true(finding_choice_add(f, "drop", repair_new("drop it"), "Do without the node; what it held is lost."));
	assert_true(finding_choice_add(f, "other copy", repair_new("use it"), "Use copy 1, which can be read but is older."));
	ask(st, f);
}

static void question_read(struct stage *st)
{
	struct finding *f = finding_about("arborist_node_repaired_on_read", ANSWER_FIX, "btree node repaired while it was read at btree alloc level 0:\n  bset 1: checksum wrong");

	finding_reason(f, "there is no better copy");
	ask(st, f);
}

static void question_suggests_skip(struct stage *st)
{
	struct finding *f = fake_finding(3);

	f->suggested = ANSWER_SKIP;
	finding_reason(f, "the scan of the devices has not been run");
	ask(st, f);
}

static void question_suggests_stop(struct stage *st)
{
	struct finding *f = finding_about("btree_root_unreadable_and_scan_found_nothing", ANSWER_STOP, "btree root of inodes unreadable, and no nodes were found");

	finding_reason(f, "going on empties the btree for good");
	ask(st, f);
}

static void question_suggests_nothing(struct stage *st)
{
	ask(st, finding_about("accounting_mismatch", ANSWER_NONE, "accounting mismatch for replicas: got 12 should be 16"));
}

static void question_without_repair(struct stage *st)
{
	struct finding *f = fake_finding(4);

	f->no_repair = true;
	ask(st, f);
}

static void question_without_place(struct stage *st)
{
	struct finding *f = finding_about("arborist_superblock_copy_damaged", ANSWER_FIX, "superblock copy at sector 8 of device 0: checksum wrong");

	f->no_place = true;
	ask(st, f);
}

static struct finding *finding_that_empties(void)
{
	struct finding *f = finding_about("btree_root_unreadable_and_scan_found_nothing", ANSWER_STOP, "btree root of alloc unreadable, and no nodes were found");

	f->empties = true;
	return f;
}

static void question_empties(struct stage *st)
{
	ask(st, finding_that_empties());
}

static void question_name(struct stage *st)
{
	question_empties(st);
	press(st, 'f');
	type(st, "alloq");
}

static void question_details(struct stage *st)
{
	question_must_fix(st);
	press(st, 'd');
}

static void question_aside(struct stage *st)
{
	question_must_fix(st);
	press(st, 'q');
}

const struct scene scenes[] = {
	{ "opening", nothing, .unopened = true },
	{ "tree", tree }, { "tree-filtered", tree_filtered }, { "tree-on-disk", tree_on_disk }, { "tree-followed", tree_followed },
	{ "node", node }, { "keys", keys }, { "bsets", bsets }, { "format", format }, { "hex", hex }, { "gap", gap },
	{ "log", log_pane }, { "finding", finding_in_full },
	{ "gc-none", gc_none }, { "gc-start", gc_start }, { "gc-sb", gc_sb }, { "gc-btree", gc_btree }, { "gc-done", gc_done },
	{ "gc-ended", gc_ended }, { "gc-selected", gc_selected }, { "gc-looks", gc_looks }, { "gc-waits", gc_waits }, { "gc-stopped", gc_stopped },
	{ "question-must-fix", question_must_fix, true }, { "question-optional", question_optional, true },
	{ "question-read", question_read, true }, { "question-suggests-skip", question_suggests_skip, true },
	{ "question-suggests-stop", question_suggests_stop, true }, { "question-suggests-nothing", question_suggests_nothing, true },
	{ "question-without-repair", question_without_repair, true }, { "question-without-place", question_without_place, true },
	{ "question-empties", question_empties, true }, { "question-choices", question_choices }, { "question-name", question_name },
	{ "question-details", question_details }, { "question-aside", question_aside },
};
const size_t scenes_nr = sizeof(scenes) / sizeof(scenes[0]);
