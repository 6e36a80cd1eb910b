/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue agrees with the kernel's numbers, and every row can be shown. */
#include "../unit.h"

#include "arborist/finding/finding.h"
#include "arborist/format/fsck_err.h"

static bool ours(const struct finding_row *r)
{
	return !strncmp(r->id, "arborist_", 9);
}

static void numbers_are_the_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < finding_rows_nr; i++) {
		const struct finding_row *r = &finding_rows[i];

		if (ours(r)) {
			assert_int_equal(r->nr, 0);
			continue;
		}
		assert_non_null(fsck_err_name(r->nr));
		assert_string_equal(r->id, fsck_err_name(r->nr));
		assert_ptr_equal(finding_row_nr(r->nr), r);
		if (fsck_err_autofix(r->nr))
			assert_true(r->autofix);
	}
}

static void ids_are_unique_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < finding_rows_nr; i++)
		assert_ptr_equal(finding_row(finding_rows[i].id), &finding_rows[i]);
	assert_null(finding_row("no_such_finding"));
	assert_null(finding_row_nr(100000));
}

static void every_row_has_its_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < finding_rows_nr; i++) {
		const struct finding_row *r = &finding_rows[i];

		assert_true(r->title && *r->title && strlen(r->title) < 64);
		assert_true(r->help && *r->help);
		assert_true(r->fix && *r->fix && r->skip && *r->skip);
		assert_null(strchr(r->title, '\n'));
	}
}

/* Everything reading and the topology check can raise (repair-semantics.md 2.3). */
static void what_is_raised_is_there(void **state)
{
	static const unsigned more[] = { 260, 261, 262, 263, 266, 268, 274 };

	(void)state;
	for (unsigned nr = 0; nr <= 67; nr++)
		assert_non_null(finding_row_nr(nr));
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		assert_non_null(finding_row_nr(more[i]));
}

static struct finding *sample(void)
{
	struct finding *f = finding_new("btree_node_topology_bad_min_key", "test.site");

	f->pos = BPOS(4096, 8, UINT32_MAX);
	f->end = BPOS(4096, 16, 0);
	finding_message(f, "two\nlines \"quoted\"");
	f->answer.verb = ANSWER_FIX;
	f->answer.source = ANSWER_BY_OPTION;
	return f;
}

static void text_and_json(void **state)
{
	struct finding *f = sample();
	struct json j = { 0 };
	ARB_BUF(text);

	(void)state;
	finding_to_text(&text, f);
	assert_string_equal(arb_buf_str(&text), "btree_node_topology_bad_min_key extents L0 4096:8:U32_MAX .. 4096:16:0: two\nlines \"quoted\"");
	json_begin(&j);
	finding_to_json(&j, f);
	json_end(&j);
	assert_non_null(strstr(arb_buf_str(&j.out), "{\"event\":\"finding\",\"id\":\"btree_node_topology_bad_min_key\",\"nr\":63,\"btree\":\"extents\",\"level\":0,"
			       "\"pos\":\"4096:8:U32_MAX\""));
	assert_non_null(strstr(arb_buf_str(&j.out), "\"message\":\"two\\u000alines \\\"quoted\\\"\",\"answer\":\"fix\",\"source\":\"option\""));
	json_free(&j);
	finding_free(f);
}

static void a_copy_shows_the_same(void **state)
{
	struct finding *f = sample(), *d;
	ARB_BUF(a);
	ARB_BUF(b);

	(void)state;
	finding_object_add(f, "prev", 0, 0)->text = strdup("node text");
	finding_fix(f, "%s", "do it");
	d = finding_dup(f);
	finding_to_text(&a, f);
	finding_to_text(&b, d);
	assert_string_equal(arb_buf_str(&a), arb_buf_str(&b));
	assert_string_equal(d->object[0].text, "node text");
	assert_ptr_not_equal(d->object[0].text, f->object[0].text);
	assert_string_equal(d->fix, "do it");
	assert_non_null(finding_object_add(d, "next", 0, 0));	/* a copy has room of its own */
	assert_string_equal(d->object[0].text, "node text");
	assert_int_equal(f->nr_objects, 1);
	finding_free(f);
	finding_free(d);
}

static void no_more_objects_than_there_is_room(void **state)
{
	struct finding *f = sample();

	(void)state;
	for (unsigned i = 0; i < FINDING_OBJECTS_MAX; i++)
		assert_non_null(finding_object_add(f, "prev", 0, 0));
	assert_null(finding_object_add(f, "prev", 0, 0));
	finding_free(f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(numbers_are_the_kernels),
	cmocka_unit_test(ids_are_unique_and_found),
	cmocka_unit_test(every_row_has_its_texts),
	cmocka_unit_test(what_is_raised_is_there),
	cmocka_unit_test(text_and_json),
	cmocka_unit_test(a_copy_shows_the_same),
	cmocka_unit_test(no_more_objects_than_there_is_room),
};
UNIT_MAIN(tests)
