/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../unit.h"

#include <stdlib.h>

#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "both_ways.h"

struct sums {
	struct view	*v;
	struct { uint64_t dirty, striped; } *bucket[SB_MEMBERS_MAX];	/* as backpointers say */
	uint64_t	nr;
};

static enum arb_code add_backpointer(void *arg, const struct node *n, struct bkey_s k)
{
	struct sums *s = arg;
	const struct member_geometry *m;
	struct backpointer b;
	uint64_t nr;

	(void)n;
	assert_true(backpointer_get(k, &b));
	m = geometry_member(&s->v->geo, k.k.p.inode);
	assert_non_null(m);
	nr = backpointer_bucket(m, k.k.p);
	assert_true(nr < m->nbuckets);
	*(b.data_type == DATA_stripe ? &s->bucket[k.k.p.inode][nr].striped : &s->bucket[k.k.p.inode][nr].dirty) += b.bucket_len;
	s->nr++;
	return ARB_OK;
}

/* Superblock, journal and parity have no backpointers. */
static bool has_backpointers(const struct alloc_v4 *a)
{
	return a->data_type == DATA_btree || a->data_type == DATA_user || a->data_type == DATA_stripe;
}

static void compare(struct bpos p, const char *what, uint32_t alloc, uint64_t *back)
{
	if (alloc != *back)
		fail_msg("bucket %llu:%llu: %u sectors %s by its pointers, %llu by its backpointers", (unsigned long long)p.inode,
			 (unsigned long long)p.offset, alloc, what, (unsigned long long)*back);
	*back = 0;
}

static enum arb_code compare_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct sums *s = arg;
	struct alloc_v4 a;

	(void)n;
	assert_true(alloc_get(k, &a));
	compare(k.k.p, "in stripes", a.stripe_sectors, &s->bucket[k.k.p.inode][k.k.p.offset].striped);
	compare(k.k.p, "of their own", has_backpointers(&a) ? a.dirty_sectors : 0, &s->bucket[k.k.p.inode][k.k.p.offset].dirty);
	return ARB_OK;
}

void both_ways(struct view *v)
{
	struct sums s = { .v = v };
	struct walk w = { .btree = BTREE_backpointers, .end = SPOS_MAX, .key = add_backpointer, .arg = &s };

	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++)
		if (v->geo.member[i].exists)
			s.bucket[i] = calloc(v->geo.member[i].nbuckets, sizeof(*s.bucket[i]));
	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	assert_true(s.nr > 0);
	w.btree = BTREE_alloc;
	w.key = compare_alloc;
	assert_int_equal(view_walk(v, &w, NULL), ARB_OK);
	for (unsigned i = 0; i < SB_MEMBERS_MAX; i++) {
		for (uint64_t b = 0; s.bucket[i] && b < v->geo.member[i].nbuckets; b++)
			assert_true(!s.bucket[i][b].dirty && !s.bucket[i][b].striped);
		free(s.bucket[i]);
	}
}
