/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is decoded from real values, and that what is encoded is decoded again. */
#include "../unit.h"
#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"
#include "arborist/format/dirent.h"
#include "arborist/format/extent.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "arborist/format/reflink.h"
#include "arborist/format/snapshot.h"
#include "arborist/format/stripe.h"
#include "arborist/format/varint.h"

static struct bkey_buf key_of(unsigned type, const uint64_t *words, unsigned nr)
{
	struct bkey_buf b = { .k = { .type = type, .u64s = BKEY_U64s + nr } };

	for (unsigned i = 0; i < nr; i++)
		le64_put(b.v + 8 * i, words[i]);
	return b;
}
#define KEY_OF(type, ...) key_of(KEY_##type, (uint64_t[]){ __VA_ARGS__ }, sizeof((uint64_t[]){ __VA_ARGS__ }) / 8)

static void varints(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 127, 128, 16383, 16384, 0xffffffff, (1ULL << 56) - 1, 1ULL << 56, UINT64_MAX };
	static const uint8_t lengths[] = { 1, 1, 1, 2, 2, 3, 5, 8, 9, 9 };
	uint8_t buf[VARINT_BYTES_MAX];
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned n = varint_put(buf, numbers[i]);

		assert_int_equal(n, lengths[i]);
		assert_int_equal(varint_get(buf, buf + n, &v), n);
		assert_true(v == numbers[i]);
		assert_int_equal(varint_get(buf, buf + n - 1, &v), 0);	/* cut short */
	}
}

static void old_varints(void **state)
{
	const uint8_t one[] = { 0x85 }, two[] = { 0x41, 0x02 }, four[] = { 0x10, 1, 2, 3 }, none[] = { 0, 1 };
	const uint8_t thirteen[13] = { 1, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8 };
	uint64_t v, high;

	(void)state;
	assert_int_equal(varint_old_get(one, one + 1, &v, &high), 1);
	assert_int_equal(v, 5);
	assert_int_equal(varint_old_get(two, two + 2, &v, &high), 2);
	assert_int_equal(v, 0x102);
	assert_int_equal(varint_old_get(two, two + 1, &v, &high), 0);
	assert_int_equal(varint_old_get(four, four + 4, &v, &high), 4);
	assert_int_equal(v, 0x010203);
	assert_int_equal(varint_old_get(none, none + 2, &v, &high), 0);
	assert_int_equal(varint_old_get(thirteen, thirteen + 13, &v, &high), 13);
	assert_true(v == 0x0102030405060708 && high == 9);
}

static void inode_real(void **state)
{
	struct bkey_buf b = KEY_OF(inode_v3, 0x17, 0x1bf57da604598a8e, 0x41ed316300000, 0, 0, 0, 0xffffffffe09bb5ff, 0x34955e840f00ff,
				   0xb5ff0034955e840f, 0xffffffffffe09b, 0x1a0000, 0x0, 0x200), again;
	struct inode in;

	(void)state;
	b.k.p = BPOS(0, ROOT_INODE, UINT32_MAX);
	assert_true(inode_get(bkey_buf_s(&b), &in));
	assert_int_equal(in.mode, 040755);
	assert_true(in.hash_seed == 0x1bf57da604598a8e);
	assert_int_equal(inode_str_hash_type(&in), 3);
	assert_int_equal(in.journal_seq, 23);
	assert_int_equal(in.field[INODE_FIELD_nlink], 13);
	assert_int_equal(inode_nlink(&in), 15);
	assert_int_equal(in.field[INODE_FIELD_subvol], 1);
	assert_true(in.field[INODE_FIELD_ctime] == 7057634336);
	inode_put(&again, b.k.p, &in);
	assert_int_equal(again.k.u64s, b.k.u64s);
	assert_int_equal(again.k.type, KEY_inode_v3);
	assert_memory_equal(again.v, b.v, bkey_val_bytes(&b.k));	/* the very bytes a kernel wrote */
}

