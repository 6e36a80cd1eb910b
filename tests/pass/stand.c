/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include <string.h>
#include "stand.h"

static enum arb_code decide(void *arg, struct finding *f)
{
	const struct stand *s = arg;

	f->answer.verb = s->decline && !strcmp(s->decline, f->row->id) ? ANSWER_SKIP : f->suggested;
	return ARB_OK;
}

static void decided(void *arg, const struct finding *f)
{
	struct stand *s = arg;

	if (!finding_is_error(f) && !f->upkeep)
		return;
	if (s->nr < STAND_FOUND_MAX)
		s->found[s->nr] = f->row->id;
	s->nr++;
	s->errors += finding_is_error(f);
}

void stand_open(struct stand *s, struct blk **blks, unsigned nr)
{
	struct arb_clock clock = arb_clock_fixed(0);
	struct devset *devs;

	memset(s, 0, sizeof(*s));
	assert_int_equal(devset_open_blk(blks, nr, NULL, &devs, &s->err), ARB_OK);
	assert_int_equal(workers_new(1, &s->w, NULL), ARB_OK);
	assert_int_equal(view_open(devs, s->w, NULL, &s->v, NULL), ARB_OK);
	assert_int_equal(plan_new(s->v, &s->p, NULL), ARB_OK);
	assert_int_equal(pass_run_new(s->v, s->p, &clock, &s->r, NULL), ARB_OK);
	s->port = (struct pass_port){ .arg = s, .decide = decide, .decided = decided };
}

void stand_open_copy(struct stand *s, struct blk *whole, uint64_t bytes, const char *const *damages)
{
	struct arb_error err = { 0 };
	struct blk *b;

	assert_int_equal(blk_mem_new("copy", blk_mem_data(whole), bytes, &b, NULL), ARB_OK);
	for (; damages && *damages; damages++)
		if (image_damage(&b, 1, *damages, 7, NULL, &err))
			fail_msg("%s: %s", *damages, err.text);
	stand_open(s, &b, 1);
}

void stand_close(struct stand *s)
{
	pass_run_free(s->r);
	plan_free(s->p);
	view_free(s->v);
	workers_free(s->w);
}

enum arb_code stand_run(struct stand *s, const char *pass)
{
	s->nr = s->errors = 0;
	pass_run_request(s->r, pass_by_name(pass), "the test asks");
	return pass_run_all(s->r, NULL, &s->port, &s->err);
}

unsigned stand_count(const struct stand *s, const char *id)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->nr && i < STAND_FOUND_MAX; i++)
		n += !strcmp(s->found[i], id);
	return n;
}
