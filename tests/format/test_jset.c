/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building journal entries, taking them apart again, and what is wrong with damaged ones. */
#include "../unit.h"

#include <stdlib.h>
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/checksum.h"
#include "arborist/format/jset.h"

static struct fs_geometry geometry(void)
{
	return (struct fs_geometry) {
		.version = 1037, .block_sectors = 1, .node_sectors = 8, .nr_members = 1,
		.member[0] = { .exists = true, .online = true, .bucket_size = 256, .nbuckets = 1024 },
	};
}

static struct bkey_s set_key(uint64_t offset)
{
	return (struct bkey_s) { .k = { .p = BPOS(3, offset, 0), .type = KEY_set, .u64s = BKEY_U64s } };
}

static void there_and_back(void **state)
{
	struct jset_header h = { .magic = 77, .seq = 12, .last_seq = 9, .version = 1037, .csum_type = CSUM_xxhash, .no_flush = true }, got;
	struct jset_writer w = { ARB_BUF_INIT };
	size_t n, cursor = 0, key_cursor = 0;
	struct jset_entry e;
	struct bkey_s k;
	uint8_t *p;
	bool bad;

	(void)state;
	jset_add_key(&w, JSET_btree_keys, BTREE_lru, 2, set_key(5));
	jset_add_raw(&w, JSET_log, 0, 1, "hello", 5);
	assert_int_equal(w.out.len % 8, 0);
	assert_int_equal(jset_encode(&h, w.out.s, w.out.len, 512, &p, &n, NULL), ARB_OK);
	assert_int_equal(n, 512);
	got = jset_header_get(p);
	assert_int_equal(got.seq, 12);
	assert_int_equal(got.last_seq, 9);
	assert_true(got.no_flush);
	assert_int_equal(jset_bytes(&got), JSET_HEADER_BYTES + w.out.len);
	assert_true(csum_eq(csum_get(p), csum_compute(CSUM_xxhash, p + 16, jset_bytes(&got) - 16)));
	assert_true(jset_entry_next(p + JSET_HEADER_BYTES, w.out.len, &cursor, &e, &bad));
	assert_int_equal(e.type, JSET_btree_keys);
	assert_int_equal(e.btree, BTREE_lru);
	assert_int_equal(e.level, 2);
	assert_true(jset_key_next(&e, &key_cursor, &k, &bad));
	assert_true(bpos_eq(k.k.p, BPOS(3, 5, 0)));
	assert_false(jset_key_next(&e, &key_cursor, &k, &bad) || bad);
	assert_true(jset_entry_next(p + JSET_HEADER_BYTES, w.out.len, &cursor, &e, &bad));
	assert_memory_equal(e.payload, "hello\0\0", 8);
	assert_false(jset_entry_next(p + JSET_HEADER_BYTES, w.out.len, &cursor, &e, &bad) || bad);
	free(p);
	arb_buf_free(&w.out);
}

static void not_written(void **state)
{
	struct jset_header h = { .csum_type = CSUM_chacha20_poly1305_128 };
	uint8_t *p;
	size_t n;

	(void)state;
	assert_int_equal(jset_encode(&h, NULL, 0, 4096, &p, &n, NULL), ARB_E_REFUSED);
	h.csum_type = CSUM_none;
	assert_int_equal(jset_encode(&h, NULL, JSET_BYTES_MAX, 4096, &p, &n, NULL), ARB_E_NO_ROOM);
}