/* The two older forms, made by hand: two fields each, the second being ctime. */
static void inode_old(void **state)
{
	struct bkey_buf v2 = KEY_OF(inode_v2, 5, 6, 6ULL << 24 | 3 << 20, 0, 0, 0), v1 = KEY_OF(inode, 6, 0, 0, 0);
	struct inode in;

	(void)state;
	le16_put(v2.v + 24, 0100644);
	/* atime 1, ctime 2, mtime 3, otime 4 (each with a zero), size 5, sectors 8 */
	memcpy(v2.v + 26, (uint8_t[]){ 2, 0, 4, 0, 6, 0, 8, 0, 10, 16 }, 10);
	assert_true(inode_get(bkey_buf_s(&v2), &in));
	assert_int_equal(in.mode, 0100644);
	assert_int_equal(in.journal_seq, 5);
	assert_int_equal(in.hash_seed, 6);
	assert_int_equal(in.field[INODE_FIELD_otime], 4);
	assert_int_equal(in.size, 5);
	assert_int_equal(in.sectors, 8);

	le32_put(v1.v + 8, 2u << 24);	/* old encoding */
	le16_put(v1.v + 12, 0100600);
	memcpy(v1.v + 14, (uint8_t[]){ 0x81, 0x42, 0x03 }, 3);
	assert_true(inode_get(bkey_buf_s(&v1), &in));
	assert_int_equal(in.field[INODE_FIELD_atime], 1);
	assert_int_equal(in.field[INODE_FIELD_ctime], 0x203);
	assert_int_equal(in.field[INODE_FIELD_uid], 0);
	le32_put(v1.v + 8, 4u << 24);	/* a third number of no length */
	assert_false(inode_get(bkey_buf_s(&v1), &in));
}

static void inode_bad(void **state)
{
	struct bkey_buf b;
	struct inode in = { .mode = 0100644 }, out;

	(void)state;
	in.field[INODE_FIELD_nocow] = 1;
	in.field[INODE_FIELD_uid] = 0x1ffffffff;	/* does not fit 32 bits */
	inode_put(&b, BPOS(0, 5000, UINT32_MAX), &in);
	assert_false(inode_get(bkey_buf_s(&b), &out));
	in.field[INODE_FIELD_uid] = 0xffffffff;
	inode_put(&b, BPOS(0, 5000, UINT32_MAX), &in);
	assert_true(inode_get(bkey_buf_s(&b), &out));
	assert_memory_equal(out.field, in.field, sizeof(in.field));
	b.k.u64s--;					/* the last field is cut off */
	assert_false(inode_get(bkey_buf_s(&b), &out));
}

static void alloc_versions(void **state)
{
	/* v1: every field; v2 and v3: the first three varints; v4 from the time before stripe sectors, with one backpointer */
	struct bkey_buf v1 = KEY_OF(alloc, 0, 0, 0), v2 = KEY_OF(alloc_v2, 0, 0), v3 = KEY_OF(alloc_v3, 77, 0, 0);
	struct bkey_buf v4 = KEY_OF(alloc_v4, 9, 0x0004010200000118, 0x80, 1, 2, 3, 0xdead, 0xdead, 0xdead, 0xdead);
	struct alloc_v4 a;

	(void)state;
	memcpy(v1.v, (uint8_t[]){ 0xff, 7, 1, 0, 2, 0, 4, 128, 0, 16, 0, 6, 5, 0, 0, 0, 1 }, 17);
	assert_true(alloc_get(bkey_buf_s(&v1), &a));
	assert_true(a.gen == 7 && a.oldest_gen == 6 && a.data_type == DATA_user && a.dirty_sectors == 128 &&
		    a.cached_sectors == 16 && a.stripe == 5 && a.stripe_redundancy == 1 && a.io_time[0] == 1 && a.io_time[1] == 2);

	memcpy(v2.v, (uint8_t[]){ 3, 7, 6, 4, 2, 4, 0x41, 1 }, 8);
	assert_true(alloc_get(bkey_buf_s(&v2), &a));
	assert_true(a.gen == 7 && a.oldest_gen == 6 && a.data_type == DATA_user && a.io_time[0] == 1 && a.io_time[1] == 2 &&
		    a.dirty_sectors == 0x141 >> 2);
	v2.v[6] = 0xff;		/* a number of nine bytes, in a value that ends */
	v2.k.u64s = BKEY_U64s + 1;
	assert_false(alloc_get(bkey_buf_s(&v2), &a));

	memcpy(v3.v + 8, (uint8_t[]){ 3, 0, 0, 0, 3, 7, 6, 4, 2, 4, 16 }, 11);
	assert_true(alloc_get(bkey_buf_s(&v3), &a));
	assert_true(a.journal_seq == 77 && a.need_discard && !a.need_inc_gen && a.gen == 7 && a.dirty_sectors == 8);

	assert_true(alloc_get(bkey_buf_s(&v4), &a));
	assert_true(a.bp_start == 6 && a.nr_backpointers == 1 && !a.stripe_sectors && !a.fragmentation_obsolete);
	assert_true(a.journal_seq == 9 && a.gen == 2 && a.oldest_gen == 1 && a.dirty_sectors == 0x80 && a.stripe == 3);
}

