/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan: accepted repairs, applied to the view's overlay and roots in order. Taking one back rebuilds both from what the
 * journal gave and from the repairs that stay, so that there is only one way of applying and none of un-applying.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "internal.h"

#define ROOTS_BYTES (BTREE_ID_NR_MAX * sizeof(struct btree_root))

enum arb_code plan_new(struct view *v, struct plan **ret, struct arb_error *err)
{
	struct plan *p = calloc(1, sizeof(*p));
	enum arb_code code;

	if (!p)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the plan");
	p->view = v;
	p->roots = malloc(ROOTS_BYTES);
	code = p->roots ? overlay_dup(v->overlay, &p->journal_keys, err) : arb_fail(err, ARB_E_NOMEM, "no memory for the plan");
	if (code) {
		plan_free(p);
		return code;
	}
	memcpy(p->roots, v->roots, ROOTS_BYTES);
	*ret = p;
	return ARB_OK;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->repairs.nr; i++)
		repair_free(p->repairs.v[i]);
	arb_array_free(&p->repairs);
	overlay_free(p->journal_keys);
	free(p->roots);
	free(p);
}

/* --- applying ------------------------------------------------------------------------------------------------------ */

static void set_root(struct btree_root *root, const struct mutation *m, uint32_t cause)
{
	root->exists = true;
	root->lost = root->unnamed = false;
	root->fake = !m->new;
	root->level = m->level;
	root->cause = cause;
	root->why[0] = '\0';
	if (m->new)
		bkey_buf_set(&root->key, bkey_buf_s(m->new));
	else
		memset(&root->key, 0, sizeof(root->key));
}

static enum arb_code mutate(struct overlay *o, struct btree_root *roots, const struct mutation *m, uint32_t cause)
{
	switch (m->kind) {
	case MUTATION_INSERT:
		return overlay_insert(o, m->btree, m->level, bkey_buf_s(m->new), cause);
	case MUTATION_DELETE:
		return overlay_delete(o, m->btree, m->level, m->pos, cause);
	case MUTATION_SHOOT_DOWN:
		overlay_shoot_down(o, m->btree, m->level, m->level_max, m->pos, m->end);
		return ARB_OK;
	case MUTATION_ROOT:
		set_root(&roots[m->btree], m, cause);
		return ARB_OK;
	case MUTATION_SUPER:
	case MUTATION_REWRITE:		/* nothing changes in what is read */
		return ARB_OK;
	}
	return ARB_OK;
}

static enum arb_code mutate_all(struct overlay *o, struct btree_root *roots, const struct repair *r)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < r->mutations.nr && !code; i++)
		code = mutate(o, roots, &r->mutations.v[i], r->id);
	return code;
}

/* Overlay and roots anew from the journal and the repairs that are in the list. */
static enum arb_code rebuild(struct plan *p, struct arb_error *err)
{
	struct btree_root *roots = malloc(ROOTS_BYTES);
	struct overlay *o = NULL;
	enum arb_code code = roots ? overlay_dup(p->journal_keys, &o, err) : ARB_E_NOMEM;

	if (!code)
		memcpy(roots, p->roots, ROOTS_BYTES);
	for (size_t i = 0; i < p->repairs.nr && !code; i++)
		code = mutate_all(o, roots, p->repairs.v[i]);
	if (code) {
		overlay_free(o);
		free(roots);
		return arb_fail(err, code, "no memory to rebuild the plan");
	}
	memcpy(p->view->roots, roots, ROOTS_BYTES);
	overlay_replace(p->view->overlay, o);
	free(roots);
	return ARB_OK;
}

/* What stands at a mutation's place before anything of the repair is applied. */
static enum arb_code fill_old(struct plan *p, struct mutation *m, struct arb_error *err)
{
	const struct btree_root *root;
	struct bkey_buf old;
	bool found = false;
	enum arb_code code = ARB_OK;

