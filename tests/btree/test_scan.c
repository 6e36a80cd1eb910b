/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device scan: what is found, copies, questions to the result. */
#include "../unit.h"
#include <unistd.h>

#include "../../src/btree/scan_private.h"
#include "../../src/btree/view_private.h"
#include "arborist/format/enums.h"
#include "arborist/overlay/overlay.h"
#include "node_make.h"
#include "../temp.h"

#define DEVS		2
#define DEV_BYTES	(4 << 20)
#define NODE_BYTES	(TEST_NODE_SECTORS * 512)
#define SLOTS		(DEV_BYTES / NODE_BYTES)

static struct workers *workers;

struct world {
	struct devset	devs;
	struct device	dev[DEVS];
	struct view	v;
};

static void world_init(struct world *w)
{
	*w = (struct world){ .v = { .devs = &w->devs, .geo = test_geometry(), .workers = workers, .ahead = view_ahead_new() } };
	for (unsigned i = 0; i < DEVS; i++) {
		assert_int_equal(blk_mem_new("mem", NULL, DEV_BYTES, &w->dev[i].blk, NULL), ARB_OK);
		w->devs.dev[i] = &w->dev[i];
		w->v.geo.member[i] = (struct member_geometry){
			.exists = true, .online = true, .bucket_size = 4 * TEST_NODE_SECTORS, .nbuckets = SLOTS / 4,
			.data_allowed = 1 << DATA_btree, .btree_bitmap_shift = 8, .btree_bitmap = UINT64_MAX,
		};
	}
	rcu_thread_ensure();
	assert_int_equal(overlay_new(&w->v.overlay, NULL), ARB_OK);
	assert_int_equal(node_cache_new(1 << 20, &w->v.cache, NULL), ARB_OK);
}

static void world_free(struct world *w)
{
	node_cache_quiesce(w->v.cache);
	node_cache_free(w->v.cache);
	overlay_free(w->v.overlay);
	view_ahead_free(w->v.ahead);
	for (unsigned i = 0; i < DEVS; i++)
		blk_close(w->dev[i].blk);
}

/* One key at 1:@offset, in [1:min, 1:max]; an own cookie per slot unless given. A second bset when @longer. */
static void put(struct world *w, unsigned dev, unsigned slot, uint64_t min, uint64_t max, uint32_t seq, uint64_t cookie, bool longer)
{
	struct node_spec s = test_spec();
	struct test_key t[] = { test_key(1, min, slot), test_key(1, max, slot) };
	struct bkey_s k[2];
	unsigned sectors;
	uint8_t *raw;

	s.min = BPOS(1, min, 0);
	s.max = BPOS(1, max, 0);
	s.node_seq = seq;
	s.cookie = cookie ? cookie : TEST_COOKIE + slot;
	test_keys_s(t, 2, k);
	assert_int_equal(node_encode(&w->v.geo, &s, k, 1, &raw, &sectors, NULL), ARB_OK);
	if (longer)
		assert_int_equal(node_encode_append(&w->v.geo, &s, raw, &sectors, 9, k + 1, 1, NULL), ARB_OK);
	memcpy((uint8_t *)blk_mem_data(w->dev[dev].blk) + (size_t)slot * NODE_BYTES, raw, NODE_BYTES);
	free(raw);
}

static uint8_t *byte_of(struct world *w, unsigned dev, unsigned slot, unsigned at)
{
	return (uint8_t *)blk_mem_data(w->dev[dev].blk) + (size_t)slot * NODE_BYTES + at;
}

static struct scan *scan(struct world *w, bool whole)
{
	struct scan_options o = { .whole = whole };
	struct scan *s;

	assert_int_equal(scan_run(&w->v, &o, &s, NULL), ARB_OK);
	return s;
}

