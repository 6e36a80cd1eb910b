/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "arborist/base/le.h"
#include "bytes.h"

#define OBJECT_BYTES_MAX (1u << 20)

static uint64_t below(struct arb_random *r, uint64_t n)
{
	return arb_random_u64(r) % n;
}

static void change_bytes(struct arb_random *r, uint8_t *p, size_t n)
{
	static const uint64_t telling[] = { 0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x80000000, UINT32_MAX, 1ULL << 63, UINT64_MAX };
	/* half of the changes hit what is decoded first: the header */
	size_t at = below(r, below(r, 2) && n > 256 ? 256 : n), len = below(r, 64) + 1;
	uint8_t word[8];

	if (len > n - at)
		len = n - at;
	switch (below(r, 6)) {
	case 0:
		p[at] ^= 1u << below(r, 8);
		break;
	case 1:
		p[at] += below(r, 2) ? 1 : -1;
		break;
	case 2:
		le64_put(word, telling[below(r, sizeof(telling) / sizeof(telling[0]))]);
		memcpy(p + at, word, len < 8 ? len : (size_t)1 << below(r, 4));
		break;
	case 3:
		memset(p + at, 0, len);
		break;
	case 4:
		for (size_t i = 0; i < len; i++)
			p[at + i] = arb_random_u64(r);
		break;
	case 5:
		memmove(p + at, p + below(r, n - len + 1), len);
		break;
	}
}

/* Another object's bytes in the place of this one: an old copy, a node of another btree, an entry twice. */
static void put_other(const struct images *i, const struct objects *objects, struct arb_random *r, const struct object *o, uint8_t *p)
{
	const struct object *from = &objects->list.v[below(r, objects->list.nr)];
	size_t n = from->bytes < o->bytes ? from->bytes : o->bytes;

	if (pread(i->fd[from->file], p, n, from->offset) < 0)
		die("cannot read the image");
}

/* All kinds alike: there are many nodes and few superblocks. */
static const struct object *choose(const struct objects *objects, struct arb_random *r)
{
	enum object_kind kind = (enum object_kind)below(r, OBJECT_KINDS);
	const struct object *o = NULL;

	for (unsigned i = 0; i < 64; i++) {
		o = &objects->list.v[below(r, objects->list.nr)];
		if (o->kind == kind)
			break;
	}
	return o;
}

void bytes_mutate(const struct images *i, const struct objects *objects, struct arb_random *r, bool fix, char *what, size_t what_n)
{
	const struct object *o = choose(objects, r);
	static uint8_t bytes[OBJECT_BYTES_MAX];
	size_t n = o->bytes < OBJECT_BYTES_MAX ? o->bytes : OBJECT_BYTES_MAX, used;

	if (pread(i->fd[o->file], bytes, n, o->offset) != (ssize_t)n)
		die("cannot read the image");
	used = o->bytes == n ? object_used(o, bytes) : n;
	if (!below(r, 8))
		put_other(i, objects, r, o, bytes);
	else
		for (uint64_t k = below(r, 4) + 1; k--;)
			change_bytes(r, bytes, used);
	if (fix && o->bytes == n)
		object_fix(o, bytes);
	if (pwrite(i->fd[o->file], bytes, n, o->offset) != (ssize_t)n)
		die("cannot write the image");
	snprintf(what + strlen(what), what_n - strlen(what), " %c%u:%llu%s", "SLNJ"[o->kind], o->file, (unsigned long long)o->offset,
		 fix ? "" : "/raw");
}
