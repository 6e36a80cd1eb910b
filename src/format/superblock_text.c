/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a superblock, in the layout of the reference's show-super. */
#include "superblock_internal.h"
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>
#include "arborist/base/le.h"
#include "arborist/base/text.h"
#include "arborist/format/enums.h"

const struct sb_section_ops sb_section_ops[SB_FIELD_NR] = {
	[SB_FIELD_journal]	= { "journal", 8, true, sb_check_journal, sb_text_journal },
	[SB_FIELD_members_v1]	= { "members_v1", 8, false, NULL, sb_text_members },
	[SB_FIELD_crypt]	= { "crypt", 64, false, NULL, sb_text_crypt },
	[SB_FIELD_replicas_v0]	= { "replicas_v0", 8, false, sb_check_replicas, sb_text_replicas },
	[SB_FIELD_quota]	= { "quota", 80, false, NULL, sb_text_quota },
	[SB_FIELD_disk_groups]	= { "disk_groups", 8, false, sb_check_disk_groups, sb_text_disk_groups },
	[SB_FIELD_clean]	= { "clean", 24, false, sb_check_clean, sb_text_clean },
	[SB_FIELD_replicas]	= { "replicas", 8, false, sb_check_replicas, sb_text_replicas },
	[SB_FIELD_journal_seq_blacklist] = { "journal_seq_blacklist", 8, false, sb_check_blacklist, sb_text_blacklist },
	[SB_FIELD_journal_v2]	= { "journal_v2", 8, true, sb_check_journal, sb_text_journal },
	[SB_FIELD_counters]	= { "counters", 8, false, NULL, sb_text_counters },
	[SB_FIELD_members_v2]	= { "members_v2", 16, false, NULL, sb_text_members },
	[SB_FIELD_errors]	= { "errors", 8, false, sb_check_errors, sb_text_errors },
	[SB_FIELD_ext]		= { "ext", 88, false, NULL, sb_text_ext },
	[SB_FIELD_downgrade]	= { "downgrade", 8, false, sb_check_downgrade, sb_text_downgrade },
};

/* ---- shared bits */

void sb_value_column(struct arb_buf *out)
{
	arb_buf_pad(out, 43);
}

void sb_bits_to_text(struct arb_buf *out, uint64_t bits, unsigned nr, const char *(*name)(unsigned))
{
	const char *sep = "";

	for (unsigned i = 0; i < nr && i < 64; i++)
		if (bits >> i & 1) {
			arb_buf_printf(out, "%s%s", sep, name(i));
			sep = ",";
		}
}

void sb_time_to_text(struct arb_buf *out, uint64_t sec)
{
	time_t t = (time_t)sec;
	struct tm tm;
	char text[64];

	if (localtime_r(&t, &tm) && asctime_r(&tm, text))
		arb_buf_printf(out, "%.*s", (int)strcspn(text, "\n"), text);
	else
		arb_buf_printf(out, "%" PRIu64, sec);
}

void sb_uuid_to_text(struct arb_buf *out, const uint8_t uuid[16])
{
	char text[UUID_STR_LEN];

	uuid_unparse_lower(uuid, text);
	arb_buf_puts(out, text);
}

static const char *const version_names_0[] = {
	[10] = "bkey_renumber", "inode_btree_change", "snapshot", "inode_backpointers", "btree_ptr_sectors_written",
	"snapshot_2", "reflink_p_fix", "subvol_dirent", "inode_v2", "freespace", "alloc_v4", "new_data_types",
	"backpointers", "inode_v3", "unwritten_extents", "bucket_gens", "lru_v2", "fragmentation_lru",
	"no_bps_in_alloc_keys", "snapshot_trees",
};
static const char *const version_names_1[] = {
	"major_minor", "snapshot_skiplists", "deleted_inodes", "rebalance_work", "member_seq", "subvolume_fs_parent",
	"btree_subvolume_children", "mi_btree_bitmap", "bucket_stripe_sectors", "disk_accounting_v2",
	"disk_accounting_v3", "disk_accounting_inum", "rebalance_work_acct_fix", "inode_has_child_snapshots",
};

