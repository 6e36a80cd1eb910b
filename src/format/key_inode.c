/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inodes: three versions of a fixed part followed by varints, of which trailing zeroes are left out.
 * inode_get() is the one decoder; rules and text work on what it gives.
 */
#include <inttypes.h>
#include <string.h>
#include "arborist/base/le.h"
#include "arborist/format/enums.h"
#include "arborist/format/inode.h"
#include "arborist/format/varint.h"
#include "key_plain.h"
#include "key_row.h"

/* Bits of the stored flags. */
#define STR_HASH_SHIFT		20
#define NR_FIELDS_SHIFT		24
#define V1_NEW_VARINT		(1u << 31)
#define V3_FIELDS_START_SHIFT	31
#define V3_MODE_SHIFT		36
#define V3_FIELDS_START		6	/* words */

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

static unsigned check_pos(const struct bkey_s *k, struct arb_buf *why)
{
	if (k->k.p.inode)
		return key_bad(why, KEY_ERR_inode_pos_inode_nonzero, "the position does not begin with 0");
	if (k->k.p.offset < BLOCKDEV_INODE_MAX)
		return key_bad(why, KEY_ERR_inode_pos_blockdev_range, "inode number %" PRIu64 " is below %u",
			       k->k.p.offset, BLOCKDEV_INODE_MAX);
	return 0;
}

static unsigned check_content(const struct inode *in, struct arb_buf *why)
{
	uint64_t compression = in->field[INODE_FIELD_compression];

	if (in->field[INODE_FIELD_data_checksum] > CSUM_OPT_NR)
		return key_bad(why, KEY_ERR_inode_checksum_type_invalid, "data checksum option %" PRIu64,
			       in->field[INODE_FIELD_data_checksum]);
	if (compression && !compression_opt_valid(compression - 1))
		return key_bad(why, KEY_ERR_inode_compression_type_invalid, "compression option %" PRIu64, compression);
	if (in->flags & INODE_unlinked && in->field[INODE_FIELD_nlink])
		return key_bad(why, KEY_ERR_inode_unlinked_but_nlink_nonzero, "marked unlinked, link count is not 0");
	if (in->field[INODE_FIELD_subvol] && !inode_is_dir(in))
		return key_bad(why, KEY_ERR_inode_subvol_root_but_not_dir, "root of a subvolume, but not a directory (mode %o)",
			       in->mode);
	return 0;
}

static unsigned check_inode(const struct bkey_s *k, uint64_t flags, struct arb_buf *why)
{
	struct inode in;
	unsigned err;

	if ((flags >> STR_HASH_SHIFT & 15) >= STR_HASH_NR)
		return key_bad(why, KEY_ERR_inode_str_hash_invalid, "string hash type %u", (unsigned)(flags >> STR_HASH_SHIFT & 15));
	if ((err = check_pos(k, why)))
		return err;
	if (!inode_get(*k, &in))
		return key_bad(why, KEY_ERR_inode_unpack_error, "the fields cannot be decoded");
	return check_content(&in, why);
}

unsigned inode_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return check_inode(k, le32_get(k->v + 8), why);
}

unsigned inode_v2_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	return check_inode(k, le64_get(k->v + 16), why);
}

unsigned inode_v3_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	uint64_t flags = le64_get(k->v + 16);
	unsigned start = flags >> V3_FIELDS_START_SHIFT & 0x1f;

	(void)c;
	if (start < V3_FIELDS_START || start > bkey_val_u64s(&k->k))
		return key_bad(why, KEY_ERR_inode_v3_fields_start_bad, "fields start at word %u of %u", start, bkey_val_u64s(&k->k));
	return check_inode(k, flags, why);
}

/*
 * In brief: inodes whose options are not set, that are no root of a subvolume, not unlinked, and long enough to be read without
 * looking for the end at every number.
 */
#define PLAIN_TIMES_MAX	(4 * 10)	/* a number of up to nine bytes, and a zero */
#define PLAIN_FLAGS	((uint64_t)V3_FIELDS_START << V3_FIELDS_START_SHIFT)
#define PLAIN_FLAGS_MASK (UINT64_C(0x1f) << V3_FIELDS_START_SHIFT | UINT64_C(12) << STR_HASH_SHIFT | INODE_unlinked)

