/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which devices make a filesystem, whose superblock counts, and what is refused; over filesystems built in memory. */
#include "../unit.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/base/le.h"
#include "arborist/image/image.h"
#include "arborist/io/devset.h"
#include "../temp.h"

#define MiB (UINT64_C(1) << 20)
enum { NR = 3 };

static struct blk *disk(uint64_t bytes)
{
	struct blk *b;

	assert_int_equal(blk_mem_new("disk", NULL, bytes, &b, NULL), ARB_OK);
	return b;
}

static void build(struct blk *blks[NR], uint64_t seed)
{
	struct image_options o = { .csum_opt = 1, .seed = seed, .replicas = 2, .nr_files = 3, .file_bytes_max = 9000 };
	struct arb_error err = { 0 };

	for (unsigned i = 0; i < NR; i++)
		blks[i] = disk((16 + 8 * i) * MiB);
	assert_int_equal(image_build_set(&o, blks, NR, &err), ARB_OK);
}

/* Opens the given ones, closes the others. */
static enum arb_code open_some(struct blk *blks[NR], const unsigned *order, unsigned nr, bool degraded, struct devset **ret,
			       struct arb_error *err)
{
	struct devset_options o = { .degraded = degraded };
	struct blk *list[NR];
	enum arb_code c;

	for (unsigned i = 0; i < nr; i++) {
		list[i] = blks[order[i]];
		blks[order[i]] = NULL;
	}
	c = devset_open_blk(list, nr, &o, ret, err);
	for (unsigned i = 0; i < NR; i++)
		blk_close(blks[i]);
	return c;
}

/* Changes the superblock copies of a device from @first on, checksums right. */
static void change_sb(struct blk *b, unsigned first, void (*change)(struct sb *sb, uint64_t v), uint64_t v)
{
	struct sb_layout l;

	assert_true(sb_layout_parse((uint8_t *)blk_mem_data(b) + 512 * SB_LAYOUT_SECTOR, &l, NULL));
	for (unsigned i = first; i < l.nr; i++) {
		uint8_t *p = (uint8_t *)blk_mem_data(b) + 512 * l.sector[i];
		struct sb sb;

		assert_int_equal(sb_parse(p, SB_BYTES_MAX / 16, &sb, NULL, NULL), ARB_OK);
		change(&sb, v);
		sb_checksum(&sb);
		memcpy(p, sb.raw, sb.bytes);
		sb_free(&sb);
	}
}

static void set_seq(struct sb *sb, uint64_t v) { sb_fixed_set(sb, "seq", v); }
static void set_time(struct sb *sb, uint64_t v) { sb_fixed_set(sb, "write_time", v); }
static void set_version(struct sb *sb, uint64_t v) { sb_fixed_set(sb, "version", v); }
static void set_features(struct sb *sb, uint64_t v) { sb_fixed_set(sb, "features[0]", v); }
static void set_encrypted(struct sb *sb, uint64_t v) { sb_flag_set(sb, "ENCRYPTION_TYPE", v); }
static void set_option(struct sb *sb, uint64_t v) { sb_flag_set(sb, "ERROR_ACTION", v); }


static void remove_member(struct sb *sb, uint64_t v)
{
	struct sb_member m;

	assert_true(sb_member_get(sb, v, &m));
	memset(m.uuid, 0, 16);
	sb_member_put(sb, v, &m);
	sb_field_resize(sb, SB_FIELD_replicas_v0, 0);	/* names the member too */
}

static void any_order(void **state)
{
	static const unsigned orders[][NR] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 } };
	struct blk *blks[NR];
	struct fs_geometry geo;
	struct devset *d;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		build(blks, 1);
		assert_int_equal(open_some(blks, orders[i], NR, false, &d, NULL), ARB_OK);
		assert_int_equal(d->nr_open, NR);
		for (unsigned n = 0; n < NR; n++) {
			assert_int_equal(d->dev[n]->idx, n);
			assert_int_equal(d->dev[n]->blk->bytes, (16 + 8 * n) * MiB);
			assert_int_equal(d->dev[n]->copies.nr, 3);
		}
		assert_false(d->read_only);
		devset_geometry(d, &geo);
		assert_int_equal(geo.nr_members, NR);
		assert_true(geo.member[2].online && geo.member[2].exists && !geo.member[3].exists);
		assert_int_equal(geo.member[1].nbuckets, 24 * 8);
		devset_free(d);
	}
}

static void missing_member(void **state)
{
	static const unsigned order[] = { 2, 0 };
	struct blk *blks[NR];
	struct arb_error err = { 0 };
	struct devset *d;

	(void)state;
	build(blks, 1);
	assert_int_equal(open_some(blks, order, 2, false, &d, &err), ARB_E_MEMBER_MISSING);
	assert_non_null(strstr(err.text, "member 1"));
	build(blks, 1);
	assert_int_equal(open_some(blks, order, 2, true, &d, &err), ARB_OK);
	assert_true(d->read_only && d->nr_missing == 1 && !d->dev[1]);
	devset_free(d);
}

