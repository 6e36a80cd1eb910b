/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Applying repairs and taking them back; what a commit refuses; undo files that are damaged. */
#include "../unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "simdisk.h"
#include "../temp.h"

static char folder[TEMP_PATH];

static struct bkey_s cookie(uint64_t offset, const uint8_t *v)
{
	return (struct bkey_s) { .k = { .p = BPOS(UINT64_C(1) << 48, offset, 0), .type = KEY_cookie, .u64s = BKEY_U64s + 1 }, .v = v };
}

static void start(struct sim *s, struct view **v, struct plan **p)
{
	sim_build(s, true, 21);
	*v = sim_view(s, false, UINT64_MAX);
	assert_int_equal(plan_new(*v, p, NULL), ARB_OK);
}

static void end(struct sim *s, struct view *v, struct plan *p)
{
	plan_free(p);
	view_free(v);
	sim_free(s);
}

static uint64_t word_at(const struct view *v, uint64_t offset)
{
	const struct overlay_key *k = overlay_get(v->overlay, BTREE_lru, 0, BPOS(UINT64_C(1) << 48, offset, 0));

	return k && k->key.k.type == KEY_cookie ? le64_get(k->key.v) : 0;
}

static void apply_cookie(struct plan *p, uint64_t offset, uint8_t value)
{
	struct repair *r = repair_new("cookie %u", value);
	uint8_t v[8] = { value };

	repair_insert(r, BTREE_lru, 0, cookie(offset, v));
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
}

/* The journal's keys are there again after a drop, and what was built on the dropped repair goes too. */
static void drop_takes_dependents(void **state)
{
	unsigned dropped;
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	size_t journal_keys = overlay_nr(v->overlay);
	uint64_t before = sim_view_state(v);

	assert_true(journal_keys);
	apply_cookie(p, 1, 11);
	apply_cookie(p, 2, 22);
	apply_cookie(p, 1, 33);
	assert_int_equal(word_at(v, 1), 33);
	assert_int_equal(le64_get(plan_repair(p, 2)->mutations.v[0].old->v), 11);
	assert_null(plan_repair(p, 0)->mutations.v[0].old);
	assert_int_equal(plan_drop(p, 99, &dropped, NULL), ARB_E_BAD_ARGUMENT);
	assert_int_equal(plan_drop(p, 1, &dropped, NULL), ARB_OK);
	assert_int_equal(dropped, 2);
	assert_int_equal(plan_nr(p), 1);
	assert_int_equal(word_at(v, 1), 0);
	assert_int_equal(word_at(v, 2), 22);
	assert_int_equal(overlay_nr(v->overlay), journal_keys + 1);
	assert_int_equal(plan_drop(p, plan_repair(p, 0)->id, &dropped, NULL), ARB_OK);
	assert_int_equal(sim_view_state(v), before);
	end(&s, v, p);
}

/* Counters are computed from the tree: when nodes change back, they have to be computed again. */
static void drop_takes_derived(void **state)
{
	unsigned dropped;
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	struct repair *node = repair_new("a node goes"), *alloc = repair_new("its bucket is free"), *other = repair_new("something else");

	repair_delete(node, BTREE_extents, 1, BPOS(5000, 0, UINT32_MAX));
	repair_delete(alloc, BTREE_alloc, 0, BPOS(0, 70, 0));
	repair_delete(other, BTREE_xattrs, 0, BPOS(5000, 0, UINT32_MAX));
	assert_int_equal(plan_apply(p, node, NULL), ARB_OK);
	assert_int_equal(plan_apply(p, alloc, NULL), ARB_OK);
	assert_int_equal(plan_apply(p, other, NULL), ARB_OK);
	assert_int_equal(plan_drop(p, 1, &dropped, NULL), ARB_OK);
	assert_int_equal(dropped, 2);
	assert_string_equal(plan_repair(p, 0)->summary, "something else");
	end(&s, v, p);
}

static void roots_come_back(void **state)
{
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	struct btree_root before = v->roots[BTREE_dirents];
	struct repair *r = repair_new("an empty root"), *wrong = repair_new("nowhere");

	repair_root(r, BTREE_dirents, 0, NULL);
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
	assert_true(v->roots[BTREE_dirents].fake);
	assert_non_null(plan_repair(p, 0)->mutations.v[0].old);
	repair_delete(wrong, 200, 0, POS_MIN);
	assert_int_equal(plan_apply(p, wrong, NULL), ARB_E_BAD_ARGUMENT);
	assert_int_equal(plan_nr(p), 1);
	assert_int_equal(plan_drop(p, 1, NULL, NULL), ARB_OK);
	assert_memory_equal(&v->roots[BTREE_dirents], &before, sizeof(before));
	end(&s, v, p);
}

