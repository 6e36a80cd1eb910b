/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a repair: a list of mutations with their cause. */
#include <stdio.h>
#include <stdlib.h>
#include "arborist/base/i18n.h"
#include "arborist/plan/plan.h"

struct repair *repair_new(const char *fmt, ...)
{
	struct repair *r = calloc(1, sizeof(*r));
	ARB_BUF(text);
	va_list ap;

	if (!r)
		return NULL;
	va_start(ap, fmt);
	arb_buf_vprintf(&text, tr(fmt), ap);
	va_end(ap);
	r->summary = arb_buf_steal(&text);
	r->oom = !r->summary;
	return r;
}

void repair_free(struct repair *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->mutations.nr; i++) {
		free(r->mutations.v[i].old);
		free(r->mutations.v[i].new);
	}
	arb_array_free(&r->mutations);
	free(r->summary);
	free(r);
}

static void add(struct repair *r, struct mutation m)
{
	struct mutation *new = arb_array_push(&r->mutations);

	if (new) {
		*new = m;
		return;
	}
	free(m.new);
	r->oom = true;
}

static struct bkey_buf *take_key(struct repair *r, struct bkey_s k)
{
	struct bkey_buf *b = bkey_buf_dup(k);

	r->oom |= !b;
	return b;
}

void repair_insert(struct repair *r, unsigned btree, unsigned level, struct bkey_s k)
{
	add(r, (struct mutation) { .kind = MUTATION_INSERT, .btree = btree, .level = level, .level_max = level,
				   .pos = k.k.p, .end = k.k.p, .new = take_key(r, k) });
}

void repair_delete(struct repair *r, unsigned btree, unsigned level, struct bpos pos)
{
	add(r, (struct mutation) { .kind = MUTATION_DELETE, .btree = btree, .level = level, .level_max = level,
				   .pos = pos, .end = pos });
}

void repair_shoot_down(struct repair *r, unsigned btree, unsigned level_min, unsigned level_max, struct bpos start, struct bpos end)
{
	add(r, (struct mutation) { .kind = MUTATION_SHOOT_DOWN, .btree = btree, .level = level_min, .level_max = level_max,
				   .pos = start, .end = end });
}

void repair_root(struct repair *r, unsigned btree, unsigned level, const struct bkey_buf *key)
{
	add(r, (struct mutation) { .kind = MUTATION_ROOT, .btree = btree, .level = level, .level_max = level,
				   .pos = POS_MIN, .end = SPOS_MAX, .new = key ? take_key(r, bkey_buf_s(key)) : NULL });
}

void repair_rewrite(struct repair *r, unsigned btree, unsigned level, struct bpos pos)
{
	add(r, (struct mutation) { .kind = MUTATION_REWRITE, .btree = btree, .level = level, .level_max = level,
				   .pos = pos, .end = pos });
}

void repair_super(struct repair *r, enum plan_super what, uint64_t arg)
{
	repair_super_at(r, what, POS_MIN, arg);
}

void repair_super_at(struct repair *r, enum plan_super what, struct bpos pos, uint64_t arg)
{
	add(r, (struct mutation) { .kind = MUTATION_SUPER, .pos = pos, .end = pos, .super_what = what, .super_arg = arg });
}

bool repair_has_place(const struct repair *r)
{
	for (size_t i = 0; i < r->mutations.nr; i++) {
		const struct mutation *m = &r->mutations.v[i];

		if (m->kind != MUTATION_SUPER || (m->super_what != PLAN_SUPER_COPY && m->super_what != PLAN_SUPER_JOURNAL))
			return true;
	}
	return !r->mutations.nr;
}

bool repair_in_btree(const struct repair *r, unsigned btree)
{
	return r->btree == btree && repair_has_place(r);
}