static void alloc_again(void **state)
{
	const struct alloc_v4 a = {
		.journal_seq = 1, .need_discard = true, .gen = 200, .oldest_gen = 3, .data_type = DATA_parity, .stripe_redundancy = 2,
		.dirty_sectors = 4, .cached_sectors = 5, .stripe_sectors = 6, .io_time = { 7, 8 }, .stripe = 9,
	};
	struct bkey_buf b;
	struct alloc_v4 r;

	(void)state;
	alloc_put(&b, BPOS(1, 2, 0), &a);
	assert_int_equal(b.k.u64s, 13);
	assert_true(alloc_get(bkey_buf_s(&b), &r));
	assert_int_equal(r.bp_start, 8);
	assert_true(r.journal_seq == 1 && r.need_discard && !r.need_inc_gen && r.gen == 200 && r.oldest_gen == 3 &&
		    r.data_type == DATA_parity && r.stripe_redundancy == 2 && r.dirty_sectors == 4 && r.cached_sectors == 5 &&
		    r.stripe_sectors == 6 && r.io_time[0] == 7 && r.io_time[1] == 8 && r.stripe == 9);
	b.k.type = KEY_set;
	assert_false(alloc_get(bkey_buf_s(&b), &r));
}

static void alloc_states(void **state)
{
	static const struct { struct alloc_v4 a; unsigned hint, type; } cases[] = {
		{ { 0 }, DATA_user, DATA_free },
		{ { .gen = 96 }, DATA_free, DATA_need_gc_gens },
		{ { .gen = 95 }, DATA_free, DATA_free },
		{ { .gen = 3, .oldest_gen = 250 }, DATA_free, DATA_free },
		{ { .need_discard = true, .gen = 96 }, DATA_free, DATA_need_discard },
		{ { .cached_sectors = 1, .need_discard = true }, DATA_user, DATA_cached },
		{ { .dirty_sectors = 1, .cached_sectors = 1 }, DATA_btree, DATA_btree },
		{ { .stripe_sectors = 1 }, DATA_user, DATA_user },
		{ { .stripe = 1, .dirty_sectors = 1 }, DATA_user, DATA_stripe },
		{ { .stripe = 1, .dirty_sectors = 1 }, DATA_parity, DATA_parity },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(alloc_data_type(&cases[i].a, cases[i].hint), cases[i].type);
	assert_true(alloc_fragmentation(&(struct alloc_v4){ .data_type = DATA_user, .dirty_sectors = 152 }, 256) == 152ULL * (1u << 31) / 256);
	assert_true(!alloc_fragmentation(&(struct alloc_v4){ .data_type = DATA_user, .dirty_sectors = 256 }, 256));
	assert_true(!alloc_fragmentation(&(struct alloc_v4){ .data_type = DATA_sb, .dirty_sectors = 8 }, 256));
	/* the lru key of a bucket of 152 sectors out of 256, as met on a real filesystem */
	assert_true(lru_pos(LRU_ID_FRAGMENTATION, lru_dev_bucket(0, 51), 152ULL * (1u << 31) / 256).inode == 18446462600007909376u);
	assert_int_equal(gen_after(3, 250), 9);
	assert_int_equal(gen_after(250, 3), 0);
	assert_true(alloc_freespace_start(&(struct alloc_v4){ .gen = 35, .oldest_gen = 3 }, 7) == (7 | 2ULL << 56));
}

static void backpointers(void **state)
{
	const struct member_geometry m = { .bucket_size = 256, .nbuckets = 1024 };
	const struct backpointer b = { 7, 1, DATA_btree, 130 << 10 | 5, 64, BPOS(1, 2, 3) };
	struct bpos p = backpointer_pos(&m, 0, 46, b.bucket_offset);
	struct bkey_buf k;
	struct backpointer r;

	(void)state;
	assert_true(p.offset == (46 * 256 + 130) * 1024 + 5 && !p.inode);
	assert_int_equal(backpointer_bucket(&m, p), 46);
	backpointer_put(&k, p, &b);
	assert_true(backpointer_get(bkey_buf_s(&k), &r));
	assert_true(r.btree == 7 && r.level == 1 && r.data_type == DATA_btree && r.bucket_offset == b.bucket_offset &&
		    r.bucket_len == 64 && bpos_eq(r.pos, b.pos));
}

static void accounting(void **state)
{
	static const struct accounting_pos all[] = {
		{ .type = ACCT_nr_inodes }, { .type = ACCT_persistent_reserved, .nr_replicas = 2 },
		{ .type = ACCT_replicas, .data_type = DATA_user, .nr_devs = 3, .nr_required = 1, .devs = { 0, 5, 63 } },
		{ .type = ACCT_dev_data_type, .dev = 3, .data_type = DATA_cached }, { .type = ACCT_compression, .compression_type = 4 },
		{ .type = ACCT_snapshot, .id = 4294967295 }, { .type = ACCT_btree, .id = 1 }, { .type = ACCT_rebalance_work },
		{ .type = ACCT_inum, .inum = 0x1122334455667788 },
	};
	const int64_t counters[3] = { 1, -2, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < ACCT_TYPE_NR; i++) {
		struct accounting_pos r;
		struct bkey_buf k;
		int64_t got[3];

		assert_int_equal(all[i].type, i);
		accounting_put(&k, &all[i], (struct bversion){ 5, 6 }, counters);
		r = accounting_pos_get(k.k.p);
		assert_true(r.type == i && r.nr_replicas == all[i].nr_replicas && r.data_type == all[i].data_type &&
			    r.nr_devs == all[i].nr_devs && r.nr_required == all[i].nr_required && r.dev == all[i].dev &&
			    r.compression_type == all[i].compression_type && r.id == all[i].id && r.inum == all[i].inum);
		assert_memory_equal(r.devs, all[i].devs, sizeof(r.devs));
		assert_int_equal(accounting_get(bkey_buf_s(&k), got), accounting_nr_counters(i));
		assert_true(got[0] == 1 && got[2] == (accounting_nr_counters(i) == 3 ? INT64_MIN : 0));
	}
	assert_int_equal(accounting_pos_get(BPOS(0, 0, 262147)).data_type, DATA_user);	/* v: dev_data_type dev=0 data_type=user */
	assert_int_equal(accounting_pos_get(BPOS(0, 255, 4294967045)).id, UINT32_MAX);	/* v: snapshot id=4294967295 */
	assert_int_equal(accounting_pos_get(SPOS_MAX).type, 255);
}

static void dirents(void **state)
{
	const struct dirent_key d = { .type = DT_reg, .inode = 77, .name = (const uint8_t *)"sixteen byte nm", .name_len = 15 };
	const struct dirent_key sub = { .type = DT_subvol, .child_subvol = 2, .parent_subvol = 1, .name = (const uint8_t *)"s", .name_len = 1 };
	struct bkey_buf k;
	struct dirent_key r;

	(void)state;
	assert_true(dirent_put(&k, BPOS(4096, 9, 1), &d));
	assert_int_equal(k.k.u64s, BKEY_U64s + 3);	/* 9 + 15 bytes: no zero at the end */
	assert_true(dirent_get(bkey_buf_s(&k), &r));
	assert_int_equal(r.name_len, 15);
	assert_memory_equal(r.name, "sixteen byte nm", 15);
	assert_int_equal(r.inode, 77);
	assert_true(dirent_put(&k, BPOS(4096, 9, 1), &sub));
	assert_true(dirent_get(bkey_buf_s(&k), &r));
	assert_true(r.child_subvol == 2 && r.parent_subvol == 1 && !r.inode && r.name_len == 1);
	memset(k.v, 0, 16);
	assert_true(dirent_get(bkey_buf_s(&k), &r));
	assert_int_equal(r.name_len, 0);
	/* seeds and offsets of a real filesystem */
	assert_true(dirent_hash(0x1bf57da604598a8e, "grove", 5) == 156474779263983274);
	assert_true(dirent_hash(0x1bf57da604598a8e, "delta", 5) == 503253817507287891);
	assert_true(xattr_hash(0x8a4e8302dc39034a, XATTR_user, "amber0", 6) == 8649986014233553773);
}

static void xattrs(void **state)
{
	const struct xattr_key x = { XATTR_trusted, (const uint8_t *)"abc", (const uint8_t *)"value", 3, 5 };
	struct bkey_buf k;
	struct xattr_key r;

	(void)state;
	assert_true(xattr_put(&k, BPOS(4098, 9, 1), &x));
	assert_int_equal(k.k.u64s, BKEY_U64s + 2);
	assert_true(xattr_get(bkey_buf_s(&k), &r));
	assert_true(r.type == XATTR_trusted && r.name_len == 3 && r.val_len == 5);
	assert_memory_equal(r.val, "value", 5);
	le16_put(k.v + 2, 0xffff);	/* lengths from disk never reach past the value */
	k.v[1] = 0xff;
	assert_true(xattr_get(bkey_buf_s(&k), &r));
	assert_true(r.name_len == 12 && r.val_len == 0);
}

static void snapshots(void **state)
{
	struct bkey_buf b = KEY_OF(snapshot, 0xfffffffc00000002, 0, 0x200000002, 0xfffffffc00000002, 0xfffffffcfffffffc, 0x1a3b6d020, 0), again;
	struct bkey_buf v = KEY_OF(subvolume, 0xfffffff700000005, 0x10af, 0x100000000, 0x18c595e21, 0);
	struct snapshot_key s;
	struct subvolume_key sv;

	(void)state;
	assert_true(snapshot_get(bkey_buf_s(&b), &s));
	assert_true(s.is_subvol && !s.deleted && s.parent == 4294967292 && s.subvol == 2 && s.tree == 2 && s.depth == 2 &&
		    s.skip[2] == 4294967292 && s.btime[0] == 0x1a3b6d020);
	snapshot_put(&again, 4294967287, &s);
	assert_memory_equal(again.v, b.v, 56);
	assert_int_equal(again.k.p.offset, 4294967287);
	b.k.u64s = BKEY_U64s + 3;
	assert_true(snapshot_get(bkey_buf_s(&b), &s));
	assert_true(!s.has_depth && !s.depth && !s.skip[0]);

	assert_true(subvolume_get(bkey_buf_s(&v), &sv));
	assert_true(sv.read_only && !sv.is_snapshot && sv.unlinked && sv.inode == 4271 && sv.snapshot == 4294967287 && sv.fs_path_parent == 1);
	subvolume_put(&again, 2, &sv);
	assert_memory_equal(again.v, v.v, 40);
}

static void crcs(void **state)
{
	static const struct extent_crc all[] = {
		{ .compressed_size = 8, .uncompressed_size = 128, .offset = 16, .csum_type = 5, .compression_type = 4, .csum_lo = 0x54294a68 },
		{ .compressed_size = 512, .uncompressed_size = 512, .offset = 511, .nonce = 1023, .csum_type = 3, .csum_lo = UINT64_MAX, .csum_hi = 0xba39 },
		{ .compressed_size = 1, .uncompressed_size = 8192, .nonce = 8191, .csum_type = 4, .compression_type = 15, .csum_lo = 1, .csum_hi = UINT64_MAX },
	};
	const struct extent_crc too_large = { .compressed_size = 8193, .uncompressed_size = 8193 };
	uint8_t buf[24];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct bkey_buf k = { .k = { .type = KEY_extent, .size = 8 } };
		struct extent_entry e;
		struct extent_crc r;
		unsigned word = 0;

		assert_int_equal(extent_crc_put(k.v, &all[i]), i + 1);
		k.k.u64s = BKEY_U64s + i + 1;
		assert_true(extent_next_entry(&(struct bkey_s){ k.k, k.v }, &word, &e));
		assert_int_equal(e.type, EXTENT_ENTRY_crc32 + i);
		r = extent_crc_decode(&(struct bkey_s){ k.k, k.v }, &e);
		assert_int_equal(r.live, 8);
		assert_true(r.compressed_size == all[i].compressed_size && r.uncompressed_size == all[i].uncompressed_size &&
			    r.offset == all[i].offset && r.nonce == all[i].nonce && r.csum_type == all[i].csum_type &&
			    r.compression_type == all[i].compression_type && r.csum_lo == all[i].csum_lo && r.csum_hi == all[i].csum_hi);
	}
	assert_int_equal(extent_crc_put(buf, &too_large), 0);
}

