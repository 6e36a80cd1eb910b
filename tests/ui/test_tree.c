/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lazy tree: rows fill in, gaps have rows, a million rows cost what is visible, and reading again keeps the place. */
#include <config.h>
#include "../unit.h"
#include <stdlib.h>
#include "arborist/format/key_type.h"
#include "fake_session.h"
#include "tree.h"

static void deliver(struct session *s, struct tree *t)
{
	struct session_message *m;

	while ((m = session_next(s, 0))) {
		tree_message(t, m);
		session_message_free(m);
	}
}

static struct tree *opened(struct session *s)
{
	struct tree *t = tree_new(s);

	tree_start(t);
	deliver(s, t);
	t->sel = tree_at(t, 0);
	return t;
}

static void assert_text(struct tree *t, uint64_t row, const char *expected)
{
	ARB_BUF(b);

	tree_item_text(&b, tree_at(t, row));
	assert_string_equal(arb_buf_str(&b), expected);
}

static void rows_fill_in(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);

	(void)state;
	assert_int_equal(tree_rows_visible(t), 4);
	s->hold = true;
	assert_true(tree_open(t, tree_at(t, 0)));
	deliver(s, t);
	assert_int_equal(tree_rows_visible(t), 5);
	assert_text(t, 1, "reading ...");
	fake_release(s);
	deliver(s, t);
	assert_int_equal(tree_rows_visible(t), 6);
	assert_true(tree_at(t, 2)->row.marks & MARK_UNREAD);
	tree_in_sight(t, 0, 10);
	deliver(s, t);
	assert_int_equal(s->nr_status, 1);
	assert_false(tree_at(t, 2)->row.marks & MARK_UNREAD);
	assert_true(tree_at(t, 2)->row.marks & MARK_UNREADABLE);
	tree_in_sight(t, 0, 10);
	assert_int_equal(s->nr_status, 1);	/* asked for once */
	tree_free(t);
	fake_free(s);
}

static void gaps_are_rows(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct tree_place p = { .btree = BTREE_extents, .pos = BPOS(4097, 0, 0) };

	(void)state;
	tree_goto(t, &p);
	deliver(s, t);
	assert_int_equal(t->sel->row.kind, ROW_GAP);
	assert_int_equal(tree_depth(t->sel), 2);
	assert_true(bpos_eq(t->sel->row.start, BPOS(4096, 513, 0)));
	tree_free(t);
	fake_free(s);
}

/* Keys of a leaf, reached by going to a position. */
static void going_to_a_key(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct tree_place p = { .btree = BTREE_extents, .pos = BPOS(4096, 12, 0), .key = true };

	(void)state;
	tree_goto(t, &p);
	for (int i = 0; i < 4; i++)
		deliver(s, t);
	assert_int_equal(t->sel->row.kind, ROW_KEY);
	assert_true(bpos_eq(t->sel->row.end, BPOS(4096, 16, 0)));
	tree_free(t);
	fake_free(s);
}

static void unreadable_says_why(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);

	(void)state;
	tree_open(t, tree_at(t, 0));
	deliver(s, t);
	tree_open(t, tree_at(t, 2));
	deliver(s, t);
	assert_text(t, 3, "unreadable: checksum wrong");
	assert_false(tree_open(t, tree_at(t, 3)));
	tree_free(t);
	fake_free(s);
}

