/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alloc keys: the newest form, its rules and its text, and the state of a bucket that follows from its counters. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "key_alloc.h"
#include "key_plain.h"
#include "key_row.h"

#define V4_BYTES	64
#define V4_U64s_OLDEST	6	/* what a bp_start of 0 stands for */
#define V4_U64s		8
#define V4_BP_U64s	4	/* of an embedded backpointer */
#define V4_STRIPE_SECTORS 56

bool alloc_v4_get(const struct bkey_s *k, struct alloc_v4 *ret)
{
	uint8_t v[V4_BYTES] = { 0 };
	size_t n = bkey_val_bytes(&k->k), fixed;
	uint32_t flags;

	*ret = (struct alloc_v4) { 0 };
	if (n < 8 * V4_U64s_OLDEST)
		return false;
	memcpy(v, k->v, n < V4_BYTES ? n : V4_BYTES);
	flags = le32_get(v + 8);
	ret->bp_start = flags >> 2 & 0x3f;
	ret->nr_backpointers = flags >> 8 & 0x3f;
	fixed = 8 * (ret->bp_start ? ret->bp_start : V4_U64s_OLDEST);
	if (fixed < V4_BYTES)
		memset(v + fixed, 0, V4_BYTES - fixed);

	ret->journal_seq = le64_get(v);
	ret->need_discard = flags & 1;
	ret->need_inc_gen = flags >> 1 & 1;
	ret->gen = v[12];
	ret->oldest_gen = v[13];
	ret->data_type = v[14];
	ret->stripe_redundancy = v[15];
	ret->dirty_sectors = le32_get(v + 16);
	ret->cached_sectors = le32_get(v + 20);
	ret->io_time[0] = le64_get(v + 24);
	ret->io_time[1] = le64_get(v + 32);
	ret->stripe = le32_get(v + 40);
	ret->nr_external_backpointers = le32_get(v + 44);
	ret->fragmentation_obsolete = le64_get(v + 48);
	ret->stripe_sectors = le32_get(v + V4_STRIPE_SECTORS);
	return true;
}

void alloc_put(struct bkey_buf *out, struct bpos bucket, const struct alloc_v4 *a)
{
	uint8_t *v = out->v;

	out->k = (struct bkey) { .p = bucket, .type = KEY_alloc_v4, .u64s = BKEY_U64s + V4_U64s };
	memset(v, 0, V4_BYTES);
	le64_put(v, a->journal_seq);
	le32_put(v + 8, a->need_discard | a->need_inc_gen << 1 | V4_U64s << 2);
	v[12] = a->gen;
	v[13] = a->oldest_gen;
	v[14] = a->data_type;
	v[15] = a->stripe_redundancy;
	le32_put(v + 16, a->dirty_sectors);
	le32_put(v + 20, a->cached_sectors);
	le64_put(v + 24, a->io_time[0]);
	le64_put(v + 32, a->io_time[1]);
	le32_put(v + 40, a->stripe);
	le32_put(v + 44, a->nr_external_backpointers);
	le64_put(v + 48, a->fragmentation_obsolete);
	le32_put(v + V4_STRIPE_SECTORS, a->stripe_sectors);
}

bool alloc_get(struct bkey_s k, struct alloc_v4 *ret)
{
	*ret = (struct alloc_v4) { 0 };
	if (k.k.u64s < BKEY_U64s)
		return false;
	switch (k.k.type) {
	case KEY_alloc_v4:
		return alloc_v4_get(&k, ret);
	case KEY_alloc:
	case KEY_alloc_v2:
	case KEY_alloc_v3:
		return alloc_old_get(&k, ret);
	default:
		return k.k.type == KEY_deleted;
	}
}

unsigned alloc_data_type(const struct alloc_v4 *a, unsigned hint)
{
	if (a->stripe)
		return hint == DATA_parity ? DATA_parity : DATA_stripe;
	if (alloc_dirty_sectors(a))
		return hint;
	if (a->cached_sectors)
		return DATA_cached;
	if (a->need_discard)
		return DATA_need_discard;
	return (uint8_t)(a->gen - a->oldest_gen) >= BUCKET_GC_GEN_MAX ? DATA_need_gc_gens : DATA_free;
}

uint64_t alloc_fragmentation(const struct alloc_v4 *a, unsigned bucket_size)
{
	uint64_t dirty = alloc_dirty_sectors(a);

	if (!data_type_movable(a->data_type) || !dirty || dirty >= bucket_size)
		return 0;
	return (dirty << 31) / bucket_size;
}

uint64_t alloc_freespace_start(const struct alloc_v4 *a, uint64_t bucket)
{
	return bucket | (uint64_t)((uint8_t)(a->gen - a->oldest_gen) >> 4) << 56;
}

