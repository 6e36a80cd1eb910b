/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A saved plan. The input is its records as they are inside the frames, each behind its length; they are framed anew with checksums
 * that are right, so that what they say is what is tried: it is refused and nothing is left behind, or it can be shown and taken back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arborist/base/le.h"
#include "arborist/image/image.h"
#include "arborist/io/record.h"
#include "arborist/session/session.h"
#include "fuzz.h"

#define BYTES	(32u << 20)
#define MAGIC	"arborist plan 1\n"

static struct session *s;
static char path[40];

static enum arb_code job_make(struct session *x, struct job *j, void *arg, struct arb_error *err)
{
	static const char *const specs[] = { "check_topology", "check_allocations" };
	enum arb_code code = session_run_passes(x, specs, 2, err);

	(void)j, (void)arg;
	code = code ? code : session_plan_save(x, path, err);
	while (!code && plan_nr(session_plan(x)))
		code = session_drop(x, plan_repair(session_plan(x), 0)->id, NULL, err);
	return code;
}

static enum arb_code job_try(struct session *x, struct job *j, void *arg, struct arb_error *err)
{
	enum arb_code code = session_plan_load(x, path, err);
	ARB_BUF(b);

	(void)j, (void)arg;
	FUZZ_CHECK(!code || !plan_nr(session_plan(x)));
	plan_to_text(&b, session_plan(x));
	plan_diff_to_text(&b, session_plan(x), 0);
	for (size_t nr = session_findings_nr(x), i = nr > 10 ? nr - 10 : 0; i < nr; i++)
		finding_to_text(&b, session_finding(x, i));
	while (plan_nr(session_plan(x)))
		FUZZ_CHECK(!session_drop(x, plan_repair(session_plan(x), 0)->id, NULL, err));
	return ARB_OK;
}

static void run(job_fn *fn)
{
	uint64_t id = session_post(s, fn, NULL, NULL, 0);
	bool done = false;

	while (!done) {
		struct session_message *m = session_next(s, -1);

		done = m && m->kind == SESSION_JOB_DONE && m->id == id;
		FUZZ_CHECK(!done || !m->code);
		session_message_free(m);
	}
}

static void end(void)
{
	session_end(s);
	unlink(path);
}

static void start(void)
{
	struct image_options o = { .bytes = BYTES, .seed = 3, .csum_opt = 1, .nr_dirs = 5, .nr_files = 200, .file_bytes_max = 4096, .keys_per_leaf = 20, .fanout = 8,
				   .min_depth = 2 };
	struct session_options so = { .mode = POLICY_YES, .transcript_path = "", .threads = 1, .nr_blks = 1 };
	struct blk *mem;

	if (s)
		return;
	snprintf(path, sizeof(path), "%sfuzz-plan.%d", access("/dev/shm", W_OK) ? "" : "/dev/shm/", (int)getpid());	/* each is synced */
	FUZZ_CHECK(!blk_mem_new("mem", NULL, BYTES, &mem, NULL) && !image_build(&o, mem, NULL));
	FUZZ_CHECK(!image_damage(&mem, 1, "overlap-prev-part dirents:0 @1", 1, NULL, NULL));
	FUZZ_CHECK(!image_damage(&mem, 1, "alloc-dirty-sectors alloc:0", 1, NULL, NULL));
	so.blks = &mem;
	FUZZ_CHECK(!session_start(&so, &s, NULL));
	atexit(end);
}

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	static uint8_t records[FUZZ_BYTES_MAX];
	static size_t n;
	struct record_file *f;
	bool more;

	(void)r;
	start();
	if (!n) {
		unlink(path);
		run(job_make);
		FUZZ_CHECK(!record_open(path, MAGIC, 1 << 20, &f, NULL));
		while (!record_next(f, &more, NULL) && more) {
			FUZZ_CHECK(n + 8 + f->left <= sizeof(records));
			le32_put(records + n, (uint32_t)f->left + 4);
			le32_put(records + n + 4, f->kind);
			memcpy(records + n + 8, f->p, f->left);
			n += 8 + f->left;
		}
		record_file_free(f);
	}
	memcpy(buf, records, n);
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct record_writer *w;

	start();
	unlink(path);
	FUZZ_CHECK(!record_create(path, MAGIC, &w, NULL));
	while (n >= 8) {
		uint32_t len = le32_get(p);

		p += 4, n -= 4;
		len = len < 4 ? 4 : len < n ? len : (uint32_t)n;
		record_begin(w, le32_get(p));
		record_put_bytes(w, p + 4, len - 4);
		FUZZ_CHECK(!record_finish(w, NULL));
		p += len, n -= len;
	}
	FUZZ_CHECK(!record_close(w, ARB_OK, NULL));
	run(job_try);
	return 0;
}
