/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The superblock: bytes with a checked shape, and what they say (format-superblock-journal.md 1 to 7).
 *
 * The gate is sb_parse(): after it every field lies inside the bytes and every array inside its field.
 * What is wrong in content without breaking the shape comes back as defects.
 */
#ifndef ARBORIST_FORMAT_SUPERBLOCK_H
#define ARBORIST_FORMAT_SUPERBLOCK_H

#include <stddef.h>
#include <stdint.h>
#include "arborist/base/error.h"
#include "arborist/format/defect.h"
#include "arborist/format/geometry.h"

#define SB_SECTOR		8
#define SB_LAYOUT_SECTOR	7
#define SB_FIXED_BYTES		752
#define SB_BYTES_MAX		(512u << 16)
#define SB_LAYOUT_COPIES_MAX	61

enum sb_field_type {
	SB_FIELD_journal, SB_FIELD_members_v1, SB_FIELD_crypt, SB_FIELD_replicas_v0, SB_FIELD_quota,
	SB_FIELD_disk_groups, SB_FIELD_clean, SB_FIELD_replicas, SB_FIELD_journal_seq_blacklist,
	SB_FIELD_journal_v2, SB_FIELD_counters, SB_FIELD_members_v2, SB_FIELD_errors, SB_FIELD_ext,
	SB_FIELD_downgrade, SB_FIELD_NR,
};

struct sb_layout {
	uint8_t		max_size_bits;		/* log2 sectors of a slot */
	unsigned	nr;
	uint64_t	sector[SB_LAYOUT_COPIES_MAX];
};

struct sb {
	uint8_t		*raw;			/* 752 + 8 * u64s bytes; owned */
	size_t		bytes;
	uint64_t	seq, offset, write_time;
	uint16_t	version, version_min;
	uint8_t		uuid[16], user_uuid[16];
	unsigned	block_sectors, dev_idx, nr_devices;
	uint64_t	flags[7], features[2], compat[2];
	struct sb_layout layout;
	bool		csum_ok;
};

/* A flag of flags[]: the rows with bits of fmt_sb in fields.h. */
uint64_t sb_flag_get(const struct sb *sb, const char *name);	/* e.g. "CLEAN"; name must exist */
void sb_flag_set(struct sb *sb, const char *name, uint64_t v);	/* raw and flags[] */
/* Any numeric row of fmt_sb (fields.h), e.g. "seq", "write_time", "features[0]"; raw and the decoded members. */
void sb_fixed_set(struct sb *sb, const char *name, uint64_t v);

/*
 * How many bytes a superblock at @head (at least 752 bytes of it) needs; 0 when it is none (magic) or too large.
 */
size_t sb_bytes_needed(const void *head, size_t n);
/*
 * Takes a copy of the bytes. Not bcachefs, wrong version or shape, impossible numbers: an error. A wrong checksum and
 * other content that the kernel would refuse: a DEFECT_MUST_RETRY in @d (may be NULL).
 */
enum arb_code sb_parse(const void *bytes, size_t n, struct sb *ret, struct defects *d, struct arb_error *err);
void sb_free(struct sb *sb);
enum arb_code sb_dup(const struct sb *sb, struct sb *ret);
bool sb_layout_parse(const void *bytes512, struct sb_layout *ret, const char **why);

/* First field of the type: pointer to its 8-byte header, *ret_bytes its length with header; NULL when absent. */
const uint8_t *sb_field(const struct sb *sb, enum sb_field_type type, size_t *ret_bytes);
/* Makes the field @bytes long (header included, multiple of 8; 0 removes it), zero filled where it grew. NULL: no memory or slot full. */
uint8_t *sb_field_resize(struct sb *sb, enum sb_field_type type, size_t bytes);
/* Is the section one that is never copied from device to device (journal, journal_v2)? */
bool sb_field_per_device(unsigned type);
/* Recomputes the checksum over .raw with the type in the flags; done last before writing. */
void sb_checksum(struct sb *sb);