/* What the numbers between the times and the directory may take of bytes, so that their values fit. */
static const uint8_t plain_bytes[INODE_FIELD_dir] = {
	[INODE_FIELD_uid] = 4, [INODE_FIELD_gid] = 4, [INODE_FIELD_nlink] = 4, [INODE_FIELD_generation] = 4, [INODE_FIELD_dev] = 4,
	[INODE_FIELD_data_checksum] = 1, [INODE_FIELD_compression] = 1, [INODE_FIELD_project] = 4,
	[INODE_FIELD_background_compression] = 1, [INODE_FIELD_data_replicas] = 1, [INODE_FIELD_promote_target] = 2,
	[INODE_FIELD_foreground_target] = 2, [INODE_FIELD_background_target] = 2, [INODE_FIELD_erasure_code] = 2,
	[INODE_FIELD_fields_set] = 2,
};
_Static_assert(STR_HASH_NR == 4 && INODE_FIELD_compression == INODE_FIELD_data_checksum + 1, "plain inodes");

static inline unsigned varint_bytes(uint8_t first)
{
	return (unsigned)__builtin_ctz(~(unsigned)first) + 1;
}

/*
 * The lengths of numbers are nearly always the same from inode to inode. So they are asked about, one by one, and not added up: the
 * processor guesses the answers and looks at the next numbers, and the next inodes, without waiting.
 */
__attribute__((always_inline))
static inline const uint8_t *plain_times_of(const uint8_t *p, unsigned bytes)
{
	const unsigned a = bytes + 1, b = 2 * a, c = 3 * a, lengths = ((1u << bytes) - 1) & 0xff;	/* the bits that tell the length */
	const unsigned want = ((1u << bytes) - 1) >> 1;
	unsigned any = (p[0] | p[a] | p[b] | p[c]) & lengths, all = p[0] & p[a] & p[b] & p[c] & lengths;
	unsigned seconds = p[bytes] | p[a + bytes] | p[b + bytes] | p[c + bytes];

	return any != want || all != want || seconds ? NULL : p + 4 * a;
}

/* Behind the times, each with a second number; NULL when one of those is not 0. There are PLAIN_TIMES_MAX bytes. */
__attribute__((noinline))
static const uint8_t *plain_other_times(const uint8_t *p)
{
	for (unsigned i = 0; i < INODE_FIELD_uid; i++) {
		p += varint_bytes(*p);
		if (*p++)
			return NULL;
	}
	return p;
}

__attribute__((always_inline))
static inline const uint8_t *plain_times(const uint8_t *p)
{
	const uint8_t *end = NULL;

	switch (varint_bytes(p[0])) {
	case 5:
		end = plain_times_of(p, 5);
		break;
	case 6:
		end = plain_times_of(p, 6);
		break;
	case 7:
		end = plain_times_of(p, 7);
		break;
	case 8:
		end = plain_times_of(p, 8);
		break;
	case 9:
		end = plain_times_of(p, 9);
	}
	return end ? end : plain_other_times(p);
}

/* Of the numbers of one byte each in @word, the first of which is field @i: are the two options among them 0? */
static inline bool options_zero(uint64_t word, unsigned i)
{
	if (i <= INODE_FIELD_data_checksum)
		return !(word >> 8 * (INODE_FIELD_data_checksum - i) & 0xffff);
	return i > INODE_FIELD_compression || !(word & 0xff);
}

/* The eight bytes at @p, zero from @end on; there are eight before @end. */
static inline uint64_t word_at(const uint8_t *p, const uint8_t *end)
{
	return p <= end - 8 ? le64_get(p) : le64_get(end - 8) >> 8 * (8 - (end - p));
}

/*
 * The numbers from uid to before the directory where they are as nearly always: behind uid and gid thirteen of one byte. There are
 * PLAIN_SHORT_MAX bytes. NULL: others are among them.
 */
#define PLAIN_SHORT_MAX	(2 * 4 + INODE_FIELD_dir - INODE_FIELD_nlink)

__attribute__((always_inline))
static inline const uint8_t *plain_short_of(const uint8_t *p, unsigned owners)
{
	const uint8_t *nlink = p + owners, *dir = nlink + INODE_FIELD_dir - INODE_FIELD_nlink;
	uint64_t first = le64_get(nlink), last = le64_get(dir - 8);

	return !((first | last) & 0x0101010101010101) && options_zero(first, INODE_FIELD_nlink) ? dir : NULL;
}

__attribute__((always_inline))
static inline const uint8_t *plain_short(const uint8_t *p)
{
	unsigned uid, gid;

	if (!((p[0] | p[1]) & 1))
		return plain_short_of(p, 2);
	if ((p[0] & p[2] & 3) == 1 && ((p[0] | p[2]) & 3) == 1)
		return plain_short_of(p, 4);
	uid = varint_bytes(p[0]);
	gid = varint_bytes(p[uid]);
	return uid > 4 || gid > 4 ? NULL : plain_short_of(p, uid + gid);
}

