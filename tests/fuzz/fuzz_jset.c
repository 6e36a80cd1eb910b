/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A journal entry: header, its entries, their keys, and their text. */
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/btree_id.h"
#include "arborist/format/jset.h"
#include "fuzz.h"

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	static const uint8_t length[JSET_ENTRY_TYPE_NR] = { 0, 0, 8, 8, 16, 8, 24, 16, 64, 16, 0, 0, 8 };
	struct jset_header h = { .magic = 0x123456789abcdef0, .seq = 9, .last_seq = 5, .version = 1037, .csum_type = 1 };
	struct jset_writer w = { 0 };
	uint8_t val[80], *raw;
	size_t n = 0;

	for (unsigned i = 0; i < sizeof(val); i++)
		val[i] = (uint8_t)(arb_random_u64(r) % 5);
	for (unsigned i = arb_random_u64(r) % 8; i; i--) {
		unsigned type = arb_random_u64(r) % JSET_ENTRY_TYPE_NR, key_type = arb_random_u64(r) % KEY_TYPE_NR;
		struct bkey_s k = { { .p = { 1, i, 0 }, .u64s = (uint8_t)(5 + arb_random_u64(r) % 10), .type = (uint8_t)key_type }, val };

		if (length[type])
			jset_add_raw(&w, type, 0, 0, val, length[type]);
		else
			jset_add_key(&w, type, arb_random_u64(r) % BTREE_ID_NR, 0, k);
	}
	if (!jset_encode(&h, arb_buf_str(&w.out), w.out.len, 512, &raw, &n, NULL)) {
		memcpy(buf, raw, n);
		free(raw);
	}
	arb_buf_free(&w.out);
	return n;
}

static void read_keys(const struct jset_entry *e)
{
	size_t cursor = 0;
	struct bkey_s k;
	bool bad = false;

	while (jset_key_next(e, &cursor, &k, &bad)) {
		FUZZ_CHECK(k.k.u64s >= BKEY_U64s);
		FUZZ_CHECK(k.v + bkey_val_bytes(&k.k) <= e->payload + e->bytes);
	}
}

static enum arb_code walked(void *arg, const struct jset_entry *e, const struct bkey_s *k, uint32_t word)
{
	(void)e;
	(void)word;
	*(unsigned *)arg += !k;
	return ARB_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct fs_geometry geo = fuzz_geometry();
	struct key_text_ctx text = { .geo = &geo };
	struct defects d = { 0 };
	struct jset_entry e;
	size_t cursor = 0;
	bool bad = false;
	unsigned entries = 0;
	ARB_BUF(out);

	if (n < JSET_HEADER_BYTES)
		return 0;
	jset_validate(&geo, p, n, &d);
	jset_walk(&geo, p, n, &d, walked, &entries);
	while (jset_entry_next(p + JSET_HEADER_BYTES, n - JSET_HEADER_BYTES, &cursor, &e, &bad)) {
		FUZZ_CHECK(e.payload + e.bytes <= p + n);
		arb_buf_reset(&out);
		jset_entry_to_text(&out, &text, &e);
		read_keys(&e);
	}
	jset_walk_entries(&geo, p + JSET_HEADER_BYTES, n - JSET_HEADER_BYTES, &d, walked, &entries);
	defects_free(&d);
	return 0;
}
