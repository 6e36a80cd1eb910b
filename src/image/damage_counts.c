/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage that only counting finds: fields of alloc keys, pointers of extents, counts and versions, one key each. */
#include "damage_do.h"

#include <stdlib.h>

#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "arborist/format/reflink.h"

struct edit {
	int		what;
	bool		missing;	/* the key goes */
	uint64_t	other;		/* the pointer of an extent met before */
	bool		all;		/* not only the first key that can be damaged */
	struct bkey_buf	key;
	struct bkey_buf	*changed;	/* what the node gets */
};

/* Where all keys of a node are meant, also those of free buckets, which become ones of data. */
static bool can_be_damaged(const struct edit *e, struct alloc_v4 *a)
{
	if (!e->all || e->what == COUNT_ALLOC_MISSING)
		return a->data_type == DATA_user;
	if (!data_type_is_empty(a->data_type) || e->what == COUNT_ALLOC_OLDEST)
		return true;
	a->data_type = DATA_user;
	return true;
}

/* False: not a key that can be damaged so. */
static bool edit_alloc(struct edit *e, struct bkey_s k)
{
	struct alloc_v4 a;

	if (!alloc_get(k, &a) || k.k.type == KEY_deleted || !can_be_damaged(e, &a))
		return false;
	switch (e->what) {
	case COUNT_ALLOC_TYPE:		a.data_type = DATA_btree; break;
	case COUNT_ALLOC_GEN:		a.gen++; break;
	case COUNT_ALLOC_DIRTY:		a.dirty_sectors += 8; break;
	case COUNT_ALLOC_CACHED:	a.cached_sectors += 16; break;
	case COUNT_ALLOC_STRIPE:	a.stripe = 5, a.data_type = DATA_stripe; break;
	case COUNT_ALLOC_OLDEST:	a.oldest_gen -= 3; break;
	case COUNT_ALLOC_MISSING:	e->missing = true; break;
	default:			return false;
	}
	alloc_put(&e->key, k.k.p, &a);
	e->key.k.ver = k.k.ver;
	return true;
}

static uint64_t bad_pointer(const struct damage *d, int what, const struct extent_ptr *p)
{
	const struct member_geometry *m = geometry_member(&d->v->geo, p->dev);
	uint64_t size = m ? m->bucket_size : 1, in_bucket = p->sector % size;

	switch (what) {
	case COUNT_PTR_NEWER:		return extent_ptr_word(p->dev, p->sector, p->gen + 2);
	case COUNT_PTR_STALE:		return extent_ptr_word(p->dev, p->sector, p->gen - 2);
	case COUNT_PTR_DEVICE:		return extent_ptr_word(SB_MEMBERS_MAX - 1, p->sector, p->gen);
	case COUNT_PTR_FREE:		return extent_ptr_word(p->dev, (m ? m->nbuckets - m->nbuckets / 8 : 0) * size + in_bucket, p->gen);
	case COUNT_PTR_RANGE:		return extent_ptr_word(p->dev, ((m ? m->nbuckets : 0) + 3) * size + in_bucket, p->gen);
	default:			return extent_ptr_word(p->dev, in_bucket, p->gen);	/* the superblock's bucket */
	}
}

static bool same_bucket(const struct damage *d, uint64_t word, const struct extent_ptr *p)
{
	struct extent_ptr other = extent_ptr_decode(word);
	const struct member_geometry *m = geometry_member(&d->v->geo, p->dev);

	return m && other.dev == p->dev && other.sector / m->bucket_size == p->sector / m->bucket_size;
}

static bool edit_pointer(const struct damage *d, struct edit *e, struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;

	if (k.k.type != KEY_extent || !extent_next_ptr(k, &it, &p) || p.cached || p.unwritten)
		return false;
	bkey_buf_set(&e->key, k);
	if (e->what == COUNT_PTR_SHARED && (!e->other || same_bucket(d, e->other, &p))) {
		e->other = extent_ptr_word(p.dev, p.sector, p.gen);
		return false;
	}
	le64_put(e->key.v + 8 * (size_t)p.word, e->what == COUNT_PTR_SHARED ? e->other : bad_pointer(d, e->what, &p));
	return true;
}

static bool edit_count(struct edit *e, struct bkey_s k)
{
	int64_t v[ACCT_COUNTERS_MAX];
	uint64_t refcount;

	bkey_buf_set(&e->key, k);
	switch (e->what) {
	case COUNT_REFCOUNT:
		if (!reflink_refcount_get(k, &refcount))
			return false;
		reflink_refcount_put(&e->key, refcount + 1);
		return true;
	case COUNT_COUNTER:
		if (!accounting_get(k, v) || accounting_pos_get(k.k.p).type == ACCT_inum)
			return false;
		le64_put(e->key.v, v[0] + 2);
		return true;
	default:
		if (k.k.type != KEY_extent)
			return false;
		e->key.k.ver.lo = UINT64_C(1) << 40;
		return true;
	}
}

static bool edit_one(const struct damage *d, struct edit *e, struct bkey_s k)
{
	return e->what < COUNT_PTR_NEWER ? edit_alloc(e, k) : e->what < COUNT_REFCOUNT ? edit_pointer(d, e, k) : edit_count(e, k);
}

/* At the end of the node, behind the last key or instead of it. */
static enum arb_code add_alloc(struct damage *d, struct edit *e, struct bkey_s *keys, size_t *nr)
{
	struct alloc_v4 a = { .data_type = DATA_user, .dirty_sectors = 8, .io_time = { 1, 1 } };
	struct bpos p = *nr ? keys[*nr - 1].k.p : damage_target(d)->ptr.min_key;
	const struct member_geometry *m = geometry_member(&d->v->geo, p.inode);

	if (!m)
		return arb_fail(d->err, ARB_E_BAD_ARGUMENT, "no key in this node can be damaged so");
	p.offset = p.inode == damage_target(d)->ptr.max_key.inode ? damage_target(d)->ptr.max_key.offset : UINT64_MAX;
	p.offset = p.offset < m->nbuckets ? p.offset : m->nbuckets - 1;
	if (!*nr || !bpos_eq(p, keys[*nr - 1].k.p))
		++*nr;
	alloc_put(&e->key, p, &a);
	keys[*nr - 1] = bkey_buf_s(&e->key);
	return ARB_OK;
}

static enum arb_code change(struct damage *d, struct bkey_s *keys, size_t *nr, const void *arg)
{
	struct edit *e = *(struct edit *const *)arg;
	size_t kept = 0, changed = 0;

	if (e->what == COUNT_ALLOC_SURPLUS)
		return add_alloc(d, e, keys, nr);
	free(e->changed);		/* of a node that had no such key */
	e->changed = calloc(*nr + 1, sizeof(*e->changed));
	if (!e->changed)
		return arb_fail(d->err, ARB_E_NOMEM, "no memory for changed keys");
	for (size_t i = 0; i < *nr; i++) {
		bool now = (!changed || e->all) && edit_one(d, e, keys[i]);

		if (now)
			e->changed[changed] = e->key;
		if (!now || !e->missing)
			keys[kept++] = now ? bkey_buf_s(&e->changed[changed]) : keys[i];
		changed += now;
	}
	*nr = kept;
	return changed ? ARB_OK : arb_fail(d->err, ARB_E_BAD_ARGUMENT, "no key in this node can be damaged so");
}

enum arb_code damage_do_count(struct damage *d, int what)
{
	struct edit e = { .what = what & ~COUNT_ALL, .all = what & COUNT_ALL }, *at = &e;
	enum arb_code code = damage_some_key(d, change, &at);

	free(e.changed);
	return code;
}
