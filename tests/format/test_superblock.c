/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gate for superblocks, its sections, and what is written into them. */
#include "../unit.h"
#include <stdio.h>
#include <stdlib.h>
#include "arborist/base/le.h"
#include "arborist/base/port.h"
#include "arborist/format/fields.h"
#include "arborist/format/superblock.h"
#include "arborist/image/image.h"

static uint8_t *disk;		/* a filesystem made by the builder */
static const size_t SB_AT = 512 * SB_SECTOR;

static int setup(void **state)
{
	struct image_options o = { .csum_opt = 3, .seed = 3, .nr_files = 4, .file_bytes_max = 20000 };
	struct blk *b;
	struct arb_error err;

	(void)state;
	if (blk_mem_new("disk", NULL, 16 << 20, &b, &err) || image_build(&o, b, &err))
		return -1;
	disk = malloc(64 << 10);
	memcpy(disk, blk_mem_data(b), 64 << 10);
	blk_close(b);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(disk);
	return 0;
}

static struct sb parsed(void)
{
	struct defects d = { 0 };
	struct sb sb;

	assert_int_equal(sb_parse(disk + SB_AT, 32 << 10, &sb, &d, NULL), ARB_OK);
	assert_int_equal(d.list.nr, 0);
	assert_true(sb.csum_ok);
	return sb;
}

/* Code of parsing @sb as it is now, with a right checksum; text of the first defect to @why. */
static enum arb_code reparse(struct sb *sb, size_t n, char why[600])
{
	struct defects d = { 0 };
	struct arb_error err = { 0 };
	struct sb again;
	enum arb_code c;

	sb_checksum(sb);
	c = sb_parse(sb->raw, n, &again, &d, &err);
	snprintf(why, sizeof(err.text), "%s", c ? err.text : "");
	if (!c && d.list.nr) {
		strncat(why, d.list.v[0].text, 500);
		c = defects_worst(&d) >= DEFECT_MUST_RETRY ? ARB_E_CONTENT : ARB_OK;
	}
	sb_free(&again);
	defects_free(&d);
	return c;
}

static void cut_off_anywhere(void **state)
{
	struct sb sb = parsed(), again;
	struct arb_error err;

	(void)state;
	for (size_t n = 0; n < sb.bytes; n++) {
		uint8_t *exact = malloc(n + 1);		/* so that a sanitizer sees a read behind it */

		memcpy(exact, sb.raw, n);
		assert_int_not_equal(sb_parse(exact, n, &again, NULL, &err), ARB_OK);
		free(exact);
	}
	sb_free(&sb);
}

/* Every described field gets bad values under a right checksum: it is refused or accepted, and whatever is accepted can be shown. */
static void every_field_off(void **state)
{
	static const uint64_t values[] = { 0, 1, 3, 0x7f, 0xff, 0xffff, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 63 };
	struct arb_error err;

	(void)state;
	for (unsigned i = 0; i < fmt_sb.nr; i++)
		for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
			struct sb sb = parsed(), again;
			const struct fmt_field *f = &fmt_sb.field[i];
			size_t n = sb.bytes;
			ARB_BUF(out);

			if (f->kind == FMT_UINT)
				fmt_put(f, sb.raw, values[v]);
			else
				memset(sb.raw + f->offset, values[v] & 0xff, f->bytes);
			if (fmt_get(fmt_field(&fmt_sb, "CSUM_TYPE"), sb.raw) == 7)
				sb_checksum(&sb);
			if (!sb_parse(sb.raw, n, &again, NULL, &err)) {
				sb_to_text(&out, &again, true, ~0u);
				assert_true(out.len > 1000);
				sb_free(&again);
			} else {
				assert_true(strlen(err.text) > 10 && !strchr(err.text, '\n'));
			}
			sb_free(&sb);
		}
}

static void refused_with_a_reason(void **state)
{
	static const struct { const char *field; uint64_t v; enum arb_code c; const char *why; } rows[] = {
		{ "version", 2 << 10, ARB_E_VERSION, "version 2.0" }, { "version_min", 8, ARB_E_VERSION, "version 0.8" },
		{ "version_min", 1 << 10 | 14, ARB_E_SB_INVALID, "newer than" }, { "block_size", 3, ARB_E_SB_INVALID, "block size" },
		{ "BTREE_NODE_SIZE", 4, ARB_E_SB_INVALID, "node size" }, { "nr_devices", 0, ARB_E_SB_INVALID, "of 0 members" },
		{ "nr_devices", 65, ARB_E_SB_INVALID, "65 members" }, { "dev_idx", 1, ARB_E_SB_INVALID, "device 1 of 1" },
		{ "nr_devices", 2, ARB_E_SB_INVALID, "too small" }, { "time_precision", 0, ARB_E_SB_INVALID, "precision" },
		{ "BIG_ENDIAN", 1, ARB_E_VERSION, "big endian" }, { "features[1]", 1, ARB_E_VERSION, "features" },
		{ "META_REPLICAS_WANT", 0, ARB_E_CONTENT, "metadata_replicas" }, { "STR_HASH_TYPE", 3, ARB_E_CONTENT, "str_hash" },
	};
	char why[600];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sb sb = parsed();

		sb_fixed_set(&sb, rows[i].field, rows[i].v);
		assert_int_equal(reparse(&sb, sb.bytes, why), rows[i].c);
		if (!strstr(why, rows[i].why))
			fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].field, why, rows[i].why);
		sb_free(&sb);
	}
}

