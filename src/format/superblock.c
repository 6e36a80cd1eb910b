/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The gate for superblocks: after sb_parse() every section lies inside the bytes, the members are sane and the numbers
 * everything else is computed from (block, node, bucket sizes) are in range. Sections are checked by their own rows.
 */
#include "superblock_internal.h"
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/checksum.h"

enum { OFF_MAGIC = 24, OFF_U64S = 124, OFF_FLAGS = 144, OFF_LAYOUT = 240 };

/* The older magic number is still accepted; writers use the newer one. */
static const uint8_t magics[2][16] = {
	{ 0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef },
	{ 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81 },
};

static bool magic_ok(const uint8_t *p)
{
	return !memcmp(p, magics[0], 16) || !memcmp(p, magics[1], 16);
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return !n;
}

bool sb_layout_parse(const void *bytes512, struct sb_layout *ret, const char **why)
{
	const uint8_t *p = bytes512;
	const char *bad = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->max_size_bits = p[17] > 16 ? 16 : p[17];
	ret->nr = p[18];
	if (!magic_ok(p))
		bad = "no layout magic";
	else if (p[16])
		bad = "unknown layout type";
	else if (!ret->nr || ret->nr > SB_LAYOUT_COPIES_MAX)
		bad = "impossible number of superblock copies";
	for (unsigned i = 0; !bad && i < ret->nr; i++) {
		ret->sector[i] = le64_get(p + 24 + 8 * i);
		if (ret->sector[i] > INT64_MAX >> 9)
			bad = "superblock copy beyond any device";
		else if (i && ret->sector[i] < ret->sector[i - 1] + (UINT64_C(1) << ret->max_size_bits))
			bad = "superblock copies overlap";
	}
	if (bad)
		ret->nr = 0;
	if (why)
		*why = bad;
	return !bad;
}

size_t sb_bytes_needed(const void *head, size_t n)
{
	const uint8_t *p = head;
	uint64_t bytes;
	unsigned bits;

	if (n < SB_FIXED_BYTES || !magic_ok(p + OFF_MAGIC))
		return 0;
	bytes = SB_FIXED_BYTES + 8 * (uint64_t)le32_get(p + OFF_U64S);
	bits = p[OFF_LAYOUT + 17] > 16 ? 16 : p[OFF_LAYOUT + 17];
	return bytes <= UINT64_C(512) << bits ? bytes : 0;
}

void sb_refuse(struct defects *d, const char *own, const char *fmt, ...)
{
	struct defect *added;
	char text[400];
	va_list ap;

	if (!d)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	added = defects_add(d, 0, DEFECT_MUST_RETRY, "%s", text);
	if (added)
		added->own = own;
}

static void decode_fixed(struct sb *sb)
{
	const uint8_t *p = sb->raw;

	sb->version = le16_get(p + 16);
	sb->version_min = le16_get(p + 18);
	memcpy(sb->uuid, p + 40, 16);
	memcpy(sb->user_uuid, p + 56, 16);
	sb->offset = le64_get(p + 104);
	sb->seq = le64_get(p + 112);
	sb->block_sectors = le16_get(p + 120);
	sb->dev_idx = p[122];
	sb->nr_devices = p[123];
	for (unsigned i = 0; i < 7; i++)
		sb->flags[i] = le64_get(p + OFF_FLAGS + 8 * i);
	sb->write_time = le64_get(p + 200);
	for (unsigned i = 0; i < 2; i++) {
		sb->features[i] = le64_get(p + 208 + 8 * i);
		sb->compat[i] = le64_get(p + 224 + 8 * i);
	}
}

static struct csum sb_csum(const struct sb *sb, unsigned type)
{
	return csum_compute(type, sb->raw + 16, sb->bytes - 16);
}

static bool version_known(unsigned v)
{
	return SB_VERSION_MAJOR(v) <= 1 && v >= SB_VERSION_MIN;
}

static enum arb_code check_version(const struct sb *sb, struct arb_error *err)
{
	unsigned bad = !version_known(sb->version) ? sb->version : sb->version_min;

	if (!version_known(sb->version) || !version_known(sb->version_min))
		return arb_fail(err, ARB_E_VERSION, "metadata version %u.%u cannot be read (0.9 to 1.x can)", bad >> 10,
				bad & 1023);
	if (sb->version_min > sb->version)
		return arb_fail(err, ARB_E_SB_INVALID, "oldest version %u.%u is newer than the version %u.%u",
				sb->version_min >> 10,
				sb->version_min & 1023, sb->version >> 10, sb->version & 1023);
	if (sb_flag_get(sb, "BIG_ENDIAN"))
		return arb_fail(err, ARB_E_VERSION, "a big endian filesystem cannot be read");
	if (sb->version <= SB_VERSION_CURRENT && (sb->features[1] || sb->features[0] >> SB_FEATURES_KNOWN))
		return arb_fail(err, ARB_E_VERSION, "unknown incompatible features %" PRIx64 ":%" PRIx64,
				sb->features[1], sb->features[0]);
	return ARB_OK;
}