const char *sb_version_name(unsigned version)
{
	unsigned minor = version & 1023;

	if (!SB_VERSION_MAJOR(version))
		return minor < sizeof(version_names_0) / sizeof(version_names_0[0]) ? version_names_0[minor] : NULL;
	return SB_VERSION_MAJOR(version) == 1 && minor < sizeof(version_names_1) / sizeof(version_names_1[0]) ?
		version_names_1[minor] : NULL;
}

void sb_version_to_text(struct arb_buf *out, unsigned version)
{
	const char *name = sb_version_name(version);

	arb_buf_printf(out, "%u.%u: %s", version >> 10, version & 1023, name ? name : "(unknown version)");
}

/* ---- members */

static void bitmap_to_text(struct arb_buf *out, uint64_t bits)
{
	for (unsigned i = 64; i; i--)
		arb_buf_putc(out, '0' + (bits >> (i - 1) & 1));
}

static void types_to_text(struct arb_buf *out, unsigned types)
{
	if (types)
		sb_bits_to_text(out, types, DATA_TYPE_NR, data_type_name);
	else
		arb_buf_puts(out, "(none)");
}

/* "LABEL" padded to the value column, inside a member's indentation. */
static void label(struct arb_buf *out, const char *name)
{
	arb_buf_printf(out, "  %s:", name);
	sb_value_column(out);
}

static void number(struct arb_buf *out, const char *name, uint64_t v)
{
	label(out, name);
	arb_buf_printf(out, "%" PRIu64 "\n", v);
}

static void bytes_line(struct arb_buf *out, const char *name, uint64_t bytes)
{
	label(out, name);
	text_human_bytes(out, bytes);
	arb_buf_putc(out, '\n');
}

static void member_head(struct arb_buf *out, const struct sb *sb, const struct sb_member *m)
{
	unsigned group = sb_member_flag(m, "GROUP");

	label(out, "Label");
	if (group)
		sb_group_to_text(out, sb, group - 1);
	else
		arb_buf_puts(out, "(none)");
	arb_buf_putc(out, '\n');
	label(out, "UUID");
	sb_uuid_to_text(out, m->uuid);
	arb_buf_putc(out, '\n');
	bytes_line(out, "Size", m->nbuckets * m->bucket_size << 9);
}

static void member_counts(struct arb_buf *out, const struct sb_member *m)
{
	static const char *const errors[] = { "read errors", "write errors", "checksum errors" };
	static const char *const iops[] = { "seqread iops", "seqwrite iops", "randread iops", "randwrite iops" };

	for (unsigned i = 0; i < 3; i++)
		number(out, errors[i], m->errors[i]);
	for (unsigned i = 0; i < 4; i++)
		number(out, iops[i], m->iops[i]);
	bytes_line(out, "Bucket size", (uint64_t)m->bucket_size << 9);
	number(out, "First bucket", m->first_bucket);
	number(out, "Buckets", m->nbuckets);
	label(out, "Last mount");
	if (m->last_mount)
		sb_time_to_text(out, m->last_mount);
	else
		arb_buf_puts(out, "(never)");
	arb_buf_putc(out, '\n');
	number(out, "Last superblock write", m->seq);
}

static void member_state(struct arb_buf *out, const struct sb *sb, unsigned idx, const struct sb_member *m)
{
	static const char *const states[] = { "rw", "ro", "failed", "spare" };
	unsigned state = sb_member_flag(m, "STATE"), durability = sb_member_flag(m, "DURABILITY");

	label(out, "State");
	arb_buf_printf(out, "%s\n", state < 4 ? states[state] : "unknown");
	label(out, "Data allowed");
	types_to_text(out, sb_member_flag(m, "DATA_ALLOWED"));
	arb_buf_putc(out, '\n');
	label(out, "Has data");
	types_to_text(out, sb_device_has_data(sb, idx));
	arb_buf_putc(out, '\n');
	bytes_line(out, "Btree allocated bitmap blocksize", UINT64_C(1) << (m->btree_bitmap_shift & 63));
	label(out, "Btree allocated bitmap");
	bitmap_to_text(out, m->btree_bitmap);
	arb_buf_putc(out, '\n');
	number(out, "Durability", durability ? durability - 1 : 1);
	number(out, "Discard", sb_member_flag(m, "DISCARD"));
	number(out, "Freespace initialized", sb_member_flag(m, "FREESPACE_INITIALIZED"));
}