	if (m->kind == MUTATION_SHOOT_DOWN || m->kind == MUTATION_SUPER || m->old)
		return ARB_OK;
	root = &p->view->roots[m->btree];
	if (m->kind == MUTATION_ROOT) {
		found = root->exists && !root->lost && !root->fake;
		old = root->key;
	} else {
		code = plan_lookup(p->view, m->btree, m->level, m->pos, &old, &found, err);
	}
	if (!code && found && !(m->old = bkey_buf_dup(bkey_buf_s(&old))))
		code = arb_fail(err, ARB_E_NOMEM, "no memory for the plan");
	return code;
}

static bool places_exist(const struct repair *r)
{
	for (size_t i = 0; i < r->mutations.nr; i++) {
		const struct mutation *m = &r->mutations.v[i];

		if (m->kind != MUTATION_SUPER && (m->btree >= BTREE_ID_NR_MAX || m->level >= BTREE_MAX_DEPTH + (m->kind == MUTATION_REWRITE)))
			return false;
	}
	return true;
}

/* There can be very many repairs, of one change each. */
static void shrink(struct repair *r)
{
	void *v = r->mutations.nr ? realloc(r->mutations.v, r->mutations.nr * sizeof(*r->mutations.v)) : NULL;

	if (!v)
		return;
	r->mutations.v = v;
	r->mutations.cap = r->mutations.nr;
}

static enum arb_code apply(struct plan *p, struct repair *r, struct arb_error *err)
{
	enum arb_code code = ARB_OK;

	if (r->oom)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a repair");
	if (!places_exist(r))
		return arb_fail(err, ARB_E_BAD_ARGUMENT, "a repair of a btree or level that does not exist");
	for (size_t i = 0; i < r->mutations.nr && !code; i++)
		code = fill_old(p, &r->mutations.v[i], err);
	if (code)
		return code;
	if (!arb_array_reserve(&p->repairs, p->repairs.nr + 1))
		return arb_fail(err, ARB_E_NOMEM, "no memory for a repair");
	r->id = p->last_id + 1;
	code = mutate_all(p->view->overlay, p->view->roots, r);
	if (code) {
		rebuild(p, NULL);
		return arb_fail(err, code, "no memory for the keys of a repair");
	}
	p->last_id = r->id;
	p->repairs.v[p->repairs.nr++] = r;
	shrink(r);
	return ARB_OK;
}

enum arb_code plan_apply(struct plan *p, struct repair *r, struct arb_error *err)
{
	enum arb_code code = r ? apply(p, r, err) : arb_fail(err, ARB_E_NOMEM, "no memory for a repair");

	if (code)
		repair_free(r);
	return code;
}

/* --- taking back --------------------------------------------------------------------------------------------------- */

static bool depends_on_any(const struct repair *r, struct repair *const *gone, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (repair_depends(r, gone[i]))
			return true;
	return false;
}

enum arb_code plan_drop(struct plan *p, uint32_t repair_id, unsigned *ret_dropped, struct arb_error *err)
{
	size_t nr = p->repairs.nr, kept = 0, nr_gone = 0;
	struct repair **gone = malloc((nr ? nr : 1) * sizeof(*gone)), **all = malloc((nr ? nr : 1) * sizeof(*all));
	enum arb_code code = gone && all ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory to take a repair back");

	for (size_t i = 0; i < nr && !code; i++) {
		struct repair *r = all[i] = p->repairs.v[i];

		if (r->id == repair_id || depends_on_any(r, gone, nr_gone))
			gone[nr_gone++] = r;
		else
			p->repairs.v[kept++] = r;
	}
	if (!code && !nr_gone)
		code = arb_fail(err, ARB_E_BAD_ARGUMENT, "there is no repair %u in the plan", repair_id);
	if (!code) {
		p->repairs.nr = kept;
		code = rebuild(p, err);
		if (code) {
			memcpy(p->repairs.v, all, nr * sizeof(*all));
			p->repairs.nr = nr;
		}
	}
	for (size_t i = 0; i < nr_gone && !code; i++)
		repair_free(gone[i]);
	if (!code && ret_dropped)
		*ret_dropped = nr_gone;
	free(gone);
	free(all);
	return code;
}

