/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that a superblock keeps in its flags: one row each, in the order the reference lists them. */
#include "superblock_internal.h"
#include <inttypes.h>
#include "arborist/base/text.h"

enum option_kind { OPT_NUMBER, OPT_SECTORS, OPT_LOG2_SECTORS, OPT_CHOICE, OPT_COMPRESSION, OPT_TARGET };

struct sb_option {
	const char	*name, *flag;
	enum option_kind kind;
	uint64_t	min, max;	/* of the flag's value, both included; max 0: any */
	const char	*const *choices;
	uint64_t	if_zero;	/* what 0 is read as */
};

static const char *const error_actions[] = { "continue", "fix_safe", "panic", "ro", NULL };
static const char *const csum_opts[] = { "none", "crc32c", "crc64", "xxhash", NULL };
static const char *const str_hashes[] = { "crc32c", "crc64", "siphash", NULL };
static const char *const upgrades[] = { "compatible", "incompatible", "none", NULL };
static const char *const compressions[] = { "none", "lz4", "gzip", "zstd" };

static const struct sb_option options[] = {
	{ "block_size",			NULL,			OPT_SECTORS, 1, 128, NULL, 0 },
	{ "btree_node_size",		"BTREE_NODE_SIZE",	OPT_SECTORS, 1, 2048, NULL, 0 },
	{ "errors",			"ERROR_ACTION",		OPT_CHOICE, 0, 3, error_actions, 0 },
	{ "metadata_replicas",		"META_REPLICAS_WANT",	OPT_NUMBER, 1, 3, NULL, 0 },
	{ "data_replicas",		"DATA_REPLICAS_WANT",	OPT_NUMBER, 1, 3, NULL, 0 },
	{ "metadata_replicas_required",	"META_REPLICAS_REQ",	OPT_NUMBER, 1, 3, NULL, 0 },
	{ "data_replicas_required",	"DATA_REPLICAS_REQ",	OPT_NUMBER, 1, 3, NULL, 0 },
	{ "encoded_extent_max",		"ENCODED_EXTENT_MAX_BITS", OPT_LOG2_SECTORS, 3, 11, NULL, 0 },
	{ "metadata_checksum",		"META_CSUM_TYPE",	OPT_CHOICE, 0, 3, csum_opts, 0 },
	{ "data_checksum",		"DATA_CSUM_TYPE",	OPT_CHOICE, 0, 3, csum_opts, 0 },
	{ "compression",		"COMPRESSION_TYPE",	OPT_COMPRESSION, 0, 0, NULL, 0 },
	{ "background_compression",	"BACKGROUND_COMPRESSION_TYPE", OPT_COMPRESSION, 0, 0, NULL, 0 },
	{ "str_hash",			"STR_HASH_TYPE",	OPT_CHOICE, 0, 2, str_hashes, 0 },
	{ "metadata_target",		"METADATA_TARGET",	OPT_TARGET, 0, 0, NULL, 0 },
	{ "foreground_target",		"FOREGROUND_TARGET",	OPT_TARGET, 0, 0, NULL, 0 },
	{ "background_target",		"BACKGROUND_TARGET",	OPT_TARGET, 0, 0, NULL, 0 },
	{ "promote_target",		"PROMOTE_TARGET",	OPT_TARGET, 0, 0, NULL, 0 },
	{ "erasure_code",		"ERASURE_CODE",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "inodes_32bit",		"INODE_32BIT",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "shard_inode_numbers",	"SHARD_INUMS",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "inodes_use_key_cache",	"INODES_USE_KEY_CACHE",	OPT_NUMBER, 0, 1, NULL, 0 },
	{ "gc_reserve_percent",		"GC_RESERVE",		OPT_NUMBER, 5, 20, NULL, 0 },
	{ "gc_reserve_bytes",		"GC_RESERVE_BYTES",	OPT_SECTORS, 0, 0, NULL, 0 },
	{ "root_reserve_percent",	"ROOT_RESERVE",		OPT_NUMBER, 0, 99, NULL, 0 },
	{ "wide_macs",			"128_BIT_MACS",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "promote_whole_extents",	"PROMOTE_WHOLE_EXTENTS", OPT_NUMBER, 0, 1, NULL, 0 },
	{ "acl",			"POSIX_ACL",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "usrquota",			"USRQUOTA",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "grpquota",			"GRPQUOTA",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "prjquota",			"PRJQUOTA",		OPT_NUMBER, 0, 1, NULL, 0 },
	{ "journal_flush_delay",	"JOURNAL_FLUSH_DELAY",	OPT_NUMBER, 0, 0, NULL, 1000 },
	{ "journal_flush_disabled",	"JOURNAL_FLUSH_DISABLED", OPT_NUMBER, 0, 1, NULL, 0 },
	{ "journal_reclaim_delay",	"JOURNAL_RECLAIM_DELAY", OPT_NUMBER, 0, 0, NULL, 1000 },
	{ "journal_transaction_names",	"JOURNAL_TRANSACTION_NAMES", OPT_NUMBER, 0, 1, NULL, 0 },
	{ "allocator_stuck_timeout",	"ALLOCATOR_STUCK_TIMEOUT", OPT_NUMBER, 0, 0, NULL, 0 },
	{ "version_upgrade",		"VERSION_UPGRADE",	OPT_CHOICE, 0, 2, upgrades, 0 },
	{ "nocow",			"NOCOW",		OPT_NUMBER, 0, 1, NULL, 0 },
};
enum { OPTIONS_NR = sizeof(options) / sizeof(options[0]) };

