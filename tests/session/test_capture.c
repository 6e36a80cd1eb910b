/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A captured filesystem opens again and gives the same findings; it holds no name, attribute or data unless asked; what is in it is byte
 * for byte what the device has; a damaged image is an error, never more.
 */
#include "../unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/base/port.h"
#include "arborist/image/image.h"
#include "arborist/session/capture.h"
#include "arborist/session/session.h"

#define BYTES (32u << 20)

static char folder[] = "capture.XXXXXX", path[64];

static struct blk *build(bool unclean, const char *const *damages, unsigned nr)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 6000,
				   .keys_per_leaf = 20, .fanout = 8, .min_depth = 2, .nr_xattrs = 30, .unclean = unclean, .bsets = 2 };
	struct arb_error err = { 0 };
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, &mem, &err), ARB_OK);
	if (image_build(&o, mem, &err))
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < nr; i++)
		if (image_damage(&mem, 1, damages[i], 1, NULL, &err))
			fail_msg("%s", err.text);
	return mem;
}

static struct session *start(struct blk *dev)
{
	struct session_options so = { .mode = POLICY_NO, .transcript_path = "", .threads = 2, .nr_blks = 1, .blks = &dev };
	struct session *s;

	assert_int_equal(session_start(&so, &s, NULL), ARB_OK);
	return s;
}

static enum arb_code run(struct session *s, job_fn *fn, void *arg)
{
	uint64_t id = session_post(s, fn, arg, NULL, 0);

	for (;;) {
		struct session_message *m = session_next(s, 20000);
		enum arb_code code;

		assert_non_null(m);
		code = m->code;
		if (m->kind == SESSION_JOB_DONE && m->id == id) {
			session_message_free(m);
			return code;
		}
		session_message_free(m);
	}
}

static enum arb_code job_findings(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	static const char *const specs[] = { "check_topology", "check_allocations" };
	enum arb_code code = session_run_passes(s, specs, 2, err);

	(void)j;
	for (size_t i = 0; i < session_findings_nr(s); i++) {
		finding_to_text(arg, session_finding(s, i));
		arb_buf_putc(arg, '\n');
	}
	plan_diff_to_text(arg, session_plan(s), 0);
	return code;
}

static enum arb_code job_capture(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct capture_options o = { .names = *(bool *)arg, .salt = 12345 };
	struct capture_result r;

	(void)j;
	return capture(session_disk_view(s), path, &o, &r, err);
}

static struct blk *open_capture(void)
{
	struct blk *file, *image;

	assert_int_equal(blk_file_open(path, &file, NULL), ARB_OK);
	assert_true(blk_is_qcow2(file));
	assert_int_equal(blk_qcow2_new(file, &image, NULL), ARB_OK);
	return image;
}

static void capture_of(struct blk *dev, bool names)
{
	struct blk *lent;
	struct session *s;

	assert_int_equal(blk_borrow_new(dev, &lent, NULL), ARB_OK);
	s = start(lent);
	unlink(path);
	assert_int_equal(run(s, job_capture, &names), ARB_OK);
	assert_int_equal(run(s, job_capture, &names), ARB_E_OPEN);	/* is there already */
	session_end(s);
}

static void findings_of(struct blk *dev, struct arb_buf *out)
{
	struct session *s = start(dev);

	run(s, job_findings, out);
	session_end(s);
}

static bool holds(const uint8_t *p, size_t n, const char *what)
{
	return memmem(p, n, what, strlen(what));
}

static uint8_t *read_all(struct blk *b)
{
	uint8_t *p = malloc(BYTES);

	assert_int_equal(b->bytes, BYTES);
	assert_int_equal(blk_read(b, 0, p, BYTES, NULL), ARB_OK);
	return p;
}

static void same_findings(bool unclean, const char *const *damages, unsigned nr)
{
	struct blk *dev = build(unclean, damages, nr), *lent, *image;
	uint8_t *bytes;
	ARB_BUF(of_device);
	ARB_BUF(of_image);

	capture_of(dev, false);
	assert_int_equal(blk_borrow_new(dev, &lent, NULL), ARB_OK);
	findings_of(lent, &of_device);
	findings_of(open_capture(), &of_image);
	/* lines with names in them differ in those names only: what is compared is up to the value */
	assert_int_equal(of_device.len, of_image.len);
	if (!strstr(arb_buf_str(&of_device), " type dirent "))
		assert_string_equal(arb_buf_str(&of_device), arb_buf_str(&of_image));
	if (nr)
		assert_non_null(strstr(arb_buf_str(&of_device), "repair 1"));
	image = open_capture();
	bytes = read_all(image);
	assert_false(holds(bytes, BYTES, "file-1"));
	assert_false(holds(bytes, BYTES, "made by the builder"));
	assert_false(holds(bytes, BYTES, "origin"));
	assert_true(holds(blk_mem_data(dev), BYTES, "file-1"));
	assert_true(holds(blk_mem_data(dev), BYTES, "made by the builder"));
	free(bytes);
	blk_close(image);
	blk_close(dev);
}

