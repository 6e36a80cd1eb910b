/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commit_making.h"

#include <stdlib.h>
#include <string.h>

/*
 * A node that takes the place of others has to be newer than all of them, or a later scan would prefer one of those. The
 * generation counts rewrites of a node, so this is out of reach of any real one, and leaves room above.
 */
#define NEW_ROOT_AGE	(1u << 24)

enum arb_code making_no_memory(struct making *m)
{
	return arb_fail(m->err, ARB_E_NOMEM, "no memory for new btree nodes");
}

const struct btree_ptr *commit_nodes_pointer(const struct commit_nodes *n, unsigned btree, unsigned level, struct bpos pos)
{
	for (size_t i = 0; level && i < n->list.nr; i++) {
		const struct new_node *new = &n->list.v[i];

		if (new->btree == btree && new->level == level - 1 && bpos_eq(new->ptr.max_key, pos))
			return &new->ptr;
	}
	return NULL;
}

void commit_nodes_free(struct commit_nodes *n)
{
	for (size_t i = 0; i < n->list.nr; i++)
		free(n->list.v[i].raw);
	arb_array_free(&n->list);
	arb_array_free(&n->left);
	if (n->changed)
		overlay_free(n->after.overlay);
	overlay_free(n->folded);
	n->folded = NULL;
	n->changed = false;
}

/* --- one node --------------------------------------------------------------------------------------------------- */

/* As many copies as new metadata is to have, or as there is room for; one at least. */
static enum arb_code place_copies(struct making *m, struct btree_ptr *p)
{
	unsigned want = sb_flag_get(m->v->devs->best, "META_REPLICAS_WANT");
	enum arb_code code = m->space ? ARB_OK : space_new(m->v, m->plan, &m->space, m->err);
	bool found;

	want = want < 1 ? 1 : want > BTREE_PTRS_MAX ? BTREE_PTRS_MAX : want;
	for (unsigned dev = 0; dev < SB_MEMBERS_MAX && p->nr_ptrs < want && !code; dev++) {
		code = space_take(m->space, dev, &p->ptr[p->nr_ptrs], &found, m->err);
		p->nr_ptrs += !code && found;
	}
	if (!code && !p->nr_ptrs)
		return arb_fail(m->err, ARB_E_REFUSED, "no space is provably free for a new btree node");
	return code;
}

enum arb_code making_node(struct making *m, struct node_spec spec, const struct bkey_s *keys, size_t nr, struct btree_ptr *ret)
{
	struct new_node *n = arb_array_push(&m->out->list);
	unsigned sectors;
	enum arb_code code;

	if (!n)
		return making_no_memory(m);
	spec.cookie = arb_random_u64(&m->random);
	spec.version = m->v->devs->best->version;
	spec.csum_type = m->v->geo.meta_csum;
	*n = (struct new_node) {
		.btree = spec.btree, .level = spec.level,
		.ptr = { .is_v2 = true, .seq = spec.cookie, .min_key = spec.min, .max_key = spec.max },
	};
	code = node_encode(&m->v->geo, &spec, keys, nr, &n->raw, &sectors, m->err);
	if (code)
		return code;
	n->ptr.sectors_written = sectors;
	code = place_copies(m, &n->ptr);
	*ret = n->ptr;
	return code ? code : account_node(&m->account, m->v, spec.btree, &n->ptr, 1, m->err);
}

/* --- the view as it will be ---------------------------------------------------------------------------------------- */

enum arb_code making_begin(struct making *m)
{
	struct overlay *own;
	enum arb_code code;

	if (m->out->changed)
		return ARB_OK;
	code = overlay_dup(m->v->overlay, &own, m->err);
	if (code)
		return code;
	m->out->after.overlay = own;
	m->out->changed = true;
	return ARB_OK;
}

void making_set_root(struct making *m, unsigned btree, unsigned level, const struct btree_ptr *p, uint32_t cause)
{
	struct btree_root *r = &m->out->after.roots[btree];

	*r = (struct btree_root) { .exists = true, .level = level, .cause = cause };
	btree_ptr_put(&r->key, p);
}

/* --- nodes read in part --------------------------------------------------------------------------------------------- */

