/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys as older versions wrote them, and newer ones still read them: alloc keys and inodes (format-keys.md 3.6, 3.9). */
#include "builder.h"
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/alloc.h"
#include "arborist/format/varint.h"

/* ---- alloc keys */

static size_t alloc_v1(uint8_t *v, const struct alloc_v4 *a)
{
	v[0] = 1 << 2 | 1 << 3 | 1 << 5;	/* data type, dirty sectors, oldest generation */
	v[1] = a->gen;
	v[2] = a->data_type;
	le16_put(v + 3, a->dirty_sectors);
	v[5] = a->oldest_gen;
	return 6;
}

static size_t varints(uint8_t *v, const struct alloc_v4 *a)
{
	const uint64_t f[] = { a->io_time[0], a->io_time[1], a->dirty_sectors, a->cached_sectors, a->stripe, a->stripe_redundancy };
	size_t at = 0;

	for (unsigned i = 0; i < 6; i++)
		at += varint_put(v + at, f[i]);
	return at;
}

static size_t alloc_v2(uint8_t *v, const struct alloc_v4 *a)
{
	v[0] = 6;
	v[1] = a->gen;
	v[2] = a->oldest_gen;
	v[3] = a->data_type;
	return 4 + varints(v + 4, a);
}

static size_t alloc_v3(uint8_t *v, const struct alloc_v4 *a)
{
	v[8] = a->need_discard;
	v[12] = 6;
	v[13] = a->gen;
	v[14] = a->oldest_gen;
	v[15] = a->data_type;
	return 16 + varints(v + 16, a);
}

bool image_alloc_old(struct bkey_buf *out, struct bpos p, const struct alloc_v4 *a)
{
	static const struct { unsigned type; size_t (*put)(uint8_t *v, const struct alloc_v4 *a); } forms[] = {
		{ KEY_alloc, alloc_v1 }, { KEY_alloc_v2, alloc_v2 }, { KEY_alloc_v3, alloc_v3 },
	};
	unsigned i = p.offset % 7;

	if (i >= 3 || a->data_type != DATA_user || a->dirty_sectors > UINT16_MAX || a->stripe_sectors)
		return false;
	*out = (struct bkey_buf){ .k = { .p = p, .type = forms[i].type } };
	out->k.u64s = BKEY_U64s + (forms[i].put(out->v, a) + 7) / 8;
	return true;
}

/* ---- inodes */

/* The fields in their order then: size and sectors behind the times, nothing about nocow. */
static unsigned old_fields(const struct inode *in, uint64_t f[INODE_FIELD_NR + 2])
{
	unsigned nr = 0;

	for (unsigned i = 0; i < INODE_FIELD_nocow; i++) {
		if (i == INODE_FIELD_uid) {
			f[nr++] = in->size;
			f[nr++] = in->sectors;
		}
		f[nr++] = in->field[i];
	}
	return nr;
}

bool image_inode_old(struct bkey_buf *out, struct bpos p, const struct inode *in)
{
	uint64_t f[INODE_FIELD_NR + 2];
	unsigned nr = old_fields(in, f), form = p.offset % 7;
	bool second = form == 1;
	size_t at = second ? 26 : 14;

	if (form > 1 || (in->mode & 0170000) != 0100000)
		return false;
	*out = (struct bkey_buf){ .k = { .p = p, .type = second ? KEY_inode_v2 : KEY_inode } };
	le64_put(out->v + (second ? 8 : 0), in->hash_seed);
	if (second)
		le64_put(out->v + 16, (in->flags & 0xffffff) | (uint64_t)nr << 24);
	else
		le32_put(out->v + 8, (in->flags & 0xffffff) | (uint64_t)nr << 24 | UINT32_C(1) << 31);
	le16_put(out->v + at - 2, in->mode);
	for (unsigned i = 0; i < nr; i++) {
		at += varint_put(out->v + at, f[i]);
		if (i <= INODE_FIELD_otime)
			out->v[at++] = 0;	/* times have two parts */
	}
	out->k.u64s = BKEY_U64s + (at + 7) / 8;
	return true;
}
