/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Extent entries: decoding them one by one, and the pointers with what applies to them.
 *
 * Every step is held against the bytes of the value; an entry that would run past them counts as one that
 * cannot be parsed.
 */
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"
#include "arborist/format/extent.h"
#include "arborist/format/key_type.h"

static const uint8_t entry_words[EXTENT_ENTRY_TYPE_NR] = {
	[EXTENT_ENTRY_ptr]		= 1,
	[EXTENT_ENTRY_crc32]		= 1,
	[EXTENT_ENTRY_crc64]		= 2,
	[EXTENT_ENTRY_crc128]		= 3,
	[EXTENT_ENTRY_stripe_ptr]	= 1,
	[EXTENT_ENTRY_rebalance]	= 1,
};

/* A run of @nr bits of @w from bit @from. */
static inline uint64_t bits(uint64_t w, unsigned from, unsigned nr)
{
	return w >> from & (~0ULL >> (64 - nr));
}

/* The words of the value that hold entries. False when the type has none. */
static bool entry_range(const struct bkey_s *k, unsigned *ret_start, unsigned *ret_end)
{
	unsigned words = k->k.u64s > BKEY_U64s ? bkey_val_u64s(&k->k) : 0;

	*ret_end = words;
	switch (k->k.type) {
	case KEY_extent:
	case KEY_btree_ptr:
		*ret_start = 0;
		return true;
	case KEY_reflink_v:
		*ret_start = 1;
		return true;
	case KEY_btree_ptr_v2:
		*ret_start = 5;
		return true;
	case KEY_stripe:
		*ret_start = 1;
		if (words && 1u + k->v[3] < words)
			*ret_end = 1 + k->v[3];		/* nr_blocks */
		return true;
	default:
		return false;
	}
}

bool extent_next_entry(const struct bkey_s *k, unsigned *word, struct extent_entry *ret)
{
	unsigned start, end;

	if (!entry_range(k, &start, &end))
		return false;
	if (*word < start)
		*word = start;
	if (*word >= end)
		return false;
	ret->word = *word;
	ret->first = le64_get(k->v + 8 * (size_t)*word);
	ret->type = ret->first ? (unsigned)__builtin_ctzll(ret->first) : EXTENT_ENTRY_TYPE_NR;
	if (ret->type < EXTENT_ENTRY_TYPE_NR && entry_words[ret->type] <= end - *word) {
		ret->words = entry_words[ret->type];
		*word += ret->words;
	} else {
		ret->type = EXTENT_ENTRY_TYPE_NR;
		ret->words = end - *word;
		*word = end;
	}
	return true;
}

struct extent_ptr extent_ptr_decode(uint64_t w)
{
	return (struct extent_ptr) {
		.cached		= bits(w, 1, 1),
		.unwritten	= bits(w, 3, 1),
		.sector		= bits(w, 4, 44),
		.dev		= bits(w, 48, 8),
		.gen		= bits(w, 56, 8),
	};
}

uint64_t extent_ptr_word(unsigned dev, uint64_t sector, unsigned gen)
{
	return 1ULL << EXTENT_ENTRY_ptr | bits(sector, 0, 44) << 4 | (uint64_t)(dev & 0xff) << 48 | (uint64_t)(gen & 0xff) << 56;
}

/* Layout of the three crc entries: bits of the sizes and of the nonce; the rest follows from the order. */
static const struct { uint8_t size_bits, nonce_bits, skip; } crc_layout[] = {
	[EXTENT_ENTRY_crc32]	= { 7, 0, 1 },
	[EXTENT_ENTRY_crc64]	= { 9, 10, 0 },
	[EXTENT_ENTRY_crc128]	= { 13, 13, 0 },
};

struct extent_crc extent_crc_decode(const struct bkey_s *k, const struct extent_entry *e)
{
	unsigned size = crc_layout[e->type].size_bits, nonce = crc_layout[e->type].nonce_bits;
	unsigned at = e->type + 1 + 3 * size, types = at + nonce + crc_layout[e->type].skip;
	const uint8_t *p = k->v + 8 * (size_t)e->word;
	struct extent_crc crc = {
		.compressed_size	= bits(e->first, e->type + 1, size) + 1,
		.uncompressed_size	= bits(e->first, e->type + 1 + size, size) + 1,
		.offset			= bits(e->first, e->type + 1 + 2 * size, size),
		.nonce			= nonce ? bits(e->first, at, nonce) : 0,
		.csum_type		= bits(e->first, types, 4),
		.compression_type	= bits(e->first, types + 4, 4),
		.live			= k->k.size,
	};

