/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block port: ranges, memory, borrowing, recording, faults, files. */
#include "../unit.h"
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "arborist/io/block.h"
#include "arborist/io/claim.h"

static struct blk *mem(uint64_t bytes)
{
	struct blk *b;

	assert_int_equal(blk_mem_new("mem", NULL, bytes, &b, NULL), ARB_OK);
	return b;
}

static void ranges_are_checked(void **state)
{
	struct blk *b = mem(4096);
	struct arb_error err = { 0 };
	char buf[16] = "0123456789abcde";

	(void)state;
	assert_int_equal(blk_write(b, 4080, buf, 16, &err), ARB_OK);
	assert_int_equal(blk_write(b, 4081, buf, 16, &err), ARB_E_WRITE);
	assert_int_equal(blk_read(b, 4096, buf, 1, &err), ARB_E_READ);
	assert_int_equal(blk_read(b, UINT64_MAX, buf, 2, &err), ARB_E_READ);
	assert_int_equal(blk_read(b, 4096, buf, 0, &err), ARB_OK);
	assert_memory_equal((char *)blk_mem_data(b) + 4080, "0123456789abcde", 16);
	blk_close(b);
}

static void recording_keeps_the_order(void **state)
{
	struct blk_journal log = { 0 };
	struct blk *b;

	(void)state;
	assert_int_equal(blk_record_new(mem(4096), &log, 3, &b, NULL), ARB_OK);
	assert_int_equal(blk_write(b, 10, "ab", 2, NULL), ARB_OK);
	assert_int_equal(blk_sync(b, NULL), ARB_OK);
	assert_int_equal(blk_write(b, 0, "c", 1, NULL), ARB_OK);
	assert_int_equal(log.list.nr, 3);
	assert_true(!log.list.v[0].sync && log.list.v[0].offset == 10 && log.list.v[0].n == 2 && log.list.v[0].dev == 3);
	assert_memory_equal(log.list.v[0].data, "ab", 2);
	assert_true(log.list.v[1].sync && !log.list.v[2].sync);
	blk_close(b);
	blk_journal_free(&log);
}

static void faults_come_when_told(void **state)
{
	struct arb_error err = { 0 };
	struct blk *b;
	char c;

	(void)state;
	assert_int_equal(blk_fault_new(mem(4096), 2, 100, 200, &b, NULL), ARB_OK);
	assert_int_equal(blk_read(b, 99, &c, 1, &err), ARB_OK);
	assert_int_equal(blk_read(b, 199, &c, 1, &err), ARB_E_READ);
	assert_int_equal(blk_read(b, 200, &c, 1, &err), ARB_OK);
	assert_int_equal(blk_write(b, 0, "a", 1, &err), ARB_OK);
	assert_int_equal(blk_sync(b, &err), ARB_OK);
	assert_int_equal(blk_write(b, 1, "b", 1, &err), ARB_OK);
	assert_int_equal(blk_write(b, 2, "c", 1, &err), ARB_E_WRITE);
	assert_int_equal(blk_sync(b, &err), ARB_E_SYNC);
	blk_close(b);
}

static void borrowed_stays_open(void **state)
{
	struct blk *under = mem(512), *b;

	(void)state;
	assert_int_equal(blk_borrow_new(under, &b, NULL), ARB_OK);
	assert_int_equal(blk_write(b, 0, "x", 1, NULL), ARB_OK);
	blk_close(b);
	assert_int_equal(*(char *)blk_mem_data(under), 'x');
	blk_close(under);
}

/* ---- qcow2 */

static void be32_put(uint8_t *p, uint32_t v) { v = htobe32(v); memcpy(p, &v, 4); }
static void be64_put(uint8_t *p, uint64_t v) { v = htobe64(v); memcpy(p, &v, 8); }

enum { CLUSTER = 512, DISK = 200 * CLUSTER };

/* Clusters 1 and 150 hold data, 151 is allocated but marked as zeroes; everything else is not there. */
static struct blk *qcow2(uint32_t version)
{
	struct blk *b = mem(16 * CLUSTER);
	uint8_t *p = blk_mem_data(b);