/* @at_once: on a device where parts are not to be read by themselves. */
static void found(bool at_once)
{
	struct world w;
	struct scan *s;
	size_t cur = 0;
	const struct scanned_node *n;

	world_init(&w);
	put(&w, 0, 5, 100, 200, 3, 0, true);
	put(&w, 1, 90, 201, 300, 4, 0, false);
	put(&w, 0, 7, 301, 400, 4, 0, false);
	*byte_of(&w, 0, 7, 16) ^= 1;		/* not a node of this filesystem */
	put(&w, 0, 8, 301, 400, 4, 0, false);
	*byte_of(&w, 0, 8, 80) = 77;		/* format that means nothing */
	put(&w, 1, 80, 401, 500, 4, 0, false);
	byte_of(&w, 1, 80, 512)[0] = 99;	/* behind the end there is nothing: not looked at */
	for (unsigned i = 0; at_once && i < DEVS; i++)
		assert_int_equal(blk_fault_new(w.dev[i].blk, 0, 0, 0, &w.dev[i].blk, NULL), ARB_OK);
	s = scan(&w, false);
	assert_int_equal(s->positions, 2 * SLOTS);
	assert_int_equal(s->bytes_read, at_once ? 2 * DEV_BYTES : 2 * SLOTS * 4096);
	assert_int_equal(s->rejected, 1);
	assert_int_equal(s->nodes.nr, 3);
	n = scan_next(s, BTREE_lru, 0, POS_MIN, SPOS_MAX, &cur);
	assert_int_equal(n->node_seq, 3);
	assert_int_equal(n->sectors_written, 2);
	assert_int_equal(n->journal_seq, 9);
	assert_int_equal(n->copy[0].sector, 5 * TEST_NODE_SECTORS);
	n = scan_next(s, BTREE_lru, 0, POS_MIN, SPOS_MAX, &cur);
	assert_int_equal(n->copy[0].dev, 1);
	n = scan_next(s, BTREE_lru, 0, POS_MIN, SPOS_MAX, &cur);
	assert_true(n->copy[0].sector == 80 * TEST_NODE_SECTORS && !n->damaged && n->sectors_written == 1);
	assert_null(scan_next(s, BTREE_lru, 0, POS_MIN, SPOS_MAX, &cur));
	assert_true(scan_has_leaf(s, BTREE_lru));
	assert_false(scan_has_leaf(s, BTREE_inodes));
	scan_free(s);
	world_free(&w);
}

static void test_found(void **state)
{
	(void)state;
	found(false);
	found(true);
}

/* A node longer than its head, with two bsets: what is said of it is what all of it says. */
static void test_parts(void **state)
{
	struct world w;
	uint8_t raw[NODE_BYTES];
	struct node_probe all, part;
	size_t have = 512, want;

	(void)state;
	world_init(&w);
	put(&w, 0, 5, 100, 200, 3, 0, true);
	memcpy(raw, byte_of(&w, 0, 5, 0), NODE_BYTES);
	assert_int_equal(node_probe(&w.v.geo, raw, NODE_BYTES, &all, NULL), ARB_OK);
	while ((want = node_probe_bytes(&w.v.geo, raw, have)) > have)
		have = want;
	assert_true(have > 1024 && have <= 1024 + 64);
	memset(raw + have, 0xa5, NODE_BYTES - have);
	assert_int_equal(node_probe(&w.v.geo, raw, have, &part, NULL), ARB_OK);
	assert_true(part.usable && !part.damaged && part.sectors == all.sectors && part.journal_seq == all.journal_seq && all.journal_seq == 9);
	world_free(&w);
}

/* Bit 1 of the bitmap (shift 8: four slots a bit) is not set: what stands there is found in the whole device only. */
static void test_bitmap(void **state)
{
	struct world w;
	struct scan *s;

	(void)state;
	world_init(&w);
	w.v.geo.member[0].btree_bitmap = ~2ull;
	put(&w, 0, 3, 100, 200, 3, 0, false);
	put(&w, 0, 5, 201, 300, 3, 0, false);
	s = scan(&w, false);
	assert_int_equal(s->nodes.nr, 1);
	/* 64 bits of 256 sectors are more than the device has */
	assert_int_equal(s->positions, 2 * SLOTS - 4);
	scan_free(s);
	s = scan(&w, true);
	assert_int_equal(s->nodes.nr, 2);
	assert_int_equal(s->positions, 2 * SLOTS);
	scan_free(s);
	w.v.geo.version_upgrade_complete = 1 << 10 | 6;
	s = scan(&w, false);
	assert_int_equal(s->nodes.nr, 2);
	scan_free(s);
	/* It covers 256 sectors now, one bucket; a place is allowed when all its sixteen bits are */
	w.v.geo.member[0].btree_bitmap_shift = 2;
	w.v.geo.version_upgrade_complete = TEST_VERSION;
	s = scan(&w, false);
	assert_int_equal(s->positions, SLOTS + 3);
	scan_free(s);
	world_free(&w);
}