static void million_rows(void **state)
{
	const uint64_t n = 1000000;
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct tree_branch *b;
	uint64_t work;

	(void)state;
	s->big = n;
	tree_open(t, tree_at(t, 2));
	deliver(s, t);
	assert_int_equal(tree_rows_visible(t), n + 4);
	b = tree_at(t, 2)->sub;
	work = b->fenwick.work;
	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t row = 3 + i * 7919 % n;

		assert_int_equal(tree_rank(tree_at(t, row)), row);
	}
	assert_true(b->fenwick.work - work <= 100000 * 2 * 21);		/* log2 of a million, there and back */
	work = b->fenwick.work + t->root->fenwick.work;
	tree_close(t, tree_at(t, 2));
	assert_int_equal(tree_rows_visible(t), 4);
	tree_open(t, tree_at(t, 2));
	assert_int_equal(tree_rows_visible(t), n + 4);
	assert_true(b->fenwick.work + t->root->fenwick.work - work < 100);	/* folding counts nothing again */
	assert_int_equal(s->nr_children, 1);
	tree_in_sight(t, 500000, 20);
	assert_int_equal(s->nr_status, 0);
	tree_free(t);
	fake_free(s);
}

static void reading_again_keeps_the_place(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct tree_place p = { .btree = BTREE_extents, .pos = BPOS(4100, 0, 0) };

	(void)state;
	tree_goto(t, &p);
	deliver(s, t);
	assert_true(bpos_eq(t->sel->row.start, BPOS(4097, 64, 0)));
	s->repaired = true;
	tree_stale(t);
	for (int i = 0; i < 3; i++) {
		tree_in_sight(t, 0, 20);
		deliver(s, t);
	}
	assert_int_equal(tree_rows_visible(t), 8);	/* what was open is, and the gap is gone */
	assert_non_null(t->sel);
	assert_int_equal(tree_rank(t->sel) < 8, 1);
	for (uint64_t i = 0; i < 8; i++)
		assert_int_not_equal(tree_at(t, i)->row.kind, ROW_GAP);
	assert_true(tree_at(t, 3)->row.marks & MARK_CHANGED);
	tree_free(t);
	fake_free(s);
}

static void filter_and_search(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);

	(void)state;
	tree_open(t, tree_at(t, 0));
	deliver(s, t);
	tree_open(t, tree_at(t, 1));
	deliver(s, t);
	tree_filter(t, "!");
	assert_int_equal(tree_rows_visible(t), 3);	/* the btree, the node above, the gap */
	assert_int_equal(tree_at(t, 2)->row.kind, ROW_GAP);
	tree_filter(t, NULL);
	t->sel = tree_at(t, 0);
	assert_true(tree_search(t, 1, "E6B1", false));
	assert_true(bpos_eq(t->sel->row.start, BPOS(4097, 64, 0)));
	assert_false(tree_search(t, 1, "nowhere", false));
	assert_false(tree_search(t, 1, "nowhere", true));
	assert_true(tree_search(t, -1, "f4c3", false));
	/* round the ends */
	t->sel = tree_at(t, 0);
	assert_false(tree_search(t, -1, "e6b1", false));
	assert_true(tree_search(t, -1, "e6b1", true));
	assert_true(bpos_eq(t->sel->row.start, BPOS(4097, 64, 0)));
	assert_false(tree_search(t, 1, "f4c3", false));
	assert_true(tree_search(t, 1, "f4c3", true));
	tree_free(t);
	fake_free(s);
}

/* A pointer at the end of the row's range: into bucket 0:17 when it begins at the first position, else 0:18. */
static void give_key(struct tree_item *it)
{
	struct btree_ptr p = { .is_v2 = true, .min_key = it->row.start, .max_key = it->row.end, .nr_ptrs = 1 };
	struct tree_row row = it->row;
	struct tree_item copy;
	struct bkey_buf key;

	p.ptr[0] = (struct extent_ptr){ .sector = 128 * (bpos_eq(it->row.start, POS_MIN) ? 17 : 18) + 8 };
	btree_ptr_put(&key, &p);
	row.key = &key;
	assert_true(tree_item_take(&copy, &row));
	free(it->key);
	it->key = copy.key;
}

static unsigned nodes_in_sight(struct tree *t, struct bpos start)
{
	unsigned nr = 0;

	for (uint64_t i = 0; i < tree_rows_visible(t); i++) {
		const struct tree_item *it = tree_at(t, i);

		nr += it->row.kind == ROW_NODE && bpos_eq(it->row.start, start);
	}
	return nr;
}

