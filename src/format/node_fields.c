/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where in a btree node and in a journal entry: tables only (format-btree.md 1 and 6, format-superblock-journal.md 9). */
#include "arborist/format/jset.h"
#include "field_row.h"

/* ---- nodes */

#define BSET(n, off) \
	U(n "seq", off, 8), U(n "journal_seq", (off) + 8, 8), B(n "CSUM_TYPE", (off) + 16, 4, 0, 4), \
	B(n "BIG_ENDIAN", (off) + 16, 4, 4, 5), B(n "SEPARATE_WHITEOUTS", (off) + 16, 4, 5, 6), \
	B(n "OFFSET", (off) + 16, 4, 16, 32), U(n "version", (off) + 20, 2), U(n "u64s", (off) + 22, 2)
#define FORMAT(n, off) \
	U(n "key_u64s", off, 1), U(n "nr_fields", (off) + 1, 1), \
	U(n "bits[inode]", (off) + 2, 1), U(n "bits[offset]", (off) + 3, 1), U(n "bits[snapshot]", (off) + 4, 1), \
	U(n "bits[size]", (off) + 5, 1), U(n "bits[version.hi]", (off) + 6, 1), U(n "bits[version.lo]", (off) + 7, 1), \
	U(n "offset[inode]", (off) + 8, 8), U(n "offset[offset]", (off) + 16, 8), U(n "offset[snapshot]", (off) + 24, 8), \
	U(n "offset[size]", (off) + 32, 8), U(n "offset[version.hi]", (off) + 40, 8), U(n "offset[version.lo]", (off) + 48, 8)

static const struct fmt_field fmt_bset_fields[] = { BSET("", 0) };
FMT_STRUCT(fmt_bset, "bset", 24);

static const struct fmt_field fmt_node_fields[] = {
	X("csum", 0, 16, FMT_CSUM), U("magic", 16, 8), B("ID_LO", 24, 8, 0, 4), B("LEVEL", 24, 8, 4, 8),
	B("NEW_EXTENT_OVERWRITE", 24, 8, 8, 9), B("ID_HI", 24, 8, 9, 25), B("SEQ", 24, 8, 32, 64),
	POS("min_key", 32), POS("max_key", 52), FORMAT("format.", 80), BSET("keys.", 136),
};
FMT_STRUCT(fmt_node, "node", 160);

static const struct fmt_field fmt_node_entry_fields[] = { X("csum", 0, 16, FMT_CSUM), BSET("keys.", 16) };
FMT_STRUCT(fmt_node_entry, "node entry", 40);

#define KEY_HEAD U("u64s", 0, 1), B("format", 1, 1, 0, 7), B("needs_whiteout", 1, 1, 7, 8), U("type", 2, 1)
static const struct fmt_field fmt_bkey_packed_fields[] = { KEY_HEAD };
FMT_STRUCT(fmt_bkey_packed, "packed key", 3);

static const struct fmt_field fmt_bkey_fields[] = {
	KEY_HEAD, U("version.lo", 4, 8), U("version.hi", 12, 4), U("size", 16, 4), POS("p", 20),
};
FMT_STRUCT(fmt_bkey, "key", 40);

/* ---- journal */

static const struct fmt_field fmt_jset_fields[] = {
	X("csum", 0, 16, FMT_CSUM), U("magic", 16, 8), U("seq", 24, 8), U("version", 32, 4), B("CSUM_TYPE", 36, 4, 0, 4),
	B("BIG_ENDIAN", 36, 4, 4, 5), B("NO_FLUSH", 36, 4, 5, 6), U("u64s", 40, 4), U("read_clock", 44, 2),
	U("write_clock", 46, 2), U("last_seq", 48, 8),
};
FMT_STRUCT(fmt_jset, "journal entry", 56);

static const struct fmt_field fmt_jset_entry_fields[] = {
	U("u64s", 0, 2), U("btree_id", 2, 1), U("level", 3, 1), U("type", 4, 1),
};
FMT_STRUCT(fmt_jset_entry, "record", 8);

static const struct fmt_field blacklist_fields[] = { U("seq", 0, 8) };
static FMT_STRUCT(blacklist, "blacklist", 8);
static const struct fmt_field blacklist_v2_fields[] = { U("start", 0, 8), U("end", 8, 8) };
static FMT_STRUCT(blacklist_v2, "blacklist_v2", 16);
static const struct fmt_field usage_fields[] = { U("v", 0, 8) };
static FMT_STRUCT(usage, "usage", 8);
static const struct fmt_field data_usage_fields[] = { U("v", 0, 8), U("data_type", 8, 1), U("nr_devs", 9, 1), U("nr_required", 10, 1) };
static FMT_STRUCT(data_usage, "data_usage", 11);
static const struct fmt_field clock_fields[] = { U("rw", 0, 1), U("time", 8, 8) };
static FMT_STRUCT(clock, "clock", 16);
static const struct fmt_field dev_usage_fields[] = { U("dev", 0, 4) };
static FMT_STRUCT(dev_usage, "dev_usage", 24);
static const struct fmt_field datetime_fields[] = { U("seconds", 0, 8) };
static FMT_STRUCT(datetime, "datetime", 8);

static const struct fmt_struct *const payloads[JSET_ENTRY_TYPE_NR] = {
	[JSET_blacklist] = &blacklist, [JSET_blacklist_v2] = &blacklist_v2, [JSET_usage] = &usage,
	[JSET_data_usage] = &data_usage, [JSET_clock] = &clock, [JSET_dev_usage] = &dev_usage, [JSET_datetime] = &datetime,
};

const struct fmt_struct *fmt_jset_payload(unsigned type)
{
	return type < JSET_ENTRY_TYPE_NR ? payloads[type] : NULL;
}
