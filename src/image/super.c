/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Superblocks: what formatting sets, what the first mount adds, and all copies on all devices. */
#include "builder.h"
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/accounting.h"
#include "arborist/format/jset.h"

enum { VERSION_NEW = 1 << 10 | 13, SB_SEQ = 12, SLOT_BITS = 11, COUNTERS = 79, MEMBER_BYTES = 144, MEMBER_V1_BYTES = 56 };

static const uint8_t magic[16] = {
	0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef,
};

/* Flags that do not depend on what was asked for: the defaults of formatting, and what a clean unmount leaves. */
static const struct { const char *name; uint64_t v; } default_flags[] = {
	{ "INITIALIZED", 1 }, { "ERROR_ACTION", 1 }, { "GC_RESERVE", 8 }, { "POSIX_ACL", 1 }, { "PROMOTE_WHOLE_EXTENTS", 1 },
	{ "STR_HASH_TYPE", 2 }, { "INODE_32BIT", 1 }, { "ENCODED_EXTENT_MAX_BITS", 7 }, { "META_REPLICAS_REQ", 1 },
	{ "DATA_REPLICAS_REQ", 1 }, { "SHARD_INUMS", 1 }, { "INODES_USE_KEY_CACHE", 1 }, { "JOURNAL_FLUSH_DELAY", 1000 },
	{ "JOURNAL_RECLAIM_DELAY", 100 }, { "JOURNAL_TRANSACTION_NAMES", 1 }, { "WRITE_BUFFER_SIZE", 1024 },
	{ "VERSION_UPGRADE_COMPLETE", VERSION_NEW }, { "ALLOCATOR_STUCK_TIMEOUT", 30 },
};

enum {
	FEATURES_CLEAN = 0x78a80,	/* what is left after a clean unmount */
	FEATURES_ALWAYS = 0x63200,	/* ored in as long as it is mounted */
	FEATURES_COMPRESSED = 1 << 0 | 1 << 1 | 1 << 2,	/* lz4, gzip, zstd */
	FEATURE_EC = 1 << 4,
	FEATURE_REFLINK = 1 << 6,
	FEATURE_INLINE_DATA = 1 << 8,
	COMPAT = 0xf,
};

/* ---- what does not change after formatting */

static void layout_put(const struct image_dev *d, uint8_t *p)
{
	memset(p, 0, 512);
	memcpy(p, magic, 16);
	p[17] = SLOT_BITS;
	p[18] = 3;
	for (unsigned i = 0; i < 3; i++)
		le64_put(p + 24 + 8 * i, d->sb_sector[i]);
}

static void flags_put(const struct builder *b, struct sb *sb)
{
	for (size_t i = 0; i < sizeof(default_flags) / sizeof(default_flags[0]); i++)
		sb_flag_set(sb, default_flags[i].name, default_flags[i].v);
	sb_flag_set(sb, "CLEAN", !b->o->unclean);
	sb_flag_set(sb, "CSUM_TYPE", csum_opt_to_type(b->o->csum_opt, false));
	sb_flag_set(sb, "META_CSUM_TYPE", b->o->csum_opt);
	sb_flag_set(sb, "DATA_CSUM_TYPE", b->o->csum_opt);
	sb_flag_set(sb, "BTREE_NODE_SIZE", b->o->node_bytes >> 9);
	sb_flag_set(sb, "META_REPLICAS_WANT", b->replicas);
	sb_flag_set(sb, "DATA_REPLICAS_WANT", b->replicas);
}

