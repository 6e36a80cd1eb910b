/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Field places of a packed format (format-btree.md 2). */
#include "arborist/format/unpack.h"

static void plan_fields(struct unpack_field *out, const struct bkey_format *f)
{
	unsigned top = 64 * f->key_u64s;

	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		unsigned bits = f->bits[i];

		top -= bits;
		out[i] = (struct unpack_field){
			.mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1,
			.offset = f->offset[i],
			.byte = bits ? top / 8 : 0,
			.shift = bits ? top % 8 : 0,
		};
	}
}

void unpack_plan_init(struct unpack_plan *plan, const struct bkey_format *f)
{
	plan->format = *f;
	plan_fields(plan->packed, f);
	plan_fields(plan->current, &bkey_format_current);
	plan->far = plan->vary = 0;
	for (unsigned i = 0; i < BKEY_FIELDS; i++) {
		plan->far |= (plan->packed[i].shift + f->bits[i] > 64u) << i;
		plan->vary |= (f->bits[i] > 0u) << i;
	}
	plan->fixed = (struct bkey){
		.p = { f->offset[0], f->offset[1], f->offset[2] }, .size = f->offset[3], .ver = { .hi = f->offset[4], .lo = f->offset[5] },
	};
}
