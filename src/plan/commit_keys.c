/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bodies of a commit's journal entries: the repairs' keys, then in every entry all roots, the time, the key version and
 * the clocks (format-superblock-journal.md 11.3).
 */
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "commit_nodes.h"

struct builder {
	struct view	*v;
	const struct commit_nodes *nodes;
	const struct plan *plan;
	struct commit_bodies *out;
	struct jset_writer tail;	/* the same at the end of every entry */
	uint64_t	first_seq;
	size_t		max;
	struct arb_error *err;
};

void commit_bodies_free(struct commit_bodies *b)
{
	for (size_t i = 0; i < b->list.nr; i++)
		arb_buf_free(&b->list.v[i].out);
	arb_array_free(&b->list);
}

static enum arb_code no_memory(struct arb_error *err)
{
	return arb_fail(err, ARB_E_NOMEM, "no memory to lay out the commit");
}

/* --- the tail ------------------------------------------------------------------------------------------------------ */

static void tail_root(struct builder *b, unsigned btree)
{
	const struct btree_root *root = &b->v->roots[btree];
	const struct btree_root_entry *old = &b->v->journal->roots[btree];

	if (root->cause && root->fake)
		b->out->roots_left_out |= old->present;
	else if (root->cause)
		jset_add_key(&b->tail, JSET_btree_root, btree, root->level, bkey_buf_s(&root->key));
	else if (old->present && !old->lost)
		jset_add_key(&b->tail, JSET_btree_root, btree, old->level, bkey_buf_s(&old->key));
	else if (old->present)
		jset_add_raw(&b->tail, JSET_btree_root, btree, old->level, NULL, 0);
}

static void tail_clock(struct builder *b, unsigned rw)
{
	uint8_t p[16] = { rw };

	le64_put(p + 8, b->v->journal->clock[rw]);
	jset_add_raw(&b->tail, JSET_clock, 0, 0, p, sizeof(p));
}

static void tail_build(struct builder *b, uint64_t now_s)
{
	enum { USAGE_KEY_VERSION = 2 };
	uint64_t key_version = plan_key_version(b->plan);
	uint8_t word[8];

	for (unsigned i = 0; i < BTREE_ID_NR_MAX; i++)
		tail_root(b, i);
	le64_put(word, now_s);
	jset_add_raw(&b->tail, JSET_datetime, 0, 0, word, sizeof(word));
	le64_put(word, key_version > b->v->journal->key_version ? key_version : b->v->journal->key_version);
	jset_add_raw(&b->tail, JSET_usage, USAGE_KEY_VERSION, 0, word, sizeof(word));
	tail_clock(b, 0);
	tail_clock(b, 1);
}

/* --- keys ---------------------------------------------------------------------------------------------------------- */

static struct jset_writer *body_for(struct builder *b, size_t bytes)
{
	struct jset_writer *w = b->out->list.nr ? &b->out->list.v[b->out->list.nr - 1] : NULL;

	if (w && JSET_HEADER_BYTES + w->out.len + bytes + b->tail.out.len <= b->max)
		return w;
	return arb_array_push(&b->out->list);
}

/* Deltas are counted once by their version: number of the entry, then the place in it. Those of the journal keep theirs. */
static void stamp_delta(const struct builder *b, const struct jset_writer *w, struct bkey *k)
{
	uint64_t seq = b->first_seq + b->out->list.nr - 1;
	uint64_t word = (JSET_HEADER_BYTES + w->out.len + JSET_ENTRY_HEADER_BYTES) / 8;

	k->ver = (struct bversion) { .hi = seq >> 32, .lo = seq << 32 | word };
}

static enum arb_code add_key(struct builder *b, unsigned btree, unsigned level, struct bkey_s k, bool from_journal)
{
	size_t bytes = JSET_ENTRY_HEADER_BYTES + 8 * (size_t)k.k.u64s;
	struct jset_writer *w = body_for(b, bytes);

