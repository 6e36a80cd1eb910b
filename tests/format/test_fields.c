/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field tables of nodes, keys and the journal: no two rows overlap, and each says the same as the code that reads and writes it. */
#include "../unit.h"

#include <stdlib.h>

#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/extent.h"
#include "arborist/format/fields.h"
#include "arborist/format/jset.h"
#include "arborist/format/node.h"

enum { TABLE_BYTES = 1024 };

/* Every row once on its own bits. */
static void check_table(const struct fmt_struct *s)
{
	uint8_t all[TABLE_BYTES] = { 0 };

	for (unsigned i = 0; i < s->nr; i++) {
		const struct fmt_field *f = &s->field[i];
		uint8_t one[TABLE_BYTES] = { 0 };

		assert_true(f->bytes && f->offset + f->bytes <= TABLE_BYTES);
		assert_ptr_equal(fmt_field(s, f->name), f);
		if (f->kind != FMT_UINT) {
			memset(one + f->offset, 0xff, f->bytes);
		} else {
			assert_true(f->bytes <= 8 && f->bit + f->bits <= 8 * f->bytes);
			fmt_put(f, one, UINT64_MAX);
			assert_int_equal(fmt_get(f, all), 0);
		}
		for (unsigned b = 0; b < TABLE_BYTES; b++) {
			assert_int_equal(all[b] & one[b], 0);
			all[b] |= one[b];
		}
	}
}

static void rows_do_not_overlap(void **state)
{
	static const struct fmt_struct *const fixed[] = {
		&fmt_node, &fmt_node_entry, &fmt_bset, &fmt_bkey, &fmt_bkey_packed, &fmt_jset, &fmt_jset_entry, &fmt_member,
		&fmt_sb_group, &fmt_sb_downgrade,
	};
	unsigned values = 0, payloads = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		check_table(fixed[i]);
	for (unsigned i = 0; i < 256; i++) {
		if (fmt_value(i)) {
			check_table(fmt_value(i));
			assert_string_equal(fmt_value(i)->name, i == KEY_indirect_inline_data ? "reflink_v" : bkey_type_name(i));
			values++;
		}
		if (fmt_jset_payload(i)) {
			check_table(fmt_jset_payload(i));
			assert_string_equal(fmt_jset_payload(i)->name, jset_entry_type_name(i));
			payloads++;
		}
	}
	assert_int_equal(values, 21);
	assert_int_equal(payloads, 7);
	for (unsigned i = 0; i < EXTENT_ENTRY_TYPE_NR; i++)
		check_table(fmt_extent_entry(UINT64_C(1) << i));
	assert_null(fmt_extent_entry(0));
	assert_null(fmt_extent_entry(UINT64_C(1) << EXTENT_ENTRY_TYPE_NR));
}

static uint64_t get(const struct fmt_struct *s, const char *name, const void *base)
{
	assert_non_null(fmt_field(s, name));
	return fmt_get(fmt_field(s, name), base);
}

static void nodes(void **state)
{
	static const struct bset_header bset = {
		.seq = 0x1122334455667788, .journal_seq = 77, .csum_type = 5, .separate_whiteouts = true, .offset = 0x1234,
		.version = 1037, .u64s = 600,
	};
	struct node_header h = {
		.magic = 0x99aabbccddeeff00, .btree = 0x12345, .level = 3, .node_seq = 0xcafe, .min_key = { 1, 2, 3 },
		.max_key = { 4, 5, 6 }, .format = bkey_format_current, .bset = bset,
	};
	uint8_t p[NODE_HEADER_BYTES];

	(void)state;
	h.format.offset[2] = 7;
	node_header_put(p, &h);
	assert_int_equal(get(&fmt_node, "magic", p), h.magic);
	assert_int_equal(get(&fmt_node, "ID_LO", p) | get(&fmt_node, "ID_HI", p) << 4, h.btree);
	assert_int_equal(get(&fmt_node, "LEVEL", p), 3);
	assert_int_equal(get(&fmt_node, "SEQ", p), 0xcafe);
	assert_int_equal(get(&fmt_node, "min_key.inode", p), h.min_key.inode);
	assert_int_equal(get(&fmt_node, "min_key.offset", p), h.min_key.offset);
	assert_int_equal(get(&fmt_node, "max_key.snapshot", p), h.max_key.snapshot);
	assert_int_equal(get(&fmt_node, "format.key_u64s", p), h.format.key_u64s);
	assert_int_equal(get(&fmt_node, "format.bits[snapshot]", p), h.format.bits[2]);
	assert_int_equal(get(&fmt_node, "format.offset[snapshot]", p), 7);
	assert_int_equal(get(&fmt_node, "keys.seq", p), bset.seq);
	assert_int_equal(get(&fmt_node, "keys.u64s", p), bset.u64s);
	bset_header_put(p, &bset);
	assert_int_equal(get(&fmt_bset, "journal_seq", p), 77);
	assert_int_equal(get(&fmt_bset, "CSUM_TYPE", p), 5);
	assert_int_equal(get(&fmt_bset, "BIG_ENDIAN", p), 0);
	assert_int_equal(get(&fmt_bset, "SEPARATE_WHITEOUTS", p), 1);
	assert_int_equal(get(&fmt_bset, "OFFSET", p), 0x1234);
	assert_int_equal(get(&fmt_bset, "version", p), 1037);
}