void sb_text_members(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	bool v2 = s->type == SB_FIELD_members_v2;
	size_t stride = v2 ? le16_get(s->p + 8) : MEMBER_V1_BYTES, head = v2 ? 16 : 8;

	for (unsigned i = 0; i < sb->nr_devices && head + stride * (i + 1) <= s->bytes; i++) {
		struct sb_member m = sb_member_decode(s->p + head + stride * i, stride);

		if (!m.alive)
			continue;
		arb_buf_puts(out, "Device:");
		sb_value_column(out);
		arb_buf_printf(out, "%u\n", i);
		member_head(out, sb, &m);
		member_counts(out, &m);
		member_state(out, sb, i, &m);
	}
}

/* ---- the fixed part: one row a line */

static const char *feature_name(unsigned i)
{
	static const char *const names[SB_FEATURES_KNOWN] = {
		"lz4", "gzip", "zstd", "atomic_nlink", "ec", "journal_seq_blacklist_v3", "reflink", "new_siphash",
		"inline_data", "new_extent_overwrite", "incompressible", "btree_ptr_v2", "extents_above_btree_updates",
		"btree_updates_journalled", "reflink_inline_data", "new_varint", "journal_no_flush", "alloc_v2",
		"extents_across_btree_nodes",
	};
	return names[i];
}

static const char *compat_name(unsigned i)
{
	static const char *const names[] = {
		"alloc_info", "alloc_metadata", "extents_above_btree_updates_done", "bformat_overflow_done",
	};
	return names[i];
}

static void text_user_uuid(struct arb_buf *out, const struct sb *sb) { sb_uuid_to_text(out, sb->user_uuid); }
static void text_uuid(struct arb_buf *out, const struct sb *sb) { sb_uuid_to_text(out, sb->uuid); }
static void text_magic(struct arb_buf *out, const struct sb *sb) { sb_uuid_to_text(out, sb->raw + 24); }
static void text_dev_idx(struct arb_buf *out, const struct sb *sb) { arb_buf_printf(out, "%u", sb->dev_idx); }
static void text_version(struct arb_buf *out, const struct sb *sb) { sb_version_to_text(out, sb->version); }
static void text_version_min(struct arb_buf *out, const struct sb *sb) { sb_version_to_text(out, sb->version_min); }
static void text_seq(struct arb_buf *out, const struct sb *sb) { arb_buf_printf(out, "%" PRIu64, sb->seq); }
static void text_write_time(struct arb_buf *out, const struct sb *sb) { sb_time_to_text(out, sb->write_time); }
static void text_clean(struct arb_buf *out, const struct sb *sb) { arb_buf_printf(out, "%" PRIu64, sb_flag_get(sb, "CLEAN")); }
static void text_features(struct arb_buf *out, const struct sb *sb) { sb_bits_to_text(out, sb->features[0], SB_FEATURES_KNOWN, feature_name); }
static void text_compat(struct arb_buf *out, const struct sb *sb) { sb_bits_to_text(out, sb->compat[0], 4, compat_name); }

static void text_label(struct arb_buf *out, const struct sb *sb)
{
	int n = strnlen((const char *)sb->raw + 72, 32);

	arb_buf_printf(out, "%.*s", n ? n : 6, n ? (const char *)sb->raw + 72 : "(none)");
}

static void text_upgraded(struct arb_buf *out, const struct sb *sb)
{
	unsigned v = sb_flag_get(sb, "VERSION_UPGRADE_COMPLETE");

	sb_version_to_text(out, v ? v : sb->version);
}

