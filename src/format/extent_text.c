/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of extent entries (format-keys.md 3.2, at the end). */
#include <inttypes.h>
#include "arborist/base/le.h"
#include "arborist/format/enums.h"
#include "extent_text.h"
#include "key_row.h"

#define MEMBER_FAILED 2

/* How many copies the key is worth on the devices that exist. */
static unsigned durability(const struct fs_geometry *geo, const struct bkey_s *k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	unsigned sum = 0;

	while (extent_next_ptr(*k, &it, &p)) {
		const struct member_geometry *m = geometry_member(geo, p.dev);

		if (m && m->state != MEMBER_FAILED && !p.cached)
			sum += p.has_ec ? p.ec_redundancy + 1u : m->durability;
	}
	return sum;
}

/* Whether the bucket has been reused since the pointer was written. */
static bool ptr_stale(const struct key_text_ctx *c, const struct member_geometry *m, uint64_t bucket, uint8_t gen)
{
	if (c->flags & KEY_TEXT_NO_GENS)
		return false;
	return (int8_t)((m->gens ? m->gens[bucket] : 0) - gen) > 0;
}

static void ptr_on_member(struct arb_buf *out, const struct key_text_ctx *c, const struct extent_ptr *p,
			  const struct member_geometry *m)
{
	uint32_t in_bucket;
	uint64_t bucket = member_bucket(m, p->sector, &in_bucket);

	arb_buf_printf(out, "ptr: %u:%" PRIu64 ":%u gen %u", p->dev, bucket, in_bucket, p->gen);
	if (m->durability != 1)
		arb_buf_printf(out, " d=%u", m->durability);
	if (p->cached)
		arb_buf_puts(out, " cached");
	if (p->unwritten)
		arb_buf_puts(out, " unwritten");
	if (bucket < m->first_bucket || bucket >= m->nbuckets)
		arb_buf_puts(out, " invalid");
	else if (ptr_stale(c, m, bucket, p->gen))
		arb_buf_puts(out, " stale");
}

void extent_ptr_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct extent_ptr *p)
{
	const struct fs_geometry *geo = key_text_geo(c);
	const struct member_geometry *m = geo ? geometry_member(geo, p->dev) : NULL;

	if (m)
		ptr_on_member(out, c, p, m);
	else
		arb_buf_printf(out, "ptr: %u:%" PRIu64 " gen %u%s", p->dev, p->sector, p->gen, p->cached ? " cached" : "");
}

static void crc_to_text(struct arb_buf *out, const struct extent_crc *crc)
{
	arb_buf_printf(out, "crc: c_size %u size %u offset %u nonce %u csum ",
		       crc->compressed_size, crc->uncompressed_size, crc->offset, crc->nonce);
	csum_type_to_text(out, crc->csum_type);
	arb_buf_printf(out, " %" PRIx64 ":%" PRIx64 "  compress ", crc->csum_hi, crc->csum_lo);
	compression_type_to_text(out, crc->compression_type);
}

/* 0 none, 1..256 a device, above that a disk group. */
static void target_to_text(struct arb_buf *out, unsigned target)
{
	if (!target)
		arb_buf_puts(out, "none");
	else if (target <= 256)
		arb_buf_printf(out, "device %u", target - 1);
	else
		arb_buf_printf(out, "group %u", target - 257);
}

static void rebalance_to_text(struct arb_buf *out, const struct key_text_ctx *c, uint64_t word)
{
	unsigned target = word >> 48;

	arb_buf_puts(out, "rebalance: target ");
	if (key_text_geo(c))
		target_to_text(out, target);
	else
		arb_buf_printf(out, "%u", target);
	arb_buf_puts(out, " compression ");
	compression_opt_to_text(out, word >> 40 & 0xff);
}

static void entry_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k,
			  const struct extent_entry *e)
{
	struct extent_ptr p;
	struct extent_crc crc;

	switch (e->type) {
	case EXTENT_ENTRY_ptr:
		p = extent_ptr_decode(e->first);
		extent_ptr_to_text(out, c, &p);
		break;
	case EXTENT_ENTRY_crc32:
	case EXTENT_ENTRY_crc64:
	case EXTENT_ENTRY_crc128:
		crc = extent_crc_decode(k, e);
		crc_to_text(out, &crc);
		break;
	case EXTENT_ENTRY_stripe_ptr:
		arb_buf_printf(out, "ec: idx %" PRIu64 " block %u", e->first >> 17, (unsigned)(e->first >> 5 & 0xff));
		break;
	case EXTENT_ENTRY_rebalance:
		rebalance_to_text(out, c, e->first);
		break;
	default:
		arb_buf_printf(out, "(invalid extent entry %016" PRIx64 ")", e->first);
	}
}

void extent_ptrs_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	const struct fs_geometry *geo = key_text_geo(c);
	struct extent_entry e;
	unsigned word = 0;
	bool first = true;

	if (geo)
		arb_buf_printf(out, "durability: %u ", durability(geo, k));
	for (; extent_next_entry(k, &word, &e); first = false) {
		if (!first)
			arb_buf_putc(out, ' ');
		entry_to_text(out, c, k, &e);
	}
}

void extent_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	extent_ptrs_to_text(out, c, k);
}
