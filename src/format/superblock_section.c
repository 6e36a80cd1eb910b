/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding, growing and shrinking the sections of a superblock. */
#include "superblock_internal.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"

bool sb_section_next(const struct sb *sb, size_t *cursor, struct sb_section *ret)
{
	size_t at = *cursor ? *cursor : SB_FIXED_BYTES;

	if (at >= sb->bytes)
		return false;
	ret->p = sb->raw + at;
	ret->bytes = 8 * (size_t)le32_get(ret->p);
	ret->type = le32_get(ret->p + 4);
	*cursor = at + ret->bytes;
	return true;
}

const uint8_t *sb_field(const struct sb *sb, enum sb_field_type type, size_t *ret_bytes)
{
	struct sb_section s;
	size_t cursor = 0;

	while (sb_section_next(sb, &cursor, &s))
		if (s.type == (uint32_t)type) {
			if (ret_bytes)
				*ret_bytes = s.bytes;
			return s.p;
		}
	if (ret_bytes)
		*ret_bytes = 0;
	return NULL;
}

/* Moves what follows the section so that it has @new_bytes; returns its place. */
static uint8_t *section_resize_at(struct sb *sb, size_t at, size_t old, size_t new_bytes)
{
	size_t total = sb->bytes - old + new_bytes;
	uint8_t *raw = sb->raw;

	if (new_bytes > old) {
		raw = realloc(sb->raw, total);
		if (!raw)
			return NULL;
		sb->raw = raw;
	}
	memmove(raw + at + new_bytes, raw + at + old, sb->bytes - at - old);
	if (new_bytes > old)
		memset(raw + at + old, 0, new_bytes - old);
	sb->bytes = total;
	le32_put(raw + 124, (total - SB_FIXED_BYTES) / 8);
	return raw + at;
}

uint8_t *sb_field_resize(struct sb *sb, enum sb_field_type type, size_t bytes)
{
	size_t old;
	const uint8_t *found = sb_field(sb, type, &old);
	size_t at = found ? (size_t)(found - sb->raw) : sb->bytes;
	uint8_t *p;

	if (bytes % 8 || (bytes && bytes < 8) || sb->bytes - old + bytes > (size_t)512 << sb->layout.max_size_bits)
		return NULL;
	p = section_resize_at(sb, at, old, bytes);
	if (!p || !bytes)
		return NULL;
	le32_put(p, bytes / 8);
	le32_put(p + 4, type);
	return p;
}

bool sb_field_per_device(unsigned type)
{
	return type < SB_FIELD_NR && sb_section_ops[type].per_device;
}

const char *sb_field_name(unsigned type)
{
	return type < SB_FIELD_NR ? sb_section_ops[type].name : NULL;
}
