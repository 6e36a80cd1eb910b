/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An inode's value, unpacked and packed: three versions of a fixed part followed by varints, of which trailing zeroes are left out.
 * inode_get() is the one decoder of all versions.
 */
#include "arborist/base/le.h"
#include "arborist/format/inode.h"
#include "arborist/format/key_type.h"
#include "arborist/format/varint.h"
#include "key_inode.h"

static const struct { const char *name; uint8_t bits; } fields[INODE_FIELD_NR] = {
	[INODE_FIELD_atime]			= { "bi_atime", 96 },
	[INODE_FIELD_ctime]			= { "bi_ctime", 96 },
	[INODE_FIELD_mtime]			= { "bi_mtime", 96 },
	[INODE_FIELD_otime]			= { "bi_otime", 96 },
	[INODE_FIELD_uid]			= { "bi_uid", 32 },
	[INODE_FIELD_gid]			= { "bi_gid", 32 },
	[INODE_FIELD_nlink]			= { "bi_nlink", 32 },
	[INODE_FIELD_generation]		= { "bi_generation", 32 },
	[INODE_FIELD_dev]			= { "bi_dev", 32 },
	[INODE_FIELD_data_checksum]		= { "bi_data_checksum", 8 },
	[INODE_FIELD_compression]		= { "bi_compression", 8 },
	[INODE_FIELD_project]			= { "bi_project", 32 },
	[INODE_FIELD_background_compression]	= { "bi_background_compression", 8 },
	[INODE_FIELD_data_replicas]		= { "bi_data_replicas", 8 },
	[INODE_FIELD_promote_target]		= { "bi_promote_target", 16 },
	[INODE_FIELD_foreground_target]		= { "bi_foreground_target", 16 },
	[INODE_FIELD_background_target]		= { "bi_background_target", 16 },
	[INODE_FIELD_erasure_code]		= { "bi_erasure_code", 16 },
	[INODE_FIELD_fields_set]		= { "bi_fields_set", 16 },
	[INODE_FIELD_dir]			= { "bi_dir", 64 },
	[INODE_FIELD_dir_offset]		= { "bi_dir_offset", 64 },
	[INODE_FIELD_subvol]			= { "bi_subvol", 32 },
	[INODE_FIELD_parent_subvol]		= { "bi_parent_subvol", 32 },
	[INODE_FIELD_nocow]			= { "bi_nocow", 8 },
};

const char *inode_field_name(unsigned field)
{
	return field < INODE_FIELD_NR ? fields[field].name : NULL;
}

/* What is being read of one inode. */
struct reader {
	const uint8_t	*p, *end;
	unsigned	left;		/* fields that are there */
	bool		old;		/* old encoding: a wide field is one number */
};

/* One number; those of up to 8 bytes, not at the very end, without a call. */
static inline bool read_number(struct reader *r, uint64_t *ret)
{
	unsigned n;

	if (r->end - r->p >= 8 && *r->p != 0xff) {
		uint64_t word = le64_get(r->p);

		n = (unsigned)__builtin_ctzll(~word) + 1;
		*ret = word << (64 - 8 * n) >> (64 - 7 * n);
	} else {
		n = varint_get(r->p, r->end, ret);
	}
	r->p += n;
	return n;
}

/* One number, or two of which the second must be 0 where the field is wider than 64 bits. */
static bool read_new(struct reader *r, unsigned bits, uint64_t *ret)
{
	uint64_t second = 0;

	if (!read_number(r, ret))
		return false;
	if (bits > 64) {
		if (r->p < r->end && !*r->p)
			r->p++;
		else if (!read_number(r, &second))
			return false;
	}
	return !second && (bits >= 64 || !(*ret >> bits));
}

static bool read_old(struct reader *r, unsigned bits, uint64_t *ret)
{
	uint64_t high = 0;
	unsigned n = varint_old_get(r->p, r->end, ret, &high);

	r->p += n;
	return n && !high && (bits >= 64 || !(*ret >> bits));
}

static bool read_field(struct reader *r, unsigned bits, uint64_t *ret)
{
	*ret = 0;
	if (!r->left)
		return true;
	r->left--;
	return r->old ? read_old(r, bits, ret) : read_new(r, bits, ret);
}

/*
 * Numbers of one byte each that stand next to each other, as most fields after the times do: how many were taken.
 * @to is zero before.
 */
static unsigned read_small(struct reader *r, unsigned max, uint64_t *to)
{
	uint64_t word, longer;
	unsigned n;

	if (r->end - r->p < 8)
		return 0;
	word = le64_get(r->p);
	longer = word & 0x0101010101010101;
	n = longer ? __builtin_ctzll(longer) / 8u : 8;
	if (n > max)
		n = max;
	r->p += n;
	if (n < 8)
		word &= (UINT64_C(1) << 8 * n) - 1;
	for (; word; to++, word >>= 8)
		*to = word >> 1 & 0x7f;
	return n;
}

