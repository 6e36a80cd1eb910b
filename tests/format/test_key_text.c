/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of keys: words of values from real filesystems (and a few made by hand) against the reference's lines. */
#include "../unit.h"
#include "arborist/base/le.h"
#include "arborist/format/key_type.h"

#define WORDS_MAX 40

/* Device 0 as small-clean has it, 1 away, 2 counting twice; gens as given by the test. */
static struct fs_geometry geometry(void)
{
	struct fs_geometry g = { .node_sectors = 64, .nr_members = 3 };

	g.member[0] = (struct member_geometry) { .exists = true, .durability = 1, .bucket_size = 256, .nbuckets = 1024 };
	g.member[2] = (struct member_geometry) {
		.exists = true, .durability = 2, .bucket_size = 256, .first_bucket = 4, .nbuckets = 1000,
	};
	return g;
}

struct text_case {
	struct bkey	k;		/* without u64s */
	uint64_t	v[WORDS_MAX];
	unsigned	words;
	const char	*text;
};
#define POS(i, o, s) BPOS(i, o, s)
#define S32 UINT32_MAX
#define KEY(t, pos, len) .k = { .type = KEY_##t, .p = pos, .size = len }
#define VAL(...) .v = { __VA_ARGS__ }, .words = sizeof((uint64_t[]){ __VA_ARGS__ }) / 8