/* What the memory holds, in a file with holes where it is zeroes. */
static struct blk *sparse_file(struct blk *mem)
{
	static const uint8_t zeroes[4096];
	char path[TEMP_PATH];
	const uint8_t *from = blk_mem_data(mem);
	int fd = temp_file(path, "holes");
	struct blk *b;

	assert_true(fd >= 0 && !ftruncate(fd, DEV_BYTES));
	for (size_t at = 0; at < DEV_BYTES; at += sizeof(zeroes))
		if (memcmp(from + at, zeroes, sizeof(zeroes)))
			assert_int_equal(pwrite(fd, from + at, sizeof(zeroes), (off_t)at), sizeof(zeroes));
	assert_int_equal(blk_file_open(path, &b, NULL), ARB_OK);
	unlink(path);
	close(fd);
	return b;
}

static void same_scan(const struct scan *a, const struct scan *b)
{
	assert_int_equal(a->positions, b->positions);
	assert_int_equal(a->rejected, b->rejected);
	assert_int_equal(a->nodes.nr, b->nodes.nr);
	for (size_t i = 0; i < a->nodes.nr; i++) {
		const struct scanned_node *m = &a->nodes.v[i], *n = &b->nodes.v[i];

		assert_true(m->cookie == n->cookie && m->copy[0].sector == n->copy[0].sector && m->copy[0].dev == n->copy[0].dev);
	}
}

/* Holes are not read, and nothing is missed for it: at the start and the end, between nodes, in parts that the bitmap rules out. */
static void test_holes(void **state)
{
	static const unsigned slots[] = { 0, 1, 7, 8, 30, 31, 32, 60, 90, SLOTS - 1 };
	struct scan *all[2][2];
	struct world w;
	uint64_t start, end;
	bool has_holes;

	(void)state;
	world_init(&w);
	for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		put(&w, i & 1, slots[i], 100 * i + 1, 100 * i + 50, 3, 0, i & 1);
	*byte_of(&w, 0, 8, 80) = 77;		/* format that means nothing */
	w.v.geo.member[0].btree_bitmap = ~0x26ull;
	for (unsigned sparse = 0; sparse < 2; sparse++) {
		for (unsigned i = 0; sparse && i < DEVS; i++) {
			struct blk *file = sparse_file(w.dev[i].blk);

			blk_close(w.dev[i].blk);
			w.dev[i].blk = file;
		}
		all[sparse][0] = scan(&w, false);
		all[sparse][1] = scan(&w, true);
	}
	has_holes = blk_next_data(w.dev[0].blk, 0, &start, &end) && end < DEV_BYTES;
	for (unsigned whole = 0; whole < 2; whole++) {
		same_scan(all[0][whole], all[1][whole]);
		if (has_holes)
			assert_true(all[1][whole]->bytes_read < all[0][whole]->bytes_read / 4);
		scan_free(all[0][whole]);
		scan_free(all[1][whole]);
	}
	world_free(&w);
}

/* Copies of one node: the longest intact ones count. */
static void test_copies(void **state)
{
	struct world w;
	struct scan *s;

	(void)state;
	world_init(&w);
	put(&w, 0, 4, 100, 200, 3, 77, true);
	put(&w, 1, 6, 100, 200, 3, 77, true);
	s = scan(&w, false);
	assert_int_equal(s->nodes.nr, 1);
	assert_int_equal(s->nodes.v[0].nr_copies, 2);
	scan_free(s);
	put(&w, 1, 6, 100, 200, 3, 77, false);		/* missed the last write */
	s = scan(&w, false);
	assert_int_equal(s->nodes.nr, 1);
	assert_int_equal(s->nodes.v[0].nr_copies, 1);
	assert_int_equal(s->nodes.v[0].nr_left_out, 1);
	assert_int_equal(s->nodes.v[0].sectors_written, 2);
	assert_int_equal(s->nodes.v[0].copy[0].dev, 0);
	scan_free(s);
	*byte_of(&w, 0, 4, 0) ^= 1;			/* checksum of the longer one */
	s = scan(&w, false);
	assert_int_equal(s->nodes.v[0].copy[0].dev, 1);
	assert_int_equal(s->nodes.v[0].sectors_written, 1);
	assert_false(s->nodes.v[0].damaged);
	scan_free(s);
	world_free(&w);
}