static void journal_entries(void **state)
{
	static const struct jset_header h = {
		.magic = 3, .seq = 44, .last_seq = 40, .version = 1037, .csum_type = 1, .no_flush = true,
	};
	struct arb_error err;
	uint8_t *p;
	size_t n;

	(void)state;
	assert_int_equal(jset_encode(&h, "\1\0\2\3\1\0\0\0", 8, 512, &p, &n, &err), ARB_OK);
	assert_int_equal(get(&fmt_jset, "seq", p), 44);
	assert_int_equal(get(&fmt_jset, "last_seq", p), 40);
	assert_int_equal(get(&fmt_jset, "version", p), 1037);
	assert_int_equal(get(&fmt_jset, "CSUM_TYPE", p), 1);
	assert_int_equal(get(&fmt_jset, "NO_FLUSH", p), 1);
	assert_int_equal(get(&fmt_jset, "u64s", p), 1);
	assert_int_equal(get(&fmt_jset_entry, "btree_id", p + JSET_HEADER_BYTES), 2);
	assert_int_equal(get(&fmt_jset_entry, "level", p + JSET_HEADER_BYTES), 3);
	assert_int_equal(get(&fmt_jset_entry, "type", p + JSET_HEADER_BYTES), 1);
	free(p);
}

static void keys(void **state)
{
	static const struct alloc_v4 a = {
		.journal_seq = 9, .need_inc_gen = true, .gen = 3, .oldest_gen = 2, .data_type = DATA_user, .stripe_redundancy = 1,
		.dirty_sectors = 77, .cached_sectors = 78, .stripe_sectors = 79, .io_time = { 5, 6 }, .stripe = 8,
	};
	struct extent_crc crc = { .compressed_size = 8, .uncompressed_size = 300, .offset = 3, .nonce = 2, .csum_type = 2,
				  .compression_type = 4, .csum_lo = 55 };
	struct bkey_buf k;
	uint8_t out[2048], c[24];
	uint64_t word = extent_ptr_word(3, 4096, 17);

	(void)state;
	alloc_put(&k, BPOS(1, 2, 0), &a);
	k.k.ver = (struct bversion){ .lo = 12, .hi = 13 };
	bkey_put(out, bkey_buf_s(&k));
	assert_int_equal(get(&fmt_bkey, "u64s", out), 13);
	assert_int_equal(get(&fmt_bkey, "format", out), 1);
	assert_int_equal(get(&fmt_bkey, "type", out), KEY_alloc_v4);
	assert_int_equal(get(&fmt_bkey, "version.lo", out), 12);
	assert_int_equal(get(&fmt_bkey, "version.hi", out), 13);
	assert_int_equal(get(&fmt_bkey, "p.inode", out), 1);
	assert_int_equal(get(&fmt_bkey, "p.offset", out), 2);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "NEED_INC_GEN", k.v), 1);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "BACKPOINTERS_START", k.v), 8);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "gen", k.v), 3);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "data_type", k.v), DATA_user);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "cached_sectors", k.v), 78);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "io_time[write]", k.v), 6);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "stripe", k.v), 8);
	assert_int_equal(get(fmt_value(KEY_alloc_v4), "stripe_sectors", k.v), 79);
	le64_put(out, word);
	assert_int_equal(get(fmt_extent_entry(word), "dev", out), 3);
	assert_int_equal(get(fmt_extent_entry(word), "offset", out), 4096);
	assert_int_equal(get(fmt_extent_entry(word), "gen", out), 17);
	assert_int_equal(extent_crc_put(c, &crc), 2);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "compressed_size", c), 7);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "uncompressed_size", c), 299);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "offset", c), 3);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "nonce", c), 2);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "csum_type", c), 2);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "compression_type", c), 4);
	assert_int_equal(get(fmt_extent_entry(le64_get(c)), "csum_lo", c), 55);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(rows_do_not_overlap),
	cmocka_unit_test(nodes),
	cmocka_unit_test(journal_entries),
	cmocka_unit_test(keys),
};
UNIT_MAIN(tests)