static bool power_of_two(uint64_t v) { return v && !(v & (v - 1)); }

/* Numbers that offsets and sizes are computed from. */
static enum arb_code check_numbers(const struct sb *sb, struct arb_error *err)
{
	uint64_t node = sb_flag_get(sb, "BTREE_NODE_SIZE");
	uint32_t precision = le32_get(sb->raw + 140);

	if (!power_of_two(sb->block_sectors) || sb->block_sectors > 128)
		return arb_fail(err, ARB_E_SB_INVALID, "block size of %u sectors", sb->block_sectors);
	if (!power_of_two(node) || node < sb->block_sectors || node > 2048)
		return arb_fail(err, ARB_E_SB_INVALID, "btree node size of %" PRIu64 " sectors", node);
	if (all_zero(sb->uuid, 16) || all_zero(sb->user_uuid, 16))
		return arb_fail(err, ARB_E_SB_INVALID, "%s UUID is zero", all_zero(sb->uuid, 16) ? "internal" : "external");
	if (!sb->nr_devices || sb->nr_devices > SB_MEMBERS_MAX || sb->dev_idx >= sb->nr_devices)
		return arb_fail(err, ARB_E_SB_INVALID, "device %u of %u members", sb->dev_idx, sb->nr_devices);
	if (!precision || precision > 1000000000)
		return arb_fail(err, ARB_E_SB_INVALID, "time precision of %" PRIu32 " ns", precision);
	return ARB_OK;
}

static enum arb_code check_sections_shape(const struct sb *sb, struct arb_error *err)
{
	size_t at = SB_FIXED_BYTES;

	while (at < sb->bytes) {
		uint64_t bytes = 8 * (uint64_t)le32_get(sb->raw + at);
		uint32_t type = le32_get(sb->raw + at + 4);

		if (!bytes)
			return arb_fail(err, ARB_E_SB_INVALID, "section of type %" PRIu32 " with size 0 at byte %zu",
					type, at);
		if (bytes > sb->bytes - at)
			return arb_fail(err, ARB_E_SB_INVALID,
					"section of type %" PRIu32 " at byte %zu goes past the end", type, at);
		at += bytes;
	}
	return ARB_OK;
}

static enum arb_code check_member(const struct sb *sb, unsigned i, const struct sb_member *m, struct arb_error *err)
{
	if (!m->alive)
		return ARB_OK;
	if (m->bucket_size < sb->block_sectors || m->bucket_size < sb_flag_get(sb, "BTREE_NODE_SIZE"))
		return arb_fail(err, ARB_E_SB_INVALID,
				"member %u: bucket size of %u sectors is less than a block or a btree node",
				i, m->bucket_size);
	if (m->nbuckets > SB_NBUCKETS_MAX)
		return arb_fail(err, ARB_E_SB_INVALID, "member %u: too many buckets (%" PRIu64 ")", i, m->nbuckets);
	if (m->nbuckets < (uint64_t)m->first_bucket + SB_NBUCKETS_MIN)
		return arb_fail(err, ARB_E_SB_INVALID, "member %u: too few buckets (%" PRIu64 ")", i, m->nbuckets);
	if (m->btree_bitmap_shift > 57)
		return arb_fail(err, ARB_E_SB_INVALID, "member %u: btree bitmap shift %u", i, m->btree_bitmap_shift);
	return ARB_OK;
}

static enum arb_code check_members(const struct sb *sb, struct arb_error *err)
{
	size_t n1, n2, stride;
	const uint8_t *v1 = sb_field(sb, SB_FIELD_members_v1, &n1);
	const uint8_t *v2 = sb_field(sb, SB_FIELD_members_v2, &n2);
	struct sb_member m;
	enum arb_code c;

	if (!v1 || n1 < 8 + MEMBER_V1_BYTES * (size_t)sb->nr_devices)
		return arb_fail(err, ARB_E_SB_INVALID, "section members_v1 is %s", v1 ? "too small" : "missing");
	if (v2) {
		stride = n2 < 16 ? 0 : le16_get(v2 + 8);
		if (stride < MEMBER_V1_BYTES || n2 < 16 + stride * sb->nr_devices)
			return arb_fail(err, ARB_E_SB_INVALID, "section members_v2 is too small");
	}
	for (unsigned i = 0; i < sb->nr_devices; i++) {
		m = sb_member_decode(v1 + 8 + MEMBER_V1_BYTES * i, MEMBER_V1_BYTES);
		c = check_member(sb, i, &m, err);
		if (!c && sb_member_get(sb, i, &m))
			c = check_member(sb, i, &m, err);
		if (c)
			return c;
	}
	return ARB_OK;
}