/* A damaged node gives way to an intact older one, and makes nothing stale. */
static void test_damaged_is_older(void **state)
{
	struct world w;
	struct scan *s;

	(void)state;
	world_init(&w);
	put(&w, 0, 4, 100, 200, 9, 0, false);
	put(&w, 0, 5, 100, 150, 3, 0, false);
	*byte_of(&w, 0, 4, 0) ^= 1;
	s = scan(&w, false);
	assert_int_equal(s->live.nr, 2);
	assert_int_equal(s->nodes.v[s->live.v[0]].node_seq, 3);
	assert_int_equal(s->nodes.v[s->live.v[1]].node_seq, 9);
	assert_int_equal(s->nodes.v[s->live.v[1]].min.offset, 150);
	assert_int_equal(s->nodes.v[s->live.v[1]].min.snapshot, 1);
	assert_null(scan_newer(s, BTREE_lru, 0, BPOS(1, 100, 0), BPOS(1, 200, 0), 3));
	assert_int_equal(scan_newer(s, BTREE_lru, 0, BPOS(1, 100, 0), BPOS(1, 200, 0), 2)->node_seq, 3);
	assert_null(scan_newer(s, BTREE_lru, 1, BPOS(1, 100, 0), BPOS(1, 200, 0), 0));
	scan_free(s);
	world_free(&w);
}

static void test_bad_sectors(void **state)
{
	struct world w;
	struct scan *s;

	(void)state;
	world_init(&w);
	put(&w, 0, 4, 100, 200, 3, 0, false);
	put(&w, 0, 6, 201, 300, 3, 0, false);
	assert_int_equal(blk_fault_new(w.dev[0].blk, 0, 5 * NODE_BYTES + 700, 5 * NODE_BYTES + 800, &w.dev[0].blk, NULL), ARB_OK);
	s = scan(&w, false);
	assert_int_equal(s->nodes.nr, 2);
	assert_int_equal(s->read_errors, 1);
	scan_free(s);
	world_free(&w);
}

static enum arb_code stop_at_once(void *arg, uint64_t done, uint64_t total, size_t found)
{
	(void)found;
	assert_true(done <= total && total == 2 * DEV_BYTES);
	++*(unsigned *)arg;
	return ARB_E_CANCELLED;
}

static void test_cancel(void **state)
{
	unsigned calls = 0;
	struct scan_options o = { .progress = stop_at_once, .arg = &calls };
	struct scan *s = NULL;
	struct world w;

	(void)state;
	world_init(&w);
	assert_int_equal(scan_run(&w.v, &o, &s, NULL), ARB_E_CANCELLED);
	assert_true(calls >= 1);
	assert_null(s);
	world_free(&w);
}

static void test_pointer(void **state)
{
	struct bkey_buf k;
	struct btree_ptr p;
	struct world w;
	struct scan *s;
	size_t cur = 0;

	(void)state;
	world_init(&w);
	put(&w, 0, 4, 100, 200, 3, 77, false);
	put(&w, 1, 6, 100, 200, 3, 77, false);
	s = scan(&w, false);
	scan_pointer(&s->nodes.v[0], POS_MIN, SPOS_MAX, &k);
	assert_true(btree_ptr_get(bkey_buf_s(&k), &p));
	assert_true(bpos_eq(p.min_key, BPOS(1, 100, 0)) && bpos_eq(p.max_key, BPOS(1, 200, 0)));
	assert_int_equal(p.seq, 77);
	assert_int_equal(p.sectors_written, 1);
	assert_int_equal(p.nr_ptrs, 2);
	assert_int_equal(p.ptr[1].dev, 1);
	assert_false(p.range_updated);
	scan_pointer(&s->nodes.v[0], BPOS(1, 110, 0), BPOS(1, 120, 0), &k);
	assert_true(btree_ptr_get(bkey_buf_s(&k), &p));
	assert_true(p.range_updated && p.min_key.offset == 110 && p.max_key.offset == 120);
	/* Neither is a range of one position */
	assert_null(scan_next(s, BTREE_lru, 0, BPOS(1, 200, 0), BPOS(1, 300, 0), &cur));
	cur = 0;
	assert_null(scan_next(s, BTREE_lru, 0, POS_MIN, BPOS(1, 100, 0), &cur));
	cur = 0;
	assert_non_null(scan_next(s, BTREE_lru, 0, BPOS(1, 199, 0), BPOS(1, 300, 0), &cur));
	scan_free(s);
	world_free(&w);
}