static void refused_members(void **state)
{
	static const struct { const char *field; uint64_t v; const char *why; } rows[] = {
		{ "bucket_size", 32, "bucket size" }, { "nbuckets", 63, "too few" }, { "nbuckets", UINT32_MAX, "too many" },
		{ "first_bucket", 100, "too few" }, { "btree_bitmap_shift", 58, "bitmap shift" },
	};
	char why[600];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sb sb = parsed();
		size_t n;

		sb_field(&sb, SB_FIELD_members_v2, &n);
		fmt_put(fmt_field(&fmt_member, rows[i].field), sb_field_resize(&sb, SB_FIELD_members_v2, n) + 16, rows[i].v);
		assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_SB_INVALID);
		assert_non_null(strstr(why, rows[i].why));
		sb_free(&sb);
	}
}

static void refused_sections(void **state)
{
	struct sb sb = parsed();
	char why[600];
	uint8_t *p;

	(void)state;
	p = sb_field_resize(&sb, SB_FIELD_journal_seq_blacklist, 40);
	le64_put(p + 8, 9), le64_put(p + 16, 9), le64_put(p + 24, 1), le64_put(p + 32, 2);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	sb_field_resize(&sb, SB_FIELD_journal_seq_blacklist, 0);
	p = sb_field_resize(&sb, SB_FIELD_journal_v2, 40);	/* the same range twice */
	memcpy(p + 24, p + 8, 16);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	assert_non_null(strstr(why, "twice"));
	le64_put(p + 24, UINT64_MAX), le64_put(p + 32, 5);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	sb_field_resize(&sb, SB_FIELD_journal_v2, 24);
	p = sb_field_resize(&sb, SB_FIELD_replicas_v0, 16);
	memcpy(p + 8, "\4\1\5\0\0\0\0\0", 8);			/* user data on device 5 */
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	assert_non_null(strstr(why, "device 5"));
	sb_field_resize(&sb, SB_FIELD_replicas_v0, 0);
	p = sb_field_resize(&sb, SB_FIELD_clean, 32);
	le16_put(p + 24, 1);					/* an entry of one word, with no room for it */
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	p = sb_field_resize(&sb, SB_FIELD_clean, 24);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	le32_put(p, 0);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_SB_INVALID);
	le32_put(p, UINT32_MAX);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_SB_INVALID);
	sb_free(&sb);
}

static void sections_grow_and_shrink(void **state)
{
	struct sb sb = parsed();
	size_t before = sb.bytes, n;
	char why[600];
	uint8_t *p;

	(void)state;
	p = sb_field_resize(&sb, SB_FIELD_quota, 80);
	assert_non_null(p);
	assert_int_equal(sb.bytes, before + 80);
	p[79] = 7;
	p = sb_field_resize(&sb, SB_FIELD_members_v1, 8 + 56 * 3);	/* something in front of others */
	assert_int_equal(sb.bytes, before + 80 + 112);
	assert_int_equal(sb_field(&sb, SB_FIELD_quota, &n)[79], 7);
	assert_int_equal(n, 80);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	assert_null(sb_field_resize(&sb, SB_FIELD_quota, 0));
	sb_field_resize(&sb, SB_FIELD_members_v1, 8 + 56);
	assert_int_equal(sb.bytes, before);
	assert_null(sb_field(&sb, SB_FIELD_quota, &n));
	assert_null(sb_field_resize(&sb, SB_FIELD_quota, 2 << 20));	/* more than the slot */
	assert_int_equal(sb.bytes, before);
	assert_null(sb_field_resize(&sb, SB_FIELD_quota, 12));
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	sb_free(&sb);
}

static void blacklist_is_merged(void **state)
{
	static const struct seq_range add[] = { { 100, 110 }, { 20, 30 }, { 110, 115 }, { 25, 50 }, { 7, 7 } };
	struct seq_range *r;
	struct sb sb = parsed();
	char why[600];
	size_t nr;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(sb_blacklist_add(&sb, add[i], NULL), ARB_OK);
	assert_int_equal(sb_blacklist(&sb, &r, &nr), ARB_OK);
	assert_int_equal(nr, 2);
	assert_true(r[0].start == 20 && r[0].end == 50 && r[1].start == 100 && r[1].end == 115);
	assert_true(sb.features[0] & 1 << 5);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	free(r);
	sb_free(&sb);
}

