/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a plain function (key_row.h) for one key the one for a batch: a loop for each type, so that of a key only those fields are
 * unpacked at which that type looks. Nearly all time of a check goes by in these loops.
 */
#ifndef FORMAT_KEY_PLAIN_H
#define FORMAT_KEY_PLAIN_H

#include "arborist/format/unpack.h"
#include "key_row.h"

/* A field; of those of 64 bits the plan says whether it is far (format/unpack.h), when any is. */
__attribute__((always_inline))
static inline uint64_t plain_field(const struct unpack_plan *plan, unsigned i, const uint8_t *p, bool far)
{
	bool wide = i < 2 || i == 5;

	return far && wide && plan->far >> i & 1 ? unpack_field(&plan->packed[i], p) : unpack_near(&plan->packed[i], p);
}

__attribute__((always_inline))
static inline bool plain_pos(const struct key_batch *b, const struct bkey *k)
{
	return b->ask == KEY_ASK_SNAPSHOT ? k->p.snapshot != 0 : b->ask == KEY_ASK_NOTHING || key_plain_pos(b->plain, k);
}

/* @far: some fields are. */
__attribute__((always_inline))
static inline size_t plain_loop(const struct key_batch *b, size_t from, struct key_words words, key_plain_fn fn, bool far)
{
	const struct unpack_plan *plan = b->plan;
	const unsigned key = plan->format.key_u64s;

	for (; from < b->nr; from++) {
		const uint8_t *p = b->p[from];
		unsigned val = p[0] - key;	/* huge when there are too few */
		struct bkey k = {
			.p = { plain_field(plan, 0, p, far), plain_field(plan, 1, p, far), plain_field(plan, 2, p, far) },
			.size = plain_field(plan, 3, p, far), .type = p[2], .u64s = BKEY_U64s + val,
			.ver = { .hi = plain_field(plan, 4, p, far), .lo = plain_field(plan, 5, p, far) },
		};

		if (val - words.min > words.more || !plain_pos(b, &k) || !fn(b->plain->check, &k, p + 8 * key))
			break;
	}
	return from;
}

/* The definition of one plain function: its body follows. */
#define KEY_IS_PLAIN(name) \
	__attribute__((always_inline)) \
	static inline bool name##_is_plain(const struct key_check_ctx *c, const struct bkey *k, const uint8_t *v)
#define KEY_PLAIN_ALL(name) \
	size_t name##_plain_all(const struct key_batch *b, size_t from, struct key_words words) \
	{ \
		return b->plan->far ? plain_loop(b, from, words, name##_is_plain, true) : plain_loop(b, from, words, name##_is_plain, false); \
	}
/* What the table of types wants of a family. */
#define KEY_PLAIN_FUNCTIONS(name) \
	bool name##_plain(const struct key_check_ctx *c, const struct bkey *k, const uint8_t *v) \
	{ \
		return name##_is_plain(c, k, v); \
	} \
	KEY_PLAIN_ALL(name)

#endif
