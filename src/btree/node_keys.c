/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keys of one bset: unpacked, checked and put in a run (format-btree.md 9). A damaged key goes alone: reading goes on
 * at the next key when its length leads to one, else at the next word where a valid key stands.
 */
#include "node_decode.h"

struct bset_reader {
	struct decoder	*c;
	uint16_t	bset;
	const uint8_t	*end;		/* of the bset's keys */
	size_t		start;		/* of the run */
	struct node_key	suspect;	/* out of order; see out_of_order() */
	bool		have_suspect;
	bool		lost;		/* something was dropped since the last key of the run */
};

/* fsck error id of a key that cannot be taken apart, 0 when it can. */
static unsigned shape_error(const struct bset_reader *r, const uint8_t *p)
{
	if (8 * (size_t)p[0] > (size_t)(r->end - p))
		return 54;
	if ((p[1] & 0x7f) > 1)
		return 55;
	return bkey_packed_u64s_ok(&r->c->plan.format, p) ? 0 : 260;
}

static void unpack_at(const struct bset_reader *r, const uint8_t *p, struct node_key *k)
{
	const struct decoder *c = r->c;

	if ((size_t)(c->raw + c->bytes - p) >= UNPACK_REACH)
		unpack_key(&c->plan, p, &k->k);
	else
		k->k = bkey_unpack(&c->plan.format, p);
	k->v = p - c->raw + 8 * bkey_packed_key_u64s(&c->plan.format, p);
	k->bset = r->bset;
}

static unsigned key_error(const struct decoder *c, const struct node_key *k, struct arb_buf *why)
{
	return bkey_invalid(&c->check, (struct bkey_s){ k->k, c->raw + k->v }, why);
}

/* Errors of the key itself; the others are of its value and count only when the key is the one that is seen. */
static bool error_of_key(unsigned err)
{
	return (err >= 81 && err <= 90) || err == 260;
}

/* A deleted key sorts before a live one at the same position. */
static bool in_order(const struct node_key *prev, const struct node_key *k)
{
	int cmp = bpos_cmp(prev->k.p, k->k.p);

	return cmp < 0 || (!cmp && (prev->k.type == KEY_deleted || k->k.type != KEY_deleted));
}

static struct node_key *run_last(const struct bset_reader *r)
{
	return r->c->keys.nr > r->start ? &r->c->keys.v[r->c->keys.nr - 1] : NULL;
}

static void key_defect(struct bset_reader *r, unsigned err, const uint8_t *p, const char *why)
{
	r->lost = true;
	decoder_defect(r->c, err, NULL, DEFECT_FIXABLE, p - r->c->raw, "%s", why);
}

/* Keys stood behind the last of the run that cannot be had: what there is up to @next (NULL: the end) is not known. */
static void gap_ends(struct bset_reader *r, const struct node_key *next)
{
	const struct node_key *last = r->c->keys.nr > r->start ? &r->c->keys.v[r->c->keys.nr - 1] : NULL;
	struct bpos start = r->c->n->min, end = r->c->n->max;
	bool any = r->lost;

	r->lost = false;
	if (any && last)
		any = bpos_successor(last->k.p, &start);
	if (any && next)
		any = bpos_predecessor(next->k.p, &end);
	if (any)
		decode_lost(r->c, r->bset, start, end);
}

/* Where it stands may be right or not; of a key that stands twice nothing is lost. */
static void order_defect(struct bset_reader *r, const struct node_key *k)
{
	ARB_BUF(b);

	decode_lost_key(r->c, r->bset, &k->k);
	r->lost = true;
	bpos_to_text(&b, k->k.p);
	decoder_defect(r->c, 57, NULL, DEFECT_FIXABLE, k->v, "key out of order, dropped: %s", arb_buf_str(&b));
}

/* Room was made for every key the bset can hold. @k may stand there already. */
static void push(struct bset_reader *r, const struct node_key *k)
{
	struct node_key *to = &r->c->keys.v[r->c->keys.nr];

	if (r->lost)
		gap_ends(r, k);
	r->c->keys.nr++;

	if (to != k)
		*to = *k;
}

static void drop_suspect(struct bset_reader *r)
{
	if (r->have_suspect)
		order_defect(r, &r->suspect);
	r->have_suspect = false;
}

/*
 * @k stands before the last key of the run. One such key may be the odd one out; when the key after it lies before the
 * last one too, the last one is.
 */
static void out_of_order(struct bset_reader *r, const struct node_key *k)
{
	struct node_key *last = run_last(r);

	if (!r->have_suspect) {
		r->suspect = *k;
		r->have_suspect = true;
		return;
	}
	if (!in_order(&r->suspect, k) || (r->c->keys.nr - r->start > 1 && !in_order(last - 1, &r->suspect))) {
		drop_suspect(r);
		order_defect(r, k);
		return;
	}
	order_defect(r, last);
	*last = r->suspect;
	r->have_suspect = false;
	push(r, k);
}

static void take_key(struct bset_reader *r, const struct node_key *k)
{
	const struct node_key *last = run_last(r);

	if (last && !in_order(last, k)) {
		out_of_order(r, k);
		return;
	}
	drop_suspect(r);
	push(r, k);
}

/* Would a key be taken at @p after one at *@prev (NULL: the first)? It is left in *@k. */
static bool plausible(const struct bset_reader *r, const uint8_t *p, const struct node_key *prev, struct node_key *k)
{
	if (shape_error(r, p))
		return false;
	unpack_at(r, p, k);
	return !key_error(r->c, k, NULL) && (!prev || in_order(prev, k));
}

