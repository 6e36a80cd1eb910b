/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the builder makes is read back through the view: every node readable, every key valid, ranges without gap, counts
 * right; and each damage does what its name says and nothing else.
 */
#include "../unit.h"
#include "../built.h"
#include <stdio.h>
#include <stdlib.h>
#include "arborist/btree/view.h"
#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"
#include "arborist/image/image.h"

#define MiB (UINT64_C(1) << 20)
enum { DEVICES_MAX = 5 };
static struct workers *workers;

static int setup(void **state)
{
	(void)state;
	return workers_new(1, &workers, NULL) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	workers_free(workers);
	return 0;
}

/* ---- everything in order */

struct tally {
	struct view	*v;
	unsigned	btree, level;
	uint64_t	nodes, keys, bad;
	struct bpos	next;		/* where the next node must begin */
	int64_t		sectors[SB_MEMBERS_MAX];	/* of data pointers */
};

static enum arb_code tally_node(void *arg, const struct node *n)
{
	struct tally *t = arg;

	assert_int_equal(n->defects.list.nr, 0);
	if (bpos_cmp(n->min, t->next))
		fail_msg("btree %u level %u: gap or overlap", t->btree, t->level);
	if (!bpos_successor(n->max, &t->next))
		t->next = SPOS_MAX;
	t->nodes++;
	return ARB_OK;
}

static enum arb_code tally_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct tally *t = arg;
	struct key_check_ctx c = { .geo = &t->v->geo, .btree = t->btree, .level = t->level, .committing = true };
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	ARB_BUF(why);

	(void)n;
	if (bkey_invalid(&c, k, &why))
		fail_msg("btree %u level %u: %s", t->btree, t->level, arb_buf_str(&why));
	t->keys++;
	while (!t->level && extent_next_ptr(k, &it, &p))
		t->sectors[p.dev] += k.k.size;
	return ARB_OK;
}

static enum arb_code tally_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct tally *t = arg;

	(void)level, (void)ptr, (void)d;
	t->bad++;
	return ARB_OK;
}

/* Walks one level of a btree; fails on anything wrong. */
static struct tally walk(struct view *v, unsigned btree, unsigned level)
{
	struct tally t = { .v = v, .btree = btree, .level = level };
	struct walk w = { .btree = btree, .level = level, .end = SPOS_MAX, .key = tally_key, .node = tally_node, .bad = tally_bad,
			  .arg = &t };

	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	assert_int_equal(t.bad, 0);
	assert_true(bpos_eq(t.next, SPOS_MAX));
	return t;
}

static const struct { struct image_options o; unsigned devs; uint64_t bytes; unsigned depth; } variants[] = {
	{ { .csum_opt = 1 }, 1, 16 * MiB, 1 },
	{ { .csum_opt = 1, .nr_dirs = 10, .nr_files = 200, .file_bytes_max = 30000 }, 1, 64 * MiB, 1 },
	{ { .csum_opt = 3, .nr_dirs = 10, .nr_files = 300, .file_bytes_max = 30000, .keys_per_leaf = 8, .fanout = 4, .min_depth = 3 },
	  1, 64 * MiB, 4 },
	{ { .csum_opt = 2, .block_bytes = 512, .node_bytes = 4096, .bucket_bytes = 64 << 10, .nr_files = 300, .file_bytes_max = 9000 },
	  1, 64 * MiB, 2 },
	{ { .csum_opt = 0, .unclean = true, .nr_files = 20, .min_depth = 4 }, 1, 32 * MiB, 4 },
	{ { .csum_opt = 1, .replicas = 2, .nr_files = 100, .file_bytes_max = 40000 }, 3, 32 * MiB, 1 },
	{ { .csum_opt = 1, .nr_dirs = 10, .nr_files = 200, .file_bytes_max = 40000, .bsets = 3, .min_depth = 2 }, 1, 64 * MiB, 2 },
	{ { .csum_opt = 1, .parity = 1, .replicas = 2, .nr_files = 100, .file_bytes_max = 40000 }, 3, 32 * MiB, 1 },
	{ { .csum_opt = 3, .parity = 2, .replicas = 3, .nr_files = 60, .file_bytes_max = 40000, .gens = true, .bsets = 2 }, 5, 24 * MiB, 1 },
};

