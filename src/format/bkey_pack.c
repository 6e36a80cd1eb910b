/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packed keys (format-btree.md 2): the key's words are one long little endian number, the fields stand in
 * it from the top bit downward without gaps, each as its distance from the format's offset.
 */
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/bkey.h"

#define HEADER_BITS	24	/* u64s, format, type */
#define KEY_U64s_MAX	255

/* Bits [lo, lo + bits) of the number at @p; 1 <= bits <= 64, and the range lies in the key's words. */
static inline uint64_t bits_get(const uint8_t *p, unsigned lo, unsigned bits)
{
	const uint8_t *word = p + (lo >> 6) * 8;
	unsigned shift = lo & 63;
	uint64_t v = le64_get(word) >> shift;

	if (shift + bits > 64)
		v |= le64_get(word + 8) << (64 - shift);
	return v & (UINT64_MAX >> (64 - bits));
}

/* The bits must be zero before. */
static inline void bits_or(uint8_t *p, unsigned lo, unsigned bits, uint64_t v)
{
	uint8_t *word = p + (lo >> 6) * 8;
	unsigned shift = lo & 63;

	le64_put(word, le64_get(word) | v << shift);
	if (shift + bits > 64)
		le64_put(word + 8, le64_get(word + 8) | v >> (64 - shift));
}

/*
 * Next field below *top. A format that passed bkey_format_invalid() has its fields above the header and at most
 * 64 bits each; the two clamps keep any other format from reading outside the key.
 */
static inline uint64_t field_get(const struct bkey_format *f, const uint8_t *p, unsigned i, unsigned *top)
{
	unsigned bits = f->bits[i];

	if (!bits)
		return f->offset[i];
	if (bits > *top)
		bits = *top;
	*top -= bits;
	if (bits > 64)
		bits = 64;
	return (bits ? bits_get(p, *top, bits) : 0) + f->offset[i];
}

struct bkey bkey_unpack(const struct bkey_format *f, const uint8_t *p)
{
	unsigned top = 64 * f->key_u64s;
	struct bkey k;

	if (p[1] & 0x7f)
		return bkey_get(p);
	k.u64s		= (uint8_t)(p[0] - f->key_u64s + BKEY_U64s);
	k.type		= p[2];
	k.p.inode	= field_get(f, p, 0, &top);
	k.p.offset	= field_get(f, p, 1, &top);
	k.p.snapshot	= (uint32_t)field_get(f, p, 2, &top);
	k.size		= (uint32_t)field_get(f, p, 3, &top);
	k.ver.hi	= (uint32_t)field_get(f, p, 4, &top);
	k.ver.lo	= field_get(f, p, 5, &top);
	return k;
}

bool bkey_packed_u64s_ok(const struct bkey_format *f, const uint8_t *p)
{
	unsigned key = bkey_packed_key_u64s(f, p);

	return key && p[0] >= key && p[0] - key <= BKEY_VAL_U64s_MAX;
}

static void fields_of(const struct bkey *k, uint64_t v[BKEY_FIELDS])
{
	v[0] = k->p.inode;
	v[1] = k->p.offset;
	v[2] = k->p.snapshot;
	v[3] = k->size;
	v[4] = k->ver.hi;
	v[5] = k->ver.lo;
}

static bool pack_fields(const struct bkey_format *f, const struct bkey *k, uint8_t *out)
{
	unsigned top = 64 * f->key_u64s;
	uint64_t v[BKEY_FIELDS];

	fields_of(k, v);
	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		unsigned bits = f->bits[i];
		uint64_t d = v[i] - f->offset[i];

		if (v[i] < f->offset[i] || bits > 64 || (bits < 64 && d >> bits) || bits + HEADER_BITS > top)
			return false;
		top -= bits;
		if (bits)
			bits_or(out, top, bits, d);
	}
	return true;
}

size_t bkey_pack(const struct bkey_format *f, struct bkey_s k, uint8_t *out)
{
	size_t key_bytes = 8 * (size_t)f->key_u64s, val_bytes = bkey_val_bytes(&k.k);

	if (k.k.u64s < BKEY_U64s || !f->key_u64s || f->key_u64s + bkey_val_u64s(&k.k) > KEY_U64s_MAX)
		return 0;
	memset(out, 0, key_bytes);
	if (!pack_fields(f, &k.k, out))
		return 0;
	out[0] = (uint8_t)(f->key_u64s + bkey_val_u64s(&k.k));
	out[2] = k.k.type;
	if (val_bytes)
		memcpy(out + key_bytes, k.v, val_bytes);
	return key_bytes + val_bytes;
}
