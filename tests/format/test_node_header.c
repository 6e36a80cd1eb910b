/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Node and bset headers, defects, and the blacklist lookup of the geometry. */
#include "../unit.h"

#include "arborist/format/defect.h"
#include "arborist/format/geometry.h"
#include "arborist/format/node.h"

static const struct node_header sample = {
	.csum = { 1, 2 }, .magic = 0x1122334455667788, .btree = 0xabcd5, .level = 3, .new_extent_overwrite = true,
	.node_seq = 0xdeadbeef, .min_key = { 1, 2, 3 }, .max_key = { 4, 5, 6 },
	.format = { 3, 6, { 64, 64, 32 }, { 0 } },
	.bset = { .seq = 7, .journal_seq = 8, .csum_type = 5, .separate_whiteouts = true, .offset = 0xfffe, .version = 1037, .u64s = 99 },
};

static void node_header(void **state)
{
	uint8_t disk[NODE_HEADER_BYTES], again[NODE_HEADER_BYTES];
	struct node_header h;

	(void)state;
	memset(disk, 0xaa, sizeof(disk));
	node_header_put(disk, &sample);
	assert_memory_equal(disk + 16, "\x88\x77\x66\x55\x44\x33\x22\x11", 8);
	/* id low 5, level 3, new_extent_overwrite, id high 0xabcd at bit 9, seq at bit 32 */
	assert_memory_equal(disk + 24, "\x35\x9b\x57\x01\xef\xbe\xad\xde", 8);
	assert_memory_equal(disk + 72, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(disk[156] | disk[157] << 8, 1037);
	h = node_header_get(disk);
	node_header_put(again, &h);
	assert_memory_equal(disk, again, sizeof(disk));
	assert_int_equal(h.btree, 0xabcd5);
	assert_int_equal(h.level, 3);
	assert_true(h.new_extent_overwrite);
	assert_int_equal(h.node_seq, 0xdeadbeef);
	assert_true(bpos_eq(h.max_key, sample.max_key));
	assert_int_equal(h.bset.u64s, 99);
	assert_int_equal(h.bset.offset, 0xfffe);
	assert_true(h.bset.separate_whiteouts && !h.bset.big_endian);
}

static void later_bset(void **state)
{
	struct bset_header h = { .seq = 1ull << 63, .journal_seq = 2, .csum_type = 7, .big_endian = true, .version = 1, .u64s = 65535 }, g;
	uint8_t disk[BSET_HEADER_BYTES];

	(void)state;
	bset_header_put(disk, &h);
	assert_int_equal(disk[16], 0x17);
	g = bset_header_get(disk);
	assert_true(g.seq == h.seq && g.big_endian && !g.separate_whiteouts);
	assert_int_equal(g.u64s, 65535);
	assert_int_equal(g.csum_type, 7);
}

static void defects(void **state)
{
	struct defects d = { 0 };
	struct defect *e = defects_add(&d, 42, DEFECT_WANT_RETRY, "bad %s at %u", "checksum", 8);

	(void)state;
	assert_string_equal(e->text, "bad checksum at 8");
	assert_int_equal(e->dev, DEV_NONE);
	defects_add(&d, 57, DEFECT_FIXABLE, "order");
	assert_true(defects_have(&d, 57));
	assert_false(defects_have(&d, 32));
	assert_int_equal(defects_worst(&d), DEFECT_WANT_RETRY);
	for (unsigned i = 0; i < DEFECTS_MAX; i++)
		defects_add(&d, 1, DEFECT_NOTE, "%u", i);
	assert_int_equal(d.list.nr, DEFECTS_MAX);
	assert_int_equal(d.dropped, 2);
	defects_free(&d);
	assert_int_equal(defects_worst(&d), DEFECT_NOTE);
}

static void blacklist(void **state)
{
	static const struct seq_range r[] = { { 5, 6 }, { 10, 20 }, { 20, 22 }, { 100, UINT64_MAX } };
	struct fs_geometry g = { .blacklist = r, .nr_blacklist = 4 }, none = { 0 };

	(void)state;
	for (uint64_t seq = 0; seq < 130; seq++)
		assert_int_equal(geometry_seq_blacklisted(&g, seq), seq == 5 || (seq >= 10 && seq < 22) || seq >= 100);
	assert_false(geometry_seq_blacklisted(&g, UINT64_MAX));
	assert_false(geometry_seq_blacklisted(&none, 5));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(node_header),
	cmocka_unit_test(later_bset),
	cmocka_unit_test(defects),
	cmocka_unit_test(blacklist),
};
UNIT_MAIN(tests)
