/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A btree node, decoded from memory. Input: one byte of choices, then the node. Choice bit 0: the checksum of the first
 * bset is made right again, so that what lies behind it is reached.
 */
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/btree/node.h"
#include "arborist/btree/node_write.h"
#include "arborist/format/btree_id.h"
#include "fuzz.h"

#define COOKIE 0x1122334455667788
#define NODE_BYTES (64 * 512)

static const struct node_spec spec = {
	.btree = BTREE_lru, .node_seq = 3, .cookie = COOKIE, .max = { UINT64_MAX, UINT64_MAX, UINT32_MAX }, .journal_seq = 5,
	.version = 1037, .csum_type = 1,
};

/* Ascending keys of type set, without values, in lru. */
static size_t make_keys(struct arb_random *r, struct bkey_s *keys, size_t max, uint64_t from)
{
	size_t nr = 1 + arb_random_u64(r) % (max - 1);

	for (size_t i = 0; i < nr; i++)
		keys[i] = (struct bkey_s){ { .p = { i / 8, from += 1 + arb_random_u64(r) % 100, 0 }, .u64s = 5, .type = KEY_set }, NULL };
	return nr;
}

size_t fuzz_seed(struct arb_random *r, uint8_t *buf)
{
	struct fs_geometry geo = fuzz_geometry();
	struct bkey_s keys[64];
	struct node_spec s = spec;
	uint8_t *raw;
	unsigned sectors;

	s.unpacked = arb_random_u64(r) % 4 == 0;
	buf[0] = (uint8_t)arb_random_u64(r);
	if (node_encode(&geo, &s, keys, make_keys(r, keys, 64, 0), &raw, &sectors, NULL))
		return 0;
	while (arb_random_u64(r) % 2)
		if (node_encode_append(&geo, &s, raw, &sectors, 6, keys, make_keys(r, keys, 20, 7), NULL))
			break;
	memcpy(buf + 1, raw, sectors * 512);
	free(raw);
	return 1 + sectors * 512;
}

static void make_right(uint8_t *raw)
{
	struct bset_header h = bset_header_get(raw + 136);
	size_t end = NODE_HEADER_BYTES + 8 * (size_t)h.u64s;

	if (end <= NODE_BYTES && csum_type_known(h.csum_type))
		csum_put(raw, csum_compute(h.csum_type, raw + 16, end - 16));
}

static void look_at(const struct fs_geometry *geo, const struct node *n)
{
	struct key_text_ctx text = { .geo = geo };
	ARB_BUF(out);

	node_to_text(&out, geo, n);
	for (size_t i = 0; i < n->nr_keys; i++) {
		if (i)
			FUZZ_CHECK(bpos_lt(n->keys[i - 1].k.p, n->keys[i].k.p));
		FUZZ_CHECK(n->keys[i].k.type != KEY_deleted);
		FUZZ_CHECK(n->keys[i].v + bkey_val_bytes(&n->keys[i].k) <= n->raw_bytes);
		FUZZ_CHECK(node_lower_bound(n, n->keys[i].k.p) == i);
		arb_buf_reset(&out);
		bkey_to_text(&out, &text, node_key(n, i));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct seq_range blacklist[] = { { 6, 7 } };
	struct fs_geometry geo = fuzz_geometry();
	struct btree_ptr ptr = { .is_v2 = true, .seq = COOKIE, .max_key = SPOS_MAX, .nr_ptrs = 1, .ptr[0] = { .sector = 4096 } };
	struct defects d = { 0 };
	struct node *node = NULL;
	uint8_t *raw;

	if (!n)
		return 0;
	raw = calloc(1, NODE_BYTES);
	if (!raw)
		return 0;
	memcpy(raw, p + 1, n - 1 < NODE_BYTES ? n - 1 : NODE_BYTES);
	if (p[0] & 1)
		make_right(raw);
	ptr.range_updated = p[0] & 2;
	if (p[0] & 4)
		ptr.sectors_written = (uint16_t)((n + 510) / 512 > 64 ? 64 : (n + 510) / 512);
	if (p[0] & 8) {
		geo.blacklist = blacklist;
		geo.nr_blacklist = 1;
	}
	if (node_decode(&(struct node_bytes){ .geo = &geo, .btree = BTREE_lru, .ptr = &ptr, .raw = raw, .bytes = NODE_BYTES }, &node, &d, NULL) || !node)
		free(raw);
	if (node)
		look_at(&geo, node);
	node_free(node);
	defects_free(&d);
	return 0;
}
