/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stripes: pointers of all blocks, then checksums, then a count of live sectors per block. */
#include <inttypes.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/enums.h"
#include "arborist/format/geometry.h"
#include "arborist/format/stripe.h"
#include "extent_text.h"
#include "key_row.h"

#define HEADER 8

static const uint8_t csum_sizes[CSUM_TYPE_NR] = {
	[CSUM_crc32c_nonzero]		= 4,
	[CSUM_crc64_nonzero]		= 8,
	[CSUM_chacha20_poly1305_80]	= 10,
	[CSUM_chacha20_poly1305_128]	= 16,
	[CSUM_crc32c]			= 4,
	[CSUM_crc64]			= 8,
	[CSUM_xxhash]			= 8,
};

/* Checksums per block. A block has less than 2^16 sectors: from 16 bits on there is one. */
static uint64_t granules(const struct stripe_key *s)
{
	return s->csum_granularity_bits < 16 ?
		(s->sectors + (1u << s->csum_granularity_bits) - 1) >> s->csum_granularity_bits : s->sectors != 0;
}

static unsigned csum_size(const struct stripe_key *s)
{
	return s->csum_type < CSUM_TYPE_NR ? csum_sizes[s->csum_type] : 0;
}

bool stripe_get(struct bkey_s k, struct stripe_key *ret)
{
	*ret = (struct stripe_key) { 0 };
	if (k.k.type != KEY_stripe || k.k.u64s < BKEY_U64s + 1)
		return false;
	*ret = (struct stripe_key) {
		.sectors		= le16_get(k.v),
		.algorithm		= k.v[2],
		.nr_blocks		= k.v[3],
		.nr_redundant		= k.v[4],
		.csum_granularity_bits	= k.v[5],
		.csum_type		= k.v[6],
		.disk_label		= k.v[7],
	};
	ret->csum_bytes = granules(ret) * csum_size(ret) * ret->nr_blocks;
	return true;
}

uint64_t stripe_csum_offset(const struct stripe_key *s, unsigned b, unsigned nr)
{
	return HEADER + 8 * (uint64_t)s->nr_blocks + (b * granules(s) + nr) * csum_size(s);
}

uint64_t stripe_count_offset(const struct stripe_key *s, unsigned b)
{
	return HEADER + 8 * (uint64_t)s->nr_blocks + s->csum_bytes + 2 * (uint64_t)b;
}

uint64_t stripe_val_u64s(const struct stripe_key *s)
{
	return (stripe_count_offset(s, s->nr_blocks) + 7) / 8;
}

bool stripe_put(struct bkey_buf *out, uint64_t idx, const struct stripe_key *s)
{
	struct stripe_key with = *s;

	with.csum_bytes = granules(s) * csum_size(s) * s->nr_blocks;
	*out = (struct bkey_buf){ .k = { .p = BPOS(0, idx, 0), .type = KEY_stripe } };
	if (stripe_val_u64s(&with) > BKEY_VAL_U64s_MAX)
		return false;
	out->k.u64s = BKEY_U64s + stripe_val_u64s(&with);
	le16_put(out->v, s->sectors);
	out->v[2] = s->algorithm;
	out->v[3] = s->nr_blocks;
	out->v[4] = s->nr_redundant;
	out->v[5] = s->csum_granularity_bits;
	out->v[6] = s->csum_type;
	out->v[7] = s->disk_label;
	return true;
}

static unsigned nr_data(const struct stripe_key *s)
{
	return s->nr_blocks > s->nr_redundant ? s->nr_blocks - s->nr_redundant : 0;
}

bool stripe_block(struct bkey_s k, const struct stripe_key *s, unsigned b, struct extent_ptr *ptr, uint16_t *ret_sectors)
{
	uint64_t count = stripe_count_offset(s, b), have = bkey_val_bytes(&k.k);

	if (b >= s->nr_blocks || HEADER + 8 * (b + 1) > have)
		return false;
	*ptr = extent_ptr_decode(le64_get(k.v + HEADER + 8 * b));
	ptr->word = 1 + b;
	*ret_sectors = count + 2 <= have ? le16_get(k.v + count) : 0;
	return true;
}

bool stripe_matches_ptr(struct bkey_s k, const struct stripe_key *s, const struct extent_ptr *p)
{
	struct extent_ptr b;
	uint16_t sectors;

	if (p->ec_block >= nr_data(s) || !stripe_block(k, s, p->ec_block, &b, &sectors))
		return false;
	return b.gen == p->gen && (b.dev == p->dev || b.dev == DEV_NONE || p->dev == DEV_NONE) &&
		p->sector >= b.sector && p->sector - b.sector < s->sectors;
}

unsigned stripe_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	struct stripe_key s;

	stripe_get(*k, &s);
	if (bpos_eq(k->k.p, POS_MIN) || bpos_lt(BPOS(0, UINT32_MAX, 0), k->k.p))
		return key_bad(why, KEY_ERR_stripe_pos_bad, "not a position of a stripe");
	if (s.csum_granularity_bits >= 64)	/* kernels shift by it */
		return key_bad(why, KEY_ERR_stripe_csum_granularity_bad, "checksums of 2^%u sectors each", s.csum_granularity_bits);
	if (bkey_val_u64s(&k->k) < stripe_val_u64s(&s))
		return key_bad(why, KEY_ERR_stripe_val_size_bad, "value of %u words, %" PRIu64 " are needed",
			       bkey_val_u64s(&k->k), stripe_val_u64s(&s));
	return extent_ptrs_invalid(c, k, why);
}

void stripe_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct stripe_key s;
	struct extent_ptr p;
	uint16_t live;

	stripe_get(*k, &s);
	arb_buf_printf(out, "algo %u sectors %u blocks %u:%u csum ", s.algorithm, s.sectors, nr_data(&s), s.nr_redundant);
	csum_type_to_text(out, s.csum_type);
	if (s.csum_granularity_bits < 64)
		arb_buf_printf(out, " gran %" PRIu64, (uint64_t)1 << s.csum_granularity_bits);
	else
		arb_buf_puts(out, " gran (too large)");
	if (s.disk_label)
		arb_buf_printf(out, " label group %u", s.disk_label - 1);
	for (unsigned b = 0; stripe_block(*k, &s, b, &p, &live); b++) {
		arb_buf_putc(out, ' ');
		extent_ptr_to_text(out, c, &p);
		if (b < nr_data(&s) && s.csum_type < CSUM_TYPE_NR && stripe_count_offset(&s, b) < bkey_val_bytes(&k->k))
			arb_buf_printf(out, "#%u", live);
	}
}
