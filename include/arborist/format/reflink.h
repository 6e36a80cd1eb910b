/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared extents and reservations (format-keys.md 3.4, 3.5). */
#ifndef ARBORIST_FORMAT_REFLINK_H
#define ARBORIST_FORMAT_REFLINK_H

#include "arborist/format/bkey.h"

/* References [idx - front_pad, idx + size of the key + back_pad) of the reflink btree. */
struct reflink_p {
	uint64_t	idx;
	uint32_t	front_pad, back_pad;
};
bool reflink_p_get(struct bkey_s k, struct reflink_p *ret);
void reflink_p_put(struct bkey_buf *out, struct bpos p, uint32_t size, const struct reflink_p *r);

/* Reference count of a reflink_v or indirect_inline_data; false for other keys. */
bool reflink_refcount_get(struct bkey_s k, uint64_t *ret);
/* Replaces it; @k must be such a key. */
void reflink_refcount_put(struct bkey_buf *k, uint64_t refcount);

struct reservation { uint32_t generation; uint8_t nr_replicas; };
bool reservation_get(struct bkey_s k, struct reservation *ret);

#endif
