/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A superblock: shape, content, text, and every change a commit makes to it. Input: one byte of choices, then the bytes.
 * Choice bit 0: the checksum is made right again.
 */
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/superblock.h"
#include "arborist/image/image.h"
#include "arborist/io/block.h"
#include "fuzz.h"

#define DEVICE_BYTES (16u << 20)

/* The superblock of a filesystem of ours, read once. */
static const uint8_t *sample(size_t *ret_n)
{
	static uint8_t bytes[FUZZ_BYTES_MAX - 1];
	static size_t n;
	struct image_options o = { .seed = 1, .nr_dirs = 2, .nr_files = 9 };
	struct blk *dev;

	if (!n && !blk_mem_new("sample", NULL, DEVICE_BYTES, &dev, NULL)) {
		FUZZ_CHECK(!image_build(&o, dev, NULL));
		FUZZ_CHECK(!blk_read(dev, SB_SECTOR * 512, bytes, 65536, NULL));
		n = sb_bytes_needed(bytes, 65536);
		FUZZ_CHECK(n && n <= 65536);
		blk_close(dev);
	}
	*ret_n = n;
	return bytes;
}

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	size_t n;
	const uint8_t *bytes = sample(&n);

	buf[0] = (uint8_t)arb_random_u64(r);
	memcpy(buf + 1, bytes, n);
	return n + 1;
}

static void read_lists(const struct sb *sb)
{
	struct replicas_entry e;
	struct sb_member m;
	struct seq_range *range = NULL;
	const uint8_t *entries;
	uint64_t *buckets = NULL, seq;
	size_t n, cursor = 0;

	for (unsigned i = 0; i < SB_MEMBERS_MAX + 1; i++)
		sb_member_get(sb, i, &m);
	if (!sb_journal_buckets(sb, &buckets, &n, NULL))
		free(buckets);
	if (!sb_blacklist(sb, &range, &n))
		free(range);
	if (sb_clean(sb, &seq, &entries, &n))
		FUZZ_CHECK(entries >= sb->raw && entries + n <= sb->raw + sb->bytes);
	while (sb_replicas_next(sb, &cursor, &e))
		FUZZ_CHECK(e.nr_devs <= SB_MEMBERS_MAX && cursor <= sb->bytes);
	for (unsigned t = 0; t < SB_FIELD_NR + 2; t++) {
		const uint8_t *f = sb_field(sb, t, &n);

		FUZZ_CHECK(!f || (f >= sb->raw && n >= 8 && f + n <= sb->raw + sb->bytes));
	}
}

/* What a commit does; afterwards the superblock must still have a shape. */
static void change_it(struct sb *sb)
{
	struct sb again;
	struct sb_member m;

	sb_flag_set(sb, "CLEAN", 0);
	sb_blacklist_add(sb, (struct seq_range){ 5, 90 }, NULL);
	sb_error_count(sb, 63, 2, 1700000000);
	sb_require_pass(sb, 5);
	sb_silence_error(sb, 272);
	sb_btree_lost_data(sb, 3);
	if (sb_member_get(sb, 0, &m)) {
		sb_member_mark_btree(&m, 4096, 64);
		sb_member_put(sb, 0, &m);
	}
	sb_field_resize(sb, SB_FIELD_clean, 0);
	if (csum_type_known(sb_flag_get(sb, "CSUM_TYPE")))
		sb_checksum(sb);
	if (!sb_parse(sb->raw, sb->bytes, &again, NULL, NULL)) {
		FUZZ_CHECK(again.bytes == sb->bytes);
		sb_free(&again);
	}
}

static void right_checksum(uint8_t *p, size_t n)
{
	size_t used = n >= SB_FIXED_BYTES ? sb_bytes_needed(p, n) : 0;

	if (used && used <= n)
		csum_put(p, csum_compute(CSUM_crc32c_nonzero, p + 16, used - 16));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct defects d = { 0 };
	struct fs_geometry geo;
	struct sb sb;
	uint8_t *copy;
	ARB_BUF(out);

	if (n < 2 || !(copy = malloc(n - 1)))
		return 0;
	memcpy(copy, p + 1, n - 1);
	if (p[0] & 1)
		right_checksum(copy, n - 1);
	if (!sb_parse(copy, n - 1, &sb, &d, NULL)) {
		sb_geometry(&sb, &geo);
		sb_to_text(&out, &sb, true, UINT32_MAX);
		read_lists(&sb);
		change_it(&sb);
		sb_free(&sb);
	}
	defects_free(&d);
	free(copy);
	return 0;
}