static void foreign_and_doubled(void **state)
{
	struct blk *blks[NR], *other[NR], *list[2];
	struct arb_error err = { 0 };
	struct devset *d;

	(void)state;
	build(blks, 1);
	build(other, 2);
	list[0] = blks[0];
	list[1] = other[1];
	assert_int_equal(devset_open_blk(list, 2, NULL, &d, &err), ARB_E_MEMBER_WRONG);
	assert_non_null(strstr(err.text, "does not belong"));
	assert_int_equal(blk_mem_new("twin", blk_mem_data(blks[1]), blks[1]->bytes, &list[1], NULL), ARB_OK);
	list[0] = blks[1];
	assert_int_equal(devset_open_blk(list, 2, NULL, &d, &err), ARB_E_MEMBER_WRONG);
	assert_non_null(strstr(err.text, "both member 1"));
	blk_close(blks[2]);
	blk_close(other[0]);
	blk_close(other[2]);
}

/* One device of a filesystem of one; the change is made to all copies from @first on. */
static enum arb_code open_changed(unsigned first, void (*change)(struct sb *, uint64_t), uint64_t v, struct devset **ret,
				  struct arb_error *err)
{
	struct image_options o = { .csum_opt = 1, .seed = 9 };
	struct blk *b = disk(16 * MiB);

	assert_int_equal(image_build(&o, b, NULL), ARB_OK);
	if (change)
		change_sb(b, first, change, v);
	return devset_open_blk(&b, 1, NULL, ret, err);
}

static void newest_copy_counts(void **state)
{
	struct devset *d;

	(void)state;
	assert_int_equal(open_changed(2, set_seq, 40, &d, NULL), ARB_OK);
	assert_int_equal(d->best->seq, 40);
	assert_int_equal(d->dev[0]->best, 2);
	devset_free(d);
}

static void backup_when_the_first_is_gone(void **state)
{
	struct image_options o = { .csum_opt = 1, .seed = 9 };
	struct blk *b = disk(16 * MiB);
	struct devset *d;

	(void)state;
	assert_int_equal(image_build(&o, b, NULL), ARB_OK);
	memset((uint8_t *)blk_mem_data(b) + 512 * SB_LAYOUT_SECTOR, 0, 8192);
	assert_int_equal(devset_open_blk(&b, 1, NULL, &d, NULL), ARB_OK);
	assert_true(d->dev[0]->best > 0 && !d->dev[0]->copies.v[0].readable);
	assert_int_equal(d->dev[0]->copies.nr, 3);
	devset_free(d);
}

static void bad_checksum_does_not_count(void **state)
{
	struct image_options o = { .csum_opt = 1, .seed = 9 };
	struct blk *b = disk(16 * MiB);
	struct arb_error err = { 0 };
	struct devset *d;
	uint8_t *raw = blk_mem_data(b);

	(void)state;
	assert_int_equal(image_build(&o, b, NULL), ARB_OK);
	raw[SB_SECTOR * 512 + 112] += 100;	/* seq */
	assert_int_equal(devset_open_blk(&b, 1, NULL, &d, &err), ARB_OK);
	assert_int_equal(d->best->seq, 12);
	assert_string_equal(sb_copy_why(&d->dev[0]->copies.v[0]), "checksum is wrong");
	devset_free(d);
}

static void what_is_only_read(void **state)
{
	struct arb_error err = { 0 };
	struct devset *d;

	(void)state;
	assert_int_equal(open_changed(0, set_version, 1 << 10 | 20, &d, &err), ARB_OK);
	assert_true(d->read_only && strstr(d->why_read_only, "newer"));
	devset_free(d);
	assert_int_equal(open_changed(0, set_encrypted, 1, &d, &err), ARB_OK);
	assert_true(d->read_only && strstr(d->why_read_only, "encrypted"));
	devset_free(d);
	assert_int_equal(open_changed(0, set_version, 2 << 10, &d, &err), ARB_E_VERSION);
	assert_int_equal(open_changed(0, set_features, UINT64_C(1) << 40, &d, &err), ARB_E_VERSION);
	assert_int_equal(open_changed(0, set_option, 9, &d, &err), ARB_E_SB_INVALID);
	assert_non_null(strstr(err.text, "errors"));
}

