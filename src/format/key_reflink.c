/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File ranges without pointers of their own: shared ones, reserved ones, and data kept in the key. */
#include <inttypes.h>
#include "arborist/base/le.h"
#include "arborist/format/reflink.h"
#include "extent_text.h"
#include "key_plain.h"
#include "key_row.h"

#define REPLICAS_MAX		4
#define INLINE_BYTES_SHOWN	32

static bool has_value(const struct bkey_s *k, unsigned type, unsigned words)
{
	return k->k.type == type && k->k.u64s >= BKEY_U64s + words;
}

bool reflink_p_get(struct bkey_s k, struct reflink_p *ret)
{
	*ret = (struct reflink_p) { 0 };
	if (!has_value(&k, KEY_reflink_p, 2))
		return false;
	*ret = (struct reflink_p) { le64_get(k.v), le32_get(k.v + 8), le32_get(k.v + 12) };
	return true;
}

void reflink_p_put(struct bkey_buf *out, struct bpos p, uint32_t size, const struct reflink_p *r)
{
	le64_put(out->v, r->idx);
	le32_put(out->v + 8, r->front_pad);
	le32_put(out->v + 12, r->back_pad);
	out->k = (struct bkey) { .p = p, .size = size, .type = KEY_reflink_p, .u64s = BKEY_U64s + 2 };
}

unsigned reflink_p_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	uint64_t idx = le64_get(k->v);
	uint32_t front_pad = le32_get(k->v + 8);

	(void)c;
	if (idx < front_pad)
		return key_bad(why, KEY_ERR_reflink_p_front_pad_bad, "index %" PRIu64 " is smaller than the pad of %u before it",
			       idx, front_pad);
	return 0;
}

KEY_IS_PLAIN(reflink_p)
{
	(void)c, (void)k;
	return le64_get(v) >= le32_get(v + 8);
}
KEY_PLAIN_FUNCTIONS(reflink_p)

void reflink_p_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "idx %" PRIu64 " front_pad %u back_pad %u", le64_get(k->v), le32_get(k->v + 8), le32_get(k->v + 12));
}

bool reflink_refcount_get(struct bkey_s k, uint64_t *ret)
{
	*ret = 0;
	if (!has_value(&k, KEY_reflink_v, 1) && !has_value(&k, KEY_indirect_inline_data, 1))
		return false;
	*ret = le64_get(k.v);
	return true;
}

void reflink_refcount_put(struct bkey_buf *k, uint64_t refcount)
{
	le64_put(k->v, refcount);
}

unsigned reflink_v_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	return extent_ptrs_invalid(c, k, why);
}

void reflink_v_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	arb_buf_printf(out, "refcount: %" PRIu64 " ", le64_get(k->v));
	extent_ptrs_to_text(out, c, k);
}

static void data_to_text(struct arb_buf *out, const uint8_t *data, size_t n)
{
	arb_buf_printf(out, "datalen %zu: ", n);
	for (size_t i = 0; i < n && i < INLINE_BYTES_SHOWN; i++)
		arb_buf_printf(out, "%02x", data[i]);
}

void inline_data_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	data_to_text(out, k->v, bkey_val_bytes(&k->k));
}

void indirect_inline_data_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "refcount %" PRIu64 " ", le64_get(k->v));
	data_to_text(out, k->v + 8, bkey_val_bytes(&k->k) - 8);
}

bool reservation_get(struct bkey_s k, struct reservation *ret)
{
	*ret = (struct reservation) { 0 };
	if (!has_value(&k, KEY_reservation, 1))
		return false;
	*ret = (struct reservation) { le32_get(k.v), k.v[4] };
	return true;
}

unsigned reservation_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (!k->v[4] || k->v[4] > REPLICAS_MAX)
		return key_bad(why, KEY_ERR_reservation_key_nr_replicas_invalid, "%u replicas", k->v[4]);
	return 0;
}

void reservation_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "generation %u replicas %u", le32_get(k->v), k->v[4]);
}
