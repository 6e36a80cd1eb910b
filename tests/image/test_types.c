/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Key types and members: the builder can make a key of every type there is (but for pointers of the first form, and what stood in the lru btree
 * before), and every member of every field table can be damaged with every verb, with and without a right checksum.
 */
#include "../unit.h"
#include "../built.h"
#include <stdio.h>
#include <stdlib.h>
#include "arborist/btree/view.h"
#include "arborist/format/fields.h"
#include "arborist/format/jset.h"
#include "arborist/image/image.h"
#include "arborist/pass/pass.h"

enum { DEVICES = 3, BYTES = 5 << 20 };

static struct blk *whole[2][DEVICES];	/* a clean filesystem and one with a journal to be replayed */
static struct workers *workers;

static int setup(void **state)
{
	struct image_options o = {
		.csum_opt = 1, .nr_dirs = 3, .nr_files = 24, .file_bytes_max = 12000, .bucket_bytes = 64 << 10, .node_bytes = 16 << 10, .replicas = 2,
		.parity = 1, .bsets = 2, .nr_shared = 2, .nr_compressed = 6, .nr_xattrs = 3, .nr_snapshots = 1, .types = 2, .blacklists = true,
		.keys_per_leaf = 30, .gens = true, .seed = 6,
	};

	(void)state;
	for (unsigned n = 0; n < 2; n++, o.unclean = true)
		built_devices(&o, whole[n], DEVICES, BYTES);
	return workers_new(1, &workers, NULL) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2; n++)
		for (unsigned i = 0; i < DEVICES; i++)
			blk_close(whole[n][i]);
	workers_free(workers);
	return 0;
}

/* ---- key types */

struct seen { struct view *v; unsigned btree; unsigned nr[KEY_TYPE_NR]; };

static enum arb_code take(void *arg, const struct node *n, struct bkey_s k)
{
	struct seen *s = arg;
	struct key_check_ctx c = { .geo = &s->v->geo, .btree = s->btree, .level = n->level, .committing = true };
	ARB_BUF(why);

	assert_true(k.k.type < KEY_TYPE_NR);
	if (bkey_invalid(&c, k, &why))
		fail_msg("btree %u: %s", s->btree, arb_buf_str(&why));
	s->nr[k.k.type]++;
	return ARB_OK;
}

static void every_key_type(void **state)
{
	struct seen s = { .v = built_view(whole[1], DEVICES, workers) };

	(void)state;
	for (s.btree = 0; s.btree < BTREE_ID_NR; s.btree++)
		for (unsigned level = 0; s.v->roots[s.btree].exists && level <= s.v->roots[s.btree].level; level++) {
			struct walk w = { .btree = s.btree, .level = level, .end = SPOS_MAX, .key = take, .arg = &s };

			assert_int_equal(view_walk(s.v, &w, NULL), ARB_OK);
		}
	for (unsigned type = KEY_whiteout; type < KEY_TYPE_NR; type++)
		if (!s.nr[type] && type != KEY_btree_ptr && type != KEY_lru)
			fail_msg("no key of type %s", bkey_type_name(type));
	view_free(s.v);
}

/* ---- members */

static struct blk *copy[DEVICES];
static unsigned nr_fields, nr_done, nr_runs;

/* Makes the copy as @from is; says whether it was not. */
static bool restore(struct blk **from)
{
	enum { CHUNK = 1 << 16 };
	bool any = false;

	for (unsigned i = 0; i < DEVICES; i++)
		for (size_t at = 0; at < BYTES; at += CHUNK) {
			uint8_t *now = (uint8_t *)blk_mem_data(copy[i]) + at, *then = (uint8_t *)blk_mem_data(from[i]) + at;

			if (memcmp(now, then, CHUNK)) {
				memcpy(now, then, CHUNK);
				any = true;
			}
		}
	return any;
}

static enum arb_code decide(void *arg, struct finding *f)
{
	(void)arg;
	f->answer.verb = f->suggested;
	return ARB_OK;
}