struct sb_member {
	uint8_t		uuid[16];
	uint64_t	nbuckets;
	uint16_t	first_bucket, bucket_size;
	uint8_t		btree_bitmap_shift;
	uint64_t	last_mount, flags;
	uint32_t	iops[4];
	uint64_t	errors[3], errors_at_reset[3], errors_reset_time, seq, btree_bitmap;
	uint32_t	last_journal_bucket, last_journal_bucket_offset;
	bool		alive;
};
/* Member slot @idx from members_v2, or v1. False when there is no such slot. */
bool sb_member_get(const struct sb *sb, unsigned idx, struct sb_member *ret);
void sb_member_put(struct sb *sb, unsigned idx, const struct sb_member *m);	/* v2 and v1 */
/* Gives members_v2 slots of the size that 1.13 has, from members_v1 where it is missing, as a kernel does. False: no memory, or the slot is full. */
bool sb_members_widen(struct sb *sb);

/* A named range of flags, as in fmt_member: "STATE", "DURABILITY" ...; name must exist. */
uint64_t sb_member_flag(const struct sb_member *m, const char *name);
void sb_member_flag_set(struct sb_member *m, const char *name, uint64_t v);
/* The btree bitmap: marks a range of sectors (growing the sectors per bit as needed), or asks whether all of it is marked. */
void sb_member_mark_btree(struct sb_member *m, uint64_t start, uint64_t sectors);
bool sb_member_btree_marked(const struct sb_member *m, uint64_t start, uint64_t sectors);

/* Journal ring of this device: bucket numbers in ring order (journal_v2, else journal). *ret owned by the caller. */
enum arb_code sb_journal_buckets(const struct sb *sb, uint64_t **ret, size_t *ret_nr, struct arb_error *err);
/* Blacklist ranges, ascending; *ret owned by the caller, may be NULL when none. */
enum arb_code sb_blacklist(const struct sb *sb, struct seq_range **ret, size_t *ret_nr);
enum arb_code sb_blacklist_add(struct sb *sb, struct seq_range r, struct arb_error *err);	/* merged, sorted; sets feature 5 */
/* The clean section: journal_seq and its jset entries (checked to tile the field exactly). False when absent. */
bool sb_clean(const struct sb *sb, uint64_t *ret_journal_seq, const uint8_t **ret_entries, size_t *ret_bytes);
/* replicas / replicas_v0 as one list. */
struct replicas_entry { uint8_t data_type, nr_devs, nr_required, devs[SB_MEMBERS_MAX]; };
bool sb_replicas_next(const struct sb *sb, size_t *cursor, struct replicas_entry *ret);	/* *cursor starts at 0 */
/* Adds a set of devices (ascending) unless it is listed already; an old list that cannot hold it is written in the newer form. */
enum arb_code sb_replicas_add(struct sb *sb, const struct replicas_entry *e, struct arb_error *err);
bool sb_replicas_have(const struct sb *sb, const struct replicas_entry *e);
#define SB_ERRORS_MAX		512		/* numbers of fsck errors are below */
/* Adds @count to that of fsck error @err, last seen at @time (s). */
enum arb_code sb_error_count(struct sb *sb, unsigned err, uint64_t count, uint64_t time);
/* Sets the bit of a pass that the next mount must run / of an error it fixes silently / of a btree that lost data. */
enum arb_code sb_require_pass(struct sb *sb, unsigned stable_pass_id);
enum arb_code sb_silence_error(struct sb *sb, unsigned err);
enum arb_code sb_btree_lost_data(struct sb *sb, unsigned btree);
uint64_t sb_required_passes(const struct sb *sb);	/* bit per stable pass id */
uint64_t sb_btrees_lost(const struct sb *sb);		/* bit per btree */

/* Fills @geo; members start as not online. blacklist is left empty (its owner sets it). */
void sb_geometry(const struct sb *sb, struct fs_geometry *geo);

/*
 * The text of show-super for this superblock. @fields: bit per sb_field_type to print in full (the reference's -f); ~0 all.
 * @layout: also the layout. Times in the local time zone, as the reference does.
 */
void sb_to_text(struct arb_buf *out, const struct sb *sb, bool layout, uint32_t fields);
void sb_uuid_to_text(struct arb_buf *out, const uint8_t uuid[16]);
const char *sb_field_name(unsigned type);		/* NULL when unknown */
const char *sb_version_name(unsigned version);		/* "inode_has_child_snapshots"; NULL when unknown */
void sb_version_to_text(struct arb_buf *out, unsigned version);	/* "1.13" with its name as the reference prints it */

#endif