/* What the node holds as it was read, without the overlay: that stays in the journal. */
static enum arb_code write_anew(struct making *m, const struct node *n, struct btree_ptr *ret)
{
	struct node_spec spec = { .btree = n->btree, .level = n->level, .node_seq = n->h.node_seq + 1, .min = n->min, .max = n->max };
	struct bkey_s *keys = malloc((n->nr_keys ? n->nr_keys : 1) * sizeof(*keys));
	enum arb_code code;

	if (!keys)
		return making_no_memory(m);
	for (size_t i = 0; i < n->nr_keys; i++)
		keys[i] = node_key(n, i);
	if (n->max_journal_seq <= m->v->journal->replay_last && !geometry_seq_blacklisted(&m->v->geo, n->max_journal_seq))
		spec.journal_seq = n->max_journal_seq;
	code = making_node(m, spec, keys, n->nr_keys, ret);
	free(keys);
	return code;
}

static enum arb_code point_at(struct making *m, const struct mutation *w, const struct btree_ptr *p, uint32_t cause)
{
	struct bkey_buf k;

	if (w->level > m->v->roots[w->btree].level) {
		making_set_root(m, w->btree, w->level - 1, p, cause);
		return ARB_OK;
	}
	btree_ptr_put(&k, p);
	return overlay_insert(m->out->after.overlay, w->btree, w->level, bkey_buf_s(&k), cause);
}

/* Another repair may have changed where the node ends: then its pointer stands elsewhere in the overlay. */
static enum arb_code find_pointer(struct making *m, const struct mutation *w, struct bkey_buf *ret, bool *ret_found)
{
	enum arb_code code = plan_lookup(m->v, w->btree, w->level, w->pos, ret, ret_found, m->err);
	const struct overlay_key *k;

	if (code || !w->old || (*ret_found && plan_same_place(bkey_buf_s(ret), bkey_buf_s(w->old))))
		return code;
	*ret_found = false;
	for (k = overlay_lower_bound(m->v->overlay, w->btree, w->level, POS_MIN); k && !*ret_found;
	     k = overlay_next(m->v->overlay, k))
		if (plan_same_place(k->key, bkey_buf_s(w->old))) {
			bkey_buf_set(ret, k->key);
			*ret_found = true;
		}
	return ARB_OK;
}

/* Two repairs may want the same node written, when a third one changed its pointer in between. */
bool making_written_before(struct making *m, struct bkey_s k, enum arb_code *code)
{
	struct extent_ptr *done;
	struct btree_ptr p;

	if (!btree_ptr_get(k, &p) || !p.nr_ptrs)
		return false;
	for (size_t i = 0; i < m->rewritten.nr; i++)
		if (m->rewritten.v[i].dev == p.ptr[0].dev && m->rewritten.v[i].sector == p.ptr[0].sector)
			return true;
	done = arb_array_push(&m->rewritten);
	if (done)
		*done = p.ptr[0];
	*code = done ? ARB_OK : making_no_memory(m);
	return false;
}

enum arb_code making_leave(struct making *m, const struct btree_ptr *p)
{
	for (unsigned i = 0; i < p->nr_ptrs; i++) {
		const struct member_geometry *g = geometry_member(&m->v->geo, p->ptr[i].dev);
		struct journal_place *l = g && g->bucket_size ? arb_array_push(&m->out->left) : NULL;

		if (l)
			*l = (struct journal_place) { .dev = p->ptr[i].dev, .bucket = p->ptr[i].sector / g->bucket_size };
		else if (g && g->bucket_size)
			return making_no_memory(m);
	}
	return ARB_OK;
}

/* Nothing to be done when the pointer is gone by now, or its node was dropped. */
static enum arb_code rewrite(struct making *m, const struct mutation *w, uint32_t cause)
{
	const struct btree_root *root = &m->v->roots[w->btree];
	struct bkey_buf k;
	struct node_got got;
	struct btree_ptr p;
	bool found = w->level > root->level && root->exists && !root->fake && !root->lost, done = false;
	enum arb_code code = ARB_OK;