/* What is damaged opens or is refused with a reason, and passes come to an end. */
static void run_passes(void)
{
	const struct pass_port port = { .decide = decide };
	struct arb_clock clock = arb_clock_fixed(0);
	struct blk *borrowed[DEVICES];
	struct arb_error err = { 0 };
	struct pass_run *r;
	struct devset *d;
	struct plan *p;
	struct view *v;

	for (unsigned i = 0; i < DEVICES; i++)
		assert_int_equal(blk_borrow_new(copy[i], &borrowed[i], NULL), ARB_OK);
	if (devset_open_blk(borrowed, DEVICES, NULL, &d, &err)) {
		assert_true(err.text[0]);
		return;
	}
	if (view_open(d, workers, NULL, &v, &err)) {
		assert_true(err.text[0]);
		devset_free(d);
		return;
	}
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(v, p, &clock, &r, NULL), ARB_OK);
	pass_run_request(r, pass_by_name("check_topology"), "test");
	pass_run_request(r, pass_by_name("check_allocations"), "test");
	if (pass_run_all(r, NULL, &port, &err))
		assert_true(err.text[0]);
	nr_runs++;
	pass_run_free(r);
	plan_free(p);
	view_free(v);
}

/* Each verb once, and passes over what one of them, in turn, leaves; at least one of ones and zeroes changes something. @where: "sb-field ", or "key-field extents " ... */
static bool try_verbs(struct blk **from, const char *where, const char *field)
{
	static const char *const verbs[] = { "zeroes", "ones", "first", "middle", "last", "add", "sub", "random", "last/raw" };
	unsigned done = 0;

	for (unsigned i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		char spec[160];

		snprintf(spec, sizeof(spec), "%s%s=%s", where, field, verbs[i]);
		if (image_damage(copy, DEVICES, spec, 11, NULL, NULL)) {
			assert_false(restore(from));
			if (!i)
				continue;
			if (i == 1 && !done)
				return false;		/* there is no such member here */
			continue;
		}
		if (++done == nr_fields % 8)
			run_passes();
		assert_true(restore(from));
	}
	assert_true(done > 6);
	nr_done += done;
	return true;
}

static void all_of(struct blk **from, const char *where, const char *prefix, const struct fmt_struct *s)
{
	for (unsigned i = 0; i < s->nr; i++) {
		char field[100];

		snprintf(field, sizeof(field), "%s%s", prefix, s->field[i].name);
		if (!try_verbs(from, where, field))
			fail_msg("%s%s cannot be damaged", where, field);
		nr_fields++;
	}
}

static void members_of_superblocks(void)
{
	static const struct { const char *prefix; const struct fmt_struct *s; } parts[] = {
		{ "", &fmt_sb }, { "layout.", &fmt_sb_layout }, { "member.", &fmt_member }, { "clean.", &fmt_sb_clean }, { "ext.", &fmt_sb_ext },
		{ "blacklist.", &fmt_sb_blacklist }, { "downgrade.", &fmt_sb_downgrade }, { "journal.", &fmt_sb_journal_v2 },
		{ "section.clean.", &fmt_sb_section }, { "section.replicas.", &fmt_sb_section }, { "section.counters.", &fmt_sb_section },
	};

	restore(whole[0]);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		all_of(whole[0], "sb-field ", parts[i].prefix, parts[i].s);
}

static void members_of_the_journal(void)
{
	restore(whole[1]);
	all_of(whole[1], "jset-field ", "", &fmt_jset);
	all_of(whole[1], "jset-field ", "btree_root.", &fmt_jset_entry);
	all_of(whole[1], "jset-field ", "clock.", fmt_jset_payload(JSET_clock));
	all_of(whole[1], "jset-field ", "usage.", fmt_jset_payload(JSET_usage));
	all_of(whole[1], "jset-field ", "datetime.", fmt_jset_payload(JSET_datetime));
	all_of(whole[1], "jset-field ", "btree_keys.key.", &fmt_bkey);
}

static const struct { unsigned type; const char *where; } values[] = {
	{ KEY_alloc_v4, "alloc" }, { KEY_btree_ptr_v2, "inodes:1" }, { KEY_reservation, "extents" }, { KEY_reflink_p, "extents" },
	{ KEY_reflink_v, "reflink" }, { KEY_indirect_inline_data, "reflink" }, { KEY_inode_v2, "inodes" }, { KEY_inode_v3, "inodes" },
	{ KEY_inode_generation, "inodes" }, { KEY_dirent, "dirents" }, { KEY_xattr, "xattrs" }, { KEY_backpointer, "backpointers" },
	{ KEY_quota, "quotas" }, { KEY_stripe, "stripes" }, { KEY_subvolume, "subvolumes" }, { KEY_snapshot, "snapshots" },
	{ KEY_snapshot_tree, "snapshot_trees" }, { KEY_logged_op_truncate, "logged_ops" }, { KEY_logged_op_finsert, "logged_ops" },
	{ KEY_accounting, "accounting" }, { KEY_cookie, "rebalance_work" },
};