static void holds(const struct older_keys *k, size_t i, uint64_t offset, unsigned slot)
{
	assert_true(i < k->key.nr && bpos_eq(k->key.v[i].k.p, BPOS(1, offset, 0)));
	assert_int_equal(le64_get(k->key.v[i].v), slot);
}

/* What older leaves hold where a leaf has lost something: the newest that covers a position decides. */
static void test_older(void **state)
{
	struct bpos_range lost[] = { { BPOS(1, 5, 0), BPOS(1, 60, 0) }, { BPOS(1, 90, 0), BPOS(1, 110, 0) } };
	struct bpos gone[] = { BPOS(1, 100, 0) };
	struct node_key own = { .k = { .p = BPOS(1, 10, 0), .u64s = BKEY_U64s, .type = KEY_cookie } };
	struct node n = { .btree = BTREE_lru, .h.bset.seq = 7, .min = BPOS(1, 0, 0), .max = BPOS(1, 120, 0), .keys = &own, .nr_keys = 1,
			  .lost.range = { .v = lost, .nr = 2 } };
	struct older_keys k;
	struct world w;
	struct scan *s;

	(void)state;
	world_init(&w);
	put(&w, 0, 1, 10, 50, 3, 0, true);
	put(&w, 0, 2, 10, 100, 2, 0, true);
	put(&w, 0, 3, 0, 100, 1, 0, true);
	put(&w, 0, 4, 0, 110, 9, 7, true);	/* the leaf itself */
	put(&w, 0, 5, 20, 110, 8, 0, true);
	*byte_of(&w, 0, 5, 500) ^= 1;		/* its checksum is wrong: it is not asked */
	*byte_of(&w, 0, 5, NODE_HEADER_BYTES) ^= 1;
	s = scan(&w, false);
	assert_int_equal(scan_older_keys(s, &w.v, &n, false, &k, NULL), ARB_OK);
	assert_int_equal(k.key.nr, 2);
	holds(&k, 0, 50, 1);
	holds(&k, 1, 100, 2);
	older_keys_free(&k);
	assert_int_equal(scan_older_keys(s, &w.v, &n, true, &k, NULL), ARB_OK);
	assert_int_equal(k.key.nr, 4);
	holds(&k, 0, 0, 3);
	holds(&k, 1, 10, 1);
	older_keys_free(&k);
	n.lost.deleted.v = gone;
	n.lost.deleted.nr = 1;
	assert_int_equal(scan_older_keys(s, &w.v, &n, false, &k, NULL), ARB_OK);
	assert_int_equal(k.key.nr, 1);
	older_keys_free(&k);
	assert_int_equal(overlay_insert(w.v.overlay, BTREE_lru, 0, (struct bkey_s){ { .p = BPOS(1, 50, 0), .u64s = BKEY_U64s, .type = KEY_deleted }, NULL }, 0), ARB_OK);
	assert_int_equal(scan_older_keys(s, &w.v, &n, false, &k, NULL), ARB_OK);
	assert_int_equal(k.key.nr, 0);
	older_keys_free(&k);
	/* Given up, the newest leaves what it covered to the next one */
	assert_int_equal(scan_distrust(s, 7, NULL), ARB_OK);
	assert_int_equal(s->nodes.v[s->live.v[0]].node_seq, 1);
	assert_true(bpos_eq(s->nodes.v[s->live.v[0]].max, BPOS(1, 9, UINT32_MAX)));
	scan_free(s);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found), cmocka_unit_test(test_parts), cmocka_unit_test(test_bitmap), cmocka_unit_test(test_holes), cmocka_unit_test(test_copies),
		cmocka_unit_test(test_damaged_is_older), cmocka_unit_test(test_bad_sectors), cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_pointer), cmocka_unit_test(test_older),
	};
	int failed;

	if (workers_new(2, &workers, NULL))
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	workers_free(workers);
	return failed ? 1 : 0;
}