/* The same expressions as those of the command find, over the keys of the rows. */
static void filter_by_expression(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct tree_item *it;

	(void)state;
	tree_open(t, tree_at(t, 0));
	deliver(s, t);
	tree_open(t, tree_at(t, 1));
	deliver(s, t);
	for (uint64_t i = 0; i < tree_rows_visible(t); i++) {
		it = tree_at(t, i);
		if (it->row.kind != ROW_NODE)
			continue;
		give_key(it);
	}
	tree_filter(t, "type=btree_ptr_v2 pos=4102");
	assert_true(tree_rows_visible(t) >= 2);
	for (uint64_t i = 1; i < tree_rows_visible(t); i++)
		assert_int_equal(tree_at(t, i)->row.end.inode, 4102);
	tree_filter(t, "type=dirent");
	for (uint64_t i = 0; i < tree_rows_visible(t); i++)
		assert_int_not_equal(tree_at(t, i)->row.kind, ROW_NODE);
	tree_filter(t, "level=1 not type=dirent");
	assert_true(tree_rows_visible(t) >= 2);
	/* where pointers lead: buckets need the sizes of the devices */
	tree_filter(t, "bucket=0:17");
	assert_int_equal(nodes_in_sight(t, POS_MIN), 2);
	assert_int_equal(nodes_in_sight(t, BPOS(4102, 9, 0)), 0);
	tree_filter(t, "bucket=0:18..20");
	assert_int_equal(nodes_in_sight(t, BPOS(4102, 9, 0)), 1);
	tree_filter(t, "dev=0 sector>=2312 bucket!=0:17");
	assert_int_equal(nodes_in_sight(t, BPOS(4102, 9, 0)), 1);
	tree_filter(t, "bucket=1:17 or dev=1");
	assert_int_equal(nodes_in_sight(t, POS_MIN) + nodes_in_sight(t, BPOS(4102, 9, 0)), 0);
	tree_free(t);
	fake_free(s);
}

/* Answers for rows that are gone meanwhile touch nothing. */
static void late_answers(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);

	(void)state;
	tree_open(t, tree_at(t, 0));
	deliver(s, t);
	s->hold = true;
	tree_in_sight(t, 0, 10);		/* status of the unread one, held */
	tree_stale(t);
	tree_in_sight(t, 0, 10);		/* and everything again, held */
	fake_release(s);
	deliver(s, t);
	assert_int_equal(tree_rows_visible(t), 6);
	tree_free(t);
	deliver(s, t = opened(s));
	tree_free(t);
	fake_free(s);
}

/* ^C ends a request of the tree too: it is made again, and nothing says "cancelled". */
static void cancelled_requests_come_again(void **state)
{
	struct session *s = fake_new();
	struct tree *t = opened(s);
	struct session_message *m;

	(void)state;
	s->hold = true;
	tree_open(t, tree_at(t, 0));
	m = fake_put(s, SESSION_LOG);
	m->kind = SESSION_JOB_DONE;
	m->id = t->requests.v[0].id;
	m->code = ARB_E_CANCELLED;
	deliver(s, t);
	assert_int_equal(t->requests.nr, 0);
	assert_text(t, 1, "reading ...");
	fake_release(s);
	deliver(s, t);				/* the late rows are nobody's */
	tree_in_sight(t, 0, 10);
	deliver(s, t);
	assert_int_equal(s->nr_children, 2);
	assert_int_equal(tree_rows_visible(t), 6);
	tree_free(t);
	fake_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_fill_in), cmocka_unit_test(gaps_are_rows), cmocka_unit_test(going_to_a_key),
		cmocka_unit_test(unreadable_says_why), cmocka_unit_test(million_rows),
		cmocka_unit_test(reading_again_keeps_the_place), cmocka_unit_test(filter_and_search), cmocka_unit_test(filter_by_expression), cmocka_unit_test(late_answers),
		cmocka_unit_test(cancelled_requests_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
