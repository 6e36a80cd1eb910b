/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways of changing one member of a structure. */
#include "damage.h"

#include <stdlib.h>
#include <string.h>
#include "arborist/format/checksum.h"

#define V(name, what) [VERB_##name] = #name,
static const char *const verb_names[] = { VERB_ROWS };
#undef V

bool change_parse(struct field_change *c, const char *s, struct arb_random *r)
{
	size_t field = strcspn(s, "="), name, verb = 0;

	*c = (struct field_change){ .n = 1, .random = arb_random_u64(r) };
	if (field >= sizeof(c->field) || s[field] != '=')
		return false;
	memcpy(c->field, s, field);
	s += field + 1;
	name = strcspn(s, ":/ ");
	while (verb < VERB_NR && (strncmp(verb_names[verb], s, name) || verb_names[verb][name]))
		verb++;
	c->verb = verb;
	s += name;
	if (*s == ':')
		c->n = strtoull(s + 1, (char **)&s, 0);
	c->raw = !strncmp(s, "/raw", 4);
	s += c->raw ? 4 : 0;
	c->one = !strncmp(s, "/one", 4);
	s += c->one ? 4 : 0;
	return verb < VERB_NR && (!*s || *s == ' ');
}

static const struct { const char *name; unsigned bytes; } anywhere[] = { { "byte[", 1 }, { "val[", 1 }, { "word[", 8 }, { "rest[", 0 } };

const struct fmt_field *change_anywhere(struct damage *d, const char *name, size_t room)
{
	struct fmt_field *at = &d->place;
	char *end = NULL;
	unsigned i = 0;

	*at = (struct fmt_field){ .name = name, .bytes = 1, .offset = room / 2, .kind = FMT_BYTES };
	if (!strcmp(name, CHANGE_MIDDLE) || !room)
		return room ? at : NULL;
	if (!strcmp(name, CHANGE_ALL) || !strcmp(name, CHANGE_HALF)) {
		at->offset = *name == *CHANGE_ALL ? 0 : at->offset;
		at->bytes = room - at->offset;
		return at;
	}
	while (i < 4 && strncmp(name, anywhere[i].name, strlen(anywhere[i].name)))
		i++;
	if (i == 4)
		return NULL;
	at->bytes = anywhere[i].bytes ? anywhere[i].bytes : 1;
	at->offset = anywhere[i].bytes * strtoull(name + strlen(anywhere[i].name), &end, 10);
	if (!anywhere[i].bytes) {
		at->offset = strtoull(name + strlen(anywhere[i].name), &end, 10);
		at->bytes = at->offset < room ? room - at->offset : 1;
	} else {
		at->kind = FMT_UINT;
	}
	return !strcmp(end, "]") && at->offset < room && at->bytes <= room - at->offset ? at : NULL;
}

static uint64_t new_number(const struct field_change *c, uint64_t old, unsigned bits)
{
	switch (c->verb) {
	case VERB_zeroes:	return 0;
	case VERB_ones:		return UINT64_MAX;
	case VERB_first:	return old ^ 1;
	case VERB_middle:	return old ^ UINT64_C(1) << bits / 2;
	case VERB_last:		return old ^ UINT64_C(1) << (bits - 1);
	case VERB_add:		return old + c->n;
	case VERB_sub:		return old - c->n;
	case VERB_random:	return c->random;
	default:		return c->n;
	}
}

/* Bytes that are no number: the verbs that count work on the first eight of them. */
static void change_bytes(const struct field_change *c, uint8_t *p, size_t n)
{
	struct arb_random r;

	arb_random_seed(&r, c->random);
	switch (c->verb) {
	case VERB_zeroes:
	case VERB_ones:
		memset(p, c->verb == VERB_ones ? 0xff : 0, n);
		break;
	case VERB_first:
		p[0] ^= 1;
		break;
	case VERB_middle:
		p[n / 2] ^= 1;
		break;
	case VERB_last:
		p[n - 1] ^= 0x80;
		break;
	case VERB_random:
		for (size_t i = 0; i < n; i++)
			p[i] = arb_random_u64(&r) >> 8;
		break;
	default:
		change_apply(c, &(struct fmt_field){ .bytes = n < 8 ? n : 8 }, p);
	}
}

bool change_apply(const struct field_change *c, const struct fmt_field *f, void *base)
{
	uint8_t *p = (uint8_t *)base + f->offset;
	struct csum old = csum_compute(CSUM_xxhash, p, f->bytes);

	if (f->kind == FMT_UINT)
		fmt_put(f, base, new_number(c, fmt_get(f, base), f->bits ? f->bits : 8u * f->bytes));
	else
		change_bytes(c, p, f->bytes);
	return !csum_eq(old, csum_compute(CSUM_xxhash, p, f->bytes));
}