	memcpy(p, "QFI\xfb", 4);
	be32_put(p + 4, version);
	be32_put(p + 20, 9);
	be64_put(p + 24, DISK);
	be32_put(p + 36, 4);
	be64_put(p + 40, 1 * CLUSTER);
	be64_put(p + 1 * CLUSTER, 2 * CLUSTER | UINT64_C(1) << 63);		/* l1: clusters 0 to 63 */
	be64_put(p + 1 * CLUSTER + 16, 3 * CLUSTER);				/* 128 to 191 */
	be64_put(p + 2 * CLUSTER + 8 * 1, 4 * CLUSTER | UINT64_C(1) << 63);
	be64_put(p + 3 * CLUSTER + 8 * 22, 5 * CLUSTER);
	be64_put(p + 3 * CLUSTER + 8 * 23, 6 * CLUSTER | 1);
	be64_put(p + 3 * CLUSTER + 8 * 24, UINT64_C(1) << 62 | 7 * CLUSTER);	/* compressed */
	memset(p + 4 * CLUSTER, 'a', CLUSTER);
	memset(p + 5 * CLUSTER, 'b', CLUSTER);
	memset(p + 6 * CLUSTER, 'c', CLUSTER);
	return b;
}

static void qcow2_is_read(void **state)
{
	uint8_t got[2 * CLUSTER];
	struct arb_error err = { 0 };
	struct blk *b;

	(void)state;
	for (unsigned version = 2; version <= 3; version++) {
		assert_true(blk_is_qcow2(b = qcow2(version)));
		assert_int_equal(blk_qcow2_new(b, &b, &err), ARB_OK);
		assert_int_equal(b->bytes, DISK);
		assert_int_equal(blk_read(b, CLUSTER - 3, got, 6, &err), ARB_OK);
		assert_memory_equal(got, "\0\0\0aaa", 6);
		assert_int_equal(blk_read(b, 151 * CLUSTER - 2, got, 4, &err), ARB_OK);
		assert_memory_equal(got, "bb\0\0", 4);
		assert_int_equal(blk_read(b, DISK - 1, got, 1, &err), ARB_OK);
		assert_int_equal(got[0], 0);
		assert_int_equal(blk_read(b, 152 * CLUSTER, got, 1, &err), ARB_E_READ);
		assert_int_equal(blk_read(b, DISK, got, 1, &err), ARB_E_READ);
		assert_int_equal(blk_open_write(b, &err), ARB_E_WRITE);
		blk_close(b);
	}
}

static void data_at(struct blk *b, uint64_t from, uint64_t want_start, uint64_t want_end)
{
	uint64_t start, end;

	assert_true(blk_next_data(b, from, &start, &end));
	assert_int_equal(start, want_start);
	assert_int_equal(end, want_end);
}

static void qcow2_knows_its_holes(void **state)
{
	struct blk *b = qcow2(3);
	uint64_t start, end;

	(void)state;
	assert_int_equal(blk_qcow2_new(b, &b, NULL), ARB_OK);
	data_at(b, 0, CLUSTER, 2 * CLUSTER);
	data_at(b, CLUSTER + 7, CLUSTER + 7, 2 * CLUSTER);
	data_at(b, 2 * CLUSTER, 150 * CLUSTER, 151 * CLUSTER);
	data_at(b, 151 * CLUSTER, 152 * CLUSTER, 153 * CLUSTER);	/* compressed: who knows */
	assert_false(blk_next_data(b, 153 * CLUSTER, &start, &end));
	assert_false(blk_next_data(b, DISK, &start, &end));
	blk_close(b);

	/* Of a size that cannot be gone through cluster by cluster */
	b = qcow2(3);
	be64_put((uint8_t *)blk_mem_data(b) + 24, INT64_MAX / CLUSTER * CLUSTER);
	assert_int_equal(blk_qcow2_new(b, &b, NULL), ARB_OK);
	assert_false(blk_next_data(b, 153 * CLUSTER, &start, &end));
	blk_close(b);
}

