/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is the reader's repair right? The lesson's filesystem is built once more in memory, before the damage: what it holds has to be there
 * afterwards, and the passes must have nothing to find. Whoever silences a finding by throwing data away does not pass.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/i18n.h"
#include "arborist/lesson/lesson.h"
#include "arborist/session/session.h"

/* --- bytes --------------------------------------------------------------------------------------------------------------- */

#define PART (1u << 20)

static enum arb_code build_in_memory(const struct lesson *l, bool damaged, struct blk **ret, struct arb_error *err)
{
	enum arb_code code = blk_mem_new("lesson", NULL, l->recipe.bytes, ret, err);

	if (!code)
		code = lesson_build(l, damaged, *ret, err);
	return code;
}

static enum arb_code compare_bytes(const struct lesson_run *r, const uint8_t *want, bool *ret_same, struct arb_error *err)
{
	uint8_t *part = malloc(PART);
	struct blk *file = NULL;
	enum arb_code code = part ? blk_file_open(r->path, &file, err) : arb_fail(err, ARB_E_NOMEM, "no memory to compare");

	*ret_same = true;
	for (uint64_t at = 0; !code && at < r->lesson->recipe.bytes && *ret_same; at += PART) {
		size_t n = r->lesson->recipe.bytes - at < PART ? (size_t)(r->lesson->recipe.bytes - at) : PART;

		code = blk_read(file, at, part, n, err);
		*ret_same = !code && !memcmp(part, want + at, n);
	}
	blk_close(file);
	free(part);
	return code;
}

static enum arb_code same_as_at_first(const struct lesson_run *r, bool *ret_same, struct arb_error *err)
{
	struct blk *first = NULL;
	enum arb_code code = build_in_memory(r->lesson, true, &first, err);

	if (!code)
		code = compare_bytes(r, blk_mem_data(first), ret_same, err);
	blk_close(first);
	return code;
}

/* --- a session of our own, that only looks --------------------------------------------------------------------------------- */

static enum arb_code wait_for(struct session *s, enum session_message_kind kind, struct arb_error *err)
{
	for (;;) {
		struct session_message *m = session_next(s, -1);
		enum session_message_kind got;
		enum arb_code code;

		if (!m)
			continue;
		got = m->kind;
		code = m->code;
		if ((got == SESSION_FAILED || got == SESSION_JOB_DONE) && code)
			arb_fail(err, code, "%s", m->text ? m->text : arb_code_name(code));
		session_message_free(m);
		if (got == kind || got == SESSION_FAILED)
			return code;
	}
}

static enum arb_code look(struct session_options *o, job_fn *fn, void *arg, struct arb_error *err)
{
	struct session *s = NULL;
	enum arb_code code;

	o->mode = POLICY_NO;
	o->transcript_path = "";
	code = session_start(o, &s, err);
	if (!code)
		code = wait_for(s, SESSION_OPENED, err);
	if (!code)
		code = session_post(s, fn, arg, NULL, 0) ? wait_for(s, SESSION_JOB_DONE, err) : arb_fail(err, ARB_E_NOMEM, "out of memory");
	if (s)
		session_end(s);
	return code;
}

/* --- keys ---------------------------------------------------------------------------------------------------------------- */

/* What a person would miss; bookkeeping is for the passes. */
static const unsigned kept[] = { BTREE_extents, BTREE_inodes, BTREE_dirents, BTREE_xattrs, BTREE_reflink, BTREE_subvolumes, BTREE_snapshots };

struct found_key { unsigned btree, type; struct bpos pos; };
struct found {
	ARB_ARRAY(struct found_key) keys;
	unsigned	btree;			/* being walked */
	uint64_t	missing;
	const struct lesson *lesson;
	int		status;			/* of the passes */
};

static enum arb_code take_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct found *f = arg;
	struct found_key *x = arb_array_push(&f->keys);

	(void)n;
	if (!x)
		return ARB_E_NOMEM;
	*x = (struct found_key){ f->btree, k.k.type, k.k.p };
	return ARB_OK;
}