static const struct text_case lines[] = {
	{ KEY(deleted, POS(1, 2, 3), 0), .text = "u64s 5 type deleted 1:2:3 len 0 ver 0" },
	{ KEY(whiteout, POS(4098, 8, 5), 0), .text = "u64s 5 type whiteout 4098:8:5 len 0 ver 0" },
	{ KEY(error, POS(4098, 8, S32), 8), .text = "u64s 5 type error 4098:8:U32_MAX len 8 ver 0" },
	{ KEY(cookie, POS_MIN, 0), VAL(12), .text = "u64s 6 type cookie POS_MIN len 0 ver 0: 12" },
	{ KEY(set, POS(0, 30, 0), 1), .text = "u64s 5 type set 0:30:0 len 1 ver 0" },
	{ .k = { .type = 77, .p = POS(0, 30, 0) }, VAL(1, 2), .text = "u64s 7 type 77 0:30:0 len 0 ver 0: " },
	{ KEY(btree_ptr, SPOS_MAX, 0), .text = "u64s 5 type btree_ptr SPOS_MAX len 0 ver 0" },
	{ KEY(btree_ptr, SPOS_MAX, 0), VAL(0x030000000001e101),
	  .text = "u64s 6 type btree_ptr SPOS_MAX len 0 ver 0: durability: 1 ptr: 0:30:16 gen 3" },
	{ KEY(btree_ptr_v2, POS(4229, 8, S32), 0), VAL(0, 0x486849e8fca55e1b, 0x18, 0, 0, 0x75401),
	  .text = "u64s 11 type btree_ptr_v2 4229:8:U32_MAX len 0 ver 0: seq 486849e8fca55e1b written 24 min_key POS_MIN "
		  "durability: 1 ptr: 0:117:64 gen 0" },
	{ KEY(btree_ptr_v2, SPOS_MAX, 0), VAL(0, 0x6f6153847aeb49c6, 0x10020, 0x9, 0x1085, 0x75001),
	  .text = "u64s 11 type btree_ptr_v2 SPOS_MAX len 0 ver 0: seq 6f6153847aeb49c6 written 32 min_key R 4229:9:0 "
		  "durability: 1 ptr: 0:117:0 gen 0" },
	{ KEY(extent, POS(4104, 8, S32), 8), VAL(0x1228eb5d05000e1e, 0x3c101),
	  .text = "u64s 7 type extent 4104:8:U32_MAX len 8 ver 0: durability: 1 crc: c_size 8 size 8 offset 0 nonce 0 "
		  "csum crc32c 0:1228eb5d  compress none ptr: 0:60:16 gen 0" },
	{ KEY(extent, POS(4098, 136, S32), 128),
	  VAL(0x000036000007f13c, 0x1122334455667788, 0x0000000000124030, 0x000000000002e081, 0x0201000000032083, 0x0000530000000020),
	  .text = "u64s 11 type extent 4098:136:U32_MAX len 128 ver 0: durability: 3 crc: c_size 40 size 128 offset 0 nonce 0 "
		  "csum crc64 0:1122334455667788  compress lz4 ec: idx 9 block 1 ptr: 0:46:8 gen 0 ptr: 1:12808 gen 2 cached "
		  "rebalance: target none compression zstd:5" },
	{ KEY(extent, POS(4104, 8, S32), 8), VAL(0xa26bb7e005000e1e, 0x2000000045181, 0x100000003a183),
	  .text = "u64s 8 type extent 4104:8:U32_MAX len 8 ver 0: durability: 2 crc: c_size 8 size 8 offset 0 nonce 0 "
		  "csum crc32c 0:a26bb7e0  compress none ptr: 2:69:24 gen 0 d=2 ptr: 1:14872 gen 0 cached" },
	{ KEY(extent, POS(4104, 8, S32), 8), VAL(0x0200000000003181, 0x40),
	  .text = "u64s 7 type extent 4104:8:U32_MAX len 8 ver 0: durability: 1 ptr: 0:3:24 gen 2 "
		  "(invalid extent entry 0000000000000040)" },
	{ KEY(extent, POS(4104, 8, S32), 8), VAL(0x2000000003181, 0x41ff1),
	  .text = "u64s 7 type extent 4104:8:U32_MAX len 8 ver 0: durability: 3 ptr: 2:3:24 gen 0 d=2 invalid ptr: 0:65:255 gen 0" },
	{ KEY(extent, POS(4104, 8, S32), 8), VAL(0x4000009),
	  .text = "u64s 6 type extent 4104:8:U32_MAX len 8 ver 0: durability: 1 ptr: 0:16384:0 gen 0 unwritten invalid" },
	{ KEY(reservation, POS(4270, 16, S32), 16), VAL(0x100000000),
	  .text = "u64s 6 type reservation 4270:16:U32_MAX len 16 ver 0: generation 0 replicas 1" },
	{ KEY(reflink_p, POS(4111, 248, S32), 120), VAL(0x80, 0x200000001),
	  .text = "u64s 7 type reflink_p 4111:248:U32_MAX len 120 ver 0: idx 128 front_pad 1 back_pad 2" },
	{ KEY(reflink_v, POS(0, 128, 0), 128), VAL(0x2, 0x47000007f03c, 0xcddcd2a96d0e0358, 0x23081),
	  .text = "u64s 9 type reflink_v 0:128:0 len 128 ver 0: refcount: 2 durability: 1 crc: c_size 8 size 128 offset 0 nonce 0 "
		  "csum xxhash 0:cddcd2a96d0e0358  compress zstd ptr: 0:35:8 gen 0" },
	{ KEY(inline_data, POS(4101, 8, S32), 8), VAL(0x30303120706c656b, 0x7c30402032),
	  .text = "u64s 7 type inline_data 4101:8:U32_MAX len 8 ver 0: datalen 16: 6b656c7020313030322040307c000000" },
	{ KEY(indirect_inline_data, POS(0, 8, 0), 8), VAL(1, 0x6f6c6c6568, 0),
	  .text = "u64s 8 type indirect_inline_data 0:8:0 len 8 ver 0: refcount 1 datalen 16: 68656c6c6f0000000000000000000000" },
	{ KEY(inode_generation, POS(0, 4200, S32), 0), VAL(7),
	  .text = "u64s 6 type inode_generation 0:4200:U32_MAX len 0 ver 0: generation: 7" },
	{ KEY(dirent, POS(4096, 156474779263983274, S32), 0), VAL(0x1062, 0x65766f726704),
	  .text = "u64s 7 type dirent 4096:156474779263983274:U32_MAX len 0 ver 0: grove -> 4194 type dir" },
	{ KEY(dirent, POS(4096, 12345678, S32), 0), VAL(0x100000002, 0x70616e7310),
	  .text = "u64s 7 type dirent 4096:12345678:U32_MAX len 0 ver 0: snap -> 1 -> 2 type subvol" },
	{ KEY(dirent, POS(4096, 5, S32), 0), VAL(0x1000, 0x0a1b07),
	  .text = "u64s 7 type dirent 4096:5:U32_MAX len 0 ver 0: \\x1b\\x0a -> 4096 type (bad d_type)" },
	{ KEY(xattr, POS(4098, 999, S32), 0), VAL(0x626f6f6600030300, 0x7261),
	  .text = "u64s 7 type xattr 4098:999:U32_MAX len 0 ver 0: user.foo:bar" },
	{ KEY(xattr, POS(4098, 999, S32), 0), VAL(0x0000000100140001, 0x0007000200060001, 0x00040020000003e8),
	  .text = "u64s 8 type xattr 4098:999:U32_MAX len 0 ver 0: (type 1):\\x01 user_obj 6 user uid 1000 7 other 4" },
	{ KEY(quota, POS(0, 1000, 0), 0), VAL(100, 0, 0, 0),
	  .text = "u64s 9 type quota 0:1000:0 len 0 ver 0: space hardlimit 100 softlimit 0inodes hardlimit 0 softlimit 0" },
	{ KEY(stripe, POS(0, 9, 0), 0), VAL(0x0000040103000100, 0x2e001, 0x100000002f001, 0x2000000030001, 0x80030),
	  .text = "u64s 10 type stripe 0:9:0 len 0 ver 0: algo 0 sectors 256 blocks 2:1 csum none gran 16 "
		  "ptr: 0:46:0 gen 0#48 ptr: 1:12032 gen 0#8 ptr: 2:48:0 gen 0 d=2" },
	{ KEY(backpointer, POS(0, 15745024, 0), 0), VAL(0x4000040000, 0xffffffff00000008, 0x8, 0x1008),
	  .text = "u64s 9 type backpointer 0:15745024:0 len 0 ver 0: bucket=0:60:0 btree=extents l=0 offset=16:0 len=8 "
		  "pos=4104:8:U32_MAX" },
	{ KEY(subvolume, POS(0, 2, 0), 0), VAL(0xfffffff700000000, 0x10af, 0x100000000, 0x18c595e21, 0),
	  .text = "u64s 10 type subvolume 0:2:0 len 0 ver 0: root 4271 snapshot id 4294967287 creation_parent 0 fs_parent 1" },
	{ KEY(subvolume, POS(0, 2, 0), 0), VAL(0xfffffff700000000, 0x10af),
	  .text = "u64s 7 type subvolume 0:2:0 len 0 ver 0: root 4271 snapshot id 4294967287" },
	{ KEY(snapshot, POS(0, 4294967287, 0), 0),
	  VAL(0xfffffffc00000002, 0, 0x200000002, 0xfffffffc00000002, 0xfffffffcfffffffc, 0x1a3b6d020, 0),
	  .text = "u64s 12 type snapshot 0:4294967287:0 len 0 ver 0: is_subvol 1 deleted 0 parent 4294967292 children          0"
		  "          0 subvol 2 tree 2 depth 2 skiplist 4294967292 4294967292 4294967292" },
	{ KEY(snapshot_tree, POS(0, 1, 0), 0), VAL(0xffffffff00000001),
	  .text = "u64s 6 type snapshot_tree 0:1:0 len 0 ver 0: subvol 1 root snapshot 4294967295" },
	{ KEY(lru, POS(1, 2, 0), 0), VAL(9), .text = "u64s 6 type lru 1:2:0 len 0 ver 0: idx 9" },
	{ KEY(logged_op_truncate, POS(0, 1, 0), 0), VAL(1, 1073741836, 33333),
	  .text = "u64s 8 type logged_op_truncate 0:1:0 len 0 ver 0: subvol=1 inum=1073741836 new_i_size=33333" },
	{ KEY(logged_op_finsert, POS(0, 1, 0), 0), VAL(0x100000001, 4098, 8, 0, 0),
	  .text = "u64s 10 type logged_op_finsert 0:1:0 len 0 ver 0: subvol=1 inum=4098 dst_offset=8 src_offset=0" },
	{ KEY(accounting, POS_MIN, 0), VAL(7), .text = "u64s 6 type accounting POS_MIN len 0 ver 0: nr_inodes  7" },
	{ KEY(accounting, POS(0, 0, 513), 0), VAL(1), .text = "u64s 6 type accounting 0:0:513 len 0 ver 0: persistent_reserved replicas=2 1" },
	{ KEY(accounting, POS(0, 0, 16843778), 0), VAL(664),
	  .text = "u64s 6 type accounting 0:0:16843778 len 0 ver 0: replicas user: 1/1 [0] 664" },
	{ KEY(accounting, POS(0, 0, 262147), 0), VAL(3, 664, 0xffffffffffffff98),
	  .text = "u64s 8 type accounting 0:0:262147 len 0 ver 0: dev_data_type dev=0 data_type=user 3 664 -104" },
	{ KEY(accounting, POS(0, 0, 772), 0), VAL(1, 128, 40),
	  .text = "u64s 8 type accounting 0:0:772 len 0 ver 0: compression lz4 1 128 40" },
	{ KEY(accounting, POS(0, 255, 4294967045), 0), VAL(664),
	  .text = "u64s 6 type accounting 0:255:4294967045 len 0 ver 0: snapshot id=4294967295 664" },
	{ KEY(accounting, POS(0, 0, 262), 0), VAL(256), .text = "u64s 6 type accounting 0:0:262 len 0 ver 0: btree btree=inodes 256" },
	{ KEY(accounting, POS(0, 0, 1049096), 0), VAL(1, 8, 8),
	  .text = "u64s 8 type accounting 0:0:1049096 len 0 ver 0: inum  1 8 8" },
	{ KEY(accounting, POS(0, 0, 99), 0), VAL(1), .text = "u64s 6 type accounting 0:0:99 len 0 ver 0: unknown type 99 1" },
	{ KEY(inode_v3, POS(0, 4096, S32), 0), VAL(1), .text = "u64s 6 type inode_v3 0:4096:U32_MAX len 0 ver 0: (value too short)" },
};