static void errors_passes_and_members(void **state)
{
	struct sb sb = parsed();
	struct sb_member m;
	char why[600];
	ARB_BUF(out);

	(void)state;
	assert_int_equal(sb_error_count(&sb, 64, 2, 1000), ARB_OK);
	assert_int_equal(sb_error_count(&sb, 63, 1, 1000), ARB_OK);
	assert_int_equal(sb_error_count(&sb, 64, 3, 2000), ARB_OK);
	assert_int_equal(sb_require_pass(&sb, 5), ARB_OK);
	assert_int_equal(sb_silence_error(&sb, 272), ARB_OK);
	assert_int_equal(sb_btree_lost_data(&sb, 1), ARB_OK);
	assert_int_equal(sb_silence_error(&sb, 512), ARB_E_NO_ROOM);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	assert_true(sb_required_passes(&sb) == 1 << 5 && sb_btrees_lost(&sb) == 2);
	sb_to_text(&out, &sb, false, 1 << SB_FIELD_errors | 1 << SB_FIELD_ext);
	assert_non_null(strstr(arb_buf_str(&out), "btree_node_topology_bad_min_key             1    "));
	assert_non_null(strstr(arb_buf_str(&out), "btree_node_topology_bad_max_key             5    "));
	assert_non_null(strstr(arb_buf_str(&out), "Recovery passes required:                  check_allocations\n"));
	assert_non_null(strstr(arb_buf_str(&out), "Errors to silently fix:                    accounting_mismatch\n"));
	assert_non_null(strstr(arb_buf_str(&out), "Btrees with missing data:                  inodes\n"));
	assert_true(sb_member_get(&sb, 0, &m) && !sb_member_get(&sb, 1, &m));
	assert_true(sb_member_get(&sb, 0, &m));
	assert_int_equal(sb_member_flag(&m, "DURABILITY"), 2);
	sb_member_flag_set(&m, "STATE", 1);
	sb_member_put(&sb, 0, &m);
	assert_true(sb_member_get(&sb, 0, &m) && sb_member_flag(&m, "STATE") == 1 && sb_member_flag(&m, "DURABILITY") == 2);
	sb_free(&sb);
}

/* Text of one section as show-super prints it; sections that no real filesystem at hand has. */
static void expect_section(struct sb *sb, unsigned type, const char *text)
{
	const char *from;
	ARB_BUF(out);

	sb_to_text(&out, sb, false, 1u << type);
	from = strstr(arb_buf_str(&out), "\n\n");		/* behind the fixed part, then behind the options */
	from = from ? strstr(from + 2, "\n\n") : NULL;
	assert_non_null(from);
	assert_string_equal(from + 2, text);
}

static void rare_sections(void **state)
{
	struct sb sb = parsed();
	uint8_t *p;

	(void)state;
	p = sb_field_resize(&sb, SB_FIELD_quota, 80);
	le64_put(p + 8, 0x1f);
	le32_put(p + 16, 7), le32_put(p + 20, 2), le32_put(p + 24, 9), le32_put(p + 28, 4);
	expect_section(&sb, SB_FIELD_quota, "quota (size 80):\n"
		       "usr: flags 1f space timelimit 7 warnlimit 2 inodes timelimit 9 warnlimit 4\n"
		       "grp: flags 0 space timelimit 0 warnlimit 0 inodes timelimit 0 warnlimit 0\n"
		       "prj: flags 0 space timelimit 0 warnlimit 0 inodes timelimit 0 warnlimit 0\n");
	p = sb_field_resize(&sb, SB_FIELD_crypt, 64);
	le64_put(p + 16, UINT64_C(4) << 32 | 3 << 16 | 14);
	expect_section(&sb, SB_FIELD_crypt, "crypt (size 64):\nKFD:               0\nscrypt n:          14\n"
		       "scrypt r:          3\nscrypt p:          4\n");
	assert_int_equal(sb_blacklist_add(&sb, (struct seq_range){ 5, 9 }, NULL), ARB_OK);
	assert_int_equal(sb_blacklist_add(&sb, (struct seq_range){ 20, 30 }, NULL), ARB_OK);
	expect_section(&sb, SB_FIELD_journal_seq_blacklist, "journal_seq_blacklist (size 40):\n5-9 20-30\n");
	p = sb_field_resize(&sb, SB_FIELD_replicas, 24);
	memcpy(p + 8, "\3\2\1\0\1" "\4\1\0\2" "\0\0\0\0\0\0\0", 16);
	expect_section(&sb, SB_FIELD_replicas, "replicas (size 24):\nbtree: 1/2 [0 1] user: 0/1 [2]\n");
	p = sb_field_resize(&sb, SB_FIELD_journal, 24);
	le64_put(p + 8, 40), le64_put(p + 16, 33);
	expect_section(&sb, SB_FIELD_journal, "journal (size 24):\nBuckets:  40 33\n");
	p = sb_field_resize(&sb, (enum sb_field_type)17, 16);
	memcpy(p + 8, "anything", 8);
	expect_section(&sb, 17, "(unknown field 17) (size 16):\n");
	sb_free(&sb);
}