static bool read_run(struct reader *r, unsigned from, unsigned to, struct inode *ret)
{
	if (to - from > r->left)
		to = from + r->left;
	for (unsigned i = from; i < to; i++) {
		/* Such a number fits every field; the times are two numbers each */
		if (!r->old && i >= INODE_FIELD_uid)
			i += read_small(r, to - i, &ret->field[i]);
		if (i < to && !(r->old ? read_old(r, fields[i].bits, &ret->field[i]) : read_new(r, fields[i].bits, &ret->field[i])))
			return false;
	}
	r->left -= to - from;
	return true;
}

/* Before version 3 size and sectors were varints after the times, and there was no nocow. */
static bool read_before_v3(struct reader *r, struct inode *ret)
{
	return read_run(r, 0, INODE_FIELD_uid, ret) && read_field(r, 64, &ret->size) && read_field(r, 64, &ret->sectors) &&
		read_run(r, INODE_FIELD_uid, INODE_FIELD_nocow, ret);
}

static bool v1_get(const struct bkey_s *k, struct inode *ret)
{
	struct reader r = { k->v + 14, k->v + bkey_val_bytes(&k->k), 0, false };

	ret->hash_seed = le64_get(k->v);
	ret->flags = le32_get(k->v + 8);
	ret->mode = le16_get(k->v + 12);
	r.left = ret->flags >> NR_FIELDS_SHIFT & 0x7f;
	r.old = !(ret->flags & V1_NEW_VARINT);
	return read_before_v3(&r, ret);
}

static bool v2_get(const struct bkey_s *k, struct inode *ret)
{
	struct reader r = { k->v + 26, k->v + bkey_val_bytes(&k->k), 0, false };

	ret->journal_seq = le64_get(k->v);
	ret->hash_seed = le64_get(k->v + 8);
	ret->flags = le64_get(k->v + 16);
	ret->mode = le16_get(k->v + 24);
	r.left = ret->flags >> NR_FIELDS_SHIFT & 0x7f;
	return read_before_v3(&r, ret);
}

static bool v3_get(const struct bkey_s *k, struct inode *ret)
{
	struct reader r = { .end = k->v + bkey_val_bytes(&k->k) };
	unsigned start;

	ret->journal_seq = le64_get(k->v);
	ret->hash_seed = le64_get(k->v + 8);
	ret->flags = le64_get(k->v + 16);
	ret->sectors = le64_get(k->v + 24);
	ret->size = le64_get(k->v + 32);
	ret->version = le64_get(k->v + 40);
	ret->mode = ret->flags >> V3_MODE_SHIFT & 0xffff;
	start = ret->flags >> V3_FIELDS_START_SHIFT & 0x1f;
	if (start < V3_FIELDS_START || start > bkey_val_u64s(&k->k))
		return false;
	r.p = k->v + 8 * start;
	r.left = ret->flags >> NR_FIELDS_SHIFT & 0x7f;
	return read_run(&r, 0, INODE_FIELD_NR, ret);
}

bool inode_get(struct bkey_s k, struct inode *ret)
{
	size_t bytes = k.k.u64s >= BKEY_U64s ? bkey_val_bytes(&k.k) : 0;

	*ret = (struct inode) { 0 };
	switch (k.k.type) {
	case KEY_inode:
		return bytes >= 16 && v1_get(&k, ret);
	case KEY_inode_v2:
		return bytes >= 32 && v2_get(&k, ret);
	case KEY_inode_v3:
		return bytes >= 48 && v3_get(&k, ret);
	default:
		return false;
	}
}

void inode_put(struct bkey_buf *out, struct bpos p, const struct inode *in)
{
	unsigned nr = INODE_FIELD_NR;
	size_t n = 8 * V3_FIELDS_START;
	uint64_t flags;

	while (nr && !in->field[nr - 1])
		nr--;
	for (unsigned i = 0; i < nr; i++) {
		n += varint_put(out->v + n, in->field[i]);
		if (fields[i].bits > 64)
			out->v[n++] = 0;
	}
	while (n % 8)
		out->v[n++] = 0;
	flags = (in->flags & 0xffffff) | (uint64_t)nr << NR_FIELDS_SHIFT |
		(uint64_t)V3_FIELDS_START << V3_FIELDS_START_SHIFT | (uint64_t)in->mode << V3_MODE_SHIFT;
	le64_put(out->v, in->journal_seq);
	le64_put(out->v + 8, in->hash_seed);
	le64_put(out->v + 16, flags);
	le64_put(out->v + 24, in->sectors);
	le64_put(out->v + 32, in->size);
	le64_put(out->v + 40, in->version);
	out->k = (struct bkey) { .p = p, .type = KEY_inode_v3, .u64s = BKEY_U64s + n / 8 };
}
