/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing one described member of a structure. */
#include "arborist/format/fields.h"
#include <assert.h>
#include <string.h>

const struct fmt_field *fmt_field(const struct fmt_struct *s, const char *name)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (!strcmp(s->field[i].name, name))
			return &s->field[i];
	return NULL;
}

static uint64_t bits_mask(const struct fmt_field *f)
{
	unsigned n = f->bits ? f->bits : 8u * f->bytes;

	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static uint64_t word_get(const struct fmt_field *f, const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < f->bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint64_t fmt_get(const struct fmt_field *f, const void *base)
{
	assert(f->kind == FMT_UINT && f->bytes <= 8);
	return word_get(f, (const uint8_t *)base + f->offset) >> f->bit & bits_mask(f);
}

void fmt_put(const struct fmt_field *f, void *base, uint64_t v)
{
	uint8_t *p = (uint8_t *)base + f->offset;
	uint64_t mask = bits_mask(f) << f->bit, w;

	assert(f->kind == FMT_UINT && f->bytes <= 8);
	w = (word_get(f, p) & ~mask) | (v << f->bit & mask);
	for (unsigned i = 0; i < f->bytes; i++)
		p[i] = w >> (8 * i);
}
