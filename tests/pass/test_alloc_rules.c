/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What surrounds the counting: a node that cannot be read leads to check_topology and back once; sums that are not whole correct nothing; a
 * restricted run corrects nothing; things at one place are told apart; what follows stands in every repair; gc_gens waits its turn once.
 */
#include "../unit.h"
#include <stdio.h>

#include "arborist/image/image.h"
#include "arborist/pass/pass.h"
#include "arborist/plan/commit.h"

#define MiB (1u << 20)

static struct blk *whole;

static int build(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 5, .nr_files = 120, .file_bytes_max = 20000, .nr_shared = 10,
						.keys_per_leaf = 30, .min_depth = 2 };

	(void)state;
	return blk_mem_new("built", NULL, 32 * MiB, &whole, NULL) || image_build(&o, whole, NULL);
}

static int free_it(void **state)
{
	(void)state;
	blk_close(whole);
	return 0;
}

/* --- a run --------------------------------------------------------------------------------------------------------------------- */

struct stand {
	struct workers	*w;
	struct view	*v;
	struct plan	*p;
	struct pass_run	*r;
	struct pass_port port;
	unsigned	found[256], nr;		/* numbers, in order */
	unsigned	decline;		/* this one is skipped; 0: none */
	bool		asked_gens, asked_again;
	bool		saw_why;
	unsigned	steps, stop_after;	/* 0: never */
	char		log[4000];
	struct arb_error err;
};

static enum arb_code decide(void *arg, struct finding *f)
{
	struct stand *s = arg;

	f->answer.verb = f->row->nr == s->decline && s->decline ? ANSWER_SKIP : f->suggested;
	if (s->nr < 256)
		s->found[s->nr++] = f->row->nr;
	return ARB_OK;
}

static enum arb_code step(void *arg, const struct pass_progress *p)
{
	struct stand *s = arg;

	(void)p;
	s->steps++;
	for (size_t i = 0; i < passes_nr; i++)
		if (!strcmp(passes[i]->name, "check_allocations"))
			s->saw_why |= !strcmp(pass_run_status(s->r, i)->why, "the test asks");
	return ARB_OK;
}

static bool stopping(void *arg)
{
	struct stand *s = arg;

	return s->stop_after && !--s->stop_after;
}

static void log_line(void *arg, const char *line)
{
	struct stand *s = arg;

	snprintf(s->log + strlen(s->log), sizeof(s->log) - strlen(s->log), "%s\n", line);
}

static void set_up(struct stand *s, const char *const *damages, unsigned nr)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct devset *devs;
	struct blk *b;

	memset(s, 0, sizeof(*s));
	assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), 32 * MiB, &b, NULL), ARB_OK);
	for (unsigned i = 0; i < nr; i++)
		if (image_damage(&b, 1, damages[i], 7, NULL, &s->err))
			fail_msg("%s: %s", damages[i], s->err.text);
	assert_int_equal(devset_open_blk(&b, 1, NULL, &devs, &s->err), ARB_OK);
	assert_int_equal(workers_new(1, &s->w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, s->w, NULL, &s->v, NULL), ARB_OK);
	assert_int_equal(plan_new(s->v, &s->p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(s->v, s->p, &clock, &s->r, NULL), ARB_OK);
	s->port = (struct pass_port){ .arg = s, .decide = decide, .step = step, .stopping = stopping, .log = log_line };
}

static void tear_down(struct stand *s)
{
	pass_run_free(s->r);
	plan_free(s->p);
	view_free(s->v);
	workers_free(s->w);
}

static enum arb_code run(struct stand *s, const char *pass, const struct pass_scope *scope)
{
	pass_run_request(s->r, pass_by_name(pass), "the test asks");
	return pass_run_all(s->r, scope, &s->port, &s->err);
}

static unsigned count(const struct stand *s, unsigned nr)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->nr; i++)
		n += s->found[i] == nr;
	return n;
}

/* Findings that correct a count. */
static unsigned corrections(const struct stand *s)
{
	return count(s, 106) + count(s, 107) + count(s, 108) + count(s, 109) + count(s, 165) + count(s, 272);
}

static const struct pass_status *status(const struct stand *s, const char *name)
{
	for (size_t i = 0; i < passes_nr; i++)
		if (!strcmp(passes[i]->name, name))
			return pass_run_status(s->r, i);
	return NULL;
}

/* --- nodes that cannot be read ------------------------------------------------------------------------------------------------- */