static void split_brain(void **state)
{
	static const unsigned all[] = { 0, 1, 2 };
	struct arb_error err = { 0 };
	struct blk *blks[NR];
	struct devset *d;

	(void)state;
	build(blks, 1);		/* went its own way: newer than the others, which know of an older write of it */
	change_sb(blks[1], 0, set_seq, 13);
	change_sb(blks[0], 0, set_seq, 20);
	assert_int_equal(open_some(blks, all, NR, true, &d, &err), ARB_OK);
	assert_true(!d->dev[1] && d->nr_left_out == 1 && d->read_only && d->best_dev == 0);
	devset_free(d);
	build(blks, 1);		/* same seq, written at another time */
	change_sb(blks[2], 0, set_time, 5);
	assert_int_equal(open_some(blks, all, NR, false, &d, &err), ARB_E_MEMBER_MISSING);
	assert_non_null(strstr(err.text, "split brain"));
	build(blks, 1);		/* removed */
	change_sb(blks[0], 0, remove_member, 1);
	change_sb(blks[0], 0, set_seq, 20);
	assert_int_equal(open_some(blks, all, NR, false, &d, &err), ARB_OK);
	assert_true(d->nr_open == 2 && d->nr_left_out == 1 && !d->nr_missing && !d->read_only);
	devset_free(d);
	build(blks, 1);		/* an older superblock than the others' is no reason */
	change_sb(blks[0], 0, set_seq, 20);
	assert_int_equal(open_some(blks, all, NR, false, &d, &err), ARB_OK);
	assert_int_equal(d->nr_open, NR);
	devset_free(d);
}

static void not_a_filesystem(void **state)
{
	struct arb_error err = { 0 };
	struct blk *b;
	struct devset *d;
	struct arb_random r;

	(void)state;
	arb_random_seed(&r, 4);
	for (uint64_t bytes = 1; bytes <= 4 * MiB; bytes *= 8) {
		b = disk(bytes);
		for (uint64_t i = 0; i < bytes; i++)
			((uint8_t *)blk_mem_data(b))[i] = arb_random_u64(&r);
		assert_int_equal(devset_open_blk(&b, 1, NULL, &d, &err), ARB_E_NOT_BCACHEFS);
		assert_non_null(strstr(err.text, "not a bcachefs filesystem"));
	}
}

static void truncated(void **state)
{
	struct image_options o = { .csum_opt = 1, .seed = 9 };
	struct arb_error err = { 0 };
	struct blk *b = disk(16 * MiB), *half;
	struct devset *d;

	(void)state;
	assert_int_equal(image_build(&o, b, NULL), ARB_OK);
	assert_int_equal(blk_mem_new("half", blk_mem_data(b), 8 * MiB, &half, NULL), ARB_OK);
	assert_int_equal(devset_open_blk(&half, 1, NULL, &d, &err), ARB_E_SB_INVALID);
	assert_non_null(strstr(err.text, "truncated"));
	blk_close(b);
}

/* Who has written to any superblock copy since it was read, a mount above all, is noticed. */
static void another_superblock(void **state)
{
	struct arb_error err = { 0 };
	struct devset *d;

	(void)state;
	assert_int_equal(open_changed(0, NULL, 0, &d, NULL), ARB_OK);
	for (unsigned i = 0; i < d->dev[0]->copies.nr; i++) {
		uint8_t *p = (uint8_t *)blk_mem_data(d->dev[0]->blk) + 512 * d->dev[0]->copies.v[i].sector;

		assert_int_equal(devset_check_unchanged(d, &err), ARB_OK);
		p[200] ^= 1;
		assert_int_equal(devset_check_unchanged(d, &err), ARB_E_CHANGED);
		p[200] ^= 1;
	}
	change_sb(d->dev[0]->blk, 0, set_seq, 99);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_E_CHANGED);
	assert_int_equal(devset_reread(d, &err), ARB_OK);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_OK);
	devset_free(d);
}

/* Of an image file every write is: here to a place that nothing has read. */
static void another_time_of_the_file(void **state)
{
	struct image_options o = { .csum_opt = 1, .seed = 9 };
	char path[TEMP_PATH];
	const char *paths[] = { path };
	struct blk *b = disk(16 * MiB);
	struct arb_error err = { 0 };
	int fd = temp_file(path, "devset");
	struct devset *d;

	(void)state;
	assert_int_equal(image_build(&o, b, NULL), ARB_OK);
	assert_int_equal(pwrite(fd, blk_mem_data(b), 16 * MiB, 0), 16 * MiB);
	assert_int_equal(futimens(fd, (struct timespec[]){ { .tv_sec = 1000 }, { .tv_sec = 1000 } }), 0);
	assert_int_equal(devset_open(paths, 1, NULL, &d, &err), ARB_OK);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_OK);
	assert_int_equal(pwrite(fd, "x", 1, 9 * MiB), 1);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_E_CHANGED);
	assert_int_equal(devset_reread(d, &err), ARB_OK);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_OK);
	assert_int_equal(ftruncate(fd, 15 * MiB), 0);
	assert_int_equal(devset_check_unchanged(d, &err), ARB_E_CHANGED);
	devset_free(d);
	blk_close(b);
	close(fd);
	unlink(path);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(any_order), cmocka_unit_test(missing_member), cmocka_unit_test(foreign_and_doubled),
	cmocka_unit_test(newest_copy_counts), cmocka_unit_test(backup_when_the_first_is_gone),
	cmocka_unit_test(bad_checksum_does_not_count), cmocka_unit_test(what_is_only_read), cmocka_unit_test(split_brain),
	cmocka_unit_test(not_a_filesystem), cmocka_unit_test(truncated),
	cmocka_unit_test(another_superblock), cmocka_unit_test(another_time_of_the_file),
};
UNIT_MAIN(tests)
