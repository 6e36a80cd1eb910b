/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A plan that the journal has no room for: leaves that it changes much are written anew into free space, with its keys in them. What goes
 * into the journal is then a pointer and the bookkeeping of two buckets. What the journal says of a place stays where it is, because it is
 * replayed over whatever the leaf holds, unless nothing of the old journal is replayed any more; so do changes of counters, which add up.
 */
#include <stdlib.h>
#include "commit_making.h"

#define SAME_SNAPSHOT_MAX	256	/* keys looked back for the one before in the same snapshot */
#define FOLD_FROM_BYTES	4096	/* per copy: as keys of the journal; what takes less is not worth a node */
#define FOLD_ALL_FROM_BYTES 1024 /* where nothing else helps: more than a pointer and two buckets take */

struct fold {
	struct making	*m;
	bool		journal;	/* keys of the journal, too */
	uint32_t	cause;		/* those of this repair alone; 0: of all */
	unsigned	btree;
	size_t		worth;		/* bytes */
	ARB_ARRAY(const struct overlay_key *) keys;	/* of the plan, in the leaf at hand */
};

static bool may_fold(const struct fold *f, const struct overlay_key *k)
{
	const struct making *m = f->m;

	if (f->journal)
		return true;
	if (f->cause && k->cause != f->cause)
		return false;
	return k->cause != OVERLAY_FROM_JOURNAL && !overlay_get(m->plan->journal_keys, k->btree, 0, k->key.k.p);
}

/* Is it worth while? */
static enum arb_code collect(struct fold *f, struct bpos min, struct bpos max, bool *ret)
{
	const struct overlay *o = f->m->v->overlay;
	size_t bytes = 0;

	f->keys.nr = 0;
	for (const struct overlay_key *k = overlay_lower_bound(o, f->btree, 0, min);
	     k && k->btree == f->btree && !k->level && bpos_le(k->key.k.p, max); k = overlay_next(o, k)) {
		const struct overlay_key **to;

		if (!may_fold(f, k))
			continue;
		to = arb_array_push(&f->keys);
		if (!to)
			return making_no_memory(f->m);
		*to = k;
		bytes += 8 * (size_t)k->key.k.u64s;
	}
	*ret = bytes >= f->worth;
	return ARB_OK;
}

/* --- what the new leaves hold ------------------------------------------------------------------------------------------ */

/* Does none of the keys reach into the one before it in its snapshot, as far as one looks? */
static bool disjoint(const struct bkey_s *keys, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		const struct bkey *k = &keys[i].k, *b = NULL;

		for (size_t j = 1; j <= i && j <= SAME_SNAPSHOT_MAX && !b && keys[i - j].k.p.inode == k->p.inode; j++) {
			if (j == SAME_SNAPSHOT_MAX)
				return false;
			if (keys[i - j].k.p.snapshot == k->p.snapshot)
				b = &keys[i - j].k;
		}
		if (k->size > k->p.offset || (b && k->p.offset - k->size < b->p.offset))
			return false;
	}
	return true;
}

static bool keeps_its_place(struct bkey_s old, struct bkey_s new)
{
	return new.k.type == KEY_deleted || old.k.size == new.k.size;
}

/*
 * The node's own keys and those of the plan, which win. False: where keys have a length, one of the plan stands where none was, or has
 * another length: what it covers is for the journal's replay to decide. Those of the journal are what everybody sees who reads both, if they
 * fit; and so are those of a repair that fills in what the node itself could not tell.
 */
static bool merge(const struct fold *f, const struct node *n, struct bkey_s *out, size_t *ret_nr)
{
	bool lengths = btree_info(f->btree)->flags & BTREE_EXTENTS, as_seen = f->journal || f->cause;
	size_t nr = 0;

	for (size_t i = 0, j = 0; i < n->nr_keys || j < f->keys.nr;) {
		struct bkey_s old = i < n->nr_keys ? node_key(n, i) : (struct bkey_s){ 0 };
		struct bkey_s new = j < f->keys.nr ? f->keys.v[j]->key : (struct bkey_s){ 0 };
		int c = j == f->keys.nr ? -1 : i == n->nr_keys ? 1 : bpos_cmp(old.k.p, new.k.p);

		i += c <= 0;
		j += c >= 0;
		if (c < 0)
			out[nr++] = old;
		else if (lengths && !as_seen && (c ? new.k.type != KEY_deleted : !keeps_its_place(old, new)))
			return false;
		else if (new.k.type != KEY_deleted)
			out[nr++] = new;
	}
	*ret_nr = nr;
	return !lengths || !as_seen || disjoint(out, nr);
}

/* In as many leaves as it takes, none of them full to the brim: the next writer wants room, too. */
static enum arb_code make_leaves(struct fold *f, const struct node *n, const struct bkey_s *keys, size_t nr, struct pointers *ret)
{
	struct making *m = f->m;
	struct node_spec spec = { .btree = f->btree, .node_seq = n->h.node_seq + 1, .min = n->min };
	size_t room = (size_t)m->v->geo.node_sectors * 512 * 3 / 4, parts = node_encoded_bytes(&spec, keys, nr) / room + 1;
	enum arb_code code = ARB_OK;

	if (n->max_journal_seq <= m->v->journal->replay_last && !geometry_seq_blacklisted(&m->v->geo, n->max_journal_seq))
		spec.journal_seq = n->max_journal_seq;
	for (size_t i = 0; i < parts && !code; i++) {
		size_t from = nr * i / parts, to = nr * (i + 1) / parts;
		struct btree_ptr *p = arb_array_push(&ret->list);

		spec.max = i + 1 == parts ? n->max : keys[to - 1].k.p;
		code = p ? making_node(m, spec, keys + from, to - from, p) : making_no_memory(m);
		bpos_successor(spec.max, &spec.min);
	}
	return code;
}

