/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology check over every real image at hand, against what the reference said of it (NAME.fsck.txt): the same kinds of
 * findings, and after accepting them nothing is found again. Findings of our own, where the kernel acts unasked, come on top.
 */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "../btree/real_image.h"
#include "arborist/pass/pass.h"

#define FOUND_MAX 256

/* How the reference words what it finds, up to the end of its check_topology. */
static const struct { const char *words; unsigned nr; } phrases[] = {
	{ "unreadable btree node at btree", 30 },
	{ "error reading btree root", 59 },
	{ "btree node with incorrect min_key", 63 },
	{ "btree node with incorrect max_key", 64 },
	{ "btree node overwritten by prev node", 65 },
	{ "btree node overwritten by next node", 66 },
	{ "empty interior btree node", 67 },
	{ "no nodes found for btree", 263 },
};
enum { NR_PHRASES = sizeof(phrases) / sizeof(phrases[0]) };
enum { ROW_MIN = 2, ROW_MAX, ROW_BY_PREV, ROW_BY_NEXT };	/* of phrases[] */

struct found { unsigned nr; bool of_reading, error, fixed; const char *id; };
static struct found found[FOUND_MAX];
static unsigned nr_found;
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
	assert_true(nr_found < FOUND_MAX);
	found[nr_found++] = (struct found){ f->row->nr, f->row->kind == FINDING_READ, finding_is_error(f), f->fixed, f->row->id };
}

static void run(struct pass_run *r)
{
	const struct pass_port port = { .decide = decide, .decided = decided };
	struct arb_error err = { 0 };

	nr_found = 0;
	pass_run_request(r, pass_by_name("check_topology"), "test");
	if (pass_run_all(r, NULL, &port, &err))
		fail_msg("%s", err.text);
}

/* Bit per row of phrases[]. */
static unsigned reference_says(const char *name)
{
	char path[4200], line[8192];
	unsigned bits = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.fsck.txt", real_images(), name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) && strncmp(line, "accounting_read", 15))
		for (unsigned i = 0; i < NR_PHRASES; i++)
			bits |= !!strstr(line, phrases[i].words) << i;
	fclose(f);
	return bits;
}

static unsigned we_say(void)
{
	unsigned bits = 0;

	for (unsigned k = 0; k < nr_found; k++)
		for (unsigned i = 0; i < NR_PHRASES; i++)
			bits |= (found[k].nr == phrases[i].nr) << i;
	return bits;
}

/*
 * A node that the reference drops leaves a gap behind, which it then finds. Where we settle the same overlap without loss
 * (topology_overlap.c) there is none: findings about bounds beside "overwritten" are not compared.
 */
static unsigned compared(unsigned want, unsigned got)
{
	unsigned overwritten = 1u << ROW_BY_PREV | 1u << ROW_BY_NEXT;

	return want & got & overwritten ? ~(1u << ROW_MIN | 1u << ROW_MAX) : ~0u;
}

static void compare(const char *name)
{
	unsigned want = reference_says(name), got = we_say(), mask = compared(want, got);

	want &= mask;
	got &= mask;

	for (unsigned i = 0; i < NR_PHRASES; i++)
		if ((want ^ got) >> i & 1)
			print_error("%s: %s says \"%s\"\n", name, want >> i & 1 ? "only the reference" : "the reference does not", phrases[i].words);
	assert_int_equal(got, want);
}

static void nothing_again(const char *name)
{
	for (unsigned i = 0; i < nr_found; i++)
		if (found[i].error && !found[i].of_reading)
			fail_msg("%s: the second run finds %s", name, found[i].id);
}

static void one_image(const char *name)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct view_options vo = { 0 };
	struct devset *devs = real_image_open(name);
	struct workers *w;
	struct pass_run *r;
	struct view *v;
	struct plan *p;

	assert_non_null(devs);
	assert_int_equal(workers_new(2, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, &vo, &v, NULL), ARB_OK);
	assert_int_equal(plan_new(v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(v, p, &clock, &r, NULL), ARB_OK);
	if (!v->geo.encrypted) {
		run(r);
		compare(name);
		run(r);
		nothing_again(name);
	}
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