static const char *text_of(const struct text_case *t, const struct key_text_ctx *c, struct arb_buf *out)
{
	uint8_t v[8 * WORDS_MAX];
	struct bkey_s k = { t->k, v };

	for (unsigned i = 0; i < t->words; i++)
		le64_put(v + 8 * i, t->v[i]);
	k.k.u64s = BKEY_U64s + t->words;
	arb_buf_reset(out);
	bkey_to_text(out, c, k);
	return arb_buf_str(out);
}

static void one_line(void **state)
{
	struct fs_geometry geo = geometry();
	struct key_text_ctx c = { .geo = &geo };
	ARB_BUF(out);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(text_of(&lines[i], &c, &out), lines[i].text);
}

/* Every type has a line of its own, so that a new one is not forgotten here. */
static void every_type(void **state)
{
	static const unsigned multi_line[] = {
		KEY_inode, KEY_inode_v2, KEY_inode_v3, KEY_alloc, KEY_alloc_v2, KEY_alloc_v3, KEY_alloc_v4,
		KEY_bucket_gens, KEY_hash_whiteout,	/* tested below */
	};
	bool seen[KEY_TYPE_NR] = { false };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (lines[i].k.type < KEY_TYPE_NR)
			seen[lines[i].k.type] = true;
	for (size_t i = 0; i < sizeof(multi_line) / sizeof(multi_line[0]); i++)
		seen[multi_line[i]] = true;
	for (unsigned t = 0; t < KEY_TYPE_NR; t++) {
		unsigned parsed = ~0u;

		assert_true(seen[t]);
		assert_non_null(bkey_type_help(t));
		assert_true(bkey_type_parse(bkey_type_name(t), &parsed));
		assert_int_equal(parsed, t);
	}
	assert_null(bkey_type_name(KEY_TYPE_NR));
	assert_false(bkey_type_parse("no such type", &(unsigned){ 0 }));
}

