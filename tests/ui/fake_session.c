/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's face for tests of the screen: see fake_session.h. Browsing and messages; jobs are in fake_jobs.c. */
#include <config.h>
#include "fake_session.h"
#include "arborist/format/btree_id.h"

#include <stdio.h>

struct session *fake_new(void)
{
	struct session *s = calloc(1, sizeof(*s));

	s->last = &s->first;
	s->held_last = &s->held_first;
	s->next_id = 1;
	return s;
}

static void free_list(struct session_message *m)
{
	while (m) {
		struct session_message *next = m->next;

		session_message_free(m);
		m = next;
	}
}

void fake_free(struct session *s)
{
	free_list(s->first);
	free_list(s->held_first);
	free(s);
}

struct session_message *fake_put(struct session *s, enum session_message_kind kind)
{
	bool held = s->hold && (kind == SESSION_ROWS || kind == SESSION_OUTPUT || kind == SESSION_JOB_DONE);
	struct session_message *m = calloc(1, sizeof(*m)), ***last = held ? &s->held_last : &s->last;

	m->kind = kind;
	**last = m;
	*last = &m->next;
	return m;
}

void fake_release(struct session *s)
{
	*s->last = s->held_first;
	if (s->held_first)
		s->last = s->held_last;
	s->held_first = NULL;
	s->held_last = &s->held_first;
	s->hold = false;
}

void fake_open(struct session *s)
{
	fake_put(s, SESSION_OPENED)->text = strdup("opened, 3 btrees");
	s->state.open = true;
}

void fake_log(struct session *s, const char *text)
{
	fake_put(s, SESSION_LOG)->text = strdup(text);
}

static const struct rule gap_rule = { "topology 1: gap", "the next node begins later than the one before it ends",
				      "the next node begins right after the one before" };

static void object(struct finding *f, const char *role, unsigned level, const char *text)
{
	struct finding_object *o = finding_object_add(f, role, BTREE_extents, level);

	o->text = strdup(text);
}

struct finding *fake_finding(unsigned serial)
{
	struct finding *f = finding_new("btree_node_topology_bad_min_key", "topology.gap");

	f->serial = serial;
	f->nth_of_kind = serial;
	f->btree = BTREE_extents;
	f->pos = BPOS(4096, 513, 0);
	f->end = BPOS(4097, 63, 0);
	f->rule = &gap_rule;
	f->suggested = ANSWER_FIX;
	f->reason = strdup("nothing else is known of this range");
	f->fix = strdup("The next node begins at 4096:513:0.");
	f->skip = strdup("The range stays uncovered.");
	finding_message(f, "btree node with incorrect min_key at btree extents level 1:\n  prev: 4096:512\n  next: 4097:64");
	object(f, "parent", 1, "range POS_MIN .. 4102:8:0\nseq ab12  age 4");
	object(f, "prev", 0, "range 4096:0:0 .. 4096:512:0\nseq f4c3  age 3\nkeys 16  bsets 1  csum ok");
	object(f, "next", 0, "range 4097:64:0 .. 4102:8:0\nseq e6b1  age 3\nkeys 23  bsets 2  csum ok ok");
	return f;
}

uint64_t fake_question(struct session *s, unsigned serial)
{
	struct session_message *m = fake_put(s, SESSION_QUESTION);

	m->id = s->next_id++;
	m->finding = fake_finding(serial);
	s->state.question_waits = true;
	return m->id;
}

void fake_pass(struct session *s, enum pass_state st)
{
	struct session_message *m = fake_put(s, SESSION_PASS);

	m->pass_status.pass = pass_by_name("check_topology");
	m->pass_status.state = st;
	m->pass_status.findings = s->state.findings;
	m->pass_status.fixed = s->state.fixed;
	m->pass_status.left = s->state.left;
	s->state.pass_state = st;
	s->state.busy = st == PASS_RUNNING;
}

static const struct rule stop_rule = { "topology 3: gap", "the node begins too late, and nothing is known that fits between",
				       "the node's range begins where the gap begins; it holds no keys there" };

