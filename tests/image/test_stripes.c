/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stripes that the builder makes: checksums fit the blocks, a block that is lost can be computed from the others, and the counts are
 * those of the extents that name the stripe.
 */
#include "../unit.h"
#include "../built.h"
#include <stdlib.h>
#include "arborist/btree/view.h"
#include "arborist/format/accounting.h"
#include "arborist/format/alloc.h"
#include "arborist/format/checksum.h"
#include "arborist/format/stripe.h"
#include "arborist/image/image.h"

enum { DEVICES_MAX = 6, STRIPES_MAX = 200 };

struct striped {
	struct workers	*workers;
	struct blk	*blk[DEVICES_MAX];
	unsigned	nr;
	struct view	*v;
	struct bkey_buf	*stripe;		/* by index */
	uint64_t	nr_stripes;
	uint64_t	sectors[STRIPES_MAX][STRIPE_BLOCKS_MAX], waiting, beside;
};

static void build(struct striped *s, const struct image_options *o, unsigned nr, uint64_t bytes)
{
	memset(s, 0, sizeof(*s));
	s->nr = nr;
	s->stripe = calloc(STRIPES_MAX, sizeof(*s->stripe));
	assert_int_equal(workers_new(1, &s->workers, NULL), ARB_OK);
	built_devices(o, s->blk, nr, bytes);
	s->v = built_view(s->blk, nr, s->workers);
}

static void drop(struct striped *s)
{
	view_free(s->v);
	for (unsigned i = 0; i < s->nr; i++)
		blk_close(s->blk[i]);
	workers_free(s->workers);
	free(s->stripe);
}

static enum arb_code take_stripe(void *arg, const struct node *n, struct bkey_s k)
{
	struct striped *s = arg;

	(void)n;
	assert_int_equal(k.k.type, KEY_stripe);
	assert_in_range(k.k.p.offset, 1, STRIPES_MAX - 1);
	bkey_buf_set(&s->stripe[k.k.p.offset], k);
	s->nr_stripes++;
	return ARB_OK;
}

static void walk(struct striped *s, unsigned btree, enum arb_code (*fn)(void *, const struct node *, struct bkey_s))
{
	struct walk w = { .btree = btree, .end = SPOS_MAX, .key = fn, .arg = s };

	assert_int_equal(view_walk(s->v, &w, NULL), ARB_OK);
}

static const uint8_t *block(const struct striped *s, uint64_t idx, unsigned i)
{
	struct bkey_s k = bkey_buf_s(&s->stripe[idx]);
	struct stripe_key sk;
	struct extent_ptr p;
	uint16_t sectors;

	assert_true(stripe_get(k, &sk) && stripe_block(k, &sk, i, &p, &sectors));
	return (const uint8_t *)blk_mem_data(s->blk[p.dev]) + (p.sector << 9);
}

/* ---- what is in the blocks */

static void check_csums(const struct striped *s, uint64_t idx, const struct stripe_key *k)
{
	size_t granule = (size_t)512 << k->csum_granularity_bits, bytes = (size_t)k->sectors << 9;
	size_t n = stripe_csum_offset(k, 0, 1) - stripe_csum_offset(k, 0, 0);

	for (unsigned i = 0; i < k->nr_blocks; i++)
		for (size_t at = 0; n && at < bytes; at += granule) {
			uint8_t csum[16];

			csum_put(csum, csum_compute(k->csum_type, block(s, idx, i) + at, granule < bytes - at ? granule : bytes - at));
			assert_memory_equal(csum, s->stripe[idx].v + stripe_csum_offset(k, i, at / granule), n);
		}
}

/* Multiplication of the field, bit by bit. */
static uint8_t times(uint8_t a, uint8_t b)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 8; i++)
		sum ^= b >> i & 1 ? (unsigned)a << i : 0;
	for (unsigned i = 15; i > 7; i--)
		sum ^= sum >> i & 1 ? 0x11dU << (i - 8) : 0;
	return sum;
}

static uint8_t power_of_two(unsigned n)
{
	uint8_t v = 1;

	while (n--)
		v = times(v, 2);
	return v;
}

/* Two data blocks that are lost, from both parities and the rest: x + y = a, 2^i x + 2^j y = b. Every 37th byte. */
static void check_two_lost(const struct striped *s, uint64_t idx, const struct stripe_key *k, unsigned i, unsigned j)
{
	unsigned nr_data = k->nr_blocks - k->nr_redundant;
	uint8_t gi = power_of_two(i), gj = power_of_two(j), inverse = 1;

	while (times(inverse, gi ^ gj) != 1)
		inverse++;
	for (size_t at = 0; at < (size_t)k->sectors << 9; at += 37) {
		uint8_t a = block(s, idx, nr_data)[at], b = block(s, idx, nr_data + 1)[at], x;

		for (unsigned n = 0; n < nr_data; n++) {
			a ^= n != i && n != j ? block(s, idx, n)[at] : 0;
			b ^= n != i && n != j ? times(block(s, idx, n)[at], power_of_two(n)) : 0;
		}
		x = times(b ^ times(a, gj), inverse);
		assert_int_equal(x, block(s, idx, i)[at]);
		assert_int_equal(x ^ a, block(s, idx, j)[at]);
	}
}

static void check_xor(const struct striped *s, uint64_t idx, const struct stripe_key *k)
{
	unsigned nr_data = k->nr_blocks - k->nr_redundant;
	uint64_t any = 0;

	for (size_t at = 0; at < (size_t)k->sectors << 9; at++) {
		uint8_t sum = 0;

		for (unsigned i = 0; i <= nr_data; i++) {
			sum ^= block(s, idx, i)[at];
			any += block(s, idx, i)[at];
		}
		assert_int_equal(sum, 0);
	}
	assert_true(any);
}