static void clean(void **state)
{
	(void)state;
	same_findings(false, NULL, 0);
}

static void unclean(void **state)
{
	static const char *const damages[] = { "alloc-dirty-sectors alloc:0" };

	(void)state;
	same_findings(true, damages, 1);
}

static void damaged(void **state)
{
	static const char *const damages[] = { "gap-leaf dirents:0 @2", "gap-leaf-lost extents:0 @4", "unreadable-leaf-csum inodes:0 @3",
					       "overlap-next-part inodes:0 @6" };

	(void)state;
	same_findings(false, damages, 4);
	same_findings(true, damages, 3);
}

/* Asked for names everything captured is what the device holds, and what is not captured is zeroes. */
static void with_names(void **state)
{
	struct blk *dev = build(true, NULL, 0), *image;
	const uint8_t *want = blk_mem_data(dev);
	uint8_t *bytes;
	size_t same = 0, zero = 0;

	(void)state;
	capture_of(dev, true);
	image = open_capture();
	bytes = read_all(image);
	for (size_t at = 0; at < BYTES; at += 512) {
		static const uint8_t zeroes[512];

		if (!memcmp(bytes + at, want + at, 512))
			same++;
		else if (!memcmp(bytes + at, zeroes, 512))
			zero++;
		else
			fail_msg("sector %zu is neither the device's nor zeroes", at / 512);
	}
	assert_true(same > 1000);
	assert_true(zero > 100);	/* data of files */
	assert_true(holds(bytes, BYTES, "file-1"));
	free(bytes);
	blk_close(image);
	blk_close(dev);
}

/* Any byte of the image wrong: an error somewhere, or other bytes, and no more. */
static void damaged_image(void **state)
{
	struct blk *dev = build(false, NULL, 0);
	struct arb_random r;
	uint8_t *good, *bad, *to = malloc(1 << 20);
	struct blk *file;
	size_t n, failed = 0;

	(void)state;
	arb_random_seed(&r, 1);
	capture_of(dev, false);
	assert_int_equal(blk_file_open(path, &file, NULL), ARB_OK);
	n = file->bytes;
	good = malloc(n);
	bad = malloc(n);
	assert_int_equal(blk_read(file, 0, good, n, NULL), ARB_OK);
	blk_close(file);
	for (unsigned i = 0; i < 150; i++) {
		struct blk *mem, *image;
		size_t at = i % 3 ? arb_random_u64(&r) % n : arb_random_u64(&r) % 120;

		memcpy(bad, good, n);
		if (i % 3 == 2)		/* among the tables, which lie at the end */
			at = n - 1 - arb_random_u64(&r) % (5 * QCOW2_CLUSTER < n ? 5 * QCOW2_CLUSTER : n);
		bad[at] ^= (uint8_t)(1 + arb_random_u64(&r) % 255);
		assert_int_equal(blk_mem_new("bad", bad, n, &mem, NULL), ARB_OK);
		if (!blk_is_qcow2(mem)) {
			blk_close(mem);
			continue;
		}
		if (blk_qcow2_new(mem, &image, NULL)) {
			failed++;
			continue;
		}
		for (uint64_t o = 0; o + (1 << 20) <= image->bytes && o < BYTES; o += 1 << 20)
			failed += blk_read(image, o, to, 1 << 20, NULL) != ARB_OK;
		blk_close(image);
	}
	assert_true(failed > 5);
	free(good);
	free(bad);
	free(to);
	blk_close(dev);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/image", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(clean),
	cmocka_unit_test(unclean),
	cmocka_unit_test(damaged),
	cmocka_unit_test(with_names),
	cmocka_unit_test(damaged_image),
};

int main(void)
{
	return cmocka_run_group_tests(tests, setup, teardown) ? 1 : 0;
}
