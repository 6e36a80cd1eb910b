/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cookie_set.h"

#include <stdlib.h>
#include <string.h>

void cookie_set_free(struct cookie_set *s)
{
	free(s->slot);
	memset(s, 0, sizeof(*s));
}

static size_t slot_of(const struct cookie_set *s, uint64_t v)
{
	size_t i = (size_t)((v * 0x9e3779b97f4a7c15ull) >> 17) & (s->cap - 1);

	while (s->slot[i] && s->slot[i] != v)
		i = (i + 1) & (s->cap - 1);
	return i;
}

static bool grow(struct cookie_set *s)
{
	struct cookie_set bigger = { .cap = s->cap ? s->cap * 2 : 64, .nr = s->nr, .has_zero = s->has_zero };

	bigger.slot = calloc(bigger.cap, sizeof(*bigger.slot));
	if (!bigger.slot)
		return false;
	for (size_t i = 0; i < s->cap; i++)
		if (s->slot[i])
			bigger.slot[slot_of(&bigger, s->slot[i])] = s->slot[i];
	free(s->slot);
	*s = bigger;
	return true;
}

bool cookie_set_add(struct cookie_set *s, uint64_t v)
{
	size_t i;

	if (!v)
		return s->has_zero = true;
	if (s->nr + 1 > s->cap / 2 && !grow(s))
		return false;
	i = slot_of(s, v);
	s->nr += !s->slot[i];
	s->slot[i] = v;
	return true;
}

bool cookie_set_has(const struct cookie_set *s, uint64_t v)
{
	if (!v)
		return s->has_zero;
	return s->cap && s->slot[slot_of(s, v)];
}

/* Entries after the hole that were displaced past it move up, so that every search still ends at a free slot. */
void cookie_set_del(struct cookie_set *s, uint64_t v)
{
	size_t i;

	if (!v)
		s->has_zero = false;
	if (!v || !s->cap)
		return;
	i = slot_of(s, v);
	if (!s->slot[i])
		return;
	s->slot[i] = 0;
	s->nr--;
	for (i = (i + 1) & (s->cap - 1); s->slot[i]; i = (i + 1) & (s->cap - 1)) {
		uint64_t moved = s->slot[i];

		s->slot[i] = 0;
		s->slot[slot_of(s, moved)] = moved;
	}
}
