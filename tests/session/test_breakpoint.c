/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading breakpoints from words, and what each kind matches. */
#include "../unit.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "arborist/session/stepping.h"

static struct breakpoint parsed(const char *a, const char *b)
{
	const char *words[] = { a, b };
	struct breakpoint ret;
	struct arb_error err = { 0 };

	if (breakpoint_parse(words, b ? 2 : 1, &ret, &err))
		fail_msg("%s: %s", a, err.text);
	return ret;
}

static bool refused(const char *a, const char *b)
{
	const char *words[] = { a, b };
	struct breakpoint ret;
	struct arb_error err = { 0 };

	return breakpoint_parse(words, b ? 2 : 1, &ret, &err) == ARB_E_BAD_ARGUMENT && err.text[0];
}

static struct fs_geometry geometry(void)
{
	struct fs_geometry geo = { 0 };

	geo.member[1].exists = true;
	geo.member[1].bucket_size = 256;
	geo.member[1].first_bucket = 1;
	geo.member[1].nbuckets = 1000;
	return geo;
}

static void words(void **state)
{
	static const struct { const char *first, *second, *kind; } rows[] = {
		{ "check_topology", NULL, "pass" }, { "pass", NULL, "pass" }, { "gc_gens", NULL, "pass" },
		{ "63", NULL, "finding" }, { "btree_node_topology_bad_min_key", NULL, "finding" }, { "finding", NULL, "finding" },
		{ "arborist_topology_fill_from_scan", NULL, "finding" },
		{ "extents", NULL, "btree" }, { "extents:4096:8", NULL, "btree" }, { "extents:POS_MIN..SPOS_MAX", NULL, "btree" },
		{ "bucket", "0:17", "bucket" }, { "mutation", NULL, "mutation" }, { "node", NULL, "node" },
	};
	static const struct { const char *first, *second; } bad[] = {
		{ "chek_topology", NULL }, { "check_inodes", NULL }, { "99999", NULL }, { "0", NULL }, { "-1", NULL }, { "", NULL },
		{ "extents:", NULL }, { "extents:x", NULL }, { "extents:5..4", NULL }, { "extents:1:2:3:4", NULL }, { "no_such:1", NULL },
		{ "bucket", NULL }, { "bucket", "17" }, { "bucket", "0:" }, { "bucket", "0:1x" }, { "bucket", "99999:1" }, { "bucket", ":1" },
		{ "check_topology", "extents" }, { "63x", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct breakpoint b = parsed(rows[i].first, rows[i].second);

		assert_string_equal(b.kind->name, rows[i].kind);
		assert_true(strstr(b.spec, rows[i].first) == b.spec);
		breakpoint_clear(&b);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!refused(bad[i].first, bad[i].second))
			fail_msg("taken: %s %s", bad[i].first, bad[i].second ? bad[i].second : "");
}

/* Parts of a position that are left out stand for all there are. */
static void ranges(void **state)
{
	struct breakpoint b = parsed("extents:4096:8", NULL);

	(void)state;
	assert_true(bpos_eq(b.start, BPOS(4096, 8, 0)) && bpos_eq(b.end, BPOS(4096, 8, UINT32_MAX)));
	breakpoint_clear(&b);
	b = parsed("extents:4096", NULL);
	assert_true(bpos_eq(b.start, BPOS(4096, 0, 0)) && bpos_eq(b.end, BPOS(4096, UINT64_MAX, UINT32_MAX)));
	breakpoint_clear(&b);
	b = parsed("inodes:0:4096:5..0:4100:7", NULL);
	assert_true(bpos_eq(b.start, BPOS(0, 4096, 5)) && bpos_eq(b.end, BPOS(0, 4100, 7)));
	assert_int_equal(b.btree, BTREE_inodes);
	breakpoint_clear(&b);
}

static bool hits(const char *a, const char *b, const struct stop_event *e)
{
	struct fs_geometry geo = geometry();
	struct breakpoint bp = parsed(a, b);
	bool ret = bp.kind->match(&bp, e, &geo);

	breakpoint_clear(&bp);
	return ret;
}

static void passes_and_findings(void **state)
{
	struct stop_event begin = { .what = STOP_PASS, .pass = pass_by_name("gc_gens") };
	struct finding *f = finding_new("btree_node_topology_bad_min_key", "t");
	struct stop_event decide = { .what = STOP_FINDING, .pass = pass_by_name("gc_gens"), .finding = f };

	(void)state;
	assert_true(hits("gc_gens", NULL, &begin));
	assert_true(hits("pass", NULL, &begin));
	assert_false(hits("check_topology", NULL, &begin));
	assert_false(hits("gc_gens", NULL, &decide));
	assert_true(hits("63", NULL, &decide));
	assert_true(hits("finding", NULL, &decide));
	assert_false(hits("64", NULL, &decide));
	assert_false(hits("63", NULL, &begin));
	finding_free(f);
}

static void places(void **state)
{
	struct stop_event leaf = { .what = STOP_NODE, .has_place = true, .btree = BTREE_extents, .level = 0,
				   .start = BPOS(4096, 1, 0), .end = BPOS(4097, 0, UINT32_MAX) };
	struct stop_event other = leaf, interior = leaf, finding = leaf, nowhere = leaf;

	(void)state;
	other.btree = BTREE_inodes;
	interior.level = 1;
	finding.what = STOP_FINDING;
	finding.level = 2;
	nowhere.what = STOP_FINDING;
	nowhere.has_place = false;
	assert_true(hits("extents:4096:8", NULL, &leaf));
	assert_true(hits("extents:4097", NULL, &leaf));
	assert_true(hits("extents:4000..5000", NULL, &leaf));
	assert_false(hits("extents:4096:0", NULL, &leaf));
	assert_false(hits("extents:4097:1", NULL, &leaf));
	assert_false(hits("extents:4096:8", NULL, &other));
	assert_false(hits("extents:4096:8", NULL, &interior));
	assert_true(hits("extents", NULL, &interior));
	assert_true(hits("extents:4096:8", NULL, &finding));
	assert_false(hits("extents:4096:8", NULL, &nowhere));
	assert_true(hits("node", NULL, &interior));
	assert_false(hits("node", NULL, &finding));
}

static struct bkey_buf pointer_key(unsigned dev, uint64_t sector, struct bpos min, struct bpos max)
{
	struct btree_ptr p = { .is_v2 = true, .min_key = min, .max_key = max, .nr_ptrs = 1, .ptr[0] = { .dev = dev, .sector = sector } };
	struct bkey_buf k;

	btree_ptr_put(&k, &p);
	return k;
}

static bool watch_hits(const char *word, const struct repair *r)
{
	struct stop_event e = { .what = STOP_MUTATION, .has_place = true, .repair = r };
	struct fs_geometry geo = geometry();
	struct breakpoint b;
	bool ret;

	assert_int_equal(breakpoint_parse_watch(word, &b, NULL), ARB_OK);
	ret = b.kind->match(&b, &e, &geo);
	breakpoint_clear(&b);
	return ret;
}

/* A pointer's key stands at the end of its node; what is watched lies anywhere in it. */
static void mutations(void **state)
{
	struct bkey_buf k = pointer_key(1, 256 * 7 + 3, BPOS(10, 0, 0), BPOS(20, 0, 0));
	struct repair *r = repair_new("t");
	struct stop_event e = { .what = STOP_MUTATION, .has_place = true, .btree = BTREE_extents, .repair = r };

	(void)state;
	repair_insert(r, BTREE_extents, 1, bkey_buf_s(&k));
	repair_super(r, PLAN_SUPER_REQUIRE_PASS, 5);
	assert_true(hits("mutation", NULL, &e));
	assert_true(watch_hits("extents:15", r));
	assert_true(watch_hits("extents:20:0:0", r));
	assert_false(watch_hits("extents:21", r));
	assert_false(watch_hits("inodes:15", r));
	assert_true(hits("extents:10", NULL, &e));
	assert_true(hits("bucket", "1:7", &e));
	assert_false(hits("bucket", "1:8", &e));
	assert_false(hits("bucket", "0:7", &e));
	repair_free(r);
}

static void shot_down(void **state)
{
	struct repair *r = repair_new("t");

	(void)state;
	repair_shoot_down(r, BTREE_dirents, 0, 2, BPOS(5, 0, 0), BPOS(9, 0, 0));
	assert_true(watch_hits("dirents:7", r));
	assert_false(watch_hits("dirents:10", r));
	repair_free(r);
}

static void buckets(void **state)
{
	struct fs_geometry geo = geometry();
	struct bkey_buf ptr = pointer_key(1, 256 * 9, POS_MIN, SPOS_MAX), k = { 0 };

	(void)state;
	assert_true(key_touches_bucket(&geo, BTREE_extents, 1, bkey_buf_s(&ptr), 1, 9));
	assert_false(key_touches_bucket(&geo, BTREE_extents, 1, bkey_buf_s(&ptr), 1, 10));
	assert_false(key_touches_bucket(&geo, BTREE_extents, 1, bkey_buf_s(&ptr), 2, 9));
	k.k.type = KEY_set;
	k.k.p = BPOS(1, 9, 0);
	assert_true(key_touches_bucket(&geo, BTREE_alloc, 0, bkey_buf_s(&k), 1, 9));
	assert_true(key_touches_bucket(&geo, BTREE_need_discard, 0, bkey_buf_s(&k), 1, 9));
	assert_false(key_touches_bucket(&geo, BTREE_alloc, 0, bkey_buf_s(&k), 1, 8));
	assert_false(key_touches_bucket(&geo, BTREE_inodes, 0, bkey_buf_s(&k), 1, 9));
	k.k.p = BPOS(1, (uint64_t)3 << 56 | 20, 0);	/* free buckets 10 to 19, of generation bits 3 */
	k.k.size = 10;
	assert_true(key_touches_bucket(&geo, BTREE_freespace, 0, bkey_buf_s(&k), 1, 10));
	assert_true(key_touches_bucket(&geo, BTREE_freespace, 0, bkey_buf_s(&k), 1, 19));
	assert_false(key_touches_bucket(&geo, BTREE_freespace, 0, bkey_buf_s(&k), 1, 9));
	assert_false(key_touches_bucket(&geo, BTREE_freespace, 0, bkey_buf_s(&k), 1, 20));
	k.k.size = 0;
	k.k.p = BPOS(1, 0, 0);
	assert_true(key_touches_bucket(&geo, BTREE_bucket_gens, 0, bkey_buf_s(&k), 1, 9));
	k.k.p = backpointer_pos(&geo.member[1], 1, 9, 77);
	assert_true(key_touches_bucket(&geo, BTREE_backpointers, 0, bkey_buf_s(&k), 1, 9));
	assert_false(key_touches_bucket(&geo, BTREE_backpointers, 0, bkey_buf_s(&k), 1, 8));
	k.k.p = lru_pos(1, lru_dev_bucket(1, 9), 5);
	assert_true(key_touches_bucket(&geo, BTREE_lru, 0, bkey_buf_s(&k), 1, 9));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(words), cmocka_unit_test(ranges), cmocka_unit_test(passes_and_findings), cmocka_unit_test(places),
	cmocka_unit_test(mutations), cmocka_unit_test(shot_down), cmocka_unit_test(buckets),
};
UNIT_MAIN(tests)
