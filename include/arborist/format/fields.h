/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One description of each on-disk structure of fixed shape: name, place and width of every member, down to bit
 * ranges. Showing, editing, searching and damaging all read the same rows.
 */
#ifndef ARBORIST_FORMAT_FIELDS_H
#define ARBORIST_FORMAT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fmt_kind {
	FMT_UINT,		/* little endian, 1 to 8 bytes, or a bit range of one */
	FMT_UUID,		/* 16 bytes */
	FMT_CSUM,		/* 16 bytes */
	FMT_TEXT,		/* bytes of a name */
	FMT_BYTES,		/* opaque */
};

struct fmt_field {
	const char	*name;
	uint32_t	offset;		/* bytes from the start of the structure */
	uint32_t	bytes;
	uint8_t		bit, bits;	/* bits 0: the whole of it */
	uint8_t		kind;		/* enum fmt_kind */
};

struct fmt_struct {
	const char	*name;
	uint16_t	bytes;		/* least size of the structure */
	uint16_t	nr;
	const struct fmt_field *field;
};

#define FMT_STRUCT(id, text, size) \
	const struct fmt_struct id = { .name = text, .bytes = size, .nr = sizeof(id##_fields) / sizeof(id##_fields[0]), \
				       .field = id##_fields }

/* NULL when there is none of that name. */
const struct fmt_field *fmt_field(const struct fmt_struct *s, const char *name);
/* A FMT_UINT field of the structure at @base. */
uint64_t fmt_get(const struct fmt_field *f, const void *base);
void fmt_put(const struct fmt_field *f, void *base, uint64_t v);

/* The superblock and what stands in its fields; offsets of section headers count (format-superblock-journal.md 1 to 4). */
extern const struct fmt_struct fmt_sb_layout, fmt_sb, fmt_sb_section, fmt_member, fmt_sb_crypt, fmt_sb_clean, fmt_sb_ext,
	fmt_sb_group, fmt_sb_blacklist, fmt_sb_error, fmt_sb_downgrade, fmt_sb_quota, fmt_sb_journal_v2;

/* Nodes, keys and the journal (format-btree.md 1 and 6, format-superblock-journal.md 9). */
extern const struct fmt_struct fmt_node, fmt_node_entry, fmt_bset, fmt_bkey, fmt_bkey_packed, fmt_jset, fmt_jset_entry;
/*
 * What stands at the start of the value of a key of that type, of the payload of a journal record, and in the entry of an extent
 * that begins with that word. NULL when nothing is of fixed shape there. A value may end before the last member (old keys are
 * shorter), but not before ->bytes.
 */
const struct fmt_struct *fmt_value(unsigned key_type);
const struct fmt_struct *fmt_jset_payload(unsigned entry_type);
const struct fmt_struct *fmt_extent_entry(uint64_t first_word);

#endif