static void check_variant(size_t i)
{
	struct blk *blks[DEVICES_MAX];
	struct view *v;
	struct tally inodes;

	built_devices(&variants[i].o, blks, variants[i].devs, variants[i].bytes);
	v = built_view(blks, variants[i].devs, workers);
	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		for (unsigned level = 0; v->roots[id].exists && level <= v->roots[id].level; level++)
			walk(v, id, level);
	inodes = walk(v, BTREE_inodes, 0);
	assert_int_equal(inodes.keys, 2 + variants[i].o.nr_dirs + variants[i].o.nr_files + (variants[i].o.unclean ? 7 : 0));
	assert_int_equal(walk(v, BTREE_dirents, 0).keys, inodes.keys - 1);
	assert_true(v->roots[BTREE_inodes].level + 1u >= variants[i].depth);
	assert_int_equal(v->geo.clean, !variants[i].o.unclean);
	view_free(v);
	for (unsigned n = 0; n < variants[i].devs; n++)
		blk_close(blks[n]);
}

static void every_variant_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		check_variant(i);
}

static void rich_contents(void **state)
{
	static const struct image_options o = {
		.csum_opt = 3, .nr_dirs = 5, .nr_files = 100, .file_bytes_max = 20000, .bsets = 2, .nr_shared = 10, .nr_xattrs = 7,
		.nr_hard_links = 6, .nr_snapshots = 3, .keys_per_leaf = 20, .unclean = true, .nr_compressed = 20, .nr_symlinks = 6,
		.gens = true, .blacklists = true,
	};
	uint64_t inodes = 2 + 5 + 100 + 6 + 7 + 3 * (2 + 5);	/* each snapshot: two root directories, five files written anew */
	struct blk *b;
	struct view *v;

	(void)state;
	built_devices(&o, &b, 1, 64 * MiB);
	v = built_view(&b, 1, workers);
	for (unsigned id = 0; id < BTREE_ID_NR; id++)
		for (unsigned level = 0; v->roots[id].exists && level <= v->roots[id].level; level++)
			walk(v, id, level);
	assert_int_equal(walk(v, BTREE_inodes, 0).keys, inodes);
	assert_int_equal(walk(v, BTREE_dirents, 0).keys, 1 + 5 + 100 + 6 + 7 + 6 + 3);
	assert_int_equal(walk(v, BTREE_xattrs, 0).keys, 7);
	assert_int_equal(walk(v, BTREE_subvolumes, 0).keys, 4);
	assert_int_equal(walk(v, BTREE_snapshots, 0).keys, 7);
	assert_int_equal(walk(v, BTREE_subvolume_children, 0).keys, 3);
	assert_true(walk(v, BTREE_reflink, 0).keys >= 10);
	view_free(v);
	blk_close(b);
}

/* ---- counts: accounting of user data against the pointers */

struct counted { int64_t user[SB_MEMBERS_MAX], alloc_user[SB_MEMBERS_MAX]; };

static enum arb_code count_key(void *arg, const struct node *n, struct bkey_s k)
{
	struct counted *c = arg;
	int64_t v[ACCT_COUNTERS_MAX];
	struct alloc_v4 a;

	(void)n;
	if (k.k.type == KEY_accounting) {
		struct accounting_pos p = accounting_pos_get(k.k.p);

		accounting_get(k, v);
		if (p.type == ACCT_dev_data_type && p.data_type == DATA_user)
			c->user[p.dev] += v[1];
	} else if (alloc_get(k, &a) && a.data_type == DATA_user) {
		c->alloc_user[k.k.p.inode] += a.dirty_sectors;
	}
	return ARB_OK;
}

static void counts_agree(void **state)
{
	static const unsigned btrees[] = { BTREE_accounting, BTREE_alloc };
	struct counted c = { 0 };
	struct blk *blks[4];
	struct tally t;
	struct view *v;

	(void)state;
	built_devices(&variants[5].o, blks, 3, 32 * MiB);
	v = built_view(blks, 3, workers);
	for (unsigned i = 0; i < 2; i++) {
		struct walk w = { .btree = btrees[i], .end = SPOS_MAX, .key = count_key, .arg = &c };

		assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	}
	t = walk(v, BTREE_extents, 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(t.sectors[i] > 0);
		assert_int_equal(t.sectors[i], c.user[i]);
		assert_int_equal(t.sectors[i], c.alloc_user[i]);
		blk_close(blks[i]);
	}
	view_free(v);
}

