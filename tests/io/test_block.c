/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block port: ranges, memory, borrowing, recording, faults, files. */
#include "../unit.h"
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
	cmocka_unit_test(claim_is_exclusive),
};
UNIT_MAIN(tests)