static void check_content(const struct sb *sb, struct defects *d)
{
	const char *why;
	struct sb_layout layout;
	struct sb_section s;
	size_t cursor = 0;

	if (!sb_layout_parse(sb->raw + OFF_LAYOUT, &layout, &why))
		sb_refuse(d, "arborist_sb_layout", "layout: %s", why);
	sb_options_check(sb, d);
	while (sb_section_next(sb, &cursor, &s)) {
		const struct sb_section_ops *ops = s.type < SB_FIELD_NR ? &sb_section_ops[s.type] : NULL;

		if (ops && s.bytes < ops->min_bytes)
			sb_refuse(d, "arborist_sb_section", "section %s has only %zu bytes", ops->name, s.bytes);
		else if (ops && ops->check)
			ops->check(sb, &s, d);
	}
}

static enum arb_code check_all(struct sb *sb, struct defects *d, struct arb_error *err)
{
	unsigned type;
	enum arb_code c = check_version(sb, err);

	type = sb_flag_get(sb, "CSUM_TYPE");
	if (!c && !csum_type_known(type))
		c = arb_fail(err, ARB_E_SB_INVALID, "unknown checksum type %u", type);
	if (!c)
		sb->csum_ok = csum_eq(sb_csum(sb, type), csum_get(sb->raw));
	c = c ? c : check_numbers(sb, err);
	c = c ? c : check_sections_shape(sb, err);
	c = c ? c : check_members(sb, err);
	if (!c && !sb->csum_ok)
		sb_refuse(d, "arborist_sb_csum", "checksum is wrong");
	if (!c)
		check_content(sb, d);
	return c;
}

enum arb_code sb_parse(const void *bytes, size_t n, struct sb *ret, struct defects *d, struct arb_error *err)
{
	size_t need = sb_bytes_needed(bytes, n);
	enum arb_code c;

	memset(ret, 0, sizeof(*ret));
	if (n < SB_FIXED_BYTES || !magic_ok((const uint8_t *)bytes + OFF_MAGIC))
		return arb_fail(err, ARB_E_NOT_BCACHEFS, "not a bcachefs superblock");
	if (!need)
		return arb_fail(err, ARB_E_SB_INVALID, "superblock is larger than its slot");
	if (need > n)
		return arb_fail(err, ARB_E_SB_INVALID, "superblock is cut off: %zu bytes of %zu", n, need);
	ret->raw = malloc(need);
	if (!ret->raw)
		return arb_fail(err, ARB_E_NOMEM, "no memory for a superblock of %zu bytes", need);
	memcpy(ret->raw, bytes, need);
	ret->bytes = need;
	decode_fixed(ret);
	sb_layout_parse(ret->raw + OFF_LAYOUT, &ret->layout, NULL);
	c = check_all(ret, d, err);
	if (c)
		sb_free(ret);
	return c;
}

void sb_free(struct sb *sb)
{
	free(sb->raw);
	memset(sb, 0, sizeof(*sb));
}

enum arb_code sb_dup(const struct sb *sb, struct sb *ret)
{
	uint8_t *raw = malloc(sb->bytes);

	if (!raw)
		return ARB_E_NOMEM;
	memcpy(raw, sb->raw, sb->bytes);
	*ret = *sb;
	ret->raw = raw;
	return ARB_OK;
}

static const struct fmt_field *flag_row(const char *name)
{
	const struct fmt_field *f = fmt_field(&fmt_sb, name);

	assert(f && f->bits);
	return f;
}

uint64_t sb_flag_get(const struct sb *sb, const char *name)
{
	return fmt_get(flag_row(name), sb->raw);
}

void sb_flag_set(struct sb *sb, const char *name, uint64_t v)
{
	fmt_put(flag_row(name), sb->raw, v);
	decode_fixed(sb);
}

void sb_fixed_set(struct sb *sb, const char *name, uint64_t v)
{
	const struct fmt_field *f = fmt_field(&fmt_sb, name);

	assert(f);
	fmt_put(f, sb->raw, v);
	decode_fixed(sb);
}

void sb_checksum(struct sb *sb)
{
	unsigned type = sb_flag_get(sb, "CSUM_TYPE");

	csum_put(sb->raw, sb_csum(sb, type));
	sb->csum_ok = true;
}