/* ---- counts */

static enum arb_code take_extent(void *arg, const struct node *n, struct bkey_s k)
{
	struct striped *s = arg;
	struct extent_iter it = { 0 };
	struct extent_ptr p;
	struct stripe_key sk;
	bool striped = false;

	(void)n;
	while (extent_next_ptr(k, &it, &p)) {
		if (p.has_ec) {
			assert_true(stripe_get(bkey_buf_s(&s->stripe[p.ec_idx]), &sk));
			assert_true(stripe_matches_ptr(bkey_buf_s(&s->stripe[p.ec_idx]), &sk, &p));
			assert_int_equal(p.ec_redundancy, sk.nr_redundant);
			s->sectors[p.ec_idx][p.ec_block] += extent_disk_sectors(&p, k.k.size);
		}
		s->beside += striped && !p.has_ec;
		striped |= p.has_ec;
	}
	return ARB_OK;
}

static enum arb_code take_alloc(void *arg, const struct node *n, struct bkey_s k)
{
	struct striped *s = arg;
	struct alloc_v4 a;

	(void)n;
	assert_true(alloc_get(k, &a));
	s->waiting += a.data_type == DATA_stripe ? a.dirty_sectors : 0;
	if (a.data_type == DATA_stripe || a.data_type == DATA_parity) {
		struct stripe_key sk;
		struct extent_ptr p = { 0 };
		uint16_t sectors = 0;
		unsigned i = 0;

		assert_true(stripe_get(bkey_buf_s(&s->stripe[a.stripe]), &sk));
		while (stripe_block(bkey_buf_s(&s->stripe[a.stripe]), &sk, i, &p, &sectors) && p.dev != k.k.p.inode)
			i++;
		assert_int_equal(p.sector, k.k.p.offset * sk.sectors);
		assert_int_equal(p.gen, a.gen);
		assert_int_equal(a.stripe_sectors, sectors);
		assert_int_equal(a.data_type == DATA_parity, i + sk.nr_redundant >= sk.nr_blocks);
		assert_int_equal(a.stripe_redundancy, sk.nr_redundant);
		if (a.data_type == DATA_parity)
			assert_int_equal(a.dirty_sectors, sk.sectors);
	}
	return ARB_OK;
}

static void check(const struct image_options *o, unsigned nr, uint64_t bytes)
{
	struct striped s;

	build(&s, o, nr, bytes);
	walk(&s, BTREE_stripes, take_stripe);
	walk(&s, BTREE_extents, take_extent);
	if (o->nr_shared)
		walk(&s, BTREE_reflink, take_extent);
	walk(&s, BTREE_alloc, take_alloc);
	assert_true(s.nr_stripes > 1 && s.waiting > 0 && (o->replicas < 2 || s.beside > 0));
	for (uint64_t idx = 1; idx <= s.nr_stripes; idx++) {
		struct bkey_s k = bkey_buf_s(&s.stripe[idx]);
		struct stripe_key sk;
		struct extent_ptr p;
		uint16_t sectors;

		assert_true(stripe_get(k, &sk));
		assert_int_equal(sk.nr_blocks, nr);
		assert_int_equal(sk.nr_redundant, o->parity);
		for (unsigned i = 0; stripe_block(k, &sk, i, &p, &sectors); i++)
			assert_int_equal(sectors, s.sectors[idx][i]);
		check_csums(&s, idx, &sk);
		check_xor(&s, idx, &sk);
		if (o->parity > 1)
			check_two_lost(&s, idx, &sk, idx % 2, 2);
	}
	drop(&s);
}

static void one_parity(void **state)
{
	static const struct image_options o = { .csum_opt = 1, .parity = 1, .replicas = 2, .nr_files = 40, .file_bytes_max = 60000, .seed = 3 };

	(void)state;
	check(&o, 3, 24 << 20);
}

static void two_parities(void **state)
{
	static const struct image_options o = {
		.csum_opt = 3, .parity = 2, .replicas = 2, .nr_files = 60, .file_bytes_max = 60000, .nr_shared = 8, .nr_compressed = 10, .gens = true,
		.nr_snapshots = 2, .seed = 4,
	};

	(void)state;
	check(&o, 5, 24 << 20);
}

static void no_checksums(void **state)
{
	static const struct image_options o = { .parity = 1, .nr_files = 60, .file_bytes_max = 60000, .bucket_bytes = 256 << 10, .seed = 5 };

	(void)state;
	check(&o, 4, 32 << 20);
}

/* With many long blocks the key has no room for a checksum of each 64 KiB. */
static void coarser_checksums(void **state)
{
	static const struct image_options o = { .csum_opt = 2, .parity = 1, .nr_files = 60, .file_bytes_max = 60000, .bucket_bytes = 16 << 20, .seed = 6 };
	struct striped s;
	struct stripe_key sk;

	(void)state;
	build(&s, &o, 3, 1040 << 20);
	walk(&s, BTREE_stripes, take_stripe);
	assert_true(stripe_get(bkey_buf_s(&s.stripe[1]), &sk));
	assert_int_equal(sk.csum_granularity_bits, 9);
	check_csums(&s, 1, &sk);
	drop(&s);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(one_parity), cmocka_unit_test(two_parities), cmocka_unit_test(no_checksums), cmocka_unit_test(coarser_checksums),
};
UNIT_MAIN(tests)