/* One row: a part with the payload given, and the error that must be found in it (0: none). */
static const struct {
	unsigned	type, level, words;	/* words of payload */
	uint64_t	word[4];
	unsigned	err;
} rows[] = {
	{ JSET_blacklist,	0, 1, { 5 }, 0 },
	{ JSET_blacklist,	0, 2, { 5 }, 20 },
	{ JSET_blacklist_v2,	0, 1, { 5 }, 21 },
	{ JSET_blacklist_v2,	0, 2, { 5, 4 }, 22 },
	{ JSET_blacklist_v2,	0, 2, { 5, 5 }, 0 },
	{ JSET_usage,		0, 2, { 0 }, 23 },
	{ JSET_data_usage,	0, 1, { 0 }, 24 },
	{ JSET_data_usage,	0, 2, { 0, 0x0000ff01 }, 24 },
	{ JSET_clock,		0, 1, { 0 }, 25 },
	{ JSET_clock,		0, 2, { 2 }, 26 },
	{ JSET_clock,		0, 2, { 1 }, 0 },
	{ JSET_dev_usage,	0, 1, { 0 }, 27 },
	{ JSET_dev_usage,	0, 3, { 7 }, 28 },
	{ JSET_dev_usage,	0, 3, { UINT64_C(1) << 32 }, 29 },
	{ JSET_btree_keys,	0, 1, { 0 }, 15 },
	{ JSET_btree_keys,	0, 1, { 0x0109 }, 16 },
	{ JSET_btree_keys,	0, 1, { 0x0101 }, 16 },
	{ JSET_btree_root,	0, 0, { 0 }, 19 },
	{ JSET_btree_root,	0, 2, { 0 }, 19 },
	{ JSET_prio_ptrs,	0, 3, { 1, 2, 3 }, 0 },
	{ 200,			0, 3, { 1, 2, 3 }, 0 },
};

static void shapes(void **state)
{
	struct fs_geometry geo = geometry();

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jset_writer w = { ARB_BUF_INIT };
		struct defects d = { 0 };
		uint8_t payload[32];

		for (unsigned j = 0; j < 4; j++)
			le64_put(payload + 8 * j, rows[i].word[j]);
		jset_add_raw(&w, rows[i].type, BTREE_lru, rows[i].level, payload, 8 * rows[i].words);
		assert_int_equal(jset_walk_entries(&geo, (const uint8_t *)w.out.s, w.out.len, &d, NULL, NULL), ARB_OK);
		if (d.list.nr != (rows[i].err != 0) || (d.list.nr && d.list.v[0].err != rows[i].err))
			fail_msg("row %u: expected error %u, found %u", i, rows[i].err, d.list.nr ? d.list.v[0].err : 0);
		defects_free(&d);
		arb_buf_free(&w.out);
	}
}

struct seen { unsigned parts, keys, lost_roots; };

static enum arb_code count(void *arg, const struct jset_entry *e, const struct bkey_s *k, uint32_t word)
{
	struct seen *s = arg;

	(void)word;
	s->parts += !k;
	s->keys += k != NULL;
	s->lost_roots += !k && e->type == JSET_btree_root && !e->bytes;
	return ARB_OK;
}

/* Whatever the walk hands on is valid; what is not is left out, but a root that fails is known to be lost. */
static void walk_leaves_out(void **state)
{
	struct fs_geometry geo = geometry();
	struct jset_writer w = { ARB_BUF_INIT };
	struct defects d = { 0 };
	struct bkey_s wrong = set_key(1);
	struct seen s = { 0 };

	(void)state;
	wrong.k.type = KEY_dirent;		/* not in this btree, and too short */
	jset_add_key(&w, JSET_btree_keys, BTREE_need_discard, 0, set_key(1));
	jset_add_key(&w, JSET_btree_keys, BTREE_need_discard, 0, wrong);
	jset_add_key(&w, JSET_btree_root, BTREE_need_discard, 0, wrong);
	jset_add_raw(&w, JSET_clock, 0, 0, NULL, 0);
	assert_int_equal(jset_walk_entries(&geo, (const uint8_t *)w.out.s, w.out.len - 8, &d, count, &s), ARB_OK);
	assert_int_equal(s.keys, 1);
	assert_int_equal(s.parts, 3);
	assert_int_equal(s.lost_roots, 1);
	assert_int_equal(d.list.nr, 2);
	defects_free(&d);
	/* every length that cuts the list somewhere inside */
	for (size_t n = 1; n < w.out.len; n++) {
		uint8_t *copy = malloc(n);		/* so that reading past the end is noticed */

		memcpy(copy, w.out.s, n);
		jset_walk_entries(&geo, copy, n, &d, count, &s);
		free(copy);
	}
	assert_true(defects_have(&d, 13));
	defects_free(&d);
	arb_buf_free(&w.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(not_written), cmocka_unit_test(shapes), cmocka_unit_test(walk_leaves_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
