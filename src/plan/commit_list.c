/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of what a commit writes: every stretch with what stood there before, in the order of the steps. */
#include <stdlib.h>
#include <string.h>
#include "commit_internal.h"

void commit_free(struct commit *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->writes.nr; i++) {
		free(c->writes.v[i].before);
		free(c->writes.v[i].after);
	}
	for (size_t i = 0; i < c->names.nr; i++)
		free(c->names.v[i]);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		free(c->device[i]);
	arb_array_free(&c->writes);
	arb_array_free(&c->names);
	overlay_free(c->after_keys);
	overlay_free(c->left);
	overlay_free(c->folded);
	free(c->after_roots);
	free(c);
}

enum arb_code commit_no_memory(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
}

static const char *keep_name(struct commit *c, const char *name)
{
	char **p = arb_array_push(&c->names);

	if (!p)
		return NULL;
	*p = strdup(name);
	return *p;
}

enum arb_code commit_add(struct commit *c, const struct view *v, unsigned dev, unsigned step, uint64_t offset, const void *after,
			 size_t n, const char *what, struct arb_error *err)
{
	struct commit_write *w = arb_array_push(&c->writes);

	if (!w)
		return commit_no_memory(err);
	*w = (struct commit_write) {
		.dev = dev, .step = step, .offset = offset, .n = n, .before = malloc(n), .after = malloc(n),
		.what = keep_name(c, what),
	};
	if (!c->device[dev])
		c->device[dev] = strdup(v->devs->dev[dev]->blk->name);
	if (!w->before || !w->after || !w->what || !c->device[dev])
		return commit_no_memory(err);
	memcpy(w->after, after, n);
	c->bytes += n;
	c->nr_steps = step > c->nr_steps ? step : c->nr_steps;
	return blk_read(v->devs->dev[dev]->blk, offset, w->before, n, err);
}

static int by_place(const void *pa, const void *pb)
{
	const struct commit_write *a = pa, *b = pb;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_step(const void *pa, const void *pb)
{
	const struct commit_write *a = pa, *b = pb;

	if (a->step != b->step)
		return a->step < b->step ? -1 : 1;
	return by_place(pa, pb);
}

/* A superblock layout made up by an adversary could point anywhere: no two stretches may meet. */
static enum arb_code check_disjoint(const struct commit *c, struct arb_error *err)
{
	for (size_t i = 0; i < c->writes.nr; i++) {
		const struct commit_write *a = &c->writes.v[i], *b = a + 1;

		if (i + 1 < c->writes.nr && a->dev == b->dev && a->offset + a->n > b->offset)
			return arb_fail(err, ARB_E_REFUSED, "%s and %s would be written to the same place", a->what, b->what);
	}
	return ARB_OK;
}

enum arb_code commit_sort(struct commit *c, struct arb_error *err)
{
	enum arb_code ret;

	qsort(c->writes.v, c->writes.nr, sizeof(c->writes.v[0]), by_place);
	ret = check_disjoint(c, err);
	qsort(c->writes.v, c->writes.nr, sizeof(c->writes.v[0]), by_step);
	return ret;
}