static enum arb_code gather(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	struct found *f = arg;
	enum arb_code code = ARB_OK;

	(void)j;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]) && !code; i++) {
		struct walk w = { .btree = kept[i], .start = POS_MIN, .end = SPOS_MAX, .key = take_key, .arg = f };

		f->btree = kept[i];
		code = view_walk(session_disk_view(s), &w, err);
	}
	return code;
}

static enum arb_code compare_and_check(struct session *s, struct job *j, void *arg, struct arb_error *err)
{
	const char *specs[4] = { "check_topology", "check_allocations" };
	struct found *f = arg;
	struct session_state st;
	enum arb_code code = ARB_OK;
	unsigned nr = 2;

	(void)j;
	for (size_t i = 0; i < f->keys.nr && !code; i++) {
		const struct found_key *x = &f->keys.v[i];
		struct bkey_buf k = { 0 };
		bool there;

		code = view_lookup(session_disk_view(s), x->btree, x->pos, &k, &there, err);
		f->missing += !code && (!there || k.k.type != x->type);
	}
	for (unsigned i = 0; i < 2 && f->lesson->passes[i]; i++)
		specs[nr++] = f->lesson->passes[i];
	if (!code)
		code = session_run_passes(s, specs, nr, err);
	if (code == ARB_E_STOPPED)
		code = ARB_OK;
	session_state(s, &st);
	f->status = st.exit_status;
	return code;
}

static enum arb_code check_repair(const struct lesson_run *r, struct arb_buf *out, bool *ret_right, struct arb_error *err)
{
	struct session_options healthy = { .nr_blks = 1 }, file = { .paths = &r->path, .nr_paths = 1 };
	struct found f = { .lesson = r->lesson };
	struct blk *before = NULL;
	enum arb_code code = build_in_memory(r->lesson, false, &before, err);

	healthy.blks = &before;
	if (code)
		blk_close(before);
	else
		code = look(&healthy, gather, &f, err);
	if (!code)
		code = look(&file, compare_and_check, &f, err);
	if (!code && f.status)
		arb_buf_puts(out, _("Not yet: what stands on disk still has something for the passes to find. A repair counts once it is committed.\n"));
	if (!code && !f.status && f.missing > r->lesson->may_lose)
		arb_buf_printf(out, P_("Not right: nothing is found any more, but %llu key is gone that need not be. undo, and look at what each answer would do.\n",
				       "Not right: nothing is found any more, but %llu keys are gone that need not be. undo, and look at what each answer would do.\n", f.missing),
			       (unsigned long long)f.missing);
	*ret_right = !code && !f.status && f.missing <= r->lesson->may_lose;
	arb_array_free(&f.keys);
	return code;
}

/* --- all together -------------------------------------------------------------------------------------------------------- */

static enum arb_code check_bytes(const struct lesson_run *r, unsigned commits, struct arb_buf *out, bool *ret_right, struct arb_error *err)
{
	bool same = false, wanted = r->lesson->goal == LESSON_UNDO;
	enum arb_code code = same_as_at_first(r, &same, err);

	if (code)
		return code;
	if (wanted && !commits)
		arb_buf_puts(out, _("Not yet: nothing has been committed so far.\n"));
	else if (!same)
		arb_buf_puts(out, wanted ? _("Not yet: the repair stands on disk. undo puts every byte back.\n") :
			     _("Something was written; this lesson is for looking only. undo puts it back.\n"));
	*ret_right = same && (!wanted || commits);
	return ARB_OK;
}

enum arb_code lesson_check(const struct lesson_run *r, unsigned commits, struct arb_buf *out, bool *ret_right, struct arb_error *err)
{
	enum arb_code code = r->lesson->goal == LESSON_REPAIR ? check_repair(r, out, ret_right, err) : check_bytes(r, commits, out, ret_right, err);

	if (!code && *ret_right)
		arb_buf_printf(out, _("Lesson %s: right.\n"), r->lesson->name);
	return code;
}
