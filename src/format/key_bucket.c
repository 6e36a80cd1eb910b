/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys that are derived from buckets and what is in them: backpointers, generations, lru. */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/btree_id.h"
#include "key_plain.h"
#include "key_row.h"

#define BP_BYTES	32
#define BP_SHIFT	10	/* room below a sector number for the offset of a crc entry */

bool backpointer_get(struct bkey_s k, struct backpointer *ret)
{
	*ret = (struct backpointer) { 0 };
	if (k.k.type != KEY_backpointer || k.k.u64s < BKEY_U64s + BP_BYTES / 8)
		return false;
	*ret = (struct backpointer) {
		.btree		= k.v[0],
		.level		= k.v[1],
		.data_type	= k.v[2],
		.bucket_offset	= le64_get(k.v) >> 24,
		.bucket_len	= le32_get(k.v + 8),
		.pos		= bpos_get(k.v + 12),
	};
	return true;
}

void backpointer_put(struct bkey_buf *out, struct bpos p, const struct backpointer *b)
{
	out->k = (struct bkey) { .p = p, .type = KEY_backpointer, .u64s = BKEY_U64s + BP_BYTES / 8 };
	le64_put(out->v, b->btree | (uint64_t)b->level << 8 | (uint64_t)b->data_type << 16 | b->bucket_offset << 24);
	le32_put(out->v + 8, b->bucket_len);
	bpos_put(out->v + 12, b->pos);
}

struct bpos backpointer_pos(const struct member_geometry *m, unsigned dev, uint64_t bucket, uint64_t bucket_offset)
{
	return BPOS(dev, ((bucket * m->bucket_size) << BP_SHIFT) + bucket_offset, 0);
}

uint64_t backpointer_bucket(const struct member_geometry *m, struct bpos p)
{
	uint32_t in_bucket;

	return member_bucket(m, p.offset >> BP_SHIFT, &in_bucket);
}

static const struct member_geometry *pos_member(const struct fs_geometry *geo, struct bpos p)
{
	return geo && p.inode < SB_MEMBERS_MAX ? geometry_member(geo, p.inode) : NULL;
}

unsigned backpointer_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	const struct member_geometry *m = pos_member(c->geo, k->k.p);
	struct backpointer b;
	struct bpos p;

	if (!m)
		return 0;
	backpointer_get(*k, &b);
	p = backpointer_pos(m, k->k.p.inode, backpointer_bucket(m, k->k.p), b.bucket_offset);
	if (b.bucket_offset >> BP_SHIFT >= m->bucket_size || !bpos_eq(p, k->k.p))
		return key_bad(why, KEY_ERR_backpointer_bucket_offset_wrong, "offset %" PRIu64 " does not agree with the position",
			       b.bucket_offset);
	return 0;
}

KEY_IS_PLAIN(backpointer)
{
	const struct member_geometry *m = pos_member(c->geo, k->p);
	uint64_t bucket_offset = le64_get(v) >> 24, start;
	uint32_t in_bucket;

	if (!m || k->p.snapshot)
		return false;
	member_bucket(m, k->p.offset >> BP_SHIFT, &in_bucket);
	start = (k->p.offset >> BP_SHIFT) - in_bucket;
	return bucket_offset >> BP_SHIFT < m->bucket_size && (start << BP_SHIFT) + bucket_offset == k->p.offset;
}
KEY_PLAIN_FUNCTIONS(backpointer)

void backpointer_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	const struct member_geometry *m = pos_member(key_text_geo(c), k->k.p);
	struct backpointer b;

	backpointer_get(*k, &b);
	if (m) {
		arb_buf_puts(out, "bucket=");
		bpos_to_text(out, BPOS(k->k.p.inode, backpointer_bucket(m, k->k.p), 0));
	} else {
		arb_buf_printf(out, "sector=%" PRIu64 ":%" PRIu64, k->k.p.inode, k->k.p.offset >> BP_SHIFT);
	}
	arb_buf_puts(out, " btree=");
	btree_id_to_text(out, b.btree);
	arb_buf_printf(out, " l=%u offset=%" PRIu64 ":%u len=%u pos=", b.level, b.bucket_offset >> BP_SHIFT,
		       (unsigned)(b.bucket_offset & ((1u << BP_SHIFT) - 1)), b.bucket_len);
	bpos_to_text(out, b.pos);
}

bool bucket_gens_get(struct bkey_s k, uint8_t ret[BUCKET_GENS_NR])
{
	if (k.k.type != KEY_bucket_gens || k.k.u64s != BKEY_U64s + BUCKET_GENS_NR / 8)
		return false;
	memcpy(ret, k.v, BUCKET_GENS_NR);
	return true;
}

void bucket_gens_put(struct bkey_buf *out, unsigned dev, uint64_t index, const uint8_t gens[BUCKET_GENS_NR])
{
	out->k = (struct bkey) { .p = BPOS(dev, index, 0), .type = KEY_bucket_gens, .u64s = BKEY_U64s + BUCKET_GENS_NR / 8 };
	memcpy(out->v, gens, BUCKET_GENS_NR);
}

unsigned bucket_gens_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (bkey_val_bytes(&k->k) != BUCKET_GENS_NR)
		return key_bad(why, KEY_ERR_bucket_gens_val_size_bad, "value of %zu bytes, must be %u",
			       bkey_val_bytes(&k->k), BUCKET_GENS_NR);
	return 0;
}

void bucket_gens_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	for (size_t i = 0; i < bkey_val_bytes(&k->k) && i < BUCKET_GENS_NR; i++)
		arb_buf_printf(out, i ? " %u" : "%u", k->v[i]);
}

struct bpos lru_pos(unsigned id, uint64_t dev_bucket, uint64_t time)
{
	return BPOS((uint64_t)id << 48 | (time & LRU_TIME_MAX), dev_bucket, 0);
}

unsigned lru_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return lru_pos_time(k->k.p) ? 0 : key_bad(why, KEY_ERR_lru_entry_at_time_0, "an entry at time 0");
}

KEY_IS_PLAIN(lru)
{
	(void)c, (void)v;
	return lru_pos_time(k->p);
}
KEY_PLAIN_FUNCTIONS(lru)

void lru_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "idx %" PRIu64, le64_get(k->v));
}
