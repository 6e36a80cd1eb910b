/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real images that the reference calls healthy: every node of every btree is read without a defect, and there are as many
 * per level as the listing beside the image says. An encrypted one is locked, not damaged. The scan finds all of them.
 */
#include "../unit.h"

#include <stdio.h>

#include "arborist/btree/scan.h"
#include "real_image.h"

static struct workers *workers;

struct count {
	unsigned	nodes;
	const char	*image;
	bool		locked;
};

static enum arb_code count_node(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	struct count *c = arg;

	(void)ptr;
	c->nodes++;
	if (c->locked && !got->node) {
		assert_int_equal(defects_worst(got->defects), DEFECT_INCOMPATIBLE);
		return ARB_OK;
	}
	for (size_t i = 0; i < got->defects->list.nr; i++)
		print_error("%s level %u sector %llu: %u %s\n", c->image, level,
			    (unsigned long long)got->defects->list.v[i].sector, got->defects->list.v[i].err, got->defects->list.v[i].text);
	assert_int_equal(got->defects->list.nr, 0);
	assert_non_null(got->node);
	assert_false(got->node->needs_rewrite);
	return ARB_OK;
}

static unsigned count_nodes(struct view *v, unsigned btree, unsigned level, const char *image)
{
	struct count c = { .image = image, .locked = v->geo.encrypted };

	assert_int_equal(view_walk_nodes(v, btree, level, count_node, &c, NULL), ARB_OK);
	return c.nodes;
}

/* Every "== BTREE level L: N nodes" line. */
static unsigned compare_counts(struct view *v, const char *image, FILE *f)
{
	unsigned lines = 0, level, nr, btree;
	char line[4096], name[64];

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "== %60s level %u: %u nodes", name, &level, &nr) != 3)
			continue;
		assert_true(btree_id_parse(name, &btree));
		if (!v->geo.encrypted)
			assert_int_equal(count_nodes(v, btree, level, image), nr);
		lines++;
	}
	return lines;
}

static void check_image(const char *image)
{
	struct devset *devs = real_image_open(image);
	struct arb_error err = { 0 };
	struct view *v;
	char path[4500];
	FILE *f;

	assert_non_null(devs);
	if (view_open(devs, workers, NULL, &v, &err))
		fail_msg("%s: %s", image, err.text);
	for (unsigned b = 0; b < BTREE_ID_NR_MAX; b++)
		count_nodes(v, b, 0, image);
	snprintf(path, sizeof(path), "%s/%s.nodes.txt", real_images(), image);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(compare_counts(v, image, f) >= BTREE_ID_NR);
	fclose(f);
	view_free(v);
}

struct lookup {
	struct scan	*s;
	unsigned	nodes;
};

/* A node of the tree is in the result, whole: its range, all its copies, as long as its pointer says. */
static enum arb_code find_scanned(void *arg, unsigned level, struct bkey_s ptr, const struct node_got *got)
{
	const struct scanned_node *n;
	struct lookup *l = arg;
	struct btree_ptr p;
	size_t cur = 0;

	assert_non_null(got->node);
	if (!btree_ptr_get(ptr, &p) || !p.nr_ptrs)
		return ARB_OK;
	n = scan_next(l->s, got->node->btree, level, p.min_key, p.max_key, &cur);
	assert_non_null(n);
	assert_true(n->cookie == p.seq && n->in_tree && !n->range_updated && !n->damaged);
	assert_int_equal(n->nr_copies, p.nr_ptrs);
	assert_int_equal(n->sectors_written, p.sectors_written);
	assert_int_equal(n->node_seq, got->node->h.node_seq);
	for (unsigned i = 0; i < p.nr_ptrs; i++) {
		unsigned j = 0;

		while (j < n->nr_copies && (n->copy[j].dev != p.ptr[i].dev || n->copy[j].sector != p.ptr[i].sector))
			j++;
		assert_true(j < n->nr_copies);
		assert_int_equal(n->copy[j].gen, p.ptr[i].gen);
	}
	l->nodes++;
	return ARB_OK;
}

/* The scan of a healthy image finds its trees; nothing in them is overwritten by what lies around. */
static void test_scan_of(const char *image, bool whole)
{
	struct devset *devs = real_image_open(image);
	struct scan_options o = { .whole = whole };
	struct lookup l = { 0 };
	struct view *v;

	if (!devs)
		skip();
	assert_int_equal(view_open(devs, workers, NULL, &v, NULL), ARB_OK);
	assert_int_equal(scan_run(v, &o, &l.s, NULL), ARB_OK);
	assert_int_equal(scan_mark_in_tree(l.s, v, NULL), ARB_OK);
	for (unsigned b = 0; b < BTREE_ID_NR; b++)
		if (!(btree_info(b)->flags & BTREE_ALLOC))
			assert_int_equal(view_walk_nodes(v, b, 0, find_scanned, &l, NULL), ARB_OK);
	for (size_t i = 0; i < l.s->nodes.nr; i++)
		l.nodes -= l.s->nodes.v[i].in_tree;
	assert_int_equal(l.nodes, 0);
	assert_int_equal(l.s->read_errors, 0);
	scan_free(l.s);
	view_free(v);
}

static void test_scans(void **state)
{
	static const char *const images[] = { "small-deep", "deep512-4k", "multi-deep", "bigbucket", "small-16k", "snaps" };

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		test_scan_of(images[i], i < 2);
}

/* What is written of the cache stays under its limit, and gives the same. */
static void test_small_cache(void **state)
{
	struct view_options small = { .cache_bytes = 200000 };
	struct devset *devs = real_image_open("small-deep");
	struct view *v;

	(void)state;
	if (!devs)
		skip();
	assert_int_equal(view_open(devs, workers, &small, &v, NULL), ARB_OK);
	for (int round = 0; round < 2; round++)
		for (unsigned b = 0; b < BTREE_ID_NR; b++) {
			count_nodes(v, b, 0, "small-deep");
			assert_true(node_cache_bytes(v->cache) <= small.cache_bytes);
		}
	view_free(v);
}

static void test_healthy_images(void **state)
{
	(void)state;
	assert_true(real_images_each(".nodes.txt", check_image) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_healthy_images), cmocka_unit_test(test_small_cache), cmocka_unit_test(test_scans) };
	int failed;

	if (!real_images()) {
		printf("no real images: ARBORIST_IMAGES is not set\n");
		return 77;
	}
	if (workers_new(2, &workers, NULL))
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	workers_free(workers);
	return failed ? 1 : 0;
}