static void identity_put(const struct builder *b, struct sb *sb)
{
	memcpy(sb->raw + 24, magic, 16);
	memcpy(sb->raw + 40, b->uuid, 16);
	memcpy(sb->raw + 56, b->user_uuid, 16);
	sb_fixed_set(sb, "version", VERSION_NEW);
	sb_fixed_set(sb, "version_min", VERSION_NEW);
	sb_fixed_set(sb, "seq", SB_SEQ);
	sb_fixed_set(sb, "block_size", b->o->block_bytes >> 9);
	sb_fixed_set(sb, "nr_devices", b->nr_devs);
	sb_fixed_set(sb, "time_base_lo", b->time_ns);
	sb_fixed_set(sb, "time_precision", 1);
	sb_fixed_set(sb, "write_time", b->time_ns / 1000000000);
	sb_fixed_set(sb, "features[0]", FEATURES_CLEAN | FEATURE_INLINE_DATA | (b->o->unclean ? FEATURES_ALWAYS : 0) |
		     (b->o->nr_shared || b->o->types ? FEATURE_REFLINK : 0) | (b->o->parity ? FEATURE_EC : 0) | (b->o->nr_compressed || b->o->types ? FEATURES_COMPRESSED : 0));
	sb_fixed_set(sb, "compat[0]", COMPAT);
}

static enum arb_code members_put(struct builder *b, struct sb *sb)
{
	uint8_t *p = sb_field_resize(sb, SB_FIELD_members_v2, 16 + MEMBER_BYTES * b->nr_devs);

	if (!p)
		return image_no_memory(b);
	le16_put(p + 8, MEMBER_BYTES);
	if (!sb_field_resize(sb, SB_FIELD_members_v1, 8 + MEMBER_V1_BYTES * b->nr_devs))
		return image_no_memory(b);
	for (unsigned i = 0; i < b->nr_devs; i++)
		sb_member_put(sb, i, &b->dev[i].member);
	return ARB_OK;
}

enum arb_code image_super_new(struct builder *b, struct sb *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->raw = calloc(1, SB_FIXED_BYTES);
	ret->bytes = SB_FIXED_BYTES;
	ret->layout.max_size_bits = SLOT_BITS;
	if (!ret->raw)
		return image_no_memory(b);
	identity_put(b, ret);
	flags_put(b, ret);
	return members_put(b, ret);
}

/* ---- what a mount and an unmount add */

static const uint16_t errors_1_9[] = { 76, 77, 78, 68, 69, 70, 71, 72, 74, 73, 75, 80, 0 };
static const uint16_t errors_1_10[] = { 76, 77, 78, 68, 69, 70, 71, 72, 74, 73, 75, 273, 80, 0 };
static const uint16_t errors_1_12[] = { 272, 0 };
/* What older software must do when it takes over; check_allocations in every case. */
static const struct { uint16_t version; const uint16_t *errors; } downgrades[] = {
	{ 1 << 10 | 9, errors_1_9 }, { 1 << 10 | 10, errors_1_10 }, { 1 << 10 | 12, errors_1_12 },
};
enum { CHECK_ALLOCATIONS = 5 };

static bool downgrade_put(struct sb *sb)
{
	uint8_t e[256] = { 0 };
	size_t at = 0;
	uint8_t *p;

	for (size_t i = 0; i < sizeof(downgrades) / sizeof(downgrades[0]); i++) {
		unsigned nr = 0;

		for (; downgrades[i].errors[nr]; nr++)
			le16_put(e + at + 20 + 2 * nr, downgrades[i].errors[nr]);
		le16_put(e + at, downgrades[i].version);
		le64_put(e + at + 2, 1 << CHECK_ALLOCATIONS);
		le16_put(e + at + 18, nr);
		at += 20 + 2 * nr;
	}
	p = sb_field_resize(sb, SB_FIELD_downgrade, 8 + (at + 7) / 8 * 8);
	if (p)
		memcpy(p + 8, e, at);
	return p;
}

/* The older section has no place for how many devices are needed: it is one there. */
static size_t replicas_entry(uint8_t *to, unsigned section, const struct accounting_pos *p)
{
	size_t at = 2;

	to[0] = p->data_type;
	to[1] = p->nr_devs;
	if (section == SB_FIELD_replicas)
		to[at++] = p->nr_required;
	memcpy(to + at, p->devs, p->nr_devs);
	return at + p->nr_devs;
}

