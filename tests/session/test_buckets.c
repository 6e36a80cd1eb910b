/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at buckets: the map agrees with the report of each bucket, others may look around meanwhile, and it can be stopped. */
#include "../unit.h"
#include <stdlib.h>
#include "arborist/format/btree_id.h"
#include "arborist/image/image.h"
#include "arborist/session/buckets.h"

#define BYTES (32u << 20)

static struct session *open_damaged(const char *damage)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096,
				   .keys_per_leaf = 20, .fanout = 8, .min_depth = 2 };
	struct session_options so = { .mode = POLICY_ASK, .transcript_path = "", .threads = 2 };
	struct arb_error err = { 0 };
	struct session *s;
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &mem, &err), ARB_OK);
	assert_int_equal(image_build(&o, mem, &err), ARB_OK);
	if (damage && image_damage(&mem, 1, damage, 1, NULL, &err))
		fail_msg("%s", err.text);
	so.blks = &mem;
	so.nr_blks = 1;
	assert_int_equal(session_start(&so, &s, &err), ARB_OK);
	return s;
}

static enum arb_code run(struct session *s, job_fn *fn, void *arg)
{
	uint64_t id = session_post(s, fn, arg, NULL, JOB_BROWSE);
	enum arb_code code = ARB_OK;
	bool done = false;

	while (!done) {
		struct session_message *m = session_next(s, 20000);

		assert_non_null(m);
		if (m->kind == SESSION_JOB_DONE && m->id == id) {
			code = m->code;
			done = true;
		}
		session_message_free(m);
	}
	return code;
}

/* --- map and reports ---------------------------------------------------------------------------------------------------------- */

struct totals { uint64_t differ, conflicts, per_type[DATA_TYPE_NR]; };

static void compare_one(const struct bucket_entry *e, const struct bucket_report *r, struct totals *t)
{
	bool conflict = false, differs = r->expected.data_type != r->found.data_type;
	uint64_t sectors = r->expected.data_type == DATA_cached ? r->expected.cached_sectors : alloc_dirty_sectors(&r->expected);

	for (size_t i = 0; i < r->claims.nr; i++)
		conflict |= r->claims.v[i].conflict;
	if (!data_type_is_empty(r->expected.data_type)) {
		assert_int_equal(e->sectors, sectors);
		differs |= sectors != (r->found.data_type == DATA_cached ? r->found.cached_sectors : alloc_dirty_sectors(&r->found));
	}
	assert_int_equal(e->owner, r->expected.data_type);
	assert_int_equal(e->recorded, r->found.data_type);
	assert_int_equal(!!(e->flags & BUCKET_HAS_KEY), r->has_key);
	assert_int_equal(!!(e->flags & BUCKET_CONFLICT), conflict);
	assert_int_equal(!!(e->flags & BUCKET_DIFFERS), differs);
	t->differ += differs;
	t->conflicts += conflict;
	t->per_type[e->owner]++;
}

static enum arb_code compare_all(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct bucket_map *m;

	(void)j;
	assert_int_equal(session_bucket_map(s, &m, err), ARB_OK);
	assert_true(m->dev[0].exists);
	assert_false(m->dev[1].exists);
	assert_int_equal(m->dev[0].nbuckets, session_view(s)->geo.member[0].nbuckets);
	for (uint64_t b = 0; b < m->dev[0].nbuckets; b++) {
		struct bucket_report *r;

		assert_int_equal(session_bucket(s, 0, b, &r, err), ARB_OK);
		compare_one(&m->dev[0].bucket[b], r, arg);
		bucket_report_free(r);
	}
	bucket_map_free(m);
	return ARB_OK;
}

static struct totals totals_of(const char *damage)
{
	struct session *s = open_damaged(damage);
	struct totals t = { 0 };

	assert_int_equal(run(s, compare_all, &t), ARB_OK);
	session_end(s);
	return t;
}

static void map_and_reports(void **state)
{
	struct totals healthy = totals_of(NULL), type = totals_of("alloc-data-type alloc"), onto = totals_of("ptr-wrong-type extents");

	(void)state;
	assert_int_equal(healthy.differ, 0);
	assert_int_equal(healthy.conflicts, 0);
	assert_true(healthy.per_type[DATA_sb] && healthy.per_type[DATA_journal] && healthy.per_type[DATA_btree] && healthy.per_type[DATA_user] &&
		    healthy.per_type[DATA_free]);
	assert_int_equal(type.differ, 1);
	assert_int_equal(type.per_type[DATA_user], healthy.per_type[DATA_user]);
	assert_int_equal(onto.conflicts, 1);
	assert_true(onto.differ >= 1);
}

/* --- meanwhile ------------------------------------------------------------------------------------------------------------------ */

static unsigned looked;
static bool posted, looked_before_the_end;

static enum arb_code look(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct session_state st;

	(void)j, (void)arg, (void)err;
	session_state(s, &st);
	assert_non_null(st.look.what);
	assert_string_equal(st.look.what, "test");
	looked++;
	return ARB_OK;
}

static void post_another(void *arg, const struct claim *c, struct bkey_s k)
{
	(void)c, (void)k;
	if (!posted)
		session_post(arg, look, NULL, NULL, JOB_BROWSE);
	posted = true;
	looked_before_the_end = looked;
}

static enum arb_code walk_and_post(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct claims_walk w = { .claim = post_another, .arg = s };

	(void)j, (void)arg;
	return session_claims(s, "test", &w, err);
}

static void interrupt(void *arg, const struct claim *c, struct bkey_s k)
{
	(void)c, (void)k;
	session_interrupt(arg);
}

static enum arb_code walk_and_stop(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct claims_walk w = { .claim = interrupt, .arg = s };

	(void)j, (void)arg;
	return session_claims(s, "test", &w, err);
}

static void meanwhile(void **state)
{
	struct session *s = open_damaged(NULL);
	struct session_state st;

	(void)state;
	assert_int_equal(run(s, walk_and_post, NULL), ARB_OK);
	assert_int_equal(looked, 1);
	assert_true(looked_before_the_end);
	assert_int_equal(run(s, walk_and_stop, NULL), ARB_E_CANCELLED);
	session_state(s, &st);
	assert_null(st.look.what);
	session_end(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(map_and_reports), cmocka_unit_test(meanwhile) };

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
