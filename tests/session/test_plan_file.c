/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan saved and loaded: the same findings and repairs, the same bytes when it is committed; refused for another filesystem, for
 * one that has been used since, and when any byte of the file is wrong.
 */
#include "../unit.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/image/image.h"
#include "arborist/session/session.h"

#define BYTES (32u << 20)

static char folder[] = "plan-file.XXXXXX";
static char path[64], undo[64];
static uint8_t *damaged;	/* the filesystem of the tests */

static uint64_t fixed_ns(void *arg)
{
	(void)arg;
	return 1750000000000000000ull;
}

static void build(uint64_t seed, struct blk **ret)
{
	static const char *const damages[] = { "overlap-prev-part dirents:0 @2", "gap-leaf-lost extents:0 @4", "alloc-dirty-sectors alloc:0", "unreadable-leaf inodes:0 @3" };
	struct image_options o = { .bytes = BYTES, .seed = seed, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096,
				   .keys_per_leaf = 20, .fanout = 8, .min_depth = 2 };
	struct arb_error err = { 0 };

	assert_int_equal(blk_mem_new("mem", NULL, BYTES, ret, &err), ARB_OK);
	assert_int_equal(image_build(&o, *ret, &err), ARB_OK);
	for (unsigned i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
		if (image_damage(ret, 1, damages[i], 1, NULL, &err))
			fail_msg("%s", err.text);
}

/* A session over the device, which stays the caller's. */
static struct session *start(struct blk *mem)
{
	struct session_options so = { .mode = POLICY_YES, .transcript_path = "", .threads = 1, .undo_path = undo, .has_seed = true, .seed = 7,
				      .clock = { fixed_ns, fixed_ns, NULL }, .nr_blks = 1 };
	struct session *s;
	struct blk *lent;

	unlink(undo);
	assert_int_equal(blk_borrow_new(mem, &lent, NULL), ARB_OK);
	so.blks = &lent;
	assert_int_equal(session_start(&so, &s, NULL), ARB_OK);
	return s;
}

static char said[600];

static enum arb_code run(struct session *s, job_fn *fn)
{
	uint64_t id = session_post(s, fn, NULL, NULL, 0);

	for (;;) {
		struct session_message *m = session_next(s, 20000);
		enum arb_code code;

		assert_non_null(m);
		code = m->code;
		if (m->kind == SESSION_JOB_DONE && m->id == id) {
			snprintf(said, sizeof(said), "%s", m->text ? m->text : "");
			session_message_free(m);
			return code;
		}
		session_message_free(m);
	}
}

static enum arb_code job_check(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	static const char *const specs[] = { "check_topology", "check_allocations" };

	(void)j, (void)arg;
	return session_run_passes(s, specs, 2, err);
}

static enum arb_code job_commit(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct commit_result r;

	(void)j, (void)arg;
	return session_commit(s, &r, err);
}

static enum arb_code job_save(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j, (void)arg;
	return session_plan_save(s, path, err);
}

static enum arb_code job_load(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j, (void)arg;
	return session_plan_load(s, path, err);
}

static struct arb_buf described;

static enum arb_code job_describe(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	(void)j, (void)arg, (void)err;
	arb_buf_reset(&described);
	plan_to_text(&described, session_plan(s));
	plan_diff_to_text(&described, session_plan(s), 0);
	for (size_t i = 0; i < session_findings_nr(s); i++)
		if (session_finding_fate(s, i) == FATE_PLANNED)
			finding_to_text(&described, session_finding(s, i));
	return ARB_OK;
}

static char *describe(struct session *s)
{
	assert_int_equal(run(s, job_describe), ARB_OK);
	return strdup(arb_buf_str(&described));
}

static int setup(void **state)
{
	struct blk *mem;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/plan", folder);
	snprintf(undo, sizeof(undo), "%s/undo", folder);
	build(3, &mem);
	damaged = malloc(BYTES);
	memcpy(damaged, blk_mem_data(mem), BYTES);
	blk_close(mem);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(undo);
	rmdir(folder);
	free(damaged);
	arb_buf_free(&described);
	return 0;
}

static struct blk *copy(void)
{
	struct blk *mem;

	assert_int_equal(blk_mem_new("mem", damaged, BYTES, &mem, NULL), ARB_OK);
	return mem;
}

/* Saved from a filesystem that is not changed by it; what it describes is returned. */
static char *save_plan(void)
{
	struct blk *mem = copy();
	struct session *s = start(mem);
	char *text;

	unlink(path);
	assert_int_equal(run(s, job_check), ARB_OK);
	assert_int_equal(run(s, job_save), ARB_OK);
	assert_int_equal(run(s, job_save), ARB_E_OPEN);		/* is there already */
	text = describe(s);
	session_end(s);
	assert_memory_equal(blk_mem_data(mem), damaged, BYTES);
	blk_close(mem);
	return text;
}

static void same_bytes(void **state)
{
	char *saved = save_plan(), *loaded;
	struct blk *direct = copy(), *later = copy();
	struct session *s = start(direct);
	struct session_state st;

	(void)state;
	assert_int_equal(run(s, job_save), ARB_E_REFUSED);	/* nothing to save yet */
	assert_int_equal(run(s, job_check), ARB_OK);
	assert_int_equal(run(s, job_load), ARB_E_REFUSED);	/* has a plan of its own */
	assert_int_equal(run(s, job_commit), ARB_OK);
	session_end(s);

	s = start(later);
	assert_int_equal(run(s, job_load), ARB_OK);
	loaded = describe(s);
	assert_string_equal(loaded, saved);
	assert_non_null(strstr(saved, "repair 4"));
	session_state(s, &st);
	assert_int_equal(st.exit_status, 4);
	assert_int_equal(run(s, job_commit), ARB_OK);
	session_state(s, &st);
	assert_int_equal(st.exit_status, 1);
	session_end(s);
	assert_memory_equal(blk_mem_data(direct), blk_mem_data(later), BYTES);
	assert_memory_not_equal(blk_mem_data(direct), damaged, BYTES);

	s = start(later);					/* repaired: no longer what the plan was made for */
	assert_int_equal(run(s, job_load), ARB_E_CHANGED);
	session_end(s);
	blk_close(direct);
	blk_close(later);
	free(saved);
	free(loaded);
}

/* A check before the load finds the same; then a repair is dropped, and the others go. */
static void after_a_check_of_its_own(void **state)
{
	char *saved = save_plan();
	struct blk *mem = copy();
	struct session *s = start(mem);
	struct session_state st;

	(void)state;
	assert_int_equal(run(s, job_load), ARB_OK);
	assert_int_equal(run(s, job_check), ARB_OK);		/* over the plan: nothing new */
	session_state(s, &st);
	assert_int_equal(st.left, 0);
	assert_int_equal(run(s, job_commit), ARB_OK);
	session_end(s);
	blk_close(mem);
	free(saved);
}

static void another_filesystem(void **state)
{
	struct blk *mem;
	struct session *s;

	(void)state;
	free(save_plan());
	build(4, &mem);
	s = start(mem);
	assert_int_equal(run(s, job_load), ARB_E_REFUSED);
	assert_non_null(strstr(said, "another filesystem"));
	session_end(s);
	blk_close(mem);
}

static void damaged_files(void **state)
{
	static uint8_t good[1 << 16], bad[1 << 16];
	struct blk *mem = copy();
	struct session *s;
	size_t n;
	FILE *f;
	char *nothing, *saved;
	unsigned unharmed = 0;

	(void)state;
	saved = save_plan();
	f = fopen(path, "rb");
	n = fread(good, 1, sizeof(good), f);
	fclose(f);
	assert_in_range(n, 100, sizeof(good) - 1);
	s = start(mem);
	nothing = describe(s);
	for (size_t i = 0; i < 2 * n; i += n / 150 + 1) {	/* a bit wrong, or cut off */
		size_t len = i < n ? n : i - n;

		memcpy(bad, good, n);
		if (i < n)
			bad[i] ^= 0x20;
		f = fopen(path, "wb");
		assert_int_equal(fwrite(bad, 1, len, f), len);
		fclose(f);
		if (run(s, job_load) == ARB_OK) {		/* a bit that the compression does not use */
			free(describe(s));
			assert_string_equal(saved, arb_buf_str(&described));
			session_end(s);
			s = start(mem);
			unharmed++;
		} else {
			assert_non_null(strstr(said, "damaged"));
			assert_null(strchr(said, '\n'));
		}
	}
	assert_in_range(unharmed, 0, 5);
	free(saved);
	memcpy(bad, good, n);
	f = fopen(path, "wb");
	fwrite(bad, 1, n + 1, f);				/* one byte too many */
	fclose(f);
	assert_int_equal(run(s, job_load), ARB_E_CONTENT);
	free(describe(s));
	assert_string_equal(nothing, arb_buf_str(&described));
	free(nothing);
	unlink(path);
	assert_int_equal(run(s, job_load), ARB_E_OPEN);
	session_end(s);
	assert_memory_equal(blk_mem_data(mem), damaged, BYTES);
	blk_close(mem);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(same_bytes),
	cmocka_unit_test(after_a_check_of_its_own),
	cmocka_unit_test(another_filesystem),
	cmocka_unit_test(damaged_files),
};

int main(void)
{
	return cmocka_run_group_tests(tests, setup, teardown) ? 1 : 0;
}