size_t plan_dependents(const struct plan *p, uint32_t repair_id, uint32_t *ids, size_t max)
{
	struct repair **gone = malloc((p->repairs.nr + 1) * sizeof(*gone));
	size_t nr = 0;

	for (size_t i = 0; gone && i < p->repairs.nr; i++) {
		struct repair *r = p->repairs.v[i];

		if (r->id != repair_id && !depends_on_any(r, gone, nr))
			continue;
		if (nr < max)
			ids[nr] = r->id;
		gone[nr++] = r;
	}
	free(gone);
	return nr;
}

void plan_root_lost(struct plan *p, unsigned btree, const char *why)
{
	struct btree_root *r = &p->roots[btree];

	*r = (struct btree_root){ .exists = true, .lost = true, .unnamed = true };
	snprintf(r->why, sizeof(r->why), "%s", why);
	p->view->roots[btree] = *r;
}

/* --- looking ------------------------------------------------------------------------------------------------------- */

size_t plan_nr(const struct plan *p) { return p->repairs.nr; }
const struct repair *plan_repair(const struct plan *p, size_t i) { return p->repairs.v[i]; }
void plan_for_each_super(const struct plan *p, bool (*fn)(void *arg, const struct mutation *m), void *arg)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++) {
			const struct mutation *m = &p->repairs.v[i]->mutations.v[j];

			if (m->kind == MUTATION_SUPER && !fn(arg, m))
				return;
		}
}

static bool higher_version(void *arg, const struct mutation *m)
{
	uint64_t *max = arg;

	if (m->super_what == PLAN_SUPER_KEY_VERSION && m->super_arg > *max)
		*max = m->super_arg;
	return true;
}

uint64_t plan_key_version(const struct plan *p)
{
	uint64_t max = 0;

	plan_for_each_super(p, higher_version, &max);
	return max;
}

static bool not_journal(void *arg, const struct mutation *m)
{
	bool *found = arg;

	*found = m->super_what == PLAN_SUPER_JOURNAL;
	return !*found;
}

bool plan_journal_anew(const struct plan *p)
{
	bool found = false;

	plan_for_each_super(p, not_journal, &found);
	return found;
}

static bool higher_journal(void *arg, const struct mutation *m)
{
	uint64_t *max = arg;

	if (m->super_what == PLAN_SUPER_JOURNAL && m->super_arg > *max)
		*max = m->super_arg;
	return true;
}

uint64_t plan_journal_above(const struct plan *p)
{
	uint64_t max = 0;

	plan_for_each_super(p, higher_journal, &max);
	return max;
}

bool plan_rewrites(const struct plan *p, unsigned btree, unsigned level, struct bkey_s ptr)
{
	for (size_t i = 0; i < p->repairs.nr; i++)
		for (size_t j = 0; j < p->repairs.v[i]->mutations.nr; j++) {
			const struct mutation *m = &p->repairs.v[i]->mutations.v[j];

			if (m->kind == MUTATION_REWRITE && m->btree == btree && m->level == level &&
			    (!m->old || plan_same_place(bkey_buf_s(m->old), ptr)))
				return true;	/* without an old key it is the root, of which there is one */
		}
	return false;
}

bool plan_committed(const struct plan *p) { return p->committed; }
void plan_set_committed(struct plan *p) { p->committed = true; }
struct view *plan_view(const struct plan *p) { return p->view; }
const struct overlay *plan_journal_keys(const struct plan *p) { return p->journal_keys; }

const struct btree_root *plan_journal_roots(const struct plan *p) { return p->roots; }

void loss_add(struct loss *to, const struct loss *l)
{
	to->nodes_dropped += l->nodes_dropped;
	to->keys_cut += l->keys_cut;
	to->ranges_uncovered += l->ranges_uncovered;
	to->nodes_restored += l->nodes_restored;
	to->nodes_unreadable += l->nodes_unreadable;
}

struct loss plan_loss(const struct plan *p)
{
	struct loss sum = { 0 };

	for (size_t i = 0; i < p->repairs.nr; i++)
		loss_add(&sum, &p->repairs.v[i]->loss);
	return sum;
}

struct loss plan_loss_btree(const struct plan *p, unsigned btree)
{
	struct loss sum = { 0 };

	for (size_t i = 0; i < p->repairs.nr; i++)
		if (p->repairs.v[i]->btree == btree)
			loss_add(&sum, &p->repairs.v[i]->loss);
	return sum;
}