static unsigned check_contents(const struct alloc_v4 *a, struct arb_buf *why)
{
	const char *type = data_type_name(a->data_type);
	bool dirty = alloc_dirty_sectors(a);

	switch (a->data_type) {
	case DATA_free:
	case DATA_need_gc_gens:
	case DATA_need_discard:
		if (dirty || a->cached_sectors || a->stripe)
			return key_bad(why, KEY_ERR_alloc_key_empty_but_have_data, "a bucket in state %s has data", type);
		return 0;
	case DATA_sb:
	case DATA_journal:
	case DATA_btree:
	case DATA_user:
	case DATA_parity:
		if (!dirty)
			return key_bad(why, KEY_ERR_alloc_key_dirty_sectors_0, "a bucket of type %s without data", type);
		return 0;
	case DATA_cached:
		if (!a->cached_sectors || dirty || a->stripe)
			return key_bad(why, KEY_ERR_alloc_key_cached_inconsistency,
				       "a cached bucket has %u cached and %" PRIu64 " dirty sectors, stripe %u",
				       a->cached_sectors, alloc_dirty_sectors(a), a->stripe);
		return 0;
	default:
		return 0;
	}
}

unsigned alloc_v4_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct alloc_v4 a;
	unsigned fixed;

	(void)c;
	alloc_v4_get(k, &a);
	fixed = a.bp_start ? a.bp_start : V4_U64s_OLDEST;
	if (fixed + V4_BP_U64s * a.nr_backpointers > bkey_val_u64s(&k->k))
		return key_bad(why, KEY_ERR_alloc_v4_val_size_bad, "%u words and %u backpointers in a value of %u words",
			       fixed, a.nr_backpointers, bkey_val_u64s(&k->k));
	if (!a.bp_start && a.nr_backpointers)
		return key_bad(why, KEY_ERR_alloc_v4_backpointers_start_bad, "%u backpointers that start nowhere",
			       a.nr_backpointers);
	if (alloc_data_type(&a, a.data_type) != a.data_type)
		return key_bad(why, KEY_ERR_alloc_key_data_type_bad, "data type is %u, its counters say %u",
			       a.data_type, alloc_data_type(&a, a.data_type));
	for (unsigned i = 0; i < 2; i++)
		if (a.io_time[i] > LRU_TIME_MAX)
			return key_bad(why, KEY_ERR_alloc_key_io_time_bad, "%s time %" PRIu64 " has more than 48 bits",
				       i ? "write" : "read", a.io_time[i]);
	return check_contents(&a, why);
}

/* Without stripe and backpointers, and not of a kind that only a stripe has. */
KEY_IS_PLAIN(alloc_v4)
{
	uint32_t flags = le32_get(v + 8);
	unsigned fixed = flags >> 2 & 0x3f, nr_backpointers = flags >> 8 & 0x3f;
	struct alloc_v4 a = {
		.need_discard = flags & 1, .gen = v[12], .oldest_gen = v[13], .data_type = v[14],
		.dirty_sectors = le32_get(v + 16), .cached_sectors = le32_get(v + 20),
	};

	(void)c;
	if (fixed < V4_U64s_OLDEST || fixed > bkey_val_u64s(k) || nr_backpointers || le32_get(v + 40) ||
	    (le64_get(v + 24) | le64_get(v + 32)) > LRU_TIME_MAX)
		return false;
	if (fixed >= V4_U64s)
		a.stripe_sectors = le32_get(v + V4_STRIPE_SECTORS);
	if (alloc_dirty_sectors(&a))
		return a.data_type >= DATA_sb && a.data_type <= DATA_user;
	return alloc_data_type(&a, DATA_free) == a.data_type;
}
KEY_PLAIN_FUNCTIONS(alloc_v4)

static void line_u64(struct arb_buf *out, const struct key_text_ctx *c, const char *name, uint64_t v)
{
	key_text_line(out, c);
	arb_buf_printf(out, "%-18s%" PRIu64, name, v);
}

void alloc_v4_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	const struct fs_geometry *geo = key_text_geo(c);
	const struct member_geometry *m = geo && k->k.p.inode < SB_MEMBERS_MAX ? geometry_member(geo, k->k.p.inode) : NULL;
	struct alloc_v4 a;

	alloc_get(*k, &a);
	key_text_line(out, c);
	arb_buf_printf(out, "gen %u oldest_gen %u data_type ", a.gen, a.oldest_gen);
	data_type_to_text(out, a.data_type);
	line_u64(out, c, "journal_seq", a.journal_seq);
	line_u64(out, c, "need_discard", a.need_discard);
	line_u64(out, c, "need_inc_gen", a.need_inc_gen);
	line_u64(out, c, "dirty_sectors", a.dirty_sectors);
	line_u64(out, c, "stripe_sectors", a.stripe_sectors);
	line_u64(out, c, "cached_sectors", a.cached_sectors);
	line_u64(out, c, "stripe", a.stripe);
	line_u64(out, c, "stripe_redundancy", a.stripe_redundancy);
	line_u64(out, c, "io_time[READ]", a.io_time[0]);
	line_u64(out, c, "io_time[WRITE]", a.io_time[1]);
	if (m && k->k.p.offset >= m->first_bucket && k->k.p.offset < m->nbuckets)
		line_u64(out, c, "fragmentation", alloc_fragmentation(&a, m->bucket_size));
	line_u64(out, c, "bp_start", V4_U64s);	/* of the key as it would be written again */
	arb_buf_putc(out, '\n');
}
