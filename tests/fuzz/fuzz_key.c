/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys: unpacking through a hostile format, validity and text of every type.
 * Input: btree, level, flags, format (56 bytes), then one packed or unpacked key with its value.
 */
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"
#include "fuzz.h"

#define HEAD (3 + BKEY_FORMAT_BYTES)

static struct bkey_s random_key(struct arb_random *r, uint8_t *val)
{
	struct bkey k = {
		.p = { arb_random_u64(r) % 5000, arb_random_u64(r) % 5000, (uint32_t)-(arb_random_u64(r) % 2) },
		.size = (uint32_t)(arb_random_u64(r) % 3 ? 0 : 8), .type = (uint8_t)(arb_random_u64(r) % (KEY_TYPE_NR + 1)),
		.u64s = (uint8_t)(5 + arb_random_u64(r) % 30),
	};

	for (unsigned i = 0; i < bkey_val_u64s(&k); i++)	/* mostly small numbers, as in real values */
		le64_put(val + 8 * i, arb_random_u64(r) >> (arb_random_u64(r) % 64) & (arb_random_u64(r) % 4 ? UINT64_MAX : 0xff));
	return (struct bkey_s){ k, val };
}

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	uint8_t val[8 * BKEY_VAL_U64s_MAX];
	struct bkey_s k = random_key(r, val);
	struct bkey_format f = bkey_format_for(&k.k, 1, POS_MIN, SPOS_MAX);

	buf[0] = (uint8_t)(arb_random_u64(r) % BTREE_ID_NR);
	buf[1] = arb_random_u64(r) % 4 == 0;
	buf[2] = (uint8_t)arb_random_u64(r);
	bkey_format_put(buf + 3, &f);
	if (arb_random_u64(r) % 2)
		return HEAD + bkey_put(buf + HEAD, k);
	return HEAD + bkey_pack(&f, k, buf + HEAD);
}

static void repack(const struct bkey_format *f, struct bkey_s k)
{
	uint8_t out[8 * 256];
	size_t n = bkey_pack(f, k, out);
	struct bkey back;

	if (!n)
		return;
	back = bkey_unpack(f, out);
	FUZZ_CHECK(bpos_eq(back.p, k.k.p) && back.size == k.k.size && back.u64s == k.k.u64s && back.type == k.k.type);
}

static void pointers(struct bkey_s k)
{
	struct extent_iter it = { 0 };
	struct extent_ptr ptr;
	struct btree_ptr bp;
	static struct bkey_buf again;

	for (unsigned n = 0; extent_next_ptr(k, &it, &ptr); n++)
		FUZZ_CHECK(n < BKEY_VAL_U64s_MAX && ptr.word < bkey_val_u64s(&k.k));
	if (btree_ptr_get(k, &bp)) {
		FUZZ_CHECK(bp.nr_ptrs <= BTREE_PTRS_MAX);
		btree_ptr_put(&again, &bp);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct fs_geometry geo = fuzz_geometry();
	struct key_check_ctx check = { .geo = &geo, .min = POS_MIN, .max = SPOS_MAX };
	struct key_text_ctx text = { .geo = &geo };
	struct bkey_format f;
	struct bkey_s k;
	ARB_BUF(out);

	if (n < HEAD + 8)
		return 0;
	f = bkey_format_get(p + 3);
	check.btree = p[0];
	check.level = p[1];
	check.committing = p[2] & 1;
	check.check_range = p[2] & 2;
	text.flags = p[2] >> 2;
	if (p[2] & 0x80)
		text.geo = NULL;
	if (bkey_format_invalid(&f, p[2] & 0x40))
		f = bkey_format_current;
	p += HEAD;
	n -= HEAD;
	if (8u * p[0] > n || !bkey_packed_u64s_ok(&f, p))
		return 0;
	k = (struct bkey_s){ bkey_unpack(&f, p), p + 8 * bkey_packed_key_u64s(&f, p) };
	bkey_invalid(&check, k, &out);
	bkey_to_text(&out, &text, k);
	bkey_format_to_text(&out, &f);
	repack(&f, k);
	pointers(k);
	return 0;
}
