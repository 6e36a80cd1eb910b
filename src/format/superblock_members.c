/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members: the device slots of a superblock, in both tables, and what the rest of the program needs of them. */
#include "superblock_internal.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

struct sb_member sb_member_decode(const uint8_t *p, size_t bytes)
{
	struct sb_member m = { 0 };
	uint8_t d[MEMBER_BYTES] = { 0 };

	memcpy(d, p, bytes < sizeof(d) ? bytes : sizeof(d));
	memcpy(m.uuid, d, 16);
	for (unsigned i = 0; i < 16; i++)
		m.alive |= m.uuid[i] != 0;
	m.nbuckets = le64_get(d + 16);
	m.first_bucket = le16_get(d + 24);
	m.bucket_size = le16_get(d + 26);
	m.btree_bitmap_shift = d[28];
	m.last_mount = le64_get(d + 32);
	m.flags = le64_get(d + 40);
	for (unsigned i = 0; i < 4; i++)
		m.iops[i] = le32_get(d + 48 + 4 * i);
	for (unsigned i = 0; i < 3; i++) {
		m.errors[i] = le64_get(d + 64 + 8 * i);
		m.errors_at_reset[i] = le64_get(d + 88 + 8 * i);
	}
	m.errors_reset_time = le64_get(d + 112);
	m.seq = le64_get(d + 120);
	m.btree_bitmap = le64_get(d + 128);
	m.last_journal_bucket = le32_get(d + 136);
	m.last_journal_bucket_offset = le32_get(d + 140);
	return m;
}

static void member_encode(const struct sb_member *m, uint8_t d[MEMBER_BYTES])
{
	memcpy(d, m->uuid, 16);
	le64_put(d + 16, m->nbuckets);
	le16_put(d + 24, m->first_bucket);
	le16_put(d + 26, m->bucket_size);
	d[28] = m->btree_bitmap_shift;
	le64_put(d + 32, m->last_mount);
	le64_put(d + 40, m->flags);
	for (unsigned i = 0; i < 4; i++)
		le32_put(d + 48 + 4 * i, m->iops[i]);
	for (unsigned i = 0; i < 3; i++) {
		le64_put(d + 64 + 8 * i, m->errors[i]);
		le64_put(d + 88 + 8 * i, m->errors_at_reset[i]);
	}
	le64_put(d + 112, m->errors_reset_time);
	le64_put(d + 120, m->seq);
	le64_put(d + 128, m->btree_bitmap);
	le32_put(d + 136, m->last_journal_bucket);
	le32_put(d + 140, m->last_journal_bucket_offset);
}

/* Place of a slot in the table of the given type, and its stride; NULL when there is no such table or slot. */
static uint8_t *member_slot(const struct sb *sb, enum sb_field_type type, unsigned idx, size_t *stride)
{
	size_t bytes, head = type == SB_FIELD_members_v2 ? 16 : 8;
	const uint8_t *f = sb_field(sb, type, &bytes);

	if (!f || bytes < head || idx >= sb->nr_devices)
		return NULL;
	*stride = type == SB_FIELD_members_v2 ? le16_get(f + 8) : MEMBER_V1_BYTES;
	if (!*stride || (bytes - head) / *stride <= idx)
		return NULL;
	return sb->raw + (f - sb->raw) + head + *stride * idx;
}

bool sb_member_get(const struct sb *sb, unsigned idx, struct sb_member *ret)
{
	size_t stride;
	const uint8_t *p = member_slot(sb, SB_FIELD_members_v2, idx, &stride);

	if (!p)
		p = member_slot(sb, SB_FIELD_members_v1, idx, &stride);
	if (!p)
		return false;
	*ret = sb_member_decode(p, stride);
	return true;
}

void sb_member_put(struct sb *sb, unsigned idx, const struct sb_member *m)
{
	static const enum sb_field_type tables[] = { SB_FIELD_members_v2, SB_FIELD_members_v1 };

	for (unsigned i = 0; i < 2; i++) {
		uint8_t d[MEMBER_BYTES] = { 0 };
		size_t stride, n;
		uint8_t *p = member_slot(sb, tables[i], idx, &stride);

		if (!p)
			continue;
		n = stride < sizeof(d) ? stride : sizeof(d);
		memcpy(d, p, n);		/* keeps what we do not know */
		member_encode(m, d);
		memcpy(p, d, n);
	}
}

bool sb_members_widen(struct sb *sb)
{
	enum { HEAD = 16, STRIDE_AT = 8 };
	size_t stride = 0, nr = sb->nr_devices, bytes = HEAD + MEMBER_BYTES * nr;
	bool v2 = member_slot(sb, SB_FIELD_members_v2, 0, &stride);
	uint8_t *wide, *to;

	if (!nr || (v2 && stride >= MEMBER_BYTES))
		return true;
	wide = calloc(nr, MEMBER_BYTES);
	for (unsigned i = 0; wide && i < nr; i++) {
		const uint8_t *p = member_slot(sb, v2 ? SB_FIELD_members_v2 : SB_FIELD_members_v1, i, &stride);

		if (p)
			memcpy(wide + MEMBER_BYTES * i, p, stride < MEMBER_BYTES ? stride : MEMBER_BYTES);
	}
	to = wide ? sb_field_resize(sb, SB_FIELD_members_v2, bytes) : NULL;
	if (to) {
		le16_put(to + STRIDE_AT, MEMBER_BYTES);
		memcpy(to + HEAD, wide, MEMBER_BYTES * nr);
	}
	free(wide);
	return to;
}