	if (e->type == EXTENT_ENTRY_crc32) {
		crc.csum_lo = e->first >> 32;
	} else {
		crc.csum_lo = le64_get(p + 8);
		crc.csum_hi = e->type == EXTENT_ENTRY_crc64 ? e->first >> 48 : le64_get(p + 16);
	}
	return crc;
}

static bool crc_fits(const struct extent_crc *crc, unsigned type)
{
	uint32_t size_max = 1u << crc_layout[type].size_bits, nonce_max = (1u << crc_layout[type].nonce_bits) - 1;
	unsigned csum_bits = type == EXTENT_ENTRY_crc32 ? 32 : type == EXTENT_ENTRY_crc64 ? 80 : 128;

	if (!crc->compressed_size || crc->compressed_size > size_max || !crc->uncompressed_size ||
	    crc->uncompressed_size > size_max || crc->offset >= size_max || crc->nonce > nonce_max)
		return false;
	if (csum_bits == 32)
		return crc->csum_lo <= UINT32_MAX && !crc->csum_hi;
	return csum_bits == 128 || crc->csum_hi <= UINT16_MAX;
}

unsigned extent_crc_put(uint8_t *out, const struct extent_crc *crc)
{
	unsigned type = EXTENT_ENTRY_crc32, size, at;
	uint64_t w;

	while (type <= EXTENT_ENTRY_crc128 && !crc_fits(crc, type))
		type++;
	if (type > EXTENT_ENTRY_crc128)
		return 0;
	size = crc_layout[type].size_bits;
	at = type + 1 + 3 * size;
	w = 1ULL << type | (uint64_t)(crc->compressed_size - 1) << (type + 1) |
		(uint64_t)(crc->uncompressed_size - 1) << (type + 1 + size) | (uint64_t)crc->offset << (type + 1 + 2 * size) |
		(uint64_t)crc->nonce << at;
	at += crc_layout[type].nonce_bits + crc_layout[type].skip;
	w |= (uint64_t)(crc->csum_type & 15) << at | (uint64_t)(crc->compression_type & 15) << (at + 4);
	if (type == EXTENT_ENTRY_crc32)
		w |= crc->csum_lo << 32;
	else
		le64_put(out + 8, crc->csum_lo);
	if (type == EXTENT_ENTRY_crc64)
		w |= crc->csum_hi << 48;
	else if (type == EXTENT_ENTRY_crc128)
		le64_put(out + 16, crc->csum_hi);
	le64_put(out, w);
	return entry_words[type];
}

static void iter_take(struct extent_iter *it, const struct bkey_s *k, const struct extent_entry *e)
{
	switch (e->type) {
	case EXTENT_ENTRY_crc32:
	case EXTENT_ENTRY_crc64:
	case EXTENT_ENTRY_crc128:
		it->crc = extent_crc_decode(k, e);
		break;
	case EXTENT_ENTRY_stripe_ptr:
		it->has_ec = true;
		it->ec.ec_block = bits(e->first, 5, 8);
		it->ec.ec_redundancy = bits(e->first, 13, 4);
		it->ec.ec_idx = bits(e->first, 17, 47);
		break;
	}
}

bool extent_next_ptr(struct bkey_s k, struct extent_iter *it, struct extent_ptr *ret)
{
	struct extent_entry e;

	if (!it->started) {
		it->started = true;
		it->crc = (struct extent_crc) { .compressed_size = k.k.size, .uncompressed_size = k.k.size, .live = k.k.size };
	}
	while (extent_next_entry(&k, &it->word, &e) && e.type != EXTENT_ENTRY_TYPE_NR) {
		if (e.type != EXTENT_ENTRY_ptr) {
			iter_take(it, &k, &e);
			continue;
		}
		*ret = extent_ptr_decode(e.first);
		ret->word = e.word;
		ret->crc = it->crc;
		if ((ret->has_ec = it->has_ec)) {
			ret->ec_block = it->ec.ec_block;
			ret->ec_redundancy = it->ec.ec_redundancy;
			ret->ec_idx = it->ec.ec_idx;
		}
		it->has_ec = false;
		return true;
	}
	return false;
}

uint64_t extent_disk_sectors(const struct extent_ptr *p, uint32_t size)
{
	uint32_t whole = p->crc.uncompressed_size;

	if (!extent_crc_compressed(&p->crc) || !whole)
		return size;
	return ((uint64_t)size * p->crc.compressed_size + whole - 1) / whole;
}
