/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pointers to btree nodes, old and new form (format-keys.md 3.3). */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "extent_text.h"
#include "key_row.h"

#define V2_SEQ			8
#define V2_SECTORS_WRITTEN	16
#define V2_FLAGS		18
#define V2_MIN_KEY		20
#define V2_PTRS			40
#define V2_RANGE_UPDATED	1

unsigned btree_ptr_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	if (bkey_val_u64s(&k->k) > BTREE_PTRS_MAX)
		return key_bad(why, KEY_ERR_btree_ptr_val_too_big, "value of %u words, at most %u are allowed",
			       bkey_val_u64s(&k->k), BTREE_PTRS_MAX);
	return extent_ptrs_invalid(c, k, why);
}

unsigned btree_ptr_v2_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	const unsigned max = V2_PTRS / 8 + BTREE_PTRS_MAX;

	if (bkey_val_u64s(&k->k) > max)
		return key_bad(why, KEY_ERR_btree_ptr_v2_val_too_big, "value of %u words, at most %u are allowed",
			       bkey_val_u64s(&k->k), max);
	if (bpos_le(k->k.p, bpos_get(k->v + V2_MIN_KEY)))
		return key_bad(why, KEY_ERR_btree_ptr_v2_min_key_bad, "the range does not end after its start");
	if (c->committing && !le16_get(k->v + V2_SECTORS_WRITTEN))
		return key_bad(why, KEY_ERR_btree_ptr_v2_written_0, "a new pointer must say how much of its node is written");
	return extent_ptrs_invalid(c, k, why);
}

void btree_ptr_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	extent_ptrs_to_text(out, c, k);
}

void btree_ptr_v2_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	bool updated = le16_get(k->v + V2_FLAGS) & V2_RANGE_UPDATED;

	arb_buf_printf(out, "seq %" PRIx64 " written %u min_key %s", le64_get(k->v + V2_SEQ),
		       le16_get(k->v + V2_SECTORS_WRITTEN), updated ? "R " : "");
	bpos_to_text(out, bpos_get(k->v + V2_MIN_KEY));
	arb_buf_putc(out, ' ');
	extent_ptrs_to_text(out, c, k);
}

/* False when there is anything but at most BTREE_PTRS_MAX plain pointers. */
static bool ptrs_get(const struct bkey_s *k, struct btree_ptr *ret)
{
	struct extent_entry e;
	unsigned word = 0;

	while (extent_next_entry(k, &word, &e)) {
		if (e.type != EXTENT_ENTRY_ptr || ret->nr_ptrs == BTREE_PTRS_MAX)
			return false;
		ret->ptr[ret->nr_ptrs] = extent_ptr_decode(e.first);
		ret->ptr[ret->nr_ptrs++].word = e.word;
	}
	return true;
}

bool btree_ptr_get(struct bkey_s k, struct btree_ptr *ret)
{
	*ret = (struct btree_ptr) { .max_key = k.k.p };
	if (k.k.u64s < BKEY_U64s)
		return false;
	if (k.k.type == KEY_btree_ptr_v2 && bkey_val_bytes(&k.k) >= V2_PTRS) {
		ret->is_v2 = true;
		ret->seq = le64_get(k.v + V2_SEQ);
		ret->sectors_written = le16_get(k.v + V2_SECTORS_WRITTEN);
		ret->range_updated = le16_get(k.v + V2_FLAGS) & V2_RANGE_UPDATED;
		ret->min_key = bpos_get(k.v + V2_MIN_KEY);
	} else if (k.k.type != KEY_btree_ptr) {
		return false;
	}
	return ptrs_get(&k, ret);
}

static uint64_t ptr_word(const struct extent_ptr *p)
{
	return extent_ptr_word(p->dev, p->sector, p->gen) | (uint64_t)p->cached << 1 | (uint64_t)p->unwritten << 3;
}

static void v2_put(uint8_t *v, const struct btree_ptr *p)
{
	memset(v, 0, V2_PTRS);
	le64_put(v + V2_SEQ, p->seq);
	le16_put(v + V2_SECTORS_WRITTEN, p->sectors_written);
	le16_put(v + V2_FLAGS, p->range_updated ? V2_RANGE_UPDATED : 0);
	bpos_put(v + V2_MIN_KEY, p->min_key);
}

void btree_ptr_put(struct bkey_buf *out, const struct btree_ptr *p)
{
	unsigned at = p->is_v2 ? V2_PTRS : 0;

	out->k = (struct bkey) {
		.p	= p->max_key,
		.type	= p->is_v2 ? KEY_btree_ptr_v2 : KEY_btree_ptr,
		.u64s	= BKEY_U64s + at / 8 + p->nr_ptrs,
	};
	if (p->is_v2)
		v2_put(out->v, p);
	for (unsigned i = 0; i < p->nr_ptrs && i < BTREE_PTRS_MAX; i++)
		le64_put(out->v + at + 8 * i, ptr_word(&p->ptr[i]));
}