/* A key of the type may stand in any leaf of its btree. */
static void all_of_some_leaf(const char *btree, const char *prefix, const struct fmt_struct *s)
{
	for (unsigned i = 0; i < s->nr; i++) {
		char where[100], field[100];
		bool done = false;

		snprintf(field, sizeof(field), "%s%s", prefix, s->field[i].name);
		for (unsigned leaf = 0; !done && leaf < 12; leaf++) {
			snprintf(where, sizeof(where), "key-field %s @%u ", btree, leaf);
			done = try_verbs(whole[1], where, field);
		}
		if (!done)
			fail_msg("%s of %s cannot be damaged", field, btree);
		nr_fields++;
	}
}

static void members_of_nodes(void)
{
	restore(whole[1]);
	all_of(whole[1], "node-field extents @0 ", "", &fmt_node);
	all_of(whole[1], "bset-field extents @0 ", "", &fmt_node_entry);
	all_of(whole[1], "key-field extents @0 ", "key.", &fmt_bkey);
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		all_of_some_leaf(values[i].where, "", fmt_value(values[i].type));
	for (unsigned type = 0; type < 6; type++) {
		const struct fmt_struct *s = fmt_extent_entry(UINT64_C(1) << type);
		char prefix[40];

		snprintf(prefix, sizeof(prefix), "%s.", s->name);
		if (strcmp(s->name, "crc64") && strcmp(s->name, "crc128"))	/* they are in other filesystems: of other checksums, of large extents */
			all_of_some_leaf("extents", prefix, s);
	}
	assert_true(try_verbs(whole[1], "key-field stripes ", "ptr[2].gen") && try_verbs(whole[1], "key-field stripes ", "live[1]"));
}

static void every_member(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DEVICES; i++)
		assert_int_equal(blk_mem_new("copy", NULL, BYTES, &copy[i], NULL), ARB_OK);
	members_of_superblocks();
	members_of_the_journal();
	members_of_nodes();
	assert_true(nr_fields > 300 && nr_runs > 100);
	for (unsigned i = 0; i < DEVICES; i++)
		blk_close(copy[i]);
}

/* ---- bytes of structures */

static void every_structure(void **state)
{
	static const char *const what[] = {
		"superblock", "section.replicas", "section.members_v2", "section.journal_v2", "member", "journal", "record.btree_root", "record.clock",
		"record.btree_keys", "node alloc", "node inodes:1", "bset extents", "key dirents", "value backpointers", "value stripes",
	};
	static const char *const how[] = { "bytes-flipped", "bytes-zeroed", "bytes-truncated" };

	(void)state;
	for (unsigned i = 0; i < DEVICES; i++)
		assert_int_equal(blk_mem_new("copy", NULL, BYTES, &copy[i], NULL), ARB_OK);
	restore(whole[1]);
	for (unsigned i = 0; i < 2 * 3 * sizeof(what) / sizeof(what[0]); i++) {
		struct arb_error err = { 0 };
		char spec[100];

		snprintf(spec, sizeof(spec), "%s %s%s", how[i / 2 % 3], what[i / 6], i % 2 ? " /raw" : "");
		if (image_damage(copy, DEVICES, spec, 5, NULL, &err))
			fail_msg("%s: %s", spec, err.text);
		assert_true(restore(whole[1]));
	}
	assert_int_not_equal(image_damage(copy, DEVICES, "bytes-flipped nothing", 5, NULL, NULL), ARB_OK);
	assert_int_not_equal(image_damage(copy, DEVICES, "bytes-flipped", 5, NULL, NULL), ARB_OK);
	assert_int_not_equal(image_damage(copy, DEVICES, "bytes-flipped node nowhere", 5, NULL, NULL), ARB_OK);
	assert_false(restore(whole[1]));
	for (unsigned i = 0; i < DEVICES; i++)
		blk_close(copy[i]);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_key_type), cmocka_unit_test(every_member), cmocka_unit_test(every_structure),
};

int main(void)
{
	return cmocka_run_group_tests(tests, setup, teardown) ? 1 : 0;
}
