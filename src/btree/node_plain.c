/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Are all keys of a bset plain (format/key_type.h)? Asked when nobody wants the keys themselves, about every leaf of the
 * filesystem, so that it decides how long a check takes; nothing is unpacked that need not be:
 *
 * - Packed keys of one format are in order when their words are, since the fields stand in them from the top: no field can
 *   wrap around, or the format is not taken.
 * - Where the order is right, the first and the last key tell for all that they lie in the node's range.
 * - Fields without bits are the same in all keys, and so are rules about them.
 * - Keys are looked at in batches, step by step and type by type: no step depends on which type comes next (data on disk and
 *   data in the key take turns at random) or calls a function for each key.
 *
 * The odd key that is not plain is unpacked and asked about by itself. "No" only costs time: node_decode() then looks at the
 * keys one by one.
 */
#include "node_decode.h"

#define BATCH	64	/* keys that stay in the first cache */

struct plain_walk {
	const struct decoder *c;
	struct node_content sum;
	const uint8_t	*end;		/* of the keys */
	unsigned	key_u64s;	/* of a packed key */
	unsigned	words;		/* with its position */
	unsigned	top;		/* where the first of them begins, the others before it */
	uint64_t	mask;		/* of the last one */
	enum key_ask	ask;		/* of every packed key */

	/* Packed keys at hand, one after the other */
	const uint8_t	*at[BATCH];
	uint8_t		type[BATCH];
	unsigned	nr;
	bool		mixed;		/* not all of one type */
};
struct place {
	uint64_t	high, mid, low;
};

#define FIELD_SNAPSHOT	4	/* bits of fields */
#define FIELD_SIZE	8
#define FIELD_VERSION	32	/* its lower part */

static bool can_wrap(const struct bkey_format *f, unsigned i)
{
	uint64_t max = i == 2 || i == 3 || i == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t top = f->bits[i] >= 64 ? UINT64_MAX : (UINT64_C(1) << f->bits[i]) - 1;

	return top > max || f->offset[i] > max - top;
}

/* The words of a packed key in which the position stands. False when their order is not that of positions. */
static bool find_place(struct plain_walk *w, const struct bkey_format *f)
{
	unsigned bits = f->bits[0] + f->bits[1] + f->bits[2], rest = bits % 64;

	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		if (can_wrap(f, i))
			return false;
	w->words = (bits + 63) / 64;
	w->top = 8 * (f->key_u64s - 1u);
	w->mask = rest ? ~(UINT64_MAX >> rest) : UINT64_MAX;
	return w->words <= 3 && f->key_u64s && w->words <= f->key_u64s;
}

/* Of fields that are the same in all keys nothing. */
static enum key_ask what_to_ask(const struct decoder *c)
{
	const struct unpack_plan *plan = &c->plan;

	if (c->plain.extents || plan->vary & FIELD_SIZE || plan->fixed.size)
		return KEY_ASK_ALL;
	if (plan->vary & FIELD_SNAPSHOT)
		return c->plain.snapshot_other && !c->plain.snapshot_zero ? KEY_ASK_SNAPSHOT : KEY_ASK_ALL;
	return key_plain_pos(&c->plain, &plan->fixed) ? KEY_ASK_NOTHING : KEY_ASK_ALL;
}

static bool plain_walk_init(struct plain_walk *w, const struct decoder *c, const struct node_content *sum, const uint8_t *end)
{
	const struct unpack_plan *plan = &c->plan;

	w->c = c;
	w->sum = *sum;
	w->end = end;
	w->key_u64s = plan->format.key_u64s;
	w->ask = what_to_ask(c);
	return c->plain.usable && find_place(w, &plan->format);
}

static bool is_packed(const uint8_t *p)
{
	return !(p[1] & 0x7f);
}

static struct bpos pos_at(const struct decoder *c, const uint8_t *p)
{
	struct bkey k;

	unpack_key(&c->plan, p, &k);
	return k.p;
}

/* Of @words words. */
__attribute__((always_inline))
static inline struct place place_of(const struct plain_walk *w, const uint8_t *p, unsigned words)
{
	const uint8_t *top = p + w->top;

	switch (words) {
	case 0:
		return (struct place){ 0 };
	case 1:
		return (struct place){ .high = le64_get(top) & w->mask };
	case 2:
		return (struct place){ le64_get(top), le64_get(top - 8) & w->mask, 0 };
	default:
		return (struct place){ le64_get(top), le64_get(top - 8), le64_get(top - 16) & w->mask };
	}
}

static inline bool place_lt(struct place a, struct place b)
{
	return a.high != b.high ? a.high < b.high : a.mid != b.mid ? a.mid < b.mid : a.low < b.low;
}

/* The long way: all of the key at @p, and whoever has something to say about it. */
__attribute__((noinline))
static bool sound(const struct decoder *c, const uint8_t *p)
{
	unsigned key = is_packed(p) ? c->plan.format.key_u64s : BKEY_U64s;
	struct bkey k;

	unpack_key(&c->plan, p, &k);
	return p[0] >= key && p[0] - key <= BKEY_VAL_U64s_MAX && !bkey_invalid(&c->check, (struct bkey_s){ k, p + 8 * key }, NULL);
}