bool sb_member_exists(const struct sb *sb, unsigned idx)
{
	struct sb_member m;

	return sb_member_get(sb, idx, &m) && m.alive;
}

uint64_t sb_member_flag(const struct sb_member *m, const char *name)
{
	const struct fmt_field *f = fmt_field(&fmt_member, name);

	assert(f && f->offset == 40);
	return m->flags >> f->bit & ((UINT64_C(1) << f->bits) - 1);
}

void sb_member_flag_set(struct sb_member *m, const char *name, uint64_t v)
{
	const struct fmt_field *f = fmt_field(&fmt_member, name);
	uint64_t mask;

	assert(f && f->offset == 40);
	mask = ((UINT64_C(1) << f->bits) - 1) << f->bit;
	m->flags = (m->flags & ~mask) | (v << f->bit & mask);
}

/* Folds the bitmap until it reaches @end sectors, then sets the bits of the range (format-superblock-journal.md 4). */
void sb_member_mark_btree(struct sb_member *m, uint64_t start, uint64_t sectors)
{
	uint64_t end = start + sectors;

	while (m->btree_bitmap_shift < 57 && end > UINT64_C(64) << m->btree_bitmap_shift) {
		uint64_t folded = 0;

		for (unsigned i = 0; i < 64; i++)
			folded |= (m->btree_bitmap >> i & 1) << (i / 2);
		m->btree_bitmap = folded;
		m->btree_bitmap_shift++;
	}
	for (uint64_t i = start >> m->btree_bitmap_shift; sectors && i <= (end - 1) >> m->btree_bitmap_shift &&
	     i < 64; i++)
		m->btree_bitmap |= UINT64_C(1) << i;
}

bool sb_member_btree_marked(const struct sb_member *m, uint64_t start, uint64_t sectors)
{
	for (uint64_t s = start; s < start + sectors; s += UINT64_C(1) << m->btree_bitmap_shift)
		if (s >> m->btree_bitmap_shift >= 64 || !(m->btree_bitmap >> (s >> m->btree_bitmap_shift) & 1))
			return false;
	return (start + sectors - 1) >> m->btree_bitmap_shift < 64 &&
	       (m->btree_bitmap >> ((start + sectors - 1) >> m->btree_bitmap_shift) & 1);
}

static void member_geometry_fill(struct member_geometry *g, const struct sb_member *m)
{
	unsigned durability = sb_member_flag(m, "DURABILITY");

	g->exists = m->alive;
	g->state = sb_member_flag(m, "STATE");
	g->durability = durability ? durability - 1 : 1;
	g->data_allowed = sb_member_flag(m, "DATA_ALLOWED");
	g->first_bucket = m->first_bucket;
	g->bucket_size = m->bucket_size;
	g->nbuckets = m->nbuckets;
	g->btree_bitmap_shift = m->btree_bitmap_shift;
	g->btree_bitmap = m->btree_bitmap;
}

void sb_geometry(const struct sb *sb, struct fs_geometry *geo)
{
	uint64_t uuid0 = le64_get(sb->uuid);
	struct sb_member m;

	memset(geo, 0, sizeof(*geo));
	memcpy(geo->uuid, sb->uuid, 16);
	geo->version = sb->version;
	geo->version_min = sb->version_min;
	geo->version_upgrade_complete = sb_flag_get(sb, "VERSION_UPGRADE_COMPLETE");
	if (!geo->version_upgrade_complete)
		geo->version_upgrade_complete = sb->version;
	geo->block_sectors = sb->block_sectors;
	geo->node_sectors = sb_flag_get(sb, "BTREE_NODE_SIZE");
	geo->encrypted = sb_flag_get(sb, "ENCRYPTION_TYPE") != 0;
	geo->meta_csum = geo->encrypted ? CSUM_chacha20_poly1305_128 : csum_opt_to_type(sb_flag_get(sb, "META_CSUM_TYPE"), false);
	geo->clean = sb_flag_get(sb, "CLEAN");
	geo->jset_magic = uuid0 ^ UINT64_C(0x245235c1a3625032);
	geo->bset_magic = uuid0 ^ UINT64_C(0x90135c78b99e07f5);
	geo->nr_members = sb->nr_devices;
	for (unsigned i = 0; i < sb->nr_devices; i++)
		if (sb_member_get(sb, i, &m))
			member_geometry_fill(&geo->member[i], &m);
}