static void same_options_same_bytes(void **state)
{
	struct blk *a, *b;

	(void)state;
	built_devices(&variants[1].o, &a, 1, 64 * MiB);
	built_devices(&variants[1].o, &b, 1, 64 * MiB);
	assert_memory_equal(blk_mem_data(a), blk_mem_data(b), 64 * MiB);
	blk_close(a);
	blk_close(b);
}

static void impossible_options(void **state)
{
	static const struct image_options bad[] = {
		{ .block_bytes = 3000 }, { .node_bytes = 2048 }, { .bucket_bytes = 4096 }, { .csum_opt = 4 }, { .min_depth = 5 },
		{ .replicas = 2 }, { .nr_shared = 1 }, { .bsets = 9 }, { .nr_files = 3000, .file_bytes_max = 100000 },
		{ .parity = 1 },
	};
	struct blk *b;

	(void)state;
	assert_int_equal(blk_mem_new("disk", NULL, 16 * MiB, &b, NULL), ARB_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arb_error err = { 0 };

		assert_int_not_equal(image_build(&bad[i], b, &err), ARB_OK);
		assert_true(strlen(err.text) > 10);
	}
	blk_close(b);
}

/* ---- damage */

/* The node of the tree that is not as its pointer says, or the first gap or overlap between neighbours. */
struct found { unsigned bad, broken, defects; struct bpos next; uint64_t nodes, keys; };

static enum arb_code found_node(void *arg, const struct node *n)
{
	struct found *f = arg;

	f->nodes++;
	f->keys += n->nr_keys;
	f->broken += bpos_cmp(n->min, f->next) != 0;
	f->defects += n->defects.list.nr;
	if (!bpos_successor(n->max, &f->next))
		f->next = SPOS_MAX;
	return ARB_OK;
}

static enum arb_code found_bad(void *arg, unsigned level, struct bkey_s ptr, const struct defects *d)
{
	struct found *f = arg;
	struct btree_ptr p;

	(void)level, (void)d;
	f->bad++;
	if (btree_ptr_get(ptr, &p) && !bpos_successor(p.max_key, &f->next))
		f->next = SPOS_MAX;
	return ARB_OK;
}

/* All levels of the dirents btree. */
static struct found look(struct blk *b)
{
	struct view *v = built_view(&b, 1, workers);
	struct found f = { 0 };
	struct walk w = { .btree = BTREE_dirents, .end = SPOS_MAX, .node = found_node, .bad = found_bad, .arg = &f };

	for (; w.level <= v->roots[BTREE_dirents].level; w.level++) {
		f.next = POS_MIN;
		assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
		f.broken += !bpos_eq(f.next, SPOS_MAX);
	}
	view_free(v);
	return f;
}

/* Damages that need more than one plain clean device, or that another test looks at (tests/finding/raised). */
static bool needs_more(const char *name)
{
	return !strncmp(name, "journal-", 8) || !strcmp(name, "one-copy") || !strncmp(name, "superblock-", 11) || strstr(name, "-field") || !strcmp(name, "bitmap") ||
	       !strcmp(name, "root-entry-lost") || !strncmp(name, "alloc-", 6) || !strncmp(name, "ptr-", 4) || !strncmp(name, "stripe-", 7) || !strncmp(name, "bytes-", 6) ||
	       !strcmp(name, "reflink-refcount") || !strcmp(name, "accounting-counter") || !strcmp(name, "bversion-future");
}

/* Nothing that look() counts: keys and nodes are as many and as good as before. */
static bool in_pointers_only(const char *name)
{
	return !strcmp(name, "sectors-written-short") || !strcmp(name, "pointer-doubled") || !strcmp(name, "node-in-journal") ||
	       !strncmp(name, "older-copy", 10);
}

