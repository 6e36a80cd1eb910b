/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the small enumerations; the numbers are the format's, for ever. */
#include <stddef.h>
#include "arborist/format/checksum.h"
#include "arborist/format/enums.h"

static const char *const data_types[DATA_TYPE_NR] = {
	[DATA_free]		= "free",
	[DATA_sb]		= "sb",
	[DATA_journal]		= "journal",
	[DATA_btree]		= "btree",
	[DATA_user]		= "user",
	[DATA_cached]		= "cached",
	[DATA_parity]		= "parity",
	[DATA_stripe]		= "stripe",
	[DATA_need_gc_gens]	= "need_gc_gens",
	[DATA_need_discard]	= "need_discard",
	[DATA_unstriped]	= "unstriped",
};

static const char *const compression_types[COMPRESSION_TYPE_NR] = {
	[COMPRESSION_none]		= "none",
	[COMPRESSION_lz4_old]		= "lz4_old",
	[COMPRESSION_gzip]		= "gzip",
	[COMPRESSION_lz4]		= "lz4",
	[COMPRESSION_zstd]		= "zstd",
	[COMPRESSION_incompressible]	= "incompressible",
};

static const char *const compression_opts[COMPRESSION_OPT_NR] = { "none", "lz4", "gzip", "zstd" };

static const char *const dirent_types[] = {
	[DT_fifo]	= "fifo",
	[DT_chr]	= "chr",
	[DT_dir]	= "dir",
	[DT_blk]	= "blk",
	[DT_reg]	= "reg",
	[DT_lnk]	= "lnk",
	[DT_sock]	= "sock",
	[DT_whiteout]	= "whiteout",
	[DT_subvol]	= "subvol",
};

static void name_or_number(struct arb_buf *out, const char *name, const char *kind, unsigned nr)
{
	if (name)
		arb_buf_puts(out, name);
	else
		arb_buf_printf(out, "(unknown %s %u)", kind, nr);
}

const char *data_type_name(unsigned type)
{
	return type < DATA_TYPE_NR ? data_types[type] : NULL;
}

void data_type_to_text(struct arb_buf *out, unsigned type)
{
	name_or_number(out, data_type_name(type), "data_type", type);
}

void compression_type_to_text(struct arb_buf *out, unsigned type)
{
	name_or_number(out, type < COMPRESSION_TYPE_NR ? compression_types[type] : NULL, "compression_type", type);
}

void csum_type_to_text(struct arb_buf *out, unsigned type)
{
	name_or_number(out, csum_type_name(type), "csum_type", type);
}

bool compression_opt_valid(unsigned opt)
{
	unsigned type = opt & 15, level = opt >> 4;

	return opt <= 0xff && type < COMPRESSION_OPT_NR && !(level && !type);
}

void compression_opt_to_text(struct arb_buf *out, unsigned opt)
{
	unsigned type = opt & 15, level = opt >> 4;

	name_or_number(out, type < COMPRESSION_OPT_NR ? compression_opts[type] : NULL, "compression opt", type);
	if (level)
		arb_buf_printf(out, ":%u", level);
}

const char *dirent_type_name(unsigned type)
{
	return type < sizeof(dirent_types) / sizeof(dirent_types[0]) ? dirent_types[type] : NULL;
}
