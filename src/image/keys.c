/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing lists of keys that own their values. */
#include "builder.h"
#include <stdlib.h>
#include <string.h>

enum arb_code image_no_memory(struct builder *b)
{
	return arb_fail(b->err, ARB_E_NOMEM, "no memory to build a filesystem");
}

enum arb_code image_key_add(struct builder *b, struct image_keys *to, struct bkey_s k)
{
	size_t bytes = bkey_val_bytes(&k.k);
	uint8_t *v = malloc(bytes ? bytes : 1);
	struct bkey_s *slot = v ? arb_array_push(&to->list) : NULL;

	if (!slot) {
		free(v);
		return image_no_memory(b);
	}
	if (bytes)
		memcpy(v, k.v, bytes);
	*slot = (struct bkey_s){ k.k, v };
	return ARB_OK;
}

void image_keys_clear(struct image_keys *keys)
{
	for (size_t i = 0; i < keys->list.nr; i++)
		free((void *)keys->list.v[i].v);
	arb_array_free(&keys->list);
}

static int by_pos(const void *a, const void *b)
{
	return bpos_cmp(((const struct bkey_s *)a)->k.p, ((const struct bkey_s *)b)->k.p);
}

void image_keys_sort(struct image_keys *keys)
{
	if (keys->list.nr)
		qsort(keys->list.v, keys->list.nr, sizeof(keys->list.v[0]), by_pos);
}