static void each_damage(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_dirs = 20, .nr_files = 300, .keys_per_leaf = 10, .fanout = 4,
						.min_depth = 3 };
	struct blk *whole, *b;
	struct found before;

	(void)state;
	built_devices(&o, &whole, 1, 32 * MiB);
	before = look(whole);
	assert_true(!before.bad && !before.broken && !before.defects);
	for (size_t i = 0; i < image_damages_nr; i++) {
		const char *name = image_damages[i].name;
		char spec[80];
		struct arb_error err = { 0 };
		struct found f;
		ARB_BUF(done);

		if (needs_more(name))
			continue;
		snprintf(spec, sizeof(spec), "%s dirents", name);
		assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), 32 * MiB, &b, NULL), ARB_OK);
		if (image_damage(&b, 1, spec, 7, &done, &err))
			fail_msg("%s: %s", name, err.text);
		assert_memory_equal(arb_buf_str(&done), name, strlen(name));
		f = look(b);
		if (!f.bad && !f.broken && !f.defects && f.nodes == before.nodes && f.keys == before.keys &&
		    (!in_pointers_only(name) || !memcmp(blk_mem_data(b), blk_mem_data(whole), 32 * MiB)))
			fail_msg("%s left everything as it was", name);
		if (strncmp(name, "unreadable", 10) == 0 && !strstr(name, "csum"))
			assert_true(f.bad >= 1);
		if (strncmp(name, "gap-", 4) == 0)
			assert_true(f.broken >= 1 && !f.bad && !f.defects);
		if (strncmp(name, "overlap-", 8) == 0)
			assert_true(f.broken >= 1 && !f.bad && !f.defects && f.nodes == before.nodes);
		blk_close(b);
	}
	blk_close(whole);
}

static void damage_of_copies_and_journal(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_files = 50, .replicas = 2, .unclean = true };
	struct arb_error err = { 0 };
	struct tally before;
	struct blk *blks[4];
	struct view *v;

	(void)state;
	built_devices(&o, blks, 2, 32 * MiB);
	v = built_view(blks, 2, workers);
	before = walk(v, BTREE_inodes, 0);
	view_free(v);
	assert_int_equal(image_damage(blks, 2, "superblock-first", 0, NULL, &err), ARB_OK);
	assert_int_equal(image_damage(blks, 2, "one-copy inodes", 0, NULL, &err), ARB_OK);
	v = built_view(blks, 2, workers);
	assert_false(v->devs->dev[0]->copies.v[0].readable);
	assert_true(v->devs->dev[0]->best > 0 && v->devs->dev[1]->best > 0);
	assert_int_equal(v->journal->replay_last, 18);
	view_free(v);
	/* Without its newest flush entry the journal ends at the one before: what came later never was. */
	assert_int_equal(image_damage(blks, 2, "journal-newest", 0, NULL, &err), ARB_OK);
	v = built_view(blks, 2, workers);
	assert_int_equal(v->journal->replay_last, 16);
	assert_true(before.keys == 2 + 50 + 7 && !v->journal->nr_keys);
	view_free(v);
	assert_int_equal(image_damage(blks, 2, "root-entry-lost inodes", 0, NULL, &err), ARB_OK);
	v = built_view(blks, 2, workers);
	assert_true(v->roots[BTREE_inodes].lost);
	view_free(v);
	assert_int_equal(image_damage(blks, 2, "gap-leaf inodes", 0, NULL, &err), ARB_E_BAD_ARGUMENT);
	blk_close(blks[0]);
	blk_close(blks[1]);
}

