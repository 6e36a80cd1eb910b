/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The overlay as skip lists, one per (btree, level).
 *
 * A skip list was chosen because an iterator is a plain pointer to an entry: insertions and removals elsewhere do not move it,
 * so a walk that inserts ahead of itself meets what it inserted. Tower heights come from a fixed sequence: the order in
 * which bytes from disk arrive cannot make a list degenerate on purpose, and every run builds the same lists.
 */
#include <stdlib.h>
#include <string.h>
#include "arborist/format/btree_id.h"
#include "arborist/format/key_type.h"
#include "arborist/overlay/overlay.h"

#define HEIGHT_MAX	20
#define LEVELS		(BTREE_MAX_DEPTH + 1)

struct entry {
	struct overlay_key	k;
	uint8_t			height;
	uint8_t			*val;
	struct entry		*next[];	/* height of them; the value's bytes follow */
};

struct list {
	struct entry	*head[HEIGHT_MAX];
	unsigned	height;
	size_t		nr;
};

struct overlay {
	struct list	*list[BTREE_ID_NR_MAX][LEVELS];
	size_t		nr;
	uint64_t	changes;
	uint64_t	coins;		/* state of the sequence that gives tower heights */
};

enum arb_code overlay_new(struct overlay **ret, struct arb_error *err)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return arb_fail(err, ARB_E_NOMEM, "no memory for the overlay");
	o->coins = 0x9e3779b97f4a7c15;
	*ret = o;
	return ARB_OK;
}

static void list_free(struct list *l)
{
	struct entry *e, *next;

	if (!l)
		return;
	for (e = l->head[0]; e; e = next) {
		next = e->next[0];
		free(e);
	}
	free(l);
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	for (unsigned b = 0; b < BTREE_ID_NR_MAX; b++)
		for (unsigned level = 0; level < LEVELS; level++)
			list_free(o->list[b][level]);
	free(o);
}

static struct list *list_of(const struct overlay *o, unsigned btree, unsigned level)
{
	return btree < BTREE_ID_NR_MAX && level < LEVELS ? o->list[btree][level] : NULL;
}

size_t overlay_nr(const struct overlay *o)
{
	return o->nr;
}

uint64_t overlay_changes(const struct overlay *o)
{
	return o->changes;
}

size_t overlay_nr_at(const struct overlay *o, unsigned btree, unsigned level)
{
	const struct list *l = list_of(o, btree, level);

	return l ? l->nr : 0;
}

/* --- entries ------------------------------------------------------------------------------------------------------- */

static unsigned coin_height(struct overlay *o)
{
	uint64_t x = o->coins;
	unsigned h = 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	o->coins = x;
	for (; h < HEIGHT_MAX && (x & 3) == 3; x >>= 2)
		h++;
	return h;
}

static struct entry *entry_new(struct overlay *o, const struct overlay_key *k, struct arb_error *err)
{
	size_t bytes = bkey_val_bytes(&k->key.k);
	unsigned height = coin_height(o);
	struct entry *e = malloc(sizeof(*e) + height * sizeof(e->next[0]) + bytes);

	if (!e) {
		arb_fail(err, ARB_E_NOMEM, "no memory for a key of the overlay");
		return NULL;
	}
	e->k = *k;
	e->height = height;
	e->val = (uint8_t *)&e->next[height];
	if (bytes)
		memcpy(e->val, k->key.v, bytes);
	/* A pointer in memory of whoever wrote the key: means nothing here. */
	if (k->key.k.type == KEY_btree_ptr_v2 && bytes >= 8)
		memset(e->val, 0, 8);
	e->k.key.v = e->val;
	return e;
}

static bool is_delta(const struct overlay_key *k)
{
	return k->key.k.type == KEY_accounting;
}

/* Order among entries of one position: journal first by (seq, offset), then repairs by number. */
static int age_cmp(const struct overlay_key *a, const struct overlay_key *b)
{
	if (a->cause != b->cause)
		return a->cause < b->cause ? -1 : 1;
	if (a->journal_seq != b->journal_seq)
		return a->journal_seq < b->journal_seq ? -1 : 1;
	return a->journal_offset < b->journal_offset ? -1 : a->journal_offset > b->journal_offset;
}