/* Keys of one type. */
static bool type_sound(struct plain_walk *w, unsigned type, const uint8_t *const *p, unsigned nr)
{
	struct key_batch b = { .plain = &w->c->plain, .plan = &w->c->plan, .ask = w->ask, .p = p, .nr = nr };

	w->sum.types |= UINT64_C(1) << (type < KEY_TYPE_NR ? type : 63);
	w->sum.nr_inodes += bkey_type_is_inode(type) ? nr : 0;
	for (size_t i = 0; (i = key_plain_all(type, &b, i)) < nr; i++)
		if (!sound(w->c, p[i]))
			return false;
	return true;
}

static void note_versions(struct plain_walk *w)
{
	const struct unpack_field f = w->c->plan.packed[5];
	unsigned nr = w->c->plan.vary & FIELD_VERSION ? w->nr : 1;
	uint64_t max = w->sum.version_max;

	for (unsigned i = 0; i < nr; i++) {
		uint64_t x = unpack_field(&f, w->at[i]);

		max = max > x ? max : x;
	}
	w->sum.version_max = max;
}

/* Puts the keys of the first one's type into @p, and the others together. Returns how many. */
static unsigned sort_out(struct plain_walk *w, const uint8_t **p)
{
	unsigned type = w->type[0], nr = 0, rest = 0;

	for (unsigned i = 0; i < w->nr; i++) {
		const uint8_t *at = w->at[i];
		unsigned of = w->type[i];

		p[nr] = w->at[rest] = at;
		w->type[rest] = of;
		nr += of == type;
		rest += of != type;
	}
	w->nr = rest;
	return nr;
}

static bool batch_sound(struct plain_walk *w)
{
	const uint8_t *p[BATCH];

	if (!w->nr)
		return true;
	note_versions(w);
	if (!w->mixed)
		return type_sound(w, w->type[0], w->at, w->nr);
	while (w->nr) {
		unsigned type = w->type[0], nr = sort_out(w, p);

		if (!type_sound(w, type, p, nr))
			return false;
	}
	return true;
}

/*
 * A batch of packed keys whose position stands in @words words, the first of them at @p, after *last (NULL: none). Returns where the
 * next is, or NULL: one is not in order. What a key's length has to be is for its type to say.
 */
__attribute__((always_inline))
static inline const uint8_t *take_batch(struct plain_walk *w, const uint8_t *p, const uint8_t **last, unsigned words)
{
	const uint8_t *const end = w->end, *prev = *last, **at = w->at, *const *const at_end = w->at + BATCH;
	bool ordered = !prev || !is_packed(prev);
	struct place before = place_of(w, ordered ? p : prev, words);
	uint32_t head = le32_get(p), differ = 0;
	uint8_t *type = w->type;

	while (p < end && is_packed(p) && at < at_end) {
		struct place here = place_of(w, p, words);

		ordered |= place_lt(before, here);
		if (!ordered)
			return NULL;
		ordered = false;
		before = here;
		differ |= le32_get(p) ^ head;
		*at++ = prev = p;
		*type++ = p[2];
		p += 8 * (size_t)p[0];
	}
	*last = prev;
	w->nr = at - w->at;
	w->mixed = differ & 0xff0000;
	return p <= end ? p : NULL;
}

static const uint8_t *plain_batch(struct plain_walk *w, const uint8_t *p, const uint8_t **last)
{
	const uint8_t *next;

	switch (w->words) {
	case 0:
		next = take_batch(w, p, last, 0);
		break;
	case 1:
		next = take_batch(w, p, last, 1);
		break;
	case 2:
		next = take_batch(w, p, last, 2);
		break;
	default:
		next = take_batch(w, p, last, 3);
	}
	return next && batch_sound(w) ? next : NULL;
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
	return sound(w->c, p) ? p + 8 * (size_t)p[0] : NULL;
}

/* Keys outside of a range that the pointer gives are not the node's; they are left out the long way. */
static bool in_range(const struct decoder *c, const uint8_t *first, const uint8_t *last)
{
	const struct key_check_ctx *check = &c->check;
	struct bpos a = pos_at(c, first), b = pos_at(c, last);

	return !key_plain_behind(b) && bpos_le(check->min, a) && bpos_le(b, check->max);
}

bool keys_plain(const struct decoder *c, unsigned i, struct node_content *sum)
{
	const struct node_bset *b = &c->bsets.v[i];
	const uint8_t *first = c->raw + b->keys_offset, *last = NULL, *p = first;
	struct plain_walk w;

	if (!plain_walk_init(&w, c, sum, first + 8 * (size_t)b->h.u64s))
		return false;
	while (p && p < w.end) {
		bool packed = is_packed(p);

		if (last && !(packed && is_packed(last)) && !bpos_lt(pos_at(c, last), pos_at(c, p)))
			return false;
		p = packed ? plain_batch(&w, p, &last) : plain_current(&w, p, &last);
	}
	*sum = w.sum;
	return p && (!last || in_range(c, first, last));
}
