/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Are all keys of a bset plain (format/key_type.h)? Asked when nobody wants the keys themselves, about every leaf of the
 * filesystem, so that it decides how long a check takes; nothing is unpacked that need not be:
 *
 * - Packed keys of one format are in order when their words are, since the fields stand in them from the top: no field can
 *   wrap around, or the format is not taken.
 * - Where the order is right, the first and the last key tell for all that they lie in the node's range.
 * - Fields without bits are the same in all keys, and so are rules about them.
 * - A type is looked up when it changes.
 *
 * "No" only costs time: node_decode() then looks at the keys one by one.
 */
#include "node_decode.h"

struct plain_walk {
	const struct decoder *c;
	struct node_content sum;
	const uint8_t	*end;		/* of the keys */
	unsigned	key_u64s;	/* of a packed key */
	unsigned	high, low;	/* where the words with the position begin */
	uint64_t	high_mask, low_mask;
	bool		pos_plain;	/* snapshot and size of every packed key are */
	unsigned	fields;		/* to be unpacked: packed ones that differ and that somebody looks at */
	struct bkey	k;		/* of the packed key at hand: only those are right, and the ones that do not differ */
	int		type;		/* of the key before */
	bool		is_inode;
	struct key_plain_type t;
};
struct place {
	uint64_t	high, low;
};

#define FIELD_SNAPSHOT	4	/* bits of fields */
#define FIELD_SIZE	8
#define FIELD_VERSION	32	/* its lower part */
#define FIELDS_OF_POS	14	/* offset, snapshot, size */

static bool can_wrap(const struct bkey_format *f, unsigned i)
{
	uint64_t max = i == 2 || i == 3 || i == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t top = f->bits[i] >= 64 ? UINT64_MAX : (UINT64_C(1) << f->bits[i]) - 1;

	return top > max || f->offset[i] > max - top;
}

/* The words of a packed key in which the position stands. False when there are too many, or their order is not that of positions. */
static bool find_place(struct plain_walk *w, const struct bkey_format *f)
{
	unsigned bits = f->bits[0] + f->bits[1] + f->bits[2];

	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		if (can_wrap(f, i))
			return false;
	if (bits > 128 || !f->key_u64s)
		return false;
	w->high = 8 * (f->key_u64s - 1u);
	w->low = f->key_u64s > 1 ? w->high - 8 : 0;
	w->high_mask = !bits ? 0 : bits < 64 ? ~(UINT64_MAX >> bits) : UINT64_MAX;
	w->low_mask = bits <= 64 ? 0 : bits < 128 ? ~(UINT64_MAX >> (bits - 64)) : UINT64_MAX;
	return true;
}

static bool plain_walk_init(struct plain_walk *w, const struct decoder *c, const struct node_content *sum, const uint8_t *end)
{
	const struct bkey_format *f = &c->plan.format;

	*w = (struct plain_walk){ .c = c, .sum = *sum, .end = end, .key_u64s = f->key_u64s, .k = c->plan.fixed, .type = -1 };
	w->pos_plain = !c->plain.extents && !(c->plan.vary & (FIELD_SNAPSHOT | FIELD_SIZE)) && key_plain_pos(&c->plain, &w->k);
	return c->plain.usable && find_place(w, f);
}

static bool take_type(struct plain_walk *w, unsigned type)
{
	w->type = type;
	w->k.type = type;
	if (!key_plain_type(type, &w->t))
		return false;
	w->fields = w->c->plan.vary & (w->t.fields | FIELD_VERSION | (w->pos_plain ? 0 : FIELDS_OF_POS));
	w->is_inode = bkey_type_is_inode(type);
	w->sum.types |= UINT64_C(1) << type;
	return true;
}

static inline struct place place_of(const struct plain_walk *w, const uint8_t *p)
{
	return (struct place){ le64_get(p + w->high) & w->high_mask, le64_get(p + w->low) & w->low_mask };
}

static inline bool place_lt(struct place a, struct place b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static inline bool plain_packed(struct plain_walk *w, const uint8_t *p, unsigned words)
{
	if (words < w->t.min_words || words > w->t.max_words)
		return false;
	w->k.u64s = BKEY_U64s + words;
	unpack_fields(&w->c->plan, w->fields, p, &w->k);
	if (w->fields & w->c->plan.far)
		unpack_far(&w->c->plan, p, &w->k);
	if (!w->pos_plain && !key_plain_pos(&w->c->plain, &w->k))
		return false;
	w->sum.nr_inodes += w->is_inode;
	if (w->k.ver.lo > w->sum.version_max)
		w->sum.version_max = w->k.ver.lo;
	return !w->t.fn || w->t.fn(&w->c->check, &w->k, p + 8 * w->key_u64s);
}

/* One that is not packed, or that comes after such a one. */
static bool plain_other(struct plain_walk *w, const uint8_t *prev, const uint8_t *p)
{
	const struct unpack_plan *plan = &w->c->plan;
	struct bkey before, k;

	unpack_key(plan, p, &k);
	if (prev) {
		unpack_key(plan, prev, &before);
		if (!bpos_lt(before.p, k.p))
			return false;
	}
	node_content_add(&w->sum, &k);
	return key_plain(&w->c->plain, &k, p + 8 * bkey_packed_key_u64s(&plan->format, p));
}

static bool in_range(const struct plain_walk *w, const uint8_t *first, const uint8_t *last)
{
	const struct key_check_ctx *check = &w->c->check;
	struct bkey a, b;

	unpack_key(&w->c->plan, first, &a);
	unpack_key(&w->c->plan, last, &b);
	return !key_plain_behind(b.p) && (!check->check_range || (bpos_le(check->min, a.p) && bpos_le(b.p, check->max)));
}

/* @prev: the key before the one at @p; NULL: none. *@at: where that stands, if both are packed. */
static inline bool plain_at(struct plain_walk *w, const uint8_t *prev, const uint8_t *p, struct place *at)
{
	unsigned u64s = p[0], format = p[1] & 0x7f, key_u64s = format ? BKEY_U64s : w->key_u64s, type = p[2];
	struct place here;

	if (format > 1 || u64s < key_u64s || u64s - key_u64s > BKEY_VAL_U64s_MAX || 8 * (size_t)u64s > (size_t)(w->end - p))
		return false;
	if (format)
		return plain_other(w, prev, p);
	here = place_of(w, p);
	if (prev && prev[1] & 0x7f) {
		*at = here;
		return plain_other(w, prev, p);
	}
	if ((prev && !place_lt(*at, here)) || ((int)type != w->type && !take_type(w, type)))
		return false;
	*at = here;
	return plain_packed(w, p, u64s - key_u64s);
}

bool keys_plain(const struct decoder *c, unsigned i, struct node_content *sum)
{
	const struct node_bset *b = &c->bsets.v[i];
	const uint8_t *first = c->raw + b->keys_offset, *prev = NULL, *p = first;
	struct place at = { 0 };
	struct plain_walk w;

	if (!plain_walk_init(&w, c, sum, first + 8 * (size_t)b->h.u64s))
		return false;
	for (; p < w.end; prev = p, p += 8 * (size_t)p[0])
		if (!plain_at(&w, prev, p, &at))
			return false;
	*sum = w.sum;
	return !prev || in_range(&w, first, prev);
}
