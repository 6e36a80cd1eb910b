/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unpacking many keys of one format: where each field lies is worked out once per node. Gives the same as
 * bkey_unpack(), which stays the reference and serves the keys near the end of the buffer.
 */
#ifndef ARBORIST_FORMAT_UNPACK_H
#define ARBORIST_FORMAT_UNPACK_H

#include "arborist/base/le.h"
#include "arborist/format/bkey.h"

/* Bytes that must be readable from the start of a key: five words, and one more byte for a field across words. */
#define UNPACK_REACH	(BKEY_BYTES + 16)

struct unpack_field {
	uint64_t	mask, offset;
	uint8_t		byte, shift;	/* lowest bit of the field, from the start of the key */
};
struct unpack_plan {
	struct bkey_format format;
	struct unpack_field packed[BKEY_FIELDS], current[BKEY_FIELDS];
	unsigned	far;		/* packed fields that reach beyond 8 bytes: bits */
	unsigned	vary;		/* packed fields that take any bits at all */
	struct bkey	fixed;		/* the others, the same in all packed keys */
};

/* @f must be a valid format. */
void unpack_plan_init(struct unpack_plan *plan, const struct bkey_format *f);

static inline uint64_t unpack_field(const struct unpack_field *f, const uint8_t *p)
{
	uint64_t low = le64_get(p + f->byte) >> f->shift;
	uint64_t high = (uint64_t)p[f->byte + 8] << 1 << (63 - f->shift);

	return ((low | high) & f->mask) + f->offset;
}

/* A field that lies in 8 bytes. */
static inline uint64_t unpack_near(const struct unpack_field *f, const uint8_t *p)
{
	return (le64_get(p + f->byte) >> f->shift & f->mask) + f->offset;
}

/* Those again that unpack_near() does not get right: 58 bits or more, and not at the edge of a byte. */
static inline void unpack_far(const struct unpack_plan *plan, const uint8_t *p, struct bkey *k)
{
	const struct unpack_field *f = plan->packed;

	if (plan->far & 1)
		k->p.inode = unpack_field(&f[0], p);
	if (plan->far & 2)
		k->p.offset = unpack_field(&f[1], p);
	if (plan->far & 4)
		k->p.snapshot = unpack_field(&f[2], p);
	if (plan->far & 8)
		k->size = unpack_field(&f[3], p);
	if (plan->far & 16)
		k->ver.hi = unpack_field(&f[4], p);
	if (plan->far & 32)
		k->ver.lo = unpack_field(&f[5], p);
}

static inline void unpack_current(const struct unpack_plan *plan, const uint8_t *p, struct bkey *k)
{
	const struct unpack_field *f = plan->current;

	k->p.inode = unpack_near(&f[0], p);
	k->p.offset = unpack_near(&f[1], p);
	k->p.snapshot = unpack_near(&f[2], p);
	k->size = unpack_near(&f[3], p);
	k->ver.hi = unpack_near(&f[4], p);
	k->ver.lo = unpack_near(&f[5], p);
}

/* Those packed fields of which the bit is set; not for such that are far. */
__attribute__((always_inline))
static inline void unpack_fields(const struct unpack_plan *plan, unsigned which, const uint8_t *p, struct bkey *k)
{
	const struct unpack_field *f = plan->packed;

	if (which & 1)
		k->p.inode = unpack_near(&f[0], p);
	if (which & 2)
		k->p.offset = unpack_near(&f[1], p);
	if (which & 4)
		k->p.snapshot = unpack_near(&f[2], p);
	if (which & 8)
		k->size = unpack_near(&f[3], p);
	if (which & 16)
		k->ver.hi = unpack_near(&f[4], p);
	if (which & 32)
		k->ver.lo = unpack_near(&f[5], p);
}

/* Of the six fields a node's keys have two or three that differ; to ask which (always the same answer) is cheaper than to unpack. */
__attribute__((always_inline))
static inline void unpack_packed(const struct unpack_plan *plan, const uint8_t *p, struct bkey *k)
{
	*k = plan->fixed;
	unpack_fields(plan, plan->vary, p, k);
	if (plan->far)
		unpack_far(plan, p, k);
}

/* The key at @p, UNPACK_REACH bytes of which can be read. Inline where it counts: a call costs as much as the unpacking. */
__attribute__((always_inline))
static inline void unpack_key(const struct unpack_plan *plan, const uint8_t *p, struct bkey *k)
{
	bool current = p[1] & 0x7f;

	if (current)
		unpack_current(plan, p, k);
	else
		unpack_packed(plan, p, k);
	k->u64s = current ? p[0] : p[0] - plan->format.key_u64s + BKEY_U64s;
	k->type = p[2];
}

#endif