static void assert_line(struct sb *sb, const char *line)
{
	ARB_BUF(out);

	sb_to_text(&out, sb, false, 1u << SB_FIELD_members_v2);
	if (!strstr(arb_buf_str(&out), line))
		fail_msg("no line \"%s\" in:\n%s", line, arb_buf_str(&out));
}

static void groups_targets_and_compression(void **state)
{
	struct sb sb = parsed();
	struct sb_member m;
	char why[600];
	uint8_t *p = sb_field_resize(&sb, SB_FIELD_disk_groups, 8 + 3 * 48);

	(void)state;
	memcpy(p + 8, "hdd", 3);
	memcpy(p + 56, "slow", 4);
	le64_put(p + 56 + 32, 1 << 6);			/* its parent is the first */
	le64_put(p + 104 + 32, 1);			/* deleted */
	expect_section(&sb, SB_FIELD_disk_groups, "disk_groups (size 152):\n[parent 0 name hdd] [parent 1 name slow] [deleted]");
	assert_true(sb_member_get(&sb, 0, &m));
	sb_member_flag_set(&m, "GROUP", 2);
	sb_member_put(&sb, 0, &m);
	sb_flag_set(&sb, "METADATA_TARGET", 257 + 1);
	sb_flag_set(&sb, "FOREGROUND_TARGET", 1);
	sb_flag_set(&sb, "BACKGROUND_TARGET", 2);
	sb_flag_set(&sb, "PROMOTE_TARGET", 257 + 2);
	sb_flag_set(&sb, "COMPRESSION_TYPE_LO", 3);
	sb_flag_set(&sb, "COMPRESSION_TYPE_HI", 9);
	sb_flag_set(&sb, "BACKGROUND_COMPRESSION_TYPE_LO", 1);
	assert_line(&sb, "  Label:                                   slow (1)\n");
	assert_line(&sb, "  metadata_target:                         hdd.slow\n");
	assert_line(&sb, "  foreground_target:                       Device ");
	assert_line(&sb, "  background_target:                       Bad device 1\n");
	assert_line(&sb, "  promote_target:                          invalid label 2\n");
	assert_line(&sb, "  compression:                             zstd:9\n");
	assert_line(&sb, "  background_compression:                  lz4\n");
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_OK);
	le64_put((uint8_t *)(uintptr_t)sb_field(&sb, SB_FIELD_disk_groups, NULL) + 8 + 32, 1 << 6);	/* its own parent */
	assert_line(&sb, "  metadata_target:                         invalid label ");
	sb_member_flag_set(&m, "GROUP", 3);
	sb_member_put(&sb, 0, &m);
	assert_int_equal(reparse(&sb, sb.bytes, why), ARB_E_CONTENT);
	assert_non_null(strstr(why, "disk group 2"));
	sb_free(&sb);
}

static void bitmap_folds(void **state)
{
	struct sb_member m = { 0 };

	(void)state;
	sb_member_mark_btree(&m, 10, 2);
	assert_int_equal(m.btree_bitmap, 3 << 10);
	sb_member_mark_btree(&m, 100, 8);	/* 128 sectors: two per bit */
	assert_int_equal(m.btree_bitmap_shift, 1);
	assert_true(m.btree_bitmap == (UINT64_C(1) << 5 | UINT64_C(15) << 50));
	assert_true(sb_member_btree_marked(&m, 100, 8) && sb_member_btree_marked(&m, 10, 2));
	assert_false(sb_member_btree_marked(&m, 98, 8) || sb_member_btree_marked(&m, 104, 8) || sb_member_btree_marked(&m, 1000, 1));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(cut_off_anywhere), cmocka_unit_test(every_field_off), cmocka_unit_test(refused_with_a_reason),
	cmocka_unit_test(refused_members), cmocka_unit_test(refused_sections), cmocka_unit_test(sections_grow_and_shrink),
	cmocka_unit_test(blacklist_is_merged), cmocka_unit_test(errors_passes_and_members), cmocka_unit_test(bitmap_folds),
	cmocka_unit_test(rare_sections), cmocka_unit_test(groups_targets_and_compression),
};

int main(void)
{
	return cmocka_run_group_tests(tests, setup, teardown) ? 1 : 0;
}