/* Compression is kept in two nibbles, type and level, in different words. */
static uint64_t compression_value(const struct sb *sb, const char *flag)
{
	bool background = flag[0] == 'B';
	uint64_t lo = sb_flag_get(sb, background ? "BACKGROUND_COMPRESSION_TYPE_LO" : "COMPRESSION_TYPE_LO");
	uint64_t hi = sb_flag_get(sb, background ? "BACKGROUND_COMPRESSION_TYPE_HI" : "COMPRESSION_TYPE_HI");

	return lo | hi << 4;
}

static uint64_t option_value(const struct sb *sb, const struct sb_option *o)
{
	uint64_t v;

	if (!o->flag)
		return sb->block_sectors;
	if (o->kind == OPT_COMPRESSION)
		return compression_value(sb, o->flag);
	v = sb_flag_get(sb, o->flag);
	return v ? v : o->if_zero;
}

void sb_options_check(const struct sb *sb, struct defects *d)
{
	for (unsigned i = 0; i < OPTIONS_NR; i++) {
		const struct sb_option *o = &options[i];
		uint64_t v = option_value(sb, o);

		if (o->max && (v < o->min || v > o->max))
			sb_refuse(d, "arborist_sb_option", "option %s has the impossible value %" PRIu64, o->name, v);
	}
}

static void choice_to_text(struct arb_buf *out, const char *const *choices, uint64_t v)
{
	unsigned nr = 0;

	while (choices[nr])
		nr++;
	if (v >= nr) {
		arb_buf_printf(out, "(invalid option %" PRIu64 ")", v);
		return;
	}
	for (unsigned i = 0; i < nr; i++)
		arb_buf_printf(out, i == v ? "[%s] " : "%s ", choices[i]);
}

static void compression_to_text(struct arb_buf *out, uint64_t v)
{
	if ((v & 15) < sizeof(compressions) / sizeof(compressions[0]))
		arb_buf_puts(out, compressions[v & 15]);
	else
		arb_buf_printf(out, "(unknown compression opt %u)", (unsigned)v & 15);
	if (v >> 4)
		arb_buf_printf(out, ":%u", (unsigned)(v >> 4));
}

/* 0 none, 1 to 256 a device, above that a disk group. */
static void target_to_text(struct arb_buf *out, const struct sb *sb, unsigned v)
{
	struct sb_member m;

	if (!v) {
		arb_buf_puts(out, "none");
	} else if (v > 256) {
		sb_group_path_to_text(out, sb, v - 257);
	} else if (sb_member_get(sb, v - 1, &m) && m.alive) {
		arb_buf_puts(out, "Device ");
		sb_uuid_to_text(out, m.uuid);
		arb_buf_printf(out, " (%u)", v - 1);
	} else {
		arb_buf_printf(out, "Bad device %u", v - 1);
	}
}

static void option_to_text(struct arb_buf *out, const struct sb *sb, const struct sb_option *o, uint64_t v)
{
	switch (o->kind) {
	case OPT_NUMBER:	arb_buf_printf(out, "%" PRIu64, v); break;
	case OPT_SECTORS:	text_human_bytes(out, v << 9); break;
	case OPT_LOG2_SECTORS:	text_human_bytes(out, UINT64_C(512) << (v < 55 ? v : 54)); break;
	case OPT_CHOICE:	choice_to_text(out, o->choices, v); break;
	case OPT_COMPRESSION:	compression_to_text(out, v); break;
	case OPT_TARGET:	target_to_text(out, sb, v); break;
	}
}

void sb_options_to_text(struct arb_buf *out, const struct sb *sb)
{
	for (unsigned i = 0; i < OPTIONS_NR; i++) {
		arb_buf_printf(out, "  %s:", options[i].name);
		sb_value_column(out);
		option_to_text(out, sb, &options[i], option_value(sb, &options[i]));
		arb_buf_putc(out, '\n');
	}
}