void fake_stop(struct session *s)
{
	struct session_state *st = &s->state;
	struct session_message *m;

	fake_pass(s, PASS_RUNNING);
	st->progress = (struct pass_progress){ .pass = "check_topology", .nodes_done = 3, .nodes_total = 9 };
	st->progress.pos = (struct gc_pos){ GC_PHASE_btree, BTREE_extents, 0, BPOS(4097, 128, UINT32_MAX) };
	st->busy = st->stopped = true;
	st->stop = (struct stop_notice){ .breakpoint = 2, .what = "finding", .pass = "check_topology", .has_place = true,
					 .btree = BTREE_extents, .level = 0, .pos = BPOS(4096, 513, 0), .rule = &stop_rule };
	m = fake_put(s, SESSION_STOP);
	m->stop = st->stop;
	m->finding = fake_finding(1);
	m->text = strdup("stopped in check_topology at breakpoint 2 (63): finding 1 is going to be decided: gap\n  rule  topology 3: gap\n");
}

/* --- the session's functions ---------------------------------------------------------------------------------------- */

struct session_message *session_next(struct session *s, int wait_ms)
{
	struct session_message *m = s->first;

	(void)wait_ms;
	if (!m)
		return NULL;
	s->first = m->next;
	if (!s->first)
		s->last = &s->first;
	m->next = NULL;
	return m;
}

void session_message_free(struct session_message *m)
{
	free(m->text);
	finding_free(m->finding);
	tree_rows_free(m->rows);
	free(m);
}

int session_fd(struct session *s)
{
	(void)s;
	return -1;
}

void session_state(struct session *s, struct session_state *ret)
{
	*ret = s->state;
}

void session_answer(struct session *s, uint64_t id, struct answer a)
{
	s->answered = id;
	s->answer = a;
	s->state.question_waits = false;
}

void session_interrupt(struct session *s)
{
	s->interrupts++;
}

bool session_quit_wanted(struct session *s)
{
	return s->quit_wanted;
}

void session_stay(struct session *s)
{
	s->quit_wanted = false;
}

/* As without any `set`: nothing is verbose, nobody is an expert. */
uint64_t session_setting(struct session *s, enum setting which)
{
	(void)s;
	(void)which;
	return 0;
}

/* No history in tests. */
enum arb_code session_state_folder(struct arb_buf *ret, struct arb_error *err)
{
	(void)ret;
	return arb_fail(err, ARB_E_OPEN, "no state folder in tests");
}

/* --- rows ------------------------------------------------------------------------------------------------------------ */

void tree_rows_free(struct tree_rows *r)
{
	for (size_t i = 0; r && i < r->rows.nr; i++) {
		free(r->rows.v[i].key);
		free(r->rows.v[i].text);
	}
	if (r)
		arb_array_free(&r->rows);
	if (r) {
		free(r->geo);
		free(r->why);
	}
	free(r);
}

static struct tree_row *row(struct tree_rows *r, enum tree_row_kind kind, unsigned btree, unsigned level, struct bpos start,
			    struct bpos end, unsigned marks, const char *text)
{
	struct tree_row *x = arb_array_push(&r->rows);

	x->kind = kind;
	x->btree = btree;
	x->level = level;
	x->start = start;
	x->end = end;
	x->marks = marks;
	x->text = text ? strdup(text) : NULL;
	x->has_children = kind == ROW_BTREE || kind == ROW_NODE;
	return x;
}

static struct tree_rows *rows_message(struct session *s, uint64_t *ret_id)
{
	struct session_message *m = fake_put(s, SESSION_ROWS);

	*ret_id = m->id = s->next_id++;
	m->rows = calloc(1, sizeof(*m->rows));
	m->rows->request = m->id;
	return m->rows;
}

uint64_t session_browse_btrees(struct session *s)
{
	uint64_t id;
	struct tree_rows *r = rows_message(s, &id);

	r->geo = calloc(1, sizeof(*r->geo));
	r->geo->member[0] = (struct member_geometry){ .exists = true, .online = true, .bucket_size = 128, .nbuckets = 1024 };
	row(r, ROW_BTREE, BTREE_extents, 2, POS_MIN, SPOS_MAX, s->repaired ? 0 : MARK_DAMAGED, "3 nodes");
	row(r, ROW_BTREE, BTREE_inodes, 0, POS_MIN, SPOS_MAX, 0, "1 node");
	row(r, ROW_BTREE, BTREE_dirents, 1, POS_MIN, SPOS_MAX, 0, NULL);
	row(r, ROW_BTREE, BTREE_xattrs, 0, POS_MIN, SPOS_MAX, MARK_UNREADABLE, "root lost")->has_children = false;
	return id;
}