static void extent_pointers(void **state)
{
	struct bkey_buf b = KEY_OF(extent, 0x000036000007f13c, 0x1122334455667788, 0x0000000000124030, 0x000000000002e081,
				   0x0201000000032083, 0x0000530000000020);
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	(void)state;
	b.k.size = 128;
	assert_true(extent_next_ptr(bkey_buf_s(&b), &it, &p));
	assert_true(p.dev == 0 && p.sector == 11784 && p.has_ec && p.ec_idx == 9 && p.ec_block == 1 && p.ec_redundancy == 2 && p.word == 3);
	assert_true(p.crc.compressed_size == 40 && p.crc.uncompressed_size == 128 && p.crc.csum_lo == 0x1122334455667788);
	assert_int_equal(extent_disk_sectors(&p, 128), 40);
	assert_int_equal(extent_disk_sectors(&p, 1), 1);	/* rounded up */
	assert_true(extent_next_ptr(bkey_buf_s(&b), &it, &p));
	assert_true(p.dev == 1 && p.gen == 2 && p.cached && !p.has_ec && p.word == 4);
	assert_false(extent_next_ptr(bkey_buf_s(&b), &it, &p));
	b.k.type = KEY_set;
	it = (struct extent_iter){ 0 };
	assert_false(extent_next_ptr(bkey_buf_s(&b), &it, &p));
}

