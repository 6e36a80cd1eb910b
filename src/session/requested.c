/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a commit had to leave to the next mount. The keys follow from others and are still wrong on disk: they count as left, under a name of
 * their own, and finding them again is no news. A later session knows it by the passes that the superblock requires.
 */
#include <config.h>
#include "internal.h"

/* Every key that the repair would write is one of those left; it has one at least. */
static bool wholly_left(const struct overlay *left, const struct repair *r)
{
	bool any = false;

	for (size_t i = 0; i < r->mutations.nr; i++) {
		const struct mutation *m = &r->mutations.v[i];

		if (m->kind == MUTATION_SUPER)
			continue;
		if ((m->kind != MUTATION_INSERT && m->kind != MUTATION_DELETE) || !overlay_get(left, m->btree, m->level, m->pos))
			return false;
		any = true;
	}
	return any;
}

static struct found *finding_of(struct session *s, uint32_t serial)
{
	size_t low = 0, high = s->findings.nr;

	while (low < high) {		/* serials ascend */
		size_t mid = low + (high - low) / 2;

		if (s->findings.v[mid].f->serial < serial)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->findings.nr && s->findings.v[low].f->serial == serial ? &s->findings.v[low] : NULL;
}

void requested_note(struct session *s, struct overlay *left)
{
	requested_forget(s);
	s->left = left;
	for (size_t i = 0; left && i < plan_nr(s->plan); i++) {
		const struct repair *r = plan_repair(s->plan, i);
		struct found *x = wholly_left(left, r) ? finding_of(s, r->finding_serial) : NULL;

		if (x)
			x->requested = true;
	}
}

bool requested_before(const struct session *s, const struct finding *f)
{
	return s->left && f->repair && wholly_left(s->left, f->repair);
}

void requested_forget(struct session *s)
{
	overlay_free(s->left);
	s->left = NULL;
}

bool requested_by_super(const struct session *s, const struct finding *f)
{
	const struct pass *p = pass_by_name("check_allocations");

	return f->repair && p && sb_required_passes(s->view->devs->best) >> p->id & 1 && repair_derived(f->repair);
}