static int key_cmp(const struct overlay_key *a, const struct overlay_key *b)
{
	int c = bpos_cmp(a->key.k.p, b->key.k.p);

	return c ? c : age_cmp(a, b);
}

/* --- one list ------------------------------------------------------------------------------------------------------ */

/* Links that lead to the first entry at or after @pos: what an insertion or removal there has to change. */
static void list_seek(struct list *l, struct bpos pos, struct entry **link[HEIGHT_MAX])
{
	struct entry **at = l->head;

	for (unsigned h = HEIGHT_MAX; h--;) {
		while (at[h] && bpos_lt(at[h]->k.key.k.p, pos))
			at = at[h]->next;
		link[h] = &at[h];
	}
}

static void list_seek_key(struct list *l, const struct overlay_key *k, struct entry **link[HEIGHT_MAX])
{
	struct entry **at = l->head;

	for (unsigned h = HEIGHT_MAX; h--;) {
		while (at[h] && key_cmp(&at[h]->k, k) < 0)
			at = at[h]->next;
		link[h] = &at[h];
	}
}

static void list_insert(struct overlay *o, struct list *l, struct entry *e)
{
	struct entry **link[HEIGHT_MAX];

	list_seek_key(l, &e->k, link);
	for (unsigned h = 0; h < e->height; h++) {
		e->next[h] = *link[h];
		*link[h] = e;
	}
	l->nr++;
	o->nr++;
	o->changes++;
}

static void list_remove(struct overlay *o, struct list *l, struct entry **link[HEIGHT_MAX])
{
	struct entry *e = *link[0];

	for (unsigned h = 0; h < e->height; h++)
		*link[h] = e->next[h];
	free(e);
	l->nr--;
	o->nr--;
	o->changes++;
}

static struct entry *list_lower_bound(const struct list *l, struct bpos pos)
{
	struct entry *const *at = l->head;

	for (unsigned h = HEIGHT_MAX; h--;)
		while (at[h] && bpos_lt(at[h]->k.key.k.p, pos))
			at = at[h]->next;
	return at[0];
}

/* --- changing ------------------------------------------------------------------------------------------------------ */

static enum arb_code list_get(struct overlay *o, unsigned btree, unsigned level, struct list **ret, struct arb_error *err)
{
	if (btree >= BTREE_ID_NR_MAX || level >= LEVELS)
		return arb_fail(err, ARB_E_CONTENT, "a key of btree %u level %u: there is no such btree or level", btree, level);
	if (!o->list[btree][level])
		o->list[btree][level] = calloc(1, sizeof(struct list));
	*ret = o->list[btree][level];
	return *ret ? ARB_OK : arb_fail(err, ARB_E_NOMEM, "no memory for the overlay");
}

/* Does the old entry of the same position go? Deltas of different causes add up and stay side by side. */
static bool replaces(const struct overlay_key *newer, const struct overlay_key *old)
{
	if (!is_delta(old))
		return true;
	return newer->cause != OVERLAY_FROM_JOURNAL && (!is_delta(newer) || newer->cause == old->cause);
}

static enum arb_code overlay_put(struct overlay *o, const struct overlay_key *k, struct arb_error *err)
{
	struct entry **link[HEIGHT_MAX], *e;
	struct list *l;
	enum arb_code ret = list_get(o, k->btree, k->level, &l, err);

	if (ret)
		return ret;
	e = entry_new(o, k, err);
	if (!e)
		return ARB_E_NOMEM;
	list_seek(l, k->key.k.p, link);
	while (*link[0] && bpos_eq((*link[0])->k.key.k.p, k->key.k.p)) {
		if (replaces(k, &(*link[0])->k)) {
			list_remove(o, l, link);
			continue;
		}
		for (unsigned h = 0, height = (*link[0])->height; h < height; h++)
			link[h] = &(*link[h])->next[h];
	}
	list_insert(o, l, e);
	return ARB_OK;
}

