/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The allocation gc over every real image at hand, against what the reference said of it (NAME.fsck.txt): the same findings,
 * so often each; after accepting them nothing is found again. And two independent ways of counting: what the keys say by
 * their pointers (the pass) and what the backpointers say.
 */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../btree/real_image.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "arborist/pass/pass.h"

/* How the reference words what it finds from accounting_read to check_allocations. */
static const struct { const char *words; unsigned nr; } phrases[] = {
	{ "key version number higher than recorded", 80 },
	{ " has wrong data_type: ", 106 },
	{ " has wrong dirty_sectors: ", 108 },
	{ " has wrong stripe_sectors: ", 271 },
	{ " has wrong cached_sectors: ", 109 },
	{ " has wrong stripe: ", 110 },
	{ " missing in alloc btree", 148 },
	{ "reflink key has wrong refcount", 165 },
	{ "wrong block sector count", 169 },
	{ "not marked in member info btree allocated bitmap", 266 },
	{ "accounting mismatch for ", 272 },
	{ "accounting not marked in superblock replicas", 273 },
};
enum { NR_PHRASES = sizeof(phrases) / sizeof(phrases[0]) };

static unsigned count[NR_PHRASES], nr_errors;
static const char *last_error;
static struct policy *policy;

static enum arb_code decide(void *arg, struct finding *f)
{
	(void)arg;
	assert_true(policy_answer(policy, f, &f->answer));
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	(void)arg;
	for (unsigned i = 0; i < NR_PHRASES; i++)
		count[i] += f->row->nr == phrases[i].nr;
	if (finding_is_error(f) && f->row->kind != FINDING_READ) {
		nr_errors++;
		last_error = f->row->id;
	}
}

static void run(struct pass_run *r)
{
	const struct pass_port port = { .decide = decide, .decided = decided };
	struct arb_error err = { 0 };

	memset(count, 0, sizeof(count));
	nr_errors = 0;
	pass_run_request(r, pass_by_name("check_topology"), "test");
	pass_run_request(r, pass_by_name("check_allocations"), "test");
	if (pass_run_all(r, NULL, &port, &err))
		fail_msg("%s", err.text);
}

/*
 * False when the reference cannot be compared with: it gave a btree up half-way and then "corrected" everything by the rest,
 * it took no journal entry or node where we find one, it dropped keys of an overlap that we keep, or it put a node back with a generation that it then stumbled over.
 */
static bool reference_says(const char *name, unsigned ret[NR_PHRASES])
{
	char path[4200], line[8192];
	bool whole = true, in_part = false;
	FILE *f;

	memset(ret, 0, NR_PHRASES * sizeof(*ret));
	snprintf(path, sizeof(path), "%s/%s.fsck.txt", real_images(), name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) && !strstr(line, "going read-write")) {
		in_part |= !strncmp(line, "accounting_read", 15);
		whole &= !strstr(line, "journal entries ") && !strstr(line, "btree node overwritten by") &&
			 !strstr(line, "btree node with incorrect max_key") && !(in_part && strstr(line, "btree node read error for"));
		for (unsigned i = 0; in_part && i < NR_PHRASES; i++)
			ret[i] += !!strstr(line, phrases[i].words);
	}
	fclose(f);
	return whole && in_part;
}

static void compare(const char *name, const unsigned want[NR_PHRASES])
{
	for (unsigned i = 0; i < NR_PHRASES; i++)
		if (count[i] != want[i])
			fail_msg("%s: \"%s\" %u times, the reference says %u", name, phrases[i].words, count[i], want[i]);
}

/* There is a single device and a set of the same name: the reference speaks of the set. */
static bool is_another(const char *name, const struct view *v)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s.0.img.zst", real_images(), name);
	return v->devs->nr_open == 1 && !access(path, R_OK);
}

/* --- the other way of counting -------------------------------------------------------------------------------------------- */

struct sums {
	struct view	*v;
	uint64_t	*dirty[SB_MEMBERS_MAX];		/* by bucket, as backpointers say */
	uint64_t	nr;
};

static enum arb_code add_backpointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct sums *s = arg;
	const struct member_geometry *m;
	struct backpointer b;

	(void)n;
	assert_true(backpointer_get(k, &b));
	m = geometry_member(&s->v->geo, k.k.p.inode);
	assert_non_null(m);
	assert_true(backpointer_bucket(m, k.k.p) < m->nbuckets);
	s->dirty[k.k.p.inode][backpointer_bucket(m, k.k.p)] += b.bucket_len;
	s->nr++;
	return ARB_OK;
}

static enum arb_code compare_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct sums *s = arg;
	uint64_t *dirty = &s->dirty[k.k.p.inode][k.k.p.offset];
	struct alloc_v4 a;

	(void)n;
	assert_true(alloc_get(k, &a));
	if (a.data_type != DATA_btree && a.data_type != DATA_user)
		a.dirty_sectors = 0;		/* superblock and journal have no backpointers */
	if (a.dirty_sectors != *dirty)
		fail_msg("bucket %llu:%llu: %u sectors by its pointers, %llu by its backpointers", (unsigned long long)k.k.p.inode,
			 (unsigned long long)k.k.p.offset, a.dirty_sectors, (unsigned long long)*dirty);
	*dirty = 0;
	return ARB_OK;
}

static void both_ways(struct view *v)
{
	struct sums s = { .v = v };
	struct walk w = { .btree = BTREE_backpointers, .end = SPOS_MAX, .key = add_backpointer, .arg = &s };

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (v->geo.member[i].exists)
			s.dirty[i] = calloc(v->geo.member[i].nbuckets, sizeof(uint64_t));
	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	assert_true(s.nr > 0);
	w.btree = BTREE_alloc;
	w.key = compare_alloc;
	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		for (uint64_t b = 0; s.dirty[i] && b < v->geo.member[i].nbuckets; b++)
			assert_int_equal(s.dirty[i][b], 0);
		free(s.dirty[i]);
	}
}

/* --- one image --------------------------------------------------------------------------------------------------------------- */

static void judge(const char *name, struct view *v, struct pass_run *r)
{
	unsigned want[NR_PHRASES];
	bool clean;

	run(r);
	clean = !nr_errors;
	if (reference_says(name, want) && !is_another(name, v))
		compare(name, want);
	if (clean)
		both_ways(v);
	run(r);
	if (nr_errors)
		fail_msg("%s: the second run finds %s", name, last_error);
}

static void one_image(const char *name)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct devset *devs = real_image_open(name);
	struct view_options vo = { 0 };
	struct pass_run *r;
	struct workers *w;
	struct view *v;
	struct plan *p;

	assert_non_null(devs);
	assert_int_equal(workers_new(2, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, &vo, &v, NULL), ARB_OK);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(v, p, &clock, &r, NULL), ARB_OK);
	if (!v->geo.encrypted)
		judge(name, v, r);
	pass_run_free(r);
	plan_free(p);
	view_free(v);
	workers_free(w);
}

static void as_the_reference(void **state)
{
	(void)state;
	assert_int_equal(policy_new(POLICY_NO, &policy, NULL), ARB_OK);
	assert_true(real_images_each(".fsck.txt", one_image) > 0);
	policy_free(policy);
}

static const struct CMUnitTest tests[] = { cmocka_unit_test(as_the_reference) };

int main(void)
{
	if (!real_images()) {
		fprintf(stderr, "no real images at hand: set ARBORIST_IMAGES\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