static void btree_pointers(void **state)
{
	struct btree_ptr p = {
		.is_v2 = true, .range_updated = true, .sectors_written = 24, .seq = 0x486849e8fca55e1b, .min_key = BPOS(1, 2, 3),
		.max_key = SPOS_MAX, .nr_ptrs = 2, .ptr = { { .dev = 1, .sector = 77, .gen = 255 }, { .dev = 255, .sector = 78, .cached = true } },
	}, r;
	struct bkey_buf k;

	(void)state;
	btree_ptr_put(&k, &p);
	assert_int_equal(k.k.u64s, 12);
	assert_true(btree_ptr_get(bkey_buf_s(&k), &r));
	assert_true(r.is_v2 && r.range_updated && r.sectors_written == 24 && r.seq == p.seq && bpos_eq(r.min_key, p.min_key) &&
		    bpos_eq(r.max_key, SPOS_MAX) && r.nr_ptrs == 2);
	assert_true(r.ptr[0].dev == 1 && r.ptr[0].sector == 77 && r.ptr[0].gen == 255 && r.ptr[1].cached && r.ptr[1].dev == 255);
	le64_put(k.v + 48, 2);		/* a crc entry */
	assert_false(btree_ptr_get(bkey_buf_s(&k), &r));
	k.k.u64s = BKEY_U64s + 4;	/* shorter than the fixed part */
	assert_false(btree_ptr_get(bkey_buf_s(&k), &r));
	p.is_v2 = false;		/* the first form: pointers alone */
	btree_ptr_put(&k, &p);
	assert_true(k.k.type == KEY_btree_ptr && k.k.u64s == BKEY_U64s + 2 && btree_ptr_get(bkey_buf_s(&k), &r));
	assert_true(!r.is_v2 && !r.range_updated && !r.seq && !r.sectors_written && bpos_eq(r.min_key, POS_MIN));
	assert_true(bpos_eq(r.max_key, SPOS_MAX) && r.nr_ptrs == 2 && r.ptr[0].sector == 77 && r.ptr[1].dev == 255);
}