	if (!w)
		return no_memory(b->err);
	if (JSET_HEADER_BYTES + bytes + b->tail.out.len > b->max)
		return arb_fail(b->err, ARB_E_NO_ROOM, "a journal entry of %zu bytes is too small for one key and the roots", b->max);
	if (k.k.type == KEY_accounting && !from_journal)
		stamp_delta(b, w, &k.k);
	jset_add_key(w, JSET_btree_keys, btree, level, k);
	b->out->keys++;
	return w->out.oom ? no_memory(b->err) : ARB_OK;
}

static enum arb_code add_overlay_key(void *arg, const struct overlay_key *k)
{
	bool from_journal = k->cause == OVERLAY_FROM_JOURNAL;
	struct builder *b = arg;

	return from_journal && !b->out->anew ? ARB_OK : add_key(b, k->btree, k->level, k->key, from_journal);
}

static bool shot_down(const struct builder *b, const struct overlay_key *k)
{
	return !overlay_get(b->v->overlay, k->btree, k->level, k->key.k.p);
}

/* Counters' changes add up, and keys above a root make the tree deeper: no newer key makes up for them. */
static enum arb_code see_if_anew(void *arg, const struct overlay_key *k)
{
	struct builder *b = arg;
	const struct btree_root *root = &b->v->roots[k->btree];

	if (shot_down(b, k) && (k->key.k.type == KEY_accounting || !root->exists || root->lost || k->level > root->level))
		b->out->anew = true;
	return ARB_OK;
}

/*
 * A journal key that a repair took out of the overlay will still be replayed from its own entry: a newer key has to say what
 * stands below it.
 */
static enum arb_code add_shot_down(void *arg, const struct overlay_key *k)
{
	struct builder *b = arg;
	struct bkey_s gone = { .k = { .p = k->key.k.p, .u64s = BKEY_U64s, .type = KEY_deleted } };
	const struct btree_ptr *new = commit_nodes_pointer(b->nodes, k->btree, k->level, k->key.k.p);
	struct bkey_buf below;
	enum arb_code ret;
	bool found;

	if (!shot_down(b, k))
		return ARB_OK;
	if (new) {
		btree_ptr_put(&below, new);
		return add_key(b, k->btree, k->level, bkey_buf_s(&below), false);
	}
	ret = plan_lookup(b->plan->view, k->btree, k->level, k->key.k.p, &below, &found, b->err);
	return ret ? ret : add_key(b, k->btree, k->level, found ? bkey_buf_s(&below) : gone, false);
}

static enum arb_code add_keys(struct builder *b)
{
	enum arb_code code = overlay_for_each(b->plan->journal_keys, see_if_anew, b);

	code = code ? code : overlay_for_each(b->v->overlay, add_overlay_key, b);
	return code || b->out->anew ? code : overlay_for_each(b->plan->journal_keys, add_shot_down, b);
}

static enum arb_code finish(struct builder *b)
{
	if (!b->out->list.nr && !arb_array_push(&b->out->list))
		return no_memory(b->err);
	for (size_t i = 0; i < b->out->list.nr; i++) {
		struct arb_buf *out = &b->out->list.v[i].out;

		arb_buf_mem(out, b->tail.out.s, b->tail.out.len);
		if (out->oom)
			return no_memory(b->err);
	}
	return ARB_OK;
}

enum arb_code commit_bodies_build(const struct commit_nodes *nodes, struct view *v, const struct plan *p, uint64_t first_seq, uint64_t now_s, size_t max,
				  bool anew, struct commit_bodies *ret, struct arb_error *err)
{
	struct builder b = { .v = v, .nodes = nodes, .plan = p, .out = ret, .first_seq = first_seq, .max = max, .err = err };
	enum arb_code code;

	ret->anew = anew;
	tail_build(&b, now_s);
	ret->anew |= ret->roots_left_out;
	code = b.tail.out.oom ? no_memory(err) : add_keys(&b);
	code = code ? code : finish(&b);
	arb_buf_free(&b.tail.out);
	if (code)
		commit_bodies_free(ret);
	return code;
}
