/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the superblock share: the table of section types. */
#ifndef FORMAT_SUPERBLOCK_INTERNAL_H
#define FORMAT_SUPERBLOCK_INTERNAL_H

#include "arborist/format/fields.h"
#include "arborist/format/superblock.h"

/* Version numbers are major << 10 | minor. */
#define SB_VERSION(major, minor)	((major) << 10 | (minor))
#define SB_VERSION_MIN			9
#define SB_VERSION_CURRENT		SB_VERSION(1, 13)
#define SB_VERSION_MAJOR(v)		((v) >> 10)
#define SB_FEATURES_KNOWN		19	/* bits of features[0] */

#define SB_NBUCKETS_MIN			64
#define SB_NBUCKETS_MAX			(INT32_MAX - 64)
#define MEMBER_V1_BYTES			56
#define MEMBER_BYTES			144

/* One occurrence of a section: from its header, and the length with the header. */
struct sb_section {
	const uint8_t	*p;
	size_t		bytes;
	uint32_t	type;
};
/* Steps through the sections of a superblock whose shape was checked; *cursor starts at 0. */
bool sb_section_next(const struct sb *sb, size_t *cursor, struct sb_section *ret);

/* One row per section type. check() finds what the kernel would refuse, each as a DEFECT_MUST_RETRY. */
struct sb_section_ops {
	const char	*name;
	uint16_t	min_bytes;	/* header included */
	bool		per_device;	/* never copied to another device */
	void		(*check)(const struct sb *sb, const struct sb_section *s, struct defects *d);
	void		(*to_text)(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
};
extern const struct sb_section_ops sb_section_ops[SB_FIELD_NR];

/* Adds what the kernel would refuse. */
void sb_refuse(struct defects *d, const char *own, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

bool sb_member_exists(const struct sb *sb, unsigned idx);
/* The member as one of the two tables tells it; slot must be below nr_devices. */
struct sb_member sb_member_decode(const uint8_t *p, size_t bytes);
/* Data types that some replicas entry puts on the device, a bit each. */
unsigned sb_device_has_data(const struct sb *sb, unsigned idx);
/* Options held in flags (superblock_options.c). */
void sb_options_check(const struct sb *sb, struct defects *d);
void sb_options_to_text(struct arb_buf *out, const struct sb *sb);
/* Shared bits of text. */
void sb_value_column(struct arb_buf *out);
void sb_bits_to_text(struct arb_buf *out, uint64_t bits, unsigned nr, const char *(*name)(unsigned));
void sb_time_to_text(struct arb_buf *out, uint64_t sec);
void sb_group_to_text(struct arb_buf *out, const struct sb *sb, unsigned group);		/* "label (3)" */
void sb_group_path_to_text(struct arb_buf *out, const struct sb *sb, unsigned group);	/* "hdd.label" */

/* Rows of the table, by section. */
void sb_check_journal(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_blacklist(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_clean(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_replicas(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_disk_groups(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_errors(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_check_downgrade(const struct sb *sb, const struct sb_section *s, struct defects *d);
void sb_text_journal(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_blacklist(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_clean(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_replicas(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_disk_groups(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_counters(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_errors(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_downgrade(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_quota(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_crypt(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_ext(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);
void sb_text_members(struct arb_buf *out, const struct sb *sb, const struct sb_section *s);

#endif