static void qcow2_that_is_refused(void **state)
{
	static const struct { unsigned at; uint8_t v; } rows[] = {
		{ 7, 4 }, { 15, 1 }, { 35, 1 }, { 79, 4 }, { 23, 8 }, { 23, 22 }, { 24, 0x80 }, { 40, 1 },
	};
	struct arb_error err = { 0 };
	struct blk *b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = qcow2(3);
		((uint8_t *)blk_mem_data(b))[rows[i].at] = rows[i].v;
		assert_int_not_equal(blk_qcow2_new(b, &b, &err), ARB_OK);
		assert_null(b);
	}
}

static void temp_file(char path[64], size_t bytes)
{
	int fd;

	memcpy(path, "test_block.XXXXXX", sizeof("test_block.XXXXXX"));
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, bytes), 0);
	close(fd);
}

static void file_is_written_only_when_opened_for_it(void **state)
{
	char path[64], got[4];
	struct arb_error err = { 0 };
	struct blk *b;

	(void)state;
	temp_file(path, 4096);
	assert_int_equal(blk_file_open(path, &b, &err), ARB_OK);
	assert_int_equal(b->bytes, 4096);
	assert_int_equal(blk_write(b, 0, "abc", 4, &err), ARB_E_WRITE);
	assert_int_equal(blk_open_write(b, &err), ARB_OK);
	assert_int_equal(blk_write(b, 0, "abc", 4, &err), ARB_OK);
	assert_int_equal(blk_sync(b, &err), ARB_OK);
	blk_close_write(b);
	assert_int_equal(blk_write(b, 0, "xyz", 4, &err), ARB_E_WRITE);
	assert_int_equal(blk_drop_cache(b, &err), ARB_OK);
	assert_int_equal(blk_read(b, 0, got, 4, &err), ARB_OK);
	assert_string_equal(got, "abc");
	unlink(path);
	/* The name leads to something else now: no write descriptor for that. */
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(blk_open_write(b, &err), ARB_E_CHANGED);
	blk_close(b);
	unlink(path);
}

static void other_things_are_refused(void **state)
{
	char path[64];
	struct arb_error err = { 0 };
	struct blk *b = NULL;

	(void)state;
	assert_int_equal(blk_file_open(".", &b, &err), ARB_E_OPEN);
	assert_non_null(strstr(err.text, "directory"));
	assert_int_equal(blk_file_open("/dev/null", &b, &err), ARB_E_OPEN);
	assert_int_equal(blk_file_open("no-such-file", &b, &err), ARB_E_OPEN);
	temp_file(path, 0);
	assert_int_equal(blk_file_open(path, &b, &err), ARB_E_NOT_BCACHEFS);
	assert_non_null(strstr(err.text, "empty"));
	unlink(path);
	assert_null(b);
}

static void claim_is_exclusive(void **state)
{
	char path[64];
	struct claim *first, *second;
	struct arb_error err = { 0 };

	(void)state;
	temp_file(path, 4096);
	assert_int_equal(claim_take(path, &first, &err), ARB_OK);
	assert_int_equal(claim_state(first), CLAIM_HELD);
	assert_int_equal(claim_take(path, &second, &err), ARB_OK);
	assert_int_equal(claim_state(second), CLAIM_BUSY);
	assert_int_equal(claim_check(second, &err), ARB_E_BUSY);
	claim_release(first);
	assert_int_equal(claim_check(second, &err), ARB_OK);
	assert_int_equal(claim_state(second), CLAIM_HELD);
	unlink(path);
	assert_int_equal(claim_check(second, &err), ARB_E_CHANGED);
	claim_release(second);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ranges_are_checked), cmocka_unit_test(recording_keeps_the_order),
	cmocka_unit_test(faults_come_when_told), cmocka_unit_test(borrowed_stays_open),
	cmocka_unit_test(file_is_written_only_when_opened_for_it), cmocka_unit_test(other_things_are_refused),
	cmocka_unit_test(claim_is_exclusive), cmocka_unit_test(qcow2_is_read), cmocka_unit_test(qcow2_knows_its_holes), cmocka_unit_test(qcow2_that_is_refused),
};
UNIT_MAIN(tests)
