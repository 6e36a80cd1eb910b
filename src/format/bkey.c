/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unpacked keys and their values. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arborist/base/le.h"
#include "arborist/format/bkey.h"

#define KEY_FORMAT_CURRENT 1

struct bkey bkey_get(const void *disk)
{
	const uint8_t *d = disk;

	return (struct bkey){
		.u64s	= d[0],
		.type	= d[2],
		.ver	= { .lo = le64_get(d + 4), .hi = le32_get(d + 12) },
		.size	= le32_get(d + 16),
		.p	= bpos_get(d + 20),
	};
}

static void put_key(uint8_t *d, const struct bkey *k)
{
	d[0] = k->u64s;
	d[1] = KEY_FORMAT_CURRENT;
	d[2] = k->type;
	d[3] = 0;
	le64_put(d + 4, k->ver.lo);
	le32_put(d + 12, k->ver.hi);
	le32_put(d + 16, k->size);
	bpos_put(d + 20, k->p);
}

size_t bkey_put(void *disk, struct bkey_s k)
{
	uint8_t *d = disk;

	put_key(d, &k.k);
	if (bkey_val_u64s(&k.k))
		memcpy(d + BKEY_BYTES, k.v, bkey_val_bytes(&k.k));
	return BKEY_BYTES + bkey_val_bytes(&k.k);
}

void bkey_buf_set(struct bkey_buf *b, struct bkey_s k)
{
	b->k = k.k;
	if (bkey_val_u64s(&k.k))
		memmove(b->v, k.v, bkey_val_bytes(&k.k));
}

struct bkey_buf *bkey_buf_dup(struct bkey_s k)
{
	struct bkey_buf *b = malloc(offsetof(struct bkey_buf, v) + bkey_val_bytes(&k.k));

	if (b)
		bkey_buf_set(b, k);
	return b;
}
