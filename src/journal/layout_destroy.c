/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a commit destroys of the old journal: entries that would stand against the new ones, before those count, and entries that recovery
 * complains about although nobody needs them, afterwards.
 */
#include <stdlib.h>
#include "internal.h"

#define TORN_MAX	256		/* copies of one entry; more are an adversary's */

/* --- torn entries -------------------------------------------------------------------------------------------------- */

static bool is_covered(const struct journal_layout *l, const uint32_t *entry_sectors, const struct journal_copy *c)
{
	for (size_t i = 0; i < l->places.nr; i++) {
		const struct journal_place *p = &l->places.v[i];

		if (p->dev == c->dev && p->ring == c->ring && c->offset >= p->offset &&
		    c->offset < p->offset + entry_sectors[i / l->nr_devs])
			return true;
	}
	for (size_t i = 0; i < l->restore.nr; i++) {
		const struct journal_place *p = &l->restore.v[i];

		if (p->dev == c->dev && p->ring == c->ring && c->offset >= p->offset && c->offset < p->offset + l->restore_sectors)
			return true;
	}
	return false;
}

static struct journal_place place_of(const struct journal_copy *c)
{
	return (struct journal_place) { .dev = c->dev, .bucket = c->bucket, .ring = c->ring, .offset = c->offset };
}

/* Once it is no longer the newest, a torn flush entry above F makes recovery fail: it has to go, wherever it is. */
enum arb_code layout_find_torn(const struct journal *j, const struct journal_request *q, struct journal_layout *l, struct arb_error *err)
{
	for (size_t i = j->entries.nr; i-- && j->entries.v[i].seq > j->replay_last;) {
		const struct journal_entry *e = &j->entries.v[i];

		for (unsigned c = 0; c < e->nr_copies && (!e->no_flush || j->trusted); c++) {
			const struct journal_copy *copy = &j->copies.v[e->first_copy + c];
			struct journal_place *p;

			if (is_covered(l, q->sectors, copy))
				continue;
			p = arb_array_push(&l->torn);
			if (!p)
				return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
			*p = place_of(copy);
		}
	}
	return ARB_OK;
}

/* --- unwanted entries ---------------------------------------------------------------------------------------------- */

struct fates {
	uint32_t	*from;		/* per ring index: what begins here or behind is destroyed; UINT32_MAX: nothing */
	bool		*stays;
};

/* A bucket keeps what it has when something of it is still needed, or when it takes new entries (nobody sees what is behind those). */
static void find_fates(const struct journal *j, const struct journal_request *q, const struct journal_layout *l, unsigned dev, struct fates *f)
{
	for (size_t i = 0; i < j->dev[dev].nr; i++)
		f->from[i] = UINT32_MAX;
	for (size_t i = 0; i < j->entries.nr; i++)
		for (unsigned c = 0; c < j->entries.v[i].nr_copies; c++) {
			const struct journal_copy *copy = &j->copies.v[j->entries.v[i].first_copy + c];

			if (copy->dev != dev || journal_is_impossible(j, dev, copy->ring, copy->offset))
				continue;
			f->stays[copy->ring] |= !q->anew && journal_is_kept(j, &j->entries.v[i]);
			if (copy->unwanted && copy->offset < f->from[copy->ring])
				f->from[copy->ring] = copy->offset;
		}
	for (size_t i = 0; i < l->places.nr; i++)
		if (l->places.v[i].dev == dev)
			f->stays[l->places.v[i].ring] = true;
	for (size_t i = 0; i < l->restore.nr; i++)
		if (l->restore.v[i].dev == dev)
			f->stays[l->restore.v[i].ring] = true;
}

static bool is_torn(const struct journal_layout *l, const struct journal_copy *c)
{
	for (size_t i = 0; i < l->torn.nr; i++)
		if (l->torn.v[i].dev == c->dev && l->torn.v[i].ring == c->ring && l->torn.v[i].offset == c->offset)
			return true;
	return false;
}

static enum arb_code destroy_unwanted(const struct journal *j, const struct fates *f, unsigned dev, struct journal_layout *l, struct arb_error *err)
{
	for (size_t i = 0; i < j->copies.nr; i++) {
		const struct journal_copy *c = &j->copies.v[i];
		struct journal_place *p;

		if (c->dev != dev || f->stays[c->ring] || c->offset < f->from[c->ring] || is_torn(l, c) ||
		    journal_is_impossible(j, dev, c->ring, c->offset))
			continue;
		p = arb_array_push(&l->unwanted);
		if (!p)
			return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
		*p = place_of(c);
	}
	return ARB_OK;
}

enum arb_code layout_find_unwanted(const struct journal *j, const struct journal_request *q, struct journal_layout *l, struct arb_error *err)
{
	enum arb_code ret = ARB_OK;

	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && !ret && l->torn.nr <= TORN_MAX; dev++) {
		size_t nr = j->dev[dev].nr;
		struct fates f = { .from = calloc(nr ? nr : 1, sizeof(*f.from)), .stays = calloc(nr ? nr : 1, sizeof(*f.stays)) };

		if (!f.from || !f.stays) {
			ret = arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
		} else if (nr) {
			find_fates(j, q, l, dev, &f);
			ret = destroy_unwanted(j, &f, dev, l, err);
		}
		free(f.from);
		free(f.stays);
	}
	return ret;
}