/* Every set of devices that the accounting counts, and that of the journal. */
static bool replicas_put(const struct builder *b, struct sb *sb)
{
	const struct image_keys *keys = &b->btree[BTREE_accounting].keys;
	struct accounting_pos journal = { .data_type = DATA_journal, .nr_devs = b->replicas, .nr_required = 1 };
	unsigned section = b->o->parity ? SB_FIELD_replicas : SB_FIELD_replicas_v0;
	uint8_t e[4096];
	size_t at = 0;
	uint8_t *f;

	for (unsigned i = 0; i < b->replicas; i++)
		journal.devs[i] = i;
	at += replicas_entry(e, section, &journal);
	for (size_t i = 0; i < keys->list.nr && at + 32 < sizeof(e); i++) {
		struct accounting_pos p = accounting_pos_get(keys->list.v[i].k.p);

		if (p.type == ACCT_replicas)
			at += replicas_entry(e + at, section, &p);
	}
	f = sb_field_resize(sb, section, 8 + (at + 7) / 8 * 8);
	if (f)
		memcpy(f + 8, e, at);
	return f;
}

static bool clean_put(const struct builder *b, struct sb *sb)
{
	struct jset_writer w = { ARB_BUF_INIT };
	uint8_t *p = NULL;

	image_log_clocks(b, &w);
	image_log_roots(b, &w);
	if (!w.out.oom)
		p = sb_field_resize(sb, SB_FIELD_clean, 24 + w.out.len);
	if (p) {
		le64_put(p + 16, IMAGE_JOURNAL_SEQ);
		memcpy(p + 24, w.out.s, w.out.len);
	}
	arb_buf_free(&w.out);
	return p;
}

static bool journal_put(const struct image_dev *d, struct sb *sb)
{
	uint8_t *p = sb_field_resize(sb, SB_FIELD_journal_v2, 24);

	if (!p)
		return false;
	le64_put(p + 8, d->journal_start);
	le64_put(p + 16, d->journal_nr);
	return true;
}

/* The superblock of one device, up to the checksum. */
static enum arb_code super_of_device(struct builder *b, const struct image_dev *d, struct sb *sb)
{
	enum arb_code c = image_super_new(b, sb);

	if (c)
		return c;
	sb_fixed_set(sb, "dev_idx", d->idx);
	layout_put(d, sb->raw + 240);
	if (!sb_field_resize(sb, SB_FIELD_counters, 8 + 8 * COUNTERS) || !sb_field_resize(sb, SB_FIELD_errors, 8) ||
	    !sb_field_resize(sb, SB_FIELD_ext, 96) || !journal_put(d, sb) || !downgrade_put(sb) || !replicas_put(b, sb) ||
	    !clean_put(b, sb))
		return image_no_memory(b);
	return b->o->blacklists ? sb_blacklist_add(sb, (struct seq_range){ IMAGE_BLACKLIST_START, IMAGE_BLACKLIST_END }, b->err) : ARB_OK;
}

static enum arb_code super_copies(struct builder *b, const struct image_dev *d, struct sb *sb)
{
	size_t block = b->o->block_bytes, n = (sb->bytes + block - 1) / block * block;
	uint8_t *padded = calloc(1, n);
	enum arb_code c = padded ? ARB_OK : image_no_memory(b);

	for (unsigned i = 0; !c && i < 3; i++) {
		sb_fixed_set(sb, "offset", d->sb_sector[i]);
		sb_checksum(sb);
		memcpy(padded, sb->raw, sb->bytes);
		c = blk_write(d->blk, d->sb_sector[i] << 9, padded, n, b->err);
	}
	if (!c)
		c = blk_write(d->blk, SB_LAYOUT_SECTOR << 9, sb->raw + 240, 512, b->err);
	free(padded);
	return c;
}

enum arb_code image_super_write(struct builder *b)
{
	enum arb_code c = ARB_OK;

	for (unsigned i = 0; !c && i < b->nr_devs; i++) {
		struct sb sb;

		b->dev[i].member.last_journal_bucket_offset = b->dev[i].journal_used;
		c = super_of_device(b, &b->dev[i], &sb);
		c = c ? c : super_copies(b, &b->dev[i], &sb);
		sb_free(&sb);
	}
	return c;
}