static void extents_nodes(struct session *s, struct tree_rows *r)
{
	row(r, ROW_NODE, BTREE_extents, 0, POS_MIN, BPOS(4096, 512, UINT32_MAX), MARK_UNREAD, "seq f4c3");
	if (!s->repaired)
		row(r, ROW_GAP, BTREE_extents, 0, BPOS(4096, 513, 0), BPOS(4097, 63, UINT32_MAX), MARK_DAMAGED, "no node covers this");
	row(r, ROW_NODE, BTREE_extents, 0, s->repaired ? BPOS(4096, 513, 0) : BPOS(4097, 64, 0), BPOS(4102, 8, UINT32_MAX),
	    MARK_UNREAD | (s->repaired ? MARK_CHANGED : 0), "seq e6b1");
}

static void extents_rows(struct session *s, struct tree_rows *r, const struct tree_row *of)
{
	if (of->kind == ROW_BTREE) {
		row(r, ROW_NODE, BTREE_extents, 1, POS_MIN, BPOS(4102, 8, UINT32_MAX), 0, "seq ab12")->nr_keys = 2;
		row(r, ROW_NODE, BTREE_extents, 1, BPOS(4102, 9, 0), SPOS_MAX, MARK_UNREAD, "seq ab13");
	} else if (of->level == 1 && !of->start.inode) {
		extents_nodes(s, r);
	} else if (of->level == 1) {
		r->unreadable = true;
		r->why = strdup("checksum wrong");
	} else {
		row(r, ROW_KEY, BTREE_extents, 0, BPOS(4096, 0, 0), BPOS(4096, 8, 0), 0, "extent: ptr 0:89");
		row(r, ROW_KEY, BTREE_extents, 0, BPOS(4096, 8, 0), BPOS(4096, 16, 0), 0, "extent: ptr 0:90");
	}
}

uint64_t session_browse_children(struct session *s, const struct tree_row *of)
{
	uint64_t id;
	struct tree_rows *r = rows_message(s, &id);
	size_t n = s->big ? s->big : 4;

	s->nr_children++;
	if (of->btree == BTREE_extents)
		extents_rows(s, r, of);
	else if (of->btree == BTREE_inodes)
		row(r, ROW_KEY, BTREE_inodes, 0, BPOS(0, 4096, 0), BPOS(0, 4096, 0), MARK_ADDED, "inode_v3: mode=100644");
	else
		for (size_t i = 0; i < n; i++)
			row(r, ROW_KEY, of->btree, 0, BPOS(4096, i, 0), BPOS(4096, i, 0), 0, NULL);
	return id;
}

uint64_t session_browse_status(struct session *s, const struct tree_row *rows, size_t nr)
{
	uint64_t id;
	struct tree_rows *r = rows_message(s, &id);

	s->nr_status++;
	for (size_t i = 0; i < nr; i++) {
		bool bad = rows[i].level == 1;		/* the second node of extents level 1 */
		struct tree_row *x = row(r, rows[i].kind, rows[i].btree, rows[i].level, rows[i].start, rows[i].end,
					 (rows[i].marks & ~(unsigned)MARK_UNREAD) | (bad ? MARK_UNREADABLE : 0), NULL);

		x->nr_keys = bad ? 0 : 16;
	}
	return id;
}

uint64_t session_detail(struct session *s, const struct tree_row *x, enum detail_kind what)
{
	static const char *const names[] = { "node", "keys", "bsets", "hex", "format" };
	uint64_t id = s->next_id++;
	char text[200];
	struct session_message *m;

	s->nr_detail++;
	snprintf(text, sizeof(text), "%s of level %u\nkeys 16  bsets 1  csum ok\n", names[what], x->level);
	m = fake_put(s, SESSION_OUTPUT);
	m->id = id;
	m->text = strdup(text);
	fake_put(s, SESSION_JOB_DONE)->id = id;
	return id;
}