static void texts_show_old_and_new(void **state)
{
	struct view *v;
	struct plan *p;
	struct sim s;
	ARB_BUF(out);

	(void)state;
	start(&s, &v, &p);
	plan_to_text(&out, p);
	assert_string_equal(arb_buf_str(&out), "The plan is empty.\n");
	apply_cookie(p, 1, 11);
	apply_cookie(p, 1, 33);
	arb_buf_reset(&out);
	plan_diff_to_text(&out, p, 2);
	assert_non_null(strstr(arb_buf_str(&out), "  - lru L0 u64s 6 type cookie"));
	assert_non_null(strstr(arb_buf_str(&out), "  + lru L0 u64s 6 type cookie"));
	assert_null(strstr(arb_buf_str(&out), "cookie 11"));
	end(&s, v, p);
}

/* --- what is refused ------------------------------------------------------------------------------------------------- */

static enum arb_code try_commit(struct view *v, struct plan *p, struct arb_error *err)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));
	struct commit *c;
	enum arb_code ret = commit_prepare(v, p, &clock, &c, err);

	if (!ret)
		commit_free(c);
	return ret;
}

static void refuses(struct view *v, struct plan *p, const char *why)
{
	struct arb_error err = { 0 };

	assert_int_equal(try_commit(v, p, &err), ARB_E_REFUSED);
	if (!strstr(err.text, why))
		fail_msg("refused, but for another reason: %s", err.text);
}

static void refusals(void **state)
{
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	refuses(v, p, "plan is empty");
	apply_cookie(p, 1, 11);
	assert_int_equal(try_commit(v, p, NULL), ARB_OK);

	v->devs->read_only = true;
	snprintf(v->devs->why_read_only, sizeof(v->devs->why_read_only), "because of a test");
	refuses(v, p, "because of a test");
	v->devs->read_only = false;
	v->devs->nr_missing = 1;
	refuses(v, p, "missing");
	v->devs->nr_missing = 0;
	v->geo.encrypted = true;
	refuses(v, p, "encrypted");
	v->geo.encrypted = false;
	((struct sb *)v->devs->best)->version--;
	refuses(v, p, "1.12");
	((struct sb *)v->devs->best)->version++;
	v->journal->newer_format = true;
	refuses(v, p, "after 1.13");
	v->journal->newer_format = false;
	v->journal->no_flush_found = true;
	refuses(v, p, "no intact flush entry");
	v->journal->no_flush_found = false;
	plan_set_committed(p);
	refuses(v, p, "already");
	end(&s, v, p);
}

static void ring_too_small(void **state)
{
	struct repair *r = repair_new("too much");
	struct arb_error err = { 0 };
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	for (unsigned i = 0; i < 40000; i++)		/* above the leaves: what changes leaves could be written into new ones */
		repair_delete(r, BTREE_lru, 1, BPOS(UINT64_C(1) << 48, i, 0));
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
	assert_int_equal(try_commit(v, p, &err), ARB_E_NO_ROOM);
	end(&s, v, p);
}

/*
 * A journal key that a repair takes out of the overlay is replayed nevertheless, unless the commit says what stands below it; and
 * an emptied btree of a clean filesystem stays empty.
 */
static void shoot_down_survives(void **state)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));
	char path[TEMP_PATH + 8];
	struct overlay_key gone = { 0 };
	struct commit *c;
	struct view *v;
	struct plan *p;
	struct sim s;

	(void)state;
	start(&s, &v, &p);
	for (unsigned b = 0; b < BTREE_ID_NR && !gone.key.k.u64s; b++)
		if (b != BTREE_accounting && overlay_nr_at(v->overlay, b, 0))
			gone = *overlay_lower_bound(v->overlay, b, 0, POS_MIN);
	assert_true(gone.key.k.u64s);
	struct bpos pos = gone.key.k.p;
	struct repair *r = repair_new("not this one");

	repair_shoot_down(r, gone.btree, 0, 0, pos, pos);
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
	assert_null(overlay_get(v->overlay, gone.btree, 0, pos));
	assert_int_equal(commit_prepare(v, p, &clock, &c, NULL), ARB_OK);
	assert_int_equal(c->keys, 1);
	snprintf(path, sizeof(path), "%s/undo", folder);
	assert_int_equal(commit_write_out(v->devs, c, path, NULL, NULL, NULL), ARB_OK);
	unlink(path);
	commit_free(c);
	plan_free(p);
	view_free(v);
	v = sim_view(&s, false, UINT64_MAX);
	assert_true(overlay_get(v->overlay, gone.btree, 0, pos)->journal_seq > v->journal->replay_first);
	view_free(v);
	sim_free(&s);
}