static void damage_by_place(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_files = 100, .keys_per_leaf = 10, .min_depth = 2 };
	struct arb_error err = { 0 };
	struct blk *b;
	ARB_BUF(done);

	(void)state;
	built_devices(&o, &b, 1, 32 * MiB);
	assert_int_equal(image_damage(&b, 1, "wrong-seq inodes @-1", 0, &done, &err), ARB_OK);
	assert_non_null(strstr(arb_buf_str(&done), " - SPOS_MAX at "));
	arb_buf_reset(&done);
	assert_int_equal(image_damage(&b, 1, "unreadable-leaf inodes:0 0:4100", 0, &done, &err), ARB_OK);
	assert_int_equal(image_damage(&b, 1, "gap-leaf inodes @9999", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(image_damage(&b, 1, "gap-leaf snapshots", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(image_damage(&b, 1, "gap-leaf quotas", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(image_damage(&b, 1, "gap-leaf nothing", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(image_damage(&b, 1, "gap", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	assert_int_equal(image_damage(&b, 1, "empty-interior inodes:7", 0, &done, &err), ARB_E_BAD_ARGUMENT);
	blk_close(b);
}

/* ---- members of structures */

static uint64_t changed_time(struct blk *whole, const char *how)
{
	struct arb_error err = { 0 };
	struct blk *b;
	struct view *v;
	uint64_t t;
	char spec[80];

	assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), 16 * MiB, &b, NULL), ARB_OK);
	snprintf(spec, sizeof(spec), "sb-field write_time=%s", how);
	if (image_damage(&b, 1, spec, 3, NULL, &err))
		fail_msg("%s: %s", spec, err.text);
	v = built_view(&b, 1, workers);
	for (size_t i = 0; i < v->devs->dev[0]->copies.nr; i++)
		assert_true(sb_copy_good(&v->devs->dev[0]->copies.v[i]));
	t = v->devs->best->write_time;
	view_free(v);
	blk_close(b);
	return t;
}

static void verbs(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .time_ns = UINT64_C(1000) * 1000000000 };
	struct blk *b;
	uint64_t random;

	(void)state;
	built_devices(&o, &b, 1, 16 * MiB);
	assert_int_equal(changed_time(b, "zeroes"), 0);
	assert_int_equal(changed_time(b, "ones"), UINT64_MAX);
	assert_int_equal(changed_time(b, "first"), 1001);
	assert_int_equal(changed_time(b, "middle"), 1000 + (UINT64_C(1) << 32));
	assert_int_equal(changed_time(b, "last"), 1000 + (UINT64_C(1) << 63));
	assert_int_equal(changed_time(b, "add"), 1001);
	assert_int_equal(changed_time(b, "add:0x20"), 1032);
	assert_int_equal(changed_time(b, "sub:7"), 993);
	assert_int_equal(changed_time(b, "set:5"), 5);
	random = changed_time(b, "random");
	assert_true(random != 1000 && random == changed_time(b, "random"));
	assert_int_equal(changed_time(b, "add/one"), 1000 + 1);	/* in the first copy: taken, as nothing tells the copies apart */
	blk_close(b);
}

/* Damage that cannot be done says so, and changes nothing. */
static void impossible_changes(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_files = 5 };
	static const char *const specs[] = {
		"sb-field write_time", "sb-field write_time=wrong", "sb-field write_time=add:1/row", "sb-field nothing=add", "sb-field member.nothing=add",
		"sb-field quota.flags=add", "sb-field INITIALIZED=ones", "jset-field nothing=add", "jset-field blacklist.seq=add",
		"node-field dirents nothing=add", "bset-field dirents keys.seq=add", "key-field dirents gen=add", "key-field dirents val[5000]=add",
		"key-field dirents val[x]=add", "key-field nowhere gen=add", "key-field dirents:3 inum=add", "node-field dirents @9 magic=add",
	};
	struct arb_error err = { 0 };
	struct blk *b;
	void *before = malloc(16 * MiB);

	(void)state;
	built_devices(&o, &b, 1, 16 * MiB);
	assert_non_null(before);
	memcpy(before, blk_mem_data(b), 16 * MiB);
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		if (!image_damage(&b, 1, specs[i], 3, NULL, &err))
			fail_msg("%s was done", specs[i]);
		assert_int_equal(memcmp(before, blk_mem_data(b), 16 * MiB), 0);
	}
	free(before);
	blk_close(b);
}

/* With a right checksum only what was changed is wrong, without one the checksum is. */
static void checksums_of_changes(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .nr_files = 20 };
	static const struct { const char *spec; bool bad_csum; } rows[] = {
		{ "key-field dirents inum=add:1000", false }, { "key-field dirents inum=add:1000/raw", true },
		{ "node-field dirents keys.journal_seq=sub", false }, { "node-field dirents keys.journal_seq=sub/raw", true },
		{ "node-field dirents csum=middle", true },
	};
	struct blk *whole, *b;

	(void)state;
	built_devices(&o, &whole, 1, 16 * MiB);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arb_error err = { 0 };

		assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), 16 * MiB, &b, NULL), ARB_OK);
		if (image_damage(&b, 1, rows[i].spec, 7, NULL, &err))
			fail_msg("%s: %s", rows[i].spec, err.text);
		assert_int_equal(look(b).defects, rows[i].bad_csum);
		blk_close(b);
	}
	blk_close(whole);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_variant_is_in_order), cmocka_unit_test(rich_contents), cmocka_unit_test(counts_agree), cmocka_unit_test(same_options_same_bytes),
	cmocka_unit_test(impossible_options), cmocka_unit_test(each_damage), cmocka_unit_test(damage_of_copies_and_journal), cmocka_unit_test(damage_by_place),
	cmocka_unit_test(verbs), cmocka_unit_test(impossible_changes), cmocka_unit_test(checksums_of_changes),
};

int main(void)
{
	return cmocka_run_group_tests(tests, setup, teardown) ? 1 : 0;
}