	if (found)
		k = root->key;
	else if (w->level <= root->level)
		code = find_pointer(m, w, &k, &found);
	if (code || !found || making_written_before(m, bkey_buf_s(&k), &code) || code)
		return code;
	code = view_node(m->v, w->btree, w->level - 1, bkey_buf_s(&k), &got, m->err);
	if (code)
		return code;
	if (got.node)
		code = fold_into(m, got.node, cause, &done);
	if (got.node && !code && !done) {
		code = making_begin(m);
		code = code ? code : write_anew(m, got.node, &p);
		code = code ? code : account_node(&m->account, m->v, w->btree, &got.node->ptr, -1, m->err);
		code = code ? code : making_leave(m, &got.node->ptr);
		code = code ? code : point_at(m, w, &p, cause);
	}
	node_put(&got);
	return code;
}

static enum arb_code rewrite_all(struct making *m)
{
	enum arb_code code = ARB_OK;

	for (size_t i = 0; i < m->plan->repairs.nr; i++) {
		const struct repair *r = m->plan->repairs.v[i];

		for (size_t j = 0; j < r->mutations.nr && !code; j++)
			if (r->mutations.v[j].kind == MUTATION_REWRITE)
				code = rewrite(m, &r->mutations.v[j], r->id);
	}
	return code;
}

/* --- rebuilt roots ----------------------------------------------------------------------------------------------------- */

/* The children that stand in the overlay below a root made in memory. */
static enum arb_code children_of_root(struct making *m, unsigned btree, struct pointers *ret)
{
	struct node_got got;
	struct node_iter it;
	struct bkey_s k;
	enum arb_code code = view_root(&m->out->after, btree, &got, m->err);

	if (code)
		return code;
	if (got.node && got.node->level) {
		node_iter_init(&it, &m->out->after, got.node);
		while (!code && node_iter_next(&it, &k)) {
			struct btree_ptr *p = arb_array_push(&ret->list);

			if (!p)
				code = making_no_memory(m);
			else if (!btree_ptr_get(k, p))
				code = arb_fail(m->err, ARB_E_REFUSED, "a root that was rebuilt has a child that is no pointer");
		}
	}
	node_put(&got);
	return code;
}

/* One node of @level over the children [from, to). */
static enum arb_code make_parent(struct making *m, unsigned btree, unsigned level, const struct pointers *below, size_t from, size_t to,
				 struct bpos min, struct bpos max, struct btree_ptr *ret)
{
	struct node_spec spec = { .btree = btree, .level = level, .node_seq = NEW_ROOT_AGE, .min = min, .max = max };
	struct bkey_buf *bufs = malloc((to - from ? to - from : 1) * sizeof(*bufs));
	struct bkey_s *keys = malloc((to - from ? to - from : 1) * sizeof(*keys));
	enum arb_code code = bufs && keys ? ARB_OK : making_no_memory(m);

	for (size_t i = from; i < to && !code; i++) {
		btree_ptr_put(&bufs[i - from], &below->list.v[i]);
		keys[i - from] = bkey_buf_s(&bufs[i - from]);
	}
	code = code ? code : making_node(m, spec, keys, to - from, ret);
	free(bufs);
	free(keys);
	return code;
}

/* How many children, from @from on, one node takes: two thirds of its room, so that the kernel does not have to split it at once. */
static size_t take_children(const struct making *m, const struct pointers *below, size_t from)
{
	size_t room = ((size_t)m->v->geo.node_sectors * 512 - NODE_HEADER_BYTES) * 2 / 3, to = from;

	while (to < below->list.nr) {
		size_t bytes = BKEY_BYTES + 40 + 8 * below->list.v[to].nr_ptrs;

		if (bytes > room && to > from + 1)
			break;
		room -= bytes < room ? bytes : room;
		to++;
	}
	return to;
}

/* A level of nodes over @below, into @above. */
static enum arb_code make_level(struct making *m, unsigned btree, unsigned level, const struct pointers *below, struct pointers *above)
{
	struct bpos min = POS_MIN;
	enum arb_code code = ARB_OK;

	for (size_t from = 0, to; from < below->list.nr && !code; from = to) {
		struct btree_ptr *p = arb_array_push(&above->list);
		struct bpos max;

		to = take_children(m, below, from);
		max = to == below->list.nr ? SPOS_MAX : below->list.v[to - 1].max_key;
		code = p ? make_parent(m, btree, level, below, from, to, min, max, p) : making_no_memory(m);
		if (!code && !bpos_successor(max, &min) && to < below->list.nr)
			code = arb_fail(m->err, ARB_E_REFUSED, "a root that was rebuilt has children behind the last position");
	}
	return code;
}

