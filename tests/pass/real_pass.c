/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include <stdlib.h>

#include "../btree/real_image.h"
#include "real_pass.h"

static void (*judge_image)(struct real_pass *p);
static struct policy *policy;

static enum arb_code decide(void *arg, struct finding *f)
{
	const struct real_pass *p = arg;

	assert_true(policy_answer(p->policy, f, &f->answer));
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	const struct real_pass *p = arg;

	if (p->decided)
		p->decided(NULL, f);
}

void real_pass_run(struct real_pass *p, const char *const *names)
{
	const struct pass_port port = { .decide = decide, .decided = decided, .arg = p };
	struct arb_error err = { 0 };

	for (; *names; names++)
		pass_run_request(p->run, pass_by_name(*names), "test");
	if (pass_run_all(p->run, NULL, &port, &err))
		fail_msg("%s: %s", p->name, err.text);
}

FILE *real_pass_reference(const struct real_pass *p)
{
	char path[4200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.fsck.txt", real_images(), p->name);
	f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static void one_image(const char *name)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct real_pass r = { .name = name, .policy = policy };
	struct devset *devs = real_image_open(name);
	struct view_options vo = { 0 };
	struct workers *w;
	struct plan *p;

	assert_non_null(devs);
	assert_int_equal(workers_new(2, &w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, w, &vo, &r.v, NULL), ARB_OK);
	assert_int_equal(plan_new(r.v, &p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(r.v, p, &clock, &r.run, NULL), ARB_OK);
	if (!r.v->geo.encrypted)
		judge_image(&r);
	pass_run_free(r.run);
	plan_free(p);
	view_free(r.v);
	workers_free(w);
}

static void as_the_reference(void **state)
{
	(void)state;
	assert_int_equal(policy_new(POLICY_NO, &policy, NULL), ARB_OK);
	assert_true(real_images_each(".fsck.txt", one_image) > 0);
	policy_free(policy);
}

int real_pass_main(const char *test, void (*judge)(struct real_pass *p))
{
	const struct CMUnitTest tests[] = { { test, as_the_reference, NULL, NULL, NULL } };

	judge_image = judge;
	if (!real_images()) {
		fprintf(stderr, "no real images at hand: set ARBORIST_IMAGES\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