static void emptied_btree(void **state)
{
	struct arb_clock clock = arb_clock_fixed(UINT64_C(1700000000000000000));
	struct repair *r = repair_new("emptied");
	struct arb_error err = { 0 };
	char path[TEMP_PATH + 8];
	struct commit *c;
	struct plan *p;
	struct sim s;

	(void)state;
	sim_build(&s, false, 22);
	struct view *v = sim_view(&s, false, UINT64_MAX);

	assert_true(v->journal->roots[BTREE_lru].present);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	repair_root(r, BTREE_lru, 0, NULL);
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
	if (commit_prepare(v, p, &clock, &c, &err))
		fail_msg("%s", err.text);
	snprintf(path, sizeof(path), "%s/undo", folder);
	assert_int_equal(commit_write_out(v->devs, c, path, NULL, NULL, NULL), ARB_OK);
	unlink(path);
	commit_free(c);
	plan_free(p);
	view_free(v);
	v = sim_view(&s, false, UINT64_MAX);
	assert_false(v->journal->roots[BTREE_lru].present);
	assert_true(v->journal->roots[BTREE_dirents].present);
	view_free(v);
	sim_free(&s);
}

/* --- undo files -------------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const uint8_t *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

/* Cut off or changed anywhere: refused. */
static void damaged_undo_files(void **state)
{
	static uint8_t bytes[1 << 16], copy[1 << 16];
	uint8_t before[700], after[700];
	struct commit c = { .nr_steps = 2, .switch_step = 2 };
	struct commit_write *w;
	struct undo *u;
	char path[TEMP_PATH + 8];
	ssize_t n;
	int fd;

	(void)state;
	for (unsigned i = 0; i < sizeof(before); i++) {
		before[i] = i * 7;
		after[i] = i * 31 + 5;
	}
	for (unsigned i = 1; i <= 2; i++) {
		w = arb_array_push(&c.writes);
		*w = (struct commit_write) { .dev = 0, .step = i, .offset = 4096 * i, .n = sizeof(before), .before = before,
					     .after = after, .what = "something" };
	}
	c.device[0] = (char *)"/dev/nothing";
	snprintf(path, sizeof(path), "%s/u", folder);
	assert_int_equal(undo_save(&c, path, NULL), ARB_OK);
	assert_int_equal(undo_save(&c, path, NULL), ARB_E_OPEN);	/* never over an old one */
	fd = open(path, O_RDONLY);
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	assert_in_range(n, 100, sizeof(bytes) - 1);
	assert_int_equal(undo_load(path, &u, NULL), ARB_OK);
	undo_free(u);
	for (ssize_t i = 0; i < n; i++) {
		write_file(path, bytes, i);
		assert_int_equal(undo_load(path, &u, NULL), ARB_E_UNDO_BAD);
		memcpy(copy, bytes, n);
		copy[i] ^= 1 << i % 8;
		write_file(path, copy, n);
		if (undo_load(path, &u, NULL) == ARB_OK)	/* a bit of a frame's head that says nothing */
			undo_free(u);
	}
	unlink(path);
	arb_array_free(&c.writes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_takes_dependents), cmocka_unit_test(drop_takes_derived), cmocka_unit_test(roots_come_back),
		cmocka_unit_test(texts_show_old_and_new), cmocka_unit_test(refusals),
		cmocka_unit_test(ring_too_small), cmocka_unit_test(shoot_down_survives), cmocka_unit_test(emptied_btree),
		cmocka_unit_test(damaged_undo_files),
	};
	int failed;

	if (!temp_folder(folder, "plan"))
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed ? 1 : 0;
}