/*
 * The root's level has to be this at least. The journal still holds the pointers that the rebuild discards; they are replayed, and
 * a newer key takes the effect from each, but only a tree that has a node on that level can take the newer key without growing.
 */
static unsigned level_for_journal(const struct making *m, unsigned btree)
{
	unsigned level = BTREE_MAX_DEPTH - 1;

	while (level && !overlay_nr_at(m->plan->journal_keys, btree, level))
		level--;
	return level;
}

enum arb_code making_root(struct making *m, unsigned btree, unsigned level, struct pointers *children, uint32_t cause)
{
	unsigned level_min = level_for_journal(m, btree);
	struct pointers above = { 0 };
	enum arb_code code = making_begin(m);

	do {
		code = code ? code : make_level(m, btree, level, children, &above);
		arb_array_free(&children->list);
		*children = above;
		above = (struct pointers) { 0 };
	} while (!code && (children->list.nr > 1 || level < level_min) && ++level < BTREE_MAX_DEPTH);
	if (!code && children->list.nr != 1)
		code = arb_fail(m->err, ARB_E_REFUSED, "a btree that was rebuilt would be deeper than a btree can be");
	if (!code) {
		overlay_shoot_down(m->out->after.overlay, btree, 1, BTREE_MAX_DEPTH, POS_MIN, SPOS_MAX);
		making_set_root(m, btree, level, &children->list.v[0], cause);
	}
	return code;
}

static enum arb_code make_empty_root(struct making *m, unsigned btree)
{
	struct node_spec spec = { .btree = btree, .level = 0, .node_seq = NEW_ROOT_AGE, .min = POS_MIN, .max = SPOS_MAX };
	struct pointers leaf = { 0 };
	struct btree_ptr p;
	enum arb_code code = making_begin(m);

	code = code ? code : making_node(m, spec, NULL, 0, &p);
	if (code)
		return code;
	if (!level_for_journal(m, btree)) {
		making_set_root(m, btree, 0, &p, m->v->roots[btree].cause);
		return ARB_OK;
	}
	if (!arb_array_push(&leaf.list))
		return making_no_memory(m);
	leaf.list.v[0] = p;
	code = making_root(m, btree, 1, &leaf, m->v->roots[btree].cause);
	arb_array_free(&leaf.list);
	return code;
}

static enum arb_code root_of(struct making *m, unsigned btree)
{
	const struct btree_root *r = &m->v->roots[btree];
	struct pointers children = { 0 };
	enum arb_code code;

	if (!r->cause || !r->fake)
		return ARB_OK;
	/* An entry that is replayed may name the old root: then a new one has to be named. A btree that cannot be loses its name instead. */
	if (!r->level)
		return m->v->journal->clean || !m->v->journal->roots[btree].present || btree >= BTREE_ID_NR ? ARB_OK : make_empty_root(m, btree);
	code = making_begin(m);
	code = code ? code : children_of_root(m, btree, &children);
	if (!code && !children.list.nr)
		code = make_empty_root(m, btree);
	else if (!code)
		code = making_root(m, btree, r->level, &children, r->cause);
	arb_array_free(&children.list);
	return code;
}

enum arb_code commit_nodes_build(struct view *v, const struct plan *p, uint64_t seed, enum folding folding, struct commit_nodes *ret, struct arb_error *err)
{
	struct making m = { .v = v, .plan = p, .out = ret, .err = err };
	enum arb_code code;

	*ret = (struct commit_nodes) { .after = *v };
	arb_random_seed(&m.random, seed);
	code = rewrite_all(&m);
	if (!code && folding != FOLD_NOTHING)
		code = fold_all(&m, folding == FOLD_ALL);
	for (unsigned btree = 0; btree < BTREE_ID_NR_MAX && !code; btree++)
		code = root_of(&m, btree);
	if (!code && ret->changed)
		code = account_finish(&m.account, v, ret->after.overlay, err);
	account_free(&m.account);
	space_free(m.space);
	arb_array_free(&m.rewritten);
	if (code)
		commit_nodes_free(ret);
	return code;
}
