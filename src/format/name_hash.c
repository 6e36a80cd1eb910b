/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash-2-4 (Aumasson, Bernstein 2012) over names: where dirents and xattrs stand. */
#include "arborist/base/le.h"
#include "arborist/format/dirent.h"

struct sip {
	uint64_t	v[4];
	uint8_t		word[8];	/* bytes not yet taken in */
	unsigned	have;
	uint8_t		len;		/* modulo 256, as it goes into the last word */
};

static inline uint64_t rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(struct sip *s, uint64_t m)
{
	s->v[3] ^= m;
	sip_round(s->v);
	sip_round(s->v);
	s->v[0] ^= m;
}

static struct sip sip_begin(uint64_t k0, uint64_t k1)
{
	return (struct sip) { .v = {
		k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573,
	} };
}

static void sip_add(struct sip *s, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++) {
		s->word[s->have++] = p[i];
		if (s->have == 8) {
			sip_word(s, le64_get(s->word));
			s->have = 0;
		}
	}
	s->len += n;
}

static uint64_t sip_end(struct sip *s)
{
	while (s->have < 7)
		s->word[s->have++] = 0;
	s->word[7] = s->len;
	sip_word(s, le64_get(s->word));
	s->v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(s->v);
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

uint64_t dirent_hash(uint64_t seed, const void *name, size_t n)
{
	struct sip s = sip_begin(seed, 0);
	uint64_t hash;

	sip_add(&s, name, n);
	hash = sip_end(&s) >> 1;
	return hash < 2 ? 2 : hash;	/* 0 and 1 stand for "." and ".." */
}

uint64_t xattr_hash(uint64_t seed, unsigned type, const void *name, size_t n)
{
	struct sip s = sip_begin(seed, 0);
	uint8_t type_byte = type;

	sip_add(&s, &type_byte, 1);
	sip_add(&s, name, n);
	return sip_end(&s) >> 1;
}