/* --- in its place ------------------------------------------------------------------------------------------------------ */

static enum arb_code point_at_all(struct fold *f, struct pointers *leaves)
{
	const struct btree_root *root = &f->m->v->roots[f->btree];
	uint32_t cause = f->keys.v[0]->cause == OVERLAY_FROM_JOURNAL ? CAUSE_OF_COMMIT : f->keys.v[0]->cause;
	enum arb_code code = ARB_OK;
	struct bkey_buf k;

	if (!root->level && leaves->list.nr > 1)
		return making_root(f->m, f->btree, 1, leaves, cause);
	if (!root->level)
		making_set_root(f->m, f->btree, 0, &leaves->list.v[0], cause);
	for (size_t i = 0; root->level && i < leaves->list.nr && !code; i++) {
		btree_ptr_put(&k, &leaves->list.v[i]);
		code = overlay_insert(f->m->out->after.overlay, f->btree, 1, bkey_buf_s(&k), cause);
	}
	return code;
}

static enum arb_code out_of_the_journal(struct fold *f)
{
	struct commit_nodes *out = f->m->out;
	enum arb_code code = out->folded ? ARB_OK : overlay_new(&out->folded, f->m->err);

	for (size_t i = 0; i < f->keys.nr && !code; i++) {
		const struct overlay_key *k = f->keys.v[i];

		code = overlay_insert(out->folded, k->btree, 0, k->key, k->cause);
		overlay_shoot_down(out->after.overlay, k->btree, 0, 0, k->key.k.p, k->key.k.p);
	}
	return code;
}

static enum arb_code replace(struct fold *f, const struct node *n, const struct bkey_s *keys, size_t nr)
{
	struct pointers leaves = { 0 };
	enum arb_code code = making_begin(f->m);

	code = code ? code : make_leaves(f, n, keys, nr, &leaves);
	code = code ? code : account_node(&f->m->account, f->m->v, f->btree, &n->ptr, -1, f->m->err);
	code = code ? code : making_leave(f->m, &n->ptr);
	code = code ? code : point_at_all(f, &leaves);
	code = code ? code : out_of_the_journal(f);
	arb_array_free(&leaves.list);
	return code;
}

static enum arb_code fold_node(struct fold *f, const struct node *n, bool *ret_done)
{
	struct bkey_s *keys;
	enum arb_code code;
	bool worth;
	size_t nr;

	*ret_done = false;
	code = collect(f, n->min, n->max, &worth);
	if (code || !worth)
		return code;
	keys = malloc((n->nr_keys + f->keys.nr) * sizeof(*keys));
	if (!keys)
		return making_no_memory(f->m);
	if (merge(f, n, keys, &nr)) {
		code = replace(f, n, keys, nr);
		*ret_done = !code;
	}
	free(keys);
	return code;
}

enum arb_code fold_into(struct making *m, const struct node *n, uint32_t cause, bool *ret_done)
{
	struct fold f = { .m = m, .btree = n->btree, .cause = cause, .worth = 1 };
	enum arb_code code;

	*ret_done = false;
	if (n->level)
		return ARB_OK;
	code = fold_node(&f, n, ret_done);
	if (*ret_done)
		m->out->filled_in += f.keys.nr;
	arb_array_free(&f.keys);
	return code;
}

/* A leaf that was read with defects is left alone: whether it is written anew as read is a question of its own. */
static enum arb_code fold_leaf(struct fold *f, struct bkey_s ptr)
{
	struct node_got got;
	enum arb_code code = ARB_OK;
	bool done;

	if (making_written_before(f->m, ptr, &code) || code)
		return code;
	code = view_node(f->m->v, f->btree, 0, ptr, &got, f->m->err);
	if (code)
		return code;
	if (got.node && !got.node->needs_rewrite)
		code = fold_node(f, got.node, &done);
	node_put(&got);
	return code;
}

static enum arb_code at_pointer(void *arg, const struct node *parent, struct bkey_s k)
{
	struct fold *f = arg;
	struct btree_ptr p;
	enum arb_code code;
	bool worth;

	(void)parent;
	if (!btree_ptr_get(k, &p) || !p.is_v2)
		return ARB_OK;
	code = collect(f, p.min_key, p.max_key, &worth);	/* before anything is read */
	return code || !worth ? code : fold_leaf(f, k);
}

static enum arb_code fold_btree(struct fold *f)
{
	const struct btree_root *root = &f->m->v->roots[f->btree];
	struct walk w = { .btree = f->btree, .level = 1, .start = POS_MIN, .end = SPOS_MAX, .key = at_pointer, .arg = f };
	enum arb_code code;
	bool worth;

	if (!root->exists || root->lost || root->fake || f->btree == BTREE_accounting)
		return ARB_OK;
	code = collect(f, POS_MIN, SPOS_MAX, &worth);
	if (code || !worth)
		return code;
	return root->level ? view_walk(f->m->v, &w, f->m->err) : fold_leaf(f, bkey_buf_s(&root->key));
}

enum arb_code fold_all(struct making *m, bool journal)
{
	unsigned copies = sb_flag_get(m->v->devs->best, "META_REPLICAS_WANT");
	struct fold f = { .m = m, .journal = journal, .worth = (journal ? FOLD_ALL_FROM_BYTES : FOLD_FROM_BYTES) * (copies ? copies : 1) };
	enum arb_code code = ARB_OK;

	for (f.btree = 0; f.btree < BTREE_ID_NR && !code; f.btree++)
		code = fold_btree(&f);
	arb_array_free(&f.keys);
	return code;
}