static void stripes(void **state)
{
	struct bkey_buf b = KEY_OF(stripe, 0x0005040103000100, 0x2e001, 0x100000002f001, 0x2000000030001, 0, 0, 0, 0, 0, 0,
				   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80030);
	struct stripe_key s;
	struct extent_ptr p = { .dev = 1, .sector = 12032 + 255, .has_ec = true, .ec_block = 1 };
	uint16_t sectors;

	(void)state;
	assert_true(stripe_get(bkey_buf_s(&b), &s));
	assert_true(s.sectors == 256 && s.nr_blocks == 3 && s.nr_redundant == 1 && s.csum_type == 5);
	assert_int_equal(s.csum_bytes, 3 * 16 * 4);
	assert_int_equal(stripe_val_u64s(&s), 29);
	assert_true(stripe_block(bkey_buf_s(&b), &s, 1, &p, &sectors));
	assert_int_equal(sectors, 8);
	p = (struct extent_ptr){ .dev = 1, .sector = 12032 + 255, .has_ec = true, .ec_block = 1 };
	assert_true(stripe_matches_ptr(bkey_buf_s(&b), &s, &p));
	p.sector++;
	assert_false(stripe_matches_ptr(bkey_buf_s(&b), &s, &p));
	p = (struct extent_ptr){ .dev = 2, .sector = 12288, .has_ec = true, .ec_block = 2 };
	assert_false(stripe_matches_ptr(bkey_buf_s(&b), &s, &p));	/* parity is nobody's data */
	b.v[3] = 255;			/* a header that promises more than there is */
	assert_true(stripe_get(bkey_buf_s(&b), &s));
	assert_false(stripe_block(bkey_buf_s(&b), &s, 200, &p, &sectors));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints), cmocka_unit_test(old_varints), cmocka_unit_test(inode_real), cmocka_unit_test(inode_old),
		cmocka_unit_test(inode_bad), cmocka_unit_test(alloc_versions), cmocka_unit_test(alloc_again),
		cmocka_unit_test(alloc_states), cmocka_unit_test(backpointers), cmocka_unit_test(accounting),
		cmocka_unit_test(dirents), cmocka_unit_test(xattrs), cmocka_unit_test(snapshots), cmocka_unit_test(crcs),
		cmocka_unit_test(extent_pointers), cmocka_unit_test(btree_pointers), cmocka_unit_test(stripes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