static void to_topology_and_back(void **state)
{
	static const char *const damage[] = { "unreadable-leaf extents" };
	struct stand s;

	(void)state;
	set_up(&s, damage, 1);
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_OK);
	assert_int_equal(s.found[0], 62);		/* where it is met, before check_topology has looked */
	assert_int_equal(count(&s, 62), 1);
	assert_int_equal(count(&s, 30), 1);
	assert_int_equal(status(&s, "check_allocations")->runs, 2);
	assert_int_equal(status(&s, "check_topology")->findings > 0, true);
	assert_non_null(strstr(s.log, "check_allocations asks for check_topology: btree extents level 0: a node cannot be read"));
	assert_true(s.saw_why);
	assert_string_equal(status(&s, "check_allocations")->why, "");
	tear_down(&s);
}

static void declined(void **state)
{
	static const char *const damage[] = { "unreadable-leaf extents" };
	struct stand s;

	(void)state;
	set_up(&s, damage, 1);
	s.decline = 62;
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_E_STOPPED);
	assert_int_equal(s.nr, 1);
	assert_int_equal(plan_nr(s.p), 0);
	tear_down(&s);
}

/* A pointer left as it is: its key is not counted, so nothing is corrected by the sums; the other damage stays. */
static void incomplete(void **state)
{
	static const char *const damage[] = { "ptr-wrong-type extents", "alloc-dirty-sectors alloc", "accounting-counter accounting" };
	struct stand s;

	(void)state;
	set_up(&s, damage, 3);
	s.decline = 155;
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_OK);
	assert_int_equal(count(&s, 155), 1);
	assert_int_equal(corrections(&s), 0);
	assert_int_equal(plan_nr(s.p), 0);
	assert_int_equal(status(&s, "check_allocations")->left, 2);	/* the pointer, and that nothing was compared */
	tear_down(&s);
}

static void restricted(void **state)
{
	static const char *const damage[] = { "ptr-stale extents", "alloc-dirty-sectors alloc", "reflink-refcount reflink" };
	struct pass_scope extents = { .restricted = true, .btree = BTREE_extents, .start = POS_MIN, .end = SPOS_MAX };
	struct pass_scope shared = { .restricted = true, .btree = BTREE_reflink, .start = POS_MIN, .end = SPOS_MAX };
	struct pass_scope nothing = { .restricted = true, .btree = BTREE_extents, .start = BPOS(1, 0, 0), .end = BPOS(2, 0, 0) };
	struct stand s;

	(void)state;
	set_up(&s, damage, 3);
	assert_int_equal(run(&s, "check_allocations", &extents), ARB_OK);
	assert_int_equal(count(&s, 154), 1);
	assert_int_equal(s.nr, 1);
	assert_int_equal(plan_nr(s.p), 0);
	s.nr = 0;
	assert_int_equal(run(&s, "check_allocations", &shared), ARB_OK);	/* who refers to it lies outside */
	assert_int_equal(s.nr, 0);
	assert_int_equal(run(&s, "check_allocations", &nothing), ARB_OK);
	assert_int_equal(s.nr, 0);
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_OK);
	assert_true(count(&s, 154) == 1 && count(&s, 108) == 1 && count(&s, 165) == 1);
	assert_true(plan_nr(s.p) >= 3);
	tear_down(&s);
}

/* --- what was left alone --------------------------------------------------------------------------------------------------------- */

static struct finding *about(uint32_t part)
{
	struct finding *f = finding_new("stale_dirty_ptr", "test.site");

	f->pos = f->end = BPOS(4096, 8, 0);
	f->part = part;
	return f;
}

static void parts(void **state)
{
	struct stand s;
	bool fixed;

	(void)state;
	set_up(&s, NULL, 0);
	s.decline = 154;
	struct pass_ctx c = { .view = s.v, .plan = s.p, .port = &s.port, .run = s.r, .err = &s.err };
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(pass_decide(&c, about(i % 2), &fixed), ARB_OK);
	assert_int_equal(s.nr, 2);
	assert_int_equal(c.findings, 2);
	assert_int_equal(c.left, 2);
	tear_down(&s);
}

/* --- what follows from a repair ----------------------------------------------------------------------------------------------------- */

static bool is_check(void *arg, const struct mutation *m)
{
	*(unsigned *)arg += m->super_what == PLAN_SUPER_CHECK_BUCKETS;
	return true;
}

static uint64_t passes_required(struct stand *s)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct commit *c = NULL;
	uint64_t required;

	if (commit_prepare(s->v, s->p, &clock, &c, &s->err))
		fail_msg("%s", s->err.text);
	required = c->passes_required;
	commit_free(c);
	return required;
}

