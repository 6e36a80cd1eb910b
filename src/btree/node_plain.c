/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Are all keys of a bset plain (format/key_type.h)? Asked when nobody wants the keys themselves, about every leaf of the
 * filesystem, so that it decides how long a check takes; nothing is unpacked that need not be:
 *
 * - Packed keys of one format are in order when their words are, since the fields stand in them from the top: no field can
 *   wrap around, or the format is not taken.
 * - Where the order is right, the first and the last key tell for all that they lie in the node's range.
 * - Fields without bits are the same in all keys, and so are rules about them.
 * - Keys of one type come in runs: what their type asks for is looked up once.
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
	struct key_plain_type t;	/* of the keys at hand */
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

	*w = (struct plain_walk){ .c = c, .sum = *sum, .end = end, .key_u64s = f->key_u64s, .k = c->plan.fixed };
	w->pos_plain = !c->plain.extents && !(c->plan.vary & (FIELD_SNAPSHOT | FIELD_SIZE)) && key_plain_pos(&c->plain, &w->k);
	return c->plain.usable && find_place(w, f);
}

static bool take_type(struct plain_walk *w, unsigned type)
{
	if (!key_plain_type(type, &w->t))
		return false;
	w->k.type = type;
	w->fields = w->c->plan.vary & (w->t.fields | FIELD_VERSION | (w->pos_plain ? 0 : FIELDS_OF_POS));
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

/* What is packed and what type it is, as they stand in the first bytes of a key. */
static inline uint32_t kind_of(const uint8_t *p)
{
	return le32_get(p) & 0xff7f00;
}

static inline bool plain_packed(struct plain_walk *w, const uint8_t *p, unsigned words)
{
	w->k.u64s = BKEY_U64s + words;
	unpack_fields(&w->c->plan, w->fields, p, &w->k);
	if (w->fields & w->c->plan.far)
		unpack_far(&w->c->plan, p, &w->k);
	if (!w->pos_plain && !key_plain_pos(&w->c->plain, &w->k))
		return false;
	if (w->k.ver.lo > w->sum.version_max)
		w->sum.version_max = w->k.ver.lo;
	return !w->t.fn || w->t.fn(&w->c->check, &w->k, p + 8 * w->key_u64s);
}

static bool is_packed(const uint8_t *p)
{
	return !(p[1] & 0x7f);
}

/*
 * Packed keys of one type, the first of which stands at @p, after *last (NULL: none): where the next is not such a one. NULL: one
 * is not plain.
 */
static const uint8_t *plain_run(struct plain_walk *w, const uint8_t *p, const uint8_t **last)
{
	const uint8_t *const end = w->end;
	const uint32_t kind = kind_of(p);
	bool first = !*last || !is_packed(*last);
	struct place at = place_of(w, first ? p : *last);
	uint64_t nr = 0;

	if (!take_type(w, p[2]))
		return NULL;
	for (; p < end && kind_of(p) == kind; first = false, nr++) {
		unsigned u64s = p[0], words = u64s - w->key_u64s;	/* huge when there are too few */
		struct place here = place_of(w, p);

		if (words < w->t.min_words || words > w->t.max_words || 8 * (size_t)u64s > (size_t)(end - p) || (!first && !place_lt(at, here)) ||
		    !plain_packed(w, p, words))
			return NULL;
		at = here;
		*last = p;
		p += 8 * (size_t)u64s;
	}
	w->sum.nr_inodes += bkey_type_is_inode(w->k.type) ? nr : 0;
	return p;
}

static struct bpos pos_at(const struct plain_walk *w, const uint8_t *p)
{
	struct bkey k;

	unpack_key(&w->c->plan, p, &k);
	return k.p;
}

/* One that is not packed. */
static const uint8_t *plain_current(struct plain_walk *w, const uint8_t *p, const uint8_t **last)
{
	struct bkey k;

	if ((p[1] & 0x7f) > 1 || p[0] < BKEY_U64s || 8 * (size_t)p[0] > (size_t)(w->end - p))
		return NULL;
	unpack_key(&w->c->plan, p, &k);
	node_content_add(&w->sum, &k);
	*last = p;
	return key_plain(&w->c->plain, &k, p + 8 * BKEY_U64s) ? p + 8 * (size_t)p[0] : NULL;
}

/* Keys outside of a range that the pointer gives are not the node's; they are left out the long way. */
static bool in_range(const struct plain_walk *w, const uint8_t *first, const uint8_t *last)
{
	const struct key_check_ctx *check = &w->c->check;
	struct bpos a = pos_at(w, first), b = pos_at(w, last);

	return !key_plain_behind(b) && bpos_le(check->min, a) && bpos_le(b, check->max);
}

bool keys_plain(const struct decoder *c, unsigned i, struct node_content *sum)
{
	const struct node_bset *b = &c->bsets.v[i];
	const uint8_t *first = c->raw + b->keys_offset, *last = NULL, *p = first;
	struct plain_walk w;

	if (!plain_walk_init(&w, c, sum, first + 8 * (size_t)b->h.u64s))
		return false;
	while (p < w.end) {
		const uint8_t *run = p;
		bool packed = is_packed(p);

		if (last && !(packed && is_packed(last)) && !bpos_lt(pos_at(&w, last), pos_at(&w, p)))
			return false;
		p = packed ? plain_run(&w, p, &last) : plain_current(&w, p, &last);
		if (!p || p == run)
			return false;
	}
	*sum = w.sum;
	return !last || in_range(&w, first, last);
}