static const struct text_case root_inode = {
	KEY(inode_v3, POS(0, 4096, S32), 0),
	VAL(0x17, 0x1bf57da604598a8e, 0x41ed316300000 | 0x280, 0, 0, 0, 0xffffffffe09bb5ff, 0x34955e840f00ff, 0xb5ff0034955e840f,
	    0xffffffffffe09b, 0x1a0000, 0x0, 0x200),
};
static const char root_inode_text[] =
	"u64s 18 type inode_v3 0:4096:U32_MAX len 0 ver 0: \n"
	"      mode=40755\n      flags=unlinked,has_child_snapshot(16300280)\n      journal_seq=23\n"
	"      bi_size=0\n      bi_sectors=0\n      bi_version=0\n"
	"      bi_atime=18446744073707494325\n      bi_ctime=7057634336\n      bi_mtime=7057634336\n"
	"      bi_otime=18446744073707494325\n      bi_uid=0\n      bi_gid=0\n      bi_nlink=13\n"
	"      bi_generation=0\n      bi_dev=0\n      bi_data_checksum=0\n      bi_compression=0\n"
	"      bi_project=0\n      bi_background_compression=0\n      bi_data_replicas=0\n"
	"      bi_promote_target=0\n      bi_foreground_target=0\n      bi_background_target=0\n"
	"      bi_erasure_code=0\n      bi_fields_set=0\n      bi_dir=0\n      bi_dir_offset=0\n"
	"      bi_subvol=1\n      bi_parent_subvol=0\n      bi_nocow=0";