static void text_created(struct arb_buf *out, const struct sb *sb)
{
	uint64_t ns = le64_get(sb->raw + 128);

	if (ns)
		sb_time_to_text(out, ns / 1000000000);
	else
		arb_buf_puts(out, "(not set)");
}

static void text_size(struct arb_buf *out, const struct sb *sb)
{
	text_human_bytes(out, sb->bytes);
	arb_buf_putc(out, '/');
	text_human_bytes(out, UINT64_C(512) << sb->layout.max_size_bits);
}

static void text_devices(struct arb_buf *out, const struct sb *sb)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < sb->nr_devices; i++)
		nr += sb_member_exists(sb, i);
	arb_buf_printf(out, "%u", nr);
}

static void text_sections(struct arb_buf *out, const struct sb *sb)
{
	struct sb_section s;
	uint64_t have = 0;

	for (size_t cursor = 0; sb_section_next(sb, &cursor, &s);)
		if (s.type < SB_FIELD_NR)
			have |= UINT64_C(1) << s.type;
	sb_bits_to_text(out, have, SB_FIELD_NR, sb_field_name);
}

static const struct {
	const char *label;
	void (*text)(struct arb_buf *out, const struct sb *sb);
} fixed_rows[] = {
	{ "External UUID", text_user_uuid }, { "Internal UUID", text_uuid }, { "Magic number", text_magic },
	{ "Device index", text_dev_idx }, { "Label", text_label }, { "Version", text_version },
	{ "Version upgrade complete", text_upgraded }, { "Oldest version on disk", text_version_min },
	{ "Created", text_created }, { "Sequence number", text_seq }, { "Time of last write", text_write_time },
	{ "Superblock size", text_size }, { "Clean", text_clean }, { "Devices", text_devices },
	{ "Sections", text_sections }, { "Features", text_features }, { "Compat features", text_compat },
};

static void layout_to_text(struct arb_buf *out, const struct sb *sb)
{
	const uint8_t *p = sb->raw + 240;

	arb_buf_printf(out, "\nlayout:\n  Type:                    %u\n  Superblock max size:     ", p[16]);
	text_human_bytes(out, UINT64_C(512) << sb->layout.max_size_bits);
	arb_buf_printf(out, "\n  Nr superblocks:          %u\n  Offsets:                 ", sb->layout.nr);
	for (unsigned i = 0; i < sb->layout.nr; i++)
		arb_buf_printf(out, "%s%" PRIu64, i ? ", " : "", sb->layout.sector[i]);
	arb_buf_putc(out, '\n');
}

static void section_to_text(struct arb_buf *out, const struct sb *sb, const struct sb_section *s)
{
	const struct sb_section_ops *ops = s->type < SB_FIELD_NR ? &sb_section_ops[s->type] : NULL;

	arb_buf_putc(out, '\n');
	if (ops)
		arb_buf_printf(out, "%s (size %zu):\n", ops->name, s->bytes);
	else
		arb_buf_printf(out, "(unknown field %" PRIu32 ") (size %zu):\n", s->type, s->bytes);
	if (ops && s->bytes >= ops->min_bytes)
		ops->to_text(out, sb, s);
}

void sb_to_text(struct arb_buf *out, const struct sb *sb, bool layout, uint32_t fields)
{
	struct sb_section s;

	for (size_t i = 0; i < sizeof(fixed_rows) / sizeof(fixed_rows[0]); i++) {
		arb_buf_printf(out, "%s:", fixed_rows[i].label);
		sb_value_column(out);
		fixed_rows[i].text(out, sb);
		arb_buf_putc(out, '\n');
	}
	arb_buf_puts(out, "\nOptions:\n");
	sb_options_to_text(out, sb);
	if (layout)
		layout_to_text(out, sb);
	for (size_t cursor = 0; sb_section_next(sb, &cursor, &s);)
		if (s.type >= 32 ? fields == ~UINT32_C(0) : fields >> s.type & 1)
			section_to_text(out, sb, &s);
}