/* The same in runs of those of one byte, and single longer ones; NULL: not certain. */
__attribute__((noinline))
static const uint8_t *plain_others(const uint8_t *p, const uint8_t *end, unsigned to)
{
	for (unsigned i = INODE_FIELD_uid, run; i < to && p < end; i += run) {
		uint64_t word = word_at(p, end), longer;
		unsigned n;

		run = n = to - i < 8 ? to - i : 8;
		word &= UINT64_MAX >> (64 - 8 * run);
		longer = word & 0x0101010101010101;
		if (longer) {
			run = n = (unsigned)__builtin_ctzll(longer) / 8;
			word &= (UINT64_C(1) << 8 * run) - 1;
		}
		if (!run) {
			run = 1;
			n = varint_bytes(*p);
			if (n > plain_bytes[i])
				return NULL;
		}
		if (!options_zero(word, i))
			return NULL;
		p += n;
		if (p >= end && i + run < to)
			return NULL;
	}
	return p;
}

__attribute__((always_inline))
static inline const uint8_t *plain_middle(const uint8_t *p, const uint8_t *end, unsigned to)
{
	const uint8_t *dir = to == INODE_FIELD_dir && end - p >= PLAIN_SHORT_MAX ? plain_short(p) : NULL;

	return dir ? dir : plain_others(p, end, to);
}

KEY_IS_PLAIN(inode_v3)
{
	const uint8_t *p = v + 8 * V3_FIELDS_START, *end = v + bkey_val_bytes(k);
	uint64_t flags = le64_get(v + 16);
	unsigned nr = flags >> NR_FIELDS_SHIFT & 0x7f, i = nr < INODE_FIELD_dir ? nr : INODE_FIELD_dir;

	(void)c;
	if ((flags & PLAIN_FLAGS_MASK) != PLAIN_FLAGS || nr - INODE_FIELD_uid > INODE_FIELD_subvol - INODE_FIELD_uid || k->p.inode ||
	    k->p.offset < BLOCKDEV_INODE_MAX || end - p <= PLAIN_TIMES_MAX)
		return false;
	p = plain_times(p);
	p = p ? plain_middle(p, end, i) : NULL;
	if (p && nr == INODE_FIELD_subvol && end - p > 1 + 9) {		/* the directory, and the place in it */
		p += varint_bytes(p[0]);
		return p + varint_bytes(p[0]) <= end;
	}
	for (; p && p < end && i < nr; i++)
		p += varint_bytes(*p);
	return p && p <= end && i == nr;
}
KEY_PLAIN_FUNCTIONS(inode_v3)

static void flags_to_text(struct arb_buf *out, uint64_t flags)
{
	static const char *const names[] = {
		"sync", "immutable", "append", "nodump", "noatime", "i_size_dirty", "i_sectors_dirty", "unlinked",
		"backptr_untrusted", "has_child_snapshot",
	};
	bool first = true;

	arb_buf_puts(out, "flags=");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags >> i & 1) {
			arb_buf_printf(out, "%s%s", first ? "" : ",", names[i]);
			first = false;
		}
	arb_buf_printf(out, "(%x)", (unsigned)flags);
}

static void line(struct arb_buf *out, const struct key_text_ctx *c, const char *name, uint64_t v)
{
	key_text_line(out, c);
	arb_buf_printf(out, "%s=%" PRIu64, name, v);
}

void inode_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	struct inode in;

	if (!inode_get(*k, &in)) {
		arb_buf_puts(out, "(unpack error)");
		return;
	}
	key_text_line(out, c);
	arb_buf_printf(out, "mode=%o", in.mode);
	key_text_line(out, c);
	flags_to_text(out, in.flags);
	line(out, c, "journal_seq", in.journal_seq);
	line(out, c, "bi_size", in.size);
	line(out, c, "bi_sectors", in.sectors);
	line(out, c, "bi_version", in.version);
	for (unsigned i = 0; i < INODE_FIELD_NR; i++)
		line(out, c, fields[i].name, in.field[i]);
}

unsigned inode_generation_invalid(const struct key_check_ctx *c, const struct bkey_s *k, struct arb_buf *why)
{
	(void)c;
	if (k->k.p.inode)
		return key_bad(why, KEY_ERR_inode_pos_inode_nonzero, "the position does not begin with 0");
	return 0;
}

void inode_generation_to_text(struct arb_buf *out, const struct key_text_ctx *c, const struct bkey_s *k)
{
	(void)c;
	arb_buf_printf(out, "generation: %u", le32_get(k->v));
}