static void each_repair_asks(void **state)
{
	static const char *const damage[] = { "alloc-dirty-sectors alloc", "reflink-refcount reflink" };
	unsigned n = 0;
	struct stand s;

	(void)state;
	set_up(&s, damage, 2);
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_OK);
	assert_int_equal(plan_nr(s.p), 2);
	plan_for_each_super(s.p, is_check, &n);
	assert_int_equal(n, 2);
	for (unsigned i = 10; i <= 15; i++)
		assert_true(passes_required(&s) >> i & 1);
	assert_int_equal(plan_drop(s.p, plan_repair(s.p, 0)->id, &n, &s.err), ARB_OK);
	assert_int_equal(n, 1);
	for (unsigned i = 10; i <= 15; i++)
		assert_true(passes_required(&s) >> i & 1);
	tear_down(&s);
}

/* --- gc_gens ------------------------------------------------------------------------------------------------------------------------- */

static enum arb_code ask_for_gens(void *arg, const struct pass_progress *p)
{
	struct stand *s = arg;

	if (!strcmp(p->pass, "gc_gens")) {
		assert_false(pass_run_queue(s->r, pass_by_name("gc_gens"), "again"));
		return ARB_OK;
	}
	assert_true(pass_run_active(s->r));
	if (!s->asked_gens) {
		s->asked_gens = pass_run_queue(s->r, pass_by_name("gc_gens"), "asked for meanwhile");
		assert_true(s->asked_gens);
		assert_string_equal(status(s, "gc_gens")->why, "asked for meanwhile");
	}
	s->asked_again |= pass_run_queue(s->r, pass_by_name("gc_gens"), "again");
	return ARB_OK;
}

static void gens_once(void **state)
{
	struct pass_scope extents = { .restricted = true, .btree = BTREE_extents, .start = POS_MIN, .end = SPOS_MAX };
	struct stand s;

	(void)state;
	set_up(&s, NULL, 0);
	s.port.step = ask_for_gens;
	assert_int_equal(run(&s, "check_topology", &extents), ARB_OK);
	assert_true(s.asked_gens);
	assert_false(s.asked_again);
	assert_int_equal(status(&s, "gc_gens")->runs, 1);
	assert_int_equal(status(&s, "gc_gens")->state, PASS_CLEAN);
	assert_string_equal(status(&s, "gc_gens")->why, "");
	assert_false(pass_run_active(s.r));
	assert_int_equal(run(&s, "check_topology", NULL), ARB_OK);
	assert_int_equal(status(&s, "gc_gens")->runs, 2);		/* asked for anew */
	tear_down(&s);
}

static void gens_stops_at_a_key(void **state)
{
	struct stand s;

	(void)state;
	set_up(&s, NULL, 0);
	s.stop_after = 5;
	assert_int_equal(run(&s, "gc_gens", NULL), ARB_E_CANCELLED);
	assert_int_equal(s.stop_after, 0);
	assert_int_equal(status(&s, "gc_gens")->state, PASS_STOPPED);
	assert_int_equal(plan_nr(s.p), 0);
	tear_down(&s);
}

/* --- stopping while buckets are compared ----------------------------------------------------------------------------------------- */

static enum arb_code stop_at_the_end(void *arg, const struct pass_progress *p)
{
	(void)arg;
	return p->pos.phase == GC_PHASE_done ? ARB_E_CANCELLED : ARB_OK;
}

static void stops_while_comparing(void **state)
{
	static const char *const damage[] = { "alloc-dirty-sectors alloc" };
	struct stand s;

	(void)state;
	set_up(&s, damage, 1);
	s.port.step = stop_at_the_end;
	assert_int_equal(run(&s, "check_allocations", NULL), ARB_E_CANCELLED);
	assert_int_equal(s.nr, 0);
	assert_int_equal(plan_nr(s.p), 0);
	tear_down(&s);
}

/* --- will it come by there? ------------------------------------------------------------------------------------------------------- */

