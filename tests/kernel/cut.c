/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cut FOLDER NR: makes NR filesystems (built ones: each has its own uuid, so that a kernel can have all of them mounted), every
 * other one not shut down cleanly; on each a commit that gives all regular files mode 0750, and on every second pair writes nodes
 * too (a root of inodes made anew, the root of dirents written again), is cut off at a random point. Writes FOLDER/NN.img and prints "NN old" or "NN new": what arborist sees there.
 */
#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../plan/simdisk.h"
#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"

enum { MODE_SHIFT = 36, FLAGS_OFFSET = 16, NEW_MODE = S_IFREG | 0750, CHUNK = 1 << 16 };

static enum arb_code change_mode(void *arg, const struct node *n, struct bkey_s k)
{
	struct repair *r = arg;
	struct bkey_buf b;
	uint64_t flags;

	(void)n;
	if (k.k.type != KEY_inode_v3 || bkey_val_bytes(&k.k) < FLAGS_OFFSET + 8)
		return ARB_OK;
	bkey_buf_set(&b, k);
	flags = le64_get(b.v + FLAGS_OFFSET);
	if (!S_ISREG(flags >> MODE_SHIFT & 0xffff))
		return ARB_OK;
	le64_put(b.v + FLAGS_OFFSET, (flags & ~(UINT64_C(0xffff) << MODE_SHIFT)) | (uint64_t)NEW_MODE << MODE_SHIFT);
	repair_insert(r, BTREE_inodes, 0, bkey_buf_s(&b));
	return ARB_OK;
}

static enum arb_code take_pointer(void *arg, const struct node *n, struct bkey_s k)
{
	repair_insert(arg, n->btree, 1, k);
	return ARB_OK;
}

static void write_nodes(struct repair *r, struct view *v)
{
	struct walk w = { .btree = BTREE_inodes, .level = 1, .start = POS_MIN, .end = SPOS_MAX, .key = take_pointer, .arg = r };

	repair_root(r, BTREE_inodes, 1, NULL);
	repair_shoot_down(r, BTREE_inodes, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	repair_rewrite(r, BTREE_dirents, v->roots[BTREE_dirents].level + 1, SPOS_MAX);
}

static struct plan *make_plan(struct view *v, bool nodes)
{
	struct repair *r = repair_new("mode of every file");
	struct walk w = { .btree = BTREE_inodes, .start = POS_MIN, .end = SPOS_MAX, .key = change_mode, .arg = r };
	struct plan *p;

	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	if (nodes)
		write_nodes(r, v);
	for (unsigned i = 0; i < 2000; i++)	/* several journal entries */
		repair_delete(r, BTREE_lru, 0, BPOS(UINT64_C(1) << 48 | 7, i, 0));
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(plan_apply(p, r, NULL), ARB_OK);
	return p;
}

static void save(const struct sim *s, const char *path)
{
	static const uint8_t zero[CHUNK];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0 && !ftruncate(fd, s->bytes[0]));
	for (uint64_t at = 0; at < s->bytes[0]; at += CHUNK)
		if (memcmp(s->mem[0] + at, zero, CHUNK))
			assert_int_equal(pwrite(fd, s->mem[0] + at, CHUNK, at), CHUNK);
	close(fd);
}

static void make_one(const char *folder, unsigned i, struct arb_random *rnd)
{
	struct arb_clock clock = arb_clock_system();
	struct arb_error err = { 0 };
	char path[4096], undo[4096];
	struct commit *c;
	uint64_t old;
	struct sim s;

	sim_build(&s, i & 1, 1000 + i);
	old = sim_state(&s);
	struct view *v = sim_view(&s, true, UINT64_MAX);
	struct plan *p = make_plan(v, i & 2);

	snprintf(path, sizeof(path), "%s/%02u.img", folder, i);
	snprintf(undo, sizeof(undo), "%s/%02u.undo", folder, i);
	if (commit_prepare(v, p, &clock, &c, &err) || commit_write_out(v->devs, c, undo, NULL, NULL, &err))
		fail_msg("%s", err.text);
	sim_rewind(&s, c, false);
	sim_cut(&s, i < 4 ? s.log.list.nr : arb_random_u64(rnd) % (s.log.list.nr + 1), i < 4 ? 0 : i);
	printf("%02u %s\n", i, sim_state(&s) == old ? "old" : "new");
	save(&s, path);
	commit_free(c);
	plan_free(p);
	view_free(v);
	sim_free(&s);
}

static const char *folder;
static unsigned nr;

static void make_all(void **state)
{
	struct arb_random rnd;

	(void)state;
	arb_random_seed(&rnd, 5);
	for (unsigned i = 0; i < nr; i++)
		make_one(folder, i, &rnd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(make_all) };

	if (argc != 3)
		return 2;
	folder = argv[1];
	nr = (unsigned)strtoul(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