static const struct text_case user_bucket = {
	KEY(alloc_v4, POS(0, 41, 0), 0), VAL(23, 0x0004000100000023, 0x80, 1, 1792, 0, 0, 0),
};
static const char user_bucket_text[] =
	"u64s 13 type alloc_v4 0:41:0 len 0 ver 0: \n"
	"  gen 1 oldest_gen 0 data_type user\n  journal_seq       23\n  need_discard      1\n  need_inc_gen      1\n"
	"  dirty_sectors     128\n  stripe_sectors    0\n  cached_sectors    0\n  stripe            0\n"
	"  stripe_redundancy 0\n  io_time[READ]     1\n  io_time[WRITE]    1792\n  fragmentation     1073741824\n"
	"  bp_start          8\n";

static void several_lines(void **state)
{
	struct fs_geometry geo = geometry();
	struct key_text_ctx c = { .geo = &geo, .indent = 4 };
	ARB_BUF(out);

	(void)state;
	assert_string_equal(text_of(&root_inode, &c, &out), root_inode_text);
	c.indent = 0;
	assert_string_equal(text_of(&user_bucket, &c, &out), user_bucket_text);
	c.flags = KEY_TEXT_FIRST_LINE;
	assert_string_equal(text_of(&root_inode, &c, &out), "u64s 18 type inode_v3 0:4096:U32_MAX len 0 ver 0: ");
	assert_string_equal(text_of(&user_bucket, &c, &out), "u64s 13 type alloc_v4 0:41:0 len 0 ver 0: ");
	c.flags = KEY_TEXT_NO_FS;	/* the bucket size is not known then */
	assert_null(strstr(text_of(&user_bucket, &c, &out), "fragmentation"));
}

static void generations(void **state)
{
	static uint8_t gens[1024];
	struct fs_geometry geo = geometry();
	struct key_text_ctx c = { .geo = &geo };
	const struct text_case ptr = { KEY(extent, POS(4104, 8, S32), 8), VAL(0x0200000000003181) };
	ARB_BUF(out);

	(void)state;
	geo.member[0].gens = gens;
	gens[3] = 2;
	assert_null(strstr(text_of(&ptr, &c, &out), "stale"));
	gens[3] = 3;
	assert_string_equal(text_of(&ptr, &c, &out),
			    "u64s 6 type extent 4104:8:U32_MAX len 8 ver 0: durability: 1 ptr: 0:3:24 gen 2 stale");
	gens[3] = 130;		/* 128 ahead counts as behind */
	assert_null(strstr(text_of(&ptr, &c, &out), "stale"));
	gens[3] = 3;
	c.flags = KEY_TEXT_NO_GENS;
	assert_null(strstr(text_of(&ptr, &c, &out), "stale"));
	c.flags = KEY_TEXT_NO_FS;
	assert_string_equal(text_of(&ptr, &c, &out), "u64s 6 type extent 4104:8:U32_MAX len 8 ver 0: ptr: 0:792 gen 2");
	geo.member[0].state = 2;	/* failed */
	c.flags = 0;
	assert_non_null(strstr(text_of(&ptr, &c, &out), "durability: 0 "));
}

static void bucket_gens(void **state)
{
	struct key_text_ctx c = { 0 };
	struct text_case t = { KEY(bucket_gens, POS_MIN, 0), .words = 32 };
	const char *s;
	unsigned spaces = 0;
	ARB_BUF(out);

	(void)state;
	t.v[0] = 0x0100;
	t.v[31] = 0xff00000000000000;
	s = text_of(&t, &c, &out);
	assert_memory_equal(s, "u64s 37 type bucket_gens POS_MIN len 0 ver 0: 0 1 0 0 ", 54);
	assert_string_equal(s + strlen(s) - 8, " 0 0 255");
	for (; *s; s++)
		spaces += *s == ' ';
	assert_int_equal(spaces, 9 + 255);
}

static void raw_names(void **state)
{
	struct key_text_ctx c = { .flags = KEY_TEXT_RAW_NAMES };
	const struct text_case t = { KEY(dirent, POS(4096, 5, S32), 0), VAL(0x1000, 0x0a1b08) };
	ARB_BUF(out);

	(void)state;
	assert_string_equal(text_of(&t, &c, &out), "u64s 7 type dirent 4096:5:U32_MAX len 0 ver 0: \x1b\n -> 4096 type reg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line),
		cmocka_unit_test(every_type),
		cmocka_unit_test(several_lines),
		cmocka_unit_test(generations),
		cmocka_unit_test(bucket_gens),
		cmocka_unit_test(raw_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