static void visits(void **state)
{
	struct pass_progress p = { .pass = "check_allocations", .pos = { GC_PHASE_btree, BTREE_extents, 0, BPOS(4100, 0, 0) },
				   .start = BPOS(4100, 0, 0), .end = BPOS(4200, 0, 0) };
	const struct { unsigned btree, level; struct bpos pos; enum gc_visit want, gens; } rows[] = {
		{ BTREE_alloc, 0, SPOS_MAX, GC_VISIT_DONE, GC_VISIT_TO_COME },		/* alloc comes first, or last */
		{ BTREE_alloc, 2, SPOS_MAX, GC_VISIT_DONE, GC_VISIT_NEVER },		/* all of its levels */
		{ BTREE_stripes, 0, POS_MIN, GC_VISIT_DONE, GC_VISIT_NEVER },
		{ BTREE_extents, 0, BPOS(4099, 8, 0), GC_VISIT_DONE, GC_VISIT_DONE },
		{ BTREE_extents, 0, BPOS(4150, 8, 0), GC_VISIT_NOW, GC_VISIT_NOW },
		{ BTREE_extents, 0, BPOS(4201, 8, 0), GC_VISIT_TO_COME, GC_VISIT_TO_COME },
		{ BTREE_extents, 1, BPOS(10, 0, 0), GC_VISIT_TO_COME, GC_VISIT_NEVER },	/* higher levels after the leaves */
		{ BTREE_inodes, 0, POS_MIN, GC_VISIT_TO_COME, GC_VISIT_NEVER },
		{ BTREE_reflink, 0, POS_MIN, GC_VISIT_TO_COME, GC_VISIT_TO_COME },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p.pass = "check_allocations";
		assert_int_equal(gc_pos_visit(&p, rows[i].btree, rows[i].level, rows[i].pos), rows[i].want);
		p.pass = "gc_gens";
		assert_int_equal(gc_pos_visit(&p, rows[i].btree, rows[i].level, rows[i].pos), rows[i].gens);
		p.pass = "check_topology";
		assert_int_equal(gc_pos_visit(&p, rows[i].btree, rows[i].level, rows[i].pos), GC_VISIT_NOT_RUNNING);
	}
	p = (struct pass_progress){ .pass = "check_allocations", .pos = { .phase = GC_PHASE_sb } };
	assert_int_equal(gc_pos_visit(&p, BTREE_alloc, 0, POS_MIN), GC_VISIT_TO_COME);
	p.pos.phase = GC_PHASE_done;
	assert_int_equal(gc_pos_visit(&p, BTREE_accounting, 3, SPOS_MAX), GC_VISIT_DONE);
}

/* --- older versions ----------------------------------------------------------------------------------------------------------------- */

/* Last used by version 1.@minor; the counters are wrong, and so is an alloc key. */
static void used_by(struct stand *s, unsigned minor, bool no_accounting)
{
	static const char *const damage[] = { "accounting-counter accounting", "alloc-dirty-sectors alloc" };

	set_up(s, damage, 2);
	s->v->geo.version = s->v->geo.version_upgrade_complete = 1 << 10 | minor;
	if (no_accounting) {
		s->v->roots[BTREE_accounting].exists = false;
		s->v->roots[BTREE_accounting].fake = true;
		s->v->roots[BTREE_accounting].level = 0;
		memset(&s->v->roots[BTREE_accounting].key, 0, sizeof(s->v->roots[BTREE_accounting].key));
	}
	assert_int_equal(run(s, "check_allocations", NULL), ARB_OK);
	assert_true(count(s, 108) >= 1);		/* what can be checked still is */
}

static void older_versions(void **state)
{
	const struct { unsigned minor; bool no_accounting; unsigned notes, mismatches; } rows[] = {
		{ 6, true, 1, 0 }, { 8, true, 1, 0 }, { 8, false, 1, 0 }, { 9, false, 1, 0 }, { 11, false, 1, 0 }, { 12, false, 0, 1 }, { 13, false, 0, 1 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stand s;

		used_by(&s, rows[i].minor, rows[i].no_accounting);
		assert_int_equal(count(&s, 0), rows[i].notes);
		assert_int_equal(count(&s, 272), rows[i].mismatches);
		if (rows[i].no_accounting) {		/* the bucket of its node is now nobody's */
			tear_down(&s);
			continue;
		}
		assert_int_equal(s.nr, 1 + rows[i].notes + rows[i].mismatches);
		assert_int_equal(status(&s, "check_allocations")->findings, 1 + rows[i].mismatches);
		assert_int_equal(status(&s, "check_allocations")->left, 0);
		assert_int_equal(plan_nr(s.p), 1 + rows[i].mismatches);
		tear_down(&s);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(older_versions), cmocka_unit_test(stops_while_comparing),
	cmocka_unit_test(visits),
	cmocka_unit_test(to_topology_and_back), cmocka_unit_test(declined), cmocka_unit_test(incomplete), cmocka_unit_test(restricted),
	cmocka_unit_test(parts), cmocka_unit_test(each_repair_asks), cmocka_unit_test(gens_once), cmocka_unit_test(gens_stops_at_a_key),
};

int main(void)
{
	return cmocka_run_group_tests(tests, build, free_it) ? 1 : 0;
}
