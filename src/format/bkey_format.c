/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a node packs its keys: reading, checking and choosing a format (format-btree.md 1.5, 2). */
#include <inttypes.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/bkey.h"

#define HEADER_BITS 24

static const uint8_t width[BKEY_FIELDS] = { 64, 64, 32, 32, 32, 64 };

const struct bkey_format bkey_format_current = {
	.key_u64s	= BKEY_U64s,
	.nr_fields	= BKEY_FIELDS,
	.bits		= { 64, 64, 32, 32, 32, 64 },
};

struct bkey_format bkey_format_get(const void *disk)
{
	const uint8_t *d = disk;
	struct bkey_format f = { .key_u64s = d[0], .nr_fields = d[1] };

	memcpy(f.bits, d + 2, BKEY_FIELDS);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		f.offset[i] = le64_get(d + 8 + 8 * i);
	return f;
}

void bkey_format_put(void *disk, const struct bkey_format *f)
{
	uint8_t *d = disk;

	d[0] = f->key_u64s;
	d[1] = f->nr_fields;
	memcpy(d + 2, f->bits, BKEY_FIELDS);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		le64_put(d + 8 + 8 * i, f->offset[i]);
}

static uint64_t ones(unsigned bits)
{
	return bits ? UINT64_MAX >> (64 - bits) : 0;
}

static unsigned sum_bits(const struct bkey_format *f)
{
	unsigned sum = HEADER_BITS;

	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		sum += f->bits[i];
	return sum;
}

static unsigned words_for(unsigned bits)
{
	return (bits + 63) / 64;
}

/* Can the field hold a value that does not fit its unpacked width? */
static bool field_overflows(const struct bkey_format *f, unsigned i)
{
	uint64_t max = ones(width[i]);

	if (f->bits[i] > width[i] || f->offset[i] > max)
		return true;
	return ones(f->bits[i]) > max - f->offset[i];
}

const char *bkey_format_invalid(const struct bkey_format *f, bool check_overflow)
{
	if (f->nr_fields != BKEY_FIELDS)
		return "number of fields is not 6";
	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		if (f->bits[i] > 64)
			return "field wider than 64 bits";
		if (check_overflow && field_overflows(f, i))
			return "field can overflow its unpacked width";
	}
	if (f->key_u64s != words_for(sum_bits(f)))
		return "key_u64s does not match the field widths";
	return NULL;
}

void bkey_format_to_text(struct arb_buf *out, const struct bkey_format *f)
{
	arb_buf_printf(out, "u64s %u fields ", f->key_u64s);
	for (unsigned i = 0; i < BKEY_FIELDS; i++)
		arb_buf_printf(out, "%s%u:%" PRIu64, i ? ", " : "", f->bits[i], f->offset[i]);
}

struct range { uint64_t min[BKEY_FIELDS], max[BKEY_FIELDS]; };

static void range_add(struct range *r, const uint64_t v[], unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		if (v[i] < r->min[i])
			r->min[i] = v[i];
		if (v[i] > r->max[i])
			r->max[i] = v[i];
	}
}

static void range_add_pos(struct range *r, struct bpos p)
{
	range_add(r, (uint64_t[]){ p.inode, p.offset, p.snapshot }, 3);
}

static unsigned bit_length(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* Widths are rounded up to whole bytes where the last word has bits to spare: such keys unpack faster. */
static void round_widths(struct bkey_format *f)
{
	unsigned spare = 64 * words_for(sum_bits(f)) - sum_bits(f);

	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		unsigned more = (8 - f->bits[i] % 8) % 8;

		if (more <= spare) {
			f->bits[i] += more;
			spare -= more;
		}
	}
}

struct bkey_format bkey_format_for(const struct bkey *keys, size_t nr, struct bpos min, struct bpos max)
{
	struct bkey_format f = { .nr_fields = BKEY_FIELDS };
	struct range r;

	memset(r.min, 0xff, sizeof(r.min));
	memset(r.max, 0, sizeof(r.max));
	range_add_pos(&r, min);
	range_add_pos(&r, max);
	for (size_t i = 0; i < nr; i++) {
		const struct bkey *k = &keys[i];

		range_add(&r, (uint64_t[]){ k->p.inode, k->p.offset, k->p.snapshot, k->size, k->ver.hi, k->ver.lo },
			  BKEY_FIELDS);
	}
	r.min[3] = 0;	/* a later, smaller size must still fit */
	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		if (r.min[i] > r.max[i])	/* no key, so no version */
			r.min[i] = r.max[i];
		f.bits[i] = (uint8_t)bit_length(r.max[i] - r.min[i]);
	}
	round_widths(&f);
	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		uint64_t room = ones(width[i]) - ones(f.bits[i]);

		f.offset[i] = r.min[i] < room ? r.min[i] : room;
	}
	f.key_u64s = (uint8_t)words_for(sum_bits(&f));
	return f;
}