/* Garbage can look like a key; that another one follows it is unlikely. */
static bool two_plausible(const struct bset_reader *r, const uint8_t *p)
{
	const uint8_t *next = p + 8 * (size_t)p[0];
	struct node_key k, k2;

	return plausible(r, p, run_last(r), &k) && (next == r->end || plausible(r, next, &k, &k2));
}

/* Where to go on after the damaged key at @p. */
static const uint8_t *resync(const struct bset_reader *r, const uint8_t *p, bool shape_ok)
{
	const uint8_t *next = p + 8 * (size_t)p[0];
	struct node_key k;

	if (shape_ok && (next == r->end || plausible(r, next, run_last(r), &k)))
		return next;
	for (p += 8; p < r->end && !two_plausible(r, p); p += 8)
		;
	return p;
}

static const uint8_t *bad_shape(struct bset_reader *r, const uint8_t *p, unsigned err)
{
	static const struct { unsigned err; const char *why; } texts[] = {
		{ 54, "key extends past end of bset" }, { 55, "invalid bkey format" }, { 260, "bad key u64s for its format" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			key_defect(r, err, p, texts[i].why);
	return resync(r, p, err != 54 && p[0]);
}

static const uint8_t *bad_key(struct bset_reader *r, const uint8_t *p, const struct node_key *k)
{
	ARB_BUF(why);
	unsigned err = key_error(r->c, k, &why);

	key_defect(r, err, p, arb_buf_str(&why));
	return resync(r, p, true);
}

static const uint8_t *read_key(struct bset_reader *r, const uint8_t *p)
{
	struct node_key *k = &r->c->keys.v[r->c->keys.nr];	/* taken where it stands when all is well */
	unsigned err = shape_error(r, p);

	if (__builtin_expect(err, 0))
		return bad_shape(r, p, err);
	unpack_at(r, p, k);
	err = key_error(r->c, k, NULL);
	if (__builtin_expect(err, 0)) {
		if (error_of_key(err))
			return bad_key(r, p, k);
		k->bset |= KEY_VALUE_BAD;
	}
	take_key(r, k);
	return p + 8 * (size_t)p[0];
}

void decode_keys_init(struct decoder *c)
{
	const struct node *n = c->n;

	unpack_plan_init(&c->plan, &n->h.format);
	c->check = (struct key_check_ctx){
		.geo = c->geo, .btree = n->btree, .level = n->level, .min = n->min, .max = n->max,
		.check_range = !n->ptr.range_updated,
	};
	key_plain_init(&c->plain, &c->check);
}

/* --- the usual case ------------------------------------------------------------------------------------------------------ */

/* Unpacks the key at @p into *@k when nothing is to be said about it, and it stands after @prev. Returns its value. */
__attribute__((always_inline))
static inline const uint8_t *plain_key(const struct decoder *c, const uint8_t *p, const uint8_t *end, const struct bpos *prev, struct bkey *k)
{
	unsigned u64s = p[0], current = p[1] & 0x7f, key_u64s = current ? BKEY_U64s : c->plan.format.key_u64s;
	const uint8_t *v = p + 8 * key_u64s;

	if (u64s < key_u64s || u64s - key_u64s > BKEY_VAL_U64s_MAX || current > 1 || 8 * (size_t)u64s > (size_t)(end - p))
		return NULL;
	unpack_key(&c->plan, p, k);
	return bpos_lt(*prev, k->p) && key_plain(&c->plain, k, v) ? v : NULL;
}

/* Right before the first position allowed; where there is none, a key at POS_MIN itself is not plain. */
static struct bpos before_first(const struct decoder *c)
{
	struct bpos p = POS_MIN;

	if (c->check.check_range)
		bpos_predecessor(c->n->min, &p);
	return p;
}

static struct bpos last_allowed(const struct decoder *c)
{
	return c->check.check_range ? c->n->max : SPOS_MAX;
}

/* Takes plain keys from @p on; returns where the first stands that is not, or that is too near to the end of the buffer. */
static const uint8_t *take_plain(struct bset_reader *r, const uint8_t *p)
{
	struct decoder *c = r->c;
	const struct node_key *last = run_last(r);
	const struct bpos before = before_first(c), max = last_allowed(c), *prev = last ? &last->k.p : &before;

	while (p < r->end && (size_t)(c->raw + c->bytes - p) >= UNPACK_REACH) {
		struct node_key *k = &c->keys.v[c->keys.nr];
		const uint8_t *v = plain_key(c, p, r->end, prev, &k->k);

		if (!v || bpos_lt(max, k->k.p))
			break;
		k->v = v - c->raw;
		k->bset = r->bset;
		c->keys.nr++;
		prev = &k->k.p;
		p += 8 * (size_t)p[0];
	}
	return p;
}

void decode_bset_keys(struct decoder *c, unsigned i)
{
	struct node_bset *b = &c->bsets.v[i];
	const uint8_t *p = c->raw + b->keys_offset;
	struct bset_reader r = { .c = c, .bset = i, .end = p + 8 * (size_t)b->h.u64s, .start = c->keys.nr };
	struct key_run *run;

	/* No key takes less than the words of a packed key without value, and one more may be under way */
	if (!arb_array_reserve(&c->keys, c->keys.nr + b->h.u64s / c->plan.format.key_u64s + 2)) {
		c->oom = true;
		return;
	}
	while (p < r.end) {
		if (c->plain.usable && !r.have_suspect && !r.lost)
			p = take_plain(&r, p);
		if (p < r.end)
			p = read_key(&r, p);
	}
	drop_suspect(&r);
	gap_ends(&r, NULL);
	b->nr_keys = c->keys.nr - r.start;
	if (!b->nr_keys)
		return;
	run = arb_array_push(&c->runs);
	if (!run)
		c->oom = true;
	else
		*run = (struct key_run){ r.start, c->keys.nr };
}
