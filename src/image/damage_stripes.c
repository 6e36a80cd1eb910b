/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage to erasure coding: keys of stripes, extents that name a stripe, alloc keys of their buckets. */
#include "damage_do.h"

#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/key_type.h"
#include "arborist/format/stripe.h"

enum { NO_SUCH_STRIPE = 4093 };

struct edit {
	struct bkey_s	*keys;
	size_t		nr, at;
	struct bkey_buf	key;		/* instead of keys[at] */
	bool		gone;
};

static struct bkey_s here(const struct edit *e) { return e->keys[e->at]; }

/* ---- stripes. False: this key cannot be damaged so. */

static void set_pointer(struct edit *e, unsigned block, const struct extent_ptr *p)
{
	le64_put(e->key.v + 8 * (1 + (size_t)block), extent_ptr_word(p->dev, p->sector, p->gen));
}

static bool count_wrong(struct edit *e, const struct stripe_key *s)
{
	uint8_t *count = e->key.v + stripe_count_offset(s, 0);

	le16_put(count, le16_get(count) + 8);
	return true;
}

static bool moved(struct edit *e, const struct stripe_key *s)
{
	struct extent_ptr p;
	uint16_t sectors;

	if (!stripe_block(here(e), s, 0, &p, &sectors) || !sectors)
		return false;
	p.sector += s->sectors;
	set_pointer(e, 0, &p);
	return true;
}

static bool generation(struct edit *e, const struct stripe_key *s, int add)
{
	struct extent_ptr p;
	uint16_t sectors;

	if (!stripe_block(here(e), s, 0, &p, &sectors))
		return false;
	p.gen += add;
	set_pointer(e, 0, &p);
	return true;
}

static bool newer(struct edit *e, const struct stripe_key *s) { return generation(e, s, 2); }
static bool older(struct edit *e, const struct stripe_key *s) { return generation(e, s, -2); }

/* A block, of data or of parity, gets the bucket that another stripe has on the same device. */
static bool shared(struct edit *e, const struct stripe_key *s, bool parity)
{
	for (size_t other = 0; other < e->nr; other++) {
		struct extent_ptr a, b;
		struct stripe_key o;
		uint16_t sectors;

		if (other == e->at || !stripe_get(e->keys[other], &o))
			continue;
		for (unsigned i = 0; stripe_block(e->keys[other], &o, i, &a, &sectors); i++)
			for (unsigned n = 0; stripe_block(here(e), s, n, &b, &sectors); n++)
				if (a.dev == b.dev && (i + o.nr_redundant >= o.nr_blocks) == parity && (n + s->nr_redundant >= s->nr_blocks) == parity) {
					set_pointer(e, n, &a);
					return true;
				}
	}
	return false;
}

static bool shared_data(struct edit *e, const struct stripe_key *s) { return shared(e, s, false); }
static bool shared_parity(struct edit *e, const struct stripe_key *s) { return shared(e, s, true); }

static bool gone(struct edit *e, const struct stripe_key *s)
{
	(void)s;
	e->gone = true;
	return true;
}

static bool edit_stripe(struct edit *e, int what)
{
	static bool (*const how[])(struct edit *, const struct stripe_key *) = {
		[STRIPE_COUNT] = count_wrong, [STRIPE_MISSING] = gone, [STRIPE_MOVED] = moved, [STRIPE_SHARED] = shared_data,
		[STRIPE_SHARED_PARITY] = shared_parity, [STRIPE_NEWER] = newer, [STRIPE_STALE] = older,
	};
	struct stripe_key s;

	return stripe_get(here(e), &s) && bkey_val_u64s(&e->key.k) >= stripe_val_u64s(&s) && how[what](e, &s);
}

/* ---- extents */

static bool edit_extent(struct edit *e, int what)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	uint64_t word;

	if (here(e).k.type != KEY_extent)
		return false;
	while (extent_next_ptr(here(e), &it, &p)) {
		if (p.cached || p.unwritten || !p.has_ec)
			continue;
		word = le64_get(e->key.v + 8 * (size_t)(p.word - 1)) & UINT64_C(0x1ffff);
		le64_put(e->key.v + 8 * (size_t)(p.word - 1), word | (what == STRIPE_PTR_WRONG ? (p.ec_idx == 1) + UINT64_C(1) : NO_SUCH_STRIPE) << 17);
		return true;
	}
	return false;
}

/* An extent that is in no stripe says that it is. */
static bool edit_plain_extent(struct edit *e)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	size_t at;

	if (here(e).k.type != KEY_extent || !extent_next_ptr(here(e), &it, &p) || p.cached || p.unwritten || p.has_ec ||
	    bkey_val_u64s(&e->key.k) >= BKEY_VAL_U64s_MAX)
		return false;
	at = 8 * (size_t)p.word;
	memmove(e->key.v + at + 8, e->key.v + at, bkey_val_bytes(&e->key.k) - at);
	le64_put(e->key.v + at, UINT64_C(1) << EXTENT_ENTRY_stripe_ptr | UINT64_C(1) << 13 | (uint64_t)NO_SUCH_STRIPE << 17);
	e->key.k.u64s++;
	return true;
}

/* ---- alloc keys */

static bool edit_alloc(struct edit *e, int what)
{
	struct alloc_v4 a;

	if (here(e).k.type == KEY_deleted || !alloc_get(here(e), &a) || a.data_type != (what == STRIPE_ALLOC_PARITY ? DATA_parity : DATA_stripe) ||
	    (what == STRIPE_ALLOC_SECTORS && !a.stripe_sectors))
		return false;
	switch (what) {
	case STRIPE_ALLOC_SECTORS:	a.stripe_sectors += 8; break;
	case STRIPE_ALLOC_PARITY:	a.dirty_sectors -= 8; break;
	default:			a.stripe = a.stripe_redundancy = 0, a.data_type = DATA_user, a.dirty_sectors++;
	}
	alloc_put(&e->key, here(e).k.p, &a);
	e->key.k.ver = here(e).k.ver;
	return true;
}

/* ---- */

static bool edit_one(struct edit *e, int what)
{
	bkey_buf_set(&e->key, here(e));
	return what <= STRIPE_STALE ? edit_stripe(e, what) : what == STRIPE_PTR_PLAIN ? edit_plain_extent(e) :
		what <= STRIPE_PTR_WRONG ? edit_extent(e, what) : edit_alloc(e, what);
}

struct job { struct edit e; int what; };

static enum arb_code change(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg)
{
	struct job *j = *(struct job *const *)arg;
	struct edit *e = &j->e;

	*e = (struct edit){ .keys = keys, .nr = *nr };
	while (e->at < *nr && ((bpos_cmp(d->pos, SPOS_MAX) && bpos_lt(keys[e->at].k.p, d->pos)) || !edit_one(e, j->what)))
		e->at++;
	if (e->at == *nr)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "no key in this node can be damaged so");
	if (!e->gone)
		keys[e->at] = bkey_buf_s(&e->key);
	else
		memmove(keys + e->at, keys + e->at + 1, (--*nr - e->at) * sizeof(*keys));
	return ARB_OK;
}

enum arb_code damage_do_stripe(struct damage *d, int what)
{
	struct job j = { .what = what }, *at = &j;

	return damage_some_key(d, change, &at);
}