enum arb_code overlay_load(struct overlay *o, unsigned btree, unsigned level, struct bkey_s k,
			   uint64_t journal_seq, uint32_t journal_offset)
{
	struct overlay_key key = {
		.btree = btree, .level = level, .journal_seq = journal_seq, .journal_offset = journal_offset, .key = k,
	};
	const struct overlay_key *i = overlay_lower_bound(o, btree, level, k.k.p);

	/* Something newer at this position stands already: only a delta may join it. */
	for (; i && !is_delta(&key) && bpos_eq(i->key.k.p, k.k.p); i = overlay_next(o, i))
		if (age_cmp(i, &key) > 0)
			return ARB_OK;
	return overlay_put(o, &key, NULL);
}

enum arb_code overlay_insert(struct overlay *o, unsigned btree, unsigned level, struct bkey_s k, uint32_t cause)
{
	struct overlay_key key = { .btree = btree, .level = level, .cause = cause, .key = k };

	return overlay_put(o, &key, NULL);
}

enum arb_code overlay_delete(struct overlay *o, unsigned btree, unsigned level, struct bpos pos, uint32_t cause)
{
	struct bkey_s k = { .k = { .p = pos, .u64s = BKEY_U64s, .type = KEY_deleted } };

	return overlay_insert(o, btree, level, k, cause);
}

static size_t list_shoot_down(struct overlay *o, struct list *l, struct bpos start, struct bpos end)
{
	struct entry **link[HEIGHT_MAX];
	size_t nr = 0;

	list_seek(l, start, link);
	for (; *link[0] && bpos_le((*link[0])->k.key.k.p, end); nr++)
		list_remove(o, l, link);
	return nr;
}

size_t overlay_shoot_down(struct overlay *o, unsigned btree, unsigned level_min, unsigned level_max, struct bpos start, struct bpos end)
{
	size_t nr = 0;

	for (unsigned level = level_min; level <= level_max && level < LEVELS; level++) {
		struct list *l = list_of(o, btree, level);

		nr += l ? list_shoot_down(o, l, start, end) : 0;
	}
	return nr;
}

/* --- looking ------------------------------------------------------------------------------------------------------- */

const struct overlay_key *overlay_lower_bound(const struct overlay *o, unsigned btree, unsigned level, struct bpos pos)
{
	const struct list *l = list_of(o, btree, level);
	const struct entry *e = l ? list_lower_bound(l, pos) : NULL;

	return e ? &e->k : NULL;
}

const struct overlay_key *overlay_next(const struct overlay *o, const struct overlay_key *k)
{
	const struct entry *e = (const struct entry *)k;	/* .k is the first member */

	(void)o;
	return e->next[0] ? &e->next[0]->k : NULL;
}

const struct overlay_key *overlay_get(const struct overlay *o, unsigned btree, unsigned level, struct bpos pos)
{
	const struct overlay_key *k = overlay_lower_bound(o, btree, level, pos);

	return k && bpos_eq(k->key.k.p, pos) ? k : NULL;
}

enum arb_code overlay_for_each(const struct overlay *o, enum arb_code (*fn)(void *arg, const struct overlay_key *), void *arg)
{
	for (unsigned i = 0; i < BTREE_ID_NR_MAX * LEVELS; i++) {
		const struct list *l = o->list[i / LEVELS][i % LEVELS];

		for (const struct entry *e = l ? l->head[0] : NULL; e; e = e->next[0]) {
			enum arb_code ret = fn(arg, &e->k);

			if (ret)
				return ret;
		}
	}
	return ARB_OK;
}

static enum arb_code dup_one(void *arg, const struct overlay_key *k)
{
	return overlay_put(arg, k, NULL);
}

enum arb_code overlay_dup(const struct overlay *o, struct overlay **ret, struct arb_error *err)
{
	struct overlay *copy = NULL;
	enum arb_code code = overlay_new(&copy, err);

	if (code)
		return code;
	code = overlay_for_each(o, dup_one, copy);
	if (code) {
		overlay_free(copy);
		return arb_fail(err, code, "no memory for a copy of the overlay");
	}
	*ret = copy;
	return ARB_OK;
}

void overlay_replace(struct overlay *o, struct overlay *from)
{
	struct overlay old = *o;

	*o = *from;
	o->changes = old.changes + 1;
	*from = old;
	overlay_free(from);
}
