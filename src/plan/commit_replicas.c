/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sets of devices that what is written lies on: the journal entries, and the nodes that repairs point at. The superblock
 * lists every set in use; one that is missing is a finding of the kernel's (12, 149, 273).
 */
#include "commit_internal.h"

#include "arborist/format/enums.h"

static void set_add(struct replicas_entry *e, unsigned dev)
{
	unsigned at = 0;

	while (at < e->nr_devs && e->devs[at] < dev)
		at++;
	if ((at < e->nr_devs && e->devs[at] == dev) || e->nr_devs == SB_MEMBERS_MAX)
		return;
	memmove(e->devs + at + 1, e->devs + at, e->nr_devs - at);
	e->devs[at] = dev;
	e->nr_devs++;
}

struct marking { struct sb *sb; struct arb_error *err; };

static enum arb_code mark_pointer(const struct marking *m, struct bkey_s k)
{
	struct replicas_entry e = { .data_type = DATA_btree, .nr_required = 1 };
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p) || !p.nr_ptrs)
		return ARB_OK;
	for (unsigned i = 0; i < p.nr_ptrs; i++)
		set_add(&e, p.ptr[i].dev);
	return sb_replicas_add(m->sb, &e, m->err);
}

static enum arb_code mark_overlay_key(void *arg, const struct overlay_key *k)
{
	return k->cause == OVERLAY_FROM_JOURNAL || !k->level ? ARB_OK : mark_pointer(arg, k->key);
}

static enum arb_code mark_journal(const struct marking *m, const struct journal_layout *places)
{
	struct replicas_entry e = { .data_type = DATA_journal, .nr_required = 1 };

	for (unsigned i = 0; i < places->nr_devs && i < places->places.nr; i++)
		set_add(&e, places->places.v[i].dev);
	return e.nr_devs ? sb_replicas_add(m->sb, &e, m->err) : ARB_OK;
}

enum arb_code commit_super_replicas(struct sb *sb, const struct view *v, const struct journal_layout *places, struct arb_error *err)
{
	struct marking m = { sb, err };
	enum arb_code code = mark_journal(&m, places);

	if (!code)
		code = overlay_for_each(v->overlay, mark_overlay_key, &m);
	for (unsigned i = 0; i < BTREE_ID_NR_MAX && !code; i++)
		if (v->roots[i].cause && !v->roots[i].fake)
			code = mark_pointer(&m, bkey_buf_s(&v->roots[i].key));
	return code;
}
